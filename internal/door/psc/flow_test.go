package psc_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/socle-sante/socle/format/oidc"
)

// TestGoOIDCClient lets a client nobody here wrote sign a professional in.
func TestGoOIDCClient(t *testing.T) {
	w := newWorld(t)
	ctx := gooidc.ClientContext(context.Background(), w.client(""))
	provider, err := gooidc.NewProvider(ctx, w.p.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	cl := w.clients["logiciel-alpha"]
	conf := oauth2.Config{ClientID: cl.ID, ClientSecret: cl.Secret, Endpoint: provider.Endpoint(), RedirectURL: back, Scopes: []string{"openid", "scope_all"}}
	pkce := oauth2.GenerateVerifier()
	address := conf.AuthCodeURL("etat", oauth2.S256ChallengeOption(pkce), gooidc.Nonce("n-1"), oauth2.SetAuthURLParam("acr_values", "eidas1"))
	q := travelled(w.get(w.signedIn(martin), address))
	if q.Get("state") != "etat" || q.Get("iss") != w.p.Issuer() {
		t.Fatalf("answer: %v", q)
	}
	tok, err := conf.Exchange(ctx, q.Get("code"), oauth2.VerifierOption(pkce))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := tok.Extra("id_token").(string)
	id, err := provider.Verifier(&gooidc.Config{ClientID: cl.ID}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := id.VerifyAccessToken(tok.AccessToken); err != nil {
		t.Fatal(err)
	}
	var claims oidc.IDToken
	if err := id.Claims(&claims); err != nil || id.Nonce != "n-1" || claims.ACR != "eidas1" || claims.Username != martin || claims.NameID != martin || !strings.HasSuffix(id.Subject, ":"+martin) {
		t.Fatalf("%v %+v", err, claims)
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tok))
	if err != nil || info.Subject != id.Subject {
		t.Fatalf("userinfo: %v", err)
	}
	// go-oidc reads signed UserInfo too, when the client is registered so.
	signed := w.tokens("logiciel-signe")
	info, err = provider.UserInfo(ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: signed.str("access_token"), TokenType: "Bearer"}))
	if err != nil || !strings.HasSuffix(info.Subject, martin) {
		t.Fatalf("signed userinfo: %v", err)
	}
	fresh, err := conf.TokenSource(ctx, &oauth2.Token{RefreshToken: tok.RefreshToken}).Token()
	if err != nil || fresh.RefreshToken == tok.RefreshToken {
		t.Fatalf("refresh: %v", err)
	}
}

// TestOwnRelyingParty reads the tokens with format/oidc: the two implementations agree.
func TestOwnRelyingParty(t *testing.T) {
	w := newWorld(t)
	c := w.client("")
	meta, err := oidc.ParseMetadata([]byte(w.get(c, w.p.Issuer()+oidc.WalletPath).body), w.p.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	if std := w.get(c, w.p.Issuer()+oidc.StandardPath); std.body != w.get(c, w.p.Issuer()+oidc.WalletPath).body {
		t.Error("the two discovery paths differ")
	}
	keys, err := oidc.ParseKeys([]byte(w.get(c, meta.JWKS).body))
	if err != nil || len(keys) != 2 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	a := w.tokens("logiciel-alpha")
	want := oidc.Expect{Issuer: w.p.Issuer(), ClientID: "logiciel-alpha", Nonce: "nonce-1", Alg: oidc.RS256, ACR: []string{"eidas1"}, Keys: keys, AccessToken: a.str("access_token"), Now: w.now()}
	if _, err := want.IDToken(a.str("id_token")); err != nil {
		t.Fatal(err)
	}
	a = w.tokens("logiciel-hs256")
	want.ClientID, want.Alg, want.Secret, want.AccessToken = "logiciel-hs256", oidc.HS256, []byte(w.clients["logiciel-hs256"].Secret), a.str("access_token")
	if _, err := want.IDToken(a.str("id_token")); err != nil {
		t.Fatal("HS256: ", err)
	}
}

// TestUserInfoIsWordForWord compares with the shape of Pro Santé Connect.
func TestUserInfoIsWordForWord(t *testing.T) {
	w := newWorld(t)
	r, _ := http.NewRequest("GET", w.realm("userinfo"), nil)
	r.Header.Set("Authorization", "Bearer "+w.tokens("logiciel-alpha").str("access_token"))
	a := w.do(w.client(""), r)
	want := `{"sub":"` + w.p.Subject(martin) + `","SubjectNameID":"810100000017","preferred_username":"810100000017","given_name":"Claire","family_name":"MARTIN-LEROUX","email_verified":false,` +
		`"UITVersion":"1.0","Palier_Authentification":"APPPRIP3^1.2.250.1.213.1.5.1.1.1","Mode_Acces_Raison":"","Acces_Regulation_Medicale":"FAUX","PSI_Locale":"1.2.250.1.213.1.3.1.1",` +
		`"Secteur_Activite":"SA07^1.2.250.1.71.4.2.4","SubjectOrganization":"Cabinet des Lilas","SubjectOrganizationID":"F0B0152872","SubjectRole":["10^1.2.250.1.213.1.1.5.5"],` +
		`"otherIds":[{"identifiant":"810100000017","origine":"RPPS","qualite":1}],"SubjectRefPro":{"codeCivilite":"MME","exercices":[{"codeProfession":"10","codeCategorieProfessionnelle":"C",` +
		`"codeCiviliteDexercice":"DR","nomDexercice":"MARTIN-LEROUX","prenomDexercice":"Claire","codeTypeSavoirFaire":"S","codeSavoirFaire":"SM26","activities":[` +
		`{"codeModeExercice":"L","codeSecteurDactivite":"SA07","codeSectionPharmacien":"","codeRole":"FON-AU","codeGenreActivite":"GENR01","numeroSiretSite":"","numeroSirenSite":"","numeroFinessSite":"0B0152872",` +
		`"numeroFinessetablissementJuridique":"","identifiantTechniqueDeLaStructure":"F0B0152872","raisonSocialeSite":"Cabinet des Lilas","enseigneCommercialeSite":"","complementDestinataire":"","complementPointGeographique":"",` +
		`"numeroVoie":"12","indiceRepetitionVoie":"","codeTypeDeVoie":"","libelleVoie":"rue des Lilas","mentionDistribution":"","bureauCedex":"AURORE","codePostal":"99100","codeCommune":"","codePays":"",` +
		`"telephone":"0199000001","telephone2":"","telecopie":"","adresseEMail":"","codeDepartement":"99","ancienIdentifiantDeLaStructure":"10B0152872","autoriteDenregistrement":""},`
	if !strings.HasPrefix(a.body, want) {
		t.Fatalf("userinfo is\n%s\nwant\n%s…", a.body, want)
	}
	if strings.Contains(a.body, "null") {
		t.Error("a value is null")
	}
	r.Header.Set("Accept", "application/jwt")
	if a := w.do(w.client(""), r); a.header.Get("Content-Type") != "application/jwt" || strings.Count(a.body, ".") != 2 {
		t.Errorf("Accept: application/jwt gives %s", a.header.Get("Content-Type"))
	}
	r.Header.Set("Authorization", "Bearer "+w.tokens("logiciel-alpha", "scope=openid").str("access_token"))
	r.Header.Del("Accept")
	if a := w.do(w.client(""), r); strings.Contains(a.body, "SubjectRefPro") || a.str("SubjectNameID") != martin {
		t.Errorf("without scope_all: %s", a.body)
	}
}

func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	var c map[string]any
	if err != nil || json.Unmarshal(b, &c) != nil {
		t.Fatal(err)
	}
	return c
}

