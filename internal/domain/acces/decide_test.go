package acces

import (
	"fmt"
	"strings"
	"testing"
)

// official is the rights matrix in the words of the notice, written apart from the table of the
// code: action: "rows modes scope; …". N, R, B are the modes; own, str (structure) and unopp are
// conditions on the document.
// spec: DMP 2.2
var official = map[Action]string{
	VoirAdmin:           "P,M,MT,MW,CPE,ES,PE NRB; citoyen N",
	SAutoriser:          "P,M,MT N; CPE,PE N",
	SeRetirer:           "P,M,MT N",
	QuitterMT:           "MT N",
	ListerAutorisations: "P,M,MT N; MW NRB; citoyen N",
	Alimenter:           "P,M,MT,MW NRB; ES NR; citoyen N",
	AlimenterSecretaire: "CPE NRB",
	Chercher:            "P,M,MT,MW NRB; citoyen N",
	ChercherReference:   "P,M,MT,MW,CPE,ES,PE NRB; citoyen N",
	Lire:                "P,M,MT NRB; citoyen N",
	LireMasque:          "MT N; P,M N own; P,M,MT RB unopp; citoyen N",
	Masquer:             "P,M,MW,MT N; citoyen N",
	Demasquer:           "MT N; P,M,MW N own; citoyen N",
	RendreVisible:       "P,M,MW,MT N",
	Archiver:            "MT NB; M RB; P,M,MW N own; citoyen N own",
	Supprimer:           "P,M,MT,MW NRB own; CPE,ES,PE NRB str; citoyen N own",
	ChoisirAcces:        "citoyen N",
	VoirTraces:          "MT N; P,M,MW N own; citoyen N",
}

// officialAIR overrides it under INDIRECTE_RENFORCEE.
var officialAIR = map[Action]string{
	Alimenter:           "",
	AlimenterSecretaire: "",
	Archiver:            "M,MT NRB; P,MW N own",
}

// actorOf makes an actor that falls on a row.
func actorOf(row string, mode Mode, air bool) Actor {
	a := Actor{ID: "8X", Structure: "1S", Auth: Directe, Mode: mode}
	if air {
		a.Auth = AIR
	}
	switch row {
	case "P":
		a.Profession = "60"
	case "M", "MT":
		a.Profession, a.SavoirFaire = "10", "SM26"
	case "MW":
		a.Profession, a.SavoirFaire = "10", "SM25"
	case "CPE", "PE":
		a.Function = "SECRETARIAT_MEDICAL"
	case "ES":
		a.Auth = Indirecte
	case "citoyen":
		a.Citizen, a.Auth = true, CitoyenAuth
	}
	return a
}

// grants tells whether a line of the official table covers a case.
func grants(line, row, mode string, own, str, unopposed bool) bool {
	for _, part := range strings.Split(line, ";") {
		f := strings.Fields(part)
		if len(f) < 2 || !strings.Contains(f[1], mode) {
			continue
		}
		in := false
		for _, r := range strings.Split(f[0], ",") {
			in = in || r == row
		}
		if !in {
			continue
		}
		if len(f) == 2 || f[2] == "own" && own || f[2] == "str" && str || f[2] == "unopp" && unopposed {
			return true
		}
	}
	return false
}

// TestMatrixIsTheOfficialOne walks every action, row, mode, means of authentication and state of
// the document, with an authorisation in place, and compares with the notice.
func TestMatrixIsTheOfficialOne(t *testing.T) {
	modes := map[string]Mode{"N": Normal, "R": Centre15, "B": BrisDeGlace}
	cases := 0
	for act, line := range official {
		for _, row := range []string{"P", "M", "MT", "MW", "CPE", "ES", "PE", "citoyen"} {
			for letter, mode := range modes {
				for _, air := range []bool{false, true} {
					if air && (row == "CPE" || row == "ES" || row == "citoyen") || !air && row == "PE" {
						continue
					}
					for bits := range 8 {
						own, str, opposed := bits&1 != 0, bits&2 != 0, bits&4 != 0
						a := actorOf(row, mode, air)
						d := Dossier{Exists: true, Open: true, Own: row == "citoyen", Choices: Choices{OpposeBrisDeGlace: opposed, OpposeUrgence: opposed},
							Authorisation: &Authorisation{State: Active, MT: row == "MT"}}
						doc := &Document{Own: own, OwnStructure: str, Masked: act == LireMasque}
						want := line
						if over, ok := officialAIR[act]; ok && air {
							want = over
						}
						got := Decide(a, act, d, doc)
						cases++
						if exp := grants(want, row, letter, own, str, !opposed); got.Allowed != exp {
							t.Errorf("%v row=%s mode=%s air=%v own=%v structure=%v opposed=%v: got %v (%s), want %v", act, row, letter, air, own, str, opposed, got.Allowed, got.Reason, exp)
						}
						if _, ok := Reasons[got.Reason]; !ok {
							t.Errorf("%v: reason %q is not explained", act, got.Reason)
						}
					}
				}
			}
		}
	}
	if cases < 2000 {
		t.Fatalf("only %d cases", cases)
	}
	for _, act := range Actions() {
		if _, ok := official[act]; !ok && act != MesDossiers {
			t.Errorf("%v is not in the official table of this test", act)
		}
	}
}

