package psc

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
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

// ExchangePath is where the token exchange lives under MTLS, unless the configuration says otherwise.
const ExchangePath = "/api-psc/token"

// RealmPath is where the realm lives under the base of an issuer.
const RealmPath = "/auth/realms/esante-wallet"

// Lifetimes, unless the configuration says otherwise.
const (
	accessLife   = 5 * time.Minute
	sessionLife  = 4 * time.Hour
	apiLife      = 4 * time.Hour // spec: PSC API Pro Santé Connectées
	codeLife     = time.Minute
	askLife      = 2 * time.Minute // spec: PSC CIBA expires_in 120
	askInterval  = 5 * time.Second // spec: CIBA Core 1.0 7.3
	askMemory    = 15 * time.Minute
	pendingLife  = 10 * time.Minute
	maxAskLife   = 5 * time.Minute
	maxAsksOfOne = 50 // waiting requests of one professional
)

// How many of each are kept in memory at once; a full table forgets its oldest.
const (
	maxLogins  = 50_000
	maxGrants  = 200_000
	maxCodes   = 50_000
	maxAccess  = 500_000
	maxAsks    = 20_000
	maxPending = 50_000
	maxEnded   = 200_000
)

// defaultFederation is the identifier of our federation of users in sub.
const defaultFederation = "b1d3c5f0-6a52-4c0e-9a1e-50c1e0a57e01"

// Config is what a provider is made of. The zero value of an optional field is good.
type Config struct {
	Base      string   // https base of the realm and its endpoints: "https://localhost:8443"
	Web       string   // base of the authorization page, where the browser is: "http://localhost:8080"
	MTLS      string   // https base where client certificates are asked; Base when empty
	Exchange  string   // address of the token exchange, the issuer of API tokens
	Audiences []string // APIs that take them; all of them when the request names none
	Clients   []Client
	Directory Directory
	Keys      *jeton.Keys
	Now       func() time.Time
	Random    io.Reader // crypto/rand when nil
	Sandbox   bool      // errors may say what is registered
	Revoked   func(*x509.Certificate) bool

	AccessLife, SessionLife, APILife time.Duration
	AskLife, AskInterval             time.Duration // CIBA expires_in and interval
	Federation                       string        // UUID in sub
}

// Provider is the OpenID Provider. Safe for concurrent use.
type Provider struct {
	Config
	clients  *clients
	attempts jeton.Throttle
	refresh  []byte // key of refresh tokens

	mu      sync.Mutex
	logins  *jeton.Shelf[*Login] // by cookie
	sids    *jeton.Shelf[*Login] // by sid
	codes   *jeton.Shelf[*code]
	grants  *jeton.Shelf[*grant] // by id
	access  *jeton.Shelf[*grant] // by jti
	asks    *jeton.Shelf[*Ask]   // by auth_req_id
	byPro   map[string][]*Ask
	pending *jeton.Shelf[*Pending]
	ended   *jeton.Shelf[bool] // sid of sessions that were ended before their time
}

// New makes a provider.
func New(c Config) (*Provider, error) {
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Now == nil || c.Directory == nil || c.Keys == nil {
		return nil, errors.New("psc: Now, Directory and Keys are due")
	}
	for _, b := range []string{c.Base, c.Web} {
		if u, err := url.Parse(b); err != nil || u.Host == "" || strings.HasSuffix(b, "/") {
			return nil, fmt.Errorf("psc: base %q: an absolute address without a final slash", b)
		}
	}
	for _, d := range []struct {
		to  *time.Duration
		def time.Duration
	}{{&c.AccessLife, accessLife}, {&c.SessionLife, sessionLife}, {&c.APILife, apiLife}, {&c.AskLife, askLife}, {&c.AskInterval, askInterval}} {
		if *d.to <= 0 {
			*d.to = d.def
		}
	}
	c.MTLS, c.Federation = first(c.MTLS, c.Base), first(c.Federation, defaultFederation)
	c.Exchange = first(c.Exchange, c.MTLS+ExchangePath)
	if len(c.Audiences) == 0 {
		c.Audiences = []string{c.Base}
	}
	p := &Provider{Config: c, refresh: make([]byte, 32), byPro: map[string][]*Ask{},
		logins: jeton.NewShelf[*Login](c.SessionLife, maxLogins), sids: jeton.NewShelf[*Login](c.SessionLife, maxGrants), codes: jeton.NewShelf[*code](askMemory, maxCodes),
		grants: jeton.NewShelf[*grant](c.SessionLife, maxGrants), access: jeton.NewShelf[*grant](c.AccessLife, maxAccess),
		asks: jeton.NewShelf[*Ask](askMemory, maxAsks), pending: jeton.NewShelf[*Pending](pendingLife, maxPending), ended: jeton.NewShelf[bool](c.APILife, maxEnded)}
	if _, err := io.ReadFull(c.Random, p.refresh); err != nil {
		return nil, err
	}
	var err error
	p.clients, err = register(c.Clients, c.Random)
	p.Config.Clients = nil // their secrets are not kept
	return p, err
}

