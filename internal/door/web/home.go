package web

import (
	"sort"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// patientRow is a person in a list.
type patientRow struct {
	banner
	New      int
	Latest   any
	LastSeen any
	Never    bool
}

type homePage struct {
	Fresh, Team, Recent []patientRow
	Total               int
	Search              searchForm
}

// home is what a professional finds on arriving: what is new, a search, their patients.
func (d *Door) home(q *request) error {
	list, err := d.DMP.Followed(q.r.Context(), q.caller)
	if err != nil {
		return err
	}
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i].Person.Traits, list[j].Person.Traits
		return a.BirthName+" "+a.FirstGiven < b.BirthName+" "+b.FirstGiven
	})
	p := homePage{Total: len(list)}
	for _, f := range list {
		row := q.patientRow(f)
		if f.New > 0 {
			p.Fresh = append(p.Fresh, row)
		}
		p.Team = append(p.Team, row)
	}
	sort.SliceStable(p.Fresh, func(i, j int) bool { return p.Fresh[i].New > p.Fresh[j].New })
	for _, id := range q.s.recent() {
		if person, err := d.DMP.Person(q.r.Context(), q.caller, id); err == nil {
			p.Recent = append(p.Recent, q.patientRow(dmp.Follow{Person: person}))
		}
	}
	return q.render("home", p)
}

func (q *request) patientRow(f dmp.Follow) patientRow {
	return patientRow{banner: q.banner(f.Person, "", false), New: f.New, Latest: f.Latest, LastSeen: f.LastSeen, Never: f.LastSeen.IsZero()}
}

type searchForm struct {
	Birth, Name, Given string
	Done               bool
	Results            []patientRow
	Problem            string
}

func personRow(q *request, p *ins.Person) patientRow { return q.patientRow(dmp.Follow{Person: p}) }
