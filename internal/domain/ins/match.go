package ins

import (
	"slices"

	"github.com/socle-sante/socle/format/insid"
)

// Closeness is how an incoming identity stands to a known one.
type Closeness int

// The three answers.
const (
	Different Closeness = iota // nothing says it is the same person
	ToCompare                  // somebody must compare them by eye
	Exact                      // the same, without anybody looking
)

// Match is the comparison of an incoming identity with a known one.
type Match struct {
	Closeness   Closeness
	Differences []string // strict traits that differ, "ins" included
	Alerts      []string // what differs without preventing the link
}

// Compare tells whether something received about an identity may be attached to a known person
// without anybody looking: matricule, OID, birth name, first birth given name, birth date and sex
// must agree, case, accents, hyphens, apostrophes and spaces counting for nothing. A birth place
// that differs alone is an alert: registers renumber communes and countries.
// spec: INS §8 (automatic link on receipt)
func Compare(id insid.INS, t Traits, known *Person) Match {
	var m Match
	for _, name := range known.Traits.Differences(t.Normalised()) {
		if name == "birth_place" {
			m.Alerts = append(m.Alerts, name)
			continue
		}
		m.Differences = append(m.Differences, name)
	}
	same := known.Carried(id)
	if same && known.INS != id {
		m.Alerts = append(m.Alerts, "ins_historique")
	}
	switch {
	case same && len(m.Differences) == 0 && !known.Douteuse && !known.Fictive:
		m.Closeness = Exact
	case same, len(m.Differences) == 0:
		m.Closeness = ToCompare
	case len(m.Differences) == 1 && !slices.Contains(m.Differences, "birth_date") && id.IsZero():
		m.Closeness = ToCompare
	}
	if !same {
		m.Differences = append(m.Differences, "ins")
	}
	return m
}
