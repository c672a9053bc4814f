package insid

import (
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/finding"
)

var label = Datamatrix{INS: INS{"279035121518989", "1.2.250.1.213.1.4.10"}, Givens: "DOMINIQUE", BirthName: "PAT-TROIS", Sex: "F", BirthDate: "1979-03-28", BirthPlace: "63220"}

const labelText = "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE\x1dS4PAT-TROIS\x1dS5FS628-03-1979S763220"

// spec: INS §7
func TestLabelContent(t *testing.T) {
	got, err := label.Content()
	if err != nil || got != labelText {
		t.Errorf("%q %v", got, err)
	}
	production := label
	production.INS.OID = "1.2.250.1.213.1.4.8"
	if got, err = production.Content(); err != nil || !strings.Contains(got, "S21.2.250.1.213.1.4.8\x1dS3") {
		t.Errorf("an OID of 19 characters takes a separator: %q %v", got, err)
	}
	long := label
	long.BirthName = strings.Repeat("A", 100)
	if got, err = long.Content(); err != nil || !strings.Contains(got, long.BirthName+"S5F") {
		t.Errorf("a field at its maximum takes none: %q %v", got, err)
	}
	lunar := label
	lunar.BirthDate = "1966-00-00"
	if got, err = lunar.Content(); err != nil || !strings.Contains(got, "S600-00-1966") {
		t.Errorf("%q %v", got, err)
	}
	for _, l := range []Datamatrix{label, production, long, lunar} {
		s, err := l.Content()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseDatamatrix(s); err != nil || back != l {
			t.Errorf("%q comes back as %+v, %v", s, back, err)
		}
	}
	for where, change := range map[string]func(*Datamatrix){
		"S2": func(l *Datamatrix) { l.INS.OID = "1.2.3" }, "S3": func(l *Datamatrix) { l.Givens = "" }, "S4": func(l *Datamatrix) { l.BirthName = strings.Repeat("A", 101) },
		"S5": func(l *Datamatrix) { l.Sex = "I" }, "S6": func(l *Datamatrix) { l.BirthDate = "1979" }, "S7": func(l *Datamatrix) { l.BirthPlace = "" },
	} {
		l := label
		change(&l)
		if _, err := l.Content(); finding.As(err) == nil || finding.As(err).Where != where {
			t.Errorf("%s: %v", where, err)
		}
	}
}

// spec: INS §7
func TestLabelsThatAreRead(t *testing.T) {
	const h = "IS010000000000000000000000"
	short := label
	short.BirthPlace = ""
	for name, c := range map[string]struct {
		s    string
		want Datamatrix
	}{
		"another order":        {h + "S763220S628-03-1979S5FS4PAT-TROIS\x1dS3DOMINIQUE\x1dS21.2.250.1.213.1.4.10S1279035121518989", label},
		"no place":             {strings.TrimSuffix(labelText, "S763220"), short},
		"no last separator":    {h + "S1279035121518989S21.2.250.1.213.1.4.10S4PAT-TROIS\x1dS5FS628-03-1979S3DOMINIQUE", short},
		"separators too many":  {strings.ReplaceAll(labelText, "S3", "\x1dS3") + "\x1d", label},
		"separator after date": {strings.ReplaceAll(labelText, "S7", "\x1dS7"), label},
	} {
		if got, err := ParseDatamatrix(c.s); err != nil || got != c.want {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	for name, c := range map[string]struct{ s, id, where string }{
		"empty":           {"", "INS-DM-AUTRE", ""},
		"2D-Doc":          {"DC04FR000001125E125B0126FR247500010MME/SPECIMEN/NATACHA", "INS-DM-AUTRE", ""},
		"a web address":   {"https://example.test", "INS-DM-AUTRE", ""},
		"cut header":      {"IS0100", "INS-DM-ENTETE", ""},
		"version":         {"IS02" + labelText[4:], "INS-DM-ENTETE", ""},
		"no zeros":        {"IS011" + labelText[5:], "INS-DM-ENTETE", ""},
		"endless":         {labelText + strings.Repeat("\x1d", 500), "INS-DM-LONGUEUR", ""},
		"nothing":         {h, "INS-DM-CHAMP", "S1"},
		"unknown field":   {labelText + "X9ABC", "INS-DM-CHAMP", ""},
		"twice":           {labelText + "S5F", "INS-DM-CHAMP", "S5"},
		"cut":             {labelText[:len(labelText)-2], "INS-DM-CHAMP", "S7"},
		"cut by GS":       {strings.Replace(labelText, "28-03-1979", "28-03\x1d1979", 1), "INS-DM-CHAMP", "S6"},
		"no sex":          {strings.Replace(labelText, "S5F", "", 1), "INS-DM-CHAMP", "S5"},
		"sex":             {strings.Replace(labelText, "S5F", "S5X", 1), "INS-DM-VALEUR", "S5"},
		"date":            {strings.Replace(labelText, "28-03-1979", "1979-03-28", 1), "INS-DM-VALEUR", "S6"},
		"letters in date": {strings.Replace(labelText, "28-03-1979", "28-MA-1979", 1), "INS-DM-VALEUR", "S6"},
		"place":           {strings.Replace(labelText, "63220", "6322X", 1), "INS-DM-VALEUR", "S7"},
		"name":            {strings.Replace(labelText, "PAT-TROIS", "PAT3", 1), "INS-DM-VALEUR", "S4"},
		"givens":          {strings.Replace(labelText, "DOMINIQUE", "Dominique", 1), "INS-DM-VALEUR", "S3"},
		"matricule":       {strings.Replace(labelText, "279035121518989", "979035121518989", 1), "INS-DM-VALEUR", "S1"},
		"OID":             {strings.Replace(labelText, "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.13", 1), "INS-DM-OID", "S2"},
		"19 without GS":   {strings.Replace(labelText, "1.2.250.1.213.1.4.10S3", "1.2.250.1.213.1.4.8S3", 1), "INS-DM-CHAMP", ""},
		"wrong key":       {strings.Replace(strings.Replace(labelText, "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.8\x1d", 1), "18989", "18988", 1), "INS-DM-VALEUR", "S1"},
	} {
		_, err := ParseDatamatrix(c.s)
		if r := finding.As(err); r == nil || r.ID != c.id || r.Where != c.where || r.Fix.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseDatamatrix(f *testing.F) {
	f.Add(labelText)
	f.Add("IS010000000000000000000000S763220\x1dS5F")
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseDatamatrix(s)
		if err != nil {
			if finding.As(err) == nil {
				t.Fatalf("an error that explains nothing: %v", err)
			}
			return
		}
		if l.BirthPlace == "" {
			l.BirthPlace = "99999"
		}
		text, err := l.Content()
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", s, err)
		}
		if back, err := ParseDatamatrix(text); err != nil || back != l {
			t.Fatalf("%q does not come back", text)
		}
	})
}
