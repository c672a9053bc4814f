package pdftext

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/internal/shareddata"
)

// document writes a PDF of one page with a content stream, packed or not.
func document(content string, packed bool) []byte {
	var b bytes.Buffer
	data, filter := []byte(content), ""
	if packed {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		_, _ = w.Write(data)
		_ = w.Close()
		data, filter = z.Bytes(), "/Filter/FlateDecode"
	}
	fmt.Fprintf(&b, "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>>>endobj\n")
	fmt.Fprintf(&b, "3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R>>endobj\n4 0 obj<</Length %d%s>>stream\n%s\nendstream endobj\n", len(data), filter, data)
	b.WriteString("5 0 obj<</Type/Font/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>endobj\n6 0 obj<</Type/Font/BaseFont/Helvetica-Bold>>endobj\n%%EOF\n")
	return b.Bytes()
}

func TestLines(t *testing.T) {
	content := "BT /F2 18 Tf 72 760 Td (Compte rendu) Tj ET BT /F1 11 Tf 14 TL 72 700 Td (\\311lectrolytes \\(sang\\)) Tj T* [(Sodi) -20 (um) -300 (141)] TJ T* <4f6b> Tj ET " +
		"BT /F1 11 Tf 1 0 0 1 300 672 Tm (mmol/L) Tj ET"
	for _, packed := range []bool{false, true} {
		var got []string
		for _, l := range Lines(document(content, packed)) {
			got = append(got, fmt.Sprintf("%s|%v|%v", l.Text, l.Size, l.Bold))
		}
		want := "Compte rendu|18|true;Électrolytes (sang)|11|false;Sodium 141|11|false;Ok\tmmol/L|11|false"
		if s := strings.Join(got, ";"); s != want {
			t.Errorf("packed %v: %s", packed, s)
		}
	}
}

// TestAgainstPdftotext compares the words of the official examples with those poppler finds.
func TestAgainstPdftotext(t *testing.T) {
	dir := shareddata.Dir(t, "cda")
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is absent: the words were not compared")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.xml"))
	read, empty := 0, 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := cda.Parse(raw)
		if err != nil || d.PDF() == nil {
			continue
		}
		pdf, err := d.PDF().Decode(maxFile)
		if err != nil || !bytes.Contains(pdf[:min(len(pdf), 1024)], []byte("%PDF")) {
			continue
		}
		path := filepath.Join(t.TempDir(), "x.pdf")
		if err := os.WriteFile(path, pdf, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(tool, path, "-").Output()
		if err != nil {
			continue
		}
		theirs := map[string]bool{}
		for _, w := range strings.Fields(string(out)) {
			theirs[w] = true
		}
		found, total := 0, 0
		for _, l := range Lines(pdf) {
			for _, w := range strings.Fields(l.Text) {
				total++
				if theirs[w] {
					found++
				}
			}
		}
		if total == 0 {
			empty++
			t.Logf("%s: no words read, pdftotext finds %d", filepath.Base(f), len(theirs))
			continue
		}
		read++
		t.Logf("%s: %d words, %d%% also found by pdftotext", filepath.Base(f), total, 100*found/total)
		if found*100 < total*50 {
			t.Errorf("%s: most words are not those pdftotext finds", filepath.Base(f))
		}
	}
	t.Logf("%d read, %d without words", read, empty)
}

func FuzzLines(f *testing.F) {
	f.Add(document("BT /F1 12 Tf (a) Tj ET", false))
	f.Add(document("BT /F1 12 Tf [(a) -900 (b)] TJ ET", true))
	f.Add([]byte("%PDF-1.5\n1 0 obj<</Type/ObjStm/N 1/First 4/Length 9>>stream\n7 0 <</A 1>>\nendstream endobj"))
	f.Add([]byte("%PDF 1 0 obj[[[[((((<<<</A/B"))
	f.Fuzz(func(_ *testing.T, b []byte) { Lines(b) })
}
