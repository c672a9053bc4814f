package federation

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/oidc"
)

// fc is a provider of FranceConnect's shape: ES256, signed UserInfo, fixed paths.
type fc struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	kid    string
	asked  url.Values
	change map[string]any // of the id token
	info   map[string]any // of UserInfo
	plain  bool           // UserInfo as JSON
	broken string         // path that answers 500
}

var enc = base64.RawURLEncoding.EncodeToString

func (p *fc) sign(claims any) string {
	h, _ := json.Marshal(map[string]string{"alg": "ES256", "kid": p.kid})
	b, _ := json.Marshal(claims)
	text := enc(h) + "." + enc(b)
	sum := sha256.Sum256([]byte(text))
	r, s, _ := ecdsa.Sign(rand.Reader, p.key, sum[:])
	return text + "." + enc(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func newFC(t *testing.T) *fc {
	p := &fc{change: map[string]any{}, info: map[string]any{"sub": "pairwise", "given_name": "Angela Claire Louise", "family_name": "DUBOIS", "birthdate": "1962-08-24", "gender": "female", "birthplace": "75107", "birthcountry": "99100"}}
	p.rotate(t)
	mux := http.NewServeMux()
	p.Server = httptest.NewTLSServer(mux)
	t.Cleanup(p.Close)
	answer := func(path string, h http.HandlerFunc) {
		mux.HandleFunc("/api/v2/"+path, func(w http.ResponseWriter, r *http.Request) {
			if p.broken == path {
				w.WriteHeader(http.StatusInternalServerError)
				_, _ = w.Write([]byte(`{"error":"server_error","error_description":"en panne"}`))
				return
			}
			h(w, r)
		})
	}
	answer("jwks", func(w http.ResponseWriter, _ *http.Request) {
		raw, _ := p.key.PublicKey.Bytes()
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]string{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": p.kid, "x": enc(raw[1:33]), "y": enc(raw[33:])}}})
	})
	answer("token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		if oidc.Challenge(r.PostForm.Get("code_verifier")) != p.asked.Get("code_challenge") || r.PostForm.Get("client_secret") != "secret" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c := map[string]any{"iss": p.URL + "/api/v2", "sub": "pairwise", "aud": "espace", "exp": time.Now().Unix() + 60, "iat": time.Now().Unix(), "nonce": p.asked.Get("nonce"), "acr": "eidas2"}
		for k, v := range p.change {
			c[k] = v
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "acces", "token_type": "Bearer", "id_token": p.sign(c)})
	})
	answer("userinfo", func(w http.ResponseWriter, r *http.Request) {
		if p.plain {
			_ = json.NewEncoder(w).Encode(p.info)
			return
		}
		w.Header().Set("Content-Type", "application/jwt")
		_, _ = w.Write([]byte(p.sign(p.info)))
	})
	return p
}

func (p *fc) rotate(t *testing.T) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.key, p.kid = k, p.kid+"k"
}

func (p *fc) party() *RelyingParty {
	return &RelyingParty{Issuer: p.URL + "/api/v2", ClientID: "espace", ClientSecret: "secret", PostSecret: true, RedirectURI: "http://localhost/retour", PostLogout: "http://localhost/",
		Scope: PivotScope, ACR: "eidas1", AcceptACR: AtLeast("eidas1"), IDTokenAlg: oidc.ES256, UserInfoAlg: oidc.ES256, HTTP: p.Client(), Metadata: FranceConnect(p.URL)}
}

