package write

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"strconv"
)

// builder appends XML. It keeps no state but the bytes and the counter of derived ids.
type builder struct {
	b    []byte
	seed string
	n    int
}

// open writes a start tag; attributes come as name, value pairs and empty values are left out.
func (w *builder) open(name string, attrs ...string) { w.tag(name, false, attrs) }

// leaf writes an element without content.
func (w *builder) leaf(name string, attrs ...string) { w.tag(name, true, attrs) }

func (w *builder) tag(name string, closed bool, attrs []string) {
	w.b = append(append(w.b, '<'), name...)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] == "" {
			continue
		}
		w.b = append(append(append(w.b, ' '), attrs[i]...), '=', '"')
		w.escape(attrs[i+1], true)
		w.b = append(w.b, '"')
	}
	if closed {
		w.b = append(w.b, '/')
	}
	w.b = append(w.b, '>')
}

func (w *builder) end(names ...string) {
	for _, n := range names {
		w.b = append(append(append(w.b, '<', '/'), n...), '>')
	}
}

// text writes an element that holds only text.
func (w *builder) text(name, value string, attrs ...string) {
	w.open(name, attrs...)
	w.escape(value, false)
	w.end(name)
}

func (w *builder) line() { w.b = append(w.b, '\n') }

// escape writes text; characters XML 1.0 cannot carry become U+FFFD.
func (w *builder) escape(s string, attr bool) {
	for _, r := range s {
		switch {
		case r == '&':
			w.b = append(w.b, "&amp;"...)
		case r == '<':
			w.b = append(w.b, "&lt;"...)
		case r == '>':
			w.b = append(w.b, "&gt;"...)
		case r == '"' && attr:
			w.b = append(w.b, "&quot;"...)
		case (r == '\n' || r == '\t' || r == '\r') && attr, r == '\r':
			w.b = append(append(append(w.b, "&#"...), strconv.Itoa(int(r))...), ';')
		case r < 0x20 && r != '\n' && r != '\t', r == 0xFFFE, r == 0xFFFF:
			w.b = append(w.b, "\uFFFD"...)
		default:
			w.b = append(w.b, string(r)...)
		}
	}
}

// base64 writes a file, in one line.
func (w *builder) base64(data []byte) {
	at := len(w.b)
	n := base64.StdEncoding.EncodedLen(len(data))
	w.b = append(w.b, make([]byte, n)...)
	base64.StdEncoding.Encode(w.b[at:], data)
}

// uuid gives the next identifier derived from the document's own: the same document written
// twice has the same identifiers, as RFC 9562 version 5 does.
func (w *builder) uuid() string {
	w.n++
	h := sha1.Sum([]byte(w.seed + "/" + strconv.Itoa(w.n)))
	h[6] = h[6]&0x0f | 0x50
	h[8] = h[8]&0x3f | 0x80
	x := hex.EncodeToString(h[:16])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
