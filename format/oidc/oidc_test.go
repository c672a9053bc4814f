package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestVectorsOfTheStandards: PKCE of RFC 7636 appendix B, ES256 of RFC 7515 A.3, HS256 of A.1.
func TestVectorsOfTheStandards(t *testing.T) {
	if c := Challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"); c != "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" || !ValidChallenge(c) {
		t.Errorf("S256 is %s", c)
	}
	keys, err := ParseKeys([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`))
	if err != nil || len(keys) != 1 {
		t.Fatal(err)
	}
	const payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	es := "eyJhbGciOiJFUzI1NiJ9." + payload + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
	if _, _, err := Verify(es, ES256, keys, nil); err != nil {
		t.Error("ES256: ", err)
	}
	secret, _ := base64.RawURLEncoding.DecodeString("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
	hs := "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + payload + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	if _, _, err := Verify(hs, HS256, nil, secret); err != nil {
		t.Error("HS256: ", err)
	}
	if h := HalfHash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"); h != "77QmUPtjPfzWtF2AnpK9RQ" {
		t.Errorf("at_hash is %s", h)
	}
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// mint makes a token by hand.
func mint(t testing.TB, alg string, key any, claims map[string]any) string {
	enc := base64.RawURLEncoding.EncodeToString
	h, _ := json.Marshal(map[string]any{"alg": alg, "kid": "k1"})
	b, _ := json.Marshal(claims)
	text := enc(h) + "." + enc(b)
	sum := sha256.Sum256([]byte(text))
	var sig []byte
	switch k := key.(type) {
	case *rsa.PrivateKey:
		sig, _ = rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		sig = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case []byte:
		m := hmac.New(sha256.New, k)
		m.Write([]byte(text))
		sig = m.Sum(nil)
	}
	return text + "." + enc(sig)
}

// TestIdentityTokens: each rule of OpenID Connect Core 3.1.3.7, broken one at a time.
func TestIdentityTokens(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	want := Expect{Issuer: "https://psc.example", ClientID: "nous", Nonce: "n", Alg: RS256, ACR: []string{"eidas1", "eidas2"}, AccessToken: "jeton", Now: now,
		Keys: []Key{{ID: "k1", Alg: RS256, Pub: rsaKey().Public()}, {ID: "k1", Alg: ES256, Pub: ec.Public()}}}
	claims := func(change ...any) map[string]any {
		c := map[string]any{"iss": "https://psc.example", "sub": "s", "aud": "nous", "exp": now.Unix() + 60, "iat": now.Unix(), "nonce": "n", "acr": "eidas1", "at_hash": HalfHash("jeton")}
		for i := 0; i < len(change); i += 2 {
			c[change[i].(string)] = change[i+1]
		}
		return c
	}
	if _, err := want.IDToken(mint(t, RS256, rsaKey(), claims())); err != nil {
		t.Fatal(err)
	}
	if _, err := want.IDToken(mint(t, RS256, rsaKey(), claims("aud", []string{"nous", "eux"}, "azp", "nous"))); err != nil {
		t.Fatal(err)
	}
	es := want
	es.Alg = ES256
	if _, err := es.IDToken(mint(t, ES256, ec, claims())); err != nil {
		t.Fatal(err)
	}
	public, _ := json.Marshal(rsaKey().PublicKey)
	for name, x := range map[string]struct {
		token string
		err   error
	}{
		"another issuer":        {mint(t, RS256, rsaKey(), claims("iss", "https://mechant.example")), ErrClaims},
		"no subject":            {mint(t, RS256, rsaKey(), claims("sub", "")), ErrClaims},
		"another audience":      {mint(t, RS256, rsaKey(), claims("aud", "eux")), ErrClaims},
		"two without azp":       {mint(t, RS256, rsaKey(), claims("aud", []string{"nous", "eux"})), ErrClaims},
		"azp of another":        {mint(t, RS256, rsaKey(), claims("azp", "eux")), ErrClaims},
		"expired":               {mint(t, RS256, rsaKey(), claims("exp", now.Unix()-121)), ErrClaims},
		"from the future":       {mint(t, RS256, rsaKey(), claims("iat", now.Unix()+200)), ErrClaims},
		"another nonce":         {mint(t, RS256, rsaKey(), claims("nonce", "m")), ErrClaims},
		"a lower acr":           {mint(t, RS256, rsaKey(), claims("acr", "eidas0")), ErrClaims},
		"another access token":  {mint(t, RS256, rsaKey(), claims("at_hash", HalfHash("autre"))), ErrClaims},
		"none":                  {mint(t, "none", nil, claims()), ErrAlgorithm},
		"HS256 by a public key": {mint(t, HS256, public, claims()), ErrAlgorithm},
		"ES256, not agreed":     {mint(t, ES256, ec, claims()), ErrAlgorithm},
		"RS256 by another key":  {mint(t, RS256, ec, claims()), ErrSignature},
		"not a token":           {"a.b", ErrToken},
		"not base64":            {"!.!.!", ErrToken},
		"long":                  {strings.Repeat("a", MaxToken+1), ErrToken},
	} {
		if _, err := want.IDToken(x.token); !errors.Is(err, x.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnswersFromElsewhere: mixed-up states and issuers.
func TestAnswersFromElsewhere(t *testing.T) {
	for _, x := range []struct {
		q        string
		required bool
		want     error
	}{
		{"code=c&state=s&iss=https://psc.example", true, nil},
		{"code=c&state=s", false, nil},
		{"code=c&state=s", true, ErrIssuer},
		{"code=c&state=s&iss=https://mechant.example", false, ErrIssuer},
		{"code=c&state=autre", false, ErrState},
		{"code=c", false, ErrState},
		{"code=c&code=d&state=s", false, ErrProvider},
		{"error=access_denied&state=s", false, ErrProvider},
		{"state=s", false, ErrProvider},
	} {
		q, _ := url.ParseQuery(x.q)
		if code, err := Callback(q, "s", "https://psc.example", x.required); !errors.Is(err, x.want) || err == nil && code != "c" {
			t.Errorf("%s: %q %v", x.q, code, err)
		}
	}
	if _, err := Callback(url.Values{"code": {"c"}, "state": {""}}, "", "i", false); !errors.Is(err, ErrState) {
		t.Error("no state was remembered, and any is taken")
	}
}

func TestMetadata(t *testing.T) {
	good := `{"issuer":"https://a","authorization_endpoint":"http://localhost:1/auth","token_endpoint":"https://a/t","jwks_uri":"https://a/k"}`
	if _, err := ParseMetadata([]byte(good), "https://a"); err != nil {
		t.Fatal(err)
	}
	for old, bad := range map[string]string{`"https://a","auth`: `"https://b","auth`, "https://a/t": "http://a/t", "https://a/k": "file:///etc/passwd", "{": "[", "http://localhost:1/auth": "javascript:x"} {
		if _, err := ParseMetadata([]byte(strings.Replace(good, old, bad, 1)), "https://a"); !errors.Is(err, ErrMetadata) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	u, err := Request{ClientID: "c", RedirectURI: "https://r", Scope: "openid", State: "s", Nonce: "n", Verifier: strings.Repeat("v", 43), ACR: "eidas1"}.URL("https://a/auth?x=1")
	if err != nil || !strings.Contains(u, "x=1") || !strings.Contains(u, "code_challenge_method=S256") || strings.Contains(u, "prompt") {
		t.Errorf("%s %v", u, err)
	}
	out, err := LogoutURL("https://a/logout", "id", "https://r", "s")
	if err != nil || !strings.Contains(out, "id_token_hint=id") {
		t.Errorf("%s %v", out, err)
	}
}

func TestKeysThatAreNotTaken(t *testing.T) {
	for name, k := range map[string]string{
		"a small RSA key":       `{"kty":"RSA","n":"AQAB","e":"AQAB"}`,
		"an even exponent of 1": `{"kty":"RSA","n":"` + strings.Repeat("A", 342) + `","e":"AQ"}`,
		"a point off the curve": `{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}`,
		"another curve":         `{"kty":"EC","crv":"P-384","x":"AQAB","y":"AQAB"}`,
		"a shared secret":       `{"kty":"oct","k":"AQAB"}`,
		"for encryption":        `{"kty":"EC","use":"enc","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`,
	} {
		if keys, err := ParseKeys([]byte(`{"keys":[` + k + `]}`)); err != nil || len(keys) != 0 {
			t.Errorf("%s: %d keys, %v", name, len(keys), err)
		}
	}
	if _, err := ParseKeys([]byte("[")); !errors.Is(err, ErrMetadata) {
		t.Error(err)
	}
}

func FuzzVerify(f *testing.F) {
	good := mint(f, RS256, rsaKey(), map[string]any{"sub": "s"})
	f.Add(good, `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`)
	f.Add("a.b.c", `{"keys":[{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}]}`)
	own := []Key{{ID: "k1", Pub: rsaKey().Public()}}
	f.Fuzz(func(t *testing.T, token, set string) {
		keys, _ := ParseKeys([]byte(set))
		_, _, _ = Verify(token, RS256, keys, nil)
		_, _, _ = Verify(token, ES256, keys, nil)
		if _, _, err := Verify(token, RS256, own, nil); err == nil && token != good && !strings.HasPrefix(good, token[:len(token)-4]) {
			t.Errorf("forged: %q", token)
		}
		_, _ = ParseMetadata([]byte(set), "https://a")
		if s := Shown(token); len(s) > 80*3 {
			t.Error("a value from outside is quoted whole")
		}
	})
}
