package imap

import (
	"slices"
	"strings"
)

// Item is one thing FETCH asks for.
type Item struct {
	// Name is UID, FLAGS, INTERNALDATE, RFC822.SIZE, ENVELOPE, BODY (the structure), BODYSTRUCTURE, MODSEQ,
	// RFC822, RFC822.HEADER, RFC822.TEXT, or BODY[] when Section is meant.
	Name    string
	Section Section
	Peek    bool // the message is not marked as seen
	Partial bool
	Offset  uint32
	Count   uint32
}

// Section says which octets of a message.
type Section struct {
	Path   []int  // part numbers; empty: the message
	Spec   string // "", HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT, MIME
	Fields []string
}

// maxPath bounds the part numbers of a section: no message is nested deeper.
const maxPath = 64

// macros of FETCH. spec: RFC 3501 6.4.5
var macros = map[string][]string{
	"ALL":  {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"},
	"FAST": {"FLAGS", "INTERNALDATE", "RFC822.SIZE"},
	"FULL": {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"},
}

var plainItems = []string{"UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE", "MODSEQ", "RFC822", "RFC822.HEADER", "RFC822.TEXT"}

func readFetch(s *scanner) any {
	a := &Fetch{Set: s.set()}
	s.space()
	if s.peek() == '(' {
		s.list(maxItems, func() { a.Items = append(a.Items, s.item()...) })
	} else {
		a.Items = s.item()
	}
	if len(a.Items) == 0 {
		s.fail("a FETCH item")
	}
	if !s.more() {
		return a
	}
	s.space()
	s.list(maxOptions, func() {
		switch s.word() {
		case "CHANGEDSINCE":
			s.space()
			a.ChangedSince, a.Changed = s.number64(), true
		case "VANISHED":
			s.refuse(ErrQResync)
		default:
			s.fail("CHANGEDSINCE")
		}
	})
	return a
}

func (s *scanner) item() []Item {
	w := s.word()
	if s.err != nil {
		return nil
	}
	if m := macros[w]; m != nil {
		var out []Item
		for _, name := range m {
			out = append(out, Item{Name: name})
		}
		return out
	}
	if s.peek() == '[' && (w == "BODY" || w == "BODY.PEEK") {
		it := Item{Name: "BODY[]", Peek: w == "BODY.PEEK", Section: s.section()}
		if s.take('<') {
			it.Partial = true
			it.Offset = s.number()
			s.need('.')
			if it.Count = s.number(); it.Count == 0 {
				s.fail("a number of octets from 1")
			}
			s.need('>')
		}
		return []Item{it}
	}
	if !slices.Contains(plainItems, w) {
		s.i -= len(w)
		s.fail("a FETCH item")
		return nil
	}
	return []Item{{Name: w, Peek: w == "RFC822.HEADER"}}
}

// ParseSection reads the text between the brackets of BODY[…].
func ParseSection(v string) (Section, bool) {
	s := &scanner{b: []byte("[" + v + "]")}
	out := s.section()
	return out, s.err == nil && s.end()
}

// section reads [ … ]. spec: RFC 3501 9 section
func (s *scanner) section() (out Section) {
	s.need('[')
	for c := s.peek(); c >= '1' && c <= '9'; c = s.peek() {
		if len(out.Path) == maxPath {
			s.refuse(ErrNested)
			return
		}
		n := s.number()
		if n > 1<<20 {
			s.fail("a part number")
		}
		out.Path = append(out.Path, int(n))
		if !s.take('.') {
			s.need(']')
			return
		}
	}
	if s.take(']') {
		if len(out.Path) > 0 {
			s.fail("a part number, HEADER, TEXT or MIME")
		}
		return
	}
	switch out.Spec = s.word(); out.Spec {
	case "HEADER", "TEXT":
	case "HEADER.FIELDS", "HEADER.FIELDS.NOT":
		s.space()
		s.list(maxFields, func() { out.Fields = append(out.Fields, s.astring()) })
		if len(out.Fields) == 0 {
			s.fail("a header field name")
		}
	case "MIME":
		if len(out.Path) == 0 {
			s.fail("a part number before MIME")
		}
	default:
		s.fail("HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or MIME")
	}
	s.need(']')
	return out
}

// AppendSection writes what stands between the brackets.
func AppendSection(b []byte, s Section) []byte {
	for i, n := range s.Path {
		if i > 0 {
			b = append(b, '.')
		}
		b = appendSetNumber(b, uint32(n))
	}
	if s.Spec == "" {
		return b
	}
	if len(s.Path) > 0 {
		b = append(b, '.')
	}
	b = append(b, s.Spec...)
	if !strings.HasPrefix(s.Spec, "HEADER.FIELDS") {
		return b
	}
	b = append(b, " ("...)
	for i, f := range s.Fields {
		if i > 0 {
			b = append(b, ' ')
		}
		b = AppendAString(b, f)
	}
	return append(b, ')')
}
