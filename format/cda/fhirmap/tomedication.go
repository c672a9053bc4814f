package fhirmap

import (
	"strings"

	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

var productTemplates = []string{ccd + "53", pcc + "4.7.2", entryArc + "43"}

// treatment writes a medication that is taken.
//
// spec: CI-SIS cda §4.4
func (i *importer) treatment(k docKind, r *object) *element {
	if !i.enter(r) {
		return nil
	}
	defer i.leave(r)
	negated := ""
	if r.str("status") == "not-taken" {
		negated = "true"
	}
	i.resolve(r.sub("subject"))
	e := el("substanceAdministration", "classCode", "SBADM", "moodCode", "EVN", "negationInd", negated).put(templates(ccd+"24", pcc+"4.7", modelMedication, pcc+"4.7.1")...)
	if k.name == "IPS-FR" {
		e.put(templates(modelMedication + ".3")...)
	}
	m := i.resolve(r.sub("medicationReference"))
	if m == nil {
		m = obj("code", r.raw("medicationCodeableConcept"))
	}
	var d *object
	for _, x := range r.all("dosage") {
		d = x
		break
	}
	name := labelOf(m.sub("code"))
	drug := el("code", "code", "DRUG", "displayName", "Médicament", "codeSystem", oid.ActCode)
	if isAbsent(m.sub("code")) {
		drug, m = i.cd("code", m.sub("code"), ""), &object{}
	}
	e.put(i.oneID(r, false), drug, i.linkedText(r, name, d.peek("text")), el("statusCode", "code", "completed"))
	t := i.interval("effectiveTime", r.sub("effectivePeriod"), "xsi:type", "IVL_TS")
	if t == nil {
		if v := timestamp(r.str("effectiveDateTime")); v != "" {
			t = el("effectiveTime", "xsi:type", "IVL_TS").put(el("low", "value", v))
		} else {
			t = el("effectiveTime", "xsi:type", "IVL_TS").put(el("low", "nullFlavor", "UNK"))
		}
	}
	e.put(t)
	i.dosage(e, d)
	e.put(el("consumable").put(i.product(m)))
	e.put(i.actors(r)...)
	i.reasons(e, r)
	i.notes(e, "entryRelationship", r)
	return e
}

// named writes the brand name, or that there is none.
func named(name string) *element {
	if name == "" {
		return el("name", "nullFlavor", "NA")
	}
	return words("name", name)
}

// plannedTreatment writes a medication that is to be taken.
func (i *importer) plannedTreatment(r *object) *element {
	if v, ok := r.raw("doNotPerform").(bool); ok && v {
		return nil // what must not be taken has no model here: a loss
	}
	r.str("status")
	r.str("intent")
	i.resolve(r.sub("subject"))
	m := i.resolve(r.sub("medicationReference"))
	if m == nil {
		m = obj("code", r.raw("medicationCodeableConcept"))
	}
	var d *object
	for _, x := range r.all("dosageInstruction") {
		d = x
		break
	}
	e := el("substanceAdministration", "classCode", "SBADM", "moodCode", "INT").put(templates(ccd+"24", pcc+"4.7", modelMedication, pcc+"4.7.1", modelMedication+".3", modelMedication+".4")...)
	e.put(i.oneID(r, false), i.linkedText(r, labelOf(m.sub("code")), d.peek("text")), el("statusCode", "code", "completed"))
	t := i.interval("effectiveTime", d.sub("timing").sub("repeat").sub("boundsPeriod"), "xsi:type", "IVL_TS")
	if t == nil && d.sub("timing") != nil { // the frequency comes second
		t = el("effectiveTime", "xsi:type", "IVL_TS").put(el("low", "nullFlavor", "UNK"), el("high", "nullFlavor", "UNK"))
	}
	e.put(t)
	i.dosage(e, d)
	e.put(el("consumable").put(i.product(m)))
	e.put(i.actors(r)...)
	i.reasons(e, r)
	i.notes(e, "entryRelationship", r)
	return e
}

// isAbsent reports whether a code says that nothing is known or that there is none.
func isAbsent(c *object) bool {
	for _, k := range c.all("coding") {
		if k.peek("system") == absentUnknown {
			return true
		}
	}
	return false
}

// dosage writes frequency, route, site and doses.
func (i *importer) dosage(e *element, d *object) {
	if d == nil {
		return
	}
	repeat := d.sub("timing").sub("repeat")
	if unit := repeat.peek("periodUnit"); unit != "" {
		if f := text(repeat.raw("frequency")); f == "" || f == "1" {
			repeat.str("frequency")
			period := el("period", "value", repeat.str("period"), "unit", repeat.str("periodUnit"))
			if l := i.link(d); l != "" {
				d.str("text")
				period.put(el("translation").put(el("originalText").put(el("reference", "value", l))))
			}
			e.put(el("effectiveTime", "xsi:type", "PIVL_TS", "operator", "A").put(period))
		}
	} else if when := repeat.strs("when"); len(when) > 0 {
		e.put(el("effectiveTime", "xsi:type", "EIVL_TS", "operator", "A").put(el("event", "code", when[0])))
	}
	e.put(i.cd("routeCode", d.sub("route"), ""), i.cd("approachSiteCode", d.sub("site"), ""))
	for _, x := range d.all("doseAndRate") {
		if g := x.sub("doseRange"); g != nil {
			e.put(el("doseQuantity").put(i.pq("low", "", g.sub("low")), i.pq("high", "", g.sub("high"))))
		} else if q := x.sub("doseQuantity"); q != nil {
			e.put(i.pq("doseQuantity", "", q))
		}
		if g := x.sub("rateRange"); g != nil {
			e.put(el("rateQuantity").put(i.pq("low", "", g.sub("low")), i.pq("high", "", g.sub("high"))))
		}
		break
	}
	if g := d.sub("maxDosePerPeriod"); g != nil {
		e.put(el("maxDoseQuantity").put(i.pq("numerator", "", g.sub("numerator")), i.pq("denominator", "", g.sub("denominator"))))
	}
}

// product writes a medication.
func (i *importer) product(m *object) *element {
	name := ""
	if t := m.sub("text"); t != nil {
		if d, err := xmltree.Parse([]byte(t.peek("div"))); err == nil {
			name = strings.TrimSpace(d.Root().Text())
			t.str("status")
			t.str("div")
		}
	}
	if c := m.sub("code"); name == "" && c != nil {
		name = labelOf(c)
	}
	code := i.cd("code", m.sub("code"), oid.CIS)
	if code == nil {
		code = el("code", "nullFlavor", "UNK")
	}
	material := el("manufacturedMaterial").put(code, named(name))
	if b := m.sub("batch"); b != nil {
		material.put(words("lotNumberText", b.str("lotNumber")))
	}
	if f := i.cd("pharm:formCode", m.sub("form"), ""); f != nil {
		material.put(f)
	}
	for _, g := range m.all("ingredient") {
		c := g.sub("itemCodeableConcept")
		x := el("pharm:ingredient", "classCode", "ACTI")
		if s := g.sub("strength"); s != nil {
			x.put(el("pharm:quantity").put(i.pq("numerator", "PQ", s.sub("numerator")), i.pq("denominator", "PQ", s.sub("denominator"))))
		}
		label := labelOf(c)
		code := i.cd("pharm:code", c, "")
		if code != nil {
			code.kids = nil // the schema has no words inside; the name says them
		}
		x.put(el("pharm:ingredient", "classCode", "MMAT", "determinerCode", "KIND").put(code, words("pharm:name", label)))
		material.put(x)
	}
	return el("manufacturedProduct", "classCode", "MANU").put(templates(productTemplates...)...).put(material)
}

// vaccination writes an injection, or that there was none.
//
// spec: CI-SIS cda §4.4
func (i *importer) vaccination(r *object) *element {
	negated := "false"
	if r.str("status") == "not-done" {
		negated = "true"
	}
	i.resolve(r.sub("patient"))
	e := el("substanceAdministration", "classCode", "SBADM", "moodCode", "EVN", "negationInd", negated).put(templates(ccd+"24", pcc+"4.12", modelImmunization)...)
	kind, display, rank := "IMMUNIZ", "Vaccination sans autre précision", ""
	for _, p := range r.all("protocolApplied") {
		series := p.peek("series")
		for code, name := range seriesNames {
			if series == name {
				p.str("series")
				kind, display = code, name
			}
		}
		rank = p.str("doseNumberPositiveInt")
		break
	}
	vaccine := r.sub("vaccineCode")
	label := labelOf(vaccine)
	act := el("code", "code", kind, "displayName", display, "codeSystem", oid.ActCode)
	if isAbsent(vaccine) {
		act, vaccine, label = i.cd("code", vaccine, ""), nil, ""
	}
	e.put(i.oneID(r, false), act, i.linkedText(r, label, r.peek("occurrenceDateTime")), el("statusCode", "code", "completed"))
	if t := timestamp(r.str("occurrenceDateTime")); t != "" {
		e.put(el("effectiveTime", "value", t))
	} else {
		r.str("occurrenceString")
		e.put(el("effectiveTime", "nullFlavor", "UNK"))
	}
	e.put(i.cd("routeCode", r.sub("route"), ""), i.cd("approachSiteCode", r.sub("site"), ""))
	if q := r.sub("doseQuantity"); q != nil {
		e.put(i.pq("doseQuantity", "", q))
	}
	code := i.cd("code", vaccine, oid.CIS)
	if code == nil {
		code = el("code", "nullFlavor", "UNK")
	}
	material := el("manufacturedMaterial").put(code, named(label), words("lotNumberText", r.str("lotNumber")))
	e.put(el("consumable", "typeCode", "CSM").put(el("manufacturedProduct", "classCode", "MANU").put(templates(productTemplates...)...).put(material)))
	for _, a := range i.actors(r) {
		if a.name == "author" { // the model fixes these two
			a.attrs = append(a.attrs, "typeCode", "AUT", "contextControlCode", "OP")
		}
		e.put(a)
	}
	if rank != "" {
		o := el("observation", "classCode", "OBS", "moodCode", "EVN").put(templates(ccd+"46", entryArc+"82")...)
		o.put(el("code", "code", "30973-2", "displayName", "Rang de la vaccination", "codeSystem", oid.LOINC, "codeSystemName", "LOINC"), el("statusCode", "code", "completed"), el("value", "xsi:type", "INT", "value", rank))
		e.put(el("entryRelationship", "typeCode", "SUBJ").put(o))
	}
	for _, k := range r.all("reaction") {
		if o := i.resolve(k.sub("detail")); o != nil && o.peek("resourceType") == "Observation" {
			e.put(related("CAUS", "false", sourced(i.single(o, reactionTemplates))))
		}
	}
	i.reasons(e, r)
	i.notes(e, "entryRelationship", r)
	return e
}
