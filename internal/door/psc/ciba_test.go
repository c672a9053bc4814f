package psc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const cibaGrant = "urn:openid:params:grant-type:ciba"

func asking(change ...string) url.Values {
	f := url.Values{"scope": {"openid scope_all"}, "acr_values": {"eidas1"}, "login_hint": {martin}, "binding_message": {"42"}, "channel": {"MOBILE"}}
	for _, c := range change {
		if k, v, ok := strings.Cut(c, "="); ok {
			f.Set(k, v)
		} else {
			f.Del(strings.TrimPrefix(c, "-"))
		}
	}
	return f
}

// TestCIBAFromAskToTokens: the whole road, on the test's own clock.
func TestCIBAFromAskToTokens(t *testing.T) {
	w := newWorld(t)
	c, phone := w.client(""), w.signedIn(martin)
	a := w.post(c, w.realm("ext/ciba/auth"), "logiciel-alpha", asking())
	if a.status != 200 || a.json["expires_in"] != 120.0 || a.json["interval"] != 5.0 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	poll := func(client string) answer {
		return w.post(c, w.realm("token"), client, url.Values{"grant_type": {cibaGrant}, "auth_req_id": {a.str("auth_req_id")}})
	}
	if r := poll("logiciel-alpha"); r.status != 400 || r.err() != "authorization_pending" {
		t.Errorf("first poll: %s", r.body)
	}
	if r := poll("logiciel-alpha"); r.err() != "slow_down" {
		t.Errorf("at once again: %s", r.body)
	}
	w.advance(5 * time.Second)
	if r := poll("logiciel-alpha"); r.err() != "authorization_pending" {
		t.Errorf("after the interval: %s", r.body)
	}
	if r := poll("logiciel-beta"); r.err() != "invalid_grant" {
		t.Errorf("another client: %s", r.body)
	}
	page := w.get(phone, w.webURL()+w.door.ECPSPath(martin))
	if page.status != 200 || !strings.Contains(page.body, "Logiciel Alpha") || !strings.Contains(page.body, `data-message="42"`) || !strings.Contains(page.body, `hreflang="en"`) {
		t.Fatalf("e-CPS page: %d %s", page.status, page.body)
	}
	if r := w.answerECPS(phone, martin, "42", "approuver"); r.status != 200 || !strings.Contains(r.body, "Connexion approuvée") {
		t.Fatalf("approve: %d", r.status)
	}
	w.advance(5 * time.Second)
	r := poll("logiciel-alpha")
	if r.status != 200 || r.str("access_token") == "" || r.str("session_state") == "" || r.json["refresh_expires_in"] == nil || r.str("refresh_token") == "" {
		t.Fatalf("tokens: %s", r.body)
	}
	if id := claimsOf(t, r.str("id_token")); id["acr"] != "eidas1" || id["preferred_username"] != martin || id["urn:openid:params:jwt:claim:auth_req_id"] != nil {
		t.Errorf("%v", id)
	}
	if r := poll("logiciel-alpha"); r.err() != "invalid_grant" {
		t.Errorf("second tokens: %s", r.body)
	}
	info, _ := http.NewRequest("GET", w.realm("userinfo"), nil)
	info.Header.Set("Authorization", "Bearer "+r.str("access_token"))
	if u := w.do(c, info); u.str("family_name") != "MARTIN-LEROUX" {
		t.Errorf("userinfo: %s", u.body)
	}

	a = w.post(c, w.realm("ext/ciba/auth"), "logiciel-alpha", asking("binding_message=07", "channel=CARD"))
	if r := w.answerECPS(phone, martin, "07", "refuser"); !strings.Contains(r.body, "Connexion refusée") {
		t.Error("refuse")
	}
	if r := poll("logiciel-alpha"); r.err() != "access_denied" || r.status != 400 {
		t.Errorf("refused: %s", r.body)
	}
	a = w.post(c, w.realm("ext/ciba/auth"), "proxy-structure", asking())
	if a.status != 401 {
		t.Errorf("mTLS client without certificate: %d", a.status)
	}
	a = w.post(w.client("cabinet"), w.realm("ext/ciba/auth"), "proxy-structure", asking("requested_expiry=30"))
	if a.status != 200 || a.json["expires_in"] != 30.0 {
		t.Fatalf("mTLS client: %s", a.body)
	}
	w.advance(31 * time.Second)
	if r := w.post(w.client("cabinet"), w.realm("token"), "proxy-structure", url.Values{"grant_type": {cibaGrant}, "auth_req_id": {a.str("auth_req_id")}}); r.err() != "expired_token" {
		t.Errorf("expired: %s", r.body)
	}
	if page := w.get(phone, w.webURL()+w.door.ECPSPath(martin)); !strings.Contains(page.body, "Aucune demande") {
		t.Error("an expired request still waits")
	}
}

