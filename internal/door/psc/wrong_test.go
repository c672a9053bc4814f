package psc_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/psc"
	doorpsc "github.com/socle-sante/socle/internal/door/psc"
)

// TestWrongAuthorizationRequests: what concerns client or address is a page, the rest travels back.
func TestWrongAuthorizationRequests(t *testing.T) {
	w := newWorld(t)
	browser := w.signedIn(martin)
	for _, x := range []struct{ change, page, travels, names string }{
		{"client_id=inconnu", "PSC-CLIENT-INCONNU", "", ""},
		{"-client_id", "PSC-DEMANDE", "", ""},
		{"-redirect_uri", "PSC-DEMANDE", "", ""},
		{"redirect_uri=https://mechant.example/", "PSC-REDIRECTION", "", ""},
		{"redirect_uri=http://127.0.0.1.mechant.example/", "PSC-REDIRECTION", "", ""},
		{"redirect_uri=http://127.0.0.1@mechant.example/", "PSC-REDIRECTION", "", ""},
		{"redirect_uri=http://u@127.0.0.1/", "PSC-REDIRECTION", "", ""},
		{"redirect_uri=https://127.0.0.1/retour", "PSC-REDIRECTION", "", ""},
		{"redirect_uri=http://127.0.0.1:1/#x", "PSC-REDIRECTION", "", ""},
		{"redirect_uri=http://127.0.0.1\\mechant.example/", "PSC-REDIRECTION", "", ""},
		{"redirect_uri=javascript:alert(1)", "PSC-REDIRECTION", "", ""},
		{"-response_type", "", "invalid_request", "response_type"},
		{"response_type=token", "", "unsupported_response_type", "token"},
		{"response_type=code id_token", "", "unsupported_response_type", "id_token"},
		{"response_mode=fragment", "", "invalid_request", "fragment"},
		{"scope=openid tout", "", "invalid_scope", "tout"},
		{"scope=scope_all", "", "invalid_scope", "openid"},
		{"-scope", "", "invalid_scope", "openid"},
		{"acr_values=eidas9", "", "invalid_request", "eidas9"},
		{"request=abc", "", "request_not_supported", "request"},
		{"request_uri=https://x", "", "request_uri_not_supported", "request_uri"},
		{"registration={}", "", "registration_not_supported", "registration"},
		{"code_challenge_method=plain", "", "invalid_request", "plain"},
		{"-code_challenge_method", "", "invalid_request", "plain"},
		{"code_challenge=court", "", "invalid_request", "code_challenge"},
		{"prompt=consent", "", "invalid_request", "consent"},
		{"prompt=none login", "", "invalid_request", "prompt"},
		{"max_age=-1", "", "invalid_request", "max_age"},
		{"max_age=demain", "", "invalid_request", "demain"},
		{"id_token_hint=x", "", "invalid_request", "id_token_hint"},
	} {
		a, q := w.authorize(browser, request("logiciel-alpha", x.change))
		if x.page != "" {
			if a.status < 400 || !strings.Contains(a.body, x.page) || a.header.Get("Location") != "" {
				t.Errorf("%s: %d, want page %s", x.change, a.status, x.page)
			}
			continue
		}
		if q.Get("error") != x.travels || !strings.Contains(q.Get("error_description"), x.names) || q.Get("state") != "etat-1" || q.Get("iss") != w.p.Issuer() || q.Get("code") != "" {
			t.Errorf("%s: %v", x.change, q)
		}
	}
	for _, k := range []string{"state", "nonce", "scope", "response_type"} {
		q := request("logiciel-alpha")
		q.Add(k, q.Get(k))
		if _, q := w.authorize(browser, q); q.Get("error") != "invalid_request" || !strings.Contains(q.Get("error_description"), k) {
			t.Errorf("%s twice: %v", k, q)
		}
	}
	if _, q := w.authorize(browser, request("logiciel-public", "-code_challenge", "-code_challenge_method")); q.Get("error") != "invalid_request" || !strings.Contains(q.Get("error_description"), "PSC-PKCE") {
		t.Errorf("public client without PKCE: %v", q)
	}
	a, _ := w.authorize(browser, request("strict", "redirect_uri=https://strict.example/retour?x=2"))
	if a.status != 400 || !strings.Contains(a.body, "https://strict.example/retour?x=1") {
		t.Error("the sandbox does not say what is registered")
	}
	if _, q := w.authorize(browser, request("strict", "redirect_uri=https://strict.example/retour?x=1", "-acr_values")); q.Get("code") == "" || q.Get("x") != "1" {
		t.Errorf("exact address with a query, without acr_values: %v", q)
	}
	if _, q := w.authorize(w.client(""), request("logiciel-alpha", "prompt=none")); q.Get("error") != "login_required" || q.Get("state") != "etat-1" {
		t.Errorf("prompt=none signed out: %v", q)
	}
}

