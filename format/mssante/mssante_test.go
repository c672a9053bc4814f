package mssante

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
)

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"marie.martin@medecin.mssante.fr":         "marie.martin@medecin.mssante.fr",
		" <Marie.Martin@Medecin.MSSante.fr> ":     "Marie.Martin@medecin.mssante.fr",
		"resultat_biologie@chu.mssante.fr":        "resultat_biologie@chu.mssante.fr",
		`"jean dupont"@chu.mssante.fr`:            `"jean dupont"@chu.mssante.fr`,
		"accueil@hôpital-été.mssante.fr":          "accueil@xn--hpital-t-h1ab6i.mssante.fr",
		"accueil@xn--hpital-t-h1ab6i.mssante.fr.": "accueil@xn--hpital-t-h1ab6i.mssante.fr",
		"180032b020401 23@patient.mssante.fr":     "",
		"180032b02040123@patient.mssante.fr":      "180032B02040123@patient.mssante.fr",
		"a@b":                                     "",
		"@b.fr":                                   "",
		"a@":                                      "",
		"a..b@c.fr":                               "",
		".a@c.fr":                                 "",
		"a@c..fr":                                 "",
		"a@-c.fr":                                 "",
		"a@c d.fr":                                "",
		"a\r\nBcc: x@y.fr@c.fr":                   "",
		"a@c.fr\r\nRCPT TO:<x@y.fr>":              "",
		"a\x00@c.fr":                              "",
		strings.Repeat("a", 65) + "@c.fr":         "",
		"a@" + strings.Repeat("b", 64) + ".fr":    "",
		"a@" + strings.Repeat("bcd.", 80) + "fr":  "",
		`"a`:                                      "", `"a"b@c.fr`: "", `"a\"b"@c.fr`: `"a\"b"@c.fr`,
		"a@xn--zzzzzzzzzzzzz--.fr": "",
		"a@\xff.fr":                "",
		"a@☠.fr":                   "",
	} {
		a, err := ParseAddress(in)
		if got := a.String(); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", in, got, err, want)
		}
		if err != nil && finding.As(err) == nil {
			t.Errorf("%q: %v is no refusal", in, err)
		}
	}
	a, _ := ParseAddress("accueil@hôpital-été.mssante.fr")
	if a.Shown() != "accueil@hôpital-été.mssante.fr" || a.Key() != "accueil@xn--hpital-t-h1ab6i.mssante.fr" {
		t.Errorf("%+v", a)
	}
}

// TestPunycode follows the samples of RFC 3492 7.1 and a few names of the field.
func TestPunycode(t *testing.T) {
	for u, want := range map[string]string{
		"bücher": "bcher-kva", "mañana": "maana-pta", "他们为什么不说中文": "ihqwcrb4cv8a8dqg056pqjye", "porqué": "porqu-fsa",
		"ü": "tda", "santé": "sant-epa", "clinique-de-l-étang": "clinique-de-l-tang-owb",
	} {
		got, ok := punycode([]rune(u))
		if !ok || got != want {
			t.Errorf("%s: %s, want %s", u, got, want)
		}
		back, ok := depunycode(got)
		if !ok || string(back) != u {
			t.Errorf("%s came back as %q", u, string(back))
		}
	}
	if got, _ := ToASCII("e\u0301te\u0301.fr"); got != "xn--t-9fab.fr" {
		t.Errorf("composed: %s", got)
	}
	for _, bad := range []string{"", "99999999", "a-é", "kva-", strings.Repeat("9", 60), "A"} {
		_, _ = depunycode(bad) // no panic
	}
}

func FuzzDomain(f *testing.F) {
	for _, s := range []string{"hôpital.fr", "xn--hpital-ixa.fr", "xn--99999999.fr", "a..b", "xn--a-.fr"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ToASCII(s)
		if err != nil {
			return
		}
		u := ToUnicode(a)
		again, err := ToASCII(u)
		if utf8.ValidString(u) && err == nil && again != a && !strings.Contains(a, "xn--") {
			t.Fatalf("%q → %q → %q → %q", s, a, u, again)
		}
		_, _ = ParseAddress(s)
		_, _ = CitizenOf(s)
		_, _ = ParseSubject(s)
		_ = Shown(s)
		_ = Subject{Label: s}.String()
	})
}

