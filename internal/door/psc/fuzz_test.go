package psc_test

import (
	"net/url"
	"testing"

	"github.com/socle-sante/socle/internal/domain/psc"
)

// FuzzRequests feeds the readers of everything that comes from outside: none may panic, and no
// code may come out of it.
func FuzzRequests(f *testing.F) {
	w := newWorld(f)
	for _, s := range []string{request("logiciel-alpha").Encode(), asking().Encode(), exchanging("a.b.c").Encode(), "grant_type=authorization_code&code=x", "id_token_hint=a.b.c&state=%00", "redirect_uri=http://[::1]:9/%2e"} {
		f.Add(s, "Basic bG9naWNpZWw6eA==", "a.b.c")
	}
	cl, err := w.p.Authenticate(psc.Credentials{Form: url.Values{"client_id": {"logiciel-alpha"}, "client_secret": {w.clients["logiciel-alpha"].Secret}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query, authorization, token string) {
		q, _ := url.ParseQuery(query)
		if a, err := w.p.ParseAuthorization(q); err == nil {
			if u, e := url.Parse(a.RedirectURI); e != nil || u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" && u.Hostname() != "::1" && u.Hostname() != "strict.example" {
				t.Errorf("answers would go to %q", a.RedirectURI)
			}
		}
		_, _ = w.p.Authenticate(psc.Credentials{Authorization: authorization, Form: q, Address: token})
		_, _ = w.p.ParseLogout(q)
		if _, err := w.p.Token(cl, q, nil); err == nil {
			t.Error("tokens out of nothing")
		}
		if _, err := w.p.ExchangeToken(q, w.creds["cabinet"].Certificate, token); err == nil {
			t.Error("an API token out of nothing")
		}
		if w.p.Introspect(cl, token).Active {
			t.Error("an active token out of nothing")
		}
		w.p.Revoke(cl, token)
		if _, err := w.p.VerifyAPI(token, w.creds["cabinet"].Certificate, w.p.Audiences[0], w.now()); err == nil {
			t.Error("an API call out of nothing")
		}
	})
}
