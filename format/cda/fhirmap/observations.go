package fhirmap

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/xmltree"
)

// observation converts any other observation or group of observations.
func (c *exporter) observation(n xmltree.Node) string {
	o := obj("resourceType", "Observation")
	c.narrativeLink(o, n)
	c.identifiers(o, n)
	o.set("status", observationStatus(c.attr(n.Child(cda.NS, "statusCode"), "code")))
	category := ""
	switch {
	case has(n, modelVitalSigns) || has(n, modelVitalSign):
		category = "vital-signs"
	case has(n, modelSocial):
		category = "social-history"
	}
	if category != "" {
		o.add("category", obj("coding", list{obj("system", categories, "code", category)}))
	}
	if n.Local() == "organizer" {
		class := "CLUSTER"
		if n.Attr("classCode") == "BATTERY" {
			class = "BATTERY"
		}
		o.add("category", obj("coding", list{obj("system", actClass, "code", class)}))
	}
	code := c.concept(n.Child(cda.NS, "code"))
	if code == nil || code.raw("coding") == nil && code.raw("text") == nil {
		code = c.defaultCode(n, code)
	}
	o.set("code", code).set("subject", ref(c.patientURL))
	if c.focus != "" {
		o.set("focus", list{ref(c.focus)})
	}
	c.attr(n, "negationInd")
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
	o.set("bodySite", c.concept(n.Child(cda.NS, "targetSiteCode")))
	o.set("method", c.concept(n.Child(cda.NS, "methodCode")))
	c.actors(o, n)
	url := c.url(n.XPath())
	before := c.focus
	c.focus = ""
	var below list
	for e := range n.Elements() {
		s := statement(e)
		switch {
		case e.Local() == "referenceRange":
			o.add("referenceRange", c.referenceRange(e.Child(cda.NS, "observationRange")))
		case e.Local() == "component" && s.Exists() && !isComment(s):
			if m := c.clinical(s); m != "" {
				below = append(below, ref(m))
			}
		case e.Local() != "entryRelationship" && e.Local() != "component" || !s.Exists():
		case isComment(s):
			o.add("note", c.comment(s))
		case s.Local() == "observationMedia":
			o.add("derivedFrom", ref(c.media(s)))
		default:
			c.supporting(o, s, url)
		}
	}
	c.focus = before
	o.set("hasMember", below)
	return c.put(o, url)
}

// family converts the history of a relative.
func (c *exporter) family(n xmltree.Node) string {
	o := obj("resourceType", "FamilyMemberHistory")
	c.identifiers(o, n)
	o.set("status", "completed").set("patient", ref(c.patientURL))
	c.fixed(n.Child(cda.NS, "statusCode"), "completed")
	who := n.Path(cda.NS, "subject", "relatedSubject")
	relation := c.concept(who.Child(cda.NS, "code"))
	if relation == nil {
		relation = obj("text", "—")
	}
	o.set("relationship", relation)
	sex := who.Path(cda.NS, "subject", "administrativeGenderCode")
	if g := genders[sex.Attr("code")]; g != "" {
		c.whole(sex)
		o.set("sex", obj("coding", list{obj("system", "http://hl7.org/fhir/administrative-gender", "code", g)}))
	}
	for k := range n.Children(cda.NS, "component") {
		s := statement(k)
		if s.Local() != "observation" || s.Attr("negationInd") == "true" {
			continue
		}
		p := &object{}
		c.linked(s, p)
		v := s.Child(cda.NS, "value")
		c.typeOf(v)
		code := c.concept(v)
		if code == nil {
			continue
		}
		p.set("code", code)
		c.fixed(s.Child(cda.NS, "statusCode"), "completed")
		if c.attr(s, "negationInd"); s.Child(cda.NS, "code").Attr("code") == "282291009" {
			c.whole(s.Child(cda.NS, "code"))
		}
		if t := s.Child(cda.NS, "effectiveTime").Child(cda.NS, "low"); t.Attr("value") != "" {
			p.set("onsetString", dateTime(c.attr(t, "value")))
		}
		for r := range s.Children(cda.NS, "entryRelationship") {
			if a := statement(r); isComment(a) {
				p.add("note", c.comment(a))
			}
		}
		o.add("condition", p)
	}
	return c.new(o, n.XPath())
}

// reasonOf gives the reason that an act of relation RSON refers to.
func (c *exporter) reasonOf(o *object, n xmltree.Node) {
	code := c.concept(n.Child(cda.NS, "code"))
	if id := n.Child(cda.NS, "id"); code != nil && id.Exists() {
		c.whole(id) // the problem it repeats is an entry of its own
	}
	o.add("reasonCode", code)
}

func (c *exporter) procedure(n xmltree.Node) string {
	o := obj("resourceType", "Procedure")
	c.narrativeLink(o, n)
	c.identifiers(o, n)
	status := map[string]string{"completed": "completed", "active": "in-progress", "aborted": "stopped", "cancelled": "not-done"}[c.attr(n.Child(cda.NS, "statusCode"), "code")]
	if status == "" {
		status = "unknown"
	}
	if c.attr(n, "negationInd") == "true" {
		status = "not-done"
	}
	o.set("status", status)
	o.set("code", c.concept(n.Child(cda.NS, "code"))).set("subject", ref(c.patientURL))
	c.when(o, "performed", n.Child(cda.NS, "effectiveTime"))
	c.actors(o, n)
	var notes list
	for r := range n.Children(cda.NS, "entryRelationship") {
		s := statement(r)
		switch {
		case isComment(s):
			notes = append(notes, c.comment(s))
		case r.Attr("typeCode") == "RSON":
			c.reasonOf(o, s)
		case s.Exists():
			c.supporting(o, s, "")
		}
	}
	for _, name := range []string{"targetSiteCode", "approachSiteCode"} {
		for t := range n.Children(cda.NS, name) {
			if b := c.concept(t); b != nil {
				if name == "approachSiteCode" {
					o.add("extension", extension("http://hl7.org/fhir/StructureDefinition/procedure-approachBodyStructure", "valueReference", obj("display", siteWords(b), "identifier", siteCode(b))))
					continue
				}
				o.add("bodySite", b)
			}
		}
	}
	o.set("note", notes)
	return c.new(o, n.XPath())
}

