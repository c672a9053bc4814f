package fhirmap

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/xmltree"
)

// The actors: people in their role, structures, devices, relatives. The same actor met again is
// the same resource.

// party gives the resource of an assignedAuthor, assignedEntity, associatedEntity,
// intendedRecipient, relatedEntity or participantRole.
func (c *exporter) party(n xmltree.Node) string {
	if !n.Exists() {
		return ""
	}
	switch {
	case n.Child(cda.NS, "assignedAuthoringDevice").Exists(), n.Child(cda.NS, "playingDevice").Exists():
		return c.device(n)
	case n.Local() == "relatedEntity":
		return c.relative(n)
	case n.Attr("classCode") == "SDLOC":
		return c.place(n)
	case n.Path(cda.NS, "playingEntity", "code").Exists():
		return c.substance(n)
	}
	var person, org xmltree.Node
	for e := range n.Elements() {
		switch e.Local() {
		case "assignedPerson", "associatedPerson", "informationRecipient", "relatedPerson", "playingEntity":
			person = e
		case "representedOrganization", "scopingOrganization", "receivedOrganization", "scopingEntity":
			org = e
		}
	}
	p := obj("resourceType", "Practitioner")
	c.identifiers(p, n)
	name := person.Child(cda.NS, "name")
	p.add("name", c.humanName(name))
	c.telecoms(p, n)
	c.addresses(p, n)
	role := obj("resourceType", "PractitionerRole")
	if len(p.fields) > 1 {
		role.set("practitioner", ref(c.same(p, n.XPath()+"/Practitioner")))
	}
	if org.Exists() {
		role.set("organization", ref(c.organization(org)))
	}
	role.add("code", c.concept(n.Child(cda.NS, "code")))
	if len(role.fields) == 1 {
		return ""
	}
	return c.same(role, n.XPath())
}

func (c *exporter) organization(n xmltree.Node) string {
	if !n.Exists() {
		return ""
	}
	o := obj("resourceType", "Organization")
	c.identifiers(o, n)
	o.add("type", c.concept(n.Child(cda.NS, "standardIndustryClassCode")))
	name := n.Child(cda.NS, "name")
	o.set("name", c.text(name))
	if null := c.null(name); null != nil {
		o.set("_name", obj("extension", list{null}))
	}
	c.telecoms(o, n)
	c.addresses(o, n)
	if up := n.Path(cda.NS, "asOrganizationPartOf", "wholeOrganization"); up.Exists() {
		o.set("partOf", ref(c.organization(up)))
	}
	if len(o.fields) == 1 {
		return ""
	}
	return c.same(o, n.XPath())
}

// device is a machine or a program: an author, an analyser.
func (c *exporter) device(n xmltree.Node) string {
	o := obj("resourceType", "Device")
	c.identifiers(o, n)
	d := n.Child(cda.NS, "assignedAuthoringDevice")
	if !d.Exists() {
		d = n.Child(cda.NS, "playingDevice")
	}
	if m := c.text(d.Child(cda.NS, "manufacturerModelName")); m != "" {
		o.add("deviceName", obj("name", m, "type", "model-name"))
	}
	if s := c.text(d.Child(cda.NS, "softwareName")); s != "" {
		o.add("version", obj("type", obj("text", "softwareName"), "value", s))
	}
	o.set("type", c.concept(d.Child(cda.NS, "code")))
	for e := range n.Elements() {
		switch e.Local() {
		case "representedOrganization", "scopingOrganization":
			o.set("owner", ref(c.organization(e)))
		}
	}
	if len(o.fields) == 1 {
		return ""
	}
	return c.same(o, n.XPath())
}

// substance is a reagent, a kit, a product that takes part.
func (c *exporter) substance(n xmltree.Node) string {
	o := obj("resourceType", "Substance")
	c.identifiers(o, n)
	e := n.Child(cda.NS, "playingEntity")
	o.set("code", c.concept(e.Child(cda.NS, "code")))
	o.set("description", c.text(e.Child(cda.NS, "name")))
	if o.raw("code") == nil {
		return ""
	}
	return c.same(o, n.XPath())
}

// place is where something happens.
func (c *exporter) place(n xmltree.Node) string {
	o := obj("resourceType", "Location")
	c.identifiers(o, n)
	o.set("name", c.text(n.Path(cda.NS, "playingEntity", "name")))
	o.add("type", c.concept(n.Child(cda.NS, "code")))
	c.telecoms(o, n)
	o.set("address", c.address(n.Child(cda.NS, "addr")))
	if len(o.fields) == 1 {
		return ""
	}
	return c.same(o, n.XPath())
}

// relative is an informant who is no professional.
func (c *exporter) relative(n xmltree.Node) string {
	o := obj("resourceType", "RelatedPerson", "patient", ref(c.patientURL))
	c.identifiers(o, n)
	o.add("relationship", c.relationClass(n))
	o.add("relationship", c.concept(n.Child(cda.NS, "code")))
	o.add("name", c.humanName(n.Path(cda.NS, "relatedPerson", "name")))
	c.telecoms(o, n)
	c.addresses(o, n)
	return c.same(o, n.XPath())
}

func (c *exporter) relationClass(n xmltree.Node) *object {
	class := c.attr(n, "classCode")
	if class == "" {
		return nil
	}
	return obj("coding", list{obj("system", roleClass, "code", class)})
}

// entityOf gives the element that names the actor in a participation.
func entityOf(n xmltree.Node) xmltree.Node {
	for e := range n.Elements() {
		switch e.Local() {
		case "assignedAuthor", "assignedEntity", "associatedEntity", "intendedRecipient", "relatedEntity", "participantRole", "assignedCustodian":
			return e
		}
	}
	return xmltree.Node{}
}

// participationTypes are the codes of the elements that bear no typeCode.
var participationTypes = map[string]string{"author": "AUT", "dataEnterer": "ENT", "informant": "INF", "performer": "PRF", "responsibleParty": "RESP"}

// participant writes any participation as the extension of the HL7 clinical document guide: type,
// function, time, party. withParty is false where the party stands beside.
func (c *exporter) participant(n xmltree.Node, withParty bool) *object {
	kind := c.attr(n, "typeCode")
	if kind == "" {
		kind = participationTypes[n.Local()]
	}
	exts := list{}
	put := func(url, key string, v any) {
		if e := extension(url, key, v); e != nil {
			exts = append(exts, e)
		}
	}
	put("type", "valueCodeableConcept", obj("coding", list{obj("system", participation, "code", kind)}))
	put("function", "valueCodeableConcept", c.concept(n.Child(cda.NS, "functionCode")))
	t := &object{}
	c.when(t, "value", n.Child(cda.NS, "time"))
	if why := t.sub("_valueDateTime"); why != nil { // an extension has a value or extensions
		t = obj("extension", why.raw("extension"))
	}
	if says(t) {
		exts = append(exts, (&object{fields: append([]field{{key: "url", value: "time"}}, t.fields...)}))
	}
	if withParty {
		if url := c.party(entityOf(n)); url != "" {
			put("party", "valueReference", ref(url))
		}
	}
	return obj("url", extParticipant, "extension", exts)
}

func ref(url string) *object {
	if url == "" {
		return nil
	}
	return obj("reference", url)
}
