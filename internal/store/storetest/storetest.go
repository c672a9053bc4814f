// Package storetest says what any dmp.Store must do, as tests. An implementation calls Run from
// its own tests; nothing here knows how it keeps things.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// Store is a dmp.Store that can be closed and opened again.
type Store interface {
	dmp.Store
	Close() error
}

// Run checks a store. open opens the folder it is given, and fails the test when it cannot.
func Run(t *testing.T, open func(t testing.TB, dir string) Store) {
	for name, test := range map[string]func(*testing.T, *bench){
		"what is committed is read back, also after reopening": readBack,
		"persons are found by INS, birth date and names":       persons,
		"persons are found by what they carried before":        leading,
		"authorisations replace and go":                        authorisations,
		"a refusal keeps nothing":                              refusal,
		"a panic keeps nothing and harms nobody":               panics,
		"a refusal after writing spares the others":            lateRefusal,
		"duplicates are refused":                               duplicates,
		"a status changes in place":                            status,
		"a view is a snapshot":                                 snapshot,
		"a unit reads its own writes":                          ownWrites,
		"the journal is ordered, by person, newest first":      leaves,
		"many committers at once":                              concurrency,
		"what is not there is not found":                       absent,
		"a cancelled deposit is not kept":                      cancelled,
		"settings are kept, listed by prefix and removed":      settings,
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{t: t, dir: t.TempDir(), open: open}
			b.Store = open(t, b.dir)
			defer func() { b.Close() }()
			test(t, b)
		})
	}
}

type bench struct {
	Store
	t    *testing.T
	dir  string
	open func(testing.TB, string) Store
}

func (b *bench) reopen() {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Fatalf("close: %v", err)
	}
	b.Store = b.open(b.t, b.dir)
}

func (b *bench) commit(u dmp.Unit) {
	b.t.Helper()
	if err := b.Commit(context.Background(), u); err != nil {
		b.t.Fatalf("commit: %v", err)
	}
}

func (b *bench) view(fn func(dmp.Reader) error) {
	b.t.Helper()
	if err := b.View(context.Background(), fn); err != nil {
		b.t.Fatalf("view: %v", err)
	}
}

func status(t *testing.T, b *bench) {
	b.commit(Deposit(PersonID(1), 1, Body(1, 100)))
	b.commit(dmp.Unit{Do: func(tx dmp.Tx) error {
		if err := tx.SetStatus(PersonID(2), uuid(3), xds.Deprecated); !errors.Is(err, dmp.ErrNotFound) {
			t.Errorf("status through another person: %v", err)
		}
		return errors.Join(tx.SetStatus(PersonID(1), uuid(3), xds.Deprecated), tx.SetStatus(PersonID(1), uuid(4), xds.Deprecated))
	}})
	b.view(func(r dmp.Reader) error {
		e, err := r.Entry(PersonID(1), uuid(3))
		if err != nil || e.Status != xds.Deprecated || e.Title == "" {
			t.Errorf("entry: %+v, %v", e, err)
		}
		sets, err := r.Sets(PersonID(1))
		if err != nil || sets[0].Status != xds.Deprecated {
			t.Errorf("set: %+v, %v", sets, err)
		}
		return nil
	})
}

func snapshot(t *testing.T, b *bench) {
	b.commit(Deposit(PersonID(1), 1, Body(1, 100)))
	b.view(func(r dmp.Reader) error {
		before, err := r.Entries(PersonID(1))
		if err != nil {
			return err
		}
		b.commit(Deposit(PersonID(1), 2, Body(2, 100)))
		after, err := r.Entries(PersonID(1))
		if len(before) != 1 || len(after) != 1 {
			t.Errorf("a view saw %d then %d entries", len(before), len(after))
		}
		return err
	})
	b.view(func(r dmp.Reader) error {
		now, err := r.Entries(PersonID(1))
		if len(now) != 2 {
			t.Errorf("a later view sees %d entries", len(now))
		}
		return err
	})
}

func ownWrites(t *testing.T, b *bench) {
	person := PersonID(1)
	u := Deposit(person, 1, Body(1, 100))
	do := u.Do
	u.Do = func(tx dmp.Tx) error {
		if err := errors.Join(tx.PutPerson(Person(1)), do(tx)); err != nil {
			return err
		}
		if _, err := tx.PersonByINS(Person(1).INS); err != nil {
			t.Errorf("person: %v", err)
		}
		if e, err := tx.Entries(person); len(e) != 1 || err != nil {
			t.Errorf("entries: %v, %v", e, err)
		}
		if l, err := tx.Leaves(person, 0, 5); len(l) != 1 || err != nil {
			t.Errorf("leaves: %v, %v", l, err)
		}
		return nil
	}
	b.commit(u)
}

