package psc_test

import (
	"net/url"
	"testing"

	"github.com/socle-sante/socle/internal/domain/psc"
)

// BenchmarkTokenEndpoint measures what the token endpoint costs without TLS: a code exchanged with
// PKCE, then a refresh (two RSA signatures each).
func BenchmarkTokenEndpoint(b *testing.B) {
	w := newWorld(b)
	alpha := w.clients["logiciel-alpha"]
	login, err := w.p.SignIn(martin, psc.AMRCard, false)
	if err != nil {
		b.Fatal(err)
	}
	req, err := w.p.ParseAuthorization(request(alpha.ID))
	if err != nil {
		b.Fatal(err)
	}
	auth := func() *psc.Client {
		cl, err := w.p.Authenticate(psc.Credentials{Form: url.Values{"client_id": {alpha.ID}, "client_secret": {alpha.Secret}}, Address: "192.0.2.1"})
		if err != nil {
			b.Fatal(err)
		}
		return cl
	}
	b.Run("code", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				code := w.p.Granted(req, login).Get("code")
				if _, err := w.p.Token(auth(), url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "code_verifier": {verifier}}, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
	})
	b.Run("refresh", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			t, err := w.p.Token(auth(), url.Values{"grant_type": {"authorization_code"}, "code": {w.p.Granted(req, login).Get("code")}, "redirect_uri": {back}, "code_verifier": {verifier}}, nil)
			for pb.Next() {
				if err != nil {
					b.Fatal(err)
				}
				t, err = w.p.Token(auth(), url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.RefreshToken}}, nil)
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
	})
	b.Run("https", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			c := w.client("")
			for pb.Next() {
				code := w.p.Granted(req, login).Get("code")
				if a := w.post(c, w.realm("token"), alpha.ID, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "code_verifier": {verifier}}); a.status != 200 {
					b.Fatal(a.body)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
	})
}
