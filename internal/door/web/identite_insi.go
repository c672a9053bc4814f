package web

import (
	"context"
	"strings"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// comparePage shows what INSi answered beside what is known here.
type comparePage struct {
	Row        identityRow
	Message    string
	Fix        string
	INS, Key   string
	Rows       []compareRow
	NeedsGiven bool // the first given name must be read on the document
	Given      string
	Seen       string // names the answer that was compared
}

type compareRow struct {
	Words, Here, There string
	Differs            bool
}

// compareTraits sets two lists of traits side by side; differ names those that do.
func (q *request) compareTraits(a, b ins.Traits, differ []string) []compareRow {
	sex := func(s string) string {
		if s == "" {
			return ""
		}
		return q.t("sex." + sexKey(s))
	}
	rows := []compareRow{{"birth_name", a.BirthName, b.BirthName, false}, {"birth_given", a.FirstGiven, b.FirstGiven, false}, {"birth_givens", a.Givens, b.Givens, false},
		{"birth_date", dateWords(q.lang, a.BirthDate), dateWords(q.lang, b.BirthDate), false}, {"sex", sex(a.Sex), sex(b.Sex), false}, {"birth_place", a.BirthPlace, b.BirthPlace, false}}
	for i := range rows {
		for _, name := range differ {
			rows[i].Differs = rows[i].Differs || rows[i].Words == name
		}
		if rows[i].Words == "birth_givens" {
			rows[i].Differs = ins.Comparable(a.Givens) != ins.Comparable(b.Givens)
		}
		rows[i].Words = q.t("trait." + rows[i].Words)
	}
	return rows
}

// compared is INSi as somebody saw it answer: another answer is not accepted in its place.
type compared struct {
	ins.Teleservice
	d    *Door
	id   ins.PersonID
	seen string
}

func (c compared) Search(ctx context.Context, q ins.Query) (ins.Reply, error) {
	r, err := c.Teleservice.Search(ctx, q)
	if err == nil && r.Code == ins.CodeFound && c.d.seenAnswer(c.id, r) != c.seen {
		return ins.Reply{}, dmp.ErrChanged
	}
	return r, err
}

// seenAnswer names an answer of INSi about a person.
func (d *Door) seenAnswer(id ins.PersonID, r ins.Reply) string {
	t := r.Traits
	return d.mac("insi", strings.Join([]string{string(id), r.INS.Matricule.Reveal(), r.INS.OID, t.BirthName, t.Givens, t.Sex, t.BirthDate, t.BirthPlace}, "\x00"))
}

// insi asks INSi: a search, a search whose answer was compared, or a verification.
// spec: INS §3, §6
func (d *Door) insi(q *request) error {
	id, ctx := q.identityID(), q.r.Context()
	switch q.field("action") {
	case "verification":
		ok, _, err := d.DMP.VerifyINS(ctx, q.caller, id, d.INSi)
		if err == nil && !ok {
			q.s.say(&flash{Words: q.t("flash.id.denied"), Bad: true})
			return q.redirect(identityPath(id))
		}
		return q.done(err, "", "flash.id.confirmed")
	case "accepter":
		if d.INSi == nil {
			return q.done(dmp.ErrNoTeleservice, "", "")
		}
		got, err := d.DMP.RetrieveINS(ctx, q.caller, id, compared{d.INSi, d, id, q.field("vue")}, true, q.field("prenom"))
		return q.retrieved(got, err)
	case "recherche":
		got, err := d.DMP.RetrieveINS(ctx, q.caller, id, d.INSi, false, "")
		return q.retrieved(got, err)
	}
	return errNoPage
}

// retrieved says what INSi answered, or asks for a comparison.
func (q *request) retrieved(got *dmp.Retrieved, err error) error {
	if err != nil {
		return q.done(err, "", "")
	}
	id := q.identityID()
	switch {
	case got.Applied:
		return q.done(nil, "", map[bool]string{true: "flash.id.qualified", false: "flash.id.retrieved"}[got.Person.Status == ins.Qualifiee])
	case got.Reply.Code != ins.CodeFound:
		words := "flash.id.nobody"
		if got.Reply.Code == ins.CodeSeveral {
			words = "flash.id.several"
		}
		q.s.say(&flash{Words: q.t(words), Bad: true})
		return q.redirect(identityPath(id))
	}
	t := got.Reply.Traits
	known := got.Person.Traits
	if cut, ok := ins.FirstOf(t.Givens, firstOf(q.field("prenom"), known.FirstGiven)); ok {
		t.FirstGiven = cut
	} else {
		t.FirstGiven = ""
	}
	p := comparePage{Row: q.identityRow(got.Person), Message: got.Refusal.Message.In(q.lang), Fix: got.Refusal.Fix.In(q.lang), Given: q.field("prenom"),
		NeedsGiven: got.Refusal.ID == ins.ErrFirstGiven.ID, Seen: q.d.seenAnswer(id, got.Reply), Rows: q.compareTraits(known, t, got.Match.Differences)}
	for i := range p.Rows {
		for _, a := range got.Match.Alerts {
			p.Rows[i].Differs = p.Rows[i].Differs || p.Rows[i].Words == q.t("trait."+a)
		}
	}
	p.INS, p.Key = spaced(got.Reply.INS.Matricule.Reveal())
	return q.render("insi", p)
}
