package control

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/cda/official"
	"github.com/socle-sante/socle/internal/shareddata"
)

var folder = sync.OnceValues(func() (*official.Rules, error) {
	return official.Load(os.DirFS(os.Getenv("SOCLE_RULES")), "officiel")
})

// rules loads the folder that SOCLE_RULES names, or skips: it is the publisher's, not ours.
func rules(t testing.TB) *official.Rules {
	t.Helper()
	if os.Getenv("SOCLE_RULES") == "" {
		t.Skip("SOCLE_RULES is not set: the official rules were left out")
	}
	r, err := folder()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var levels = []string{check.LevelXSD, check.LevelIHE, check.LevelHeader, check.LevelModels, check.LevelANS, check.LevelKind}

// verdict is one line of a table of the official tools' verdicts: errors by level, -1 if not run.
type verdict struct {
	file, sha, set, about string
	errors                map[string]int
}

func verdicts(t testing.TB, name string) []verdict {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []verdict
	var head []string
	s := bufio.NewScanner(f)
	for s.Scan() {
		cols := strings.Split(s.Text(), "\t")
		if head == nil {
			head = cols
			continue
		}
		v := verdict{errors: map[string]int{}}
		for i, h := range head {
			switch h {
			case "file":
				v.file = cols[i]
			case "sha256":
				v.sha = cols[i]
			case "rule_set":
				v.set = cols[i]
			case "operator", "path", "detail":
				v.about += cols[i] + " "
			default:
				v.errors[h] = -1
				if n, _, ok := strings.Cut(cols[i], "/"); ok {
					v.errors[h], _ = strconv.Atoi(n)
				}
			}
		}
		out = append(out, v)
	}
	return out
}

// agreement counts where our levels and the official ones differ.
type agreement struct{ levels, verdicts, counts map[string]int }

func (a *agreement) add(t *testing.T, v verdict, r *Report) {
	t.Helper()
	for _, l := range levels {
		want := v.errors[l]
		if want < 0 {
			continue
		}
		got, ok := r.Levels[l]
		a.levels[l]++
		switch {
		case !ok, (want > 0) != (got.Errors > 0):
			a.verdicts[l]++
			fallthrough
		case want != got.Errors:
			a.counts[l]++
			said := ""
			for _, f := range r.Findings {
				if f.Level == l && f.Severity == "error" {
					said += "\n      " + f.ID + " l." + strconv.Itoa(f.Place.Line) + " " + f.Rule + " " + f.Message.FR
				}
			}
			t.Logf("%s: %s: official %d, ours %d (%s%s %s)%s", v.file, l, want, got.Errors, v.about, v.set, r.Edition, said)
		}
	}
}

func (a *agreement) String() string {
	var b strings.Builder
	for _, l := range levels {
		fmt.Fprintf(&b, "%s %d: verdict differs %d, count differs %d; ", l, a.levels[l], a.verdicts[l], a.counts[l])
	}
	return b.String()
}

func newAgreement() *agreement {
	return &agreement{map[string]int{}, map[string]int{}, map[string]int{}}
}

// Every level of every example: the verdict and the number of errors of the official tools.
func TestVerdictsOfExamples(t *testing.T) {
	c := New(rules(t))
	dir, tables := shareddata.Dir(t, "cda"), shareddata.Dir(t, "cda-mutants")
	a := newAgreement()
	for _, v := range verdicts(t, filepath.Join(tables, "originals.tsv")) {
		raw, err := os.ReadFile(filepath.Join(dir, v.file))
		if err != nil {
			t.Fatal(err)
		}
		r := c.Check(raw, Question{Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
		a.add(t, v, &r)
	}
	t.Log(a)
	for _, l := range levels {
		if a.counts[l] > 0 {
			t.Errorf("%s: %d differences", l, a.counts[l])
		}
	}
}

// One fault a document: the verdicts agree at 99 % of every level, without a false alarm.
func TestVerdictsOfMutants(t *testing.T) {
	c := New(rules(t))
	dir, tables := shareddata.Dir(t, "cda"), shareddata.Dir(t, "cda-mutants")
	tool := filepath.Join(shareddata.Root(t), "..", "shared", "tools", "cda-mutate")
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is absent: the mutants were left out")
	}
	made := t.TempDir()
	files, _ := filepath.Glob(filepath.Join(dir, "*.xml"))
	if out, err := exec.Command("python3", append([]string{tool, made, "6", "2026"}, files...)...).CombinedOutput(); err != nil {
		t.Skipf("the mutants could not be made: %v %s", err, out)
	}
	a := newAgreement()
	for _, v := range verdicts(t, filepath.Join(tables, "mutants.tsv")) {
		raw, err := os.ReadFile(filepath.Join(made, v.file))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != v.sha {
			t.Fatalf("%s is not the mutant that was judged", v.file)
		}
		r := c.Check(raw, Question{Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
		a.add(t, v, &r)
	}
	t.Log(a)
	for _, l := range levels {
		if 100*a.verdicts[l] > a.levels[l] {
			t.Errorf("%s: verdicts differ on %d of %d", l, a.verdicts[l], a.levels[l])
		}
	}
}

func BenchmarkControl(b *testing.B) {
	c := New(rules(b))
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(b, "cda"), "*.xml"))
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(strings.TrimSuffix(filepath.Base(f), ".xml"), func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for range b.N {
				c.Check(raw, Question{})
			}
		})
	}
}
