// Package narrative turns the narrative of CDA sections into safe HTML and into plain text.
//
// Standard: CDA R2 NarrativeBlock as CI-SIS restricts it. Narrative is not HTML: every element
// is mapped one by one, attributes are written from white lists, links keep only safe schemes,
// pictures come from the document or from a caller's address, never from elsewhere. An element
// the standard does not know loses its tags and keeps its words; one that could only carry code
// is dropped whole. Missing: list styles, column widths, colours.
// Start with HTML and Text.
package narrative

import (
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/xmltree"
)

// Options say how HTML is written. The zero value is good: no pictures, ids as they are.
type Options struct {
	// Media says what a renderMultiMedia becomes; nil leaves a mention of the file.
	Media func(id string) (Picture, bool)

	// IDPrefix goes before every id and local link, so that several documents fit on a page.
	IDPrefix string
}

// Picture is a file to show: an image in place, anything else as a link.
type Picture struct {
	Src   string // an address of ours, or a data: URI of a white-listed image type
	Alt   string
	Image bool
}

// maxDepth bounds nesting; official narratives go to 12.
const maxDepth = 64

// maxSpan bounds colspan and rowspan, as HTML does.
const maxSpan = 1000

// HTML appends the narrative as HTML: well-formed, no attribute but id, class, href, src, alt,
// rel, scope, colspan and rowspan. It needs a style sheet for the classes n-bold, n-italics,
// n-underline, n-emphasis, n-footnote, n-left, n-center, n-right.
func HTML(dst []byte, text xmltree.Node, o Options) []byte {
	w := writer{out: dst, o: o}
	w.children(text, place{}, 0)
	return w.out
}

// place is where in the output we are: what may be written depends on it.
type place struct {
	table bool // directly in table, thead, tbody, tfoot or tr: words would be moved out by browsers
	head  bool // in thead
}

type writer struct {
	out []byte
	o   Options
}

// dropped elements carry code or frames in the languages people confuse with narrative.
var dropped = map[string]bool{"script": true, "style": true, "iframe": true, "object": true, "embed": true, "svg": true, "math": true, "template": true, "noscript": true, "link": true, "meta": true, "base": true, "form": true}

func (w *writer) children(n xmltree.Node, p place, depth int) {
	if depth > maxDepth {
		return
	}
	for c := range n.Nodes() {
		if c.IsText() {
			if !p.table {
				w.text(c.Text())
			}
			continue
		}
		w.element(c, p, depth+1)
	}
}

func (w *writer) element(n xmltree.Node, p place, depth int) {
	name := n.Local()
	if n.Space() != cda.NS {
		if !dropped[strings.ToLower(name)] {
			w.children(n, p, depth)
		}
		return
	}
	switch name {
	case "content", "footnote":
		w.content(n, depth)
	case "br":
		w.raw("<br>")
	case "sub", "sup":
		w.wrap(name, n, place{}, depth)
	case "paragraph":
		tag := "p"
		if holdsBlocks(n, 0) {
			tag = "div"
		}
		w.wrap(tag, n, place{}, depth)
	case "list":
		tag := "ul"
		if n.Attr("listType") == "ordered" {
			tag = "ol"
		}
		w.list(tag, n, depth)
	case "item":
		w.wrap("li", n, place{}, depth)
	case "table":
		w.table(n, depth)
	case "thead", "tbody", "tfoot", "tr":
		w.wrap(name, n, place{table: true, head: p.head || name == "thead"}, depth)
	case "th", "td":
		w.cell(n, p, depth)
	case "caption":
		w.open("p", n, "n-caption")
		w.children(n, place{}, depth)
		w.raw("</p>")
	case "linkHtml":
		w.link(n, depth)
	case "footnoteRef":
		if id := n.Attr("IDREF"); id != "" {
			w.raw(`<sup><a href="#`)
			w.attr(w.o.IDPrefix + id)
			w.raw(`">*</a></sup>`)
		}
	case "renderMultiMedia":
		w.media(n)
	case "col", "colgroup":
	default:
		if !dropped[strings.ToLower(name)] {
			w.children(n, p, depth)
		}
	}
}

func (w *writer) content(n xmltree.Node, depth int) {
	tag := "span"
	if holdsBlocks(n, 0) {
		tag = "div"
	}
	class := ""
	if n.Local() == "footnote" {
		class = "n-footnote"
	}
	w.open(tag, n, class)
	w.children(n, place{}, depth)
	w.raw("</" + tag + ">")
}

func (w *writer) wrap(tag string, n xmltree.Node, p place, depth int) {
	w.open(tag, n, "")
	w.children(n, p, depth)
	w.raw("</" + tag + ">")
}

// list writes a caption before the list: HTML lists have none inside.
func (w *writer) list(tag string, n xmltree.Node, depth int) {
	if c := n.Child(cda.NS, "caption"); c.Exists() {
		w.element(c, place{}, depth)
	}
	w.open(tag, n, "")
	for c := range n.Children(cda.NS, "item") {
		w.element(c, place{}, depth+1)
	}
	w.raw("</" + tag + ">")
}

// table writes its caption first, as HTML asks, and leaves aside words between cells.
func (w *writer) table(n xmltree.Node, depth int) {
	w.open("table", n, "")
	if c := n.Child(cda.NS, "caption"); c.Exists() {
		w.raw("<caption>")
		w.children(c, place{}, depth)
		w.raw("</caption>")
	}
	for c := range n.Elements() {
		if c.Local() != "caption" {
			w.element(c, place{table: true}, depth+1)
		}
	}
	w.raw("</table>")
}

