package demo

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/xds/cdameta"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Every document of the default territory passes our rules without error or warning, is dated in
// the past, within the life of its patient, and is named once.
func TestEveryDocumentIsRight(t *testing.T) {
	today := dayOf(clock)
	persons := DefaultPersons
	if testing.Short() {
		persons = 40
	}
	k := newCast()
	kinds := map[string]int{}
	total := 0
	for _, c := range roster(persons, today) {
		seen := map[string]bool{}
		for _, p := range append(c.papers(), c.final("essai")) {
			if c.state != followed && c.state != closed {
				continue
			}
			total++
			if seen[p.key] {
				t.Errorf("citizen %d has two documents named %s", c.index, p.key)
			}
			seen[p.key] = true
			raw, _, err := k.compose(c, p)
			if err != nil {
				t.Fatal(err)
			}
			d, err := cda.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			kinds[d.Code.Code]++
			for _, f := range check.Check(d, check.Options{Now: clock, Production: true}).Findings {
				if f.Severity != finding.Info && f.ID != "HDR-21" { // the citizens are fictitious ones
					t.Errorf("citizen %d, %s: %s %s", c.index, p.key, f.ID, f.Message.EN)
				}
			}
			if p.time.After(today) || p.start.Before(c.birth) || p.end.Before(p.start) || p.time.Before(p.end) || p.start.Before(today.AddDate(-span-1, 0, 0)) {
				t.Errorf("citizen %d, %s: from %v to %v, signed %v", c.index, p.key, p.start, p.end, p.time)
			}
			if h := p.start.Hour(); h < 7 || h > 18 {
				t.Errorf("citizen %d, %s begins at %v", c.index, p.key, p.start)
			}
			e := cdameta.Entry(d)
			if class, ok := nos.ClassOf(e.Type.Code); !ok || class.Code != e.Class.Code || e.Facility.Code == "" || e.Practice.Code == "" {
				t.Errorf("citizen %d, %s: class %v, facility %v, practice %v", c.index, p.key, e.Class, e.Facility, e.Practice)
			}
			if p.lab != nil {
				results(t, c, p, d)
			}
		}
	}
	if !testing.Short() && total < 2000 || len(kinds) < 10 {
		t.Errorf("%d documents of %v", total, kinds)
	}
	t.Logf("%d documents of %v", total, kinds)
}

// results looks at the coded biology and its PDF copy.
func results(t *testing.T, c *citizen, p *paper, d *cda.Document) {
	t.Helper()
	list := bio.Results(d)
	if len(list) == 0 {
		t.Errorf("citizen %d, %s has no coded result", c.index, p.key)
	}
	for _, r := range list {
		if r.Code == "" || r.Display == "" || r.Type == "PQ" && r.Unit == "" {
			t.Errorf("citizen %d, %s: %s has code %q, unit %q", c.index, p.key, r.Label, r.Code, r.Unit)
		}
	}
	var copied bytes.Buffer
	for _, m := range d.Media() {
		b, err := m.File.Decode(0)
		if err != nil {
			t.Fatal(err)
		}
		copied.Write(b)
	}
	if !bytes.HasPrefix(copied.Bytes(), []byte("%PDF-")) {
		t.Errorf("citizen %d, %s has no PDF copy", c.index, p.key)
	}
}

