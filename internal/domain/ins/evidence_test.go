package ins

import (
	"testing"

	"github.com/socle-sante/socle/format/finding"
)

// spec: INS §2 (identity evidence)
func TestWhatValidates(t *testing.T) {
	const adult, child = "1979-03-28", "2015-03-28"
	for _, c := range []struct {
		e     Evidence
		birth string
		want  bool
	}{
		{Evidence{Kind: "CNI"}, adult, true},
		{Evidence{Kind: "PASSEPORT"}, child, true},
		{Evidence{Kind: "TITRE_SEJOUR"}, adult, true},
		{Evidence{Kind: "APCV"}, adult, true},
		{Evidence{Kind: "VITALE"}, adult, false},
		{Evidence{Kind: "VITALE_PHOTO"}, adult, false},
		{Evidence{Kind: "MUTUELLE"}, adult, false},
		{Evidence{Kind: "PERMIS"}, adult, false},
		{Evidence{Kind: "DECLARATIF"}, adult, false},
		{Evidence{Kind: "BADGE"}, adult, false},
		{Evidence{}, adult, false},
		{Evidence{Kind: "LIVRET_FAMILLE", Date: "2026-01-01"}, child, false},
		{Evidence{Kind: "LIVRET_FAMILLE", Date: "2026-01-01", With: "CNI"}, child, true},
		{Evidence{Kind: "EXTRAIT_NAISSANCE", Date: "2026-01-01", With: "PASSEPORT"}, child, true},
		{Evidence{Kind: "EXTRAIT_NAISSANCE", Date: "2026-01-01", With: "DECISION_JUSTICE"}, child, true},
		{Evidence{Kind: "EXTRAIT_NAISSANCE", Date: "2026-01-01", With: "VITALE"}, child, false},
		{Evidence{Kind: "LIVRET_FAMILLE", Date: "2026-01-01", With: "CNI"}, adult, false},
		{Evidence{Kind: "LIVRET_FAMILLE", Date: "2033-03-27", With: "CNI"}, child, true},
		{Evidence{Kind: "LIVRET_FAMILLE", Date: "2033-03-28", With: "CNI"}, child, false},
		{Evidence{Kind: "LIVRET_FAMILLE", With: "CNI"}, child, false},
		{Evidence{Kind: "LIVRET_FAMILLE", Date: "2026-01-01", With: "CNI"}, "2015-00-00", true},
		{Evidence{Kind: "DOC_CIRCULATION_MINEUR", Date: "2026-01-01"}, child, true},
		{Evidence{Kind: "DOC_CIRCULATION_MINEUR", Date: "2026-01-01"}, adult, false},
		{Evidence{Kind: "LIVRET_FAMILLE", Date: "2026-01-01", Setting: EHPAD}, "1936-06-21", false},
		{Evidence{Kind: "LIVRET_FAMILLE", Date: "2026-01-01", Setting: EHPAD, With: "VITALE_PHOTO"}, "1936-06-21", true},
		{Evidence{Kind: "EXTRAIT_NAISSANCE", Date: "2026-01-01", Setting: EHPAD, With: "VITALE"}, "1936-06-21", false},
		{Evidence{Kind: "LIVRET_FAMILLE", Date: "2026-01-01", With: "VITALE_PHOTO"}, "1936-06-21", false},
	} {
		if got := c.e.Validates(c.birth); got != c.want {
			t.Errorf("%+v for one born on %s: %v", c.e, c.birth, got)
		}
	}
}

func TestEvidenceThatCannotBeRecorded(t *testing.T) {
	good := Evidence{Kind: "VITALE", Date: "2026-05-04", Operator: "desk"}
	if r := CheckEvidence(good, "1979-03-28", today); r != nil {
		t.Error(r)
	}
	for where, change := range map[string]func(*Evidence){
		"evidence_kind":    func(e *Evidence) { e.Kind = "BADGE" },
		"evidence_with":    func(e *Evidence) { e.With = "BADGE" },
		"evidence_setting": func(e *Evidence) { e.Setting = "HOPITAL" },
		"evidence_date":    func(e *Evidence) { e.Date = "2026-05-05" },
		"operator":         func(e *Evidence) { e.Operator = "" },
	} {
		e := good
		change(&e)
		if r := CheckEvidence(e, "1979-03-28", today); r == nil || r.Where != where || r.ID != "INS-PIECE" {
			t.Errorf("%s: %v", where, r)
		}
	}
	for _, date := range []string{"", "hier", "2026-02-30", "2026-5-4"} {
		e := good
		e.Date = date
		if CheckEvidence(e, "1979-03-28", today) == nil {
			t.Errorf("checked on %q", date)
		}
	}
}

