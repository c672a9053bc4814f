package courriel

import (
	"bytes"
	"strings"
)

var newline = []byte{'\n'}

// Field is one field of a header.
type Field struct {
	Name string // as written
	Raw  []byte // the whole field with its folding and line end, a slice of the message
}

// Header is the fields of a message or part, in order. Names compare without regard to case.
type Header []Field

// Value gives the value unfolded and trimmed, undecoded. It never holds a line break.
func (f Field) Value() string {
	v := f.Raw
	if i := bytes.IndexByte(v, ':'); i >= 0 {
		v = v[i+1:]
	}
	v = bytes.Trim(v, " \t\r\n")
	if bytes.IndexByte(v, '\n') < 0 && bytes.IndexByte(v, '\r') < 0 {
		return string(v)
	}
	// spec: RFC 5322 2.2.3
	out := make([]byte, 0, len(v))
	for i, c := range v {
		switch {
		case c == '\n', c == '\r' && i+1 < len(v) && v[i+1] == '\n':
		case c == '\r':
			out = append(out, ' ')
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// field gives the first field of that name, or nil.
func (h Header) field(name string) *Field {
	for i := range h {
		if len(h[i].Name) == len(name) && strings.EqualFold(h[i].Name, name) {
			return &h[i]
		}
	}
	return nil
}

// Get gives the first value of that name, unfolded and undecoded; "" when absent.
func (h Header) Get(name string) string {
	if f := h.field(name); f != nil {
		return f.Value()
	}
	return ""
}

// Has says whether the field is there.
func (h Header) Has(name string) bool { return h.field(name) != nil }

// Values gives every value of that name, unfolded and undecoded.
func (h Header) Values(name string) []string {
	var out []string
	for _, f := range h {
		if len(f.Name) == len(name) && strings.EqualFold(f.Name, name) {
			out = append(out, f.Value())
		}
	}
	return out
}

// Text gives the first value as a person reads it: encoded words decoded, one line of UTF-8 without
// control characters.
func (h Header) Text(name string) string {
	if f := h.field(name); f != nil {
		return DecodeText(f.Value())
	}
	return ""
}

// MessageIDs gives the identifiers of every field of that name, without angle brackets, in order.
// Identifiers that could not be written again (blanks inside, not ASCII) are left out.
func (h Header) MessageIDs(name string) []string {
	var out []string
	for _, v := range h.Values(name) {
		out = appendMessageIDs(out, v)
	}
	return out
}

func appendMessageIDs(out []string, v string) []string {
	bracketed := strings.IndexByte(v, '<') >= 0
	for v != "" {
		if !bracketed {
			// Some software forgets the brackets.
			var word string
			word, v, _ = strings.Cut(v, " ")
			if strings.IndexByte(word, '@') > 0 && writableID(word) {
				out = append(out, word)
			}
			continue
		}
		i := strings.IndexByte(v, '<')
		if i < 0 {
			break
		}
		v = v[i+1:]
		j := strings.IndexByte(v, '>')
		if j < 0 {
			break
		}
		if id := strings.Trim(v[:j], " \t"); writableID(id) {
			out = append(out, id)
		}
		v = v[j+1:]
	}
	return out
}

// writableID accepts what can stand between angle brackets. The sign @ is not asked of others:
// identifiers without it exist and must be quoted in answers.
func writableID(id string) bool {
	if id == "" || len(id) > MaxMessageID {
		return false
	}
	for i := 0; i < len(id); i++ {
		if c := id[i]; c <= ' ' || c >= 0x7F || c == '<' || c == '>' {
			return false
		}
	}
	return true
}

// ParseHeader reads the header block only; body is the offset of the first byte of the body. A line
// that is no field ends the header, as mail servers do.
func ParseHeader(raw []byte) (h Header, body int, err error) {
	r := reader{raw: raw}
	h, body, err = r.header(0, true)
	return h, body, err
}

// header reads the fields from start on. It stops after an empty line, or before a boundary that is
// open, or before a line that cannot be a field.
func (r *reader) header(start int, top bool) (Header, int, error) {
	raw := r.raw
	var h Header
	first, pos, begin := start, start, -1
	for pos < len(raw) {
		if pos-start > MaxHeaderBytes {
			return nil, 0, ErrHeaderBytes
		}
		line, next := raw[pos:], len(raw)
		if n := bytes.IndexByte(line, '\n'); n >= 0 {
			next = pos + n + 1
			line = raw[pos : next-1]
		}
		if len(line) > 0 && line[len(line)-1] == '\r' {
			line = line[:len(line)-1]
		}
		if len(line) == 0 {
			pos = r.endField(h, begin, pos)
			return r.named(h, first, pos), next, nil
		}
		if line[0] == ' ' || line[0] == '\t' {
			if begin < 0 {
				r.say(noHeader, pos, next, string(line))
				return nil, pos, nil
			}
			pos = next
			continue
		}
		if line[0] == '-' && len(r.stack) > 0 && len(line) > 1 && line[1] == '-' {
			if _, ok := r.delimiter(pos, pos); ok {
				break
			}
		}
		if fieldName(line) == 0 {
			if top && begin < 0 && (bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))) {
				r.say(mboxLine, pos, next, string(line))
				pos, first, top = next, next, false
				continue
			}
			if begin < 0 {
				r.say(noHeader, pos, next, string(line[:min(len(line), maxFound)]))
			} else {
				r.say(brokenHeader, pos, next, string(line[:min(len(line), maxFound)]))
			}
			break
		}
		r.endField(h, begin, pos)
		if r.fields++; r.fields > MaxFields {
			return nil, 0, ErrFields
		}
		if h == nil {
			h = make(Header, 0, 24)
		}
		h = append(h, Field{})
		begin, pos = pos, next
	}
	if pos-start > MaxHeaderBytes {
		return nil, 0, ErrHeaderBytes
	}
	r.endField(h, begin, pos)
	return r.named(h, first, pos), pos, nil
}

// endField gives the last field its bytes.
func (r *reader) endField(h Header, begin, end int) int {
	if begin >= 0 {
		h[len(h)-1].Raw = r.raw[begin:end:end]
	}
	return end
}

// named gives the fields their names, all cut from one copy of the header.
func (r *reader) named(h Header, from, to int) Header {
	if len(h) == 0 {
		return nil
	}
	r.first = from
	all := string(r.raw[from:to])
	for i := range h {
		h[i].Name = all[:fieldName(h[i].Raw)]
		all = all[len(h[i].Raw):]
	}
	return h
}

// fieldName gives the length of the name a line begins with, 0 when it is no field. A blank before
// the colon is an old form.
// spec: RFC 5322 3.6.8
func fieldName(line []byte) int {
	for i, c := range line {
		switch {
		case c == ':':
			return i
		case c == ' ' || c == '\t':
			if rest := bytes.TrimLeft(line[i:], " \t"); len(rest) > 0 && rest[0] == ':' {
				return i
			}
			return 0
		case c < 33 || c > 126:
			return 0
		}
	}
	return 0
}
