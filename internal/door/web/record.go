package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

func queryEscape(s string) string { return url.QueryEscape(s) }

// banner is what is always known of the person whose record is open.
type banner struct {
	ID, Base              string // handle; address of the record
	Name, Given           string // as used
	BirthName, BirthGiven string // when they differ
	Sex, Age, Birth, Town string
	INS, Key, INSLabel    string
	Qualified             bool
	Status                string
	Homonym               bool
	Reason                string // why the reader may look
	Emergency             string // sentence of the mode, when it is not the normal one
	MT, Citizen           bool
	Born                  string // key of the word
	Token                 string // of the form that ends an emergency
}

func (q *request) banner(p *ins.Person, reason string, mt bool) banner {
	b := banner{ID: string(p.ID), Base: recordPath(p.ID), Name: p.Traits.BirthName, Given: ins.Title(p.Traits.FirstGiven), Qualified: p.Status == ins.Qualifiee,
		Status: p.Status.Text().In(q.lang), Birth: p.Traits.BirthDate, Age: age(q.lang, p.Traits.BirthDate, q.d.Now()), Town: p.BirthTown,
		Homonym: p.Homonyme, MT: mt, Citizen: q.caller.Citizen}
	if p.Traits.UsedName != "" && p.Traits.UsedName != p.Traits.BirthName {
		b.Name, b.BirthName = p.Traits.UsedName, p.Traits.BirthName
	}
	if p.Traits.UsedGiven != "" && p.Traits.UsedGiven != p.Traits.FirstGiven {
		b.Given, b.BirthGiven = ins.Title(p.Traits.UsedGiven), ins.Title(p.Traits.FirstGiven)
	}
	b.Sex, b.Born, b.Token = q.t("sex."+sexKey(p.Traits.Sex)), "born", q.d.formToken(q.s)
	if s := sexKey(p.Traits.Sex); s != "I" {
		b.Born = "born." + s
	}
	if !p.INS.IsZero() {
		b.INS, b.Key = spaced(p.INS.Matricule.Reveal())
		b.INSLabel = insid.Label(p.INS.OID)
	}
	if q.caller.Citizen {
		b.Base = "/mon-espace"
		return b
	}
	if _, ok := catalogue["reason."+reason]; ok {
		b.Reason = q.t("reason." + reason)
	}
	c := q.as(p.ID)
	switch c.Mode {
	case acces.BrisDeGlace:
		b.Emergency = q.t("emergency.on", c.ModeReason)
	case acces.Centre15:
		b.Emergency = q.t("emergency.on15")
	}
	return b
}

func sexKey(s string) string {
	if s == "F" || s == "M" {
		return s
	}
	return "I"
}

// spaced writes a matricule as people read it: 2 91 03 99 301 042 and its key.
func spaced(m string) (number, key string) {
	if len(m) != 15 {
		return m, ""
	}
	return strings.Join([]string{m[:1], m[1:3], m[3:5], m[5:7], m[7:10], m[10:13]}, "\u202f"), m[13:]
}

// line is one document of the timeline, in words.
type line struct {
	dmp.Line
	Kind                     kind
	KindWord, Title, Sub     string
	Href                     string
	Day, Month               string
	Date                     string
	Source, Says             string
	Out                      []outOfRange // what the laboratory flagged, the first ones
	OutMore                  int
	Current                  bool
	Older                    []older
	MaskedWords, InvisibleTo string
}

type older struct {
	Title, Href, Date string
	Version           string
}

// group is a month of the timeline.
type group struct {
	Year, Month, ID string
	Lines           []*line
}

type filter struct {
	Kind    kind
	Word    string
	Count   int
	Href    string
	Current bool
}

// timeline is the list of documents, filtered.
type timeline struct {
	Groups   []group
	Filters  []filter
	Shown    int
	Total    int
	New      int
	Query    string
	Searched bool
	Base     string
	KindArg  string
	Token    string
}

// wanted is what the reader asks of a timeline.
type wanted struct {
	kind  kind
	query string
	open  string // logical id of the document beside
}

