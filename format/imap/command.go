package imap

import (
	"log/slog"
	"time"
)

// Command is one command as read. Args is one of the types below, by the name; nil when it has none.
type Command struct {
	Tag  string
	Name string // in capitals, without UID
	UID  bool   // UID FETCH, UID STORE, …: numbers are UIDs
	Args any
}

// Secret is a password: it never prints.
type Secret string

// String hides it.
func (Secret) String() string { return "•••" }

// GoString hides it.
func (Secret) GoString() string { return "•••" }

// LogValue hides it.
func (Secret) LogValue() slog.Value { return slog.StringValue("•••") }

// Login is LOGIN.
type Login struct {
	User     string
	Password Secret
}

// Authenticate is AUTHENTICATE, perhaps with the first answer of the client.
type Authenticate struct {
	Mechanism string // in capitals
	Initial   []byte // decoded
	Has       bool   // an initial response came, even empty
}

// ID is what a client says of itself.
type ID struct{ Params [][2]string }

// Enable is ENABLE.
type Enable struct{ Names []string }

// Select is SELECT or EXAMINE.
type Select struct {
	Mailbox   string
	Condstore bool
}

// Named is a command on one mailbox: DELETE, SUBSCRIBE, UNSUBSCRIBE, GETQUOTAROOT; or on one quota
// root: GETQUOTA, SETQUOTA.
type Named struct{ Mailbox string }

// Create is CREATE.
type Create struct {
	Mailbox string
	Use     []string // `\Archive`
}

// Rename is RENAME.
type Rename struct{ From, To string }

// List is LIST or LSUB.
type List struct {
	Reference string
	Patterns  []string
	Extended  bool // asked in the form of LIST-EXTENDED
	// selection options
	OnlySubscribed, Remote, Recursive, OnlySpecialUse bool
	// return options
	Subscribed, Children, SpecialUse bool
	Status                           []string
}

// StatusOf is STATUS.
type StatusOf struct {
	Mailbox string
	Items   []string // MESSAGES, UIDNEXT, …
}

// Append is APPEND. Message shares no memory with the reader.
type Append struct {
	Mailbox string
	Flags   []string
	Date    time.Time // zero: now
	Message []byte
}

// Expunge is UID EXPUNGE; a plain EXPUNGE has no arguments.
type Expunge struct{ Set Set }

// Fetch is FETCH.
type Fetch struct {
	Set          Set
	Items        []Item
	ChangedSince uint64
	Changed      bool // CHANGEDSINCE was said
}

// Op is what STORE does with its flags.
type Op byte

// The three ways of STORE.
const (
	Replace Op = '='
	Add     Op = '+'
	Remove  Op = '-'
)

// Store is STORE.
type Store struct {
	Set            Set
	Op             Op
	Silent         bool
	Flags          []string
	UnchangedSince uint64
	Conditional    bool // UNCHANGEDSINCE was said
}

// Copy is COPY or MOVE.
type Copy struct {
	Set     Set
	Mailbox string
}

// Search is SEARCH.
type Search struct {
	Key      Key
	Extended bool // RETURN was said, even empty
	Min      bool
	Max      bool
	Count    bool
	All      bool
	Modseq   bool // a MODSEQ key was used: the answer carries the highest one
}