func leaves(t *testing.T, b *bench) {
	for i := range 10 {
		b.commit(dmp.Unit{Do: func(tx dmp.Tx) error {
			r := Leaf(PersonID(i%2), journal.Read, ID(i))
			r.Time = at.Add(time.Duration(i) * time.Minute)
			return errors.Join(tx.Leaf(r), tx.Leaf(journal.Record{Time: at, Action: journal.SignIn, Outcome: journal.Denied, Actor: journal.Actor{ID: "?"}}))
		}})
	}
	b.view(func(r dmp.Reader) error {
		var seen []string
		var before int64
		for {
			page, err := r.Leaves(PersonID(1), before, 2)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			for _, l := range page {
				seen = append(seen, l.Record.UniqueID)
				before = l.Index
			}
		}
		if want := []string{ID(9), ID(7), ID(5), ID(3), ID(1)}; !cmp.Equal(seen, want) {
			t.Errorf("leaves: %v, want %v", seen, want)
		}
		last, err := r.LastSeen(PersonID(1), "899700000001")
		if err != nil || !last.Equal(at.Add(9*time.Minute).Truncate(time.Microsecond)) {
			t.Errorf("last seen %v, %v", last, err)
		}
		if never, err := r.LastSeen(PersonID(1), "somebody else"); err != nil || !never.IsZero() {
			t.Errorf("never seen: %v, %v", never, err)
		}
		return nil
	})
}

func concurrency(t *testing.T, b *bench) {
	const committers, each = 32, 8
	var wg sync.WaitGroup
	for c := range committers {
		wg.Go(func() {
			for i := range each {
				n := c*each + i
				body := Body(uint64(n), 3000)
				if err := b.Commit(context.Background(), Deposit(PersonID(n%7), n, body)); err != nil {
					t.Errorf("commit %d: %v", n, err)
					return
				}
				got, err := b.Body(context.Background(), ID(n))
				if err != nil || !bytes.Equal(got, body) {
					t.Errorf("acknowledged document %d: %v", n, err)
				}
				err = b.View(context.Background(), func(r dmp.Reader) error {
					var err error
					for _, read := range []func() error{
						func() error { _, err := r.Entries(PersonID(n % 7)); return err },
						func() error { _, err := r.Digests(PersonID(n % 7)); return err },
						func() error { _, err := r.Leaves(PersonID(n%7), 0, 10); return err },
					} {
						err = errors.Join(err, read())
					}
					return err
				})
				if err != nil {
					t.Errorf("view: %v", err)
				}
			}
		})
	}
	wg.Wait()
	b.reopen()
	total := 0
	b.view(func(r dmp.Reader) error {
		for p := range 7 {
			e, err := r.Entries(PersonID(p))
			if err != nil {
				return err
			}
			total += len(e)
		}
		return nil
	})
	if total != committers*each {
		t.Errorf("%d entries after reopening, %d were acknowledged", total, committers*each)
	}
}

func absent(t *testing.T, b *bench) {
	if _, err := b.Body(context.Background(), "1.2.3"); !errors.Is(err, dmp.ErrNotFound) {
		t.Errorf("body: %v", err)
	}
	b.view(func(r dmp.Reader) error {
		for name, read := range map[string]func() error{
			"person":   func() error { _, err := r.Person("nobody"); return err },
			"INS":      func() error { _, err := r.PersonByINS(Person(1).INS); return err },
			"uuid":     func() error { _, err := r.OwnerOfUUID("urn:uuid:x"); return err },
			"document": func() error { _, err := r.OwnerOfDocument("1.2"); return err },
			"set":      func() error { _, err := r.OwnerOfSet("1.2"); return err },
			"entry":    func() error { _, err := r.Entry("nobody", "urn:uuid:x"); return err },
			"info":     func() error { _, err := r.BodyInfo("1.2"); return err },
		} {
			if err := read(); !errors.Is(err, dmp.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		rec, err := r.Record("nobody")
		if err != nil || rec.State != dmp.None {
			t.Errorf("record: %+v, %v", rec, err)
		}
		return nil
	})
}

func cancelled(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.Commit(ctx, Deposit(PersonID(1), 1, Body(1, 100))); !errors.Is(err, context.Canceled) {
		t.Errorf("commit: %v", err)
	}
	if err := b.View(ctx, func(dmp.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("view: %v", err)
	}
	nothing(t, b, 1)
}
