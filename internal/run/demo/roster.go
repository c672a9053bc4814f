package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// state says how far a citizen's identity and record go.
type state int

const (
	followed    state = iota // qualified, record open
	provisional              // neither INS nor evidence
	retrieved                // INS, no evidence
	validated                // evidence, no INS
	doubtful                 // a doubt is recorded
	opposed                  // qualified, opposed to a record
	closed                   // qualified, record closed after use
)

// citizen is one inhabitant, before anything is kept.
type citizen struct {
	index  int
	state  state
	person ins.Person
	given  string // as people write it, accents included
	family string // the used name, or the birth name
	birth  time.Time
	age    int // on the day of the territory
	addr   write.Addr
	today  time.Time // the day of the territory
	ills   map[condition]bool
	doctor int // index of the médecin traitant in professionals
}

func (c *citizen) female() bool { return c.person.Traits.Sex == "F" }

// call is how letters name the patient.
func (c *citizen) call() string {
	if c.age < 15 {
		return "l'enfant " + c.given + " " + c.family
	}
	if c.female() {
		return "Mme " + c.given + " " + c.family
	}
	return "M. " + c.given + " " + c.family
}

// particular fixes who is at some places of the list: the personas and the cases that test software.
var particular = map[int]struct {
	age           int
	sex           string
	given, second string
	birthName     string
	used          string
	place         commune
	state         state
}{
	0:  {58, "F", "Mireille", "Anne", "Castagnet", "Aubry", commune{"31555", "Toulouse"}, followed},
	1:  {41, "F", "Anaïs", "Marie Louise", "Lefort", "", commune{"29019", "Brest"}, followed},
	2:  {67, "M", "Jean-Paul", "Henri", "Dorval", "", commune{"57463", "Metz"}, followed},
	3:  {73, "M", "Ange", "Toussaint", "Orsini", "", commune{"2B033", "Bastia"}, followed},
	4:  {36, "F", "Maëva", "", "Hoarau", "", commune{"97411", "Saint-Denis"}, followed},
	5:  {52, "M", "Mohamed", "", "Haddad", "", commune{"99352", "Algérie"}, followed},
	6:  {8, "F", "Zoé", "Rose", "Perrin", "", commune{"54395", "Nancy"}, followed},
	7:  {8, "M", "Malo", "Pierre", "Perrin", "", commune{"54395", "Nancy"}, followed}, // twin of 6
	8:  {84, "F", "Odette", "Marie", "Grosjean", "Lemaître", commune{"88160", "Épinal"}, followed},
	9:  {45, "M", "Laurent", "", "Mercier", "", commune{"21231", "Dijon"}, followed},
	10: {71, "M", "Laurent", "Paul", "Mercier", "", commune{"25056", "Besançon"}, followed}, // homonym of 9
	11: {34, "F", "Lætitia", "Cécile", "Muñoz", "D'Œuvre", commune{"66136", "Perpignan"}, followed},
	15: {29, "M", "Kévin", "", "Delmas", "", commune{"99999", ""}, provisional},
	16: {47, "F", "Corinne", "Anne", "Bourdin", "", commune{"80021", "Amiens"}, retrieved},
	17: {33, "F", "Ayşe", "", "Yildiz", "", commune{"99208", "Turquie"}, validated},
	18: {62, "M", "Hervé", "Louis", "Salaün", "", commune{"29232", "Quimper"}, opposed},
	19: {76, "F", "Ginette", "Paulette", "Carlier", "Huet", commune{"59183", "Dunkerque"}, closed},
	20: {4, "M", "Côme", "", "Royer", "", commune{"37261", "Tours"}, followed},
	21: {4, "M", "Gaspard", "", "Royer", "", commune{"37261", "Tours"}, followed}, // twin of 20, same sex
	22: {38, "F", "Camille", "", "Royer", "", commune{"49007", "Angers"}, followed},
	23: {45, "M", "Ange", "", "Orsini", "", commune{"2A004", "Ajaccio"}, followed},
	24: {97, "F", "Thérèse", "Marie", "L'Hostis", "Le_Bihan", commune{"29019", "Brest"}, followed},
	25: {0, "F", "Alba", "", "Marin", "", commune{"51454", "Reims"}, followed},
	26: {50, "M", "Pascal", "", "Novak", "", commune{"99122", "Pologne"}, doubtful},
}

var twins = map[int]bool{7: true, 21: true}

// roster makes the n first citizens. A citizen depends on those before, never on those after: a
// larger territory begins like a smaller one.
func roster(n int, today time.Time) []*citizen {
	out := make([]*citizen, 0, n)
	taken := map[string]bool{}
	for i := range n {
		c := newCitizen(i, today, out)
		c.attach(taken)
		out = append(out, c)
	}
	for _, c := range out {
		c.ills = illnesses(c)
	}
	homonyms(out)
	return out
}

