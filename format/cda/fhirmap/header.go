package fhirmap

import (
	"encoding/base64"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// genders are those of CDA France and FHIR.
var genders = map[string]string{"M": "male", "F": "female", "UN": "unknown", "U": "unknown"}

// patient converts recordTarget. The name of birth is the official one, the name used the usual
// one; the list of birth given names has its FR Core extension.
//
// spec: FR Core 2.1 Patient INS
func (c *exporter) patient(o *object, n xmltree.Node) {
	p := n.Child(cda.NS, "patient")
	c.identifiers(o, n)
	birth, used := &object{}, &object{}
	birthGivens := ""
	name := p.Child(cda.NS, "name")
	for e := range name.Elements() {
		v, q := c.text(e), c.attr(e, "qualifier")
		switch e.Local() + " " + q {
		case "family BR", "family ":
			birth.set("family", v)
		case "family CL", "family SP":
			used.set("family", v)
			if q == "SP" {
				c.lose(e, "qualifier=SP", finding.T("Le nom d'usage FHIR ne dit pas s'il vient du conjoint.", "The usual name of FHIR does not say that it comes from the spouse."))
			}
		case "given BR":
			birth.add("given", v)
		case "given ":
			birthGivens = v
		case "given CL", "given SP":
			used.add("given", v)
		case "prefix ", "suffix ":
			if e.Local() == "prefix" || e.Local() == "suffix" {
				birth.add(e.Local(), v)
			}
		}
	}
	if birthGivens != "" {
		birth.add("extension", extension(extBirthGivens, "valueString", birthGivens))
	}
	if says(birth) {
		birth.set("use", "official")
	}
	if says(used) {
		used.set("use", "usual")
	}
	o.add("name", birth)
	o.add("name", used)
	c.telecoms(o, n)
	g := p.Child(cda.NS, "administrativeGenderCode")
	if code := c.attr(g, "code"); code != "" {
		o.set("gender", genders[code])
		c.attr(g, "codeSystem")
		c.attr(g, "displayName")
	} else if null := c.null(g); null != nil {
		o.set("_gender", obj("extension", list{null}))
	}
	b := p.Child(cda.NS, "birthTime")
	if v := c.attr(b, "value"); v != "" {
		t := dateTime(v)
		if len(t) > 10 { // birthDate has no time
			c.lose(b, v, finding.T("La date de naissance FHIR n'a pas d'heure.", "The birth date of FHIR has no time."))
			t = t[:10]
		}
		o.set("birthDate", t)
	} else if null := c.null(b); null != nil {
		o.set("_birthDate", obj("extension", list{null}))
	}
	if v := c.attr(p.Child(cda.NSSDTC, "deceasedTime"), "value"); v != "" {
		o.set("deceasedDateTime", dateTime(v))
		c.attr(p.Child(cda.NSSDTC, "deceasedInd"), "value")
	} else if v := c.attr(p.Child(cda.NSSDTC, "deceasedInd"), "value"); v != "" {
		o.set("deceasedBoolean", v == "true")
	}
	c.addresses(o, n)
	o.set("maritalStatus", c.concept(p.Child(cda.NS, "maritalStatusCode")))
	if v := c.attr(p.Child(cda.NSSDTC, "multipleBirthOrderNumber"), "value"); asNumber(v) != "" {
		o.set("multipleBirthInteger", asNumber(v))
		c.attr(p.Child(cda.NSSDTC, "multipleBirthInd"), "value")
	} else if v := c.attr(p.Child(cda.NSSDTC, "multipleBirthInd"), "value"); v != "" {
		o.set("multipleBirthBoolean", v == "true")
	}
	if a := c.address(p.Path(cda.NS, "birthplace", "place", "addr")); a != nil {
		o.add("extension", extension(extBirthPlace, "valueAddress", a))
	}
	for g := range p.Children(cda.NS, "guardian") {
		k := obj("relationship", list{obj("coding", list{obj("system", roleClass, "code", "GUARD")})})
		k.add("relationship", c.concept(g.Child(cda.NS, "code")))
		k.set("name", c.humanName(g.Path(cda.NS, "guardianPerson", "name")))
		c.telecoms(k, g)
		k.set("address", c.address(g.Child(cda.NS, "addr")))
		if org := g.Child(cda.NS, "guardianOrganization"); org.Exists() {
			k.set("organization", ref(c.organization(org)))
		}
		o.add("contact", k)
	}
	if org := n.Child(cda.NS, "providerOrganization"); org.Exists() {
		o.set("managingOrganization", ref(c.organization(org)))
	}
}

// header fills the Composition.
//
// spec: CI-SIS cda §12
func (c *exporter) header(h xmltree.Node) {
	o := c.composition
	if v := c.attr(h.Child(cda.NS, "versionNumber"), "value"); v != "" {
		o.add("extension", extension(extVersion, "valueString", v))
	}
	o.set("language", c.attr(h.Child(cda.NS, "languageCode"), "code"))
	o.set("identifier", c.identifier(h.Child(cda.NS, "setId")))
	o.set("status", "final")
	o.set("type", c.concept(h.Child(cda.NS, "code")))
	o.set("subject", ref(c.patientURL))
	c.encounter(h.Path(cda.NS, "componentOf", "encompassingEncounter"))
	o.set("encounter", ref(c.encounterURL))
	o.set("date", dateTime(c.attr(h.Child(cda.NS, "effectiveTime"), "value")))
	for a := range h.Children(cda.NS, "author") {
		o.add("author", obj("extension", list{c.participant(a, false)}, "reference", c.party(entityOf(a))))
	}
	o.set("title", c.text(h.Child(cda.NS, "title")))
	conf := h.Child(cda.NS, "confidentialityCode")
	c.attr(conf, "codeSystem")
	o.set("confidentiality", c.attr(conf, "code"))
	for a := range h.Children(cda.NS, "legalAuthenticator") {
		o.add("attester", c.attester(a, "legal"))
	}
	for a := range h.Children(cda.NS, "authenticator") {
		o.add("attester", c.attester(a, "professional"))
	}
	o.set("custodian", ref(c.organization(h.Path(cda.NS, "custodian", "assignedCustodian", "representedCustodianOrganization"))))
	for r := range h.Children(cda.NS, "relatedDocument") {
		c.relatesTo(r)
	}
	for d := range h.Children(cda.NS, "documentationOf") {
		o.add("event", c.event(d.Child(cda.NS, "serviceEvent")))
	}
	for e := range h.Elements() {
		switch e.Local() {
		case "dataEnterer":
			o.add("extension", c.byParty(extDataEnterer, e))
		case "informant":
			o.add("extension", c.byParty(extInformant, e))
		case "informationRecipient":
			o.add("extension", c.byParty(extRecipient, e))
		case "participant":
			o.add("extension", c.participant(e, true))
		case "inFulfillmentOf":
			o.add("extension", extension(extBasedOn, "valueReference", ref(c.order(e.Child(cda.NS, "order")))))
		case "authorization":
			o.add("extension", extension(extConsent, "valueReference", ref(c.consent(e.Child(cda.NS, "consent")))))
		}
	}
}

// byParty is a participation that has its own extension.
func (c *exporter) byParty(url string, n xmltree.Node) *object {
	p := c.participant(n, true)
	p.set("url", url)
	return p
}

func (c *exporter) attester(n xmltree.Node, mode string) *object {
	o := obj("mode", mode)
	t := n.Child(cda.NS, "time")
	if v := c.attr(t, "value"); v != "" {
		o.set("time", dateTime(v))
	} else if p := c.period(t); p != nil {
		o.set("time", p.raw("end"))
		if o.raw("time") == nil {
			o.set("time", p.raw("start"))
		}
	}
	return o.set("party", ref(c.party(entityOf(n))))
}

func (c *exporter) relatesTo(n xmltree.Node) {
	code := map[string]string{"RPLC": "replaces", "APND": "appends", "XFRM": "transforms"}[c.attr(n, "typeCode")]
	p := n.Child(cda.NS, "parentDocument")
	for id := range p.Children(cda.NS, "id") {
		c.composition.add("relatesTo", obj("code", code, "targetIdentifier", c.identifier(id)))
	}
}

// event is an act the document tells of. Its status is that of the DiagnosticReport in biology.
func (c *exporter) event(n xmltree.Node) *object {
	o := &object{}
	for p := range n.Children(cda.NS, "performer") {
		o.add("extension", c.participant(p, true))
	}
	o.add("code", c.concept(n.Child(cda.NS, "code")))
	o.set("period", c.period(n.Child(cda.NS, "effectiveTime")))
	for id := range n.Children(cda.NS, "id") {
		if i := c.identifier(id); i != nil {
			o.add("detail", obj("identifier", i))
		}
	}
	if s := n.Child(cda.NSLab, "statusCode"); s.Exists() && c.reportStatus == "" {
		if c.reportStatus = c.attr(s, "code"); c.reportStatus == "active" {
			c.composition.set("status", "preliminary")
		}
	} else if s.Exists() && s.Attr("code") == c.reportStatus {
		c.attr(s, "code")
	}
	return o
}

// order is the request the document answers.
func (c *exporter) order(n xmltree.Node) string {
	o := obj("resourceType", "ServiceRequest")
	c.identifiers(o, n)
	if a := c.identifier(n.Child(cda.NSDICO, "accessionNumber")); a != nil {
		o.add("identifier", a.set("type", obj("coding", list{obj("system", idTypes, "code", "ACSN")})))
	}
	o.set("status", "completed").set("intent", "order").set("code", c.concept(n.Child(cda.NS, "code"))).set("subject", ref(c.patientURL))
	url := c.new(o, n.XPath())
	c.orders = append(c.orders, ref(url))
	return url
}

func (c *exporter) consent(n xmltree.Node) string {
	o := obj("resourceType", "Consent")
	c.identifiers(o, n)
	o.set("status", "active")
	if s := c.attr(n.Child(cda.NS, "statusCode"), "code"); s == "aborted" {
		o.set("status", "rejected")
	}
	o.set("scope", obj("coding", list{obj("system", "http://terminology.hl7.org/CodeSystem/consentscope", "code", "patient-privacy")}))
	o.add("category", c.concept(n.Child(cda.NS, "code")))
	o.set("patient", ref(c.patientURL))
	o.set("policyRule", obj("text", "—"))
	return c.new(o, n.XPath())
}

// encounter converts componentOf.
func (c *exporter) encounter(n xmltree.Node) {
	if !n.Exists() {
		return
	}
	o := obj("resourceType", "Encounter")
	c.encounterURL = c.url("Encounter")
	for id := range n.Children(cda.NS, "id") {
		o.add("identifier", c.identifier(id))
	}
	o.set("status", "finished")
	class := obj("system", nullFlavors, "code", "UNK")
	if code := n.Child(cda.NS, "code"); code.Attr("code") != "" {
		class = c.coding(code)
		if t := c.concept(code); t != nil && len(t.all("coding")) > 1 {
			o.add("type", t)
		}
	}
	o.set("class", class).set("subject", ref(c.patientURL))
	party := func(e xmltree.Node, kind string) {
		p := obj("type", list{obj("coding", list{obj("system", participation, "code", kind)})})
		p.set("period", c.period(e.Child(cda.NS, "time")))
		p.set("individual", ref(c.party(entityOf(e))))
		o.add("participant", p)
	}
	if e := n.Child(cda.NS, "responsibleParty"); e.Exists() {
		party(e, "RESP")
	}
	for e := range n.Children(cda.NS, "encounterParticipant") {
		party(e, c.attr(e, "typeCode"))
	}
	o.set("period", c.period(n.Child(cda.NS, "effectiveTime")))
	if d := c.concept(n.Child(cda.NS, "dischargeDispositionCode")); d != nil {
		o.set("hospitalization", obj("dischargeDisposition", d))
	}
	if f := n.Path(cda.NS, "location", "healthCareFacility"); f.Exists() {
		l := obj("resourceType", "Location")
		c.identifiers(l, f)
		place := f.Child(cda.NS, "location")
		l.set("name", c.text(place.Child(cda.NS, "name")))
		l.add("type", c.concept(f.Child(cda.NS, "code")))
		l.set("address", c.address(place.Child(cda.NS, "addr")))
		o.add("location", obj("location", ref(c.new(l, "Location"))))
		if org := f.Child(cda.NS, "serviceProviderOrganization"); org.Exists() {
			o.set("serviceProvider", ref(c.organization(org)))
		}
	}
	c.put(o, c.encounterURL)
}
