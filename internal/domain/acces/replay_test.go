package acces

import (
	"fmt"
	"testing"
	"time"
)

func TestAnAssertionServesOnce(t *testing.T) {
	r := NewReplay(5 * time.Minute)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	once := func(id string) bool { first, _ := r.Once(id, now); return first }
	if !once("a") || once("a") || !once("b") {
		t.Fatal("the first time only")
	}
	// Within the window in which it could still be accepted, it is remembered.
	for range 19 {
		now = now.Add(30 * time.Second)
		if once("a") {
			t.Fatalf("forgotten at %s", now)
		}
	}
	now = now.Add(20 * time.Minute)
	if !once("a") {
		t.Error("long after, memory is free again")
	}
}

// An assertion signed by a clock five minutes ahead is acceptable for ten minutes after its use,
// also when nobody else comes meanwhile.
func TestAnAssertionServesOnceWhateverTheTraffic(t *testing.T) {
	window := 10 * time.Minute
	for used := time.Duration(0); used <= window; used += 29 * time.Second {
		for gap := time.Duration(0); gap <= window; gap += 31 * time.Second {
			r := NewReplay(window / 2)
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			r.Once("first of the day", now)
			now = now.Add(used)
			if first, _ := r.Once("a", now); !first {
				t.Fatal("the first time")
			}
			if first, _ := r.Once("a", now.Add(gap)); first {
				t.Fatalf("used at %s, forgotten %s later", used, gap)
			}
		}
	}
}

func TestReplayMemoryIsBounded(t *testing.T) {
	r := NewReplay(5 * time.Minute)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range maxReplay {
		if first, full := r.Once(fmt.Sprint(i), now); !first || full {
			t.Fatal(i, first, full)
		}
	}
	if _, full := r.Once("one more", now); !full {
		t.Error("the memory is not bounded")
	}
}

func TestTokens(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := &Tokens{Key: []byte("0123456789abcdef0123456789abcdef"), Now: func() time.Time { return now }}
	s := Subject{Professional: "8990", Structure: "199"}
	tok := k.Issue(s, time.Hour)
	if got, err := k.Check(tok); err != nil || got != s {
		t.Fatal(got, err)
	}
	for i := range tok {
		b := []byte(tok)
		b[i] ^= 1
		if got, err := k.Check(string(b)); err == nil && got != s {
			t.Fatalf("altered at %d gives %v", i, got)
		}
	}
	other := &Tokens{Key: []byte("fedcba9876543210fedcba9876543210"), Now: k.Now}
	if _, err := other.Check(tok); err == nil {
		t.Error("another key opened it")
	}
	now = now.Add(time.Hour)
	if _, err := k.Check(tok); err == nil {
		t.Error("expired")
	}
}
