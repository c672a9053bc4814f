package fhirmap

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// nsPharm is the namespace of the pharmacy extensions, as documents bind it.
const nsPharm = "urn:ihe:pharm:medication"

// medication converts a product: its code, form, ingredients and lot.
func (c *exporter) medication(n xmltree.Node) (url string, m *object) {
	material := n.Path(cda.NS, "manufacturedProduct", "manufacturedMaterial")
	m = obj("resourceType", "Medication")
	if name := c.text(material.Child(cda.NS, "name")); name != "" {
		m.set("text", obj("status", "generated", "div", div(name)))
	}
	m.set("code", c.concept(material.Child(cda.NS, "code")))
	for k := range material.Children(nsPharm, "asSpecializedKind") {
		class := k.Child(nsPharm, "generalizedMedicineClass")
		if g := c.coding(class.Child(nsPharm, "code")); g != nil { // what the product is a kind of: its ATC class
			if code := m.sub("code"); code != nil {
				code.add("coding", g)
			} else {
				m.set("code", obj("coding", list{g}))
			}
			if name := class.Child(nsPharm, "name"); squeeze(name.Text()) == g.peek("display") {
				c.text(name)
			}
		}
	}
	m.set("form", c.concept(material.Child(nsPharm, "formCode")))
	for i := range material.Children(nsPharm, "ingredient") {
		k := i.Child(nsPharm, "ingredient")
		code := c.concept(k.Child(nsPharm, "code"))
		if name := c.text(k.Child(nsPharm, "name")); name != "" {
			if code == nil {
				code = &object{}
			}
			if code.raw("text") == nil {
				code.set("text", name)
			}
		}
		if code == nil {
			continue
		}
		o := obj("itemCodeableConcept", code)
		q := i.Child(nsPharm, "quantity")
		num, den := q.Child(cda.NS, "numerator"), q.Child(cda.NS, "denominator")
		if num.Attr("value") != "" {
			o.set("strength", obj("numerator", c.quantity(num), "denominator", c.quantity(den)))
		}
		m.add("ingredient", o)
	}
	if lot := c.text(material.Child(cda.NS, "lotNumberText")); lot != "" {
		m.set("batch", obj("lotNumber", lot))
	}
	if len(m.fields) == 1 {
		return "", m
	}
	return c.same(m, material.XPath()), m
}

// medicationUse converts a treatment (MedicationStatement) or a prescription (MedicationRequest).
//
// spec: CI-SIS cda §4.4
func (c *exporter) medicationUse(n xmltree.Node, planned bool) string {
	o := obj("resourceType", "MedicationStatement")
	if planned {
		o = obj("resourceType", "MedicationRequest")
		c.attr(n, "moodCode")
	}
	c.narrativeLink(o, n)
	for id := range n.Children(cda.NS, "id") {
		o.add("identifier", c.identifier(id))
	}
	c.fixed(n.Child(cda.NS, "statusCode"), map[bool]string{true: "active", false: "completed"}[planned && n.Child(cda.NS, "statusCode").Attr("code") == "active"])
	if k := n.Child(cda.NS, "code"); k.Attr("code") == "DRUG" {
		c.whole(k)
	}
	dosage, period := c.dosage(n)
	end := period.peek("end")
	status := "active"
	if !planned && end != "" && end < c.composition.peek("date") {
		status = "completed"
	}
	if c.attr(n, "negationInd") == "true" {
		status = "not-taken"
		if planned {
			o.set("doNotPerform", true)
			status = "active"
		}
	}
	o.set("status", status)
	if planned {
		o.set("intent", "order")
	}
	url, _ := c.medication(n.Child(cda.NS, "consumable"))
	if absent := n.Child(cda.NS, "code"); systemURI(absent.Attr("codeSystem")) == absentUnknown {
		// «No known medication» is the medication itself, as the IPS says it: never a product.
		o.set("medicationCodeableConcept", c.concept(absent))
	} else if url == "" {
		o.set("medicationCodeableConcept", obj("text", "—"))
	} else {
		o.set("medicationReference", ref(url))
	}
	o.set("subject", ref(c.patientURL))
	if planned && says(period) {
		if t := dosage.sub("timing"); t != nil {
			r := t.sub("repeat")
			if r == nil {
				r = &object{}
			}
			r.fields = append([]field{{key: "boundsPeriod", value: period}}, r.fields...)
			t.set("repeat", r)
		} else {
			dosage.set("timing", obj("repeat", obj("boundsPeriod", period)))
		}
	} else if !planned {
		o.set("effectivePeriod", period)
	}
	c.actors(o, n)
	var notes, steps list
	for r := range n.Children(cda.NS, "entryRelationship") {
		s := statement(r)
		switch {
		case isComment(s):
			notes = append(notes, c.comment(s))
		case r.Attr("typeCode") == "RSON":
			c.reasonOf(o, s)
		case s.Local() == "substanceAdministration" && r.Attr("typeCode") == "COMP":
			if step := c.step(r, s); says(step) {
				steps = append(steps, step)
			}
		case has(s, entryArc+"33"):
			dosage.set("patientInstruction", c.linked(s, dosage))
			c.fixed(s.Child(cda.NS, "code"), "PINSTRUCT")
			c.fixed(s.Child(cda.NS, "statusCode"), "completed")
		case s.Local() == "observation" && s.Exists():
			c.supporting(o, s, "")
		}
	}
	o.set("note", notes)
	doses := steps
	if says(dosage) {
		doses = append(list{dosage}, steps...)
	}
	o.set(map[bool]string{true: "dosageInstruction", false: "dosage"}[planned], doses)
	if v := n.Child(cda.NS, "repeatNumber"); planned && asNumber(v.Attr("value")) != "" {
		o.set("dispenseRequest", obj("numberOfRepeatsAllowed", asNumber(c.attr(v, "value"))))
	}
	return c.new(o, n.XPath())
}

