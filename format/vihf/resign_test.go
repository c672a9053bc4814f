package vihf

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"testing"

	"github.com/socle-sante/socle/format/xmldsig"
)

// resign signs an assertion that Append would never write.
func resign(t testing.TB, assertion string, k crypto.Signer, certs ...*x509.Certificate) []byte {
	t.Helper()
	s := xmldsig.Signer{Key: k, Rand: rand.Reader}
	for _, c := range certs {
		s.Certificates = append(s.Certificates, c.Raw)
	}
	b, err := xmldsig.SignEnveloped(nil, []byte(assertion), s, "Issuer")
	if err != nil {
		t.Fatal(err)
	}
	return Security(b)
}
