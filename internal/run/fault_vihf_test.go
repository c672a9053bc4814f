package run

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/vihf"
	"github.com/socle-sante/socle/format/xds/ebxml"
	"github.com/socle-sante/socle/internal/domain/igc"
)

// spoiltVIHF is one way to come with a wrong assertion.
type spoiltVIHF struct {
	name   string
	change func(a *vihf.Assertion)    // before signing
	xml    func(string) string        // before signing, in its text
	after  func(signed []byte) []byte // after signing; gives the content of wsse:Security
	want   refusalWanted
}

func token(id string) refusalWanted  { return senderFault("wsse:InvalidSecurityToken", id) }
func failed(id string) refusalWanted { return senderFault("wsse:FailedCheck", id) }

func swap(old, by string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			panic("nothing to spoil: " + old)
		}
		return strings.Replace(s, old, by, 1)
	}
}

func swapSigned(old, by string) func([]byte) []byte {
	return func(b []byte) []byte { return []byte(swap(old, by)(string(b))) }
}

const samlAttribute = `<saml2:Attribute Name="LPS_ID">`

var spoiltAssertions = []spoiltVIHF{
	{name: "absent", after: func([]byte) []byte { return nil }, want: token("VIHF-ABSENT")},
	{name: "two assertions", after: func(b []byte) []byte { return append(bytes.Clone(b), b...) }, want: token("VIHF-MANY")},
	{name: "unsigned", after: func(b []byte) []byte { return []byte(cutSignature(string(b))) }, want: failed("VIHF-SIGNATURE-ABSENT")},
	{name: "one attribute altered", after: swapSigned(">3.0<", ">3.1<"), want: failed("VIHF-SIGNATURE-DIGEST")},
	{name: "patient altered", after: swapSigned("&amp;ISO^NH", "&amp;ISO^PI"), want: failed("VIHF-SIGNATURE-DIGEST")},
	{name: "signature altered", after: alterSignature, want: failed("VIHF-SIGNATURE-VALUE")},
	{name: "certificate that is not one", after: func(b []byte) []byte {
		return swapSigned("<ds:X509Certificate>MII", "<ds:X509Certificate>AAA")(b)
	}, want: senderFault("DMPInvalidCertificate", "VIHF-SIGNATURE-KEYINFO")},
	{name: "algorithm", after: swapSigned("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-md5"), want: failed("VIHF-SIGNATURE-ALGORITHM")},
	{name: "reference to something else", after: swapSigned(`URI="#_`, `URI="#x`), want: failed("VIHF-SIGNATURE-REFERENCE")},
	{name: "wrapped: the signed assertion hidden inside another", after: wrapInside, want: token("VIHF-MANY")},
	{name: "too old", change: func(a *vihf.Assertion) { a.IssueInstant = a.IssueInstant.Add(-vihf.Skew - time.Minute) }, want: token("VIHF-INSTANT-OLD")},
	{name: "from the future", change: func(a *vihf.Assertion) { a.IssueInstant = a.IssueInstant.Add(vihf.Skew + time.Minute) }, want: token("VIHF-INSTANT-FUTURE")},
	{name: "unreadable date", xml: func(s string) string { return swap(`IssueInstant="2`, `IssueInstant="hier 2`)(s) }, want: token("VIHF-INSTANT")},
	{name: "no longer valid", change: func(a *vihf.Assertion) { a.NotOnOrAfter = a.IssueInstant.Add(-time.Hour) }, want: token("VIHF-CONDITIONS-EXPIRED")},
	{name: "not valid yet", change: func(a *vihf.Assertion) { a.NotBefore = a.IssueInstant.Add(time.Hour) }, want: token("VIHF-CONDITIONS-NOTYET")},
	{name: "for another service", change: func(a *vihf.Assertion) { a.Audiences = []string{"https://autre.example/service"} }, want: token("VIHF-AUDIENCE")},
	{name: "SAML 1.1", xml: swap(`Version="2.0"`, `Version="1.1"`), want: token("VIHF-FORM")},
	{name: "issuer is not the card", xml: func(s string) string { return swap("</saml2:Issuer>", "X</saml2:Issuer>")(s) }, want: token("VIHF-ISSUER")},
	{name: "issuer format", xml: swap("X509SubjectName", "emailAddress"), want: token("VIHF-ISSUER-FORMAT")},
	{name: "no subject", change: func(a *vihf.Assertion) { a.NameID = "" }, want: token("VIHF-SUBJECT")},
	{name: "authentication unknown", change: func(a *vihf.Assertion) { a.AuthnContext = "urn:x" }, want: token("VIHF-AUTHN")},
	{name: "VIHF 2.0", change: func(a *vihf.Assertion) { a.Version = "2.0" }, want: failed("VIHF-VERSION")},
	{name: "mode of authentication unknown", change: func(a *vihf.Assertion) { a.Mode = "SEMI-DIRECTE" }, want: failed("VIHF-MODE")},
	{name: "attribute missing", change: func(a *vihf.Assertion) { a.LPSID = "" }, want: failed("VIHF-ATTRIBUTE-MISSING")},
	{name: "attribute unknown", xml: swap(samlAttribute, `<saml2:Attribute Name="LPS_IDD">`), want: failed("VIHF-ATTRIBUTE-UNKNOWN")},
	{name: "attribute twice", xml: swap(samlAttribute, samlAttribute+`<saml2:AttributeValue>X</saml2:AttributeValue></saml2:Attribute>`+samlAttribute), want: failed("VIHF-ATTRIBUTE-DUPLICATE")},
	{name: "sector malformed", change: func(a *vihf.Assertion) { a.Sector = "SA07" }, want: failed("VIHF-SECTOR")},
	{name: "sector of another kind of structure", change: func(a *vihf.Assertion) { a.Sector = "SA01^" + vihf.SystemSector }, want: senderFault("DMPInvalidSector", "VIHF-SECTEUR")},
	{name: "another resource", change: func(a *vihf.Assertion) { a.RessourceURN = "urn:autre" }, want: failed("VIHF-RESSOURCE-URN")},
	{name: "patient malformed", change: func(a *vihf.Assertion) { a.ResourceID = "12345" }, want: failed("VIHF-RESOURCE-ID")},
	{name: "no patient", change: func(a *vihf.Assertion) { a.ResourceID = "" }, want: senderFault("DMPNoResource", "VIHF-SANS-PATIENT")},
	{name: "purpose unknown", change: func(a *vihf.Assertion) { a.PurposeOfUse.Code = "urgence" }, want: failed("VIHF-PURPOSE")},
	{name: "break-glass without a reason", change: func(a *vihf.Assertion) { a.PurposeOfUse.Code = vihf.BrisDeGlace }, want: failed("VIHF-REASON")},
	{name: "unknown role", change: func(a *vihf.Assertion) { a.Roles[0].Code = "99" }, want: failed("VIHF-ROLE-UNKNOWN")},
	{name: "two professions", change: func(a *vihf.Assertion) {
		a.Roles = append(a.Roles, vihf.Role{Code: "60", System: vihf.SystemProfession})
	}, want: failed("VIHF-ROLE-DUPLICATE")},
	{name: "a physician without speciality", change: func(a *vihf.Assertion) { a.Roles = a.Roles[:1] }, want: failed("VIHF-ROLE-SPECIALITY")},
	{name: "another savoir-faire", change: func(a *vihf.Assertion) { a.Roles[1].Code = "SM04" }, want: senderFault("DMPInvalidRole", "VIHF-ROLE")},
	{name: "another profession", change: func(a *vihf.Assertion) { a.Roles = []vihf.Role{{Code: "60", System: vihf.SystemProfession}} }, want: senderFault("DMPInvalidRole", "VIHF-ROLE")},
	{name: "unknown structure", change: func(a *vihf.Assertion) { a.StructureID = "1999999999" }, want: senderFault("DMPStructureUnknown", "VIHF-STRUCTURE")},
}

