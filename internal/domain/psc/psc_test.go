package psc

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

var day = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func TestRegistrationsThatCannotBe(t *testing.T) {
	good := Client{ID: "a", Auth: SecretBasic, Secret: strings.Repeat("s", 32), RedirectURIs: []string{"https://a.example/r"}}
	if _, err := register([]Client{good}, rand.Reader); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Client){
		"no identifier":            func(c *Client) { c.ID = "" },
		"accents in it":            func(c *Client) { c.ID = "é" },
		"a short secret":           func(c *Client) { c.Secret = "court" },
		"mTLS without a structure": func(c *Client) { c.Auth = TLSClient },
		"an unknown method":        func(c *Client) { c.Auth = "private_key_jwt" },
		"http elsewhere":           func(c *Client) { c.RedirectURIs = []string{"http://a.example/"} },
		"a fragment":               func(c *Client) { c.RedirectURIs = []string{"https://a.example/#x"} },
		"none as algorithm":        func(c *Client) { c.IDTokenAlg = "none" },
		"HS256, short secret":      func(c *Client) { c.IDTokenAlg, c.Secret = oidc.HS256, strings.Repeat("s", 31) },
		"an odd userinfo":          func(c *Client) { c.UserInfoAlg = "HS512" },
		"a key that is not one":    func(c *Client) { c.UserInfoKey = []byte(`{"kty":"oct","k":"AAAA"}`) },
		"too many addresses":       func(c *Client) { c.PostLogoutRedirectURIs = make([]string, maxRedirects+1) },
	} {
		c := good
		change(&c)
		if _, err := register([]Client{c}, rand.Reader); err == nil {
			t.Errorf("%s is registered", name)
		}
	}
	if _, err := register([]Client{good, good}, rand.Reader); err == nil {
		t.Error("a client is registered twice")
	}
	reg, _ := register([]Client{good}, rand.Reader)
	if c := reg.get("a"); c.Secret != "" || c.sign != nil || !reg.opens(c, good.Secret) || reg.opens(c, "") || reg.opens(nil, "\x00nobody") {
		t.Error("the secret is kept, or opens otherwise than it should")
	}
}

// TestLoopbackAddresses follows RFC 8252 7.3: the port is free, the machine is not.
func TestLoopbackAddresses(t *testing.T) {
	c := Client{Loopback: true}
	for address, want := range map[string]bool{
		"http://127.0.0.1:1/a": true, "http://localhost:65535/a?b=c": true, "http://[::1]:8/": true, "http://127.0.0.1/": true,
		"https://127.0.0.1/": false, "http://127.0.0.2/": false, "http://localhost.mechant.example/": false, "http://localhost@mechant.example/": false,
		"http://mechant.example/localhost": false, "http://localhost:1/#x": false, "http:localhost": false, "//localhost/": false, "http://localhost\\@mechant.example/": false, "": false,
	} {
		if c.allows(nil, address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
	if (&Client{}).allows([]string{"https://a.example/r"}, "https://a.example/r/") {
		t.Error("an address is taken for another")
	}
}

// TestDirectoryAdapter: staff without profession, structures of each kind, who left.
func TestDirectoryAdapter(t *testing.T) {
	a := annuaire.New()
	a.PutStructure(annuaire.Structure{IDNat: "326310012700017", Name: "Laboratoire", Sector: "SA25", PostCode: "97400", Address: []string{"3 bis, rue Haute", "Bâtiment B"}, Active: true})
	a.PutStructure(annuaire.Structure{IDNat: "499700366240007", Name: "Cabinet", Sector: "SA07", Active: true})
	a.PutStructure(annuaire.Structure{IDNat: "10B0152872", Name: "Fermée", Sector: "SA05"})
	a.Put(annuaire.Professional{IDNat: "3326310012700017/S1", Civility: "MME", Family: "PETIT", Given: "Anne", Function: annuaire.SecretariatMedical, Structures: []string{"326310012700017", "10B0152872", "nulle-part"}, Active: true})
	a.Put(annuaire.Professional{IDNat: "899700366240", RPPS: "99700366240", Civility: "M", Family: "KIT", Given: "Doc", Profession: "10", Structures: []string{"499700366240007"}})
	d := FromAnnuaire(a)
	u, ok := d.UserInfo("3326310012700017/S1")
	e := u.RefPro.Exercices[0]
	if !ok || u.Role[0] != "SECRETARIAT_MEDICAL^1.2.250.1.213.1.1.5.5" || len(u.OtherIDs) != 0 || e.Profession != "" || e.Category != "" || len(e.Activities) != 1 {
		t.Fatalf("%+v", u)
	}
	if x := e.Activities[0]; x.SIRET != "26310012700017" || x.TechnicalID != "C26310012700017" || x.WayNumber != "3" || x.WayName != "bis, rue Haute" || x.Department != "974" || x.Mode != "S" || x.Geographic != "Bâtiment B" {
		t.Errorf("%+v", x)
	}
	if raw, _ := json.Marshal(u); strings.Contains(string(raw), "null") {
		t.Errorf("a value is null: %s", raw)
	}
	if _, ok := d.UserInfo("899700366240"); ok {
		t.Error("who left the register is found")
	}
	if d.WorksAt("899700366240", "499700366240007") || d.WorksAt("3326310012700017/S1", "10B0152872") || !d.WorksAt("3326310012700017/S1", "326310012700017") {
		t.Error("who works where is wrong")
	}
}

type noStore struct{}

func (noStore) Load() ([]byte, error) { return nil, nil }
func (noStore) Save([]byte) error     { return nil }

// TestEncryptedUserInfo: signed for all, readable by the client's key alone.
func TestEncryptedUserInfo(t *testing.T) {
	a := annuaire.New()
	a.Put(annuaire.Professional{IDNat: "810100000017", RPPS: "10100000017", Family: "MARTIN", Given: "Claire", Profession: "10", Active: true})
	keys, err := OpenKeys(noStore{}, rand.Reader, day)
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	jwk, _ := json.Marshal(jose.JSONWebKey{Key: key.Public(), KeyID: "e1", Algorithm: "RSA-OAEP", Use: "enc"})
	p, err := New(Config{Base: "https://a", Web: "https://b", Directory: FromAnnuaire(a), Keys: keys, Now: func() time.Time { return day },
		Clients: []Client{{ID: "a", Auth: SecretBasic, Secret: strings.Repeat("s", 32), CIBA: true, UserInfoKey: jwk}}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := p.SignIn("810100000017", AMRCard, false)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	g := p.newGrant(p.clients.get("a"), l, "openid scope_all", "", nil)
	p.mu.Unlock()
	tokens, err := p.issue(g)
	if err != nil {
		t.Fatal(err)
	}
	_, sealed, err := p.UserInfo(tokens.AccessToken, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	o, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.RSA_OAEP}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		t.Fatal(err)
	}
	inner, err := o.Decrypt(key)
	if err != nil {
		t.Fatal(err)
	}
	set, _ := keys.JWKS()
	public, _ := oidc.ParseKeys(set)
	payload, _, err := oidc.Verify(string(inner), oidc.RS256, public, nil)
	var u oidc.UserInfo
	if err != nil || json.Unmarshal(payload, &u) != nil || u.NameID != "810100000017" {
		t.Errorf("%v %s", err, payload)
	}
}
