package fhirmap

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// sample is the specimen in force on the way down.
type sample struct{ url string }

// statuses of a result; the way back is resultStatuses in fromlab.go.
var observationStatuses = map[string]string{"completed": "final", "active": "preliminary", "aborted": "cancelled", "obsolete": "entered-in-error", "held": "registered", "suspended": "registered", "new": "registered"}

func observationStatus(s string) string {
	if v := observationStatuses[s]; v != "" {
		return v
	}
	if s == "" {
		return "final"
	}
	return "unknown"
}

// laboratory converts what stands under the entry of a chapter: the act, a battery or an isolate
// as an Observation with members, a result as an Observation with a value.
//
// spec: CI-SIS cda §5.3
func (c *exporter) laboratory(n xmltree.Node, s *sample) string {
	o := obj("resourceType", "Observation")
	c.narrativeLink(o, n)
	c.identifiers(o, n)
	status := c.attr(n.Child(cda.NS, "statusCode"), "code")
	o.set("status", observationStatus(status))
	o.add("category", obj("coding", list{obj("system", categories, "code", "laboratory")}))
	switch n.Local() {
	case "act":
		o.add("category", obj("coding", list{obj("system", actClass, "code", "ACT")}))
	case "organizer":
		class := c.attr(n, "classCode")
		if class != "CLUSTER" {
			class = "BATTERY"
		}
		o.add("category", obj("coding", list{obj("system", actClass, "code", class)}))
	}
	code := c.concept(n.Child(cda.NS, "code"))
	if code == nil || code.raw("coding") == nil && code.raw("text") == nil {
		code = c.defaultCode(n, code)
	}
	o.set("code", code)
	o.set("subject", ref(c.patientURL)).set("encounter", ref(c.encounterURL))
	c.when(o, "effective", n.Child(cda.NS, "effectiveTime"))
	values := 0
	for v := range n.Children(cda.NS, "value") {
		if values++; values == 1 {
			c.value(o, v)
			continue
		}
		k := obj("code", code)
		c.value(k, v)
		o.add("component", k)
	}
	for i := range n.Children(cda.NS, "interpretationCode") {
		o.add("interpretation", c.concept(i))
	}
	for t := range n.Children(cda.NS, "targetSiteCode") {
		o.set("bodySite", c.concept(t))
	}
	for m := range n.Children(cda.NS, "methodCode") {
		if o.raw("method") == nil {
			o.set("method", c.concept(m))
		}
	}
	c.actors(o, n)
	inner := *s
	if sp := n.Child(cda.NS, "specimen"); sp.Exists() {
		inner.url = c.isolate(sp, s)
	}
	var below list
	for e := range n.Elements() {
		switch e.Local() {
		case "entryRelationship", "component":
			c.labRelated(o, e, statement(e), &inner, &below)
		case "referenceRange":
			o.add("referenceRange", c.referenceRange(e.Child(cda.NS, "observationRange")))
		}
	}
	if n.Local() == "observation" || n.Child(cda.NS, "specimen").Exists() {
		o.set("specimen", ref(inner.url))
	}
	o.set("hasMember", below)
	url := c.new(o, n.XPath())
	if n.Local() == "act" && c.section != nil {
		c.results = append(c.results, ref(url))
	}
	return url
}

// defaultCode names a grouping that has no code: an isolate by the code for the identification of
// a microorganism, anything else by the title of its section.
func (c *exporter) defaultCode(n xmltree.Node, code *object) *object {
	if code == nil {
		code = obj("extension", list{extension(extNull, "valueCode", "NI")})
	}
	if n.Local() == "organizer" && n.Child(cda.NS, "specimen").Exists() {
		return obj("coding", list{obj("system", loincURI, "code", "11475-1", "display", "Microorganism identified")})
	}
	title := "—"
	if c.section != nil && c.section.Title != "" {
		title = c.section.Title
	}
	return code.set("text", title)
}

// labRelated converts what a result, a battery or an act is linked to.
func (c *exporter) labRelated(o *object, rel, n xmltree.Node, s *sample, below *list) {
	switch {
	case !n.Exists():
	case has(n, bio.TemplateSpecimen) || n.Local() == "procedure":
		s.url = c.specimen(n, s)
	case isComment(n):
		o.add("note", c.comment(n))
	case n.Local() == "observationMedia":
		o.add("derivedFrom", ref(c.media(n)))
	case n.Local() == "organizer" && has(n, cda.TemplateAttached):
		o.add("derivedFrom", ref(c.attached(n)))
	case n.Local() == "observation" && rel.Local() == "entryRelationship" && c.attr(rel, "typeCode") == "REFR":
		o.add("extension", extension(extSupporting, "valueReference", ref(c.laboratory(n, s))))
	case n.Local() == "observation" || n.Local() == "organizer":
		*below = append(*below, ref(c.laboratory(n, s)))
	default:
		o.add("extension", extension(extSupporting, "valueReference", ref(c.clinical(n))))
	}
}