// timeline puts the lines of a dossier in words and groups.
func (q *request) timeline(dos *dmp.Dossier, base string, w wanted) *timeline {
	t := &timeline{Base: base, Query: w.query, Searched: w.query != "", KindArg: string(w.kind)}
	counts := map[kind]int{}
	words := fold(w.query)
	for i := range dos.Lines {
		l := q.line(&dos.Lines[i], base)
		if !matches(l, words) {
			continue
		}
		counts[l.Kind]++
		t.Total++
		if w.kind != "" && l.Kind != w.kind {
			continue
		}
		t.Shown++
		if l.New {
			t.New++
		}
		l.Current = w.open != "" && l.Entry.LogicalID == w.open
		if words != nil {
			if s := excerpt(l.Digest.Text, words); s != "" {
				l.Says, l.Out, l.OutMore = s, nil, 0
			}
		}
		t.place(q, l)
	}
	t.filters(q, counts, w)
	return t
}

func (t *timeline) place(q *request, l *line) {
	at, _, ok := moment(whenOf(l))
	year, month, id := "—", "", "x"
	if ok {
		year, month, id = at.Format("2006"), months[q.lang][at.Month()-1], at.Format("2006-01")
		l.Day, l.Month = dayOf(q.lang, at), shortMonths[q.lang][at.Month()-1]
	}
	if n := len(t.Groups); n == 0 || t.Groups[n-1].ID != id {
		t.Groups = append(t.Groups, group{Year: year, Month: month, ID: id})
	}
	g := &t.Groups[len(t.Groups)-1]
	g.Lines = append(g.Lines, l)
}

func (t *timeline) filters(q *request, counts map[kind]int, w wanted) {
	t.Filters = append(t.Filters, filter{Word: q.t("kind.all"), Count: t.Total, Href: t.Base, Current: w.kind == ""})
	for _, k := range kinds {
		if counts[k] > 0 {
			t.Filters = append(t.Filters, filter{Kind: k, Word: q.t("kinds." + string(k)), Count: counts[k], Href: t.Base + "?type=" + string(k), Current: w.kind == k})
		}
	}
}

func whenOf(l *line) string {
	if l.Entry.ServiceStart != "" {
		return l.Entry.ServiceStart
	}
	return l.Entry.CreationTime
}

// line writes one document in words.
func (q *request) line(d *dmp.Line, base string) *line {
	e := d.Entry
	l := &line{Line: *d, Kind: kindOf(e), Title: e.Title, Href: base + "/document/" + documentToken(e)}
	l.KindWord = q.t("kind." + string(l.Kind))
	l.Date = whenOf(l)
	plain := typeWords(q.lang, e)
	if q.caller.Citizen {
		if !strings.EqualFold(plain, e.Title) {
			l.Sub = e.Title
		}
		l.Title = plain
	}
	if l.Title == "" {
		l.Title = plain
	}
	l.Source = strings.Join(nonEmpty(polite(d.Digest.Author), d.Digest.Place), " · ")
	l.Says = d.Digest.Line
	q.flagged(l)
	if n := len(d.Digest.Results); n > 0 && len(l.Out) == 0 {
		l.Says = q.unflagged(d.Digest.Results)
	}
	for _, v := range d.Versions {
		l.Older = append(l.Older, older{Title: v.Title, Href: base + "/document/" + documentToken(v), Date: v.CreationTime})
	}
	return l
}

// outOfRange is a flagged result, in a word or two.
type outOfRange struct {
	Flag         flag
	Label, Value string
}

// maxOut is how many flagged results a line of the timeline names.
const maxOut = 3

// flagged lists what the laboratory flagged in a report.
func (q *request) flagged(l *line) {
	for _, r := range l.Digest.Results {
		if !r.Abnormal {
			continue
		}
		f := q.flagOf(r.Flags)
		if f.Key == "" {
			continue
		}
		if len(l.Out) == maxOut {
			l.OutMore++
			continue
		}
		value := number(q.lang, firstOf(r.Value, r.Shown))
		if u := unitWords(r.Unit); u != "" && r.Value != "" {
			value += "\u00a0" + u
		}
		l.Out = append(l.Out, outOfRange{f, r.Label, value})
	}
}

