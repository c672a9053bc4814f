package fhirmap

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/xmltree"
)

// has reports whether an entry declares a template.
func has(n xmltree.Node, root string) bool {
	for t := range n.Children(cda.NS, "templateId") {
		if t.Attr("root") == root {
			return true
		}
	}
	return false
}

const (
	templateComment = "1.3.6.1.4.1.19376.1.5.3.1.4.2"
	templateBioAct  = "1.3.6.1.4.1.19376.1.3.1"
)

// statement gives the clinical statement of an entry, an entryRelationship or a component.
func statement(n xmltree.Node) xmltree.Node {
	for e := range n.Elements() {
		switch e.Local() {
		case "act", "observation", "organizer", "procedure", "substanceAdministration", "supply", "encounter", "observationMedia":
			return e
		}
	}
	return xmltree.Node{}
}

// entry converts one entry of a section and links the section to what it made.
func (c *exporter) entry(e xmltree.Node) {
	s := statement(e)
	if !s.Exists() {
		return
	}
	url := ""
	switch {
	case s.Local() == "organizer" && has(s, cda.TemplateAttached):
		url = c.attached(s)
	case has(e, templateBioAct) || has(s, bio.TemplateResult) || has(s, bio.TemplateBattery):
		url = c.laboratory(s, &sample{})
	default:
		url = c.clinical(s)
	}
	if url != "" {
		c.section.object.add("entry", ref(url))
	}
}

// filesOf keeps the attached documents of a section whose entries are not converted.
func (c *exporter) filesOf(s *cda.Section) {
	for _, e := range s.Entries {
		if o := statement(e); has(o, cda.TemplateAttached) {
			c.section.object.add("entry", ref(c.attached(o)))
		}
	}
}

// attached converts an attached document.
//
// spec: CI-SIS cda §4.2
func (c *exporter) attached(n xmltree.Node) string {
	o := obj("resourceType", "DocumentReference")
	c.narrativeLink(o, n)
	o.set("masterIdentifier", c.identifier(n.Child(cda.NS, "id")))
	o.set("status", "current")
	code := c.concept(n.Child(cda.NS, "code"))
	o.set("subject", ref(c.patientURL))
	c.fixed(n.Child(cda.NS, "statusCode"), "completed")
	var contents list
	for k := range n.Children(cda.NS, "component") {
		s := statement(k)
		switch s.Local() {
		case "observation":
			o.add("identifier", c.identifier(s.Child(cda.NS, "id")))
			c.fixed(s.Child(cda.NS, "code"), "69764-9")
			c.fixed(s.Child(cda.NS, "statusCode"), "completed")
			if s.Child(cda.NS, "value").Exists() && o.raw("type") == nil {
				c.typeOf(s.Child(cda.NS, "value"))
				o.set("type", c.concept(s.Child(cda.NS, "value")))
			}
			if t := s.Child(cda.NS, "effectiveTime"); t.Attr("value") != "" {
				o.set("date", instant(c.attr(t, "value")))
			} else {
				c.attr(t, "nullFlavor")
			}
			if w := c.linked(s, o); w != "" {
				o.set("description", w)
			}
		case "observationMedia":
			if url := c.files[s.Attr("ID")]; url != "" {
				contents = append(contents, obj("attachment", obj("contentType", s.Child(cda.NS, "value").Attr("mediaType"), "url", url)))
			} else if m := c.mediaAt(s); m != nil {
				if url := c.binary(m.File, s.XPath()); url != "" {
					contents = append(contents, obj("attachment", obj("contentType", m.File.MediaType, "url", url)))
				}
			}
		}
	}
	o.add("category", code)
	o.set("content", contents)
	if len(contents) == 0 {
		o.set("content", list{obj("attachment", obj("title", "—"))})
	}
	url := c.new(o, n.XPath())
	if c.biology() {
		for _, k := range contents {
			c.forms = append(c.forms, k.(*object).raw("attachment"))
		}
	}
	return url
}

func (c *exporter) mediaAt(n xmltree.Node) *cda.Media {
	for _, m := range c.d.Media() {
		if m.Node == n {
			return &m
		}
	}
	return nil
}

func (c *exporter) biology() bool { return c.kind == "BIO-CR-BIO" || c.kind == "BIO-TROD" }

// linked gives the words of a text of an entry; a link into the narrative is kept on o's
// narrative.
func (c *exporter) linked(n xmltree.Node, o *object) string {
	t := n.Child(cda.NS, "text")
	if !t.Exists() {
		return ""
	}
	return c.words(o, t)
}

// narrativeLink writes the text of an entry as the text of its resource, with the link to the
// narrative of the section.
func (c *exporter) narrativeLink(o *object, n xmltree.Node) {
	t := n.Child(cda.NS, "text")
	if !t.Exists() {
		return
	}
	txt := &object{}
	w := c.words(txt, t)
	if w == "" && !says(txt) {
		return
	}
	o.set("text", txt.set("status", "generated").set("div", div(w)))
}

// comment gives the Annotation of a comment act.
//
// spec: CI-SIS cda §4.2
func (c *exporter) comment(n xmltree.Node) *object {
	o := &object{}
	w := c.linked(n, o)
	c.fixed(n.Child(cda.NS, "code"), "48767-8")
	c.fixed(n.Child(cda.NS, "statusCode"), "completed")
	if a := n.Child(cda.NS, "author"); a.Exists() {
		o.set("authorReference", ref(c.party(entityOf(a))))
		t := a.Child(cda.NS, "time")
		if v := c.attr(t, "value"); v != "" {
			o.set("time", dateTime(v))
		}
	}
	if w == "" {
		w = "—"
	}
	return o.set("text", w)
}

func isComment(n xmltree.Node) bool {
	return n.Local() == "act" && (has(n, templateComment) || n.Child(cda.NS, "code").Attr("code") == "48767-8")
}

// media converts a picture that illustrates a result.
func (c *exporter) media(n xmltree.Node) string {
	o := obj("resourceType", "Media")
	c.identifiers(o, n)
	o.set("status", "completed").set("subject", ref(c.patientURL))
	if url := c.files[n.Attr("ID")]; url != "" {
		o.set("content", obj("contentType", n.Child(cda.NS, "value").Attr("mediaType"), "url", url))
	} else if m := c.mediaAt(n); m != nil {
		o.set("content", obj("contentType", m.File.MediaType, "url", c.binary(m.File, n.XPath())))
	}
	if o.raw("content") == nil {
		return ""
	}
	return c.new(o, n.XPath())
}
