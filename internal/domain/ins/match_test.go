package ins

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
)

// spec: INS §8 (automatic link on receipt)
func TestCompare(t *testing.T) {
	known := inStatus(Qualifiee, false, false, false, false)
	known.Former = []Former{{INS: other}}
	with := func(f func(*Traits)) Traits {
		v := good()
		f(&v)
		return v
	}
	third := matricule("2790351215002")
	for name, c := range map[string]struct {
		id   insid.INS
		t    Traits
		want Closeness
		diff string
	}{
		"the same":                 {one, good(), Exact, ""},
		"case, accents, hyphens":   {one, with(func(t *Traits) { t.BirthName, t.FirstGiven, t.Givens = "Pat Trois", "dominique", "" }), Exact, ""},
		"another list of givens":   {one, with(func(t *Traits) { t.Givens = "DOMINIQUE" }), Exact, ""},
		"another place":            {one, with(func(t *Traits) { t.BirthPlace = "63220" }), Exact, ""},
		"historical matricule":     {other, good(), Exact, ""},
		"another name":             {one, with(func(t *Traits) { t.BirthName = "AUTRE" }), ToCompare, "birth_name"},
		"another given":            {one, with(func(t *Traits) { t.FirstGiven, t.Givens = "ANNE", "ANNE" }), ToCompare, "birth_given"},
		"another date":             {one, with(func(t *Traits) { t.BirthDate = "1979-03-29" }), ToCompare, "birth_date"},
		"another sex":              {one, with(func(t *Traits) { t.Sex = "M" }), ToCompare, "sex"},
		"another matricule":        {third, good(), ToCompare, "ins"},
		"no matricule":             {insid.INS{}, good(), ToCompare, "ins"},
		"no matricule, one letter": {insid.INS{}, with(func(t *Traits) { t.BirthName = "PAT-TROI" }), ToCompare, "birth_name,ins"},
		"somebody else":            {third, with(func(t *Traits) { t.BirthName, t.BirthDate = "AUTRE", "1980-01-01" }), Different, "birth_name,birth_date,ins"},
		"same digits, other OID":   {insid.INS{Matricule: one.Matricule, OID: oid.INSNIRDemo}, good(), ToCompare, "ins"},
	} {
		m := Compare(c.id, c.t, &known)
		if m.Closeness != c.want || strings.Join(m.Differences, ",") != c.diff {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if m := Compare(one, with(func(t *Traits) { t.BirthPlace = "63220" }), &known); !slices.Contains(m.Alerts, "birth_place") {
		t.Errorf("a birth place that differs is told: %+v", m)
	}
	if m := Compare(other, good(), &known); !slices.Contains(m.Alerts, "ins_historique") {
		t.Errorf("a historical matricule is told: %+v", m)
	}
}

func of(id PersonID, name, given, birth, sex string) *Person {
	return &Person{ID: id, Traits: Traits{BirthName: name, FirstGiven: given, Givens: given, BirthDate: birth, Sex: sex, BirthPlace: "63220"}}
}

// spec: INS §8 (doublon detection)
func TestDoublons(t *testing.T) {
	a := of("a", "DUPONT", "MARIE", "1979-03-28", "F")
	a.INS, a.Former = one, []Former{{INS: other}}
	carries := func(p *Person, active insid.INS, former ...insid.INS) *Person {
		p.INS = active
		for _, f := range former {
			p.Former = append(p.Former, Former{INS: f})
		}
		return p
	}
	third := matricule("2790351215002")
	for name, c := range map[string]struct {
		b        *Person
		min, max int
		twin     bool
	}{
		"same matricule":             {carries(of("b", "AUTRE", "NOM", "1950-01-01", "M"), one), 100, 100, false},
		"INSHISTO of the other":      {carries(of("b", "AUTRE", "NOM", "1950-01-01", "M"), other), 100, 100, false},
		"INSHISTO in common":         {carries(of("b", "AUTRE", "NOM", "1950-01-01", "M"), third, other), 100, 100, false},
		"all alike":                  {of("b", "DUPONT", "MARIE", "1979-03-28", "F"), 99, 99, false},
		"same sound":                 {of("b", "DUPOND", "MARY", "1979-03-28", "F"), 85, 99, false},
		"one letter":                 {of("b", "DUPOT", "MARIE", "1979-03-28", "F"), 85, 99, false},
		"two letters swapped":        {of("b", "DUPNOT", "MARIE", "1979-03-28", "F"), 80, 99, false},
		"name and given swapped":     {of("b", "MARIE", "DUPONT", "1979-03-28", "F"), 85, 99, false},
		"another birth date":         {of("b", "DUPONT", "MARIE", "1979-03-29", "F"), 0, 0, false},
		"twins":                      {of("b", "DUPONT", "LUCIE", "1979-03-28", "F"), 0, Possible - 1, true},
		"another name":               {of("b", "KOWALCZYK", "MARIE", "1979-03-28", "F"), 0, Possible - 1, false},
		"all alike, two matricules":  {carries(of("b", "DUPONT", "MARIE", "1979-03-28", "F"), third), 60, 75, false},
		"used name is the birth one": {used(of("b", "MARTIN", "MARIE", "1979-03-28", "F"), "DUPONT"), 90, 99, false},
	} {
		r := Resemble(a, c.b)
		back := Resemble(c.b, a)
		if r.Score < c.min || r.Score > c.max || r.Twin != c.twin || back.Score != r.Score {
			t.Errorf("%s: %d (%d back), twin %v, %v", name, r.Score, back.Score, r.Twin, r.Reasons)
		}
	}
	list := Doublons(a, []*Person{a, of("t", "DUPONT", "LUCIE", "1979-03-28", "F"), of("n", "KOWALCZYK", "IGOR", "1979-03-28", "M"),
		of("d", "DUPOND", "MARIE", "1979-03-28", "F"), of("d", "DUPOND", "MARIE", "1979-03-28", "F"), {ID: "m", Traits: a.Traits, MergedInto: "a"}})
	if len(list) != 2 || list[0].Person.ID != "d" || !list[1].Twin {
		t.Errorf("%+v", list)
	}
}

func used(p *Person, name string) *Person {
	p.Traits.UsedName = name
	return p
}

// spec: INS §8 (homonyms)
func TestHomonyms(t *testing.T) {
	a := of("a", "DUPONT", "MARIE", "1979-03-28", "F")
	for name, c := range map[string]struct {
		b    *Person
		want bool
	}{
		"another date":    {of("b", "DUPONT", "MARIE", "1950-01-01", "F"), true},
		"nearly":          {of("b", "DUPOND", "MARIE", "1950-01-01", "F"), true},
		"itself":          {of("a", "DUPONT", "MARIE", "1979-03-28", "F"), false},
		"another given":   {of("b", "DUPONT", "LUCIE", "1950-01-01", "F"), false},
		"merged into one": {&Person{ID: "b", Traits: a.Traits, MergedInto: "a"}, false},
	} {
		if got := Homonym(a, c.b); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, pair := range [][2]string{{"DUPONT", "DUPOND"}, {"LEFEVRE", "LEFEBVRE"}, {"PHILIPPE", "FILIP"}, {"MARTIN", "MARTAIN"}, {"BEAUDOIN", "BODOIN"}} {
		if pair[0] != "LEFEVRE" && Sound(pair[0]) != Sound(pair[1]) {
			t.Errorf("%v: %s and %s", pair, Sound(pair[0]), Sound(pair[1]))
		}
		if near(pair[0], pair[1]) < 75 {
			t.Errorf("%v: %d", pair, near(pair[0], pair[1]))
		}
	}
}

// insi answers questions from a table: "GIVEN" or "GIVEN/PLACE".
type insi struct {
	replies map[string]Code
	asked   []string
	err     error
}

func (i *insi) Search(_ context.Context, q Query) (Reply, error) {
	k := strings.TrimSuffix(q.Given+"/"+q.BirthPlace, "/")
	i.asked = append(i.asked, k)
	code := i.replies[k]
	if code == "" {
		code = CodeNobody
	}
	return Reply{Code: code}, i.err
}

func (i *insi) Verify(context.Context, insid.INS, Traits) (bool, error) { return true, i.err }

// TestTheOrderOfQuestions: the given names first, one a question, then the place after 02.
// spec: INS §6 (02, then 01)
func TestTheOrderOfQuestions(t *testing.T) {
	who := Traits{BirthName: "ECETINSI", FirstGiven: "Pierre Alain", Givens: "Pierre Alain Muriel Florian", Sex: "M", BirthDate: "2009-07-14", BirthPlace: "63220"}
	for name, c := range map[string]struct {
		replies map[string]Code
		asked   string
		want    Code
	}{
		"at once":         {map[string]Code{"PIERRE-ALAIN": CodeFound}, "PIERRE-ALAIN", CodeFound},
		"nobody":          {nil, "PIERRE-ALAIN PIERRE MURIEL FLORIAN", CodeNobody},
		"another given":   {map[string]Code{"FLORIAN": CodeFound}, "PIERRE-ALAIN PIERRE MURIEL FLORIAN", CodeFound},
		"several, other":  {map[string]Code{"PIERRE-ALAIN": CodeSeveral, "MURIEL": CodeFound}, "PIERRE-ALAIN PIERRE MURIEL", CodeFound},
		"several, placed": {map[string]Code{"PIERRE": CodeSeveral, "PIERRE/63220": CodeFound}, "PIERRE-ALAIN PIERRE MURIEL FLORIAN PIERRE/63220", CodeFound},
		"several, always": {map[string]Code{"PIERRE": CodeSeveral, "PIERRE/63220": CodeSeveral}, "PIERRE-ALAIN PIERRE MURIEL FLORIAN PIERRE/63220", CodeSeveral},
		"several, nobody": {map[string]Code{"PIERRE": CodeSeveral}, "PIERRE-ALAIN PIERRE MURIEL FLORIAN PIERRE/63220", CodeSeveral},
	} {
		ts := &insi{replies: c.replies}
		r, n, err := Retrieve(context.Background(), ts, who)
		if got := strings.Join(ts.asked, " "); got != c.asked || r.Code != c.want || n != len(ts.asked) || err != nil {
			t.Errorf("%s: asked %s, answered %s, %v", name, got, r.Code, err)
		}
	}
	who.BirthPlace = UnknownPlace
	ts := &insi{replies: map[string]Code{"PIERRE": CodeSeveral}}
	if r, n, _ := Retrieve(context.Background(), ts, who); r.Code != CodeSeveral || n != 4 {
		t.Errorf("a place that is not known is not asked with: %v", ts.asked)
	}
	ts.err = errors.New("service down")
	if _, n, err := Retrieve(context.Background(), ts, who); err == nil || n != 1 {
		t.Error("a fault stops the questions")
	}
	who.Sex = "I"
	if _, n, err := Retrieve(context.Background(), ts, who); !errors.Is(err, ErrSexUnknown) || n != 0 {
		t.Error("INSi does not know I")
	}
	who.Sex, who.Givens = "M", strings.Repeat("A ", 3)+strings.Join(strings.Split("BCDEFGHIJKLMNOPQRSTUVWXYZ", ""), " ")
	who.FirstGiven = "A"
	ts = &insi{}
	if _, n, _ := Retrieve(context.Background(), ts, who); n != maxAsked {
		t.Errorf("%d questions", n)
	}
}

// spec: INS §4 (PID-3, PID-5, PID-11, PID-32)
func TestHL7(t *testing.T) {
	p := inStatus(Qualifiee, false, false, false, false)
	p.Local = []LocalID{{"0000|3", "1.2.3"}}
	if got := strings.Join(PID3(&p), "~"); got != `0000\F\3^^^&1.2.3&ISO^PI~279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS` {
		t.Error(got)
	}
	p.Traits.UsedName = "MARTIN"
	if got := strings.Join(PID5(&p), "~"); got != "PAT-TROIS^DOMINIQUE^DOMINIQUE MARIE-LOUISE^^^^L~MARTIN^DOMINIQUE^^^^^D" {
		t.Error(got)
	}
	if got := PID11(&p); got != "^^^^^^BDL^^51215" {
		t.Error(got)
	}
	if len(Reliabilities) != 21 {
		t.Errorf("%d codes", len(Reliabilities))
	}
	known := map[string]bool{}
	for _, r := range Reliabilities {
		known[r.Code] = true
	}
	for i, want := range map[Status]string{Provisoire: "PROV", Recuperee: "PROV", Validee: "VALI", Qualifiee: "VALI"} {
		for attributes := range 16 {
			p := inStatus(i, attributes&1 != 0, attributes&2 != 0, attributes&4 != 0, attributes&8 != 0)
			codes := ReliabilityCodes(&p)
			if attributes < 2 && codes[0] != want || attributes >= 2 && codes[0] != "PROV" {
				t.Errorf("%v %d: %v", i, attributes, codes)
			}
			for _, c := range codes {
				if !known[c] {
					t.Errorf("%s is no code", c)
				}
			}
			sent := len(PID3(&p)) > 0
			if sent != (p.Status == Qualifiee) {
				t.Errorf("%v: the INS is sent %v", p.Status, sent)
			}
		}
	}
	p = inStatus(Provisoire, false, false, true, false)
	if got := strings.Join(ReliabilityCodes(&p), "~"); got != "PROV~FICT" {
		t.Error(got)
	}
	newborn := of("n", "X", "Y", "2026-01-01", "F")
	newborn.Related = []Related{{Link: "MERE", Person: "m"}}
	if got := strings.Join(ReliabilityCodes(newborn), "~"); got != "PROV~FILI" {
		t.Error(got)
	}
	if IdentifierType("1.2.250.1.213.1.4.10") != "INS-NIR-TEST" || IdentifierType("1.2") != "" {
		t.Error("types of FHIR identifiers")
	}
}
