package xmldsig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// Options says what a verifier accepts beyond the default.
type Options struct {
	AllowSHA1 bool // rsa-sha1 and sha1, for old samples only
	// ParseCertificate replaces x509.ParseCertificate (a cache).
	ParseCertificate func(der []byte) (*x509.Certificate, error)
}

// Verified is what a good signature proves: this key signed this element. Whether the certificate
// deserves trust is for the caller to judge.
type Verified struct {
	Signer          *x509.Certificate
	Others          []*x509.Certificate // the rest of KeyInfo, possibly intermediates
	SignatureMethod string
	DigestMethod    string
}

// VerifyEnveloped checks the signature of an element that carries an ID attribute and a
// ds:Signature child. An error is always a *finding.Refusal.
func VerifyEnveloped(n xmltree.Node, o Options) (*Verified, error) {
	sig, err := theSignature(n)
	if err != nil {
		return nil, err
	}
	info, value, keyInfo, err := dissect(sig)
	if err != nil {
		return nil, err
	}
	form, err := canonicalForm(info.Child(NS, "CanonicalizationMethod"))
	if err != nil {
		return nil, err
	}
	sm := info.Child(NS, "SignatureMethod")
	alg := sm.Attr("Algorithm")
	m, ok := methods[alg]
	if !ok || alg == RSASHA1 && !o.AllowSHA1 {
		return nil, ErrAlgorithm.At("SignatureMethod " + alg)
	}
	for c := range sm.Elements() {
		return nil, ErrForm.At(c.XPath())
	}
	dm, err := checkReference(n, sig, info.Child(NS, "Reference"), o)
	if err != nil {
		return nil, err
	}
	certs, err := certificates(keyInfo, o)
	if err != nil {
		return nil, err
	}
	v := &Verified{SignatureMethod: alg, DigestMethod: dm}
	v.Signer, v.Others = leafOf(certs)
	raw, err := decode(value)
	if err != nil {
		return nil, ErrForm.At(value.XPath()).With(err)
	}
	buf := AppendC14N(make([]byte, 0, 2048), info, form, xmltree.Node{})
	if err := checkValue(v.Signer, m, buf, raw); err != nil {
		return nil, err
	}
	return v, nil
}

// theSignature finds the one signature of an element and refuses any other inside it.
func theSignature(n xmltree.Node) (xmltree.Node, error) {
	var sig xmltree.Node
	for s := range n.Descendants(NS, "Signature") {
		if sig.Exists() {
			return sig, ErrMany.At(s.XPath())
		}
		sig = s
	}
	if !sig.Exists() {
		return sig, ErrAbsent.At(n.XPath())
	}
	if sig.Parent() != n {
		return sig, ErrReference.At(sig.XPath())
	}
	return sig, nil
}

// dissect checks the shape of a signature: an allow-list of children in order.
func dissect(sig xmltree.Node) (info, value, keyInfo xmltree.Node, err error) {
	want := []struct {
		local string
		dst   *xmltree.Node
	}{{"SignedInfo", &info}, {"SignatureValue", &value}, {"KeyInfo", &keyInfo}}
	i := 0
	for c := range sig.Elements() {
		if i == len(want) || !c.Is(NS, want[i].local) {
			return info, value, keyInfo, ErrForm.At(c.XPath())
		}
		*want[i].dst = c
		i++
	}
	if i < 2 {
		return info, value, keyInfo, ErrForm.At(sig.XPath())
	}
	if i == 2 {
		return info, value, keyInfo, ErrKeyInfo.At(sig.XPath())
	}
	order := []string{"CanonicalizationMethod", "SignatureMethod", "Reference"}
	i = 0
	for c := range info.Elements() {
		if i == len(order) || !c.Is(NS, order[i]) {
			return info, value, keyInfo, ErrForm.At(c.XPath())
		}
		i++
	}
	if i < len(order) {
		return info, value, keyInfo, ErrForm.At(info.XPath())
	}
	return info, value, keyInfo, nil
}

// canonicalForm reads a CanonicalizationMethod or a Transform that canonicalises.
func canonicalForm(n xmltree.Node) (Form, error) {
	f := Form{Algorithm: n.Attr("Algorithm")}
	switch f.Algorithm {
	case C14N, C14NComments:
		for c := range n.Elements() {
			return f, ErrForm.At(c.XPath())
		}
	case ExcC14N, ExcC14NComments:
		for c := range n.Elements() {
			if !c.Is(ExcC14N, "InclusiveNamespaces") || f.Prefixes != nil {
				return f, ErrForm.At(c.XPath())
			}
			f.Prefixes = append([]string{}, strings.Fields(c.Attr("PrefixList"))...)
		}
	default:
		return f, ErrAlgorithm.At(n.Local() + " " + f.Algorithm)
	}
	return f, nil
}

