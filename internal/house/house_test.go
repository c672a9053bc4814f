// Package house holds the tests of the whole house: the floors, the words that stay out, the
// tokens of the specifications.
package house

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/shareddata"
)

const module = "github.com/socle-sante/socle/"

// floors from the ground up. An import goes down, or stays on its floor.
var floors = []struct {
	prefix string
	level  int
}{
	{"format/", 1}, {"internal/domain/", 2}, {"internal/store/", 3}, {"internal/door/", 3}, {"internal/run", 4}, {"cmd/", 5},
}

func floorOf(pkg string) int {
	for _, f := range floors {
		if strings.HasPrefix(pkg, module+f.prefix) || pkg == module+strings.TrimSuffix(f.prefix, "/") {
			return f.level
		}
	}
	return 0
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = shareddata.Root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for dec.More() {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// TestArrowsOnlyGoDown walks the import graph.
func TestArrowsOnlyGoDown(t *testing.T) {
	seen := 0
	for _, p := range packages(t) {
		from := floorOf(p.ImportPath)
		for _, i := range p.Imports {
			to := floorOf(i)
			if from == 0 || to == 0 {
				continue
			}
			seen++
			if to > from {
				t.Errorf("%s imports %s: the arrow climbs", p.ImportPath, i)
			}
			if from == 3 && to == 3 && part(p.ImportPath) != part(i) {
				t.Errorf("%s imports %s: doors and stores do not know each other", p.ImportPath, i)
			}
		}
	}
	if seen < 20 {
		t.Fatalf("only %d arrows seen: the walk is broken", seen)
	}
}

// part gives "internal/door/web" for anything below it.
func part(p string) string {
	f := strings.Split(strings.TrimPrefix(p, module), "/")
	return strings.Join(f[:min(3, len(f))], "/")
}

// TestFormatsArePure keeps I/O and third parties out of format/, and I/O out of the domains.
func TestFormatsArePure(t *testing.T) {
	forbidden := map[int][]string{
		1: {"net", "net/http", "os", "database/sql", "os/exec"},
		2: {"net/http", "os", "database/sql", "os/exec"},
	}
	for _, p := range packages(t) {
		level := floorOf(p.ImportPath)
		for _, i := range p.Imports {
			if level == 1 && strings.Contains(strings.SplitN(i, "/", 2)[0], ".") && !strings.HasPrefix(i, module+"format/") {
				t.Errorf("%s imports %s: a format knows the standard library and formats only", p.ImportPath, i)
			}
			for _, f := range forbidden[level] {
				if i == f {
					t.Errorf("%s imports %s", p.ImportPath, i)
				}
			}
		}
	}
}

// token is one reference to a specification.
var token = regexp.MustCompile(`spec: ([A-Za-z0-9à-ÿ_.-]+)`)

// TestSpecTokensAreKnown reads every `spec:` comment: its first word must be in docs/specs.txt.
func TestSpecTokensAreKnown(t *testing.T) {
	root := shareddata.Root(t)
	raw, err := os.ReadFile(filepath.Join(root, "docs", "specs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, line := range strings.Split(string(raw), "\n") {
		if f := strings.Fields(line); len(f) > 0 && !strings.HasPrefix(line, "#") {
			known[f[0]] = true
		}
	}
	unknown := map[string]string{}
	walkGo(t, root, func(path, text string) {
		for _, m := range token.FindAllStringSubmatch(text, -1) {
			if !known[m[1]] {
				unknown[m[1]] = path
			}
		}
	})
	var names []string
	for n := range unknown {
		names = append(names, n+" ("+unknown[n]+")")
	}
	sort.Strings(names)
	if len(names) > 0 {
		t.Errorf("unknown specifications, add them to docs/specs.txt or mend the comment: %s", strings.Join(names, ", "))
	}
}

func walkGo(t *testing.T, root string, fn func(path, text string)) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		fn(rel, string(b))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNoForbiddenNames keeps out the package names that say nothing.
func TestNoForbiddenNames(t *testing.T) {
	for _, p := range packages(t) {
		last := p.ImportPath[strings.LastIndexByte(p.ImportPath, '/')+1:]
		switch last {
		case "util", "utils", "common", "helper", "helpers", "manager", "impl":
			t.Errorf("%s: a name that says nothing", p.ImportPath)
		}
	}
}