func cutSignature(s string) string {
	from, to := strings.Index(s, "<ds:Signature "), strings.Index(s, "</ds:Signature>")
	return s[:from] + s[to+len("</ds:Signature>"):]
}

// alterSignature changes one bit of the signature value.
func alterSignature(b []byte) []byte {
	const open = "<ds:SignatureValue>"
	from := bytes.Index(b, []byte(open)) + len(open)
	to := bytes.Index(b, []byte("</ds:SignatureValue>"))
	raw, err := base64.StdEncoding.DecodeString(string(b[from:to]))
	if err != nil {
		panic(err)
	}
	raw[10] ^= 1
	return bytes.Replace(b, b[from:to], []byte(base64.StdEncoding.EncodeToString(raw)), 1)
}

// wrapInside makes another assertion in front, which carries the good one as advice.
func wrapInside(b []byte) []byte {
	evil := strings.Replace(cutSignature(string(b)), ` ID="_`, ` ID="_evil`, 1)
	return []byte(strings.Replace(evil, "<saml2:Subject>", "<saml2:Advice>"+string(b)+"</saml2:Advice><saml2:Subject>", 1))
}

// carry makes a deposit under a hand-made security header.
func (tr *trial) carry(p patient, content []byte, card smartcard) wire {
	body, parts := tr.deposit(p).body()
	return tr.envelope(tr.endpoints.Repository, actProvide, vihf.Security(content), body, parts, tr.http(card.tls))
}

