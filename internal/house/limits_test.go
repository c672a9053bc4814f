package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/shareddata"
)

// published is one constant of the table of limits: `folder: name = value`.
var published = regexp.MustCompile("\\| `([a-z0-9/]+): ([A-Za-z]+) = ([^`]+)` \\|")

// TestPublishedLimitsAreTheRealOnes compares the table of docs/operate with the constants.
func TestPublishedLimitsAreTheRealOnes(t *testing.T) {
	root := shareddata.Root(t)
	page, err := os.ReadFile(filepath.Join(root, "docs", "operate", "exploiter.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := published.FindAllStringSubmatch(string(page), -1)
	if len(rows) < 20 {
		t.Fatalf("only %d limits are published", len(rows))
	}
	for _, m := range rows {
		want := regexp.MustCompile(`(?m)^\s*(const )?` + m[2] + `\s+= ` + regexp.QuoteMeta(m[3]) + `(\s|$)`)
		sources, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(m[1]), "*.go"))
		if err != nil || len(sources) == 0 {
			t.Errorf("%s: no such package", m[1])
			continue
		}
		found := false
		for _, f := range sources {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			found = found || want.Match(b)
		}
		if !found {
			t.Errorf("%s does not say %s = %s", m[1], m[2], m[3])
		}
	}
}
