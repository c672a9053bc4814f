package registre

import (
	"errors"
	"time"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// ErrScripted is the fault a script asked for.
var ErrScripted = errors.New("registre: scripted fault")

// testOID is the one under which a sandbox answers: the mode decides, whatever the fixtures of public
// clients carry.
// spec: INS §6 (published test identities), INS §1
const testOID = "1.2.250.1.213.1.4.10"

func test(matricule string) insid.INS {
	return insid.INS{Matricule: insid.Matricule(matricule), OID: testOID}
}

// Published gives the fictitious identities that public clients and validations replay.
// spec: INS §6 (published test identities)
func Published() []Identity {
	return []Identity{
		{INS: test("180032B02040123"), Former: []ins.Former{{INS: test("180032B02040123")}},
			Traits: ins.Traits{BirthName: "CORSE", FirstGiven: "ANTHONY", Givens: "ANTHONY", Sex: "M", BirthDate: "1980-03-02", BirthPlace: "2B020"}},
		{INS: test("236066322083656"), Traits: ins.Traits{BirthName: "TCHITCHI", FirstGiven: "CATARINA", Givens: "CATARINA BELLA", Sex: "F", BirthDate: "1936-06-21", BirthPlace: "63220"}},
		{INS: test("109076322083489"), Former: []ins.Former{{INS: test("209076322083439"), From: "2019-03-01", To: "2019-02-28"}, {INS: test("209066322012355")}},
			Traits: ins.Traits{BirthName: "ECETINSI", FirstGiven: "PIERRE-ALAIN", Givens: "PIERRE-ALAIN MURIEL FLORIANT", Sex: "M", BirthDate: "2009-07-14", BirthPlace: "63220"}},
		{INS: test("181016322075140"), Traits: ins.Traits{BirthName: "ADRDEUX", FirstGiven: "LAURENT", Givens: "LAURENT", Sex: "M", BirthDate: "1981-01-01", BirthPlace: "63220"}},
		{INS: test("101066322075460"), Traits: ins.Traits{BirthName: "D'ARTAGNAN DE L'HERAULT", FirstGiven: "PIERRE-ALAIN", Givens: "PIERRE-ALAIN MURIEL FLORIANT", Sex: "M", BirthDate: "2001-06-17", BirthPlace: "63220"}},
		{INS: test("297022A02077878"), Traits: ins.Traits{BirthName: "ADRTROIS", FirstGiven: "DOMINIQUE", Givens: "DOMINIQUE", Sex: "F", BirthDate: "1997-02-26", BirthPlace: "2A020"}},
		{INS: test("279035121518989"), Traits: ins.Traits{BirthName: "PAT-TROIS", FirstGiven: "DOMINIQUE", Givens: "DOMINIQUE", Sex: "F", BirthDate: "1979-03-28", BirthPlace: "63220"}},
	}
}

// Several are two persons that only their birth place tells apart: the answer is 02 until it is given.
func Several() []Identity {
	t := ins.Traits{BirthName: "HOMONYMIE", FirstGiven: "CAMILLE", Givens: "CAMILLE", Sex: "F", BirthDate: "1985-05-05"}
	a, b := t, t
	a.BirthPlace, b.BirthPlace = "63220", "51215"
	return []Identity{{INS: keyed("2850563220111"), Traits: a}, {INS: keyed("2850551215222"), Traits: b}}
}

// keyed completes a matricule of ours.
func keyed(nir string) insid.INS {
	m, err := insid.WithKey(nir)
	if err != nil {
		panic("registre: " + nir) // a constant of this file
	}
	return insid.INS{Matricule: m, OID: testOID}
}

// Scripts are the traits for which the sandbox fails or is slow.
func Scripts() []Script {
	return []Script{
		{Fault: true, Traits: ins.Traits{BirthName: "PANNE", FirstGiven: "CAMILLE", Givens: "CAMILLE", Sex: "F", BirthDate: "1990-01-01", BirthPlace: "63220"}},
		{Delay: 3 * time.Second, Traits: ins.Traits{BirthName: "LENTEUR", FirstGiven: "CAMILLE", Givens: "CAMILLE", Sex: "F", BirthDate: "1990-01-02", BirthPlace: "63220"}},
	}
}

// Sandbox makes the registers of a sandbox: the published identities, the two homonyms, the scripts.
func Sandbox() *Registre {
	r := New()
	for _, i := range append(Published(), Several()...) {
		r.Add(i)
	}
	for _, s := range Scripts() {
		r.Script(s)
	}
	return r
}
