package client

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/format/xdm"
)

// demoNIL is the product reference of the demo; real ones are given by the référencement.
const demoNIL = "DEV000000"

// Mail sends one file by secure mail, from the mailbox of the persona: the identity desk first when
// the patient is not known, then an archive IHE_XDM by submission, as the software of a practice
// does. It never returns an error: what went wrong is in the result.
func (c *Client) Mail(ctx context.Context, to, file string) *Sent {
	start := c.now()
	s := &Sent{File: file, Findings: []Remark{}}
	defer func() { s.MS = c.now().Sub(start).Milliseconds() }()
	raw, err := os.ReadFile(file)
	if err != nil {
		return s.refuse("FICHIER", err.Error())
	}
	doc, err := cda.Parse(raw)
	if err != nil {
		return s.refused("XML", err)
	}
	s.UniqueID = doc.UniqueID()
	id, err := patient(doc)
	if err != nil {
		return s.refuse("INS-ABSENT", err.Error())
	}
	if s.Patient, err = c.desk(ctx, s, doc, id); err != nil {
		return s.refused("GUICHET", err)
	}
	recipient, err := mssante.ParseAddress(to)
	if err != nil {
		return s.refused("MSS-ADRESSE", err)
	}
	from, err := mssante.ParseAddress(c.Persona.Mailbox)
	if err != nil || c.Persona.Mailbox == "" {
		return s.refuse("MSS-BOITE", c.Persona.ID+" n'a pas de boîte / has no mailbox")
	}
	mail := mssante.Mail{From: courriel.Address{Name: c.mailName(), Local: from.Local, Domain: from.Domain},
		To: []courriel.Address{{Local: recipient.Local, Domain: recipient.Domain}}, Documents: [][]byte{raw}, NIL: demoNIL, ReadReceipt: true,
		MessageID: courriel.NewMessageID(rand.Reader, c.now(), from.Domain), Now: c.now(), Software: xdm.Software{Name: "socle send", Editor: "Socle"}}
	draft, err := mssante.Compose(mail)
	if err != nil {
		return s.refused("MSS-COMPOSITION", err)
	}
	message, err := draft.Bytes()
	if err != nil {
		return s.refused("MSS-COMPOSITION", err)
	}
	s.MessageID = mail.MessageID
	if err := c.submit(ctx, c.Persona.Mailbox, c.Persona.MailboxPassword, recipient.Local+"@"+recipient.Domain, message); err != nil {
		return s.refusedBySMTP(err)
	}
	s.Accepted = true
	return s
}

// mailName is what a reader sees beside the address.
func (c *Client) mailName() string {
	name := strings.Fields(c.Persona.Name)
	entity := ""
	if st := c.Endpoints.Structure(c.Persona.Structure); st != nil {
		entity = st.Name
	}
	if len(name) < 2 {
		return c.Persona.Name
	}
	title := ""
	if strings.HasSuffix(name[0], "r") && len(name[0]) <= 3 && len(name) > 2 { // Dr, Pr
		title, name = name[0], name[1:]
	}
	return mssante.DisplayName(title, name[0], strings.Join(name[1:], " "), entity)
}

// refused tells an error that may be a refusal.
func (s *Sent) refused(id string, err error) *Sent {
	var p *problem
	if errors.As(err, &p) {
		return s.refuse(p.ID, p.Detail)
	}
	if r := finding.As(err); r != nil {
		return s.refuse(r.ID, r.Sentence("fr"))
	}
	return s.refuse(id, err.Error())
}

// refusedBySMTP takes our id out of an answer, between brackets.
func (s *Sent) refusedBySMTP(err error) *Sent {
	id, text := "SMTP", err.Error()
	var answer *textproto.Error
	if errors.As(err, &answer) {
		if _, rest, ok := strings.Cut(answer.Msg, "["); ok {
			if word, _, ok := strings.Cut(rest, "]"); ok {
				id = word
			}
		}
		text = fmt.Sprintf("%d %s", answer.Code, strings.ReplaceAll(answer.Msg, "\n", " "))
	}
	return s.refuse(id, text)
}

// submit hands a message to the submission door.
func (c *Client) submit(ctx context.Context, mailbox, password, to string, message []byte) error {
	if c.Endpoints.Submission == "" {
		return errors.New("cette démonstration n'a pas de courrier / this demo has no mail")
	}
	pem, err := os.ReadFile(c.Endpoints.CAFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", c.Endpoints.Submission)
	if err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(c.Endpoints.Submission)
	cl, err := smtp.NewClient(nc, host)
	if err != nil {
		return errors.Join(err, nc.Close())
	}
	defer cl.Close()
	if err := cl.StartTLS(&tls.Config{RootCAs: roots, ServerName: host}); err != nil {
		return err
	}
	if err := cl.Auth(smtp.PlainAuth("", mailbox, password, host)); err != nil {
		return err
	}
	if err := cl.Mail(mailbox); err != nil {
		return err
	}
	if err := cl.Rcpt(to); err != nil {
		return err
	}
	w, err := cl.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(message); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return cl.Quit()
}
