package schema_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/schema"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/format/xsd"
	"github.com/socle-sante/socle/internal/shareddata"
)

// rules gives the folder of the official schema, or leaves the test out.
func rules(t testing.TB) string {
	dir := os.Getenv("SOCLE_RULES")
	if dir == "" {
		dir = filepath.Join(shareddata.Root(t), "..", "shared", "rules")
	}
	dir = filepath.Join(dir, "infrastructure", "cda")
	if _, err := os.Stat(filepath.Join(dir, schema.Root)); err != nil {
		t.Skip("official rules absent (SOCLE_RULES): this comparison was left out")
	}
	return dir
}

func parse(t testing.TB, file string) (*xmltree.Doc, xmltree.Node) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := xmltree.Parse(src)
	if err != nil {
		return nil, xmltree.Node{}
	}
	at := d.Root()
	if !at.Is(cda.NS, "ClinicalDocument") {
		for n := range at.Descendants(cda.NS, "ClinicalDocument") {
			return d, n
		}
	}
	return d, at
}

func count(vs []xsd.Violation) int {
	n := 0
	for _, v := range vs {
		n += v.Count
	}
	return n
}

func documents(t testing.TB) []string {
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	return files
}

func TestOfficialExamplesAreValid(t *testing.T) {
	for _, f := range documents(t) {
		d, at := parse(t, f)
		for _, v := range schema.CDA().Validate(d, at, 0) {
			t.Errorf("%s:%d: %s %s", filepath.Base(f), v.Place.Line, v.Code, v.Message.EN)
		}
	}
}

func TestFactsAreThoseOfTheOfficialSchema(t *testing.T) {
	facts, err := xsd.Notation(os.DirFS(rules(t)), schema.Root)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(facts, schema.Facts()) {
		t.Error("cda.facts differs from the official schema: run go run format/cda/schema/gen/main.go")
	}
}

