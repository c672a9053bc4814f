package igc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"
)

// RSABits is the size of RSA keys issued.
// spec: IGC-Santé (RSA 2048 for software and card certificates)
const RSABits = 2048

// Request says what certificate is wanted. Fields that an offer does not use are ignored.
type Request struct {
	Offer Offer

	// Professionnel
	IDNat   string // PS_IdNat: 8 + RPPS; becomes the CN
	Surname string
	Given   string
	Title   string // profession in words
	Card    Card   // which card; CPS when empty

	// Organisation and Serveur
	StructureID  string   // Struct_IdNat; becomes the OU
	Organization string   // raison sociale
	Department   string   // "Paris (75)"
	CommonName   string   // service, or first host when empty
	Hosts        []string // Serveur: DNS names and IP addresses; LocalHosts when empty

	ECDSA bool // P-256 instead of RSA

	// Key is certified instead of a fresh one, to renew a certificate.
	Key crypto.Signer

	// NotBefore and NotAfter replace the usual three years, for trials with expired certificates.
	NotBefore, NotAfter time.Time
}

// LocalHosts are the names of a server on this machine.
var LocalHosts = []string{"localhost", "127.0.0.1", "::1"}

// Credential is a certificate with its key and the certificates above it (root left out).
type Credential struct {
	Certificate *x509.Certificate
	Chain       []*x509.Certificate
	Key         crypto.Signer
}

// CertificatePEM gives the certificate followed by its intermediates.
func (c Credential) CertificatePEM() []byte {
	out := certPEM(nil, c.Certificate)
	for _, i := range c.Chain {
		out = certPEM(out, i)
	}
	return out
}

// KeyPEM gives the private key (PKCS #8).
func (c Credential) KeyPEM() ([]byte, error) { return keyPEM(c.Key) }

// TLS gives the form package tls wants.
func (c Credential) TLS() tls.Certificate {
	t := tls.Certificate{Certificate: [][]byte{c.Certificate.Raw}, PrivateKey: c.Key, Leaf: c.Certificate}
	for _, i := range c.Chain {
		t.Certificate = append(t.Certificate, i.Raw)
	}
	return t
}

// Issue makes a key and its certificate.
func (a *Authority) Issue(random io.Reader, now time.Time, r Request) (Credential, error) {
	if r.Offer < 0 || r.Offer >= offers {
		return Credential{}, fmt.Errorf("igc: unknown offer %d", r.Offer)
	}
	random = source(random)
	tpl, err := r.template()
	if err != nil {
		return Credential{}, err
	}
	if tpl.SerialNumber, err = newSerial(random); err != nil {
		return Credential{}, err
	}
	tpl.NotBefore, tpl.NotAfter = now.Add(-time.Hour).UTC(), now.AddDate(leafYears, 0, 0).UTC()
	if !r.NotBefore.IsZero() {
		tpl.NotBefore = r.NotBefore.UTC()
	}
	if !r.NotAfter.IsZero() {
		tpl.NotAfter = r.NotAfter.UTC()
	}
	if a.Base != "" {
		tpl.CRLDistributionPoints = []string{a.Base + "/crl/" + r.Offer.String() + ".crl"}
		tpl.OCSPServer = []string{a.Base + "/ocsp"}
	}
	key := r.Key
	switch {
	case key != nil:
	case r.ECDSA:
		key, err = ecdsa.GenerateKey(elliptic.P256(), random)
	default:
		key, err = rsa.GenerateKey(random, RSABits)
	}
	if err != nil {
		return Credential{}, err
	}
	sub := a.subs[r.Offer]
	der, err := x509.CreateCertificate(random, tpl, sub.cert, key.Public(), sub.key)
	if err != nil {
		return Credential{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return Credential{}, err
	}
	return Credential{Certificate: cert, Chain: []*x509.Certificate{sub.cert}, Key: key}, nil
}

// template gives subject and usages of each offer.
func (r *Request) template() (*x509.Certificate, error) {
	t := &x509.Certificate{BasicConstraintsValid: true}
	var err error
	switch r.Offer {
	case Professionnel:
		if r.IDNat == "" {
			return nil, errors.New("igc: a card needs the PS_IdNat of its holder")
		}
		// A real card has two key pairs; the virtual one authenticates and signs with the same.
		t.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection}
		t.RawSubject, err = rdn(attr(oidC, "FR"), attr(oidOU, r.Card.unit()), attr(oidTitle, r.Title), attr(oidSN, r.Surname), attr(oidGN, r.Given), attr(oidCN, r.IDNat))
	case Organisation:
		if r.StructureID == "" || r.CommonName == "" {
			return nil, errors.New("igc: an organisation certificate needs StructureID and CommonName")
		}
		t.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection}
		t.RawSubject, err = r.legalPerson(r.CommonName)
	case Serveur:
		hosts := r.Hosts
		if len(hosts) == 0 {
			hosts = LocalHosts
		}
		for _, h := range hosts {
			if ip, err := netip.ParseAddr(h); err == nil {
				t.IPAddresses = append(t.IPAddresses, ip.AsSlice())
			} else {
				t.DNSNames = append(t.DNSNames, h)
			}
		}
		cn := r.CommonName
		if cn == "" {
			cn = hosts[0]
		}
		// An operator's server also calls other servers with the same certificate (MSSanté).
		t.KeyUsage = x509.KeyUsageDigitalSignature
		if !r.ECDSA {
			t.KeyUsage |= x509.KeyUsageKeyEncipherment
		}
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
		t.RawSubject, err = r.legalPerson(cn)
	}
	return t, err
}

// legalPerson gives the subject of a structure's certificate.
// spec: IGC-Santé (C, O, ST, OU = Struct_IdNat, CN)
func (r *Request) legalPerson(cn string) ([]byte, error) {
	return rdn(attr(oidC, "FR"), attr(oidST, r.Department), attr(oidO, r.Organization), attr(oidOU, r.StructureID), attr(oidCN, cn))
}
