package insi

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insi"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/vihf"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/ins/registre"
)

// desk is a teleservice on a TLS listener, with an authority of its own.
type desk struct {
	*httptest.Server
	t         testing.TB
	authority *igc.Authority
	revoked   igc.Revocations
	door      *Door
}

const (
	structure = "10B0152872"
	card      = "899700218896"
)

func open(t testing.TB) *desk {
	t.Helper()
	d := &desk{t: t}
	var err error
	if d.authority, err = igc.NewAuthority(rand.Reader, time.Now()); err != nil {
		t.Fatal(err)
	}
	dir := annuaire.New()
	dir.PutStructure(annuaire.Structure{IDNat: structure, Name: "ESSAI", Active: true})
	dir.Put(annuaire.Professional{IDNat: card, Family: "SPECIALISTE", Given: "ROBERT", Profession: "10", Active: true, Structures: []string{structure}})
	gate := &acces.INSiGate{Roots: d.authority.Roots(), Issuers: d.authority.Issuers(), Directory: dir, Replay: acces.NewReplay(insi.AssertionWindow / 2),
		Revoked: func(c *x509.Certificate) bool { return d.revoked.Revoked(c.SerialNumber) }, Now: time.Now}
	d.door = &Door{Registers: registre.Sandbox(), Gate: gate, Log: slog.New(slog.DiscardHandler)}
	mux := http.NewServeMux()
	d.Server = httptest.NewUnstartedServer(mux)
	d.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: d.authority.Roots(), Certificates: []tls.Certificate{d.issue(igc.Request{Offer: igc.Serveur, ECDSA: true}).TLS()}}
	d.StartTLS()
	d.door.Public = d.URL
	d.door.Register(mux)
	t.Cleanup(func() { d.Close(); d.door.Close() })
	return d
}

