package jeton

import (
	"sync"
	"time"
)

// Window is the time in which attempts are counted together.
const Window = time.Minute

// maxCounters bounds the counters held.
const maxCounters = 50_000

// Throttle counts events by key in windows of a minute. Safe for concurrent use.
type Throttle struct {
	mu sync.Mutex
	m  map[string]*counter
}

type counter struct {
	began time.Time
	n     int
}

// Over reports whether a key has reached its bound in the present window.
func (t *Throttle) Over(key string, most int, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.m[key]
	return c != nil && now.Sub(c.began) < Window && c.n >= most
}

// Count adds one event and reports whether the bound was already reached.
func (t *Throttle) Count(key string, most int, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.m[key]
	if c == nil || now.Sub(c.began) >= Window {
		if c == nil && len(t.m) >= maxCounters {
			t.sweep(now)
		}
		c = &counter{began: now}
		if t.m == nil {
			t.m = map[string]*counter{}
		}
		t.m[key] = c
	}
	if c.n >= most {
		return true
	}
	c.n++
	return false
}

// sweep makes room: windows that are over leave, then any, so that the table stays bounded.
func (t *Throttle) sweep(now time.Time) {
	for k, c := range t.m {
		if now.Sub(c.began) >= Window {
			delete(t.m, k)
		}
	}
	for k := range t.m {
		if len(t.m) < maxCounters {
			return
		}
		delete(t.m, k)
	}
}
