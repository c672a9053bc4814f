package fhirmap

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/oid"
)

// docKind is a kind of document to write.
type docKind struct {
	name, code string
	templates  [][2]string // after the two common ones
}

const docArc = "1.2.250.1.213.1.1.1."

// docKinds are the kinds whose entries are written, by their type.
//
// spec: CI-SIS cda §4.3
var docKinds = []docKind{
	{"BIO-CR-BIO", "11502-2", [][2]string{{"1.3.6.1.4.1.19376.1.3.3", ""}, {docArc + "55", "2024.01"}}},
	{"BIO-TROD", "96173-0", [][2]string{{"1.3.6.1.4.1.19376.1.5.3.1.1.1", ""}, {docArc + "59", "2024.01"}}},
	{"IPS-FR", "60591-5", [][2]string{{"2.16.840.1.113883.10.22.1.1", ""}, {docArc + "51", "2024.01"}}},
	{"IPS-FR", "74207-2", [][2]string{{"2.16.840.1.113883.10.22.1.1", ""}, {docArc + "51", "2024.01"}}},
	{"VSM", "SYNTH", [][2]string{{docArc + "13", "2022.01"}}},
	{"VAC", "11369-6", [][2]string{{"1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2", ""}, {docArc + "37", "2023.01"}}},
	{"VAC-NOTE", "87273-9", [][2]string{{"1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2", ""}, {docArc + "46", "2023.01"}}},
}

var unstructuredKind = docKind{"N1", "", [][2]string{{oid.TemplateXDSD, ""}}}

// kind finds what to write: an unstructured document when the only section is a file, else by the
// type of the Composition.
func (i *importer) kind() (docKind, error) {
	code := ""
	for _, c := range i.composition.sub("type").all("coding") {
		if code == "" || systemOID(c.peek("system")) == oid.TypeCodeFR || c.peek("system") == loincURI {
			code = c.peek("code")
		}
	}
	if s := i.composition.all("section"); len(s) == 1 && s[0].raw("text") == nil && s[0].raw("section") == nil {
		if e := s[0].all("entry"); len(e) == 1 && i.byURL[e[0].peek("reference")].peek("resourceType") == "DocumentReference" {
			return unstructuredKind, nil
		}
	}
	for _, k := range docKinds {
		if k.code == code {
			return k, nil
		}
	}
	refusal := ErrKind.At("Composition.type").Saying(finding.Tf("Le type de document «%s» n'est pas de ceux qui s'écrivent en CDA.", "Document type “%s” is none of those written as CDA.", code))
	refusal.Fix = finding.T("Types écrits : 11502-2, 96173-0, 60591-5, 74207-2, SYNTH, 11369-6, 87273-9, ou un document non structuré.",
		"Types written: 11502-2, 96173-0, 60591-5, 74207-2, SYNTH, 11369-6, 87273-9, or an unstructured document.")
	return docKind{}, refusal
}

// document writes the whole CDA.
func (i *importer) document(k docKind) *element {
	c := i.composition
	root := el("ClinicalDocument", "xmlns", "urn:hl7-org:v3", "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance", "xmlns:lab", "urn:oid:1.3.6.1.4.1.19376.1.3.2",
		"xmlns:sdtc", "urn:hl7-org:sdtc", "xmlns:ps3-20", "urn:dicom-org:ps3-20", "xmlns:pharm", "urn:ihe:pharm:medication")
	root.put(el("realmCode", "code", "FR"), el("typeId", "root", oid.CDATypeID, "extension", "POCD_HD000040"), el("templateId", "root", oid.TemplateHL7), el("templateId", "root", oid.TemplateCISI))
	for _, t := range k.templates {
		if i.bio && !hasSection(c.all("section"), "55108-5") {
			t[1] = "" // the edition of 2024 wants a copy in PDF; those before are not named
		}
		root.put(el("templateId", "root", t[0], "extension", t[1]))
	}
	id := i.ii("id", i.bundle.sub("identifier"))
	i.need(id != nil, "Bundle.identifier (urn:oid ou urn:uuid)")
	code := i.cd("code", c.sub("type"), "")
	i.need(code != nil, "Composition.type")
	if code != nil && k.name == "BIO-CR-BIO" {
		code = el("code", "code", "11502-2", "displayName", "CR d'examens biologiques", "codeSystem", oid.LOINC, "codeSystemName", "LOINC")
	}
	root.put(id, code, words("title", c.str("title")))
	date := timestamp(i.bundle.str("timestamp"))
	if d := timestamp(c.str("date")); d != "" {
		date = d
	}
	i.need(date != "", "Composition.date")
	root.put(el("effectiveTime", "value", date))
	conf := c.str("confidentiality")
	if conf == "" {
		conf = "N"
	}
	root.put(el("confidentialityCode", "code", conf, "displayName", nos.Display(nos.Confidentiality, conf, oid.Confidentiality), "codeSystem", oid.Confidentiality))
	lang := c.str("language")
	if len(lang) != 5 {
		lang = "fr-FR"
	}
	root.put(el("languageCode", "code", lang))
	set := i.ii("setId", c.sub("identifier"))
	if set == nil {
		set = &element{name: "setId", attrs: id0(id)}
	}
	version := "1"
	if e := ext(c, extVersion); e != nil {
		version = e.str("valueString")
	}
	root.put(set, el("versionNumber", "value", version), i.recordTarget())
	c.str("status")
	i.resolve(c.sub("subject"))
	i.actorsOfHeader(root)
	for _, e := range exts(c, extBasedOn) {
		root.put(i.order(i.resolve(e.sub("valueReference"))))
	}
	i.events(root)
	for _, r := range c.all("relatesTo") {
		if r.peek("code") != "replaces" { // CI-SIS allows one relation, to the version replaced
			continue
		}
		if p := i.ii("id", r.sub("targetIdentifier")); p != nil {
			r.str("code")
			root.put(el("relatedDocument", "typeCode", "RPLC").put(el("parentDocument").put(p)))
			break
		}
	}
	for _, e := range exts(c, extConsent) {
		root.put(i.consent(i.resolve(e.sub("valueReference"))))
	}
	root.put(i.componentOf())
	body := i.bodyOf(k)
	return root.put(el("component").put(body))
}

