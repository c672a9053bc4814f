package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Bounds of a list of messages.
const (
	mailPage     = 25       // conversations of a page
	maxFoundMail = 100      // messages a search shows
	maxPreview   = 32 << 10 // a message whose beginning is shown in the list
	previewWords = 160      // bytes of it
	maxNames     = 3        // people named on a line
)

// mailRow is a conversation in a list, by its newest message of the folder.
type mailRow struct {
	Ref                       string
	Href                      string
	Who                       string
	To                        bool // who received it: a sent message
	Citizen                   bool
	Subject, Preview          string
	At                        time.Time
	When                      string
	Unread, Flagged, Answered bool
	Count                     int
	Attached                  bool
	Chips                     []mailChip
	Folder                    string // where a search found it
}

// mailChip is a document that travels with a message, and what became of it.
type mailChip struct {
	Kind              kind
	Words, Patient    string
	State, StateWords string
	Why               string
}

type mailListPage struct {
	Box      *mailbox
	Folders  []folderLink
	Name     string // of the folder
	Folder   *mss.Folder
	Rows     []mailRow
	Filters  []filter
	Older    string // address of the next page
	First    string // of the first one, when this is not it
	Query    string
	Searched bool
	Cut      bool // more was found than is shown
	Waiting  int  // documents that wait in the tray
	Moves    []folderLink
	Here     string // the folder, in forms
	Quota    quotaWords
}

type quotaWords struct {
	Words   string
	Percent int
	Tight   bool
}

// mailList shows a folder by conversations, or what a search found.
func (d *Door) mailList(q *request, b *mailbox) error {
	id := mss.Inbox
	if s := q.r.FormValue("dossier"); s != "" {
		n, err := strconv.ParseInt(s, 36, 64)
		if err != nil {
			return errNoPage
		}
		id = mss.FolderID(n)
	}
	f := b.folder(id)
	if f == nil {
		return errNoPage
	}
	p := mailListPage{Box: b, Folders: q.folderLinks(b, id), Folder: f, Name: q.folderName(f), Here: strconv.FormatInt(int64(id), 36), Moves: q.moves(b, id)}
	if err := q.waiting(b, &p); err != nil {
		return err
	}
	used, limit, err := b.Quota(q.r.Context())
	if err != nil {
		return err
	}
	if limit > 0 {
		p.Quota = quotaWords{q.t("mail.quota", sizeWords(q.lang, used), sizeWords(q.lang, limit)), int(used * 100 / limit), used*10 > limit*9}
	}
	p.Query = tidy(q.r.PostFormValue("q"))
	if p.Searched = p.Query != ""; p.Searched {
		err = q.searchMail(b, &p)
	} else {
		err = q.page(b, f, &p)
	}
	if err != nil {
		return err
	}
	return q.render("messagerie", p)
}

// waiting counts what waits to be filed.
func (q *request) waiting(b *mailbox, p *mailListPage) error {
	list, err := b.Tray(q.r.Context())
	for i := range list {
		if list[i].State == mss.Waiting {
			p.Waiting++
		}
	}
	return err
}

// filters of a folder: what is shown of it.
const (
	onlyUnread  = "non-lus"
	onlyFlagged = "suivis"
)

// page fills one page of a folder, newest conversation first. The page that follows begins under
// the last message shown, whatever arrives meanwhile.
func (q *request) page(b *mailbox, f *mss.Folder, p *mailListPage) error {
	ctx := q.r.Context()
	snap, err := b.Snapshot(ctx, f.ID)
	if err != nil {
		return err
	}
	t, err := q.d.threading(ctx, b)
	if err != nil {
		return err
	}
	only := q.r.URL.Query().Get("filtre")
	base := b.folderPath(f.ID)
	for _, x := range []struct{ key, words string }{{"", "mail.all"}, {onlyUnread, "mail.only.unread"}, {onlyFlagged, "mail.only.flagged"}} {
		l := filter{Word: q.t(x.words), Href: base, Current: only == x.key}
		if x.key != "" {
			l.Href = withParam(base, "filtre", x.key)
		}
		p.Filters = append(p.Filters, l)
	}
	under := uint64(1) << 32
	if s := q.r.URL.Query().Get("suite"); s != "" {
		if under, err = strconv.ParseUint(s, 36, 32); err != nil {
			return errNoPage
		}
		p.First = base
		if only != "" {
			p.First = withParam(base, "filtre", only)
		}
	}
	var shown [][]*mss.Entry
	done := map[int]bool{}
	for i := snap.Len() - 1; i >= 0; i-- {
		e := snap.At(i)
		k, ok := t.byRef[mailRef{f.ID, e.UID}]
		if !ok { // it came since: a conversation of its own for now
			if uint64(e.UID) < under && wants(only, []*mss.Entry{e}) {
				shown = append(shown, []*mss.Entry{e})
			}
		} else if n := t.items[k].thread; !done[n] {
			done[n] = true
			if uint64(e.UID) >= under {
				continue
			}
			if list := here(t, snap, n, f.ID); wants(only, list) {
				shown = append(shown, list)
			}
		}
		if len(shown) > mailPage {
			break
		}
	}
	if len(shown) > mailPage {
		shown = shown[:mailPage]
		last := shown[mailPage-1]
		p.Older = withParam(base, "suite", strconv.FormatUint(uint64(last[len(last)-1].UID), 36))
		if only != "" {
			p.Older = withParam(p.Older, "filtre", only)
		}
	}
	p.Rows, err = q.mailRows(b, f, shown)
	return err
}

