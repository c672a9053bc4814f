package insi

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/socle-sante/socle/format/insi"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Bounds of lots.
const (
	maxLots = 4         // under way at once, for everybody
	keptFor = time.Hour // a finished lot stays this long
	maxKept = 16        // finished lots kept
)

// lots are the batches of verifications: deposited, worked on one after the other in the
// background, collected with their progress. They are kept in memory: a restart forgets them, and
// whoever deposited one deposits it again.
type lots struct {
	registers ins.Teleservice
	log       *slog.Logger

	mu      sync.Mutex
	byID    map[string]*lot
	order   []*lot
	running int
	stop    context.CancelFunc
	ctx     context.Context
	work    sync.WaitGroup
}

type lot struct {
	id, owner string
	persons   []insi.Individual
	done      atomic.Int64
	results   []insi.LotResult
	finished  time.Time // zero while under way; under lots.mu
}

func (l *lots) deposit(owner string, persons []insi.Individual) (insi.Lot, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byID == nil {
		l.byID = map[string]*lot{}
		l.ctx, l.stop = context.WithCancel(context.Background())
	}
	l.sweep(time.Now())
	if l.running >= maxLots || len(l.order) >= maxLots+maxKept {
		return insi.Lot{}, insi.ErrLotBusy
	}
	x := &lot{id: uuid.NewString(), owner: owner, persons: persons, results: make([]insi.LotResult, len(persons))}
	l.byID[x.id] = x
	l.order = append(l.order, x)
	l.running++
	l.work.Go(func() { l.run(x) })
	return insi.Lot{ID: x.id, State: insi.LotRunning, Total: len(persons)}, nil
}

// sweep forgets old lots, and the oldest finished ones when there are too many.
func (l *lots) sweep(now time.Time) {
	kept := l.order[:0]
	over := len(l.order) - l.running - maxKept + 1
	for _, x := range l.order {
		if !x.finished.IsZero() && (over > 0 || now.Sub(x.finished) > keptFor) {
			over--
			delete(l.byID, x.id)
			continue
		}
		kept = append(kept, x)
	}
	clear(l.order[len(kept):])
	l.order = kept
}

func (l *lots) run(x *lot) {
	for i, p := range x.persons {
		res := insi.LotResult{Ref: p.Ref, Result: insi.VerifiedKO}
		ok, err := verify(l.ctx, l.registers, p)
		if l.ctx.Err() != nil {
			return
		}
		switch {
		case err != nil:
			res.Reason = insi.ErrTechnical.ID
		case ok:
			res.Result = insi.VerifiedOK
		}
		x.results[i] = res
		x.done.Store(int64(i + 1))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	x.finished, x.persons = time.Now(), nil
	l.running--
}

// collect gives the progress of a lot to whoever deposited it, and its results when finished.
func (l *lots) collect(owner, id string) (insi.Lot, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.byID[id]
	if x == nil || x.owner != owner {
		return insi.Lot{}, insi.ErrLot
	}
	out := insi.Lot{ID: id, State: insi.LotRunning, Done: int(x.done.Load()), Total: len(x.results)}
	if !x.finished.IsZero() {
		out.State, out.Results = insi.LotFinished, x.results
	}
	return out, nil
}

func (l *lots) close() {
	l.mu.Lock()
	if l.stop != nil {
		l.stop()
	}
	l.mu.Unlock()
	l.work.Wait()
}
