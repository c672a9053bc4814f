// Package acces decides: who may do what, to whose record, in which mode, under which choices of
// the person. One pure function over data tables; every door asks it, none decides by itself.
//
// Sources: DMP rights matrix (PDT-INF-526/606), TRE_R248, TRE_A07.
package acces

import "time"

// Authorisation is the link between one professional and one record.
// spec: DMP 2.3
type Authorisation struct {
	Professional string // idNat (PS_IdNat), or Struct_IdNat when given to a structure
	State        AuthorisationState
	MT           bool // médecin traitant
	Since        time.Time
	LastAction   time.Time
	By           string // who wrote it: idNat, or the PersonID of the citizen
	Name         string // words for pages
	Role         string
}

// AuthorisationState is the state of an Authorisation.
type AuthorisationState string

// The states; no row means none was ever given.
const (
	Active    AuthorisationState = "ACTIVE"
	Interdite AuthorisationState = "INTERDITE" // blocked by the person
	Expiree   AuthorisationState = "EXPIREE"
)

// Choices are what the person decided about emergencies.
// spec: DMP 2.3
type Choices struct {
	OpposeBrisDeGlace bool // OPPOSITION_BRIS_DE_GLACE
	OpposeUrgence     bool // OPPOSITION_ACCES_URGENCE (regulation)
}
