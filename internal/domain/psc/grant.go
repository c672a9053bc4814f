package psc

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"time"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/jeton"
)

// code is an authorization code, kept a while after its use so that a second use is seen.
type code struct {
	client                            *Client
	redirect, challenge, nonce, scope string
	login                             *Login
	until                             time.Time
	used                              bool
	gave                              *grant
}

// grant is what one sign-in gave one client: a family of tokens.
type grant struct {
	id           string
	client       *Client
	login        *Login
	scope, nonce string
	thumbprint   string // of the certificate the tokens are bound to
	generation   uint32 // of the refresh token that is good
	ended        bool
}

// Tokens is the answer of the token endpoint.
type Tokens struct {
	AccessToken    string `json:"access_token"`
	Expires        int    `json:"expires_in"`
	RefreshExpires int    `json:"refresh_expires_in"`
	RefreshToken   string `json:"refresh_token"`
	TokenType      string `json:"token_type"`
	IDToken        string `json:"id_token"`
	NotBefore      int    `json:"not-before-policy"`
	SessionState   string `json:"session_state"`
	Scope          string `json:"scope"`
}

// Token answers the token endpoint for an authenticated client.
func (p *Provider) Token(cl *Client, f url.Values, cert *x509.Certificate) (*Tokens, error) {
	for k, v := range f {
		if len(v) > 1 || len(v[0]) > jeton.MaxJWT {
			return nil, ErrRequest.At(oidc.Shown(k))
		}
	}
	var g *grant
	var err error
	switch t := f.Get("grant_type"); t {
	case grantCode:
		g, err = p.redeem(cl, f, cert)
	case grantRefresh:
		g, err = p.renew(cl, f, cert)
	case grantCIBA:
		g, err = p.grantAsked(cl, f, cert)
	case "":
		return nil, ErrRequest.At("grant_type")
	default:
		return nil, ErrGrantType.At("grant_type = " + oidc.Shown(t))
	}
	if err != nil {
		return nil, err
	}
	return p.issue(g)
}

// redeem exchanges a code.
// spec: RFC 6749 4.1.3
func (p *Provider) redeem(cl *Client, f url.Values, cert *x509.Certificate) (*grant, error) {
	value := f.Get("code")
	if value == "" {
		return nil, ErrRequest.At("code")
	}
	now := p.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.codes.Get(value, now)
	if !ok || c.client != cl {
		return nil, ErrCode
	}
	if c.used {
		// spec: RFC 6749 4.1.2 a code used twice revokes what it gave
		if c.gave != nil {
			c.gave.ended = true
		}
		return nil, ErrCodeReplayed
	}
	if !now.Before(c.until) || !p.alive(c.login) {
		return nil, ErrCode
	}
	if f.Get("redirect_uri") != c.redirect {
		return nil, ErrCode.At("redirect_uri = " + oidc.Shown(f.Get("redirect_uri")))
	}
	verifier := f.Get("code_verifier")
	switch {
	case c.challenge == "" && verifier != "": // somebody stripped the challenge on the way
		return nil, ErrVerifier.At("code_challenge")
	case c.challenge != "" && (!oidc.ValidVerifier(verifier) || subtle.ConstantTimeCompare([]byte(oidc.Challenge(verifier)), []byte(c.challenge)) != 1):
		c.used = true // one guess
		return nil, ErrVerifier.At("code_verifier")
	}
	c.used = true
	c.gave = p.newGrant(cl, c.login, c.scope, c.nonce, cert)
	return c.gave, nil
}

// newGrant is called under mu.
func (p *Provider) newGrant(cl *Client, l *Login, scope, nonce string, cert *x509.Certificate) *grant {
	g := &grant{id: p.secret()[:22], client: cl, login: l, scope: scope, nonce: nonce}
	if cl.BoundTokens && cert != nil {
		g.thumbprint = Thumbprint(cert)
	}
	p.grants.Put(g.id, g, p.Now())
	return g
}

// grantAsked gives the tokens of an approved CIBA request.
func (p *Provider) grantAsked(cl *Client, f url.Values, cert *x509.Certificate) (*grant, error) {
	id := f.Get("auth_req_id")
	if id == "" {
		return nil, ErrRequest.At("auth_req_id")
	}
	a, err := p.poll(cl, id)
	if err != nil {
		return nil, err
	}
	amr := AMReCPS
	if a.Channel == Card {
		amr = AMRCard
	}
	l := p.newLogin(a.IDNat, amr)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sids.Put(l.SID, l, l.AuthTime)
	return p.newGrant(cl, l, a.scope, "", cert), nil
}

// refreshToken writes the family and its generation under a MAC: an old one is recognised without
// keeping it.
func (p *Provider) refreshToken(g *grant) string {
	b := binary.BigEndian.AppendUint32([]byte(g.id), g.generation)
	return base64.RawURLEncoding.EncodeToString(append(b, p.refreshMAC(b)...))
}

func (p *Provider) refreshMAC(b []byte) []byte {
	m := hmac.New(sha256.New, p.refresh)
	m.Write(b)
	return m.Sum(nil)
}

