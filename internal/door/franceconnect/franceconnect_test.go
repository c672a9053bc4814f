package franceconnect_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/franceconnect"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// TestACitizenEntersTheirSpace goes the whole way through our own pages: from the sign-in page to
// FranceConnect's, and back into the space of the right person.
func TestACitizenEntersTheirSpace(t *testing.T) {
	w := newWorld(t)
	for _, x := range []struct{ name, at, shows string }{
		{"Dominique DARC", "/mon-espace", "DARC"},
		{"Youssef EL IDRISSI", "/mon-espace", "IDRISSI"},
	} {
		for range 2 { // found by the traits, then by the link
			v := w.visitor()
			page := v.get(w.web.URL + "/connexion/franceconnect?suite=/mon-espace")
			if page.status != http.StatusOK || page.at.Path != "/franceconnect/api/v2/authorize" || !strings.Contains(page.body, "fictif") {
				t.Fatalf("%d at %s", page.status, page.at)
			}
			a := v.choose(page, x.name)
			if a.status != http.StatusOK || a.at.Path != x.at || !strings.Contains(a.body, x.shows) {
				t.Errorf("%s lands at %s: %d", x.name, a.at, a.status)
			}
		}
	}
	for _, name := range []string{"Paul INCONNU", "Camille JUMEAU"} { // nobody with these traits; two people with them
		v := w.visitor()
		a := v.choose(v.get(w.web.URL+"/connexion/franceconnect"), name)
		if a.status != http.StatusForbidden || !strings.Contains(a.body, "ne correspond à aucune personne") {
			t.Errorf("%s: %d at %s", name, a.status, a.at)
		}
		if a := v.get(w.web.URL + "/mon-espace"); a.at.Path == "/mon-espace" && a.status == http.StatusOK {
			t.Errorf("%s is signed in", name)
		}
	}
	v := w.visitor()
	if a := v.choose(v.get(w.web.URL+"/connexion/franceconnect"), ""); a.status != http.StatusForbidden || a.at.Path != "/connexion/franceconnect/retour" {
		t.Errorf("after giving up: %d at %s", a.status, a.at)
	}
}

// TestAnswersMixedUp: the state of another browser, a nonce of another request.
func TestAnswersMixedUp(t *testing.T) {
	w := newWorld(t)
	v := w.visitor()
	page := v.get(w.web.URL + "/connexion/franceconnect")
	v.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	to := v.choose(page, "Dominique DARC").location
	if other := w.visitor().get(to.String()); other.status != http.StatusBadRequest {
		t.Errorf("the answer of another browser: %d", other.status)
	}
	q := to.Query()
	q.Set("state", "autre")
	if a := v.get(w.web.URL + to.Path + "?" + q.Encode()); a.status != http.StatusBadRequest {
		t.Errorf("another state: %d", a.status)
	}
	// The form in a browser that did not make the request.
	if a := w.visitor().choose(w.visitor().get(w.request()), "Dominique DARC"); a.status != http.StatusBadRequest || a.location != nil {
		t.Errorf("the form of another browser: %d", a.status)
	}
	// A nonce of another request: the relying party refuses the token.
	ctx := context.Background()
	address, s, err := w.rp.Begin(ctx, "")
	must(t, err)
	b := w.visitor()
	page = b.get(address)
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer := b.choose(page, "Dominique DARC").location.Query()
	s.Nonce = "autre"
	if _, err := w.rp.Finish(ctx, answer, s); !errors.Is(err, oidc.ErrClaims) {
		t.Errorf("another nonce: %v", err)
	}
}

