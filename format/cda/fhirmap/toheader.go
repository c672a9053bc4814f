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
	return docKind{}, ErrKind.At("Composition.type").Saying(finding.Tf("Le type de document «%s» n'est pas de ceux qui s'écrivent en CDA.", "Document type “%s” is none of those written as CDA.", code))
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

func (i *importer) attester(a *object, mode string) *element {
	a.str("mode")
	t := el("time", "value", timestamp(a.str("time")))
	if t.attrs[1] == "" {
		t = el("time", "nullFlavor", "UNK")
	}
	r := i.resolve(a.sub("party"))
	if mode == "legal" {
		return el("legalAuthenticator").put(t, el("signatureCode", "code", "S"), i.entity("assignedEntity", r, ""))
	}
	e := el("authenticator")
	if i.bio {
		e.put(templates("1.3.6.1.4.1.19376.1.3.3.1.5")...)
	}
	return e.put(t, el("signatureCode", "code", "S"), i.entity("assignedEntity", r, i.contact()))
}

func (i *importer) order(r *object) *element {
	if r == nil {
		return nil
	}
	for _, k := range []string{"status", "intent"} {
		r.str(k)
	}
	i.resolve(r.sub("subject"))
	o := el("order")
	var accession *element
	for _, id := range r.all("identifier") {
		acsn := false
		for _, c := range id.sub("type").all("coding") {
			acsn = acsn || c.peek("code") == "ACSN"
		}
		if acsn {
			accession = i.ii("ps3-20:accessionNumber", id)
			continue
		}
		o.put(i.ii("id", id))
	}
	o.put(i.cd("code", r.sub("code"), ""), accession)
	return el("inFulfillmentOf").put(o)
}

func (i *importer) consent(r *object) *element {
	if r == nil {
		return nil
	}
	status := "completed"
	if r.str("status") == "rejected" {
		status = "aborted"
	}
	use(r.sub("scope"))
	use(r.sub("policyRule"))
	r.use("scope")
	r.use("policyRule")
	i.resolve(r.sub("patient"))
	e := el("consent").put(i.iis(r)...)
	for _, c := range r.all("category") {
		e.put(i.cd("code", c, ""))
		break
	}
	return el("authorization").put(e.put(el("statusCode", "code", status)))
}

// events writes documentationOf, the main act first.
//
// spec: CI-SIS cda §2.4
func (i *importer) events(root *element) {
	performed := false
	for n, ev := range i.composition.all("event") {
		s := el("serviceEvent")
		for _, d := range ev.all("detail") {
			if id := i.ii("id", d.sub("identifier")); id != nil {
				s.put(id)
			} else if r := i.resolve(d); r != nil && r.peek("resourceType") == "DiagnosticReport" {
				i.report(r)
			}
		}
		for _, c := range ev.all("code") {
			s.put(i.cd("code", c, ""))
			break
		}
		if i.bio && n == 0 {
			status := "completed"
			if i.composition.peek("status") == "preliminary" {
				status = "active"
			}
			s.put(el("lab:statusCode", "code", status))
		}
		s.put(i.interval("effectiveTime", ev.sub("period")))
		for _, p := range exts(ev, extParticipant) {
			typeOfParty(p)
			_, t := i.functionAndTime(p, false)
			e := el("performer", "typeCode", "PRF")
			if i.bio {
				e.put(templates("1.3.6.1.4.1.19376.1.3.3.1.7", "1.2.250.1.213.1.1.3.23")...)
				if t == nil {
					t = el("time").put(el("high", "value", timestamp(i.composition.peek("date"))))
				}
			}
			if inside := i.entity("assignedEntity", i.partyOf(p), i.contact()); inside != nil {
				s.put(e.put(t, inside))
				performed = true
			}
		}
		root.put(el("documentationOf").put(s))
	}
	i.need(performed, "Composition.event.extension (exécutant / performer)")
}

// report uses a DiagnosticReport: all it holds is said by the document itself.
func (i *importer) report(r *object) {
	for _, k := range []string{"identifier", "basedOn", "status", "category", "code", "subject", "encounter", "effectiveDateTime", "issued", "result", "presentedForm"} {
		if v := r.use(k); k != "presentedForm" {
			use(v)
		}
	}
	if e := ext(r, extReportOf); e != nil {
		use(e)
	}
	for _, f := range r.all("presentedForm") {
		use(f)
	}
}

// componentOf writes the encounter.
//
// spec: CI-SIS cda §2.5
func (i *importer) componentOf() *element {
	r := i.resolve(i.composition.sub("encounter"))
	i.need(r != nil, "Composition.encounter")
	if r == nil {
		return nil
	}
	r.str("status")
	i.resolve(r.sub("subject"))
	e := el("encompassingEncounter").put(i.iis(r)...)
	if c := r.sub("class"); c != nil && c.peek("system") != nullFlavors {
		if a := i.codingAttrs(c); len(a) > 2 {
			e.put(el("code", a...))
		}
	} else if c != nil {
		use(c)
	}
	period := i.interval("effectiveTime", r.sub("period"))
	if period == nil {
		period = el("effectiveTime", "nullFlavor", "UNK")
	}
	e.put(period)
	if h := r.sub("hospitalization"); h != nil {
		e.put(i.cd("dischargeDispositionCode", h.sub("dischargeDisposition"), ""))
	}
	var responsible, others []*element
	for _, p := range r.all("participant") {
		kind := ""
		for _, t := range p.all("type") {
			for _, c := range t.all("coding") {
				c.str("system")
				kind = c.str("code")
			}
		}
		a := i.resolve(p.sub("individual"))
		if kind == "RESP" && len(responsible) == 0 {
			responsible = append(responsible, el("responsibleParty").put(i.entity("assignedEntity", a, i.contact())))
			continue
		}
		if inside := i.entity("assignedEntity", a, ""); inside != nil {
			others = append(others, el("encounterParticipant", "typeCode", kind).put(i.interval("time", p.sub("period")), inside))
		}
	}
	e.put(responsible...).put(others...)
	facility := el("healthCareFacility")
	found := false
	for _, l := range r.all("location") {
		lo := i.resolve(l.sub("location"))
		if lo == nil || found {
			continue
		}
		facility.put(i.iis(lo)...)
		for _, t := range lo.all("type") {
			facility.put(i.cd("code", t, ""))
			found = true
			break
		}
		place := el("location").put(words("name", lo.str("name")), i.address(lo.sub("address")))
		facility.put(filled(place))
	}
	i.need(found, "Encounter.location.type (JDV_J02)")
	if o := i.resolve(r.sub("serviceProvider")); o != nil {
		facility.put(i.organization("serviceProviderOrganization", o, ""))
	}
	return el("componentOf").put(el("encompassingEncounter").putFrom(e).put(el("location").put(facility)))
}

// putFrom takes over the children of another element.
func (e *element) putFrom(o *element) *element {
	e.kids = append(e.kids, o.kids...)
	return e
}
