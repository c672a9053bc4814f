package view

import (
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/narrative"
	"github.com/socle-sante/socle/format/pdf"
	"github.com/socle-sante/socle/format/xmltree"
)

// maxNesting bounds the nesting of a narrative, as its other readers do.
const maxNesting = 64

// line collects runs of text: white space is squeezed, pictures are kept for after.
type line struct {
	runs     []pdf.Run
	blank    bool // a blank was written, or none may be
	pictures []mention
}

type mention struct{ id, caption string }

func (l *line) words(s string, style pdf.Style) {
	var b strings.Builder
	for _, c := range s {
		switch c {
		case ' ', '\t', '\n', '\r':
			if !l.blank {
				b.WriteByte(' ')
			}
			l.blank = true
		default:
			b.WriteRune(c)
			l.blank = false
		}
	}
	if b.Len() > 0 {
		l.runs = append(l.runs, pdf.Run{Text: b.String(), Style: style})
	}
}

// newline ends a line that has begun.
func (l *line) newline() {
	for n := len(l.runs) - 1; n >= 0; n-- {
		t := strings.TrimRight(l.runs[n].Text, " ")
		if l.runs[n].Text = t; t == "" {
			l.runs = l.runs[:n]
			continue
		}
		if !strings.HasSuffix(t, "\n") {
			l.runs[n].Text += "\n"
		}
		break
	}
	l.blank = true
}

// done gives the runs, without blanks at the end, and begins anew.
func (l *line) done() []pdf.Run {
	runs := l.runs
	for len(runs) > 0 {
		last := &runs[len(runs)-1]
		if last.Text = strings.TrimRight(last.Text, " \n"); last.Text != "" {
			break
		}
		runs = runs[:len(runs)-1]
	}
	l.runs, l.blank = nil, true
	return runs
}

// narrative writes the text of a section as blocks.
func (p *printer) narrative(text xmltree.Node) {
	l := &line{blank: true}
	p.blocks(text, l, 0, 0)
	p.flush(l)
}

func (p *printer) flush(l *line) {
	if runs := l.done(); len(runs) > 0 {
		p.out.Text(runs...)
	}
	for _, m := range l.pictures {
		p.picture(m.id, m.caption)
	}
	l.pictures = nil
}

// blocks writes what is a block and collects the rest in a line.
func (p *printer) blocks(n xmltree.Node, l *line, style pdf.Style, depth int) {
	if depth > maxNesting {
		return
	}
	for c := range n.Nodes() {
		if c.IsText() {
			l.words(c.Text(), style)
			continue
		}
		switch c.Local() {
		case "paragraph", "caption":
			p.flush(l)
			p.blocks(c, l, style|captionStyle(c), depth+1)
			p.flush(l)
		case "list":
			p.flush(l)
			p.list(c, depth)
		case "table":
			p.flush(l)
			p.table(c, depth)
		case "renderMultiMedia":
			l.media(c)
			p.flush(l)
		case "content", "footnote":
			p.blocks(c, l, style|styleOf(c), depth+1)
		case "br", "sub", "sup", "linkHtml", "footnoteRef":
			l.inline(c, style, depth)
		case "script", "style":
		default:
			p.blocks(c, l, style, depth+1)
		}
	}
}

func captionStyle(n xmltree.Node) pdf.Style {
	if n.Local() == "caption" {
		return pdf.Bold
	}
	return styleOf(n)
}

// styleOf reads styleCode.
func styleOf(n xmltree.Node) pdf.Style {
	var out pdf.Style
	for _, s := range strings.Fields(strings.ToLower(n.Attr("styleCode"))) {
		switch {
		case strings.Contains(s, "bold"):
			out |= pdf.Bold
		case strings.Contains(s, "italic"), strings.Contains(s, "emphasis"):
			out |= pdf.Italic
		case strings.Contains(s, "underline"):
			out |= pdf.Underline
		}
	}
	if n.Local() == "footnote" {
		out |= pdf.Faint
	}
	return out
}