// mutants makes the seeded mutants again with the tool that stands beside the examples.
func mutants(t testing.TB) (dir string, rows [][]string) {
	if testing.Short() {
		t.Skip("making the mutants takes some seconds")
	}
	tsv := shareddata.Dir(t, "cda-mutants", "mutants.tsv")
	tool := filepath.Join(filepath.Dir(shareddata.Dir(t)), "tools", "cda-mutate")
	python, err := exec.LookPath("python3")
	if _, missing := os.Stat(tool); err != nil || missing != nil {
		t.Skip("the maker of mutants or Python is absent: this comparison was left out")
	}
	dir = t.TempDir()
	cmd := exec.Command(python, append([]string{tool, dir, "6", "2026"}, documents(t)...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("the mutants could not be made: %v\n%s", err, out)
	}
	f, err := os.Open(tsv)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return dir, all[1:]
}

// The number of errors is that of the official validator on every mutant.
func TestMutantsCountAsTheOfficialValidatorCounts(t *testing.T) {
	dir, rows := mutants(t)
	judged, same, verdict := 0, 0, 0
	for _, row := range rows {
		want, err := strconv.Atoi(strings.Split(row[6], "/")[0])
		if err != nil {
			continue
		}
		d, at := parse(t, filepath.Join(dir, row[0]))
		if d == nil {
			continue // not XML: judged before the schema
		}
		judged++
		got := count(schema.CDA().Validate(d, at, 0))
		if (got > 0) == (want > 0) {
			verdict++
		}
		if got == want {
			same++
		} else {
			t.Errorf("%s (%s %s): %d errors, officially %d", row[0], row[1], row[3], got, want)
		}
	}
	t.Logf("%d mutants: verdict equal on %d, count equal on %d", judged, verdict, same)
}

// judge is the official way: the validator of the Java platform on the official schema.
const judge = `import javax.xml.validation.*; import java.io.*; import java.util.*; import org.xml.sax.*;
public class Judge { public static void main(String[] a) throws Exception {
 Validator v = SchemaFactory.newInstance("http://www.w3.org/2001/XMLSchema").newSchema(new File(a[0])).newValidator();
 File[] all = new File(a[1]).listFiles(); Arrays.sort(all); PrintStream out = new PrintStream(System.out, true, "UTF-8");
 for (File f : all) { StringBuilder b = new StringBuilder(f.getName());
  v.reset(); v.setErrorHandler(new ErrorHandler() { public void warning(SAXParseException e) {}
   public void fatalError(SAXParseException e) throws SAXException { throw e; }
   public void error(SAXParseException e) { b.append(" ").append(e.getMessage().split(":")[0]); } });
  try { v.validate(new javax.xml.transform.stream.StreamSource(f)); } catch (Exception e) { b.append(" FATAL"); }
  out.println(b); } } }`

// Faults of our own making, several in one document, reported rule by rule as the official
// validator reports them.
func TestFaultsAreReportedRuleByRule(t *testing.T) {
	dir := rules(t)
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("Java absent: reports were not compared")
	}
	work := t.TempDir()
	faults := filepath.Join(work, "faults")
	if err := os.Mkdir(faults, 0o700); err != nil {
		t.Fatal(err)
	}
	plantFaults(t, faults)
	program := filepath.Join(work, "Judge.java")
	if err := os.WriteFile(program, []byte(judge), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(java, "-Dfile.encoding=UTF-8", program, filepath.Join(dir, schema.Root), faults)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("Java did not run: %v", err)
	}
	official, err := xsd.Compile(os.DirFS(dir), schema.Root)
	if err != nil {
		t.Fatal(err)
	}
	n, different, broken := 0, 0, 0
	for line := range strings.Lines(string(out)) {
		name, want, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasSuffix(want, "FATAL") {
			continue
		}
		d, _ := parse(t, filepath.Join(faults, name))
		n++
		if want != "" {
			broken++
		}
		want = sorted(strings.Fields(strings.ReplaceAll(want, "UndeclaredPrefix", "cvc-datatype-valid.1.2.1")))
		for who, s := range map[string]*xsd.Schema{"built in": schema.CDA(), "from the folder": official} {
			if got := reports(s.Validate(d, d.Root(), 0)); got != want {
				different++
				t.Errorf("%s (%s)\n got %s\nwant %s", name, who, got, want)
			}
		}
	}
	t.Logf("%d documents, %d with errors: %d differ", n, broken, different)
}

// reports writes violations as the official validator's reports. A type name it cannot read makes
// four of them: judged as a name, as the choice of a type, as a name again, as an attribute.
func reports(vs []xsd.Violation) string {
	var out []string
	for _, v := range vs {
		if v.Code == "cvc-elt.4.1" {
			out = append(out, "cvc-datatype-valid.1.2.1", "cvc-datatype-valid.1.2.1", "cvc-attribute.3")
		}
		out = append(out, v.Code)
		if v.Also != "" {
			out = append(out, v.Also)
		}
	}
	return sorted(out)
}

func sorted(words []string) string {
	slices.Sort(words)
	return strings.Join(words, " ")
}

func TestSchemaLoadsFast(t *testing.T) {
	start := time.Now()
	if _, err := xsd.Load(schema.Facts()); err != nil {
		t.Fatal(err)
	}
	t.Logf("loaded in %v, %d bytes of facts", time.Since(start), len(schema.Facts()))
}

func BenchmarkLoad(b *testing.B) {
	facts := schema.Facts()
	for b.Loop() {
		if _, err := xsd.Load(facts); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	s := schema.CDA()
	var docs []*xmltree.Doc
	var at []xmltree.Node
	size := 0
	for _, f := range documents(b) {
		d, n := parse(b, f)
		docs, at, size = append(docs, d), append(at, n), size+len(d.Source())
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for i, d := range docs {
			s.Validate(d, at[i], 0)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(docs)), "ns/document")
}
