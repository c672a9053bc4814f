package compte

import (
	"sync"
	"time"
)

// Bounds of what is remembered between two pages.
const (
	maxRemembered = 20_000
	ceremonyLife  = 5 * time.Minute
)

// memory holds things for a while, in bounded number: the oldest leave first.
type memory[T any] struct {
	mu    sync.Mutex
	items map[string]remembered[T]
	order []string
}

type remembered[T any] struct {
	v     T
	until time.Time
}

func (m *memory[T]) put(key string, v T, until, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.items == nil {
		m.items = map[string]remembered[T]{}
	}
	if _, known := m.items[key]; !known {
		m.order = append(m.order, key)
	}
	m.items[key] = remembered[T]{v, until}
	for len(m.order) > 0 {
		first, ok := m.items[m.order[0]]
		if ok && now.Before(first.until) && len(m.items) <= maxRemembered {
			break
		}
		delete(m.items, m.order[0])
		m.order = m.order[1:]
	}
}

// get gives what is still remembered.
func (m *memory[T]) get(key string, now time.Time) (v T, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.items[key]
	if !ok || !now.Before(i.until) {
		return v, false
	}
	return i.v, true
}

// take gives it once.
func (m *memory[T]) take(key string, now time.Time) (v T, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.items[key]
	delete(m.items, key)
	if !ok || !now.Before(i.until) {
		return v, false
	}
	return i.v, true
}

// brake counts attempts of one address or account in a window.
type brake struct {
	mu    sync.Mutex
	count int
	until time.Time
}

const brakeWindow = 15 * time.Minute

// allow counts an attempt and tells whether it may be made.
func (c *Comptes) allow(key string, most int) bool {
	now := c.Now()
	b, ok := c.brakes.get(key, now)
	if !ok {
		b = &brake{until: now.Add(brakeWindow)}
		c.brakes.put(key, b, b.until, now)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	return b.count <= most
}
