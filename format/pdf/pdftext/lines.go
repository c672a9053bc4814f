package pdftext

import (
	"bytes"
	"math"
	"sort"
	"strings"
)

// Line is one line of a page.
type Line struct {
	Page int // from 1
	Text string
	Size float64 // of its largest letters, in points
	Bold bool
	X, Y float64 // from the bottom left of the page
}

// Lines gives the lines of a PDF in reading order: page by page, top to bottom. Pieces at the same
// height are joined, by a tab when they stand apart. nil when no words are found.
func Lines(b []byte) []Line {
	if len(b) > maxFile || !bytes.Contains(b[:min(len(b), 1024)], []byte("%PDF")) || bytes.Contains(b, []byte("/Encrypt")) {
		return nil
	}
	f := parse(b)
	var out []Line
	for i, p := range f.pages() {
		out = append(out, layout(f.read(p), i+1)...)
	}
	return out
}

type page struct {
	dict      dict
	resources dict
}

// pages lists the pages in order, from the tree, or as they come when there is none.
func (f *file) pages() []page {
	var out []page
	seen := map[ref]bool{}
	var walk func(v any, res dict, depth int)
	walk = func(v any, res dict, depth int) {
		if r, ok := v.(ref); ok {
			if seen[r] {
				return
			}
			seen[r] = true
		}
		d := f.dict(v)
		if d == nil || depth > maxDepth || len(out) >= maxPages {
			return
		}
		if own := f.dict(d["Resources"]); own != nil {
			res = own
		}
		kids := f.list(d["Kids"])
		if kids == nil && d["Type"] != name("Pages") {
			out = append(out, page{d, res})
			return
		}
		for _, k := range kids {
			walk(k, res, depth+1)
		}
	}
	for _, n := range f.order {
		if d, _ := f.objects[n].value.(dict); d != nil && d["Type"] == name("Catalog") {
			walk(d["Pages"], nil, 0)
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, n := range f.order {
		if d, _ := f.objects[n].value.(dict); d != nil && d["Type"] == name("Page") && len(out) < maxPages {
			out = append(out, page{d, f.dict(d["Resources"])})
		}
	}
	return out
}

// piece is a run of text put down at once.
type piece struct {
	x, y, size, width float64
	bold              bool
	text              string
}

type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

func (m matrix) mul(n matrix) matrix {
	return matrix{m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3], m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5]}
}

// read follows the text operators of a page.
// spec: ISO 32000-1 §9.4
func (f *file) read(p page) []piece {
	var content []byte
	contents := f.at(p.dict["Contents"])
	refs, ok := contents.([]any)
	if !ok {
		refs = []any{p.dict["Contents"]}
	}
	for _, c := range refs {
		if r, ok := c.(ref); ok && f.objects[int(r)] != nil {
			content = append(append(content, f.data(f.objects[int(r)])...), '\n')
		}
	}
	t := &typist{f: f, fonts: f.dict(p.resources["Font"]), ctm: identity, tm: identity, line: identity, known: map[name]*font{}}
	s := &scanner{b: content}
	var args []any
	for s.at < len(s.b) {
		v := s.value(0)
		o, is := v.(op)
		if !is {
			if len(args) < 64 {
				args = append(args, v)
			}
			continue
		}
		t.do(string(o), args)
		args = args[:0]
	}
	return t.out
}

// typist keeps the state of text.
type typist struct {
	f             *file
	fonts         dict
	known         map[name]*font
	font          *font
	size, leading float64
	ctm           matrix
	saved         []matrix
	tm, line      matrix
	out           []piece
}

func arg(args []any, i int) float64 {
	if i < len(args) {
		return num(args[i])
	}
	return 0
}

