package web

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/ins"
)

var (
	errConsent = &finding.Refusal{ID: "WEB-CONSENTEMENT", Kind: finding.Invalid, Rule: "DMP 2.3",
		Message: finding.T("Vous n'avez pas confirmé avoir recueilli le consentement.", "You did not confirm that consent was collected."),
		Fix:     finding.T("Rien n'a été changé. Revenez au dossier et cochez la case.", "Nothing was changed. Go back to the record and tick the box.")}
	errMotive = &finding.Refusal{ID: "WEB-MOTIF", Kind: finding.Invalid, Rule: "DMP 3.3",
		Message: finding.T("Le bris de glace demande un motif.", "Break-glass asks for a reason."),
		Fix:     finding.T("Rien n'a été ouvert. Revenez au dossier et dites pourquoi.", "Nothing was opened. Go back to the record and say why.")}
)

// Bounds of the reason of an emergency access.
const (
	minMotive = 4
	maxMotive = 200
)

// authorise declares the professional's own authorisation, or that of who delegated it to their staff,
// after they collected consent.
func (d *Door) authorise(q *request) error {
	id := ins.PersonID(q.r.PathValue("id"))
	if q.r.PostFormValue("consentement") != "oui" {
		return errConsent
	}
	p := q.professionalNamed(q.field("professionnel"))
	if p == nil {
		return errNoPage
	}
	if err := d.DMP.Authorise(q.r.Context(), q.caller, id, p, false); err != nil {
		return err
	}
	q.s.setMode(id, "", "", d.Now())
	q.forget()
	if p.IDNat != q.caller.ID { // staff: they open no record, the desk is theirs
		q.s.say(&flash{Words: q.t("flash.authorised.for", p.Name())})
		return q.redirect(identityPath(id))
	}
	q.s.say(&flash{Words: q.t("flash.authorised")})
	return q.redirect(recordPath(id))
}

// emergency declares an emergency for one record and one hour; acces decides, the journal says it.
func (d *Door) emergency(q *request) error {
	id := ins.PersonID(q.r.PathValue("id"))
	if _, err := d.DMP.Person(q.r.Context(), q.caller, id); err != nil {
		return err
	}
	switch acces.Mode(q.r.PostFormValue("mode")) {
	case acces.BrisDeGlace:
		motive := strings.Join(strings.Fields(q.r.PostFormValue("motif")), " ")
		if len(motive) < minMotive || len(motive) > maxMotive {
			return errMotive
		}
		q.s.setMode(id, acces.BrisDeGlace, motive, d.Now())
	case acces.Centre15:
		if s := d.Annuaire.Structure(q.caller.Structure); s == nil || s.Practice != samu {
			return errNoPage
		}
		q.s.setMode(id, acces.Centre15, "", d.Now())
	case acces.Normal:
		q.s.setMode(id, "", "", d.Now())
		q.forget()
		return q.redirect(q.homePath())
	default:
		return errNoPage
	}
	return q.redirect(recordPath(id))
}
