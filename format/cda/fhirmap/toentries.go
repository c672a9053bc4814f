package fhirmap

import (
	"github.com/socle-sante/socle/format/oid"
)

func (i *importer) procedure(r *object) *element {
	i.resolve(r.sub("subject"))
	status := map[string]string{"completed": "completed", "in-progress": "active", "stopped": "aborted", "not-done": "cancelled"}[r.str("status")]
	if status == "" {
		status = "completed"
	}
	e := el("procedure", "classCode", "PROC", "moodCode", "EVN").put(templates(procedureTemplates...)...)
	t := i.when("effectiveTime", r, "performed")
	if t == nil {
		t = el("effectiveTime", "nullFlavor", "UNK")
	}
	e.put(i.oneID(r, false), i.cd("code", r.sub("code"), ""), i.linkedText(r, labelOf(r.sub("code")), ""), el("statusCode", "code", status), t)
	if x := ext(r, "http://hl7.org/fhir/StructureDefinition/procedure-approachBodyStructure"); x != nil {
		if id := x.sub("valueReference").sub("identifier"); id != nil {
			e.put(el("approachSiteCode", "code", id.str("value"), "displayName", x.sub("valueReference").str("display"), "codeSystem", systemOID(id.str("system"))))
		}
	}
	for _, b := range r.all("bodySite") {
		e.put(i.cd("targetSiteCode", b, ""))
	}
	e.put(i.actors(r)...)
	i.reasons(e, r)
	i.notes(e, "entryRelationship", r)
	return e
}

// reasons writes why something was done.
func (i *importer) reasons(e *element, r *object) {
	for _, c := range r.all("reasonCode") {
		a := el("act", "classCode", "ACT", "moodCode", "EVN").put(templates(pcc+"4.4.1", entryArc+"36")...)
		e.put(el("entryRelationship", "typeCode", "RSON").put(a.put(el("id", "root", i.uuid()), i.cd("code", c, ""))))
	}
}

func (i *importer) family(r *object) *element {
	r.str("status")
	i.resolve(r.sub("patient"))
	e := el("organizer", "classCode", "CLUSTER", "moodCode", "EVN").put(templates(familyTemplates...)...)
	e.put(i.iis(r)...)
	who := el("relatedSubject", "classCode", "PRS").put(i.cd("code", r.sub("relationship"), ""))
	for _, c := range r.sub("sex").all("coding") {
		use(c)
		if g := map[string]string{"male": "M", "female": "F"}[c.peek("code")]; g != "" {
			who.put(el("subject").put(el("administrativeGenderCode", "code", g, "displayName", map[string]string{"F": "Féminin", "M": "Masculin"}[g], "codeSystem", oid.Gender)))
		}
	}
	e.put(el("statusCode", "code", "completed"), el("subject", "typeCode", "SBJ").put(who))
	for _, p := range r.all("condition") {
		o := el("observation", "classCode", "OBS", "moodCode", "EVN").put(templates(familyProblem...)...)
		link := i.link(p)
		if link == "" {
			id := i.id("entree-")
			i.extra = append(i.extra, row{id: id, label: labelOf(r.sub("relationship")), value: labelOf(p.sub("code"))})
			link = "#" + id
		}
		t := el("effectiveTime", "nullFlavor", "UNK")
		if low := timestamp(p.str("onsetString")); low != "" {
			t = i.interval2(low, "")
		}
		o.put(el("id", "root", i.uuid()), el("code", "code", "282291009", "displayName", "Interprétation diagnostique", "codeSystem", oid.SNOMEDCT, "codeSystemName", "SNOMED CT"),
			el("text").put(el("reference", "value", link)), el("statusCode", "code", "completed"), t, i.cd("value", p.sub("code"), "", "xsi:type", "CD"))
		i.notes(o, "entryRelationship", p)
		e.put(el("component", "typeCode", "COMP").put(o))
	}
	return e
}

func (i *importer) device(r *object) *element {
	d := i.resolve(r.sub("device"))
	if d == nil {
		return nil
	}
	r.str("status")
	i.resolve(r.sub("subject"))
	i.resolve(d.sub("patient"))
	e := el("supply", "classCode", "SPLY", "moodCode", "EVN").put(templates(deviceTemplates...)...)
	t := i.when("effectiveTime", r, "timing")
	if t != nil && len(t.kids) > 0 {
		t.attrs = append([]string{"xsi:type", "IVL_TS"}, t.attrs...)
	}
	e.put(i.oneID(r, false), i.linkedText(r, labelOf(d.sub("type")), ""), t)
	role := i.entity("participantRole", d, "")
	if len(i.idsOf(role)) == 0 {
		role.kids = append([]any{el("id", "nullFlavor", "UNK")}, role.kids...)
	}
	e.put(el("participant", "typeCode", "DEV").put(role))
	i.notes(e, "entryRelationship", r)
	return e
}

func (i *importer) idsOf(e *element) (out []*element) {
	for _, k := range e.kids {
		if c, ok := k.(*element); ok && c.name == "id" {
			out = append(out, c)
		}
	}
	return out
}

