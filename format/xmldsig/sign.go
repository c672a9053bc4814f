package xmldsig

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/socle-sante/socle/format/xmltree"
)

// Signer is a key with the certificate that goes into KeyInfo.
type Signer struct {
	Key          crypto.Signer // RSA or ECDSA
	Certificates [][]byte      // DER: the signer's, then intermediates if wanted
	Rand         io.Reader
}

// SignEnveloped signs the root element of src, which carries an ID attribute, with SHA-256 and
// exclusive canonicalisation, and appends the signed document to dst. The signature is put after
// the first child named after (SAML wants it just after Issuer), or first of all when after is "".
func SignEnveloped(dst, src []byte, s Signer, after string) ([]byte, error) {
	d, err := xmltree.Parse(src)
	if err != nil {
		return nil, err
	}
	root := d.Root()
	id := root.Attr("ID")
	if id == "" {
		return nil, errors.New("xmldsig: the element to sign has no ID")
	}
	at, _ := root.ContentRange()
	if after != "" {
		n := root.Child("*", after)
		if !n.Exists() {
			return nil, fmt.Errorf("xmldsig: no %s to put the signature after", after)
		}
		at = n.End()
	}
	if at == root.End() {
		return nil, errors.New("xmldsig: the element to sign is empty")
	}
	alg := ""
	switch s.Key.Public().(type) {
	case *rsa.PublicKey:
		alg = RSASHA256
	case *ecdsa.PublicKey:
		alg = ECDSASHA256
	default:
		return nil, fmt.Errorf("xmldsig: key type %T", s.Key.Public())
	}
	h := crypto.SHA256.New()
	h.Write(AppendC14N(make([]byte, 0, len(src)), root, Form{Algorithm: ExcC14N}, xmltree.Node{}))
	info := signedInfo(id, alg, h.Sum(nil))
	h.Reset()
	h.Write(info)
	value, err := s.sign(h.Sum(nil))
	if err != nil {
		return nil, err
	}
	full := d.Source()
	dst = append(dst, full[:at]...)
	dst = append(dst, `<ds:Signature xmlns:ds="`+NS+`">`...)
	// the declaration stands on ds:Signature already; the canonical form brings it back
	dst = append(append(dst, "<ds:SignedInfo"...), info[len(`<ds:SignedInfo xmlns:ds="`+NS+`"`):]...)
	dst = append(dst, `<ds:SignatureValue>`...)
	dst = base64.StdEncoding.AppendEncode(dst, value)
	dst = append(dst, `</ds:SignatureValue><ds:KeyInfo><ds:X509Data>`...)
	for _, der := range s.Certificates {
		dst = append(dst, `<ds:X509Certificate>`...)
		dst = base64.StdEncoding.AppendEncode(dst, der)
		dst = append(dst, `</ds:X509Certificate>`...)
	}
	dst = append(dst, `</ds:X509Data></ds:KeyInfo></ds:Signature>`...)
	return append(dst, full[at:]...), nil
}

// signedInfo writes SignedInfo directly in its canonical form.
func signedInfo(id, alg string, digest []byte) []byte {
	b := make([]byte, 0, 1024)
	b = append(b, `<ds:SignedInfo xmlns:ds="`+NS+`"><ds:CanonicalizationMethod Algorithm="`+ExcC14N+`"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="`+alg+`"></ds:SignatureMethod><ds:Reference URI="#`...)
	b = appendAttr(b, id)
	b = append(b, `"><ds:Transforms><ds:Transform Algorithm="`+Enveloped+`"></ds:Transform><ds:Transform Algorithm="`+ExcC14N+`"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="`+SHA256+`"></ds:DigestMethod><ds:DigestValue>`...)
	b = base64.StdEncoding.AppendEncode(b, digest)
	return append(b, `</ds:DigestValue></ds:Reference></ds:SignedInfo>`...)
}

// sign gives the signature value as XML Signature writes it.
func (s Signer) sign(sum []byte) ([]byte, error) {
	value, err := s.Key.Sign(s.Rand, sum, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	key, ok := s.Key.Public().(*ecdsa.PublicKey)
	if !ok {
		return value, nil
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(value, &rs); err != nil {
		return nil, err
	}
	size := (key.Curve.Params().BitSize + 7) / 8
	out := make([]byte, 2*size)
	rs.R.FillBytes(out[:size])
	rs.S.FillBytes(out[size:])
	return out, nil
}
