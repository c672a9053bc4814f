package fhirmap

import (
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/oid"
)

// result writes one observation, in the order of the schema.
func (i *importer) result(r *object) *element {
	if !i.enter(r) {
		return nil
	}
	defer i.leave(r)
	i.common(r)
	e := el("observation", "classCode", "OBS", "moodCode", "EVN").put(templates(bio.TemplateResult, "1.2.250.1.213.1.1.3.80")...)
	e.put(i.iis(r)...)
	e.put(i.labelled("code", r.sub("code"), r), i.textOf(r), i.statusOf(r), i.when("effectiveTime", r, "effective"))
	i.facts(e, r)
	i.resolve(r.sub("specimen"))
	e.put(i.actors(r)...)
	for _, p := range exts(r, extSupporting) {
		o := i.resolve(p.sub("valueReference"))
		if o != nil && o.peek("resourceType") == "Observation" {
			e.put(el("entryRelationship", "typeCode", "REFR").put(i.previous(o)))
		}
	}
	i.notes(e, "entryRelationship", r)
	i.derived(e, "entryRelationship", r)
	for _, g := range r.all("referenceRange") {
		e.put(i.referenceRange(g))
		break
	}
	return e
}

// facts writes the values, the interpretation, the method and the site.
func (i *importer) facts(e *element, r *object) {
	e.put(i.value(r))
	for _, c := range r.all("component") {
		use(c.sub("code"))
		c.use("code")
		e.put(i.value(c))
	}
	for _, c := range r.all("interpretation") {
		e.put(i.cd("interpretationCode", c, oid.Interpretation))
	}
	e.put(i.cd("methodCode", r.sub("method"), ""), i.cd("targetSiteCode", r.sub("bodySite"), ""))
}

// previous writes a previous result: dated and completed.
//
// spec: CI-SIS cda §5.3
func (i *importer) previous(r *object) *element {
	i.common(r)
	e := el("observation", "classCode", "OBS", "moodCode", "EVN").put(i.iis(r)...)
	t := i.when("effectiveTime", r, "effective")
	if t == nil {
		t = el("effectiveTime", "nullFlavor", "UNK")
	}
	e.put(i.cd("code", r.sub("code"), oid.LOINC), i.textOf(r), i.statusOf(r), t)
	i.facts(e, r)
	i.resolve(r.sub("specimen"))
	for _, g := range r.all("referenceRange") {
		e.put(i.referenceRange(g))
		break
	}
	return e
}

// value writes value[x].
func (i *importer) value(r *object) *element {
	if q := r.sub("valueQuantity"); q != nil {
		return i.quantityValue("value", q)
	}
	if c := r.sub("valueCodeableConcept"); c != nil {
		return i.cd("value", c, "", "xsi:type", "CD")
	}
	if v := r.peek("valueString"); v != "" {
		r.str("valueString")
		if x := r.sub("_valueString"); x != nil {
			if l := i.link(x); l != "" {
				return el("value", "xsi:type", "ED").put(el("reference", "value", l))
			}
		}
		return words("value", v, "xsi:type", "ST")
	}
	for _, k := range []struct{ key, kind string }{{"valueInteger", "INT"}, {"valueBoolean", "BL"}} {
		if r.raw(k.key) != nil {
			return el("value", "xsi:type", k.kind, "value", r.str(k.key))
		}
	}
	if t := timestamp(r.peek("valueDateTime")); t != "" {
		r.str("valueDateTime")
		return el("value", "xsi:type", "TS", "value", t)
	}
	if p := r.sub("valuePeriod"); p != nil {
		return i.interval("value", p, "xsi:type", "IVL_TS")
	}
	if g := r.sub("valueRange"); g != nil {
		return el("value", "xsi:type", "IVL_PQ").put(i.pq("low", "", g.sub("low")), i.pq("high", "", g.sub("high")))
	}
	if g := r.sub("valueRatio"); g != nil {
		return el("value", "xsi:type", "RTO_PQ_PQ").put(i.pq("numerator", "PQ", g.sub("numerator")), i.pq("denominator", "PQ", g.sub("denominator")))
	}
	for _, c := range r.sub("dataAbsentReason").all("coding") {
		null := c.peek("code")
		if c.peek("system") != nullFlavors {
			if null = absent[null]; null == "" {
				null = "NI"
			}
		}
		c.str("system")
		c.str("code")
		return el("value", "xsi:type", "CD", "nullFlavor", null)
	}
	return nil
}

// absent are the reasons of FHIR as nullFlavors.
var absent = map[string]string{"unknown": "UNK", "asked-unknown": "ASKU", "temp-unknown": "NAV", "not-asked": "NASK", "masked": "MSK", "not-applicable": "NA", "not-performed": "NAV", "negative-infinity": "NINF", "positive-infinity": "PINF"}

// quantityValue writes a Quantity: an interval with a comparator, a REAL without unit.
func (i *importer) quantityValue(name string, q *object) *element {
	if cmp := q.str("comparator"); cmp != "" {
		end, inclusive := "high", "true"
		if cmp[0] == '>' {
			end = "low"
		}
		if len(cmp) == 1 {
			inclusive = "false"
		}
		return el(name, "xsi:type", "IVL_PQ").put(i.pq(end, "", q, "inclusive", inclusive))
	}
	kind := "PQ"
	if q.peek("code") == "" && q.peek("unit") == "" {
		kind = "REAL"
	}
	return i.pq(name, kind, q)
}

