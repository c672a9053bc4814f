package xmldsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

const nsSAML = "urn:oasis:names:tc:SAML:2.0:assertion"

const assertion = `<s:Assertion xmlns:s="` + nsSAML + `" ID="_a1" Version="2.0">
 <s:Issuer>CN=x</s:Issuer>
 <s:Subject><s:NameID>899700367909</s:NameID></s:Subject><!-- note -->
 <s:Value a="é &amp; &quot;" b='2'>1 &lt; 2 &#8364;</s:Value>
</s:Assertion>`

func certified(t testing.TB, key crypto.Signer) Signer {
	t.Helper()
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return Signer{Key: key, Certificates: [][]byte{der}, Rand: rand.Reader}
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func ecKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signed(t testing.TB, s Signer) string {
	t.Helper()
	b, err := SignEnveloped(nil, []byte(assertion), s, "Issuer")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func verify(src string, o Options) error {
	d, err := xmltree.Parse([]byte(src))
	if err != nil {
		return err
	}
	n := d.Root()
	if !n.Is(nsSAML, "Assertion") {
		for a := range n.Descendants(nsSAML, "Assertion") {
			n = a
			break
		}
	}
	_, err = VerifyEnveloped(n, o)
	return err
}

func TestSignedElementVerifies(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"RSA": rsaKey(), "P-256": ecKey(t, elliptic.P256()), "P-384": ecKey(t, elliptic.P384()), "P-521": ecKey(t, elliptic.P521())} {
		s := signed(t, certified(t, key))
		if err := verify(s, Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// the same element inside an envelope with other declarations
		if err := verify(`<e:E xmlns:e="urn:e" xmlns:ds="urn:other" xmlns="urn:d" xml:lang="fr">`+s+`</e:E>`, Options{}); err != nil {
			t.Errorf("%s inside an envelope: %v", name, err)
		}
	}
}

func TestAlteringAnyByteIsNoticed(t *testing.T) {
	s := signed(t, certified(t, ecKey(t, elliptic.P256())))
	from, to := strings.Index(s, "<ds:KeyInfo>"), strings.Index(s, "</ds:KeyInfo>")
	comment := strings.Index(s, "<!--")
	b := []byte(s)
	for i := range b {
		if i >= from && i < to || i >= comment+4 && i < comment+len("<!-- note ") {
			continue // the certificate is judged by its chain; comments are not signed
		}
		for _, x := range []byte{1, 2, 0x20} {
			b[i] ^= x
			if err := verify(string(b), Options{}); err == nil {
				t.Errorf("byte %d (%q) changed unnoticed: …%s…", i, s[i], b[max(0, i-20):min(len(b), i+20)])
			}
			b[i] ^= x
		}
	}
}

func TestWrappingAndOddShapesAreRefused(t *testing.T) {
	s := signed(t, certified(t, ecKey(t, elliptic.P256())))
	sub := func(old, new string) string {
		if !strings.Contains(s, old) {
			t.Fatalf("%q absent", old)
		}
		return strings.Replace(s, old, new, 1)
	}
	sig := s[strings.Index(s, "<ds:Signature "):strings.Index(s, "</ds:Signature>")] + "</ds:Signature>"
	evil := `<s:Assertion xmlns:s="` + nsSAML + `" ID="_evil"><s:Issuer>CN=x</s:Issuer>`
	other := certified(t, ecKey(t, elliptic.P256()))
	otherSigned := signed(t, other)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip("1024-bit keys cannot be made here")
	}
	smallSigned := signed(t, certified(t, small))
	cert := func(x string) string {
		return x[strings.Index(x, "<ds:X509Certificate>"):strings.Index(x, "</ds:X509Certificate>")]
	}
	for _, c := range []struct {
		name string
		src  string
		want *finding.Refusal
	}{
		{"unsigned", assertion, ErrAbsent},
		{"signature twice", sub("</s:Subject>", sig+"</s:Subject>"), ErrMany},
		{"wrapped: evil outside, signed one inside", evil + s + "</s:Assertion>", ErrReference},
		{"wrapped: signature moved to the evil one", evil + sig + strings.Replace(s, sig, "", 1) + "</s:Assertion>", ErrReference},
		{"signed one elsewhere with the same ID", `<e:E xmlns:e="urn:e">` + s + `<e:x Id="_a1"/></e:E>`, ErrDuplicateID},
		{"same ID written with a reference", `<e:E xmlns:e="urn:e">` + s + `<e:x id="&#95;a1"/></e:E>`, ErrDuplicateID},
		{"object inside the signature", sub("</ds:Signature>", "<ds:Object/></ds:Signature>"), ErrForm},
		{"two references", sub("</ds:SignedInfo>", "<ds:Reference/></ds:SignedInfo>"), ErrForm},
		{"no key info", sub(s[strings.Index(s, "<ds:KeyInfo>"):strings.Index(s, "</ds:KeyInfo>")+13], ""), ErrKeyInfo},
		{"junk certificate", sub(cert(s), "<ds:X509Certificate>AAAA"), ErrKeyInfo},
		{"empty reference", sub(`URI="#_a1"`, `URI=""`), ErrReference},
		{"xslt transform", sub(`Transform Algorithm="`+ExcC14N, `Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116`), ErrAlgorithm},
		{"hmac", sub(ECDSASHA256, NS+"hmac-sha1"), ErrAlgorithm},
		{"rsa-sha1", sub(ECDSASHA256, RSASHA1), ErrAlgorithm},
		{"sha1 digest", sub(SHA256, SHA1), ErrAlgorithm},
		{"md5 digest", sub(SHA256, nsMore+"md5"), ErrAlgorithm},
		{"altered", sub("899700367909", "899700367908"), ErrDigest},
		{"certificate of another", strings.Replace(s, cert(s), cert(otherSigned), 1), ErrValue},
		{"method for another kind of key", sub(ECDSASHA256, RSASHA256), ErrKey},
		{"small key", smallSigned, ErrKey},
	} {
		if err := verify(c.src, Options{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want.ID)
		}
	}
}

// Debian's xmlsec1 is the foreign peer: it verifies what we sign, we verify what it signs.
func TestXmlsec1Agrees(t *testing.T) {
	tool, err := exec.LookPath("xmlsec1")
	if err != nil {
		t.Skip("xmlsec1 absent (Debian package xmlsec1): foreign check left out")
	}
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		f := filepath.Join(dir, name)
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return f
	}
	idAttr := []string{"--id-attr:ID", nsSAML + ":Assertion"}
	for name, key := range map[string]crypto.Signer{"rsa": rsaKey(), "ec": ecKey(t, elliptic.P256())} {
		s := certified(t, key)
		ca := write(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificates[0]}))
		ours := write(name+"-ours.xml", []byte(signed(t, s)))
		args := append([]string{"--verify"}, idAttr...)
		if out, err := exec.Command(tool, append(args, "--trusted-pem", ca, ours)...).CombinedOutput(); err != nil {
			t.Errorf("%s: xmlsec1 refuses our signature: %v\n%s", name, err, out)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		keyFile := write(name+"-key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		alg := RSASHA256
		if name == "ec" {
			alg = ECDSASHA256
		}
		tpl := strings.Replace(assertion, "</s:Issuer>", `</s:Issuer>
<ds:Signature xmlns:ds="`+NS+`"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="`+ExcC14N+`"/><ds:SignatureMethod Algorithm="`+alg+`"/>
<ds:Reference URI="#_a1"><ds:Transforms><ds:Transform Algorithm="`+Enveloped+`"/><ds:Transform Algorithm="`+ExcC14N+`"><ec:InclusiveNamespaces xmlns:ec="`+ExcC14N+`" PrefixList="s xs"/></ds:Transform></ds:Transforms>
<ds:DigestMethod Algorithm="`+SHA256+`"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data/></ds:KeyInfo></ds:Signature>`, 1)
		in := write(name+"-tpl.xml", []byte(tpl))
		out := filepath.Join(dir, name+"-theirs.xml")
		args = append([]string{"--sign", "--privkey-pem", keyFile + "," + ca, "--output", out}, idAttr...)
		if msg, err := exec.Command(tool, append(args, in)...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, msg)
		}
		theirs, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		theirs = bytes.TrimPrefix(theirs, []byte(`<?xml version="1.0"?>`))
		if err := verify(string(theirs), Options{}); err != nil {
			t.Errorf("%s: we refuse xmlsec1's signature: %v\n%s", name, err, theirs)
		}
	}
}

func TestEveryRefusalIsExplained(t *testing.T) {
	for _, r := range Refusals() {
		if r.Message.FR == "" || r.Message.EN == "" || r.Fix.FR == "" || r.Fix.EN == "" {
			t.Error(r.ID)
		}
	}
}

func FuzzVerify(f *testing.F) {
	s := signed(f, certified(f, ecKey(f, elliptic.P256())))
	f.Add(s)
	f.Add(assertion)
	f.Fuzz(func(t *testing.T, src string) {
		err := verify(src, Options{AllowSHA1: true})
		var x *xmltree.Error
		if err != nil && finding.As(err) == nil && !errors.As(err, &x) {
			t.Fatalf("%T %v", err, err)
		}
	})
}
