package fhirmap

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// The tails of the CI-SIS models of entries, under 1.2.250.1.213.1.1.3.
//
// spec: CI-SIS cda §4.4
const (
	entryArc            = "1.2.250.1.213.1.1.3."
	modelProblem        = entryArc + "37"
	modelConcern        = entryArc + "39"
	modelAllergyConcern = entryArc + "40"
	modelAllergy        = entryArc + "41"
	modelMedication     = entryArc + "42"
	modelImmunization   = entryArc + "45"
	modelVitalSigns     = entryArc + "49"
	modelVitalSign      = entryArc + "50"
	modelSocial         = entryArc + "52"
	modelPregnancy      = entryArc + "53"
	modelDirective      = entryArc + "54"
	modelFamily         = entryArc + "59"
	modelProcedure      = entryArc + "62"
	modelPrescription   = entryArc + "83"
	modelDevice         = entryArc + "20"
)

// clinical converts an entry of any section but a biology chapter. What is planned or asked for
// (mood INT, RQO, ARQ, GOL) never becomes a fact.
//
// spec: CI-SIS cda §4.4
func (c *exporter) clinical(n xmltree.Node) string {
	mood := n.Attr("moodCode")
	planned := mood != "EVN" && mood != ""
	switch n.Local() {
	case "act":
		if has(n, modelConcern) || has(n, modelAllergyConcern) || has(n, "1.3.6.1.4.1.19376.1.5.3.1.4.5.1") {
			return c.concern(n)
		}
	case "observation":
		switch {
		case mood == "GOL":
			return c.goal(n)
		case planned:
			return c.request(n)
		case has(n, modelAllergy):
			return c.allergy(n, xmltree.Node{})
		case has(n, modelProblem):
			return c.condition(n, xmltree.Node{})
		case n.Attr("negationInd") == "true":
			return "" // an Observation cannot say «not»: left unread, a loss
		}
		return c.observation(n)
	case "organizer":
		if has(n, modelFamily) {
			return c.family(n)
		}
		return c.observation(n)
	case "procedure":
		if planned {
			return c.request(n)
		}
		return c.procedure(n)
	case "encounter":
		return c.request(n)
	case "substanceAdministration":
		if has(n, modelImmunization) && !planned {
			return c.immunization(n)
		}
		return c.medicationUse(n, planned)
	case "supply":
		return c.deviceUse(n, planned)
	case "observationMedia":
		return c.media(n)
	}
	return ""
}

// concern converts the problems or allergies of a concern; the section is linked to each.
func (c *exporter) concern(n xmltree.Node) string {
	last := ""
	for r := range n.Children(cda.NS, "entryRelationship") {
		o := statement(r)
		if o.Local() != "observation" {
			continue
		}
		if last != "" {
			c.section.object.add("entry", ref(last))
		}
		if has(o, modelAllergy) || has(o, "1.3.6.1.4.1.19376.1.5.3.1.4.6") {
			last = c.allergy(o, n)
		} else {
			last = c.condition(o, n)
		}
	}
	return last
}

var concernStatuses = map[string]string{"active": "active", "suspended": "inactive", "aborted": "inactive", "completed": "resolved"}

const (
	conditionClinical = "http://terminology.hl7.org/CodeSystem/condition-clinical"
	conditionVerified = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
	allergyClinical   = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
	allergyVerified   = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
)

// ofConcern keeps what the concern says: its identifier, its status, since when it is followed.
func (c *exporter) ofConcern(o *object, concern xmltree.Node, system string) {
	if !concern.Exists() {
		return
	}
	for id := range concern.Children(cda.NS, "id") {
		if i := c.identifier(id); i != nil {
			use := obj("use", "secondary")
			use.fields = append(use.fields, i.fields...)
			o.add("identifier", use)
		}
	}
	s := concern.Child(cda.NS, "statusCode")
	if status := concernStatuses[s.Attr("code")]; status != "" {
		c.attr(s, "code")
		if o.raw("clinicalStatus") == nil {
			o.set("clinicalStatus", obj("coding", list{obj("system", system, "code", status)}))
		}
	}
	t := concern.Child(cda.NS, "effectiveTime")
	if v := t.Child(cda.NS, "low").Attr("value"); v != "" {
		c.attr(t.Child(cda.NS, "low"), "value")
		o.set("recordedDate", dateTime(v))
	}
}

