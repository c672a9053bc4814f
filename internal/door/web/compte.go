package web

import (
	"slices"

	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

const accountPath = "/compte"

// accountPage is what a professional knows of their own account.
type accountPage struct {
	Name, Role string
	Facts      []said
	Sessions   []sessionRow
	ECPS       string // address of their e-CPS, "" when there is none
	Structures []structureRow
}

type structureRow struct {
	ID, Name, Sector, Town string
	Here                   bool
}

// account shows the sessions, the e-CPS and the structures of a professional.
func (d *Door) account(q *request) error {
	p := accountPage{Name: q.caller.Name, Role: q.roleWords(), Sessions: q.sessionRows()}
	pro := d.Annuaire.Professional(q.caller.ID)
	if pro == nil {
		return errNoPage
	}
	if pro.RPPS != "" {
		p.Facts = append(p.Facts, said{q.t("account.rpps"), pro.RPPS})
	} else {
		p.Facts = append(p.Facts, said{q.t("account.idnat"), pro.IDNat})
	}
	if pro.Profession != "" {
		p.Facts = append(p.Facts, said{q.t("member.profession"), annuaire.ProfessionLabel(pro.Profession)})
	}
	if pro.SavoirFaire != "" {
		p.Facts = append(p.Facts, said{q.t("member.skill"), annuaire.SkillLabel(pro.SavoirFaire)})
	}
	if pro.Mailbox != "" {
		p.Facts = append(p.Facts, said{q.t("dir.mailbox"), pro.Mailbox})
	}
	if d.ECPS != nil {
		p.ECPS = d.ECPS(pro.IDNat)
	}
	for _, id := range pro.Structures {
		if s := d.Annuaire.Structure(id); s != nil {
			p.Structures = append(p.Structures, structureRow{id, s.Name, annuaire.Label(annuaire.SystemSector, s.Sector), s.Town, id == q.caller.Structure})
		}
	}
	return q.render("compte", p)
}

// sessionRows lists the open sessions of who is signed in.
func (q *request) sessionRows() (out []sessionRow) {
	for _, s := range q.d.sessions.ofSubject(q.s.subject) {
		s.mu.Lock()
		out = append(out, sessionRow{Public: s.public, Device: firstOf(s.device, q.t("session.unknown")), Began: s.began, Seen: s.seen, This: s == q.s})
		s.mu.Unlock()
	}
	return out
}

// accountSession signs another browser of the same professional out.
func (d *Door) accountSession(q *request) error {
	for _, s := range d.sessions.ofSubject(q.s.subject) {
		if s.public == q.r.PostFormValue("session") && s != q.s {
			d.sessions.end(s)
			q.s.say(&flash{Words: q.t("flash.session")})
			return q.redirect(accountPath)
		}
	}
	return errNoPage
}

// switchStructure goes on in another structure of the professional, in a new session.
func (d *Door) switchStructure(q *request) error {
	pro := d.Annuaire.Professional(q.caller.ID)
	to := q.field("structure")
	if pro == nil || !slices.Contains(pro.Structures, to) {
		return errNoPage
	}
	sub := acces.Subject{Professional: pro.IDNat, Structure: to}
	c, err := d.Actor(sub)
	if err != nil {
		return err
	}
	q.forget()
	d.sessions.end(q.s)
	q.openSession(sub, c)
	if err := d.DMP.SignedIn(q.r.Context(), q.caller, "changement de structure"); err != nil {
		d.sessions.end(q.s)
		return err
	}
	q.s.say(&flash{Words: q.t("flash.structure", q.caller.StructureName)})
	return q.redirect(accountPath)
}
