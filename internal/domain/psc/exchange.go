package psc

import (
	"crypto/x509"
	"encoding/json"
	"net/url"
	"slices"
	"time"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/jeton"
)

// Kinds of token in an exchange.
// spec: RFC 8693 3
const (
	typeAccessToken = "urn:ietf:params:oauth:token-type:access_token"
	typeJWT         = "urn:ietf:params:oauth:token-type:jwt"
	subjectIssuer   = "psc" // spec: PSC API Pro Santé Connectées
)

// APIClaims are those of a token for an API, bound to the certificate of a structure.
type APIClaims struct {
	Issuer       string        `json:"iss"`
	Subject      string        `json:"sub"`
	Audience     oidc.Audience `json:"aud"`
	Expiry       int64         `json:"exp"`
	IssuedAt     int64         `json:"iat"`
	AuthTime     int64         `json:"auth_time"`
	ID           string        `json:"jti"`
	Typ          string        `json:"typ"`
	ClientID     string        `json:"client_id"`
	AZP          string        `json:"azp"` // the client of the Pro Santé Connect token
	IDNat        string        `json:"idNat"`
	Structure    string        `json:"structure"`
	NameID       string        `json:"SubjectNameID"`
	ACR          string        `json:"acr"`
	Scope        string        `json:"scope"`
	SessionState string        `json:"session_state"`
	Confirmation Confirmation  `json:"cnf"`
}

// apiType is the header of an API token: no Pro Santé Connect token has it.
// spec: RFC 9068 2.1
const apiType = "at+jwt"

// Exchanged is the answer of the token exchange.
type Exchanged struct {
	AccessToken string `json:"access_token"`
	IssuedType  string `json:"issued_token_type"`
	TokenType   string `json:"token_type"`
	Expires     int    `json:"expires_in"`
	Scope       string `json:"scope"`
}

// ExchangeToken gives a token for the APIs in exchange for one of Pro Santé Connect. Who asks is
// the structure of the certificate.
// spec: RFC 8693 2.1
func (p *Provider) ExchangeToken(f url.Values, cert *x509.Certificate, address string) (*Exchanged, error) {
	now := p.Now()
	for k, v := range f {
		if len(v) > 1 || len(v[0]) > jeton.MaxJWT {
			return nil, ErrRequest.At(oidc.Shown(k))
		}
	}
	if p.attempts.Over("x\x00"+address, maxAddressFailure, now) {
		return nil, ErrThrottled
	}
	structure, err := p.structureOf(cert)
	if err != nil {
		p.attempts.Count("x\x00"+address, maxAddressFailure, now)
		return nil, err
	}
	if t := f.Get("grant_type"); t != grantExchange {
		return nil, ErrGrantType.At("grant_type = " + oidc.Shown(t))
	}
	for k, want := range map[string][]string{"subject_token_type": {typeAccessToken, typeJWT}, "subject_issuer": {subjectIssuer, p.Issuer()}} {
		if !slices.Contains(want, f.Get(k)) {
			return nil, ErrRequest.At(k + " = " + oidc.Shown(f.Get(k)))
		}
	}
	if t := f.Get("requested_token_type"); t != "" && t != typeAccessToken && t != typeJWT {
		return nil, ErrRequest.At("requested_token_type = " + oidc.Shown(t))
	}
	if f.Has("actor_token") {
		return nil, ErrRequest.At("actor_token")
	}
	audience, err := p.audience(f)
	if err != nil {
		return nil, err
	}
	client := structure
	if id := f.Get("client_id"); id != "" {
		cl := p.clients.get(id)
		if cl == nil || cl.Structure != "" && cl.Structure != structure {
			return nil, ErrClient.At("client_id = " + oidc.Shown(id))
		}
		client = id
	}
	c, g, err := p.check(f.Get("subject_token"))
	if err != nil {
		p.attempts.Count("x\x00"+address, maxAddressFailure, now)
		return nil, ErrSubjectToken.With(err)
	}
	if s := g.client.Structure; s != "" && s != structure { // a token that another structure obtained
		return nil, ErrNotThere.At("azp")
	}
	if c.Confirmation != nil && c.Confirmation.Thumbprint != Thumbprint(cert) {
		return nil, ErrSubjectToken.At("x5t#S256")
	}
	if !p.Directory.WorksAt(g.login.IDNat, structure) {
		return nil, ErrNotThere.At("OU = " + oidc.Shown(structure))
	}
	api := APIClaims{Issuer: p.Exchange, Subject: c.Subject, Audience: audience, Expiry: now.Add(p.APILife).Unix(), IssuedAt: now.Unix(), AuthTime: c.AuthTime, ID: p.uuid(),
		Typ: "Bearer", ClientID: client, AZP: c.AZP, IDNat: g.login.IDNat, Structure: structure, NameID: c.NameID, ACR: c.ACR, Scope: c.Scope, SessionState: c.SID,
		Confirmation: Confirmation{Thumbprint(cert)}}
	token, err := p.Keys.Sign(apiType, api)
	if err != nil {
		return nil, ErrInternal.With(err)
	}
	return &Exchanged{AccessToken: token, IssuedType: typeAccessToken, TokenType: "Bearer", Expires: int(p.APILife / time.Second), Scope: c.Scope}, nil
}

// audience gives the API asked for, or the usual one.
func (p *Provider) audience(f url.Values) (oidc.Audience, error) {
	for _, k := range []string{"audience", "resource"} {
		if v := f.Get(k); v != "" {
			if !slices.Contains(p.Audiences, v) {
				return nil, ErrTarget.At(k + " = " + oidc.Shown(v))
			}
			return oidc.Audience{v}, nil
		}
	}
	return p.Audiences, nil
}

// VerifyAPI tells a resource server who calls: the token must be ours, in time, for the API that
// audience names, and bound to the certificate of the connection.
// spec: RFC 8705 3
func (p *Provider) VerifyAPI(token string, cert *x509.Certificate, audience string, now time.Time) (APIClaims, error) {
	var c APIClaims
	if err := p.Keys.Open(token, apiType, &c); err != nil {
		return APIClaims{}, ErrAPIToken.With(err)
	}
	if c.Issuer != p.Exchange || now.Unix() >= c.Expiry || c.Confirmation.Thumbprint == "" {
		return APIClaims{}, ErrAPIToken
	}
	if !slices.Contains(c.Audience, audience) {
		return APIClaims{}, ErrAPIToken.At("aud")
	}
	p.mu.Lock()
	_, ended := p.ended.Get(c.SessionState, now)
	p.mu.Unlock()
	if ended {
		return APIClaims{}, ErrAPIToken.At("session_state")
	}
	switch {
	case cert == nil:
		return APIClaims{}, ErrBinding8705.At("TLS")
	case Thumbprint(cert) != c.Confirmation.Thumbprint:
		return APIClaims{}, ErrBinding8705.At("x5t#S256")
	case now.Before(cert.NotBefore) || now.After(cert.NotAfter):
		return APIClaims{}, ErrBinding8705.At("validity")
	case p.Revoked != nil && p.Revoked(cert):
		return APIClaims{}, ErrBinding8705.At("revoked")
	}
	if !p.Directory.WorksAt(c.IDNat, c.Structure) {
		return APIClaims{}, ErrAPIToken.At("structure")
	}
	return c, nil
}

func unmarshal(b []byte, to any) error { return json.Unmarshal(b, to) }
