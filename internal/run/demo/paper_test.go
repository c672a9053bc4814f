package demo

import (
	"bytes"
	"compress/zlib"
	"io"
	"testing"

	"github.com/socle-sante/socle/internal/domain/ins"
)

// TestPapersOfQualifiedPeopleCarryTheDatamatrix, and only theirs.
func TestPapersOfQualifiedPeopleCarryTheDatamatrix(t *testing.T) {
	k := newCast()
	for i, c := range roster(30, dayOf(clock)) {
		raw := k.page(c, &paper{title: "Consultation", time: clock}).Bytes()
		_, stream, _ := bytes.Cut(raw, []byte("FlateDecode>>stream\n"))
		z, err := zlib.NewReader(bytes.NewReader(stream))
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		want := ins.StatusOf(!c.person.INS.IsZero(), c.person.Evidence.Kind != "") == ins.Qualifiee
		if got := bytes.Contains(page, []byte("/Figure<</Alt")); got != want {
			t.Errorf("citizen %d: a symbol: %v, want %v", i, got, want)
		}
	}
}
