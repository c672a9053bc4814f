package igc

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pkcs12 "software.sslmate.com/src/go-pkcs12"
)

func TestP12IsReadByOpenSSL(t *testing.T) {
	now := time.Now()
	a, err := NewAuthority(rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, card := range Cards() {
		c, err := a.Issue(rand.Reader, now, Request{Offer: Professionnel, Card: card, IDNat: "899700218896", Surname: "ESSAI", Given: "ANNE", ECDSA: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := CardOf(c.Certificate); got != card {
			t.Errorf("a %s reads as %q", card, got)
		}
		b, err := c.P12("mot de passe")
		if err != nil {
			t.Fatal(err)
		}
		key, leaf, chain, err := pkcs12.DecodeChain(b, "mot de passe")
		if err != nil || key == nil || !leaf.Equal(c.Certificate) || len(chain) != 1 {
			t.Fatalf("%v %v %d", err, leaf, len(chain))
		}
		tool, err := exec.LookPath("openssl")
		if err != nil {
			t.Log("openssl is not installed: not read by it")
			continue
		}
		file := filepath.Join(t.TempDir(), "carte.p12")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(tool, "pkcs12", "-in", file, "-passin", "pass:mot de passe", "-nodes").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "PRIVATE KEY") || strings.Count(string(out), "BEGIN CERTIFICATE") != 2 {
			t.Errorf("openssl: %v\n%s", err, out)
		}
	}
}

func TestRenewalKeepsTheKey(t *testing.T) {
	now := time.Now()
	a, err := NewAuthority(rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	r := Request{Offer: Organisation, StructureID: "10B0152872", CommonName: "INSI-AUTO", ECDSA: true}
	old, err := a.Issue(rand.Reader, now, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Key = old.Key
	renewed, err := a.Issue(rand.Reader, now, r)
	if err != nil {
		t.Fatal(err)
	}
	if renewed.Key != old.Key || renewed.Certificate.SerialNumber.Cmp(old.Certificate.SerialNumber) == 0 {
		t.Error("a renewal is another certificate of the same key")
	}
}
