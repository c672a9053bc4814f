package xdsb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"golang.org/x/sync/semaphore"
)

// whole tells whether all memory is given back.
func (b *budget) whole(small, large int64) bool {
	return b.small.TryAcquire(small) && b.large.TryAcquire(large)
}

func TestBodiesAreReadWholeAndMemoryReturns(t *testing.T) {
	const limit = 6 * chunk
	for _, size := range []int64{0, 1, smallBody, smallBody + 1, 3 * chunk, limit} {
		want := strings.Repeat("x", int(size))
		for name, n := range map[string]int64{"announced": size, "not announced": -1} {
			b := newBudget()
			got, done, err := b.read(context.Background(), iotest.HalfReader(strings.NewReader(want)), n, limit)
			if err != nil || string(got) != want {
				t.Errorf("%d bytes %s: %d read, %v", size, name, len(got), err)
			}
			if done(); !b.whole(maxSmall, maxInFlight) {
				t.Errorf("%d bytes %s: memory is not given back", size, name)
			}
		}
	}
	for name, c := range map[string]struct {
		n, limit int64
		want     error
	}{
		"announced too large": {3 * chunk, 2 * chunk, errBody}, "too large": {-1, 2 * chunk, errBody},
		"cut, large": {4 * chunk, limit, io.ErrUnexpectedEOF}, "nothing came": {4 * chunk, limit, io.EOF},
	} {
		raw := make([]byte, 3*chunk)
		if name == "nothing came" {
			raw = nil
		}
		b := newBudget()
		_, done, err := b.read(context.Background(), bytes.NewReader(raw), c.n, c.limit)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if done(); !b.whole(maxSmall, maxInFlight) {
			t.Errorf("%s: memory is not given back", name)
		}
	}
}

// TestGrowingBodiesDoNotWaitForEachOther: together they ask for more than there is, each holding a
// part; they are told to come back, and the memory returns.
func TestGrowingBodiesDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &budget{semaphore.NewWeighted(chunk), semaphore.NewWeighted(4 * chunk)}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, done, err := b.read(t.Context(), bytes.NewReader(make([]byte, 3*chunk)), -1, 8*chunk)
				defer done()
				if err != nil && !errors.Is(err, errBusy) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if !b.whole(chunk, 4*chunk) {
			t.Error("memory is not given back")
		}
	})
}
