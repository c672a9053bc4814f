package ins

import (
	"slices"
	"sort"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

// Resemblance is how likely two identities are one person, and why.
type Resemblance struct {
	Score   int // 0 to 100; 100 is certain
	Twin    bool
	Reasons []finding.Text
}

// Possible is the score from which two identities are worth comparing; Certain the one of proof.
const (
	Possible = 60
	Certain  = 100
)

// Resemble compares two identities kept here. The same matricule, or one known to have been
// carried by the other, is certain; else birth date and names decide: their sound and the number
// of letters that differ.
// spec: INS §8 (doublon detection)
func Resemble(a, b *Person) Resemblance {
	if r, ok := sameMatricule(a, b); ok {
		return r
	}
	if a.Traits.BirthDate != b.Traits.BirthDate {
		return Resemblance{}
	}
	var r Resemblance
	say := func(fr, en string) { r.Reasons = append(r.Reasons, finding.T(fr, en)) }
	say("même date de naissance", "same birth date")
	name := bestOf(names(a), names(b))
	given := bestOf(givens(a), givens(b))
	crossed := min(near(a.Traits.BirthName, b.Traits.FirstGiven), near(a.Traits.FirstGiven, b.Traits.BirthName))
	switch {
	case crossed >= 90 && min(name, given) < crossed:
		name, given = crossed, crossed
		say("nom et prénom échangés", "name and given name swapped")
	case name == 100:
		say("même nom", "same name")
	case name >= 75:
		say("noms qui se ressemblent", "names that resemble")
	}
	switch {
	case given == 100:
		say("même prénom", "same given name")
	case given >= 75:
		say("prénoms qui se ressemblent", "given names that resemble")
	}
	r.Score = 15 + name*45/100 + given*40/100
	if name < 50 || given < 50 {
		r.Score = min(r.Score, Possible-1)
	}
	if a.Traits.Sex != b.Traits.Sex {
		r.Score -= 10
		say("sexes différents", "different sexes")
	}
	if !a.INS.IsZero() && !b.INS.IsZero() {
		r.Score -= 30
		say("deux matricules différents", "two different matricules")
	}
	if a.Traits.BirthPlace == b.Traits.BirthPlace && name == 100 && given < 75 {
		r.Twin = true
		say("même nom et même lieu, autre prénom : jumeaux possibles", "same name and place, another given name: maybe twins")
	}
	r.Score = max(0, min(r.Score, Certain-1))
	return r
}

func sameMatricule(a, b *Person) (Resemblance, bool) {
	certain := func(fr, en string) (Resemblance, bool) {
		return Resemblance{Score: Certain, Reasons: []finding.Text{finding.T(fr, en)}}, true
	}
	switch {
	case !a.INS.IsZero() && a.INS == b.INS:
		return certain("même matricule actif", "same active matricule")
	case a.Carried(b.INS), b.Carried(a.INS):
		return certain("le matricule de l'une est dans l'historique (INSHISTO) de l'autre", "the matricule of one is in the history (INSHISTO) of the other")
	}
	for _, f := range a.Former {
		if b.Carried(f.INS) {
			return certain("un matricule commun dans les deux historiques (INSHISTO)", "one matricule in both histories (INSHISTO)")
		}
	}
	return Resemblance{}, false
}

// Homonym tells whether two identities of two people have the same birth name and first given
// name, or nearly so.
// spec: INS §8 (homonyms)
func Homonym(a, b *Person) bool {
	if a.ID == b.ID || a.MergedInto != "" || b.MergedInto != "" {
		return false
	}
	return near(a.Traits.BirthName, b.Traits.BirthName) >= nearHomonym && near(a.Traits.FirstGiven, b.Traits.FirstGiven) >= nearHomonym
}

const nearHomonym = 90

// Doublon is another identity that may be the same person.
type Doublon struct {
	Person *Person
	Resemblance
}

// Doublons keeps, of candidates, those worth comparing with p, the likeliest first; twins are
// given too, so that nobody merges them by mistake.
func Doublons(p *Person, candidates []*Person) []Doublon {
	var out []Doublon
	seen := map[PersonID]bool{p.ID: true}
	for _, c := range candidates {
		if seen[c.ID] || c.MergedInto != "" {
			continue
		}
		seen[c.ID] = true
		if r := Resemble(p, c); r.Score >= Possible || r.Twin {
			out = append(out, Doublon{c, r})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Score > out[j].Score })
	return out
}

func names(p *Person) []string  { return nonEmpty(p.Traits.BirthName, p.Traits.UsedName) }
func givens(p *Person) []string { return nonEmpty(p.Traits.FirstGiven, p.Traits.UsedGiven) }

func nonEmpty(list ...string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

func bestOf(a, b []string) (best int) {
	for _, x := range a {
		for _, y := range b {
			best = max(best, near(x, y))
		}
	}
	return best
}

// near compares two names: 100 when they are the same for RNIV, then by sound and letters.
func near(a, b string) int {
	a, b = strings.ReplaceAll(Comparable(a), " ", ""), strings.ReplaceAll(Comparable(b), " ", "")
	switch {
	case a == "" || b == "":
		return 0
	case a == b:
		return 100
	}
	score := 100 - 100*distance(a, b)/max(len(a), len(b))
	if Sound(a) == Sound(b) {
		score = max(score, 90)
	}
	return min(score, 99)
}

// distance counts the letters to change, add, drop or swap with their neighbour.
func distance(a, b string) int {
	if len(a) > maxName || len(b) > maxName {
		return max(len(a), len(b))
	}
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j+1]+1, next[j]+1, row[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}

// sounds are the ways French writes one sound, the longest first: names heard on the telephone.
var sounds = strings.NewReplacer("EAUX", "O", "EAU", "O", "AUX", "O", "AU", "O", "OUX", "U", "OU", "U",
	"AIN", "1", "EIN", "1", "IN", "1", "IM", "1", "YN", "1", "YM", "1", "AN", "2", "AM", "2", "EN", "2", "EM", "2", "ON", "3", "OM", "3",
	"AI", "E", "EI", "E", "AY", "E", "EY", "E", "OE", "E", "EU", "E", "PH", "F", "SCH", "CH", "CH", "4", "SH", "4", "GN", "5",
	"QU", "K", "CK", "K", "Q", "K", "CE", "SE", "CI", "SI", "CY", "SI", "C", "K", "GE", "JE", "GI", "JI", "GU", "G",
	"Z", "S", "X", "S", "W", "V", "Y", "I", "TH", "T", "H", "")

// Sound gives a key that names pronounced alike in French share.
func Sound(name string) string {
	s := sounds.Replace(strings.ReplaceAll(Comparable(name), " ", ""))
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && s[i] == s[i-1] {
			continue
		}
		b.WriteByte(s[i])
	}
	if out := strings.TrimRight(b.String(), "ESTDPX"); out != "" {
		return out
	}
	return b.String()
}

// Homonyms keeps, of candidates, the homonyms of p.
func Homonyms(p *Person, candidates []*Person) []*Person {
	var out []*Person
	for _, c := range candidates {
		if Homonym(p, c) && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// Matricules gives every matricule that leads to this person: active, former, and those attached
// by mistake, which a search by an operator finds too.
func (p *Person) Matricules() []insid.INS {
	var out []insid.INS
	add := func(id insid.INS) {
		if !id.IsZero() && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	add(p.INS)
	add(p.Held)
	for _, f := range p.Former {
		add(f.INS)
	}
	for _, id := range p.History {
		add(id)
	}
	return out
}