// signIn does the browser's part.
func (p *fc) signIn(t *testing.T, rp *RelyingParty) (*Identity, error) {
	t.Helper()
	to, s, err := rp.Begin(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(to)
	p.asked = u.Query()
	return rp.Finish(context.Background(), url.Values{"code": {"c"}, "state": {s.State}}, s)
}

func TestACitizenComesFromFranceConnect(t *testing.T) {
	p := newFC(t)
	rp := p.party()
	id, err := p.signIn(t, rp)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := id.Citizen(); err != nil || c.BirthName != "DUBOIS" || c.BirthPlace != "75107" || c.Subject != "pairwise" {
		t.Errorf("%+v %v", c, err)
	}
	if p.asked.Get("acr_values") != "eidas1" || p.asked.Get("nonce") == "" || p.asked.Get("code_challenge_method") != "S256" {
		t.Errorf("asked %v", p.asked)
	}
	if out, err := rp.LogoutURL(context.Background(), id.IDToken, "s"); err != nil || !strings.HasPrefix(out, p.URL+"/api/v2/session/end?") {
		t.Errorf("%s %v", out, err)
	}
	// The provider rotates: one more look at its keys, not before half a minute.
	p.rotate(t)
	if _, err := p.signIn(t, rp); !errors.Is(err, oidc.ErrSignature) {
		t.Errorf("at once after a rotation: %v", err)
	}
	rp.Now = func() time.Time { return time.Now().Add(time.Minute) }
	if _, err := p.signIn(t, rp); err != nil {
		t.Errorf("a minute after a rotation: %v", err)
	}
}

func TestAnswersThatAreNotTaken(t *testing.T) {
	for name, x := range map[string]struct {
		spoil func(*fc, *RelyingParty)
		want  error
	}{
		"a lower level":              {func(p *fc, _ *RelyingParty) { p.change["acr"] = "eidas0" }, oidc.ErrClaims},
		"another nonce":              {func(p *fc, _ *RelyingParty) { p.change["nonce"] = "n" }, oidc.ErrClaims},
		"another issuer":             {func(p *fc, _ *RelyingParty) { p.change["iss"] = "https://autre" }, oidc.ErrClaims},
		"userinfo of somebody else":  {func(p *fc, _ *RelyingParty) { p.info["sub"] = "autre" }, oidc.ErrClaims},
		"userinfo without signature": {func(p *fc, _ *RelyingParty) { p.plain = true }, oidc.ErrAlgorithm},
		"token endpoint down":        {func(p *fc, _ *RelyingParty) { p.broken = "token" }, ErrProvider},
		"keys down":                  {func(p *fc, _ *RelyingParty) { p.broken = "jwks" }, ErrProvider},
		"RS256 agreed":               {func(_ *fc, rp *RelyingParty) { rp.IDTokenAlg = oidc.RS256 }, oidc.ErrAlgorithm},
	} {
		p := newFC(t)
		rp := p.party()
		x.spoil(p, rp)
		if _, err := p.signIn(t, rp); !errors.Is(err, x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := newFC(t)
	rp := p.party()
	_, s, err := rp.Begin(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rp.Finish(context.Background(), url.Values{"code": {"c"}, "state": {"autre"}}, s); !errors.Is(err, oidc.ErrState) {
		t.Errorf("another state: %v", err)
	}
	s.Began = s.Began.Add(-11 * time.Minute)
	if _, err := rp.Finish(context.Background(), url.Values{"code": {"c"}, "state": {s.State}}, s); !errors.Is(err, ErrLate) {
		t.Errorf("late: %v", err)
	}
}

// TestAProviderThatFailsIsLeftAlone for a moment: those who come meanwhile are told at once.
func TestAProviderThatFailsIsLeftAlone(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "panne", http.StatusBadGateway)
	}))
	defer s.Close()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	rp := &RelyingParty{Issuer: s.URL, ClientID: "x", Now: func() time.Time { return now }}
	for range 20 {
		if _, _, err := rp.Begin(context.Background(), ""); err == nil {
			t.Fatal("metadata out of nothing")
		}
	}
	if n := asked.Load(); n != 2 { // both paths, once
		t.Errorf("asked %d times", n)
	}
	now = now.Add(retryAfter)
	if _, _, err := rp.Begin(context.Background(), ""); err == nil || asked.Load() != 4 {
		t.Errorf("asked %d times, %v", asked.Load(), err)
	}
}
