package psc

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/socle-sante/socle/format/oidc"
)

// Methods by which a client proves who it is at the token endpoint.
const (
	SecretBasic = "client_secret_basic"
	SecretPost  = "client_secret_post"
	TLSClient   = "tls_client_auth" // spec: RFC 8705 2.1
	Public      = "none"            // PKCE is then required
)

// Client is one registered relying party.
type Client struct {
	ID     string
	Name   string // what a professional reads on the e-CPS
	Secret string // basic and post; forgotten once registered, unless it signs (HS256)
	Auth   string // one of the methods above; a secret is taken both ways
	// Structure is the Struct_IdNat that the OU of a tls_client_auth certificate must be.
	Structure              string
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
	// Loopback lets the client of a person's own machine use any port and any path of
	// http://127.0.0.1, http://[::1] and http://localhost.
	Loopback bool
	CIBA     bool
	// IDTokenAlg is RS256 (default) or HS256 with the client's secret.
	IDTokenAlg string
	// UserInfoAlg RS256 makes UserInfo always signed; "" lets Accept decide.
	UserInfoAlg string
	// UserInfoKey, a public JSON Web Key (RSA or P-256), makes signed UserInfo also encrypted.
	UserInfoKey []byte
	// BoundTokens binds access tokens of a tls_client_auth client to its certificate.
	BoundTokens bool

	proof [32]byte // HMAC of the secret
	sign  []byte   // the secret itself, HS256 only
}

// clients is the registry: it does not change once made.
type clients struct {
	byID map[string]*Client
	key  []byte // of the HMAC that hides secrets
}

// Bounds of a registration.
const (
	maxClients     = 100_000
	maxRedirects   = 100
	minSecretBytes = 16
)

func register(list []Client, random io.Reader) (*clients, error) {
	c := &clients{byID: map[string]*Client{}, key: make([]byte, 32)}
	if _, err := io.ReadFull(random, c.key); err != nil {
		return nil, err
	}
	if len(list) > maxClients {
		return nil, fmt.Errorf("psc: more than %d clients", maxClients)
	}
	for _, one := range list {
		cl := one
		if err := cl.check(); err != nil {
			return nil, fmt.Errorf("psc: client %q: %w", cl.ID, err)
		}
		if c.byID[cl.ID] != nil {
			return nil, fmt.Errorf("psc: client %q is registered twice", cl.ID)
		}
		cl.proof = c.hide(cl.Secret)
		if cl.IDTokenAlg == oidc.HS256 {
			cl.sign = []byte(cl.Secret)
		}
		cl.Secret = ""
		c.byID[cl.ID] = &cl
	}
	return c, nil
}

func (c *Client) check() error {
	if c.ID == "" || c.ID != oidc.Shown(c.ID) {
		return fmt.Errorf("an identifier is 1 to 80 printable ASCII characters")
	}
	if c.Name == "" {
		c.Name = c.ID
	}
	switch c.Auth {
	case SecretBasic, SecretPost:
		if len(c.Secret) < minSecretBytes {
			return fmt.Errorf("a secret has %d characters or more", minSecretBytes)
		}
	case TLSClient:
		if c.Structure == "" {
			return fmt.Errorf("tls_client_auth needs the structure of the certificate (OU)")
		}
	case Public:
	default:
		return fmt.Errorf("unknown authentication method %q", c.Auth)
	}
	if c.IDTokenAlg == "" {
		c.IDTokenAlg = oidc.RS256
	}
	if c.IDTokenAlg != oidc.RS256 && (c.IDTokenAlg != oidc.HS256 || len(c.Secret) < sha256.Size) {
		return fmt.Errorf("id token algorithm %q: RS256, or HS256 with a secret of 32 characters", c.IDTokenAlg)
	}
	if c.UserInfoAlg != "" && c.UserInfoAlg != oidc.RS256 {
		return fmt.Errorf("userinfo algorithm %q: RS256 or none", c.UserInfoAlg)
	}
	if len(c.UserInfoKey) > 0 {
		if _, err := recipient(c.UserInfoKey); err != nil {
			return err
		}
	}
	if len(c.RedirectURIs) > maxRedirects || len(c.PostLogoutRedirectURIs) > maxRedirects {
		return fmt.Errorf("more than %d addresses", maxRedirects)
	}
	for _, r := range append(append([]string(nil), c.RedirectURIs...), c.PostLogoutRedirectURIs...) {
		u, err := url.Parse(r)
		if err != nil || u.Host == "" || u.Fragment != "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !oidc.Loopback(u.Hostname())) {
			return fmt.Errorf("address %q: https, or http on loopback, without fragment", r)
		}
	}
	return nil
}

func (c *clients) hide(secret string) [32]byte {
	m := hmac.New(sha256.New, c.key)
	m.Write([]byte(secret))
	return [32]byte(m.Sum(nil))
}

// get finds a client; nil when unknown.
func (c *clients) get(id string) *Client { return c.byID[id] }

// opens reports, in constant time, whether a secret is the client's; nil has none.
func (c *clients) opens(cl *Client, secret string) bool {
	want := c.hide("\x00nobody")
	if cl != nil {
		want = cl.proof
	}
	got := c.hide(secret)
	return hmac.Equal(got[:], want[:]) && cl != nil && (cl.Auth == SecretBasic || cl.Auth == SecretPost)
}

// allows reports whether an address is one of a list, exactly, or on this machine for a client
// registered so.
// spec: OpenID Core 1.0 3.1.2.1
// spec: RFC 8252 7.3
func (c *Client) allows(list []string, address string) bool {
	for _, r := range list {
		if r == address {
			return true
		}
	}
	return c.Loopback && onThisMachine(address)
}

func onThisMachine(address string) bool {
	if strings.ContainsAny(address, "\\\r\n\t ") {
		return false
	}
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && oidc.Loopback(u.Hostname()) && u.Opaque == "" && u.User == nil && u.Fragment == "" && !strings.Contains(address, "#")
}

// DemoClients makes the clients of a demonstration: two with a secret, CIBA and a free loopback
// address, one of a structure's certificate, one whose UserInfo is always signed, one public, one
// whose id tokens are HS256. The secrets are new: give them to whoever may read them.
func DemoClients(structure, structureName string, random io.Reader) ([]Client, error) {
	if random == nil {
		random = rand.Reader
	}
	local := []string{"http://127.0.0.1/", "http://localhost/"}
	list := []Client{
		{ID: "logiciel-alpha", Name: "Logiciel Alpha", Auth: SecretBasic, CIBA: true},
		{ID: "logiciel-beta", Name: "Logiciel Bêta", Auth: SecretBasic, CIBA: true},
		{ID: "proxy-structure", Name: structureName, Auth: TLSClient, Structure: structure, CIBA: true},
		{ID: "logiciel-signe", Name: "Logiciel à UserInfo signé", Auth: SecretBasic, CIBA: true, UserInfoAlg: oidc.RS256},
		{ID: "logiciel-public", Name: "Application sans secret", Auth: Public},
		{ID: "logiciel-hs256", Name: "Logiciel à jeton HS256", Auth: SecretPost, IDTokenAlg: oidc.HS256},
	}
	for i := range list {
		c := &list[i]
		c.RedirectURIs, c.PostLogoutRedirectURIs, c.Loopback = local, local, true
		if c.Auth == SecretBasic || c.Auth == SecretPost {
			b := make([]byte, 32)
			if _, err := io.ReadFull(random, b); err != nil {
				return nil, err
			}
			c.Secret = base64.RawURLEncoding.EncodeToString(b)
		}
	}
	return list, nil
}
