package run

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"net"
	"strings"

	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/run/client"
	"github.com/socle-sante/socle/internal/run/demo"
)

// Ports of the mail doors of the demo.
const (
	smtpPort       = 2525
	submissionPort = 2587
	imapPort       = 2993
	localPort      = 2526 // programs of this machine
	peerPort       = 2625 // where a foreign operator under trial listens
)

// peerDomain is the domain of a foreign operator, there for trials.
const peerDomain = "voisin.mssante.example"

// demoHost is the name of the mail server of the demo.
const demoHost = "mx." + demo.MailDomain

// mailListeners are the mail ports of a demo.
type mailListeners struct {
	smtp, submission, imap, local net.Listener
}

func listenMail(auto bool) (m mailListeners, err error) {
	for _, l := range []struct {
		to   *net.Listener
		port int
	}{{&m.smtp, smtpPort}, {&m.submission, submissionPort}, {&m.imap, imapPort}, {&m.local, localPort}} {
		if *l.to, err = listen(l.port, auto); err != nil {
			m.close()
			return m, err
		}
	}
	return m, nil
}

func (m *mailListeners) close() {
	for _, l := range []net.Listener{m.smtp, m.submission, m.imap, m.local} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// demoPost makes the operator of a demo: the pages want it before its doors open.
func (a *app) demoPost(p *pki, auto bool) (*post, *client.MailPeer, error) {
	box, err := a.newPost(demoHost, []string{demo.MailDomain, mss.Citizens}, p.server, p.authority.Roots())
	if err != nil {
		return nil, nil, err
	}
	peer, err := tls.LoadX509KeyPair(p.cert(peerName), p.key(peerName))
	if err != nil {
		return nil, nil, err
	}
	listen, err := peerAddress(auto)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(peer.Certificate[0])
	list := []mss.Listed{{Domain: demo.MailDomain, Operator: "Socle"}, {Domain: mss.Citizens, Operator: "Socle"},
		{Domain: peerDomain, Operator: "Opérateur voisin", Prints: []string{hex.EncodeToString(sum[:])}, Relay: listen}}
	if err := box.operator.WhiteList.Replace(list, a.now(), true); err != nil {
		return nil, nil, err
	}
	return box, &client.MailPeer{Domain: peerDomain, Listen: listen, Cert: p.cert(peerName), Key: p.key(peerName)}, nil
}

// openMail opens the mailboxes of the personas and the doors of the mail.
func (a *app) openMail(ctx context.Context, box *post, p *pki, l mailListeners, personas []demo.Persona, citizens []*ins.Person, e *client.Endpoints) error {
	if err := a.demoBoxes(ctx, box.operator, personas, citizens, e); err != nil {
		return err
	}
	if err := a.seedMail(ctx, box.operator, citizens, e); err != nil {
		return err
	}
	a.listenSMTP(box, l.smtp, mss.FromOperator, false)
	a.listenSMTP(box, l.submission, mss.FromUser, false)
	a.listenSMTP(box, l.local, mss.FromMachine, false)
	a.listenIMAP(box, l.imap, true)
	a.startPost(box, p.server)
	e.SMTP, e.Submission, e.IMAP, e.MailLocal = l.smtp.Addr().String(), l.submission.Addr().String(), l.imap.Addr().String(), l.local.Addr().String()
	return nil
}

// peerAddress is where the foreign operator of trials is expected: a free port that nobody holds.
func peerAddress(auto bool) (string, error) {
	if !auto {
		return net.JoinHostPort("127.0.0.1", "2625"), nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// mailPassword gives the password of a mailbox of the demo: it follows from the secret of the data
// folder, so that it outlives a restart.
func (a *app) mailPassword(address string) (string, error) {
	b, err := hkdf.Key(sha256.New, a.secret, nil, "boite "+address, 15)
	if err != nil {
		return "", err
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(b)), nil
}

// demoBoxes opens a mailbox for each persona, and those of the structures.
func (a *app) demoBoxes(ctx context.Context, o *mss.Operator, personas []demo.Persona, citizens []*ins.Person, e *client.Endpoints) error {
	for _, q := range personas {
		out := e.Persona(q.ID)
		if out == nil || q.Load {
			continue
		}
		m := mss.Mailbox{Type: mss.Personal}
		switch {
		case q.Citizen >= 0:
			c := citizens[q.Citizen]
			m = mss.Mailbox{Address: c.INS.Matricule.Reveal() + "@" + mss.Citizens, Type: mss.Citizen, Name: c.DisplayName(), Person: c.ID}
		default:
			pro := a.directory.Professional(q.IDNat)
			if pro.Mailbox == "" {
				continue
			}
			m.Address, m.Professional, m.Rank = pro.Mailbox, pro.IDNat, 1
			m.Name = mssante.DisplayName(strings.ToUpper(pro.Title[:min(1, len(pro.Title))])+strings.ToLower(pro.Title[min(1, len(pro.Title)):]), pro.Given, pro.Family, a.directory.Structure(q.Structure).Name)
		}
		password, err := a.openBox(ctx, o, m)
		if err != nil {
			return err
		}
		out.Mailbox, out.MailboxPassword = mss.Canonical(m.Address), password
	}
	for i := range e.Structures {
		s := &e.Structures[i]
		for _, b := range demo.Boxes(s.ID) {
			m := mss.Mailbox{Address: b.Address, Type: mss.Type(b.Type), Structure: s.ID, Name: b.Name, Description: b.Description, Service: b.Service, Rank: 1}
			for _, q := range personas {
				if q.Structure == s.ID && !q.Load && m.Type == mss.Organisation {
					m.Delegates = append(m.Delegates, q.IDNat)
				}
			}
			password, err := a.openBox(ctx, o, m)
			if err != nil {
				return err
			}
			s.Mailboxes = append(s.Mailboxes, client.Box{Address: m.Address, Type: string(m.Type), Password: password})
		}
	}
	return nil
}

// openBox opens a mailbox unless it is there, and gives its password.
func (a *app) openBox(ctx context.Context, o *mss.Operator, m mss.Mailbox) (string, error) {
	password, err := a.mailPassword(mss.Canonical(m.Address))
	if err != nil {
		return "", err
	}
	err = a.store.ViewMail(ctx, func(r mss.Reader) error {
		_, err := r.MailboxAt(mss.Canonical(m.Address))
		return err
	})
	if err == nil || !errors.Is(err, dmp.ErrNotFound) {
		return password, err
	}
	m.Password = mss.HashPassword(password)
	_, err = o.Open(ctx, m)
	return password, err
}
