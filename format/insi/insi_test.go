package insi

import (
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

// published is a search in the form a public client sends: prefixes declared twice, contexts without
// a SOAP namespace of their own, MessageID as uuid:.
const published = `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:tns="http://www.cnamts.fr/webservice" xmlns:insi_recsans_ins="http://www.cnamts.fr/INSiRecSans" xmlns:ctxbam="urn:siram:bam:ctxbam" xmlns:ctxlps="urn:siram:lps:ctxlps" xmlns:siram="urn:siram"><soap:Header><ctxbam:ContexteBAM Version="01_02"><ctxbam:Id>ff64321f-f73d-4874-92e0-d0a7c25b37ef</ctxbam:Id><ctxbam:Temps>2026-09-26T08:52:02.578Z</ctxbam:Temps><ctxbam:Emetteur>10B0152872</ctxbam:Emetteur><ctxbam:COUVERTURE></ctxbam:COUVERTURE></ctxbam:ContexteBAM> <ctxlps:ContexteLPS Nature="CTXLPS" Version="01_00"><ctxlps:Id>909a6ebf-fbc5-4492-9d60-d938b77d3697</ctxlps:Id><ctxlps:Temps>2026-09-26T08:52:02.578Z</ctxlps:Temps><ctxlps:Emetteur>10B0152872</ctxlps:Emetteur><ctxlps:LPS><ctxlps:IDAM R="4">NumAutorisation</ctxlps:IDAM><ctxlps:Version>2026</ctxlps:Version><ctxlps:Instance>636c9d43-1a19-5b8c-a8b1-ac43227cfe46</ctxlps:Instance><ctxlps:Nom>urn:lps:essai:2026</ctxlps:Nom></ctxlps:LPS></ctxlps:ContexteLPS> <wsa:Action xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns="http://www.w3.org/2005/08/addressing">urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite</wsa:Action> <wsa:MessageID xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns="http://www.w3.org/2005/08/addressing">uuid:32739a42-8bbf-4db5-8686-935d87eddb35</wsa:MessageID></soap:Header><soap:Body>BODY</soap:Body></soap:Envelope>`

const publishedBody = `<insi_recsans_ins:RECSANSVITALE xmlns:insi_recsans_ins="http://www.cnamts.fr/INSiRecSans" xmlns="http://www.cnamts.fr/INSiRecSans"><insi_recsans_ins:NomNaissance>D&apos;ARTAGNAN DE L&apos;HERAULT</insi_recsans_ins:NomNaissance><insi_recsans_ins:Prenom>PIERRE-ALAIN</insi_recsans_ins:Prenom><insi_recsans_ins:Sexe>M</insi_recsans_ins:Sexe><insi_recsans_ins:DateNaissance>2001-06-17</insi_recsans_ins:DateNaissance></insi_recsans_ins:RECSANSVITALE>`

func request(body string) []byte { return []byte(strings.Replace(published, "BODY", body, 1)) }

func TestReadsAPublishedSearch(t *testing.T) {
	r, err := Read(RequestContentType(SearchTraits), "", request(publishedBody))
	if err != nil {
		t.Fatal(err)
	}
	want := Traits{BirthName: "D'ARTAGNAN DE L'HERAULT", Prenom: []string{"PIERRE-ALAIN"}, Sex: "M", BirthDate: "2001-06-17"}
	if diff := cmp.Diff(want, r.Search); diff != "" {
		t.Error(diff)
	}
	if r.Operation != SearchTraits || r.MessageID != "uuid:32739a42-8bbf-4db5-8686-935d87eddb35" || r.Context.Emitter != "10B0152872" || r.Context.IDAM != "NumAutorisation" || r.Context.Name != "urn:lps:essai:2026" {
		t.Errorf("read %+v", r)
	}
	valid(t, request(publishedBody))
}

func fields(name, given, sex, date, place string) string {
	s := `<RECSANSVITALE xmlns="http://www.cnamts.fr/INSiRecSans">`
	for _, f := range [][2]string{{"NomNaissance", name}, {"Prenom", given}, {"Sexe", sex}, {"DateNaissance", date}, {"LieuNaissance", place}} {
		if f[1] != "" {
			s += "<" + f[0] + ">" + f[1] + "</" + f[0] + ">"
		}
	}
	return s + `</RECSANSVITALE>`
}

func TestTraitsThatCannotBeSearched(t *testing.T) {
	for _, c := range []struct {
		body string
		want *finding.Refusal
	}{
		{fields("DURAND", "ANNE", "F", "1966-00-00", ""), nil},
		{fields("DURAND", "ANNE", "F", "1966-13-42", "99350"), nil},
		{fields("DURAND", "", "F", "1980-01-01", "2A004"), nil},
		{fields("DURAND2", "ANNE", "F", "1980-01-01", ""), ErrName},
		{fields("Durand", "ANNE", "F", "1980-01-01", ""), ErrName},
		{fields("DURAND", "ANNE MARIE", "F", "1980-01-01", ""), ErrName},
		{fields("DURAND", "ANNE", "I", "1980-01-01", ""), ErrSex},
		{fields("DURAND", "ANNE", "", "1980-01-01", ""), ErrMissing},
		{fields("", "ANNE", "F", "1980-01-01", ""), ErrMissing},
		{fields("DURAND", "ANNE", "F", "", ""), ErrMissing},
		{fields("DURAND", "ANNE", "F", "01/01/1980", ""), ErrDate},
		{fields("DURAND", "ANNE", "F", "1980-01-01", "PARIS"), ErrPlace},
		{fields(strings.Repeat("A", 101), "ANNE", "F", "1980-01-01", ""), ErrLong},
		{`<RECSANSVITALE xmlns="http://www.cnamts.fr/INSiRecSans"><NomDeNaissance>X</NomDeNaissance></RECSANSVITALE>`, ErrElement},
		{`<RECVITALE xmlns="http://www.cnamts.fr/INSiRecVit"/>`, ErrBody},
	} {
		_, err := Read(RequestContentType(SearchTraits), "", request(c.body))
		if c.want == nil {
			if err != nil {
				t.Errorf("%s: %v", c.body, err)
			}
			continue
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", c.body, err, c.want.ID)
			continue
		}
		fault := AppendFault(nil, finding.As(err), "uuid:1")
		valid(t, fault)
		if _, err := ReadAnswer(ContentType, fault); finding.As(err) == nil {
			t.Errorf("a client does not see the fault: %v", err)
		}
	}
	_, err := Read(RequestContentType(SearchTraits), "", request(`<RECSANSVITALE xmlns="http://www.cnamts.fr/INSiRecSans"><NomNaisance>X</NomNaisance></RECSANSVITALE>`))
	if r := finding.As(err); r == nil || !strings.Contains(r.Fix.FR, "NomNaissance") {
		t.Errorf("the nearest name is not told: %v", err)
	}
}

// The expressions by which a public client reads a fault.
// spec: INS §6 (errors)
func TestFaultAsPublicClientsReadIt(t *testing.T) {
	xml := string(AppendFault(nil, ErrTechnical, ""))
	for want, expr := range map[string]string{
		"siram_40":              `(<S:Subcode><S:Value>S:)(.*)(</S:Value>)`,
		"insi_102":              `(code=")(.*?)(")`,
		ErrTechnical.Message.FR: `(<S:Text xml:lang="en">)([\S\s]*?)(</S:Text>)`,
		technicalDetail:         `(<siram:Erreur[^>]*>)([\S\s]*)(</siram:Erreur>)`,
	} {
		m := regexp.MustCompile(expr).FindStringSubmatch(xml)
		if m == nil {
			t.Errorf("%s finds nothing in %s", expr, xml)
			continue
		}
		// a greedy expression stops at the first end here: the value is alone on its element
		if got, _, _ := strings.Cut(m[2], "<"); got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
	valid(t, []byte(xml))
}

func ins(t testing.TB, m string) insid.INS {
	t.Helper()
	id, err := insid.Parse(m, "1.2.250.1.213.1.4.10")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestRoundTrips(t *testing.T) {
	reveal := cmp.Comparer(func(a, b insid.INS) bool { return a == b })
	people := []Individual{{Ref: "1", INS: ins(t, "279035121518989"), Traits: Traits{BirthName: "PAT-TROIS", Givens: "DOMINIQUE", Prenom: []string{"DOMINIQUE"}, Sex: "F", BirthDate: "1979-03-28", BirthPlace: "63220"}}}
	for _, o := range []Outgoing{
		{Operation: SearchTraits, Search: Traits{BirthName: "CORSE", Prenom: []string{"ANTHONY"}, Sex: "M", BirthDate: "1980-03-02", BirthPlace: "2B020"}},
		{Operation: SearchVitale},
		{Operation: Verify, Persons: people},
		{Operation: DepositLot, Persons: people},
		{Operation: CollectLot, Lot: "x"},
	} {
		o.MessageID = "uuid:1"
		o.Context = Context{ID: "1", Time: "2026-01-01T00:00:00Z", Emitter: "10B0152872", IDAM: "a", Version: "1", Instance: "b", Name: "urn:lps:essai:1"}
		msg := AppendRequest(nil, o)
		valid(t, msg)
		r, err := Read(RequestContentType(o.Operation), "", msg)
		if err != nil {
			t.Fatalf("%s: %v", o.Operation, err)
		}
		if diff := cmp.Diff(o.Search, r.Search) + cmp.Diff(o.Persons, r.Persons, reveal) + cmp.Diff(o.Context, r.Context); diff != "" || r.Lot != o.Lot {
			t.Errorf("%s: %s", o.Operation, diff)
		}
	}
	for _, a := range []Answer{
		{Code: "01", Label: Labels["01"]}, {Code: "02", Label: Labels["02"]},
		{Code: "00", Label: "OK", INS: ins(t, "109076322083489"), History: []Former{{INS: ins(t, "209076322083439"), From: "2019-03-01", To: "2019-02-28"}, {INS: ins(t, "209066322012355")}},
			Traits: Traits{BirthName: "ECETINSI", Givens: "PIERRE-ALAIN MURIEL FLORIANT", Sex: "M", BirthDate: "2009-07-14", BirthPlace: "63220"}},
	} {
		msg := AppendAnswer(nil, a)
		valid(t, msg)
		got, err := ReadAnswer(ContentType, msg)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, got, reveal); diff != "" {
			t.Error(diff)
		}
	}
	lot := Lot{ID: "x", State: LotFinished, Done: 2, Total: 2, Results: []LotResult{{Ref: "1", Result: "OK"}, {Ref: "2", Result: "KO", Reason: "INSI-TECHNIQUE"}}}
	msg := AppendLot(nil, lot)
	valid(t, msg)
	if got, err := ReadLot(ContentType, msg); err != nil || cmp.Diff(lot, got) != "" {
		t.Errorf("%v %s", err, cmp.Diff(lot, got))
	}
	for _, ok := range []bool{true, false} {
		valid(t, AppendVerified(nil, ok))
		if got, err := ReadVerified(ContentType, AppendVerified(nil, ok)); err != nil || got != ok {
			t.Errorf("%v %v", got, err)
		}
	}
}

// A published answer carries the key inside the number and again beside it.
// spec: INS §6 (fixtures)
func TestReadsANumberThatHoldsItsKey(t *testing.T) {
	msg := strings.Replace(string(AppendAnswer(nil, Answer{Code: "00", Label: "OK", INS: ins(t, "101066322075460"), Traits: Traits{BirthName: "D'ARTAGNAN DE L'HERAULT", Sex: "M", BirthDate: "2001-06-17"}})),
		"<NumIdentifiant>1010663220754</NumIdentifiant>", "<NumIdentifiant>101066322075460</NumIdentifiant>", 1)
	a, err := ReadAnswer(ContentType, []byte(msg))
	if err != nil || a.INS != ins(t, "101066322075460") {
		t.Errorf("%v %v", a.INS.Matricule.Reveal(), err)
	}
}

// valid checks a message against our schemas with xmllint, when it is there.
func valid(t *testing.T, msg []byte) {
	t.Helper()
	tool, err := exec.LookPath("xmllint")
	if err != nil {
		t.Log("xmllint is not installed: messages not validated by it")
		return
	}
	cmd := exec.Command(tool, "--noout", "--nonet", "--schema", filepath.Join("schema", "enveloppe.xsd"), "-")
	cmd.Stdin = strings.NewReader(string(msg))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("xmllint: %s\n%s", out, msg)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(RequestContentType(SearchTraits), request(publishedBody))
	for _, o := range Operations() {
		f.Add(RequestContentType(o), AppendRequest(nil, Outgoing{Operation: o, MessageID: "uuid:1", Lot: "x"}))
	}
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		r, err := Read(contentType, "", body)
		if err != nil && finding.As(err) == nil {
			t.Errorf("not a refusal: %v", err)
		}
		if err == nil && r.Operation == SearchTraits {
			again, err := Read(RequestContentType(SearchTraits), "", AppendRequest(nil, Outgoing{Operation: SearchTraits, MessageID: "uuid:1", Search: r.Search}))
			if err != nil || cmp.Diff(r.Search, again.Search) != "" {
				t.Errorf("%v %s", err, cmp.Diff(r.Search, again.Search))
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	msg := request(publishedBody)
	b.SetBytes(int64(len(msg)))
	for b.Loop() {
		if _, err := Read(RequestContentType(SearchTraits), "", msg); err != nil {
			b.Fatal(err)
		}
	}
}
