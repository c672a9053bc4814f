package mss

import "time"

// FolderID names a folder of a mailbox for ever.
type FolderID int64

// The folders every mailbox is born with; further ones take the numbers after.
const (
	Inbox FolderID = 1 + iota
	Drafts
	Sent
	Archive
	Trash
	Junk
	firstFree
)

// Folder is a folder and its counters. The counters are kept by the store in the same commit as
// what they count.
type Folder struct {
	Box         BoxID
	ID          FolderID
	Name        string // full name, levels separated by "/", INBOX for the inbox
	Use         string // special use: \Drafts, \Sent, \Archive, \Trash, \Junk; empty
	Subscribed  bool
	Gone        bool   // removed; its row stays so that UIDVALIDITY never comes again
	UIDValidity uint32 //
	UIDNext     uint32 //
	ModSeq      uint64 // HIGHESTMODSEQ
	Count       int64  // messages
	Unseen      int64  //
	Bytes       int64  //
}

// Born gives the folders of a new mailbox.
func Born(box BoxID, now time.Time) []Folder {
	born := []Folder{
		{ID: Inbox, Name: "INBOX"},
		{ID: Drafts, Name: "Brouillons", Use: `\Drafts`},
		{ID: Sent, Name: "Envoyés", Use: `\Sent`},
		{ID: Archive, Name: "Archives", Use: `\Archive`},
		{ID: Trash, Name: "Corbeille", Use: `\Trash`},
		{ID: Junk, Name: "Indésirables", Use: `\Junk`},
	}
	for i := range born {
		born[i].Box, born[i].Subscribed = box, true
		born[i].UIDValidity, born[i].UIDNext, born[i].ModSeq = uint32(now.Unix()), 1, 1
	}
	return born
}

// Flags are the system flags of IMAP.
type Flags uint8

// The flags that are kept. \Recent is not: no client of this century asks for it.
const (
	Seen Flags = 1 << iota
	Answered
	Flagged
	Deleted
	Draft
)

// Entry is one message in one folder.
type Entry struct {
	UID      uint32
	Flags    Flags
	Keywords string // further flags, sorted, separated by one space
	ModSeq   uint64
	Message  MessageID
	Date     int64 // INTERNALDATE, milliseconds since 1970
	Size     uint32
}

// Time is the INTERNALDATE.
func (e *Entry) Time() time.Time { return time.UnixMilli(e.Date) }

// MessageID names kept bytes.
type MessageID int64

// Message is what is kept of a message beside its bytes.
type Message struct {
	ID       MessageID
	Size     int64
	SHA256   [32]byte // of the bytes as they came, before the trace header
	Header   []byte   // its header block, as kept
	Received time.Time
	Copies   int64 // entries and queued deliveries that need it
}