// TestIntrospectionHasTheClaimsOfTheSample and follows the session.
func TestIntrospection(t *testing.T) {
	w := newWorld(t)
	c := w.client("")
	a := w.tokens("logiciel-alpha")
	ask := func(client, token string) answer {
		return w.post(c, w.realm("token/introspect"), client, url.Values{"token": {token}})
	}
	got := ask("logiciel-beta", a.str("access_token"))
	for _, k := range []string{"exp", "iat", "auth_time", "jti", "iss", "sub", "typ", "azp", "nonce", "session_state", "preferred_username", "email_verified", "acr", "scope", "client_id", "username", "active", "SubjectNameID"} {
		if _, ok := got.json[k]; !ok {
			t.Errorf("no %s in %s", k, got.body)
		}
	}
	if got.json["active"] != true || got.str("typ") != "Bearer" || got.str("scope") != "openid profile email scope_all" || got.str("client_id") != "logiciel-alpha" {
		t.Errorf("%s", got.body)
	}
	for name, token := range map[string]string{"an id token": a.str("id_token"), "noise": "x.y.z", "nothing": "", "another's refresh token": a.str("refresh_token")} {
		if b := ask("logiciel-beta", token).body; strings.TrimSpace(b) != `{"active":false}` {
			t.Errorf("%s: %s", name, b)
		}
	}
	if ask("logiciel-alpha", a.str("refresh_token")).json["active"] != true {
		t.Error("own refresh token is not active")
	}
	if a := ask("logiciel-public", a.str("access_token")); a.status != 401 {
		t.Errorf("a public client introspects: %d", a.status)
	}
	out := w.get(c, w.realm("logout")+"?"+url.Values{"id_token_hint": {a.str("id_token")}, "post_logout_redirect_uri": {back}, "state": {"fin"}}.Encode())
	if q := travelled(out); out.status != 303 || q.Get("state") != "fin" {
		t.Errorf("logout: %d %s", out.status, out.header.Get("Location"))
	}
	if ask("logiciel-beta", a.str("access_token")).json["active"] != false {
		t.Error("the token outlives its session")
	}
	if r := w.post(c, w.realm("token"), "logiciel-alpha", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.str("refresh_token")}}); r.err() != "invalid_grant" {
		t.Errorf("refresh after logout: %s", r.body)
	}
}

func TestRevocation(t *testing.T) {
	w := newWorld(t)
	c := w.client("")
	a := w.tokens("logiciel-alpha")
	active := func() bool {
		return w.post(c, w.realm("token/introspect"), "logiciel-alpha", url.Values{"token": {a.str("access_token")}}).json["active"] == true
	}
	if r := w.post(c, w.realm("revoke"), "logiciel-beta", url.Values{"token": {a.str("access_token")}}); r.status != 200 || !active() {
		t.Error("another client's revocation took effect, or was an error")
	}
	if r := w.post(c, w.realm("revoke"), "logiciel-alpha", url.Values{"token": {a.str("access_token")}}); r.status != 200 || active() {
		t.Error("the access token was not revoked")
	}
	a = w.tokens("logiciel-alpha")
	if r := w.post(c, w.realm("revoke"), "logiciel-alpha", url.Values{"token": {a.str("refresh_token")}, "token_type_hint": {"refresh_token"}}); r.status != 200 || active() {
		t.Error("revoking the refresh token left the family alive")
	}
}
