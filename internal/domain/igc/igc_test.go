package igc

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/socle-sante/socle/format/vihf"
	"github.com/socle-sante/socle/format/xmltree"
)

// The certificates are checked with the time handed in; TLS and openssl use the machine's clock.
var now = time.Now().UTC().Truncate(time.Second)

func authority(t testing.TB) *Authority {
	t.Helper()
	a, err := NewAuthority(rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	a.Base = "http://127.0.0.1:8080/igc"
	return a
}

func issue(t testing.TB, a *Authority, r Request) Credential {
	t.Helper()
	c, err := a.Issue(rand.Reader, now, r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var (
	card      = Request{Offer: Professionnel, IDNat: "899700218896", Surname: "SPECIALISTE0021889", Given: "ROBERT", Title: "Médecin", ECDSA: true}
	structure = Request{Offer: Organisation, StructureID: "10B0152872", Organization: "HÔPITAL DE TEST", Department: "Paris (75)", CommonName: "LOGICIEL", ECDSA: true}
	server    = Request{Offer: Serveur, StructureID: "10B0152872", Organization: "SOCLE TEST", ECDSA: true}
)

func TestSubjectsAndUsagesFollowIGCSante(t *testing.T) {
	a := authority(t)
	for _, c := range []struct {
		r    Request
		dn   string
		eku  x509.ExtKeyUsage
		none x509.ExtKeyUsage
	}{
		{card, "CN=899700218896,GN=ROBERT,SN=SPECIALISTE0021889,T=Médecin,OU=Carte CPS de test,C=FR", x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		{structure, "CN=LOGICIEL,OU=10B0152872,O=HÔPITAL DE TEST,ST=Paris (75),C=FR", x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		{server, "CN=localhost,OU=10B0152872,O=SOCLE TEST,C=FR", x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageEmailProtection},
	} {
		got := issue(t, a, c.r)
		if dn := vihf.SubjectName(got.Certificate); dn != c.dn {
			t.Errorf("%s, want %s", dn, c.dn)
		}
		pool := x509.NewCertPool()
		for _, i := range got.Chain {
			pool.AddCert(i)
		}
		o := x509.VerifyOptions{Roots: a.Roots(), Intermediates: pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{c.eku}}
		if _, err := got.Certificate.Verify(o); err != nil {
			t.Error(err)
		}
		o.KeyUsages = []x509.ExtKeyUsage{c.none}
		if _, err := got.Certificate.Verify(o); err == nil {
			t.Errorf("%s may be used for what it is not", c.dn)
		}
		if len(got.Certificate.CRLDistributionPoints) != 1 || len(got.Certificate.OCSPServer) != 1 {
			t.Error("no address for revocation")
		}
	}
	for _, bad := range []Request{{Offer: Professionnel}, {Offer: Organisation, CommonName: "x"}, {Offer: 7}} {
		if _, err := a.Issue(rand.Reader, now, bad); err == nil {
			t.Errorf("%+v issued", bad)
		}
	}
}

func TestRSAIsTheDefault(t *testing.T) {
	r := structure
	r.ECDSA = false
	k, ok := issue(t, authority(t), r).Certificate.PublicKey.(*rsa.PublicKey)
	if !ok || k.N.BitLen() != RSABits {
		t.Fatal("not RSA")
	}
}

func TestAuthorityAndCredentialsSurvivePEM(t *testing.T) {
	a := authority(t)
	b, err := a.PEM()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(b)
	if err != nil {
		t.Fatal(err)
	}
	c := issue(t, again, card)
	pool := x509.NewCertPool()
	pool.AddCert(a.Issuer(Professionnel))
	if _, err := c.Certificate.Verify(x509.VerifyOptions{Roots: a.Roots(), Intermediates: pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		t.Fatal(err)
	}
	key, err := c.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.X509KeyPair(c.CertificatePEM(), key); err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{nil, a.TrustPEM(), []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")} {
		if _, err := Load(bad); err == nil {
			t.Error("loaded without its keys")
		}
	}
	other, err := authority(t).PEM()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load(a.TrustPEM(), other[len(other)/2:]); err == nil {
		t.Error("loaded with keys of another")
	}
}

func TestMutualTLSWorks(t *testing.T) {
	a := authority(t)
	srv, cli := issue(t, a, server), issue(t, a, structure)
	left, right := net.Pipe()
	defer left.Close()
	done := make(chan error, 1)
	go func() {
		s := tls.Server(left, &tls.Config{Certificates: []tls.Certificate{srv.TLS()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.Roots()})
		err := s.Handshake()
		if err == nil && s.ConnectionState().PeerCertificates[0].Subject.OrganizationalUnit[0] != structure.StructureID {
			err = errors.New("structure not found in the certificate")
		}
		if err == nil {
			_, err = s.Write([]byte("x"))
		}
		done <- err
	}()
	c := tls.Client(right, &tls.Config{RootCAs: a.Roots(), ServerName: "127.0.0.1", Certificates: []tls.Certificate{cli.TLS()}})
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestVirtualCardSignsAVIHF(t *testing.T) {
	a := authority(t)
	rsaCard := card
	rsaCard.ECDSA = false
	for _, r := range []Request{card, rsaCard} {
		c := issue(t, a, r)
		b, err := vihf.Sign(vihf.Assertion{ID: "_1", IssueInstant: now, NameID: r.IDNat, AuthnContext: "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
			Version: vihf.Version, Mode: vihf.Directe, StructureID: "10B0152872", Sector: "SA01^" + vihf.SystemSector,
			Roles:        []vihf.Role{{Code: "60", System: vihf.SystemProfession}},
			RessourceURN: "urn:dmp", PurposeOfUse: vihf.Coded{Code: vihf.Normal, System: vihf.SystemPurpose},
			LPSID: "1", LPSName: "Socle", LPSVersion: "1", LPSHomologation: "1"}, c.Key, rand.Reader, c.Certificate, c.Chain...)
		if err != nil {
			t.Fatal(err)
		}
		d, err := xmltree.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := vihf.Verify(d.Root(), vihf.Options{Trust: vihf.NewTrust(a.Roots(), 0), Now: now}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRevocationIsToldByListAndByAnswer(t *testing.T) {
	a := authority(t)
	good, bad := issue(t, a, card), issue(t, a, card)
	var list Revocations
	list.Revoke(bad.Certificate.SerialNumber, now, ocsp.KeyCompromise)
	list.Revoke(bad.Certificate.SerialNumber, now.Add(time.Hour), ocsp.Superseded)
	if list.Revoked(good.Certificate.SerialNumber) || !list.Revoked(bad.Certificate.SerialNumber) || len(list.All()) != 1 {
		t.Fatal("list in memory")
	}
	der, err := a.CRL(rand.Reader, Professionnel, now, 1, &list)
	if err != nil {
		t.Fatal(err)
	}
	crl, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := crl.CheckSignatureFrom(a.Issuer(Professionnel)); err != nil {
		t.Fatal(err)
	}
	if e := crl.RevokedCertificateEntries; len(e) != 1 || e[0].SerialNumber.Cmp(bad.Certificate.SerialNumber) != 0 || e[0].ReasonCode != ocsp.KeyCompromise {
		t.Fatalf("%+v", e)
	}
	for _, h := range []crypto.Hash{crypto.SHA1, crypto.SHA256} {
		for c, want := range map[*x509.Certificate]int{good.Certificate: ocsp.Good, bad.Certificate: ocsp.Revoked} {
			req, err := ocsp.CreateRequest(c, a.Issuer(Professionnel), &ocsp.RequestOptions{Hash: h})
			if err != nil {
				t.Fatal(err)
			}
			r, err := ocsp.ParseResponseForCert(a.OCSP(req, now, &list, nil), c, a.Issuer(Professionnel))
			if err != nil || r.Status != want {
				t.Fatalf("%v %+v", err, r)
			}
		}
	}
	stranger := authority(t)
	req, err := ocsp.CreateRequest(issue(t, stranger, card).Certificate, stranger.Issuer(Professionnel), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ocsp.ParseResponse(a.OCSP(req, now, &list, nil), nil); !errors.Is(err, ocsp.ResponseError{Status: ocsp.Unauthorized}) {
		t.Fatal(err)
	}
	if _, err := ocsp.ParseResponse(a.OCSP([]byte("junk"), now, nil, nil), nil); !errors.Is(err, ocsp.ResponseError{Status: ocsp.Malformed}) {
		t.Fatal(err)
	}
}

func TestOpensslAgrees(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl absent: foreign check left out")
	}
	a := authority(t)
	good, bad := issue(t, a, structure), issue(t, a, structure)
	var list Revocations
	list.Revoke(bad.Certificate.SerialNumber, now, ocsp.CessationOfOperation)
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		f := filepath.Join(dir, name)
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return f
	}
	der, err := a.CRL(rand.Reader, Organisation, now, 1, &list)
	if err != nil {
		t.Fatal(err)
	}
	crl := write("crl.pem", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
	ca := write("ca.pem", a.TrustPEM())
	for name, c := range map[string]Credential{"good": good, "bad": bad} {
		f := write(name+".pem", c.CertificatePEM())
		out, err := exec.Command(tool, "verify", "-CAfile", ca, "-crl_check", "-CRLfile", crl, "-purpose", "sslclient", f).CombinedOutput()
		if (err == nil) != (name == "good") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func FuzzOCSP(f *testing.F) {
	a := authority(f)
	c := issue(f, a, card)
	req, err := ocsp.CreateRequest(c.Certificate, a.Issuer(Professionnel), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(req)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(a.OCSP(b, now, nil, nil)) == 0 {
			t.Fatal("no answer")
		}
	})
}
