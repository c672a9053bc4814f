package psc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/igc"
)

func exchanging(token string) url.Values {
	return url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {token},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "subject_issuer": {"psc"}}
}

// TestExchangeBindsToTheCertificate: the pattern of Pro Santé Connected APIs, with real certificates.
func TestExchangeBindsToTheCertificate(t *testing.T) {
	w := newWorld(t)
	where := w.p.Base + "/api-psc/token"
	token := w.tokens("logiciel-alpha").str("access_token")
	a := w.postForm(w.client("cabinet"), where, exchanging(token))
	if a.status != 200 || a.str("issued_token_type") != "urn:ietf:params:oauth:token-type:access_token" || a.str("token_type") != "Bearer" || a.json["expires_in"] != 14400.0 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	api := func(cert, token string) answer {
		r, _ := http.NewRequest("GET", w.p.Base+"/api/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		return w.do(w.client(cert), r)
	}
	bound := a.str("access_token")
	if r := api("cabinet", bound); r.status != 200 {
		t.Fatalf("own certificate: %d %s", r.status, r.body)
	}
	c := claimsOf(t, bound)
	if c["idNat"] != martin || c["structure"] != cabinet || c["cnf"].(map[string]any)["x5t#S256"] == "" || c["aud"] == nil {
		t.Errorf("claims: %v", c)
	}
	for name, x := range map[string][3]string{
		"no certificate":      {"", bound, "PSC-API-CERTIFICAT"},
		"another certificate": {"hopital", bound, "PSC-API-CERTIFICAT"},
		"the card":            {"carte", bound, "PSC-API-CERTIFICAT"},
		"the token before":    {"cabinet", token, "PSC-API-JETON"},
		"altered":             {"cabinet", bound[:len(bound)-4] + "AAAA", "PSC-API-JETON"},
		"nothing":             {"cabinet", "", "PSC-API-JETON"},
	} {
		if r := api(x[0], x[1]); r.status != 401 || !strings.Contains(r.body, x[2]) {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	// A renewed certificate of the same structure is another certificate.
	w.issue("cabinet-2", igc.Request{Offer: igc.Organisation, StructureID: cabinet, Organization: "cabinet", CommonName: "cabinet"})
	if r := api("cabinet-2", bound); r.status != 401 {
		t.Errorf("another certificate of the structure: %d", r.status)
	}
	r, _ := http.NewRequest("GET", w.realm("userinfo"), nil)
	r.Header.Set("Authorization", "Bearer "+bound)
	if u := w.do(w.client("cabinet"), r); u.status != 401 {
		t.Error("an API token opens UserInfo")
	}
	second := w.postForm(w.client("cabinet"), where, exchanging(w.tokens("logiciel-alpha").str("access_token"))).str("access_token")
	w.revoked.Revoke(w.creds["cabinet"].Certificate.SerialNumber, w.now(), 1)
	if r := api("cabinet", second); r.status != 401 || !strings.Contains(r.body, "revoked") {
		t.Errorf("revoked certificate: %d %s", r.status, r.body)
	}
}

func TestRefusedExchanges(t *testing.T) {
	w := newWorld(t)
	where := w.p.Base + "/api-psc/token"
	good := func() string { return w.tokens("logiciel-alpha").str("access_token") }
	with := func(f url.Values, k, v string) url.Values { f.Set(k, v); return f }
	now := time.Now()
	w.issue("perime", igc.Request{Offer: igc.Organisation, StructureID: cabinet, Organization: "cabinet", CommonName: "cabinet", NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(-24 * time.Hour)})
	w.issue("cpe", igc.Request{Offer: igc.Professionnel, IDNat: "3326310012700017/S1", Surname: "PETIT", Given: "Anne", Card: igc.CPE})
	a := w.tokens("logiciel-alpha")
	nurse := func() string { // works at the hospital only
		_, q := w.authorize(w.signedIn(durand), request("logiciel-alpha"))
		return w.post(w.client(""), w.realm("token"), "logiciel-alpha", url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {back}, "code_verifier": {verifier}}).str("access_token")
	}
	for name, x := range map[string]struct {
		cert string
		f    url.Values
		id   string
	}{
		"no certificate":                {"", exchanging(good()), "PSC-CERTIFICAT"},
		"a card":                        {"carte", exchanging(good()), "PSC-CERTIFICAT"},
		"a CPE card":                    {"cpe", exchanging(good()), "PSC-CERTIFICAT"},
		"a SERV certificate":            {"server", exchanging(good()), "PSC-CERTIFICAT"},
		"does not work there":           {"cabinet", exchanging(nurse()), "PSC-ECHANGE-STRUCTURE"},
		"an id token":                   {"cabinet", exchanging(a.str("id_token")), "PSC-ECHANGE-JETON"},
		"forged":                        {"cabinet", exchanging(a.str("access_token")[:100]), "PSC-ECHANGE-JETON"},
		"another grant":                 {"cabinet", with(exchanging(good()), "grant_type", "authorization_code"), "PSC-GRANT-TYPE"},
		"another kind of token":         {"cabinet", with(exchanging(good()), "subject_token_type", "urn:ietf:params:oauth:token-type:saml2"), "PSC-DEMANDE"},
		"another issuer":                {"cabinet", with(exchanging(good()), "subject_issuer", "autre"), "PSC-DEMANDE"},
		"an actor":                      {"cabinet", with(exchanging(good()), "actor_token", "x"), "PSC-DEMANDE"},
		"a SAML token wanted":           {"cabinet", with(exchanging(good()), "requested_token_type", "urn:ietf:params:oauth:token-type:saml2"), "PSC-DEMANDE"},
		"an API that is not here":       {"cabinet", with(exchanging(good()), "audience", "https://ailleurs.example"), "PSC-ECHANGE-CIBLE"},
		"an unknown client":             {"cabinet", with(exchanging(good()), "client_id", "inconnu"), "PSC-CLIENT"},
		"a client of another structure": {"hopital", with(exchanging(good()), "client_id", "proxy-structure"), "PSC-CLIENT"},
	} {
		if a := w.postForm(w.client(x.cert), where, x.f); a.id() != x.id || a.status < 400 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := w.postForm(w.client("hopital"), where, exchanging(nurse())); a.status != 200 {
		t.Errorf("where they work: %s", a.body)
	}
	// A certificate out of date does not pass TLS.
	if _, err := w.client("perime").PostForm(where, exchanging(good())); err == nil {
		t.Error("an expired certificate passes TLS")
	}
	token := good()
	w.post(w.client(""), w.realm("revoke"), "logiciel-alpha", url.Values{"token": {token}})
	if a := w.postForm(w.client("cabinet"), where, exchanging(token)); a.id() != "PSC-ECHANGE-JETON" {
		t.Errorf("revoked: %s", a.body)
	}
	token = good()
	w.advance(6 * time.Minute)
	if a := w.postForm(w.client("cabinet"), where, exchanging(token)); a.id() != "PSC-ECHANGE-JETON" {
		t.Errorf("expired: %s", a.body)
	}
	// Ending the Pro Santé Connect session ends the API token at once; so does its own expiry.
	b := w.tokens("logiciel-alpha")
	bound := w.postForm(w.client("cabinet"), where, exchanging(b.str("access_token"))).str("access_token")
	cert := w.creds["cabinet"].Certificate
	if _, err := w.p.VerifyAPI(bound, cert, w.p.Audiences[0], w.now()); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"", "https://localhost/annuaire"} {
		if _, err := w.p.VerifyAPI(bound, cert, other, w.now()); err == nil {
			t.Errorf("a token for the record opens %q", other)
		}
	}
	if _, err := w.p.VerifyAPI(bound, cert, w.p.Audiences[0], w.now().Add(4*time.Hour+time.Second)); err == nil {
		t.Error("an API token outlives four hours")
	}
	w.get(w.client(""), w.realm("logout")+"?id_token_hint="+b.str("id_token"))
	if _, err := w.p.VerifyAPI(bound, cert, w.p.Audiences[0], w.now()); err == nil {
		t.Error("an API token outlives its session")
	}
	if a := w.get(w.client("cabinet"), where); a.status != 405 {
		t.Errorf("GET: %d", a.status)
	}
}

// TestBoundTokensOfAClient: the tokens of a client registered so need its certificate.
func TestBoundTokensOfAClient(t *testing.T) {
	w := newWorld(t)
	ask := w.post(w.client("cabinet"), w.realm("ext/ciba/auth"), "lie", asking())
	w.answerECPS(w.signedIn(martin), martin, "42", "approuver")
	a := w.post(w.client("cabinet"), w.realm("token"), "lie", url.Values{"grant_type": {cibaGrant}, "auth_req_id": {ask.str("auth_req_id")}})
	if a.status != 200 || claimsOf(t, a.str("access_token"))["cnf"] == nil {
		t.Fatalf("%s", a.body)
	}
	r, _ := http.NewRequest("GET", w.realm("userinfo"), nil)
	r.Header.Set("Authorization", "Bearer "+a.str("access_token"))
	if u := w.do(w.client("cabinet"), r); u.status != 200 {
		t.Errorf("own certificate: %s", u.body)
	}
	if u := w.do(w.client(""), r); u.status != 401 {
		t.Errorf("no certificate: %d", u.status)
	}
}
