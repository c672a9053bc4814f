package psc_test

import (
	"context"
	"testing"

	"github.com/socle-sante/socle/internal/door/federation"
)

// TestOurPagesAsRelyingParty signs a professional in by the provider, as our own pages would.
func TestOurPagesAsRelyingParty(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	for _, id := range []string{"logiciel-alpha", "logiciel-signe"} {
		cl := w.clients[id]
		rp := &federation.RelyingParty{Issuer: w.p.Issuer(), ClientID: cl.ID, ClientSecret: cl.Secret, RedirectURI: back, PostLogout: back, Scope: "openid scope_all", ACR: "eidas1",
			UserInfoAlg: cl.UserInfoAlg, HTTP: w.client(""), Now: w.now}
		to, s, err := rp.Begin(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		who, err := rp.Finish(ctx, travelled(w.get(w.signedIn(martin), to)), s)
		if err != nil {
			t.Fatal(err)
		}
		if u, err := who.Professional(); err != nil || u.NameID != martin || len(u.RefPro.Exercices) != 1 {
			t.Errorf("%s: %+v %v", id, u, err)
		}
		out, err := rp.LogoutURL(ctx, who.IDToken, "fin")
		if err != nil {
			t.Fatal(err)
		}
		if q := travelled(w.get(w.client(""), out)); q.Get("state") != "fin" {
			t.Errorf("%s: logout comes back with %v", id, q)
		}
	}
}
