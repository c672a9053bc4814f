package vihf

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

const issuerFormat = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"

// Append appends the assertion, unsigned.
// spec: DMP 2.2
func Append(dst []byte, a *Assertion) []byte {
	text := func(v string) { dst = xmltree.AppendText(dst, v) }
	attr := func(name, v string) {
		dst = append(append(append(dst, ' '), name...), `="`...)
		dst = append(xmltree.AppendAttr(dst, v), '"')
	}
	dst = append(dst, `<saml2:Assertion xmlns:saml2="`+NSSAML+`"`...)
	attr("ID", a.ID)
	attr("IssueInstant", stamp(a.IssueInstant))
	dst = append(dst, ` Version="2.0"><saml2:Issuer Format="`+issuerFormat+`">`...)
	text(a.Issuer)
	dst = append(dst, `</saml2:Issuer><saml2:Subject><saml2:NameID>`...)
	text(a.NameID)
	dst = append(dst, `</saml2:NameID></saml2:Subject>`...)
	if !a.NotBefore.IsZero() || !a.NotOnOrAfter.IsZero() || len(a.Audiences) > 0 {
		dst = append(dst, `<saml2:Conditions`...)
		if !a.NotBefore.IsZero() {
			attr("NotBefore", stamp(a.NotBefore))
		}
		if !a.NotOnOrAfter.IsZero() {
			attr("NotOnOrAfter", stamp(a.NotOnOrAfter))
		}
		dst = append(dst, '>')
		if len(a.Audiences) > 0 {
			dst = append(dst, `<saml2:AudienceRestriction>`...)
			for _, au := range a.Audiences {
				dst = append(dst, `<saml2:Audience>`...)
				text(au)
				dst = append(dst, `</saml2:Audience>`...)
			}
			dst = append(dst, `</saml2:AudienceRestriction>`...)
		}
		dst = append(dst, `</saml2:Conditions>`...)
	}
	at := a.AuthnInstant
	if at.IsZero() {
		at = a.IssueInstant
	}
	dst = append(dst, `<saml2:AuthnStatement`...)
	attr("AuthnInstant", stamp(at))
	dst = append(dst, `><saml2:AuthnContext><saml2:AuthnContextClassRef>`...)
	text(a.AuthnContext)
	dst = append(dst, `</saml2:AuthnContextClassRef>`...)
	if a.AuthnDecl != "" {
		dst = append(dst, `<saml2:AuthnContextDecl>`...)
		text(a.AuthnDecl)
		dst = append(dst, `</saml2:AuthnContextDecl>`...)
	}
	dst = append(dst, `</saml2:AuthnContext></saml2:AuthnStatement><saml2:AttributeStatement>`...)
	for i := range attributes {
		dst = appendAttribute(dst, a, &attributes[i])
	}
	return append(dst, `</saml2:AttributeStatement></saml2:Assertion>`...)
}

func appendAttribute(dst []byte, a *Assertion, at *attribute) []byte {
	open := `<saml2:Attribute Name="` + at.name + `">`
	const close = `</saml2:Attribute>`
	switch at.name {
	case attrRole:
		if len(a.Roles) == 0 {
			return dst
		}
		dst = append(dst, open...)
		for _, r := range a.Roles {
			dst = appendCoded(dst, "Role", r)
		}
		return append(dst, close...)
	case attrPurpose:
		if a.PurposeOfUse == (Coded{}) {
			return dst
		}
		return append(appendCoded(append(dst, open...), "PurposeOfUse", a.PurposeOfUse), close...)
	}
	v := *at.field(a)
	if v == "" {
		return dst
	}
	dst = append(append(dst, open...), `<saml2:AttributeValue>`...)
	return append(append(xmltree.AppendText(dst, v), `</saml2:AttributeValue>`...), close...)
}

func appendCoded(dst []byte, element string, c Coded) []byte {
	dst = append(append(append(dst, `<saml2:AttributeValue><`...), element...), ` xmlns="`+NSHL7+`" xmlns:xsi="`+xmltree.NSXSI+`" xsi:type="CE"`...)
	for _, p := range [4][2]string{{"code", c.Code}, {"codeSystem", c.System}, {"codeSystemName", c.SystemName}, {"displayName", c.Display}} {
		if p[1] == "" {
			continue
		}
		dst = append(append(append(dst, ' '), p[0]...), `="`...)
		dst = append(xmltree.AppendAttr(dst, p[1]), '"')
	}
	return append(dst, `/></saml2:AttributeValue>`...)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Sign writes an assertion and signs it: RSA or ECDSA with SHA-256. The issuer becomes the subject
// of the certificate. Intermediates may follow; they let a server build the chain.
func Sign(a Assertion, key crypto.Signer, rand io.Reader, cert *x509.Certificate, intermediates ...*x509.Certificate) ([]byte, error) {
	a.Issuer = SubjectName(cert)
	s := xmldsig.Signer{Key: key, Rand: rand, Certificates: [][]byte{cert.Raw}}
	for _, c := range intermediates {
		s.Certificates = append(s.Certificates, c.Raw)
	}
	return xmldsig.SignEnveloped(nil, Append(nil, &a), s, "Issuer")
}

// Security wraps a signed assertion in the wsse:Security header of a SOAP request.
func Security(assertion []byte) []byte {
	var b strings.Builder
	b.WriteString(`<wsse:Security xmlns:wsse="` + soap.NSWSSE + `" xmlns:soap="` + soap.NS + `" soap:mustUnderstand="true">`)
	b.Write(assertion)
	b.WriteString(`</wsse:Security>`)
	return []byte(b.String())
}
