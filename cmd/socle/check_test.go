package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// thin is hardly a CDA: it is read, and breaks rules.
const thin = `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><realmCode code="US"/><title>Essai &lt;b&gt; é</title></ClinicalDocument>
`

// socle gives what the program prints and its exit status, in a home of its own.
func socle(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, err bytes.Buffer
	status = execute(args, &out, &err)
	return out.String(), err.String(), status
}

// home keeps the rules and the cache of the user out of a test.
func home(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for _, v := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(v, dir)
	}
}

func put(t *testing.T, path string, b []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// zipOf makes an archive of names and contents, in the order given.
func zipOf(t *testing.T, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.Create(entries[i])
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(entries[i+1]))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t *testing.T, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	w := tar.NewWriter(g)
	for i := 0; i < len(entries); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: entries[i], Mode: 0o600, Size: int64(len(entries[i+1])), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(entries[i+1]))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type checked struct {
	File, Kind, Unusable string
	Conform              bool
	Findings             []struct{ ID, Message string }
}

func lines(t *testing.T, out string) []checked {
	t.Helper()
	var list []checked
	for l := range strings.Lines(out) {
		var c checked
		if err := json.Unmarshal([]byte(l), &c); err != nil {
			t.Fatalf("%v in %.200q", err, l)
		}
		list = append(list, c)
	}
	return list
}

// TestCheckTakesFoldersAndArchives: what is in them comes in order, however many are checked at once.
func TestCheckTakesFoldersAndArchives(t *testing.T) {
	home(t)
	dir := t.TempDir()
	put(t, filepath.Join(dir, "b.xml"), []byte(thin))
	put(t, filepath.Join(dir, "a", "z.XML"), []byte("<a/>"))
	put(t, filepath.Join(dir, "notes.txt"), []byte("not a document"))
	put(t, filepath.Join(dir, "c.zip"), zipOf(t, "two.xml", thin, "one.xml", "<b>", "readme.md", "x", "sub/three.xml", thin))
	put(t, filepath.Join(dir, "d.tar.gz"), tarOf(t, "x/last.xml", thin, "x/picture.png", "png"))
	want := []string{"a/z.XML", "b.xml", "c.zip!one.xml", "c.zip!sub/three.xml", "c.zip!two.xml", "d.tar.gz!x/last.xml"}
	unusable := []string{"kind", "", "xml", "", "", ""}
	var first string
	for _, jobs := range []string{"1", "2", "7"} {
		out, _, status := socle(t, "check", "--format", "json", "--jobs", jobs, dir)
		list := lines(t, out)
		if status != 2 || len(list) != len(want) {
			t.Fatalf("%d lines, status %d: %s", len(list), status, out)
		}
		for i, c := range list {
			if name, _ := filepath.Rel(dir, c.File); name != want[i] || c.Unusable != unusable[i] || len(c.Findings) == 0 {
				t.Errorf("line %d is %s (%s), %s expected", i, name, c.Unusable, want[i])
			}
		}
		if first == "" {
			first = out
		}
		if out != first {
			t.Errorf("with %s jobs the answer is another", jobs)
		}
	}
}

// TestManyDocumentsKeepTheirOrder: the slow ones do not let the quick ones pass.
func TestManyDocumentsKeepTheirOrder(t *testing.T) {
	home(t)
	dir := t.TempDir()
	for i := range 120 {
		put(t, filepath.Join(dir, fmt.Sprintf("%03d.xml", i)), []byte(strings.Replace(thin, "<title>", strings.Repeat("<x/>", (i*37)%400)+"<title>", 1)))
	}
	out, _, _ := socle(t, "check", "--format", "json", "--jobs", "5", dir)
	list := lines(t, out)
	if len(list) != 120 || !slices.IsSortedFunc(list, func(a, b checked) int { return strings.Compare(a.File, b.File) }) {
		t.Errorf("%d lines, out of order", len(list))
	}
}

// TestBrokenArchives: an archive that is a lie is one line of the report; the rest goes on.
func TestBrokenArchives(t *testing.T) {
	home(t)
	dir := t.TempDir()
	whole := zipOf(t, "one.xml", thin)
	bomb := zipOf(t, "zero.xml", strings.Repeat("\x00", maxCheckFile+1), "one.xml", thin)
	tarball := tarOf(t, "one.xml", thin, "zero.xml", strings.Repeat("\x00", maxCheckFile+1))
	for name, c := range map[string]struct {
		bytes []byte
		want  []string // unusable, file by file
	}{
		"not.zip":     {[]byte("PK\x03\x04 not really"), []string{"io"}},
		"cut.zip":     {whole[:len(whole)/2], []string{"io"}},
		"empty.zip":   {zipOf(t), nil},
		"bomb.zip":    {bomb, []string{"", "io"}},
		"bomb.tar.gz": {tarball, []string{"", "io"}},
		"not.tgz":     {[]byte("not gzip"), []string{"io"}},
		"cut.tar.gz":  {tarball[:200], []string{"io", "io"}},
		"noise.tar":   {bytes.Repeat([]byte{7}, 4096), []string{"io"}},
	} {
		path := put(t, filepath.Join(dir, name), c.bytes)
		out, errs, _ := socle(t, "check", "--format", "json", path, put(t, filepath.Join(dir, "after.xml"), []byte(thin)))
		var got []string
		list := lines(t, out)
		for _, l := range list[:len(list)-1] {
			got = append(got, l.Unusable)
		}
		if !slices.Equal(got, c.want) || !strings.HasSuffix(list[len(list)-1].File, "after.xml") || errs != "" {
			t.Errorf("%s: %q, %q expected; %s", name, got, c.want, errs)
		}
	}
}

