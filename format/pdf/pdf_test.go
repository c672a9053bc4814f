package pdf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func sample() *Document {
	d := New("Lettre de liaison – séjour du 3 au 9 mars")
	d.Author, d.Subject, d.Head, d.Right, d.Foot = "Dr Claire Martin", "Œdème (aigu)", "Centre hospitalier du Val d'Aurore", "Mme Zoé DUPRÉ", "Document fictif"
	d.Heading("Conclusion")
	d.Paragraph("Patiente âgée de 67 ans, « stable » ; TSH ≥ 4 mUI/L, créatinine à 88 µmol/L (norme\u202f: 45–84).\nRetour à domicile.")
	d.List("AMLODIPINE 5 mg : 1 gélule le matin", strings.Repeat("PARACÉTAMOL 1 g si douleurs, ", 8))
	d.Heading("Résultats")
	rows := [][]string{}
	for range 70 {
		rows = append(rows, []string{"Hémoglobine glyquée (HbA1c)", "7,2", "%", "4,0 – 6,0", "Élevé"})
	}
	d.Table([]string{"Analyse", "Valeur", "Unité", "Référence", ""}, rows)
	d.Strong("Validé par le Dr H. Faure")
	return d
}

func TestLetter(t *testing.T) {
	out := sample().Bytes()
	if !bytes.Equal(out, sample().Bytes()) {
		t.Error("the same calls gave other bytes")
	}
	if !bytes.HasPrefix(out, []byte("%PDF-1.4\n")) || !bytes.HasSuffix(out, []byte("%%EOF\n")) || len(out) > 100<<10 {
		t.Errorf("%d bytes", len(out))
	}
}

// tool runs a Debian program on the file, or skips.
func tool(t *testing.T, name string, file []byte, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed (poppler-utils): this check was left out", name)
	}
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(name, append([]string{path}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func TestTextIsReadBack(t *testing.T) {
	text := tool(t, "pdftotext", sample().Bytes(), "-layout", "-")
	for _, s := range []string{"Lettre de liaison – séjour du 3 au 9 mars", "« stable »", "TSH ≥ 4", "88 µmol/L", "45–84", "page 1 / 2", "page 2 / 2", "Document fictif", "Élevé", "Mme Zoé DUPRÉ", "Validé par"} {
		if !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), s) {
			t.Errorf("%q is not in\n%.600s", s, text)
		}
	}
	if strings.Count(text, "Référence") != 2 {
		t.Error("the head of the table is not repeated on each page")
	}
	if strings.Count(text, "glyquée") != 70 {
		t.Error("rows were lost")
	}
}

func TestInformation(t *testing.T) {
	info := tool(t, "pdfinfo", sample().Bytes())
	for _, s := range []string{"Title:           Lettre de liaison – séjour", "Author:          Dr Claire Martin", "Œdème (aigu)", "Pages:           2", "A4", "PDF version:     1.4"} {
		if !strings.Contains(info, s) {
			t.Errorf("%q is not in\n%s", s, info)
		}
	}
	if strings.Contains(info, "rror") {
		t.Error(info)
	}
}

func TestWrap(t *testing.T) {
	d := New("x")
	for _, s := range []string{"", "a", strings.Repeat("mot ", 200), strings.Repeat("é", 500), "a\n\nb", "\xff\xfe", "日本語", strings.Repeat("W", 300) + " fin", "   a   b  "} {
		for _, limit := range []float64{1, 50, 483} {
			text := d.letters(Plain(s))
			var got strings.Builder
			for _, l := range wrap(text, 10, limit) {
				if w := measure(l, 10); w > limit+1e-6 && len(l) > 1 {
					t.Errorf("%q is %v wide, over %v", s, w, limit)
				}
				got.WriteString(letters(l))
			}
			if want := letters(text); squeeze(got.String()) != squeeze(want) {
				t.Errorf("%q became %q", want, got.String())
			}
		}
	}
}

func letters(line []letter) string {
	var b strings.Builder
	for _, l := range line {
		b.WriteRune(l.c)
	}
	return b.String()
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func BenchmarkLetter(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		d := New("Lettre")
		d.Heading("Conclusion")
		d.Paragraph(strings.Repeat("Patient stable, retour à domicile. ", 30))
		_ = d.Bytes()
	}
}