// actors keeps everyone who took part in an entry; a performer is Observation.performer too.
func (c *exporter) actors(o *object, n xmltree.Node) {
	for e := range n.Elements() {
		switch e.Local() {
		case "author", "performer", "informant", "participant":
			if p := c.participant(e, true); p != nil {
				o.add("extension", p)
			}
		}
	}
}

// value writes value[x] from any CDA value.
//
// spec: CI-SIS cda §5.3
func (c *exporter) value(o *object, n xmltree.Node) {
	kind := c.typeOf(n)
	if null := n.Attr("nullFlavor"); null != "" && kind != "CD" && kind != "CE" {
		c.attr(n, "nullFlavor")
		o.set("dataAbsentReason", obj("coding", list{obj("system", nullFlavors, "code", null)}))
		return
	}
	switch kind {
	case "CD", "CE", "CV", "CS", "CO":
		v := c.concept(n)
		if v != nil && v.raw("coding") == nil && v.raw("text") == nil {
			if null := n.Attr("nullFlavor"); null != "" {
				o.set("dataAbsentReason", obj("coding", list{obj("system", nullFlavors, "code", null)}))
				return
			}
		}
		o.set("valueCodeableConcept", v)
	case "ST", "SC", "ED":
		c.textValue(o, n)
	case "INT":
		if v := asNumber(n.Attr("value")); decimalInteger(v) {
			c.attr(n, "value")
			o.set("valueInteger", v)
		}
	case "BL":
		o.set("valueBoolean", c.attr(n, "value") == "true")
	case "TS":
		o.set("valueDateTime", dateTime(c.attr(n, "value")))
	case "IVL_TS":
		o.set("valuePeriod", c.period(n))
	case "IVL_PQ", "IVL_REAL", "IVL_INT":
		c.intervalValue(o, n)
	case "RTO", "RTO_PQ_PQ":
		r := obj("numerator", c.quantity(n.Child(cda.NS, "numerator")), "denominator", c.quantity(n.Child(cda.NS, "denominator")))
		o.set("valueRatio", r)
	default:
		o.set("valueQuantity", c.quantity(n))
	}
}

func decimalInteger(v number) bool {
	for i, r := range v {
		if (r < '0' || r > '9') && !(i == 0 && r == '-') {
			return false
		}
	}
	return v != "" && len(v) < 11
}

// textValue writes words; a file inside a value becomes a Binary.
func (c *exporter) textValue(o *object, n xmltree.Node) {
	if n.Attr("representation") == "B64" {
		return // left unread: a loss
	}
	ext := &object{}
	v := c.words(ext, n)
	o.set("valueString", v)
	if e := ext.raw("extension"); e != nil {
		o.set("_valueString", ext)
	}
}

// intervalValue writes an interval with one end as a comparator, with two as a Range.
func (c *exporter) intervalValue(o *object, n xmltree.Node) {
	low, high := n.Child(cda.NS, "low"), n.Child(cda.NS, "high")
	open := func(e xmltree.Node) bool { v := c.attr(e, "inclusive"); return v == "false" || v == "0" }
	hasLow, hasHigh := low.Attr("value") != "", high.Attr("value") != ""
	switch {
	case hasLow && hasHigh:
		o.set("valueRange", c.rangeOf(n))
	case hasLow:
		q := c.quantity(low)
		cmp := ">="
		if open(low) {
			cmp = ">"
		}
		c.attr(high, "nullFlavor")
		o.set("valueQuantity", compared(q, cmp))
	case hasHigh:
		q := c.quantity(high)
		cmp := "<="
		if open(high) {
			cmp = "<"
		}
		c.attr(low, "nullFlavor")
		o.set("valueQuantity", compared(q, cmp))
	default:
		o.set("valueQuantity", c.quantity(n))
	}
}

// compared puts the comparator after the value, in the order of FHIR.
func compared(q *object, cmp string) *object {
	if q == nil {
		return nil
	}
	out := &object{}
	for _, f := range q.fields {
		out.fields = append(out.fields, f)
		if f.key == "value" {
			out.set("comparator", cmp)
		}
	}
	return out
}

var whyOpen = finding.T("Une borne de Range FHIR est toujours comprise.", "An end of a FHIR Range is always included.")

// rangeOf writes low and high.
func (c *exporter) rangeOf(n xmltree.Node) *object {
	o := &object{}
	for _, name := range []string{"low", "high"} {
		e := n.Child(cda.NS, name)
		if v := c.attr(e, "inclusive"); v == "false" || v == "0" {
			c.lose(e, "inclusive="+v, whyOpen)
		}
		if q := c.quantity(e); q != nil {
			o.set(name, q)
		}
	}
	if !says(o) {
		return nil
	}
	return o
}

