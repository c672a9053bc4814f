package jeton

import (
	"container/list"
	"crypto/sha256"
	"time"
)

// Shelf keeps things for a fixed time, and never more than a fixed number: a full shelf forgets
// its oldest. What is forgotten is refused, so forgetting is always safe. Not safe for concurrent use.
type Shelf[V any] struct {
	life  time.Duration
	most  int
	items map[[32]byte]*list.Element
	order *list.List // oldest in front: the life is the same for all
}

type kept[V any] struct {
	key   [32]byte
	until time.Time
	value V
}

// NewShelf makes a shelf whose things live for a time, at most so many at once.
func NewShelf[V any](life time.Duration, most int) *Shelf[V] {
	return &Shelf[V]{life: life, most: most, items: map[[32]byte]*list.Element{}, order: list.New()}
}

// Digest is the key of a secret: neither the shelf nor the time of a search tells it.
func Digest(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

// Put keeps something under a secret.
func (s *Shelf[V]) Put(secret string, v V, now time.Time) {
	for e := s.order.Front(); e != nil; e = s.order.Front() {
		k := e.Value.(*kept[V])
		if s.order.Len() < s.most && now.Before(k.until) {
			break
		}
		s.order.Remove(e)
		delete(s.items, k.key)
	}
	key := Digest(secret)
	if old := s.items[key]; old != nil {
		s.order.Remove(old)
	}
	s.items[key] = s.order.PushBack(&kept[V]{key, now.Add(s.life), v})
}

// Get gives what is kept under a secret.
func (s *Shelf[V]) Get(secret string, now time.Time) (V, bool) {
	var none V
	e := s.items[Digest(secret)]
	if e == nil {
		return none, false
	}
	k := e.Value.(*kept[V])
	if !now.Before(k.until) {
		return none, false
	}
	return k.value, true
}

// Drop forgets what is kept under a secret.
func (s *Shelf[V]) Drop(secret string) {
	key := Digest(secret)
	if e := s.items[key]; e != nil {
		s.order.Remove(e)
		delete(s.items, key)
	}
}
