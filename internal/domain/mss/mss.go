// Package mss is a secure-mail operator of the MSSanté espace de confiance: mailboxes and their
// folders, who may send to whom, delivery, the queue towards other operators, the white list, and
// what becomes of the documents that travel by mail.
//
// Standard: MSSanté, référentiels socle #1 (opérateurs) and #2 (clients); RFC 5321, 3461, 3501.
// The rules are here; bytes on the wire are in door/smtp and door/imap, rows in the store. A
// message is kept once whatever the number of its recipients, under a key of its own that goes
// with its last copy. Missing: several operators on one store, sieve.
// Start with Operator.
package mss

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Bounds of what one message and one session may ask.
const (
	// MaxMessage is what SIZE announces: Mon espace santé refuses beyond 25 MB. spec: ENS 1.3 §6
	MaxMessage = 25_000_000
	// MaxRecipients of one message: a territory-wide notice passes, a flood does not.
	MaxRecipients = 10_000
	// MaxHeader is what a header block may hold; beyond it is no letter.
	MaxHeader = 256 << 10
	// DefaultQuota of a mailbox, in bytes.
	DefaultQuota = 2 << 30
)

// Citizens is the domain of the mailboxes of Mon espace santé.
const Citizens = "patient.mssante.fr"

// Operator runs mailboxes. All its methods may be called concurrently.
type Operator struct {
	Store     Store
	Annuaire  *annuaire.Annuaire
	Mode      ins.Mode
	Host      string   // name of this server, for EHLO, Received and reports
	Domains   []string // domains of its mailboxes (A-labels); Citizens among them when it runs Mon espace santé
	WhiteList *WhiteList
	Now       func() time.Time
	Rand      io.Reader
	Log       *slog.Logger
	// Space tells what Mon espace santé knows of a matricule; nil when citizens are not served.
	Space func(ctx context.Context, matricule string) (Space, error)
	// Token tells who a bearer token speaks for: a PS_IdNat, or the PersonID of a citizen.
	Token func(ctx context.Context, token string, client *x509.Certificate) (holder string, err error)
	// Notice tells a private address that a message waits in Mon espace santé; nil: nobody is told.
	Notice func(ctx context.Context, to string) error
	// Life is how long mailboxes may sleep, and how long they are kept once closed.
	Life Life
	// StructureOf gives the Struct_IdNat of a verified organisation certificate, or "".
	StructureOf func(*x509.Certificate) string
	// Records is the shared record, into which received archives are filed; nil when this
	// installation has none: they then stay in their mailboxes.
	Records Records
	// NIL is the reference of this product, on every message it sends. spec: MSSanté ECO.2.4.3
	NIL string

	filing sync.Mutex // one reader of archives at a time
	byHand sync.Mutex // one decision about a tray at a time
	views  views
	doubts doubts
	paces  pace
	wake   wakers
	tend   sync.Mutex // one round at a time
}

// Space is the state of a citizen's space.
type Space struct {
	Person ins.PersonID
	Name   string
	Open   bool // neither opposed nor closed
}
