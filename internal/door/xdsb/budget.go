package xdsb

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"golang.org/x/sync/semaphore"
)

// Bounds on the bytes of requests held in memory at once, whatever the number of connections.
// Small requests share a part of their own, so that a crowd of large ones never delays them; the
// memory of a large one is taken as its bytes arrive, so that announcing costs the others nothing.
const (
	maxInFlight = 192 << 20 // large requests
	maxSmall    = 64 << 20  // small ones
	smallBody   = 1 << 20   // what is small
	chunk       = 1 << 20   // where a large body begins; it doubles as it fills
	patience    = 5 * time.Second
)

var errBusy = &finding.Refusal{ID: "SOAP-OCCUPE", Kind: finding.Busy, Rule: "limite publiée",
	Message: finding.T("Trop de grandes requêtes arrivent à la fois.", "Too many large requests arrive at once."),
	Fix:     finding.T("Réessayez dans un instant.", "Try again in a moment.")}

// budget shares the memory of request bodies.
type budget struct{ small, large *semaphore.Weighted }

func newBudget() *budget {
	return &budget{semaphore.NewWeighted(maxSmall), semaphore.NewWeighted(maxInFlight)}
}

// take waits a little for memory, then says that the door is busy: whoever holds some while
// waiting for more must not wait for ever.
func take(ctx context.Context, s *semaphore.Weighted, n int64) error {
	if s.TryAcquire(n) {
		return nil
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.Acquire(wait, n); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return errBusy
	}
	return nil
}

// read takes a body of announced length n (-1 when not announced) from r, never over limit. The
// caller gives back what it took with done.
func (b *budget) read(ctx context.Context, r io.Reader, n, limit int64) (body []byte, done func(), err error) {
	nothing := func() {}
	if n > limit {
		return nil, nothing, errBody
	}
	if n < 0 || n > smallBody {
		return b.grow(ctx, r, n, limit)
	}
	if err := take(ctx, b.small, n); err != nil {
		return nil, nothing, err
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return body, func() { b.small.Release(n) }, err
}

// grow reads a large or unannounced body into memory that doubles.
func (b *budget) grow(ctx context.Context, r io.Reader, n, limit int64) (body []byte, done func(), err error) {
	taken := int64(0)
	done = func() { b.large.Release(taken) }
	most := n
	if n < 0 {
		most = limit + 1 // one byte more tells that it is too large
	}
	for size := min(chunk, most); ; size = min(2*size, most) {
		if err := take(ctx, b.large, size); err != nil {
			return nil, done, err
		}
		old := body
		body = make([]byte, size)
		copy(body, old)
		b.large.Release(taken)
		taken = size
		got, err := io.ReadFull(r, body[len(old):])
		body = body[:len(old)+got]
		switch {
		case int64(len(body)) > limit:
			return nil, done, errBody
		case n < 0 && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
			return body, done, nil
		case err != nil:
			return body, done, err
		case int64(len(body)) == n:
			return body, done, nil
		}
	}
}
