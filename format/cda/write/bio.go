package write

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/oid"
)

// BioReport is a biology report: its chapters and the PDF that people know. Results are those of
// package bio: what is written is what bio.Results reads back.
type BioReport struct {
	Chapters []Chapter
	Comment  string // of the whole report
	PDF      []byte // mandatory since 2024.01
}

// Chapter is a discipline: its code and title.
type Chapter struct {
	Code, Display string // LOINC: 18719-5 Biochimie, 18723-7 Hématologie…
	Title         string // Display when empty
	Subs          []SubChapter
}

// SubChapter holds one entry: a specimen, then results, batteries and isolates in order.
type SubChapter struct {
	Code, Display string // LOINC; empty when no code fits
	Title         string
	Specimen      *bio.Specimen
	Items         []Item
	Comment       string
}

// Item is one thing of a sub-chapter: exactly one field is set.
type Item struct {
	Result  *bio.Result
	Battery *Battery
	Isolate *Isolate
}

// Battery is a group of results: a blood count, an antibiogram.
type Battery struct {
	Code, Display string // LOINC; empty when only the label names it
	Label         string
	Results       []bio.Result
}

// Isolate is a germ with its count and its antibiogram.
type Isolate struct {
	SNOMED, Display string
	NCBI, NCBIName  string
	Label           string
	Time            string
	Results         []bio.Result
	Antibiogram     *Battery
}

// The disciplines of a biology report.
//
// spec: CI-SIS cda §5.1
var (
	Biochimie      = Chapter{Code: "18719-5", Display: "Biochimie"}
	Hematologie    = Chapter{Code: "18723-7", Display: "Hématologie"}
	Microbiologie  = Chapter{Code: "18725-2", Display: "Microbiologie"}
	Hemostase      = Chapter{Code: "18720-3", Display: "Hémostase"}
	Serologie      = Chapter{Code: "18727-8", Display: "Sérologie"}
	Immunologie    = Chapter{Code: "18718-7", Display: "Protéines, marqueurs tumoraux, vitamines"}
	bioTemplates   = []cda.Template{{Root: "1.3.6.1.4.1.19376.1.3.3"}, {Root: "1.2.250.1.213.1.1.1.55", Extension: "2024.01"}}
	bioTitle       = "Compte rendu d'examens biologiques"
	bioTypeDisplay = "CR d'examens biologiques"
)

// Biology appends a structured biology report (CR-BIO 2024.01). The header's type, title, main
// service code and further services follow from the report.
//
// spec: CI-SIS cda §5
func Biology(dst []byte, h Header, r BioReport) ([]byte, error) {
	h.Type, h.TypeDisplay, h.Title = "11502-2", bioTypeDisplay, bioTitle
	if err := first(h.check(), r.check(), need(len(r.PDF) > 0, "BioReport.PDF")); err != nil {
		return dst, err
	}
	if h.Encounter.Responsible == nil {
		h.Encounter.Responsible = h.performer()
	}
	if err := need(h.Encounter.Responsible.Speciality != "" && h.Encounter.Responsible.Family != "" && h.performer().Family != "", "Encounter.Responsible (Speciality, Family)"); err != nil {
		return dst, err
	}
	h.Service.Code = loinc(r.Chapters[0].Code, r.Chapters[0].Display)
	h.Others = nil
	for _, c := range r.Chapters[1:] {
		h.Others = append(h.Others, loinc(c.Code, c.Display))
	}
	w := bioWriter{builder: builder{b: dst, seed: h.ID.UniqueID()}}
	w.start(&h, bioTemplates, true)
	w.open("component")
	w.open("structuredBody")
	w.line()
	if r.Comment != "" {
		w.commentSection(r.Comment)
	}
	for i := range r.Chapters {
		w.chapter(&r.Chapters[i])
	}
	w.pdfCopy(r.PDF)
	w.end("structuredBody", "component", "ClinicalDocument")
	w.line()
	return w.b, nil
}

