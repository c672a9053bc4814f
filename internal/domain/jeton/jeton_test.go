package jeton

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/oidc"
)

var day = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// TestAShelfForgetsTheOldest, and what is past its time.
func TestAShelfForgetsTheOldest(t *testing.T) {
	s := NewShelf[int](time.Minute, 3)
	for i := range 5 {
		s.Put(fmt.Sprint(i), i, day.Add(time.Duration(i)*time.Second))
	}
	for i := range 5 {
		if _, ok := s.Get(fmt.Sprint(i), day.Add(5*time.Second)); ok != (i >= 2) {
			t.Errorf("%d: %v", i, ok)
		}
	}
	s.Put("2", 22, day.Add(6*time.Second)) // the same key counts once
	if v, _ := s.Get("2", day.Add(6*time.Second)); v != 22 || len(s.items) != 3 || s.order.Len() != 3 {
		t.Errorf("%d, %d items", v, len(s.items))
	}
	if _, ok := s.Get("4", day.Add(64*time.Second)); ok {
		t.Error("a thing outlives its time")
	}
	s.Put("x", 1, day.Add(2*time.Minute))
	if len(s.items) != 1 {
		t.Errorf("%d items after all have expired", len(s.items))
	}
	s.Drop("x")
	s.Drop("x")
	if len(s.items) != 0 || s.order.Len() != 0 {
		t.Error("a dropped thing stays")
	}
}

func TestCountersAreBounded(t *testing.T) {
	var c Throttle
	for i := range maxCounters + 100 {
		c.Count(fmt.Sprint(i), 1, day)
	}
	if len(c.m) > maxCounters {
		t.Errorf("%d counters", len(c.m))
	}
	for _, every := range []time.Duration{Window, 15 * time.Minute} {
		c := Throttle{Every: every}
		for n, want := range []bool{false, false, true} {
			if c.Count("x", 2, day) != want {
				t.Errorf("event %d of two allowed: %v", n+1, !want)
			}
		}
		if !c.Over("x", 2, day.Add(every-1)) || c.Over("x", 2, day.Add(every)) {
			t.Errorf("a window of %v lasts otherwise", every)
		}
	}
}

type memory struct{ b []byte }

func (m *memory) Load() ([]byte, error) { return m.b, nil }
func (m *memory) Save(b []byte) error   { m.b = b; return nil }

// TestKeysOfBothAlgorithms: what they sign is read by format/oidc and by themselves, also after a
// rotation and a restart; keys of the other algorithm are refused.
func TestKeysOfBothAlgorithms(t *testing.T) {
	stores := map[string]*memory{}
	for _, alg := range []string{oidc.RS256, oidc.ES256} {
		m := &memory{}
		stores[alg] = m
		k, err := OpenKeys(m, alg, rand.Reader, day)
		if err != nil {
			t.Fatal(err)
		}
		token, err := k.Sign("JWT", map[string]string{"sub": "a"})
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Rotate(day); err != nil {
			t.Fatal(err)
		}
		if k, err = OpenKeys(m, alg, nil, day); err != nil {
			t.Fatal(err)
		}
		var c struct{ Sub string }
		if err := k.Open(token, "JWT", &c); err != nil || c.Sub != "a" {
			t.Errorf("%s: %v %+v", alg, err, c)
		}
		if k.Open(token, "at+jwt", &c) == nil || k.Open(token+"A", "JWT", &c) == nil {
			t.Errorf("%s: another type or signature is opened", alg)
		}
		set, err := k.JWKS()
		if err != nil {
			t.Fatal(err)
		}
		public, err := oidc.ParseKeys(set)
		if err != nil || len(public) != 3 {
			t.Fatalf("%s: %v %s", alg, err, set)
		}
		if _, _, err := oidc.Verify(token, alg, public, nil); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
	for alg, other := range map[string]string{oidc.RS256: oidc.ES256, oidc.ES256: oidc.RS256} {
		if _, err := OpenKeys(stores[alg], other, nil, day); err == nil {
			t.Errorf("keys of %s serve %s", alg, other)
		}
	}
	if _, err := OpenKeys(&memory{}, oidc.HS256, nil, day); err == nil {
		t.Error("keys of HS256")
	}
}