func (w *writer) cell(n xmltree.Node, p place, depth int) {
	tag := n.Local()
	w.raw("<" + tag)
	w.idAndClass(n, "")
	if tag == "th" {
		if p.head {
			w.raw(` scope="col"`)
		} else {
			w.raw(` scope="row"`)
		}
	}
	w.span(n, "colspan")
	w.span(n, "rowspan")
	w.raw(">")
	w.children(n, place{}, depth)
	w.raw("</" + tag + ">")
}

func (w *writer) span(n xmltree.Node, name string) {
	v, err := strconv.Atoi(strings.TrimSpace(n.Attr(name)))
	if err == nil && v > 1 && v <= maxSpan {
		w.raw(" " + name + `="` + strconv.Itoa(v) + `"`)
	}
}

func (w *writer) link(n xmltree.Node, depth int) {
	href, ok := SafeLink(n.Attr("href"), w.o.IDPrefix)
	if !ok {
		w.open("span", n, "")
		w.children(n, place{}, depth)
		w.raw("</span>")
		return
	}
	w.raw("<a")
	w.idAndClass(n, "")
	w.raw(` href="`)
	w.attr(href)
	w.raw(`" rel="noopener noreferrer nofollow">`)
	before := len(w.out)
	w.children(n, place{}, depth)
	if len(w.out) == before {
		w.text(n.Attr("href"))
	}
	w.raw("</a>")
}

// SafeLink keeps http, https, mailto and tel addresses and links inside the document; a relative
// address, javascript:, data: and the rest are refused.
func SafeLink(href, idPrefix string) (string, bool) {
	href = strings.TrimSpace(href)
	for i := 0; i < len(href); i++ {
		if href[i] < 0x20 || href[i] == 0x7f {
			return "", false
		}
	}
	if id, ok := strings.CutPrefix(href, "#"); ok && id != "" {
		return "#" + idPrefix + id, true
	}
	scheme, rest, ok := strings.Cut(href, ":")
	if !ok || rest == "" {
		return "", false
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		return href, strings.HasPrefix(rest, "//") && len(rest) > 2
	case "mailto", "tel":
		return href, true
	}
	return "", false
}

func (w *writer) media(n xmltree.Node) {
	caption := cda.PlainLine(n.Child(cda.NS, "caption"))
	for _, id := range strings.Fields(n.Attr("referencedObject")) {
		var p Picture
		ok := false
		if w.o.Media != nil {
			p, ok = w.o.Media(id)
		}
		if caption != "" {
			p.Alt = caption
		}
		switch {
		case ok && p.Image && safeSource(p.Src):
			w.raw(`<img src="`)
			w.attr(p.Src)
			w.raw(`" alt="`)
			w.attr(p.Alt)
			w.raw(`">`)
		case ok && !strings.HasPrefix(strings.ToLower(p.Src), "data:") && safeSource(p.Src):
			w.raw(`<a href="`)
			w.attr(p.Src)
			w.raw(`">`)
			w.text(p.Alt)
			w.raw("</a>")
		default:
			w.raw(`<span class="n-media">`)
			w.text(p.Alt)
			w.raw("</span>")
		}
	}
}

// open writes a start tag with the id, the styles and the alignment of the element.
func (w *writer) open(tag string, n xmltree.Node, class string) {
	w.raw("<" + tag)
	w.idAndClass(n, class)
	w.raw(">")
}

func (w *writer) idAndClass(n xmltree.Node, class string) {
	if id := n.Attr("ID"); id != "" && !strings.ContainsAny(id, " \t\r\n") {
		w.raw(` id="`)
		w.attr(w.o.IDPrefix + id)
		w.raw(`"`)
	}
	classes := class
	for _, c := range append(styles(n.Attr("styleCode")), alignment(n.Attr("align"))) {
		if c != "" {
			classes += " " + c
		}
	}
	if classes != "" {
		w.raw(` class="` + strings.TrimSpace(classes) + `"`)
	}
}

// styles maps the style codes of the standard; "BoldItalics" is met in official documents.
func styles(codes string) []string {
	if codes == "" {
		return nil
	}
	var out []string
	for _, s := range []struct{ word, class string }{{"bold", "n-bold"}, {"italics", "n-italics"}, {"underline", "n-underline"}, {"emphasis", "n-emphasis"}} {
		if strings.Contains(strings.ToLower(codes), s.word) {
			out = append(out, s.class)
		}
	}
	return out
}

func alignment(a string) string {
	switch a {
	case "left", "center", "right":
		return "n-" + a
	}
	return ""
}

// holdsBlocks reports whether an element holds what HTML does not allow inside p or span.
func holdsBlocks(n xmltree.Node, depth int) bool {
	if depth > maxDepth {
		return true
	}
	for c := range n.Elements() {
		switch c.Local() {
		case "paragraph", "list", "table", "caption":
			return true
		case "content", "linkHtml", "sub", "sup", "footnote":
			if holdsBlocks(c, depth+1) {
				return true
			}
		}
	}
	return false
}

func (w *writer) raw(s string) { w.out = append(w.out, s...) }

func (w *writer) text(s string) { w.escape(s, false) }

func (w *writer) attr(s string) { w.escape(s, true) }

func (w *writer) escape(s string, attr bool) {
	from := 0
	for i := 0; i < len(s); i++ {
		var e string
		switch c := s[i]; {
		case c == '&':
			e = "&amp;"
		case c == '<':
			e = "&lt;"
		case c == '>':
			e = "&gt;"
		case c == '"' && attr:
			e = "&#34;"
		case c == '\'' && attr:
			e = "&#39;"
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r':
			e = " "
		default:
			continue
		}
		w.out = append(append(w.out, s[from:i]...), e...)
		from = i + 1
	}
	w.out = append(w.out, s[from:]...)
}
