package imap

import (
	"bytes"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	wire "github.com/socle-sante/socle/format/imap"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// truth is what is known of a message under a key.
type truth int8

const (
	no truth = iota
	unknown
	yes
)

func known(b bool) truth {
	if b {
		return yes
	}
	return no
}

// candidate is a message as far as it was read.
type candidate struct {
	i       int
	e       *mss.Entry
	text    string // searched text, when hasText
	hasText bool
	block   []byte // header block, when hasHead
	hasHead bool
	head    courriel.Header   // read from it once asked
	m       *courriel.Message // nil until bodies are read

	body    string // its text in lower case, once asked
	hasBody bool
}

// test is a search key made ready: text in lower case, sets resolved.
type test struct {
	op    wire.KeyOp
	kids  []test
	field int // of the searched text, -1 for none
	name  string
	text  string
	set   wire.Set
	day   int64 // days since 1970
	n     uint64
	since time.Time
}

// fields are the header fields that the searched text holds.
var fields = map[string]int{"from": mss.TextFrom, "to": mss.TextTo, "cc": mss.TextCc, "subject": mss.TextSubject, "message-id": mss.TextMessageID,
	"x-mss-codecda": mss.TextCodes, "x-mss-ins": mss.TextINS, "x-mss-nil": mss.TextNIL, "x-mss-mes": mss.TextMES}

// nearLimit is the length from which a field of the searched text may have been cut.
const nearLimit = 990

func (s *searching) compile(k *wire.Key) test {
	t := test{op: k.Op, field: -1, text: strings.ToLower(k.Text), n: k.N, name: k.Field}
	for i := range k.Keys {
		t.kids = append(t.kids, s.compile(&k.Keys[i]))
	}
	switch k.Op {
	case wire.KeyFlag:
		t.text = k.Text
	case wire.KeyHeader:
		if f, ok := fields[strings.ToLower(k.Field)]; ok {
			t.field, s.texts = f, true
		}
	case wire.KeySet:
		t.set = k.Set.Resolve(uint32(s.view.snap.Len()))
	case wire.KeyUID:
		t.set = k.Set.Resolve(s.view.last())
	case wire.KeyOlder, wire.KeyYounger:
		t.since = s.now.Add(-time.Duration(k.N) * time.Second)
	}
	if !k.Date.IsZero() {
		t.day = dayOf(k.Date)
	}
	return t
}

func dayOf(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// on judges a message by what is known of it.
func (t *test) on(x *candidate) truth {
	switch t.op {
	case wire.KeyAll:
		return yes
	case wire.KeyAnd:
		all := yes
		for i := range t.kids {
			if all = min(all, t.kids[i].on(x)); all == no {
				return no
			}
		}
		return all
	case wire.KeyOr:
		any := no
		for i := range t.kids {
			if any = max(any, t.kids[i].on(x)); any == yes {
				return yes
			}
		}
		return any
	case wire.KeyNot:
		return yes - t.kids[0].on(x)
	case wire.KeyNone:
		return no
	case wire.KeyFlag:
		return known(hasFlag(x.e, t.text))
	case wire.KeySet:
		return known(t.set.Contains(uint32(x.i + 1)))
	case wire.KeyUID:
		return known(t.set.Contains(x.e.UID))
	case wire.KeyLarger:
		return known(uint64(x.e.Size) > t.n)
	case wire.KeySmaller:
		return known(uint64(x.e.Size) < t.n)
	case wire.KeyModseq:
		return known(x.e.ModSeq >= t.n)
	case wire.KeyOlder:
		return known(!x.e.Time().After(t.since))
	case wire.KeyYounger:
		return known(!x.e.Time().Before(t.since))
	case wire.KeyBefore:
		return known(dayOf(x.e.Time().UTC()) < t.day)
	case wire.KeyOn:
		return known(dayOf(x.e.Time().UTC()) == t.day)
	case wire.KeySince:
		return known(dayOf(x.e.Time().UTC()) >= t.day)
	}
	return t.onText(x)
}

func (t *test) onText(x *candidate) truth {
	switch t.op {
	case wire.KeyHeader:
		return t.onHeader(x)
	case wire.KeySentBefore, wire.KeySentOn, wire.KeySentSince:
		if !x.hasHead {
			return unknown
		}
		return t.onSent(x)
	case wire.KeyText:
		if x.hasHead && strings.Contains(strings.ToLower(headText(x)), t.text) {
			return yes
		}
	}
	if x.m == nil {
		return unknown
	}
	return known(strings.Contains(x.bodyText(), t.text))
}

// onHeader asks the searched text first: it holds whole fields, unless they are very long.
func (t *test) onHeader(x *candidate) truth {
	if t.field >= 0 && x.hasText && t.text != "" && mss.HasField(x.text, t.field) {
		v := mss.Field(x.text, t.field)
		if strings.Contains(v, t.text) {
			return yes
		}
		if len(v) < nearLimit {
			return no
		}
	}
	if !x.hasHead {
		return unknown
	}
	if t.name == "" || !holds(x.block, t.name) {
		return no
	}
	head := x.header()
	for i := range head {
		f := &head[i]
		if strings.EqualFold(f.Name, t.name) && strings.Contains(strings.ToLower(courriel.Header{*f}.Text(f.Name)), t.text) {
			return yes
		}
	}
	return no
}

// holds tells whether a line of a header block begins with a field name: most do not, and are not read.
func holds(block []byte, name string) bool {
	for len(block) > len(name) {
		if block[0]|0x20 == name[0]|0x20 && strings.EqualFold(string(block[:len(name)]), name) {
			return true
		}
		i := bytes.IndexByte(block, '\n')
		if i < 0 {
			return false
		}
		block = block[i+1:]
	}
	return false
}

// header reads the header block the first time it is asked for.
func (x *candidate) header() courriel.Header {
	if x.head == nil {
		x.head, _, _ = courriel.ParseHeader(x.block)
	}
	return x.head
}

// onSent compares the day of the Date field in its own zone, that of arrival without one.
func (t *test) onSent(x *candidate) truth {
	sent, ok := x.header().Date()
	if !ok {
		sent = x.e.Time().UTC()
	}
	switch day := dayOf(sent); t.op {
	case wire.KeySentBefore:
		return known(day < t.day)
	case wire.KeySentOn:
		return known(day == t.day)
	default:
		return known(day >= t.day)
	}
}

// headText is the header as a person would read it.
func headText(x *candidate) string {
	var b strings.Builder
	head := x.header()
	for i := range head {
		f := &head[i]
		b.WriteString(f.Name)
		b.WriteString(": ")
		b.WriteString(courriel.Header{*f}.Text(f.Name))
		b.WriteByte('\n')
	}
	return b.String()
}

// maxSearched bounds the text of one part that is searched.
const maxSearched = 4 << 20

// bodyText is the text of every text part, in lower case.
func (x *candidate) bodyText() string {
	if x.hasBody {
		return x.body
	}
	var b strings.Builder
	x.m.Walk(func(p *courriel.Part) bool {
		if p.Type == "text" && b.Len() < maxSearched {
			if s, err := x.m.Text(p, maxSearched); err == nil {
				b.WriteString(strings.ToLower(s))
				b.WriteByte('\n')
			}
		}
		return true
	})
	x.body, x.hasBody = b.String(), true
	return x.body
}