// TestALargeArchiveIsListedOnce: each document costs its own reading, not that of the list.
func TestALargeArchiveIsListedOnce(t *testing.T) {
	home(t)
	const n = 20_000
	entries := make([]string, 0, 2*n)
	for i := range n {
		entries = append(entries, fmt.Sprintf("%d.xml", i), "<a/>")
	}
	start := time.Now()
	out, _, status := socle(t, "check", "--format", "json", put(t, filepath.Join(t.TempDir(), "many.zip"), zipOf(t, entries...)))
	if got := len(lines(t, out)); got != n || status != 2 {
		t.Errorf("%d documents, status %d", got, status)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("%v", took)
	}
}

// TestAControlThatCannotBeginIsNoFinding: rules that are not there leave nothing checked.
func TestAControlThatCannotBeginIsNoFinding(t *testing.T) {
	home(t)
	doc := put(t, filepath.Join(t.TempDir(), "a.xml"), []byte(thin))
	for lang, says := range map[string]string{"fr": "Ce dossier", "en": "This folder"} {
		if out, errs, status := socle(t, "check", "--lang", lang, "--rules", t.TempDir(), doc); status != 2 || out != "" || !strings.Contains(errs, says) {
			t.Errorf("status %d, %q, %q", status, out, errs)
		}
	}
}

// TestCheckSpeaksEveryFormat: what cannot be read has its place in each.
func TestCheckSpeaksEveryFormat(t *testing.T) {
	home(t)
	dir := t.TempDir()
	doc, absent := put(t, filepath.Join(dir, "un <&\"é.xml"), []byte(thin)), filepath.Join(dir, "absent.xml")
	out, _, status := socle(t, "check", "--format", "sarif", doc, absent)
	var log struct {
		Version string
		Runs    []struct {
			Results []struct {
				RuleID    string
				Level     string
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, ByteOffset, ByteLength int }
					}
				}
			}
			Invocations []struct {
				ExecutionSuccessful        bool
				ToolExecutionNotifications []any
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &log); err != nil || status != 2 || log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("sarif: %v, status %d", err, status)
	}
	r := log.Runs[0]
	if len(r.Results) == 0 || len(r.Invocations) != 1 || r.Invocations[0].ExecutionSuccessful || len(r.Invocations[0].ToolExecutionNotifications) != 1 {
		t.Errorf("sarif: %+v", r)
	}
	for _, x := range r.Results {
		if x.RuleID == "" || !slices.Contains([]string{"error", "warning", "note"}, x.Level) || len(x.Locations) != 1 || strings.ContainsAny(x.Locations[0].PhysicalLocation.ArtifactLocation.URI, ` <"é`) {
			t.Errorf("sarif: %+v", x)
		}
	}
	out, _, _ = socle(t, "check", "--format", "junit", doc, absent)
	var suites struct {
		Suites []struct {
			Name                    string `xml:"name,attr"`
			Tests, Failures, Errors int    `xml:",attr"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(out), &suites); err != nil || len(suites.Suites) != 2 || suites.Suites[0].Name != doc {
		t.Errorf("junit: %v %+v", err, suites)
	}
	if out, _, _ = socle(t, "check", "--format", "html", "--lang", "en", doc, absent); !strings.Contains(out, `<html lang="en">`) || strings.Count(out, "<section>") != 2 || strings.Contains(out, "<b>") {
		t.Errorf("html: %.400s", out)
	}
	if out, _, _ = socle(t, "check", doc); !strings.Contains(out, "non conforme") || strings.Contains(out, "\x1b[") {
		t.Errorf("text: %.300s", out)
	}
	for format, empty := range map[string]string{"json": "", "text": ""} {
		if out, _, status := socle(t, "check", "--format", format, t.TempDir()); out != empty || status != 0 {
			t.Errorf("%s of an empty folder: %d %q", format, status, out)
		}
	}
}

// TestUnreadableFiles: each says why in its own line.
func TestUnreadableFiles(t *testing.T) {
	home(t)
	dir := t.TempDir()
	files := map[string]string{
		put(t, filepath.Join(dir, "cut.xml"), []byte(thin[:90])):                               "xml",
		put(t, filepath.Join(dir, "latin.xml"), []byte(strings.Replace(thin, "é", "\xe9", 1))): "encoding",
		put(t, filepath.Join(dir, "doctype.xml"), []byte("<!DOCTYPE a><a/>")):                  "doctype",
		put(t, filepath.Join(dir, "deep.xml"), bytes.Repeat([]byte("<a>"), 10_000)):            "limit",
		put(t, filepath.Join(dir, "other.xml"), []byte("<a/>")):                                "kind",
		put(t, filepath.Join(dir, "zeros.xml"), make([]byte, 100)):                             "xml",
		put(t, filepath.Join(dir, "nothing.xml"), nil):                                         "xml",
		filepath.Join(dir, "absent.xml"):                                                       "io",
		put(t, filepath.Join(dir, "large.xml"), bytes.Repeat([]byte(" "), maxCheckFile+1)):     "io",
	}
	for f, want := range files {
		out, _, status := socle(t, "check", "--format", "json", f)
		if list := lines(t, out); len(list) != 1 || list[0].Unusable != want || status != 2 || len(list[0].Findings) == 0 {
			t.Errorf("%s: %s, status %d", filepath.Base(f), out, status)
		}
	}
}
