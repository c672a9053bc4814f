package annuaire

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/rass"
)

// extraction makes a fictitious file.
func extraction(t testing.TB, rows int, seed uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := rass.Generate(&b, rows, seed); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func load(t testing.TB, a *Annuaire, o ImportOptions, files ...[]byte) *Report {
	t.Helper()
	var list []*rass.Reader
	for _, f := range files {
		r, err := rass.NewReader(bytes.NewReader(f))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	r, err := a.Import(o, list...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// records lists all that stands, by kind and id, without the times.
func records(a *Annuaire) []string {
	var out []string
	for k := range a.tables {
		t := &a.tables[k]
		for ord, id := range t.ids {
			if v := t.at(uint32(ord), a.version); v != nil {
				r := newResource(Kind(k))
				decode(a.arena.get(v.loc), r)
				out = append(out, fmt.Sprintf("%s %d %+v", id.Text(Kind(k)), v.flags, r))
			}
		}
	}
	slices.Sort(out)
	return out
}

func export(t *testing.T, a *Annuaire, k rass.Kind) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := a.Export(k, rass.NewWriter(&b, k)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var allFiles = []rass.Kind{rass.PersonneActivite, rass.DiplomeAutorisation, rass.SavoirFaire, rass.MSSante}

// TestExportThenImportIsTheSameDirectory: the files of a directory say all of it.
func TestExportThenImportIsTheSameDirectory(t *testing.T) {
	a := New()
	load(t, a, ImportOptions{}, extraction(t, 2000, 1))
	var id string
	for _, r := range a.tables[KPractitioner].ids[:1] {
		h, _, _ := a.Read(KPractitioner, r)
		id = h.Practitioner().IDNat
	}
	org := a.tables[KOrganization].ids[3]
	h, _, _ := a.Read(KOrganization, org)
	place := h.Organization().IDNat
	head := func(k rass.Kind) string { return strings.Join(rass.Header(k), "|") + "|\n" }
	degrees := head(rass.DiplomeAutorisation) + "8|" + id[1:] + "|" + id + "|A|B|DE|Diplôme|DE05|x|AUT1|y|DAUT04|z|\n" + "8|" + id[1:] + "|" + id + "|A|B|DES|Diplôme|DES38|x|||||\n"
	skills := head(rass.SavoirFaire) + "8|" + id[1:] + "|" + id + "|A|B|10||C||S||SM04||\n8|" + id[1:] + "|" + id + "|A|B|10||C||CAPA||CAPA02||\n"
	boxes := head(rass.MSSante) + "PER|a.b@medecin.mssante.fr|8|" + id[1:] + "|" + id + "|||||||||||||O|||||||||||||\n" +
		"ORG|secretariat@place.mssante.fr||||1|" + place + "|Secrétariat||||||||||||||||||||||||\n" +
		"APP|sil@ailleurs.mssante.fr||||1|1990099999|||||||||||N|LABO AILLEURS||||||||||99000|99|FRANCE|\n" +
		"ORG|sans-arobase||||1|" + place + "||||||||||||||||||||||||||\n"
	r := load(t, a, ImportOptions{JeuDeTest: true, Partial: true}, []byte(degrees), []byte(skills), []byte(boxes))
	if r.Refused != 1 || r.Changed != 2 || r.Added != 1 {
		t.Fatalf("%+v", r)
	}
	var files [][]byte
	for _, k := range allFiles {
		files = append(files, export(t, a, k))
	}
	b := New()
	r = load(t, b, ImportOptions{JeuDeTest: true}, files...)
	if r.Refused != 0 || r.Remarks != 0 {
		t.Fatalf("%+v", r.Findings)
	}
	one, two := records(a), records(b)
	if !slices.Equal(one, two) {
		for i := range min(len(one), len(two)) {
			if one[i] != two[i] {
				t.Fatalf("differs:\n%s\n%s", one[i], two[i])
			}
		}
		t.Fatal(len(one), len(two))
	}
	// And into itself: nothing changes, no version is made.
	before, _ := a.Snapshot()
	if r := load(t, a, ImportOptions{JeuDeTest: true}, files...); r.Added+r.Changed+r.Removed != 0 {
		t.Errorf("%+v", r)
	}
	if after, _ := a.Snapshot(); after != before {
		t.Error("an import that changes nothing made a version")
	}
	// The file written by the directory read back is the file.
	if !bytes.Equal(files[0], export(t, b, rass.PersonneActivite)) {
		t.Error("the second export differs from the first")
	}
}

// TestAnExtractionTakesAway: changes, arrivals and departures; departures first become inactive.
func TestAnExtractionTakesAway(t *testing.T) {
	a := New()
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	a.Clock = func() time.Time { return now }
	if err := a.Put(Professional{IDNat: "899000000013", Family: "MARTIN", Given: "Claire", Profession: "10", SavoirFaire: "SM26", Structures: []string{"1990000018"}, Active: true}); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(extraction(t, 300, 2)), "\n")
	all := strings.Join(lines, "")
	r := load(t, a, ImportOptions{}, []byte(all))
	people := r.Resources["Practitioner"].Added
	if r.Rows != 300 || people < 150 || r.Removed != 0 {
		t.Fatalf("%+v", r)
	}
	now = now.Add(24 * time.Hour)
	gone := strings.Split(lines[1], "|")[2]
	fewer := strings.Join(slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.Contains(l, gone) }), "")
	fewer = strings.Replace(fewer, "|Jean|", "|Jeanne|", 1)
	r = load(t, a, ImportOptions{}, []byte(fewer))
	if p := r.Resources["Practitioner"]; p.Removed != 1 || p.Changed != 1 || p.Added != 0 {
		t.Fatalf("%+v", r)
	}
	h, found, _ := a.Read(KPractitioner, idOf(gone))
	if p := h.Practitioner(); !found || h.Active || p.Active || p.Family != "" || p.IDNat != gone {
		t.Fatalf("%+v", p)
	}
	if a.Professional("899000000013") == nil || !a.Professional("899000000013").Active {
		t.Error("an extraction took away what the house had put")
	}
	if p := a.Professional(gone); p == nil || p.Active {
		t.Error("who left the extraction is not inactive")
	}
	now = now.Add(400 * 24 * time.Hour)
	r = load(t, a, ImportOptions{}, []byte(fewer))
	if _, found, goneNow := a.Read(KPractitioner, idOf(gone)); found || !goneNow || r.Removed == 0 {
		t.Errorf("inactive for more than a year, still there: %+v", r)
	}
	// Cut short: what is missing is held.
	r = load(t, a, ImportOptions{}, []byte(strings.Join(lines[:20], "")))
	if r.Held < 100 || r.Removed != 0 || r.Findings[len(r.Findings)-1].ID != "RASS-SEUIL" {
		t.Errorf("%+v", r)
	}
	if r = load(t, a, ImportOptions{MaxRemoved: 100}, []byte(strings.Join(lines[:20], ""))); r.Held != 0 || r.Removed < 100 {
		t.Errorf("%+v", r)
	}
}

func TestRowsAreRefusedWithTheirReason(t *testing.T) {
	text := "Identification nationale PP|Nom d'exercice|Code profession|Code mode exercice|Numéro FINESS site|Raison sociale site|\n" +
		"810000001917|FAUX|10|L|||\n" + "|SANS|10|L|||\n" + "810000001916||10|L|||\n" + "810000001916|BON|10|L|754567860|HOPITAL|\n" + "X99|INCONNU|10|L|||\n"
	a := New()
	r := load(t, a, ImportOptions{}, []byte(text))
	if r.Refused != 4 || r.Rows != 5 || r.Remarks != 1 {
		t.Fatalf("%+v", r)
	}
	for i, want := range []struct {
		id   string
		line int
	}{{"RASS-IDENTIFIANT", 2}, {"RASS-IDENTIFIANT", 3}, {"RASS-NOM", 4}, {"RASS-FINESS", 5}, {"RASS-IDENTIFIANT", 6}} {
		if f := r.Findings[i]; f.ID != want.id || f.Place.Line != want.line || f.Message.FR == "" || f.Message.EN == "" {
			t.Errorf("%+v", f)
		}
	}
	if r := load(t, New(), ImportOptions{JeuDeTest: true}, []byte(text)); r.Refused != 2 || r.Remarks != 0 {
		t.Errorf("jeu de test: %+v", r)
	}
}

// TestAScatteredPersonIsOne: rows of a person apart, or in another order, change nothing.
func TestAScatteredPersonIsOne(t *testing.T) {
	head := "Identification nationale PP|Nom d'exercice|Code profession|Code savoir-faire|Code type savoir-faire|Code mode exercice|Numéro FINESS site|Raison sociale site|\n"
	x1, x2, y := "810000001916|UN|10|SM04|S|L|590064036|A|\n", "810000001916|UN|21|||S|990000012|B|\n", "899700218896|DEUX|60|||L|590064036|A|\n"
	a, b := New(), New()
	load(t, a, ImportOptions{JeuDeTest: true}, []byte(head+x1+x2+y))
	load(t, b, ImportOptions{JeuDeTest: true}, []byte(head+x2+y+x1))
	if !slices.Equal(records(a), records(b)) {
		t.Errorf("%v\n%v", records(a), records(b))
	}
	if r := load(t, a, ImportOptions{JeuDeTest: true}, []byte(head+x2+y+x1)); r.Changed+r.Added+r.Removed != 0 {
		t.Errorf("%+v", r)
	}
}

func TestCheckIdentifiers(t *testing.T) {
	for s, want := range map[string]bool{"810000001916": true, "810000001917": false, "0012807590": true, "001280759": false, "3990000012/secretaire": true, "": false, "ANS20210107161422": false, "8 0000001916": false} {
		if got := CheckIDNat(s, false) == nil; got != want {
			t.Errorf("person %q: %v", s, got)
		}
	}
	if CheckIDNat("ANS20210107161422", true) != nil || CheckIDNat("899700366240", false) != nil {
		t.Error("a published test identifier is refused")
	}
	for s, want := range map[string]bool{"1590064036": true, "1754567860": false, "2356000000": true, "335600000000048": true, "339806996300013": true, "410005531586003": true, "410005531587003": false, "499700366240007": true, "": false, "7": false} {
		if got := CheckStructIDNat(s, false) == nil; got != want {
			t.Errorf("structure %q: %v", s, got)
		}
	}
	if CheckStructIDNat("10B0152872", true) != nil {
		t.Error("a published test structure is refused")
	}
	if !ValidSIRET("35600000049837") {
		t.Error("La Poste")
	}
}
