// Package pdftest judges PDF files in tests: by checks of its own, always; by poppler, where it
// is installed; by veraPDF, where SOCLE_VERAPDF names its class path.
//
// Standard: ISO 19005-1 (PDF/A-1). The own checks cover what our writer could get wrong: offsets,
// letters outside marked content, tags that lead nowhere, features PDF/A-1 forbids, bounds.
// Start with Check.
package pdftest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// forbidden words of PDF/A-1.
// spec: ISO 19005-1 6.1, 6.4, 6.6
var forbidden = []string{"/Encrypt", "/SMask", "/LZWDecode", "/JavaScript", "/Launch", "/EmbeddedFile", "/ObjStm", "/ExtGState", "/Group"}

var objectHead = regexp.MustCompile(`^(\d+) 0 obj\n`)
var streamHead = regexp.MustCompile(`/Length (\d+)>>stream\n`)

// Check judges the inside of a file of our writer and gives what is wrong.
func Check(file []byte) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if !bytes.HasPrefix(file, []byte("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")) || !bytes.HasSuffix(file, []byte("%%EOF\n")) {
		bad("no head or no end")
	}
	at := bytes.LastIndex(file, []byte("\nxref\n"))
	if at < 0 {
		return append(faults, "no table of objects")
	}
	lines := strings.Split(string(file[at+1:]), "\n")
	count, _ := strconv.Atoi(strings.TrimPrefix(lines[1], "0 "))
	for i := 1; i < count; i++ {
		off, err := strconv.Atoi(strings.TrimLeft(lines[2+i][:10], "0"))
		if err != nil || off >= len(file) {
			return append(faults, "an offset that is none: "+lines[2+i])
		}
		m := objectHead.FindSubmatch(file[off:min(len(file), off+24)])
		if m == nil || string(m[1]) != strconv.Itoa(i) {
			return append(faults, fmt.Sprintf("object %d does not stand at %d", i, off))
		}
		end := bytes.Index(file[off:], []byte("\nendobj\n"))
		checkObject(file[off+len(m[0]):off+end], bad)
	}
	for _, must := range []string{"/MarkInfo<</Marked true>>", "/StructTreeRoot ", "/Lang(", "/OutputIntents[", "/DisplayDocTitle true", "<pdfaid:part>1</pdfaid:part>", "/CIDSet ", "/ToUnicode ", "/ID[<"} {
		if !bytes.Contains(file, []byte(must)) {
			bad("no %s", must)
		}
	}
	return faults
}

func checkObject(o []byte, bad func(string, ...any)) {
	dict, data := o, []byte(nil)
	if m := streamHead.FindIndex(o); m != nil {
		dict, data = o[:m[0]], o[m[1]:]
		data = bytes.TrimSuffix(data, []byte("\nendstream"))
	}
	for _, w := range forbidden {
		if bytes.Contains(dict, []byte(w)) {
			bad("%s in %.80q", w, dict)
		}
	}
	if bytes.Count(dict, []byte(" 0 R ")) > 8191 {
		bad("a list of more than 8,191 in %.80q", dict)
	}
	if !bytes.HasPrefix(dict, []byte("<</Filter/FlateDecode")) || bytes.Contains(dict, []byte("/Length1")) || bytes.Contains(dict, []byte("/N 3")) {
		return
	}
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		bad("a stream that does not open: %v", err)
		return
	}
	content, err := io.ReadAll(r)
	if err != nil {
		bad("a stream that does not open: %v", err)
		return
	}
	if bytes.Contains(content, []byte(" Tf ")) || bytes.Contains(content, []byte("EMC\n")) {
		checkContent(content, bad)
	}
}

var mcid = regexp.MustCompile(`<</MCID (\d+)>>BDC$`)

// checkContent looks for letters and lines that are neither tagged nor marked as decoration.
// spec: ISO 19005-1 6.8
func checkContent(content []byte, bad func(string, ...any)) {
	depth, next := 0, 0
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasSuffix(line, "BMC"), strings.HasSuffix(line, "BDC"):
			depth++
			if m := mcid.FindStringSubmatch(line); m != nil {
				if n, _ := strconv.Atoi(m[1]); n != next {
					bad("mark %d where %d was to come", n, next)
				}
				next++
			}
			continue
		case line == "EMC":
			depth--
		case strings.HasPrefix(line, "/Span<<") && strings.Contains(line, "BDC "):
			depth++ // closed on a line of its own
		case depth == 0 && line != "":
			bad("%.60q stands outside every mark", line)
		}
		if depth < 0 {
			bad("a mark ends that had not begun")
			return
		}
	}
	if depth != 0 {
		bad("%d marks do not end", depth)
	}
}

// Fonts fails unless poppler finds every font embedded, as a subset, with the meaning of letters.
func Fonts(t testing.TB, file string) {
	t.Helper()
	if _, err := exec.LookPath("pdffonts"); err != nil {
		t.Skip("pdffonts is not installed (poppler-utils): this check was left out")
	}
	out, err := exec.Command("pdffonts", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", file, err, out)
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "+") {
			continue
		}
		n++
		if !strings.Contains(line, "yes yes yes") {
			t.Errorf("%s: %s", filepath.Base(file), line)
		}
	}
	if n == 0 {
		t.Errorf("%s: no font\n%s", filepath.Base(file), out)
	}
}

const judge = `import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.*; import org.verapdf.pdfa.flavours.PDFAFlavour; import org.verapdf.pdfa.results.*;
public class Judge { public static void main(String[] a) throws Exception {
 java.util.logging.LogManager.getLogManager().reset(); VeraGreenfieldFoundryProvider.initialise(); int bad = 0;
 for (int i = 0; i < a.length; i++) for (String f : new String[] {"1a", "1b"}) {
  PDFAFlavour flavour = PDFAFlavour.fromString(f);
  try (java.io.InputStream in = new java.io.FileInputStream(a[i]); PDFAParser p = Foundries.defaultInstance().createParser(in, flavour)) {
   ValidationResult r = Foundries.defaultInstance().createValidator(flavour, false).validate(p);
   if (r.isCompliant()) continue;
   bad++; java.util.Set<String> seen = new java.util.HashSet<>();
   for (TestAssertion t : r.getTestAssertions()) if (t.getStatus() == TestAssertion.Status.FAILED && seen.add(t.getRuleId().getClause() + t.getRuleId().getTestNumber()))
    System.out.println(a[i] + " " + f + " " + t.getRuleId().getClause() + "/" + t.getRuleId().getTestNumber() + " " + t.getMessage() + " " + t.getLocation().getContext()); } }
 System.exit(bad > 0 ? 1 : 0); } }
`

// VeraPDF fails unless veraPDF finds every file conforming to PDF/A-1a and PDF/A-1b.
func VeraPDF(t testing.TB, files ...string) {
	t.Helper()
	classes := os.Getenv("SOCLE_VERAPDF")
	if classes == "" {
		t.Skip("SOCLE_VERAPDF does not name the class path of veraPDF (org.verapdf:validation-model and what it needs): this check was left out")
	}
	source := filepath.Join(t.TempDir(), "Judge.java")
	if err := os.WriteFile(source, []byte(judge), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("java", append([]string{"-cp", classes, source}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