// here gives the messages of a conversation that are in a folder, oldest first.
func here(t *threading, snap *mss.Snapshot, thread int, folder mss.FolderID) (out []*mss.Entry) {
	for _, k := range t.threads[thread] {
		if r := t.items[k].ref; r.Folder == folder {
			if i, ok := snap.Find(r.UID); ok {
				out = append(out, snap.At(i))
			}
		}
	}
	slices.SortFunc(out, func(a, b *mss.Entry) int { return int(int64(a.UID) - int64(b.UID)) })
	return out
}

func wants(only string, list []*mss.Entry) bool {
	switch only {
	case onlyUnread:
		return slices.ContainsFunc(list, func(e *mss.Entry) bool { return e.Flags&mss.Seen == 0 })
	case onlyFlagged:
		return slices.ContainsFunc(list, func(e *mss.Entry) bool { return e.Flags&mss.Flagged != 0 })
	}
	return true
}

func withParam(address, name, value string) string {
	sep := "?"
	if strings.Contains(address, "?") {
		sep = "&"
	}
	return address + sep + name + "=" + queryEscape(value)
}

// mailRows puts conversations in words, each by its newest message.
func (q *request) mailRows(b *mailbox, f *mss.Folder, list [][]*mss.Entry) ([]mailRow, error) {
	var ids []mss.MessageID
	for _, x := range list {
		for _, e := range x[max(0, len(x)-maxNames):] {
			ids = append(ids, e.Message)
		}
	}
	heads := map[mss.MessageID]courriel.Header{}
	err := b.Messages(q.r.Context(), ids, func(m *mss.Message) error {
		if m != nil {
			if h, _, err := courriel.ParseHeader(m.Header); err == nil {
				heads[m.ID] = h
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []mailRow
	for _, x := range list {
		row, err := q.mailRow(b, f, x, heads)
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

func (q *request) mailRow(b *mailbox, f *mss.Folder, list []*mss.Entry, heads map[mss.MessageID]courriel.Header) (mailRow, error) {
	e := list[len(list)-1]
	h := heads[e.Message]
	r := mailRef{f.ID, e.UID}
	row := mailRow{Ref: r.String(), Href: b.messagePath(r), Subject: q.subjectWords(h), At: e.Time(), When: q.whenShort(e.Time()), Count: len(list)}
	if f.ID == mss.Drafts {
		row.Href = b.Base + "/nouveau?brouillon=" + r.String()
	}
	for _, x := range list {
		row.Unread = row.Unread || x.Flags&mss.Seen == 0
		row.Flagged = row.Flagged || x.Flags&mss.Flagged != 0
	}
	row.Answered = e.Flags&mss.Answered != 0
	q.names(b, f, list, heads, &row)
	t := strings.ToLower(h.Get("Content-Type"))
	row.Attached = strings.HasPrefix(t, "multipart/mixed")
	var err error
	if row.Chips, err = q.chips(b, e, h); err != nil {
		return row, err
	}
	if len(row.Chips) == 0 && e.Size <= maxPreview {
		row.Preview = q.preview(b, e.Message)
	}
	return row, nil
}

// names says who wrote; of what was sent, to whom.
func (q *request) names(b *mailbox, f *mss.Folder, list []*mss.Entry, heads map[mss.MessageID]courriel.Header, row *mailRow) {
	var names []string
	add := func(c correspondent) {
		name := c.Short()
		if c.Me {
			name = q.t("mail.me")
		}
		if name != "" && !slices.Contains(names, name) && len(names) < maxNames {
			names = append(names, name)
		}
		row.Citizen = row.Citizen || c.Citizen
	}
	if row.To = f.ID == sentFolder || f.ID == mss.Drafts; row.To {
		h := heads[list[len(list)-1].Message]
		to := append(h.Addresses("To"), h.Addresses("Cc")...)
		for _, a := range to[:min(len(to), maxNames)] {
			add(q.correspondent(b, a, false))
		}
		if n := len(to) - maxNames; n > 0 {
			names = append(names, "+"+strconv.Itoa(n))
		}
	} else {
		for i := len(list) - 1; i >= max(0, len(list)-maxNames); i-- {
			add(q.sender(b, heads[list[i].Message]))
		}
	}
	if row.Who = strings.Join(names, ", "); row.Who == "" {
		row.Who = q.t("mail.to.none")
	}
}

// subjectWords is the subject for people: the mark of an archive is left out.
// spec: MSSANTE SC.MSS/UX.28
func (q *request) subjectWords(h courriel.Header) string {
	s := tidy(mssante.Shown(h.Text("Subject")))
	if s == "" {
		return q.t("mail.subject.none")
	}
	if s == mssante.FINSubject {
		return q.t("mail.subject.fin")
	}
	return s
}

// whenShort writes a moment for a list: the time today, the day this year.
func (q *request) whenShort(at time.Time) string {
	at, now := at.In(paris), q.d.Now().In(paris)
	switch {
	case at.Year() == now.Year() && at.YearDay() == now.YearDay():
		return clockWords(q.lang, at)
	case now.Sub(at) < 300*24*time.Hour && now.After(at):
		return dayOf(q.lang, at) + " " + shortMonths[q.lang][at.Month()-1]
	}
	return at.Format("02/01/2006")
}

// chips says which documents a message carries, from its header, and what became of each.
func (q *request) chips(b *mailbox, e *mss.Entry, h courriel.Header) ([]mailChip, error) {
	codes := mssante.ParseCodes(h.Get(mssante.HeaderCodeCDA))
	if len(codes) == 0 {
		return nil, nil
	}
	patient := ""
	if s, ok := mssante.ParseSubject(h.Text("Subject")); ok && s.Family != "" {
		patient = tidy(s.Family + " " + ins.Title(s.Given))
	}
	var filed []mss.Tray
	var err error
	if b.Box.Type != mss.Citizen {
		if filed, err = b.Outcomes(q.r.Context(), e.Message); err != nil {
			return nil, err
		}
	}
	var out []mailChip
	for _, o := range filed {
		c := q.chip(o.Type)
		c.State, c.StateWords = string(o.State), q.t("tray."+string(o.State))
		c.Patient, c.Why = patient, o.Text.In(q.lang)
		out = append(out, c)
	}
	if len(out) > 0 {
		return out, nil
	}
	for _, code := range codes[:min(len(codes), maxNames)] {
		c := q.chip(code)
		c.Patient = patient
		out = append(out, c)
	}
	return out, nil
}

func (q *request) chip(code string) mailChip {
	k := kindOf(&xds.DocumentEntry{Type: xds.Code{Code: code}})
	words := nos.TypeLabel(code).In(q.lang)
	if words == "" {
		words = q.t("kind." + string(k))
	}
	return mailChip{Kind: k, Words: words}
}

// preview is the beginning of a short message.
func (q *request) preview(b *mailbox, id mss.MessageID) string {
	m, err := q.bytesOf(b, id)
	if err != nil {
		return ""
	}
	return tidy(withoutQuote(m.Readable(4 * previewWords)))
}

// withoutQuote drops what an answer repeats, for the list.
func withoutQuote(s string) string {
	var keep []string
	for _, l := range strings.Split(s, "\n") {
		if !strings.HasPrefix(l, ">") {
			keep = append(keep, l)
		}
	}
	return strings.Join(keep, " ")
}

// moves are the folders a message may go to.
func (q *request) moves(b *mailbox, from mss.FolderID) (out []folderLink) {
	for _, l := range q.folderLinks(b, from) {
		if l.ID != from && l.ID != sentFolder && l.ID != mss.Drafts {
			out = append(out, l)
		}
	}
	return out
}
