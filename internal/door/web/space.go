package web

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// spacePage is the home of a citizen.
type spacePage struct {
	B      banner
	T      *timeline
	Closed string
}

// me is the person signed in.
func (q *request) me() ins.PersonID { return ins.PersonID(q.caller.ID) }

// space shows a person their own documents.
func (d *Door) space(q *request) error {
	dos, err := q.enter(q.me())
	if ref := finding.As(err); ref != nil && dos != nil && dos.Person != nil {
		return q.render("space", spacePage{B: q.banner(dos.Person, "", false), Closed: string(dos.Record.State), T: &timeline{Base: "/mon-espace"}})
	}
	if err != nil {
		return err
	}
	w := wanted{kind: knownKind(q.r.FormValue("type")), query: strings.TrimSpace(q.r.PostFormValue("q"))}
	return q.render("space", spacePage{B: q.banner(dos.Person, "", false), T: q.timeline(dos, "/mon-espace", w)})
}