// TestGoOIDCClient lets a client nobody here wrote read a citizen's identity, signed ES256.
func TestGoOIDCClient(t *testing.T) {
	w := newWorld(t)
	ctx := gooidc.ClientContext(context.Background(), w.secure.Client())
	provider, err := gooidc.NewProvider(ctx, w.p.Issuer())
	must(t, err)
	conf := oauth2.Config{ClientID: "service", ClientSecret: secret + "2", Endpoint: provider.Endpoint(), RedirectURL: back, Scopes: []string{"openid", "identite_pivot", "preferred_username"}}
	pkce := oauth2.GenerateVerifier()
	v := w.visitor()
	a := v.choose(v.get(conf.AuthCodeURL("etat", oauth2.S256ChallengeOption(pkce), gooidc.Nonce("n-1"), oauth2.SetAuthURLParam("acr_values", "eidas2"))), "Dominique DARC")
	q := a.location.Query()
	if q.Get("state") != "etat" || q.Get("iss") != w.p.Issuer() || q.Get("de") != "fc" {
		t.Fatalf("answer %v", q)
	}
	tok, err := conf.Exchange(ctx, q.Get("code"), oauth2.VerifierOption(pkce))
	must(t, err)
	raw, _ := tok.Extra("id_token").(string)
	id, err := provider.Verifier(&gooidc.Config{ClientID: "service", SupportedSigningAlgs: []string{"ES256"}}).Verify(ctx, raw)
	must(t, err)
	must(t, id.VerifyAccessToken(tok.AccessToken))
	var c struct{ ACR string }
	if err := id.Claims(&c); err != nil || id.Nonce != "n-1" || c.ACR != "eidas3" { // higher than asked: accepted
		t.Fatalf("%v %+v %+v", err, id, c)
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tok))
	must(t, err)
	var got map[string]any
	must(t, info.Claims(&got))
	for k, want := range map[string]any{"given_name": "DOMINIQUE MARIE-LOUISE", "family_name": "PAT-TROIS", "birthdate": "1979-03-28", "gender": "female", "birthplace": "51215", "birthcountry": "99100", "preferred_username": "DARC"} {
		if got[k] != want {
			t.Errorf("%s = %v, want %v", k, got[k], want)
		}
	}
	if info.Subject != id.Subject || got["email"] != nil {
		t.Errorf("%+v", got)
	}
	// The same person is somebody else at another service.
	_, s, err := w.rp.Begin(ctx, "")
	must(t, err)
	b := w.visitor()
	page := b.get(w.request("client_id=mon-espace", "redirect_uri="+w.rp.RedirectURI, "state="+s.State, "nonce="+s.Nonce, "code_challenge="+oidc.Challenge(s.Verifier), "code_challenge_method=S256"))
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	who, err := w.rp.Finish(ctx, b.choose(page, "Dominique DARC").location.Query(), s)
	must(t, err)
	if who.Token.Subject == info.Subject {
		t.Error("sub is the same for two services")
	}
	// Logout by the hint comes back to the service; to nowhere else.
	end := func(change url.Values) answer {
		q := url.Values{"id_token_hint": {raw}, "post_logout_redirect_uri": {goodbye}, "state": {"fin"}}
		for k, x := range change {
			q[k] = x
		}
		c := *w.secure.Client()
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		v := &visitor{t, w, &c}
		return v.get(w.p.Issuer() + "/session/end?" + q.Encode())
	}
	if a := end(nil); a.location == nil || a.location.String() != goodbye+"?state=fin" {
		t.Errorf("logout: %d %v", a.status, a.location)
	}
	for _, bad := range []url.Values{{"post_logout_redirect_uri": {"https://ailleurs.example/"}}, {"id_token_hint": {raw + "A"}}, {"id_token_hint": {""}}} {
		if a := end(bad); a.status != http.StatusBadRequest || a.location != nil {
			t.Errorf("logout with %v: %d", bad, a.status)
		}
	}
}

