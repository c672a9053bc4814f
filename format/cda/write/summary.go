package write

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/oid"
)

// MedicalSummary is what a treating doctor says of a patient at a glance.
type MedicalSummary struct {
	Problems   []Problem // going on
	History    []Problem // over
	Allergies  []Allergy
	Risks      []string // risk factors, in words
	Watch      []string // points to watch, in words
	Treatments []Treatment
}

// Problem is a condition, coded in CIM-10.
type Problem struct {
	Code, Display string // CIM-10; both empty when only words are known
	Label         string
	From, To      string // as known: YYYY, YYYYMM or YYYYMMDD; To ends a past one
}

// Allergy is an allergy or an intolerance.
type Allergy struct {
	Kind, KindDisplay   string // SNOMED CT: 416098002 allergie médicamenteuse; that one when empty
	Agent               string // in words
	AgentCode, AgentSys string // CIS, ATC…
	Since               string
}

// Treatment is a long-term medication.
type Treatment struct {
	Product  Product
	Dosage   string // in words
	From, To string
	Every    string // period between two doses: "1", "8"…
	Unit     string // "d", "h"
	Route    string // EDQM
}

var vsmTemplates = []cda.Template{{Root: "1.2.250.1.213.1.1.1.13", Extension: "2022.01"}}

// Summary appends a medical summary (VSM 1.4). The treating doctor is mandatory in its header.
//
// spec: CI-SIS cda §4.3
func Summary(dst []byte, h Header, s MedicalSummary) ([]byte, error) {
	h.Type, h.Service.Code, h.Others = "SYNTH", loinc("34117-2", "Historique et clinique"), nil
	if h.Title == "" {
		h.Title = "Synthèse médicale"
	}
	if err := first(h.check(), need(h.TreatingDoctor != nil, "TreatingDoctor"), s.check()); err != nil {
		return dst, err
	}
	w := builder{b: dst, seed: h.ID.UniqueID()}
	w.start(&h, vsmTemplates, false)
	w.open("component")
	w.open("structuredBody")
	w.section([]string{"1.2.250.1.213.1.1.2.29"}, loinc("46612-8", "Conclusions de synthèse"), "Pathologies en cours, antécédents, allergies et facteurs de risque")
	w.conditions(&s)
	w.section([]string{"1.2.250.1.213.1.1.2.31"}, loinc("57207-3", "Facteurs de risque présents ou passés affectant l'état de santé et/ou une circonstance"), "Facteurs de risque")
	w.words(orNone(s.Risks, "Aucun facteur de risque connu.")...)
	w.end("section", "component")
	w.end("section", "component")
	w.line()
	w.section([]string{"1.3.6.1.4.1.19376.1.5.3.1.3.27", "1.2.250.1.213.1.1.2.150"}, loinc("30954-2", "Résultats d'examens"), "Points de vigilance")
	w.words(orNone(s.Watch, "Aucun point de vigilance.")...)
	w.end("section", "component")
	w.line()
	w.section([]string{"1.2.250.1.213.1.1.2.32"}, loinc("18776-5", "Plan de traitement"), "Traitement au long cours")
	if len(s.Treatments) == 0 {
		w.words("Aucun traitement au long cours.")
	} else {
		w.treatments(s.Treatments)
	}
	w.end("section", "component", "structuredBody", "component", "ClinicalDocument")
	w.line()
	return w.b, nil
}

// conditions writes the sub-section on problems, history and allergies, which says so when empty.
func (w *builder) conditions(s *MedicalSummary) {
	w.section([]string{"1.2.250.1.213.1.1.2.30"}, loinc("34117-2", "Historique et physique"), "Pathologies en cours, antécédents et allergies")
	if len(s.Problems)+len(s.History)+len(s.Allergies) == 0 {
		w.words("Aucun élément connu.")
	}
	if len(s.Problems) > 0 {
		w.problems([]string{"2.16.840.1.113883.10.20.1.11", "1.3.6.1.4.1.19376.1.5.3.1.3.6", "1.2.250.1.213.1.1.2.132"}, loinc("11450-4", "Liste des problèmes actifs"), "Pathologies en cours", "pb-", s.Problems, false)
	}
	if len(s.History) > 0 {
		w.problems([]string{"1.3.6.1.4.1.19376.1.5.3.1.3.8", "1.2.250.1.213.1.1.2.134"}, loinc("11348-0", "Antécédents médicaux"), "Antécédents médicaux", "atcd-", s.History, true)
	}
	if len(s.Allergies) > 0 {
		w.allergies(s.Allergies)
	}
	w.end("section", "component")
}

func orNone(list []string, none string) []string {
	if len(list) == 0 {
		return []string{none}
	}
	return list
}