// openRefresh gives, under mu, the family of a refresh token and its generation.
func (p *Provider) openRefresh(token string) (*grant, uint32, bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != 22+4+sha256.Size {
		return nil, 0, false
	}
	head := b[:26]
	if !hmac.Equal(b[26:], p.refreshMAC(head)) {
		return nil, 0, false
	}
	g, ok := p.grants.Get(string(head[:22]), p.Now())
	return g, binary.BigEndian.Uint32(head[22:]), ok
}

// renew rotates a refresh token.
// spec: RFC 9700 4.14.2
func (p *Provider) renew(cl *Client, f url.Values, cert *x509.Certificate) (*grant, error) {
	token := f.Get("refresh_token")
	if token == "" {
		return nil, ErrRequest.At("refresh_token")
	}
	if s := f.Get("scope"); s != "" {
		if _, err := grantedScope(s); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	g, generation, ok := p.openRefresh(token)
	switch {
	case !ok || g.client != cl || g.ended || !p.alive(g.login):
		return nil, ErrRefresh
	case generation != g.generation:
		g.ended = true
		return nil, ErrRefreshReused
	case g.thumbprint != "" && (cert == nil || Thumbprint(cert) != g.thumbprint):
		return nil, ErrRefresh.At("x5t#S256")
	}
	if !p.Directory.Active(g.login.IDNat) { // struck off since
		g.ended = true
		return nil, ErrRefresh
	}
	g.generation++
	return g, nil
}

// AccessClaims are those of an access token.
// spec: PSC introspection sample
type AccessClaims struct {
	Expiry       int64         `json:"exp"`
	IssuedAt     int64         `json:"iat"`
	AuthTime     int64         `json:"auth_time"`
	ID           string        `json:"jti"`
	Issuer       string        `json:"iss"`
	Subject      string        `json:"sub"`
	Typ          string        `json:"typ"`
	AZP          string        `json:"azp"`
	Nonce        string        `json:"nonce"`
	SessionState string        `json:"session_state"`
	Username     string        `json:"preferred_username"`
	NameID       string        `json:"SubjectNameID,omitempty"`
	Verified     bool          `json:"email_verified"`
	ACR          string        `json:"acr"`
	Scope        string        `json:"scope"`
	SID          string        `json:"sid"`
	Confirmation *Confirmation `json:"cnf,omitempty"`
}

// Confirmation binds a token to a certificate.
// spec: RFC 8705 3.1
type Confirmation struct {
	Thumbprint string `json:"x5t#S256"`
}

// idClaims are those of an id token.
type idClaims struct {
	Expiry       int64    `json:"exp"`
	IssuedAt     int64    `json:"iat"`
	AuthTime     int64    `json:"auth_time"`
	ID           string   `json:"jti"`
	Issuer       string   `json:"iss"`
	Audience     string   `json:"aud"`
	Subject      string   `json:"sub"`
	Typ          string   `json:"typ"`
	AZP          string   `json:"azp"`
	Nonce        string   `json:"nonce,omitempty"`
	SessionState string   `json:"session_state"`
	ATHash       string   `json:"at_hash"`
	ACR          string   `json:"acr"`
	AMR          []string `json:"amr"`
	SID          string   `json:"sid"`
	Username     string   `json:"preferred_username"`
	NameID       string   `json:"SubjectNameID"`
	Verified     bool     `json:"email_verified"`
}

// issue makes the tokens of a grant. Signatures are made outside the lock.
func (p *Provider) issue(g *grant) (*Tokens, error) {
	now := p.Now()
	l := g.login
	left := l.until.Sub(now)
	life := min(p.AccessLife, left)
	c := AccessClaims{Expiry: now.Add(life).Unix(), IssuedAt: now.Unix(), AuthTime: l.AuthTime.Unix(), ID: p.uuid(), Issuer: p.Issuer(), Subject: p.Subject(l.IDNat),
		Typ: "Bearer", AZP: g.client.ID, Nonce: g.nonce, SessionState: l.SID, Username: l.IDNat, NameID: l.IDNat, ACR: l.ACR, Scope: g.scope, SID: l.SID}
	if g.thumbprint != "" {
		c.Confirmation = &Confirmation{g.thumbprint}
	}
	access, err := p.Keys.Sign("JWT", c)
	if err != nil {
		return nil, ErrInternal.With(err)
	}
	id := idClaims{Expiry: c.Expiry, IssuedAt: c.IssuedAt, AuthTime: c.AuthTime, ID: p.uuid(), Issuer: c.Issuer, Audience: g.client.ID, Subject: c.Subject, Typ: "ID",
		AZP: g.client.ID, Nonce: g.nonce, SessionState: l.SID, ATHash: oidc.HalfHash(access), ACR: l.ACR, AMR: l.AMR, SID: l.SID, Username: l.IDNat, NameID: l.IDNat}
	var idToken string
	if g.client.IDTokenAlg == oidc.HS256 {
		idToken, err = jeton.SignShared(g.client.sign, id)
	} else {
		idToken, err = p.Keys.Sign("JWT", id)
	}
	if err != nil {
		return nil, ErrInternal.With(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.access.Put(c.ID, g, now)
	t := &Tokens{AccessToken: access, Expires: int(life / time.Second), RefreshExpires: int(left / time.Second), RefreshToken: p.refreshToken(g), TokenType: "Bearer",
		IDToken: idToken, SessionState: l.SID, Scope: g.scope}
	return t, nil
}
