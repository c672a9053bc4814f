package psc

import (
	"crypto/x509"
	"net/url"
	"strings"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/jeton"
)

// check opens an access token of ours that is still good.
func (p *Provider) check(token string) (*AccessClaims, *grant, error) {
	var c AccessClaims
	if err := p.Keys.Open(token, "JWT", &c); err != nil {
		return nil, nil, ErrBearer.With(err)
	}
	now := p.Now()
	// An id token is signed by the same keys: typ tells them apart.
	if c.Typ != "Bearer" || c.Issuer != p.Issuer() || now.Unix() >= c.Expiry {
		return nil, nil, ErrBearer
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.access.Get(c.ID, now)
	if !ok || g.ended || !p.alive(g.login) {
		return nil, nil, ErrBearer
	}
	return &c, g, nil
}

// Holder tells which professional (PS_IdNat) an access token speaks for: the secure mail of the
// portal is opened by it. A token bound to a certificate counts only with this certificate.
// spec: MSSANTE CONF.07
func (p *Provider) Holder(token string, cert *x509.Certificate) (string, error) {
	c, g, err := p.check(token)
	if err != nil {
		return "", err
	}
	if c.Confirmation != nil && (cert == nil || Thumbprint(cert) != c.Confirmation.Thumbprint) {
		return "", ErrBinding8705.At("x5t#S256")
	}
	return g.login.IDNat, nil
}

// UserInfo gives what the bearer of an access token may read. signed is "" for JSON, else a JWT.
// spec: OpenID Core 1.0 5.3
func (p *Provider) UserInfo(token string, cert *x509.Certificate, wantsJWT bool) (info any, signed string, err error) {
	c, g, err := p.check(token)
	if err != nil {
		return nil, "", err
	}
	if c.Confirmation != nil && (cert == nil || Thumbprint(cert) != c.Confirmation.Thumbprint) {
		return nil, "", ErrBinding8705.At("x5t#S256")
	}
	u, ok := p.Directory.UserInfo(g.login.IDNat)
	if !ok {
		return nil, "", ErrBearer
	}
	u.Subject = c.Subject
	info = u
	if !strings.Contains(g.scope, "scope_all") {
		info = briefInfo{u.Subject, u.NameID, u.Username, u.GivenName, u.FamilyName, u.EmailVerified}
	}
	if !wantsJWT && g.client.UserInfoAlg == "" && len(g.client.UserInfoKey) == 0 {
		return info, "", nil
	}
	claims := signedInfo{Issuer: p.Issuer(), Audience: g.client.ID, IssuedAt: p.Now().Unix(), UserInfo: u}
	if b, brief := info.(briefInfo); brief {
		signed, err = p.Keys.Sign("JWT", struct {
			Issuer   string `json:"iss"`
			Audience string `json:"aud"`
			IssuedAt int64  `json:"iat"`
			briefInfo
		}{claims.Issuer, claims.Audience, claims.IssuedAt, b})
	} else {
		signed, err = p.Keys.Sign("JWT", claims)
	}
	if err == nil && len(g.client.UserInfoKey) > 0 {
		signed, err = seal(g.client.UserInfoKey, signed)
	}
	if err != nil {
		return nil, "", ErrInternal.With(err)
	}
	return info, signed, nil
}

type signedInfo struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	IssuedAt int64  `json:"iat"`
	oidc.UserInfo
}

// briefInfo is what a client gets that did not ask for scope_all.
type briefInfo struct {
	Subject    string `json:"sub"`
	NameID     string `json:"SubjectNameID"`
	Username   string `json:"preferred_username"`
	GivenName  string `json:"given_name"`
	FamilyName string `json:"family_name"`
	Verified   bool   `json:"email_verified"`
}

// Introspection is what a resource server learns of a token.
// spec: RFC 7662 2.2
type Introspection struct {
	*AccessClaims
	ClientID string `json:"client_id,omitempty"`
	Username string `json:"username,omitempty"`
	Active   bool   `json:"active"`
}

