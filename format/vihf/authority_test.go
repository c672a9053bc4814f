package vihf

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// authority is a root and an intermediate for tests.
type authority struct {
	t      testing.TB
	root   *x509.Certificate
	sub    *x509.Certificate
	subKey crypto.Signer
	serial int64
}

func newAuthority(t testing.TB) *authority {
	a := &authority{t: t}
	rk := key(t)
	a.root = a.issue(&x509.Certificate{Subject: pkix.Name{CommonName: "TEST racine"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, rk.Public(), rk)
	a.subKey = key(t)
	a.sub = a.issue(&x509.Certificate{Subject: pkix.Name{CommonName: "TEST AC"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, a.root, a.subKey.Public(), rk)
	return a
}

func key(t testing.TB) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (a *authority) issue(tpl, parent *x509.Certificate, pub crypto.PublicKey, k crypto.Signer) *x509.Certificate {
	a.t.Helper()
	a.serial++
	tpl.SerialNumber = big.NewInt(a.serial)
	if tpl.NotBefore.IsZero() {
		tpl.NotBefore, tpl.NotAfter = now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0)
	}
	if parent == nil {
		parent = tpl
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, parent, pub, k)
	if err != nil {
		a.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

func (a *authority) leaf(tpl x509.Certificate) (*x509.Certificate, crypto.Signer) {
	k := key(a.t)
	if tpl.KeyUsage == 0 {
		tpl.KeyUsage = x509.KeyUsageDigitalSignature
	}
	return a.issue(&tpl, a.sub, k.Public(), a.subKey), k
}

func (a *authority) trust() *Trust {
	roots := x509.NewCertPool()
	roots.AddCert(a.root)
	return NewTrust(roots, 0)
}

// cardSubject is the subject of a virtual CPS.
var cardSubject = pkix.Name{Country: []string{"FR"}, CommonName: "899700367909", ExtraNames: []pkix.AttributeTypeAndValue{
	{Type: asn1.ObjectIdentifier{2, 5, 4, 12}, Value: "Médecin"},
	{Type: asn1.ObjectIdentifier{2, 5, 4, 4}, Value: "DOC0036790"},
	{Type: asn1.ObjectIdentifier{2, 5, 4, 42}, Value: "KIT"},
}}

var structureSubject = pkix.Name{Country: []string{"FR"}, Province: []string{"Paris (75)"}, Organization: []string{"CABINET M DOC0036790"},
	OrganizationalUnit: []string{"499700367909006"}, CommonName: "LOGICIEL"}

func direct() Assertion {
	return Assertion{
		ID: "_4f1d", IssueInstant: now, NameID: "899700367909", AuthnContext: classes + "SmartcardPKI",
		Version: "3.0", Mode: Directe, StructureID: "499700367909006", Sector: "SA07^" + SystemSector, SubjectName: "DOC0036790 KIT",
		Roles:      []Role{{"10", SystemProfession, "G15", "Médecin"}, {"SM26", SystemSavoirFaire, "R01", "Qualifié en médecine générale (SM)"}},
		ResourceID: "299999999999909^^^&1.2.250.1.213.1.4.10&ISO^NH", RessourceURN: "urn:dmp",
		PurposeOfUse: Coded{Normal, SystemPurpose, "mode acces VIHF 2.0", "Accès normal"},
		LPSID:        "SOCLE-1", LPSName: "Socle", LPSVersion: "1", LPSHomologation: "SOC-TEST",
	}
}

func indirect() Assertion {
	a := direct()
	a.Mode, a.AuthnContext = Indirecte, classes+"Password"
	return a
}
