package fhirmap

import (
	"crypto/sha1"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/narrative"
	"github.com/socle-sante/socle/format/fhir"
	"github.com/socle-sante/socle/format/xmltree"
)

// exporter turns one CDA into a Bundle.
type exporter struct {
	*source
	kind       string
	headerOnly bool

	composition *object

	entries list
	urls    map[string]string // body of a shared resource → its fullUrl
	files   map[string]string // ID of an observationMedia → its Binary's fullUrl
	made    map[string]int    // paths already used, so that two resources of one place differ
	at      map[int]string    // number of a clinical statement → fullUrl of its resource

	reportStatus             string // lab:statusCode of the main act
	orders, results, forms   list
	patientURL, encounterURL string
	compositionURL           string
	focus                    string // fullUrl of what a small observation is about
	section                  *sectionContext
}

// uuid derives an identifier from the document's own, as RFC 9562 version 5 does.
func (c *exporter) uuid(path string) string {
	c.made[path]++
	if k := c.made[path]; k > 1 {
		path += "~" + strconv.Itoa(k)
	}
	h := sha1.Sum([]byte(c.d.UniqueID() + "/" + path))
	h[6] = h[6]&0x0f | 0x50
	h[8] = h[8]&0x3f | 0x80
	x := hex.EncodeToString(h[:16])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// put adds a resource under an address that is known beforehand.
func (c *exporter) put(o *object, url string) string {
	id := strings.TrimPrefix(url, "urn:uuid:")
	// id comes right after resourceType, as readers expect.
	fields := append([]field{o.fields[0], {key: "id", value: id}}, o.fields[1:]...)
	o.fields = fields
	c.entries = append(c.entries, obj("fullUrl", url, "resource", o))
	return url
}

func (c *exporter) url(path string) string { return "urn:uuid:" + c.uuid(path) }

// new adds a resource of its own.
func (c *exporter) new(o *object, path string) string { return c.put(o, c.url(path)) }

// same adds a resource unless an equal one is there already.
func (c *exporter) same(o *object, path string) string {
	w := fhir.Writer{}
	o.write(&w, "")
	if url, ok := c.urls[string(w.B)]; ok {
		return url
	}
	url := c.new(o, path)
	c.urls[string(w.B)] = url
	return url
}

func (c *exporter) bundle() *object {
	h := c.d.Root
	c.composition = obj("resourceType", "Composition")
	c.compositionURL = c.put(c.composition, c.url("Composition"))
	patient := obj("resourceType", "Patient")
	c.patientURL = c.put(patient, c.url("Patient"))
	c.patient(patient, h.Path(cda.NS, "recordTarget", "patientRole"))
	c.header(h)
	c.body()
	c.finish()
	b := obj("resourceType", "Bundle", "id", c.uuid("Bundle"))
	b.set("identifier", c.identifier(h.Child(cda.NS, "id")))
	b.set("type", "document")
	b.set("timestamp", instant(h.Child(cda.NS, "effectiveTime").Attr("value")))
	b.set("entry", c.entries)
	return b
}

// body converts the sections, or the file of an unstructured document.
func (c *exporter) body() {
	b := c.d.Body
	if b.File != nil {
		url := c.binary(b.File, b.Node.XPath())
		doc := obj("resourceType", "DocumentReference", "status", "current")
		doc.set("type", c.composition.raw("type")).set("subject", ref(c.patientURL))
		doc.set("content", list{obj("attachment", obj("contentType", b.File.MediaType, "url", url))})
		title := c.d.Title
		if title == "" {
			title = c.d.Code.Label()
		}
		s := obj("title", title, "code", c.composition.raw("type"))
		s.set("entry", list{ref(c.new(doc, b.Node.XPath()))})
		c.composition.add("section", s)
		return
	}
	// Files first: the narrative shows them.
	for _, m := range c.d.Media() {
		if m.ID != "" {
			c.files[m.ID] = c.binary(m.File, m.Node.XPath())
			c.attr(m.Node, "ID")
		}
	}
	for _, s := range b.Sections {
		c.composition.add("section", c.sectionOf(s))
	}
}

// binary keeps a file as it is encoded.
func (c *exporter) binary(f *cda.Encapsulated, path string) string {
	o := obj("resourceType", "Binary", "contentType", f.MediaType)
	if f.MediaType == "" {
		o.set("contentType", "application/octet-stream")
	}
	switch {
	case f.Compression != "":
		return ""
	case f.IsBase64():
		if f.Verify() != nil {
			return "" // left unread: a loss
		}
		o.set("data", f.Base64())
	default:
		raw, err := f.Decode(maxBundle)
		if err != nil {
			return ""
		}
		o.set("data", encode(raw))
	}
	c.whole(f.Node)
	return c.new(o, path+"/Binary")
}

type sectionContext struct {
	*cda.Section
	object *object
}

func (c *exporter) sectionOf(s *cda.Section) *object {
	o := &object{}
	id := s.Node.Child(cda.NS, "id")
	if root := c.attr(id, "root"); root != "" {
		o.set("id", cda.II{Root: root, Extension: c.attr(id, "extension")}.UniqueID())
	}
	o.set("title", c.text(s.Node.Child(cda.NS, "title")))
	o.set("code", c.concept(s.Node.Child(cda.NS, "code")))
	for a := range s.Node.Children(cda.NS, "author") {
		p := c.participant(a, false)
		o.add("author", obj("extension", list{p}, "reference", c.party(entityOf(a))))
	}
	if s.Text.Exists() {
		c.narrative(s.Text)
		o.set("text", obj("status", "additional", "div", c.xhtml(s.Text)))
	}
	before := c.section
	c.section = &sectionContext{s, o}
	if !c.headerOnly {
		for _, e := range s.Entries {
			c.entry(e)
		}
	} else {
		c.filesOf(s)
	}
	c.section = before
	for _, sub := range s.Sections {
		o.add("section", c.sectionOf(sub))
	}
	if o.raw("text") == nil && o.raw("entry") == nil && o.raw("section") == nil {
		o.set("text", obj("status", "empty", "div", div("—")))
	}
	return o
}

const xhtmlNS = "http://www.w3.org/1999/xhtml"

func div(words string) string {
	if words == "" {
		words = "—"
	}
	return `<div xmlns="` + xhtmlNS + `">` + string(xmltree.AppendText(nil, words)) + `</div>`
}

// xhtml writes a narrative as XHTML; a file it shows is an address of the Binary.
func (c *exporter) xhtml(text xmltree.Node) string {
	media := func(id string) (narrative.Picture, bool) {
		url, ok := c.files[id]
		if !ok || url == "" {
			return narrative.Picture{}, false
		}
		m, _ := c.d.MediaByID(id)
		alt := m.Type.Label()
		if alt == "" {
			alt = m.File.MediaType
		}
		return narrative.Picture{Src: "Binary/" + strings.TrimPrefix(url, "urn:uuid:"), Alt: alt, Image: narrative.IsImage(m.File.MediaType)}, true
	}
	html := narrative.HTML(nil, text, narrative.Options{Media: media})
	return closeVoid(html)
}

// closeVoid closes the elements HTML leaves open, for XHTML. A '<' stands only before a tag:
// narrative escapes all others.
func closeVoid(html []byte) string {
	out := append(make([]byte, 0, len(html)+64), `<div xmlns="`+xhtmlNS+`">`...)
	s := string(html)
	if strings.TrimSpace(s) == "" {
		s = "—"
	}
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		out = append(out, s[:i]...)
		s = s[i:]
		end := strings.IndexByte(s, '>')
		if end < 0 {
			break
		}
		tag := s[:end]
		out = append(out, tag...)
		if tag == "<br" || strings.HasPrefix(tag, "<img ") {
			out = append(out, '/')
		}
		out = append(out, '>')
		s = s[end+1:]
	}
	return string(append(append(out, s...), "</div>"...))
}

// narrative marks what the XHTML holds: the words, the links, the spans and lists.
func (c *exporter) narrative(text xmltree.Node) {
	e := c.x.Elem(text.Number())
	for i := text.Number(); i <= c.x.Elements(); i++ {
		k := c.x.Elem(i)
		if k.Start >= e.End {
			break
		}
		c.texts[i] = true
		for j := k.Attr; j < k.AttrEnd; j++ {
			switch _, _, local := c.x.NameAt(c.x.AttrAt(j).Name); local {
			case "ID", "colspan", "rowspan", "href", "referencedObject", "IDREF":
				c.attrs[j] = true
			}
		}
	}
}
