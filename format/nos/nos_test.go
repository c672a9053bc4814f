package nos

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/internal/shareddata"
)

func TestLookup(t *testing.T) {
	for _, c := range []struct{ set, code, system, display string }{
		{"J07", "11502-2", "2.16.840.1.113883.6.1", "CR d'examens biologiques"},
		{"J07", "SYNTH", "", "Synthèse"},
		{"J01", "G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin - Qualifié en Médecine Générale (SM)"},
		{"J02", "SA25", "", "Laboratoire de biologie médicale"},
		{"J04", "AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "Ambulatoire"},
		{"J08", "N", "2.16.840.1.113883.5.25", "Normal"},
		{"J57", "10", "", "Compte rendu"},
		{"A07", "MASQUE_PS", "", "Masqué aux professionnels de santé"},
		{"R248", "bris_de_glace", "", "Accès en bris de glace"},
		{"G15", "60", "1.2.250.1.71.1.2.7", "Infirmier"},
	} {
		got, ok := Lookup(c.set, c.code, c.system)
		if !ok || got.Display != c.display {
			t.Errorf("%v: %v %v", c, got, ok)
		}
	}
	for _, c := range [][3]string{{"J07", "11502-2", "1.2.3"}, {"J07", "0", ""}, {"J999", "0", ""}, {"J01", "G15_10/SCH10", ""}} {
		if got, ok := Lookup(c[0], c[1], c[2]); ok {
			t.Errorf("%v: %v", c, got)
		}
	}
}

func TestClassOf(t *testing.T) {
	for typeCode, class := range map[string]string{"11502-2": "10", "18748-4": "31", "SYNTH": "11", "57833-6": "42", "11369-6": "52", "DOCPAT09": "95", "11526-1": "10"} {
		if c, ok := ClassOf(typeCode); !ok || c.Code != class || c.Display == "" || c.System != "1.2.250.1.213.1.1.4.1" {
			t.Errorf("%s: %v", typeCode, c)
		}
	}
	if _, ok := ClassOf("PIECE-IDENTITE"); ok {
		t.Error("PIECE-IDENTITE is not in the DMP association")
	}
}

func TestEveryTypeHasPlainWordsInBothLanguages(t *testing.T) {
	for c := range Get(TypeCode).All() {
		p, ok := all().plain[c.Code]
		if !ok || p[0] == "" || p[1] == "" {
			t.Errorf("%s %s has no plain words", c.Code, c.Display)
		}
	}
	for code := range all().plain {
		_, inJ07 := Lookup(TypeCode, code, "")
		_, inX16 := ClassOf(code)
		if !inJ07 && !inX16 {
			t.Errorf("plain words for %s, which is no type of document", code)
		}
	}
	for c := range Get(ClassCode).All() {
		if strings.HasPrefix(c.Code, "urn:") {
			continue
		}
		if _, ok := classPlain[c.Code]; !ok {
			t.Errorf("class %s has no plain words", c.Code)
		}
	}
	if TypeLabel("11502-2").FR != "Résultats de laboratoire" || TypeLabel("?").EN != "Document" {
		t.Error("TypeLabel")
	}
}

func TestTablesAreDatedAndClean(t *testing.T) {
	if len(Sets()) < 15 {
		t.Fatal(Sets())
	}
	for _, id := range Sets() {
		s := Get(id)
		if !oid.Valid(s.OID) || s.Edition < "2020" || s.Use == "" || s.Len() == 0 {
			t.Errorf("%s: head %q %q %q, %d codes", id, s.OID, s.Edition, s.Use, s.Len())
		}
		for c := range s.All() {
			if c.Code == "" || c.System == "" || c.Display == "" || strings.TrimSpace(c.Display) != c.Display {
				t.Errorf("%s: %+v", id, c)
			}
		}
	}
}

// The tables say the same as the published sets they were taken from.
func TestAgainstPublishedSets(t *testing.T) {
	dir := shareddata.Dir(t, "nos")
	files, _ := filepath.Glob(filepath.Join(dir, "*.tsv"))
	seen := 0
	for _, f := range files {
		name := filepath.Base(f)
		id := strings.TrimPrefix(strings.TrimPrefix(name[:strings.Index(name, "_")+1+strings.Index(name[strings.Index(name, "_")+1:], "_")], "JDV_"), "TRE_")
		s := Get(id)
		if s == nil || strings.HasPrefix(name, "ASS_") || strings.HasPrefix(name, "eventCode") {
			continue
		}
		fh, err := os.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		n := -1
		for sc := bufio.NewScanner(fh); sc.Scan(); n++ {
			if n < 0 {
				continue
			}
			v := strings.Split(sc.Text(), "\t")
			if c, ok := s.Lookup(v[0], v[1]); !ok || c.Display != strings.Join(strings.Fields(v[2]), " ") {
				t.Errorf("%s: %v, here %+v", name, v, c)
			}
		}
		fh.Close()
		if n != s.Len() {
			t.Errorf("%s: %d codes, here %d", name, n, s.Len())
		}
		seen++
	}
	if seen < 15 {
		t.Errorf("only %d sets compared", seen)
	}
}
