package imap

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/finding"
)

// client plays what a client sends; its literals wait when they must.
type client struct {
	r      *Reader
	waited int
}

func newClient(sent string, l Limits) *client {
	c := &client{}
	c.r = &Reader{R: bufio.NewReaderSize(strings.NewReader(sent), 16), Limits: l, Continue: func() error { c.waited++; return nil }}
	return c
}

func TestCommandsComeOneAfterTheOther(t *testing.T) {
	c := newClient("a1 NOOP\r\na2 LOGIN {5}\r\nmarie {3+}\r\nabc\r\nA3 uid  fetch 1:* (FLAGS)\na4 APPEND \"Envoy&AOk-s\" (\\seen) {4+}\r\nab\r\n\r\na5 LOGOUT\r\n", Usual)
	want := []string{"a1 NOOP", "a2 LOGIN", "A3 FETCH", "a4 APPEND", "a5 LOGOUT"}
	for _, w := range want {
		cmd, err := c.r.Next()
		if err != nil {
			t.Fatalf("%s: %v", w, err)
		}
		if got := cmd.Tag + " " + cmd.Name; got != w {
			t.Errorf("%q, want %q", got, w)
		}
		switch a := cmd.Args.(type) {
		case *Login:
			if a.User != "marie" || a.Password != "abc" || c.waited != 1 {
				t.Errorf("%q %d", a.User, c.waited)
			}
			if s := fmt.Sprintf("%v %+v %#v", a, a, a.Password); strings.Contains(s, "abc") {
				t.Errorf("a password prints: %s", s)
			}
		case *Append:
			if a.Mailbox != "Envoyés" || string(a.Message) != "ab\r\n" || a.Flags[0] != `\Seen` {
				t.Errorf("%+v", a)
			}
		case *Fetch:
			if !cmd.UID {
				t.Error("UID lost")
			}
		}
	}
	if _, err := c.r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
}

func TestLimitsHoldBeforeOctetsAreRead(t *testing.T) {
	long := strings.Repeat("x", maxEarlyLine+10)
	for name, c := range map[string]struct {
		sent   string
		limits Limits
		want   *finding.Refusal
		closed bool
	}{
		"a line without end":                 {"a NOOP " + long, Early, ErrLine, true},
		"a long line":                        {"a LOGIN " + long + "\r\n", Early, ErrLine, true},
		"a literal that waits":               {"a LOGIN {5000}\r\n", Early, ErrLiteral, false},
		"a literal that does not":            {"a LOGIN {5000+}\r\n" + long[:5000] + " x\r\n", Early, ErrLiteral, false},
		"a literal beyond reading":           {"a LOGIN {99999999999+}\r\n", Early, ErrLiteral, true},
		"many small literals":                {"a LOGIN" + strings.Repeat(" {1+}\r\nx", 80) + "\r\n", Early, ErrNested, false},
		"a message beyond APPENDLIMIT":       {"a APPEND INBOX {25000001}\r\n", Usual, ErrTooBig, false},
		"the same, early":                    {"a APPEND INBOX {1}\r\n", Early, ErrTooBig, false},
		"a message as name of mailbox":       {"a APPEND {300000}\r\n", Usual, ErrLiteral, false},
		"literals that add up beyond bounds": {"a LOGIN {3000+}\r\n" + long[:3000] + " {3000+}\r\n" + long[:3000] + "\r\n", Early, ErrLiteral, false},
	} {
		_, err := newClient(c.sent, c.limits).r.Next()
		var f *Fault
		if !errors.As(err, &f) || !errors.Is(err, c.want) || f.Close != c.closed || f.Tag != "a" {
			t.Errorf("%s: %v %+v", name, err, f)
		}
	}
}

func TestRefusedLiteralsLeaveTheStreamInStep(t *testing.T) {
	c := newClient("a APPEND INBOX {5+}\r\nhello\r\nb NOOP\r\n", Usual)
	c.r.Admit = func(int) error { return &finding.Refusal{ID: "PLEIN"} }
	_, err := c.r.Next()
	var f *Fault
	if !errors.As(err, &f) || f.Refusal.ID != "PLEIN" || f.Tag != "a" {
		t.Fatal(err)
	}
	if cmd, err := c.r.Next(); err != nil || cmd.Tag != "b" {
		t.Fatal(cmd, err)
	}
}

func TestBuffersAreGivenBack(t *testing.T) {
	c := newClient("a SEARCH "+strings.Repeat("1,", 20000)+"2\r\n", Usual)
	if _, err := c.r.Next(); err != nil {
		t.Fatal(err)
	}
	if cap(c.r.buf) > keptBuffer || c.r.literals != nil {
		t.Errorf("%d octets kept", cap(c.r.buf))
	}
}

func TestLinesOfAnExchange(t *testing.T) {
	c := newClient("DONE\r\nAGEA\r\n", Early)
	for _, want := range []string{"DONE", "AGEA"} {
		if b, err := c.r.Line(100); err != nil || string(b) != want {
			t.Errorf("%q %v", b, err)
		}
	}
	if string(DecodeSASL([]byte("AGEAYg=="))) != "\x00a\x00b" || DecodeSASL([]byte("*")) != nil || DecodeSASL([]byte("=")) == nil {
		t.Error("SASL")
	}
}