func newCitizen(i int, today time.Time, before []*citizen) *citizen {
	r := stream("citoyen", i)
	c := &citizen{index: i, today: today, doctor: []int{gpClinic, gpHouse1, gpHouse2}[i%3]}
	c.person.ID = personID(i)
	t := &c.person.Traits
	var place commune
	var second string
	if p, ok := particular[i]; ok {
		c.state, c.age, t.Sex, c.given, t.BirthName, t.UsedName, place, second = p.state, p.age, p.sex, p.given, p.birthName, p.used, p.place, p.second
	} else {
		second, place = c.draw(r, before)
	}
	if i < 40 {
		c.doctor = gpClinic
	}
	c.birth = birthday(r, today, c.age)
	if twins[i] {
		c.birth, c.addr, c.person.Phone = before[i-1].birth, before[i-1].addr, before[i-1].person.Phone
	} else {
		town := pick(r, towns)
		c.addr = write.Addr{Street: fmt.Sprintf("%d %s", 1+r.IntN(80), pick(r, streets)), PostalCode: town[0], City: town[1], Country: "FRANCE"}
		c.person.Phone = fmt.Sprintf("+3361999%04d", r.IntN(10000))
	}
	t.BirthName, t.FirstGiven = strings.ReplaceAll(t.BirthName, "_", " "), c.given
	t.Givens = strings.TrimSpace(c.given + " " + second)
	t.BirthDate, t.BirthPlace = c.birth.Format("2006-01-02"), place.valid(c.birth.Year())
	t.UsedName = strings.ReplaceAll(t.UsedName, "_", " ")
	if c.family = t.BirthName; t.UsedName != "" {
		c.family = t.UsedName
	}
	c.family = strings.ToUpper(c.family)
	c.person.BirthTown = place.name
	c.person.Address = c.addr.Street + ", " + c.addr.PostalCode + " " + c.addr.City
	if i%4 == 0 {
		c.person.Local = []ins.LocalID{{Value: fmt.Sprintf("%08d", 80000000+i*37), Authority: number("ipp")}}
	}
	return c
}

// draw makes an ordinary citizen: a child takes the name and home of an adult before.
func (c *citizen) draw(r *rand.Rand, before []*citizen) (second string, place commune) {
	t := &c.person.Traits
	t.Sex = pick(r, []string{"F", "M"})
	c.age = drawAge(r)
	c.state = stateOf(c.index)
	t.BirthName = pick(r, familyNames)
	if c.age < 18 && c.index > 30 && chance(r, 0.7) {
		for _, p := range before[len(before)-min(12, len(before)):] {
			if p.age >= c.age+20 && p.age <= c.age+42 {
				t.BirthName = p.person.Traits.BirthName
			}
		}
	}
	c.given = pick(r, givenNames(t.Sex, c.age))
	list := secondM
	if t.Sex == "F" {
		list = secondW
	}
	for range r.IntN(3) {
		if s := pick(r, list); !strings.Contains(second, s) && s != c.given {
			second = strings.TrimSpace(second + " " + s)
		}
	}
	if t.Sex == "F" && c.age > 26 && chance(r, 0.5) {
		t.UsedName = pick(r, familyNames)
	}
	if chance(r, 0.04) && second != "" {
		t.UsedGiven = strings.Fields(second)[0]
	}
	switch k := r.Float64(); {
	case k < 0.04:
		place = pick(r, corsica)
	case k < 0.09:
		place = pick(r, overseas)
	case k < 0.18:
		place = pick(r, abroad)
	default:
		place = pick(r, birthplaces)
	}
	return second, place
}

// drawAge follows roughly the pyramid of a rural département, up to 97.
func drawAge(r *rand.Rand) int {
	switch k := r.Float64(); {
	case k < 0.17:
		return r.IntN(18)
	case k < 0.40:
		return 18 + r.IntN(27)
	case k < 0.70:
		return 45 + r.IntN(22)
	case k < 0.92:
		return 67 + r.IntN(17)
	}
	return 84 + r.IntN(14)
}

// birthday gives a date such that the age is the one asked for today.
func birthday(r *rand.Rand, today time.Time, age int) time.Time {
	last := time.Date(today.Year()-age, today.Month(), today.Day(), 0, 0, 0, 0, time.UTC)
	back := 20 + r.IntN(340)
	return last.AddDate(0, 0, -back)
}

// attach gives the matricule its digits and key, and the evidence that the state asks for.
func (c *citizen) attach(taken map[string]bool) {
	r := stream("matricule", c.index)
	t := &c.person.Traits
	if c.state != provisional && c.state != validated && c.state != doubtful {
		s := "1"
		if c.female() {
			s = "2"
		}
		base := s + c.birth.Format("0601") + t.BirthPlace
		order := 1 + r.IntN(600)
		for taken[fmt.Sprintf("%s%03d", base, order)] {
			order++
		}
		nir := fmt.Sprintf("%s%03d", base, order)
		taken[nir] = true
		m, err := insid.WithKey(nir)
		if err != nil {
			panic("demo: " + err.Error()) // the tables of this package are wrong
		}
		c.person.INS = insid.INS{Matricule: m, OID: oid.INSNIRTest}
		c.person.Mail = m.Reveal() + "@patient.mssante.fr"
	}
	if c.state == provisional || c.state == retrieved {
		return
	}
	kind := pick(r, []string{"CNI", "CNI", "CNI", "PASSEPORT", "APCV"})
	switch {
	case c.age < 14:
		kind = pick(r, []string{"LIVRET_FAMILLE", "EXTRAIT_NAISSANCE"})
	case strings.HasPrefix(t.BirthPlace, "99") && chance(r, 0.5):
		kind = "TITRE_SEJOUR"
	}
	c.person.Evidence = ins.Evidence{Kind: kind}
	if ins.Evidences[kind].Minor {
		c.person.Evidence.With = "CNI" // of a parent
	}
	c.person.Douteuse = c.state == doubtful
}

// homonyms marks those who share birth name and first given name.
func homonyms(list []*citizen) {
	first := map[string]*citizen{}
	for _, c := range list {
		k := ins.Comparable(c.person.Traits.BirthName) + "/" + ins.Comparable(c.person.Traits.FirstGiven)
		if other := first[k]; other != nil {
			other.person.Homonyme, c.person.Homonyme = true, true
		} else {
			first[k] = c
		}
	}
}

// stateOf is the state of a citizen, known without making them.
func stateOf(i int) state {
	if p, ok := particular[i]; ok {
		return p.state
	}
	return extraStates[i]
}

// extraStates are those of citizens who are otherwise ordinary.
var extraStates = map[int]state{60: retrieved, 61: validated, 62: provisional}
