// Package pdftext reads the words of a PDF, so that a printed report can be read without a viewer,
// searched, and spoken aloud.
//
// Standard: ISO 32000-1 §7 (objects, Flate streams, object streams), §9 (text). It finds pages in
// order, follows text operators and gives lines with their size and weight. Missing: encryption,
// filters other than Flate, fonts without ToUnicode that are not Latin, reading order beyond
// that of the lines on the page, tagged structure. Start with Lines.
package pdftext

import (
	"bytes"
	"compress/zlib"
	"io"
	"strconv"
)

// Bounds of what is read: a report is a few pages; what is beyond is left out.
const (
	maxFile    = 32 << 20
	maxStream  = 8 << 20
	maxObjects = 20_000
	maxDepth   = 24
	maxPages   = 60
	maxTotal   = 24 << 20 // bytes inflated in all
)

type (
	name string
	ref  int
	dict map[name]any
	// value is nil, bool, float64, name, string (bytes), ref, []any or dict.
)

type object struct {
	value  any
	stream []byte // raw, nil when there is none
}

type file struct {
	objects  map[int]*object
	order    []int
	inflated int
}

// parse finds the objects of a file by their marks, whatever its cross-reference table says: a
// table may be wrong, and a reader of words need not be quick.
func parse(b []byte) *file {
	f := &file{objects: map[int]*object{}}
	for at := 0; len(f.objects) < maxObjects; {
		i := bytes.Index(b[at:], []byte(" obj"))
		if i < 0 {
			break
		}
		mark := at + i
		at = mark + 4
		n, ok := numberBefore(b, mark)
		if !ok {
			continue
		}
		s := &scanner{b: b, at: at}
		o := &object{value: s.value(0)}
		if d, ok := o.value.(dict); ok {
			o.stream = s.stream(d, f)
		}
		if s.at > at {
			at = s.at
		}
		if _, seen := f.objects[n]; !seen {
			f.order = append(f.order, n)
		}
		f.objects[n] = o
	}
	for _, n := range append([]int(nil), f.order...) {
		f.unpack(f.objects[n])
	}
	return f
}

// numberBefore reads "12 0" backwards from the word obj.
func numberBefore(b []byte, end int) (int, bool) {
	i := end
	for i > 0 && digit(b[i-1]) {
		i--
	}
	if i == end || i == 0 || !space(b[i-1]) {
		return 0, false
	}
	for i > 0 && space(b[i-1]) {
		i--
	}
	j := i
	for j > 0 && digit(b[j-1]) {
		j--
	}
	n, err := strconv.Atoi(string(b[j:i]))
	return n, err == nil
}

// unpack reads the objects inside an object stream.
func (f *file) unpack(o *object) {
	d, _ := o.value.(dict)
	if d == nil || d["Type"] != name("ObjStm") {
		return
	}
	data := f.data(o)
	first, count := int(num(f.at(d["First"]))), int(num(f.at(d["N"])))
	head := &scanner{b: data}
	for range min(count, maxObjects) {
		n, ok1 := head.value(0).(float64)
		off, ok2 := head.value(0).(float64)
		start := first + int(off)
		if !ok1 || !ok2 || start < 0 || start >= len(data) || len(f.objects) >= maxObjects {
			return
		}
		if _, seen := f.objects[int(n)]; !seen {
			f.objects[int(n)] = &object{value: (&scanner{b: data, at: start}).value(0)}
			f.order = append(f.order, int(n))
		}
	}
}

// at follows a reference.
func (f *file) at(v any) any {
	for range maxDepth {
		r, ok := v.(ref)
		if !ok {
			return v
		}
		o := f.objects[int(r)]
		if o == nil {
			return nil
		}
		v = o.value
	}
	return nil
}

func (f *file) dict(v any) dict {
	d, _ := f.at(v).(dict)
	return d
}

func (f *file) list(v any) []any {
	l, _ := f.at(v).([]any)
	return l
}

func num(v any) float64 {
	n, _ := v.(float64)
	return n
}

// data gives the bytes of a stream, inflated.
func (f *file) data(o *object) []byte {
	d, _ := o.value.(dict)
	filter := f.at(d["Filter"])
	if l, ok := filter.([]any); ok {
		if len(l) > 1 {
			return nil
		}
		filter = nil
		if len(l) == 1 {
			filter = f.at(l[0])
		}
	}
	if filter == nil {
		return o.stream
	}
	if filter != name("FlateDecode") && filter != name("Fl") || f.inflated > maxTotal {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(o.stream))
	if err != nil {
		return nil
	}
	out, _ := io.ReadAll(io.LimitReader(z, maxStream)) // what came before a fault is still words
	f.inflated += len(out)
	return out
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
func space(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}
