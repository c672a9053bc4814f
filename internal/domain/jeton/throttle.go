package jeton

import (
	"sync"
	"time"
)

// Window is the time in which attempts are counted together.
const Window = time.Minute

// maxCounters bounds the counters held.
const maxCounters = 50_000

// Throttle counts events by key in windows of time. Safe for concurrent use.
type Throttle struct {
	Every time.Duration // Window when zero

	mu sync.Mutex
	m  map[string]*counter
}

// past reports whether the window of a counter is over.
func (t *Throttle) past(c *counter, now time.Time) bool {
	if t.Every > 0 {
		return now.Sub(c.began) >= t.Every
	}
	return now.Sub(c.began) >= Window
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
	return c != nil && !t.past(c, now) && c.n >= most
}

// Count adds one event and reports whether the bound was already reached.
func (t *Throttle) Count(key string, most int, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.m[key]
	if c == nil || t.past(c, now) {
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

// sweep makes room: windows that are over leave, then any, so that the table stays bounded; a tenth
// at once, so that a flood of keys does not pay for a sweep each.
func (t *Throttle) sweep(now time.Time) {
	for k, c := range t.m {
		if t.past(c, now) {
			delete(t.m, k)
		}
	}
	for k := range t.m {
		if len(t.m) < maxCounters-maxCounters/10 {
			return
		}
		delete(t.m, k)
	}
}
