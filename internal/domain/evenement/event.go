// Package evenement is the outbox: what happened, written in the same commit as the facts, for
// consumers that tell others (mail, notifications, indicators) and may read it again after a crash.
package evenement

import "time"

// Event is one thing that happened. Seq is given by the store, in commit order.
type Event struct {
	Seq      int64
	Time     time.Time
	Kind     Kind
	Person   string // ins.PersonID
	UniqueID string
	Actor    string // idNat
	Detail   string
}

// Kind is what happened.
type Kind string

// The kinds of this edition.
const (
	DocumentDeposited Kind = "document.deposited"
	DocumentReplaced  Kind = "document.replaced"
	DocumentMasked    Kind = "document.masked"
	DocumentRead      Kind = "document.read"
	RecordOpened      Kind = "record.opened"
	RecordClosed      Kind = "record.closed"
	EmergencyAccess   Kind = "access.emergency"
)
