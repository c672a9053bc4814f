// Package pdf writes text documents as PDF: headings, paragraphs, lists, tables, pictures, on A4
// pages with a running head, a foot and page numbers. Letters and reports need no more.
//
// Standard: PDF/A-1a (ISO 19005-1) on PDF 1.4: fonts embedded as subsets, every piece tagged or
// marked as decoration, one colour space with its profile, metadata in XMP, bookmarks from the
// headings. The same calls give the same bytes: no date but the one given, no random id. A
// character our fonts lack is drawn as a visible substitute, keeps its meaning for search, and
// is listed by Substituted. Missing on purpose: links, right-to-left writing, columns.
// Start with New.
package pdf

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// Document is a text being laid out. It is not safe for concurrent use.
type Document struct {
	Author  string    // metadata
	Subject string    // metadata
	Lang    string    // BCP 47; fr-FR when empty
	Created time.Time // metadata; none when zero
	Head    string    // at the top of each page, left
	Right   string    // at the top of each page, right
	Foot    string    // at the bottom of each page, left; the page number is on the right

	title    string
	pages    []*page
	page     *page      // the last one
	root     *element   // the document
	section  *element   // where blocks go
	sections []*element // open sections, by level
	open     *element   // what is being drawn
	marked   bool
	fonts    [2]*subset
	lacking  map[rune]bool
	pictures []picture
	outline  []bookmark
	last     *heading
	lying    bool    // new pages lie on their side
	raise    bool    // the page lies for a table; what follows stands upright again
	y        float64 // baseline of the last line written
	edge     float64 // where lines end: right, or before a symbol
	beside   float64 // foot of the symbol that stands on this page, 0 for none
}

// A4 and its margins, in points. A page that lies on its side has the same margins.
const (
	width, height = 595.28, 841.89
	left, bottom  = 56.0, 64.0
	margin, above = 56.0, 65.89
)

// size gives the width and the height of a page.
func (p *page) size() (w, h float64) {
	if p.lying {
		return height, width
	}
	return width, height
}

func (p *page) right() float64 {
	w, _ := p.size()
	return w - margin
}

// top is where the text of a page begins.
func (p *page) top() float64 {
	_, h := p.size()
	return h - above
}

func (d *Document) top() float64 { return d.page.top() }

// Sizes of letters, in points.
const (
	bodySize, bodyLeading = 9.5, 13.2
	indent                = 14.0
)

// New begins a document. The title is written at the top of the first page too.
func New(title string) *Document {
	d := &Document{title: title, root: &element{kind: "Document"}, lacking: map[rune]bool{}}
	for i, f := range faces() {
		d.fonts[i] = newSubset(f)
	}
	d.section = d.root
	d.newPage()
	d.block(d.root.add("H1"), []Run{{oneLine(title), Bold}}, 16, 20, 0)
	d.y -= 8
	return d
}

