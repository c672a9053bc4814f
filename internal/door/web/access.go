package web

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// Sizes of the list of accesses.
const (
	accessPageSize = 120
	accessJSONSize = 200
)

// accessPage is who did what to a record, told by day.
type accessPage struct {
	B       banner
	Base    string
	Days    []accessDay
	Filters []filter
	Next    string
	Who     string
}

type accessDay struct {
	Title string
	Items []*accessItem
}

// accessItem is one sentence; accesses alike that follow each other are told once.
type accessItem struct {
	Who, Role, Place string
	Me               bool
	Does, Title      string
	Why, Motive      string
	Refused          bool
	Emergency        bool
	At               time.Time
	Index            int64
	More             []accessTime // further leaves of the same sentence, this one's first
	key              string
}

type accessTime struct {
	At    time.Time
	Index int64
	Title string
}

// Others is how many documents beyond the first one the sentence is about.
func (a *accessItem) Others() int { return len(a.More) - 1 }

// accesses shows the journal of a record as a story, or as JSON on demand.
func (d *Door) accesses(q *request) error {
	id, base := q.recordOf()
	before := cursor(q.r)
	if wantsJSON(q.r) {
		return q.accessJSON(id, before)
	}
	person, err := d.DMP.Person(q.r.Context(), q.caller, id)
	if err != nil {
		return err
	}
	who := q.r.URL.Query().Get("qui")
	if who != "tous" && who != "refus" {
		who = "autres"
	}
	leaves, err := d.DMP.Accesses(q.r.Context(), q.as(id), id, before, accessPageSize)
	if err != nil {
		return err
	}
	p := accessPage{B: q.banner(person, "", false), Base: base, Who: who}
	path := base + "/acces"
	for _, f := range []string{"autres", "refus", "tous"} {
		p.Filters = append(p.Filters, filter{Word: q.t("access.filter." + f), Href: path + "?qui=" + f, Current: f == who})
	}
	if len(leaves) == accessPageSize && leaves[len(leaves)-1].Index > 0 {
		p.Next = path + "?qui=" + who + "&next=" + strconv.FormatInt(leaves[len(leaves)-1].Index, 10)
	}
	for _, l := range leaves {
		mine := l.Record.Actor.ID == q.caller.ID
		if who == "autres" && mine || who == "refus" && l.Record.Outcome != journal.Denied {
			continue
		}
		p.tell(q, l)
	}
	return q.render("access", p)
}

// cursor reads where a list goes on: the index of the last leaf given.
func cursor(r *http.Request) int64 {
	for _, name := range []string{"next", "cursor", "before"} {
		if v := r.URL.Query().Get(name); v != "" {
			v = v[strings.LastIndexByte(v, '=')+1:]
			if n, err := strconv.ParseInt(v, 10, 64); err == nil && n >= 0 {
				return n
			}
		}
	}
	return 0
}

// tell adds a leaf to the story.
func (p *accessPage) tell(q *request, l dmp.Leaf) {
	rec := l.Record
	at := rec.Time.In(paris)
	title := q.dayTitle(at)
	if n := len(p.Days); n == 0 || p.Days[n-1].Title != title {
		p.Days = append(p.Days, accessDay{Title: title})
	}
	day := &p.Days[len(p.Days)-1]
	key := strings.Join([]string{rec.Actor.ID, string(rec.Action), string(rec.Outcome), rec.Reason, rec.Detail, rec.Mode}, "\x00")
	if n := len(day.Items); n > 0 && day.Items[n-1].key == key {
		last := day.Items[n-1]
		if len(last.More) == 0 {
			last.More = append(last.More, accessTime{last.At, last.Index, last.Title})
		}
		last.More = append(last.More, accessTime{at, l.Index, rec.Title})
		return
	}
	it := &accessItem{Who: rec.Actor.Name, Role: rec.Actor.Role, Place: rec.Actor.Place, Me: rec.Actor.ID == q.caller.ID, At: at, Index: l.Index, key: key,
		Refused: rec.Outcome == journal.Denied, Emergency: rec.Mode == string(acces.BrisDeGlace) || rec.Mode == string(acces.Centre15), Motive: rec.ModeReason}
	if it.Who == "" {
		it.Who = firstOf(rec.Actor.Place, q.t("access.someone"))
	}
	if q.lang == "en" {
		if pro := q.d.Annuaire.Professional(rec.Actor.ID); pro != nil && pro.RoleEN != "" {
			it.Role = pro.RoleEN
		}
	}
	if rec.Actor.Role == "citoyen" {
		it.Role = ""
	}
	it.Does, it.Title = q.does(rec, it.Me), rec.Title
	it.Why = q.why(rec, it.Me)
	day.Items = append(day.Items, it)
}

