package cda

import (
	"strings"

	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

// II is an instance identifier. Null is its nullFlavor.
type II struct {
	Root, Extension, Authority, Null string
}

// IsZero reports whether nothing identifies.
func (i II) IsZero() bool { return i.Root == "" && i.Extension == "" }

// UniqueID writes root, or root^extension.
func (i II) UniqueID() string {
	if i.Extension == "" {
		return i.Root
	}
	return i.Root + "^" + i.Extension
}

// Template is one declaration of conformity; Extension is the edition ("2024.01").
type Template struct{ Root, Extension string }

// Templates is the list of declarations of an element.
type Templates []Template

// Has reports whether a template is declared, whatever its edition.
func (t Templates) Has(root string) bool {
	for i := range t {
		if t[i].Root == root {
			return true
		}
	}
	return false
}

// Edition gives the extension of a declared template.
func (t Templates) Edition(root string) string {
	for i := range t {
		if t[i].Root == root && t[i].Extension != "" {
			return t[i].Extension
		}
	}
	return ""
}

// CD is a coded value (CD, CE, CV, CS).
type CD struct {
	Code, System, SystemName, Display, Null string

	// OriginalText is the text of originalText; when it is only a reference, OriginalRef holds
	// its value ("#id") and Document.Resolve gives the text.
	OriginalText string
	OriginalRef  string

	Translations []CD
	Qualifiers   []Qualifier // of a translation: IMG-CR says what the code is by a qualifier name
	Node         xmltree.Node
}

// Qualifier is one qualifier of a coded value.
type Qualifier struct{ Name, Value CD }

// IsZero reports whether there is no code and no text.
func (c CD) IsZero() bool {
	return c.Code == "" && c.Display == "" && c.OriginalText == "" && c.OriginalRef == ""
}

// Is compares code and system.
func (c CD) Is(code, system string) bool { return c.Code == code && c.System == system }

// Label is what to show: the display name, else the original text, else the code.
func (c CD) Label() string {
	switch {
	case c.Display != "":
		return c.Display
	case c.OriginalText != "":
		return c.OriginalText
	}
	return c.Code
}

// IVLTS is an interval of times; Value is set when a single instant was written.
type IVLTS struct{ Low, High, Value TS }

// Start is the low end, else the single instant.
func (i IVLTS) Start() TS {
	if !i.Low.IsZero() {
		return i.Low
	}
	return i.Value
}

// End is the high end, else the single instant.
func (i IVLTS) End() TS {
	if !i.High.IsZero() {
		return i.High
	}
	return i.Value
}

// Addr is an address as written. Lines is set when it is not structured.
type Addr struct {
	Use, Null, County, City, PostalCode, Country, Street string
	Lines                                                []string
	Node                                                 xmltree.Node
}

// OneLine writes the address on one line.
func (a Addr) OneLine() string {
	var part []string
	if a.Street != "" {
		part = append(part, a.Street)
	}
	part = append(part, a.Lines...)
	if town := strings.TrimSpace(a.PostalCode + " " + a.City); town != "" {
		part = append(part, town)
	}
	if a.Country != "" {
		part = append(part, a.Country)
	}
	return strings.Join(part, ", ")
}

// Telecom is a telephone number or an electronic address: "tel:0144534551", "mailto:…".
type Telecom struct{ Use, Value, Null string }

// Name is a person's name outside the patient: one family, at most one given.
type Name struct{ Family, Given, Prefix, Suffix string }

// IsZero reports whether there is no name.
func (n Name) IsZero() bool { return n == Name{} }

// Full writes "DR Marcel CAMPARINI".
func (n Name) Full() string {
	return strings.Join(strings.Fields(n.Suffix+" "+n.Given+" "+n.Family), " ")
}

// Organization is a structure.
type Organization struct {
	IDs      []II
	Name     string
	Telecoms []Telecom
	Addrs    []Addr
	Industry CD // standardIndustryClassCode, the practice setting
	Node     xmltree.Node
}

// StructID gives the national identifier of the structure (Struct_IdNat), or "".
func (o *Organization) StructID() string {
	if o == nil {
		return ""
	}
	for _, id := range o.IDs {
		if id.Root == oid.StructIdNat {
			return id.Extension
		}
	}
	return ""
}

// Device is a machine or a program in the place of a person.
type Device struct{ Model, Software string }

// Actor is anyone who takes part: author, authenticator, recipient, performer…
type Actor struct {
	Role      string // element: "author", "legalAuthenticator", "participant"…
	TypeCode  string // participant/@typeCode, performer/@typeCode
	ClassCode string // associatedEntity/@classCode, relatedEntity/@classCode
	Templates Templates
	Function  CD
	Time      IVLTS
	TimeNull  string // nullFlavor of time
	Signature string // signatureCode
	IDs       []II
	Code      CD // profession or speciality
	Addrs     []Addr
	Telecoms  []Telecom
	Name      Name
	Device    *Device
	Org       *Organization
	Node      xmltree.Node // the participation
	Entity    xmltree.Node // the assignedAuthor, assignedEntity, associatedEntity…
}

// ProfessionalID gives the national identifier of the professional (PS_IdNat), or "".
func (a *Actor) ProfessionalID() string {
	for _, id := range a.IDs {
		if id.Root == oid.PSIdNat {
			return id.Extension
		}
	}
	return ""
}

// Label is the person, else the device, else the structure.
func (a *Actor) Label() string {
	if s := a.Name.Full(); s != "" {
		return s
	}
	if a.Device != nil {
		return strings.TrimSpace(a.Device.Software + " " + a.Device.Model)
	}
	if a.Org != nil {
		return a.Org.Name
	}
	return ""
}
