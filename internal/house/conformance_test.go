package house

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/shareddata"
)

var update = flag.Bool("update", false, "write docs/conformance.md anew")

var fullToken = regexp.MustCompile(`spec: ([^\n*]+)`)

// TestConformanceMatrix renders docs/conformance.md from the spec comments of the code and fails
// when the page is not up to date (go test ./internal/house -update).
func TestConformanceMatrix(t *testing.T) {
	root := shareddata.Root(t)
	raw, err := os.ReadFile(filepath.Join(root, "docs", "specs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	refs := map[string]map[string][]string{} // document → reference → files
	walkGo(t, root, func(path, text string) {
		for _, m := range fullToken.FindAllStringSubmatch(text, -1) {
			ref := strings.TrimRight(strings.TrimSpace(m[1]), ".")
			doc := strings.Fields(ref)[0]
			doc = strings.Trim(doc, "`,;")
			if refs[doc] == nil {
				refs[doc] = map[string][]string{}
			}
			refs[doc][ref] = append(refs[doc][ref], filepath.ToSlash(path))
		}
	})
	var b strings.Builder
	b.WriteString("# Matrice de conformité\n\nFaite à partir des commentaires `spec:` du code par `make docs` ; ne pas modifier à la main.\n")
	for _, line := range strings.Split(string(raw), "\n") {
		f := strings.Fields(line)
		if len(f) < 3 || strings.HasPrefix(line, "#") {
			continue
		}
		fmt.Fprintf(&b, "\n## %s — %s (%s)\n\n", f[0], strings.Join(f[2:], " "), f[1])
		var keys []string
		for r := range refs[f[0]] {
			keys = append(keys, r)
		}
		sort.Strings(keys)
		if len(keys) == 0 {
			b.WriteString("Aucune règle citée.\n")
			continue
		}
		b.WriteString("| règle | où |\n| --- | --- |\n")
		for _, k := range keys {
			files := refs[f[0]][k]
			sort.Strings(files)
			files = uniq(files)
			fmt.Fprintf(&b, "| %s | %s |\n", strings.ReplaceAll(k, "|", "\\|"), strings.Join(files, ", "))
		}
	}
	path := filepath.Join(root, "docs", "conformance.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, _ := os.ReadFile(path); string(have) != b.String() {
		t.Error("docs/conformance.md is not up to date: make docs")
	}
}

func uniq(s []string) []string {
	out := s[:0]
	for i, v := range s {
		if i == 0 || v != s[i-1] {
			out = append(out, v)
		}
	}
	return out
}