// Introspect tells whether a token is good now. A session that was ended shows at once. A refresh
// token is shown to its own client only.
func (p *Provider) Introspect(cl *Client, token string) Introspection {
	c, g, err := p.check(token)
	if err == nil {
		return Introspection{c, g.client.ID, g.login.IDNat, true}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if g, n, ok := p.openRefresh(token); ok && g.client == cl && n == g.generation && !g.ended && p.alive(g.login) {
		l := g.login
		return Introspection{&AccessClaims{Expiry: l.until.Unix(), IssuedAt: l.AuthTime.Unix(), AuthTime: l.AuthTime.Unix(), Issuer: p.Issuer(), Subject: p.Subject(l.IDNat), Typ: "Refresh",
			AZP: cl.ID, Nonce: g.nonce, SessionState: l.SID, Username: l.IDNat, ACR: l.ACR, Scope: g.scope, SID: l.SID}, cl.ID, l.IDNat, true}
	}
	return Introspection{}
}

// Revoke ends a token of the client: a refresh token with its whole family, an access token alone.
// What is not the client's, or is unknown, changes nothing and is no error.
// spec: RFC 7009 2.1 and 2.2
func (p *Provider) Revoke(cl *Client, token string) {
	if c, g, err := p.check(token); err == nil {
		if g.client == cl {
			p.mu.Lock()
			p.access.Drop(c.ID)
			p.mu.Unlock()
		}
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if g, _, ok := p.openRefresh(token); ok && g.client == cl {
		g.ended = true
	}
}

// Logout is a request at the end_session endpoint, checked.
type Logout struct {
	Client   *Client // nil when nothing names one
	SID      string  // of the session to end; "" asks the reader of the page
	Subject  string
	Redirect string // with state added; "" when none was asked
}

// ParseLogout checks a logout. An expired id_token_hint is good: it names a session, it opens none.
// spec: OpenID RP-Initiated Logout 1.0 2
func (p *Provider) ParseLogout(q url.Values) (*Logout, error) {
	for _, k := range []string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state"} {
		if len(q[k]) > 1 || len(q.Get(k)) > jeton.MaxJWT {
			return nil, ErrRequest.At(k)
		}
	}
	out := &Logout{}
	named := q.Get("client_id")
	if hint := q.Get("id_token_hint"); hint != "" {
		var c idClaims
		if err := p.openHint(hint, named, &c); err != nil || c.Typ != "ID" || c.Issuer != p.Issuer() || named != "" && named != c.Audience {
			return nil, ErrRequest.At("id_token_hint")
		}
		named, out.SID, out.Subject = c.Audience, c.SID, c.Subject
	}
	if named != "" {
		if out.Client = p.clients.get(named); out.Client == nil {
			return nil, ErrClientUnknown.At("client_id = " + oidc.Shown(named))
		}
	}
	back := q.Get("post_logout_redirect_uri")
	if back == "" {
		return out, nil
	}
	if out.Client == nil || !out.Client.allows(out.Client.PostLogoutRedirectURIs, back) {
		return nil, ErrPostLogout.At("post_logout_redirect_uri = " + oidc.Shown(back))
	}
	u, err := url.Parse(back)
	if err != nil {
		return nil, ErrPostLogout.At("post_logout_redirect_uri")
	}
	if s := q.Get("state"); s != "" {
		v := u.Query()
		v.Set("state", s)
		u.RawQuery = v.Encode()
	}
	out.Redirect = u.String()
	return out, nil
}

// openHint reads an id token of ours; one signed with a client's secret needs client_id beside it.
func (p *Provider) openHint(hint, clientID string, c *idClaims) error {
	if cl := p.clients.get(clientID); cl != nil && cl.sign != nil {
		payload, _, err := oidc.Verify(hint, oidc.HS256, nil, cl.sign)
		if err != nil {
			return err
		}
		return unmarshal(payload, c)
	}
	return p.Keys.Open(hint, "JWT", c)
}

// EndSession ends the session a hint names, if it is still there.
func (p *Provider) EndSession(sid string) {
	if sid == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if l, ok := p.sids.Get(sid, p.Now()); ok {
		p.end(l)
	}
}
