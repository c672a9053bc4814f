package run

import (
	"crypto/x509"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"

	"context"
	"strings"
)

// identities turns means of authentication into callers, the same for every door.
type identities struct {
	gate      *acces.Gate
	tokens    *acces.Tokens
	directory *annuaire.Annuaire
	dmp       *dmp.DMP
	// api judges a token that Pro Santé Connect's exchange gave for an API, bound to a certificate;
	// nil when there is no such service.
	api func(token string, client *x509.Certificate, audience string) (acces.Subject, error)
}

// VIHF serves the SOAP doors.
func (i *identities) VIHF(security xmltree.Node, client *x509.Certificate) (dmp.Caller, error) {
	actor, resource, err := i.gate.Authenticate(security, client)
	return dmp.Caller{Actor: actor, Resource: resource}, err
}

// apiAuth judges the tokens sent to one API, by the name that tokens of the exchange call it.
type apiAuth struct {
	*identities
	audience string
}

func (i *identities) at(audience string) apiAuth { return apiAuth{i, audience} }

// Bearer implements the doors' authenticator.
func (a apiAuth) Bearer(token string, client *x509.Certificate) (dmp.Caller, error) {
	return a.bearer(token, client, a.audience)
}

// Bearer serves what no token of the exchange is meant for.
func (i *identities) Bearer(token string, client *x509.Certificate) (dmp.Caller, error) {
	return i.bearer(token, client, "")
}

// bearer serves FHIR and the APIs. A token bound to a certificate counts only on a connection that
// this certificate opened, and at the API it was asked for.
func (i *identities) bearer(token string, client *x509.Certificate, audience string) (dmp.Caller, error) {
	check := i.tokens.Check
	if i.api != nil && isJWT(token) {
		check = func(t string) (acces.Subject, error) { return i.api(t, client, audience) }
	}
	s, err := check(token)
	if err != nil {
		return dmp.Caller{}, err
	}
	return i.Actor(s)
}

// isJWT tells a JSON Web Token from our own opaque ones.
func isJWT(token string) bool {
	return strings.HasPrefix(token, "eyJ") && strings.Count(token, ".") >= 2
}

// Actor makes the caller of a subject who still exists.
func (i *identities) Actor(s acces.Subject) (dmp.Caller, error) {
	if s.Person != "" {
		p, err := i.dmp.Kept(context.Background(), s.Person) // identities merge during a session too
		if err != nil {
			return dmp.Caller{}, err
		}
		return dmp.Caller{Actor: acces.CitizenActor(p)}, nil
	}
	p := i.directory.Professional(s.Professional)
	if p == nil || !p.Active || s.Structure != "" && !p.WorksAt(s.Structure) {
		return dmp.Caller{}, errGone
	}
	return dmp.Caller{Actor: acces.ProfessionalActor(p, i.directory.Structure(s.Structure), acces.Directe)}, nil
}

var errGone = &finding.Refusal{ID: "ACC-SUJET", Kind: finding.Unauthenticated,
	Message: finding.T("Ce professionnel n'est plus actif dans l'annuaire.", "This professional is no longer active in the directory."),
	Fix:     finding.T("Reconnectez-vous.", "Sign in again.")}