func (d *desk) issue(r igc.Request) igc.Credential {
	d.t.Helper()
	r.ECDSA = true
	c, err := d.authority.Issue(rand.Reader, time.Now(), r)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func (d *desk) org(cn string) igc.Credential {
	return d.issue(igc.Request{Offer: igc.Organisation, StructureID: structure, Organization: "ESSAI", CommonName: cn})
}

// client calls with a certificate, or none.
func (d *desk) client(c *igc.Credential) *Client {
	conf := &tls.Config{RootCAs: d.authority.Roots()}
	if c != nil {
		conf.Certificates = []tls.Certificate{c.TLS()}
	}
	return &Client{URL: d.URL + Path, Emitter: structure, IDAM: "essai", Version: "1", Instance: "i", Name: "urn:lps:essai:1", Now: time.Now,
		HTTP: &http.Client{Transport: &http.Transport{TLSClientConfig: conf, MaxIdleConnsPerHost: 8}}}
}

func TestPublishedIdentitiesAnswerAsPublished(t *testing.T) {
	d := open(t)
	auto := d.org("INSI-AUTO")
	c := d.client(&auto)
	for _, q := range []struct {
		ask     ins.Query
		code    ins.Code
		number  string
		history int
	}{
		{ins.Query{BirthName: "CORSE", Given: "ANTHONY", Sex: "M", BirthDate: "1980-03-02"}, "00", "180032B02040123", 1},
		{ins.Query{BirthName: "TCHITCHI", Given: "OLA", Sex: "F", BirthDate: "1936-06-21"}, "01", "", 0},
		{ins.Query{BirthName: "TCHITCHI", Given: "CATARINA", Sex: "F", BirthDate: "1936-06-21"}, "00", "236066322083656", 0},
		{ins.Query{BirthName: "TCHITCHI", Given: "BELLA", Sex: "F", BirthDate: "1936-06-21"}, "00", "236066322083656", 0},
		{ins.Query{BirthName: "ECETINSI", Given: "PIERRE-ALAIN", Sex: "M", BirthDate: "2009-07-14"}, "00", "109076322083489", 2},
		{ins.Query{BirthName: "ECETINSI", Given: "MURIEL", Sex: "M", BirthDate: "2009-07-14", BirthPlace: "63220"}, "00", "109076322083489", 2},
		{ins.Query{BirthName: "ECETINSI", Given: "PIERRE-ALAIN", Sex: "F", BirthDate: "2009-07-14"}, "01", "", 0},
		{ins.Query{BirthName: "ECETINSI", Given: "PIERRE-ALAIN", Sex: "M", BirthDate: "2009-07-14", BirthPlace: "75056"}, "01", "", 0},
		{ins.Query{BirthName: "D'ARTAGNAN DE L'HERAULT", Given: "PIERRE-ALAIN", Sex: "M", BirthDate: "2001-06-17"}, "00", "101066322075460", 0},
		{ins.Query{BirthName: "ADRDEUX", Given: "LAURENT", Sex: "M", BirthDate: "1981-01-01"}, "00", "181016322075140", 0},
		{ins.Query{BirthName: "ADRTROIS", Given: "DOMINIQUE", Sex: "F", BirthDate: "1997-02-26"}, "00", "297022A02077878", 0},
		{ins.Query{BirthName: "PAT-TROIS", Given: "DOMINIQUE", Sex: "F", BirthDate: "1979-03-28"}, "00", "279035121518989", 0},
		{ins.Query{BirthName: "HOMONYMIE", Given: "CAMILLE", Sex: "F", BirthDate: "1985-05-05"}, "02", "", 0},
		{ins.Query{BirthName: "HOMONYMIE", Given: "CAMILLE", Sex: "F", BirthDate: "1985-05-05", BirthPlace: "51215"}, "00", registre.Several()[1].INS.Matricule.Reveal(), 0},
		{ins.Query{BirthName: "PERSONNE", Given: "NUL", Sex: "F", BirthDate: "1966-00-00"}, "01", "", 0},
	} {
		r, err := c.Search(t.Context(), q.ask)
		if err != nil {
			t.Errorf("%s %s: %v", q.ask.BirthName, q.ask.Given, err)
			continue
		}
		if r.Code != q.code || r.INS.Matricule.Reveal() != q.number || len(r.History) != q.history || r.Label != insi.Labels[string(q.code)] {
			t.Errorf("%s %s: %s %q %s %d", q.ask.BirthName, q.ask.Given, r.Code, r.Label, r.INS.Matricule.Reveal(), len(r.History))
		}
		if q.code != "00" {
			continue
		}
		if r.INS.OID != "1.2.250.1.213.1.4.10" {
			t.Errorf("a sandbox answers under %s", r.INS.OID)
		}
		if ok, err := c.Verify(t.Context(), r.INS, r.Traits); !ok || err != nil {
			t.Errorf("%s is not verified: %v", q.ask.BirthName, err)
		}
		other := r.Traits
		other.BirthDate = "1901-01-01"
		if ok, err := c.Verify(t.Context(), r.INS, other); ok || err != nil {
			t.Errorf("%s is verified with another birth date: %v", q.ask.BirthName, err)
		}
		for _, h := range r.History {
			if ok, _ := c.Verify(t.Context(), h.INS, r.Traits); ok && h.INS != r.INS {
				t.Errorf("a former matricule of %s is verified", q.ask.BirthName)
			}
		}
	}
	_, err := c.Search(t.Context(), ins.Query{BirthName: "PANNE", Given: "CAMILLE", Sex: "F", BirthDate: "1990-01-01"})
	if r := finding.As(err); r == nil || r.Code != "insi_102" || r.Kind != finding.Unavailable {
		t.Errorf("the scripted fault answers %v", err)
	}
}

func TestScriptedLatencyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r, err := registre.Sandbox().Search(t.Context(), ins.Query{BirthName: "LENTEUR", Given: "CAMILLE", Sex: "F", BirthDate: "1990-01-02"})
		if err != nil || r.Code != ins.CodeNobody || time.Since(start) != 3*time.Second {
			t.Errorf("%v %v after %v", r.Code, err, time.Since(start))
		}
	})
}