// TestFaultsOfVIHF comes with wrong assertions: nobody is let in, nothing is kept, and the try is
// written in the journal.
func TestFaultsOfVIHF(t *testing.T) {
	tr := newTrial(startDemo(t, t.TempDir(), 12))
	p := tr.citizen("citoyen-1")
	before, stored := tr.kept(p), tr.verified()
	gp := tr.card("medecin_generaliste")
	doctor := tr.http(gp.tls)
	for _, c := range spoiltAssertions {
		t.Run(c.name, func(t *testing.T) {
			a := tr.assertion("medecin_generaliste", p.cx())
			if c.change != nil {
				c.change(&a)
			}
			content := gp.sign(t, a, c.xml)
			if c.after != nil {
				content = c.after(content)
			}
			w := tr.carry(p, content, gp)
			w.http = doctor
			s := w.post(t)
			c.want.check(t, s)
			if c.name == "attribute unknown" && (len(s.fault.Refusals) != 1 || !strings.Contains(s.fault.Refusals[0].Fix.EN, "LPS_ID")) {
				t.Errorf("the nearest name is due: %s", s.raw)
			}
			if n := tr.kept(p); n != before {
				t.Errorf("the record went from %d to %d documents", before, n)
			}
		})
	}
	t.Run("no security header", func(t *testing.T) {
		body, parts := tr.deposit(p).body()
		token("VIHF-ABSENT").check(t, tr.envelope(tr.endpoints.Repository, actProvide, nil, body, parts, doctor).post(t))
	})
	t.Run("wrapped: the signed assertion in another header", func(t *testing.T) { tr.wrappedAside(t, p, gp) })
	t.Run("who signs and who connects", func(t *testing.T) { tr.strangers(t, p, gp) })
	t.Run("replayed", func(t *testing.T) { tr.replayed(t, p, gp) })
	t.Run("rights", func(t *testing.T) { tr.withoutRight(t, p) })
	if n := tr.kept(p); n != before {
		t.Errorf("the record went from %d to %d documents", before, n)
	}
	if n := tr.verified(); n != stored {
		t.Errorf("%d documents are stored, %d before", n, stored)
	}
	t.Run("within the tolerance", func(t *testing.T) {
		for _, off := range []time.Duration{-vihf.Skew + time.Minute, vihf.Skew - time.Minute} {
			a := tr.assertion("medecin_generaliste", p.cx())
			a.IssueInstant = a.IssueInstant.Add(off)
			w := tr.carry(p, gp.sign(t, a, nil), gp)
			if s := w.post(t); s.response != ebxml.StatusSuccess {
				t.Errorf("%v off: %s", off, s.raw)
			}
		}
	})
}

