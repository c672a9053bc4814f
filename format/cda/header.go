package cda

import (
	"github.com/socle-sante/socle/format/xmltree"
)

// Header is everything before the body.
type Header struct {
	Realm           string
	TypeID          II
	Templates       Templates
	ID              II
	Code            CD // type of document
	Title           string
	EffectiveTime   TS
	Confidentiality CD
	Language        string
	SetID           II
	Version         string // versionNumber as written

	Patient            Patient
	Authors            []Actor
	DataEnterer        *Actor
	Informants         []Actor
	Custodian          Organization
	Recipients         []Actor
	LegalAuthenticator *Actor
	Authenticators     []Actor
	Participants       []Actor
	Orders             []Order
	Services           []ServiceEvent // documentationOf, the first is the main act
	Consents           []Consent
	Related            []RelatedDocument
	Encounter          Encounter
}

// Order is a request this document answers (inFulfillmentOf).
type Order struct {
	IDs       []II
	Accession II // ps3-20:accessionNumber
	Node      xmltree.Node
}

// ServiceEvent is an act the document tells of (documentationOf/serviceEvent).
type ServiceEvent struct {
	IDs        []II
	Code       CD
	Status     string // lab:statusCode
	Time       IVLTS
	Performers []Actor
	Node       xmltree.Node
}

// Consent is an authorization/consent.
type Consent struct {
	Code   CD
	Status string
	Node   xmltree.Node
}

// RelatedDocument points at the document this one replaces.
type RelatedDocument struct {
	TypeCode string
	Parents  []II
	SetID    II
	Version  string
	Node     xmltree.Node
}

// Encounter is componentOf/encompassingEncounter.
type Encounter struct {
	IDs          []II
	Code         CD
	Time         IVLTS
	Discharge    CD
	Responsible  *Actor
	Participants []Actor
	Facility     CD // location/healthCareFacility/code
	Place        string
	PlaceAddr    Addr
	Node         xmltree.Node
}

// readHeader walks the children of ClinicalDocument once.
func readHeader(root xmltree.Node) Header {
	h := Header{Templates: readTemplates(root)}
	for n := range root.Elements() {
		if n.Space() != NS {
			continue
		}
		switch n.Local() {
		case "realmCode":
			h.Realm = n.Attr("code")
		case "typeId":
			h.TypeID = readII(n)
		case "id":
			first(&h.ID, readII(n))
		case "code":
			if h.Code.IsZero() {
				h.Code = ReadCD(n)
			}
		case "title":
			first(&h.Title, n.Trim())
		case "effectiveTime":
			first(&h.EffectiveTime, readTS(n))
		case "confidentialityCode":
			if h.Confidentiality.IsZero() {
				h.Confidentiality = ReadCD(n)
			}
		case "languageCode":
			first(&h.Language, n.Attr("code"))
		case "setId":
			first(&h.SetID, readII(n))
		case "versionNumber":
			first(&h.Version, n.Attr("value"))
		case "recordTarget":
			if !h.Patient.Node.Exists() {
				h.Patient = readPatient(n.Child(NS, "patientRole"))
			}
		case "custodian":
			h.Custodian = readOrganization(n.Path(NS, "assignedCustodian", "representedCustodianOrganization"))
		case "inFulfillmentOf":
			h.Orders = append(h.Orders, readOrder(n.Child(NS, "order")))
		case "documentationOf":
			h.Services = append(h.Services, readService(n.Child(NS, "serviceEvent")))
		case "authorization":
			c := n.Child(NS, "consent")
			h.Consents = append(h.Consents, Consent{ReadCD(c.Child(NS, "code")), c.Child(NS, "statusCode").Attr("code"), c})
		case "relatedDocument":
			h.Related = append(h.Related, readRelated(n))
		case "componentOf":
			if !h.Encounter.Node.Exists() {
				h.Encounter = readEncounter(n.Child(NS, "encompassingEncounter"))
			}
		default:
			h.readActor(n)
		}
	}
	return h
}

// first keeps the first value met.
func first[T comparable](to *T, v T) {
	var zero T
	if *to == zero {
		*to = v
	}
}

func (h *Header) readActor(n xmltree.Node) {
	switch n.Local() {
	case "author":
		h.Authors = append(h.Authors, ReadActor(n))
	case "dataEnterer":
		a := ReadActor(n)
		h.DataEnterer = &a
	case "informant":
		h.Informants = append(h.Informants, ReadActor(n))
	case "informationRecipient":
		h.Recipients = append(h.Recipients, ReadActor(n))
	case "legalAuthenticator":
		if h.LegalAuthenticator == nil {
			a := ReadActor(n)
			h.LegalAuthenticator = &a
		}
	case "authenticator":
		h.Authenticators = append(h.Authenticators, ReadActor(n))
	case "participant":
		h.Participants = append(h.Participants, ReadActor(n))
	}
}

func readOrder(n xmltree.Node) Order {
	o := Order{IDs: readIIs(n), Node: n}
	o.Accession = readII(n.Child(NSDICO, "accessionNumber"))
	return o
}

func readService(n xmltree.Node) ServiceEvent {
	s := ServiceEvent{
		IDs: readIIs(n), Code: ReadCD(n.Child(NS, "code")), Status: n.Child(NSLab, "statusCode").Attr("code"),
		Time: readIVLTS(n.Child(NS, "effectiveTime")), Node: n,
	}
	for p := range n.Children(NS, "performer") {
		s.Performers = append(s.Performers, ReadActor(p))
	}
	return s
}

func readRelated(n xmltree.Node) RelatedDocument {
	p := n.Child(NS, "parentDocument")
	return RelatedDocument{
		TypeCode: n.Attr("typeCode"), Parents: readIIs(p), SetID: readII(p.Child(NS, "setId")),
		Version: p.Child(NS, "versionNumber").Attr("value"), Node: n,
	}
}

func readEncounter(n xmltree.Node) Encounter {
	facility := n.Path(NS, "location", "healthCareFacility")
	e := Encounter{
		IDs: readIIs(n), Code: ReadCD(n.Child(NS, "code")), Time: readIVLTS(n.Child(NS, "effectiveTime")),
		Discharge: ReadCD(n.Child(NS, "dischargeDispositionCode")), Facility: ReadCD(facility.Child(NS, "code")),
		Place: facility.Path(NS, "location", "name").Trim(), PlaceAddr: readAddr(facility.Path(NS, "location", "addr")), Node: n,
	}
	if r := n.Child(NS, "responsibleParty"); r.Exists() {
		a := ReadActor(r)
		e.Responsible = &a
	}
	for p := range n.Children(NS, "encounterParticipant") {
		e.Participants = append(e.Participants, ReadActor(p))
	}
	return e
}
