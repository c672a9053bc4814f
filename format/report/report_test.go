package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
)

var update = flag.Bool("update", false, "write the golden files anew")

const source = "<ClinicalDocument>\n <realmCode code=\"US\"/>\n <title>Épreuve & <b></title>\n</ClinicalDocument>\n"

// sample is a report with everything that must be escaped somewhere.
func sample() *control.Report {
	from := strings.Index(source, "code=")
	return &control.Report{Kind: "BIO-CR-BIO", Edition: "2024.01", Official: "officiel", Truncated: true,
		Levels: map[string]check.Count{"xsd": {}, "header": {Errors: 2}, "ihe": {}, "kind": {Warnings: 1}, "socle": {Warnings: 1}},
		Findings: []finding.Finding{
			{ID: "HDR-01", Severity: finding.Error, Level: "header", Place: finding.Place{Offset: from, End: from + 9, Line: 2, Column: 13, XPath: "/ClinicalDocument/realmCode/@code"},
				Found: "US", Expected: "FR", Rule: "CI-SIS <en-tête> & \"règles\"", Message: finding.T("realmCode vaut « US » ; attendu : FR.", "realmCode is “US”; FR is expected."), Fix: finding.T("Écrire FR.", "Write FR.")},
			{ID: "HDR-02", Severity: finding.Error, Level: "header", Message: finding.T("Un élément <manque> ]]> & \x01.", "An element is <missing> ]]> & \x01."), Fix: finding.T("L'ajouter.", "Add it.")},
			{ID: "VOLET-x-00ff", Severity: finding.Warning, Level: "kind", Place: finding.Place{Offset: strings.Index(source, "É"), End: strings.Index(source, "</title"), Line: 3, Column: 9},
				Message: finding.T("Titre inattendu.", "Unexpected title."), Fix: finding.T("Le changer.", "Change it.")},
			{ID: "SOCLE-1", Severity: finding.Warning, Level: "socle", Message: finding.T("Une remarque.", "A remark."), Fix: finding.T("La lire.", "Read it.")},
			{ID: "REGLE-INCALCULABLE", Severity: finding.Info, Level: "kind", Message: finding.T("Une règle en défaut.", "A faulty rule."), Fix: finding.T("Rien.", "Nothing.")},
		}}
}

