package client

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	wire "github.com/socle-sante/socle/format/smtp"
)

// Loads of secure mail: submission under TLS, and the listener for programs of this machine.
const (
	PressMail      = "courrier"
	PressLocalMail = "courrier-local"
)

// mailed numbers the messages of a load.
var mailed atomic.Int64

// mailer is one connection that sends messages one after the other, from the médecin généraliste to
// the other professionals of the territory in turn. Attachments do not compress, as PDF do not.
func (c *Client) mailer(local bool, size int) func(context.Context) (func(context.Context) error, error) {
	return func(ctx context.Context) (func(context.Context) error, error) {
		from := c.Endpoints.Persona("medecin_generaliste")
		var to []string
		for i := range c.Endpoints.Personas {
			if p := &c.Endpoints.Personas[i]; p.Mailbox != "" && p.INS == "" && p.ID != from.ID {
				to = append(to, p.Mailbox)
			}
		}
		if from == nil || len(to) == 0 {
			return nil, errors.New("cette démonstration n'a pas de courrier / this demo has no mail")
		}
		s := &mailSession{}
		if err := s.open(ctx, c.Endpoints, from, local); err != nil {
			return nil, err
		}
		attachment := bulk(size)
		return func(context.Context) error {
			n := mailed.Add(1)
			return s.send(from.Mailbox, to[int(n)%len(to)], n, attachment)
		}, nil
	}
}

// bulk makes random bytes in base64, as an attachment is.
func bulk(size int) []byte {
	raw := make([]byte, size*3/4)
	rand.Read(raw)
	b := base64.StdEncoding.EncodeToString(raw)
	var out []byte
	for len(b) > 76 {
		out = append(append(out, b[:76]...), '\r', '\n')
		b = b[76:]
	}
	return append(append(out, b...), '\r', '\n')
}

type mailSession struct {
	nc  net.Conn
	r   *bufio.Reader
	buf []byte
}

func (s *mailSession) open(ctx context.Context, e *Endpoints, p *Persona, local bool) error {
	address := e.Submission
	if local {
		address = e.MailLocal
	}
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	s.nc, s.r = nc, bufio.NewReader(nc)
	if err := s.expect("", 220); err != nil {
		return err
	}
	if err := s.expect("EHLO charge.example\r\n", 250); err != nil || local {
		return err
	}
	if err := s.expect("STARTTLS\r\n", 220); err != nil {
		return err
	}
	pem, err := os.ReadFile(e.CAFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	t := tls.Client(nc, &tls.Config{RootCAs: roots, ServerName: "localhost"})
	if err := t.HandshakeContext(ctx); err != nil {
		return err
	}
	s.nc, s.r = t, bufio.NewReader(t)
	if err := s.expect("EHLO charge.example\r\n", 250); err != nil {
		return err
	}
	return s.expect("AUTH PLAIN "+base64.StdEncoding.EncodeToString([]byte("\x00"+p.Mailbox+"\x00"+p.MailboxPassword))+"\r\n", 235)
}

func (s *mailSession) expect(command string, code int) error {
	s.nc.SetDeadline(time.Now().Add(time.Minute))
	if command != "" {
		if _, err := s.nc.Write([]byte(command)); err != nil {
			return err
		}
	}
	r, err := wire.ReadReply(s.r)
	if err != nil {
		return err
	}
	if r.Code != code {
		return errors.New(r.String())
	}
	return nil
}

// send sends one message: envelope in one write, content in another.
func (s *mailSession) send(from, to string, n int64, attachment []byte) error {
	s.nc.SetDeadline(time.Now().Add(time.Minute))
	if _, err := fmt.Fprintf(s.nc, "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", from, to); err != nil {
		return err
	}
	for _, code := range []int{250, 250, 354} {
		if err := s.expect("", code); err != nil {
			return err
		}
	}
	s.buf = fmt.Appendf(s.buf[:0], "From: <%s>\r\nTo: <%s>\r\nSubject: Charge %d\r\nDate: %s\r\nMessage-ID: <%d.%d@charge.example>\r\nX-MSS-NIL: DEV000000\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n",
		from, to, n, time.Now().Format(time.RFC1123Z), time.Now().UnixNano(), n)
	s.buf = append(append(s.buf, attachment...), ".\r\n"...)
	if _, err := s.nc.Write(s.buf); err != nil {
		return err
	}
	err := s.expect("", 250)
	if err != nil && strings.Contains(err.Error(), "MSS-QUOTA") {
		return fmt.Errorf("%w: %s is full: start on a fresh folder", err, to)
	}
	return err
}