// unflagged says in a line what a report without any flag holds.
func (q *request) unflagged(results []dmp.Point) string {
	var first []string
	for _, r := range results[:min(len(results), maxOut)] {
		value := number(q.lang, firstOf(r.Value, r.Shown))
		if u := unitWords(r.Unit); u != "" && r.Value != "" {
			value += "\u00a0" + u
		}
		if r.Label != "" && value != "" {
			first = append(first, r.Label+" "+value)
		}
	}
	s := strings.Join(first, " · ")
	if n := len(results) - len(first); n > 0 {
		s += " · " + count(q.lang, "out.more", n)
	}
	return s
}

func nonEmpty(list ...string) []string {
	out := list[:0:0]
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// recordPage is the record of a person for a professional.
type recordPage struct {
	B        banner
	T        *timeline
	Overview *overview
}

// record shows a record, or asks by what right.
func (d *Door) record(q *request) error {
	id := ins.PersonID(q.r.PathValue("id"))
	dos, err := q.enter(id)
	if ref := finding.As(err); ref != nil && dos != nil && dos.Person != nil {
		if q.urgent(id) { // the emergency opened nothing: it is over
			q.s.setMode(id, "", "", d.Now())
		}
		return d.threshold(q, dos, ref)
	}
	if err != nil {
		return err
	}
	w := wanted{kind: knownKind(q.r.FormValue("type")), query: strings.TrimSpace(q.r.PostFormValue("q"))}
	base := recordPath(id)
	return q.render("record", recordPage{B: q.banner(dos.Person, dos.Reason, dos.MT), T: q.timeline(dos, base, w), Overview: q.overview(dos, base)})
}

// enter opens a record for a page of its own: one search in the journal.
func (q *request) enter(id ins.PersonID) (*dmp.Dossier, error) {
	if len(id) > maxHandle {
		return nil, errNoPage
	}
	dos, err := q.d.DMP.Dossier(q.r.Context(), q.as(id), id)
	if err != nil {
		return dos, err
	}
	dos.Since(q.s.arrive(id, dos.LastSeen, q.d.Now()))
	return dos, nil
}

// maxHandle bounds a handle in an address; ours have 36 characters.
const maxHandle = 64

// beside gives the record for the list beside a document: without a line in the journal while a
// visit lasts, as a search otherwise.
func (q *request) beside(id ins.PersonID) (*dmp.Dossier, error) {
	if len(id) > maxHandle {
		return nil, errNoPage
	}
	v, going := q.s.visitOf(id, q.d.Now())
	if !going {
		return q.enter(id)
	}
	dos, err := q.d.DMP.Beside(q.r.Context(), q.as(id), id)
	if err != nil {
		return nil, err
	}
	dos.Since(v.since)
	return dos, nil
}

// threshold is the door of a record one may not open yet: what would open it, with what it means.
func (d *Door) threshold(q *request, dos *dmp.Dossier, ref *finding.Refusal) error {
	p := thresholdPage{B: q.banner(dos.Person, "", false), Why: ref.Message.In(q.lang), Fix: ref.Fix.In(q.lang), ID: ref.ID}
	any := acces.Dossier{Exists: true, Open: true}
	closed := ref.ID == acces.RefusPasDeDossier || ref.ID == acces.RefusDossierFerme || ref.ID == acces.RefusBloque
	team := any
	team.Authorisation = &acces.Authorisation{State: acces.Active}
	p.MayAuthorise = !closed && acces.Decide(q.caller.Actor, acces.SAutoriser, any, nil).Allowed && acces.Decide(q.caller.Actor, acces.Chercher, team, nil).Allowed
	urgent := q.caller.Actor
	urgent.Mode = acces.BrisDeGlace
	p.MayBreak = !closed && ref.ID != acces.RefusOppositionBrisDeGlace && acces.Decide(urgent, acces.Chercher, any, nil).Allowed
	if s := d.Annuaire.Structure(q.caller.Structure); s != nil && s.Practice == samu {
		urgent.Mode = acces.Centre15
		p.MayRegulate = !closed && acces.Decide(urgent, acces.Chercher, any, nil).Allowed
	}
	q.status = http.StatusForbidden
	return q.render("threshold", p)
}

// samu is the practice setting of emergency centres.
const samu = "SAMU_SMUR"

type thresholdPage struct {
	B                                   banner
	Why, Fix, ID                        string
	MayAuthorise, MayBreak, MayRegulate bool
}
