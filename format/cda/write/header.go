package write

import (
	"strconv"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/oid"
)

// check says what is missing before anything is written.
func (h *Header) check() error {
	_, known := nos.Lookup(nos.TypeCode, h.Type, "")
	return first(
		need(h.ID.Root != "" && oid.ValidRoot(h.ID.Root), "ID (OID ou UUID)"),
		need(known, "Type (JDV_J07)"),
		need(!h.Time.IsZero(), "Time"),
		need(h.Patient.BirthName != "", "Patient.BirthName"),
		need(h.Patient.FirstGiven != "", "Patient.FirstGiven"),
		need(h.Patient.Sex == "F" || h.Patient.Sex == "M" || h.Patient.Sex == "UN", "Patient.Sex (F, M, UN)"),
		need(h.Patient.Birth != "", "Patient.Birth"),
		need(h.Patient.INS.IsZero() || h.Patient.BirthCOG != "", "Patient.BirthCOG"),
		need(!h.Patient.INS.IsZero() || h.Patient.Local.Root != "", "Patient.INS ou Patient.Local"),
		need(h.Device != nil || h.Author.ID != "" && h.Author.Family != "" && h.Author.Speciality != "", "Author (ID, Family, Speciality)"),
		need(h.custodian() != nil && h.custodian().ID != "", "Custodian"),
		need(h.legal().ID != "" && h.legal().Family != "", "Legal (ID, Family)"),
		need(h.performer().ID != "" && h.performer().Structure != nil, "Service.Performer (ID, Structure)"),
		need(!h.Service.Start.IsZero(), "Service.Start"),
		need(h.Encounter.Facility != "", "Encounter.Facility (JDV_J02)"),
	)
}

func (h *Header) custodian() *Structure {
	switch {
	case h.Custodian != nil:
		return h.Custodian
	case h.Device != nil:
		return h.Device.Structure
	}
	return h.Author.Structure
}

func (h *Header) legal() *Professional {
	if h.Legal != nil {
		return h.Legal
	}
	return &h.Author
}

func (h *Header) performer() *Professional {
	if h.Service.Performer != nil {
		return h.Service.Performer
	}
	return h.legal()
}

