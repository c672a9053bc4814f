package demo

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/store/embedded"
)

var clock = time.Date(2026, 11, 21, 15, 4, 5, 0, time.UTC)

// open gives a record on a folder.
func open(t testing.TB, dir string, now time.Time) *dmp.DMP {
	t.Helper()
	clock := func() time.Time { return now }
	s, err := embedded.Open(dir, embedded.Options{Origin: "socle.test/journal", Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &dmp.DMP{Store: s, Annuaire: Directory(), Mode: ins.Sandbox, RepositoryID: "1.2.250.1.213.4.1.1.1.2", Strictness: dmp.Strict, Now: clock, Log: slog.New(slog.DiscardHandler),
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

func TestPopulate(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, clock)
	begin := time.Now()
	n := 0
	out, err := Populate(context.Background(), d, Options{Now: d.Now, Progress: func(done, total int) { n = total }})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d persons, %d documents in %v", len(out), n, time.Since(begin))
	begin = time.Now()
	populate(t, d, 0)
	t.Logf("again in %v", time.Since(begin))
}
