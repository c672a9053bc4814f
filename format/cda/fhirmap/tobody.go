package fhirmap

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/oid"
)

const sectionArc = "1.2.250.1.213.1.1.2."

// sectionTemplates are the models of a section, by its LOINC code.
//
// spec: CI-SIS cda §4.3
var sectionTemplates = map[string][]string{
	"55108-5":  {sectionArc + "243"},
	"55107-7":  {sectionArc + "37"},
	"55112-7":  {"2.16.840.1.113883.10.12.201", "1.3.6.1.4.1.19376.1.4.1.2.16", sectionArc + "73"},
	"101792-0": {sectionArc + "60"},
	"42349-1":  {"1.3.6.1.4.1.19376.1.5.3.1.3.1", "1.3.6.1.4.1.19376.1.5.3.1.3.2", sectionArc + "128"},
	"11369-6":  {"2.16.840.1.113883.10.20.1.6", "1.3.6.1.4.1.19376.1.5.3.1.3.23", sectionArc + "147"},
	"10157-6":  {"2.16.840.1.113883.10.20.1.4", "1.3.6.1.4.1.19376.1.5.3.1.3.14", "1.3.6.1.4.1.19376.1.5.3.1.3.15", sectionArc + "139"},
	"10160-0":  {"2.16.840.1.113883.10.20.1.8", "1.3.6.1.4.1.19376.1.5.3.1.3.19", sectionArc + "143"},
	"10161-8":  {"1.3.6.1.4.1.19376.1.5.3.1.1.5.3.1", sectionArc + "74"},
	"10162-6":  {"1.3.6.1.4.1.19376.1.5.3.1.1.5.3.4", sectionArc + "77"},
	"11348-0":  {"1.3.6.1.4.1.19376.1.5.3.1.3.8", sectionArc + "134"},
	"11450-4":  {"2.16.840.1.113883.10.20.1.11", "1.3.6.1.4.1.19376.1.5.3.1.3.6", sectionArc + "132"},
	"18776-5":  {"2.16.840.1.113883.10.20.1.10", "1.3.6.1.4.1.19376.1.5.3.1.3.36", sectionArc + "158"},
	"29762-2":  {"2.16.840.1.113883.10.20.1.15", "1.3.6.1.4.1.19376.1.5.3.1.3.16", "1.3.6.1.4.1.19376.1.5.3.1.3.16.1", sectionArc + "141"},
	"30954-2":  {sectionArc + "244"},
	"42348-3":  {"2.16.840.1.113883.10.20.1.1", "1.3.6.1.4.1.19376.1.5.3.1.3.34", "1.3.6.1.4.1.19376.1.5.3.1.3.35", sectionArc + "157"},
	"44939-7":  {sectionArc + "247"},
	"44944-7":  {sectionArc + "245"},
	// The second arc of this template is written so in the published rules.
	"46264-8": {"2.16.840.1.11383.10.20.1.7", "1.3.6.1.4.1.19376.1.5.3.1.1.5.3.5", sectionArc + "1"},
	"47420-5": {"2.16.840.1.113883.10.22.3.8", sectionArc + "246"},
	"47519-4": {"2.16.840.1.113883.10.20.1.12", "1.3.6.1.4.1.19376.1.5.3.1.3.11", "1.3.6.1.4.1.19376.1.5.3.1.3.12", sectionArc + "136"},
	"48765-2": {"2.16.840.1.113883.10.20.1.2", "1.3.6.1.4.1.19376.1.5.3.1.3.13", sectionArc + "137"},
	"8716-3":  {"2.16.840.1.113883.10.20.1.16", "1.3.6.1.4.1.19376.1.5.3.1.3.25", "1.3.6.1.4.1.19376.1.5.3.1.1.5.3.2", sectionArc + "75"},
}

// vsmSections are those the summary of 2013 writes otherwise.
var vsmSections = map[string][]string{
	"18776-5": {sectionArc + "32"}, "34117-2": {sectionArc + "30"}, "46612-8": {sectionArc + "29"}, "57207-3": {sectionArc + "31"},
	"30954-2": {"1.3.6.1.4.1.19376.1.5.3.1.3.27", sectionArc + "150"},
}

// bodyOf writes the sections, or the file of an unstructured document.
func (i *importer) bodyOf(k docKind) *element {
	sections := i.composition.all("section")
	if k.name == "N1" {
		return i.nonXMLBody(sections[0])
	}
	i.gather(sections, 0)
	body := el("structuredBody")
	for _, s := range sections {
		body.put(el("component").put(i.section(k, s, 1)))
	}
	return body
}

func (i *importer) nonXMLBody(s *object) *element {
	s.str("title")
	use(s.sub("code"))
	d := i.resolve(s.all("entry")[0])
	use(d.sub("type"))
	d.use("type")
	d.str("status")
	i.resolve(d.sub("subject"))
	for _, c := range d.all("content") {
		if media, data := i.file(c.sub("attachment")); data != "" {
			return el("nonXMLBody").put(words("text", data, "mediaType", media, "representation", "B64"))
		}
	}
	i.need(false, "DocumentReference.content.attachment")
	return nil
}

// file gives the type and the base64 of an attachment, held in it or in a Binary of the Bundle.
func (i *importer) file(a *object) (media, data string) {
	if a == nil {
		return "", ""
	}
	media = a.str("contentType")
	if data = a.str("data"); data != "" {
		return media, data
	}
	r := i.byURL[a.peek("url")]
	if r == nil || r.peek("resourceType") != "Binary" {
		return media, ""
	}
	a.str("url")
	if media == "" {
		media = r.peek("contentType")
	}
	r.str("contentType")
	return media, r.str("data")
}