// inline collects everything below an element in one line: blocks become lines of it.
func (l *line) inline(n xmltree.Node, style pdf.Style, depth int) {
	if depth > maxNesting {
		return
	}
	switch n.Local() {
	case "br":
		l.br()
		return
	case "footnoteRef":
		l.words("*", style|pdf.Superscript)
		return
	case "renderMultiMedia":
		l.media(n)
		return
	case "script", "style":
		return
	case "sub":
		style |= pdf.Subscript
	case "sup":
		style |= pdf.Superscript
	case "content", "footnote":
		style |= styleOf(n)
	case "caption":
		style |= pdf.Bold
	}
	block := false
	switch n.Local() {
	case "paragraph", "item", "tr", "table", "list", "caption":
		block = true
		l.newline()
		if n.Local() == "item" {
			l.words("• ", style)
		}
	}
	for c := range n.Nodes() {
		if c.IsText() {
			if k := n.Local(); k != "tr" && k != "table" && k != "tbody" && k != "thead" {
				l.words(c.Text(), style)
			}
			continue
		}
		l.inline(c, style, depth+1)
		if k := c.Local(); (k == "td" || k == "th") && c.Next().Exists() {
			l.words(" | ", style)
		}
	}
	if n.Local() == "linkHtml" {
		if href, ok := narrative.SafeLink(n.Attr("href"), ""); ok && !strings.HasPrefix(href, "#") && !strings.Contains(n.Text(), href) {
			l.words(" ("+href+")", style|pdf.Faint)
		}
	}
	if block {
		l.newline()
	}
}

// br breaks a line, even one that is empty.
func (l *line) br() {
	if n := len(l.runs); n > 0 {
		l.runs[n-1].Text = strings.TrimRight(l.runs[n-1].Text, " ") + "\n"
	}
	l.blank = true
}

func (l *line) media(n xmltree.Node) {
	caption := cda.PlainLine(n.Child(cda.NS, "caption"))
	for _, id := range strings.Fields(n.Attr("referencedObject")) {
		l.pictures = append(l.pictures, mention{id, caption})
	}
}

func (p *printer) list(n xmltree.Node, depth int) {
	l := &line{blank: true}
	if c := n.Child(cda.NS, "caption"); c.Exists() {
		l.inline(c, 0, depth+1)
		p.flush(l)
	}
	p.out.Items(n.Attr("listType") == "ordered", items(n, l, depth+1))
	p.flush(l) // pictures of the items
}

// items reads the items of a list; lists directly in an item are its own.
func items(n xmltree.Node, l *line, depth int) []pdf.Item {
	if depth > maxNesting {
		return nil
	}
	var out []pdf.Item
	for c := range n.Children(cda.NS, "item") {
		var it pdf.Item
		inner := &line{blank: true}
		for k := range c.Nodes() {
			switch {
			case k.IsText():
				l.words(k.Text(), 0)
			case k.Local() == "list":
				it.Items = append(it.Items, items(k, inner, depth+1)...)
			default:
				l.inline(k, styleOf(c), depth+1)
			}
		}
		it.Runs = l.done()
		l.pictures = append(l.pictures, inner.pictures...)
		out = append(out, it)
	}
	return out
}

func (p *printer) table(n xmltree.Node, depth int) {
	l := &line{blank: true}
	g := pdf.Grid{Caption: cda.PlainLine(n.Child(cda.NS, "caption"))}
	for c := range n.Elements() {
		switch c.Local() {
		case "thead":
			g.Head = append(g.Head, rows(c, l, true, depth+1)...)
		case "tbody":
			g.Body = append(g.Body, rows(c, l, false, depth+1)...)
		case "tr":
			g.Body = append(g.Body, row(c, l, false, depth+1))
		}
	}
	for c := range n.Children(cda.NS, "tfoot") {
		g.Body = append(g.Body, rows(c, l, false, depth+1)...)
	}
	if says(g) {
		p.out.Grid(g)
	}
	p.flush(l) // pictures of the cells
}

// says tells a table from a frame around pictures.
func says(g pdf.Grid) bool {
	for _, part := range [][][]pdf.Cell{g.Head, g.Body} {
		for _, r := range part {
			for _, c := range r {
				if len(c.Runs) > 0 {
					return true
				}
			}
		}
	}
	return g.Caption != ""
}

func rows(n xmltree.Node, l *line, head bool, depth int) [][]pdf.Cell {
	var out [][]pdf.Cell
	for tr := range n.Children(cda.NS, "tr") {
		out = append(out, row(tr, l, head, depth))
	}
	return out
}

func row(tr xmltree.Node, l *line, head bool, depth int) []pdf.Cell {
	var out []pdf.Cell
	for c := range tr.Elements() {
		k := c.Local()
		if k != "td" && k != "th" {
			continue
		}
		l.inline(c, styleOf(c), depth+1)
		out = append(out, pdf.Cell{Runs: l.done(), Head: k == "th" || head, ColSpan: span(c, "colspan"), RowSpan: span(c, "rowspan")})
	}
	return out
}

func span(n xmltree.Node, name string) int {
	v, err := strconv.Atoi(strings.TrimSpace(n.Attr(name)))
	if err != nil || v < 1 {
		return 1
	}
	return min(v, 1000)
}
