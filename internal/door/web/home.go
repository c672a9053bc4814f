package web

import (
	"sort"
	"time"

	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// patientRow is a person in a list.
type patientRow struct {
	banner
	New      int
	Latest   time.Time
	LastSeen any
	Never    bool
	Kinds    []kindWord // of what is new
}

type kindWord struct {
	Kind kind
	Word string
}

// maxFresh is how many records with news the page shows first.
const maxFresh = 8

// newer puts the record with most news first, then the latest.
func (r *patientRow) newer(than *patientRow) bool {
	if r.New != than.New {
		return r.New > than.New
	}
	return r.Latest.After(than.Latest)
}

type homePage struct {
	FreshMore           int
	Fresh, Team, Recent []patientRow
	Total               int
	Search              searchForm
	Staff               bool // works for professionals
	Delegated           []delegatedRow
}

// home is what a professional finds on arriving: what is new, a search, their patients.
func (d *Door) home(q *request) error {
	list, err := q.followed()
	if err != nil {
		return err
	}
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i].Person.Traits, list[j].Person.Traits
		return a.BirthName+" "+a.FirstGiven < b.BirthName+" "+b.FirstGiven
	})
	p := homePage{Total: len(list), Staff: q.caller.Profession == "" && q.caller.Structure != ""}
	if p.Delegated, err = q.delegated(); err != nil {
		return err
	}
	for _, f := range list {
		row := q.patientRow(f)
		if f.New > 0 {
			p.Fresh = append(p.Fresh, row)
		}
		p.Team = append(p.Team, row)
	}
	sort.SliceStable(p.Fresh, func(i, j int) bool { return p.Fresh[i].newer(&p.Fresh[j]) })
	p.FreshMore = max(0, len(p.Fresh)-maxFresh)
	p.Fresh = p.Fresh[:min(len(p.Fresh), maxFresh)]
	for _, id := range q.s.recent() {
		if person, err := d.DMP.Person(q.r.Context(), q.caller, id); err == nil {
			p.Recent = append(p.Recent, q.patientRow(dmp.Follow{Person: person}))
		}
	}
	return q.render("home", p)
}

// followedLife is how long a session keeps the list of its patients; opening a record drops it.
const followedLife = 20 * time.Second

func (q *request) followed() ([]dmp.Follow, error) {
	now := q.d.Now()
	q.s.mu.Lock()
	list, at := q.s.followed, q.s.followedAt
	q.s.mu.Unlock()
	if list != nil && now.Sub(at) < followedLife {
		return append([]dmp.Follow(nil), list...), nil
	}
	list, err := q.d.DMP.Followed(q.r.Context(), q.caller)
	if err != nil {
		return nil, err
	}
	q.s.mu.Lock()
	q.s.followed, q.s.followedAt = list, now
	q.s.mu.Unlock()
	return append([]dmp.Follow(nil), list...), nil
}

func (q *request) patientRow(f dmp.Follow) patientRow {
	row := patientRow{banner: q.banner(f.Person, "", false), New: f.New, Latest: f.Latest, LastSeen: f.LastSeen, Never: f.LastSeen.IsZero()}
	seen := map[kind]bool{}
	for _, t := range f.Types {
		k := kindOf(&xds.DocumentEntry{Type: xds.Code{Code: t}})
		if !seen[k] {
			seen[k] = true
			row.Kinds = append(row.Kinds, kindWord{k, q.t("kind." + string(k))})
		}
	}
	return row
}

type searchForm struct {
	Birth, Name, Given string
	Done               bool
	Results            []patientRow
	Problem            string
}

func personRow(q *request, p *ins.Person) patientRow { return q.patientRow(dmp.Follow{Person: p}) }
