package imap

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of one SEARCH.
const (
	maxKeys  = 1000 // keys all together
	maxDepth = 32   // parentheses, NOT and OR one in another
)

// KeyOp is what a search key looks at.
type KeyOp byte

// The search keys, once those that are only short for others are written out: UNSEEN is a KeyNot over
// a KeyFlag, FROM a KeyHeader.
const (
	KeyAll KeyOp = iota
	KeyAnd
	KeyOr
	KeyNot
	KeyNone   // nothing answers it: \Recent is not kept
	KeyFlag   // Text
	KeySet    // Set: sequence numbers
	KeyUID    // Set
	KeyBefore // Date, of arrival
	KeyOn
	KeySince
	KeySentBefore // Date, of the header
	KeySentOn
	KeySentSince
	KeyLarger  // N octets
	KeySmaller // N octets
	KeyHeader  // Field, Text
	KeyBody    // Text
	KeyText    // Text
	KeyModseq  // N
	KeyOlder   // N seconds
	KeyYounger // N seconds
)

// Key is a search key.
type Key struct {
	Op    KeyOp
	Keys  []Key // of And, Or, Not
	Field string
	Text  string
	Set   Set
	Date  time.Time // a day, at midnight UTC
	N     uint64
}

// flagKeys are the keys that say a flag, and the flag.
var flagKeys = map[string]string{"ANSWERED": `\Answered`, "DELETED": `\Deleted`, "DRAFT": `\Draft`, "FLAGGED": `\Flagged`, "SEEN": `\Seen`}

var dateKeys = map[string]KeyOp{"BEFORE": KeyBefore, "ON": KeyOn, "SINCE": KeySince, "SENTBEFORE": KeySentBefore, "SENTON": KeySentOn, "SENTSINCE": KeySentSince}

var numberKeys = map[string]KeyOp{"LARGER": KeyLarger, "SMALLER": KeySmaller, "OLDER": KeyOlder, "YOUNGER": KeyYounger}

// searching reads the keys of one SEARCH.
type searching struct {
	*scanner
	n      int
	modseq bool
}

// spec: RFC 3501 6.4.4, RFC 4731 3.1
func readSearch(s *scanner) any {
	a := &Search{}
	save := s.i
	if s.peek() != '(' && s.peek() != '"' && s.while(isWord) != "" && strings.EqualFold(string(s.b[save:s.i]), "RETURN") {
		a.Extended = true
		s.space()
		s.list(maxOptions, func() { a.returned(s) })
		if !a.Min && !a.Max && !a.Count {
			a.All = true
		}
		s.space()
	} else {
		s.i = save
	}
	save = s.i
	if strings.EqualFold(s.while(isWord), "CHARSET") {
		s.space()
		switch strings.ToUpper(s.astring()) {
		case "UTF-8", "UTF8", "US-ASCII", "ASCII":
		default:
			if s.err == nil {
				s.refuse(ErrCharset)
			}
		}
		s.space()
	} else {
		s.i = save
	}
	k := &searching{scanner: s}
	a.Key = Key{Op: KeyAnd}
	for s.err == nil {
		a.Key.Keys = append(a.Key.Keys, k.key(0))
		if !s.more() {
			break
		}
		s.space()
	}
	a.Modseq = k.modseq
	return a
}

func (a *Search) returned(s *scanner) {
	switch s.word() {
	case "MIN":
		a.Min = true
	case "MAX":
		a.Max = true
	case "COUNT":
		a.Count = true
	case "ALL":
		a.All = true
	default:
		s.fail("MIN, MAX, COUNT or ALL")
	}
}

func (s *searching) key(depth int) Key {
	if s.n++; s.n > maxKeys || depth > maxDepth {
		s.refuse(ErrNested)
		return Key{}
	}
	switch c := s.peek(); {
	case c == '(':
		k := Key{Op: KeyAnd}
		s.list(maxKeys, func() { k.Keys = append(k.Keys, s.key(depth+1)) })
		if len(k.Keys) == 0 {
			s.fail("a search key")
		}
		return k
	case c == '*' || c >= '0' && c <= '9':
		return Key{Op: KeySet, Set: s.set()}
	}
	w := s.word()
	if f, ok := flagKeys[w]; ok {
		return Key{Op: KeyFlag, Text: f}
	}
	if f, ok := flagKeys[strings.TrimPrefix(w, "UN")]; ok {
		return not(Key{Op: KeyFlag, Text: f})
	}
	if op, ok := dateKeys[w]; ok {
		s.space()
		return Key{Op: op, Date: s.date()}
	}
	if op, ok := numberKeys[w]; ok {
		s.space()
		return Key{Op: op, N: uint64(s.number())}
	}
	return s.other(w, depth)
}

func (s *searching) other(w string, depth int) Key {
	switch w {
	case "ALL":
		return Key{Op: KeyAll}
	case "NEW", "RECENT":
		return Key{Op: KeyNone}
	case "OLD":
		return Key{Op: KeyAll}
	case "KEYWORD":
		s.space()
		return Key{Op: KeyFlag, Text: s.flag()}
	case "UNKEYWORD":
		s.space()
		return not(Key{Op: KeyFlag, Text: s.flag()})
	case "UID":
		s.space()
		return Key{Op: KeyUID, Set: s.set()}
	case "FROM", "TO", "CC", "BCC", "SUBJECT":
		s.space()
		return Key{Op: KeyHeader, Field: w[:1] + strings.ToLower(w[1:]), Text: s.sought()}
	case "HEADER":
		s.space()
		k := Key{Op: KeyHeader, Field: s.astring()}
		s.space()
		k.Text = s.sought()
		return k
	case "BODY":
		s.space()
		return Key{Op: KeyBody, Text: s.sought()}
	case "TEXT":
		s.space()
		return Key{Op: KeyText, Text: s.sought()}
	case "NOT":
		s.space()
		return not(s.key(depth + 1))
	case "OR":
		s.space()
		a := s.key(depth + 1)
		s.space()
		return Key{Op: KeyOr, Keys: []Key{a, s.key(depth + 1)}}
	case "MODSEQ":
		return s.modseqKey()
	}
	s.fail("a search key")
	return Key{}
}

// modseqKey reads MODSEQ ["entry" type] n; the entry changes nothing here, all flags share one number.
// spec: RFC 7162 3.1.5
func (s *searching) modseqKey() Key {
	s.space()
	if s.peek() == '"' {
		s.quoted()
		s.space()
		if w := s.word(); w != "PRIV" && w != "SHARED" && w != "ALL" {
			s.fail("priv, shared or all")
		}
		s.space()
	}
	s.modseq = true
	return Key{Op: KeyModseq, N: s.number64()}
}

func not(k Key) Key { return Key{Op: KeyNot, Keys: []Key{k}} }

// sought is a string to look for.
func (s *searching) sought() string {
	v := s.astring()
	if !utf8.ValidString(v) {
		s.fail("a string in UTF-8")
	}
	return v
}

// date is a day, with or without quotes.
func (s *scanner) date() time.Time {
	var v string
	if s.peek() == '"' {
		v = s.quoted()
	} else {
		v = s.atom()
	}
	d, err := time.Parse(dateOnly, v)
	if err != nil {
		s.fail("a date such as 12-Jan-2026")
	}
	return d
}