// step converts one step of a dosing that changes with time.
//
// spec: CI-SIS cda §4.4
func (c *exporter) step(r, n xmltree.Node) *object {
	d, period := c.dosage(n)
	if says(period) {
		t := d.sub("timing")
		if t == nil {
			t = obj("repeat", obj("boundsPeriod", period))
			d.set("timing", t)
		} else {
			rep := t.sub("repeat")
			rep.fields = append([]field{{key: "boundsPeriod", value: period}}, rep.fields...)
		}
	}
	if v := r.Child(cda.NS, "sequenceNumber"); decimalInteger(asNumber(v.Attr("value"))) {
		d.fields = append([]field{{key: "sequence", value: asNumber(c.attr(v, "value"))}}, d.fields...)
	}
	c.fixed(n.Child(cda.NS, "statusCode"), "completed")
	c.attr(n, "moodCode")
	return d
}

var periodUnits = map[string]bool{"s": true, "min": true, "h": true, "d": true, "wk": true, "mo": true, "a": true}

// dosage converts times, route, site and doses.
func (c *exporter) dosage(n xmltree.Node) (d, period *object) {
	d, period = &object{}, &object{}
	first := true
	repeat := &object{}
	for t := range n.Children(cda.NS, "effectiveTime") {
		kind := c.typeOf(t)
		switch {
		case first || kind == "IVL_TS":
			first = false
			if p := c.period(t); p != nil {
				period = p
			}
		case kind == "PIVL_TS":
			p := t.Child(cda.NS, "period")
			if u := p.Attr("unit"); periodUnits[u] && asNumber(p.Attr("value")) != "" && repeat.raw("period") == nil {
				repeat.set("frequency", number("1")).set("period", asNumber(c.attr(p, "value"))).set("periodUnit", c.attr(p, "unit"))
				for w := range p.Children(cda.NS, "translation") {
					if l := w.Child(cda.NS, "originalText"); l.Exists() {
						d.set("text", c.words(d, l))
					}
				}
			}
		case kind == "EIVL_TS":
			if e := t.Child(cda.NS, "event"); e.Attr("code") != "" {
				repeat.add("when", c.attr(e, "code"))
			}
		}
	}
	if says(repeat) {
		d.set("timing", obj("repeat", repeat))
	}
	d.set("site", c.concept(n.Child(cda.NS, "approachSiteCode")))
	d.set("route", c.concept(n.Child(cda.NS, "routeCode")))
	if q := n.Child(cda.NS, "doseQuantity"); q.Exists() {
		dose := &object{}
		if low := q.Child(cda.NS, "low"); low.Exists() || q.Child(cda.NS, "high").Exists() {
			dose.set("doseRange", c.rangeOf(q))
		} else {
			dose.set("doseQuantity", c.quantity(q))
		}
		if r := n.Child(cda.NS, "rateQuantity"); r.Child(cda.NS, "low").Exists() {
			dose.set("rateRange", c.rangeOf(r))
		}
		if says(dose) {
			d.set("doseAndRate", list{dose})
		}
	}
	if q := n.Child(cda.NS, "maxDoseQuantity"); q.Child(cda.NS, "numerator").Attr("value") != "" {
		d.set("maxDosePerPeriod", obj("numerator", c.quantity(q.Child(cda.NS, "numerator")), "denominator", c.quantity(q.Child(cda.NS, "denominator"))))
	}
	return d, period
}

