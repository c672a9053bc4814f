package ins

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
)

var today = time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)

func matricule(nir string) insid.INS {
	m, err := insid.WithKey(nir)
	if err != nil {
		panic(err)
	}
	return insid.INS{Matricule: m, OID: oid.INSNIRTest}
}

var (
	one   = matricule("2790351215189")
	other = matricule("2790351215001")
	cni   = Evidence{Kind: "CNI", Date: "2026-05-01", Operator: "desk"}
)

// inStatus makes a person in a status, with attributes.
func inStatus(s Status, homonyme, douteuse, fictive, anonyme bool) Person {
	p := Person{ID: "p", Traits: good().Normalised(), Homonyme: homonyme, Douteuse: douteuse, Fictive: fictive || anonyme, Anonyme: anonyme}
	if s == Recuperee || s == Qualifiee {
		p.INS = one
	}
	if s == Validee || s == Qualifiee {
		p.Evidence = cni
	}
	p.Settle()
	p.Past = []Change{{What: Created, After: p.Status}}
	return p
}

// events are all the events that can be applied, with what a desk would say.
func events() []Event {
	changed := good()
	changed.BirthName = "AUTRE"
	out := []Event{
		{Kind: Obtained, INS: one, Traits: good()},
		{Kind: Confirmed}, {Kind: Denied},
		{Kind: EvidenceChecked, Evidence: cni},
		{Kind: EvidenceChecked, Evidence: Evidence{Kind: "VITALE", Date: "2026-05-01", Operator: "desk"}},
		{Kind: EvidenceWithdrawn},
		{Kind: TraitsChanged, Traits: changed},
		{Kind: Supplemented, Complement: Complementary{Phone: "0100000000"}},
		{Kind: HomonymMarked}, {Kind: HomonymLifted},
		{Kind: DoubtMarked, Reason: "usurpation"}, {Kind: DoubtLifted},
		{Kind: FictionMarked}, {Kind: FictionLifted},
		{Kind: AnonymityMarked}, {Kind: AnonymityLifted},
		{Kind: Created}, {Kind: Merged}, {Kind: Absorbing}, {Kind: Separated}, {Kind: Separating},
	}
	for i := range out {
		out[i].By = "desk"
	}
	return out
}

