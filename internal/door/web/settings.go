package web

import (
	"sort"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/compte"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// settingsPage is what a person decides about their record.
type settingsPage struct {
	Allowed, Blocked []careRow
	Search           string
	Found            []careRow
	Searched         bool
	Choices          acces.Choices
	State            dmp.State
	Sessions         []sessionRow
	Passkeys         []compte.Passkey
	HasMail, CanSign bool // codes go to an address; keys can be kept here
}

type careRow struct {
	ID, Name, Role, Place string
	Since                 any
	MT                    bool
	State                 acces.AuthorisationState
}

type sessionRow struct {
	Public, Device string
	Began, Seen    any
	This           bool
}

// maxDirectory bounds the answer of a search in the directory.
const maxDirectory = 20

// settings shows the choices; a posted search looks for a professional to authorise or block.
func (d *Door) settings(q *request) error {
	auths, rec, err := d.DMP.Authorisations(q.r.Context(), q.caller, q.me())
	if err != nil {
		return err
	}
	p := settingsPage{Choices: rec.Choices, State: rec.State, Search: strings.TrimSpace(q.r.PostFormValue("pro"))}
	states := map[string]acces.AuthorisationState{}
	for _, a := range auths {
		row := careRow{ID: a.Professional, Name: firstOf(a.Name, a.Professional), Role: a.Role, Since: a.Since, MT: a.MT, State: a.State}
		if pro := d.Annuaire.Professional(a.Professional); pro != nil {
			row = q.careRow(pro, row)
		}
		states[a.Professional] = a.State
		switch a.State {
		case acces.Active:
			p.Allowed = append(p.Allowed, row)
		case acces.Interdite:
			p.Blocked = append(p.Blocked, row)
		}
	}
	sort.SliceStable(p.Allowed, func(i, j int) bool { return p.Allowed[i].MT && !p.Allowed[j].MT })
	p.Searched = p.Search != ""
	p.Found = q.directory(p.Search, states)
	p.Sessions = q.sessionRows()
	if d.Comptes != nil {
		p.CanSign = true
		if p.Passkeys, err = d.Comptes.Passkeys(q.r.Context(), q.me()); err != nil {
			return err
		}
		if p.HasMail, err = d.Comptes.HasMail(q.r.Context(), q.me()); err != nil {
			return err
		}
	}
	return q.render("settings", p)
}

func (q *request) careRow(p *annuaire.Professional, row careRow) careRow {
	row.ID, row.Name, row.Role = p.IDNat, p.Name(), p.Role
	if q.lang == "en" && p.RoleEN != "" {
		row.Role = p.RoleEN
	}
	if len(p.Structures) > 0 {
		if s := q.d.Annuaire.Structure(p.Structures[0]); s != nil {
			row.Place = s.Name
		}
	}
	return row
}

// directory finds professionals by the words of their name, role or place.
func (q *request) directory(search string, states map[string]acces.AuthorisationState) []careRow {
	words := fold(search)
	if len(words) == 0 {
		return nil
	}
	var out []careRow
	for _, p := range q.d.Annuaire.Professionals() {
		row := q.careRow(p, careRow{State: states[p.IDNat]})
		text := ins.Comparable(row.Name + " " + p.Role + " " + p.RoleEN + " " + row.Place)
		all := p.Active && p.Profession != ""
		for _, w := range words {
			all = all && strings.Contains(text, w)
		}
		if all && len(out) < maxDirectory {
			out = append(out, row)
		}
	}
	return out
}

const settingsPath = "/mon-espace/reglages"

// care authorises, blocks or unblocks a professional, with the way back.
func (d *Door) care(q *request) error {
	pro := d.Annuaire.Professional(q.r.PostFormValue("professionnel"))
	if pro == nil {
		return errNoPage
	}
	ctx, mt := q.r.Context(), q.r.PostFormValue("mt") == "oui"
	f := &flash{Undo: settingsPath + "/professionnel", Fields: map[string]string{"professionnel": pro.IDNat}}
	var err error
	switch q.r.PostFormValue("action") {
	case "bloquer":
		was, wasMT, e := q.authorisation(pro.IDNat)
		if e != nil {
			return e
		}
		err = d.DMP.Block(ctx, q.caller, q.me(), pro, true)
		f.Words, f.Fields["action"] = q.t("flash.blocked", pro.Name()), "debloquer"
		if was == acces.Active {
			f.Fields["action"] = "autoriser"
		}
		if wasMT {
			f.Fields["mt"] = "oui"
		}
	case "debloquer":
		err = d.DMP.Block(ctx, q.caller, q.me(), pro, false)
		f.Words, f.Fields["action"] = q.t("flash.unblocked", pro.Name()), "bloquer"
	case "autoriser":
		err = d.DMP.Authorise(ctx, q.caller, q.me(), pro, mt)
		f.Words, f.Undo = q.t("flash.allowed", pro.Name()), ""
	default:
		return errNoPage
	}
	if err != nil {
		return err
	}
	q.s.say(f)
	return q.redirect(settingsPath + "#acces")
}

// authorisation tells what stands for a professional now.
func (q *request) authorisation(professional string) (acces.AuthorisationState, bool, error) {
	auths, _, err := q.d.DMP.Authorisations(q.r.Context(), q.caller, q.me())
	for _, a := range auths {
		if a.Professional == professional {
			return a.State, a.MT, err
		}
	}
	return "", false, err
}

// choose records what the person wants in emergencies.
func (d *Door) choose(q *request) error {
	_, rec, err := d.DMP.Authorisations(q.r.Context(), q.caller, q.me())
	if err != nil {
		return err
	}
	c, oppose := rec.Choices, q.r.PostFormValue("opposition") == "oui"
	which := q.r.PostFormValue("choix")
	switch which {
	case "bris_de_glace":
		c.OpposeBrisDeGlace = oppose
	case "centre_15":
		c.OpposeUrgence = oppose
	default:
		return errNoPage
	}
	if err := d.DMP.Choose(q.r.Context(), q.caller, q.me(), c); err != nil {
		return err
	}
	undo := map[bool]string{true: "non", false: "oui"}[oppose]
	key := "flash.allow." + which
	if oppose {
		key = "flash.oppose." + which
	}
	q.s.say(&flash{Words: q.t(key), Undo: settingsPath + "/urgence", Fields: map[string]string{"choix": which, "opposition": undo}})
	return q.redirect(settingsPath + "#urgence")
}

var errUnderstood = &finding.Refusal{ID: "WEB-COMPRIS", Kind: finding.Invalid,
	Message: finding.T("Vous n'avez pas coché la case qui confirme votre choix.", "You did not tick the box that confirms your choice."),
	Fix:     finding.T("Rien n'a été changé. Revenez aux réglages et recommencez.", "Nothing was changed. Go back to the settings and retry.")}

// recordState opens, closes or opposes the record.
func (d *Door) recordState(q *request) error {
	ctx, f := q.r.Context(), &flash{Undo: settingsPath + "/dossier", Fields: map[string]string{"action": "ouvrir"}}
	var err error
	action := q.r.PostFormValue("action")
	if action != "ouvrir" && q.r.PostFormValue("compris") != "oui" {
		return errUnderstood
	}
	switch action {
	case "ouvrir":
		err = d.DMP.Open(ctx, q.caller, q.me())
		f.Words, f.Undo = q.t("flash.opened"), ""
	case "fermer":
		err = d.DMP.CloseRecord(ctx, q.caller, q.me(), "")
		f.Words = q.t("flash.closed")
	case "opposer":
		err = d.DMP.OpposeRecord(ctx, q.caller, q.me(), "")
		f.Words = q.t("flash.opposed")
	default:
		return errNoPage
	}
	if err != nil {
		return err
	}
	q.s.say(f)
	return q.redirect(settingsPath + "#dossier")
}

// endSession signs another browser of the same person out.
func (d *Door) endSession(q *request) error {
	for _, s := range d.sessions.ofSubject(q.s.subject) {
		if s.public == q.r.PostFormValue("session") && s != q.s {
			d.sessions.end(s)
			q.s.say(&flash{Words: q.t("flash.session")})
			return q.redirect(settingsPath + "#sessions")
		}
	}
	return errNoPage
}

// visibility hides a document from professionals, shows it again, or announces it to the person.
func (d *Door) visibility(q *request) error {
	id, base := q.recordOf()
	dos, err := q.beside(id)
	if err != nil {
		return err
	}
	_, entry := dos.Line(logicalID(q.r.PathValue("lid")))
	if entry == nil {
		return errNoPage
	}
	path := base + "/document/" + documentToken(entry)
	f := &flash{Undo: path + "/visibilite"}
	code, on := xds.MasquePS, false
	switch q.r.PostFormValue("action") {
	case "masquer":
		on = true
		f.Words, f.Fields = q.t("flash.masked"), map[string]string{"action": "demasquer"}
	case "demasquer":
		f.Words, f.Fields = q.t("flash.unmasked"), map[string]string{"action": "masquer"}
	case "annoncer":
		code = xds.InvisiblePatient
		f.Words, f.Undo = q.t("flash.announced"), ""
	default:
		return errNoPage
	}
	if _, err := d.DMP.SetVisibility(q.r.Context(), q.as(id), entry.UniqueID, code, on, 0); err != nil {
		return err
	}
	q.s.say(f)
	return q.redirect(path + "?vue=" + firstOf(known(q.r.PostFormValue("vue")), viewText))
}

func known(v string) string {
	if v == viewData || v == viewOriginal {
		return v
	}
	return ""
}
