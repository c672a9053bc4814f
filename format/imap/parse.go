package imap

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
)

// Bounds of one command.
const (
	maxTag      = 64   // octets of a tag
	maxFlags    = 64   // flags of one message
	maxFlag     = 100  // octets of a flag
	maxIDParams = 30   // spec: RFC 2971 3.3
	maxPatterns = 32   // patterns of one LIST
	maxItems    = 64   // items of one FETCH
	maxFields   = 128  // header fields of one section
	maxOptions  = 16   // options in brackets
	maxName     = 1000 // octets of a mailbox name
	maxEnable   = 16   // names of one ENABLE
)

// grammar gives the reader of the arguments of each command; nil for none.
var grammar = map[string]func(*scanner) any{
	"CAPABILITY": nil, "NOOP": nil, "LOGOUT": nil, "STARTTLS": nil, "NAMESPACE": nil, "CHECK": nil, "CLOSE": nil, "UNSELECT": nil,
	"EXPUNGE": nil, "IDLE": nil,
	"LOGIN": readLogin, "AUTHENTICATE": readAuthenticate, "ID": readID, "ENABLE": readEnable,
	"SELECT": readSelect, "EXAMINE": readSelect, "CREATE": readCreate, "RENAME": readRename,
	"DELETE": readNamed, "SUBSCRIBE": readNamed, "UNSUBSCRIBE": readNamed, "GETQUOTAROOT": readNamed,
	"LIST": readList, "LSUB": readLSub, "STATUS": readStatus, "APPEND": readAppend,
	"GETQUOTA": readRoot, "SETQUOTA": readSetQuota,
	"SEARCH": readSearch, "FETCH": readFetch, "STORE": readStore, "COPY": readCopy, "MOVE": readCopy,
}

// byUID are the commands that UID may precede.
var byUID = map[string]func(*scanner) any{
	"EXPUNGE": readExpunge, "SEARCH": readSearch, "FETCH": readFetch, "STORE": readStore, "COPY": readCopy, "MOVE": readCopy,
}

// Parse reads a command: its text, without the CRLF that ends it, where each literal stands as {n}
// CRLF, and the octets of those literals. A fault is a *Fault.
func Parse(text []byte, literals [][]byte) (*Command, error) {
	s := &scanner{b: text, literals: literals}
	c := &Command{Tag: tagOf(text)}
	if c.Tag == "*" {
		s.fail("a tag")
		return nil, &Fault{Tag: "*", Refusal: s.err}
	}
	s.i = len(c.Tag)
	s.space()
	c.Name = s.while(func(b byte) bool { return isAtom(b) })
	c.Name = strings.ToUpper(c.Name)
	known := grammar
	if c.Name == "UID" {
		c.UID, known = true, byUID
		s.space()
		c.Name = s.word()
	}
	args, ok := known[c.Name]
	if !ok && s.err == nil {
		s.err = unknown(c.Name, known)
	}
	if args != nil {
		s.space()
		c.Args = args(s)
	}
	s.finish()
	if s.err != nil {
		return nil, &Fault{Tag: c.Tag, Refusal: s.err}
	}
	return c, nil
}

func unknown(name string, known map[string]func(*scanner) any) *finding.Refusal {
	near := finding.Nearest(name, slices.Sorted(maps.Keys(known)))
	shown := asciiOnly([]byte(name[:min(len(name), maxShown)]))
	return ErrCommand.Saying(finding.Tf("La commande %q n'existe pas ici ; la plus proche est %s.", "There is no command %q here; the nearest is %s.", shown, near))
}

// tagOf gives the tag of a command, "*" when it has none that can be answered.
func tagOf(text []byte) string {
	for i, c := range text {
		if c == ' ' && i > 0 {
			return string(text[:i])
		}
		if i == maxTag || !isAString(c) || c == '+' {
			return "*"
		}
	}
	return "*"
}

func readLogin(s *scanner) any {
	a := &Login{User: s.astring()}
	s.space()
	a.Password = Secret(s.astring())
	return a
}

// spec: RFC 4959 3
func readAuthenticate(s *scanner) any {
	a := &Authenticate{Mechanism: strings.ToUpper(s.atom())}
	if !s.more() {
		return a
	}
	s.space()
	a.Has = true
	a.Initial = DecodeSASL([]byte(s.while(func(c byte) bool { return c > ' ' && c < 0x7f })))
	if a.Initial == nil {
		s.fail("a response in base64")
	}
	return a
}

// DecodeSASL reads the base64 of one SASL message; "=" alone is the empty one. It gives nil for what is no base64.
func DecodeSASL(b []byte) []byte {
	if string(b) == "=" || len(b) == 0 {
		return []byte{}
	}
	out, err := base64.StdEncoding.Strict().DecodeString(string(b))
	if err != nil {
		return nil
	}
	return out
}

// spec: RFC 2971 3.1
func readID(s *scanner) any {
	a := &ID{}
	if s.isNil() {
		return a
	}
	s.list(maxIDParams, func() {
		k := s.str()
		s.space()
		v := ""
		if !s.isNil() {
			v = s.str()
		}
		a.Params = append(a.Params, [2]string{k, v})
	})
	return a
}

// isNil takes NIL.
func (s *scanner) isNil() bool {
	if s.err == nil && s.i+3 <= len(s.b) && strings.EqualFold(string(s.b[s.i:s.i+3]), "NIL") {
		s.i += 3
		return true
	}
	return false
}