// seriesNames are the words of the kinds of vaccination act.
var seriesNames = map[string]string{"INITIMMUNIZ": "Vaccination initiale", "BOOSTER": "Rappel"}

// immunization converts a vaccination; a refusal or an absence is never an injection.
//
// spec: CI-SIS cda §4.4
func (c *exporter) immunization(n xmltree.Node) string {
	o := obj("resourceType", "Immunization")
	c.narrativeLink(o, n)
	for id := range n.Children(cda.NS, "id") {
		o.add("identifier", c.identifier(id))
	}
	status := "completed"
	if c.attr(n, "negationInd") == "true" {
		status = "not-done"
	}
	o.set("status", status)
	c.fixed(n.Child(cda.NS, "statusCode"), "completed")
	material := n.Path(cda.NS, "consumable", "manufacturedProduct", "manufacturedMaterial")
	code := c.concept(material.Child(cda.NS, "code"))
	name := material.Child(cda.NS, "name")
	if w := c.text(name); w != "" {
		switch {
		case code == nil:
			code = obj("text", w)
		case code.raw("text") == nil:
			code.set("text", w)
		case code.peek("text") != w:
			c.lose(name, w, finding.T("Le code FHIR n'a qu'un libellé : celui du narratif est gardé.", "A FHIR code has one text: that of the narrative is kept."))
		}
	}
	if absent := n.Child(cda.NS, "code"); systemURI(absent.Attr("codeSystem")) == absentUnknown {
		code = c.concept(absent) // «no known immunization» is never a vaccine
	}
	if code == nil {
		code = obj("text", "—")
	}
	o.set("vaccineCode", code).set("patient", ref(c.patientURL))
	t := n.Child(cda.NS, "effectiveTime")
	v := t.Attr("value")
	if v == "" {
		t = t.Child(cda.NS, "low")
		v = t.Attr("value")
	}
	if v != "" {
		o.set("occurrenceDateTime", dateTime(c.attr(t, "value")))
	} else {
		o.set("occurrenceString", "inconnue")
	}
	o.set("lotNumber", c.text(material.Child(cda.NS, "lotNumberText")))
	o.set("site", c.concept(n.Child(cda.NS, "approachSiteCode"))).set("route", c.concept(n.Child(cda.NS, "routeCode")))
	if q := n.Child(cda.NS, "doseQuantity"); q.Attr("value") != "" {
		o.set("doseQuantity", c.quantity(q))
	}
	// The kind of act (first series, booster) names the series of a rank; an injection without
	// more says nothing.
	kind := n.Child(cda.NS, "code")
	c.fixed(kind, "IMMUNIZ")
	series := seriesNames[kind.Attr("code")]
	c.actors(o, n)
	var notes list
	for r := range n.Children(cda.NS, "entryRelationship") {
		s := statement(r)
		switch code := s.Child(cda.NS, "code").Attr("code"); {
		case isComment(s):
			notes = append(notes, c.comment(s))
		case code == "30973-2":
			if v := s.Child(cda.NS, "value"); asNumber(v.Attr("value")) != "" {
				o.add("protocolApplied", obj("series", series, "doseNumberPositiveInt", asNumber(c.attr(v, "value"))))
				if series != "" {
					c.whole(kind)
				}
				c.whole(s.Child(cda.NS, "code"))
				c.typeOf(v)
				c.fixed(s.Child(cda.NS, "statusCode"), "completed")
			}
		case r.Attr("typeCode") == "RSON":
			c.reasonOf(o, s)
		case r.Attr("typeCode") == "CAUS" && s.Local() == "observation":
			o.add("reaction", obj("detail", ref(c.observation(s))))
		case s.Exists() && s.Local() == "observation":
			c.supporting(o, s, "")
		}
	}
	o.set("note", notes)
	return c.new(o, n.XPath())
}
