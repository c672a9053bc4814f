package vihf

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/shareddata"
)

func node(t testing.TB, b []byte) xmltree.Node {
	t.Helper()
	d, err := xmltree.Parse(b)
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	n, err := Find(d.Root())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func sign(t testing.TB, a Assertion, k crypto.Signer, certs ...*x509.Certificate) []byte {
	t.Helper()
	b, err := Sign(a, k, rand.Reader, certs[0], certs[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return Security(b)
}

func TestSignedAssertionIsReadBackWhole(t *testing.T) {
	au := newAuthority(t)
	card, cardKey := au.leaf(x509.Certificate{Subject: cardSubject})
	org, orgKey := au.leaf(x509.Certificate{Subject: structureSubject})
	trust := au.trust()
	full := indirect()
	full.Mode, full.AuthnDecl = IndirecteRenforcee, "jeton"
	full.NotBefore, full.NotOnOrAfter, full.Audiences = now.Add(-time.Minute), now.Add(time.Minute), []string{"urn:socle"}
	full.AuthnInstant, full.AccessReason, full.Confidentiality, full.Profession, full.LPSType = now, "urgence & doute", "x", "10", "LGC"
	full.PurposeOfUse.Code = BrisDeGlace
	for name, c := range map[string]struct {
		a    Assertion
		cert *x509.Certificate
		key  crypto.Signer
	}{"direct": {direct(), card, cardKey}, "indirect": {indirect(), org, orgKey}, "everything": {full, org, orgKey}} {
		for range 2 { // the second time the certificate is remembered
			v, err := Verify(node(t, sign(t, c.a, c.key, c.cert, au.sub)), Options{Trust: trust, Now: now, Audiences: []string{"urn:socle"}})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			if !v.Signer.Equal(c.cert) {
				t.Errorf("%s: signer", name)
			}
			want := c.a
			want.Issuer = SubjectName(c.cert)
			want.AuthnInstant = now
			got := *v.Assertion
			got.restrictions = nil
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n got %#v\nwant %#v", name, got, want)
			}
		}
	}
	if m, oid, ok := full.Patient(); !ok || m != "299999999999909" || oid != "1.2.250.1.213.1.4.10" || full.SectorCode() != "SA07" {
		t.Error(m, oid)
	}
	if strings.Contains(full.String(), "299999999999909") {
		t.Error("the assertion prints its patient")
	}
}

func TestEachCheckRefusesOnItsOwn(t *testing.T) {
	au := newAuthority(t)
	card, cardKey := au.leaf(x509.Certificate{Subject: cardSubject})
	org, orgKey := au.leaf(x509.Certificate{Subject: structureSubject})
	stranger := newAuthority(t)
	foreign, foreignKey := stranger.leaf(x509.Certificate{Subject: cardSubject})
	expired, expiredKey := au.leaf(x509.Certificate{Subject: cardSubject, NotBefore: now.AddDate(-2, 0, 0), NotAfter: now.AddDate(0, 0, -1)})
	future, futureKey := au.leaf(x509.Certificate{Subject: cardSubject, NotBefore: now.AddDate(0, 0, 1), NotAfter: now.AddDate(1, 0, 0)})
	crypt, cryptKey := au.leaf(x509.Certificate{Subject: cardSubject, KeyUsage: x509.KeyUsageKeyEncipherment})
	opts := Options{Trust: au.trust(), Now: now, Audiences: []string{"urn:socle"}, KnownRole: func(r Role) bool { return r.Code != "ZZ" }}

	seen := map[string]bool{}
	check := func(name string, want *finding.Refusal, b []byte) {
		t.Helper()
		seen[want.ID] = true
		d, err := xmltree.Parse(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n, err := Find(d.Root())
		if err == nil {
			_, err = Verify(n, opts)
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %s", name, err, want.ID)
		}
	}
	// what the sender wrote wrong, signed all the same
	for _, c := range []struct {
		want *finding.Refusal
		edit func(*Assertion)
	}{
		{ErrOld, func(a *Assertion) { a.IssueInstant = now.Add(-Skew - time.Second) }},
		{ErrFuture, func(a *Assertion) { a.IssueInstant = now.Add(Skew + time.Second) }},
		{ErrExpired, func(a *Assertion) { a.NotOnOrAfter = now.Add(-Skew) }},
		{ErrNotYet, func(a *Assertion) { a.NotBefore = now.Add(Skew + time.Second) }},
		{ErrAudience, func(a *Assertion) { a.Audiences = []string{"urn:other"} }},
		{ErrSubject, func(a *Assertion) { a.NameID = "" }},
		{ErrSubjectCard, func(a *Assertion) { a.NameID = "899700218896" }},
		{ErrAuthn, func(a *Assertion) { a.AuthnContext = "" }},
		{ErrAuthn, func(a *Assertion) { a.AuthnContext = classes + "Password" }},
		{ErrAttributeMissing, func(a *Assertion) { a.StructureID = "" }},
		{ErrAttributeMissing, func(a *Assertion) { a.LPSHomologation = "" }},
		{ErrAttributeMissing, func(a *Assertion) { a.Roles = nil }},
		{ErrAttributeMissing, func(a *Assertion) { a.PurposeOfUse = Coded{} }},
		{ErrVersion, func(a *Assertion) { a.Version = "1.0" }},
		{ErrMode, func(a *Assertion) { a.Mode = "CARTE" }},
		{ErrSector, func(a *Assertion) { a.Sector = "SA07" }},
		{ErrURN, func(a *Assertion) { a.RessourceURN = "urn:autre" }},
		{ErrResource, func(a *Assertion) { a.ResourceID = "299999999999909" }},
		{ErrRoleDuplicate, func(a *Assertion) { a.Roles = append(a.Roles, Role{Code: "60", System: SystemProfession}) }},
		{ErrRoleUnknown, func(a *Assertion) { a.Roles[1].Code = "ZZ" }},
		{ErrRoleUnknown, func(a *Assertion) { a.Roles[1].System = "" }},
		{ErrSpeciality, func(a *Assertion) { a.Roles = a.Roles[:1] }},
		{ErrPurpose, func(a *Assertion) { a.PurposeOfUse.Code = "brisDeGlace" }},
		{ErrPurpose, func(a *Assertion) { a.PurposeOfUse.System = "1.2.250.1.213.1.1.4.336" }},
		{ErrReason, func(a *Assertion) { a.PurposeOfUse.Code = BrisDeGlace }},
	} {
		a := direct()
		a.Roles = append([]Role(nil), a.Roles...)
		c.edit(&a)
		check(c.want.ID, c.want, sign(t, a, cardKey, card, au.sub))
	}
	// what only the indirect modes ask
	a := indirect()
	a.StructureID = "10B0152872"
	check("other structure", ErrStructureCert, sign(t, a, orgKey, org, au.sub))
	a = indirect()
	a.SubjectName = ""
	check("no user name", ErrAttributeMissing, sign(t, a, orgKey, org, au.sub))
	// certificates
	check("stranger", ErrChain, sign(t, direct(), foreignKey, foreign, stranger.sub))
	alone, aloneKey := au.leaf(x509.Certificate{Subject: cardSubject}) // its chain is not remembered yet
	check("no intermediate", ErrChain, sign(t, direct(), aloneKey, alone))
	check("expired card", ErrCertExpired, sign(t, direct(), expiredKey, expired, au.sub))
	check("card of tomorrow", ErrCertNotYet, sign(t, direct(), futureKey, future, au.sub))
	check("encryption certificate", ErrCertUsage, sign(t, direct(), cryptKey, crypt, au.sub))
	// edits before signing, in the text
	text := func(a Assertion, issuer string, old, new string) []byte {
		a.Issuer = issuer
		s := string(Append(nil, &a))
		if !strings.Contains(s, old) {
			t.Fatalf("%q absent", old)
		}
		return resign(t, strings.Replace(s, old, new, 1), cardKey, card, au.sub)
	}
	dn := SubjectName(card)
	check("issuer of another", ErrIssuer, text(direct(), "CN=899700218896,C=FR", "", ""))
	check("issuer is not a DN", ErrIssuer, text(direct(), "moi", "", ""))
	check("issuer format", ErrIssuerFormat, text(direct(), dn, issuerFormat, "urn:x"))
	check("unknown attribute", ErrAttributeUnknown, text(direct(), dn, `Name="LPS_Nom"`, `Name="LPS_Name"`))
	check("attribute twice", ErrAttributeTwice, text(direct(), dn, `Name="LPS_Nom"`, `Name="LPS_ID"`))
	check("second purpose", ErrAttributeTwice, text(direct(), dn, `<PurposeOfUse `, `<PurposeOfUse xmlns="`+NSHL7+`" code="normal"/><PurposeOfUse `))
	check("second context", ErrAuthn, text(direct(), dn, `</saml2:AuthnContext>`, `</saml2:AuthnContext><saml2:AuthnContext/>`))
	check("second statement", ErrForm, text(direct(), dn, `<saml2:AttributeStatement>`, `<saml2:AttributeStatement/><saml2:AttributeStatement>`))
	check("bad date", ErrInstant, text(direct(), dn, `12:00:00.000Z`, `midi`))
	check("unknown condition", ErrConditions, text(direct(), dn, `<saml2:AuthnStatement`, `<saml2:Conditions><x xmlns="urn:x"/></saml2:Conditions><saml2:AuthnStatement`))
	// envelopes
	good := sign(t, direct(), cardKey, card, au.sub)
	inner := string(good[strings.Index(string(good), "<saml2:"):strings.Index(string(good), "</wsse:")])
	check("none", ErrAbsent, []byte(`<a/>`))
	check("two", ErrMany, []byte(`<a>`+inner+inner+`</a>`))
	check("not directly inside", ErrAbsent, []byte(`<a><b>`+inner+`</b></a>`))
	// signatures: one example per id of package xmldsig, its own tests hold the rest
	check("unsigned", signatureRefusals["DSIG-ABSENT"], Security(Append(nil, ptr(direct()))))
	check("altered", signatureRefusals["DSIG-DIGEST"], []byte(strings.Replace(string(good), ">SOCLE-1<", ">SOCLE-2<", 1)))
	for _, r := range Refusals() {
		if !seen[r.ID] && !strings.HasPrefix(r.ID, "VIHF-SIGNATURE-") {
			t.Errorf("nothing provokes %s", r.ID)
		}
		if r.Message.FR == "" || r.Message.EN == "" || r.Fix.FR == "" || r.Fix.EN == "" || r.Code == "" {
			t.Errorf("%s is not explained", r.ID)
		}
	}
	if v, err := Verify(node(t, good), opts); err != nil || v.Assertion.ID != "_4f1d" {
		t.Fatal(err)
	}
}

func ptr(a Assertion) *Assertion { return &a }

func TestIssuerNamesAreComparedAfterNormalisation(t *testing.T) {
	au := newAuthority(t)
	card, _ := au.leaf(x509.Certificate{Subject: cardSubject})
	org, _ := au.leaf(x509.Certificate{Subject: structureSubject})
	cardDN, _ := normalCert(card)
	orgDN, _ := normalCert(org)
	for _, c := range []struct {
		subject []string
		written string
		want    bool
	}{
		{orgDN, "CN=LOGICIEL, OU=499700367909006, O=CABINET M DOC0036790, ST=Paris (75), C=FR", true},
		{orgDN, "cn=logiciel,ou=499700367909006,o=Cabinet  M DOC0036790,S=Paris \\(75\\),c=fr", true},
		{orgDN, `CN="LOGICIEL",2.5.4.11=499700367909006,OID.2.5.4.10=CABINET M DOC0036790,stateOrProvinceName=Paris (75),C=#13024652`, true},
		{orgDN, "C=FR,ST=Paris (75),O=CABINET M DOC0036790,OU=499700367909006,CN=LOGICIEL", true},
		{orgDN, "CN=LOGICIEL,OU=499700367909007,O=CABINET M DOC0036790,ST=Paris (75),C=FR", false},
		{orgDN, "CN=LOGICIEL,OU=499700367909006,O=CABINET M DOC0036790,ST=Paris (75)", false},
		{orgDN, "CN=LOGICIEL,", false},
		{orgDN, "", false},
		{cardDN, SubjectName(card), true},
		{cardDN, strings.NewReplacer("GN=", "givenName=", "SN=", "SURNAME=", "T=", "title=").Replace(SubjectName(card)), true},
	} {
		if got := sameDN(c.written, c.subject); got != c.want {
			t.Errorf("%q: %v (subject %q)", c.written, got, c.subject)
		}
	}
}

// The published sample holds no certificate; all the rest of it must be read.
func TestPublishedSampleIsRead(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(shareddata.Dir(t, "imaging"), "iti41-kos-publication.mime"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := Parse(node(t, []byte(`<w>`+regexp.MustCompile(`(?s)<saml2:Assertion.*</saml2:Assertion>`).FindString(string(b))+`</w>`)))
	if err != nil {
		t.Fatal(err)
	}
	if a.Mode != Indirecte || a.NameID != "899700367909" || len(a.Roles) != 2 || a.Roles[1].Code != "SM26" || a.SectorCode() != "SA25" || len(a.unknown) != 0 {
		t.Fatalf("%#v", a)
	}
	if m, oid, ok := a.Patient(); !ok || m != "162018885045327" || oid != "1.2.250.1.213.1.4.10" {
		t.Fatal(m, oid)
	}
}

func TestRememberedCertificatesStayBoundedAndAreJudgedAgainInTime(t *testing.T) {
	au := newAuthority(t)
	roots := x509.NewCertPool()
	roots.AddCert(au.root)
	trust := NewTrust(roots, 2)
	var last []byte
	for range 4 {
		card, k := au.leaf(x509.Certificate{Subject: cardSubject, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(time.Hour)})
		last = sign(t, direct(), k, card, au.sub)
		if _, err := Verify(node(t, last), Options{Trust: trust, Now: now}); err != nil {
			t.Fatal(err)
		}
	}
	if trust.order.Len() != 2 || len(trust.byDER) != 2 {
		t.Fatal(trust.order.Len(), len(trust.byDER))
	}
	if _, err := Verify(node(t, last), Options{Trust: trust, Now: now.Add(2 * time.Hour)}); !errors.Is(err, ErrCertExpired) {
		t.Fatal(err)
	}
}

func FuzzParse(f *testing.F) {
	a := direct()
	a.NotBefore, a.Audiences = now, []string{"x"}
	f.Add(string(Append(nil, &a)))
	f.Add(`<Assertion xmlns="` + NSSAML + `" ID="a" Version="2.0" IssueInstant="2026-01-01T00:00:00Z"/>`)
	f.Fuzz(func(t *testing.T, s string) {
		d, err := xmltree.Parse([]byte(s))
		if err != nil {
			return
		}
		got, err := Parse(d.Root())
		if err != nil {
			if finding.As(err) == nil {
				t.Fatalf("%T", err)
			}
			return
		}
		got.Patient()
		d2, err := xmltree.Parse(Append(nil, got))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(d2.Root()); err != nil && !errors.Is(err, ErrForm) && !errors.Is(err, ErrInstant) {
			t.Fatal(err)
		}
	})
}

func FuzzDN(f *testing.F) {
	f.Add("CN=LOGICIEL, OU=4+T=x, O=\"a,b\";C=#13024652")
	f.Add(`CN=a\,b\C3\A9\`)
	f.Fuzz(func(t *testing.T, s string) { normalString(s) })
}

func BenchmarkVerify(b *testing.B) {
	au := newAuthority(b)
	card, k := au.leaf(x509.Certificate{Subject: cardSubject})
	msg := sign(b, direct(), k, card, au.sub)
	trust := au.trust()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Verify(node(b, msg), Options{Trust: trust, Now: now}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	au := newAuthority(b)
	card, k := au.leaf(x509.Certificate{Subject: cardSubject})
	for b.Loop() {
		if _, err := Sign(direct(), k, rand.Reader, card); err != nil {
			b.Fatal(err)
		}
	}
}
