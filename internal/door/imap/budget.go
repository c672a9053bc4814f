package imap

import (
	"context"
	"sync"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
)

// patience is how long a FETCH waits for memory that others hold.
const patience = 10 * time.Second

// budget counts octets of messages in memory.
type budget struct {
	mu    sync.Mutex
	used  int
	freed chan struct{} // closed when some come back
}

// try takes n octets if they are there. A lone message always passes.
func (b *budget) try(n, most int) (wait <-chan struct{}, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used == 0 || b.used+n <= most {
		b.used += n
		return nil, true
	}
	if b.freed == nil {
		b.freed = make(chan struct{})
	}
	return b.freed, false
}

// take waits for n octets.
func (b *budget) take(ctx context.Context, n, most int) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		wait, ok := b.try(n, most)
		if ok {
			return nil
		}
		select {
		case <-wait:
		case <-late.C:
			return mss.ErrBusy
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *budget) give(n int) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	if b.freed != nil {
		close(b.freed)
		b.freed = nil
	}
}

// recent keeps the last large messages that clients read piece by piece, for a few seconds.
type recent struct {
	mu    sync.Mutex
	list  []kept // newest last
	timer *time.Timer
}

type kept struct {
	id    mss.MessageID
	raw   []byte
	until time.Time
}

// Bounds of what recent keeps.
const (
	maxRecent  = 50 << 20 // two of the largest messages
	recentTime = 10 * time.Second
)

func (r *recent) get(id mss.MessageID, now time.Time) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.list {
		if k := &r.list[i]; k.id == id && now.Before(k.until) {
			k.until = now.Add(recentTime)
			return k.raw
		}
	}
	return nil
}

func (r *recent) put(id mss.MessageID, raw []byte, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, kept{id, raw, now.Add(recentTime)})
	total := 0
	for i := len(r.list) - 1; i >= 0; i-- {
		if total += len(r.list[i].raw); total > maxRecent {
			r.list = append([]kept(nil), r.list[i+1:]...)
			break
		}
	}
	if r.timer == nil {
		r.timer = time.AfterFunc(recentTime, r.sweep)
	}
}

// sweep drops what nobody asked for lately.
func (r *recent) sweep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	var left []kept
	for _, k := range r.list {
		if now.Before(k.until) {
			left = append(left, k)
		}
	}
	r.list, r.timer = left, nil
	if len(left) > 0 {
		r.timer = time.AfterFunc(recentTime, r.sweep)
	}
}