func (i *importer) referenceRange(g *object) *element {
	e := el("observationRange", "classCode", "OBS", "moodCode", "EVN.CRT")
	low, high := g.sub("low"), g.sub("high")
	if t := g.str("text"); t != "" {
		if l := i.link(g); l != "" {
			e.put(el("text").put(el("reference", "value", l)))
		} else {
			e.put(words("text", t))
		}
	}
	if low != nil || high != nil {
		e.put(el("value", "xsi:type", "IVL_PQ").put(i.pq("low", "", low), i.pq("high", "", high)))
	}
	code := "N"
	for _, c := range g.sub("type").all("coding") {
		if c.str("system") == interpretation {
			code = c.peek("code")
		}
		c.str("code")
	}
	e.put(el("interpretationCode", "code", code, "displayName", map[string]string{"N": "Normal"}[code], "codeSystem", oid.Interpretation))
	return el("referenceRange", "typeCode", "REFV").put(e)
}

// notes writes comments; their words are in the narrative, or are added to it.
//
// spec: CI-SIS cda §4.2
func (i *importer) notes(e *element, link string, r *object) {
	for _, n := range r.all("note") {
		l := i.link(n)
		if l == "" {
			id := i.id("commentaire-")
			i.extra = append(i.extra, row{id: id, label: n.peek("text")})
			l = "#" + id
		}
		n.str("text")
		a := el("act", "classCode", "ACT", "moodCode", "EVN").put(templates("2.16.840.1.113883.10.20.1.40", templateComment, "1.2.250.1.213.1.1.3.32")...)
		a.put(el("code", "code", "48767-8", "displayName", "Commentaire", "codeSystem", oid.LOINC, "codeSystemName", "LOINC"))
		a.put(el("text").put(el("reference", "value", l)), el("statusCode", "code", "completed"))
		if p := i.resolve(n.sub("authorReference")); p != nil {
			t := el("time", "value", timestamp(n.str("time")))
			if t.attrs[1] == "" {
				t = el("time", "nullFlavor", "UNK")
			}
			a.put(el("author").put(t, i.entity("assignedAuthor", p, "")))
		}
		if link == "component" {
			e.put(el("component").put(a))
		} else {
			e.put(el("entryRelationship", "typeCode", "SUBJ", "inversionInd", "true").put(a))
		}
	}
}

// derived writes the pictures and documents a result rests on.
func (i *importer) derived(e *element, link string, r *object) {
	for _, d := range r.all("derivedFrom") {
		o := i.resolve(d)
		if o == nil {
			continue
		}
		var inside *element
		switch o.peek("resourceType") {
		case "Media":
			o.str("status")
			i.resolve(o.sub("subject"))
			if inside = i.media(o.sub("content")); inside != nil {
				value := inside.kids
				inside.kids = nil
				inside.put(templates("2.16.840.1.113883.10.12.304", "1.2.250.1.213.1.1.3.103")...).put(i.iis(o)...)
				inside.kids = append(inside.kids, value...)
			}
		case "DocumentReference":
			inside = i.attached(o)
		}
		e.put(linked(link, inside))
	}
}

// specimen writes a sampling and its reception.
//
// spec: CI-SIS cda §5.3
func (i *importer) specimen(s *object) *element {
	k := s.sub("collection")
	e := el("procedure", "classCode", "PROC", "moodCode", "EVN").put(templates(bio.TemplateSpecimen, "1.2.250.1.213.1.1.3.77")...)
	e.put(i.ii("id", s.sub("accessionIdentifier")))
	code := i.cd("code", k.sub("method"), "")
	if code == nil {
		code = el("code", "code", "33882-2", "displayName", "Prélèvement", "codeSystem", oid.LOINC, "codeSystemName", "LOINC")
	}
	e.put(code, i.textOf(s))
	if s.str("status") != "" {
		e.put(el("statusCode", "code", "completed"))
	}
	t := i.when("effectiveTime", k, "collected")
	if t == nil {
		t = el("effectiveTime", "nullFlavor", "UNK")
	}
	e.put(t, i.cd("targetSiteCode", k.sub("bodySite"), ""))
	i.resolve(s.sub("subject"))
	var participants []*element
	var at *element
	for _, p := range exts(s, extParticipant) {
		kind := typeOfParty(p)
		_, when := i.functionAndTime(p, false)
		if kind == "PRF" && part(p, "party") == nil {
			at = when
			continue
		}
		if role := i.entity("participantRole", i.partyOf(p), ""); role != nil {
			participants = append(participants, el("participant", "typeCode", kind).put(when, role))
		}
	}
	if c := i.resolve(k.sub("collector")); c != nil {
		e.put(el("performer", "typeCode", "PRF").put(at, i.entity("assignedEntity", c, "")))
	}
	role := el("participantRole", "classCode", "SPEC")
	ids := i.iis(s)
	if len(ids) == 0 {
		ids = []*element{el("id", "root", i.uuid())}
	}
	role.put(ids[0])
	if c := i.cd("code", s.sub("type"), "2.16.840.1.113883.18.311"); c != nil {
		role.put(el("playingEntity").put(c))
	}
	e.put(el("participant", "typeCode", "PRD").put(role))
	e.put(participants...)
	if t := timestamp(s.str("receivedTime")); t != "" {
		a := el("act", "classCode", "ACT", "moodCode", "EVN").put(templates(bio.TemplateReception, "1.2.250.1.213.1.1.3.107")...)
		// The first arc of this code system is 1.3.5 in the published rules.
		a.put(el("code", "code", "SPRECEIVE", "displayName", "Échantillon reçu", "codeSystem", "1.3.5.1.4.1.19376.1.5.3.2", "codeSystemName", "IHEActCode"), el("effectiveTime", "value", t))
		e.put(el("entryRelationship", "typeCode", "COMP").put(a))
	}
	i.notes(e, "entryRelationship", s)
	return e
}
