package acces

import (
	"testing"
	"time"

	"github.com/socle-sante/socle/format/insi"
)

// TestAnINSiAssertionIsRememberedAsLongAsItServes: every minute in which it could still be accepted.
func TestAnINSiAssertionIsRememberedAsLongAsItServes(t *testing.T) {
	start := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	for first := time.Duration(0); first < insi.AssertionWindow; first += time.Minute { // wherever the memory turns
		for later := time.Minute; later <= insi.AssertionWindow; later += time.Minute {
			r := NewReplay(insi.AssertionWindow / 2)
			r.Once("other", start)
			if ok, _ := r.Once("_a", start.Add(first)); !ok {
				t.Fatal("refused at once")
			}
			if ok, _ := r.Once("_a", start.Add(first+later)); ok {
				t.Fatalf("first used after %v, an assertion serves again %v later", first, later)
			}
		}
	}
}