// does says what was done, in the person of the one who did.
func (q *request) does(rec journal.Record, me bool) string {
	voice := "did."
	switch {
	case rec.Outcome == journal.Denied:
		voice = "tried."
	case me:
		voice = "i."
	}
	key := voice + string(rec.Action)
	if rec.Action == journal.Authorise && rec.Detail == rec.Actor.ID && voice == "did." {
		key = "did.authorise.self"
	}
	if _, ok := catalogue[key]; !ok {
		key = voice + "other"
	}
	s := q.t(key)
	if rec.Detail != "" && (rec.Action == journal.Authorise || rec.Action == journal.Block || rec.Action == journal.Unblock) && rec.Detail != rec.Actor.ID {
		name := rec.Detail
		if pro := q.d.Annuaire.Professional(rec.Detail); pro != nil {
			name = pro.Name()
		}
		s += " " + name
	}
	return s
}

// why says by what right, or why not.
func (q *request) why(rec journal.Record, me bool) string {
	if me && rec.Outcome != journal.Denied || rec.Reason == "" {
		return ""
	}
	if q.caller.Citizen {
		if _, ok := catalogue["why."+rec.Reason]; ok {
			return q.t("why." + rec.Reason)
		}
	}
	if e, ok := acces.Reasons[rec.Reason]; ok && rec.Outcome == journal.Denied {
		return e.Why.In(q.lang)
	}
	if _, ok := catalogue["reason."+rec.Reason]; ok && !q.caller.Citizen {
		return q.t("reason." + rec.Reason)
	}
	return ""
}

// dayTitle writes a day as people say it.
func (q *request) dayTitle(at time.Time) string {
	now := q.d.Now().In(paris)
	full := weekdays[q.lang][at.Weekday()] + " " + dateWords(q.lang, at)
	switch at.Format("20060102") {
	case now.Format("20060102"):
		return q.t("today") + " · " + full
	case now.AddDate(0, 0, -1).Format("20060102"):
		return q.t("yesterday") + " · " + full
	}
	return strings.ToUpper(full[:1]) + full[1:]
}

// accessJSON is the same list for programs; its form is a contract.
func (q *request) accessJSON(id ins.PersonID, before int64) error {
	type access struct {
		Time     string `json:"time"`
		Actor    string `json:"actor"`
		Role     string `json:"role"`
		Action   string `json:"action"`
		UniqueID string `json:"unique_id,omitempty"`
		Outcome  string `json:"outcome"`
		Reason   string `json:"reason,omitempty"`
		Mode     string `json:"mode,omitempty"`
		Index    int64  `json:"index"`
	}
	leaves, err := q.d.DMP.Accesses(q.r.Context(), q.as(id), id, before, accessJSONSize)
	if err != nil {
		return err
	}
	out := struct {
		Accesses []access `json:"accesses"`
		Next     string   `json:"next,omitempty"`
	}{Accesses: []access{}}
	for _, l := range leaves {
		r := l.Record
		out.Accesses = append(out.Accesses, access{Time: r.Time.UTC().Format(time.RFC3339Nano), Actor: r.Actor.Name, Role: r.Actor.Role, Action: string(r.Action),
			UniqueID: r.UniqueID, Outcome: string(r.Outcome), Reason: r.Reason, Mode: r.Mode, Index: l.Index})
	}
	if len(leaves) == accessJSONSize && leaves[len(leaves)-1].Index > 0 {
		// A relative reference: the address of the next page, and a cursor when given back as next.
		out.Next = "?next=" + strconv.FormatInt(leaves[len(leaves)-1].Index, 10)
	}
	return q.json(out)
}

func (q *request) json(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "application/json")
	q.w.Header().Set("Vary", "Cookie, Accept")
	_, err = q.w.Write(append(b, '\n'))
	return err
}

// proofPage shows that one access is in the public journal.
type proofPage struct {
	Item       *accessItem
	Base       string
	Index      int64
	Size       int64
	Record     string
	Nonce      string
	Leaf, Root string
	Path       []string
	Checkpoint string
	Holds      bool
}

// proof shows the proof of one leaf of the reader's own journal.
func (d *Door) proof(q *request) error {
	id, base := q.recordOf()
	index, err := strconv.ParseInt(q.r.PathValue("index"), 10, 64)
	if err != nil || index < 0 || d.Proof == nil {
		return errNoPage
	}
	leaves, err := d.DMP.Accesses(q.r.Context(), q.as(id), id, index+1, 1)
	if err != nil {
		return err
	}
	if len(leaves) == 0 || leaves[0].Index != index {
		return errNoPage
	}
	p, err := d.Proof(index)
	if err != nil {
		return err
	}
	if wantsJSON(q.r) {
		return q.json(p)
	}
	checkpoint, leaf, err := p.Holds()
	page := proofPage{Base: base, Index: index, Size: checkpoint.Size, Record: string(p.Record), Nonce: hex.EncodeToString(p.Nonce), Leaf: leaf.String(),
		Root: checkpoint.Root.String(), Checkpoint: p.Checkpoint, Holds: err == nil}
	for _, h := range p.Path {
		page.Path = append(page.Path, h.String())
	}
	var story accessPage
	story.tell(q, leaves[0])
	page.Item = story.Days[0].Items[0]
	return q.render("proof", page)
}
