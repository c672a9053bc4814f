package write

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/oid"
)

// Immunization is one injection.
type Immunization struct {
	Date    string // as known: YYYY, YYYYMM or YYYYMMDD
	Booster bool   // a booster; the first series otherwise
	Rank    int    // 1, 2, 3…; 0 when unknown
	Product Product
	Target  string // what it protects from, for people: "Tétanos, diphtérie"
	Lot     string
	Route   string // code of EDQM: 20035000 voie intramusculaire; empty when unknown
	Site    string // SNOMED CT: 16217701000119102 deltoïde gauche; empty when unknown
	By      *Professional
	Comment string
}

// Product is a medication or a vaccine: its CIS code when known, and translations.
type Product struct {
	Name      string
	CIS       string
	ATC, ATCs string // code and words
	CIP, CIPs string
}

// routes and sites are the codes of the value sets that the writer knows the words of.
var (
	routes = map[string]string{"20035000": "Voie intramusculaire", "20030000": "Voie intradermique", "20020000": "Voie inhalée", "20053000": "Voie orale", "20066000": "Voie sous-cutanée"}
	sites  = map[string]string{"64262003": "avant-bras droit", "66480008": "avant-bras gauche", "16217661000119109": "deltoïde droit", "16217701000119102": "deltoïde gauche", "91774008": "épaule droite", "91775009": "épaule gauche", "11207009": "cuisse droite", "61396006": "cuisse gauche", "723980000": "fesse droite", "723979003": "fesse gauche"}
)

var vacTemplates = []cda.Template{{Root: "1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2"}, {Root: "1.2.250.1.213.1.1.1.37", Extension: "2023.01"}}

// Vaccinations appends a vaccination history (VAC 2023.01), with at least one immunization.
//
// spec: CI-SIS cda §4.3
func Vaccinations(dst []byte, h Header, list []Immunization) ([]byte, error) {
	h.Type = "11369-6"
	if h.Title == "" {
		h.Title = "Historique des vaccinations"
	}
	h.Service.Code, h.Others = loinc("11369-6", "Historique des vaccinations"), nil
	if err := first(h.check(), need(len(list) > 0, "Immunization")); err != nil {
		return dst, err
	}
	for i := range list {
		v := &list[i]
		if err := first(need(v.Product.Name != "" && v.Date != "", "Immunization (Product.Name, Date)"),
			need(v.Route == "" || routes[v.Route] != "", "Immunization.Route"), need(v.Site == "" || sites[v.Site] != "", "Immunization.Site")); err != nil {
			return dst, err
		}
	}
	w := builder{b: dst, seed: h.ID.UniqueID()}
	w.start(&h, vacTemplates, false)
	w.open("component")
	w.open("structuredBody")
	w.section([]string{"2.16.840.1.113883.10.20.1.6", "1.3.6.1.4.1.19376.1.5.3.1.3.23", "1.2.250.1.213.1.1.2.147"}, loinc("11369-6", "Historique des vaccinations"), "Historique des vaccinations")
	w.open("text")
	w.open("table", "border", "0")
	w.head("Date", "Vaccin", "Protège contre", "Lot", "Rang", "Voie", "Site", "Vaccinateur", "Commentaire")
	w.open("tbody")
	for i := range list {
		w.immunizationRow(i, &list[i])
	}
	w.end("tbody", "table", "text")
	w.line()
	for i := range list {
		w.open("entry")
		w.immunization(i, &list[i])
		w.end("entry")
		w.line()
	}
	w.end("section", "component", "structuredBody", "component", "ClinicalDocument")
	w.line()
	return w.b, nil
}

// section opens a component and its section, with templates, id, code and title.
func (w *builder) section(templates []string, code cda.CD, title string) {
	w.open("component")
	w.open("section")
	for _, t := range templates {
		w.leaf("templateId", "root", t)
	}
	w.leaf("id", "root", w.uuid())
	w.code("code", code)
	w.text("title", title)
}

func (w *builder) head(titles ...string) {
	w.open("thead")
	w.open("tr")
	for _, t := range titles {
		w.text("th", t)
	}
	w.end("tr", "thead")
}

func (w *builder) immunizationRow(i int, v *Immunization) {
	n := itoa(i + 1)
	w.open("tr")
	w.text("td", day(v.Date))
	w.open("td")
	w.content("vaccin-"+n, v.Product.Name, "")
	w.end("td")
	w.text("td", v.Target)
	w.text("td", v.Lot)
	rank := ""
	if v.Rank > 0 {
		rank = itoa(v.Rank)
	}
	w.text("td", rank)
	w.text("td", routes[v.Route])
	w.open("td")
	if v.Site != "" {
		w.content("site-"+n, sites[v.Site], "")
	}
	w.end("td")
	by := ""
	if v.By != nil {
		by = cda.Name{Family: v.By.Family, Given: v.By.Given, Suffix: v.By.Suffix}.Full()
	}
	w.text("td", by)
	w.open("td")
	if v.Comment != "" {
		w.content("note-"+n, v.Comment, "")
	}
	w.end("td", "tr")
	w.line()
}