// checkReference makes sure the reference is to this element and that the digest is right.
func checkReference(n, sig, ref xmltree.Node, o Options) (digestMethod string, err error) {
	id := n.Attr("ID")
	if id == "" || ref.Attr("URI") != "#"+id {
		return "", ErrReference.At(fmt.Sprintf("URI=%q", ref.Attr("URI")))
	}
	if err := uniqueID(n, id); err != nil {
		return "", err
	}
	form := Form{Algorithm: C14N} // spec: XML Signature §4.4.3.2 (octets needed: inclusive form)
	step := 0
	for tr := range ref.Child(NS, "Transforms").Elements() {
		switch {
		case step == 0 && tr.Is(NS, "Transform") && tr.Attr("Algorithm") == Enveloped:
		case step == 1 && tr.Is(NS, "Transform"):
			if form, err = canonicalForm(tr); err != nil {
				return "", err
			}
		default:
			return "", ErrReference.At(tr.XPath())
		}
		step++
	}
	if step == 0 {
		return "", ErrReference.At(ref.XPath())
	}
	digestMethod = ref.Child(NS, "DigestMethod").Attr("Algorithm")
	h, ok := digests[digestMethod]
	if !ok || digestMethod == SHA1 && !o.AllowSHA1 {
		return "", ErrAlgorithm.At("DigestMethod " + digestMethod)
	}
	want, derr := decode(ref.Child(NS, "DigestValue"))
	if derr != nil {
		return "", ErrForm.At(ref.Child(NS, "DigestValue").XPath()).With(derr)
	}
	hash := h.New()
	hash.Write(AppendC14N(make([]byte, 0, n.End()-n.Offset()), n, form, sig))
	if subtle.ConstantTimeCompare(hash.Sum(nil), want) != 1 {
		return "", ErrDigest.At(n.XPath())
	}
	return digestMethod, nil
}

// uniqueID refuses a message in which another element could be taken for the signed one.
func uniqueID(n xmltree.Node, id string) error {
	root := n.Doc().Root()
	same := func(c xmltree.Node) bool {
		if c == n {
			return false
		}
		for a := range c.Attrs() {
			if a.Value == id && strings.EqualFold(a.Local, "id") {
				return true
			}
		}
		return false
	}
	if same(root) {
		return ErrDuplicateID.At(root.XPath())
	}
	// Most messages are large and hold the id twice, in the attribute and in the Reference. An id of
	// plain characters can only be written otherwise with a character reference.
	src := n.Doc().Source()
	if plainID(id) && bytes.Count(src, []byte(id)) == 2 && !bytes.Contains(src, []byte("&#")) {
		return nil
	}
	for c := range root.Descendants("*", "*") {
		if same(c) {
			return ErrDuplicateID.At(c.XPath())
		}
	}
	return nil
}

func plainID(id string) bool {
	for i := range len(id) {
		c := id[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}

// decode reads base64 strictly: one value has one form.
func decode(n xmltree.Node) ([]byte, error) {
	for c := range n.Elements() {
		return nil, fmt.Errorf("element %s", c.Local())
	}
	text := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\t' || r == '\r' {
			return -1
		}
		return r
	}, n.Text())
	return base64.StdEncoding.Strict().DecodeString(text)
}

// certificates reads KeyInfo/X509Data.
func certificates(keyInfo xmltree.Node, o Options) ([]*x509.Certificate, error) {
	parse := o.ParseCertificate
	if parse == nil {
		parse = x509.ParseCertificate
	}
	var out []*x509.Certificate
	for data := range keyInfo.Children(NS, "X509Data") {
		for c := range data.Children(NS, "X509Certificate") {
			if len(out) == maxCertificates || c.End()-c.Offset() > maxCertificateB64 {
				return nil, ErrKeyInfo.At(c.XPath())
			}
			der, err := decode(c)
			if err != nil {
				return nil, ErrKeyInfo.At(c.XPath()).With(err)
			}
			cert, err := parse(der)
			if err != nil {
				return nil, ErrKeyInfo.At(c.XPath()).With(err)
			}
			out = append(out, cert)
		}
	}
	if len(out) == 0 {
		return nil, ErrKeyInfo.At(keyInfo.XPath())
	}
	return out, nil
}

// leafOf picks the certificate that issued no other: the order inside X509Data is free.
func leafOf(certs []*x509.Certificate) (leaf *x509.Certificate, others []*x509.Certificate) {
	at := 0
	for i, c := range certs {
		issuer := false
		for j, d := range certs {
			issuer = issuer || i != j && bytes.Equal(d.RawIssuer, c.RawSubject)
		}
		if !issuer {
			at = i
			break
		}
	}
	others = append(others, certs[:at]...)
	return certs[at], append(others, certs[at+1:]...)
}

func checkValue(cert *x509.Certificate, m method, signed, value []byte) error {
	h := m.hash.New()
	h.Write(signed)
	sum := h.Sum(nil)
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if m.ecdsa || key.N.BitLen() < minRSABits {
			return ErrKey.At(fmt.Sprintf("RSA %d bits", key.N.BitLen()))
		}
		if err := rsa.VerifyPKCS1v15(key, m.hash, sum, value); err != nil {
			return ErrValue.With(err)
		}
	case *ecdsa.PublicKey:
		size := (key.Curve.Params().BitSize + 7) / 8
		if !m.ecdsa || size < 32 {
			return ErrKey.At("ECDSA " + key.Curve.Params().Name)
		}
		// spec: XML Signature 1.1 §6.4.3 (r and s, each as long as the curve's order)
		if len(value) != 2*size {
			return ErrValue.At(fmt.Sprintf("%d octets/bytes", len(value)))
		}
		r, s := new(big.Int).SetBytes(value[:size]), new(big.Int).SetBytes(value[size:])
		if !ecdsa.Verify(key, sum, r, s) {
			return ErrValue
		}
	default:
		return ErrKey.At(fmt.Sprintf("%T", key))
	}
	return nil
}
