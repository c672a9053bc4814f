package web

import (
	"github.com/socle-sante/socle/format/cda/compare"
)

// viewDifferences is what the text says beside what the entries say.
const viewDifferences = "differences"

// comparedSection is a section with what was compared in it, what differs first.
type comparedSection struct {
	Title string
	Rows  []comparedRow
	Same  []comparedRow
}

type comparedRow struct {
	About, Kind  string // what it is about, what sort of fact
	Shown, Coded string
	State, Words string
}

// compared prepares the comparison for the page: in each section what differs, then, folded, what
// is the same on both sides.
func (q *request) compared(list []compare.Section) []comparedSection {
	out := make([]comparedSection, 0, len(list))
	for _, s := range list {
		sec := comparedSection{Title: s.Title}
		for _, i := range s.Items {
			r := comparedRow{About: i.About, Kind: q.t("compare." + string(i.Kind)), Shown: i.Shown, Coded: i.Coded, State: string(i.State), Words: q.t("state." + string(i.State))}
			if i.State == compare.Same {
				sec.Same = append(sec.Same, r)
				continue
			}
			sec.Rows = append(sec.Rows, r)
		}
		out = append(out, sec)
	}
	return out
}

// differing counts the facts that are not the same on both sides.
func differing(list []compare.Section) int {
	n := 0
	for i := range list {
		n += len(list[i].Differences())
	}
	return n
}
