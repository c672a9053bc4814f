// Package franceconnect is an OpenID Provider for citizens with the shape of FranceConnect v2, for
// demonstrations and tests: it recognises fictitious people, and gives their pivot identity to
// registered services.
//
// Standards: OpenID Connect Core 1.0 (code flow, state and nonce mandatory), PKCE, RFC 9207,
// RP-Initiated Logout 1.0; FranceConnect v2 (pivot identity, eIDAS levels, pairwise sub, ES256).
// What it keeps lives in memory and ends with the program. Missing: real identity providers,
// sessions (each request asks who one is), rnipp_* scopes, encrypted tokens, the claims parameter.
//
// It knows neither HTTP nor a clock. Start at New.
package franceconnect

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/jeton"
)

// APIPath is where the endpoints stand under the base of a provider.
const APIPath = "/api/v2"

// Lifetimes.
const (
	pendingLife = 10 * time.Minute
	codeLife    = time.Minute
	codeMemory  = 15 * time.Minute // a used code is remembered, so that a second use is seen
	accessLife  = time.Minute
)

// How many of each are kept in memory at once; a full table forgets its oldest.
const (
	maxPending = 20_000
	maxCodes   = 20_000
	maxAccess  = 50_000
)

// Failures allowed in one window before answers become 429.
const (
	maxFailures = 20   // one client from one address
	maxVisits   = 1000 // sign-ins begun from one address
)

// Config is what a provider is made of.
type Config struct {
	Base       string // https base: "https://localhost:8443/franceconnect"
	Web        string // base of the page, where the browser is: "http://localhost:8080/franceconnect"
	Clients    []Client
	Identities []Identity
	Keys       *jeton.Keys // ES256
	Secret     []byte      // pairwise subjects follow from it: keep it, or people become strangers
	Now        func() time.Time
	Random     io.Reader // crypto/rand when nil
}

// Client is one registered service.
type Client struct {
	ID, Name, Secret       string
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
}

// Identity is somebody fictitious whom the page lets anybody continue as.
type Identity struct {
	Name  string
	Pivot Pivot
	// Level is the eIDAS level of their means of identification; "": whatever is asked.
	Level string
}

// Provider is the OpenID Provider. Safe for concurrent use.
type Provider struct {
	Config
	clients  map[string]*Client
	people   map[string]*Identity // by handle
	failures jeton.Throttle

	mu      sync.Mutex
	pending *jeton.Shelf[*Pending]
	codes   *jeton.Shelf[*grant]
	access  *jeton.Shelf[*grant]
}

// minSecret is the least length of secrets, in characters.
const minSecret = 32

// New makes a provider.
func New(c Config) (*Provider, error) {
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Now == nil || c.Keys == nil || len(c.Secret) < minSecret {
		return nil, errors.New("franceconnect: Now, Keys and a Secret of 32 bytes are due")
	}
	for _, b := range []string{c.Base, c.Web} {
		if u, err := url.Parse(b); err != nil || u.Host == "" || strings.HasSuffix(b, "/") {
			return nil, fmt.Errorf("franceconnect: base %q: an absolute address without a final slash", b)
		}
	}
	p := &Provider{Config: c, clients: map[string]*Client{}, people: map[string]*Identity{}, pending: jeton.NewShelf[*Pending](pendingLife, maxPending),
		codes: jeton.NewShelf[*grant](codeMemory, maxCodes), access: jeton.NewShelf[*grant](accessLife, maxAccess)}
	for _, one := range c.Clients {
		if one.ID == "" || one.ID != oidc.Shown(one.ID) || len(one.Secret) < minSecret || len(one.RedirectURIs) == 0 || p.clients[one.ID] != nil {
			return nil, fmt.Errorf("franceconnect: client %q: an identifier of its own, a secret of %d characters and an address are due", one.ID, minSecret)
		}
		if one.Name == "" {
			one.Name = one.ID
		}
		p.clients[one.ID] = &one
	}
	for i := range c.Identities {
		who := &p.Identities[i]
		if who.Level != "" && levelOf(who.Level) == 0 {
			return nil, fmt.Errorf("franceconnect: identity %d: level %q", i, who.Level)
		}
		p.people[p.Handle(who)] = who
	}
	return p, nil
}

// Issuer gives the name of the provider.
// spec: FranceConnect v2 api/v2
func (p *Provider) Issuer() string { return p.Base + APIPath }

// Handle names an identity in a form, without telling anything of it.
func (p *Provider) Handle(who *Identity) string { return p.mac("handle", who)[:22] }

// subject gives the pairwise sub: the same person is somebody else at each service.
// spec: FranceConnect v2 sub
func (p *Provider) subject(cl *Client, who *Identity) string {
	sum, _ := base64.RawURLEncoding.DecodeString(p.mac("sub\x00"+cl.ID, who))
	return hex.EncodeToString(sum) + "v1"
}

func (p *Provider) mac(purpose string, who *Identity) string {
	v := who.Pivot
	h := hmac.New(sha256.New, p.Secret)
	h.Write([]byte("franceconnect\x00" + purpose))
	for _, s := range []string{v.GivenName, v.FamilyName, v.BirthDate, v.Gender, v.BirthPlace, v.BirthCountry} {
		h.Write([]byte("\x00" + s))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// random gives 32 random bytes in base64url.
func (p *Provider) random() string {
	b := make([]byte, 32)
	if _, err := io.ReadFull(p.Random, b); err != nil {
		panic(err) // no randomness: nothing safe can be done
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// RetryAfter is how long a throttled caller waits.
func (p *Provider) RetryAfter() time.Duration { return jeton.Window }

// Metadata describes the provider.
func (p *Provider) Metadata() oidc.Metadata {
	base := p.Issuer()
	return oidc.Metadata{Issuer: base, Authorization: p.Web + APIPath + "/authorize", Token: base + "/token", UserInfo: base + "/userinfo", JWKS: base + "/jwks",
		EndSession: base + "/session/end", Scopes: scopeNames(), ResponseTypes: []string{"code"}, ResponseModes: []string{"query"}, GrantTypes: []string{"authorization_code"},
		ACR: levels, SubjectTypes: []string{"pairwise"}, IDTokenAlgs: []string{oidc.ES256}, UserInfoAlgs: []string{oidc.ES256},
		TokenAuth: []string{"client_secret_post", "client_secret_basic"}, Claims: append([]string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash"}, claimNames()...),
		Prompts: []string{"login", "consent"}, Challenges: []string{"S256"}, UILocales: []string{"fr", "en"}, ResponseIssuer: true}
}