// referenceRange converts an observationRange.
func (c *exporter) referenceRange(n xmltree.Node) *object {
	o := &object{}
	v := n.Child(cda.NS, "value")
	switch kind := c.typeOf(v); {
	case kind == "IVL_PQ" || kind == "IVL_REAL" || kind == "IVL_INT" || v.Child(cda.NS, "low").Exists() || v.Child(cda.NS, "high").Exists():
		o = c.rangeOf(v)
		if o == nil {
			o = &object{}
		}
	case kind == "ST" || kind == "ED":
		o.set("text", c.words(o, v))
	case v.Exists():
		if q := c.quantity(v); q != nil {
			o.set("low", q).set("high", q)
		}
	}
	if i := n.Child(cda.NS, "interpretationCode"); i.Exists() {
		code := c.attr(i, "code")
		c.attr(i, "codeSystem")
		c.attr(i, "displayName")
		if code == "N" {
			o.set("type", obj("coding", list{obj("system", "http://terminology.hl7.org/CodeSystem/referencerange-meaning", "code", "normal")}))
		} else if code != "" {
			o.set("type", obj("coding", list{obj("system", interpretation, "code", code)}))
		}
	}
	if t := n.Child(cda.NS, "text"); t.Exists() {
		o.set("text", c.words(o, t))
	}
	if !says(o) {
		return nil
	}
	return o
}

// specimen converts a sampling and its reception.
//
// spec: CI-SIS cda §5.3
func (c *exporter) specimen(n xmltree.Node, s *sample) string {
	o := obj("resourceType", "Specimen")
	c.narrativeLink(o, n)
	var role xmltree.Node
	for p := range n.Children(cda.NS, "participant") {
		if p.Attr("typeCode") == "PRD" && !role.Exists() {
			c.attr(p, "typeCode")
			role = p.Child(cda.NS, "participantRole")
		} else if e := c.participant(p, true); e != nil {
			o.add("extension", e)
		}
	}
	c.identifiers(o, role)
	o.set("accessionIdentifier", c.identifier(n.Child(cda.NS, "id")))
	if st := n.Child(cda.NS, "statusCode"); st.Exists() {
		c.fixed(st, "completed")
		o.set("status", "available")
	}
	o.set("type", c.concept(role.Path(cda.NS, "playingEntity", "code")))
	o.set("subject", ref(c.patientURL))
	k := &object{}
	for p := range n.Children(cda.NS, "performer") {
		if k.raw("collector") == nil {
			k.set("collector", ref(c.party(entityOf(p))))
			if e := c.participant(p, false); e != nil {
				o.add("extension", e)
			}
		}
	}
	c.when(k, "collected", n.Child(cda.NS, "effectiveTime"))
	k.set("method", c.concept(n.Child(cda.NS, "code")))
	k.set("bodySite", c.concept(n.Child(cda.NS, "targetSiteCode")))
	if k.raw("bodySite") == nil {
		k.set("bodySite", c.concept(n.Child(cda.NS, "approachSiteCode")))
	}
	for r := range n.Children(cda.NS, "entryRelationship") {
		a := statement(r)
		switch {
		case has(a, bio.TemplateReception):
			c.fixed(a.Child(cda.NS, "code"), "SPRECEIVE")
			if t := c.attr(a.Child(cda.NS, "effectiveTime"), "value"); t != "" {
				o.set("receivedTime", dateTime(t))
			}
		case isComment(a):
			o.add("note", c.comment(a))
		}
	}
	o.set("collection", k)
	return c.new(o, n.XPath())
}

// isolate is a germ found in a sample.
func (c *exporter) isolate(n xmltree.Node, s *sample) string {
	role := n.Child(cda.NS, "specimenRole")
	o := obj("resourceType", "Specimen")
	c.identifiers(o, role)
	o.set("type", c.concept(role.Path(cda.NS, "specimenPlayingEntity", "code")))
	o.set("subject", ref(c.patientURL))
	if s.url != "" {
		o.add("parent", ref(s.url))
	}
	return c.new(o, n.XPath())
}

// finish makes the DiagnosticReport that stands for a biology report as a whole.
func (c *exporter) finish() {
	if !c.biology() || len(c.results) == 0 {
		return
	}
	o := obj("resourceType", "DiagnosticReport")
	o.set("identifier", list{c.identifier(c.d.Root.Child(cda.NS, "setId"))})
	if len(c.orders) > 0 {
		o.set("basedOn", c.orders)
	}
	o.set("status", map[bool]string{true: "partial", false: "final"}[c.reportStatus == "active"])
	o.add("category", obj("coding", list{obj("system", "http://terminology.hl7.org/CodeSystem/v2-0074", "code", "LAB")}))
	o.set("code", c.composition.raw("type")).set("subject", ref(c.patientURL)).set("encounter", ref(c.encounterURL))
	o.set("effectiveDateTime", c.composition.raw("date"))
	if c.composition.raw("date") != nil {
		o.set("issued", instant(c.d.Root.Child(cda.NS, "effectiveTime").Attr("value")))
	}
	o.set("result", c.results)
	o.set("presentedForm", c.forms)
	o.add("extension", extension(extReportOf, "valueReference", ref(c.compositionURL)))
	url := c.new(o, "DiagnosticReport")
	if events := c.composition.all("event"); len(events) > 0 {
		events[0].add("detail", ref(url))
	}
}
