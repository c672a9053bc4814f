package cda

import (
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// The templates of an attached document.
//
// spec: CI-SIS cda §4.2
const (
	TemplatePDFCopySection = "1.2.250.1.213.1.1.2.243"
	TemplateAttached       = "1.2.250.1.213.1.1.3.18"
)

// index is what one walk over the body gives, made on first use.
type index struct {
	ids   map[string]xmltree.Node
	dup   []xmltree.Node
	refs  []Reference
	media []Media
}

// Reference is a link inside the document: reference/@value="#id" or renderMultiMedia.
type Reference struct {
	Target string // without '#'
	Node   xmltree.Node
	Media  bool // a renderMultiMedia
}

// Media is an observationMedia: a file inside a structured body.
type Media struct {
	ID   string
	File *Encapsulated
	Type CD // what the attached document is (55108-5 is the PDF copy), when said
	Copy bool
	Node xmltree.Node
}

func (d *Document) indexed() *index {
	d.once.Do(func() { d.index = buildIndex(d.Body.Node) })
	return &d.index
}

func buildIndex(body xmltree.Node) index {
	x := index{ids: map[string]xmltree.Node{}}
	for n := range body.Descendants(NS, "*") {
		if id := n.Attr("ID"); id != "" {
			if _, ok := x.ids[id]; ok {
				x.dup = append(x.dup, n)
			} else {
				x.ids[id] = n
			}
		}
		switch n.Local() {
		case "reference":
			if v := n.Attr("value"); strings.HasPrefix(v, "#") {
				x.refs = append(x.refs, Reference{Target: v[1:], Node: n})
			}
		case "renderMultiMedia":
			for _, id := range strings.Fields(n.Attr("referencedObject")) {
				x.refs = append(x.refs, Reference{Target: id, Node: n, Media: true})
			}
		case "observationMedia":
			if f := readEncapsulated(n.Child(NS, "value")); f != nil {
				x.media = append(x.media, readMedia(n, f))
			}
		}
	}
	return x
}

// readMedia looks around the observationMedia for the kind of document it is: the organizer
// that holds it also holds an observation with the type.
func readMedia(n xmltree.Node, f *Encapsulated) Media {
	m := Media{ID: n.Attr("ID"), File: f, Node: n}
	organizer := n.Parent().Parent()
	if !organizer.Is(NS, "organizer") || !readTemplates(organizer).Has(TemplateAttached) {
		return m
	}
	for c := range organizer.Children(NS, "component") {
		if v := c.Path(NS, "observation", "value"); v.Exists() {
			m.Type = ReadCD(v)
			break
		}
	}
	section := organizer.Parent().Parent()
	m.Copy = section.Is(NS, "section") && readTemplates(section).Has(TemplatePDFCopySection) || m.Type.Code == "55108-5"
	return m
}

// ByID gives the element that bears an ID in the body.
func (d *Document) ByID(id string) xmltree.Node { return d.indexed().ids[strings.TrimPrefix(id, "#")] }

// DuplicateIDs gives the elements whose ID was already taken.
func (d *Document) DuplicateIDs() []xmltree.Node { return d.indexed().dup }

// References gives every link inside the body.
func (d *Document) References() []Reference { return d.indexed().refs }

// Dangling gives the links that lead nowhere; a renderMultiMedia must lead to a file.
//
// spec: CI-SIS cda §7 CDA-03
func (d *Document) Dangling() []Reference {
	var out []Reference
	for _, r := range d.References() {
		n := d.ByID(r.Target)
		ok := n.Exists()
		if r.Media {
			ok = n.Is(NS, "observationMedia") || n.Is(NS, "regionOfInterest")
		}
		if !ok {
			out = append(out, r)
		}
	}
	return out
}

// Media gives the files inside a structured body, in order.
func (d *Document) Media() []Media { return d.indexed().media }

// MediaByID gives the file a renderMultiMedia points at.
func (d *Document) MediaByID(id string) (Media, bool) {
	for _, m := range d.Media() {
		if m.ID == id && id != "" {
			return m, true
		}
	}
	return Media{}, false
}

// PDF gives the document as its author printed it: the body of an N1, or the PDF copy of an
// N3 (the section «Copie du document» first). nil when there is none.
func (d *Document) PDF() *Encapsulated {
	if f := d.Body.File; f != nil {
		if f.MediaType == "application/pdf" {
			return f
		}
		return nil
	}
	for _, m := range d.Media() {
		if m.Copy && m.File.MediaType == "application/pdf" {
			return m.File
		}
	}
	return nil
}

// Resolve gives the text of a coded value's originalText: its own words, or those of the
// element of the narrative it points at, on one line.
func (d *Document) Resolve(c CD) string {
	if c.OriginalText != "" {
		return c.OriginalText
	}
	return d.ResolveRef(c.OriginalRef)
}

// ResolveRef gives the text "#id" points at, on one line.
func (d *Document) ResolveRef(ref string) string {
	if ref == "" {
		return ""
	}
	return PlainLine(d.ByID(ref))
}

// PlainLine gives the text of a piece of narrative on one line, with a blank where the
// layout makes a break.
func PlainLine(n xmltree.Node) string {
	var b strings.Builder
	plain(&b, n, 0)
	return squeeze(b.String())
}

func plain(b *strings.Builder, n xmltree.Node, depth int) {
	if depth > maxNarrativeDepth {
		return
	}
	for c := range n.Nodes() {
		if c.IsText() {
			b.WriteString(c.Text())
			continue
		}
		switch c.Local() {
		case "content", "sub", "sup", "linkHtml":
			plain(b, c, depth+1)
		default:
			b.WriteByte(' ')
			plain(b, c, depth+1)
			b.WriteByte(' ')
		}
	}
}

// maxNarrativeDepth bounds the walk of a narrative; official ones go to 12.
const maxNarrativeDepth = 128