func TestWrongCIBARequests(t *testing.T) {
	w := newWorld(t)
	c := w.client("")
	for change, want := range map[string]string{
		"-scope": "invalid_scope", "scope=scope_all": "invalid_scope", "scope=openid x": "invalid_scope", "acr_values=eidas7": "invalid_request",
		"login_hint=899999999999": "unknown_user_id", "-login_hint": "unknown_user_id", "login_hint_token=x": "invalid_request", "id_token_hint=x": "invalid_request",
		"binding_message=4": "invalid_binding_message", "binding_message=ab": "invalid_binding_message", "binding_message=042": "invalid_binding_message", "-binding_message": "invalid_binding_message",
		"channel=PIGEON": "invalid_request", "requested_expiry=0": "invalid_request", "requested_expiry=x": "invalid_request", "request=x": "invalid_request", "user_code=1": "invalid_request",
	} {
		if a := w.post(c, w.realm("ext/ciba/auth"), "logiciel-alpha", asking(change)); a.status != 400 || a.err() != want {
			t.Errorf("%s: %d %s", change, a.status, a.body)
		}
	}
	if a := w.post(c, w.realm("ext/ciba/auth"), "logiciel-public", asking()); a.err() != "unauthorized_client" {
		t.Errorf("client without CIBA: %s", a.body)
	}
	for range 50 {
		if a := w.post(c, w.realm("ext/ciba/auth"), "logiciel-alpha", asking()); a.status != 200 {
			t.Fatal(a.body)
		}
	}
	if a := w.post(c, w.realm("ext/ciba/auth"), "logiciel-alpha", asking()); a.status != 429 {
		t.Errorf("the fifty-first request: %d", a.status)
	}
}

