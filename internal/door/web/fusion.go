package web

import (
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// mergePage compares two identities before one is made part of the other.
type mergePage struct {
	Keep, Lose  identityRow
	Other       bool // there are two to compare
	Rows        []compareRow
	Reasons     []string
	Twin        bool
	Swap        string
	TwoINS      bool // both carry one, and they differ
	OtherTraits bool // the strict traits differ
	Problem     *problem
	Motive      string
	Doublons    []doublonRow
	Search      identitiesPage
}

// merge shows two identities side by side; posted, it makes one of them.
// spec: INS §8 (merge)
func (d *Door) merge(q *request) error {
	id := q.identityID()
	other := ins.PersonID(q.r.URL.Query().Get("avec"))
	if q.r.Method == "GET" {
		return q.mergePage(id, other, identitiesPage{}, nil)
	}
	if q.field("action") == "chercher" {
		s := identitiesPage{Birth: birthDate(q.field("naissance")), Name: q.field("nom"), Done: true}
		list, err := q.find(s)
		if ref := finding.As(err); ref != nil && ref.Kind == finding.Invalid {
			s.Problem = ref.Message.In(q.lang)
		} else if err != nil {
			return err
		}
		for _, x := range list {
			if x.ID != id {
				row := q.identityRow(x)
				row.Href = identityPath(id) + "/fusion?avec=" + queryEscape(row.ID)
				s.Rows = append(s.Rows, row)
			}
		}
		return q.mergePage(id, "", s, nil)
	}
	other = ins.PersonID(q.field("absorbe"))
	m := ins.Merging{Reason: q.field("motif"), SamePerson: q.field("meme_personne") == "oui", OtherTraits: q.field("traits_compares") == "oui"}
	_, err := d.DMP.MergePersons(q.r.Context(), q.caller, id, other, m)
	if err != nil {
		wrong := q.problemOf(err)
		if wrong == nil {
			return err
		}
		return q.mergePage(id, other, identitiesPage{}, wrong)
	}
	q.s.say(&flash{Words: q.t("flash.id.merged")})
	return q.redirect(identityPath(id))
}

func (q *request) mergePage(id, other ins.PersonID, search identitiesPage, wrong *problem) error {
	ctx := q.r.Context()
	keep, err := q.d.DMP.Person(ctx, q.caller, id)
	if err != nil {
		return err
	}
	p := mergePage{Keep: q.identityRow(keep), Problem: wrong, Search: search, Motive: q.field("motif")}
	if other == "" {
		list, err := q.d.DMP.Doublons(ctx, q.caller, id)
		if err != nil {
			return err
		}
		p.Doublons = q.doublonRows(list)
		for i := range p.Doublons {
			p.Doublons[i].Compare = identityPath(id) + "/fusion?avec=" + queryEscape(p.Doublons[i].ID)
		}
		return q.render("fusion", p)
	}
	lose, err := q.d.DMP.Person(ctx, q.caller, other)
	if err != nil {
		return err
	}
	p.Other, p.Lose, p.Swap = true, q.identityRow(lose), identityPath(other)+"/fusion?avec="+queryEscape(string(id))
	differ := keep.Traits.Differences(lose.Traits)
	p.OtherTraits = len(differ) > 0
	p.TwoINS = !keep.INS.IsZero() && !lose.INS.IsZero() && keep.INS != lose.INS
	alike := ins.Resemble(keep, lose)
	p.Twin = alike.Twin
	for _, r := range alike.Reasons {
		p.Reasons = append(p.Reasons, r.In(q.lang))
	}
	p.Rows = q.compareTraits(keep.Traits, lose.Traits, differ)
	add := func(key, a, b string) {
		p.Rows = append(p.Rows, compareRow{Words: q.t(key), Here: a, There: b, Differs: a != b})
	}
	add("trait.used_name", keep.Traits.UsedName, lose.Traits.UsedName)
	add("id.matricule", matriculeWords(keep.INS), matriculeWords(lose.INS))
	add("id.status", keep.Status.Text().In(q.lang), lose.Status.Text().In(q.lang))
	add("id.evidence", ins.Evidences[keep.Evidence.Kind].Label.In(q.lang), ins.Evidences[lose.Evidence.Kind].Label.In(q.lang))
	add("id.created", dateWords(q.lang, keep.CreatedAt), dateWords(q.lang, lose.CreatedAt))
	return q.render("fusion", p)
}

func matriculeWords(id insid.INS) string {
	if id.IsZero() {
		return ""
	}
	number, key := spaced(id.Matricule.Reveal())
	return number + " " + key
}

// separate undoes a merge.
// spec: INS §8 (unmerge)
func (d *Door) separate(q *request) error {
	_, err := d.DMP.UnmergePersons(q.r.Context(), q.caller, q.identityID(), ins.PersonID(q.field("absorbe")), q.field("motif"))
	return q.done(err, "", "flash.id.separated")
}
