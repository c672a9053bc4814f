package mss

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Type is the type of a mailbox (BAL). spec: TRE_R257 (TypeBAL)
type Type string

// The types, and the one of citizens, which has no code.
const (
	Personal     Type = "PER"
	Organisation Type = "ORG"
	Application  Type = "APP"
	Cabinet      Type = "CAB"
	Citizen      Type = "CIT"
)

// State is where a mailbox is in its life. spec: MSSANTE §4 (cycle de vie)
type State string

// The life of a mailbox.
const (
	Active    State = "active"
	Suspended State = "suspendue" // its holder has not come for long: still receives
	Closed    State = "fermee"    // end of the right to it: 550 5.2.1, may be read until it is removed
)

// BoxID names a mailbox for ever, whatever its address becomes.
type BoxID int64

// Mailbox is a BAL.
type Mailbox struct {
	ID      BoxID    `json:"id"`
	Address string   `json:"address"`           // canonical, see Canonical
	Former  []string `json:"former,omitempty"`  // addresses of before, which still lead here
	Type    Type     `json:"type"`              //
	State   State    `json:"state"`             //
	Name    string   `json:"name"`              // display name, built by the rule of its type
	Red     bool     `json:"red,omitempty"`     // liste rouge: not published
	Rank    int      `json:"rank,omitempty"`    // 1: preferred
	Closing string   `json:"closing,omitempty"` // why it was closed

	Professional string       `json:"professional,omitempty"` // PS_IdNat, of PER and CAB
	Structure    string       `json:"structure,omitempty"`    // Struct_IdNat, of ORG and APP
	Person       ins.PersonID `json:"person,omitempty"`       // of CIT
	Description  string       `json:"description,omitempty"`
	Service      string       `json:"service,omitempty"`
	Responsible  string       `json:"responsible,omitempty"`
	// Delegates are the PS_IdNat who open it beside its holder.
	Delegates []string `json:"delegates,omitempty"`
	// Password is an argon2id hash; empty when only tokens or certificates open it.
	Password string `json:"password,omitempty"`
	// Notify is a private address told that a message waits, without health content (citizens).
	Notify string `json:"notify,omitempty"`

	Quota     int64     `json:"quota"`               // bytes
	Retention int       `json:"retention,omitempty"` // days before a message of the bin is removed; 0: 30
	Created   time.Time `json:"created"`
	Changed   time.Time `json:"changed"`
	Seen      time.Time `json:"seen"`             // last sign-in, by day
	Closed    time.Time `json:"closed,omitzero"`  // when it was
	Removed   time.Time `json:"removed,omitzero"` // when its messages were; its addresses stay, so that nobody else gets them
}

// Holder tells whether a professional may open the mailbox.
func (m *Mailbox) Holder(idNat string) bool {
	return idNat != "" && (m.Professional == idNat || slices.Contains(m.Delegates, idNat))
}

// Domain is what follows the @.
func (m *Mailbox) Domain() string { return domainOf(m.Address) }

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
func localOf(address string) string  { return address[:max(0, strings.LastIndexByte(address, '@'))] }

// Canonical gives the form under which addresses are compared and kept: all in lower case, the
// domain as the DNS carries it, and a citizen's matricule in upper case. Letters beyond ASCII in a
// local part stay as they are: folding some of them would give the address of somebody else.
func Canonical(address string) string {
	a := strings.Map(lower, strings.TrimSpace(address))
	if d := domainOf(a); strings.ContainsFunc(d, func(r rune) bool { return r >= utf8.RuneSelf }) {
		if ascii, err := mssante.ToASCII(d); err == nil {
			a = a[:len(a)-len(d)] + ascii
		}
	}
	if domainOf(a) == Citizens {
		return strings.Map(upper, localOf(a)) + "@" + Citizens
	}
	return a
}

func lower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r | 0x20
	}
	return r
}

func upper(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r &^ 0x20
	}
	return r
}