func (s *MedicalSummary) check() error {
	for _, list := range [][]Problem{s.Problems, s.History} {
		for i := range list {
			if err := need(list[i].Label != "" && (list[i].Code == "") == (list[i].Display == ""), "Problem (Label, Code, Display)"); err != nil {
				return err
			}
		}
	}
	for i := range s.Allergies {
		if err := need(s.Allergies[i].Agent != "", "Allergy.Agent"); err != nil {
			return err
		}
	}
	for i := range s.Treatments {
		t := &s.Treatments[i]
		if err := first(need(t.Product.Name != "" && t.From != "", "Treatment (Product.Name, From)"), need(t.Route == "" || routes[t.Route] != "", "Treatment.Route")); err != nil {
			return err
		}
	}
	return nil
}

func (w *builder) words(paragraphs ...string) {
	w.open("text")
	for _, p := range paragraphs {
		w.text("paragraph", p)
	}
	w.end("text")
}

// problems writes a list of conditions: a table, then a concern for each.
//
// spec: CI-SIS cda §4.4
func (w *builder) problems(templates []string, code cda.CD, title, prefix string, list []Problem, over bool) {
	w.section(templates, code, title)
	w.open("text")
	w.open("table", "border", "0")
	w.head("Depuis", "Jusqu'à", title)
	w.open("tbody")
	for i := range list {
		w.open("tr")
		w.text("td", day(list[i].From))
		w.text("td", day(list[i].To))
		w.open("td")
		w.content(prefix+itoa(i+1), list[i].Label, "")
		w.end("td", "tr")
	}
	w.end("tbody", "table", "text")
	w.line()
	for i := range list {
		w.open("entry")
		w.concern([]string{"1.3.6.1.4.1.19376.1.5.3.1.4.5.2", "1.2.250.1.213.1.1.3.39"}, list[i].From, list[i].To, over, func() {
			w.problem(&list[i], prefix+itoa(i+1), over)
		})
		w.end("entry")
		w.line()
	}
	w.end("section", "component")
	w.line()
}

// concern writes the act that follows a problem over time: its end is there exactly when it is over.
//
// spec: CI-SIS cda §4.4
func (w *builder) concern(templates []string, from, to string, over bool, inside func()) {
	w.open("act", "classCode", "ACT", "moodCode", "EVN")
	for _, t := range append([]string{"2.16.840.1.113883.10.20.1.27", "1.3.6.1.4.1.19376.1.5.3.1.4.5.1"}, templates...) {
		w.leaf("templateId", "root", t)
	}
	w.leaf("id", "root", w.uuid())
	w.leaf("code", "nullFlavor", "NA")
	status := "active"
	if over {
		status = "completed"
	}
	w.leaf("statusCode", "code", status)
	w.period(from, to, over)
	w.open("entryRelationship", "typeCode", "SUBJ", "inversionInd", "false")
	inside()
	w.end("entryRelationship", "act")
}

// period writes effectiveTime with what is known; unknown ends say so.
func (w *builder) period(from, to string, over bool) {
	w.open("effectiveTime")
	w.edge("low", from)
	if over {
		w.edge("high", to)
	}
	w.end("effectiveTime")
}

func (w *builder) edge(name, value string) {
	if value == "" {
		w.leaf(name, "nullFlavor", "UNK")
		return
	}
	w.leaf(name, "value", value)
}

func (w *builder) problem(p *Problem, ref string, over bool) {
	w.open("observation", "classCode", "OBS", "moodCode", "EVN", "negationInd", "false")
	for _, t := range []string{"2.16.840.1.113883.10.20.1.28", "1.3.6.1.4.1.19376.1.5.3.1.4.5", "1.2.250.1.213.1.1.3.37"} {
		w.leaf("templateId", "root", t)
	}
	w.leaf("id", "root", w.uuid())
	w.leaf("code", "code", "282291009", "displayName", "interprétation diagnostique", "codeSystem", oid.SNOMEDCT, "codeSystemName", "SNOMED CT")
	w.textRef(ref)
	w.leaf("statusCode", "code", "completed")
	w.period(p.From, p.To, over)
	c := cda.CD{OriginalRef: "#" + ref}
	if p.Code != "" {
		c = cda.CD{Code: p.Code, Display: p.Display, System: oid.CIM10, SystemName: "CIM-10", OriginalRef: "#" + ref}
	}
	w.code("value", c, "xsi:type", "CD")
	w.end("observation")
}

func (w *builder) allergies(list []Allergy) {
	w.section([]string{"2.16.840.1.113883.10.20.1.2", "1.3.6.1.4.1.19376.1.5.3.1.3.13", "1.2.250.1.213.1.1.2.137"}, loinc("48765-2", "Allergies et hypersensibilités"), "Allergies et hypersensibilités")
	w.open("text")
	w.open("table", "border", "0")
	w.head("Depuis", "Type", "Agent responsable")
	w.open("tbody")
	for i := range list {
		w.open("tr")
		w.text("td", day(list[i].Since))
		w.open("td")
		w.content("allergie-type-"+itoa(i+1), allergyKind(&list[i]).Display, "")
		w.end("td")
		w.open("td")
		w.content("allergie-agent-"+itoa(i+1), list[i].Agent, "")
		w.end("td", "tr")
	}
	w.end("tbody", "table", "text")
	w.line()
	for i := range list {
		w.open("entry")
		w.concern([]string{"1.3.6.1.4.1.19376.1.5.3.1.4.5.3", "1.2.250.1.213.1.1.3.40"}, list[i].Since, "", false, func() { w.allergy(&list[i], itoa(i+1)) })
		w.end("entry")
		w.line()
	}
	w.end("section", "component")
	w.line()
}