func TestCitizens(t *testing.T) {
	ins, err := insid.Parse("146026322000196", oid.INSNIR)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Citizen(ins)
	if err != nil || a.String() != "146026322000196@patient.mssante.fr" {
		t.Fatal(a, err)
	}
	corsican, _ := insid.Parse("180032b02040123", oid.INSNIRTest)
	if a, err = Citizen(corsican); err != nil || a.String() != "180032B02040123@patient.mssante.fr" {
		t.Fatal(a, err)
	}
	wrong, err := insid.Parse("221042545611404", oid.INSNIRTest) // a wrong key that official tests carry
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []insid.INS{{}, wrong, {Matricule: "146026322000196", OID: oid.INSC}, {Matricule: "146026322000196", OID: "1.2.3"}, {Matricule: "x", OID: oid.INSNIR}} {
		if _, err := Citizen(bad); finding.As(err) == nil || finding.As(err).ID != "MSS-ADRESSE-CITOYEN" {
			t.Errorf("%#v: %v", bad, err)
		}
	}
	for address, ok := range map[string]bool{
		"146026322000196@patient.mssante.fr": true, "<180032b02040123@PATIENT.mssante.FR>": true, "146026322000196@medecin.mssante.fr": false,
		"14602632200019@patient.mssante.fr": false, "marie@patient.mssante.fr": false, "1 46 02 63 220 001 96@patient.mssante.fr": false, "": false, "146026322000196": false,
	} {
		m, got := CitizenOf(address)
		if got != ok || ok && m.Reveal() != strings.ToUpper(strings.Trim(address, "<>"))[:15] {
			t.Errorf("%s: %v", address, got)
		}
	}
	if !IsCitizen("marie@patient.mssante.fr") || IsCitizen("a@b.fr") {
		t.Error("IsCitizen")
	}
}

func TestSubjects(t *testing.T) {
	s := Subject{Label: "ECHOGRAPHIE ABDOMINOPELVIENNE", Family: "Corse", Given: "FIGATELLIX", Birth: "12/10/1988"}
	const want = "XDM/1.0/DDM+ECHOGRAPHIE ABDOMINOPELVIENNE CORSE FIGATELLIX 12/10/1988"
	if s.String() != want {
		t.Error(s.String())
	}
	for text, want := range map[string]Subject{
		want: {Label: "ECHOGRAPHIE ABDOMINOPELVIENNE", Family: "CORSE", Given: "FIGATELLIX", Birth: "12/10/1988"},
		"RE: Tr : XDM/1.0/DDM+CR CORSE FIGATELLIX": {Label: "CR", Family: "CORSE", Given: "FIGATELLIX"},
		"[KO Intégration système !][902] " + want:  {Failed: true, Code: "902", Label: "ECHOGRAPHIE ABDOMINOPELVIENNE", Family: "CORSE", Given: "FIGATELLIX", Birth: "12/10/1988"},
		"[KO Intégration système ! ] " + want:      {Failed: true, Label: "ECHOGRAPHIE ABDOMINOPELVIENNE", Family: "CORSE", Given: "FIGATELLIX", Birth: "12/10/1988"},
		"xdm/1.0/ddm + CR A B":                     {Label: "CR", Family: "A", Given: "B"},
		"XDM/1.0/DDM":                              {},
		"XDM/1.0/DDM+[Annule et remplace] CR A B":  {Replaces: true, Label: "CR", Family: "A", Given: "B"},
		"XDM/1.0/DDM+[Suppression] CR A B":         {Deletes: true, Label: "CR", Family: "A", Given: "B"},
	} {
		got, ok := ParseSubject(text)
		if !ok || got != want {
			t.Errorf("%q: %v %+v", text, ok, got)
		}
	}
	for _, v := range []Subject{{Label: "CR", Family: "A", Given: "B", Replaces: true}, {Label: "CR", Family: "A", Given: "B", Failed: true, Code: "906"}} {
		if got, ok := ParseSubject(v.String()); !ok || got != v {
			t.Errorf("%+v came back as %+v", v, got)
		}
	}
	if _, ok := ParseSubject("Bonjour"); ok {
		t.Error("no mark")
	}
	if got := (Subject{Label: "CR\r\nBcc: x@y.fr", Family: "A", Given: "B"}).String(); strings.ContainsAny(got, "\r\n") {
		t.Errorf("%q", got)
	}
	if got := Shown("RE: XDM/1.0/DDM+CR CORSE"); got != "RE: CR CORSE" {
		t.Error(got)
	}
	if !Names("CR de Mme Noël-Dupont Anaïs", "NOEL DUPONT", "ANAIS") || Names("CR DUPONTEL JEAN", "DUPONT", "JEAN") {
		t.Error("Names")
	}
}

func TestDisplayNames(t *testing.T) {
	if got := DisplayName("Dr", "Marie", "Martin", "Cabinet Medical"); got != "Dr_Marie_MARTIN_Cabinet Medical" {
		t.Error(got)
	}
	if got := DisplayName("", "Jean", "dupont", ""); got != "Jean_DUPONT" {
		t.Error(got)
	}
	for name, ok := range map[string]bool{"Dr_Marie_MARTIN_Cabinet Medical": true, "Jean_DUPONT": true, "Jean Dupont": false, "Hopital C – Biologie": false, "Jean_Dupont": false, "_DUPONT": false} {
		if IsPersonalName(name) != ok {
			t.Error(name)
		}
	}
}

const listSample = `<ListeBlanche xmlns="https://listeblanche.mssante.fr/schema"><Domaine><Nom> Medecin.mssante.fr
</Nom><Autre>x</Autre></Domaine><g><Domaine><Nom>hôpital.fr</Nom><Operateur>Opérateur A</Operateur><Certificat>CN=mail.hopital.fr, O=A</Certificat></Domaine></g><Domaine><Nom>patient.mssante.fr</Nom></Domaine><Domaine><Nom>pas un domaine</Nom></Domaine></ListeBlanche>`