// TestWrongCodes: each code serves once, quickly, to whom it was given.
func TestWrongCodes(t *testing.T) {
	w := newWorld(t)
	c := w.client("")
	good := func(code string) url.Values {
		return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "code_verifier": {verifier}}
	}
	with := func(f url.Values, k, v string) url.Values {
		if v == "" {
			f.Del(k)
		} else {
			f.Set(k, v)
		}
		return f
	}
	for _, x := range []struct {
		name, client string
		f            url.Values
		err, id      string
	}{
		{"another client's", "logiciel-beta", good(w.code("logiciel-alpha")), "invalid_grant", "PSC-CODE"},
		{"another address", "logiciel-alpha", with(good(w.code("logiciel-alpha")), "redirect_uri", "http://127.0.0.1:4712/retour"), "invalid_grant", "PSC-CODE"},
		{"no address", "logiciel-alpha", with(good(w.code("logiciel-alpha")), "redirect_uri", ""), "invalid_grant", "PSC-CODE"},
		{"another verifier", "logiciel-alpha", with(good(w.code("logiciel-alpha")), "code_verifier", strings.Repeat("w", 43)), "invalid_grant", "PSC-PKCE-PREUVE"},
		{"no verifier", "logiciel-alpha", with(good(w.code("logiciel-alpha")), "code_verifier", ""), "invalid_grant", "PSC-PKCE-PREUVE"},
		{"a short verifier", "logiciel-alpha", with(good(w.code("logiciel-alpha")), "code_verifier", "v"), "invalid_grant", "PSC-PKCE-PREUVE"},
		{"a verifier nobody announced", "logiciel-alpha", good(w.code("logiciel-alpha", "-code_challenge", "-code_challenge_method")), "invalid_grant", "PSC-PKCE-PREUVE"},
		{"an invented code", "logiciel-alpha", good("invente"), "invalid_grant", "PSC-CODE"},
		{"no code", "logiciel-alpha", with(good("x"), "code", ""), "invalid_request", "PSC-DEMANDE"},
		{"no grant_type", "logiciel-alpha", with(good("x"), "grant_type", ""), "invalid_request", "PSC-DEMANDE"},
		{"password grant", "logiciel-alpha", with(good("x"), "grant_type", "password"), "unsupported_grant_type", "PSC-GRANT-TYPE"},
		{"exchange at the wrong door", "logiciel-alpha", with(good("x"), "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), "unsupported_grant_type", "PSC-GRANT-TYPE"},
		{"a parameter twice", "logiciel-alpha", url.Values{"grant_type": {"authorization_code", "refresh_token"}}, "invalid_request", "PSC-DEMANDE"},
		{"an invented refresh token", "logiciel-alpha", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"invente"}}, "invalid_grant", "PSC-REFRESH"},
		{"another's refresh token", "logiciel-beta", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {w.tokens("logiciel-alpha").str("refresh_token")}}, "invalid_grant", "PSC-REFRESH"},
	} {
		if a := w.post(c, w.realm("token"), x.client, x.f); a.status != 400 || a.err() != x.err || a.id() != x.id || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", x.name, a.status, a.body)
		}
	}
	code := w.code("logiciel-alpha")
	w.advance(61 * time.Second)
	if a := w.post(c, w.realm("token"), "logiciel-alpha", good(code)); a.id() != "PSC-CODE" {
		t.Errorf("a code of 61 s: %s", a.body)
	}
	code = w.code("logiciel-alpha")
	first := w.post(c, w.realm("token"), "logiciel-alpha", good(code))
	if a := w.post(c, w.realm("token"), "logiciel-alpha", good(code)); first.status != 200 || a.id() != "PSC-CODE-REJOUE" {
		t.Errorf("replay: %d %s", first.status, a.body)
	}
	if w.post(c, w.realm("token/introspect"), "logiciel-alpha", url.Values{"token": {first.str("access_token")}}).json["active"] != false {
		t.Error("a replayed code left its tokens alive")
	}
	if a := w.post(c, w.realm("token"), "logiciel-alpha", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.str("refresh_token")}}); a.err() != "invalid_grant" {
		t.Error("a replayed code left its refresh token alive")
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	w := newWorld(t)
	c := w.client("")
	renew := func(token string) answer {
		return w.post(c, w.realm("token"), "logiciel-alpha", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	}
	a := w.tokens("logiciel-alpha")
	b := renew(a.str("refresh_token"))
	if b.status != 200 || b.str("refresh_token") == a.str("refresh_token") || b.str("session_state") != a.str("session_state") {
		t.Fatalf("%d %s", b.status, b.body)
	}
	if r := renew(a.str("refresh_token")); r.id() != "PSC-REFRESH-REJOUE" {
		t.Errorf("old token: %s", r.body)
	}
	if r := renew(b.str("refresh_token")); r.id() != "PSC-REFRESH" {
		t.Errorf("the family survives: %s", r.body)
	}
	// A session ends four hours after its sign-in, however often it was renewed.
	a = w.tokens("logiciel-alpha")
	for range 3 {
		w.advance(time.Hour)
		if a = renew(a.str("refresh_token")); a.status != 200 {
			t.Fatalf("%s", a.body)
		}
	}
	if n, _ := a.json["refresh_expires_in"].(float64); n > 3600 || n < 3500 {
		t.Errorf("refresh_expires_in %v after three hours", n)
	}
	w.advance(time.Hour)
	if r := renew(a.str("refresh_token")); r.id() != "PSC-REFRESH" {
		t.Errorf("after four hours: %s", r.body)
	}
}

func TestWrongClients(t *testing.T) {
	w := newWorld(t)
	f := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}}
	send := func(c *http.Client, auth string, f url.Values) answer {
		r, _ := http.NewRequest("POST", w.realm("token"), strings.NewReader(f.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if auth != "" {
			r.Header.Set("Authorization", auth)
		}
		return w.do(c, r)
	}
	basic := func(id, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	plus := func(kv ...string) url.Values {
		g := clone(f)
		for i := 0; i < len(kv); i += 2 {
			g.Set(kv[i], kv[i+1])
		}
		return g
	}
	alpha := w.clients["logiciel-alpha"]
	for name, x := range map[string]struct {
		cert, auth string
		f          url.Values
		id         string
	}{
		"wrong secret":                 {"", basic("logiciel-alpha", "faux"), f, "PSC-CLIENT"},
		"empty secret":                 {"", basic("logiciel-alpha", ""), f, "PSC-CLIENT"},
		"unknown client":               {"", basic("inconnu", "faux"), f, "PSC-CLIENT"},
		"nobody":                       {"", "", f, "PSC-CLIENT"},
		"id without its secret":        {"", "", plus("client_id", "logiciel-alpha"), "PSC-CLIENT"},
		"secret for a public client":   {"", basic("logiciel-public", ""), f, "PSC-CLIENT"},
		"secret for a mTLS client":     {"", basic("proxy-structure", ""), f, "PSC-CLIENT"},
		"bearer":                       {"", "Bearer x", f, "PSC-CLIENT"},
		"not base64":                   {"", "Basic ***", f, "PSC-CLIENT"},
		"assertion":                    {"", "", plus("client_id", "logiciel-alpha", "client_assertion", "x"), "PSC-CLIENT"},
		"mTLS without certificate":     {"", "", plus("client_id", "proxy-structure"), "PSC-CERTIFICAT"},
		"mTLS of another structure":    {"hopital", "", plus("client_id", "proxy-structure"), "PSC-CERTIFICAT"},
		"mTLS with a card":             {"carte", "", plus("client_id", "proxy-structure"), "PSC-CERTIFICAT"},
		"mTLS with a SERV certificate": {"server", "", plus("client_id", "proxy-structure"), "PSC-CERTIFICAT"},
		"two ways at once":             {"", basic(alpha.ID, alpha.Secret), plus("client_secret", alpha.Secret), "PSC-DEMANDE"},
		"two clients at once":          {"", basic(alpha.ID, alpha.Secret), plus("client_id", "logiciel-beta"), "PSC-DEMANDE"},
		"right secret, basic":          {"", basic(alpha.ID, alpha.Secret), f, "PSC-REFRESH"},
		"right secret, post":           {"", "", plus("client_id", alpha.ID, "client_secret", alpha.Secret), "PSC-REFRESH"},
		"right certificate":            {"cabinet", "", plus("client_id", "proxy-structure"), "PSC-REFRESH"},
	} {
		a := send(w.client(x.cert), x.auth, x.f)
		if a.id() != x.id || strings.HasPrefix(x.id, "PSC-C") != (a.status == 401) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	w.revoked.Revoke(w.creds["cabinet"].Certificate.SerialNumber, w.now(), 1)
	if a := send(w.client("cabinet"), "", plus("client_id", "proxy-structure")); a.id() != "PSC-CERTIFICAT" || !strings.Contains(a.body, "revoked") {
		t.Errorf("revoked certificate: %s", a.body)
	}
	r, _ := http.NewRequest("POST", w.realm("token"), strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	if a := w.do(w.client(""), r); a.id() != "PSC-CORPS" {
		t.Errorf("JSON body: %s", a.body)
	}
	if a := send(w.client(""), "", url.Values{"x": {strings.Repeat("x", 70<<10)}}); a.status != 413 {
		t.Errorf("long body: %d", a.status)
	}
}

// TestGuessingIsSlowedDown, and does not lock the client out from elsewhere.
func TestGuessingIsSlowedDown(t *testing.T) {
	w := newWorld(t)
	try := func(id, secret, address string) error {
		_, err := w.p.Authenticate(psc.Credentials{Form: url.Values{"client_id": {id}, "client_secret": {secret}}, Address: address})
		return err
	}
	alpha := w.clients["logiciel-alpha"]
	for i := range 10 {
		if err := try(alpha.ID, "faux", "192.0.2.1"); !psc.ErrClient.Is(err) {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	if err := try(alpha.ID, alpha.Secret, "192.0.2.1"); !psc.ErrThrottled.Is(err) {
		t.Errorf("eleventh: %v", err)
	}
	if err := try(alpha.ID, alpha.Secret, "192.0.2.2"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	w.advance(time.Minute)
	if err := try(alpha.ID, alpha.Secret, "192.0.2.1"); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	for range 100 {
		_ = try("inconnu", "faux", "192.0.2.3")
	}
	for i := range 90 {
		_ = try("inconnu"+string(rune('a'+i%26))+strings.Repeat("x", i), "faux", "192.0.2.3")
	}
	if err := try(alpha.ID, alpha.Secret, "192.0.2.3"); !psc.ErrThrottled.Is(err) {
		t.Errorf("an address that tries many clients: %v", err)
	}
	c := w.client("")
	var last answer
	for range 12 {
		last = w.post(c, w.realm("token"), "inconnu", url.Values{"client_secret": {"faux"}})
	}
	if last.status != 429 || last.header.Get("Retry-After") == "" {
		t.Errorf("no 429: %d", last.status)
	}
}

// TestForgedAccessTokens: none, HS256 with the public key, another key, another issuer, altered.
func TestForgedAccessTokens(t *testing.T) {
	w := newWorld(t)
	c := w.client("")
	a := w.tokens("logiciel-alpha")
	good := a.str("access_token")
	part := strings.Split(good, ".")
	payload, _ := base64.RawURLEncoding.DecodeString(part[1])
	enc := base64.RawURLEncoding.EncodeToString
	jwks := []byte(w.get(c, w.realm("certs")).body)
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(jwks, &set); err != nil {
		t.Fatal(err)
	}
	sign := func(alg jose.SignatureAlgorithm, key any, kid string, claims []byte) string {
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, (&jose.SignerOptions{}).WithType("JWT"))
		if err != nil {
			t.Fatal(err)
		}
		o, err := s.Sign(claims)
		if err != nil {
			t.Fatal(err)
		}
		out, _ := o.CompactSerialize()
		return out
	}
	altered := strings.Replace(string(payload), martin, durand, 1)
	forged := map[string]string{
		"alg none":                  enc([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + part[1] + ".",
		"HS256 under the key set":   sign(jose.HS256, jwks, set.Keys[0].KeyID, payload),
		"another key, our kid":      sign(jose.ES256, w.creds["cabinet"].Key, set.Keys[0].KeyID, payload),
		"altered":                   part[0] + "." + enc([]byte(altered)) + "." + part[2],
		"signature cut":             good[:len(good)-2],
		"an id token":               a.str("id_token"),
		"a refresh token":           a.str("refresh_token"),
		"too long":                  strings.Repeat("a", 20<<10),
		"no payload":                part[0] + ".." + part[2],
		"nothing":                   "x",
		"header that is not base64": "***." + part[1] + "." + part[2],
	}
	for name, token := range forged {
		r, _ := http.NewRequest("GET", w.realm("userinfo"), nil)
		r.Header.Set("Authorization", "Bearer "+token)
		if a := w.do(c, r); a.status != 401 || a.err() != "invalid_token" || !strings.Contains(a.header.Get("WWW-Authenticate"), "invalid_token") {
			t.Errorf("userinfo, %s: %d %s", name, a.status, a.body)
		}
		if a := w.post(c, w.realm("token/introspect"), "logiciel-alpha", url.Values{"token": {token}}); name != "a refresh token" && a.json["active"] != false {
			t.Errorf("introspection, %s: %s", name, a.body)
		}
	}
	if a := w.get(c, w.realm("userinfo")+"?access_token="+good); a.status != 401 {
		t.Error("a token in the address is taken")
	}
	w.advance(5*time.Minute + time.Second)
	r, _ := http.NewRequest("GET", w.realm("userinfo"), nil)
	r.Header.Set("Authorization", "Bearer "+good)
	if a := w.do(c, r); a.status != 401 {
		t.Error("an expired token is taken")
	}
}

// TestErrorsExplainThemselves follows error_uri.
func TestErrorsExplainThemselves(t *testing.T) {
	w := newWorld(t)
	c := w.client("")
	a := w.post(c, w.realm("token"), "logiciel-alpha", url.Values{"grant_type": {"password"}})
	page := w.get(c, a.str("error_uri"))
	if page.status != 200 || !strings.Contains(page.body, "PSC-GRANT-TYPE") || !strings.Contains(page.body, `hreflang="en"`) {
		t.Errorf("%s: %d", a.str("error_uri"), page.status)
	}
	if en := w.get(c, a.str("error_uri")+"?lang=en"); !strings.Contains(en.body, `<html lang="en"`) {
		t.Error("no English page")
	}
	for _, r := range psc.Refusals() {
		if r.Message.EN == "" || r.Message.FR == "" || r.Fix.EN == "" || r.Code == "" {
			t.Errorf("%s is not complete", r.ID)
		}
		if d := psc.Description(r); strings.ContainsAny(d, "\"\\\n") {
			t.Errorf("%s: %q cannot be an error_description", r.ID, d)
		}
	}
}

// TestLogoutGoesNowhereUnregistered and asks when nothing names a session.
func TestLogout(t *testing.T) {
	w := newWorld(t)
	a := w.tokens("logiciel-alpha")
	c := w.client("")
	for name, q := range map[string]url.Values{
		"unregistered address":   {"id_token_hint": {a.str("id_token")}, "post_logout_redirect_uri": {"https://mechant.example/"}},
		"nobody named":           {"post_logout_redirect_uri": {back}},
		"another client's hint":  {"id_token_hint": {a.str("id_token")}, "client_id": {"logiciel-beta"}, "post_logout_redirect_uri": {back}},
		"an access token":        {"id_token_hint": {a.str("access_token")}, "post_logout_redirect_uri": {back}},
		"unknown client":         {"client_id": {"inconnu"}, "post_logout_redirect_uri": {back}},
		"a parameter twice":      {"state": {"a", "b"}},
		"a hint that is not one": {"id_token_hint": {"x"}},
	} {
		if r := w.get(c, w.realm("logout")+"?"+q.Encode()); r.status != 400 || r.header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, r.status, r.header.Get("Location"))
		}
	}
	active := func() bool {
		return w.post(c, w.realm("token/introspect"), "logiciel-alpha", url.Values{"token": {a.str("access_token")}}).json["active"] == true
	}
	browser := w.signedIn(martin)
	_, q := w.authorize(browser, request("logiciel-alpha"))
	a = w.post(c, w.realm("token"), "logiciel-alpha", url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {back}, "code_verifier": {verifier}})
	page := w.get(browser, w.realm("logout")+"?client_id=logiciel-alpha&state=s&post_logout_redirect_uri="+url.QueryEscape(back))
	f := fields(page.body, "<form")
	f.Set("client_id", "logiciel-alpha")
	f.Set("post_logout_redirect_uri", back)
	forged := clone(f)
	forged.Set("jeton", "faux")
	if r := w.postForm(browser, w.realm("logout"), forged); r.status != 403 || !active() {
		t.Errorf("forged form: %d", r.status)
	}
	if r := w.postForm(browser, w.realm("logout"), f); r.status != 303 || active() {
		t.Errorf("confirmed logout: %d, active %v", r.status, active())
	}
	// The hint of a token that has expired still names its session.
	a = w.tokens("logiciel-hs256")
	w.advance(10 * time.Minute)
	if r := w.get(c, w.realm("logout")+"?"+url.Values{"id_token_hint": {a.str("id_token")}, "client_id": {"logiciel-hs256"}, "post_logout_redirect_uri": {back}}.Encode()); r.status != 303 {
		t.Errorf("expired hint, HS256: %d", r.status)
	}
}

// TestKeysRotate with overlap, and outlive a restart.
func TestKeysRotate(t *testing.T) {
	store := &memory{}
	keys, err := psc.OpenKeys(store, rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *psc.Config, _ *doorpsc.Door) { c.Keys = keys })
	c := w.client("")
	set := func() []oidc.Key {
		k, err := oidc.ParseKeys([]byte(w.get(c, w.realm("certs")).body))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	active := func(a answer) bool {
		return w.post(c, w.realm("token/introspect"), "logiciel-alpha", url.Values{"token": {a.str("access_token")}}).json["active"] == true
	}
	before := set()
	a := w.tokens("logiciel-alpha")
	if err := keys.Rotate(w.now()); err != nil {
		t.Fatal(err)
	}
	if after := set(); len(before) != 2 || len(after) != 3 || after[1].ID != before[1].ID {
		t.Errorf("%d keys then %d; the announced one did not become the current one", len(before), len(after))
	}
	b := w.tokens("logiciel-alpha")
	if !active(a) || !active(b) {
		t.Error("a rotation made tokens invalid")
	}
	want := oidc.Expect{Issuer: w.p.Issuer(), ClientID: "logiciel-alpha", Nonce: "nonce-1", Alg: oidc.RS256, Keys: before, Now: w.now()}
	if _, err := want.IDToken(b.str("id_token")); err != nil {
		t.Errorf("who read the keys before the rotation cannot verify: %v", err)
	}
	if err := keys.Rotate(w.now()); err != nil {
		t.Fatal(err)
	}
	if active(a) || !active(b) {
		t.Error("after two rotations the first key should be forgotten, the second not")
	}
	again, err := psc.OpenKeys(store, rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	x, _ := keys.JWKS()
	if y, _ := again.JWKS(); string(x) != string(y) {
		t.Error("the keys read back are not those saved")
	}
	if done, err := again.RotateIfOlder(time.Hour, time.Now()); done || err != nil {
		t.Error("a young key was rotated")
	}
	for _, raw := range []string{"{", "{}", `{"current":{"kid":"a","pem":"x"},"next":{"kid":"b","pem":"x"}}`} {
		if _, err := psc.OpenKeys(&memory{[]byte(raw)}, rand.Reader, time.Now()); err == nil {
			t.Errorf("%s is taken", raw)
		}
	}
}
