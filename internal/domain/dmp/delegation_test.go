package dmp_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// TestWhatADelegationOpens follows one from its gift to its end: what the secretary may do at each
// step, and what never opens.
func TestWhatADelegationOpens(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	const here = "1990000018"
	sec := annuaire.Professional{IDNat: "3199000001/S1", Family: "PETIT", Given: "Anne", Function: annuaire.SecretariatMedical, Structures: []string{here}, Active: true}
	w.d.Annuaire.Put(sec)
	secretary := dmp.Caller{Actor: acces.ProfessionalActor(&sec, w.d.Annuaire.Structure(here), acces.Directe), Door: "test"}
	other := secretary
	other.ID = "3199000001/S2"
	gp := w.d.Annuaire.Professional(w.gp.ID)
	may := func(what string, want bool) {
		t.Helper()
		_, err := w.d.FollowedFor(ctx, secretary, gp.IDNat)
		if !want && !errors.Is(err, acces.ErrNoDelegation) || want && err != nil {
			t.Errorf("%s: follows: %v", what, err)
		}
		err = w.d.Authorise(ctx, secretary, w.bob.ID, gp, false)
		if !want && !errors.Is(err, acces.ErrNoDelegation) || want && err != nil {
			t.Errorf("%s: authorises: %v", what, err)
		}
		if _, err := w.d.FollowedFor(ctx, other, gp.IDNat); !errors.Is(err, acces.ErrNoDelegation) {
			t.Errorf("%s: another secretary: %v", what, err)
		}
		if _, err := w.d.FollowedFor(ctx, secretary, w.author.ID); !errors.Is(err, acces.ErrNoDelegation) {
			t.Errorf("%s: for another doctor: %v", what, err)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	may("before", false)
	if err := w.d.Delegate(ctx, secretary, gp.IDNat, sec.IDNat, here, w.now.Add(24*time.Hour)); !errors.Is(err, acces.ErrNotAdministrator) {
		t.Errorf("a secretary gives themselves a delegation: %v", err)
	}
	must(w.d.Delegate(ctx, w.gp, gp.IDNat, sec.IDNat, here, w.now.Add(24*time.Hour)))
	may("given", true)
	if list, err := w.d.Delegations(ctx, here, ""); err != nil || len(list) != 1 {
		t.Errorf("%v %v", list, err)
	}
	w.now = w.now.Add(24 * time.Hour)
	may("its time over", false)
	must(w.d.Delegate(ctx, w.gp, gp.IDNat, sec.IDNat, here, w.now.Add(24*time.Hour)))
	may("renewed", true)
	left := *gp
	left.Structures = []string{"1990000026"}
	w.d.Annuaire.Put(left)
	may("the doctor has left the structure", false)
	left.Structures, left.Active = []string{here}, false
	w.d.Annuaire.Put(left)
	may("the doctor is no longer active", false)
	w.d.Annuaire.Put(*gp)
	may("they are back", true)
	must(w.d.Delegate(ctx, w.gp, gp.IDNat, sec.IDNat, here, time.Time{}))
	may("ended", false)
	if list, err := w.d.Delegations(ctx, here, sec.IDNat); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}
