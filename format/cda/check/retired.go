package check

import (
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/nos"
)

// retirement is what is known of a code that left a value set: the last edition that holds it and
// the first that does not. The true day is between the two.
type retirement struct {
	label      string
	seen, gone string // YYYY-MM-DD, YYYY-MM
}

// retired lists, by set, the codes that documents still carry. The last edition is that of the
// DMP's JDV_J65 (same specialities), the first without is JDV_J01 of December 2024.
//
// spec: CI-SIS cda §9
var retired = map[string]map[string]retirement{
	nos.AuthorSpecialty: {
		"G15_10/SCH10": {"Chirurgie générale (SCH)", "2022-07-29", "2024-12"},
		"G15_10/SCH16": {"Chirurgie thoracique et cardio-vasculaire (SCH)", "2022-07-29", "2024-12"},
	},
}

// retiredSince tells of a code that was in a set and is no more.
func retiredSince(set, code string) (retirement, bool) {
	r, ok := retired[set][code]
	return r, ok
}

// successor finds the code of the set with the same wording under another kind of title.
func (r retirement) successor(set string) (nos.Code, bool) {
	bare, _, _ := strings.Cut(r.label, " (")
	for k := range nos.Get(set).All() {
		if strings.Contains(k.Display, bare+" (") {
			return k, true
		}
	}
	return nos.Code{}, false
}

// validThen adds what the editions say: the code was right when the document was made.
func (c *run) validThen(k cda.CD, what, set string) {
	r, ok := retiredSince(set, k.Code)
	if !ok {
		return
	}
	made, dated := c.d.EffectiveTime.Time()
	seen, _ := time.Parse("2006-01-02", r.seen)
	c2 := c.rule
	c.under("TERM-06")
	then := finding.T("", "")
	if dated && !made.After(seen.Add(24*time.Hour)) {
		then = finding.Tf(" Il était valable à la date du document (%s).", " It was valid at the date of the document (%s).", c.d.EffectiveTime.Date())
	}
	m := finding.Tf("%s : « %s » (%s) a été retiré de JDV_%s : présent dans l'édition du %s, absent depuis celle de %s.", "%s: “%s” (%s) was retired from JDV_%s: present in the edition of %s, absent since that of %s.", what, k.Code, r.label, set, r.seen, r.gone)
	fix := finding.Tf("Pour un nouveau document, remplacer « %s » par la spécialité en vigueur dans JDV_%s.", "For a new document, replace “%s” by the speciality in force in JDV_%s.", k.Code, set)
	if s, ok := r.successor(set); ok {
		fix = finding.Tf("Pour un nouveau document, remplacer « %s » par la spécialité en vigueur, par exemple « %s » (%s).", "For a new document, replace “%s” by the speciality in force, for instance “%s” (%s).", k.Code, s.Code, s.Display)
	}
	c.add(finding.Info, at(k.Node, "code"), k.Code, "JDV_"+set, finding.T(m.FR+then.FR, m.EN+then.EN), fix)
	c.rule = c2
}