func codeOf(c *object) string {
	for _, k := range c.all("coding") {
		return k.peek("code")
	}
	return ""
}

// section writes one section: its narrative, its entries, its sub-sections.
func (i *importer) section(k docKind, s *object, depth int) *element {
	if depth > maxDepth {
		return nil
	}
	code := codeOf(s.sub("code"))
	e := el("section")
	chapter := (k.name == "BIO-CR-BIO" || k.name == "BIO-TROD") && (sectionTemplates[code] == nil || depth > 1)
	switch {
	case chapter && depth == 1:
		e.put(templates(bio.TemplateChapter, sectionArc+"70")...)
	case chapter:
		e.put(templates(bio.TemplateSub, sectionArc+"71")...)
	case k.name == "VSM" && vsmSections[code] != nil:
		e.put(templates(vsmSections[code]...)...)
	default:
		e.put(templates(sectionTemplates[code]...)...)
	}
	if id := s.peek("id"); id != "" {
		if root, extension, _ := strings.Cut(id, "^"); oid.ValidRoot(root) {
			e.put(el("id", "root", root, "extension", extension))
		}
	}
	e.put(i.cd("code", s.sub("code"), oid.LOINC), words("title", s.str("title")))
	before := i.extra
	i.extra = nil
	var entries []*element
	if chapter {
		entries = i.chapterEntries(s)
	} else {
		for _, r := range s.all("entry") {
			if x := i.entryOf(k, code, i.resolve(r)); x != nil {
				entries = append(entries, x)
			}
		}
	}
	if s.raw("text") != nil || len(i.extra) > 0 || len(entries) > 0 {
		text := i.text(s)
		if len(text.kids) > 0 || len(s.all("section")) == 0 {
			if len(text.kids) == 0 {
				text.kids = append(text.kids, "—")
			}
			e.put(text)
		}
	}
	i.extra = before
	for _, a := range s.all("author") {
		if p := ext(a, extParticipant); p != nil {
			typeOfParty(p)
			_, t := i.functionAndTime(p, false)
			e.put(el("author").put(t, i.entity("assignedAuthor", i.resolve(a), "")))
		}
	}
	e.put(entries...)
	for _, sub := range s.all("section") {
		e.put(el("component").put(i.section(k, sub, depth+1)))
	}
	return e
}

// entryOf writes the entry of a resource outside biology chapters.
func (i *importer) entryOf(k docKind, section string, r *object) *element {
	if r == nil {
		return nil
	}
	if r.peek("resourceType") == "DocumentReference" {
		return filled(el("entry").put(i.attached(r)))
	}
	return i.clinicalEntry(k, section, r)
}

// attached writes an attached document.
//
// spec: CI-SIS cda §4.2
func (i *importer) attached(r *object) *element {
	e := el("organizer", "classCode", "CLUSTER", "moodCode", "EVN").put(templates(cda.TemplateAttached)...)
	id := i.ii("id", r.sub("masterIdentifier"))
	if id == nil {
		id = el("id", "root", i.uuid())
	}
	for _, c := range r.all("category") {
		use(c)
	}
	r.str("status")
	i.resolve(r.sub("subject"))
	e.put(id, el("code", "code", "55107-7", "displayName", "Documents ajoutés", "codeSystem", oid.LOINC, "codeSystemName", "LOINC"), i.textOf(r), el("statusCode", "code", "completed"))
	o := el("observation", "classCode", "OBS", "moodCode", "EVN").put(templates("1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48", "1.2.250.1.213.1.1.3.48.18")...)
	ids := i.iis(r)
	if len(ids) == 0 {
		ids = []*element{el("id", "root", i.uuid())}
	}
	o.put(ids[0])
	o.put(el("code", "code", "69764-9", "displayName", "Type de document", "codeSystem", oid.LOINC, "codeSystemName", "LOINC"))
	if link := i.link(r); link != "" {
		o.put(el("text").put(el("reference", "value", link)))
		r.str("description")
	} else { // the model wants words to point at
		id := i.id("document-")
		label := r.str("description")
		for _, c := range r.sub("type").all("coding") {
			if label == "" {
				label = c.peek("display")
			}
		}
		i.extra = append(i.extra, row{id: id, label: label})
		o.put(el("text").put(el("reference", "value", "#"+id)))
	}
	o.put(el("statusCode", "code", "completed"))
	if t := timestamp(r.str("date")); t != "" {
		o.put(el("effectiveTime", "value", t))
	} else {
		o.put(el("effectiveTime", "nullFlavor", "NA"))
	}
	value := i.cd("value", r.sub("type"), "", "xsi:type", "CD")
	if value == nil { // what it is is not said: a document
		value = el("value", "xsi:type", "CD", "code", "55107-7", "displayName", "Document ajouté", "codeSystem", oid.LOINC, "codeSystemName", "LOINC")
	}
	o.put(value)
	e.put(el("component").put(o))
	found := false
	for _, c := range r.all("content") {
		a := c.sub("attachment")
		if m := i.media(a); m != nil {
			e.put(el("component").put(m))
			found = true
		}
	}
	if !found {
		return nil
	}
	return e
}

// media writes a file; each file of the Bundle is written once.
func (i *importer) media(a *object) *element {
	if a == nil {
		return nil
	}
	key := i.binaryKey(a.peek("url"))
	id := ""
	if key != "" {
		if i.files[key] {
			use(a)
			return nil
		}
		i.files[key] = true
		id = i.fileID(a.peek("url"))
	}
	media, data := i.file(a)
	if data == "" {
		return nil
	}
	if id == "" {
		id = i.id("fichier-")
	}
	return el("observationMedia", "classCode", "OBS", "moodCode", "EVN", "ID", id).put(words("value", data, "mediaType", media, "representation", "B64"))
}
