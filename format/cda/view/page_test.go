package view

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/compare"
	"github.com/socle-sante/socle/internal/pdftest"
	"github.com/socle-sante/socle/internal/shareddata"
)

func example(t testing.TB, name string) *cda.Document {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(shareddata.Dir(t, "cda"), name))
	if err != nil {
		t.Fatal(err)
	}
	d, err := cda.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestEveryPDFIsAnArchive prints all the official examples as PDF/A.
// spec: MSSanté ECO.2.1.5
func TestEveryPDFIsAnArchive(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	var files []string
	for _, path := range paths {
		name := filepath.Base(path)
		file, missing := Print(example(t, name))
		if len(missing) > 0 {
			t.Errorf("%s: not drawn: %q", name, string(missing))
		}
		for _, f := range pdftest.Check(file) {
			t.Errorf("%s: %s", name, f)
		}
		if len(file) > 400<<10 {
			t.Errorf("%s: %d bytes", name, len(file))
		}
		out := filepath.Join(t.TempDir(), "x.pdf")
		if err := os.WriteFile(out, file, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, out)
	}
	t.Run("fonts", func(t *testing.T) {
		for _, f := range files {
			pdftest.Fonts(t, f)
		}
	})
	t.Run("veraPDF", func(t *testing.T) { pdftest.VeraPDF(t, files...) })
}

func TestReportIsSmall(t *testing.T) {
	if n := len(PDF(example(t, "BIO-CR-BIO_2024.01_TSH_1.xml"))); n > 60<<10 {
		t.Errorf("%d bytes", n)
	}
}

func TestDifferencesAreShown(t *testing.T) {
	d := example(t, "VSM_1.4_2022.01.xml")
	for name, c := range map[string]struct {
		out  []byte
		want []string
	}{
		"page": {HTML(d), []string{`<tr class="differs"><th scope="row"><a href="#n-med-001-pdt">`, `2 {tablet}</td><td>1 cp/j`, "ne disent pas toujours la même chose"}},
		"text": {Text(d), []string{"le texte dit « 1 cp/j », le code dit « 2 {tablet} »"}},
		"en":   {Text(d, Options{Lang: "en"}), []string{"the text says “1 cp/j”, the code says “2 {tablet}”", "Birth name", "1979-03-28"}},
	} {
		for _, w := range c.want {
			if !bytes.Contains(c.out, []byte(w)) {
				t.Errorf("%s: %q is not there", name, w)
			}
		}
	}
	v := Of(d)
	if len(v.Differences) == 0 || compare.Count(v.Differences)[compare.Same] != 0 {
		t.Errorf("%+v", v.Differences)
	}
	if plain := HTML(d, Options{Plain: true}); bytes.Contains(plain, []byte(`class="coded"`)) {
		t.Error("a plain page compares")
	}
}

func TestEnglishPage(t *testing.T) {
	page := string(HTML(example(t, "BIO-CR-BIO_2024.01_TSH_1.xml"), Options{Lang: "en"}))
	for _, w := range []string{`<html lang="en">`, "Lab results", "Birth name", "Header details", "Coded data"} {
		if !strings.Contains(page, w) {
			t.Errorf("%q is not there", w)
		}
	}
	for _, w := range []string{"Nom de naissance", "Données codées", "Sommaire"} {
		if strings.Contains(page, w) {
			t.Errorf("%q is there", w)
		}
	}
}

// TestPageShowsThePDFInside of an N1, and lets nothing else in.
func TestPageShowsThePDFInside(t *testing.T) {
	page := string(HTML(example(t, "BIO-CR-BIO_2021.01_CDA-R2-Niveau-1.xml")))
	for _, w := range []string{`<object type="application/pdf" data="data:application/pdf;base64,JVBER`, `download="20210104_CR_d_examens_biologiques_PAT-TROIS_DOMINIQUE.pdf"`, `content="default-src 'none'; style-src 'sha256-`} {
		if !strings.Contains(page, w) {
			t.Errorf("%q is not there", w)
		}
	}
}