// TestRequestsRefused: to the service when it is known, on a page otherwise.
func TestRequestsRefused(t *testing.T) {
	w := newWorld(t)
	v := w.visitor()
	for change, want := range map[string]string{
		"state": "invalid_request", "nonce": "invalid_request", "nonce=": "invalid_request", "scope=identite_pivot": "invalid_scope", "scope=openid rnipp_given_name": "invalid_scope",
		"acr_values=eidas4": "invalid_request", "response_type=token": "unsupported_response_type", "prompt=none": "login_required", "code_challenge=abc": "invalid_request",
		"code_challenge_method=plain": "invalid_request", "request=x": "invalid_request", "response_mode=fragment": "invalid_request",
	} {
		a := v.get(w.request(change))
		if a.location == nil || a.location.Host != "service.example" || a.location.Query().Get("error") != want || a.location.Query().Get("iss") != w.p.Issuer() {
			t.Errorf("%s: %d %v", change, a.status, a.location)
		}
	}
	for _, change := range []string{"client_id=autre", "client_id", "redirect_uri=https://ailleurs.example/", "redirect_uri=" + back + "2", "redirect_uri"} {
		if a := v.get(w.request(change)); a.status != http.StatusBadRequest || a.location != nil {
			t.Errorf("%s: %d %v", change, a.status, a.location)
		}
	}
	// Whose means of identification is too low is not offered, and not accepted.
	low := v.get(w.request())
	high := v.get(w.request("acr_values=eidas3"))
	if handleOf(high.body, "Paul INCONNU") != "" || handleOf(high.body, "Dominique DARC") == "" {
		t.Error("the page for eidas3 lists people of eidas1")
	}
	action, token := actionOf.FindStringSubmatch(high.body), tokenOf.FindStringSubmatch(high.body)
	form := url.Values{"jeton": {token[1]}, "identite": {handleOf(low.body, "Paul INCONNU")}}
	if a := v.read(v.PostForm(w.web.URL+action[1], form)); a.status != http.StatusBadRequest || a.location != nil {
		t.Errorf("a person of too low a level: %d", a.status)
	}
	form = url.Values{"jeton": {token[1] + "x"}, "identite": {handleOf(high.body, "Dominique DARC")}}
	if a := v.read(v.PostForm(w.web.URL+action[1], form)); a.status != http.StatusForbidden || a.location != nil {
		t.Errorf("an altered form: %d", a.status)
	}
	w.later(11 * time.Minute)
	if a := v.choose(high, "Dominique DARC"); a.status != http.StatusBadRequest || a.location != nil {
		t.Errorf("a late answer: %d", a.status)
	}
}

