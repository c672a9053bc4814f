package mss

import (
	"fmt"
	"testing"
	"time"
)

// Misses on many addresses do not wipe out those on one.
func TestMissesOnManyAddresses(t *testing.T) {
	var p pace
	now := time.Now()
	for range maxMisses {
		p.missed("a@x.fr", now)
	}
	for i := range 3 * maxPaced {
		p.missed(fmt.Sprintf("%d@y.fr", i), now)
		if len(p.misses) > maxPaced {
			t.Fatalf("%d addresses remembered", len(p.misses))
		}
	}
	if p.may("a@x.fr", now) || !p.may("a@x.fr", now.Add(2*missWindow)) {
		t.Error("forgotten, or remembered for ever")
	}
}

// The texts remembered are bounded, whatever is searched.
func TestTextsRemembered(t *testing.T) {
	var v views
	a, b := v.get(viewKey{1, 1}), v.get(viewKey{2, 1})
	a.bytes.Store(maxTexts - 1000)
	if !v.room(b, 1000) || v.room(b, 1001) || !v.room(a, maxTexts) {
		t.Error("room")
	}
	if n := sizeOf(map[uint32][]string{0: {"abc", ""}, 1: {"d"}}); n != 4+3*16 {
		t.Error(n)
	}
}
