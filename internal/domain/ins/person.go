// Package ins knows persons: their identity traits, the four statuses of an identity, the
// evidence behind each, and how an incoming identity is resolved to one person.
//
// Sources: Référentiel INS, RNIV. Missing: homonym and merge workflows, INSi teleservice.
package ins

import (
	"time"

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

// Evidence is the document that was shown to establish an identity.
type Evidence struct {
	Kind     string // "CNI", "PASSEPORT", …
	Date     string // YYYY-MM-DD of the check
	Operator string // idNat of who looked at it
}

// Person is one human being as Socle knows them.
type Person struct {
	ID         PersonID
	INS        insid.INS   // zero when none is attached
	History    []insid.INS // matricules carried before
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
}

// LocalID is an identifier given by an establishment (IPP).
type LocalID struct{ Value, Authority string }

// Search is a person search. The birth date comes first: it is mandatory unless an INS or an
// IPP is given; names count by their beginning.
// spec: INS §2 (local search)
type Search struct {
	INS       insid.INS
	BirthDate string // YYYY-MM-DD
	Name      string // beginning of the birth or used name
	Given     string // beginning of the first given name
	Limit     int
}
