package run

import (
	"context"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/mss"
	doorannuaire "github.com/socle-sante/socle/internal/door/annuaire"
	doormss "github.com/socle-sante/socle/internal/door/mss"
)

// tendEvery is how often mailboxes are looked after.
const tendEvery = time.Hour

// operatorDoors is where what an operator serves over HTTP is opened.
type operatorDoors struct {
	muxes     []*http.ServeMux
	catalogue *doorannuaire.Door // of the directory, whose mailboxes it lets change; nil: none
	audience  string             // of the tokens of administrators
	servers   doormss.Servers
	list      *doormss.Refresher // nil: the list in service is kept as it is
}

// openOperator opens what surrounds the mailboxes: the directory says them, PATCH changes them,
// programs find their settings, vendors have messages checked, and time does its work. It gives the
// API key of writing.
func (a *app) openOperator(ctx context.Context, p *post, o operatorDoors) (key string, err error) {
	raw, err := a.derived("écriture de l'annuaire")
	if err != nil {
		return "", err
	}
	key = base64.RawURLEncoding.EncodeToString(raw)
	authority := mailAuthority{ids: a.identities.at(o.audience), directory: a.directory, key: key}
	if c := o.catalogue; c != nil {
		c.Mailboxes, c.Writer = p.operator, authority
		c.Auth = orWriter{c.Auth, authority}
	}
	door := &doormss.Door{Operator: p.operator, Servers: o.servers, Auth: authority, Desk: a.desk, Version: Version(), Log: a.log, Observe: a.metrics.Observe("mss")}
	for _, mux := range o.muxes {
		door.Register(mux)
	}
	if o.list != nil {
		if err := o.list.Load(); err != nil {
			return "", err
		}
	}
	unknown, err := p.operator.Reconcile(ctx)
	if err != nil {
		return "", err
	}
	if len(unknown) > 0 {
		a.log.Warn("mailboxes whose holder the directory does not know are not published", "count", len(unknown))
	}
	work, cancel := context.WithCancel(context.Background())
	before := p.stop
	p.stop = func() {
		cancel()
		if before != nil {
			before()
		}
	}
	a.closing.Go(func() { a.tendMail(work, p.operator) })
	if o.list != nil {
		a.closing.Go(func() { o.list.Run(work) })
	}
	return key, nil
}

// servers tells mail programs of a demo where its doors are.
func (m *mailListeners) servers() doormss.Servers {
	port := func(l net.Listener) int {
		n, _ := strconv.Atoi(portOf(l)) // of a listener: it is a number
		return n
	}
	return doormss.Servers{Host: "localhost", MX: demoHost, Submission: port(m.submission), IMAPS: port(m.imap)}
}

// tendMail looks after the mailboxes until ctx ends.
func (a *app) tendMail(ctx context.Context, o *mss.Operator) {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		done, err := o.Tend(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			a.log.Error("mailboxes not looked after", "err", err)
		case done.Held > 0:
			a.log.Error("the directory says that many holders left: their mailboxes stay open until somebody looks", "count", done.Held)
		case done.Suspended+done.Closed+done.Removed+done.Emptied > 0:
			a.log.Info("mailboxes looked after", "suspended", done.Suspended, "closed", done.Closed, "removed", done.Removed, "emptied", done.Emptied)
		}
	}
}

// mailAuthority tells who may change mailboxes and read figures: the key of writing, and for the
// mailboxes of their structure its administrators.
type mailAuthority struct {
	ids       apiAuth
	directory *annuaire.Annuaire
	key       string
}

func (m mailAuthority) keyed(r *http.Request) bool {
	k := r.Header.Get("ESANTE-API-KEY")
	return m.key != "" && subtle.ConstantTimeCompare([]byte(k), []byte(m.key)) == 1
}

// administrator gives the administrator that a request comes from.
func (m mailAuthority) administrator(r *http.Request) (acces.Actor, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return acces.Actor{}, errDirectoryKey
	}
	var client *x509.Certificate
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		client = r.TLS.PeerCertificates[0]
	}
	c, err := m.ids.Bearer(strings.TrimSpace(token), client)
	switch {
	case finding.As(err) != nil:
		return acces.Actor{}, err
	case err != nil:
		return acces.Actor{}, acces.ErrToken.With(err)
	case !c.MayAdminister(c.Structure):
		return acces.Actor{}, errNotOperator
	}
	return c.Actor, nil
}

// keyActor stands in traces for the key of writing.
const keyActor = "clé d'écriture"

// MailAdministrator implements the authorizer of the figures.
func (m mailAuthority) MailAdministrator(r *http.Request) (string, error) {
	if m.keyed(r) {
		return keyActor, nil
	}
	actor, err := m.administrator(r)
	return actor.ID, err
}

// DirectoryWriter implements the writer of the directory.
func (m mailAuthority) DirectoryWriter(r *http.Request) (string, func(annuaire.Carrier) bool, error) {
	if m.keyed(r) {
		return keyActor, nil, nil
	}
	actor, err := m.administrator(r)
	if err != nil {
		return "", nil, err
	}
	return actor.ID, func(c annuaire.Carrier) bool {
		if c.Structure != "" {
			return actor.MayAdminister(c.Structure)
		}
		// A mailbox that follows a person is not for one of several employers to close.
		p := m.directory.Professional(c.Professional)
		return p != nil && p.WorksAt(actor.Structure) && !slices.ContainsFunc(p.Structures, func(s string) bool { return s != actor.Structure })
	}, nil
}

// orWriter lets the key of writing read too.
type orWriter struct {
	reader doorannuaire.Authorizer
	writer mailAuthority
}

// Directory implements the door's authorizer.
func (o orWriter) Directory(r *http.Request) error {
	if o.writer.keyed(r) {
		return nil
	}
	return o.reader.Directory(r)
}

var errNotOperator = &finding.Refusal{ID: "MSS-ADMINISTRATEUR", Kind: finding.Forbidden, Rule: "MSSANTE §9 (API REST)",
	Message: finding.T("Seul un administrateur, ou la clé d'écriture de l'opérateur, peut le faire.", "Only an administrator, or the writing key of the operator, may do this."),
	Fix:     finding.T("Présentez le jeton d'un administrateur de structure, ou l'en-tête ESANTE-API-KEY avec la clé d'écriture.", "Present the token of an administrator of a structure, or header ESANTE-API-KEY with the writing key.")}
