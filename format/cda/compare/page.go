package compare

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/xmltree"
)

// page is the narrative of a section: its rows, items and paragraphs.
type page struct {
	rows []row
	all  string
	flat string // folded
	of   map[xmltree.Node]int
	left int // bytes that rows may still repeat of the text
}

// row is one line people read: a row of a table, an item, a paragraph.
type row struct {
	node  xmltree.Node
	id    string // its own, or the first inside
	cells []cell
	text  string
	flat  string // folded
	table bool
}

type cell struct {
	head string // folded head of its column
	text string
}

// maxDepth bounds nesting, as the narrative's own reader does.
const maxDepth = 64

// maxRepeated is how many times the rows may hold the text of the section: an item in an item is
// in both. Rows after that are none.
const maxRepeated = 8

func index(text xmltree.Node) *page {
	p := &page{of: map[xmltree.Node]int{}}
	if text.Exists() {
		p.all = cda.PlainLine(text)
		p.flat = fold(p.all)
		p.left = maxRepeated * (len(p.all) + 1<<10)
		p.walk(text, nil, 0)
	}
	return p
}

func (p *page) walk(n xmltree.Node, heads []string, depth int) {
	if depth > maxDepth {
		return
	}
	for c := range n.Elements() {
		switch c.Local() {
		case "table":
			p.walk(c, columnHeads(c), depth+1)
		case "tr":
			p.add(c, heads)
			for cell := range c.Elements() { // tables and lists in cells
				p.walk(cell, nil, depth+1)
			}
		case "item", "paragraph":
			p.add(c, nil)
			p.walk(c, heads, depth+1)
		default:
			p.walk(c, heads, depth+1)
		}
	}
}

func columnHeads(table xmltree.Node) []string {
	head := table.Child(cda.NS, "thead")
	last := xmltree.Node{}
	for tr := range head.Children(cda.NS, "tr") {
		last = tr
	}
	var out []string
	for c := range last.Elements() {
		out = append(out, fold(cda.PlainLine(c)))
	}
	return out
}

func (p *page) add(n xmltree.Node, heads []string) {
	if p.left < 0 {
		return
	}
	r := row{node: n, id: n.Attr("ID"), text: cda.PlainLine(n), table: n.Local() == "tr"}
	r.flat = fold(r.text)
	p.left -= len(r.text)
	if r.table {
		i := 0
		for c := range n.Elements() {
			if k := c.Local(); k != "td" && k != "th" {
				continue
			}
			head := ""
			if i < len(heads) {
				head = heads[i]
			}
			r.cells = append(r.cells, cell{head, cda.PlainLine(c)})
			i++
		}
	}
	if r.id == "" {
		r.id = firstID(n, 0)
	}
	p.of[n] = len(p.rows)
	p.rows = append(p.rows, r)
}

func firstID(n xmltree.Node, depth int) string {
	if depth > maxDepth {
		return ""
	}
	for c := range n.Elements() {
		if id := c.Attr("ID"); id != "" {
			return id
		}
		if id := firstID(c, depth+1); id != "" {
			return id
		}
	}
	return ""
}

// around gives the row an element of the narrative stands in, -1 for none.
func (p *page) around(n xmltree.Node) int {
	for ; n.Exists() && n.Local() != "section"; n = n.Parent() {
		if i, ok := p.of[n]; ok {
			return i
		}
	}
	return -1
}

// column gives the cells under a head that holds one of the words.
func (r *row) column(words ...string) (text string, ok bool) {
	var out []string
	for _, c := range r.cells {
		for _, w := range words {
			if strings.Contains(c.head, w) {
				out, ok = append(out, c.text), true
				break
			}
		}
	}
	return strings.Join(out, " "), ok
}

// The heads of columns, folded.
var (
	valueHeads = []string{"resultat", "valeur", "result", "value", "mesure", "taux", "score", "reponse", "concentration"}
	rangeHeads = []string{"reference", "norme", "usuelle", "intervalle", "range", "normal"}
	unitHeads  = []string{"unite", "unit"}
	doseHeads  = []string{"posologie", "dose", "dosage", "quantite"}
)

// value is where the row shows its result: the column that says so, else all but the first cell
// and the ranges.
func (r *row) value() string {
	var out []string
	for _, c := range r.cells {
		if !isHead(c.head, rangeHeads) && isHead(c.head, valueHeads) {
			out = append(out, c.text)
		}
	}
	if len(out) > 0 {
		return strings.Join(out, " ")
	}
	if len(r.cells) < 2 {
		return r.text
	}
	for _, c := range r.cells[1:] {
		if !isHead(c.head, rangeHeads) && !isHead(c.head, []string{"date", "heure", "time", "anteriorit", "precedent"}) {
			out = append(out, c.text)
		}
	}
	return strings.Join(out, " ")
}

func isHead(head string, words []string) bool {
	for _, w := range words {
		if strings.Contains(head, w) {
			return true
		}
	}
	return false
}

func (r *row) first() string {
	if len(r.cells) > 0 {
		return r.cells[0].text
	}
	return r.text
}