func hasSection(list []*object, code string) bool {
	for _, s := range list {
		if codeOf(s.sub("code")) == code {
			return true
		}
	}
	return false
}

func id0(id *element) []string {
	if id == nil {
		return nil
	}
	return id.attrs
}

// recordTarget writes the patient.
//
// spec: CI-SIS cda §2.2
func (i *importer) recordTarget() *element {
	p := i.patient
	if p == nil {
		return nil
	}
	ids := i.iis(p)
	i.need(len(ids) > 0, "Patient.identifier")
	role := el("patientRole").put(ids...)
	role.put(i.addresses(p, "UNK")...)
	role.put(i.telecoms(p, "UNK")...)
	name := el("name")
	families := 0
	for _, n := range p.all("name") {
		q := "BR"
		switch n.str("use") {
		case "usual", "nickname", "maiden":
			q = "CL"
		}
		if q == "BR" {
			if families > 0 {
				continue // one name of birth
			}
			families++
			for _, x := range n.strs("prefix") {
				name.put(words("prefix", x))
			}
		}
		name.put(words("family", n.str("family"), "qualifier", q))
		if e := ext(n, extBirthGivens); e != nil {
			name.put(words("given", e.str("valueString")))
		}
		givens := n.strs("given")
		for k, g := range givens {
			if k == 0 {
				name.put(words("given", g, "qualifier", q))
			}
		}
		if len(givens) > 1 && q == "BR" && ext(n, extBirthGivens) == nil {
			name.put(words("given", strings.Join(givens, " ")))
		}
		if q == "BR" {
			for _, x := range n.strs("suffix") {
				name.put(words("suffix", x))
			}
		}
	}
	i.need(families > 0, "Patient.name (official)")
	person := el("patient", "classCode", "PSN").put(name)
	code := map[string]string{"male": "M", "female": "F", "unknown": "UN", "other": "UN"}[p.str("gender")]
	if code != "" {
		person.put(el("administrativeGenderCode", "code", code, "displayName", map[string]string{"F": "Féminin", "M": "Masculin", "UN": "Inconnu"}[code], "codeSystem", oid.Gender))
	} else {
		n := nullOf(p.sub("_gender"))
		if n == "" {
			n = "UNK"
		}
		person.put(el("administrativeGenderCode", "nullFlavor", n))
	}
	if t := timestamp(p.str("birthDate")); t != "" {
		person.put(el("birthTime", "value", t))
	} else {
		n := nullOf(p.sub("_birthDate"))
		if n == "" {
			n = "UNK"
		}
		person.put(el("birthTime", "nullFlavor", n))
	}
	if v, ok := p.raw("deceasedBoolean").(bool); ok {
		p.str("deceasedBoolean")
		person.put(el("sdtc:deceasedInd", "value", map[bool]string{true: "true", false: "false"}[v]))
	} else if t := timestamp(p.str("deceasedDateTime")); t != "" {
		person.put(el("sdtc:deceasedInd", "value", "true"), el("sdtc:deceasedTime", "value", t))
	}
	if v, ok := p.raw("multipleBirthBoolean").(bool); ok {
		p.str("multipleBirthBoolean")
		person.put(el("sdtc:multipleBirthInd", "value", map[bool]string{true: "true", false: "false"}[v]))
	} else if v := p.str("multipleBirthInteger"); v != "" {
		person.put(el("sdtc:multipleBirthInd", "value", "true"), el("sdtc:multipleBirthOrderNumber", "value", v))
	}
	person.put(i.cd("maritalStatusCode", p.sub("maritalStatus"), ""))
	for _, k := range p.all("contact") {
		person.put(i.guardian(k))
	}
	if e := ext(p, extBirthPlace); e != nil {
		if a := i.address(e.sub("valueAddress")); a != nil {
			person.put(el("birthplace").put(el("place").put(a)))
		}
	}
	role.put(person)
	if o := i.resolve(p.sub("managingOrganization")); o != nil {
		role.put(i.organization("providerOrganization", o, ""))
	}
	return el("recordTarget").put(role)
}

