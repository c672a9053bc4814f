package psc

import (
	"container/list"
	"crypto/sha256"
	"time"
)

// shelf keeps things for a fixed time, and never more than a fixed number: a full shelf forgets
// its oldest. What is forgotten is refused, so forgetting is always safe. Not safe for concurrent use.
type shelf[V any] struct {
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

func newShelf[V any](life time.Duration, most int) *shelf[V] {
	return &shelf[V]{life: life, most: most, items: map[[32]byte]*list.Element{}, order: list.New()}
}

// digest is the key of a secret: neither the shelf nor the time of a search tells it.
func digest(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

func (s *shelf[V]) put(secret string, v V, now time.Time) {
	for e := s.order.Front(); e != nil; e = s.order.Front() {
		k := e.Value.(*kept[V])
		if s.order.Len() < s.most && now.Before(k.until) {
			break
		}
		s.order.Remove(e)
		delete(s.items, k.key)
	}
	key := digest(secret)
	if old := s.items[key]; old != nil {
		s.order.Remove(old)
	}
	s.items[key] = s.order.PushBack(&kept[V]{key, now.Add(s.life), v})
}

func (s *shelf[V]) get(secret string, now time.Time) (V, bool) {
	var none V
	e := s.items[digest(secret)]
	if e == nil {
		return none, false
	}
	k := e.Value.(*kept[V])
	if !now.Before(k.until) {
		return none, false
	}
	return k.value, true
}

func (s *shelf[V]) drop(secret string) {
	key := digest(secret)
	if e := s.items[key]; e != nil {
		s.order.Remove(e)
		delete(s.items, key)
	}
}
