package fhirmap

import (
	"strings"

	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

// The templates of clinical entries, parents first.
//
// spec: CI-SIS cda §4.4
const (
	ccd = "2.16.840.1.113883.10.20.1."
	pcc = "1.3.6.1.4.1.19376.1.5.3.1."
)

var (
	problemTemplates   = []string{ccd + "28", pcc + "4.5", modelProblem}
	reactionTemplates  = []string{ccd + "28", pcc + "4.5", ccd + "54", modelProblem}
	concernTemplates   = []string{ccd + "27", pcc + "4.5.1", pcc + "4.5.2", modelConcern}
	allergyConcern     = []string{ccd + "27", pcc + "4.5.1", pcc + "4.5.3", modelAllergyConcern}
	allergyTemplates   = []string{ccd + "18", ccd + "28", pcc + "4.5", pcc + "4.6", modelAllergy}
	severityTemplates  = []string{ccd + "55", pcc + "4.1", entryArc + "29"}
	statusTemplates    = []string{ccd + "50", ccd + "57", pcc + "4.1.1", entryArc + "30"}
	healthTemplates    = []string{ccd + "51", pcc + "4.1.2", entryArc + "31"}
	certaintyTemplates = []string{pcc + "4.13", entryArc + "48", entryArc + "171"}
	criticalTemplates  = []string{pcc + "4.13", entryArc + "48", entryArc + "172"}
	simpleTemplates    = []string{pcc + "4.13", entryArc + "48"}
	procedureTemplates = []string{pcc + "4.19", ccd + "29", modelProcedure}
	familyTemplates    = []string{ccd + "23", pcc + "4.15", modelFamily}
	familyProblem      = []string{ccd + "22", pcc + "4.13", pcc + "4.13.3", entryArc + "51"}
	deviceTemplates    = []string{ccd + "34", modelDevice}
)

// sectionObservations are the models of an observation alone, and of a group with its members, by
// section.
var sectionObservations = map[string]struct{ single, group, member []string }{
	"29762-2": {single: []string{ccd + "33", pcc + "4.13", pcc + "4.13.4", modelSocial}},
	"10162-6": {single: []string{pcc + "4.13", pcc + "4.13.5", modelPregnancy}},
	"42348-3": {single: []string{ccd + "17", pcc + "4.13", pcc + "4.13.7", modelDirective}},
	"44939-7": {single: []string{ccd + "18", ccd + "28", pcc + "4.5", entryArc + "210"}},
	"8716-3":  {group: []string{ccd + "32", ccd + "35", pcc + "4.13.1", modelVitalSigns}, member: []string{ccd + "31", pcc + "4.13", pcc + "4.13.2", modelVitalSign}},
	"47420-5": {group: []string{ccd + "32", pcc + "1.12.3.7", entryArc + "95"}, member: []string{ccd + "31", pcc + "1.12.3.6", pcc + "4.13", entryArc + "25"}},
	"30954-2": {group: []string{entryArc + "208"}, member: []string{pcc + "4.13", entryArc + "48", entryArc + "209"}},
}

// clinicalEntry writes the entry of a resource; nil when this section has no model for it, and
// the resource is then a loss.
func (i *importer) clinicalEntry(k docKind, section string, r *object) *element {
	var inside *element
	typeCode := ""
	switch r.peek("resourceType") {
	case "Condition":
		if section == "42349-1" {
			inside = i.problem(r, problemTemplates)
			break
		}
		inside = i.concern(r, concernTemplates, i.problem(r, problemTemplates))
	case "AllergyIntolerance":
		inside = i.concern(r, allergyConcern, i.allergy(r))
	case "Procedure":
		inside = i.procedure(r)
	case "FamilyMemberHistory":
		inside = i.family(r)
	case "MedicationRequest":
		inside, typeCode = i.plannedTreatment(r), "DRIV"
	case "MedicationStatement":
		inside, typeCode = i.treatment(k, r), "DRIV"
	case "Immunization":
		inside = i.vaccination(r)
	case "DeviceUseStatement":
		inside = i.device(r)
	case "Observation":
		inside = i.clinicalObservation(section, r)
	case "ServiceRequest":
		inside = i.planned(r)
	case "Goal":
		inside = i.aim(r)
	}
	if inside == nil {
		return nil
	}
	return el("entry", "typeCode", typeCode).put(inside)
}

// linkedText gives the text of an entry: where it stands in the narrative, or a row added to it.
func (i *importer) linkedText(r *object, label, value string) *element {
	if t := i.textOf(r); t != nil {
		return t
	}
	// The words the resource shows of itself, when it has some.
	if t := r.sub("text"); t != nil {
		if d, err := xmltree.Parse([]byte(t.peek("div"))); err == nil {
			if w := squeeze(d.Root().Text()); w != "" && w != "—" && w != label {
				value = squeeze(value + " " + w)
			}
			t.str("status")
			t.str("div")
		}
	}
	id := i.id("entree-")
	i.extra = append(i.extra, row{id: id, label: label, value: value})
	return el("text").put(el("reference", "value", "#"+id))
}

func labelOf(c *object) string {
	if t := c.peek("text"); t != "" {
		return t
	}
	for _, k := range c.all("coding") {
		if d := k.peek("display"); d != "" {
			return d
		}
		return k.peek("code")
	}
	return "—"
}

// oneID gives the first identifier that is not the concern's, or a derived one.
func (i *importer) oneID(r *object, secondary bool) *element {
	for _, id := range r.all("identifier") {
		if (id.peek("use") == "secondary") != secondary {
			continue
		}
		if e := i.ii("id", id); e != nil {
			id.str("use")
			return e
		}
	}
	return el("id", "root", i.uuid())
}

var concernOf = map[string]string{"active": "active", "recurrence": "active", "relapse": "active", "inactive": "suspended", "remission": "suspended", "resolved": "completed"}

// concern wraps a problem or an allergy; it has an end when it is over.
//
// spec: CI-SIS cda §7 ENT-03
func (i *importer) concern(r *object, models []string, inside *element) *element {
	status := "active"
	for _, c := range r.sub("clinicalStatus").all("coding") {
		if s := concernOf[c.peek("code")]; s != "" {
			status = s
		}
		c.str("system")
		c.str("code")
	}
	e := el("act", "classCode", "ACT", "moodCode", "EVN").put(templates(models...)...)
	e.put(i.oneID(r, true), el("code", "nullFlavor", "NA"), el("statusCode", "code", status))
	t := el("effectiveTime")
	low := timestamp(r.str("recordedDate"))
	if low == "" {
		low = timestamp(r.peek("onsetDateTime"))
	}
	if low != "" {
		t.put(el("low", "value", low))
	} else {
		t.put(el("low", "nullFlavor", "UNK"))
	}
	if status == "completed" {
		if high := timestamp(r.peek("abatementDateTime")); high != "" {
			t.put(el("high", "value", high))
		} else {
			t.put(el("high", "nullFlavor", "UNK"))
		}
	}
	i.resolve(r.sub("subject"))
	i.resolve(r.sub("patient"))
	return e.put(t, el("entryRelationship", "typeCode", "SUBJ", "inversionInd", "false").put(inside))
}

func related(typeCode, inversion string, inside *element) *element {
	return el("entryRelationship", "typeCode", typeCode, "inversionInd", inversion).put(inside)
}

// small writes an observation about another: severity, status, certainty.
func (i *importer) small(models []string, code, display, system string, value *object, withID bool) *element {
	if value == nil {
		return nil
	}
	e := el("observation", "classCode", "OBS", "moodCode", "EVN").put(templates(models...)...)
	if withID {
		e.put(el("id", "root", i.uuid()))
	}
	e.put(el("code", "code", code, "displayName", display, "codeSystem", system))
	link := ""
	if x := ext(value, extNarrative); x != nil && i.ids[strings.TrimPrefix(x.peek("valueUrl"), "#")] {
		link = x.peek("valueUrl")
	} else {
		id := i.id("entree-")
		i.extra = append(i.extra, row{id: id, label: display, value: labelOf(value)})
		link = "#" + id
	}
	e.put(el("text").put(el("reference", "value", link)), el("statusCode", "code", "completed"))
	if withID {
		e.put(el("effectiveTime", "nullFlavor", "NA"))
	}
	kind := "CD"
	if code == "33999-4" || code == "11323-3" { // these two models want CE
		kind = "CE"
	}
	return e.put(i.cd("value", value, "", "xsi:type", kind))
}

// pointed gives a code the words of its entry when it has none.
func pointed(code, text *element) *element {
	if len(text.kids) == 0 {
		return code
	}
	for _, x := range code.kids {
		if o, ok := x.(*element); ok && o.name == "originalText" {
			if len(o.kids) > 0 {
				if _, ok := o.kids[0].(*element); ok {
					return code
				}
			}
			o.kids = text.kids[:1]
			return code
		}
	}
	code.kids = append([]any{el("originalText").put(text.kids[0].(*element))}, code.kids...)
	return code
}

// sourced gives a value the words its model wants, those of the entry, when it has none.
func sourced(e *element) *element {
	var link *element
	for _, k := range e.kids {
		c, ok := k.(*element)
		switch {
		case !ok:
		case c.name == "text" && len(c.kids) > 0:
			link, _ = c.kids[0].(*element)
		case c.name == "value" && link != nil:
			for _, x := range c.kids {
				if o, ok := x.(*element); ok && o.name == "originalText" {
					return e
				}
			}
			c.kids = append([]any{el("originalText").put(link)}, c.kids...)
		}
	}
	return e
}

func (i *importer) interval2(low, high string) *element {
	e := el("effectiveTime")
	if low == "" {
		e.put(el("low", "nullFlavor", "UNK"))
	} else {
		e.put(el("low", "value", low))
	}
	if high != "" {
		e.put(el("high", "value", high))
	}
	return e
}

func (i *importer) problem(r *object, models []string) *element {
	if !i.enter(r) {
		return nil
	}
	defer i.leave(r)
	i.resolve(r.sub("subject"))
	refuted := false
	for _, c := range r.sub("verificationStatus").all("coding") {
		refuted = refuted || c.peek("code") == "refuted"
	}
	negated := ""
	if refuted {
		negated = "true"
		use(r.sub("verificationStatus"))
	}
	e := el("observation", "classCode", "OBS", "moodCode", "EVN", "negationInd", negated).put(templates(models...)...)
	e.put(i.oneID(r, false))
	var code *element
	for _, c := range r.all("category") {
		if codeOf(c) == "problem-list-item" || codeOf(c) == "encounter-diagnosis" {
			use(c)
			continue
		}
		code = i.cd("code", c, "")
		break
	}
	if code == nil {
		code = el("code", "code", "55607006", "displayName", "Problème", "codeSystem", oid.SNOMEDCT, "codeSystemName", "SNOMED CT")
	}
	e.put(code, i.linkedText(r, labelOf(r.sub("code")), ""), el("statusCode", "code", "completed"))
	e.put(i.interval2(timestamp(r.str("onsetDateTime")), timestamp(r.str("abatementDateTime"))))
	value := i.cd("value", r.sub("code"), "", "xsi:type", "CD")
	if value == nil {
		value = el("value", "xsi:type", "CD", "nullFlavor", "UNK")
	}
	e.put(value)
	sourced(e)
	e.put(i.actors(r)...)
	if s := i.small(severityTemplates, "SEV", "Sévérité", oid.ActCode, r.sub("severity"), false); s != nil {
		e.put(related("SUBJ", "true", s))
	}
	i.statusEntry(e, r)
	if v := r.sub("verificationStatus"); v != nil && !refuted {
		e.put(related("SUBJ", "true", i.small(certaintyTemplates, "66455-7", "Certitude", oid.LOINC, v, true)))
	}
	i.supported(e, r)
	i.notes(e, "entryRelationship", r)
	return e
}

// statusEntry writes the status when the document said it apart from the concern.
func (i *importer) statusEntry(e *element, r *object) {
	v := r.sub("clinicalStatus")
	if ext(v, extNarrative) == nil {
		return
	}
	e.put(related("REFR", "false", i.small(statusTemplates, "33999-4", "Statut", oid.LOINC, v, false)))
}

// supported writes the observations about another that have no field of their own.
func (i *importer) supported(e *element, r *object) {
	for _, x := range exts(r, extSupporting) {
		o := i.resolve(x.sub("valueReference"))
		if o != nil && o.peek("resourceType") == "MedicationStatement" { // the suspect of an adverse effect
			t := i.treatment(docKind{}, o)
			e.put(el("entryRelationship", "typeCode", "COMP").put(t))
			continue
		}
		if o != nil && o.peek("resourceType") == "Condition" { // how it showed
			e.put(el("entryRelationship", "typeCode", "MFST").put(i.problem(o, reactionTemplates)))
			continue
		}
		if o == nil || o.peek("resourceType") != "Observation" {
			continue
		}
		for _, f := range o.all("focus") {
			i.resolve(f)
		}
		if codeOf(o.sub("code")) == "11323-3" {
			s := i.small(healthTemplates, "11323-3", "Statut clinique du patient", oid.LOINC, o.sub("valueCodeableConcept"), false)
			if s != nil {
				use(o)
				e.put(related("REFR", "false", s))
			}
			continue
		}
		models := simpleTemplates
		if m := aboutModels[codeOf(o.sub("code"))]; m != nil {
			models = m
		}
		e.put(related("SUBJ", "true", i.single(o, models)))
	}
}

// aboutModels are the models of observations about an adverse effect.
var aboutModels = map[string][]string{"GEN-318": {entryArc + "211"}, "94030-4": {entryArc + "212"}, "GEN-319": {entryArc + "213"}}

func (i *importer) allergy(r *object) *element {
	e := el("observation", "classCode", "OBS", "moodCode", "EVN").put(templates(allergyTemplates...)...)
	e.put(i.oneID(r, false))
	var code *element
	if x := ext(r, extAllergyType); x != nil {
		code = i.cd("code", x.sub("valueCodeableConcept"), "")
	}
	kind, category := r.str("type"), r.strs("category")
	if code == nil {
		sct := "419199007"
		display := "Allergie"
		for snomed, k := range allergyKinds {
			if len(category) > 0 && k[1] == category[0] && (k[0] == kind || kind == "" && k[0] == "allergy") {
				sct, display = snomed, labelOf(r.sub("code"))
			}
		}
		code = el("code", "code", sct, "displayName", display, "codeSystem", oid.SNOMEDCT, "codeSystemName", "SNOMED CT")
	}
	e.put(code, i.linkedText(r, labelOf(r.sub("code")), ""), el("statusCode", "code", "completed"))
	e.put(i.interval2(timestamp(r.str("onsetDateTime")), timestamp(r.str("lastOccurrence"))))
	e.put(el("value", "xsi:type", "CD"))
	sourced(e)
	e.put(i.actors(r)...)
	if c := r.sub("code"); c != nil {
		name := c.peek("text")
		agent := i.cd("code", c, "")
		if t, ok := e.kids[len(allergyTemplates)+2].(*element); ok && t.name == "text" {
			agent = pointed(agent, t)
		}
		entity := el("playingEntity", "classCode", "MMAT").put(agent, words("name", name))
		e.put(el("participant", "typeCode", "CSM").put(el("participantRole", "classCode", "MANU").put(entity)))
	}
	for _, k := range r.all("reaction") {
		e.put(i.reaction(k))
	}
	i.statusEntry(e, r)
	if c := r.str("criticality"); c != "" {
		v := obj("coding", list{obj("system", "urn:oid:2.16.840.1.113883.4.642.4.130", "code", c, "display", criticalities[c])})
		e.put(related("SUBJ", "true", i.small(criticalTemplates, "82606-5", "Criticité", oid.LOINC, v, true)))
	}
	if v := r.sub("verificationStatus"); v != nil {
		for _, k := range v.all("coding") {
			if k.peek("system") == allergyVerified {
				k.set("system", conditionVerified)
			}
		}
		e.put(related("SUBJ", "true", i.small(certaintyTemplates, "66455-7", "Certitude", oid.LOINC, v, true)))
	}
	i.supported(e, r)
	i.notes(e, "entryRelationship", r)
	return e
}

var criticalities = map[string]string{"low": "Faible risque", "high": "Haut risque", "unable-to-assess": "Risque non évaluable"}

var severityCodes = map[string][2]string{"mild": {"255604002", "léger"}, "moderate": {"6736007", "modéré"}, "severe": {"24484000", "sévère"}}

func (i *importer) reaction(k *object) *element {
	for _, m := range k.all("manifestation") {
		e := el("observation", "classCode", "OBS", "moodCode", "EVN").put(templates(reactionTemplates...)...)
		e.put(el("id", "root", i.uuid()), el("code", "code", "418799008", "displayName", "Symptôme", "codeSystem", oid.SNOMEDCT, "codeSystemName", "SNOMED CT"))
		link := ""
		if x := ext(m, extNarrative); x != nil && i.ids[strings.TrimPrefix(x.peek("valueUrl"), "#")] {
			link = x.peek("valueUrl")
		} else {
			id := i.id("entree-")
			i.extra = append(i.extra, row{id: id, label: "Réaction", value: labelOf(m)})
			link = "#" + id
		}
		e.put(el("text").put(el("reference", "value", link)), el("statusCode", "code", "completed"), i.interval2(timestamp(k.str("onset")), ""), i.cd("value", m, "", "xsi:type", "CD"))
		if s, ok := severityCodes[k.str("severity")]; ok {
			v := obj("coding", list{obj("system", "http://snomed.info/sct", "code", s[0], "display", s[1])})
			e.put(related("SUBJ", "true", i.small(severityTemplates, "SEV", "Sévérité", oid.ActCode, v, false)))
		}
		i.notes(e, "entryRelationship", k)
		return el("entryRelationship", "typeCode", "MFST").put(e)
	}
	return nil
}
