package narrative

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/xmltree"
)

// Text appends the words of a narrative, for search and for readers without pictures: one line
// for each paragraph, item and row of a table, a tab between cells.
func Text(dst []byte, text xmltree.Node) []byte {
	w := plain{out: dst, start: len(dst)}
	w.walk(text, 0)
	return w.trim()
}

// DocumentText appends the title and the narrative of every section, in reading order.
func DocumentText(dst []byte, d *cda.Document) []byte {
	for s := range d.Body.Walk {
		if s.Title != "" {
			dst = append(append(dst, s.Title...), '\n')
		}
		if s.Text.Exists() {
			dst = Text(dst, s.Text)
			if len(dst) > 0 && dst[len(dst)-1] != '\n' {
				dst = append(dst, '\n')
			}
		}
	}
	return dst
}

type plain struct {
	out   []byte
	start int
}

func (w *plain) walk(n xmltree.Node, depth int) {
	if depth > maxDepth {
		return
	}
	for c := range n.Nodes() {
		if c.IsText() {
			if p := n.Local(); p != "tr" && p != "table" && p != "tbody" && p != "thead" {
				w.words(c.Text())
			}
			continue
		}
		switch c.Local() {
		case "br":
			w.newline()
		case "td", "th":
			w.walk(c, depth+1)
			w.tab()
		case "tr", "paragraph", "item", "caption", "table", "list":
			w.newline()
			w.walk(c, depth+1)
			w.newline()
		default:
			w.walk(c, depth+1)
		}
	}
}

// words appends a text with its white space squeezed to single blanks.
func (w *plain) words(s string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ' ', '\t', '\n', '\r':
			if l := w.last(); l != ' ' && l != '\n' && l != '\t' {
				w.out = append(w.out, ' ')
			}
		default:
			w.out = append(w.out, c)
		}
	}
}

func (w *plain) last() byte {
	if len(w.out) == w.start {
		return '\n'
	}
	return w.out[len(w.out)-1]
}

func (w *plain) trim() []byte {
	for len(w.out) > w.start {
		if l := w.last(); l != ' ' && l != '\t' && l != '\n' {
			break
		}
		w.out = w.out[:len(w.out)-1]
	}
	return w.out
}

func (w *plain) newline() {
	for len(w.out) > w.start && (w.last() == ' ' || w.last() == '\t') {
		w.out = w.out[:len(w.out)-1]
	}
	if w.last() != '\n' {
		w.out = append(w.out, '\n')
	}
}

func (w *plain) tab() {
	for len(w.out) > w.start && w.last() == ' ' {
		w.out = w.out[:len(w.out)-1]
	}
	w.out = append(w.out, '\t')
}