// clinicalObservation writes an observation, or a group of them, of a section.
func (i *importer) clinicalObservation(section string, r *object) *element {
	m := sectionObservations[section]
	members := r.all("hasMember")
	if len(members) == 0 {
		switch {
		case m.single != nil:
			return i.single(r, m.single)
		case m.group != nil: // alone where the model wants a group
			g := i.group(obj("status", "final"), m.group)
			return g.put(el("component", "typeCode", "COMP").put(i.single(r, m.member)))
		}
		return i.single(r, simpleTemplates)
	}
	if m.group == nil {
		return nil
	}
	e := i.group(r, m.group)
	for _, k := range members {
		if o := i.resolve(k); o != nil {
			e.put(el("component", "typeCode", "COMP").put(i.single(o, m.member)))
		}
	}
	i.notes(e, "component", r)
	return e
}

func (i *importer) group(r *object, models []string) *element {
	i.common(r)
	e := el("organizer", "classCode", "CLUSTER", "moodCode", "EVN").put(templates(models...)...)
	e.put(i.oneID(r, false))
	switch c := r.sub("code"); {
	case c == nil && models[len(models)-1] == modelVitalSigns:
		e.put(el("code", "code", "85353-1", "displayName", "Signes vitaux", "codeSystem", oid.LOINC, "codeSystemName", "LOINC"))
	case c == nil || unnamed(c):
		e.put(el("code", "nullFlavor", "NA"))
	default:
		e.put(i.cd("code", c, ""))
	}
	t := i.when("effectiveTime", r, "effective")
	if t == nil {
		t = el("effectiveTime", "nullFlavor", "NA")
	}
	e.put(i.statusOf(r), t)
	return e.put(i.actors(r)...)
}

func (i *importer) single(r *object, models []string) *element {
	if !i.enter(r) {
		return nil
	}
	defer i.leave(r)
	i.common(r)
	e := el("observation", "classCode", "OBS", "moodCode", "EVN").put(templates(models...)...)
	t := i.when("effectiveTime", r, "effective")
	if t == nil {
		t = el("effectiveTime", "nullFlavor", "NA")
	}
	e.put(i.oneID(r, false), i.cd("code", r.sub("code"), ""), i.linkedText(r, labelOf(r.sub("code")), shownValue(r)), i.statusOf(r), t)
	i.facts(e, r)
	e.put(i.actors(r)...)
	i.supported(e, r)
	i.notes(e, "entryRelationship", r)
	i.derived(e, "entryRelationship", r)
	for _, g := range r.all("referenceRange") {
		e.put(i.referenceRange(g))
		break
	}
	return e
}

// planned writes what is to be done.
func (i *importer) planned(r *object) *element {
	class := ""
	for _, c := range r.all("category") {
		for _, k := range c.all("coding") {
			if k.peek("system") == actClass {
				class = k.peek("code")
				use(c)
			}
		}
	}
	i.resolve(r.sub("subject"))
	r.str("status")
	var e *element
	switch r.str("intent"); class {
	case "PROC":
		e = el("procedure", "classCode", "PROC", "moodCode", "INT").put(templates(pcc+"4.19", ccd+"25", modelProcedure)...)
	case "ENC":
		e = el("encounter", "classCode", "ENC", "moodCode", "ARQ").put(templates(ccd+"25", pcc+"4.14", entryArc+"58")...)
	default:
		e = el("observation", "classCode", "OBS", "moodCode", "INT").put(templates(ccd+"25", pcc+"1.20.3.1", entryArc+"27")...)
	}
	t := i.when("effectiveTime", r, "occurrence")
	if t == nil {
		t = el("effectiveTime", "nullFlavor", "UNK")
	}
	e.put(i.oneID(r, false), i.cd("code", r.sub("code"), ""), i.linkedText(r, labelOf(r.sub("code")), ""))
	if class != "ENC" {
		e.put(el("statusCode", "code", map[bool]string{true: "completed", false: "active"}[class == "PROC"]))
	}
	e.put(t)
	for _, b := range r.all("bodySite") {
		if class == "PROC" {
			e.put(i.cd("targetSiteCode", b, ""))
		}
	}
	e.put(i.actors(r)...)
	i.reasons(e, r)
	i.notes(e, "entryRelationship", r)
	return e
}

// aim writes a goal.
func (i *importer) aim(r *object) *element {
	i.resolve(r.sub("subject"))
	r.str("lifecycleStatus")
	e := el("observation", "classCode", "OBS", "moodCode", "GOL").put(templates(ccd+"25", pcc+"1.20.3.1", entryArc+"27")...)
	e.put(i.oneID(r, false), i.cd("code", r.sub("description"), ""), i.linkedText(r, labelOf(r.sub("description")), ""), el("statusCode", "code", "active"))
	if t := timestamp(r.str("startDate")); t != "" {
		e.put(el("effectiveTime", "value", t))
	} else {
		e.put(el("effectiveTime", "nullFlavor", "UNK"))
	}
	for _, t := range r.all("target") {
		use(t.sub("measure"))
		t.use("measure")
		switch {
		case t.sub("detailQuantity") != nil:
			e.put(i.quantityValue("value", t.sub("detailQuantity")))
		case t.sub("detailCodeableConcept") != nil:
			e.put(i.cd("value", t.sub("detailCodeableConcept"), "", "xsi:type", "CD"))
		case t.peek("detailString") != "":
			e.put(words("value", t.str("detailString"), "xsi:type", "ST"))
		}
		break
	}
	i.notes(e, "entryRelationship", r)
	return e
}
