package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

var errRefused = errors.New("refused by the domain")

func refusal(t *testing.T, b *bench) {
	u := Deposit(PersonID(1), 1, Body(1, 5000))
	do := u.Do
	u.Do = func(tx dmp.Tx) error { return errRefused }
	if err := b.Commit(context.Background(), u); !errors.Is(err, errRefused) {
		t.Fatalf("refusal: %v", err)
	}
	u.Do = func(tx dmp.Tx) error { return errors.Join(do(tx), errRefused) }
	if err := b.Commit(context.Background(), u); !errors.Is(err, errRefused) {
		t.Fatalf("late refusal: %v", err)
	}
	nothing(t, b, 1)
	b.commit(Deposit(PersonID(1), 1, Body(1, 5000)))
	if got, err := b.Body(context.Background(), ID(1)); err != nil || !bytes.Equal(got, Body(1, 5000)) {
		t.Errorf("after the refusals: %v", err)
	}
}

func nothing(t *testing.T, b *bench, n int) {
	t.Helper()
	if _, err := b.Body(context.Background(), ID(n)); !errors.Is(err, dmp.ErrNotFound) {
		t.Errorf("the body was kept: %v", err)
	}
	b.view(func(r dmp.Reader) error {
		entries, err1 := r.Entries(PersonID(1))
		log, err2 := r.Leaves(PersonID(1), 0, 10)
		events, err3 := r.Events(0, 10)
		digests, err4 := r.Digests(PersonID(1))
		if len(entries)+len(log)+len(events)+len(digests) != 0 {
			t.Errorf("kept: %d entries, %d leaves, %d events, %d digests", len(entries), len(log), len(events), len(digests))
		}
		return errors.Join(err1, err2, err3, err4)
	})
}

func panics(t *testing.T, b *bench) {
	u := Deposit(PersonID(1), 1, Body(1, 5000))
	do := u.Do
	u.Do = func(tx dmp.Tx) error { do(tx); panic("a fault of the domain") }
	if err := b.Commit(context.Background(), u); err == nil {
		t.Fatal("a panic was accepted")
	}
	nothing(t, b, 1)
	b.commit(Deposit(PersonID(1), 1, Body(1, 5000)))
}

func lateRefusal(t *testing.T, b *bench) {
	const n = 60
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		u := Deposit(PersonID(i%5), i, Body(uint64(i), 2000))
		if i%3 == 0 {
			do := u.Do
			u.Do = func(tx dmp.Tx) error { return errors.Join(do(tx), errRefused) }
		}
		wg.Go(func() { errs[i] = b.Commit(context.Background(), u) })
	}
	wg.Wait()
	for i, err := range errs {
		if errors.Is(err, errRefused) != (i%3 == 0) || i%3 != 0 && err != nil {
			t.Errorf("unit %d: %v", i, err)
		}
		_, err := b.Body(context.Background(), ID(i))
		if errors.Is(err, dmp.ErrNotFound) != (i%3 == 0) {
			t.Errorf("document %d: %v", i, err)
		}
	}
}

func duplicates(t *testing.T, b *bench) {
	b.commit(Deposit(PersonID(1), 1, Body(1, 100)))
	if err := b.Commit(context.Background(), Deposit(PersonID(2), 1, Body(2, 100))); !errors.Is(err, dmp.ErrExists) {
		t.Errorf("seen by Do: %v", err)
	}
	u := Deposit(PersonID(2), 1, Body(2, 100))
	u.Do = nil
	if err := b.Commit(context.Background(), u); !errors.Is(err, dmp.ErrExists) {
		t.Errorf("last guard: %v", err)
	}
	err := b.Commit(context.Background(), dmp.Unit{Do: func(tx dmp.Tx) error {
		return tx.PutEntry(PersonID(2), &xds.DocumentEntry{EntryUUID: uuid(3)})
	}})
	if !errors.Is(err, dmp.ErrExists) {
		t.Errorf("same entryUUID: %v", err)
	}
	if got, _ := b.Body(context.Background(), ID(1)); !bytes.Equal(got, Body(1, 100)) {
		t.Error("the first document changed")
	}
	// The same identifier many times at once: one wins.
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 24 {
		wg.Go(func() {
			if b.Commit(context.Background(), Deposit(PersonID(3), 2, Body(2, 100))) == nil {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d deposits of the same document were accepted", won)
	}
}