// spec: INS §2 (partly known dates)
func TestBirthDates(t *testing.T) {
	for date, ok := range map[string]bool{
		"1979-03-28": true, "1966-00-00": true, "1966-13-42": true, "1966-05-00": true, "1966-20-15": true, "2000-02-29": true, "1966-00-31": true,
		"1979-02-30": false, "1999-02-29": false, "1979-04-31": false, "1979-03-38": false, "1979-3-28": false, "28-03-1979": false, "": false, "1979-03-2a": false, "0012-01-01": false,
	} {
		if got := CheckBirthDate(date) == nil; got != ok {
			t.Errorf("%s: accepted %v", date, got)
		}
	}
	for _, c := range []struct {
		y, m, d int
		want    string
	}{{1966, 5, 12, "1966-05-12"}, {1966, 5, 0, "1966-05-01"}, {1966, 0, 12, "1966-01-12"}, {1966, 0, 0, "1966-12-31"}} {
		if got := BirthDateOf(c.y, c.m, c.d); got != c.want {
			t.Errorf("%v: %s", c, got)
		}
	}
}

// spec: INS §2 (birth place)
func TestBirthPlaces(t *testing.T) {
	for _, c := range []struct {
		code, birth string
		ok          bool
	}{
		{"63220", "1936-06-21", true}, {"2B020", "1980-03-02", true}, {"2A004", "1950-01-01", true}, {"99100", "1980-01-01", true}, {"99350", "1980-01-01", true},
		{"99109", "1980-01-01", true}, {"99999", "1980-01-01", true}, {"97105", "1980-01-01", true}, {"98818", "1980-01-01", true}, {"20004", "1950-01-01", true},
		{"96001", "1950-01-01", true}, {"92004", "1950-01-01", true},
		{"20004", "1980-03-02", false}, {"96001", "1980-01-01", false}, {"2C004", "1980-01-01", false}, {"00123", "1980-01-01", false}, {"75000", "1980-01-01", false},
		{"99000", "1980-01-01", false}, {"99700", "1980-01-01", false}, {"97905", "1980-01-01", false}, {"98105", "1980-01-01", false}, {"6322", "1980-01-01", false},
		{"632200", "1980-01-01", false}, {"", "1980-01-01", false}, {"63 20", "1980-01-01", false}, {"2a004", "1980-01-01", false},
	} {
		r := CheckBirthPlace(c.code, c.birth)
		if (r == nil) != c.ok {
			t.Errorf("%s for one born on %s: %v", c.code, c.birth, r)
		}
		if r != nil && (r.Where != "birth_place" || r.Fix.EN == "") {
			t.Errorf("%s: %+v", c.code, r)
		}
	}
}

// spec: INS §2 (normalisation)
func TestNamesNobodyBears(t *testing.T) {
	for _, bad := range []string{"DUPONT2", "DU\x00PONT", "Иванов", "DUPONT\u200b", "O\\NEIL", "MARTIN|X", ""} {
		if CheckName("birth_name", bad) == nil {
			t.Errorf("%q passes", bad)
		}
	}
	for _, good := range []string{"Müller", "LE GOFF", "D'Arc", "Saint-Exupéry", "Œuvrard"} {
		if r := CheckName("birth_name", good); r != nil {
			t.Errorf("%q: %v", good, r)
		}
	}
	tr := good()
	tr.UsedName = "DUPONT2"
	if r := finding.As(tr.Check()); r == nil || r.Where != "used_name" {
		t.Error("used name:", r)
	}
	for list, c := range map[string][2]string{
		"JEAN PIERRE PAUL": {"JEAN-PIERRE", "JEAN PIERRE"}, "JEAN-PIERRE PAUL": {"jean pierre", "JEAN-PIERRE"}, "JEAN": {"JEAN", "JEAN"},
		"JEANNE MARIE": {"JEAN", ""}, "": {"JEAN", ""}, "MARIE": {"", ""}, "N'GOLO KANTE": {"n golo", "N'GOLO"},
	} {
		if got, ok := FirstOf(list, c[0]); got != c[1] || ok != (c[1] != "") {
			t.Errorf("first of %q by %q: %q", list, c[0], got)
		}
	}
}