func (i *importer) guardian(k *object) *element {
	var code *element
	guard := false
	for _, r := range k.all("relationship") {
		if c := r.all("coding"); len(c) == 1 && c[0].peek("code") == "GUARD" && c[0].peek("system") == roleClass {
			use(r)
			guard = true
			continue
		}
		if guard && code == nil {
			code = i.cd("code", r, "")
		}
	}
	if !guard {
		return nil
	}
	g := el("guardian").put(code, i.address(k.sub("address")))
	g.put(i.telecoms(k, "")...)
	if n := k.sub("name"); n != nil {
		g.put(el("guardianPerson").put(i.personName([]*object{n})))
	} else if o := i.resolve(k.sub("organization")); o != nil {
		g.put(i.organization("guardianOrganization", o, ""))
	}
	return g
}

// actorsOfHeader writes the participations, in the order of the schema.
func (i *importer) actorsOfHeader(root *element) {
	c := i.composition
	authors := 0
	for _, a := range c.all("author") {
		r := i.resolve(a)
		var function, t *element
		if p := ext(a, extParticipant); p != nil {
			typeOfParty(p)
			function, t = i.functionAndTime(p, false)
		}
		if t == nil {
			t = el("time", "value", timestamp(c.peek("date")))
		}
		if r != nil && r.peek("resourceType") == "Patient" {
			r = nil
		}
		if e := i.entity("assignedAuthor", r, ""); e != nil {
			root.put(el("author").put(function, t, e))
			authors++
		}
	}
	i.need(authors > 0, "Composition.author")
	for _, p := range exts(c, extDataEnterer) {
		typeOfParty(p)
		_, t := i.functionAndTime(p, false)
		root.put(el("dataEnterer").put(t, i.entity("assignedEntity", i.partyOf(p), "")))
	}
	for _, p := range exts(c, extInformant) {
		typeOfParty(p)
		if e := i.entity("assignedEntity", i.partyOf(p), ""); e != nil {
			root.put(el("informant").put(e))
		}
	}
	custodian := i.resolve(c.sub("custodian"))
	i.need(custodian != nil, "Composition.custodian")
	if custodian != nil {
		root.put(el("custodian").put(el("assignedCustodian").put(i.organization("representedCustodianOrganization", custodian, ""))))
	}
	for _, p := range exts(c, extRecipient) {
		kind := typeOfParty(p)
		root.put(el("informationRecipient", "typeCode", kind).put(i.entity("intendedRecipient", i.partyOf(p), "")))
	}
	legal := false
	for _, mode := range []string{"legal", "professional"} {
		for _, a := range c.all("attester") {
			if a.peek("mode") != mode || mode == "legal" && legal {
				continue
			}
			legal = legal || mode == "legal"
			root.put(i.attester(a, mode))
		}
	}
	i.need(legal, "Composition.attester (mode legal)")
	for _, p := range exts(c, extParticipant) {
		kind := typeOfParty(p)
		function, t := i.functionAndTime(p, true)
		if t == nil {
			t = el("time", "nullFlavor", "NA")
		}
		e := el("participant", "typeCode", kind)
		if i.bio && kind == "REF" {
			e.put(templates("1.3.6.1.4.1.19376.1.3.3.1.6")...)
		}
		inside := i.entity("associatedEntity", i.partyOf(p), i.contact(), "classCode", "PROV")
		root.put(e.put(function, t, inside))
	}
}

// contact is what an absent address or telephone says where biology makes them mandatory.
func (i *importer) contact() string {
	if i.bio {
		return "NASK"
	}
	return ""
}