func siteWords(o *object) string {
	if t := o.peek("text"); t != "" {
		return t
	}
	for _, k := range o.all("coding") {
		return k.peek("display")
	}
	return ""
}

func siteCode(o *object) *object {
	for _, k := range o.all("coding") {
		return obj("system", k.peek("system"), "value", k.peek("code"))
	}
	return nil
}

// requestClasses say what kind of act is planned.
var requestClasses = map[string]string{"observation": "OBS", "procedure": "PROC", "encounter": "ENC", "act": "ACT"}

// request converts what is planned.
func (c *exporter) request(n xmltree.Node) string {
	o := obj("resourceType", "ServiceRequest")
	c.narrativeLink(o, n)
	c.identifiers(o, n)
	status := map[string]string{"completed": "completed", "aborted": "revoked", "suspended": "on-hold"}[c.attr(n.Child(cda.NS, "statusCode"), "code")]
	if status == "" {
		status = "active"
	}
	o.set("status", status).set("intent", map[string]string{"RQO": "order", "PRMS": "proposal", "PRP": "proposal"}[c.attr(n, "moodCode")])
	if o.raw("intent") == nil {
		o.set("intent", "plan")
	}
	o.add("category", obj("coding", list{obj("system", actClass, "code", requestClasses[n.Local()])}))
	o.set("code", c.concept(n.Child(cda.NS, "code"))).set("subject", ref(c.patientURL))
	c.when(o, "occurrence", n.Child(cda.NS, "effectiveTime"))
	c.actors(o, n)
	for r := range n.Children(cda.NS, "entryRelationship") {
		s := statement(r)
		switch {
		case isComment(s):
			o.add("note", c.comment(s))
		case r.Attr("typeCode") == "RSON":
			c.reasonOf(o, s)
		}
	}
	if t := c.concept(n.Child(cda.NS, "targetSiteCode")); t != nil {
		o.add("bodySite", t)
	}
	return c.new(o, n.XPath())
}

// goal converts an aim.
func (c *exporter) goal(n xmltree.Node) string {
	o := obj("resourceType", "Goal")
	c.narrativeLink(o, n)
	c.identifiers(o, n)
	c.fixed(n.Child(cda.NS, "statusCode"), "active")
	o.set("lifecycleStatus", "active")
	c.attr(n, "moodCode")
	code := c.concept(n.Child(cda.NS, "code"))
	if code == nil {
		code = obj("text", "—")
	}
	o.set("description", code).set("subject", ref(c.patientURL))
	t := &object{}
	c.value(t, n.Child(cda.NS, "value"))
	target := obj("measure", code)
	for _, k := range []string{"Quantity", "CodeableConcept", "String", "Boolean", "Integer", "Range", "Ratio"} {
		target.set("detail"+k, t.raw("value"+k))
	}
	if len(target.fields) > 1 {
		o.add("target", target)
	}
	if d := n.Child(cda.NS, "effectiveTime"); len(dateTime(d.Attr("value"))) >= 10 {
		o.set("startDate", dateTime(c.attr(d, "value"))[:10])
	}
	for r := range n.Children(cda.NS, "entryRelationship") {
		if s := statement(r); isComment(s) {
			o.add("note", c.comment(s))
		}
	}
	return c.new(o, n.XPath())
}

// deviceUse converts a device a person bears, or one that is prescribed.
func (c *exporter) deviceUse(n xmltree.Node, planned bool) string {
	d := obj("resourceType", "Device")
	role := n.Path(cda.NS, "participant", "participantRole")
	c.identifiers(d, role)
	e := role.Child(cda.NS, "playingDevice")
	if m := c.text(e.Child(cda.NS, "manufacturerModelName")); m != "" {
		d.add("deviceName", obj("name", m, "type", "model-name"))
	}
	d.set("type", c.concept(e.Child(cda.NS, "code"))).set("patient", ref(c.patientURL))
	if !role.Exists() || d.raw("type") == nil {
		return ""
	}
	device := c.same(d, role.XPath())
	o := obj("resourceType", "DeviceUseStatement")
	if planned {
		o = obj("resourceType", "DeviceRequest")
		c.attr(n, "moodCode")
	}
	c.narrativeLink(o, n)
	for id := range n.Children(cda.NS, "id") {
		o.add("identifier", c.identifier(id))
	}
	o.set("status", "active")
	if planned {
		o.set("intent", "order").set("codeReference", ref(device)).set("subject", ref(c.patientURL))
		c.when(o, "occurrence", n.Child(cda.NS, "effectiveTime"))
	} else {
		o.set("subject", ref(c.patientURL))
		c.when(o, "timing", n.Child(cda.NS, "effectiveTime"))
		o.set("device", ref(device))
	}
	for r := range n.Children(cda.NS, "entryRelationship") {
		if s := statement(r); isComment(s) {
			o.add("note", c.comment(s))
		}
	}
	return c.new(o, n.XPath())
}

// drop takes a field away.
func (o *object) drop(key string) {
	for i := range o.fields {
		if o.fields[i].key == key {
			o.fields = append(o.fields[:i], o.fields[i+1:]...)
			return
		}
	}
}