func (r *BioReport) check() error {
	if err := need(len(r.Chapters) > 0, "BioReport.Chapters"); err != nil {
		return err
	}
	for i := range r.Chapters {
		c := &r.Chapters[i]
		if err := need(c.Code != "" && c.Display != "" && len(c.Subs) > 0, "Chapter (Code, Display, Subs)"); err != nil {
			return err
		}
		for j := range c.Subs {
			if err := c.Subs[j].check(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *SubChapter) check() error {
	if err := need(len(s.Items) > 0, "SubChapter.Items"); err != nil {
		return err
	}
	for _, i := range s.Items {
		switch {
		case i.Result != nil:
			if err := checkResult(i.Result); err != nil {
				return err
			}
		case i.Battery != nil:
			if err := i.Battery.check(); err != nil {
				return err
			}
		case i.Isolate != nil:
			if err := first(need(i.Isolate.Label != "", "Isolate.Label"), checkResults(i.Isolate.Results)); err != nil {
				return err
			}
			if b := i.Isolate.Antibiogram; b != nil {
				if err := b.check(); err != nil {
					return err
				}
			}
		default:
			return need(false, "Item (Result, Battery, Isolate)")
		}
	}
	return nil
}

func (b *Battery) check() error {
	return first(need(b.Label != "" && len(b.Results) > 0, "Battery (Label, Results)"), checkResults(b.Results))
}

func checkResults(list []bio.Result) error {
	for i := range list {
		if err := checkResult(&list[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkResult(r *bio.Result) error {
	return first(
		need(r.Label != "", "Result.Label"),
		need(r.Code == "" || r.Display != "", "Result.Display"),
		need(r.Code != "" || len(r.OtherCodes) > 0, "Result.Code (LOINC) ou OtherCodes"),
		need(r.Type != "", "Result.Type"),
	)
}

func loinc(code, display string) cda.CD {
	return cda.CD{Code: code, System: oid.LOINC, SystemName: "LOINC", Display: display}
}

// bioWriter adds to the builder the pairs of texts and entries: each entry points at the words of
// the narrative by an ID.
type bioWriter struct {
	builder
	ids int
}

func (w *bioWriter) id(prefix string) string {
	w.ids++
	return prefix + itoa(w.ids)
}

func (w *bioWriter) commentSection(text string) {
	w.open("component")
	w.open("section")
	for _, t := range []string{"2.16.840.1.113883.10.12.201", "1.3.6.1.4.1.19376.1.4.1.2.16", "1.2.250.1.213.1.1.2.73"} {
		w.leaf("templateId", "root", t)
	}
	w.leaf("id", "root", w.uuid())
	w.code("code", loinc("55112-7", "Commentaire"))
	w.text("title", "Commentaire")
	w.open("text")
	w.text("paragraph", text)
	w.end("text", "section", "component")
	w.line()
}

// chapter writes a chapter with its sub-chapters.
//
// spec: CI-SIS cda §5.2
func (w *bioWriter) chapter(c *Chapter) {
	w.open("component")
	w.open("section")
	w.leaf("templateId", "root", bio.TemplateChapter)
	w.leaf("templateId", "root", "1.2.250.1.213.1.1.2.70")
	w.code("code", loinc(c.Code, c.Display))
	w.text("title", orElse(c.Title, c.Display))
	w.line()
	for i := range c.Subs {
		w.subChapter(&c.Subs[i])
	}
	w.end("section", "component")
	w.line()
}

func (w *bioWriter) subChapter(s *SubChapter) {
	w.open("component")
	w.open("section")
	w.leaf("templateId", "root", bio.TemplateSub)
	w.leaf("templateId", "root", "1.2.250.1.213.1.1.2.71")
	if s.Code != "" {
		w.code("code", loinc(s.Code, s.Display))
	}
	w.text("title", orElse(s.Title, orElse(s.Display, "Résultats")))
	refs := w.narrative(s)
	w.open("entry", "typeCode", "DRIV")
	w.leaf("templateId", "root", "1.3.6.1.4.1.19376.1.3.1")
	w.leaf("templateId", "root", "1.2.250.1.213.1.1.3.21")
	w.open("act", "classCode", "ACT", "moodCode", "EVN")
	if s.Code != "" {
		w.code("code", loinc(s.Code, s.Display))
	} else {
		w.leaf("code", "nullFlavor", "NA")
	}
	w.leaf("statusCode", "code", "completed")
	w.line()
	if s.Specimen != nil {
		w.specimen(s.Specimen, refs)
	}
	for i := range s.Items {
		w.open("entryRelationship", "typeCode", "COMP")
		w.item(&s.Items[i], refs)
		w.end("entryRelationship")
		w.line()
	}
	if s.Comment != "" {
		w.open("entryRelationship", "typeCode", "SUBJ")
		w.comment(refs.comment)
		w.end("entryRelationship")
	}
	w.end("act", "entry", "section", "component")
	w.line()
}

func (w *bioWriter) item(i *Item, refs *references) {
	switch {
	case i.Result != nil:
		w.result(i.Result, refs)
	case i.Battery != nil:
		w.battery(i.Battery, refs)
	case i.Isolate != nil:
		w.isolate(i.Isolate, refs)
	}
}

// battery writes an organizer BATTERY.
//
// spec: CI-SIS cda §5.3
func (w *bioWriter) battery(b *Battery, refs *references) {
	w.open("organizer", "classCode", "BATTERY", "moodCode", "EVN")
	w.leaf("templateId", "root", bio.TemplateBattery)
	w.leaf("templateId", "root", "1.2.250.1.213.1.1.3.78")
	w.leaf("id", "root", w.uuid())
	code := cda.CD{OriginalRef: "#" + refs.label[b]}
	if b.Code != "" {
		code = loinc(b.Code, b.Display)
		code.OriginalRef = "#" + refs.label[b]
	}
	w.code("code", code)
	w.leaf("statusCode", "code", "completed")
	w.line()
	for i := range b.Results {
		w.open("component")
		w.result(&b.Results[i], refs)
		w.end("component")
		w.line()
	}
	w.end("organizer")
}

// isolate writes an organizer CLUSTER with its germ, results and antibiogram.
//
// spec: CI-SIS cda §5.3
func (w *bioWriter) isolate(i *Isolate, refs *references) {
	w.open("organizer", "classCode", "CLUSTER", "moodCode", "EVN")
	w.leaf("templateId", "root", bio.TemplateIsolate)
	w.leaf("templateId", "root", "1.2.250.1.213.1.1.3.79")
	w.leaf("statusCode", "code", "completed")
	if i.Time != "" {
		w.leaf("effectiveTime", "value", i.Time)
	}
	w.open("specimen", "typeCode", "SPC")
	w.open("specimenRole", "classCode", "SPEC")
	w.leaf("id", "root", w.uuid())
	w.open("specimenPlayingEntity", "classCode", "MIC")
	germ := cda.CD{OriginalRef: "#" + refs.label[i]}
	if i.SNOMED != "" {
		germ.Code, germ.Display, germ.System, germ.SystemName = i.SNOMED, i.Display, oid.SNOMEDCT, "SNOMED CT"
	}
	if i.NCBI != "" {
		germ.Translations = []cda.CD{{Code: i.NCBI, Display: i.NCBIName, System: oid.NCBI, SystemName: "NCBI-Taxonomy"}}
	}
	w.code("code", germ)
	w.end("specimenPlayingEntity", "specimenRole", "specimen")
	w.line()
	for k := range i.Results {
		w.open("component")
		w.result(&i.Results[k], refs)
		w.end("component")
		w.line()
	}
	if i.Antibiogram != nil {
		w.open("component")
		w.battery(i.Antibiogram, refs)
		w.end("component")
		w.line()
	}
	w.end("organizer")
}

// specimen writes the sampling and the reception.
//
// spec: CI-SIS cda §5.3
func (w *bioWriter) specimen(s *bio.Specimen, refs *references) {
	w.open("entryRelationship", "typeCode", "COMP")
	w.open("procedure", "classCode", "PROC", "moodCode", "EVN")
	w.leaf("templateId", "root", bio.TemplateSpecimen)
	w.leaf("templateId", "root", "1.2.250.1.213.1.1.3.77")
	w.code("code", loinc("33882-2", "Prélèvement"))
	if s.Sampled != "" {
		w.leaf("effectiveTime", "value", s.Sampled)
	} else {
		w.leaf("effectiveTime", "nullFlavor", "UNK")
	}
	w.open("participant", "typeCode", "PRD")
	w.open("participantRole", "classCode", "SPEC")
	root, extension, _ := strings.Cut(s.ID, "^")
	if root == "" {
		root = w.uuid()
	}
	w.leaf("id", "root", root, "extension", extension)
	w.open("playingEntity")
	if s.Code != "" {
		w.code("code", cda.CD{Code: s.Code, Display: s.Nature, System: "2.16.840.1.113883.18.311", OriginalRef: "#" + refs.specimen})
	} else {
		w.code("code", cda.CD{OriginalRef: "#" + refs.specimen})
	}
	w.end("playingEntity", "participantRole", "participant")
	if s.Received != "" {
		w.open("entryRelationship", "typeCode", "COMP")
		w.open("act", "classCode", "ACT", "moodCode", "EVN")
		w.leaf("templateId", "root", bio.TemplateReception)
		w.leaf("templateId", "root", "1.2.250.1.213.1.1.3.107")
		// The first arc of this code system is 1.3.5 in the published rules.
		w.leaf("code", "code", "SPRECEIVE", "displayName", "Échantillon reçu", "codeSystem", "1.3.5.1.4.1.19376.1.5.3.2", "codeSystemName", "IHEActCode")
		w.leaf("effectiveTime", "value", s.Received)
		w.end("act", "entryRelationship")
	}
	w.end("procedure", "entryRelationship")
	w.line()
}