// about gives the value of a small observation about another (status, severity, certainty), with
// the link of its text.
func (c *exporter) about(n xmltree.Node) *object {
	v := n.Child(cda.NS, "value")
	c.typeOf(v)
	o := c.concept(v)
	if o == nil {
		return nil
	}
	if o.raw("extension") == nil {
		c.words(o, n.Child(cda.NS, "text"))
	}
	c.whole(n.Child(cda.NS, "code"))
	c.fixed(n.Child(cda.NS, "statusCode"), "completed")
	return o
}

// inSystem writes a status in the system that FHIR binds; the code is the same.
func inSystem(o *object, system string, known ...string) *object {
	for _, k := range o.all("coding") {
		for _, code := range known {
			if k.peek("code") == code {
				k.set("system", system)
				return o
			}
		}
	}
	return nil
}

// onset writes the two ends of a time as onset and abatement.
func (c *exporter) onset(o *object, n xmltree.Node) {
	low, high := n.Child(cda.NS, "low"), n.Child(cda.NS, "high")
	if v := low.Attr("value"); v != "" {
		o.set("onsetDateTime", dateTime(c.attr(low, "value")))
	} else if n.Attr("value") != "" {
		o.set("onsetDateTime", dateTime(c.attr(n, "value")))
	}
	if v := high.Attr("value"); v != "" {
		o.set("abatementDateTime", dateTime(c.attr(high, "value")))
	}
}

func (c *exporter) condition(n, concern xmltree.Node) string {
	o := obj("resourceType", "Condition")
	c.narrativeLink(o, n)
	c.identifiers(o, n)
	url := c.url(n.XPath())
	var severity, verified *object
	for r := range n.Children(cda.NS, "entryRelationship") {
		s := statement(r)
		switch code := s.Child(cda.NS, "code").Attr("code"); {
		case isComment(s):
			o.add("note", c.comment(s))
		case code == "SEV":
			severity = c.about(s)
		case code == "33999-4":
			o.set("clinicalStatus", inSystem(c.about(s), conditionClinical, "active", "recurrence", "relapse", "inactive", "remission", "resolved"))
		case code == "66455-7":
			verified = inSystem(c.about(s), conditionVerified, "unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error")
		case s.Exists():
			c.supporting(o, s, url)
		}
	}
	c.ofConcern(o, concern, conditionClinical)
	if n.Attr("negationInd") == "true" {
		c.attr(n, "negationInd")
		verified = obj("coding", list{obj("system", conditionVerified, "code", "refuted")})
	}
	c.attr(n, "negationInd")
	o.set("verificationStatus", verified)
	o.add("category", c.concept(n.Child(cda.NS, "code")))
	o.set("severity", severity)
	c.fixed(n.Child(cda.NS, "statusCode"), "completed")
	c.typeOf(n.Child(cda.NS, "value"))
	o.set("code", c.concept(n.Child(cda.NS, "value")))
	o.set("subject", ref(c.patientURL))
	c.onset(o, n.Child(cda.NS, "effectiveTime"))
	c.actors(o, n)
	return c.put(o, url)
}

// supporting converts what has no field of its own and links it from its parent.
func (c *exporter) supporting(o *object, n xmltree.Node, parent string) {
	before := c.focus
	c.focus = parent
	if url := c.clinical(n); url != "" {
		o.add("extension", extension(extSupporting, "valueReference", ref(url)))
	}
	c.focus = before
}

const extAllergyType = "http://hl7.org/fhir/5.0/StructureDefinition/extension-AllergyIntolerance.type"

// allergyKinds are the type and category of the SNOMED CT kinds of allergy.
var allergyKinds = map[string][2]string{"416098002": {"allergy", "medication"}, "414285001": {"allergy", "food"}, "426232007": {"allergy", "environment"}, "419199007": {"allergy", ""},
	"59037007": {"intolerance", "medication"}, "235719002": {"intolerance", "food"}, "420134006": {"", ""}, "418038007": {"", ""}, "419511003": {"", "medication"}, "418471000": {"", "food"}}

var severities = map[string]string{"255604002": "mild", "6736007": "moderate", "24484000": "severe"}

