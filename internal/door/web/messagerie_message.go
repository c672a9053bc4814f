package web

import (
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Bounds of a conversation shown.
const (
	maxConversation = 100      // messages of it
	maxBeside       = 64 << 10 // a message whose words are shown beside the one that is open
	maxQuoted       = 20 << 10 // of the words an answer repeats
)

// mailItem is a message of a conversation.
type mailItem struct {
	Ref, Href      string
	From           correspondent
	To             []correspondent
	More           int // recipients not named
	At             time.Time
	Folder         string // when it is elsewhere
	Open           bool
	Unread         bool
	Text           string
	Preview        string // of one that is folded
	Quoted         string // what an answer repeats, folded
	Documents      []mailDocument
	Files          []mailFileLink
	Copies         []mailFileLink // printed copies of the documents
	Attached       bool
	Receipt        string // who asks to know that it was read
	ReceiptSent    bool
	Report         string // what a report says
	Closed         bool   // the citizen may not answer
	Replaces       bool
	HTMLOnly       bool
	Several        bool // its documents are about several patients
	Unreadable     bool // beyond the limits of a message
	headers        courriel.Header
	subject        string
	correspondents []correspondent
}

type mailMessagePage struct {
	Box      *mailbox
	Folders  []folderLink
	Back     string // the list
	BackName string
	Subject  string
	Patient  *banner
	Citizen  *correspondent // who writes, when it is a citizen
	Items    []mailItem
	Count    int
	Ref      string
	Path     string
	Flagged  bool
	InTrash  bool
	Archived bool
	Moves    []folderLink
	Answer   string // addresses of the forms
	AnswerTo string // name
	All      string
	Forward  string
	Source   string
}

// mailMessage opens a message in its conversation, and marks it read.
func (d *Door) mailMessage(q *request, b *mailbox) error {
	r, e, err := q.asked(b)
	if err != nil {
		return err
	}
	if r.Folder == mss.Drafts {
		return q.redirect(b.Base + "/nouveau?brouillon=" + r.String())
	}
	items, err := q.conversation(b, r, e)
	if err != nil {
		return err
	}
	if uids := shownUnread(items, r.Folder); len(uids) > 0 && b.Box.State != mss.Closed {
		if _, _, err := b.SetFlags(q.r.Context(), r.Folder, uids, mss.FlagChange{Add: true, Flags: mss.Seen}); err != nil {
			return err
		}
		if b.Folders, err = b.Session.Folders(q.r.Context()); err != nil {
			return err
		}
	}
	f := b.folder(r.Folder)
	path := b.messagePath(r)
	p := mailMessagePage{Box: b, Folders: q.folderLinks(b, r.Folder), Back: b.folderPath(r.Folder), BackName: q.folderName(f), Items: items, Count: len(items), Ref: r.String(), Path: path,
		Flagged: e.Flags&mss.Flagged != 0, InTrash: r.Folder == mss.Trash, Archived: r.Folder == mss.Archive, Moves: q.moves(b, r.Folder), Source: path + "/message"}
	write := b.Base + "/nouveau?"
	p.Forward = write + "transfert=" + r.String()
	for i := range items {
		if x := &items[i]; x.Open {
			p.Subject = x.subject
			p.Patient = q.patientOf(x)
			if x.From.Citizen {
				p.Citizen = &x.From
			}
			p.Answer, p.AnswerTo = write+"reponse="+r.String(), x.From.Short()
			if others(x) > 1 {
				p.All = write + "reponse=" + r.String() + "&tous=1"
			}
			if x.Report != "" && x.headers.Get("Return-Path") == "<>" || b.Box.State == mss.Closed {
				p.Answer, p.All = "", ""
			}
		}
	}
	return q.render("messagerie-fil", p)
}

// shownUnread lists the messages of a folder that a page shows whole and that were not read yet.
func shownUnread(items []mailItem, folder mss.FolderID) (uids []uint32) {
	for i := range items {
		r, _ := parseRef(items[i].Ref)
		if x := &items[i]; x.Unread && r.Folder == folder && (x.Open || x.Text != "" && !x.Attached) {
			uids = append(uids, r.UID)
		}
	}
	return uids
}

// others counts who else took part in a message.
func others(x *mailItem) (n int) {
	for _, c := range append([]correspondent{x.From}, x.correspondents...) {
		if !c.Me {
			n++
		}
	}
	return n
}

// conversation lists the messages of a conversation, oldest first; the one asked for is whole.
func (q *request) conversation(b *mailbox, r mailRef, e *mss.Entry) ([]mailItem, error) {
	t, err := q.d.threading(q.r.Context(), b)
	if err != nil {
		return nil, err
	}
	list := t.with(r)
	if len(list) == 0 {
		list = []threaded{{ref: r, id: e.Message, date: e.Date}}
	}
	if n := len(list) - maxConversation; n > 0 {
		i := slices.IndexFunc(list, func(x threaded) bool { return x.ref == r })
		from := min(n, max(0, i-maxConversation/2))
		list = list[from : from+maxConversation]
	}
	var out []mailItem
	for _, x := range list {
		entry, err := q.at(b, x.ref)
		if err != nil {
			continue // gone meanwhile
		}
		item, err := q.mailItem(b, x.ref, entry, x.ref == r)
		if err != nil {
			return nil, err
		}
		if x.ref.Folder != r.Folder {
			item.Folder = q.folderName(b.folder(x.ref.Folder))
		}
		out = append(out, item)
	}
	return out, nil
}

// mailItem puts a message in words; its documents and files too when it is open.
func (q *request) mailItem(b *mailbox, r mailRef, e *mss.Entry, open bool) (mailItem, error) {
	x := mailItem{Ref: r.String(), Href: b.messagePath(r), At: e.Time(), Open: open, Unread: e.Flags&mss.Seen == 0, ReceiptSent: slices.Contains(strings.Fields(e.Keywords), keywordReceipt)}
	var m *courriel.Message
	var err error
	if open || e.Size <= maxBeside {
		m, err = q.bytesOf(b, e.Message)
		if x.Unreadable = unreadable(err); err != nil && !x.Unreadable {
			return x, err
		}
	}
	if m != nil {
		x.headers = m.Root.Header
		x.Text, x.Quoted = splitQuote(visibleText(m.Readable(maxMailText)))
	} else if err = b.Messages(q.r.Context(), []mss.MessageID{e.Message}, func(k *mss.Message) error {
		if k != nil {
			x.headers, _, _ = courriel.ParseHeader(k.Header)
		}
		return nil
	}); err != nil {
		return x, err
	}
	h := x.headers
	x.From, x.subject = q.sender(b, h), q.subjectWords(h)
	to := append(h.Addresses("To"), h.Addresses("Cc")...)
	x.More = max(0, len(to)-maxRecipientsShown)
	for _, a := range to[:min(len(to), maxRecipientsShown)] {
		x.correspondents = append(x.correspondents, q.correspondent(b, a, false))
	}
	x.To = x.correspondents
	x.Attached = strings.HasPrefix(strings.ToLower(h.Get("Content-Type")), "multipart/mixed")
	if !open {
		if x.Preview = tidy(x.Text); len(x.Preview) > previewWords {
			x.Preview = strings.ToValidUTF8(x.Preview[:previewWords], "") + "…"
		}
		return x, nil
	}
	if m == nil {
		return x, nil
	}
	f := mssante.FactsOf(m)
	x.Closed, x.Replaces = f.FIN, f.Subject.Replaces
	if a := h.Addresses("Disposition-Notification-To"); len(a) == 1 && !x.From.Me {
		x.Receipt = tidy(a[0].Addr())
	}
	x.Report = q.reportWords(m)
	if x.Documents, err = q.documents(b, r, e.Message, m); err != nil {
		return x, err
	}
	x.Several = x.several()
	for _, l := range q.files(b, r, m, len(x.Documents)) {
		if l.Copy {
			x.Copies = append(x.Copies, l)
		} else {
			x.Files = append(x.Files, l)
		}
	}
	return x, nil
}

const maxRecipientsShown = 12

// unreadable tells a message that is beyond the limits of one: it must not take the others of its
// conversation away.
func unreadable(err error) bool {
	ref := finding.As(err)
	return ref != nil && ref.Kind == finding.TooLarge
}

// visibleText drops from the words of a message what is not to be seen or turns the direction of
// writing.
func visibleText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r == 127 || r >= 0x80 && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0xe0000 && r <= 0xe0fff:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// splitQuote takes apart what an answer repeats at its end.
func splitQuote(s string) (text, quoted string) {
	lines := strings.Split(s, "\n")
	i := len(lines)
	for i > 0 && (strings.HasPrefix(lines[i-1], ">") || strings.TrimSpace(lines[i-1]) == "") {
		i--
	}
	if i == len(lines) || !slices.ContainsFunc(lines[i:], func(l string) bool { return strings.HasPrefix(l, ">") }) {
		return s, ""
	}
	if i > 0 && strings.HasSuffix(strings.TrimSpace(lines[i-1]), ":") {
		i-- // «Le …, … a écrit :»
	}
	return strings.TrimSpace(strings.Join(lines[:i], "\n")), strings.TrimSpace(strings.Join(lines[i:], "\n"))
}

// reportWords says in a line what a report tells.
func (q *request) reportWords(m *courriel.Message) string {
	if r, err := courriel.ReadMDN(m); err == nil && r != nil {
		who := tidy(strings.TrimPrefix(r.FinalRecipient, "rfc822;"))
		if from := m.Root.Header.Addresses("From"); len(from) == 1 && domainWords(from[0].Addr()) != domainWords(who) {
			who = tidy(from[0].Addr()) // nobody says for somebody of another house what they read
		}
		switch {
		case r.Modifier == "Error" || r.ErrorCode != "":
			return q.t("report.failed.filing", who, tidy(strings.TrimSpace(r.ErrorCode+" "+r.ErrorLabel)))
		case r.Type == "processed":
			return q.t("report.processed", who)
		case r.Type == "deleted":
			return q.t("report.deleted", who)
		}
		return q.t("report.displayed", who)
	}
	r, err := courriel.ReadDSN(m)
	if err != nil || r == nil || len(r.Recipients) == 0 {
		return ""
	}
	x := r.Recipients[0]
	key, ok := map[string]string{"failed": "report.failed", "delayed": "report.delayed", "delivered": "report.delivered", "relayed": "report.relayed", "expanded": "report.delivered"}[strings.ToLower(x.Action)]
	if !ok {
		return ""
	}
	return q.t(key, tidy(x.Final))
}

// patientOf makes the banner of the patient a message is about: that of the document which is open,
// else the citizen who writes or is written to. It shows the directory of persons only of those the
// reader follows; of others, what the message itself says.
func (q *request) patientOf(x *mailItem) *banner {
	for i := range x.Documents {
		doc := &x.Documents[i]
		if !doc.Open || doc.cdaOfPatient == nil {
			continue
		}
		id := doc.cdaOfPatient.TheINS()
		if p, match, err := q.d.DMP.Recognise(q.r.Context(), id, doc.traits); err == nil && p != nil && match.Closeness == ins.Exact && q.follows(p.ID) {
			b := q.banner(p, "", false)
			return &b
		}
		// What the message says, and no more: nothing here was checked.
		b := q.banner(&ins.Person{INS: id, Traits: doc.traits, BirthTown: tidy(doc.cdaOfPatient.BirthCity), Status: ins.Provisoire}, "", false)
		b.Base, b.ID, b.Status = "", "", ""
		return &b
	}
	if len(x.Documents) > 0 {
		return nil // the open one does not say whose it is: nobody's name may stand above it
	}
	for _, c := range append([]correspondent{x.From}, x.correspondents...) {
		if c.Citizen {
			if p := q.personOf(c.Address); p != nil && q.follows(p.ID) {
				b := q.banner(p, "", false)
				return &b
			}
		}
	}
	return nil
}

// several tells whether the documents of a message are about more than one patient, and then names
// the patient of each. One message is about one patient: this one is not in order.
// spec: MSSANTE ECO.2.1.2
func (x *mailItem) several() bool {
	var first *mailDocument
	found := false
	for i := range x.Documents {
		doc := &x.Documents[i]
		switch {
		case doc.cdaOfPatient == nil:
		case first == nil:
			first = doc
		default:
			a, b := first.traits, doc.traits
			found = found || first.cdaOfPatient.TheINS() != doc.cdaOfPatient.TheINS() || a.BirthName != b.BirthName || a.FirstGiven != b.FirstGiven || a.BirthDate != b.BirthDate || a.Sex != b.Sex
		}
	}
	for i := range x.Documents {
		if t := x.Documents[i].traits; found && x.Documents[i].cdaOfPatient != nil {
			x.Documents[i].Whose = tidy(t.BirthName + " " + ins.Title(t.FirstGiven))
		}
	}
	return found
}

// keywordReceipt marks a message whose receipt was sent. spec: RFC 3503
const keywordReceipt = "$MDNSent"
