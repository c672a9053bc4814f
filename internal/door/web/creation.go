package web

import (
	"errors"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// identityForm is what is typed about a person.
type identityForm struct {
	BirthName, Given, Givens, Sex, Birth, Place string
	Town, UsedName, UsedGiven                   string
	Phone, Mail, Address, Profession            string
	Kind, Date, With, Setting                   string
	Fictive                                     bool
}

func (q *request) identityForm() identityForm {
	f := q.field
	return identityForm{BirthName: f("nom"), Given: f("prenom"), Givens: f("prenoms"), Sex: f("sexe"), Birth: birthDate(f("naissance")), Place: f("lieu"),
		Town: f("commune"), UsedName: f("nom-utilise"), UsedGiven: f("prenom-utilise"), Phone: f("telephone"), Mail: f("courriel"), Address: f("adresse"),
		Profession: f("profession"), Kind: f("piece"), Date: birthDate(f("piece-date")), With: f("piece-avec"), Setting: f("piece-cadre"), Fictive: f("fictive") == "oui"}
}

func (f identityForm) traits() ins.Traits {
	return ins.Traits{BirthName: f.BirthName, FirstGiven: f.Given, Givens: firstOf(f.Givens, f.Given), Sex: f.Sex, BirthDate: f.Birth, BirthPlace: f.Place}
}

func (f identityForm) evidence() ins.Evidence {
	return ins.Evidence{Kind: f.Kind, Date: f.Date, With: f.With, Setting: f.Setting}
}

// option is a choice of a list.
type option struct {
	Value, Words string
	Group        string
}

// evidenceOptions lists the documents by what they are worth.
func (q *request) evidenceOptions() (out []option) {
	for _, group := range []string{"high", "minor", "noted"} {
		for _, k := range ins.EvidenceKinds() {
			e := ins.Evidences[k]
			of := "noted"
			if e.High && e.Minor {
				of = "minor"
			} else if e.High {
				of = "high"
			}
			if of == group {
				out = append(out, option{k, e.Label.In(q.lang), q.t("piece.group." + group)})
			}
		}
	}
	return out
}

// companionOptions lists the second documents.
func (q *request) companionOptions() (out []option) {
	for _, k := range []string{"CNI", "PASSEPORT", "TITRE_SEJOUR", "VITALE_PHOTO"} {
		out = append(out, option{Value: k, Words: ins.Evidences[k].Label.In(q.lang)})
	}
	return append(out, option{Value: "DECISION_JUSTICE", Words: q.t("piece.court")})
}

// today is the day a form proposes.
func (q *request) today() string { return q.d.Now().In(paris).Format("2006-01-02") }

// creationPage is the form of a new identity, and those it resembles.
type creationPage struct {
	F           identityForm
	Problem     *problem
	Doublons    []doublonRow
	Kinds, With []option
	Today       string
}

// doublonRow is an identity that may be the same person, and why.
type doublonRow struct {
	identityRow
	Score   int
	Twin    bool
	Reasons []string
	Compare string // address of the comparison; "" when there is nothing to compare with yet
}

func (q *request) doublonRows(list []ins.Doublon) (out []doublonRow) {
	for _, x := range list {
		r := doublonRow{identityRow: q.identityRow(x.Person), Score: x.Score, Twin: x.Twin}
		for _, reason := range x.Reasons {
			r.Reasons = append(r.Reasons, reason.In(q.lang))
		}
		out = append(out, r)
	}
	return out
}

// problem is what went wrong, above a form that keeps what was typed.
type problem struct {
	ID, Message, Fix string
	Other            string // address of the identity that stands in the way
}

// problemOf tells a refusal to who can do something about it; nil for any other error.
func (q *request) problemOf(err error) *problem {
	ref := finding.As(err)
	if ref == nil || ref.Kind == finding.NotFound || ref.Kind == finding.Internal {
		return nil
	}
	q.status = kindStatus[ref.Kind]
	p := &problem{ID: ref.ID, Message: ref.Message.In(q.lang), Fix: ref.Fix.In(q.lang)}
	if errors.Is(ref, ins.ErrCarried) && ref.Where != "" {
		p.Other = identityPath(ins.PersonID(ref.Where))
	}
	return p
}

// create makes an identity: what resembles it is shown first, and somebody says whether to go on.
// spec: INS §2 (local search), §8
func (d *Door) create(q *request) error {
	p := creationPage{Kinds: q.evidenceOptions(), With: q.companionOptions(), Today: q.today()}
	if q.r.Method == "GET" || q.field("action") == "preparer" {
		p.F = q.identityForm()
		return q.render("creation", p)
	}
	p.F = q.identityForm()
	compared := q.field("compare") == "oui"
	n := dmp.Creation{Traits: p.F.traits(), Fictive: p.F.Fictive, Compared: compared, Evidence: p.F.evidence(),
		Complement: ins.Complementary{UsedName: p.F.UsedName, UsedGiven: p.F.UsedGiven, BirthTown: p.F.Town, Phone: p.F.Phone, Mail: p.F.Mail, Address: p.F.Address}}
	if n.Evidence.Kind == "" {
		n.Evidence = ins.Evidence{}
	}
	if !compared && !n.Fictive && n.Traits.BirthDate != "" {
		near, err := d.DMP.SearchPersons(q.r.Context(), q.caller, ins.Search{BirthDate: n.Traits.BirthDate})
		if err != nil {
			return err
		}
		candidate := ins.Person{Traits: n.Traits.Normalised()}
		candidate.Traits.UsedName, candidate.Traits.UsedGiven = ins.Normalise(p.F.UsedName), ins.Normalise(p.F.UsedGiven)
		if p.Doublons = q.doublonRows(ins.Doublons(&candidate, near)); len(p.Doublons) > 0 {
			return q.render("creation", p)
		}
	}
	kept, found, err := d.DMP.CreateIdentity(q.r.Context(), q.caller, n)
	if errors.Is(err, dmp.ErrDoublon) {
		p.Doublons = q.doublonRows(found)
		return q.render("creation", p)
	}
	if err != nil {
		if p.Problem = q.problemOf(err); p.Problem == nil {
			return err
		}
		return q.render("creation", p)
	}
	q.s.say(&flash{Words: q.t("flash.id.created")})
	return q.redirect(identityPath(kept.ID))
}
