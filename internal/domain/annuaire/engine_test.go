package annuaire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for s, want := range map[string]string{"D'Été-Noël": "d ete noel", "MARTIN-LEROUX": "martin leroux", "œuvre": "oeuvre", "  a  b ": "a b", "Łódź": "lodz", "": "", "é": "e", "a.b@c-d.fr": "a.b@c d.fr",
		"ÇA": "ca", "déjà": "deja", "e\u0301": "e", "日本": "日本", "ß": "ss", "martin": "martin"} {
		if got := fold(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	if fold(fold("D'Été-Noël")) != fold("D'Été-Noël") {
		t.Error("folding twice is not folding once")
	}
}

// TestLexiconFindsWhatAPlainListFinds compares with the obvious way, whatever the order of words.
func TestLexiconFindsWhatAPlainListFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := &lexicon{}
		plain := map[string][]uint32{}
		for range rapid.IntRange(0, 60).Draw(t, "n") {
			w := rapid.StringMatching(`[abé]{1,4}`).Draw(t, "w")
			o := uint32(rapid.IntRange(0, 20).Draw(t, "o"))
			x.add(w, o)
			if !slices.Contains(plain[w], o) {
				plain[w] = append(plain[w], o)
			}
			if rapid.Bool().Draw(t, "settle") {
				x.settle(true)
			}
		}
		q := rapid.StringMatching(`[abé]{1,2}`).Draw(t, "q")
		var byPrefix, byPart, wantPrefix, wantPart []uint32
		x.prefix(q, func(l []uint32) { byPrefix = append(byPrefix, l...) })
		x.containing(q, func(l []uint32) { byPart = append(byPart, l...) })
		for w, l := range plain {
			if strings.HasPrefix(w, q) {
				wantPrefix = append(wantPrefix, l...)
			}
			if strings.Contains(w, q) {
				wantPart = append(wantPart, l...)
			}
			if got := x.exact(w); !slices.IsSorted(got) || len(got) != len(l) {
				t.Fatalf("%q: %v, want %v", w, got, l)
			}
		}
		for _, p := range [][2][]uint32{{byPrefix, wantPrefix}, {byPart, wantPart}} {
			slices.Sort(p[0])
			slices.Sort(p[1])
			if !slices.Equal(p[0], p[1]) {
				t.Fatalf("%q: %v, want %v", q, p[0], p[1])
			}
		}
	})
}

// TestEveryVersionStaysWhatItWas makes changes at random, some refused by the log, and reads every
// version again: each is what the obvious model says.
func TestEveryVersionStaysWhatItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := New()
		log := &fickleLog{}
		a.Attach(log)
		model := map[string]string{}
		var history []map[string]string
		var versions []uint32
		snap := func() {
			m := map[string]string{}
			for k, v := range model {
				m[k] = v
			}
			v, _ := a.Snapshot()
			if len(versions) == 0 || versions[len(versions)-1] != v {
				history, versions = append(history, m), append(versions, v)
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			log.refuse = rapid.IntRange(0, 5).Draw(t, "refuse") == 0
			c := a.begin()
			next := map[string]string{}
			for k, v := range model {
				next[k] = v
			}
			for range rapid.IntRange(1, 6).Draw(t, "changes") {
				id := fmt.Sprint("8", rapid.IntRange(0, 5).Draw(t, "id"))
				if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
					c.remove(KPractitioner, idOf(id))
					delete(next, id)
				} else {
					name := rapid.SampledFrom([]string{"UN", "DEUX", "TROIS"}).Draw(t, "name")
					c.put(&Practitioner{IDNat: id, Family: name, Active: true}, flagActive)
					next[id] = name
				}
			}
			if err := c.commit(); err == nil {
				model = next
			} else if !errors.Is(err, ErrKeep) {
				t.Fatal(err)
			}
			snap()
		}
		for i, v := range versions {
			if v == 0 {
				continue
			}
			p, err := a.Search(Query{Kind: KPractitioner, Snapshot: v, Count: 100, Total: TotalAccurate})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, h := range p.Hits {
				got[h.Practitioner().IDNat] = h.Practitioner().Family
			}
			if fmt.Sprint(got) != fmt.Sprint(history[i]) || p.Total != len(history[i]) {
				t.Fatalf("version %d: %v, want %v", v, got, history[i])
			}
		}
		if a.tables[KPractitioner].standing != len(model) {
			t.Fatalf("%d standing, want %d", a.tables[KPractitioner].standing, len(model))
		}
		// And the log gives the last one back.
		b := New()
		parts := log.kept
		if err := b.Replay(func() ([]byte, bool, error) {
			if len(parts) == 0 {
				return nil, false, nil
			}
			p := parts[0]
			parts = parts[1:]
			return p, true, nil
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(records(a), records(b)) {
			t.Fatalf("%v\n%v", records(a), records(b))
		}
	})
}

// fickleLog refuses when told to.
type fickleLog struct {
	refuse bool
	parts  []byte
	kept   [][]byte
}

func (l *fickleLog) Append(part []byte, last bool) error {
	if l.refuse {
		l.parts = nil
		return errors.New("disk full")
	}
	l.parts = append(l.parts, part...)
	if last {
		l.kept = append(l.kept, l.parts)
		l.parts = nil
	}
	return nil
}

func (l *fickleLog) Drop() { l.parts = nil }