// Substituted lists the characters our fonts lack, each once, in order. Each was drawn as �.
func (d *Document) Substituted() []rune {
	out := make([]rune, 0, len(d.lacking))
	for c := range d.lacking {
		out = append(out, c)
	}
	for i := range out { // few
		for j := i; j > 0 && out[j] < out[j-1]; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

func (d *Document) lang() string {
	ok := d.Lang != "" && strings.Trim(d.Lang, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
	if ok {
		return d.Lang
	}
	return "fr-FR"
}

func (d *Document) newPage() {
	d.close()
	d.page = &page{lying: d.lying}
	d.pages = append(d.pages, d.page)
	d.y, d.edge, d.beside, d.raise = d.top(), d.page.right(), 0, false
}

// room goes to the next page unless h points remain on this one.
func (d *Document) room(h float64) {
	if d.raise || d.y-h < bottom && d.y < d.top() {
		d.newPage()
	}
}

// Heading writes a title of section, never alone at the foot of a page.
func (d *Document) Heading(s string) { d.HeadingAt(1, s) }

// maxLevel is the deepest heading: H6 below the title.
const maxLevel = 5

// HeadingAt writes the title of a section of a level, from 1. What follows belongs to the section.
func (d *Document) HeadingAt(level int, s string) {
	level = max(1, min(level, maxLevel, len(d.sections)+1))
	d.sections = d.sections[:level-1]
	parent := d.root
	if level > 1 {
		parent = d.sections[level-2]
	}
	d.section = parent.add("Sect")
	d.sections = append(d.sections, d.section)
	h := &heading{level: level, text: oneLine(s), element: d.section.add("H" + strconv.Itoa(level+1)), bookmark: len(d.outline)}
	d.outline = append(d.outline, bookmark{level: level, title: h.text})
	d.write(h)
}

// heading is the last one written: it follows a table that goes to another page.
type heading struct {
	level    int
	text     string
	element  *element
	bookmark int
	page     *page
	bytes    int // of the page before it
	marks    int
	under    float64
}

func (d *Document) write(h *heading) {
	size := []float64{12.5, 11, 10, 9.5, 9.5}[h.level-1]
	if d.y < d.top() {
		d.y -= 12 - 2*float64(h.level)
	}
	d.room(180 - 28*float64(min(h.level, 3))) // the titles below it, and the first rows of a table
	d.close()
	h.page, h.bytes, h.marks = d.page, d.page.content.Len(), len(d.page.marks)
	d.outline[h.bookmark].page, d.outline[h.bookmark].y = d.page, d.y
	d.draw(h.element).WriteString("0 0.2 0.42 rg\n")
	d.block(h.element, []Run{{h.text, Bold}}, size, size*1.28, 0)
	d.draw(h.element).WriteString("0 g\n")
	if h.level == 1 {
		d.rule(d.y-4, 0.7)
		d.y -= 3
	}
	d.y -= 5
	h.under = d.y
	d.last = h
}

// lie begins a page on its side; a heading right above comes along.
func (d *Document) lie() {
	h := d.last
	follows := h != nil && h.page == d.page && h.under == d.y
	if follows {
		d.close()
		h.page.content.Truncate(h.bytes)
		h.page.marks, h.element.kids = h.page.marks[:h.marks], nil
		if h.bytes == 0 {
			d.pages = d.pages[:len(d.pages)-1]
		}
	}
	d.lying = true
	d.newPage()
	d.lying = false
	if follows {
		d.write(h)
	}
}

// Paragraph writes a text, wrapped; a line break in it is kept.
func (d *Document) Paragraph(s string) { d.Text(Plain(s)...) }

// Strong writes a paragraph in bold.
func (d *Document) Strong(s string) { d.Text(Run{s, Bold}) }

// Text writes a paragraph of runs, wrapped; line breaks are kept.
func (d *Document) Text(runs ...Run) {
	d.block(d.section.add("P"), runs, bodySize, bodyLeading, 0)
	d.y -= 5
}

// Rule draws a thin line between what precedes and what follows.
func (d *Document) Rule() {
	d.y -= 3
	d.rule(d.y, 0.4)
	d.y -= 4
}

// rule draws a line across the text.
func (d *Document) rule(y, weight float64) {
	stroke(d.draw(nil), left, y, d.edge, weight)
}

func stroke(b *bytes.Buffer, from, y, to, weight float64) {
	write(b, "%s w %s %s m %s %s l S\n", number(weight), number(from), number(y), number(to), number(y))
}

// block writes lines from an indent on, over as many pages as they ask for.
func (d *Document) block(e *element, runs []Run, size, leading, from float64) {
	text := d.letters(runs)
	limit := d.edge
	lines := wrap(text, size, limit-left-from)
	for i := 0; i < len(lines); i++ {
		d.room(leading)
		if d.edge != limit { // another page, without the symbol: the rest has its full width
			limit = d.edge
			lines = append(lines[:i:i], wrap(joined(lines[i:]), size, limit-left-from)...)
		}
		d.y -= leading
		d.put(d.draw(e), left+from, d.y, size, lines[i])
	}
}

func joined(lines [][]letter) []letter {
	var out []letter
	for i, l := range lines {
		if i > 0 {
			out = append(out, letter{c: ' ', wide: faces()[regular].advance(' ')})
		}
		out = append(out, l...)
	}
	return out
}

// frame draws the head and foot of a page.
func (d *Document) frame(i int) []byte {
	var b bytes.Buffer
	b.WriteString("/Artifact<</Type/Pagination>>BDC\n0.36 g 0.36 G\n")
	const size = 8.0
	right, top := d.pages[i].right(), d.pages[i].top()
	end := func(y float64, s string) float64 {
		line := fit(d.letters(Plain(oneLine(s))), size, 260)
		x := right - measure(line, size)
		d.put(&b, x, y, size, line)
		return x
	}
	begin := func(y, to float64, s string) {
		d.put(&b, left, y, size, fit(d.letters(Plain(oneLine(s))), size, to-left-12))
	}
	begin(top+24, end(top+24, d.Right), d.Head)
	stroke(&b, left, top+17, right, 0.4)
	stroke(&b, left, 50, right, 0.4)
	begin(38, end(38, "page "+strconv.Itoa(i+1)+" / "+strconv.Itoa(len(d.pages))), d.Foot)
	b.WriteString("EMC\n")
	return b.Bytes()
}
