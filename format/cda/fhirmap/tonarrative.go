package fhirmap

import (
	"strings"

	"github.com/socle-sante/socle/format/cda/narrative"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// row is a result that the narrative of its section does not show yet.
type row struct{ id, label, value, reference string }

// gather reads every narrative first: entries point at their IDs.
func (i *importer) gather(sections []*object, depth int) {
	if depth > maxDepth {
		return
	}
	for _, s := range sections {
		if n := i.xhtml(s); n.Exists() {
			for d := range n.Descendants("*", "*") {
				if id := d.Attr("id"); ncName(id) {
					i.ids[id] = true
				}
			}
		}
		i.gather(s.all("section"), depth+1)
	}
}

// xhtml parses the narrative of a section.
func (i *importer) xhtml(s *object) xmltree.Node {
	t := s.sub("text")
	if t == nil {
		return xmltree.Node{}
	}
	d, err := xmltree.Parse([]byte(t.peek("div")))
	if err != nil {
		return xmltree.Node{}
	}
	return d.Root()
}

// ncName reports whether an id can be an xs:ID.
func ncName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127
		if !letter && (i == 0 || !(r >= '0' && r <= '9' || r == '-' || r == '.')) {
			return false
		}
	}
	return s != ""
}

// text writes the narrative of a section, and the results it did not show.
func (i *importer) text(s *object) *element {
	e := el("text")
	if t := s.sub("text"); t != nil {
		n := i.xhtml(s)
		if n.Exists() && t.peek("status") != "empty" {
			i.children(e, n, 0)
		} else if !n.Exists() {
			i.lost = append(i.lost, Loss{Path: "Composition.section.text.div", What: shorten(t.peek("div")), Why: finding.T("Ce narratif n'est pas du XHTML.", "This narrative is no XHTML.")})
		}
		t.str("status")
		t.str("div")
	}
	if len(i.extra) > 0 {
		e.put(table(i.extra))
	}
	return e
}

// table shows results that had no words in the narrative.
//
// spec: CI-SIS cda §5.5
func table(rows []row) *element {
	head := el("tr").put(words("th", "Analyse"), words("th", "Résultat"), words("th", "Valeurs de référence"))
	body := el("tbody")
	for _, r := range rows {
		label := el("td").put(words("content", r.label, "ID", r.id))
		cell := func(v string) *element {
			if v == "" {
				return el("td")
			}
			return words("td", v)
		}
		body.put(el("tr").put(label, cell(r.value), cell(r.reference)))
	}
	return el("table", "border", "0").put(el("thead").put(head), body)
}

// cdaNames are the XHTML elements that CDA has under another name or the same.
var cdaNames = map[string]string{"p": "paragraph", "ul": "list", "ol": "list", "li": "item", "table": "table", "caption": "caption", "thead": "thead", "tbody": "tbody", "tfoot": "tfoot",
	"tr": "tr", "th": "th", "td": "td", "sub": "sub", "sup": "sup", "span": "content", "br": "br", "b": "content", "strong": "content", "i": "content", "em": "content", "u": "content",
	"h1": "paragraph", "h2": "paragraph", "h3": "paragraph", "h4": "paragraph", "h5": "paragraph", "h6": "paragraph", "pre": "paragraph", "dt": "paragraph", "dd": "paragraph"}

var tagStyles = map[string]string{"b": "Bold", "strong": "Bold", "i": "Italics", "em": "Emphasis", "u": "Underline"}

var classStyles = []struct{ class, style string }{{"n-bold", "Bold"}, {"n-italics", "Italics"}, {"n-underline", "Underline"}, {"n-emphasis", "Emphasis"}}

func (i *importer) children(into *element, n xmltree.Node, depth int) {
	if depth > maxDepth {
		return
	}
	for c := range n.Nodes() {
		if c.IsText() {
			switch into.name {
			case "table", "thead", "tbody", "tfoot", "tr", "list":
			default:
				into.kids = append(into.kids, c.Text())
			}
			continue
		}
		i.xhtmlElement(into, c, depth+1)
	}
}

func (i *importer) xhtmlElement(into *element, n xmltree.Node, depth int) {
	tag := n.Local()
	switch tag {
	case "img":
		if id := i.fileID(n.Attr("src")); id != "" {
			into.put(el("renderMultiMedia", "referencedObject", id).put(words("caption", "")))
		}
		return
	case "a":
		i.anchor(into, n, depth)
		return
	case "script", "style", "object", "iframe":
		return
	case "div":
		if !holdsBlock(n) {
			p := el("paragraph", i.narrativeAttrs(n)...)
			i.children(p, n, depth)
			into.put(p)
			return
		}
		i.children(into, n, depth)
		return
	}
	name := cdaNames[tag]
	if name == "" || name == "paragraph" && (into.name == "paragraph" || into.name == "content" || into.name == "caption") {
		i.children(into, n, depth)
		return
	}
	e := el(name, i.narrativeAttrs(n)...)
	if tag == "ol" {
		e.attrs = append(e.attrs, "listType", "ordered")
	}
	if s := tagStyles[tag]; s != "" {
		e.attrs = append(e.attrs, "styleCode", s)
	}
	i.children(e, n, depth)
	if (name == "list" || name == "tr" || name == "tbody" || name == "thead") && len(e.kids) == 0 {
		return
	}
	into.put(e)
}

// narrativeAttrs keeps what CDA has: the ID, the style, the spans.
func (i *importer) narrativeAttrs(n xmltree.Node) []string {
	id := n.Attr("id")
	if !ncName(id) {
		id = ""
	}
	var styles []string
	classes := " " + n.Attr("class") + " "
	for _, s := range classStyles {
		if strings.Contains(classes, " "+s.class+" ") {
			styles = append(styles, s.style)
		}
	}
	attrs := []string{"ID", id, "styleCode", strings.Join(styles, " ")}
	switch n.Local() {
	case "td", "th":
		attrs = append(attrs, "colspan", n.Attr("colspan"), "rowspan", n.Attr("rowspan"))
		for _, a := range []string{"left", "center", "right"} {
			if strings.Contains(classes, " n-"+a+" ") {
				attrs = append(attrs, "align", a)
			}
		}
	}
	return attrs
}

// anchor writes a link, or the file it leads to.
func (i *importer) anchor(into *element, n xmltree.Node, depth int) {
	href := n.Attr("href")
	if id := i.fileID(href); id != "" {
		into.put(el("renderMultiMedia", "referencedObject", id))
		return
	}
	if safe, ok := narrative.SafeLink(href, ""); ok {
		e := el("linkHtml", "href", safe)
		i.children(e, n, depth)
		into.put(e)
		return
	}
	i.children(into, n, depth)
}

// fileID gives the ID of the file behind an address of the narrative; "" when it is no Binary.
func (i *importer) fileID(address string) string {
	key := i.binaryKey(address)
	if key == "" {
		return ""
	}
	if i.fileIDs[key] == "" {
		i.fileIDs[key] = i.id("fichier-")
	}
	return i.fileIDs[key]
}

// binaryKey gives one name for the addresses of a Binary of the Bundle.
func (i *importer) binaryKey(address string) string {
	r := i.byURL[address]
	if r == nil || r.peek("resourceType") != "Binary" {
		return ""
	}
	return i.paths[r]
}

func holdsBlock(n xmltree.Node) bool {
	for c := range n.Descendants("*", "*") {
		switch c.Local() {
		case "p", "ul", "ol", "table", "div", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "dl":
			return true
		}
	}
	return false
}
