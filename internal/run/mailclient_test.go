package run

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/smtp"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/run/client"
)

// letters counts the messages of the tests, for their Message-ID.
var letters atomic.Int64

// letter is a plain message.
func letter(from, to, subject string) string {
	return fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%d.%d@essai.example>\r\nX-MSS-NIL: DEV000000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nBonjour.\r\n",
		from, to, subject, time.Now().Format(time.RFC1123Z), time.Now().UnixNano(), letters.Add(1))
}

// tlsClient trusts the authority of the demo.
func (tr *territory) tlsClient() *tls.Config {
	tr.t.Helper()
	pem, err := os.ReadFile(tr.endpoints.CAFile)
	if err != nil {
		tr.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

// submit sends a message as a mail program does, with the standard library's own client.
func (tr *territory) submit(p *client.Persona, to []string, message string) error {
	c, err := smtp.Dial(tr.endpoints.Submission)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.StartTLS(tr.tlsClient()); err != nil {
		return err
	}
	if err := c.Auth(smtp.PlainAuth("", p.Mailbox, p.MailboxPassword, host(tr.endpoints.Submission))); err != nil {
		return err
	}
	if err := c.Mail(p.Mailbox); err != nil {
		return err
	}
	for _, t := range to {
		if err := c.Rcpt(t); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, message); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

// imapClient is the little of IMAP that the tests need.
type imapClient struct {
	t  testing.TB
	c  *tls.Conn
	r  *bufio.Reader
	no int
}

func (tr *territory) imap(mailbox, password string) *imapClient {
	tr.t.Helper()
	c := tr.imapConn()
	c.line()
	c.do(fmt.Sprintf("LOGIN %q %q", mailbox, password))
	return c
}

// imapConn connects, and reads nothing yet.
func (tr *territory) imapConn() *imapClient {
	tr.t.Helper()
	nc, err := tls.Dial("tcp", tr.endpoints.IMAP, tr.tlsClient())
	if err != nil {
		tr.t.Fatal(err)
	}
	return &imapClient{t: tr.t, c: nc, r: bufio.NewReader(nc)}
}

func loadPair(t testing.TB, cert, key string) tls.Certificate {
	t.Helper()
	c, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *imapClient) line() string {
	c.t.Helper()
	c.c.SetReadDeadline(time.Now().Add(30 * time.Second))
	s, err := c.r.ReadString('\n')
	if err != nil {
		c.t.Fatalf("imap: %v", err)
	}
	return strings.TrimRight(s, "\r\n")
}

// do runs a command that must succeed; literals come apart, in order.
func (c *imapClient) do(command string) (lines, literals []string) {
	c.t.Helper()
	c.no++
	tag := fmt.Sprintf("a%d", c.no)
	fmt.Fprintf(c.c, "%s %s\r\n", tag, command)
	for {
		s := c.line()
		for strings.HasSuffix(s, "}") {
			open := strings.LastIndexByte(s, '{')
			n, err := strconv.Atoi(s[open+1 : len(s)-1])
			if err != nil {
				break
			}
			b := make([]byte, n)
			if _, err := io.ReadFull(c.r, b); err != nil {
				c.t.Fatal(err)
			}
			literals = append(literals, string(b))
			s = s[:open] + c.line()
		}
		if rest, ok := strings.CutPrefix(s, tag+" "); ok {
			if !strings.HasPrefix(rest, "OK") {
				c.t.Fatalf("%s: %s", command, rest)
			}
			return append(lines, rest), literals
		}
		lines = append(lines, s)
	}
}

func (c *imapClient) close() { c.c.Close() }

// messages gives the messages of the inbox of a persona, whole.
func (tr *territory) messages(p *client.Persona) []string {
	tr.t.Helper()
	return tr.folder(p, "INBOX")
}

func (tr *territory) folder(p *client.Persona, name string) []string {
	tr.t.Helper()
	c := tr.imap(p.Mailbox, p.MailboxPassword)
	defer c.close()
	lines, _ := c.do(fmt.Sprintf("SELECT %q", name))
	if strings.Contains(strings.Join(lines, "\n"), "* 0 EXISTS") {
		return nil
	}
	_, list := c.do("FETCH 1:* (BODY.PEEK[])")
	return list
}

// eventually polls until something is so.
func (tr *territory) eventually(what string, ok func() bool) {
	tr.t.Helper()
	eventually(tr.t, what, func() string { return "" }, ok)
}