// wrappedAside keeps the signed assertion in a header of its own and shows a forged one, with the
// same ID, where the service looks.
func (tr *trial) wrappedAside(t *testing.T, p patient, gp smartcard) {
	signed := gp.sign(t, tr.assertion("medecin_generaliste", p.cx()), nil)
	forged := swapSigned(">Claire", ">Jeanne")
	if !bytes.Contains(signed, []byte(">Claire")) {
		forged = swapSigned(">SOCLE<", ">AUTRE<")
	}
	security := append(vihf.Security(forged(signed)), `<x:Cache xmlns:x="urn:x">`...)
	security = append(append(security, signed...), `</x:Cache>`...)
	body, parts := tr.deposit(p).body()
	failed("VIHF-SIGNATURE-ID-DUPLICATE").check(t, tr.envelope(tr.endpoints.Repository, actProvide, security, body, parts, tr.http(gp.tls)).post(t))
}

// strangers: the card that signs, the certificate of the connection and the people they name.
func (tr *trial) strangers(t *testing.T, p patient, gp smartcard) {
	pem, err := os.ReadFile(filepath.Join(tr.dir, "pki", "autorite.pem"))
	if err != nil {
		t.Fatal(err)
	}
	authority, err := igc.Load(pem)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(from *igc.Authority, r igc.Request) smartcard {
		r.ECDSA = true
		c, err := from.Issue(rand.Reader, time.Now(), r)
		if err != nil {
			t.Fatal(err)
		}
		return smartcardOf(t, c.TLS())
	}
	me := tr.endpoints.Persona("medecin_generaliste")
	unknownAuthority, err := igc.NewAuthority(rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	mine := igc.Request{Offer: igc.Professionnel, IDNat: me.IDNat, Surname: "MARTIN-LEROUX", Given: "Claire", Title: "médecin"}
	past := mine
	past.NotBefore, past.NotAfter = time.Now().AddDate(-4, 0, 0), time.Now().AddDate(-1, 0, 0)
	next := mine
	next.NotBefore, next.NotAfter = time.Now().AddDate(1, 0, 0), time.Now().AddDate(2, 0, 0)
	nobody := igc.Request{Offer: igc.Professionnel, IDNat: "899999999990", Surname: "PERSONNE", Given: "Paul", Title: "médecin"}
	hospitalCard, nurseCard := tr.card("medecin_hospitalier"), tr.card("infirmier")
	hospital := tr.endpoints.Persona("medecin_hospitalier")
	cabinet := tr.endpoints.Structure(me.Structure)
	organisation := readSmartcard(t, cabinet.ClientCert, cabinet.ClientKey)
	indirect := func(a *vihf.Assertion) {
		a.Mode, a.AuthnContext, a.NameID, a.SubjectName = vihf.Indirecte, "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "lambert", "LAMBERT Sophie"
	}
	for _, c := range []struct {
		name   string
		signer smartcard
		tls    smartcard
		change func(a *vihf.Assertion)
		want   refusalWanted
	}{
		{"card of a colleague signs for me", hospitalCard, gp, nil, failed("VIHF-SUBJECT-CARD")},
		{"card of an authority nobody knows signs", issue(unknownAuthority, mine), gp, nil, senderFault("DMPInvalidCertificate", "VIHF-CERT-CHAIN")},
		{"expired card", issue(authority, past), gp, nil, senderFault("DMPInvalidCertificate", "VIHF-CERT-EXPIRED")},
		{"card of next year", issue(authority, next), gp, nil, senderFault("DMPInvalidCertificate", "VIHF-CERT-NOTYET")},
		{"connection of another card", gp, nurseCard, nil, senderFault("DMPInvalidCertificate", "VIHF-AUTRE-TLS")},
		{"connection of another structure", gp, tr.organisation(t, hospital.Structure), nil, senderFault("DMPInvalidCertificate", "VIHF-AUTRE-TLS")},
		{"structure I do not work at", gp, gp, func(a *vihf.Assertion) {
			a.StructureID, a.Sector = hospital.Structure, hospital.Sector+"^"+vihf.SystemSector
		}, senderFault("DMPNotLinked", "VIHF-LIEN")},
		{"professional nobody knows", issue(authority, nobody), issue(authority, nobody), func(a *vihf.Assertion) { a.NameID = "899999999990" }, senderFault("DMPProfessionalUnknown", "VIHF-PROFESSIONNEL")},
		{"indirect, signed for another structure", organisation, organisation, func(a *vihf.Assertion) {
			indirect(a)
			a.StructureID, a.Sector = hospital.Structure, hospital.Sector+"^"+vihf.SystemSector
		}, failed("VIHF-STRUCTURE-CERT")},
		{"indirect, signed by a card", gp, gp, indirect, failed("VIHF-STRUCTURE-CERT")},
		{"indirect, without the user's name", organisation, organisation, func(a *vihf.Assertion) { indirect(a); a.SubjectName = "" }, failed("VIHF-ATTRIBUTE-MISSING")},
	} {
		a := tr.assertion("medecin_generaliste", p.cx())
		if c.change != nil {
			c.change(&a)
		}
		t.Run(c.name, func(t *testing.T) { c.want.check(t, tr.carry(p, c.signer.sign(t, a, nil), c.tls).post(t)) })
	}
}

// organisation reads the certificate of a structure.
func (tr *territory) organisation(t testing.TB, id string) smartcard {
	s := tr.endpoints.Structure(id)
	return readSmartcard(t, s.ClientCert, s.ClientKey)
}

// replayed uses an assertion twice, at one service and at the other; one refused before may be
// mended and sent again.
func (tr *trial) replayed(t *testing.T, p patient, gp smartcard) {
	h := tr.http(gp.tls)
	query := func(content []byte) seen {
		return tr.envelope(tr.endpoints.Registry, actQuery, vihf.Security(content), ebxml.AppendQuery(nil, findAll(p)), nil, h).post(t)
	}
	content := gp.sign(t, tr.assertion("medecin_generaliste", p.cx()), nil)
	if s := query(content); s.response != ebxml.StatusSuccess {
		t.Fatalf("%s", s.raw)
	}
	failed("VIHF-REJEU").check(t, query(content))
	failed("VIHF-REJEU").check(t, tr.carry(p, content, gp).post(t))

	a := tr.assertion("medecin_generaliste", p.cx())
	wrong := a
	wrong.Sector = "SA01^" + vihf.SystemSector
	senderFault("DMPInvalidSector", "VIHF-SECTEUR").check(t, query(gp.sign(t, wrong, nil)))
	if s := query(gp.sign(t, a, nil)); s.response != ebxml.StatusSuccess {
		t.Errorf("the same ID, mended: %s", s.raw)
	}
}

// withoutRight: whoever is known and has no right is refused in the RegistryResponse.
func (tr *trial) withoutRight(t *testing.T, p patient) {
	for _, c := range []struct{ persona, code, id string }{
		{"infirmier", "XDSRegistryError", "ACC-REFUS-SANS-AUTORISATION"},
		{"secretaire", "XDSRegistryError", "ACC-REFUS-PROFIL"},
	} {
		a, err := tr.as(c.persona).Query(context.Background(), p.cx(), findAll(p))
		if err != nil || a.Status != ebxml.StatusFailure || len(a.Errors) != 1 || a.Errors[0].Code != c.code || !strings.Contains(a.Errors[0].Context, "#"+c.id+" | ") || len(a.Objects.Entries) > 0 {
			t.Errorf("%s: %v %+v", c.persona, err, a)
		}
	}
	all, err := tr.as("medecin_generaliste").Query(context.Background(), p.cx(), findAll(p))
	if err != nil {
		t.Fatal(err)
	}
	for _, persona := range []string{"infirmier", "secretaire"} {
		a, err := tr.as(persona).Retrieve(context.Background(), p.cx(), all.Objects.Entries[0].UniqueID)
		if err != nil || a.Status != ebxml.StatusFailure || a.Errors[0].Code != "XDSDocumentUniqueIdError" || len(a.Docs) > 0 {
			t.Errorf("%s reads: %v %+v", persona, err, a)
		}
	}
	// AIR does not feed: the structure signs after a strong sign-in of the professional.
	me := tr.endpoints.Persona("medecin_generaliste")
	org := tr.organisation(t, me.Structure)
	a := tr.assertion("medecin_generaliste", p.cx())
	a.Mode, a.AuthnContext, a.AuthnDecl = vihf.IndirecteRenforcee, "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient", "PSC"
	registryError("XDSRepositoryError", "ACC-REFUS-PROFIL").check(t, tr.carry(p, org.sign(t, a, nil), org).post(t))
}
