package ins

import (
	"errors"
	"testing"
)

// TestOnlyTheQualifiedAreLabelled: every status and attribute.
// spec: INS §7
func TestOnlyTheQualifiedAreLabelled(t *testing.T) {
	for _, s := range []Status{Provisoire, Recuperee, Validee, Qualifiee} {
		for attributes := range 16 {
			p := inStatus(s, attributes&1 != 0, attributes&2 != 0, attributes&4 != 0, attributes&8 != 0)
			sym, err := Symbol(&p)
			if (err == nil) != (p.Status == Qualifiee) || err != nil && !errors.Is(err, ErrNotQualified) || err == nil && sym.Size() < 32 {
				t.Errorf("%v %d: %v", s, attributes, err)
			}
		}
	}
	p := inStatus(Qualifiee, false, false, false, false)
	d, err := DatamatrixOf(&p)
	if err != nil {
		t.Fatal(err)
	}
	if m := Compare(d.INS, TraitsOf(d, p.Traits.FirstGiven), &p); m.Closeness != Exact {
		t.Errorf("%+v", m)
	}
	if got := TraitsOf(d, "AUTRE").FirstGiven; got != "DOMINIQUE" {
		t.Error(got)
	}
}
