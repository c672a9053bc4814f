package control

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/shareddata"
)

// saxonJar is where Debian's libsaxonhe-java puts it; SOCLE_SAXON names another place.
const saxonJar = "/usr/share/java/Saxon-HE.jar"

// Side by side in one run: the chain of the publisher, warm in one Java process, and ours, on the
// same documents. Verdicts and counts must be equal; the CPU of both is told. It takes minutes:
// make compare runs it.
func TestBesideSaxon(t *testing.T) {
	if os.Getenv("SOCLE_COMPARE") == "" {
		t.Skip("SOCLE_COMPARE is not set: make compare runs this")
	}
	k := New(rules(t))
	jar := os.Getenv("SOCLE_SAXON")
	if jar == "" {
		jar = saxonJar
	}
	if _, err := os.Stat(jar); err != nil {
		t.Fatalf("Saxon is absent (%s): apt-get install libsaxonhe-java default-jdk-headless", jar)
	}
	dir := shareddata.Dir(t, "cda")
	table := verdicts(t, filepath.Join(shareddata.Dir(t, "cda-mutants"), "originals.tsv"))
	var list strings.Builder
	for _, v := range table {
		fmt.Fprintf(&list, "%s\t%s\n", filepath.Join(dir, v.file), v.set)
	}
	names := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(names, []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("java", "-cp", jar, filepath.Join(shareddata.Root(t), "scripts", "saxon", "Officiel.java"), os.Getenv("SOCLE_RULES"), "2", "@"+names).Output()
	if err != nil {
		t.Fatalf("the official chain did not run: %v", err)
	}
	theirs := map[string]float64{}
	counts := map[string]map[string]int{}
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		var l struct {
			File, Level string
			Errors      int
			CPU         float64 `json:"cpu_ms"`
		}
		if json.Unmarshal(s.Bytes(), &l) != nil || l.File == "" {
			continue
		}
		theirs[l.File] += l.CPU
		if counts[l.File] == nil {
			counts[l.File] = map[string]int{}
		}
		counts[l.File][l.Level] = l.Errors
	}
	var a, b []float64
	for _, v := range table {
		name := filepath.Join(dir, v.file)
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		q := Question{Now: time.Now()}
		r := k.Check(raw, q)
		for level, want := range counts[name] {
			if got := r.Levels[level].Errors; got != want {
				t.Errorf("%s: %s: official chain %d errors, ours %d", v.file, level, want, got)
			}
		}
		const rounds = 20
		start := cpu()
		for range rounds {
			k.Check(raw, q)
		}
		a, b = append(a, theirs[name]), append(b, float64(cpu()-start)/1e6/rounds)
	}
	for _, x := range []struct {
		name string
		of   func([]float64) float64
	}{{"median", quantile(0.5)}, {"p95", quantile(0.95)}, {"mean", mean}} {
		t.Logf("CPU per document, %s: official chain %.1f ms, Socle %.2f ms: %.0f times", x.name, x.of(a), x.of(b), x.of(a)/x.of(b))
	}
}

func quantile(q float64) func([]float64) float64 {
	return func(v []float64) float64 {
		s := slices.Sorted(slices.Values(v))
		return s[min(len(s)-1, int(q*float64(len(s))))]
	}
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// cpu is the processor time of this process, its garbage collector included.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