// TestReplacedStatesAreForgotten: after their time, or when too many, and their memory comes back.
func TestReplacedStatesAreForgotten(t *testing.T) {
	a := New()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a.Clock = func() time.Time { now = now.Add(time.Second); return now }
	a.maxDead = 100
	for n := range 5000 {
		if _, err := a.PutResources(&Practitioner{IDNat: fmt.Sprint("8", n%50), Family: fmt.Sprint("NOM", n, strings.Repeat("X", 4000)), Active: true}); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.dead) > 101 || a.tables[KPractitioner].made > 300 || a.arena.held > 12*chunkSize {
		t.Errorf("%d dead, %d versions, %d bytes held", len(a.dead), a.tables[KPractitioner].made, a.arena.held)
	}
	v, _ := a.Snapshot()
	if _, err := a.Search(Query{Kind: KPractitioner, Snapshot: v - 50, Count: 1}); err != nil {
		t.Error(err)
	}
	if _, err := a.Search(Query{Kind: KPractitioner, Snapshot: v - 200, Count: 1}); !errors.Is(err, ErrPage) {
		t.Error(err)
	}
	if p, _ := a.Search(Query{Kind: KPractitioner, Count: 100}); len(p.Hits) != 50 || p.Total != 50 {
		t.Errorf("%d hits, total %d", len(p.Hits), p.Total)
	}
}

// TestReadersAndOneWriter: with -race, nothing is read while it is written.
func TestReadersAndOneWriter(t *testing.T) {
	a := New()
	load(t, a, ImportOptions{}, extraction(t, 400, 1))
	var work sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		work.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				p, err := a.Search(Query{Kind: KPractitioner, Clauses: []Clause{{Param: "name", Modifier: "contains", Values: []string{"a"}}}, Count: 20})
				if err != nil {
					t.Error(err)
					return
				}
				for i := range p.Hits {
					_ = a.Professional(p.Hits[i].Practitioner().IDNat)
				}
				_, _ = a.FindProfessionals(PersonQuery{Name: "mar", Town: "aurore"})
				_, _ = a.FindStructures(StructureQuery{Name: "cab"})
			}
		})
	}
	for n := range 20 {
		load(t, a, ImportOptions{MaxRemoved: 100}, extraction(t, 300+n, uint64(n%3)))
		_ = a.Put(Professional{IDNat: "899000000013", Family: fmt.Sprint("N", n), Given: "X", Profession: "10", Active: true})
	}
	close(stop)
	work.Wait()
}

func TestFindForPages(t *testing.T) {
	a := New()
	_ = a.PutStructure(Structure{IDNat: "1990000018", FINESS: "990000018", Name: "Centre hospitalier du Val d'Aurore", Sector: "SA01", Address: []string{"1 avenue de l'Hôpital"}, PostCode: "99000", Town: "Aurore", Phone: "tel:+33199000002", Active: true})
	_ = a.Put(Professional{IDNat: "899000000013", Family: "MARTIN-LEROUX", Given: "Hélène", Title: "DR", Profession: "10", SavoirFaire: "SM26", Structures: []string{"1990000018"}, Active: true, Mailbox: "h.ml@medecin.mssante.fr"})
	for n := range 30 {
		_ = a.Put(Professional{IDNat: fmt.Sprint("8990000010", 10+n), Family: "DURAND", Given: "Paul", Profession: "60", Active: true})
	}
	for _, q := range []PersonQuery{{Name: "leroux"}, {Name: "helene mart"}, {Name: "99000000013"}, {Name: "Martin", Given: "hel"}, {SavoirFaire: "SM26"}, {Profession: "10", Town: "auro"}, {PostCode: "99"}} {
		list, next := a.FindProfessionals(q)
		if len(list) != 1 || next != "" || list[0].Name != "Dr Hélène MARTIN-LEROUX" || list[0].Professions[0] != "Médecin" || len(list[0].Places) != 1 || list[0].Places[0].Phone == "" || list[0].Places[0].Address[0] != "1 avenue de l'Hôpital" {
			t.Errorf("%+v: %+v", q, list)
		}
	}
	for _, q := range []PersonQuery{{Name: "erou"}, {Name: "martin", Profession: "60"}, {Name: "martin", Town: "paris"}} {
		if list, _ := a.FindProfessionals(q); len(list) != 0 {
			t.Errorf("%+v: %+v", q, list)
		}
	}
	seen := map[string]bool{}
	for q := (PersonQuery{Name: "durand", Limit: 7}); ; {
		list, next := a.FindProfessionals(q)
		for _, f := range list {
			seen[f.IDNat] = true
		}
		if q.After = next; next == "" {
			break
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d", len(seen))
	}
	if list, _ := a.FindStructures(StructureQuery{Name: "aurore hosp"}); len(list) != 1 || list[0].Sector != "Etablissement public de santé" {
		t.Errorf("%+v", list)
	}
}

func FuzzReplay(f *testing.F) {
	l := &fickleLog{}
	a := New()
	a.Attach(l)
	_ = a.Put(Professional{IDNat: "899000000013", Family: "MARTIN", Given: "Claire", Profession: "10", SavoirFaire: "SM26", Structures: []string{"1990000018"}, Active: true})
	f.Add(l.kept[0])
	f.Fuzz(func(t *testing.T, b []byte) {
		a, given := New(), false
		_ = a.Replay(func() ([]byte, bool, error) {
			if given {
				return nil, false, nil
			}
			given = true
			return b, true, nil
		})
		_, _ = a.Search(Query{Kind: KRole, Count: 10})
	})
}
