package imap

import (
	"bufio"
	"bytes"
	"errors"
	"testing"
)

// FuzzCommand reads anything as a stream of commands: it never panics, never goes beyond its limits,
// and every fault has a tag that can be answered.
func FuzzCommand(f *testing.F) {
	for _, seed := range []string{
		"a LOGIN {1+}\r\nx {2}\r\nyz\r\n", "a APPEND INBOX (\\Seen) \"12-Jan-2026 10:00:00 +0100\" {3+}\r\nabc\r\n",
		"a UID FETCH 1:*,4 (BODY.PEEK[1.2.HEADER.FIELDS (a \"b\")]<1.2> ENVELOPE) (CHANGEDSINCE 4)\r\n",
		"a SEARCH RETURN (MIN) CHARSET UTF-8 OR NOT SEEN (TEXT {2+}\r\n\xc3\xa9 MODSEQ \"x\" all 3)\r\n",
		"a LIST (SUBSCRIBED) \"\" (\"%\" &AOk-*) RETURN (STATUS (UNSEEN))\r\n", "a STORE 1 (UNCHANGEDSINCE 3) -FLAGS.SILENT (x \\Seen)\r\n",
		"a AUTHENTICATE XOAUTH2 dXNlcj0=\r\n* BAD\r\n", "a ID (\"a\" NIL)\r\n",
	} {
		f.Add([]byte(seed))
	}
	limits := Limits{Line: 500, Literal: 200, Message: 300}
	f.Fuzz(func(t *testing.T, sent []byte) {
		r := &Reader{R: bufio.NewReaderSize(bytes.NewReader(sent), 16), Limits: limits, Continue: func() error { return nil }}
		for {
			c, err := r.Next()
			var fault *Fault
			switch {
			case errors.As(err, &fault):
				if fault.Tag == "" || fault.Refusal == nil || fault.Refusal.ID == "" {
					t.Fatalf("%+v", fault)
				}
				AppendStatus(nil, fault.Tag, Status(fault.Refusal), fault.Refusal.Code, fault.Refusal.Message.FR)
				if fault.Close {
					return
				}
			case err != nil:
				return
			default:
				again(t, c)
			}
		}
	})
}

// again checks that what was read can be written and read the same.
func again(t *testing.T, c *Command) {
	var set Set
	switch a := c.Args.(type) {
	case *Fetch:
		set = a.Set
		for _, it := range a.Items {
			b := AppendSection(nil, it.Section)
			if bytes.IndexByte(b, '{') >= 0 {
				continue
			}
			if back, ok := ParseSection(string(b)); !ok || !bytes.Equal(AppendSection(nil, back), b) {
				t.Fatalf("%q", b)
			}
		}
	case *Select:
		if back, err := DecodeName(EncodeName(a.Mailbox)); err != nil || back != a.Mailbox {
			t.Fatalf("%q %q %v", a.Mailbox, back, err)
		}
	case *List:
		for _, p := range a.Patterns {
			MatchName(p, "Archives/2026", '/')
		}
	case *Append:
		if len(a.Message) > 300 {
			t.Fatal("beyond the limit")
		}
	case *Copy:
		set = a.Set
	case *Store:
		set = a.Set
	}
	if back, ok := ParseSet(set.String()); len(set) > 0 && (!ok || back.String() != set.String()) {
		t.Fatalf("%v", set)
	}
	r := set.Resolve(1000)
	for i := range r {
		if r[i].From > r[i].To || i > 0 && r[i-1].To >= r[i].From {
			t.Fatalf("%v is not in order", r)
		}
	}
}
