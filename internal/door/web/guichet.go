package web

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Addresses of the identity desk.
const (
	deskPath     = "/identites"
	newPath      = deskPath + "/nouvelle"
	readingPath  = deskPath + "/lecture"
	identityBase = "/identite/"
)

func identityPath(p ins.PersonID) string { return identityBase + queryEscape(string(p)) }

// identityRow is an identity in a list of the desk.
type identityRow struct {
	banner
	Href       string
	Level      string // of the status, for its sign
	Place      string // COG code of birth
	Marks      []string
	BirthNames string // names of birth, as on a document
}

// levels name the statuses for templates and style.
var levels = map[ins.Status]string{ins.Provisoire: "provisoire", ins.Recuperee: "recuperee", ins.Validee: "validee", ins.Qualifiee: "qualifiee"}

func (q *request) identityRow(p *ins.Person) identityRow {
	r := identityRow{banner: q.banner(p, "", false), Href: identityPath(p.ID), Level: levels[p.Status], Place: p.Traits.BirthPlace}
	r.BirthNames = p.Traits.BirthName + " " + ins.Title(p.Traits.FirstGiven)
	for _, m := range []struct {
		on  bool
		key string
	}{{p.Homonyme, "homonyme"}, {p.Douteuse, "douteuse"}, {p.Fictive && !p.Anonyme, "fictive"}, {p.Anonyme, "anonyme"}, {p.MergedInto != "", "fusionnee"}} {
		if m.on {
			r.Marks = append(r.Marks, q.t("attr."+m.key))
		}
	}
	return r
}

// identitiesPage is the search of the desk.
type identitiesPage struct {
	Birth, Name, Given, INS, IPP string
	Done                         bool
	Rows                         []identityRow
	Problem                      string
}

// identities searches at the desk: birth date first, or an INS, or an IPP. What is typed is posted,
// so that no name and no matricule stands in an address.
// spec: INS §2 (local search)
func (d *Door) identities(q *request) error {
	p := identitiesPage{}
	if q.r.Method == "POST" {
		f := q.field
		p = identitiesPage{Birth: birthDate(f("naissance")), Name: f("nom"), Given: f("prenom"), INS: f("ins"), IPP: f("ipp"), Done: true}
		list, err := q.find(p)
		if ref := finding.As(err); ref != nil && ref.Kind == finding.Invalid {
			p.Problem = ref.Message.In(q.lang)
		} else if err != nil {
			return err
		}
		for _, x := range list {
			p.Rows = append(p.Rows, q.identityRow(x))
		}
	}
	return q.render("identites", p)
}

// typedDate writes a date as people type it here: 28/03/1979.
func typedDate(s string) string {
	if len(s) == 10 && s[4] == '-' && s[7] == '-' {
		return s[8:] + "/" + s[5:7] + "/" + s[:4]
	}
	return s
}

// field gives a posted field, trimmed.
func (q *request) field(name string) string { return strings.TrimSpace(q.r.PostFormValue(name)) }

// find asks for what was typed. A matricule is looked for under every authority this installation admits.
func (q *request) find(p identitiesPage) ([]*ins.Person, error) {
	ctx, c := q.r.Context(), q.caller
	switch {
	case p.INS != "":
		var out []*ins.Person
		known := false
		for _, authority := range []string{oid.INSNIR, oid.INSNIA, oid.INSNIRTest, oid.INSNIRDemo} {
			id, err := insid.Parse(p.INS, authority)
			if err != nil || q.d.DMP.Mode.Admit(id) != nil {
				continue
			}
			known = true
			list, err := q.d.DMP.SearchPersons(ctx, c, ins.Search{INS: id})
			if err != nil {
				return nil, err
			}
			for _, x := range list {
				if !slices.ContainsFunc(out, func(o *ins.Person) bool { return o.ID == x.ID }) {
					out = append(out, x)
				}
			}
		}
		if !known {
			return nil, ins.ErrKey
		}
		return out, nil
	case p.IPP != "":
		return q.d.DMP.SearchPersons(ctx, c, ins.Search{Local: ins.LocalID{Value: p.IPP}})
	}
	return q.d.DMP.SearchPersons(ctx, c, ins.Search{BirthDate: p.Birth, Name: p.Name, Given: p.Given})
}