func (t *typist) do(o string, a []any) {
	switch o {
	case "q":
		if len(t.saved) < 64 {
			t.saved = append(t.saved, t.ctm)
		}
	case "Q":
		if n := len(t.saved); n > 0 {
			t.ctm, t.saved = t.saved[n-1], t.saved[:n-1]
		}
	case "cm":
		t.ctm = matrix{arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5)}.mul(t.ctm)
	case "BT":
		t.tm, t.line = identity, identity
	case "Tf":
		if len(a) > 1 {
			n, _ := a[0].(name)
			t.font, t.size = t.fontOf(n), arg(a, 1)
		}
	case "TL":
		t.leading = arg(a, 0)
	case "Td":
		t.move(arg(a, 0), arg(a, 1))
	case "TD":
		t.leading = -arg(a, 1)
		t.move(arg(a, 0), arg(a, 1))
	case "Tm":
		t.line = matrix{arg(a, 0), arg(a, 1), arg(a, 2), arg(a, 3), arg(a, 4), arg(a, 5)}
		t.tm = t.line
	case "T*":
		t.move(0, -t.leading)
	case "Tj", "'", "\"":
		if o != "Tj" {
			t.move(0, -t.leading)
		}
		if len(a) > 0 {
			s, _ := a[len(a)-1].(string)
			t.show(s)
		}
	case "TJ":
		if len(a) > 0 {
			list, _ := a[0].([]any)
			t.array(list)
		}
	}
}

func (t *typist) move(x, y float64) {
	t.line = matrix{1, 0, 0, 1, x, y}.mul(t.line)
	t.tm = t.line
}

// array shows pieces with their spacing: a wide gap is a space.
func (t *typist) array(list []any) {
	const wide = -180 // thousandths of the size
	var b strings.Builder
	for _, x := range list {
		switch v := x.(type) {
		case string:
			b.WriteString(t.decode(v))
		case float64:
			if s := b.String(); v < wide && s != "" && !strings.HasSuffix(s, " ") {
				b.WriteByte(' ')
			}
		}
	}
	t.put(b.String())
}

func (t *typist) show(s string) { t.put(t.decode(s)) }

// put notes a piece and moves on by an estimate of its width: half a size a letter.
func (t *typist) put(s string) {
	if s == "" || len(t.out) > 100_000 {
		return
	}
	m := t.tm.mul(t.ctm)
	scale := math.Hypot(m[2], m[3])
	width := 0.5 * t.size * float64(len([]rune(s)))
	if strings.TrimSpace(s) != "" {
		bold := t.font != nil && t.font.bold
		t.out = append(t.out, piece{x: m[4], y: m[5], size: math.Abs(t.size * scale), width: width * math.Hypot(m[0], m[1]), bold: bold, text: s})
	}
	t.tm = matrix{1, 0, 0, 1, width, 0}.mul(t.tm)
}

// layout puts pieces in lines.
func layout(pieces []piece, number int) []Line {
	sort.SliceStable(pieces, func(i, j int) bool {
		if math.Abs(pieces[i].y-pieces[j].y) > 0.4*min(pieces[i].size, pieces[j].size) {
			return pieces[i].y > pieces[j].y
		}
		return pieces[i].x < pieces[j].x
	})
	var out []Line
	var right float64
	for _, p := range pieces {
		text := strings.Join(strings.Fields(p.text), " ")
		if n := len(out); n > 0 && math.Abs(out[n-1].Y-p.y) <= 0.4*p.size {
			l := &out[n-1]
			switch gap := p.x - right; {
			case gap > 1.5*p.size:
				l.Text += "\t"
			case strings.HasPrefix(p.text, " ") || gap > 0.15*p.size || !strings.HasSuffix(l.Text, " ") && len(p.text) > 1:
				l.Text += " "
			}
			l.Text += text
			l.Size, l.Bold = max(l.Size, p.size), l.Bold && p.bold
			right = p.x + p.width
			continue
		}
		out = append(out, Line{Page: number, Text: text, Size: p.size, Bold: p.bold, X: p.x, Y: p.y})
		right = p.x + p.width
	}
	return out
}
