package dmp_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// In production nobody declares an INS; a sandbox takes the test ones that software brings.
func TestAnINSIsNotDeclaredInProduction(t *testing.T) {
	traits := ins.Traits{BirthName: "PAT-TROIS", FirstGiven: "DOMINIQUE", Givens: "DOMINIQUE", Sex: "F", BirthDate: "1979-03-28", BirthPlace: "51215"}
	for mode, want := range map[ins.Mode]error{ins.Sandbox: nil, ins.Production: dmp.ErrINSGiven} {
		oid := map[ins.Mode]string{ins.Sandbox: "1.2.250.1.213.1.4.10", ins.Production: "1.2.250.1.213.1.4.8"}[mode]
		store, err := embedded.Open(t.TempDir(), embedded.Options{Origin: "essai/journal", Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		d := &dmp.DMP{Store: store, Mode: mode, Now: time.Now}
		_, _, err = d.Identify(context.Background(), dmp.Caller{Actor: acces.Actor{ID: "guichet"}, Door: "essai"},
			&ins.Person{INS: insid.INS{Matricule: "279035121518989", OID: oid}, Traits: traits})
		if !errors.Is(err, want) {
			t.Errorf("mode %d: %v, want %v", mode, err, want)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
