package run

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
	doorimap "github.com/socle-sante/socle/internal/door/imap"
	doorsmtp "github.com/socle-sante/socle/internal/door/smtp"
)

// post is the secure mail of an installation: the operator, its doors and what works behind them.
type post struct {
	operator *mss.Operator
	tls      *tls.Config
	roots    *x509.CertPool
	revoked  func(*x509.Certificate) bool
	log      *slog.Logger

	smtp []*doorsmtp.Server
	imap *doorimap.Door
	stop context.CancelFunc

	certificate tls.Certificate // by which it calls other operators
}

// testOIDs and realOIDs are where the matricule of a citizen's address may belong.
var (
	testOIDs = []string{oid.INSNIRTest, oid.INSNIRDemo}
	realOIDs = []string{oid.INSNIR, oid.INSNIA}
)

// mailNIL is the product reference on the messages of this program, until it has been given one.
// spec: MSSANTE ECO.2.4.3
const mailNIL = "DEV000000"

// newPost makes the operator on the store of the records. cert is the server certificate by which
// it serves and calls other operators.
func (a *app) newPost(host string, domains []string, cert tls.Certificate, roots *x509.CertPool) (*post, error) {
	p := &post{roots: roots, revoked: a.revoked, log: a.log,
		tls: &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12,
			VerifyConnection: func(c tls.ConnectionState) error { a.metrics.Handshake(c.DidResume); return nil }}}
	p.operator = &mss.Operator{Store: a.store, Annuaire: a.directory, Mode: a.dmp.Mode, Host: host, Domains: domains, WhiteList: &mss.WhiteList{},
		Now: a.now, Rand: rand.Reader, Log: a.log, Space: a.space, Token: a.mailToken, StructureOf: structureOfCertificate, Records: a.dmp, NIL: mailNIL}
	if err := p.operator.Start(); err != nil {
		return nil, err
	}
	a.metrics.Gauge("socle_mail_queue", "Deliveries to other operators that wait.", func() float64 {
		n, err := p.operator.Queue(context.Background())
		if err != nil {
			return -1
		}
		return float64(n)
	})
	return p, nil
}

// listenSMTP serves one SMTP listener.
func (a *app) listenSMTP(p *post, l net.Listener, way mss.Way, implicit bool) {
	s := &doorsmtp.Server{Operator: p.operator, Way: way, TLS: p.tls, Implicit: implicit, Roots: p.roots, Revoked: p.revoked, Log: p.log, Observe: a.metrics.Observe("smtp")}
	if way == mss.FromMachine {
		s.TLS = nil
	}
	p.smtp = append(p.smtp, s)
	a.closing.Go(func() {
		if err := s.Serve(l); err != nil && !errors.Is(err, doorsmtp.ErrClosed) && !errors.Is(err, net.ErrClosed) {
			a.log.Error("mail door closed", "err", err)
		}
	})
}

// listenIMAP serves one IMAP listener; implicit is TLS from the first byte.
func (a *app) listenIMAP(p *post, l net.Listener, implicit bool) {
	if p.imap == nil {
		c := p.tls.Clone()
		c.ClientAuth, c.ClientCAs = tls.VerifyClientCertIfGiven, p.roots
		c.VerifyConnection = func(s tls.ConnectionState) error {
			a.metrics.Handshake(s.DidResume)
			if len(s.PeerCertificates) > 0 && p.revoked != nil && p.revoked(s.PeerCertificates[0]) {
				return errors.New("revoked certificate")
			}
			return nil
		}
		p.imap = &doorimap.Door{Operator: p.operator, TLS: c, Log: p.log, Observe: a.metrics.Observe("imap")}
	}
	serve := p.imap.Serve
	if implicit {
		serve = p.imap.ServeTLS
	}
	a.closing.Go(func() {
		if err := serve(l); err != nil && !errors.Is(err, net.ErrClosed) {
			a.log.Error("mail door closed", "err", err)
		}
	})
}

// startPost sets the queue and the filing to work until the post stops.
func (a *app) startPost(p *post, cert tls.Certificate) {
	ctx, stop := context.WithCancel(context.Background())
	before := p.stop
	p.stop = func() {
		stop()
		if before != nil {
			before()
		}
	}
	sender := &doorsmtp.Sender{Operator: p.operator, Certificate: cert, Roots: p.roots, Revoked: p.revoked}
	runner := &doorsmtp.Runner{Sender: sender, Operator: p.operator, Log: p.log}
	a.closing.Go(func() { runner.Run(ctx) })
	a.closing.Go(func() { a.fileMail(ctx, p.operator) })
	a.post = p
}

// Pauses of the reader of archives.
const (
	workEvery      = 30 * time.Second
	workAfterFault = 2 * time.Second
	workAtOnce     = 50
)

// fileMail reads by machine what the mail brings: archives to file, reports to follow.
func (a *app) fileMail(ctx context.Context, o *mss.Operator) {
	for ctx.Err() == nil {
		n, err := o.Work(ctx, workAtOnce)
		wait := workEvery
		switch {
		case err != nil && ctx.Err() == nil:
			a.log.Error("mail not read by machine", "err", err)
			wait = workAfterFault
		case n > 0:
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-o.WorkWoken():
		}
		t.Stop()
	}
}

// close stops the mail: no more commands, what is being kept is answered, a delivery under way
// ends.
func (p *post) close(ctx context.Context) error {
	if p == nil {
		return nil
	}
	var errs []error
	for _, s := range p.smtp {
		errs = append(errs, s.Close(ctx))
	}
	if p.imap != nil {
		errs = append(errs, p.imap.Shutdown(ctx))
	}
	if p.stop != nil {
		p.stop()
	}
	return errors.Join(errs...)
}

// space tells what Mon espace santé knows of a matricule.
func (a *app) space(ctx context.Context, matricule string) (s mss.Space, err error) {
	oids := testOIDs
	if a.dmp.Mode == ins.Production {
		oids = realOIDs
	}
	err = a.store.View(ctx, func(r dmp.Reader) error {
		for _, oid := range oids {
			id, err := insid.Parse(matricule, oid)
			if err != nil {
				return dmp.ErrNotFound
			}
			p, err := r.PersonByINS(id)
			if errors.Is(err, dmp.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if p.Status != ins.Qualifiee {
				continue // an address is built from a qualified INS only
			}
			rec, err := r.Record(p.ID)
			s = mss.Space{Person: p.ID, Name: p.DisplayName(), Open: rec.State == dmp.Ouvert}
			return err
		}
		return dmp.ErrNotFound
	})
	return s, err
}

// mailToken tells who a token opens a mailbox for: one of Pro Santé Connect, or one of ours.
func (a *app) mailToken(ctx context.Context, token string, client *x509.Certificate) (string, error) {
	if a.pscHolder != nil && isJWT(token) {
		if id, err := a.pscHolder(token, client); err == nil {
			return id, nil
		}
	}
	c, err := a.identities.Bearer(token, client)
	return c.ID, err
}

// structureOfCertificate gives the structure of an organisation certificate.
// spec: IGC-Santé (OU = Struct_IdNat)
func structureOfCertificate(c *x509.Certificate) string {
	if len(c.Subject.OrganizationalUnit) == 0 {
		return ""
	}
	return c.Subject.OrganizationalUnit[0]
}
