package mss

import (
	"context"
	"errors"
	"time"
)

// Store keeps the mail. It is the store of the records too: one commit makes a message, what it
// changes and the journal durable together.
type Store interface {
	// CommitMail runs unit.Do alone and returns once its bytes and rows are durable. If Do fails
	// nothing is kept. A full queue answers dmp.ErrBusy at once.
	CommitMail(ctx context.Context, unit Unit) error
	// ViewMail reads a consistent snapshot. The Reader must not be kept.
	ViewMail(ctx context.Context, fn func(Reader) error) error
	// MailBytes gives the exact bytes of a message, checked against their SHA-256.
	MailBytes(ctx context.Context, id MessageID) ([]byte, error)
}

// Unit is one change.
type Unit struct {
	// Bodies are the bytes of new messages; Do keeps each with PutMessage, or not at all.
	Bodies []*Body
	// Do checks everything before its first write. It may run more than once.
	Do func(Tx) error
}

// Body is the bytes of one new message. ID is given by the store before Do runs.
type Body struct {
	ID     MessageID
	Bytes  [][]byte // kept one after the other: trace header, message
	SHA256 [32]byte // of all of them
}

// Queued is one delivery to another operator that waits.
type Queued struct {
	ID        int64
	Next      time.Time // when it is tried
	Message   MessageID
	From      string // reverse path, empty for a report
	To        string
	Domain    string
	Original  string // ORCPT
	Notify    string // NOTIFY, upper case, separated by commas; empty: default
	Return    string // RET: FULL or HDRS
	Envelope  string // ENVID
	Accepted  time.Time
	Attempts  int
	Delayed   bool   // the delay was told
	LastError string // last answer of the peer
	Box       BoxID  // of the sender, 0 when none
}

// Reader is what can be asked.
type Reader interface {
	Mailbox(id BoxID) (*Mailbox, error)
	// MailboxAt finds a mailbox by one of its addresses, canonical.
	MailboxAt(address string) (*Mailbox, error)
	// MailboxesOf gives those a holder (PS_IdNat, Struct_IdNat or PersonID) opens.
	MailboxesOf(holder string) ([]*Mailbox, error)
	// MailboxesAfter lists at most limit mailboxes in order of id.
	MailboxesAfter(id BoxID, limit int) ([]*Mailbox, error)

	Folders(box BoxID) ([]Folder, error) // Gone ones too, in order of id
	Folder(box BoxID, id FolderID) (*Folder, error)
	// Pages gives the entries of a folder by pages of PageSize UIDs, in order; only those of number
	// from or after. A page whose entries are all gone is not given.
	Pages(box BoxID, folder FolderID, from uint32, fn func(number uint32, entries []Entry) error) error
	// Texts gives the searched text of the same entries, in the same order.
	Texts(box BoxID, folder FolderID, fn func(number uint32, entries []Entry, texts []string) error) error
	Entry(box BoxID, folder FolderID, uid uint32) (*Entry, error)

	Message(id MessageID) (*Message, error)
	// MessagesSince gives the digests of the newest messages received since a time, newest first.
	MessagesSince(t time.Time, limit int, fn func(id MessageID, received time.Time, sum [32]byte) error) error

	// Due gives deliveries whose time has come, soonest first.
	Due(now time.Time, limit int) ([]Queued, error)
	// NextDue is the time of the soonest delivery; zero when the queue is empty.
	NextDue() (time.Time, error)
	QueueLength() (int64, error)

	// Fact gives what the operator keeps under a kind and an id; dmp.ErrNotFound when nothing.
	Fact(kind, id string) ([]byte, error)
	// Facts lists those whose id begins with prefix, in order of id, after one.
	Facts(kind, prefix, after string, limit int) ([]Fact, error)
}

// Fact is a small fact: the proof of a delivery, what waits in a tray, an answer allowed.
type Fact struct {
	ID   string
	Data []byte
}

// Tx reads what a view reads, plus its own writes, and writes.
type Tx interface {
	Reader
	// PutMailbox creates (ID 0: given) or replaces. ErrAddressTaken when another has one of its addresses.
	PutMailbox(m *Mailbox) error
	// PutFolder creates (ID 0: given) or changes the name and state of a folder, not its counters.
	PutFolder(f *Folder) error
	// PutMessage keeps a body of the unit.
	PutMessage(body *Body, m *Message) error
	// Share adds copies to a message, or takes some away; without any its bytes can never be read again.
	// dmp.ErrNotFound, before any write, when copies are added to a message that is no more.
	Share(id MessageID, copies int64) error
	// Append puts a message in a folder, under the next UID and MODSEQ, which it sets. It does not Share.
	Append(box BoxID, folder FolderID, e *Entry, text string) error
	// SetFlags replaces the flags of entries, under one new MODSEQ, which it gives.
	SetFlags(box BoxID, folder FolderID, set []Entry) (modseq uint64, err error)
	// Remove takes entries away. It does not Share.
	Remove(box BoxID, folder FolderID, uids []uint32) error

	// PutQueued adds (ID 0: given) or replaces a delivery.
	PutQueued(q *Queued) error
	DropQueued(id int64) error

	PutFact(kind, id string, data []byte) error // nil data removes
}

// PageSize is the number of UIDs in a page of a folder.
const PageSize = 32

// ErrAddressTaken is an address another mailbox has or had.
var ErrAddressTaken = errors.New("this address is of another mailbox")