func (c *exporter) allergy(n, concern xmltree.Node) string {
	o := obj("resourceType", "AllergyIntolerance")
	c.narrativeLink(o, n)
	kind := n.Child(cda.NS, "code")
	o.add("extension", extension(extAllergyType, "valueCodeableConcept", c.concept(kind)))
	c.identifiers(o, n)
	url := c.url(n.XPath())
	var verified *object
	var reactions, notes list
	criticality := ""
	for r := range n.Children(cda.NS, "entryRelationship") {
		s := statement(r)
		switch code := s.Child(cda.NS, "code").Attr("code"); {
		case isComment(s):
			notes = append(notes, c.comment(s))
		case code == "33999-4":
			o.set("clinicalStatus", inSystem(c.about(s), allergyClinical, "active", "inactive", "resolved"))
		case code == "66455-7":
			verified = inSystem(c.about(s), allergyVerified, "unconfirmed", "presumed", "confirmed", "refuted", "entered-in-error")
		case code == "82606-5":
			v := s.Child(cda.NS, "value")
			if k := v.Attr("code"); k == "low" || k == "high" || k == "unable-to-assess" {
				criticality = k
				c.whole(v)
				c.whole(s.Child(cda.NS, "code"))
				c.fixed(s.Child(cda.NS, "statusCode"), "completed")
			}
		case r.Attr("typeCode") == "MFST":
			if k := c.reaction(s); k != nil {
				reactions = append(reactions, k)
			}
		case s.Exists():
			c.supporting(o, s, url)
		}
	}
	c.ofConcern(o, concern, allergyClinical)
	if n.Attr("negationInd") == "true" {
		verified = obj("coding", list{obj("system", allergyVerified, "code", "refuted")})
	}
	c.attr(n, "negationInd")
	o.set("verificationStatus", verified)
	if k := allergyKinds[kind.Attr("code")]; k[0]+k[1] != "" {
		o.set("type", k[0])
		if k[1] != "" {
			o.set("category", list{k[1]})
		}
	}
	o.set("criticality", criticality)
	c.fixed(n.Child(cda.NS, "statusCode"), "completed")
	for p := range n.Children(cda.NS, "participant") {
		e := p.Path(cda.NS, "participantRole", "playingEntity")
		if p.Attr("typeCode") != "CSM" || o.raw("code") != nil {
			continue
		}
		code := c.concept(e.Child(cda.NS, "code"))
		if code == nil {
			code = &object{}
		}
		if name := c.text(e.Child(cda.NS, "name")); name != "" && code.raw("text") == nil {
			code.set("text", name)
		} else if name != "" && name != code.peek("text") {
			c.lose(e.Child(cda.NS, "name"), name, finding.T("Le code FHIR n'a qu'un libellé : celui du narratif est gardé.", "A FHIR code has one text: that of the narrative is kept."))
		}
		o.set("code", code)
	}
	if v := n.Child(cda.NS, "value"); o.raw("code") == nil {
		c.typeOf(v)
		o.set("code", c.concept(v))
	}
	o.set("patient", ref(c.patientURL))
	c.onset(o, n.Child(cda.NS, "effectiveTime"))
	if a := o.peek("abatementDateTime"); a != "" { // R4 has no end: the last occurrence is the nearest
		o.set("lastOccurrence", a)
		o.drop("abatementDateTime")
	}
	o.set("note", notes).set("reaction", reactions)
	return c.put(o, url)
}

func (c *exporter) reaction(n xmltree.Node) *object {
	o := &object{}
	v := n.Child(cda.NS, "value")
	c.typeOf(v)
	m := c.concept(v)
	if m == nil {
		return nil
	}
	c.attr(n, "negationInd")
	if m.raw("extension") == nil {
		c.words(m, n.Child(cda.NS, "text"))
	}
	c.fixed(n.Child(cda.NS, "code"), "418799008")
	c.fixed(n.Child(cda.NS, "statusCode"), "completed")
	if id := c.identifier(n.Child(cda.NS, "id")); id != nil {
		c.lose(n.Child(cda.NS, "id"), id.peek("value"), finding.T("Une réaction FHIR n'a pas d'identifiant.", "A FHIR reaction has no identifier."))
	}
	o.add("manifestation", m)
	t := n.Child(cda.NS, "effectiveTime").Child(cda.NS, "low")
	if t.Attr("value") != "" {
		o.set("onset", dateTime(c.attr(t, "value")))
	}
	for r := range n.Children(cda.NS, "entryRelationship") {
		s := statement(r)
		switch {
		case isComment(s):
			o.add("note", c.comment(s))
		case s.Child(cda.NS, "code").Attr("code") == "SEV":
			if k := severities[s.Child(cda.NS, "value").Attr("code")]; k != "" {
				o.set("severity", k)
				c.whole(s.Child(cda.NS, "value"))
				c.whole(s.Child(cda.NS, "code"))
				c.fixed(s.Child(cda.NS, "statusCode"), "completed")
			}
		}
	}
	return o
}
