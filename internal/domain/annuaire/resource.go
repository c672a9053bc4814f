package annuaire

import (
	"strconv"
	"strings"
)

// Kind is one of the five resources of the directory.
type Kind uint8

// The kinds; their numbers are in the log.
const (
	KPractitioner  Kind = 0
	KRole          Kind = 1
	KOrganization  Kind = 2
	KService       Kind = 3
	KDevice        Kind = 4
	kindCount           = 5
	kindNameLength      = 24
)

// Kinds lists them in the order of the manifest of an export.
var Kinds = []Kind{KPractitioner, KRole, KOrganization, KService, KDevice}

var kindNames = [kindCount]string{"Practitioner", "PractitionerRole", "Organization", "HealthcareService", "Device"}

// idPrefixes begin the technical ids of each kind, as in the national directory.
var idPrefixes = [kindCount]string{"003", "005", "001", "004", "002"}

// String gives the FHIR name of the resource.
func (k Kind) String() string {
	if int(k) < kindCount {
		return kindNames[k]
	}
	return "?"
}

// KindOf gives the kind of a FHIR name.
func KindOf(name string) (Kind, bool) {
	for i, n := range kindNames {
		if n == name {
			return Kind(i), true
		}
	}
	return 0, false
}

// ID is the technical identifier of a resource inside its kind: it comes from what identifies the
// resource in the register, so that two directories made from one extraction agree.
type ID uint64

// Text writes an id as the API shows it: 003-32783-88722.
func (id ID) Text(k Kind) string {
	return idPrefixes[k] + "-" + strconv.FormatUint(uint64(id>>32), 10) + "-" + strconv.FormatUint(uint64(id&0xffffffff), 10)
}

// ParseID reads what Text wrote; "Practitioner/003-…" is taken too.
func ParseID(k Kind, s string) (ID, bool) {
	s = strings.TrimPrefix(s, kindNames[k]+"/")
	s, ok := strings.CutPrefix(s, idPrefixes[k]+"-")
	if !ok || len(s) > kindNameLength {
		return 0, false
	}
	high, low, ok := strings.Cut(s, "-")
	h, err1 := strconv.ParseUint(high, 10, 32)
	l, err2 := strconv.ParseUint(low, 10, 32)
	if !ok || err1 != nil || err2 != nil {
		return 0, false
	}
	id := ID(h<<32 | l)
	return id, id.Text(k) == idPrefixes[k]+"-"+s
}

// Qualification is a degree, a professional exercise, a savoir-faire or an authorisation.
type Qualification struct {
	Nature     byte   // Degree, Exercise, Skill or Authorization
	Type, Code string // DE/DE05; category C/profession 10; S/SM26; type of authorisation/discipline
	Profession string // of a skill: the exercise it belongs to
}

// The natures of a qualification; they are in the log.
const (
	Degree        byte = 'D'
	Exercise      byte = 'P'
	Skill         byte = 'S'
	Authorization byte = 'A'
)

// Mailbox is a boîte aux lettres MSSanté.
// spec: MSSANTE 2
type Mailbox struct {
	Address     string
	Type        string // PER, ORG, APP, CAB
	Description string
	Service     string
	Responsible string // restricted: never shown in free access
	Rank        int    // 1 is the preferred one, 0 none said
	Red         bool   // liste rouge: not published
	Paperless   bool   // dématérialisation
}

// Card is a CPx card in force.
type Card struct {
	Type, Number string
	Start, End   string // AAAA-MM-JJ
}

// Practitioner is a person who exercises.
type Practitioner struct {
	IDNat          string // national identifier: 8+RPPS…
	Family, Given  string // names of exercise
	Civility       string // M, MME
	Title          string // civilité d'exercice: DR, PR
	Active         bool
	Qualifications []Qualification
	Mailboxes      []Mailbox
	Cards          []Card
	Authority      string
	System         string // information system the data comes from: RPPS, FINESS
}

// RPPS gives the RPPS number, "" when the national identifier is of another register.
func (p *Practitioner) RPPS() string {
	if len(p.IDNat) == 12 && p.IDNat[0] == '8' {
		return p.IDNat[1:]
	}
	return ""
}

