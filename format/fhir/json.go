// Package fhir writes FHIR R4 JSON by appending: no reflection, no tree, one buffer that can be
// emptied as it fills. It knows the syntax and the empty rule of FHIR (an element without value is
// not written); what a resource holds is its caller's. Missing: XML, reading. Start with Writer.
package fhir

import (
	"strconv"
	"unicode/utf8"
)

// Writer appends JSON. The zero value is ready.
type Writer struct {
	B    []byte
	next bool // a comma comes before what is written next
}

func (w *Writer) name(key string) {
	if w.next {
		w.B = append(w.B, ',')
	}
	w.next = false
	if key != "" {
		w.B = AppendString(w.B, key)
		w.B = append(w.B, ':')
	}
}

// Open begins an object; key is "" inside a list.
func (w *Writer) Open(key string) {
	w.name(key)
	w.B = append(w.B, '{')
}

// Close ends an object.
func (w *Writer) Close() {
	w.B = append(w.B, '}')
	w.next = true
}

// List begins a list.
func (w *Writer) List(key string) {
	w.name(key)
	w.B = append(w.B, '[')
}

// EndList ends a list.
func (w *Writer) EndList() {
	w.B = append(w.B, ']')
	w.next = true
}

// Text writes a string unless it is empty.
func (w *Writer) Text(key, value string) {
	if value == "" {
		return
	}
	w.name(key)
	w.B = AppendString(w.B, value)
	w.next = true
}

// Bool writes a boolean.
func (w *Writer) Bool(key string, v bool) {
	w.name(key)
	w.B = strconv.AppendBool(w.B, v)
	w.next = true
}

// Int writes a whole number.
func (w *Writer) Int(key string, v int) {
	w.name(key)
	w.B = strconv.AppendInt(w.B, int64(v), 10)
	w.next = true
}

// Null writes null: FHIR has it in lists of a primitive beside its extensions.
func (w *Writer) Null() {
	w.name("")
	w.B = append(w.B, "null"...)
	w.next = true
}

// Raw writes a value that is JSON already.
func (w *Writer) Raw(key string, v []byte) {
	w.name(key)
	w.B = append(w.B, v...)
	w.next = true
}

// Coding writes {system, code, display} as one object.
func (w *Writer) Coding(key, system, code, display string) {
	w.Open(key)
	w.Text("system", system)
	w.Text("code", code)
	w.Text("display", display)
	w.Close()
}

// Concept writes a CodeableConcept of one coding.
func (w *Writer) Concept(key, system, code, display string) {
	w.Open(key)
	w.List("coding")
	w.Coding("", system, code, display)
	w.EndList()
	w.Close()
}

// Reference writes {reference}.
func (w *Writer) Reference(key, to string) {
	w.Open(key)
	w.Text("reference", to)
	w.Close()
}

const hex = "0123456789abcdef"

// AppendString appends a JSON string; bytes that are not UTF-8 become U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[from:i]...), "\ufffd"...)
				from = i + 1
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}