// spec: MSSanté ECO.2.1.6
func TestPDFName(t *testing.T) {
	for name, want := range map[string]string{
		"IMG_CR_IMG_2024.01.xml":       "20210108_CR_d_imagerie_medicale_PAT-TROIS_DOMINIQUE.pdf",
		"BIO-CR-BIO_2024.01_TSH_1.xml": "20210104_CR_d_examens_biologiques_PAT-TROIS_DOMINIQUE.pdf",
		"OBP-SEM_2024.01.xml":          "20210328_Synthese_Enfant_en_Maternite_DECOURCY_Lea.pdf",
	} {
		if got := PDFName(example(t, name)); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := plainWord("CR d'imagerie médicale ../\\\x00Œdème"); got != "CR_d_imagerie_medicale_OEdeme" {
		t.Error(got)
	}
}

// unsafe is what no page may hold, whatever the document: handlers, scripts, addresses of elsewhere.
var unsafe = regexp.MustCompile(`(?i)<script|<iframe|<embed|<form|<link|<base|<[a-z]+[^<>"]*(?:"[^"]*"[^<>"]*)*\son[a-z]+\s*=|(?:href|src|data)="\s*(?:javascript|vbscript|file|data:text|data:image/svg)|(?:src|data)="(?:https?:)?//`)

func safe(t *testing.T, d *cda.Document, what string) {
	t.Helper()
	page := HTML(d)
	if m := unsafe.Find(page); m != nil {
		t.Errorf("%s: the page holds %q", what, m)
	}
	for _, f := range pdftest.Check(PDF(d)) {
		t.Errorf("%s: %s", what, f)
	}
	Text(d, Options{Lang: "en"})
}

// hostile narratives and headers.
const hostile = `<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:h="http://www.w3.org/1999/xhtml"><id root="1.2&quot;&gt;&lt;script&gt;"/><title>&lt;script&gt;alert(1)&lt;/script&gt;" onload="x</title><recordTarget><patientRole><patient><name><family qualifier="BR">&lt;img src=x onerror=alert(1)&gt;</family></name></patient></patientRole></recordTarget>
<component><structuredBody><component><section><title>&lt;/style&gt;&lt;script&gt;</title><text>BODY</text></section></component></structuredBody></component></ClinicalDocument>`

func TestHostileNarrative(t *testing.T) {
	for _, body := range []string{
		`<h:script>alert(1)</h:script><script>x</script>`, `<linkHtml href="javascript:alert(1)">x</linkHtml>`, `<linkHtml href="data:text/html,x">x</linkHtml>`,
		`<renderMultiMedia referencedObject="http://evil.example/x.png"/>`, `<table onclick="x" border="1&quot; onload=&quot;x"><tr><td ID="&quot; onmouseover=&quot;x">&lt;table&gt;&lt;/table&gt;</td></tr></table>`,
		`<content styleCode="Bold&quot; style=&quot;x" ID="a&quot;&gt;&lt;svg onload=x&gt;">x</content>`, strings.Repeat("<list><item>", 100) + strings.Repeat("</item></list>", 100),
		strings.Repeat(`<table><tr><td>`, 70) + strings.Repeat(`</td></tr></table>`, 70), `<table><tr><td colspan="999999999" rowspan="-4">x</td></tr><tr/><tr><td rowspan="99999">y</td></tr></table>`,
	} {
		d, err := cda.Parse([]byte(strings.Replace(hostile, "BODY", body, 1)))
		if err != nil {
			t.Fatal(err)
		}
		safe(t, d, body[:min(60, len(body))])
	}
}

// TestMutatedExamples spoils bytes of official documents: every form is still written, and safe.
func TestMutatedExamples(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*_2024.01_*.xml"))
	r := rand.New(rand.NewPCG(3, 4))
	read := 0
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > 400<<10 {
			continue
		}
		for range 6 {
			b := bytes.Clone(raw)
			for range 1 + r.IntN(20) {
				at := bytes.IndexByte(b[r.IntN(len(b)):], '"')
				if at = at + r.IntN(40); at > 0 && at < len(b) && b[at] != '<' && b[at] != '>' && b[at] != '"' && b[at] != '/' {
					b[at] = "0 9a-"[r.IntN(5)]
				}
			}
			if d, err := cda.Parse(b); err == nil {
				read++
				safe(t, d, filepath.Base(path))
			}
		}
	}
	if read == 0 {
		t.Error("no mutant was read")
	}
}

func FuzzShow(f *testing.F) {
	f.Add(`<paragraph>x</paragraph>`)
	f.Add(`<table><thead><tr><th rowspan="2">a</th></tr></thead><tbody><tr><td colspan="3">b<list><item>c</item></list></td></tr></tbody></table>`)
	f.Add(`<list listType="ordered"><caption>c</caption><item>a<list><item>b</item></list></item></list><footnote ID="f">n</footnote><footnoteRef IDREF="f"/>`)
	f.Fuzz(func(t *testing.T, body string) {
		if len(body) > 1<<14 {
			return
		}
		if d, err := cda.Parse([]byte(strings.Replace(hostile, "BODY", body, 1))); err == nil {
			safe(t, d, body)
		}
	})
}

func BenchmarkPDF(b *testing.B) {
	d := example(b, "BIO-CR-BIO_2024.01_Microbiologie_V1.xml")
	b.ReportAllocs()
	for b.Loop() {
		PDF(d)
	}
}

func BenchmarkHTML(b *testing.B) {
	d := example(b, "BIO-CR-BIO_2024.01_Microbiologie_V1.xml")
	b.ReportAllocs()
	for b.Loop() {
		HTML(d)
	}
}