func readEnable(s *scanner) any {
	a := &Enable{}
	for {
		a.Names = append(a.Names, strings.ToUpper(s.atom()))
		if len(a.Names) > maxEnable {
			s.refuse(ErrNested)
		}
		if !s.more() {
			return a
		}
		s.space()
	}
}

func readSelect(s *scanner) any {
	a := &Select{Mailbox: s.mailbox()}
	if !s.more() {
		return a
	}
	s.space()
	s.list(maxOptions, func() {
		switch w := s.word(); w {
		case "CONDSTORE":
			a.Condstore = true
		case "QRESYNC":
			s.refuse(ErrQResync)
		default:
			s.fail("CONDSTORE")
		}
	})
	return a
}

// spec: RFC 6154 3
func readCreate(s *scanner) any {
	a := &Create{Mailbox: s.mailbox()}
	if !s.more() {
		return a
	}
	s.space()
	s.list(maxOptions, func() {
		if s.word() != "USE" {
			s.fail("USE")
		}
		s.space()
		s.list(maxOptions, func() { a.Use = append(a.Use, s.flag()) })
	})
	return a
}

func readRename(s *scanner) any {
	a := &Rename{From: s.mailbox()}
	s.space()
	a.To = s.mailbox()
	return a
}

func readNamed(s *scanner) any { return &Named{Mailbox: s.mailbox()} }

func readRoot(s *scanner) any { return &Named{Mailbox: s.astring()} }

// readSetQuota reads what is refused later, so that the refusal is that of SETQUOTA.
func readSetQuota(s *scanner) any {
	a := &Named{Mailbox: s.astring()}
	s.space()
	first := true
	s.list(maxOptions, func() {
		if first {
			s.word()
		} else {
			s.number64()
		}
		first = !first
	})
	return a
}

var statusItems = []string{"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "HIGHESTMODSEQ", "SIZE", "APPENDLIMIT"}

func (s *scanner) statusItems() []string {
	var items []string
	s.list(maxOptions, func() {
		w := s.word()
		if !slices.Contains(statusItems, w) {
			s.fail("one of " + strings.Join(statusItems, " "))
			return
		}
		items = append(items, w)
	})
	if len(items) == 0 {
		s.fail("a status item")
	}
	return items
}

func readStatus(s *scanner) any {
	a := &StatusOf{Mailbox: s.mailbox()}
	s.space()
	a.Items = s.statusItems()
	return a
}

// flag is a system flag in its own spelling, or a keyword.
func (s *scanner) flag() string {
	system := s.take('\\')
	f := s.atom()
	if len(f) > maxFlag {
		s.refuse(ErrNested)
	}
	if !system {
		return f
	}
	for _, known := range []string{"Seen", "Answered", "Flagged", "Deleted", "Draft", "Recent"} {
		if strings.EqualFold(f, known) {
			f = known
		}
	}
	return `\` + f
}

func (s *scanner) flags() []string {
	var out []string
	s.list(maxFlags, func() {
		if f := s.flag(); !slices.Contains(out, f) {
			out = append(out, f)
		}
	})
	return out
}

func readAppend(s *scanner) any {
	a := &Append{Mailbox: s.mailbox()}
	s.space()
	if s.peek() == '(' {
		a.Flags = s.flags()
		s.space()
	}
	if s.peek() == '"' {
		d, ok := ParseDateTime(s.quoted())
		if !ok && s.err == nil {
			s.fail("a date such as \"12-Jan-2026 10:00:00 +0100\"")
		}
		a.Date = d
		s.space()
	}
	if s.peek() != '{' {
		s.fail("the message as a literal")
		return a
	}
	a.Message = s.literal()
	return a
}

func readExpunge(s *scanner) any { return &Expunge{Set: s.set()} }

func readCopy(s *scanner) any {
	a := &Copy{Set: s.set()}
	s.space()
	a.Mailbox = s.mailbox()
	return a
}

func readStore(s *scanner) any {
	a := &Store{Set: s.set()}
	s.space()
	if s.peek() == '(' {
		s.list(1, func() {
			if s.word() != "UNCHANGEDSINCE" {
				s.fail("UNCHANGEDSINCE")
			}
			s.space()
			a.UnchangedSince, a.Conditional = s.number64(), true
		})
		s.space()
	}
	switch a.Op = Replace; {
	case s.take('+'):
		a.Op = Add
	case s.take('-'):
		a.Op = Remove
	}
	switch s.word() {
	case "FLAGS":
	case "FLAGS.SILENT":
		a.Silent = true
	default:
		s.fail("FLAGS")
	}
	s.space()
	if s.peek() == '(' {
		a.Flags = s.flags()
		return a
	}
	for n := 0; s.err == nil; n++ {
		if n == maxFlags {
			s.refuse(ErrNested)
		}
		a.Flags = append(a.Flags, s.flag())
		if !s.more() {
			break
		}
		s.space()
	}
	return a
}

// The forms of a date and time. spec: RFC 3501 9 date-time
const (
	dateTime = "_2-Jan-2006 15:04:05 -0700"
	dateOnly = "2-Jan-2006"
)

// ParseDateTime reads an internal date.
func ParseDateTime(v string) (time.Time, bool) {
	t, err := time.Parse(dateTime, v)
	if err != nil {
		t, err = time.Parse("2-Jan-2006 15:04:05 -0700", strings.TrimSpace(v))
	}
	return t, err == nil && t.Year() > 0
}
