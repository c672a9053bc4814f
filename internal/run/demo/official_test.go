package demo

import (
	"os"
	"sync"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/compare"
	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/cda/official"
	"github.com/socle-sante/socle/format/finding"
)

// Every document of the territory passes the official rules of every level without an error, when
// their folder is there. (Socle's own rules, the schema among them, see each of them in every
// other test of this package, where a warning already refuses.)
func TestDocumentsPassOfficialRules(t *testing.T) {
	folder := os.Getenv("SOCLE_RULES")
	if folder == "" {
		t.Skip("SOCLE_RULES is not set: the official rules were left out")
	}
	rules, err := official.Load(os.DirFS(folder), "officiel")
	if err != nil {
		t.Fatal(err)
	}
	k := control.New(rules)
	d := open(t, t.TempDir(), clock)
	kinds, warnings, documents := map[string]int{}, map[string]int{}, 0
	d.Strictness = control.CISIS
	var mu sync.Mutex
	d.Check = func(c *cda.Document) []finding.Finding {
		r := k.Document(c, control.Question{Now: clock})
		mu.Lock()
		defer mu.Unlock()
		documents++
		kinds[r.Kind+" "+r.Edition]++
		for _, f := range r.Findings {
			if f.Severity == finding.Warning {
				warnings[f.ID+" "+f.Place.XPath]++
			}
			if f.Severity == finding.Error {
				t.Errorf("%s: %s [%s] line %d %s: %s (%s)", c.ID.Root, f.ID, f.Level, f.Place.Line, f.Place.XPath, f.Message.EN, f.Rule)
			}
		}
		return r.Findings
	}
	persons := 200
	if testing.Short() {
		persons = few
	}
	populate(t, d, persons)
	t.Logf("%d documents: %v", documents, kinds)
	for w, n := range warnings {
		t.Logf("warning %d × %s", n, w)
	}
	if documents < 150 {
		t.Errorf("only %d documents were seen", documents)
	}
}

// What the territory's documents code can be read in their text, unchanged.
func TestDocumentsShowWhatTheyCode(t *testing.T) {
	d := open(t, t.TempDir(), clock)
	var mu sync.Mutex
	compared := 0
	d.Check = func(c *cda.Document) []finding.Finding {
		mu.Lock()
		defer mu.Unlock()
		for _, s := range compare.Of(c) {
			compared += len(s.Items)
			for _, i := range s.Differences() {
				t.Errorf("%s, %s: %+v", c.ID.Root, s.Title, i)
			}
		}
		return nil
	}
	populate(t, d, few)
	if compared < 1000 {
		t.Errorf("only %d facts were compared", compared)
	}
}