// TestEveryTransition enumerates every status, attribute and event. The table below is written by
// hand from the référentiel: the status that results, in the order provisoire, récupérée, validée,
// qualifiée; "-" is a refusal.
// spec: INS §3
func TestEveryTransition(t *testing.T) {
	const refused = "-"
	p, r, v, q := "provisoire", "récupérée", "validée", "qualifiée"
	same := [4]string{p, r, v, q}
	never := [4]string{refused, refused, refused, refused}
	fallen := [4]string{p, p, p, p}
	sound := map[string][4]string{
		"insi.trouvee": {r, r, q, q}, "insi.confirmee": {refused, r, refused, q}, "insi.infirmee": {refused, p, refused, v},
		"piece.controlee/CNI": {v, q, v, q}, "piece.controlee/VITALE": same, "piece.retiree": {refused, refused, p, r},
		"traits.modifies": {p, p, v, v}, "complements.poses": same, "homonyme.pose": same, "homonyme.leve": same,
		"douteuse.pose": fallen, "douteuse.leve": same, "fictive.pose": fallen, "fictive.leve": same, "anonymat.pose": fallen, "anonymat.leve": same,
		"creation": never, "fusion.absorbee": never, "fusion.absorbe": never, "separation.rendue": never, "separation.detachee": never,
	}
	// A doubtful, fictive or anonymous identity is provisional whatever happens; what would give it an INS or a proof is refused.
	forbidden := map[string]string{"insi.trouvee": "", "insi.confirmee": "", "insi.infirmee": "", "piece.controlee/CNI": "", "piece.controlee/VITALE": "",
		"creation": "", "fusion.absorbee": "", "fusion.absorbe": "", "separation.rendue": "", "separation.detachee": ""}
	statuses := []Status{Provisoire, Recuperee, Validee, Qualifiee}
	n := 0
	for i, status := range statuses {
		for attributes := range 16 {
			homonyme, douteuse, fictive, anonyme := attributes&1 != 0, attributes&2 != 0, attributes&4 != 0, attributes&8 != 0
			for _, e := range events() {
				name := string(e.Kind)
				if e.Kind == EvidenceChecked {
					name += "/" + e.Evidence.Kind
				}
				row, ok := sound[name]
				if !ok {
					t.Fatal("no row for", name)
				}
				want := row[i]
				clean := !douteuse && !fictive && !anonyme
				if !clean {
					want = p
					if _, no := forbidden[name]; no || name == "fictive.leve" && anonyme {
						want = refused
					}
					// The evidence stays on a person that was made doubtful by hand, as old data may hold it.
					if name == "piece.retiree" && (status == Provisoire || status == Recuperee) {
						want = refused
					}
					lifts := name == "douteuse.leve" && douteuse && !fictive && !anonyme || name == "fictive.leve" && fictive && !anonyme && !douteuse ||
						name == "anonymat.leve" && anonyme && !douteuse
					if lifts && (status == Validee || status == Qualifiee) {
						want = v // same old data: its evidence counts again
					}
				}
				before := inStatus(status, homonyme, douteuse, fictive, anonyme)
				kept := inStatus(status, homonyme, douteuse, fictive, anonyme)
				got, err := Apply(before, e, today)
				result := got.Status.String()
				if err != nil {
					result = refused
					if ref := finding.As(err); ref == nil || ref.Fix.IsZero() || ref.Message.EN == "" {
						t.Errorf("%s: a refusal that does not explain itself: %v", name, err)
					}
					if !reflect.DeepEqual(got, kept) {
						t.Errorf("%s refused, and yet something changed", name)
					}
				}
				if result != want {
					t.Errorf("%v, homonyme %v, douteuse %v, fictive %v, anonyme %v, %s: %s, want %s (%v)", status, homonyme, douteuse, fictive, anonyme, name, result, want, err)
				}
				if !reflect.DeepEqual(before, kept) {
					t.Errorf("%s changed the person it was given", name)
				}
				check := got
				invariants(t, &check)
				n++
			}
		}
	}
	if n != 4*16*len(events()) {
		t.Error(n)
	}
	// An identity merged into another answers no event.
	gone := inStatus(Validee, false, false, false, false)
	gone.MergedInto = "q"
	for _, e := range events() {
		if _, err := Apply(gone, e, today); finding.As(err) == nil || finding.As(err).ID != "INS-FUSIONNEE" {
			t.Errorf("%s on a merged identity: %v", e.Kind, err)
		}
	}
}

// invariants hold for every identity, whatever happened to it.
// spec: INS §3
func invariants(t interface{ Errorf(string, ...any) }, p *Person) {
	if (p.Douteuse || p.Fictive) && (p.Status != Provisoire || !p.INS.IsZero()) {
		t.Errorf("doubtful or fictive, and %v", p.Status)
	}
	if p.Anonyme && !p.Fictive {
		t.Errorf("anonymous and not fictive")
	}
	if p.Status == Qualifiee && (p.INS.IsZero() || !p.Evidence.Validates(p.Traits.BirthDate) || p.Douteuse || p.Fictive || p.MergedInto != "") {
		t.Errorf("qualified without everything it takes")
	}
	if p.Status == Recuperee && (p.INS.IsZero() || p.Evidence.Validates(p.Traits.BirthDate)) {
		t.Errorf("retrieved: %+v", p.Evidence)
	}
	if p.Status == Validee && (!p.INS.IsZero() || !HighTrust(p.Evidence.Kind)) {
		t.Errorf("validated: %+v", p.Evidence)
	}
	if (len(Explain(p)) == 0) != (p.Status == Qualifiee) {
		t.Errorf("%v: %d reasons", p.Status, len(Explain(p)))
	}
	for _, r := range Explain(p) {
		if r.ID == "" || r.Missing.FR == "" || r.Missing.EN == "" || r.Rule == "" || r.Fix.FR == "" || r.Fix.EN == "" {
			t.Errorf("a reason that does not say everything: %+v", r)
		}
	}
	if len(p.Past) > MaxPast {
		t.Errorf("%d lines of history", len(p.Past))
	}
}

