// Package igc is the test IGC-Santé: an authority that mints certificates with the subjects and
// usages of the real one, with revocation lists and OCSP answers, so that everything that needs a
// card or an organisation certificate runs offline.
//
// Its names all say TEST; nothing issued here is trusted anywhere else. The subjects follow what is
// known of the IGC-Santé templates: a professional's CN is its PS_IdNat, an organisation's OU its
// Struct_IdNat. The package computes and keeps nothing on disk; randomness and time are handed in.
//
// Missing on purpose: delta CRLs, certificate requests (CSR), card qualities other than the CPS.
//
// Start at NewAuthority, then Authority.Issue.
package igc

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"
)

// Offer is a family of certificates; each has its own issuing authority.
type Offer int

// The offers.
const (
	Professionnel Offer = iota // PS: a person, on a (virtual) card
	Organisation               // ORG: a structure calls and signs
	Serveur                    // SERV: a server answers
	offers
)

// names of the issuing authorities, also used to find them again in a file.
// Offers lists them.
func Offers() []Offer { return []Offer{Professionnel, Organisation, Serveur} }

var issuing = [offers]string{
	Professionnel: "TEST AC IGC-SANTE FORT PERSONNES PHYSIQUES",
	Organisation:  "TEST AC IGC-SANTE ELEMENTAIRE ORGANISATIONS",
	Serveur:       "TEST AC IGC-SANTE ELEMENTAIRE SERVEURS",
}

// slugs name the authorities in addresses (CRL).
var slugs = [offers]string{"personnes", "organisations", "serveurs"}

// String gives the name used in addresses.
func (o Offer) String() string {
	if o < 0 || o >= offers {
		return "inconnu"
	}
	return slugs[o]
}

const (
	rootName  = "TEST AC RACINE IGC-SANTE"
	rootYears = 20
	subYears  = 15
	leafYears = 3 // spec: IGC-Santé (card and software certificates live three years)
)

// Authority is a root and its three issuing authorities. It may be used by several goroutines
// once made; Base must be set before the first Issue.
type Authority struct {
	// Base is the http address under which CRLs (Base/crl/<offer>.crl) and OCSP (Base/ocsp) are
	// served; written into certificates when not empty.
	Base string

	root pair
	subs [offers]pair
}

type pair struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// NewAuthority makes a fresh hierarchy. Its keys are ECDSA P-256 (made in a millisecond, where
// RSA would cost a demo its first second); the certificates it issues are RSA unless asked
// otherwise.
func NewAuthority(random io.Reader, now time.Time) (*Authority, error) {
	random = source(random)
	a := &Authority{}
	var err error
	if a.root, err = newAuthorityPair(random, rootName, now, rootYears, 1, pair{}); err != nil {
		return nil, err
	}
	for o := range offers {
		if a.subs[o], err = newAuthorityPair(random, issuing[o], now, subYears, 0, a.root); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func newAuthorityPair(random io.Reader, cn string, now time.Time, years, pathLen int, parent pair) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return pair{}, err
	}
	serial, err := newSerial(random)
	if err != nil {
		return pair{}, err
	}
	subject, err := rdn(attr(oidC, "FR"), attr(oidO, "SOCLE TEST"), attr(oidOU, "IGC-SANTE TEST"), attr(oidCN, cn))
	if err != nil {
		return pair{}, err
	}
	tpl := &x509.Certificate{
		SerialNumber: serial, RawSubject: subject,
		NotBefore: now.Add(-time.Hour).UTC(), NotAfter: now.AddDate(years, 0, 0).UTC(),
		IsCA: true, BasicConstraintsValid: true, MaxPathLen: pathLen, MaxPathLenZero: pathLen == 0,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
	}
	if parent.cert == nil {
		parent = pair{tpl, key}
	}
	der, err := x509.CreateCertificate(random, tpl, parent.cert, key.Public(), parent.key)
	if err != nil {
		return pair{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return pair{cert, key}, err
}

// newSerial gives 16 random bytes as a positive number: unique across the authorities.
func newSerial(random io.Reader) (*big.Int, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, err
	}
	b[0] = b[0]&0x7F | 0x40
	return new(big.Int).SetBytes(b[:]), nil
}

// Root gives the root certificate.
func (a *Authority) Root() *x509.Certificate { return a.root.cert }

// Roots gives a pool with the root alone.
func (a *Authority) Roots() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.root.cert)
	return p
}

