package annuaire

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/rass"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// TestWholeCountry loads SOCLE_ANNUAIRE_ROWS rows (1500000 for the whole country), searches by name
// through the door while people and extractions change it, and says the figures. The targets are
// 60 s to load and 30 ms for 99 name searches of 100.
func TestWholeCountry(t *testing.T) {
	rows, _ := strconv.Atoi(os.Getenv("SOCLE_ANNUAIRE_ROWS"))
	if rows == 0 {
		t.Skip("SOCLE_ANNUAIRE_ROWS is not set: the load of the whole country was not measured")
	}
	path := filepath.Join(t.TempDir(), "extraction.txt")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := rass.Generate(file, rows, 1); err != nil {
		t.Fatal(err)
	}
	dir := annuaire.New()
	dir.Clock = time.Now
	start := time.Now()
	report := country(t, dir, file)
	loaded := time.Since(start)
	t.Logf("%d rows loaded in %s: %+v", rows, loaded, report.Resources)
	if loaded > time.Minute {
		t.Errorf("the load took %s", loaded)
	}
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("heap %d MB, resident %s after the load, peak %s", m.HeapAlloc>>20, status("VmRSS"), status("VmHWM"))
	start = time.Now()
	again := country(t, dir, file)
	t.Logf("the same again in %s: %d added, %d changed, %d removed", time.Since(start), again.Added, again.Changed, again.Removed)

	d := &Door{Directory: dir, Base: "http://localhost" + BasePath, Import: annuaire.ImportOptions{JeuDeTest: true}}
	mux := http.NewServeMux()
	d.Register(mux)
	stop := make(chan struct{})
	var changing sync.WaitGroup
	var changes int
	changing.Go(func() { changes = disturb(t, dir, stop) })
	took := map[string][]time.Duration{}
	rnd := rand.New(rand.NewPCG(1, 2))
	var all []time.Duration
	for n := 0; n < 3000; n++ {
		name, query := question(rnd)
		r := httptest.NewRequest("GET", "http://localhost"+BasePath+"/Practitioner?"+query, nil)
		rec := httptest.NewRecorder()
		start := time.Now()
		mux.ServeHTTP(rec, r)
		spent := time.Since(start)
		if rec.Code != 200 {
			t.Fatal(rec.Code, rec.Body.String())
		}
		took[name] = append(took[name], spent)
		all = append(all, spent)
	}
	close(stop)
	changing.Wait()
	slices.Sort(all)
	t.Logf("name searches while %d groups of changes came: p50 %s, p99 %s, worst %s", changes, all[len(all)/2], all[len(all)*99/100], all[len(all)-1])
	for name, list := range took {
		slices.Sort(list)
		t.Logf("  %s: p50 %s, p99 %s", name, list[len(list)/2], list[len(list)*99/100])
	}
	if p99 := all[len(all)*99/100]; p99 > 30*time.Millisecond {
		t.Errorf("p99 is %s", p99)
	}
	t.Logf("resident %s at the end", status("VmRSS"))
}

func country(t *testing.T, dir *annuaire.Annuaire, file *os.File) *annuaire.Report {
	t.Helper()
	_, _ = file.Seek(0, 0)
	r, err := rass.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	report, err := dir.Import(annuaire.ImportOptions{}, r)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// question makes a name search as people and programs ask them.
func question(rnd *rand.Rand) (name, query string) {
	families := []string{"martin", "bernard", "dubois", "lefebvre", "girard", "moreau", "rouvin", "fontier", "chenot", "gautier", "peraud", "bouta", "lamard", "faurier"}
	givens := []string{"Marie", "Jean", "Sophie", "H%C3%A9l%C3%A8ne", "Lo%C3%AFc", "Zo%C3%A9", "Paul"}
	f, g := families[rnd.IntN(len(families))], givens[rnd.IntN(len(givens))]
	switch rnd.IntN(5) {
	case 0:
		return "family", "family=" + f
	case 1:
		return "beginning", "family=" + f[:3] + "&active=true"
	case 2:
		return "family and given", "family=" + f[:4] + "&given=" + g
	case 3:
		return "name and profession", "name=" + f[:4] + "&qualification-code=60"
	}
	return "contains", "family:contains=" + f[1:5]
}

// disturb changes the directory until told to stop: people one by one, and partial extractions.
func disturb(t *testing.T, dir *annuaire.Annuaire, stop chan struct{}) (groups int) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-stop:
			return groups
		case <-tick.C:
		}
		if n%50 == 49 {
			var b bytes.Buffer
			_ = rass.Generate(&b, 5000, uint64(n))
			r, err := rass.NewReader(&b)
			if err != nil {
				t.Error(err)
				return groups
			}
			if _, err := dir.Import(annuaire.ImportOptions{Partial: true}, r); err != nil {
				t.Error(err)
				return groups
			}
		} else if err := dir.Put(annuaire.Professional{IDNat: fmt.Sprintf("8%011d", 77000000000+n), Family: "MARTIN" + strconv.Itoa(n), Given: "Luc", Profession: "60", Active: true}); err != nil {
			t.Error(err)
			return groups
		}
		groups++
	}
}

// status reads a figure of the process, "?" where there is none.
func status(name string) string {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "?"
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(v)
		}
	}
	return "?"
}
