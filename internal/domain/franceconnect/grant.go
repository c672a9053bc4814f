package franceconnect

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/jeton"
)

// grant is what one answer gave one service: a code, then an access token.
type grant struct {
	request *Authorization
	who     *Identity
	level   string
	at      time.Time
	used    bool
	access  string // to be taken back when the code is used twice
}

// Tokens is the answer of the token endpoint.
type Tokens struct {
	AccessToken string `json:"access_token"`
	Expires     int    `json:"expires_in"`
	TokenType   string `json:"token_type"`
	IDToken     string `json:"id_token"`
	Scope       string `json:"scope"`
}

// idClaims are those of an id token.
// spec: OpenID Core 1.0 2
type idClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience string   `json:"aud"`
	Expiry   int64    `json:"exp"`
	IssuedAt int64    `json:"iat"`
	AuthTime int64    `json:"auth_time"`
	Nonce    string   `json:"nonce"`
	ACR      string   `json:"acr"`
	AMR      []string `json:"amr"`
	ATHash   string   `json:"at_hash"`
}

// Authenticate finds the service that a request comes from, by its secret in the form or the header.
// spec: RFC 6749 2.3.1
func (p *Provider) Authenticate(authorization string, f url.Values, address string) (*Client, error) {
	if len(f["client_id"]) > 1 || len(f["client_secret"]) > 1 {
		return nil, ErrRequest.At("client_id")
	}
	id, secret := f.Get("client_id"), f.Get("client_secret")
	if authorization != "" {
		user, pass, ok := basic(authorization)
		if !ok || secret != "" || id != "" && id != user {
			return nil, ErrClient.At("Authorization")
		}
		id, secret = user, pass
	}
	now, key := p.Now(), "c\x00"+oidc.Shown(id)+"\x00"+address
	if p.failures.Over(key, maxFailures, now) {
		return nil, ErrThrottled
	}
	cl := p.clients[id]
	want := "\x00nobody"
	if cl != nil {
		want = cl.Secret
	}
	got, due := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(want))
	if !hmac.Equal(got[:], due[:]) || cl == nil {
		p.failures.Count(key, maxFailures, now)
		return nil, ErrClient.At("client_secret")
	}
	return cl, nil
}

// basic reads a Basic header whose halves are form-encoded.
func basic(header string) (user, pass string, ok bool) {
	scheme, rest, _ := strings.Cut(header, " ")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	user, pass, ok = strings.Cut(string(raw), ":")
	if !strings.EqualFold(scheme, "Basic") || err != nil || !ok {
		return "", "", false
	}
	if u, err := url.QueryUnescape(user); err == nil {
		user = u
	}
	if u, err := url.QueryUnescape(pass); err == nil {
		pass = u
	}
	return user, pass, true
}

// Token exchanges a code for an authenticated service.
// spec: RFC 6749 4.1.3
func (p *Provider) Token(cl *Client, f url.Values) (*Tokens, error) {
	for k, v := range f {
		if len(v) > 1 || len(v[0]) > maxParameter {
			return nil, ErrRequest.At(oidc.Shown(k))
		}
	}
	if t := f.Get("grant_type"); t != "authorization_code" {
		return nil, ErrGrantType.At("grant_type = " + oidc.Shown(t))
	}
	g, access, err := p.redeem(cl, f)
	if err != nil {
		return nil, err
	}
	now, a := p.Now(), g.request
	id, err := p.Keys.Sign("JWT", idClaims{Issuer: p.Issuer(), Subject: p.subject(cl, g.who), Audience: cl.ID, Expiry: now.Add(accessLife).Unix(), IssuedAt: now.Unix(),
		AuthTime: g.at.Unix(), Nonce: a.Nonce, ACR: g.level, AMR: []string{"fc"}, ATHash: oidc.HalfHash(access)})
	if err != nil {
		return nil, ErrInternal.With(err)
	}
	return &Tokens{AccessToken: access, Expires: int(accessLife / time.Second), TokenType: "Bearer", IDToken: id, Scope: a.Scope}, nil
}

// redeem uses a code: once, by its service, with its address and its verifier.
func (p *Provider) redeem(cl *Client, f url.Values) (*grant, string, error) {
	now, code, verifier := p.Now(), f.Get("code"), f.Get("code_verifier")
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.codes.Get(code, now)
	if !ok || g.request.Client != cl {
		return nil, "", ErrCode
	}
	if g.used {
		// spec: RFC 6749 4.1.2 a code used twice takes back what it gave
		p.access.Drop(g.access)
		return nil, "", ErrCode.At("code")
	}
	if now.Sub(g.at) >= codeLife {
		return nil, "", ErrCode
	}
	if f.Get("redirect_uri") != g.request.RedirectURI {
		return nil, "", ErrCode.At("redirect_uri = " + oidc.Shown(f.Get("redirect_uri")))
	}
	g.used = true // one guess
	switch challenge := g.request.Challenge; {
	case challenge == "" && verifier != "": // somebody stripped the challenge on the way
		return nil, "", ErrVerifier.At("code_challenge")
	case challenge != "" && (!oidc.ValidVerifier(verifier) || subtle.ConstantTimeCompare([]byte(oidc.Challenge(verifier)), []byte(challenge)) != 1):
		return nil, "", ErrVerifier.At("code_verifier")
	}
	g.access = p.random()
	p.access.Put(g.access, g, now)
	return g, g.access, nil
}

// UserInfo gives the claims behind an access token as a signed token.
// spec: FranceConnect v2 userinfo application/jwt
func (p *Provider) UserInfo(access string) (string, error) {
	now := p.Now()
	p.mu.Lock()
	g, ok := p.access.Get(access, now)
	p.mu.Unlock()
	if !ok {
		return "", ErrBearer
	}
	claims := g.who.Pivot.claims(g.request.Scope)
	for k, v := range map[string]any{"sub": p.subject(g.request.Client, g.who), "iss": p.Issuer(), "aud": g.request.Client.ID, "iat": now.Unix(), "exp": now.Add(accessLife).Unix()} {
		claims[k] = v
	}
	signed, err := p.Keys.Sign("JWT", claims)
	if err != nil {
		return "", ErrInternal.With(err)
	}
	return signed, nil
}

// Logout checks a request to end a session and gives where the browser goes. There is no session to
// end: the page asks each time.
// spec: OpenID RP-Initiated Logout 1.0 2
func (p *Provider) Logout(q url.Values) (string, error) {
	for _, k := range []string{"id_token_hint", "post_logout_redirect_uri", "state"} {
		most := maxParameter
		if k == "id_token_hint" {
			most = jeton.MaxJWT
		}
		if len(q[k]) > 1 || len(q.Get(k)) > most {
			return "", ErrRequest.At(k)
		}
	}
	var c idClaims
	if p.Keys.Open(q.Get("id_token_hint"), "JWT", &c) != nil || p.clients[c.Audience] == nil {
		return "", ErrRequest.At("id_token_hint")
	}
	to := q.Get("post_logout_redirect_uri")
	if to == "" {
		return "", nil
	}
	if !slices.Contains(p.clients[c.Audience].PostLogoutRedirectURIs, to) {
		return "", ErrRedirect.At("post_logout_redirect_uri = " + oidc.Shown(to))
	}
	u, err := url.Parse(to)
	if err != nil {
		return "", ErrRedirect.At("post_logout_redirect_uri")
	}
	if s := q.Get("state"); s != "" {
		v := u.Query()
		v.Set("state", s)
		u.RawQuery = v.Encode()
	}
	return u.String(), nil
}
