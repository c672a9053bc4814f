package smtp

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
	"time"

	"github.com/socle-sante/socle/format/courriel"
	wire "github.com/socle-sante/socle/format/smtp"
)

// Ordinary sends ordinary mail through the relay of the house: one-time codes and notices, never
// health data. It has nothing to do with the espace de confiance.
type Ordinary struct {
	Relay    string // host:port; STARTTLS, or TLS at once on port 465; in clear on loopback only
	From     courriel.Address
	User     string // AUTH PLAIN, when not empty
	Password string
	Roots    *x509.CertPool // of its certificate; nil: those of the machine
	Now      func() time.Time
}

// ordinaryTime bounds one sending: somebody may be waiting for a code.
const ordinaryTime = 30 * time.Second

// Send sends one short text.
func (o *Ordinary) Send(ctx context.Context, to, subject, text string) error {
	list := courriel.ParseAddresses(to)
	if len(list) != 1 {
		return errors.New("smtp: one address expected")
	}
	d := courriel.Draft{From: o.From, To: list, Subject: subject, Text: text, Date: o.Now(), MessageID: courriel.NewMessageID(rand.Reader, o.Now(), o.From.Domain),
		Header: []courriel.Pair{{Name: "Auto-Submitted", Value: "auto-generated"}}}
	raw, err := d.Bytes()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, ordinaryTime)
	defer cancel()
	s, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	for _, step := range []struct {
		command string
		code    int
	}{{"MAIL FROM:<" + o.From.Addr() + ">\r\n", 250}, {"RCPT TO:<" + list[0].Addr() + ">\r\n", 250}, {"DATA\r\n", 354}, {string(wire.AppendData(nil, raw)), 250}} {
		if err := s.expect(step.code, step.command); err != nil {
			return err
		}
	}
	return nil
}

func (o *Ordinary) open(ctx context.Context) (_ *session, err error) {
	host, port, err := net.SplitHostPort(o.Relay)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", o.Relay)
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{ServerName: host, RootCAs: o.Roots, MinVersion: tls.VersionTLS12}
	if port == "465" {
		nc = tls.Client(nc, conf)
	}
	context.AfterFunc(ctx, func() { _ = nc.Close() }) // ends what waits for an answer
	s := &session{nc: nc, r: bufio.NewReader(nc), remote: o.Relay}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err = s.expect(220, ""); err != nil {
		return nil, err
	}
	if err = s.hello(o.From.Domain); err != nil {
		return nil, err
	}
	ip := net.ParseIP(host)
	if _, offered := s.caps["STARTTLS"]; port != "465" && (offered || ip == nil || !ip.IsLoopback()) {
		if err = s.expect(220, "STARTTLS\r\n"); err != nil {
			return nil, fmt.Errorf("nothing goes to a relay in clear: %w", err)
		}
		t := tls.Client(nc, conf)
		if err = t.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		s.nc, s.r = t, bufio.NewReader(t)
		if err = s.hello(o.From.Domain); err != nil {
			return nil, err
		}
	}
	if o.User == "" {
		return s, nil
	}
	if err = s.expect(235, "AUTH PLAIN "+base64.StdEncoding.EncodeToString([]byte("\x00"+o.User+"\x00"+o.Password))+"\r\n"); err != nil {
		return nil, err
	}
	return s, nil
}
