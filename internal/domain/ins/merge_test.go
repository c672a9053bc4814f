package ins

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
)

func pair() (keep, lose Person) {
	keep, lose = inStatus(Qualifiee, false, false, false, false), inStatus(Validee, false, false, false, false)
	lose.ID = "q"
	return keep, lose
}

// spec: INS §8 (merge)
func TestMergesThatAreRefused(t *testing.T) {
	ok := Merging{By: "desk", Reason: "même personne"}
	for name, c := range map[string]struct {
		change func(k, l *Person, m *Merging)
		want   string
	}{
		"good":                 {func(*Person, *Person, *Merging) {}, ""},
		"itself":               {func(k, l *Person, _ *Merging) { l.ID = k.ID }, "INS-FUSION"},
		"without reason":       {func(_, _ *Person, m *Merging) { m.Reason = " " }, "INS-MOTIF"},
		"kept one is merged":   {func(k, _ *Person, _ *Merging) { k.MergedInto = "x" }, "INS-FUSIONNEE"},
		"lost one is merged":   {func(_, l *Person, _ *Merging) { l.MergedInto = "x" }, "INS-FUSIONNEE"},
		"fictive with real":    {func(_, l *Person, _ *Merging) { l.Fictive = true }, "INS-FUSION"},
		"doubtful":             {func(_, l *Person, _ *Merging) { l.Douteuse = true }, "INS-DOUTEUSE"},
		"the better is lost":   {func(k, l *Person, _ *Merging) { *k, *l = *l, *k }, "INS-FUSION"},
		"two matricules":       {func(_, l *Person, _ *Merging) { l.INS, l.Status = other, Qualifiee }, "INS-FUSION"},
		"two matricules, sure": {func(_, l *Person, m *Merging) { l.INS, l.Status, m.SamePerson = other, Qualifiee, true }, ""},
		"INSHISTO":             {func(k, l *Person, _ *Merging) { l.INS, l.Status, k.Former = other, Qualifiee, []Former{{INS: other}} }, ""},
		"NIA and NIR": {func(k, l *Person, _ *Merging) {
			l.INS, l.Status = insid.INS{Matricule: other.Matricule, OID: oid.INSNIA}, Qualifiee
			k.INS.OID = oid.INSNIR
		}, ""},
		"other traits":          {func(_, l *Person, _ *Merging) { l.Traits.BirthName = "AUTRE" }, "INS-FUSION"},
		"other traits compared": {func(_, l *Person, m *Merging) { l.Traits.BirthName, m.OtherTraits = "AUTRE", true }, ""},
		"too many":              {func(k, _ *Person, _ *Merging) { k.Absorbed = make([]Absorbed, maxAbsorbed) }, "INS-FUSION"},
	} {
		k, l := pair()
		m := ok
		c.change(&k, &l, &m)
		k2, l2, err := Merge(k, l, m, today)
		got := ""
		if r := finding.As(err); r != nil {
			got = r.ID
			if r.Fix.IsZero() {
				t.Errorf("%s does not say what to do", name)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q (%v)", name, got, err)
		}
		if err != nil && (!reflect.DeepEqual(k, k2) || !reflect.DeepEqual(l, l2)) {
			t.Errorf("%s: refused and changed", name)
		}
		if err == nil && (l2.MergedInto != k.ID || !l2.INS.IsZero() || len(k2.Absorbed) != len(k.Absorbed)+1 || k2.Status != k.Status || k2.INS != k.INS) {
			t.Errorf("%s: %+v %+v", name, k2, l2)
		}
	}
}

// TestMergeThenSeparate: apart from the history and the day of the change, nothing is different.
// spec: INS §8 (unmerge)
func TestMergeThenSeparate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := []insid.INS{one, other, matricule("2790351215002"), matricule("2790351215003")}
		draw := func(id PersonID, free []insid.INS) Person {
			p := inStatus(rapid.SampledFrom([]Status{Provisoire, Recuperee, Validee, Qualifiee}).Draw(t, "status"), rapid.Bool().Draw(t, "h"), false, false, false)
			p.ID = id
			if !p.INS.IsZero() {
				p.INS = free[0]
			}
			p.History = rapid.SliceOfN(rapid.SampledFrom(ids), 0, 3).Draw(t, "history")
			for _, f := range rapid.SliceOfN(rapid.SampledFrom(ids), 0, 3).Draw(t, "former") {
				p.Former = addFormer(p.Former, Former{INS: f, From: "2020-01-01"})
			}
			for _, v := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "3"}), 0, 3, rapid.ID[string]).Draw(t, "local") {
				p.Local = append(p.Local, LocalID{v, "1.2"})
			}
			return p
		}
		k, l := draw("k", ids[:2]), draw("l", ids[1:])
		if l.Status > k.Status {
			k, l = l, k
		}
		k2, l2, err := Merge(k, l, Merging{By: "desk", Reason: "doublon", SamePerson: true}, today)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range l.Matricules() {
			if l.Carried(id) && !k2.Carried(id) {
				t.Fatal("a matricule of the one merged does not lead to the one kept")
			}
		}
		k3, l3, err := Separate(k2, l2, "desk", "erreur", false, today.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []struct{ before, after *Person }{{&k, &k3}, {&l, &l3}} {
			if n := len(p.before.Past); len(p.after.Past) != n+2 {
				t.Fatalf("history: %d lines", len(p.after.Past))
			}
			a, b := plain(*p.before), plain(*p.after)
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("before %+v\nafter  %+v", a, b)
			}
		}
	})
	k, l := pair()
	l.INS, l.Status = other, Qualifiee
	k, l, err := Merge(k, l, Merging{By: "desk", Reason: "doublon", SamePerson: true}, today)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Separate(k, l, "desk", "", false, today); finding.As(err) == nil || finding.As(err).ID != "INS-MOTIF" {
		t.Error("separated without a reason")
	}
	_, back, err := Separate(k, l, "desk", "erreur", true, today)
	if err != nil || !back.INS.IsZero() || back.Status != Validee || back.History[0] != other {
		t.Errorf("the matricule is carried by somebody else meanwhile: %+v %v", back, err)
	}
	if _, _, err := Separate(back, l, "desk", "erreur", false, today); finding.As(err) == nil || finding.As(err).ID != "INS-PAS-FUSIONNEE" {
		t.Errorf("separated from another: %v", err)
	}
}

// plain leaves out the history, and the difference between no list and an empty one.
func plain(p Person) Person {
	p.Past, p.ModifiedAt = nil, time.Time{}
	v := reflect.ValueOf(&p).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && f.Len() == 0 {
			f.SetZero()
		}
	}
	return p
}
