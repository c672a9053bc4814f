package embedded

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/store/storetest"
)

// TestOldPersonsAreRead: the first edition wrote persons without the life of their identity.
func TestOldPersonsAreRead(t *testing.T) {
	p := storetest.Person(1)
	var life encoder
	encodeLife(&life, p)
	old := encodePerson(p)
	old = old[:len(old)-len(life.b)]
	old[0] = factsVersion
	q, err := decodePerson(old)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p, q, cmpopts.EquateEmpty(), cmpopts.IgnoreTypes(insid.INS{})); d != "" || p.INS != q.INS {
		t.Error(d)
	}
	old[0] = personVersion
	if _, err := decodePerson(old); err == nil {
		t.Error("cut short and still read")
	}
}
