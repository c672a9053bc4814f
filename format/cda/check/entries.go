package check

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

// The entry templates this rule knows.
//
// spec: CI-SIS cda §4.2
const (
	templateSimple  = "1.3.6.1.4.1.19376.1.5.3.1.4.13"
	templateComment = "1.3.6.1.4.1.19376.1.5.3.1.4.2"
	templateDocType = "1.2.250.1.213.1.1.3.48.18"
)

// entries checks the three entries found in every kind of document: the simple observation, the
// comment and the attached document.
func entries(c *run) {
	for n := range c.d.Body.Node.Descendants(cda.NS, "*") {
		switch n.Local() {
		case "observation":
			if hasTemplate(n, templateSimple) {
				c.simple(n)
			}
			if hasTemplate(n, templateDocType) {
				c.docType(n)
			}
		case "act":
			if hasTemplate(n, templateComment) {
				c.comment(n)
			}
		case "organizer":
			if hasTemplate(n, cda.TemplateAttached) {
				c.attached(n)
			}
		}
	}
}

func (c *run) completed(n xmltree.Node, what string) {
	if s := n.Child(cda.NS, "statusCode").Attr("code"); s != "completed" {
		c.bad(n, what+"/statusCode/@code", s, "completed")
	}
}

func (c *run) simple(n xmltree.Node) {
	if n.Attr("classCode") != "OBS" || n.Attr("moodCode") != "EVN" {
		c.bad(n, "observation/@classCode @moodCode", n.Attr("classCode")+" "+n.Attr("moodCode"), "OBS EVN")
	}
	for _, name := range []string{"id", "code"} {
		if !n.Child(cda.NS, name).Exists() {
			c.missing(n, "observation/"+name)
		}
	}
	if !n.Path(cda.NS, "text", "reference").Exists() {
		c.missing(n, "observation/text/reference")
	}
	c.completed(n, "observation")
	t := n.Child(cda.NS, "effectiveTime")
	low := t.Child(cda.NS, "low")
	if !hasAttr(t, "value") && !hasAttr(t, "nullFlavor") && !hasAttr(low, "value") && !hasAttr(low, "nullFlavor") {
		c.missing(n, "observation/effectiveTime")
	}
	for _, name := range []string{"interpretationCode", "methodCode", "targetSiteCode", "author"} {
		if k := count(n, name, true); k > 1 {
			c.exactly(n, "observation/"+name, k, 0, 1)
		}
	}
}

func (c *run) comment(n xmltree.Node) {
	if k := n.Child(cda.NS, "code"); k.Attr("code") != "48767-8" || k.Attr("codeSystem") != oid.LOINC {
		c.bad(n, "act/code", k.Attr("code"), "48767-8 (LOINC)")
	}
	c.completed(n, "act")
	if !n.Path(cda.NS, "text", "reference").Exists() {
		c.missing(n, "act/text/reference")
	}
}

func (c *run) attached(n xmltree.Node) {
	if n.Attr("classCode") != "CLUSTER" || n.Attr("moodCode") != "EVN" {
		c.bad(n, "organizer/@classCode @moodCode", n.Attr("classCode")+" "+n.Attr("moodCode"), "CLUSTER EVN")
	}
	c.exactly(n, "organizer/id", count(n, "id", true), 1, 1)
	if !n.Child(cda.NS, "code").Exists() {
		c.missing(n, "organizer/code")
	}
	c.completed(n, "organizer")
	kind, file := false, false
	for part := range n.Children(cda.NS, "component") {
		kind = kind || hasTemplate(part.Child(cda.NS, "observation"), templateSimple)
		m := part.Child(cda.NS, "observationMedia")
		v := m.Child(cda.NS, "value")
		file = file || m.Attr("classCode") == "OBS" && m.Attr("moodCode") == "EVN" && (hasAttr(v, "mediaType") && v.Attr("representation") == "B64" || hasAttr(v, "nullFlavor"))
	}
	if !kind {
		c.missing(n, "component/observation["+templateSimple+"]")
	}
	if !file {
		c.missing(n, "component/observationMedia/value[@mediaType][@representation='B64']")
	}
}

func (c *run) docType(n xmltree.Node) {
	c.exactly(n, "observation/id", count(n, "id", true), 1, 1)
	if k := n.Child(cda.NS, "code"); k.Attr("code") != "69764-9" || k.Attr("codeSystem") != oid.LOINC {
		c.bad(n, "observation/code", k.Attr("code"), "69764-9 (LOINC)")
	}
	if !n.Child(cda.NS, "value").Exists() {
		c.missing(n, "observation/value")
	}
}
