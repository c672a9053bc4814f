package psc

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/igc"
)

// Credentials is what came with a client's request.
type Credentials struct {
	Authorization string            // the header
	Form          url.Values        // the body
	Certificate   *x509.Certificate // of TLS, its chain verified; nil when none
	Address       string            // where it comes from
}

// Authenticate finds the client that a request comes from.
// spec: RFC 6749 2.3
func (p *Provider) Authenticate(c Credentials) (*Client, error) {
	now := p.Now()
	id, secret, how, err := c.claimed()
	if err != nil {
		return nil, err
	}
	pair := "p\x00" + id + "\x00" + c.Address
	if p.attempts.Over(pair, maxPairFailures, now) || p.attempts.Over("a\x00"+c.Address, maxAddressFailure, now) || p.attempts.Over("c\x00"+id, maxClientFailures, now) {
		return nil, ErrThrottled
	}
	cl := p.clients.get(id)
	err = p.prove(cl, secret, how, c.Certificate)
	if err != nil {
		p.attempts.Count(pair, maxPairFailures, now)
		p.attempts.Count("a\x00"+c.Address, maxAddressFailure, now)
		p.attempts.Count("c\x00"+id, maxClientFailures, now)
		return nil, err
	}
	return cl, nil
}

func (p *Provider) prove(cl *Client, secret, how string, cert *x509.Certificate) error {
	switch how {
	case SecretBasic, SecretPost:
		if !p.clients.opens(cl, secret) {
			return ErrClient.At(how)
		}
		return nil
	}
	switch {
	case cl == nil:
		return ErrClient.At("client_id")
	case cl.Auth == Public:
		return nil
	case cl.Auth == TLSClient:
		structure, err := p.structureOf(cert)
		if err != nil {
			return err
		}
		if structure != cl.Structure {
			return ErrCertificate.At("OU = " + oidc.Shown(structure))
		}
		return nil
	}
	return ErrClient.At("client_secret")
}

// claimed reads who a request says it comes from, and how it means to prove it.
func (c Credentials) claimed() (id, secret, how string, err error) {
	for _, k := range []string{"client_id", "client_secret"} {
		if len(c.Form[k]) > 1 {
			return "", "", "", ErrRequest.At(k)
		}
	}
	if c.Form.Has("client_assertion") {
		return "", "", "", ErrClient.At("client_assertion")
	}
	id = c.Form.Get("client_id")
	if c.Authorization == "" {
		if id == "" {
			return "", "", "", ErrClient.At("client_id")
		}
		if c.Form.Has("client_secret") {
			return id, c.Form.Get("client_secret"), SecretPost, nil
		}
		return id, "", Public, nil
	}
	scheme, rest, _ := strings.Cut(c.Authorization, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", "", ErrClient.At("Authorization")
	}
	raw, e := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	user, pass, ok := strings.Cut(string(raw), ":")
	if e != nil || !ok {
		return "", "", "", ErrClient.At("Authorization")
	}
	// Both halves are form-encoded before base64; what cannot be decoded was sent as it is.
	// spec: RFC 6749 2.3.1
	if u, e := url.QueryUnescape(user); e == nil {
		user = u
	}
	if u, e := url.QueryUnescape(pass); e == nil {
		pass = u
	}
	if c.Form.Has("client_secret") || id != "" && id != user {
		return "", "", "", ErrRequest.At("Authorization + client_id")
	}
	return user, pass, SecretBasic, nil
}

// structureOf gives the structure of an organisation's authentication certificate.
// spec: IGC-Santé OU = Struct_IdNat
func (p *Provider) structureOf(cert *x509.Certificate) (string, error) {
	switch {
	case cert == nil:
		return "", ErrCertificate.At("TLS")
	case igc.CardOf(cert) != "" || personal(cert): // a card may name a structure in its OU: it is a person all the same
		return "", ErrCertificate.At("card")
	case len(cert.Subject.OrganizationalUnit) != 1 || cert.Subject.OrganizationalUnit[0] == "":
		return "", ErrCertificate.At("OU")
	case !slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageClientAuth) || slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageServerAuth):
		return "", ErrCertificate.At("extKeyUsage")
	case p.outOfDate(cert):
		return "", ErrCertificate.At("validity")
	case p.Revoked != nil && p.Revoked(cert):
		return "", ErrCertificate.At("revoked")
	}
	return cert.Subject.OrganizationalUnit[0], nil
}

// personal reports whether a certificate names a person (surname or given name).
// spec: IGC-Santé PS and PRO offers
func personal(cert *x509.Certificate) bool {
	for _, n := range cert.Subject.Names {
		if n.Type.String() == "2.5.4.4" || n.Type.String() == "2.5.4.42" {
			return true
		}
	}
	return false
}

func (p *Provider) outOfDate(cert *x509.Certificate) bool {
	now := p.Now()
	return now.Before(cert.NotBefore) || now.After(cert.NotAfter)
}

// Thumbprint is x5t#S256 of a certificate.
// spec: RFC 8705 3.1
func Thumbprint(cert *x509.Certificate) string {
	h := sha256.Sum256(cert.Raw)
	return base64.RawURLEncoding.EncodeToString(h[:])
}