func TestWhiteList(t *testing.T) {
	w, list, err := ParseWhiteList([]byte(listSample))
	if err != nil || len(list) != 1 || list[0].ID != "MSS-LISTE-DOMAINE" || len(w.Domains) != 3 {
		t.Fatal(err, list, w)
	}
	for d, ok := range map[string]bool{"medecin.mssante.fr": true, "HÔPITAL.fr": true, "xn--hpital-ixa.fr": true, "gmail.com": false, "": false, "sub.medecin.mssante.fr": false} {
		if w.Has(d) != ok {
			t.Errorf("%s", d)
		}
	}
	if !w.Speaks("hôpital.fr", "cn=mail.hopital.fr,o=A") || w.Speaks("hôpital.fr", "CN=autre") || !w.Speaks("medecin.mssante.fr", "CN=x") || w.Speaks("gmail.com", "CN=x") {
		t.Error("Speaks")
	}
	again, list, err := ParseWhiteList(w.Bytes())
	if err != nil || len(list) != 0 || string(again.Bytes()) != string(w.Bytes()) {
		t.Error("round trip", err, list)
	}
	for raw, id := range map[string]string{
		"": "MSS-LISTE", "<html/>": "MSS-LISTE", `<ListeBlanche xmlns="https://listeblanche.mssante.fr/schema"/>`: "MSS-LISTE-VIDE",
		`<!DOCTYPE x><ListeBlanche/>`: "MSS-LISTE", strings.Replace(listSample, "https://listeblanche.mssante.fr/schema", "urn:x", 1): "MSS-LISTE",
	} {
		if _, _, err := ParseWhiteList([]byte(raw)); finding.As(err) == nil || finding.As(err).ID != id {
			t.Errorf("%.40s: %v", raw, err)
		}
	}
	one, _ := NewWhiteList([]Domain{{Name: "medecin.mssante.fr"}})
	if err := w.Accepts(one, false); finding.As(err) == nil || finding.As(err).ID != "MSS-LISTE-REDUITE" {
		t.Error(err)
	}
	if w.Accepts(one, true) != nil || w.Accepts(w, false) != nil || (*WhiteList)(nil).Accepts(one, false) != nil || w.Accepts(&WhiteList{}, true) == nil {
		t.Error("Accepts")
	}
	if (&WhiteList{}).Has("a.fr") || (*WhiteList)(nil).Has("a.fr") {
		t.Error("an empty list allows nothing")
	}
}

func FuzzWhiteList(f *testing.F) {
	f.Add([]byte(listSample))
	f.Fuzz(func(t *testing.T, raw []byte) {
		w, _, err := ParseWhiteList(raw)
		if err != nil {
			return
		}
		again, _, err := ParseWhiteList(w.Bytes())
		if err != nil || len(again.Domains) != len(w.Domains) {
			t.Fatal(err)
		}
	})
}

func TestStatistics(t *testing.T) {
	s := Statistics{Period: now, Boxes: []BoxCount{{Domain: "b.fr", Type: Personal, Open: 2}, {Domain: "a.fr", Type: Applicative, Open: 1, Active: 1}},
		NIL: []NamedCount{{Domain: "a.fr", Name: `=cmd;"x"`, Messages: 3}}, Days: []DayCount{{Date: now, Domain: "a.fr", Type: Personal, Connections: 4, Boxes: 1}}}
	files := s.Files()
	if len(files) != 5 || files[1].Name != "Connexions_2026-11.csv" {
		t.Fatal(files)
	}
	if got := string(files[0].Bytes); got != "Periode;Domaine;TypeBAL;Ouvertes;Actives;Suspendues;Fermees;ListeRouge\r\n2026-11;a.fr;APP;1;1;0;0;0\r\n2026-11;b.fr;PER;2;0;0;0;0\r\n" {
		t.Errorf("%q", got)
	}
	if got := string(files[4].Bytes); !strings.Contains(got, `a.fr;"'=cmd;""x""";3`) {
		t.Errorf("%q", got)
	}
	if got := string(files[1].Bytes); !strings.Contains(got, "2026-11-21;a.fr;PER;4;1") {
		t.Errorf("%q", got)
	}
}

func TestFIN(t *testing.T) {
	for raw, want := range map[string][2]bool{
		"Subject: [FIN]\r\n\r\n":             {true, true},
		"Subject: [fin]\r\n\r\n":             {false, false},
		"Subject: Re: [FIN]\r\n\r\n":         {false, false},
		"X-MSS-MES: FIN\r\n\r\n":             {true, false},
		"X-MSS-MES: fin\r\n\r\n":             {false, false},
		"Subject: =?utf-8?q?[FIN]?=\r\n\r\n": {true, true},
	} {
		h, _, err := courriel.ParseHeader([]byte(raw))
		if err != nil || IsFIN(h) != want[0] || EndsAll(h) != want[1] {
			t.Errorf("%q: %v %v %v", raw, IsFIN(h), EndsAll(h), err)
		}
	}
}