// TestECPSPageIsItsHolders: nobody else's, no form without its token.
func TestECPSPageIsItsHolders(t *testing.T) {
	w := newWorld(t)
	path := w.webURL() + w.door.ECPSPath(martin)
	if strings.Contains(path, martin) {
		t.Error("the address names the professional")
	}
	if a := w.get(w.client(""), path); a.status != 401 {
		t.Errorf("signed out: %d", a.status)
	}
	other, none := w.get(w.signedIn(durand), path), w.get(w.signedIn(durand), w.webURL()+"/ecps/rien")
	if other.status != 404 || none.status != 404 {
		t.Errorf("another's page %d, no page %d", other.status, none.status)
	}
	c := w.client("")
	ask := w.post(c, w.realm("ext/ciba/auth"), "logiciel-alpha", asking())
	mine, elsewhere := w.signedIn(martin), w.signedIn(martin)
	f := fields(w.get(mine, path).body, `data-message="42"`)
	f.Set("reponse", "approuver")
	w.get(elsewhere, path)
	set := func(k, v string) url.Values { g := clone(f); g.Set(k, v); return g }
	if a := w.postForm(elsewhere, path, f); a.status != 403 {
		t.Errorf("another session's token: %d", a.status)
	}
	for _, bad := range []url.Values{set("jeton", ""), set("jeton", "x"+f.Get("jeton")), set("jeton", strings.Repeat("a", 55))} {
		if a := w.postForm(mine, path, bad); a.status != 403 {
			t.Errorf("token %q: %d", bad.Get("jeton"), a.status)
		}
	}
	r, _ := http.NewRequest("POST", path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://mechant.example")
	if a := w.do(mine, r); a.status != 403 {
		t.Errorf("another origin: %d", a.status)
	}
	if a := w.postForm(mine, path, set("reponse", "peut-être")); a.status != 400 {
		t.Errorf("neither yes nor no: %d", a.status)
	}
	// Signing in again makes another session: forms of the former one are worth nothing.
	w.get(mine, w.webURL()+"/connexion/"+martin)
	if a := w.postForm(mine, path, f); a.status != 403 {
		t.Errorf("the former session's token: %d", a.status)
	}
	if len(w.p.Asks(martin)) != 1 {
		t.Fatal("a refused form changed something")
	}
	if r := w.answerECPS(mine, martin, "42", "approuver"); r.status != 200 {
		t.Fatal(r.status)
	}
	if r := w.post(c, w.realm("token"), "logiciel-alpha", url.Values{"grant_type": {cibaGrant}, "auth_req_id": {ask.str("auth_req_id")}}); r.status != 200 {
		t.Errorf("%s", r.body)
	}
	f.Set("jeton", fieldsToken(w, mine, path))
	if a := w.postForm(mine, path, f); !strings.Contains(a.body, "n&#39;attendait plus") && !strings.Contains(a.body, "n'attendait plus") {
		t.Errorf("answering twice: %d", a.status)
	}
}

// fieldsToken asks anew, to have a page with a form.
func fieldsToken(w *world, c *http.Client, path string) string {
	w.post(w.client(""), w.realm("ext/ciba/auth"), "logiciel-beta", asking("binding_message=99"))
	return fields(w.get(c, path).body, `data-message="99"`).Get("jeton")
}

// TestSignInAtThePage: e-CPS, card, persona, giving up, and every way to mix them up.
func TestSignInAtThePage(t *testing.T) {
	w := newWorld(t)
	browser, phone := w.client(""), w.signedIn(martin)
	page, q := w.authorize(browser, request("logiciel-alpha"))
	if page.status != 200 || q != nil || !strings.Contains(page.body, "Logiciel Alpha") || !strings.Contains(page.body, "/connexion/"+martin+"?suite=%2Fauth%2Fsuite%2F") {
		t.Fatalf("sign-in page: %d %v", page.status, q)
	}
	action := between(page.body, `action="`, `"`)
	f := fields(page.body, "<form")
	f.Set("identifiant", martin[1:]) // the RPPS number alone
	// Another browser holds neither the request nor its form.
	if a := w.postForm(w.client(""), w.webURL()+action, f); a.status != 410 {
		t.Errorf("another browser: %d", a.status)
	}
	bad := clone(f)
	bad.Set("jeton", "x")
	if a := w.postForm(browser, w.webURL()+action, bad); a.status != 403 {
		t.Errorf("no form token: %d", a.status)
	}
	waiting := w.postForm(browser, w.webURL()+action, f)
	digits := between(waiting.body, `<p class="psc-digits">`, "<")
	if waiting.status != 200 || len(digits) != 2 {
		t.Fatalf("waiting page: %d", waiting.status)
	}
	where := w.webURL() + strings.Replace(action, "/demande/", "/attente/", 1)
	if a := w.get(browser, where+"?etat"); a.status != 204 {
		t.Errorf("state while waiting: %d", a.status)
	}
	w.answerECPS(phone, martin, digits, "approuver")
	if a := w.get(w.client(""), where); a.status != 410 {
		t.Errorf("another browser takes the approval: %d", a.status)
	}
	q = travelled(w.get(browser, where))
	if q.Get("code") == "" || q.Get("state") != "etat-1" || q.Get("iss") != w.p.Issuer() {
		t.Fatalf("after approval: %v", q)
	}
	if a := w.get(browser, where); a.status != 410 {
		t.Errorf("the request is answered twice: %d", a.status)
	}
	// The session at the provider now answers alone; prompt=login asks again.
	if _, q := w.authorize(browser, request("logiciel-beta", "prompt=none")); q.Get("code") == "" {
		t.Errorf("no single sign-on: %v", q)
	}
	if a, q := w.authorize(browser, request("logiciel-beta", "prompt=login")); a.status != 200 || q != nil {
		t.Errorf("prompt=login: %v", q)
	}
	if a, q := w.authorize(browser, request("logiciel-beta", "max_age=0")); a.status != 200 || q != nil {
		t.Errorf("max_age=0: %v", q)
	}
	w.advance(time.Minute)
	if _, q := w.authorize(browser, request("logiciel-beta", "max_age=120")); q.Get("code") == "" {
		t.Errorf("max_age=120 after a minute: %v", q)
	}
	if _, q := w.authorize(browser, request("logiciel-beta", "max_age=30", "prompt=none")); q.Get("error") != "login_required" {
		t.Errorf("max_age=30 after a minute: %v", q)
	}

	// A persona of the demonstration, from the page.
	browser = w.client("")
	page, _ = w.authorize(browser, request("logiciel-alpha", "prompt=login"))
	if q := travelled(w.get(browser, w.webURL()+between(page.body, `<li><a href="`, `"`))); q.Get("code") == "" {
		t.Errorf("persona: %v", q)
	}

	// Giving up.
	browser = w.client("")
	page, _ = w.authorize(browser, request("logiciel-alpha"))
	f = fields(page.body, "<form")
	f.Set("action", "annuler")
	if q := travelled(w.postForm(browser, w.webURL()+between(page.body, `action="`, `"`), f)); q.Get("error") != "access_denied" || q.Get("state") != "etat-1" {
		t.Errorf("giving up: %v", q)
	}

	// The card, on the other host.
	browser = w.client("carte")
	page, _ = w.authorize(browser, request("logiciel-alpha"))
	card := between(page.body, `quiet" href="`, `"`)
	if !strings.HasPrefix(card, w.p.Base+"/auth/carte/") {
		t.Fatalf("card link %q", card)
	}
	if a := w.get(w.client(""), card); a.status != 401 || !strings.Contains(a.body, "PSC-CARTE") {
		t.Errorf("no certificate: %d", a.status)
	}
	if a := w.get(w.client("hopital"), card); a.status != 401 {
		t.Errorf("a structure's certificate: %d", a.status)
	}
	if a := w.get(w.client("carte"), card); a.status != 410 {
		t.Errorf("the card read in another browser: %d", a.status)
	}
	if a := w.get(browser, strings.Replace(card, w.p.Base+"/auth/carte/", w.webURL()+"/auth/suite/", 1)+"?ticket=faux"); a.status != 410 {
		t.Errorf("an invented ticket: %d", a.status)
	}
	q = travelled(w.get(browser, card))
	if q.Get("code") == "" {
		t.Fatalf("card: %v", q)
	}
	a := w.post(w.client(""), w.realm("token"), "logiciel-alpha", url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {back}, "code_verifier": {verifier}})
	if amr, _ := claimsOf(t, a.str("id_token"))["amr"].([]any); len(amr) == 0 || amr[0] != "sc" {
		t.Errorf("amr of a card: %v", amr)
	}

	// form_post, as a page that a browser without script can send.
	page, _ = w.authorize(phone, request("logiciel-alpha", "response_mode=form_post"))
	if !strings.Contains(page.body, `action="`+back+`"`) || !strings.Contains(page.body, `name="code"`) || !strings.Contains(page.header.Get("Content-Security-Policy"), "form-action 'self' http://127.0.0.1:4711") {
		t.Errorf("form_post: %s", page.body)
	}
}

