package imap

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
)

func pemOf(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestNothingOpensInClear(t *testing.T) {
	w := newWorld(t)
	c := w.dial(nil)
	c.want(c.ok("CAPABILITY"), "* CAPABILITY IMAP4rev1 … STARTTLS LOGINDISABLED")
	c.no("LOGIN "+marie+" \""+password+"\"", "NO [PRIVACYREQUIRED]")
	c.no("AUTHENTICATE PLAIN "+b64("\x00"+marie+"\x00"+password), "NO [PRIVACYREQUIRED]")
	c.no("SELECT INBOX", "BAD")
	c.ok("STARTTLS")
	config := &tls.Config{RootCAs: w.roots, ServerName: "localhost"}
	c.conn = tls.Client(c.conn, config)
	c.r = bufio.NewReader(c.conn)
	c.want(c.ok("CAPABILITY"), "* CAPABILITY IMAP4rev1 … AUTH=PLAIN AUTH=XOAUTH2")
	c.no("STARTTLS", "BAD")
	c.ok("LOGIN " + marie + " \"" + password + "\"")
	got := c.ok("CAPABILITY")
	for _, name := range []string{"IDLE", "MOVE", "UIDPLUS", "CONDSTORE", "SPECIAL-USE", "CREATE-SPECIAL-USE", "QUOTA", "LITERAL+", "ESEARCH", "APPENDLIMIT=25000000"} {
		if !strings.Contains(got[0], " "+name) {
			t.Errorf("%s is not announced", name)
		}
	}
}

// What comes in clear behind STARTTLS is never read as if it had come inside
func TestCommandsBehindSTARTTLSEndTheConnection(t *testing.T) {
	w := newWorld(t)
	c := w.dial(nil)
	c.write("a STARTTLS\r\nb LOGIN x y\r\n")
	for {
		if l := c.line(); l == "EOF" {
			return
		} else if strings.HasPrefix(l, "a OK") || strings.HasPrefix(l, "b ") {
			t.Fatal(l)
		}
	}
}

func TestWaysToSignIn(t *testing.T) {
	w := newWorld(t)
	w.mailbox(mss.Mailbox{Address: "resultats@chb.mssante.fr", Type: mss.Application, Structure: structure})
	token := "user=" + marie + "\x01auth=Bearer jeton-de-marie\x01\x01"
	for name, c := range map[string]struct {
		config *tls.Config
		say    []string
		want   string
	}{
		"password with SASL-IR":     {&tls.Config{}, []string{"AUTHENTICATE PLAIN " + b64("\x00"+marie+"\x00"+password)}, "OK [CAPABILITY"},
		"address in other capitals": {&tls.Config{}, []string{"LOGIN " + strings.ToUpper(marie) + " \"" + password + "\""}, "OK"},
		"password asked for":        {&tls.Config{}, []string{"AUTHENTICATE PLAIN", b64("\x00" + marie + "\x00" + password)}, "OK"},
		"literal that waits":        {&tls.Config{}, []string{"LOGIN " + marie + " {18}", password}, "OK"},
		"wrong password":            {&tls.Config{}, []string{"LOGIN " + marie + " faux"}, "NO [AUTHENTICATIONFAILED]"},
		"unknown mailbox":           {&tls.Config{}, []string{"LOGIN nul@medecin.mssante.fr faux"}, "NO [AUTHENTICATIONFAILED]"},
		"on behalf of another":      {&tls.Config{}, []string{"AUTHENTICATE PLAIN " + b64("autre@chb.mssante.fr\x00"+marie+"\x00"+password)}, "BAD"},
		"given up":                  {&tls.Config{}, []string{"AUTHENTICATE PLAIN", "*"}, "BAD"},
		"another mechanism":         {&tls.Config{}, []string{"AUTHENTICATE SCRAM-SHA-256"}, "NO [CANNOT]"},
		"token":                     {&tls.Config{}, []string{"AUTHENTICATE XOAUTH2 " + b64(token)}, "OK"},
		"token of somebody else":    {&tls.Config{}, []string{"AUTHENTICATE XOAUTH2 " + b64(strings.Replace(token, "marie\x01", "jean\x01", 1)), ""}, "NO [AUTHENTICATIONFAILED]"},
		"certificate":               {&tls.Config{Certificates: []tls.Certificate{w.client}}, []string{"AUTHENTICATE EXTERNAL " + b64("resultats@chb.mssante.fr")}, "OK"},
		"certificate, not its box":  {&tls.Config{Certificates: []tls.Certificate{w.client}}, []string{"AUTHENTICATE EXTERNAL " + b64(marie)}, "NO [AUTHENTICATIONFAILED]"},
		"external, no certificate":  {&tls.Config{}, []string{"AUTHENTICATE EXTERNAL " + b64(marie)}, "NO [CANNOT]"},
	} {
		k := w.dial(c.config)
		k.write("a " + strings.Join(c.say, "\r\n") + "\r\n")
		for {
			l := k.line()
			if strings.HasPrefix(l, "+") {
				continue
			}
			if !strings.HasPrefix(l, "a "+c.want) {
				t.Errorf("%s: %s, want %s", name, l, c.want)
			}
			break
		}
	}
}

func TestGuessersAndBabblersAreShownOut(t *testing.T) {
	w := newWorld(t)
	c := w.dial(&tls.Config{})
	for range maxAttempts {
		c.no("LOGIN nul@medecin.mssante.fr faux", "NO")
	}
	if l := c.line(); !strings.HasPrefix(l, "* BYE [CONTACTADMIN]") || c.line() != "EOF" {
		t.Error(l)
	}
	c = w.dial(&tls.Config{})
	for range maxFaults {
		c.no("BABBLE", "BAD")
	}
	if l := c.line(); !strings.HasPrefix(l, "* BYE [CLIENTBUG]") || c.line() != "EOF" {
		t.Error(l)
	}
	c = w.dial(&tls.Config{})
	c.write("GET / HTTP/1.1\r\n" + strings.Repeat("x", 20000))
	for l := c.line(); l != "EOF"; l = c.line() {
		if !strings.HasPrefix(l, "GET BAD") && !strings.HasPrefix(l, "*") {
			t.Error(l)
		}
	}
}

func TestConnectionsToOneMailboxAreBounded(t *testing.T) {
	w := newWorld(t)
	for range maxPerMailbox {
		w.in()
	}
	c := w.dial(&tls.Config{})
	c.no("LOGIN "+marie+" \""+password+"\"", "NO [LIMIT]")
}

func TestTheDoorCloses(t *testing.T) {
	w := newWorld(t)
	idle, quiet := w.in(), w.in()
	idle.ok("SELECT INBOX")
	idle.write("i IDLE\r\n")
	idle.line()
	done := make(chan error)
	go func() { done <- w.door.Shutdown(t.Context()) }()
	for _, c := range []*client{idle, quiet} {
		if l := c.line(); !strings.HasPrefix(l, "* BYE [UNAVAILABLE]") {
			t.Error(l)
		}
	}
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("still open")
	}
	if _, err := net.Dial("tcp", w.plain); err == nil {
		t.Error("still listens")
	}
}
