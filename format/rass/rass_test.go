package rass

import (
	"bytes"
	"strings"
	"testing"
)

func TestColumnsAreThoseOfTheFiles(t *testing.T) {
	for k, n := range map[Kind]int{PersonneActivite: 56, DiplomeAutorisation: 13, SavoirFaire: 13, MSSante: 31} {
		if got := len(Header(k)); got != n {
			t.Errorf("%s: %d columns, want %d", k, got, n)
		}
		var b bytes.Buffer
		w := NewWriter(&b, k)
		if err := w.Write(func(f Field) string { return "v|" + string(rune('a'+int(f)%26)) + "\n" }); err != nil {
			t.Fatal(err)
		}
		_ = w.Flush()
		r, err := NewReader(&b)
		if err != nil || r.Kind != k || r.Remarks != 0 {
			t.Fatalf("%s: read as %v, %v, %v", k, r.Kind, err, r.Findings)
		}
		if !r.Next() || r.Remarks != 0 {
			t.Fatal(r.Findings)
		}
		for _, c := range columns[k] {
			if got, want := r.Get(c.field), "v "+string(rune('a'+int(c.field)%26)); got != want {
				t.Errorf("%s %s: %q, want %q", k, c.name, got, want)
			}
		}
		if r.Next() {
			t.Error("one row too many")
		}
	}
}

// TestEditionsDiffer: order, former names, elisions, encodings and lengths change; the values stay.
func TestEditionsDiffer(t *testing.T) {
	for name, text := range map[string]string{
		"byte order mark":      "\xef\xbb\xbfIdentification nationale PP|Nom d'exercice|Code rôle|Code mode exercice|\r\n810000001916|LÉA|FON-01|L|\r\n",
		"Windows-1252":         "Identification nationale PP|Nom d'exercice|Code r\xf4le|Code mode exercice|\n810000001916|L\xc9A|FON-01|L|\n",
		"other order, no bars": "Code mode exercice|Code fonction|Nom d’exercice|Identification nationale PP\nL|FON-01|LÉA|810000001916",
		"type and number":      "Type d'identifiant PP;Identifiant PP;\"Nom d'exercice\";Code rôle;Code mode exercice\n8;10000001916;\"LÉA\";FON-01;L\n",
		"short row":            "Identification nationale PP|Nom d'exercice|Code rôle|Code mode exercice|Libellé mode exercice|\n810000001916|LÉA|FON-01|L\n",
		"surplus and unknown":  "Identification nationale PP|Nom d'exercice|Code rôle|Code mode exercice|Truc|\n\n810000001916|LÉA|FON-01|L|x|y|z|\n",
	} {
		r, err := NewReader(strings.NewReader(text))
		if err != nil || r.Kind != PersonneActivite || !r.Next() {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.NationalID() != "810000001916" || r.Get(Nom) != "LÉA" || r.Get(Fonction) != "FON-01" || r.Get(Mode) != "L" || r.Get(SIRET) != "" {
			t.Errorf("%s: %q %q %q %q", name, r.NationalID(), r.Get(Nom), r.Get(Fonction), r.Get(Mode))
		}
	}
}

func TestWhatIsNoExtraction(t *testing.T) {
	for _, text := range []string{"", "\n", "bonjour", "a|b|c\n1|2|3", strings.Repeat("x|", 300)} {
		if _, err := NewReader(strings.NewReader(text)); err == nil {
			t.Errorf("%.20q is taken", text)
		}
	}
	r, err := NewReader(strings.NewReader("Identification nationale PP|Code mode exercice\n1|" + strings.Repeat("y", 5*maxLine) + "\n8|L\n"))
	if err != nil || !r.Next() || r.NationalID() != "8" || r.Remarks != 1 || r.Line != 3 {
		t.Fatalf("a long row is not dropped alone: %v %+v", err, r)
	}
}

// TestProSanteConnectVariant: the restricted columns are known and not read.
func TestProSanteConnectVariant(t *testing.T) {
	r, err := NewReader(strings.NewReader("Type d'identifiant PP|Identifiant PP|Identification nationale PP|Nom de famille|Prénoms|Date de naissance|Téléphone (coord. correspondance)|Code profession|Code mode exercice|Téléphone (coord. structure)|\n" +
		"0|012800736|0012800736|PIERRE|Bernadette''|04/01/1963|0600000000|28|L|0100000000|\n"))
	if err != nil || r.Kind != PersonnePSC || r.Remarks != 0 || !r.Next() {
		t.Fatalf("%v %+v", err, r)
	}
	if r.Get(Telephone) != "0100000000" || r.Get(Profession) != "28" {
		t.Error(r.Get(Telephone), r.Get(Profession))
	}
}

func TestGenerateIsDeterministic(t *testing.T) {
	var a, b bytes.Buffer
	if Generate(&a, 500, 1) != nil || Generate(&b, 500, 1) != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Fatal("two runs differ")
	}
	r, err := NewReader(&a)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for r.Next() {
		n++
	}
	if n != 500 || r.Remarks != 0 || r.Kind != PersonneActivite {
		t.Fatal(n, r.Findings)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("Identification nationale PP|Code mode exercice|\n8|L|\n"))
	f.Add([]byte("Type de BAL|Adresse BAL\nPER|a@b\n\"x|\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(bytes.NewReader(b))
		if err != nil {
			return
		}
		for r.Next() {
			for i := range fieldCount {
				_ = r.Get(i)
			}
			_ = r.NationalID()
		}
		if len(r.Findings) > maxFindings {
			t.Fatal("findings are not bounded")
		}
	})
}