// start opens the document and writes everything before component, in the order of the schema.
// templates are those of the kind, after the two common ones.
//
// spec: CI-SIS cda §1
func (w *builder) start(h *Header, templates []cda.Template, bio bool) {
	w.b = append(w.b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:ps3-20="urn:dicom-org:ps3-20">`...)
	w.line()
	w.leaf("realmCode", "code", "FR")
	w.leaf("typeId", "root", oid.CDATypeID, "extension", "POCD_HD000040")
	w.leaf("templateId", "root", oid.TemplateHL7)
	w.leaf("templateId", "root", oid.TemplateCISI)
	for _, t := range templates {
		w.leaf("templateId", "root", t.Root, "extension", t.Extension)
	}
	w.line()
	w.ii("id", h.ID)
	official, _ := nos.Lookup(nos.TypeCode, h.Type, "")
	w.code("code", cda.CD{Code: h.Type, System: official.System, Display: orElse(h.TypeDisplay, official.Display)})
	w.text("title", orElse(h.Title, official.Display))
	w.leaf("effectiveTime", "value", stamp(h.Time))
	level := orElse(h.Confidentiality, "N")
	w.leaf("confidentialityCode", "code", level, "displayName", nos.Display(nos.Confidentiality, level, oid.Confidentiality), "codeSystem", oid.Confidentiality)
	w.leaf("languageCode", "code", "fr-FR")
	set := h.SetID
	if set.IsZero() {
		set = h.ID
	}
	w.ii("setId", set)
	w.leaf("versionNumber", "value", strconv.Itoa(max(h.Version, 1)))
	w.line()
	w.patient(&h.Patient)
	w.author(h)
	w.custodian(h.custodian())
	for i := range h.Recipients {
		w.recipient(&h.Recipients[i])
	}
	w.authenticator("legalAuthenticator", "", h.legal(), h.Time)
	for i := range h.Validators {
		v := &h.Validators[i]
		t := v.Time
		if t.IsZero() {
			t = h.Time
		}
		template := ""
		if bio {
			template = "1.3.6.1.4.1.19376.1.3.3.1.5"
		}
		w.authenticator("authenticator", template, &v.Professional, t)
	}
	w.participants(h, bio)
	for _, o := range h.Orders {
		w.open("inFulfillmentOf")
		w.open("order")
		w.ii("id", o.ID)
		if !o.Accession.IsZero() {
			w.ii("ps3-20:accessionNumber", o.Accession)
		}
		w.end("order", "inFulfillmentOf")
		w.line()
	}
	w.services(h, bio)
	if !h.Replaces.IsZero() {
		w.open("relatedDocument", "typeCode", "RPLC")
		w.open("parentDocument")
		w.ii("id", h.Replaces)
		w.end("parentDocument", "relatedDocument")
		w.line()
	}
	w.encounter(h)
}

func (w *builder) ii(name string, id cda.II) {
	w.leaf(name, "root", id.Root, "extension", id.Extension, "assigningAuthorityName", id.Authority)
}

// code writes a coded value with its reference and translations.
func (w *builder) code(name string, c cda.CD, attrs ...string) {
	all := append(append([]string{}, attrs...), "code", c.Code, "displayName", c.Display, "codeSystem", c.System, "codeSystemName", c.SystemName, "nullFlavor", c.Null)
	if c.OriginalRef == "" && len(c.Translations) == 0 && len(c.Qualifiers) == 0 {
		w.leaf(name, all...)
		return
	}
	w.open(name, all...)
	if c.OriginalRef != "" {
		w.open("originalText")
		w.leaf("reference", "value", c.OriginalRef)
		w.end("originalText")
	}
	for _, q := range c.Qualifiers {
		w.open("qualifier")
		w.code("name", q.Name)
		if !q.Value.IsZero() {
			w.code("value", q.Value)
		}
		w.end("qualifier")
	}
	for _, t := range c.Translations {
		w.code("translation", t)
	}
	w.end(name)
}

func (w *builder) addr(a Addr, null string, attrs ...string) {
	if a.isZero() {
		if null != "" {
			w.leaf("addr", "nullFlavor", null)
		}
		return
	}
	w.open("addr", attrs...)
	for _, p := range [][2]string{{"streetName", a.Street}, {"postalCode", a.PostalCode}, {"city", a.City}, {"country", a.Country}} {
		if p[1] != "" {
			w.text(p[0], p[1])
		}
	}
	w.end("addr")
}

func (w *builder) telecom(phone, mail, null, use string) {
	if phone != "" {
		w.leaf("telecom", "value", "tel:"+phone, "use", use)
	}
	if mail != "" {
		w.leaf("telecom", "value", "mailto:"+mail, "use", use)
	}
	if phone == "" && mail == "" && null != "" {
		w.leaf("telecom", "nullFlavor", null)
	}
}

// patient writes the traits with their qualifiers.
//
// spec: CI-SIS cda §2.2
func (w *builder) patient(p *Patient) {
	w.open("recordTarget")
	w.open("patientRole")
	if !p.INS.IsZero() {
		w.leaf("id", "root", p.INS.OID, "extension", p.INS.Matricule.Reveal())
	}
	if !p.Local.IsZero() {
		w.ii("id", p.Local)
	}
	w.addr(p.Addr, "UNK", "use", "H")
	w.telecom(p.Phone, p.Mail, "UNK", "")
	w.open("patient", "classCode", "PSN")
	w.open("name")
	w.text("family", p.BirthName, "qualifier", "BR")
	w.text("given", orElse(p.Givens, p.FirstGiven))
	w.text("given", p.FirstGiven, "qualifier", "BR")
	if p.UsedName != "" {
		w.text("family", p.UsedName, "qualifier", "CL")
	}
	if p.UsedGiven != "" {
		w.text("given", p.UsedGiven, "qualifier", "CL")
	}
	w.end("name")
	w.leaf("administrativeGenderCode", "code", p.Sex, "displayName", map[string]string{"F": "Féminin", "M": "Masculin", "UN": "Inconnu"}[p.Sex], "codeSystem", oid.Gender)
	w.leaf("birthTime", "value", p.Birth)
	if p.Deceased {
		w.leaf("sdtc:deceasedInd", "value", "true")
	}
	if p.BirthCOG != "" {
		w.open("birthplace")
		w.open("place")
		w.open("addr")
		w.text("county", p.BirthCOG)
		if p.BirthCity != "" {
			w.text("city", p.BirthCity)
		}
		w.end("addr", "place", "birthplace")
	}
	w.end("patient", "patientRole", "recordTarget")
	w.line()
}

func (w *builder) author(h *Header) {
	t := h.AuthorTime
	if t.IsZero() {
		t = h.Time
	}
	w.open("author")
	if h.Author.Function != "" && h.Device == nil {
		w.function(h.Author.Function)
	}
	w.leaf("time", "value", stamp(t))
	w.open("assignedAuthor")
	if d := h.Device; d != nil {
		w.ii("id", d.ID)
		w.open("assignedAuthoringDevice")
		w.text("manufacturerModelName", d.Model)
		w.text("softwareName", d.Software)
		w.end("assignedAuthoringDevice")
		w.structure("representedOrganization", d.Structure, true)
	} else {
		w.entity(&h.Author, "assignedPerson", "representedOrganization", false, false)
	}
	w.end("assignedAuthor", "author")
	w.line()
}

func (w *builder) function(code string) {
	f, _ := nos.Lookup(nos.FunctionCode, code, "")
	w.leaf("functionCode", "code", code, "displayName", f.Display, "codeSystem", f.System)
}

// entity writes the inside of an assignedEntity: identifier, profession, contact, name, structure.
// full says that contact elements are mandatory: they say so when unknown. An accreditation
// number is written only where withAccreditation allows a second identifier.
func (w *builder) entity(p *Professional, person, organization string, full, withAccreditation bool) {
	w.leaf("id", "root", orElse(p.Root, oid.PSIdNat), "extension", p.ID)
	if p.Speciality != "" {
		c, _ := nos.Lookup(nos.AuthorSpecialty, p.Speciality, "")
		w.leaf("code", "code", p.Speciality, "displayName", c.Display, "codeSystem", c.System)
	}
	null := ""
	if full {
		null = "NASK"
	}
	w.addr(p.Addr, null)
	w.telecom(p.Phone, p.Mail, null, "WP")
	if p.Family != "" {
		w.open(person)
		w.name(p)
		w.end(person)
	}
	if p.Structure != nil {
		w.organization(organization, p.Structure, full, withAccreditation)
	}
}

func (w *builder) name(p *Professional) {
	w.open("name")
	if p.Prefix != "" {
		w.text("prefix", p.Prefix)
	}
	if p.Given != "" {
		w.text("given", p.Given)
	}
	w.text("family", p.Family)
	if p.Suffix != "" {
		w.text("suffix", p.Suffix)
	}
	w.end("name")
}

func (w *builder) structure(name string, s *Structure, full bool) {
	if s != nil {
		w.organization(name, s, full, false)
	}
}

func (w *builder) organization(name string, s *Structure, full, withAccreditation bool) {
	w.open(name)
	w.leaf("id", "root", oid.StructIdNat, "extension", s.ID)
	if withAccreditation && s.Accreditation != "" {
		w.leaf("id", "root", oid.COFRAC, "extension", s.Accreditation, "assigningAuthorityName", "COFRAC")
	}
	if s.Name != "" {
		w.text("name", s.Name)
	}
	null := ""
	if full {
		null = "NASK"
	}
	w.telecom(s.Phone, "", null, "WP")
	w.addr(s.Addr, null)
	// A recipient's organisation has no practice setting. spec: CI-SIS cda §2
	practice := orElse(s.Practice, "AMBULATOIRE")
	if name == "receivedOrganization" {
		practice = ""
	}
	if c, ok := nos.Lookup(nos.PracticeSetting, practice, ""); ok {
		w.leaf("standardIndustryClassCode", "code", practice, "displayName", c.Display, "codeSystem", c.System)
	}
	w.end(name)
}

func (w *builder) custodian(s *Structure) {
	w.open("custodian")
	w.open("assignedCustodian")
	w.open("representedCustodianOrganization")
	w.leaf("id", "root", oid.StructIdNat, "extension", s.ID)
	if s.Name != "" {
		w.text("name", s.Name)
	}
	w.telecom(s.Phone, "", "", "WP")
	w.addr(s.Addr, "")
	w.end("representedCustodianOrganization", "assignedCustodian", "custodian")
	w.line()
}

func (w *builder) recipient(p *Professional) {
	w.open("informationRecipient", "typeCode", "PRCP")
	w.open("intendedRecipient")
	w.leaf("id", "root", oid.PSIdNat, "extension", p.ID)
	w.addr(p.Addr, "")
	w.telecom(p.Phone, p.Mail, "", "WP")
	w.open("informationRecipient")
	w.name(p)
	w.end("informationRecipient")
	w.structure("receivedOrganization", p.Structure, false)
	w.end("intendedRecipient", "informationRecipient")
	w.line()
}

func (w *builder) authenticator(name, template string, p *Professional, t time.Time) {
	w.open(name)
	if template != "" {
		w.leaf("templateId", "root", template)
	}
	w.leaf("time", "value", stamp(t))
	w.leaf("signatureCode", "code", "S")
	w.open("assignedEntity")
	w.entity(p, "assignedPerson", "representedOrganization", template != "", false)
	w.end("assignedEntity", name)
	w.line()
}
