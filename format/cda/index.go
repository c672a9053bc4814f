package cda

import (
	"math"
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
	files map[string]int // media by ID, the first of a name
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
	attached := map[xmltree.Node]Media{}
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
				x.media = append(x.media, readMedia(n, f, attached))
			}
		}
	}
	x.files = make(map[string]int, len(x.media))
	for i, m := range x.media {
		if _, taken := x.files[m.ID]; !taken {
			x.files[m.ID] = i
		}
	}
	return x
}

// readMedia looks around the observationMedia for the kind of document it is: the organizer
// that holds it also holds an observation with the type. An organizer is read once.
func readMedia(n xmltree.Node, f *Encapsulated, attached map[xmltree.Node]Media) Media {
	organizer := n.Parent().Parent()
	m, known := attached[organizer]
	if !known {
		m = readAttached(organizer)
		attached[organizer] = m
	}
	m.ID, m.File, m.Node = n.Attr("ID"), f, n
	return m
}

// readAttached reads what an organizer says of the documents it holds.
func readAttached(organizer xmltree.Node) (m Media) {
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
	if i, ok := d.indexed().files[id]; ok && id != "" {
		return d.Media()[i], true
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

// Bounds of what the references of a document give in all: thousands may lead to one long text.
// A report of 300 results asks for less than 1 MB; past the sum each gives its beginning.
const (
	maxResolved     = 32 << 20
	maxResolvedPast = 200
)

// ResolveRef gives the text "#id" points at, on one line.
func (d *Document) ResolveRef(ref string) string {
	if ref == "" {
		return ""
	}
	left := maxResolved - int(d.resolved.Load())
	b := flat{left: max(left, maxResolvedPast)}
	b.plain(d.ByID(ref), 0)
	text := squeeze(b.String())
	d.resolved.Add(int64(len(text)))
	if b.left <= 0 {
		text += "…"
	}
	return text
}

// PlainLine gives the text of a piece of narrative on one line, with a blank where the
// layout makes a break.
func PlainLine(n xmltree.Node) string {
	b := flat{left: math.MaxInt32}
	b.plain(n, 0)
	return squeeze(b.String())
}

// flat writes a piece of narrative up to a size.
type flat struct {
	strings.Builder
	left int
}

func (b *flat) words(s string) {
	if len(s) > b.left {
		s = strings.ToValidUTF8(s[:max(b.left, 0)], "")
		b.left = 0
	}
	b.left -= len(s)
	b.WriteString(s)
}

func (b *flat) plain(n xmltree.Node, depth int) {
	if depth > maxNarrativeDepth {
		return
	}
	for c := range n.Nodes() {
		if b.left <= 0 {
			return
		}
		if c.IsText() {
			if c.End()-c.Offset() > 100*b.left && b.left < maxResolved { // not even copied
				b.left = 0
				return
			}
			b.words(c.Text())
			continue
		}
		switch c.Local() {
		case "content", "sub", "sup", "linkHtml":
			b.plain(c, depth+1)
		default:
			b.words(" ")
			b.plain(c, depth+1)
			b.words(" ")
		}
	}
}

// maxNarrativeDepth bounds the walk of a narrative; official ones go to 12.
const maxNarrativeDepth = 128
