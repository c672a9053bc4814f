package web

import (
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

const structurePath = "/structure"

// structurePage is a structure to those who work there: who they are, what each may do, who acts for whom.
type structurePage struct {
	Name, Sector  string
	Members       []memberRow
	More          bool
	Delegations   []delegationRow
	Admin, Pro    bool // administers; may delegate for themselves
	Staff         bool // may be delegated to
	Doctors       []memberRow
	Staffs        []memberRow
	Problem       *problem
	From, To      string
	Until         string
	Today, Latest string
}

// delegationRow is one delegation, in words.
type delegationRow struct {
	From, To         string // identifiers
	FromName, ToName string
	FromRole, ToRole string
	Since, Until     time.Time
	By               string // when somebody else wrote it
	MayEnd           bool
}

func (q *request) delegationRows(list []acces.Delegation, keep func(acces.Delegation) bool) (out []delegationRow) {
	for _, x := range list {
		if !keep(x) {
			continue
		}
		r := delegationRow{From: x.From, To: x.To, FromName: q.who(x.From), ToName: q.who(x.To), Since: x.Since, Until: x.Until.Add(-time.Second), // the last day it counts

			MayEnd: x.From == q.caller.ID || q.caller.MayAdminister(x.Structure)}
		if p := q.d.Annuaire.Professional(x.From); p != nil {
			r.FromRole = p.Role
			if q.lang == "en" {
				r.FromRole = firstOf(p.RoleEN, p.Role)
			}
		}
		if x.By != x.From {
			r.By = q.who(x.By)
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b delegationRow) int { return strings.Compare(a.FromName+a.ToName, b.FromName+b.ToName) })
	return out
}

// structure shows the structure the reader works at.
func (d *Door) structure(q *request) error { return q.structure(nil) }

func (q *request) structure(wrong *problem) error {
	s := q.d.Annuaire.Structure(q.caller.Structure)
	if s == nil {
		return errNoPage
	}
	p := structurePage{Name: s.Name, Sector: annuaire.Label(annuaire.SystemSector, s.Sector), Admin: q.caller.MayAdminister(s.IDNat), Pro: q.caller.Profession != "",
		Problem: wrong, From: q.field("de"), To: q.field("a"), Until: q.field("jusqu"), Today: q.today(), Latest: q.d.Now().In(paris).AddDate(1, 0, 0).Format(time.DateOnly)}
	p.Staff = !p.Admin && !p.Pro
	if p.Until == "" {
		p.Until = q.d.Now().In(paris).AddDate(0, 6, 0).Format(time.DateOnly)
	}
	if id, ok := q.structureID(s); ok {
		var err error
		if p.Members, p.More, err = q.members(id); err != nil {
			return err
		}
	}
	for i, m := range p.Members {
		p.Members[i].Href = structurePath + "/membre/" + m.ID.Text(annuaire.KPractitioner)
		if m.Staff {
			p.Staffs = append(p.Staffs, m)
		} else {
			p.Doctors = append(p.Doctors, m)
		}
	}
	list, err := q.d.DMP.Delegations(q.r.Context(), s.IDNat, "")
	if err != nil {
		return err
	}
	p.Delegations = q.delegationRows(list, func(x acces.Delegation) bool { return p.Admin || x.From == q.caller.ID || x.To == q.caller.ID })
	return q.render("structure", p)
}

// structureID gives the technical identifier of a structure.
func (q *request) structureID(s *annuaire.Structure) (annuaire.ID, bool) {
	page, err := q.d.Annuaire.Search(annuaire.Query{Kind: annuaire.KOrganization, Count: 1, Clauses: []annuaire.Clause{{Param: "identifier", Values: []string{s.IDNat}}}})
	if err != nil || len(page.Hits) == 0 {
		return 0, false
	}
	return page.Hits[0].ID, true
}

// delegate gives a delegation until a day, that day included; delegateEnd ends one at once.
func (d *Door) delegate(q *request) error {
	from := firstOf(q.field("de"), q.caller.ID)
	day, err := time.ParseInLocation(time.DateOnly, birthDate(q.field("jusqu")), paris)
	if err != nil {
		return q.structureWrong(acces.ErrDelegationTime)
	}
	if err := d.DMP.Delegate(q.r.Context(), q.caller, from, q.field("a"), q.caller.Structure, day.AddDate(0, 0, 1)); err != nil {
		return q.structureWrong(err)
	}
	q.s.say(&flash{Words: q.t("flash.delegated", q.who(q.field("a")), q.who(from))})
	return q.redirect(structurePath + "#delegations")
}

func (d *Door) delegateEnd(q *request) error {
	from := firstOf(q.field("de"), q.caller.ID)
	if err := d.DMP.Delegate(q.r.Context(), q.caller, from, q.field("a"), q.caller.Structure, time.Time{}); err != nil {
		return q.structureWrong(err)
	}
	q.s.say(&flash{Words: q.t("flash.delegation.end", q.who(q.field("a")), q.who(from))})
	return q.redirect(structurePath + "#delegations")
}

func (q *request) structureWrong(err error) error {
	if ref := finding.As(err); ref == nil || ref.Kind == finding.Forbidden {
		return err
	}
	wrong := q.problemOf(err)
	if wrong == nil {
		return err
	}
	return q.structure(wrong)
}

// memberPage explains what somebody may do, and why.
type memberPage struct {
	Name, Role, Structure   string
	Facts                   []said
	Columns                 []string
	Rows                    []rightRow
	Delegations             []delegationRow
	Citizen, Staff, OwnPage bool
}

// said is something known of somebody, with its name.
type said struct{ Label, Value string }

type rightRow struct {
	Words string
	Cells []rightCell
}

// rightCell is one right under one means of authentication.
type rightCell struct {
	Allowed bool
	Words   string // on which documents, in which modes
}

// member explains the rights of somebody of the structure: they come from profession, savoir-faire,
// structure and means of authentication.
// spec: DMP 2.2
func (d *Door) member(q *request) error {
	id, ok := annuaire.ParseID(annuaire.KPractitioner, q.r.PathValue("id"))
	if !ok {
		return errNoPage
	}
	h, found, _ := d.Annuaire.Read(annuaire.KPractitioner, id)
	if !found || !h.Active {
		return errNoPage
	}
	p, s := d.Annuaire.Professional(h.Practitioner().IDNat), d.Annuaire.Structure(q.caller.Structure)
	if p == nil || s == nil || !p.WorksAt(s.IDNat) {
		return errNoPage
	}
	role := firstOf(p.Role, annuaire.ProfessionLabel(p.Profession))
	if q.lang == "en" {
		role = firstOf(p.RoleEN, role)
	}
	v := memberPage{Name: p.Name(), Role: role, Structure: s.Name, OwnPage: p.IDNat == q.caller.ID, Staff: p.Profession == "",
		Facts: []said{{q.t("member.profession"), firstOf(annuaire.ProfessionLabel(p.Profession), q.t("member.none"))},
			{q.t("member.skill"), firstOf(annuaire.SkillLabel(p.SavoirFaire), q.t("member.noskill"))}, {q.t("member.structure"), s.Name}}}
	columns := []struct {
		key  string
		auth acces.Auth
		mt   bool
	}{{"member.direct", acces.Directe, false}}
	if p.Profession == annuaire.Medecin {
		columns = append(columns, struct {
			key  string
			auth acces.Auth
			mt   bool
		}{"member.mt", acces.Directe, true})
	}
	columns = append(columns, struct {
		key  string
		auth acces.Auth
		mt   bool
	}{"member.air", acces.AIR, false}, struct {
		key  string
		auth acces.Auth
		mt   bool
	}{"member.indirect", acces.Indirecte, false})
	for i, c := range columns {
		v.Columns = append(v.Columns, q.t(c.key))
		rights := acces.RightsOf(acces.ProfessionalActor(p, s, c.auth), c.mt)
		for j, r := range rights {
			if i == 0 {
				v.Rows = append(v.Rows, rightRow{Words: q.t("right." + rightKeys[r.Action])})
			}
			v.Rows[j].Cells = append(v.Rows[j].Cells, q.rightCell(r))
		}
	}
	// What nobody of this profile may do in any way is said once, below, not line by line.
	v.Rows = slices.DeleteFunc(v.Rows, func(r rightRow) bool {
		return !slices.ContainsFunc(r.Cells, func(c rightCell) bool { return c.Allowed })
	})
	list, err := d.DMP.Delegations(q.r.Context(), s.IDNat, "")
	if err != nil {
		return err
	}
	v.Delegations = q.delegationRows(list, func(x acces.Delegation) bool { return x.From == p.IDNat || x.To == p.IDNat })
	return q.render("membre", v)
}

// rightKeys name the actions for the words of the page.
var rightKeys = map[acces.Action]string{acces.VoirAdmin: "voir-admin", acces.SAutoriser: "autoriser", acces.SeRetirer: "retirer", acces.QuitterMT: "quitter-mt",
	acces.MesDossiers: "mes-dossiers", acces.ListerAutorisations: "lister", acces.Alimenter: "alimenter", acces.AlimenterSecretaire: "alimenter-secretaire",
	acces.Chercher: "chercher", acces.ChercherReference: "reference", acces.Lire: "lire", acces.LireMasque: "lire-masque", acces.Masquer: "masquer",
	acces.Demasquer: "demasquer", acces.RendreVisible: "rendre-visible", acces.Archiver: "archiver", acces.Supprimer: "supprimer",
	acces.ChoisirAcces: "choisir", acces.VoirTraces: "traces"}

func (q *request) rightCell(r acces.Right) rightCell {
	c := rightCell{Allowed: r.Allowed}
	var parts []string
	for _, w := range r.Where {
		if s := w.In(q.lang); !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	normal := slices.Contains(r.Modes, acces.Normal)
	switch {
	case r.Allowed && !normal:
		parts = append(parts, q.t("right.urgent.only"))
	case normal && len(r.Modes) > 1:
		parts = append(parts, q.t("right.urgent.too"))
	}
	c.Words = strings.Join(parts, " ; ")
	return c
}
