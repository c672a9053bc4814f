package xdsb

import (
	"context"
	"io"

	"golang.org/x/sync/semaphore"
)

// Bounds on the bytes of requests held in memory at once, whatever the number of connections:
// small requests never wait, a crowd of large ones does.
const (
	maxInFlight = 192 << 20
	chunk       = 1 << 20 // what an unannounced body takes at a time
)

// budget shares the memory of request bodies.
type budget struct{ s *semaphore.Weighted }

func newBudget() *budget { return &budget{semaphore.NewWeighted(maxInFlight)} }

// read takes a body of announced length n (-1 when not announced) from r, never over limit. The
// caller gives back what it took with done.
func (b *budget) read(ctx context.Context, r io.Reader, n, limit int64) (body []byte, done func(), err error) {
	taken := int64(0)
	done = func() { b.s.Release(taken) }
	grow := func(by int64) error {
		if err := b.s.Acquire(ctx, by); err != nil {
			return err
		}
		taken += by
		return nil
	}
	if n >= 0 {
		if n > limit {
			return nil, done, errBody
		}
		if err := grow(n); err != nil {
			return nil, done, err
		}
		body = make([]byte, n)
		_, err = io.ReadFull(r, body)
		return body, done, err
	}
	for {
		if err := grow(chunk); err != nil {
			return nil, done, err
		}
		old := len(body)
		body = append(body, make([]byte, chunk)...)
		got, err := io.ReadFull(r, body[old:])
		body = body[:old+got]
		if int64(len(body)) > limit {
			return nil, done, errBody
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return body, done, nil
		default:
			return nil, done, err
		}
	}
}
