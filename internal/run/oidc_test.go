package run

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// TestGoOIDC signs in at the demo with go-oidc and x/oauth2, as a Go program of the field would.
func TestGoOIDC(t *testing.T) {
	tr := startDemo(t, t.TempDir(), 12)
	e := tr.endpoints
	ca, err := os.ReadFile(e.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	const back = "http://127.0.0.1:1/retour"
	var answer *http.Request
	stop := errors.New("back at the client")
	h := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), back) {
			answer = r
			return stop
		}
		return nil
	}}
	ctx := oidc.ClientContext(context.Background(), h)
	provider, err := oidc.NewProvider(ctx, e.PSCIssuer)
	if err != nil {
		t.Fatal(err)
	}
	c, gp := e.PSCClients[0], e.Persona("medecin_generaliste")
	conf := oauth2.Config{ClientID: c.ID, ClientSecret: c.Secret, Endpoint: provider.Endpoint(), RedirectURL: back, Scopes: []string{oidc.ScopeOpenID, "scope_all"}}
	verifier := oauth2.GenerateVerifier()
	if a, err := h.Get(gp.Login); err != nil {
		t.Fatal(err)
	} else {
		a.Body.Close()
	}
	_, err = h.Get(conf.AuthCodeURL("etat", oidc.Nonce("unefois"), oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("acr_values", "eidas1")))
	if !errors.Is(err, stop) || answer.URL.Query().Get("state") != "etat" {
		t.Fatalf("the way back: %v %v", err, answer)
	}
	token, err := conf.Exchange(ctx, answer.URL.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: c.ID}).Verify(ctx, raw)
	if err != nil || id.Nonce != "unefois" {
		t.Fatalf("id token: %v %+v", err, id)
	}
	info, err := provider.UserInfo(ctx, conf.TokenSource(ctx, token))
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		NameID string   `json:"SubjectNameID"`
		Role   []string `json:"SubjectRole"`
	}
	if err := info.Claims(&claims); err != nil || info.Subject != id.Subject || claims.NameID != gp.IDNat || len(claims.Role) == 0 {
		t.Errorf("userinfo: %v %+v", err, claims)
	}
	if _, err := conf.Exchange(ctx, answer.URL.Query().Get("code"), oauth2.VerifierOption(verifier)); err == nil {
		t.Error("a code served twice")
	}
}
