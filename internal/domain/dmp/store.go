package dmp

import (
	"context"
	"errors"
	"time"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// Store keeps everything the record needs. One implementation is embedded (SQLite and segment
// files); storetest says what any of them must do.
type Store interface {
	// Commit runs unit.Do alone (no other unit interleaves) and returns once its bytes, rows,
	// leaves and events are all durable. If Do fails nothing of the unit is kept and its error
	// is returned. A full queue answers ErrBusy at once.
	Commit(ctx context.Context, unit Unit) error
	// View reads a consistent snapshot. The Reader must not be kept after fn returns.
	View(ctx context.Context, fn func(Reader) error) error
	// Body gives the exact bytes of a document, checked against their SHA-256.
	Body(ctx context.Context, uniqueID string) ([]byte, error)
}

// Unit is one change: some documents and what is written about them.
type Unit struct {
	Bodies []Body
	// Do checks and writes. It should check everything before its first Put: an error after a
	// Put costs the whole group a retry. It may run more than once.
	Do func(Tx) error
}

// Body is the bytes of one new document.
type Body struct {
	Person   ins.PersonID
	UniqueID string
	Bytes    []byte
	SHA1     [20]byte // of Bytes, computed by the caller while reading
	SHA256   [32]byte
	// Digest is what pages need without opening the document (titles, text, results), made by
	// the domain; the store encrypts it under the key of the person.
	Digest []byte
}

// Reader is what can be asked of the store.
type Reader interface {
	Person(id ins.PersonID) (*ins.Person, error)
	// PersonByINS gives who carries an INS; when nobody does, the one person known to have carried it.
	PersonByINS(id insid.INS) (*ins.Person, error)
	SearchPersons(s ins.Search) ([]*ins.Person, error)
	// PersonsNamed gives at most limit persons of this birth name and first given name, whatever
	// their birth date; case, accents and hyphens count for nothing.
	PersonsNamed(birthName, given string, limit int) ([]*ins.Person, error)

	Record(id ins.PersonID) (Record, error) // zero Record (state None) when never opened
	Authorisations(id ins.PersonID) ([]acces.Authorisation, error)
	AuthorisedTo(professional string) ([]ins.PersonID, error) // records where this professional is ACTIVE

	// Owner tells whose object carries an entryUUID (document entry, submission set, folder) or
	// a document uniqueId.
	OwnerOfUUID(entryUUID string) (ins.PersonID, error)
	OwnerOfDocument(uniqueID string) (ins.PersonID, error)
	OwnerOfSet(setUniqueID string) (ins.PersonID, error)

	// Entries gives every version of every entry of a person, in order of arrival.
	Entries(id ins.PersonID) ([]*xds.DocumentEntry, error)
	Entry(id ins.PersonID, entryUUID string) (*xds.DocumentEntry, error)
	Sets(id ins.PersonID) ([]*xds.SubmissionSet, error)
	Associations(id ins.PersonID) ([]*xds.Association, error)
	// Received is when each document (by uniqueID) became durable.
	Received(id ins.PersonID) (map[string]time.Time, error)
	// Digests gives the decrypted digest of each document of a person, by uniqueID.
	Digests(id ins.PersonID) (map[string][]byte, error)
	// BodyInfo gives size and hashes of a kept document without reading it.
	BodyInfo(uniqueID string) (BodyInfo, error)

	// Leaves gives the journal of one person, newest first, at most limit records older than
	// index before (0 = from the newest).
	Leaves(id ins.PersonID, before int64, limit int) ([]Leaf, error)
	// LastSeen is the time of the last successful search or read of a person's record by an actor.
	LastSeen(id ins.PersonID, actor string) (time.Time, error)
	Events(after int64, limit int) ([]evenement.Event, error)

	// Setting gives what the installation keeps under a kind and an id; ErrNotFound when nothing.
	Setting(kind, id string) ([]byte, error)
	// Settings lists those whose id begins with prefix, in order of id, after one.
	Settings(kind, prefix, after string, limit int) ([]Setting, error)
}

// Setting is a small fact of the installation that belongs to nobody's record: an account, a
// credential, a delegation.
type Setting struct {
	ID   string
	Data []byte
}

// BodyInfo is what is known of kept bytes.
type BodyInfo struct {
	Person ins.PersonID
	Size   int64
	SHA1   [20]byte
	SHA256 [32]byte
}

// Leaf is a journal record with its place in the log, counted from 0.
type Leaf struct {
	Index  int64
	Record journal.Record
}

// Tx reads what a View reads, plus its own writes, and writes.
type Tx interface {
	Reader
	PutPerson(p *ins.Person) error // creates or replaces; ErrDuplicateINS when another active person carries the INS
	PutRecord(id ins.PersonID, r Record) error
	PutAuthorisation(id ins.PersonID, a acces.Authorisation) error // replaces the one of the same professional
	DropAuthorisation(id ins.PersonID, professional string) error

	PutEntry(id ins.PersonID, e *xds.DocumentEntry) error
	SetStatus(id ins.PersonID, entryUUID string, s xds.Status) error
	PutSet(id ins.PersonID, s *xds.SubmissionSet) error
	PutAssociation(id ins.PersonID, a *xds.Association) error

	PutSetting(kind, id string, data []byte) error // replaces; nil data removes

	Leaf(r journal.Record) error
	Event(e evenement.Event) error
}

// What a store says besides an I/O error.
var (
	ErrNotFound     = errors.New("not found")
	ErrDuplicateINS = errors.New("another person carries this INS")
	ErrBusy         = errors.New("too many deposits are waiting")
	ErrFull         = errors.New("no space left to keep anything")
	ErrExists       = errors.New("this identifier is already kept")
)