func TestIdentitiesAreRight(t *testing.T) {
	list := roster(1000, dayOf(clock))
	matricules, ids := map[string]bool{}, map[ins.PersonID]bool{}
	corse, overseas, abroad, minors, homonym, renamed, composed := 0, 0, 0, 0, 0, 0, 0
	for _, c := range list {
		tr := c.person.Traits.Normalised()
		if err := tr.Check(); err != nil {
			t.Errorf("citizen %d: %v", c.index, err)
		}
		if ids[c.person.ID] {
			t.Errorf("citizen %d has the handle of another", c.index)
		}
		ids[c.person.ID] = true
		if k := c.person.Evidence.Kind; k != "" && !ins.HighTrust(k) {
			t.Errorf("citizen %d: evidence %s", c.index, k)
		}
		if age := ageAt(c.birth, dayOf(clock)); age != c.age || age > 97 {
			t.Errorf("citizen %d is %d years old, born %s", c.index, c.age, tr.BirthDate)
		}
		count := func(n *int, yes bool) {
			if yes {
				*n++
			}
		}
		count(&corse, strings.HasPrefix(tr.BirthPlace, "2"))
		count(&overseas, strings.HasPrefix(tr.BirthPlace, "97"))
		count(&abroad, strings.HasPrefix(tr.BirthPlace, "99"))
		count(&minors, c.age < 18)
		count(&homonym, c.person.Homonyme)
		count(&renamed, tr.UsedName != "" && tr.UsedName != tr.BirthName)
		count(&composed, strings.ContainsAny(tr.FirstGiven, "- "))
		if c.person.INS.IsZero() {
			continue
		}
		m := c.person.INS.Matricule
		if !m.KeyOK() || matricules[m.NIR()] {
			t.Errorf("citizen %d: key or number of the matricule", c.index)
		}
		matricules[m.NIR()] = true
		if sex, birth := m.AgreesWith(tr.Sex, tr.BirthDate); !sex || !birth || m.Hint().Place != tr.BirthPlace {
			t.Errorf("citizen %d: the matricule does not agree with the traits", c.index)
		}
		if err := ins.Sandbox.Admit(c.person.INS); err != nil {
			t.Errorf("citizen %d: %v", c.index, err)
		}
	}
	if corse < 10 || overseas < 20 || abroad < 40 || minors < 100 || homonym < 4 || renamed < 100 || composed < 20 {
		t.Errorf("corse %d, overseas %d, abroad %d, minors %d, homonyms %d, renamed %d, composed %d", corse, overseas, abroad, minors, homonym, renamed, composed)
	}
	if a, b := list[6], list[7]; !a.birth.Equal(b.birth) || a.person.Traits.BirthName != b.person.Traits.BirthName {
		t.Error("the twins are not twins")
	}
}

func TestProfessionalsAreOfTheDirectory(t *testing.T) {
	for i, p := range newCast().pros {
		code := "G15_" + p.Profession
		if p.SavoirFaire != "" {
			code += "/" + p.SavoirFaire
		}
		if _, ok := nos.Lookup(nos.AuthorSpecialty, code, ""); p.Profession != "" && !ok {
			t.Errorf("professional %d: speciality %s is not in JDV_J01", i, code)
		}
		if p.RPPS != "" && !annuaire.ValidRPPS(p.RPPS) {
			t.Errorf("professional %d: RPPS", i)
		}
	}
}

func TestFiltrationFormula(t *testing.T) {
	// CKD-EPI 2009: a man of 50 with 88.4 µmol/L (1 mg/dL) has 87; a woman of 70 with 106 has 46.
	for _, c := range []struct {
		creatinine float64
		female     bool
		age        int
		want       float64
	}{{88.4, false, 50, 87}, {106.08, true, 70, 46}} {
		if got := round(egfr(c.creatinine, c.female, c.age), 0); got != c.want {
			t.Errorf("%v gives %v, want %v", c.creatinine, got, c.want)
		}
		if back := creatinineFor(egfr(c.creatinine, c.female, c.age), c.female, c.age); round(back, 1) != round(c.creatinine, 1) {
			t.Errorf("%v comes back as %v", c.creatinine, back)
		}
	}
}

// A persona's course reads as medicine: diabetes comes down, rises and is taken in hand.
func TestCoursesOfThePersonas(t *testing.T) {
	list := roster(3, dayOf(clock))
	day := func(years float64) time.Time { return list[0].today.AddDate(0, 0, -int(years*365.25)) }
	for _, c := range []struct {
		citizen   int
		name      string
		ago       float64
		low, high float64
	}{{0, "hba1c", 10, 8, 9.2}, {0, "hba1c", 8, 6.4, 7.2}, {0, "hba1c", 3.2, 7.9, 8.9}, {0, "hba1c", 0.1, 6.5, 7.3},
		{1, "tsh", 10, 9, 19}, {1, "tsh", 0.2, 1.3, 3.4}, {1, "ferritin", 6, 3, 10}, {1, "hb", 1.6, 9.2, 10.6}, {2, "egfr", 9.9, 53, 60}, {2, "egfr", 0.1, 27, 31}} {
		if v := list[c.citizen].measured(c.name, day(c.ago)); v < c.low || v > c.high {
			t.Errorf("citizen %d: %s is %v %v years ago, want %v to %v", c.citizen, c.name, v, c.ago, c.low, c.high)
		}
	}
}
