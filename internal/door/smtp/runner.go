package smtp

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
)

// Bounds of the way out.
const (
	maxDue      = 500             // rows of the queue looked at together
	maxDomains  = 8               // domains spoken to at once
	maxOnOne    = 200             // messages over one connection
	lookAgain   = time.Minute     // the clock of the operator may be moved
	afterFault  = 5 * time.Second // when the store fails
	leastPause  = 50 * time.Millisecond
	deliverTime = 30 * time.Minute
)

// Runner empties the queue.
type Runner struct {
	Sender   *Sender
	Operator *mss.Operator
	Log      *slog.Logger
}

// Run works until ctx ends. What is under way is finished first.
func (r *Runner) Run(ctx context.Context) {
	for ctx.Err() == nil {
		batches, next, err := r.Operator.Due(ctx, maxDue)
		if err != nil {
			if ctx.Err() == nil {
				r.Log.Error("queue not read", "err", err)
			}
			sleep(ctx, afterFault, nil)
			continue
		}
		if len(batches) == 0 {
			wait := lookAgain
			if !next.IsZero() {
				wait = min(wait, max(leastPause, next.Sub(r.Operator.Now())))
			}
			sleep(ctx, wait, r.Operator.QueueWoken())
			continue
		}
		r.deliver(ctx, batches)
	}
}

func sleep(ctx context.Context, d time.Duration, woken <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-woken:
	}
}

// deliver speaks to each domain over one connection, several domains at once.
func (r *Runner) deliver(ctx context.Context, batches []mss.Batch) {
	byDomain := map[string][]*mss.Batch{}
	var order []string
	for i := range batches {
		d := batches[i].Domain
		if byDomain[d] == nil {
			order = append(order, d)
		}
		byDomain[d] = append(byDomain[d], &batches[i])
	}
	slots := make(chan struct{}, maxDomains)
	var all sync.WaitGroup
	for _, d := range order {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			r.domain(ctx, byDomain[d])
		})
	}
	all.Wait()
}

func (r *Runner) domain(ctx context.Context, batches []*mss.Batch) {
	// An answer under way is worth waiting for: a delivery cut short is delivered twice.
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), deliverTime)
	defer cancel()
	var sess *session
	down := false
	for i, b := range batches {
		if ctx.Err() != nil || i >= maxOnOne {
			break
		}
		var outcomes []mss.Outcome
		if down { // the host does not answer: the others need not find out one by one
			outcomes = make([]mss.Outcome, len(b.To))
			for k := range outcomes {
				outcomes[k] = mss.Outcome{Enhanced: "4.4.1", Text: "the operator does not answer", Remote: b.Domain}
			}
		} else {
			outcomes, sess = r.Sender.Deliver(work, b, sess)
			down = sess == nil && outcomes[0].Code == 0
		}
		if err := r.Operator.Settle(work, b, outcomes); err != nil {
			r.Log.Error("delivery not written down", "domain", b.Domain, "err", err)
			break
		}
	}
	if sess != nil {
		sess.close()
	}
}
