package fhirmap

import (
	"strings"

	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/oid"
)

var resultStatuses = map[string]string{"final": "completed", "amended": "completed", "corrected": "completed", "preliminary": "active", "registered": "active", "cancelled": "aborted", "entered-in-error": "obsolete", "unknown": "completed"}

// actClassOf gives the class an Observation was made from: ACT, BATTERY, CLUSTER or "".
func actClassOf(r *object) string {
	for _, c := range r.all("category") {
		for _, k := range c.all("coding") {
			if k.peek("system") == actClass {
				return k.peek("code")
			}
		}
	}
	return ""
}

// chapterEntries writes the entries of a chapter: one act that holds everything, as the model
// asks. A Bundle written elsewhere lists its results directly.
//
// spec: CI-SIS cda §5.2
func (i *importer) chapterEntries(s *object) []*element {
	var direct []*object
	var out []*element
	entry := func(act *element) *element {
		return el("entry", "typeCode", "DRIV").put(templates("1.3.6.1.4.1.19376.1.3.1", "1.2.250.1.213.1.1.3.21")...).put(act)
	}
	for _, e := range s.all("entry") {
		r := i.resolve(e)
		switch {
		case r == nil:
		case r.peek("resourceType") == "DocumentReference":
			out = append(out, filled(el("entry").put(i.attached(r))))
		case r.peek("resourceType") == "DiagnosticReport":
			for _, o := range r.all("result") {
				if x := i.resolve(o); x != nil {
					direct = append(direct, x)
				}
			}
			i.report(r)
		case r.peek("resourceType") == "Observation" && actClassOf(r) == "ACT":
			out = append(out, entry(i.act(r)))
		case r.peek("resourceType") == "Observation":
			direct = append(direct, r)
		}
	}
	if len(direct) > 0 {
		act := el("act", "classCode", "ACT", "moodCode", "EVN").put(i.cd("code", s.sub("code"), oid.LOINC), el("statusCode", "code", "completed"))
		current := (*object)(nil)
		for _, r := range direct {
			i.member(act, "entryRelationship", r, &current)
		}
		out = append(out, entry(act))
	}
	return out
}

// common uses what every Observation of a report repeats.
func (i *importer) common(r *object) {
	for _, c := range r.all("category") {
		use(c)
	}
	i.resolve(r.sub("subject"))
	i.resolve(r.sub("encounter"))
}

func (i *importer) statusOf(r *object) *element {
	s := resultStatuses[r.str("status")]
	if s == "" {
		s = "completed"
	}
	return el("statusCode", "code", s)
}

func (i *importer) act(r *object) *element {
	i.common(r)
	e := el("act", "classCode", "ACT", "moodCode", "EVN").put(i.iis(r)...)
	if !unnamed(r.sub("code")) {
		e.put(i.cd("code", r.sub("code"), oid.LOINC))
	}
	e.put(i.textOf(r), i.statusOf(r), i.when("effectiveTime", r, "effective"))
	e.put(i.actors(r)...)
	var current *object
	for _, m := range r.all("hasMember") {
		i.member(e, "entryRelationship", i.resolve(m), &current)
	}
	i.notes(e, "entryRelationship", r)
	i.derived(e, "entryRelationship", r)
	return e
}

// member writes a result, a battery or an isolate, and its sample before it when it changes.
func (i *importer) member(into *element, link string, r *object, current **object) {
	if r == nil || r.peek("resourceType") != "Observation" {
		return
	}
	if s := i.sampleOf(r, 0); s != nil && s != *current && into.name != "skip" {
		if p := i.specimen(s); p != nil {
			into.put(linked(link, p))
		}
		*current = s
	}
	into.put(linked(link, i.observation(r, *current)))
}

func linked(link string, inside *element) *element {
	if inside == nil {
		return nil
	}
	if link == "component" {
		return el("component").put(inside)
	}
	return el("entryRelationship", "typeCode", "COMP").put(inside)
}

// sampleOf gives the sample of a result, or of the first result below; the sample of an isolate
// is its parent.
func (i *importer) sampleOf(r *object, depth int) *object {
	if s, ok := i.samples[r]; ok || depth > maxDepth {
		return s
	}
	i.samples[r] = nil // while it is looked for: members may refer in circles
	s := i.findSample(r, depth)
	i.samples[r] = s
	return s
}

func (i *importer) findSample(r *object, depth int) *object {
	if s := i.byURL[r.sub("specimen").peek("reference")]; s != nil {
		if p := s.all("parent"); len(p) > 0 {
			return i.byURL[p[0].peek("reference")]
		}
		if actClassOf(r) == "CLUSTER" {
			return nil
		}
		return s
	}
	for _, m := range r.all("hasMember") {
		if o := i.byURL[m.peek("reference")]; o != nil {
			if s := i.sampleOf(o, depth+1); s != nil {
				return s
			}
		}
	}
	return nil
}

