package cda

import (
	"strings"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xmltree"
)

// Patient is the person the document is about.
type Patient struct {
	IDs []II // every identifier, in order

	INS    []insid.INS // those under an INS OID and well-shaped; a key may be wrong
	BadINS []II        // under an INS OID but not a matricule
	INSC   []II        // old INS-C: never an INS
	IPP    []II        // identifiers of establishments and others

	Families []NamePart
	Givens   []NamePart
	Prefix   string
	Suffix   string

	Sex        CD
	Birth      TS
	BirthCOG   string // county of the birthplace: COG code of the commune or country
	BirthCity  string
	Birthplace xmltree.Node
	Deceased   string // sdtc:deceasedInd as written
	DeathTime  TS

	Addrs    []Addr
	Telecoms []Telecom

	Guardians []Actor
	Node      xmltree.Node // patientRole
	Person    xmltree.Node // patient
}

// NamePart is a family or given name with its qualifier: BR birth, CL used, none for the
// whole list of birth given names, SP seen in error.
//
// spec: CI-SIS cda §2.2
type NamePart struct{ Qualifier, Text string }

// TheINS gives the INS of the patient: the first well-shaped one.
func (p *Patient) TheINS() insid.INS {
	if len(p.INS) == 0 {
		return insid.INS{}
	}
	return p.INS[0]
}

// BirthName is the family name of birth (BR), or the only family name when none is qualified.
func (p *Patient) BirthName() string {
	if s := part(p.Families, "BR"); s != "" {
		return s
	}
	if len(p.Families) == 1 {
		return p.Families[0].Text
	}
	return part(p.Families, "")
}

// UsedName is the family name used (CL), or "".
func (p *Patient) UsedName() string { return part(p.Families, "CL") }

// FirstGiven is the first birth given name (BR), else the first word of the list.
func (p *Patient) FirstGiven() string {
	if s := part(p.Givens, "BR"); s != "" {
		return s
	}
	s, _, _ := strings.Cut(part(p.Givens, ""), " ")
	return s
}

// BirthGivens is the whole list of birth given names, space separated.
func (p *Patient) BirthGivens() string { return part(p.Givens, "") }

// UsedGiven is the given name used (CL), or "".
func (p *Patient) UsedGiven() string { return part(p.Givens, "CL") }

// Shown is the name to write above a record: used name and given name where there are some.
func (p *Patient) Shown() string {
	family, given := p.UsedName(), p.UsedGiven()
	if family == "" {
		family = p.BirthName()
	}
	if given == "" {
		given = p.FirstGiven()
	}
	return strings.TrimSpace(family + " " + given)
}

func part(list []NamePart, qualifier string) string {
	for _, n := range list {
		if n.Qualifier == qualifier && n.Text != "" {
			return n.Text
		}
	}
	return ""
}

func readPatient(role xmltree.Node) Patient {
	person := role.Child(NS, "patient")
	p := Patient{
		IDs: readIIs(role), Sex: ReadCD(person.Child(NS, "administrativeGenderCode")), Birth: readTS(person.Child(NS, "birthTime")),
		Deceased: person.Child(NSSDTC, "deceasedInd").Attr("value"), DeathTime: readTS(person.Child(NSSDTC, "deceasedTime")),
		Addrs: readAddrs(role), Telecoms: readTelecoms(role), Node: role, Person: person,
	}
	p.sortIDs()
	name := person.Child(NS, "name")
	for n := range name.Elements() {
		switch n.Local() {
		case "family":
			p.Families = append(p.Families, NamePart{n.Attr("qualifier"), n.Trim()})
		case "given":
			p.Givens = append(p.Givens, NamePart{n.Attr("qualifier"), n.Trim()})
		case "prefix":
			p.Prefix = n.Trim()
		case "suffix":
			p.Suffix = n.Trim()
		}
	}
	p.Birthplace = person.Path(NS, "birthplace", "place", "addr")
	p.BirthCOG = p.Birthplace.Child(NS, "county").Trim()
	p.BirthCity = p.Birthplace.Child(NS, "city").Trim()
	for g := range person.Children(NS, "guardian") {
		p.Guardians = append(p.Guardians, readGuardian(g))
	}
	return p
}

// sortIDs tells the INS from the local identifiers. The OID decides, never the digits.
//
// spec: INS §1
func (p *Patient) sortIDs() {
	for _, id := range p.IDs {
		switch insid.ClassOf(id.Root) {
		case insid.Foreign:
			if !id.IsZero() {
				p.IPP = append(p.IPP, id)
			}
		case insid.Obsolete:
			p.INSC = append(p.INSC, id)
		default:
			m, err := insid.ParseMatricule(id.Extension)
			if err != nil {
				p.BadINS = append(p.BadINS, id)
				continue
			}
			p.INS = append(p.INS, insid.INS{Matricule: m, OID: id.Root})
		}
	}
}

func readGuardian(g xmltree.Node) Actor {
	a := Actor{Role: "guardian", IDs: readIIs(g), Code: ReadCD(g.Child(NS, "code")), Addrs: readAddrs(g), Telecoms: readTelecoms(g), Node: g, Entity: g}
	a.Name = readName(g.Path(NS, "guardianPerson", "name"))
	if o := g.Child(NS, "guardianOrganization"); o.Exists() {
		org := readOrganization(o)
		a.Org = &org
	}
	return a
}