// TestAnyCourse walks through any course of events.
// spec: INS §3
func TestAnyCourse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Person{ID: "p", Traits: good()}
		p, err := Apply(p, Event{Kind: Created, By: "desk"}, today)
		if err != nil {
			t.Fatal(err)
		}
		all := append(events(), Event{Kind: Obtained, By: "desk", INS: other, Traits: good()},
			Event{Kind: Obtained, By: "desk", INS: other, Former: []Former{{INS: one}}, Traits: good(), Accepted: true}, Event{Kind: TraitsChanged, By: "desk", Traits: good()})
		for range rapid.IntRange(0, 40).Draw(t, "length") {
			e := rapid.SampledFrom(all).Draw(t, "event")
			n, err := Apply(p, e, today)
			if err != nil {
				continue
			}
			invariants(t, &n)
			if n.Status != p.Status || n.INS != p.INS {
				last := n.Past[len(n.Past)-1]
				if last.What != e.Kind || last.Before != p.Status || last.After != n.Status || last.By != "desk" || !last.At.Equal(today) {
					t.Fatalf("%s from %v to %v left no line: %+v", e.Kind, p.Status, n.Status, last)
				}
			}
			if !p.INS.IsZero() && n.INS != p.INS && len(n.History) == 0 {
				t.Fatalf("a matricule was forgotten")
			}
			p = n
		}
	})
}

func TestHistoryIsBoundedAndKeepsItsBeginning(t *testing.T) {
	p, err := Apply(Person{ID: "p", Traits: good()}, Event{Kind: Created}, today)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 * MaxPast {
		kind := HomonymMarked
		if i%2 == 1 {
			kind = HomonymLifted
		}
		if p, err = Apply(p, Event{Kind: kind, Reason: fmt.Sprint(i)}, today); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.Past) != MaxPast || p.Past[0].What != Created || p.Past[MaxPast-1].Detail != fmt.Sprint(2*MaxPast-1) {
		t.Errorf("%d lines, first %s, last %s", len(p.Past), p.Past[0].What, p.Past[MaxPast-1].Detail)
	}
}

// TestOneMatriculeAfterAnother: NIA then NIR, change of sex, and what must be refused.
// spec: INS §1 (NIA), §6 (INSHISTO)
func TestOneMatriculeAfterAnother(t *testing.T) {
	nia := insid.INS{Matricule: one.Matricule, OID: oid.INSNIA}
	nir := insid.INS{Matricule: other.Matricule, OID: oid.INSNIR}
	man := matricule("1090763220834")
	woman := matricule("2090763220834")
	for name, c := range map[string]struct {
		has  insid.INS
		e    Event
		want string
	}{
		"NIA then NIR":              {nia, Event{INS: nir, Traits: good()}, ""},
		"NIR then NIA":              {nir, Event{INS: nia, Traits: good()}, "INS-AUTRE-MATRICULE"},
		"another one":               {one, Event{INS: other, Traits: good()}, "INS-AUTRE-MATRICULE"},
		"another one with the past": {one, Event{INS: other, Former: []Former{{INS: one}}, Traits: good()}, ""},
		"no INS":                    {one, Event{Traits: good()}, "INS-OID"},
	} {
		p := Person{ID: "p", Traits: good(), INS: c.has, Evidence: cni}
		p.Settle()
		c.e.Kind = Obtained
		n, err := Apply(p, c.e, today)
		got := ""
		if r := finding.As(err); r != nil {
			got = r.ID
		}
		if got != c.want {
			t.Errorf("%s: %q", name, got)
		}
		if err == nil && (n.Status != Qualifiee || n.INS != c.e.INS || !n.Carried(c.has) || len(n.History) != 1) {
			t.Errorf("%s: %v, former %d, history %d", name, n.Status, len(n.Former), len(n.History))
		}
	}
	// A change of sex: the trait differs, so somebody compares, and the old matricule stays known.
	boy := good()
	boy.Sex, boy.BirthDate, boy.BirthPlace = "F", "2009-07-14", "63220"
	p := Person{ID: "p", Traits: boy, INS: woman, Evidence: cni}
	p.Settle()
	answer := boy
	answer.Sex = "M"
	e := Event{Kind: Obtained, INS: man, Former: []Former{{INS: woman}}, Traits: answer}
	if _, err := Apply(p, e, today); finding.As(err) == nil || finding.As(err).ID != "INS-A-COMPARER" || finding.As(err).Where != "sex" {
		t.Errorf("a sex that differs: %v", err)
	}
	e.Accepted = true
	n, err := Apply(p, e, today)
	if err != nil || n.Traits.Sex != "M" || n.INS != man || !n.Carried(woman) || n.Status != Qualifiee {
		t.Errorf("change of sex: %v %v", n.Status, err)
	}
}

