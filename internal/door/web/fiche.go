package web

import (
	"html/template"
	"time"

	"github.com/socle-sante/socle/internal/domain/ins"
)

// printPage is the INS sheet of an identity, to print.
type printPage struct {
	Row    identityRow
	T      ins.Traits
	Symbol template.HTML // the Datamatrix of a qualified identity, drawn here
	At     time.Time
	By     string
	Place  string
}

// insSheet shows the INS sheet. Only a qualified identity has a Datamatrix and shows its matricule.
// spec: INS §7
func (d *Door) insSheet(q *request) error {
	p, err := d.DMP.Person(q.r.Context(), q.caller, q.identityID())
	if err != nil {
		return err
	}
	v := printPage{Row: q.identityRow(p), T: p.Traits, At: d.Now(), By: q.caller.Name, Place: q.caller.StructureName}
	if s, err := ins.Symbol(p); err == nil {
		v.Symbol = template.HTML(s.SVG(q.t("fiche.symbol"))) // made of numbers and of our own words
	}
	return q.render("fiche", v)
}
