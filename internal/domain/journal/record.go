// Package journal is the memory of who did what to whose record: one leaf for every access,
// refusal and change, in an append-only Merkle log whose signed checkpoints anybody can follow.
//
// The public log holds commitments only (SHA-256 of a random nonce and the record): it proves
// that nothing was altered or dropped without saying anything about anyone. The record itself
// stays with the store and is shown to the person it concerns, with its proof.
//
// Standards: RFC 6962 hashing, C2SP tlog-tiles and signed-note checkpoints.
package journal

import "time"

// Record is one line of the journal.
type Record struct {
	Time       time.Time `json:"t"`
	Person     string    `json:"p,omitempty"`  // ins.PersonID of the person concerned
	Actor      Actor     `json:"a"`            // who
	Action     Action    `json:"do"`           // what
	UniqueID   string    `json:"u,omitempty"`  // document concerned
	Title      string    `json:"ti,omitempty"` // its title then, for the citizen's page
	Outcome    Outcome   `json:"o"`
	Reason     string    `json:"r,omitempty"` // id of the reason (of acces or of a refusal)
	Mode       string    `json:"m,omitempty"` // normal, bris_de_glace, centre_15
	ModeReason string    `json:"mr,omitempty"`
	Door       string    `json:"d,omitempty"` // xdsb, pdsm, web, …
	Assertion  string    `json:"as,omitempty"`
	Detail     string    `json:"x,omitempty"`
}

// Actor is who acted, in the words to show.
type Actor struct {
	ID        string `json:"id"`          // idNat of a professional, PersonID of a citizen, idNat of a structure
	Name      string `json:"n,omitempty"` // as shown
	Role      string `json:"ro,omitempty"`
	Structure string `json:"s,omitempty"`  // idNat
	Place     string `json:"sn,omitempty"` // name of the structure
}

// Action is what was done.
type Action string

// The closed list of actions.
const (
	Read        Action = "read"         // one document read; once per reading
	Search      Action = "search"       // the list of documents was asked
	Submit      Action = "submit"       // a document was deposited
	Replace     Action = "replace"      // a document took the place of another
	Mask        Action = "mask"         // hidden from professionals
	Unmask      Action = "unmask"       //
	Announce    Action = "announce"     // made visible to the patient
	Archive     Action = "archive"      //
	Unarchive   Action = "unarchive"    //
	Delete      Action = "delete"       //
	OpenRecord  Action = "open"         // the record was opened
	Oppose      Action = "oppose"       // the person opposed it
	CloseRecord Action = "close"        //
	Authorise   Action = "authorise"    // a professional was authorised
	Withdraw    Action = "withdraw"     // … no longer
	Block       Action = "block"        // a professional was blocked by the person
	Unblock     Action = "unblock"      //
	Choose      Action = "choose"       // the person changed a choice
	Identify    Action = "identify"     // an identity was created or changed
	SignIn      Action = "sign-in"      // by a person, at the pages
	Delegate    Action = "delegate"     // a professional gave or ended a delegation
	Credential  Action = "credential"   // a means of signing in was added or removed
	Refused     Action = "authenticate" // somebody could not be authenticated
)

// Outcome is how it ended.
type Outcome string

// The two outcomes.
const (
	Success Outcome = "success"
	Denied  Outcome = "refused"
)
