package acces

import (
	"hash/maphash"
	"sync"
	"time"
)

// Replay remembers the assertions already accepted, so that each serves once across all doors.
// It forgets after the window in which an assertion could still be accepted; memory is bounded.
type Replay struct {
	window time.Duration
	mu     sync.Mutex
	seed   maphash.Seed
	gens   [3]map[uint64]struct{} // newest first; each lives half a window
	turned time.Time
}

// maxReplay bounds one generation: about 1,500 assertions a second for half the window.
const maxReplay = 1 << 19

// NewReplay makes a memory for assertions accepted within ±skew of now.
func NewReplay(skew time.Duration) *Replay {
	r := &Replay{window: 2 * skew, seed: maphash.MakeSeed()}
	for i := range r.gens {
		r.gens[i] = map[uint64]struct{}{}
	}
	return r
}

// Once tells whether an id is new, and remembers it. full is true when the memory cannot take more.
func (r *Replay) Once(id string, now time.Time) (first, full bool) {
	h := maphash.String(r.seed, id)
	r.mu.Lock()
	defer r.mu.Unlock()
	if half := r.window / 2; now.Sub(r.turned) >= half {
		for range min(int(now.Sub(r.turned)/half), len(r.gens)) {
			copy(r.gens[1:], r.gens[:len(r.gens)-1])
			r.gens[0] = map[uint64]struct{}{}
		}
		r.turned = now
	}
	for _, g := range r.gens {
		if _, ok := g[h]; ok {
			return false, false
		}
	}
	if len(r.gens[0]) >= maxReplay {
		return false, true
	}
	r.gens[0][h] = struct{}{}
	return true, false
}