// Issuer gives the name of the provider.
func (p *Provider) Issuer() string { return p.Base + RealmPath }

// Subject gives sub of a professional.
// spec: PSC sub = f:<uuid>:<idNat>
func (p *Provider) Subject(idNat string) string { return "f:" + p.Federation + ":" + idNat }

// RetryAfter is how long a throttled caller waits.
func (p *Provider) RetryAfter() time.Duration { return attemptWindow }

// Visit counts an anonymous request from an address; an error says there are too many.
func (p *Provider) Visit(address string) error {
	if p.attempts.Count("v\x00"+address, maxVisits, p.Now()) {
		return ErrThrottled
	}
	return nil
}

// secret gives 32 random bytes in base64url.
func (p *Provider) secret() string {
	b := make([]byte, 32)
	if _, err := io.ReadFull(p.Random, b); err != nil {
		panic(err) // no randomness: nothing safe can be done
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// uuid gives a random UUID.
// spec: RFC 9562 5.4
func (p *Provider) uuid() string {
	var b [16]byte
	if _, err := io.ReadFull(p.Random, b[:]); err != nil {
		panic(err)
	}
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Grant types.
const (
	grantCode     = "authorization_code"
	grantRefresh  = "refresh_token"
	grantCIBA     = "urn:openid:params:grant-type:ciba"
	grantExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
)

// scopes that are served. What is granted is written as Pro Santé Connect writes it.
var scopes = []string{"openid", "profile", "email", "scope_all"}

// ACR is the level of assurance that is served.
const ACR = "eidas1"

// Metadata describes the provider.
func (p *Provider) Metadata() oidc.Metadata {
	base := p.Issuer() + "/protocol/openid-connect"
	mtls := p.MTLS + RealmPath + "/protocol/openid-connect"
	auth := []string{SecretBasic, SecretPost, TLSClient}
	return oidc.Metadata{
		Issuer: p.Issuer(), Authorization: p.Web + "/auth", Token: base + "/token", UserInfo: base + "/userinfo", JWKS: base + "/certs",
		EndSession: base + "/logout", Introspection: base + "/token/introspect", Revocation: base + "/revoke", Backchannel: base + "/ext/ciba/auth",
		BackchannelModes: []string{"poll"}, Scopes: scopes, ResponseTypes: []string{"code"}, ResponseModes: []string{"query", "form_post"},
		GrantTypes: []string{grantCode, grantRefresh, grantCIBA}, ACR: []string{ACR}, SubjectTypes: []string{"public"},
		IDTokenAlgs: []string{oidc.RS256, oidc.HS256}, UserInfoAlgs: []string{oidc.RS256},
		UserInfoEncryptionAlgs: []string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES"}, UserInfoEncryptionEncs: []string{"A256GCM"},
		TokenAuth: append(auth, Public), IntrospectionAuth: auth, RevocationAuth: append(auth[:len(auth):len(auth)], Public),
		Claims: []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "sid", "SubjectNameID", "preferred_username",
			"given_name", "family_name", "email_verified", "UITVersion", "Palier_Authentification", "Mode_Acces_Raison", "Acces_Regulation_Medicale",
			"PSI_Locale", "Secteur_Activite", "SubjectOrganization", "SubjectOrganizationID", "SubjectRole", "otherIds", "SubjectRefPro"},
		Prompts: []string{"none", "login", "select_account"}, Challenges: []string{"S256"}, UILocales: []string{"fr", "en"}, ResponseIssuer: true,
		CertificateBoundTokens: true,
		MTLSAliases: map[string]string{"token_endpoint": mtls + "/token", "userinfo_endpoint": mtls + "/userinfo", "introspection_endpoint": mtls + "/token/introspect",
			"revocation_endpoint": mtls + "/revoke", "backchannel_authentication_endpoint": mtls + "/ext/ciba/auth"},
	}
}