// observation writes a result, a battery or an isolate. A grouping that has a value of its own
// is a battery whose first result bears that value.
func (i *importer) observation(r *object, sample *object) *element {
	if len(r.all("hasMember")) > 0 {
		return i.organizer(r, sample)
	}
	return i.result(r)
}

// unnamed reports whether a code stands only because FHIR wants one, and uses it.
func unnamed(c *object) bool {
	e := ext(c, extNull)
	if e == nil || e.peek("valueCode") != "NI" || len(c.all("coding")) > 0 {
		return false
	}
	use(c)
	return true
}

func (i *importer) organizer(r, sample *object) *element {
	if !i.enter(r) {
		return nil
	}
	defer i.leave(r)
	i.common(r)
	germ := i.isolateOf(r)
	class, models := "BATTERY", templates(bio.TemplateBattery, "1.2.250.1.213.1.1.3.78")
	if germ != nil {
		class, models = "CLUSTER", templates(bio.TemplateIsolate, "1.2.250.1.213.1.1.3.79")
	}
	e := el("organizer", "classCode", class, "moodCode", "EVN").put(models...)
	e.put(i.iis(r)...)
	switch {
	case germ != nil && codeOf(r.sub("code")) == "11475-1":
		use(r.sub("code"))
	case unnamed(r.sub("code")):
	default:
		e.put(i.labelled("code", r.sub("code"), r))
	}
	e.put(i.textOf(r), i.statusOf(r), i.when("effectiveTime", r, "effective"))
	if germ != nil {
		for _, p := range germ.all("parent") {
			i.resolve(p)
		}
		i.resolve(r.sub("specimen"))
		i.resolve(germ.sub("subject"))
		role := el("specimenRole", "classCode", "SPEC").put(i.iis(germ)...)
		role.put(el("specimenPlayingEntity", "classCode", "MIC").put(i.cd("code", germ.sub("type"), oid.SNOMEDCT)))
		e.put(el("specimen", "typeCode", "SPC").put(role))
	}
	e.put(i.actors(r)...)
	current := sample
	for _, m := range r.all("hasMember") {
		o := i.resolve(m)
		if germ != nil && o != nil { // what is inside an isolate is about the germ
			i.resolve(o.sub("specimen"))
			e.put(el("component").put(i.observation(o, nil)))
			continue
		}
		i.member(e, "component", o, &current)
	}
	i.notes(e, "component", r)
	i.derived(e, "component", r)
	return e
}

// isolateOf gives the germ of an Observation made from an isolate.
func (i *importer) isolateOf(r *object) *object {
	if actClassOf(r) == "BATTERY" {
		return nil
	}
	s := i.byURL[r.sub("specimen").peek("reference")]
	if s == nil || s.peek("resourceType") != "Specimen" || s.raw("collection") != nil || s.raw("receivedTime") != nil {
		return nil
	}
	if actClassOf(r) == "CLUSTER" || len(s.all("parent")) > 0 {
		return s
	}
	return nil
}

// labelled writes the code of a result or a battery with its words in the narrative: those it
// points at, or a row added to the section.
//
// spec: CI-SIS cda §5.3
func (i *importer) labelled(name string, c *object, r *object) *element {
	if c == nil {
		c = obj("text", "Résultat")
	}
	if e := ext(c, extNarrative); e == nil || !i.ids[strings.TrimPrefix(e.peek("valueUrl"), "#")] {
		id := i.id("resultat-")
		label := c.peek("text")
		for _, k := range c.all("coding") {
			if label == "" {
				label = k.peek("display")
			}
			if label == "" {
				label = k.peek("code")
			}
		}
		i.extra = append(i.extra, row{id: id, label: label, value: shownValue(r), reference: shownRange(r)})
		if e != nil {
			e.set("valueUrl", "#"+id)
		} else {
			c.add("extension", extension(extNarrative, "valueUrl", "#"+id))
		}
	}
	return i.cd(name, c, oid.LOINC)
}

func shownValue(r *object) string {
	if q := r.sub("valueQuantity"); q != nil {
		return strings.TrimSpace(q.peek("comparator") + " " + text(q.raw("value")) + " " + q.peek("unit"))
	}
	if c := r.sub("valueCodeableConcept"); c != nil {
		if t := c.peek("text"); t != "" {
			return t
		}
		for _, k := range c.all("coding") {
			return k.peek("display")
		}
	}
	return text(r.raw("valueString")) + text(r.raw("valueInteger")) + text(r.raw("valueDateTime"))
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case number:
		return string(v)
	}
	return ""
}

func shownRange(r *object) string {
	for _, g := range r.all("referenceRange") {
		low, high := g.sub("low"), g.sub("high")
		if low == nil && high == nil {
			return g.peek("text")
		}
		return strings.TrimSpace(text(low.raw("value")) + " – " + text(high.raw("value")))
	}
	return ""
}