func TestWhoMayAsk(t *testing.T) {
	d := open(t)
	auto, manu, other := d.org("INSI-AUTO"), d.org("INSI-MANU"), d.org("ESSAI")
	gone := d.org("INSI-AUTO")
	d.revoked.Revoke(gone.Certificate.SerialNumber, time.Now(), 1)
	foreign := d.issue(igc.Request{Offer: igc.Organisation, StructureID: "1999999999", Organization: "X", CommonName: "INSI-AUTO"})
	cps := d.issue(igc.Request{Offer: igc.Professionnel, IDNat: card})
	stranger := d.issue(igc.Request{Offer: igc.Professionnel, IDNat: "899900000000"})
	lost := d.issue(igc.Request{Offer: igc.Professionnel, IDNat: card})
	d.revoked.Revoke(lost.Certificate.SerialNumber, time.Now(), 1)
	vitale := d.issue(igc.Request{Offer: igc.Organisation, StructureID: structure, Organization: "AM", CommonName: insi.VitaleCN})

	sign := func(c igc.Credential, subject string, isVitale bool, at time.Time) []byte {
		b, err := insi.SignAssertion(insi.Assertion{ID: "_" + uuid.NewString(), Subject: subject, Vitale: isVitale, Issued: at}, c.Key, rand.Reader, c.Certificate, c.Chain...)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	now := time.Now()
	forDMP, err := vihf.Sign(vihf.Assertion{ID: "_" + uuid.NewString(), IssueInstant: now, NameID: card, AuthnContext: "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
		Version: "3.0", Mode: vihf.Normal, StructureID: structure}, cps.Key, rand.Reader, cps.Certificate, cps.Chain...)
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]struct {
		cert *igc.Credential
		sec  []byte
		want error
	}{
		"structure, automatic":               {&auto, nil, nil},
		"structure, by an operator":          {&manu, nil, nil},
		"another certificate":                {&other, nil, insi.ErrCertificate},
		"no certificate":                     {nil, nil, insi.ErrCertificate},
		"a card without its assertion":       {&cps, nil, insi.ErrCertificate},
		"revoked":                            {&gone, nil, insi.ErrRevoked},
		"unknown structure":                  {&foreign, nil, acces.ErrStructure},
		"card by assertion":                  {nil, insi.Security(sign(cps, card, false, now)), nil},
		"card in another name":               {nil, insi.Security(sign(cps, "899700366240", false, now)), insi.ErrAssertion},
		"card nobody knows":                  {nil, insi.Security(sign(stranger, "899900000000", false, now)), acces.ErrProfessional},
		"revoked card":                       {nil, insi.Security(sign(lost, card, false, now)), insi.ErrRevoked},
		"an assertion made for the DMP":      {nil, insi.Security(forDMP), insi.ErrAssertion},
		"expired assertion":                  {nil, insi.Security(sign(cps, card, false, now.Add(-time.Hour))), insi.ErrAssertion},
		"assertion altered":                  {nil, bytes.Replace(insi.Security(sign(cps, card, false, now)), []byte(">"+card+"<"), []byte(">899700366240<"), 1), insi.ErrAssertion},
		"a card vouches for nobody's Vitale": {&auto, insi.Security(sign(cps, "279035121518989", true, now)), insi.ErrVitale},
		"Vitale beside the structure":        {&auto, insi.Security(sign(vitale, "279035121518989", true, now)), nil},
	} {
		c := d.client(q.cert)
		if q.sec != nil {
			c.Security = func() ([]byte, error) { return q.sec, nil }
		}
		contentType, body, err := c.call(t.Context(), insi.Outgoing{Operation: insi.SearchTraits, Search: insi.Traits{BirthName: "CORSE", Prenom: []string{"ANTHONY"}, Sex: "M", BirthDate: "1980-03-02"}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, err = insi.ReadAnswer(contentType, body)
		if q.want == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if r := finding.As(err); r == nil || !strings.Contains(r.Message.FR, "#"+finding.As(q.want).ID) {
			t.Errorf("%s: %v, want %v", name, err, q.want)
		}
	}
	// An assertion serves once.
	once := insi.Security(sign(cps, card, false, now))
	c := d.client(nil)
	c.Security = func() ([]byte, error) { return once, nil }
	ask := ins.Query{BirthName: "CORSE", Given: "ANTHONY", Sex: "M", BirthDate: "1980-03-02"}
	if _, err := c.Search(t.Context(), ask); err != nil {
		t.Error(err)
	}
	if _, err := c.Search(t.Context(), ask); err == nil {
		t.Error("an assertion served twice")
	}
	// Nor after a restart, which forgets those that served.
	gate := d.door.Gate.(*acces.INSiGate)
	gate.Since = now.Add(2 * time.Second)
	before := insi.Security(sign(cps, card, false, now))
	c.Security = func() ([]byte, error) { return before, nil }
	if _, err := c.Search(t.Context(), ask); err == nil {
		t.Error("an assertion made before the memory began is taken")
	}
	gate.Since = now // to the second
	after := insi.Security(sign(cps, card, false, now))
	c.Security = func() ([]byte, error) { return after, nil }
	if _, err := c.Search(t.Context(), ask); err != nil {
		t.Error(err)
	}
	// The search by carte Vitale.
	c = d.client(&auto)
	c.Security = func() ([]byte, error) { return insi.Security(sign(vitale, "279035121518989", true, time.Now())), nil }
	contentType, body, err := c.call(t.Context(), insi.Outgoing{Operation: insi.SearchVitale})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := insi.ReadAnswer(contentType, body); err != nil || a.Traits.BirthName != "PAT-TROIS" {
		t.Errorf("by carte Vitale: %v %v", a.Traits.BirthName, err)
	}
}

func TestLotsShowTheirProgressToTheirOwnerAlone(t *testing.T) {
	d := open(t)
	auto := d.org("INSI-AUTO")
	c := d.client(&auto)
	people := lotOf(500)
	lot := c.lot(t, insi.Outgoing{Operation: insi.DepositLot, Persons: people})
	if lot.Total != 500 || lot.ID == "" {
		t.Fatalf("deposited %+v", lot)
	}
	d.door.lots.work.Wait()
	lot = c.lot(t, insi.Outgoing{Operation: insi.CollectLot, Lot: lot.ID})
	if lot.State != insi.LotFinished || lot.Done != 500 || len(lot.Results) != 500 {
		t.Fatalf("collected %s %d/%d, %d results", lot.State, lot.Done, lot.Total, len(lot.Results))
	}
	for i, r := range lot.Results {
		want := insi.VerifiedOK
		if i%2 == 1 {
			want = insi.VerifiedKO
		}
		if r.Ref != people[i].Ref || r.Result != want {
			t.Fatalf("result %d: %+v", i, r)
		}
	}
	if _, err := d.door.lots.collect("10B9999999", lot.ID); !errors.Is(err, insi.ErrLot) {
		t.Errorf("somebody else reads a lot: %v", err)
	}
}

// TestLargeRequestsWaitTheirTurn: few are in memory at once, and one that ends badly gives its place back.
func TestLargeRequestsWaitTheirTurn(t *testing.T) {
	d := open(t)
	auto := d.org("INSI-AUTO")
	big := bytes.Repeat([]byte(" "), insi.MaxRequest+1)
	post := func(body io.Reader) string {
		t.Helper()
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, d.URL+Path, body)
		r.Header.Set("Content-Type", insi.RequestContentType(insi.DepositLot))
		res, err := d.client(&auto).HTTP.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return string(b)
	}
	for range maxLarge {
		d.door.large <- struct{}{}
	}
	if b := post(bytes.NewReader(big)); !strings.Contains(b, "INSI-LOT-OCCUPE") {
		t.Errorf("one too many: %.300s", b)
	}
	for range maxLarge {
		<-d.door.large
	}
	for range maxLarge + 1 {
		if b := post(bytes.NewReader(big)); strings.Contains(b, "INSI-LOT-OCCUPE") {
			t.Fatalf("a place was lost: %.300s", b)
		}
	}
}

// lotOf makes persons to verify, every second one with another first name than the registers'.
func lotOf(n int) []insi.Individual {
	k := registre.Published()[2]
	out := make([]insi.Individual, n)
	for i := range out {
		out[i] = insi.Individual{Ref: big.NewInt(int64(i)).String(), INS: k.INS, Traits: insi.Traits{BirthName: k.Traits.BirthName, Givens: k.Traits.Givens, Sex: "M", BirthDate: k.Traits.BirthDate}}
		if i%2 == 1 {
			out[i].Traits.Givens = "ALBERT"
		}
	}
	return out
}

func (c *Client) lot(t testing.TB, o insi.Outgoing) insi.Lot {
	t.Helper()
	contentType, body, err := c.call(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := insi.ReadLot(contentType, body)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDescriptionIsServed(t *testing.T) {
	d := open(t)
	c := d.client(nil)
	for path, want := range map[string]string{Path + "?wsdl": d.URL + Path + "/recsans.xsd", Path + "/recsans.xsd": "RECSANSVITALE", Path + "/enveloppe.xsd": "Envelope"} {
		r, err := c.HTTP.Get(d.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != http.StatusOK || !strings.Contains(string(b), want) {
			t.Errorf("%s: %d, no %s", path, r.StatusCode, want)
		}
	}
	if r, err := c.HTTP.Get(d.URL + Path + "/nul.xsd"); err != nil || r.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown schema: %v %v", r.StatusCode, err)
	}
}

func BenchmarkVerify(b *testing.B) {
	d := open(b)
	auto := d.org("INSI-AUTO")
	c := d.client(&auto)
	k := registre.Published()[2]
	id := insid.INS{Matricule: k.INS.Matricule, OID: k.INS.OID}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if ok, err := c.Verify(context.Background(), id, k.Traits); err != nil || !ok {
				b.Error(ok, err)
				return
			}
		}
	})
}

func BenchmarkLot100000(b *testing.B) {
	d := open(b)
	auto := d.org("INSI-AUTO")
	c := d.client(&auto)
	people := lotOf(100_000)
	for b.Loop() {
		lot := c.lot(b, insi.Outgoing{Operation: insi.DepositLot, Persons: people})
		d.door.lots.work.Wait()
		body := insi.AppendRequest(nil, insi.Outgoing{Operation: insi.CollectLot, Lot: lot.ID, MessageID: "uuid:1"})
		b.SetBytes(int64(len(body)))
		if got, err := d.door.lots.collect(structure, lot.ID); err != nil || got.Done != 100_000 {
			b.Fatal(err, got.Done)
		}
	}
}
