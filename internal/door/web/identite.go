package web

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// identityPage is everything the desk knows of one identity, and what can be done.
type identityPage struct {
	Row          identityRow
	T            ins.Traits
	C            ins.Complementary
	Reasons      []reasonRow
	Complemented bool // something is known beside the strict traits
	HasINS       bool
	Proved       bool // a document validates the identity
	Proof        *proofRow
	MayAsk       bool // INSi may be asked
	NoINSi       bool // nobody to ask
	Kept         string
	Doublons     []doublonRow
	Absorbed     []absorbedRow
	Former       []string
	History      []historyRow
	Attributes   []attributeRow
	Doctors      []delegationRow // for whom the reader may declare the authorisation
	MayRead      bool            // the reader has records of their own
	Problem      *problem
	Open         string // section that is open
	F            identityForm
	Motive       string
	Kinds        []option
	With         []option
	Links        []option
	Today        string
}

// reasonRow is one thing the identity lacks, and the step that gives it.
type reasonRow struct{ ID, Missing, Rule, Fix, Step string }

type proofRow struct {
	Words, Date, By, With string
	High                  bool
}

type absorbedRow struct {
	identityRow
	At     any
	By     string
	Reason string
}

type historyRow struct {
	At            any
	Words, Detail string
	By            string
	Before, After string
	Changed       bool
}

type attributeRow struct {
	Key string
	On  bool
}

// steps tells which step answers a reason: the section of the page where it is taken.
var steps = map[string]string{"POURQUOI-INS": "insi", "POURQUOI-INFIRMEE": "insi", "POURQUOI-TRAITS": "insi", "POURQUOI-PIECE": "piece",
	"POURQUOI-DOUTE": "signalements", "POURQUOI-SEXE": "traits", "POURQUOI-FICTIVE": "", "POURQUOI-ANONYMAT": ""}

var sections = []string{"traits", "complements", "piece", "signalements"}

// identity shows one identity.
func (d *Door) identity(q *request) error {
	open := q.r.URL.Query().Get("ouvrir")
	if !slices.Contains(sections, open) {
		open = ""
	}
	return q.identity(q.identityID(), open, nil)
}

func (q *request) identityID() ins.PersonID { return ins.PersonID(q.r.PathValue("id")) }

// identity renders the page; with a problem, the section it came from is open and holds what was typed.
func (q *request) identity(id ins.PersonID, open string, wrong *problem) error {
	p, err := q.d.DMP.Person(q.r.Context(), q.caller, id)
	if err != nil {
		return err
	}
	v := identityPage{Row: q.identityRow(p), T: p.Traits, C: p.Complements(), HasINS: !p.INS.IsZero(), Proved: p.Evidence.Validates(p.Traits.BirthDate),
		NoINSi: q.d.INSi == nil, MayAsk: q.d.INSi != nil && p.OpenToINSi() == nil, Open: open, Problem: wrong, MayRead: q.caller.Profession != "",
		Kinds: q.evidenceOptions(), With: q.companionOptions(), Today: q.today()}
	c := v.C
	v.Complemented = c.UsedName+c.UsedGiven+c.BirthTown+c.Phone+c.Mail+c.Address != "" || len(c.Local)+len(c.Related) > 0
	v.F = formOf(p)
	v.F.Date = v.Today
	if wrong != nil && open != "" {
		typed := q.identityForm()
		switch open {
		case "traits", "complements", "piece":
			v.F = typed
		}
		v.Motive = q.field("motif")
	}
	for _, r := range ins.Explain(p) {
		v.Reasons = append(v.Reasons, reasonRow{r.ID, r.Missing.In(q.lang), r.Rule, r.Fix.In(q.lang), steps[r.ID]})
	}
	if e := p.Evidence; e.Kind != "" {
		v.Proof = &proofRow{Words: ins.Evidences[e.Kind].Label.In(q.lang), Date: e.Date, By: q.who(e.Operator), High: v.Proved}
		if e.With != "" {
			v.Proof.With = firstOf(ins.Evidences[e.With].Label.In(q.lang), q.t("piece.court"))
		}
	}
	if p.MergedInto != "" {
		v.Kept = identityPath(p.MergedInto)
	}
	for _, f := range p.Former {
		v.Former = append(v.Former, f.INS.Matricule.Reveal())
	}
	for _, a := range p.Absorbed {
		row := absorbedRow{At: a.At, By: q.who(a.By), Reason: a.Reason}
		if x, err := q.d.DMP.Person(q.r.Context(), q.caller, a.ID); err == nil {
			row.identityRow = q.identityRow(x)
		}
		v.Absorbed = append(v.Absorbed, row)
	}
	past, err := q.d.DMP.IdentityHistory(q.r.Context(), q.caller, id)
	if err != nil {
		return err
	}
	for i := len(past) - 1; i >= 0; i-- {
		v.History = append(v.History, q.historyRow(past[i]))
	}
	v.Attributes = []attributeRow{{"homonyme", p.Homonyme}, {"douteuse", p.Douteuse}, {"fictive", p.Fictive}}
	if p.Anonyme {
		v.Attributes = append(v.Attributes, attributeRow{"anonyme", true})
	}
	if p.MergedInto == "" {
		list, err := q.d.DMP.Doublons(q.r.Context(), q.caller, id)
		if err != nil {
			return err
		}
		v.Doublons = q.doublonRows(list)
		for i := range v.Doublons {
			v.Doublons[i].Compare = identityPath(id) + "/fusion?avec=" + queryEscape(v.Doublons[i].ID)
		}
	}
	if v.Doctors, err = q.actsFor(); err != nil {
		return err
	}
	return q.render("identite", v)
}

