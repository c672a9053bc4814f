package fhirmap

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"github.com/socle-sante/socle/format/fhir"
)

// number is a JSON number with its own digits: FHIR keeps 1.950 apart from 1.95.
type number string

// object is a FHIR element as an ordered list of fields. A value is a string, bool, number,
// *object or list; read remembers what the way back has used.
type object struct {
	fields []field
}

type field struct {
	key   string
	value any
	read  bool
}

type list []any

// set adds a field; a value that says nothing is left out, as FHIR asks.
func (o *object) set(key string, v any) *object {
	if !says(v) {
		return o
	}
	for i := range o.fields {
		if o.fields[i].key == key {
			o.fields[i].value = v
			return o
		}
	}
	o.fields = append(o.fields, field{key: key, value: v})
	return o
}

// add appends to the list of a key.
func (o *object) add(key string, v any) *object {
	if !says(v) {
		return o
	}
	for i := range o.fields {
		if o.fields[i].key == key {
			l, _ := o.fields[i].value.(list)
			o.fields[i].value = append(l, v)
			return o
		}
	}
	o.fields = append(o.fields, field{key: key, value: list{v}})
	return o
}

// says reports whether a value holds anything.
func says(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case number:
		return v != ""
	case *object:
		return v != nil && len(v.fields) > 0
	case list:
		return len(v) > 0
	}
	return true
}

// obj makes an object from key, value pairs.
func obj(pairs ...any) *object {
	o := &object{}
	for i := 0; i+1 < len(pairs); i += 2 {
		o.set(pairs[i].(string), pairs[i+1])
	}
	return o
}

// raw gives a field without using it.
func (o *object) raw(key string) any {
	if o == nil {
		return nil
	}
	for i := range o.fields {
		if o.fields[i].key == key {
			return o.fields[i].value
		}
	}
	return nil
}

// use gives a field and remembers that the result holds it.
func (o *object) use(key string) any {
	if o == nil {
		return nil
	}
	for i := range o.fields {
		if o.fields[i].key == key {
			o.fields[i].read = true
			return o.fields[i].value
		}
	}
	return nil
}

// str uses a primitive and gives its text.
func (o *object) str(key string) string {
	switch v := o.use(key).(type) {
	case string:
		return v
	case number:
		return string(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// peek gives the text of a string without using it.
func (o *object) peek(key string) string {
	s, _ := o.raw(key).(string)
	return s
}

// sub gives an element; its own fields are still to be used.
func (o *object) sub(key string) *object {
	s, _ := o.raw(key).(*object)
	return s
}

// all gives the elements of a list (or the only one).
func (o *object) all(key string) []*object {
	switch v := o.raw(key).(type) {
	case *object:
		return []*object{v}
	case list:
		out := make([]*object, 0, len(v))
		for _, e := range v {
			if s, ok := e.(*object); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// strs uses a list of strings.
func (o *object) strs(key string) []string {
	var out []string
	if l, ok := o.use(key).(list); ok {
		for _, e := range l {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

func (o *object) write(w *fhir.Writer, key string) {
	w.Open(key)
	for _, f := range o.fields {
		writeValue(w, f.key, f.value)
	}
	w.Close()
}

func writeValue(w *fhir.Writer, key string, v any) {
	switch v := v.(type) {
	case string:
		if key == "" {
			w.Raw("", fhir.AppendString(nil, v))
			return
		}
		w.Text(key, v)
	case bool:
		w.Bool(key, v)
	case number:
		w.Raw(key, []byte(v))
	case *object:
		v.write(w, key)
	case list:
		w.List(key)
		for _, e := range v {
			writeValue(w, "", e)
		}
		w.EndList()
	case nil:
		w.Null()
	}
}

// Bounds of a Bundle to read.
const (
	maxBundle = 64 << 20 // a report with its PDF and pictures
	maxDepth  = 64       // official bundles nest 14 deep
	maxFields = 1 << 20  // fields and list items of the whole
)

// parse reads JSON into an object, in order, within bounds.
func parse(src []byte) (*object, error) {
	if len(src) > maxBundle {
		return nil, ErrTooLarge
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	p := parser{d: d}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*object)
	if !ok {
		return nil, ErrNotBundle
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, ErrNotBundle
	}
	return o, nil
}

type parser struct {
	d      *json.Decoder
	fields int
}

func (p *parser) value(depth int) (any, error) {
	if p.fields++; depth > maxDepth || p.fields > maxFields {
		return nil, ErrTooLarge
	}
	t, err := p.d.Token()
	if err != nil {
		return nil, ErrNotBundle.With(err)
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			return p.list(depth)
		}
		return p.object(depth)
	case json.Number:
		return number(t), nil
	case string:
		return strings.ToValidUTF8(t, "\ufffd"), nil
	}
	return t, nil // bool or nil
}

func (p *parser) list(depth int) (any, error) {
	out := list{}
	for p.d.More() {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := p.d.Token()
	return out, wrap(err)
}

func (p *parser) object(depth int) (any, error) {
	o := &object{}
	for p.d.More() {
		k, err := p.d.Token()
		if err != nil {
			return nil, ErrNotBundle.With(err)
		}
		key, ok := k.(string)
		if !ok {
			return nil, ErrNotBundle
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		o.fields = append(o.fields, field{key: key, value: v})
	}
	_, err := p.d.Token()
	return o, wrap(err)
}

func wrap(err error) error {
	if err != nil {
		return ErrNotBundle.With(err)
	}
	return nil
}
