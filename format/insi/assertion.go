package insi

import (
	"crypto"
	"crypto/x509"
	"io"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/soap"
	"github.com/socle-sante/socle/format/xmldsig"
	"github.com/socle-sante/socle/format/xmltree"
)

const nsSAML = "urn:oasis:names:tc:SAML:2.0:assertion"

// Issuers of the two assertions INSi reads.
const (
	contextCard   = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"
	contextVitale = "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard"
)

// VitaleCN is the common name of a certificate that may sign carte Vitale assertions in a sandbox.
const VitaleCN = "VITALE-TEST"

// assertionSkew is how far clocks may be apart, and assertionLife how long an assertion serves.
const (
	assertionSkew = 5 * time.Minute
	assertionLife = 15 * time.Minute
)

// AssertionWindow is how long after a first use an assertion could be accepted again: whoever wants
// each to serve once remembers it for as long.
const AssertionWindow = assertionLife + 2*assertionSkew

// Assertion is a SAML 2.0 assertion made by a card: a CPx (the operator) or a carte Vitale (the
// person, named by their matricule).
// spec: INS §6 (professional card; Vitale)
type Assertion struct {
	ID      string
	Subject string // idNat of the card, or matricule
	Vitale  bool
	Issued  time.Time
	Signer  *x509.Certificate // set by a reader
}

// SignAssertion makes an assertion; it goes inside wsse:Security.
func SignAssertion(a Assertion, key crypto.Signer, random io.Reader, cert *x509.Certificate, chain ...*x509.Certificate) ([]byte, error) {
	stamp := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
	class := contextCard
	if a.Vitale {
		class = contextVitale
	}
	b := []byte(`<saml2:Assertion xmlns:saml2="` + nsSAML + `" ID="`)
	b = xmltree.AppendAttr(b, a.ID)
	b = append(b, `" IssueInstant="`+stamp(a.Issued)+`" Version="2.0"><saml2:Issuer Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName">`...)
	b = xmltree.AppendText(b, cert.Subject.String())
	b = append(b, `</saml2:Issuer><saml2:Subject><saml2:NameID>`...)
	b = xmltree.AppendText(b, a.Subject)
	b = append(b, `</saml2:NameID></saml2:Subject><saml2:Conditions NotBefore="`+stamp(a.Issued)+`" NotOnOrAfter="`+stamp(a.Issued.Add(assertionLife))+
		`"/><saml2:AuthnStatement AuthnInstant="`+stamp(a.Issued)+`"><saml2:AuthnContext><saml2:AuthnContextClassRef>`+class+
		`</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement></saml2:Assertion>`...)
	der := [][]byte{cert.Raw}
	for _, c := range chain {
		der = append(der, c.Raw)
	}
	return xmldsig.SignEnveloped(nil, b, xmldsig.Signer{Key: key, Certificates: der, Rand: random}, "Issuer")
}

// Security wraps assertions in a wsse:Security header.
func Security(assertions ...[]byte) []byte {
	b := []byte(`<wsse:Security xmlns:wsse="` + soap.NSWSSE + `">`)
	for _, a := range assertions {
		b = append(b, a...)
	}
	return append(b, `</wsse:Security>`...)
}

// ReadAssertions reads and verifies the assertions of a wsse:Security header: signature, chain to
// one of the roots, dates. Revocation and replay are for the caller.
func ReadAssertions(security xmltree.Node, roots *x509.CertPool, issuers []*x509.Certificate, now time.Time) ([]Assertion, error) {
	var out []Assertion
	for n := range security.Children(nsSAML, "Assertion") {
		if len(out) == 2 {
			return nil, ErrAssertion.At(clip(n.XPath()))
		}
		a, err := readAssertion(n, roots, issuers, now)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

func readAssertion(n xmltree.Node, roots *x509.CertPool, issuers []*x509.Certificate, now time.Time) (Assertion, error) {
	v, err := xmldsig.VerifyEnveloped(n, xmldsig.Options{})
	if err != nil {
		return Assertion{}, ErrAssertion.At("ds:Signature").With(err)
	}
	pool := x509.NewCertPool()
	for _, c := range append(issuers[:len(issuers):len(issuers)], v.Others...) {
		pool.AddCert(c)
	}
	if _, err := v.Signer.Verify(x509.VerifyOptions{Roots: roots, Intermediates: pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return Assertion{}, ErrAssertion.At("ds:X509Certificate").With(err)
	}
	// An assertion made for the DMP is no key to INSi.
	for x := range n.Path(nsSAML, "AttributeStatement").Children(nsSAML, "Attribute") {
		if x.Attr("Name") == "VIHF_Version" {
			return Assertion{}, ErrAssertion.At("VIHF_Version")
		}
	}
	a := Assertion{ID: n.Attr("ID"), Signer: v.Signer, Subject: n.Path(nsSAML, "Subject", "NameID").Trim()}
	a.Vitale = n.Path(nsSAML, "AuthnStatement", "AuthnContext", "AuthnContextClassRef").Trim() == contextVitale || v.Signer.Subject.CommonName == VitaleCN
	if a.Issued, err = time.Parse(time.RFC3339, n.Attr("IssueInstant")); err != nil || a.Issued.After(now.Add(assertionSkew)) || a.Issued.Before(now.Add(-assertionLife-assertionSkew)) {
		return Assertion{}, ErrAssertion.At("IssueInstant")
	}
	if end := n.Child(nsSAML, "Conditions").Attr("NotOnOrAfter"); end != "" {
		if t, err := time.Parse(time.RFC3339, end); err != nil || !t.After(now.Add(-assertionSkew)) {
			return Assertion{}, ErrAssertion.At("NotOnOrAfter")
		}
	}
	switch {
	case a.Vitale && v.Signer.Subject.CommonName != VitaleCN:
		return Assertion{}, ErrVitale.At(clip(v.Signer.Subject.CommonName))
	case a.ID == "":
		return Assertion{}, ErrAssertion.At("ID")
	case !a.Vitale && a.Subject != v.Signer.Subject.CommonName:
		return Assertion{}, ErrAssertion.At("NameID " + clip(strings.TrimSpace(a.Subject)))
	}
	return a, nil
}
