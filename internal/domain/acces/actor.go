package acces

import "github.com/socle-sante/socle/internal/domain/annuaire"

// Auth is how the actor was authenticated.
type Auth int

// The ways in. DIRECTE, INDIRECTE and INDIRECTE_RENFORCEE (AIR) are those of the VIHF; a
// session of a professional on the pages counts as direct.
// spec: DMP 3.3
const (
	Directe Auth = iota + 1
	Indirecte
	AIR
	CitoyenAuth
)

// Mode is the access mode of the VIHF.
// spec: TRE_R248
type Mode string

// The three modes.
const (
	Normal      Mode = "normal"
	BrisDeGlace Mode = "bris_de_glace"
	Centre15    Mode = "centre_15"
)

// Actor is who asks, authenticated.
type Actor struct {
	ID            string // PS_IdNat, Struct_IdNat of an automaton, or PersonID of a citizen
	Name          string // as shown to the person concerned
	Profession    string // TRE_G15; empty for staff, automata and citizens
	SavoirFaire   string // TRE_R01
	Function      string // SECRETARIAT_MEDICAL, AUTOMATE…
	Role          string // words, French
	Structure     string // Struct_IdNat
	StructureName string
	Sector        string
	Auth          Auth
	Mode          Mode
	ModeReason    string // free text, with bris de glace
	Citizen       bool
	Assertion     string // ID of the assertion that authenticated, for the journal
}

// Row is a line of the rights matrix.
type Row uint16

// The lines, as the official matrix names them, and the person concerned.
// spec: DMP 2.2
const (
	P       Row = 1 << iota // professional, not doctor
	M                       // doctor, not médecin traitant
	MT                      // médecin traitant
	MW                      // médecin du travail
	CPE                     // staff card
	ES                      // structure certificate, indirect authentication
	PE                      // staff in AIR
	Citoyen                 // the person concerned
)

var rowNames = map[Row]string{P: "P", M: "M", MT: "MT", MW: "MW", CPE: "CPE", ES: "ES", PE: "PE", Citoyen: "citoyen"}

func (r Row) String() string { return rowNames[r] }

// occupational holds the savoir-faire of a médecin du travail.
var occupational = map[string]bool{"SM25": true, "SCH35": true, "C41": true, "CAPA11": true, "FON-29": true}

// RowOf places an actor in the matrix; mt tells whether they are médecin traitant of this record.
func (a Actor) RowOf(mt bool) Row {
	switch {
	case a.Citizen:
		return Citoyen
	case a.Auth == Indirecte:
		return ES // the structure answers for whoever typed the password
	case a.Profession == "":
		if a.Auth == AIR {
			return PE
		}
		return CPE
	case a.Profession == annuaire.Medecin && mt:
		return MT
	case a.Profession == annuaire.Medecin && occupational[a.SavoirFaire]:
		return MW
	case a.Profession == annuaire.Medecin:
		return M
	default:
		return P
	}
}
