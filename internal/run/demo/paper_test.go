package demo

import (
	"bytes"
	"testing"

	"github.com/socle-sante/socle/internal/domain/ins"
)

// TestPapersOfQualifiedPeopleCarryTheDatamatrix, and only theirs.
func TestPapersOfQualifiedPeopleCarryTheDatamatrix(t *testing.T) {
	k := newCast()
	for i, c := range roster(30, dayOf(clock)) {
		raw := k.page(c, &paper{title: "Consultation", time: clock}).Bytes()
		want := ins.StatusOf(!c.person.INS.IsZero(), c.person.Evidence.Kind != "") == ins.Qualifiee
		if got := bytes.Contains(raw, []byte("/S/Figure/")); got != want {
			t.Errorf("citizen %d: a symbol: %v, want %v", i, got, want)
		}
	}
}
