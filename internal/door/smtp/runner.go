package smtp

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
)

// Bounds of the way out.
const (
	maxDue      = 500             // rows of the queue looked at together
	maxDomains  = 32              // domains spoken to at once
	maxOnOne    = 200             // messages over one connection
	lookAgain   = time.Minute     // the clock of the operator may be moved
	lookBusy    = time.Second     // while some domains are being spoken to
	afterFault  = 5 * time.Second // when the store fails
	leastPause  = 50 * time.Millisecond
	deliverTime = 10 * time.Minute // after which a domain leaves its place to others
	settleTime  = 30 * time.Second // for the store to come back when the program stops
)

// Runner empties the queue.
type Runner struct {
	Sender   *Sender
	Operator *mss.Operator
	Log      *slog.Logger
}

// Run works until ctx ends. What is under way is finished first. Each domain is spoken to apart: one
// that is slow holds up its own mail only.
func (r *Runner) Run(ctx context.Context) {
	var busy []string
	done := make(chan string)
	free := func(d string) { busy = slices.DeleteFunc(busy, func(b string) bool { return b == d }) }
	for ctx.Err() == nil {
		wait := r.turn(ctx, &busy, done)
		if wait <= 0 {
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-r.Operator.QueueWoken():
		case d := <-done:
			free(d)
		}
		t.Stop()
	}
	for len(busy) > 0 {
		free(<-done)
	}
}

// turn begins to speak to the domains for which something is due, and says how long nothing else is.
func (r *Runner) turn(ctx context.Context, busy *[]string, done chan<- string) time.Duration {
	if len(*busy) >= maxDomains {
		return lookAgain
	}
	batches, next, err := r.Operator.Due(ctx, maxDue, *busy...)
	if err != nil {
		if ctx.Err() == nil {
			r.Log.Error("queue not read", "err", err)
		}
		return afterFault
	}
	wait := lookAgain
	if !next.IsZero() {
		wait = min(wait, max(leastPause, next.Sub(r.Operator.Now())))
	}
	order, byDomain := shared(batches)
	for _, d := range order[:min(len(order), maxDomains-len(*busy))] {
		*busy = append(*busy, d)
		go func() {
			defer func() { done <- d }()
			r.domain(ctx, byDomain[d])
		}()
	}
	if len(order) > 0 {
		return 0 // there may be others
	}
	if len(*busy) > 0 {
		wait = max(wait, lookBusy) // what is due is of those, most often
	}
	return wait
}

// shared puts batches by domain, the domains in the order of their soonest.
func shared(batches []mss.Batch) (order []string, byDomain map[string][]*mss.Batch) {
	byDomain = map[string][]*mss.Batch{}
	for i := range batches {
		d := batches[i].Domain
		if byDomain[d] == nil {
			order = append(order, d)
		}
		byDomain[d] = append(byDomain[d], &batches[i])
	}
	return order, byDomain
}

// domain speaks to one domain over one connection.
func (r *Runner) domain(ctx context.Context, batches []*mss.Batch) {
	// An answer under way is worth waiting for: a delivery cut short is delivered twice.
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), deliverTime)
	defer cancel()
	var sess *session
	down := false
	for i, b := range batches {
		if ctx.Err() != nil || work.Err() != nil || i >= maxOnOne {
			break
		}
		var outcomes []mss.Outcome
		if down { // the host does not answer: the others need not find out one by one
			outcomes = make([]mss.Outcome, len(b.To))
			for k := range outcomes {
				outcomes[k] = mss.Outcome{Enhanced: unreachable, Text: "the operator does not answer", Remote: b.Domain}
			}
		} else {
			outcomes, sess = r.Sender.Deliver(work, b, sess)
			down = sess == nil && outcomes[0].Code == 0 && outcomes[0].Enhanced == unreachable
		}
		if !r.settle(ctx, b, outcomes) {
			break
		}
	}
	if sess != nil {
		sess.close()
	}
}

// settle writes down what became of a batch, as often as it takes: what the peer has taken and is
// not written down would be delivered again.
func (r *Runner) settle(ctx context.Context, b *mss.Batch, outcomes []mss.Outcome) bool {
	var stopped time.Time
	for pause := leastPause; ; pause = min(2*pause, afterFault) {
		err := r.Operator.Settle(context.WithoutCancel(ctx), b, outcomes)
		if err == nil {
			return true
		}
		r.Log.Error("delivery not written down", "domain", b.Domain, "err", err)
		if ctx.Err() != nil {
			if stopped.IsZero() {
				stopped = time.Now()
			}
			if time.Since(stopped) > settleTime {
				return false
			}
		}
		time.Sleep(pause)
	}
}
