package guichet

import (
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// View is an identity as the desk shows it.
type View struct {
	ID          string    `json:"id"`
	Status      string    `json:"status"`
	INS         string    `json:"ins,omitempty"`
	OID         string    `json:"ins_oid,omitempty"`
	BirthName   string    `json:"birth_name"`
	BirthGiven  string    `json:"birth_given"`
	BirthGivens string    `json:"birth_givens"`
	Sex         string    `json:"sex"`
	BirthDate   string    `json:"birth_date"`
	BirthPlace  string    `json:"birth_place"`
	UsedName    string    `json:"used_name,omitempty"`
	UsedGiven   string    `json:"used_given,omitempty"`
	BirthTown   string    `json:"birth_town,omitempty"`
	Phone       string    `json:"phone,omitempty"`
	Mail        string    `json:"mail,omitempty"`
	Address     string    `json:"address,omitempty"`
	Profession  string    `json:"profession,omitempty"`
	Vitale      string    `json:"vitale,omitempty"`
	Local       []Local   `json:"ipp,omitempty"`
	Related     []Related `json:"related,omitempty"`
	Homonyme    bool      `json:"homonyme"`
	Douteuse    bool      `json:"douteuse"`
	Fictive     bool      `json:"fictive"`
	Anonyme     bool      `json:"anonyme"`
	Reliability []string  `json:"reliability"` // PID-32
	Evidence    *Checked  `json:"evidence,omitempty"`
	MergedInto  string    `json:"merged_into,omitempty"`
	Absorbed    []string  `json:"absorbed,omitempty"`
	Why         []Why     `json:"why"` // why it is not qualified; empty when it is
	History     []Change  `json:"history"`
	Doublons    []Doublon `json:"doublons,omitempty"`
	Opened      bool      `json:"opened,omitempty"`
}

// Checked is the document an identity stands on.
type Checked struct {
	Kind     string `json:"kind"`
	Date     string `json:"date"`
	Operator string `json:"operator"`
	With     string `json:"with,omitempty"`
	Setting  string `json:"setting,omitempty"`
}

// Why is one thing an identity lacks to be qualified.
type Why struct {
	ID      string       `json:"id"`
	Missing finding.Text `json:"missing"`
	Rule    string       `json:"rule"`
	Fix     finding.Text `json:"fix"`
}

// Change is one line of the history of an identity.
type Change struct {
	Time   string `json:"time"`
	By     string `json:"by"`
	What   string `json:"what"`
	Detail string `json:"detail,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after"`
	Other  string `json:"other,omitempty"`
}

// Doublon is an identity that may be the same person.
type Doublon struct {
	View
	Score   int            `json:"score"`
	Twin    bool           `json:"twin,omitempty"`
	Reasons []finding.Text `json:"reasons"`
}

// INSiAnswer is what a question to INSi led to.
type INSiAnswer struct {
	Action      string        `json:"action"`
	Code        string        `json:"code,omitempty"`
	Label       string        `json:"label,omitempty"`
	Asked       int           `json:"asked,omitempty"`
	Applied     bool          `json:"applied"`
	Verified    *bool         `json:"verified,omitempty"`
	Traits      *StrictTraits `json:"traits,omitempty"` // as INSi knows them, to compare
	Differences []string      `json:"differences,omitempty"`
	Alerts      []string      `json:"alerts,omitempty"`
	Todo        *Todo         `json:"todo,omitempty"`
	Identity    View          `json:"identity"`
}

// Todo says what somebody must do before the INS is attached.
type Todo struct {
	ID      string       `json:"id"`
	Message finding.Text `json:"message"`
	Fix     finding.Text `json:"fix"`
}

// brief shows an identity in a list.
func brief(p *ins.Person) View {
	t := p.Traits
	return View{ID: string(p.ID), Status: p.Status.String(), INS: p.INS.Matricule.Reveal(), OID: p.INS.OID, BirthName: t.BirthName, BirthGiven: t.FirstGiven,
		BirthGivens: t.Givens, Sex: t.Sex, BirthDate: t.BirthDate, BirthPlace: t.BirthPlace, UsedName: t.UsedName, UsedGiven: t.UsedGiven, BirthTown: p.BirthTown,
		Homonyme: p.Homonyme, Douteuse: p.Douteuse, Fictive: p.Fictive, Anonyme: p.Anonyme, Reliability: ins.ReliabilityCodes(p), MergedInto: string(p.MergedInto),
		Why: []Why{}, History: []Change{}}
}

// whole shows everything about an identity.
func whole(p *ins.Person) View {
	v := brief(p)
	v.Phone, v.Mail, v.Address, v.Profession, v.Vitale = p.Phone, p.Mail, p.Address, p.Profession, p.Vitale
	for _, l := range p.Local {
		v.Local = append(v.Local, Local{l.Value, l.Authority})
	}
	for _, r := range p.Related {
		v.Related = append(v.Related, Related{r.Link, r.Name, r.Phone, string(r.Person)})
	}
	if e := p.Evidence; e.Kind != "" {
		v.Evidence = &Checked{e.Kind, e.Date, e.Operator, e.With, e.Setting}
	}
	for _, a := range p.Absorbed {
		v.Absorbed = append(v.Absorbed, string(a.ID))
	}
	for _, r := range ins.Explain(p) {
		v.Why = append(v.Why, Why(r))
	}
	for _, h := range p.Past {
		v.History = append(v.History, Change{Time: h.At.UTC().Format("2006-01-02T15:04:05Z"), By: h.By, What: string(h.What), Detail: h.Detail,
			Before: h.Before.String(), After: h.After.String(), Other: string(h.Other)})
	}
	return v
}

func doublons(list []ins.Doublon) (out []Doublon) {
	for _, x := range list {
		out = append(out, Doublon{View: brief(x.Person), Score: x.Score, Twin: x.Twin, Reasons: x.Reasons})
	}
	return out
}

func answer(got *dmp.Retrieved) INSiAnswer {
	a := INSiAnswer{Action: "recherche", Code: string(got.Reply.Code), Label: got.Reply.Label, Asked: got.Asked, Applied: got.Applied, Identity: whole(got.Person),
		Differences: got.Match.Differences, Alerts: got.Match.Alerts}
	if t := got.Reply.Traits; got.Reply.Code == ins.CodeFound {
		a.Traits = &StrictTraits{t.BirthName, t.FirstGiven, t.Givens, t.Sex, t.BirthDate, t.BirthPlace}
	}
	if r := got.Refusal; r != nil {
		a.Todo = &Todo{r.ID, r.Message, r.Fix}
	}
	return a
}