// Issuers gives the issuing authorities' certificates, for peers that send no intermediates.
func (a *Authority) Issuers() []*x509.Certificate {
	out := make([]*x509.Certificate, 0, offers)
	for _, s := range a.subs {
		out = append(out, s.cert)
	}
	return out
}

// Issuer gives the issuing authority of an offer.
func (a *Authority) Issuer(o Offer) *x509.Certificate { return a.subs[o].cert }

// TrustPEM gives root and issuing certificates: the file a client is told to trust.
func (a *Authority) TrustPEM() []byte {
	out := certPEM(nil, a.root.cert)
	for _, s := range a.subs {
		out = certPEM(out, s.cert)
	}
	return out
}

// PEM gives the whole authority, private keys included: keep it as secret as a key.
func (a *Authority) PEM() ([]byte, error) {
	out := a.TrustPEM()
	for _, p := range append([]pair{a.root}, a.subs[:]...) {
		k, err := keyPEM(p.key)
		if err != nil {
			return nil, err
		}
		out = append(out, k...)
	}
	return out, nil
}

// Load reads an authority back from what PEM gave, in one piece or several.
func Load(parts ...[]byte) (*Authority, error) {
	var certs []*x509.Certificate
	var keys []crypto.Signer
	rest := bytes.Join(parts, []byte("\n"))
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		switch b.Type {
		case "CERTIFICATE":
			c, err := x509.ParseCertificate(b.Bytes)
			if err != nil {
				return nil, fmt.Errorf("igc: certificate %d: %w", len(certs)+1, err)
			}
			certs = append(certs, c)
		case "PRIVATE KEY":
			k, err := x509.ParsePKCS8PrivateKey(b.Bytes)
			if err != nil {
				return nil, fmt.Errorf("igc: key %d: %w", len(keys)+1, err)
			}
			s, ok := k.(crypto.Signer)
			if !ok {
				return nil, fmt.Errorf("igc: key %d: %T cannot sign", len(keys)+1, k)
			}
			keys = append(keys, s)
		}
	}
	find := func(cn string) (pair, error) {
		for _, c := range certs {
			if c.Subject.CommonName != cn {
				continue
			}
			pub, ok := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
			for _, k := range keys {
				if ok && pub.Equal(k.Public()) {
					return pair{c, k}, nil
				}
			}
			return pair{}, fmt.Errorf("igc: no key for %q", cn)
		}
		return pair{}, fmt.Errorf("igc: no certificate %q", cn)
	}
	a := &Authority{}
	var err error
	if a.root, err = find(rootName); err != nil {
		return nil, err
	}
	for o := range offers {
		if a.subs[o], err = find(issuing[o]); err != nil {
			return nil, err
		}
		if err := a.subs[o].cert.CheckSignatureFrom(a.root.cert); err != nil {
			return nil, fmt.Errorf("igc: %q: %w", issuing[o], err)
		}
	}
	return a, nil
}

func certPEM(dst []byte, c *x509.Certificate) []byte {
	return append(dst, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
}

func keyPEM(k crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// Object identifiers of the subject's components.
var (
	oidCN    = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidSN    = asn1.ObjectIdentifier{2, 5, 4, 4}
	oidC     = asn1.ObjectIdentifier{2, 5, 4, 6}
	oidST    = asn1.ObjectIdentifier{2, 5, 4, 8}
	oidO     = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidOU    = asn1.ObjectIdentifier{2, 5, 4, 11}
	oidTitle = asn1.ObjectIdentifier{2, 5, 4, 12}
	oidGN    = asn1.ObjectIdentifier{2, 5, 4, 42}
)

func attr(oid asn1.ObjectIdentifier, v string) pkix.AttributeTypeAndValue {
	return pkix.AttributeTypeAndValue{Type: oid, Value: v}
}

// rdn encodes a subject in the order given, empty values left out; package pkix would reorder it.
func rdn(attrs ...pkix.AttributeTypeAndValue) ([]byte, error) {
	var seq pkix.RDNSequence
	for _, a := range attrs {
		if a.Value != "" {
			seq = append(seq, pkix.RelativeDistinguishedNameSET{a})
		}
	}
	if len(seq) == 0 {
		return nil, errors.New("igc: empty subject")
	}
	return asn1.Marshal(seq)
}

// source gives crypto/rand when none is handed in.
func source(r io.Reader) io.Reader {
	if r == nil {
		return rand.Reader
	}
	return r
}