// TestCodesAreGoodOnce, by their service, with their address and verifier, for a minute.
func TestCodesAreGoodOnce(t *testing.T) {
	w := newWorld(t)
	verifier := strings.Repeat("v", 43)
	pkce := []string{"code_challenge=" + oidc.Challenge(verifier), "code_challenge_method=S256"}
	var tokens struct {
		Access string `json:"access_token"`
	}
	code := w.code("Dominique DARC")
	a := w.exchange("code=" + code)
	if err := json.Unmarshal([]byte(a.body), &tokens); err != nil || a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	userinfo := func(token string) int {
		r, _ := http.NewRequest(http.MethodGet, w.p.Issuer()+"/userinfo", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		v := &visitor{t, w, w.secure.Client()}
		return v.read(v.Do(r)).status
	}
	if s := userinfo(tokens.Access); s != http.StatusOK {
		t.Fatalf("userinfo: %d", s)
	}
	if a := w.exchange("code=" + code); a.status != http.StatusBadRequest || !strings.Contains(a.body, `"invalid_grant"`) {
		t.Errorf("a code used twice: %d %s", a.status, a.body)
	}
	if s := userinfo(tokens.Access); s != http.StatusUnauthorized {
		t.Errorf("what a code used twice gave is still good: %d", s)
	}
	for name, x := range map[string]struct {
		code   string
		change []string
		want   string
	}{
		"no code":           {"", nil, "invalid_grant"},
		"another address":   {w.code("Dominique DARC"), []string{"redirect_uri=https://ailleurs.example/"}, "invalid_grant"},
		"another service":   {w.code("Dominique DARC"), []string{"client_id=mon-espace", "client_secret=" + secret}, "invalid_grant"},
		"wrong secret":      {w.code("Dominique DARC"), []string{"client_secret=" + secret}, "invalid_client"},
		"no secret":         {w.code("Dominique DARC"), []string{"client_secret"}, "invalid_client"},
		"unknown service":   {w.code("Dominique DARC"), []string{"client_id=autre"}, "invalid_client"},
		"verifier missing":  {w.code("Dominique DARC", pkce...), nil, "invalid_grant"},
		"verifier wrong":    {w.code("Dominique DARC", pkce...), []string{"code_verifier=" + strings.Repeat("w", 43)}, "invalid_grant"},
		"verifier unasked":  {w.code("Dominique DARC"), []string{"code_verifier=" + verifier}, "invalid_grant"},
		"another grant":     {w.code("Dominique DARC"), []string{"grant_type=refresh_token"}, "unsupported_grant_type"},
		"too long a value":  {"c", []string{"state=" + strings.Repeat("x", 4000)}, "invalid_request"},
		"too long a form":   {"c", []string{"state=" + strings.Repeat("x", 64<<10)}, "invalid_request"},
		"good PKCE, at end": {w.code("Dominique DARC", pkce...), []string{"code_verifier=" + verifier}, ""},
	} {
		a := w.exchange(append(x.change, "code="+x.code)...)
		if got := a.status == http.StatusOK; got != (x.want == "") || x.want != "" && !strings.Contains(a.body, `"`+x.want+`"`) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	late := w.code("Dominique DARC")
	a = w.exchange("code=" + w.code("Dominique DARC"))
	must(t, json.Unmarshal([]byte(a.body), &tokens))
	w.later(2 * time.Minute)
	if a := w.exchange("code=" + late); a.status != http.StatusBadRequest {
		t.Errorf("a late code: %d", a.status)
	}
	if s := userinfo(tokens.Access); s != http.StatusUnauthorized {
		t.Errorf("a late access token: %d", s)
	}
	for range 25 {
		a = w.exchange("code=x", "client_secret=faux")
	}
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("after 25 wrong secrets: %d", a.status)
	}
}

// TestPivot: all the given names, no commune abroad, presumed dates; whoever lacks a trait has none.
func TestPivot(t *testing.T) {
	for _, x := range []struct{ date, place, wantDate, wantPlace, wantCountry string }{
		{"1979-03-28", "51215", "1979-03-28", "51215", "99100"},
		{"1979-03-00", "2A004", "1979-03-01", "2A004", "99100"},
		{"1966-00-00", "99350", "1966-01-01", "", "99350"},
		{"1966-13-42", "99100", "1966-01-01", "", "99100"},
	} {
		p, ok := franceconnect.PivotOf(ins.Traits{BirthName: "DUPONT", FirstGiven: "ANNE", Givens: "ANNE MARIE", Sex: "F", BirthDate: x.date, BirthPlace: x.place}, "")
		if !ok || p.BirthDate != x.wantDate || p.BirthPlace != x.wantPlace || p.BirthCountry != x.wantCountry || p.GivenName != "ANNE MARIE" || p.Gender != "female" {
			t.Errorf("%+v: %+v %v", x, p, ok)
		}
	}
	for _, bad := range []ins.Traits{{}, {BirthName: "A", Givens: "B", Sex: "I", BirthDate: "1979-03-28", BirthPlace: "51215"}, {BirthName: "A", Givens: "B", Sex: "M", BirthDate: "1979", BirthPlace: "51215"}} {
		if _, ok := franceconnect.PivotOf(bad, ""); ok {
			t.Errorf("%+v has a pivot", bad)
		}
	}
}

// FuzzAuthorization: no request panics, and none is sent back to an address that is not registered.
func FuzzAuthorization(f *testing.F) {
	w := newWorld(f)
	u, _ := url.Parse(w.request())
	f.Add(u.RawQuery)
	f.Add("client_id=service&redirect_uri=" + url.QueryEscape(back))
	f.Add("client_id=service&client_id=service&redirect_uri=//x")
	f.Fuzz(func(t *testing.T, raw string) {
		q, _ := url.ParseQuery(raw)
		a, err := w.p.ParseAuthorization(q)
		if a == nil && err == nil || a != nil && a.RedirectURI != back && a.RedirectURI != w.rp.RedirectURI {
			t.Fatalf("%+v %v", a, err)
		}
		if err == nil && (a.State == "" || a.Nonce == "" || a.Level == "") {
			t.Fatalf("%+v", a)
		}
	})
}
