package web

import (
	"regexp"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/ins"
)

type searchPage struct{ Search searchForm }

// frenchDate is a date as people type it: 12/03/1980, 12-3-1980, 12031980.
var frenchDate = regexp.MustCompile(`^(\d{1,2})[/. -]?(\d{1,2})[/. -]?(\d{4})$`)

// birthDate reads a birth date as typed or as a browser sends it.
func birthDate(s string) string {
	s = strings.TrimSpace(s)
	m := frenchDate.FindStringSubmatch(s)
	if m == nil {
		return s
	}
	two := func(x string) string { return strings.Repeat("0", 2-len(x)) + x }
	return m[3] + "-" + two(m[2]) + "-" + two(m[1])
}

// search finds a person: the form on GET, the results on POST, so that no name stands in an
// address, a log or a history.
// spec: INS §2 (local search)
func (d *Door) search(q *request) error {
	f := searchForm{}
	if q.r.Method == "POST" {
		f.Birth, f.Name, f.Given = birthDate(q.r.PostFormValue("naissance")), strings.TrimSpace(q.r.PostFormValue("nom")), strings.TrimSpace(q.r.PostFormValue("prenom"))
		f.Done = true
		list, err := d.DMP.SearchPersons(q.r.Context(), q.caller, ins.Search{BirthDate: f.Birth, Name: f.Name, Given: f.Given})
		if ref := finding.As(err); ref != nil && ref.Kind == finding.Invalid {
			f.Problem = ref.Message.In(q.lang)
		} else if err != nil {
			return err
		}
		for _, p := range list {
			f.Results = append(f.Results, personRow(q, p))
		}
	}
	return q.render("search", searchPage{Search: f})
}
