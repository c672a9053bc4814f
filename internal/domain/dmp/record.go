// Package dmp is the shared record of a person: opened, opposed or closed; what may be deposited
// in it, replaced, found, read, hidden; with the same answer whatever the door.
//
// Sources: IHE ITI XDS.b, CI-SIS «Partage de documents de santé», DMP guide (facts in DMP 1–2).
package dmp

import (
	"time"

	"github.com/socle-sante/socle/internal/domain/acces"
)

// State is the state of a record.
type State string

// The states. A record opens by default unless opposed; a closed one is kept ten years.
const (
	None    State = ""
	Ouvert  State = "ouvert"
	Oppose  State = "oppose"
	Ferme   State = "ferme"
	Detruit State = "detruit"
)

// Record is the administrative side of a record.
type Record struct {
	State   State
	Since   time.Time
	Reason  string
	Choices acces.Choices
}