// TestWhoMayLookWithoutAuthorisation walks the states of the authorisation and of the choices.
func TestWhoMayLookWithoutAuthorisation(t *testing.T) {
	for _, c := range []struct {
		name    string
		mode    Mode
		auth    *Authorisation
		choices Choices
		reason  string
	}{
		{"nobody authorised them", Normal, nil, Choices{}, RefusSansAutorisation},
		{"it has expired", Normal, &Authorisation{State: Expiree}, Choices{}, RefusAutorisationExpiree},
		{"the person blocked them", Normal, &Authorisation{State: Interdite}, Choices{}, RefusBloque},
		{"blocked, even in an emergency", BrisDeGlace, &Authorisation{State: Interdite}, Choices{}, RefusBloque},
		{"authorised", Normal, &Authorisation{State: Active}, Choices{}, OKEquipe},
		{"médecin traitant", Normal, &Authorisation{State: Active, MT: true}, Choices{}, OKMedecinTraitant},
		{"emergency", BrisDeGlace, nil, Choices{}, OKBrisDeGlace},
		{"emergency opposed", BrisDeGlace, nil, Choices{OpposeBrisDeGlace: true}, RefusOppositionBrisDeGlace},
		{"regulation", Centre15, nil, Choices{}, OKCentre15},
		{"regulation opposed", Centre15, nil, Choices{OpposeUrgence: true}, RefusOppositionUrgence},
		{"opposing one does not oppose the other", Centre15, nil, Choices{OpposeBrisDeGlace: true}, OKCentre15},
	} {
		d := Dossier{Exists: true, Open: true, Authorisation: c.auth, Choices: c.choices}
		if got := Decide(actorOf("M", c.mode, false), Lire, d, &Document{}); got.Reason != c.reason {
			t.Errorf("%s: %s, want %s", c.name, got.Reason, c.reason)
		}
	}
}

func TestRecordsThatAnswerNothing(t *testing.T) {
	a := actorOf("M", Normal, false)
	auth := &Authorisation{State: Active}
	if got := Decide(a, Lire, Dossier{Authorisation: auth}, &Document{}); got.Reason != RefusPasDeDossier {
		t.Errorf("no record: %s", got.Reason)
	}
	if got := Decide(a, Lire, Dossier{Exists: true, Authorisation: auth}, &Document{}); got.Reason != RefusDossierFerme {
		t.Errorf("closed: %s", got.Reason)
	}
	c := actorOf("citoyen", Normal, false)
	if got := Decide(c, Lire, Dossier{Exists: true, Open: true}, &Document{}); got.Reason != RefusPasVotreDossier {
		t.Errorf("somebody else's: %s", got.Reason)
	}
	own := Dossier{Exists: true, Open: true, Own: true}
	if got := Decide(c, Lire, own, &Document{InvisiblePatient: true}); got.Reason != RefusInvisible {
		t.Errorf("not announced yet: %s", got.Reason)
	}
	if got := Decide(c, Lire, own, &Document{Masked: true}); !got.Allowed {
		t.Errorf("one's own masked document: %s", got.Reason)
	}
}

func TestRefusalsSpeakBothLanguages(t *testing.T) {
	for id, e := range Reasons {
		if e.Why.FR == "" || e.Why.EN == "" {
			t.Errorf("%s says nothing in one language", id)
		}
		if strings.Contains(id, "REFUS") {
			if r := (Decision{Reason: id}).Refusal(); r.Fix.FR == "" || r.Fix.EN == "" || !strings.Contains(fmt.Sprint(r), id) {
				t.Errorf("%s does not say how to mend", id)
			}
		}
	}
}
