package run

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/door/federation"
)

// TestAProviderThatNamesNobodySignsNobodyIn: without SubjectNameID there is no professional.
func TestAProviderThatNamesNobodySignsNobodyIn(t *testing.T) {
	for claims, want := range map[string]string{`{"sub":"x","SubjectNameID":"899000000013"}`: "899000000013", `{"sub":"x","SubjectNameID":""}`: "", `{"sub":"x"}`: "", `{}`: "", ``: ""} {
		id, err := professionalOf(&federation.Identity{Claims: json.RawMessage(claims)})
		if id != want || (want == "") != (err != nil) {
			t.Errorf("%s: %q %v", claims, id, err)
		}
		if claims == `{"sub":"x"}` && !errors.Is(err, oidc.ErrClaims) {
			t.Errorf("%v", err)
		}
	}
}

// TestOnlyACardSignsIn: a certificate of another offer may bear the identifier of a professional as
// its name, and opens nothing.
func TestOnlyACardSignsIn(t *testing.T) {
	const doctor = "899000000013"
	now := time.Now()
	authority, err := igc.NewAuthority(rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{directory: annuaire.New(), revoked: func(*x509.Certificate) bool { return false }}
	a.directory.Put(annuaire.Professional{IDNat: doctor, Family: "MARTIN", Given: "Claire", Profession: "10", Active: true})
	for name, c := range map[string]struct {
		r    igc.Request
		want bool
	}{
		"a CPS":                   {igc.Request{Offer: igc.Professionnel, IDNat: doctor, Surname: "MARTIN", Given: "Claire", Card: igc.CPS, ECDSA: true}, true},
		"the CPS of nobody":       {igc.Request{Offer: igc.Professionnel, IDNat: "899000000021", Surname: "X", Given: "Y", Card: igc.CPS, ECDSA: true}, false},
		"a structure named so":    {igc.Request{Offer: igc.Organisation, StructureID: "1990000018", Organization: "CABINET", Department: "Paris (75)", CommonName: doctor, ECDSA: true}, false},
		"a structure of its name": {igc.Request{Offer: igc.Organisation, StructureID: "1990000018", Organization: "CABINET", Department: "Paris (75)", CommonName: "CABINET", ECDSA: true}, false},
	} {
		cred, err := authority.Issue(rand.Reader, now, c.r)
		if err != nil {
			t.Fatal(name, err)
		}
		id, err := a.cardHolder(cred.Certificate)
		if c.want != (err == nil) || c.want && id != doctor || !c.want && id != "" {
			t.Errorf("%s: %q %v", name, id, err)
		}
	}
}
