package demo

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/store/embedded"
)

var clock = time.Date(2026, 11, 21, 15, 4, 5, 0, time.UTC)

// open gives a record on a folder. It refuses documents with any error or warning.
func open(t testing.TB, dir string, now time.Time) *dmp.DMP {
	t.Helper()
	tick := func() time.Time { return now }
	s, err := embedded.Open(dir, embedded.Options{Origin: "socle.test/journal", Now: tick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &dmp.DMP{Store: s, Annuaire: Directory(), Mode: ins.Sandbox, RepositoryID: "1.2.250.1.213.4.1.1.1.2", Strictness: control.Strict, Now: tick, Log: slog.New(slog.DiscardHandler),
		Check: func(c *cda.Document) []finding.Finding { return check.Check(c, check.Options{Now: now}).Findings }}
}

func populate(t testing.TB, d *dmp.DMP, persons int) []*ins.Person {
	t.Helper()
	out, err := Populate(context.Background(), d, Options{Persons: persons, Now: d.Now})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// contents gives the SHA-256 of every document by its uniqueId, and how many entries are in force.
func contents(t testing.TB, d *dmp.DMP, persons int) (bodies map[string][32]byte, entries int) {
	t.Helper()
	bodies = map[string][32]byte{}
	err := d.Store.View(context.Background(), func(r dmp.Reader) error {
		for i := range persons {
			list, err := r.Entries(personID(i))
			if err != nil {
				return err
			}
			entries += len(list)
			for _, e := range list {
				info, err := r.BodyInfo(e.UniqueID)
				if err != nil {
					return err
				}
				bodies[e.UniqueID] = info.SHA256
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return bodies, entries
}

const few = 12

func TestTwoFoldersHoldTheSameBytes(t *testing.T) {
	a, b := open(t, t.TempDir(), clock), open(t, t.TempDir(), clock.Add(5*time.Hour))
	populate(t, a, few)
	populate(t, b, few)
	x, _ := contents(t, a, few)
	y, _ := contents(t, b, few)
	if len(x) < 150 || !maps.Equal(x, y) {
		t.Errorf("%d and %d documents, not the same", len(x), len(y))
	}
}

func TestAnotherDayMakesOtherIdentifiers(t *testing.T) {
	a, b := &citizen{today: dayOf(clock)}, &citizen{today: dayOf(clock.AddDate(0, 0, 1))}
	if a.uid("x") == b.uid("x") || a.uid("x") != (&citizen{today: dayOf(clock)}).uid("x") {
		t.Error("the identifier does not follow the day")
	}
}

func TestWholeTerritoryIsOnlyReadBack(t *testing.T) {
	d := open(t, t.TempDir(), clock)
	first := populate(t, d, few)
	before, entries := contents(t, d, few)
	again, err := Populate(context.Background(), d, Options{Persons: few, Progress: func(int, int) { t.Error("something was deposited again") }})
	if err != nil {
		t.Fatal(err)
	}
	after, n := contents(t, d, few)
	if len(first) != few || len(again) != known || !maps.Equal(before, after) || n != entries {
		t.Errorf("%d then %d persons, %d then %d entries", len(first), len(again), entries, n)
	}
	for i, p := range again {
		if p.ID != first[i].ID || p.INS != first[i].INS {
			t.Errorf("citizen %d changed", i)
		}
	}
}

var errStopped = errors.New("stopped")

// The territory is interrupted at several places, then completed on another day.
func TestInterruptedPopulationIsCompleted(t *testing.T) {
	whole := open(t, t.TempDir(), clock)
	populate(t, whole, few)
	want, entries := contents(t, whole, few)
	dir := t.TempDir()
	for i, stop := range []int{1, 40, 120} {
		now := clock.AddDate(0, 0, i)
		d := open(t, dir, now)
		ctx, cancel := context.WithCancelCause(context.Background())
		_, err := Populate(ctx, d, Options{Persons: few, Progress: func(done, _ int) {
			if done >= stop {
				cancel(errStopped)
			}
		}})
		if err == nil {
			t.Fatal("the interruption was not felt")
		}
		if err := d.Store.(*embedded.Store).Close(); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, dir, clock.AddDate(0, 0, 9))
	populate(t, d, few)
	got, n := contents(t, d, few)
	if !maps.Equal(got, want) || n != entries {
		t.Errorf("%d documents in %d entries, want %d in %d", len(got), n, len(want), entries)
	}
}

func TestTerritoryGrows(t *testing.T) {
	d := open(t, t.TempDir(), clock)
	populate(t, d, 5)
	small, _ := contents(t, d, few)
	out := populate(t, d, few)
	big, _ := contents(t, d, few)
	for id, sum := range small {
		if big[id] != sum {
			t.Errorf("document %s is not there any more", id)
		}
	}
	if len(out) != few || len(big) <= len(small) {
		t.Errorf("%d persons, %d documents", len(out), len(big))
	}
}

// professional finds the identifier of a persona.
func professional(t *testing.T, id string) Persona {
	t.Helper()
	for _, p := range Personas() {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("no persona %s", id)
	return Persona{}
}

// nursed counts the citizens the nurse follows.
func nursed(persons int) int {
	n := 0
	for _, c := range roster(persons, dayOf(clock)) {
		for _, m := range c.team() {
			if m.pro == nurse {
				n++
			}
		}
	}
	return n
}

func TestPersonas(t *testing.T) {
	d := open(t, t.TempDir(), clock)
	people := populate(t, d, 40)
	if n := nursed(DefaultPersons); n < 12 || n > 25 {
		t.Errorf("the nurse follows %d citizens", n)
	}
	err := d.Store.View(context.Background(), func(r dmp.Reader) error {
		authorised := func(persona string, i int) *acces.Authorisation {
			list, err := r.Authorisations(people[i].ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				if a.Professional == professional(t, persona).IDNat && a.State == acces.Active {
					return &a
				}
			}
			return nil
		}
		for i := range 40 {
			if people[i].Status != ins.Qualifiee || stateOf(i) == opposed || stateOf(i) == closed {
				continue
			}
			if a := authorised("medecin-generaliste", i); a == nil || !a.MT {
				t.Errorf("the general practitioner is not médecin traitant of citizen %d", i)
			}
			if i < 12 && authorised("medecin-hospitalier", i) == nil {
				t.Errorf("the hospital doctor is not authorised by citizen %d", i)
			}
		}
		nurse, err := r.AuthorisedTo(professional(t, "infirmier").IDNat)
		if err != nil {
			return err
		}
		if len(nurse) < 3 || slices.Contains(nurse, people[0].ID) || slices.Contains(nurse, people[1].ID) {
			t.Errorf("the nurse is authorised on %d records", len(nurse))
		}
		for i := range 3 {
			p := people[i]
			list, err := r.Entries(p.ID)
			if err != nil {
				return err
			}
			types, masked, invisible, replaced := map[string]int{}, 0, 0, 0
			for _, e := range list {
				types[e.Type.Code]++
				if e.Has(xds.MasquePS) && e.Status == xds.Approved {
					masked++
				}
				if e.Has(xds.InvisiblePatient) {
					invisible++
				}
				if e.Status == xds.Deprecated && e.Version == 1 {
					replaced++
				}
			}
			if p.Status != ins.Qualifiee || len(list) < 20 || len(types) < 6 || types["11502-2"] < 10 || i == 0 && (masked != 1 || replaced != 1) || i == 1 && masked != 1 || i == 2 && invisible != 1 {
				t.Errorf("citizen %d: %s, %d documents of %v, %d masked, %d invisible, %d replaced", i, p.Status, len(list), types, masked, invisible, replaced)
			}
		}
		for i, want := range map[int]dmp.State{18: dmp.Oppose, 19: dmp.Ferme, 15: dmp.None, 20: dmp.Ouvert} {
			if rec, _ := r.Record(people[i].ID); rec.State != want {
				t.Errorf("record of citizen %d is %q, want %q", i, rec.State, want)
			}
		}
		for i, want := range map[int]ins.Status{15: ins.Provisoire, 16: ins.Recuperee, 17: ins.Validee, 26: ins.Provisoire} {
			if people[i].Status != want {
				t.Errorf("citizen %d is %s, want %s", i, people[i].Status, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkDefaultTerritory(b *testing.B) {
	for b.Loop() {
		d := open(b, b.TempDir(), clock)
		populate(b, d, 0)
		n, _ := contents(b, d, DefaultPersons)
		b.ReportMetric(float64(len(n)), "documents")
	}
}