func written(t *testing.T, format, lang string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(format, &b, Options{Lang: lang, Tool: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	files := []File{Of("dossier/un é&<.xml", sample(), lang), Of("clair.xml", &control.Report{Kind: "VAC", Levels: map[string]check.Count{"xsd": {}}}, lang),
		Of("illisible.xml", &control.Report{Unusable: "xml", Levels: map[string]check.Count{}, Findings: []finding.Finding{{ID: "XML-X", Severity: finding.Error, Level: "xsd",
			Place: finding.Place{Line: 1, Column: 1}, Message: finding.T("Ce n'est pas du XML.", "This is not XML."), Fix: finding.T("Envoyer du XML.", "Send XML.")}}}, lang),
		Unread("absent.xml", errors.New("open absent.xml: no such file"))}
	for i := range files {
		if err := w.Write(&files[i], []byte(source)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGolden compares every form in both languages with what a person has read once
// (go test ./format/report -update writes them anew).
func TestGolden(t *testing.T) {
	for _, format := range Formats {
		for _, lang := range []string{"fr", "en"} {
			got := written(t, format, lang)
			path := filepath.Join("testdata", "report."+lang+"."+format)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || string(want) != got {
				t.Errorf("%s is not what is written now (%v)", path, err)
			}
		}
	}
}

// TestFormsAreWellFormed: what a document says never breaks the report on it.
func TestFormsAreWellFormed(t *testing.T) {
	for line := range strings.Lines(written(t, "json", "fr")) {
		var f File
		if err := json.Unmarshal([]byte(line), &f); err != nil || f.Findings == nil || f.Levels == nil {
			t.Errorf("json: %v in %s", err, line)
		}
	}
	if err := json.Unmarshal([]byte(written(t, "sarif", "en")), new(any)); err != nil {
		t.Error("sarif:", err)
	}
	var suites struct {
		Suites []struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
			Cases    []struct {
				Failure *string `xml:"failure"`
				Error   *string `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(written(t, "junit", "fr")), &suites); err != nil || len(suites.Suites) != 4 {
		t.Fatal("junit:", err)
	}
	for i, s := range suites.Suites {
		failures, faults := 0, 0
		for _, c := range s.Cases {
			if c.Failure != nil {
				failures++
			}
			if c.Error != nil {
				faults++
			}
		}
		if len(s.Cases) != s.Tests || failures != s.Failures || faults != s.Errors {
			t.Errorf("junit: suite %d says %d/%d/%d and holds %d/%d/%d", i, s.Tests, s.Failures, s.Errors, len(s.Cases), failures, faults)
		}
	}
	page := written(t, "html", "fr")
	if strings.Contains(page, "<manque>") || strings.Contains(page, "<b>") || strings.Contains(page, "<script") || !strings.Contains(page, `<mark>code=&#34;US&#34;</mark>`) {
		t.Error("html: what is quoted is not escaped, or nothing is marked")
	}
}

// TestTerminalIsSafe: a name or a value never speaks to the terminal it is shown on.
func TestTerminalIsSafe(t *testing.T) {
	var b bytes.Buffer
	w := &textWriter{&b, Options{Lang: "fr"}}
	if err := w.Write(&File{File: "a\x1b[2J.xml", Kind: "x\u009by", Findings: []Finding{{ID: "A", Message: "m\x07\n", Fix: "\x1b]0;titre", XPath: "/a\r", Rule: "\x00"}}}, nil); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\x07\r\x00\u009b") {
		t.Errorf("%q", b.String())
	}
}

// TestEmptyReports: no file at all is a whole report too.
func TestEmptyReports(t *testing.T) {
	for _, format := range Formats {
		var b bytes.Buffer
		w, err := NewWriter(format, &b, Options{Lang: "fr"})
		if err == nil {
			err = w.Close()
		}
		switch {
		case err != nil:
			t.Errorf("%s: %v", format, err)
		case format == "sarif" && json.Unmarshal(b.Bytes(), new(any)) != nil, format == "junit" && xml.Unmarshal(b.Bytes(), new(struct{})) != nil:
			t.Errorf("%s: %s", format, b.String())
		case format == "html" && !strings.HasSuffix(b.String(), "</html>\n"):
			t.Errorf("%s: %s", format, b.String())
		}
	}
	if _, err := NewWriter("pdf", nil, Options{}); err == nil {
		t.Error("a format nobody knows is written")
	}
}

func TestWorstAndWords(t *testing.T) {
	clear, bad, none := Of("a", &control.Report{}, "fr"), Of("a", sample(), "fr"), Unread("a", errors.New("x"))
	if clear.Worst() != 0 || bad.Worst() != 1 || none.Worst() != 2 {
		t.Error(clear.Worst(), bad.Worst(), none.Worst())
	}
	for _, l := range control.Levels {
		if Word(l, "fr") == l || Word(l, "en") == l {
			t.Errorf("level %s has no word", l)
		}
	}
}

// TestExcerpt: an excerpt is a part of one line of the source, never half a character, never long.
func TestExcerpt(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	words := []string{"<a>", "é", "\n", " ", "𝒳", "value=\"1\"", strings.Repeat("é", 200), "\t"}
	for range 3000 {
		var b strings.Builder
		for range r.IntN(40) {
			b.WriteString(words[r.IntN(len(words))])
		}
		src := []byte(b.String())
		from, to := r.IntN(len(src)+4)-2, r.IntN(len(src)+4)-2
		if from > 0 && from < len(src) {
			for !utf8.RuneStart(src[from]) {
				from--
			}
		}
		e := Cut(src, from, to)
		whole := e.Before + strings.TrimSuffix(e.Fault, "…") + e.After
		if !utf8.ValidString(whole) && (to <= 0 || to >= len(src) || utf8.RuneStart(src[to])) {
			t.Fatalf("%q %d %d: %+v", src, from, to, e)
		}
		if strings.Contains(whole, "\n") || !strings.Contains(string(src), whole) || len(whole) > excerptBefore+excerptFault+excerptAfter {
			t.Fatalf("%q %d %d: %+v", src, from, to, e)
		}
		if e.Fault != "" && !strings.HasPrefix(string(src[from:]), strings.TrimSuffix(e.Fault, "…")) {
			t.Fatalf("%q does not begin at %d of %q", e.Fault, from, src)
		}
	}
	for _, odd := range [][2]int{{-1, 3}, {5, 5}, {9, 2}, {1 << 40, 1<<40 + 1}, {0, 1 << 60}} {
		Cut([]byte("<a/>"), odd[0], odd[1])
	}
}

func FuzzCut(f *testing.F) {
	f.Add([]byte(source), 20, 40)
	f.Fuzz(func(t *testing.T, src []byte, from, to int) {
		if e := Cut(src, from, to); len(e.Before)+len(e.After) > excerptBefore+excerptAfter+8 {
			t.Fatalf("%+v", e)
		}
	})
}
