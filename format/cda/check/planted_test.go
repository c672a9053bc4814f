package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/shareddata"
)

// fault is one small edit of a sound document, of the kind software makes, and what must be said.
type fault struct {
	base     string // "n1", "bio", "vac", "vsm", "vitals", "img", or a file of the examples
	old, new string
	id       string   // of the finding that explains it
	sees     string   // what its message or its quotation must show
	also     []string // other findings the same edit truly provokes
	prod     bool     // checked as in production
	bytes    func([]byte) []byte
}

// faults is every planted fault.
var faults = slices.Concat(byteFaults, headerFaults, personFaults, datatypeFaults, schemaFaults, fileFaults, bodyFaults, bioFaults, exampleFaults)

// generic are the ids that would only say that something is wrong.
var generic = map[string]bool{"CDA-02": true}

func basis(t testing.TB, name string) (string, bool) {
	switch name {
	case "n1":
		return unstructured(t), true
	case "bio":
		return biology(t), true
	case "vac":
		return vaccination(t), true
	case "vsm":
		return summary(t), true
	case "vitals":
		return vitals(t), true
	case "img":
		return imagery(t), true
	}
	dir := filepath.Join(shareddata.Root(t), "..", "shared", "data", "cda")
	src, err := os.ReadFile(filepath.Join(dir, name))
	return string(src), err == nil
}

// told is what a document makes us say: findings, or the refusal to read it.
func told(src []byte, prod bool) []finding.Finding {
	d, err := cda.Parse(src)
	if x, ok := err.(*xmltree.Error); ok {
		return []finding.Finding{{ID: x.ID, Severity: finding.Error, Level: "xsd", Rule: "XML", Message: x.Message, Fix: x.Fix, Place: x.Place()}}
	}
	if r := finding.As(err); r != nil {
		return []finding.Finding{{ID: r.ID, Severity: finding.Error, Level: "xsd", Rule: r.Rule, Message: r.Message, Fix: r.Fix, Place: finding.Place{Line: 1, XPath: r.Where}}}
	}
	r := Check(d, Options{Now: now, Production: prod})
	return r.Findings
}

// what names a finding regardless of where the edit moved it.
func what(f *finding.Finding) string { return f.ID + "|" + f.Message.EN }

// TestPlantedFaults: each fault gets its own explanation, and nothing else changes.
func TestPlantedFaults(t *testing.T) {
	if len(faults) < 200 {
		t.Errorf("only %d faults", len(faults))
	}
	seen := map[string]bool{}
	absent := 0
	for i, f := range faults {
		key := f.base + "\x00" + f.old + "\x00" + f.new
		if f.bytes == nil {
			if seen[key] {
				t.Errorf("%d: planted twice: %s → %s", i, f.old, f.new)
			}
			seen[key] = true
		}
		src, ok := basis(t, f.base)
		if !ok {
			absent++
			continue
		}
		edited := []byte(src)
		if f.old != "" {
			if !strings.Contains(src, f.old) {
				t.Errorf("%d: %s does not contain %s", i, f.base, f.old)
				continue
			}
			edited = []byte(strings.Replace(src, f.old, f.new, 1))
		}
		if f.bytes != nil {
			edited = f.bytes(edited)
		}
		before := map[string]int{}
		for _, x := range told([]byte(src), f.prod) {
			before[what(&x)]++
		}
		f.judge(t, i, []byte(src), edited, before)
	}
	if absent > 0 {
		t.Logf("%d faults of the official examples were left out: the examples are absent", absent)
	}
	t.Logf("%d faults planted, %d ids", len(faults)-absent, len(idsOf(faults)))
}

func idsOf(list []fault) map[string]bool {
	m := map[string]bool{}
	for _, f := range list {
		m[f.id] = true
	}
	return m
}