func allergyKind(a *Allergy) cda.CD {
	if a.Kind == "" {
		return cda.CD{Code: "416098002", Display: "allergie médicamenteuse", System: oid.SNOMEDCT, SystemName: "SNOMED CT"}
	}
	return cda.CD{Code: a.Kind, Display: a.KindDisplay, System: oid.SNOMEDCT, SystemName: "SNOMED CT"}
}

func (w *builder) allergy(a *Allergy, n string) {
	w.open("observation", "classCode", "OBS", "moodCode", "EVN", "negationInd", "false")
	for _, t := range []string{"2.16.840.1.113883.10.20.1.18", "2.16.840.1.113883.10.20.1.28", "1.3.6.1.4.1.19376.1.5.3.1.4.5", "1.3.6.1.4.1.19376.1.5.3.1.4.6", "1.2.250.1.213.1.1.3.41"} {
		w.leaf("templateId", "root", t)
	}
	w.leaf("id", "root", w.uuid())
	w.code("code", allergyKind(a))
	w.textRef("allergie-type-" + n)
	w.leaf("statusCode", "code", "completed")
	w.period(a.Since, "", false)
	w.code("value", cda.CD{OriginalRef: "#allergie-type-" + n}, "xsi:type", "CD")
	w.open("participant", "typeCode", "CSM")
	w.open("participantRole", "classCode", "MANU")
	w.open("playingEntity", "classCode", "MMAT")
	c := cda.CD{OriginalRef: "#allergie-agent-" + n}
	if a.AgentCode != "" {
		c.Code, c.System, c.Display = a.AgentCode, a.AgentSys, a.Agent
	}
	w.code("code", c)
	w.text("name", a.Agent)
	w.end("playingEntity", "participantRole", "participant", "observation")
}

func (w *builder) treatments(list []Treatment) {
	w.section([]string{"2.16.840.1.113883.10.20.1.8", "1.3.6.1.4.1.19376.1.5.3.1.3.19", "1.2.250.1.213.1.1.2.143"}, loinc("10160-0", "Traitements"), "Traitements")
	w.open("text")
	w.open("table", "border", "0")
	w.head("Début", "Fin", "Médicament", "Posologie", "Voie")
	w.open("tbody")
	for i := range list {
		w.open("tr")
		w.text("td", day(list[i].From))
		w.text("td", day(list[i].To))
		w.open("td")
		w.content("med-"+itoa(i+1), list[i].Product.Name, "")
		w.end("td")
		w.text("td", list[i].Dosage)
		w.text("td", routes[list[i].Route])
		w.end("tr")
	}
	w.end("tbody", "table", "text")
	w.line()
	for i := range list {
		w.open("entry", "typeCode", "DRIV")
		w.treatment(&list[i], "med-"+itoa(i+1))
		w.end("entry")
		w.line()
	}
	w.end("section", "component")
}

// treatment writes a substanceAdministration of normal dosing.
//
// spec: CI-SIS cda §4.4
func (w *builder) treatment(t *Treatment, ref string) {
	w.open("substanceAdministration", "classCode", "SBADM", "moodCode", "EVN")
	for _, x := range []string{"2.16.840.1.113883.10.20.1.24", "1.3.6.1.4.1.19376.1.5.3.1.4.7", "1.2.250.1.213.1.1.3.42", "1.3.6.1.4.1.19376.1.5.3.1.4.7.1"} {
		w.leaf("templateId", "root", x)
	}
	w.leaf("id", "root", w.uuid())
	w.leaf("code", "code", "DRUG", "displayName", "Médicament", "codeSystem", oid.ActCode, "codeSystemName", "HL7:ActCode")
	w.textRef(ref)
	w.leaf("statusCode", "code", "completed")
	w.open("effectiveTime", "xsi:type", "IVL_TS")
	w.edge("low", t.From)
	w.edge("high", t.To)
	w.end("effectiveTime")
	if t.Every != "" {
		w.open("effectiveTime", "xsi:type", "PIVL_TS", "operator", "A")
		w.leaf("period", "value", t.Every, "unit", orElse(t.Unit, "d"))
		w.end("effectiveTime")
	}
	if t.Route != "" {
		w.leaf("routeCode", "code", t.Route, "displayName", routes[t.Route], "codeSystem", "0.4.0.127.0.16.1.1.2.1", "codeSystemName", "EDQM")
	}
	w.product(&t.Product, ref, "")
	w.end("substanceAdministration")
}