// Profession gives the first exercise: profession and category.
func (p *Practitioner) Profession() (code, category string) {
	for _, q := range p.Qualifications {
		if q.Nature == Exercise {
			return q.Code, q.Type
		}
	}
	return "", ""
}

// Role is a situation d'exercice: a person, a profession, a structure.
type Role struct {
	Identifier    string // of the activity
	Practitioner  ID
	Organization  ID // 0: none
	Profession    string
	Category      string
	Mode          string // TRE_R23
	Section       string // section of the pharmacists' table
	Fonction      string // TRE_R21, R85, R96
	Genre         string // TRE_R22
	Sector        string // TRE_R02, as the row says it
	SkillType     string // the savoir-faire exercised there, when the extraction says it
	Skill         string
	Active        bool
	Mailboxes     []Mailbox
	Authority     string
	System        string
	Start, Finish string
}

// Address is a postal address in the parts of the register.
type Address struct {
	Recipient, Complement, Number, Suffix, StreetType, StreetTypeLabel, Street, Mention, Cedex string
	PostCode, InseeCode, Town, Country, CountryLabel, Department, DepartmentLabel              string
}

// Line gives the street: "12 bis rue des Tilleuls".
func (a *Address) Line() string {
	kind := a.StreetTypeLabel
	if kind == "" {
		kind = a.StreetType
	}
	return joinWords(a.Number, a.Suffix, kind, a.Street)
}

// City gives the town: the commune, otherwise what follows the post code on the line of the post.
func (a *Address) City() string {
	if a.Town != "" {
		return a.Town
	}
	if code, town, ok := strings.Cut(a.Cedex, " "); ok && code != "" && strings.Trim(code, "0123456789") == "" {
		return town
	}
	return a.Cedex
}

// Zero reports whether nothing is known.
func (a *Address) Zero() bool { return *a == Address{} }

// Organization is a structure: entité juridique or entité géographique.
type Organization struct {
	IDNat       string // idNat_Struct
	TechnicalID string // of the RPPS: F…, R…, C…
	FINESS      string
	FINESSEJ    string // of the legal entity it belongs to
	SIREN       string
	SIRET       string
	Name        string // raison sociale
	Alias       string // enseigne commerciale
	Legal       bool   // entité juridique
	Active      bool
	Sector      string // TRE_R02
	Category    string // TRE_R66
	Status      string // TRE_R72, statut juridique
	SPH         string // TRE_R73
	SiteType    string // P, S
	Licence     string // pharmacy
	PartOf      ID     // its legal entity
	Address     Address
	Phone       string
	Phone2      string
	Fax         string
	Email       string
	Mailboxes   []Mailbox
	Authority   string
	System      string
	Opened      string // AAAA-MM-JJ
	Practice    string // practiceSettingCode, of the documents' metadata; not published
	Facility    string // healthcareFacilityTypeCode; not published
}

// Service is an activity of care or a social equipment of a structure.
type Service struct {
	Identifier     string // ARHGOS
	Organization   ID
	Social         bool   // équipement social, otherwise activité de soins
	Category       string // modalité
	Type           string // activité or discipline
	Characteristic string // forme or type of activity
	Public         string // clientèle, of a social equipment
	Active         bool
	Authorized     string // date of the decision
	Start, End     string // period of the authorisation
	Installed      string
	Capacity       string
	Updated        string // by the registration authority
	Authority      string
	System         string
}

// Device is an équipement matériel lourd.
type Device struct {
	Identifier   string // ARHGOS
	Organization ID
	Type         string // TRE_R272
	Status       string // active, inactive
	Manufacturer string
	Model        string
	Serial       string
	Authorized   string
	Start, End   string
	Authority    string
	System       string
}

// joinWords puts the words that are there side by side.
func joinWords(words ...string) string {
	out := ""
	for _, w := range words {
		if w == "" {
			continue
		}
		if out != "" {
			out += " "
		}
		out += w
	}
	return out
}