func formOf(p *ins.Person) identityForm {
	t := p.Traits
	return identityForm{BirthName: t.BirthName, Given: t.FirstGiven, Givens: t.Givens, Sex: t.Sex, Birth: t.BirthDate, Place: t.BirthPlace, Town: p.BirthTown,
		UsedName: t.UsedName, UsedGiven: t.UsedGiven, Phone: p.Phone, Mail: p.Mail, Address: p.Address, Profession: p.Profession}
}

// who names an operator.
func (q *request) who(idNat string) string {
	if idNat == "" {
		return ""
	}
	if p := q.d.Annuaire.Professional(idNat); p != nil {
		return p.Name()
	}
	return idNat
}

// traitNames are the fields that the history names.
var traitNames = []string{"birth_name", "birth_given", "birth_givens", "birth_date", "sex", "birth_place"}

func (q *request) historyRow(c ins.Change) historyRow {
	h := historyRow{At: c.At, Words: q.t("event." + string(c.What)), By: q.who(c.By), After: c.After.Text().In(q.lang), Changed: c.Before != c.After && c.Before != 0}
	if h.Changed {
		h.Before = c.Before.Text().In(q.lang)
	}
	// The names of the fields are for programs: people read words.
	var parts []string
	for _, part := range strings.Split(c.Detail, ", ") {
		if slices.Contains(traitNames, part) {
			part = q.t("trait." + part)
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	if c.Evidence.Kind != "" && (c.What == ins.EvidenceChecked || c.What == ins.EvidenceWithdrawn) {
		parts = append([]string{ins.Evidences[c.Evidence.Kind].Label.In(q.lang)}, parts...)
	}
	h.Detail = strings.Join(parts, ", ")
	return h
}

// done ends an action of the desk: back to the identity with a sentence, or the page again with what
// went wrong and what was typed.
func (q *request) done(err error, section, words string) error {
	id := q.identityID()
	if err != nil {
		wrong := q.problemOf(err)
		if wrong == nil {
			return err
		}
		return q.identity(id, section, wrong)
	}
	q.s.say(&flash{Words: q.t(words)})
	return q.redirect(identityPath(id))
}

// evidence records a document, or takes back its check.
func (d *Door) evidence(q *request) error {
	if q.field("action") == "retirer" {
		_, err := d.DMP.WithdrawEvidence(q.r.Context(), q.caller, q.identityID(), q.field("motif"))
		return q.done(err, "piece", "flash.id.withdrawn")
	}
	p, err := d.DMP.RecordEvidence(q.r.Context(), q.caller, q.identityID(), q.identityForm().evidence())
	words := "flash.id.evidence"
	if err == nil && p.Status == ins.Qualifiee {
		words = "flash.id.qualified"
	}
	return q.done(err, "piece", words)
}

// traits changes the strict traits by hand.
func (d *Door) traits(q *request) error {
	t := q.identityForm().traits()
	_, err := d.DMP.ChangeTraits(q.r.Context(), q.caller, q.identityID(), t, q.field("motif"))
	return q.done(err, "traits", "flash.id.traits")
}

// complements changes what is known beside the strict traits.
func (d *Door) complements(q *request) error {
	f := q.identityForm()
	_, err := d.DMP.SetComplementary(q.r.Context(), q.caller, q.identityID(), func(c *ins.Complementary) {
		c.UsedName, c.UsedGiven, c.BirthTown, c.Phone, c.Mail, c.Address, c.Profession = f.UsedName, f.UsedGiven, f.Town, f.Phone, f.Mail, f.Address, f.Profession
		if v := q.field("ipp"); v != "" {
			c.Local = append(c.Local, ins.LocalID{Value: v, Authority: q.field("ipp-autorite")})
		}
	})
	return q.done(err, "complements", "flash.id.complements")
}

// attribute sets or lifts a mark.
func (d *Door) attribute(q *request) error {
	set := d.DMP.SetHomonyme
	switch q.field("attribut") {
	case "homonyme":
	case "douteuse":
		set = d.DMP.SetDouteuse
	case "fictive":
		set = d.DMP.SetFictive
	case "anonyme":
		set = d.DMP.SetAnonyme
	default:
		return errNoPage
	}
	_, err := set(q.r.Context(), q.caller, q.identityID(), q.field("etat") == "oui", q.field("motif"))
	return q.done(err, "signalements", "flash.id.mark")
}

// professionalNamed gives somebody of the directory; without a name, the reader.
func (q *request) professionalNamed(idNat string) *annuaire.Professional {
	if idNat == "" {
		idNat = q.caller.ID
	}
	return q.d.Annuaire.Professional(idNat)
}

// actsFor lists the professionals whose staff the reader is, by delegation.
func (q *request) actsFor() ([]delegationRow, error) {
	if q.caller.Profession != "" || q.caller.Structure == "" {
		return nil, nil
	}
	list, err := q.d.DMP.Delegations(q.r.Context(), q.caller.Structure, q.caller.ID)
	if err != nil {
		return nil, err
	}
	return q.delegationRows(list, func(acces.Delegation) bool { return true }), nil
}
