package psc

import (
	"sync"
	"time"
)

// Failures allowed in one window before answers become 429. A secret has 256 bits: the bounds are
// there to stop noise and to be seen, and no failure of one address locks a client out elsewhere.
const (
	attemptWindow     = time.Minute
	maxPairFailures   = 10     // one client from one address
	maxAddressFailure = 100    // one address, whatever it names
	maxClientFailures = 1000   // one client, from everywhere
	maxLoginAttempts  = 10     // sign-ins started for one professional
	maxVisits         = 3000   // authorization requests from one address
	maxCounters       = 50_000 // counters held
)

// throttle counts events by key in windows of a minute. Safe for concurrent use.
type throttle struct {
	mu sync.Mutex
	m  map[string]*counter
}

type counter struct {
	began time.Time
	n     int
}

// over reports whether a key has reached its bound in the present window.
func (t *throttle) over(key string, most int, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.m[key]
	return c != nil && now.Sub(c.began) < attemptWindow && c.n >= most
}

// count adds one event and reports whether the bound was already reached.
func (t *throttle) count(key string, most int, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.m[key]
	if c == nil || now.Sub(c.began) >= attemptWindow {
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
func (t *throttle) sweep(now time.Time) {
	for k, c := range t.m {
		if now.Sub(c.began) >= attemptWindow {
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