// TestThePageDoesNotTellWhoExists and slows down who tries.
func TestThePageDoesNotTellWhoExists(t *testing.T) {
	w := newWorld(t)
	browser := w.client("")
	page, _ := w.authorize(browser, request("logiciel-alpha"))
	action, f := w.webURL()+between(page.body, `action="`, `"`), fields(page.body, "<form")
	f.Set("identifiant", "899999999999")
	if a := w.postForm(browser, action, f); a.status != 200 || len(between(a.body, `<p class="psc-digits">`, "<")) != 2 {
		t.Errorf("somebody unknown is told apart: %d", a.status)
	}
	var last answer
	for range 11 {
		last = w.postForm(browser, action, f)
	}
	if last.status != 429 || last.header.Get("Retry-After") == "" {
		t.Errorf("eleven sign-ins in a minute: %d", last.status)
	}
	f.Set("identifiant", "")
	if a := w.postForm(browser, action, f); a.status != 400 || !strings.Contains(a.body, `role="alert"`) {
		t.Errorf("no identifier: %d", a.status)
	}
	if n := len(w.p.Asks("899999999999")); n != 0 {
		t.Errorf("%d requests wait for nobody", n)
	}
}

func between(s, before, after string) string {
	_, s, ok := strings.Cut(s, before)
	if !ok {
		return ""
	}
	s, _, _ = strings.Cut(s, after)
	return strings.ReplaceAll(s, "&amp;", "&")
}