// immunization writes one substanceAdministration, in the order of the schema.
//
// spec: CI-SIS cda §4.4
func (w *builder) immunization(i int, v *Immunization) {
	n := itoa(i + 1)
	w.open("substanceAdministration", "classCode", "SBADM", "moodCode", "EVN", "negationInd", "false")
	for _, t := range []string{"2.16.840.1.113883.10.20.1.24", "1.3.6.1.4.1.19376.1.5.3.1.4.12", "1.2.250.1.213.1.1.3.45"} {
		w.leaf("templateId", "root", t)
	}
	w.leaf("id", "root", w.uuid())
	act := cda.CD{Code: "INITIMMUNIZ", Display: "1ère série vaccinante", System: oid.ActCode}
	if v.Booster {
		act.Code, act.Display = "BOOSTER", "Rappel de vaccin"
	}
	w.code("code", act)
	w.textRef("vaccin-" + n)
	w.leaf("statusCode", "code", "completed")
	w.leaf("effectiveTime", "value", v.Date)
	if v.Route != "" {
		w.leaf("routeCode", "code", v.Route, "displayName", routes[v.Route], "codeSystem", "0.4.0.127.0.16.1.1.2.1", "codeSystemName", "EDQM")
	}
	if v.Site != "" {
		w.code("approachSiteCode", cda.CD{Code: v.Site, Display: sites[v.Site], System: oid.SNOMEDCT, OriginalRef: "#site-" + n})
	}
	w.product(&v.Product, "vaccin-"+n, v.Lot, "typeCode", "CSM")
	if v.By != nil {
		w.open("performer", "typeCode", "PRF")
		w.open("assignedEntity", "classCode", "ASSIGNED")
		w.entity(v.By, "assignedPerson", "representedOrganization", true, false)
		w.end("assignedEntity", "performer")
	}
	if v.Rank > 0 {
		w.open("entryRelationship", "typeCode", "SUBJ")
		w.open("observation", "classCode", "OBS", "moodCode", "EVN")
		w.leaf("templateId", "root", "2.16.840.1.113883.10.20.1.46")
		w.leaf("templateId", "root", "1.2.250.1.213.1.1.3.82")
		w.code("code", loinc("30973-2", "Rang de la vaccination"))
		w.leaf("statusCode", "code", "completed")
		w.leaf("value", "xsi:type", "INT", "value", itoa(v.Rank))
		w.end("observation", "entryRelationship")
	}
	if v.Comment != "" {
		w.open("entryRelationship", "typeCode", "SUBJ")
		w.comment("note-" + n)
		w.end("entryRelationship")
	}
	w.end("substanceAdministration")
}

func (w *builder) textRef(id string) {
	w.open("text")
	w.leaf("reference", "value", "#"+id)
	w.end("text")
}

// product writes a consumable. A product without CIS code has a nullFlavor: its name remains.
//
// spec: CI-SIS cda §4.4
func (w *builder) product(p *Product, ref, lot string, attrs ...string) {
	w.open("consumable", attrs...)
	w.open("manufacturedProduct")
	for _, t := range []string{"2.16.840.1.113883.10.20.1.53", "1.3.6.1.4.1.19376.1.5.3.1.4.7.2", "1.2.250.1.213.1.1.3.43"} {
		w.leaf("templateId", "root", t)
	}
	w.open("manufacturedMaterial")
	c := cda.CD{Null: "UNK", OriginalRef: "#" + ref}
	if p.CIS != "" {
		c = cda.CD{Code: p.CIS, Display: p.Name, System: oid.CIS, SystemName: "CIS", OriginalRef: "#" + ref}
	}
	if p.ATC != "" {
		c.Translations = append(c.Translations, cda.CD{Code: p.ATC, Display: p.ATCs, System: oid.ATC, SystemName: "ATC"})
	}
	if p.CIP != "" {
		c.Translations = append(c.Translations, cda.CD{Code: p.CIP, Display: p.CIPs, System: oid.CIP, SystemName: "CIP"})
	}
	w.code("code", c)
	w.text("name", p.Name)
	if lot != "" {
		w.text("lotNumberText", lot)
	}
	w.end("manufacturedMaterial", "manufacturedProduct", "consumable")
}

// comment writes a comment act that points at its words.
//
// spec: CI-SIS cda §4.2
func (w *builder) comment(ref string) {
	w.open("act", "classCode", "ACT", "moodCode", "EVN")
	for _, t := range []string{"2.16.840.1.113883.10.20.1.40", "1.3.6.1.4.1.19376.1.5.3.1.4.2", "1.2.250.1.213.1.1.3.32"} {
		w.leaf("templateId", "root", t)
	}
	w.code("code", loinc("48767-8", "Commentaire"))
	w.textRef(ref)
	w.leaf("statusCode", "code", "completed")
	w.end("act")
}