// TestTheFirstGivenNameIsCut: what INSi answers is one list.
// spec: INS §2 (list of given names)
func TestTheFirstGivenNameIsCut(t *testing.T) {
	p := Person{ID: "p", Traits: Traits{BirthName: "ECETINSI", FirstGiven: "Pierre-Alain", Sex: "M", BirthDate: "2009-07-14", BirthPlace: "63220"}.Normalised()}
	p.Settle()
	answer := Traits{BirthName: "ECETINSI", Givens: "PIERRE ALAIN MURIEL FLORIAN", Sex: "M", BirthDate: "2009-07-14", BirthPlace: "63220"}
	n, err := Apply(p, Event{Kind: Obtained, INS: one, Traits: answer}, today)
	if err != nil || n.Traits.FirstGiven != "PIERRE ALAIN" || n.Traits.Givens != answer.Givens {
		t.Errorf("%+v %v", n.Traits, err)
	}
	p.Traits.FirstGiven = "MURIEL"
	if _, err := Apply(p, Event{Kind: Obtained, INS: one, Traits: answer}, today); finding.As(err) == nil || finding.As(err).ID != "INS-PREMIER-PRENOM" {
		t.Errorf("a second given name: %v", err)
	}
	answer.FirstGiven = "PIERRE"
	if n, err = Apply(p, Event{Kind: Obtained, INS: one, Traits: answer, Accepted: true}, today); err != nil || n.Traits.FirstGiven != "PIERRE" {
		t.Errorf("cut by the operator: %+v %v", n.Traits, err)
	}
	// A lunar date of the registers is kept as given; so is the local used name.
	p.Traits.FirstGiven, p.Traits.BirthDate, p.Traits.UsedName = "PIERRE", "1966-12-31", "MARTIN"
	answer.BirthDate = "1966-05-42"
	if n, err = Apply(p, Event{Kind: Obtained, INS: one, Traits: answer, Accepted: true}, today); err != nil || n.Traits.BirthDate != "1966-05-42" || n.Traits.UsedName != "MARTIN" {
		t.Errorf("lunar: %+v %v", n.Traits, err)
	}
	answer.BirthDate = "mai 1966"
	if _, err = Apply(p, Event{Kind: Obtained, INS: one, Traits: answer, Accepted: true}, today); err == nil {
		t.Error("a date that is none")
	}
}

// spec: INS §2 (complementary traits)
func TestComplementaryTraits(t *testing.T) {
	p := inStatus(Qualifiee, false, false, false, false)
	c := Complementary{UsedName: "d’Arc", UsedGiven: "Zoé", BirthTown: "Reims", Phone: "01", Mail: "a@b", Address: "1 rue\n99000 AURORE", Profession: "boulangère",
		Local: []LocalID{{"42", "1.2.3"}}, Related: []Related{{Link: "MERE", Name: "Jeanne", Person: "m"}}}
	n, err := Apply(p, Event{Kind: Supplemented, Complement: c}, today)
	if err != nil || n.Status != Qualifiee || n.Traits.UsedName != "D'ARC" || n.Traits.UsedGiven != "ZOE" || n.Related[0].Person != "m" || n.INS != one {
		t.Errorf("%+v %v", n, err)
	}
	for name, bad := range map[string]Complementary{
		"control":  {Phone: "0\x001"},
		"digits":   {UsedName: "DUPONT2"},
		"link":     {Related: []Related{{Link: "COUSIN"}}},
		"mail":     {Mail: "nowhere"},
		"no value": {Local: []LocalID{{"", "1.2"}}},
		"long":     {Address: string(make([]byte, 500))},
		"many":     {Local: make([]LocalID, 100)},
	} {
		if _, err := Apply(p, Event{Kind: Supplemented, Complement: bad}, today); finding.As(err) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := Apply(p, Event{Kind: DoubtMarked}, today); finding.As(err) == nil || finding.As(err).ID != "INS-MOTIF" {
		t.Errorf("a doubt without a reason: %v", err)
	}
	if _, err := Apply(p, Event{Kind: DoubtMarked, Reason: string(make([]byte, 500))}, today); finding.As(err) == nil {
		t.Error("an endless reason")
	}
	future := good()
	future.BirthDate = "2031-01-01"
	if _, err := Apply(Person{Traits: future}, Event{Kind: Created}, today); finding.As(err) == nil {
		t.Error("born tomorrow")
	}
}
