// Package ins knows persons: their identity traits, the four statuses of an identity and every
// event that changes them, the evidence behind each, how an incoming identity is compared with a
// known one, how two identities of one person are found, merged and separated again.
//
// Sources: Référentiel INS, RNIV, guide d'implémentation de l'INS dans les logiciels. Missing on
// purpose: keeping anything (dmp does), and speaking to INSi (Teleservice says what is asked of it).
//
// Start with Apply: a person, an event, a moment, and the person that results or a refusal.
package ins

import (
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

// PersonID is the opaque handle of a person inside Socle (a UUIDv7). It says nothing about the
// person, so it may stand in an address; it is the key of everything kept about them.
type PersonID string

// Status is the trust put in an identity.
// spec: INS §3
type Status int

// The four statuses.
const (
	Provisoire Status = iota + 1
	Recuperee
	Validee
	Qualifiee
)

// Traits are the strict traits of an identity, normalised as RNIV asks, and the used name.
// spec: INS §2
type Traits struct {
	BirthName  string // nom de naissance
	FirstGiven string // premier prénom de naissance
	Givens     string // liste des prénoms de naissance, space separated
	Sex        string // M, F, or I locally
	BirthDate  string // YYYY-MM-DD, lunar dates kept as given
	BirthPlace string // COG code of the commune or country
	UsedName   string // nom utilisé, when different
	UsedGiven  string // prénom utilisé, when different
}

// Evidence is the document that was shown to establish an identity. A minor's, and that of
// somebody who enters a residence, needs a second document beside it.
// spec: INS §2 (identity evidence)
type Evidence struct {
	Kind     string // "CNI", "PASSEPORT", … see Evidences
	Date     string // YYYY-MM-DD of the check
	Operator string // idNat of who looked at it
	With     string // the second document: a parent's "CNI"…, "DECISION_JUSTICE", "VITALE_PHOTO"
	Setting  string // "EHPAD" for a direct admission there, else empty
}

// Person is one human being as Socle knows them.
type Person struct {
	ID         PersonID
	INS        insid.INS   // zero when none is attached
	History    []insid.INS // matricules carried before, also those that were attached by mistake
	Status     Status
	Traits     Traits
	BirthTown  string // words for the birth place
	Evidence   Evidence
	Local      []LocalID
	Phone      string
	Mail       string
	Address    string
	Homonyme   bool
	Douteuse   bool
	Fictive    bool
	CreatedAt  time.Time
	ModifiedAt time.Time

	Anonyme    bool      // under anonymity: fictive, and hidden
	Profession string    // complementary trait
	Vitale     string    // number of the carte Vitale, as read
	Related    []Related // persons to tell, of confidence, mother
	// Former are the matricules known to be of this very person: told by INSi, or carried by an
	// identity merged into this one. Old documents are recognised by them.
	Former []Former
	// Past is every change of the identity, oldest first, at most MaxPast.
	Past []Change
	// Absorbed are the identities merged into this one.
	Absorbed []Absorbed
	// MergedInto is the identity this one was merged into; Held is what it carried then.
	MergedInto PersonID
	Held       insid.INS
	HeldStatus Status
}

// LocalID is an identifier given by an establishment (IPP).
type LocalID struct{ Value, Authority string }

// Related is somebody near the person.
type Related struct {
	Link   string // see Links: "MERE", "PERE", "CONFIANCE", …
	Name   string
	Phone  string
	Person PersonID // their identity here, when they have one (the mother of a newborn: HL7 FILI)
}

// Links are the relations that can be kept, with their words.
var Links = map[string]finding.Text{
	"MERE": finding.T("mère", "mother"), "PERE": finding.T("père", "father"), "TUTEUR": finding.T("tuteur légal", "legal guardian"),
	"CONFIANCE": finding.T("personne de confiance", "trusted person"), "PREVENIR": finding.T("personne à prévenir", "person to notify"),
	"AIDANT": finding.T("aidant", "carer"), "AUTRE": finding.T("autre", "other"),
}

// Change is one line of the history of an identity.
type Change struct {
	At       time.Time
	By       string // idNat of the operator
	What     Kind
	Detail   string // traits that changed, reason given; no value of a trait
	Evidence Evidence
	Before   Status
	After    Status
	INS      insid.INS // the one attached or dropped
	Other    PersonID  // the other identity of a merge
}

// Absorbed is an identity merged into another, and what that other received with it.
type Absorbed struct {
	ID      PersonID
	At      time.Time
	By      string
	Reason  string
	History []insid.INS
	Former  []Former
	Local   []LocalID
}

// Search is a person search. The birth date comes first: it is mandatory unless an INS or an
// IPP is given; names count by their beginning.
// spec: INS §2 (local search)
type Search struct {
	INS       insid.INS
	Local     LocalID // IPP; without authority, of any
	BirthDate string  // YYYY-MM-DD
	Name      string  // beginning of the birth or used name
	Given     string  // beginning of the first given name
	Limit     int
}