// touches tells whether a finding of the schema stands where the edit was made: the schema says in
// its own words what our rules say in theirs.
func touches(src, edited []byte, x *finding.Finding) bool {
	if !strings.HasPrefix(x.ID, "CDA-02-") {
		return false
	}
	from := 0
	for from < len(src) && from < len(edited) && src[from] == edited[from] {
		from++
	}
	back := 0
	for back < len(src)-from && back < len(edited)-from && src[len(src)-1-back] == edited[len(edited)-1-back] {
		back++
	}
	return x.Place.Offset <= len(edited)-back+2 && x.Place.End >= from-2
}

func (f *fault) judge(t *testing.T, i int, src, edited []byte, before map[string]int) {
	t.Helper()
	name := f.base + ": " + f.old + " → " + f.new
	var mine *finding.Finding
	for _, x := range told(edited, f.prod) {
		if before[what(&x)] > 0 {
			before[what(&x)]--
			continue
		}
		switch {
		case x.ID == f.id:
			if mine == nil || !strings.Contains(mine.Message.FR+" "+mine.Found, f.sees) {
				mine = &x
			}
		case !slices.Contains(f.also, x.ID) && !touches(src, edited, &x):
			t.Errorf("%d %s: also says %s (%s): %s", i, name, x.ID, x.Severity, x.Message.FR)
		}
	}
	if mine == nil {
		t.Errorf("%d %s: %s is not given", i, name, f.id)
		return
	}
	if generic[mine.ID] {
		t.Errorf("%d %s: only a catch-all explains it", i, name)
	}
	complete2(t, i, mine)
	if !strings.Contains(mine.Message.FR+" "+mine.Found, f.sees) {
		t.Errorf("%d %s: %s does not show %q: %s", i, name, mine.ID, f.sees, mine.Message.FR)
	}
	for _, r := range Rules() {
		if r.ID == mine.ID && mine.Fix == r.Fix {
			t.Errorf("%d %s: the fix of %s is the advice of the rule, not of the fault: %s", i, name, mine.ID, mine.Fix.FR)
		}
	}
}

func complete2(t *testing.T, i int, f *finding.Finding) {
	t.Helper()
	if f.Message.FR == "" || f.Message.EN == "" || f.Message.FR == f.Message.EN || f.Fix.FR == "" || f.Fix.EN == "" || f.Fix.FR == f.Fix.EN || f.Rule == "" || f.Level == "" || f.Place.Line == 0 {
		t.Errorf("%d: %s is not complete: %+v", i, f.ID, f)
	}
	if strings.Contains(f.Message.FR+f.Message.EN+f.Fix.FR+f.Fix.EN, "%!") {
		t.Errorf("%d: %s: %s %s", i, f.ID, f.Message.EN, f.Fix.EN)
	}
}

// TestAFindingPointsAtTheAttribute: the bytes of the attribute, not of the whole element.
func TestAFindingPointsAtTheAttribute(t *testing.T) {
	src := strings.Replace(unstructured(t), `value="tel:0174589607"`, `value="0174589607"`, 1)
	for _, f := range told([]byte(src), false) {
		if got := src[f.Place.Offset:f.Place.End]; f.ID == "HDR-17" && got != `value="0174589607"` {
			t.Errorf("the finding points at %q", got)
		} else if f.ID == "HDR-17" && !strings.HasSuffix(f.Place.XPath, "/telecom/@value") {
			t.Error(f.Place.XPath)
		}
	}
}

// TestSaidOnce: the same remark on the same bytes is made a single time.
func TestSaidOnce(t *testing.T) {
	for _, name := range []string{"n1", "bio", "vac", "vsm", "img"} {
		src, _ := basis(t, name)
		src = strings.ReplaceAll(src, `codeSystem="2.16.840.1.113883.6.1"`, `codeSystem="2.16.840.1.113883.6.1."`)
		seen := map[string]bool{}
		for _, f := range told([]byte(src), true) {
			key := f.ID + f.Place.XPath + f.Message.EN
			if seen[key] && !strings.HasPrefix(f.ID, "CDA-02") {
				t.Errorf("%s says twice: %s %s", name, f.ID, f.Message.EN)
			}
			seen[key] = true
		}
	}
}
