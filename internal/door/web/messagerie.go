package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Addresses of the mail. A mailbox is named by its number, a message by its folder and its number:
// no address of a page tells who writes to whom.
const (
	mailPath        = "/messagerie"
	citizenMailPath = "/mon-espace/messages"
)

// sentFolder keeps a copy of what was sent.
const sentFolder = mss.Sent

// registerMail adds the routes of the mail.
func (d *Door) registerMail(mux *http.ServeMux) {
	pro := func(p func(*request, *mailbox) error) http.HandlerFunc {
		return d.professional(func(q *request) error { return q.inMailbox(p) })
	}
	mux.HandleFunc("GET "+mailPath, d.professional(d.mailboxes))
	const box, message = mailPath + "/{bal}", mailPath + "/{bal}/m/{ref}"
	mux.HandleFunc("GET "+box, pro(d.mailList))
	mux.HandleFunc("POST "+box, pro(d.mailList))
	mux.HandleFunc("POST "+box+"/gestes", pro(d.mailGestures))
	mux.HandleFunc("GET "+message, pro(d.mailMessage))
	mux.HandleFunc("POST "+message, pro(d.mailGesture))
	mux.HandleFunc("GET "+message+"/fichier/{n}", pro(d.mailFile))
	mux.HandleFunc("GET "+message+"/message", pro(d.mailSource))
	mux.HandleFunc("GET "+message+"/document/{n}/{part}", pro(d.mailPart))
	mux.HandleFunc("GET "+box+"/nouveau", pro(d.mailWrite))
	mux.HandleFunc("POST "+box+"/nouveau", pro(d.mailWrite))
	mux.HandleFunc("GET "+box+"/bannette", pro(d.mailTray))
	mux.HandleFunc("POST "+box+"/bannette", pro(d.mailFiling))
	mux.HandleFunc("GET "+box+"/envois", pro(d.mailSendings))
	mux.HandleFunc("GET "+box+"/constats", pro(d.mailChecks))
	mux.HandleFunc("GET "+box+"/envoi/{id}", pro(d.mailSending))
	mux.HandleFunc("POST "+box+"/envoi/{id}", pro(d.mailResend))

	mine := func(p func(*request, *mailbox) error) http.HandlerFunc {
		return d.citizen(func(q *request) error { return q.inOwnMailbox(p) })
	}
	const letter = citizenMailPath + "/{ref}"
	mux.HandleFunc("GET "+citizenMailPath, mine(d.letters))
	mux.HandleFunc("GET "+letter, mine(d.letter))
	mux.HandleFunc("POST "+letter, mine(d.letterAnswer))
	mux.HandleFunc("GET "+letter+"/fichier/{n}", mine(d.mailFile))
	mux.HandleFunc("GET "+letter+"/document/{n}/{part}", mine(d.mailPart))
}

// mailbox is a mailbox opened by who is signed in.
type mailbox struct {
	*mss.Session
	Folders []mss.Folder
	Base    string // address of its pages
	All     []mailboxLink
	read    struct { // the last message and draft that a letter asked for
		ref     mailRef
		m       *courriel.Message
		carried []carried
		uid     uint32
		draft   *mss.Letter
	}
}

// mailboxLink leads to a mailbox.
type mailboxLink struct {
	Href, Name, Address, TypeWords string
	Unread                         int
	Current, Closed                bool
}

func boxPath(id mss.BoxID) string { return mailPath + "/" + strconv.FormatInt(int64(id), 36) }

// open opens one of the mailboxes of who is signed in.
func (q *request) openBox(m *mss.Mailbox, base string) (*mailbox, error) {
	s, err := q.d.Mail.As(q.r.Context(), q.caller.ID, m.Address, doorName)
	if err != nil {
		return nil, err
	}
	b := &mailbox{Session: s, Base: base}
	b.Folders, err = s.Folders(q.r.Context())
	return b, err
}

// inMailbox opens the mailbox that the address names; one of somebody else does not exist.
func (q *request) inMailbox(p func(*request, *mailbox) error) error {
	list, err := q.d.Mail.Mailboxes(q.r.Context(), q.caller.ID)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(q.r.PathValue("bal"), 36, 64)
	if err != nil {
		return errNoPage
	}
	i := slices.IndexFunc(list, func(m *mss.Mailbox) bool { return int64(m.ID) == id })
	if i < 0 {
		return errNoPage
	}
	b, err := q.openBox(list[i], boxPath(list[i].ID))
	if err != nil {
		return err
	}
	if len(list) > 1 {
		if b.All, err = q.mailboxLinks(list, list[i].ID); err != nil {
			return err
		}
	}
	return p(q, b)
}

// inOwnMailbox opens the one mailbox of a citizen; it has no folders yet before the first message.
func (q *request) inOwnMailbox(p func(*request, *mailbox) error) error {
	list, err := q.d.Mail.Mailboxes(q.r.Context(), q.caller.ID)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(m *mss.Mailbox) bool { return m.Type != mss.Citizen })
	if len(list) == 0 {
		if q.r.PathValue("ref") != "" {
			return errNoPage
		}
		return p(q, nil)
	}
	b, err := q.openBox(list[0], citizenMailPath)
	if err != nil {
		return err
	}
	return p(q, b)
}

// mailboxLinks puts mailboxes in words, with what is not read in each.
func (q *request) mailboxLinks(list []*mss.Mailbox, current mss.BoxID) ([]mailboxLink, error) {
	var out []mailboxLink
	for _, m := range list {
		b, err := q.openBox(m, "")
		if err != nil {
			return nil, err
		}
		l := mailboxLink{Href: boxPath(m.ID), Name: shownName(m.Name), Address: m.Address, TypeWords: q.t("bal." + string(m.Type)), Current: m.ID == current, Closed: m.State == mss.Closed}
		if l.Name == "" {
			l.Name = m.Address
		}
		for i := range b.Folders {
			if b.Folders[i].ID == mss.Inbox {
				l.Unread = int(b.Folders[i].Unseen)
			}
		}
		out = append(out, l)
	}
	return out, nil
}

type mailboxesPage struct{ List []mailboxLink }

// mailboxes opens the only mailbox, or lets choose among several.
func (d *Door) mailboxes(q *request) error {
	list, err := d.Mail.Mailboxes(q.r.Context(), q.caller.ID)
	if err != nil {
		return err
	}
	if len(list) == 1 {
		return q.redirect(boxPath(list[0].ID))
	}
	p := mailboxesPage{}
	if p.List, err = q.mailboxLinks(list, 0); err != nil {
		return err
	}
	return q.render("messagerie-choix", p)
}

// maxCounted bounds the mailboxes whose unread messages are counted for the menu.
const maxCounted = 20

// unread counts what is not read in the mailboxes of who is signed in, for the menu of every page.
func (q *request) unread() int {
	if q.d.Mail == nil || q.s == nil {
		return 0
	}
	list, err := q.d.Mail.Mailboxes(q.r.Context(), q.caller.ID)
	if err != nil {
		return 0
	}
	n := int64(0)
	for _, m := range list[:min(len(list), maxCounted)] {
		if b, err := q.openBox(m, ""); err == nil {
			for i := range b.Folders {
				if b.Folders[i].ID == mss.Inbox {
					n += b.Folders[i].Unseen
				}
			}
		}
	}
	return int(n)
}

// folderLink is a folder beside a list.
type folderLink struct {
	Name, Icon, Href string
	Count            int64 // what there is to tell: not read, or kept as drafts
	Current          bool
	ID               mss.FolderID
	Ref              string // the folder, in forms
}

var folderIcons = map[mss.FolderID]string{mss.Inbox: "inbox", mss.Drafts: "draft", sentFolder: "send", mss.Archive: "archive", mss.Trash: "trash", mss.Junk: "alert"}

// folderName names a folder in the reader's language; those of one's own keep their name.
func (q *request) folderName(f *mss.Folder) string {
	if _, ok := folderIcons[f.ID]; ok {
		return q.t("folder." + strconv.Itoa(int(f.ID)))
	}
	return f.Name
}

func (q *request) folderLinks(b *mailbox, current mss.FolderID) (out []folderLink) {
	for i := range b.Folders {
		f := &b.Folders[i]
		if f.ID == mss.Junk && f.Count == 0 && current != mss.Junk {
			continue
		}
		l := folderLink{Name: q.folderName(f), Icon: folderIcons[f.ID], Href: b.folderPath(f.ID), Current: f.ID == current, ID: f.ID, Ref: strconv.FormatInt(int64(f.ID), 36), Count: f.Unseen}
		if l.Icon == "" {
			l.Icon = "folder"
		}
		switch f.ID {
		case mss.Drafts:
			l.Count = f.Count
		case sentFolder, mss.Trash:
			l.Count = 0
		}
		out = append(out, l)
	}
	return out
}

func (b *mailbox) folderPath(id mss.FolderID) string {
	if id == mss.Inbox {
		return b.Base
	}
	return b.Base + "?dossier=" + strconv.FormatInt(int64(id), 36)
}

// folder finds a folder of the mailbox by its number.
func (b *mailbox) folder(id mss.FolderID) *mss.Folder {
	for i := range b.Folders {
		if b.Folders[i].ID == id {
			return &b.Folders[i]
		}
	}
	return nil
}

// mailRef names a message: its folder and its number there.
type mailRef struct {
	Folder mss.FolderID
	UID    uint32
}

func (r mailRef) String() string {
	return strconv.FormatInt(int64(r.Folder), 36) + "-" + strconv.FormatUint(uint64(r.UID), 36)
}

func parseRef(s string) (mailRef, bool) {
	f, u, ok := strings.Cut(s, "-")
	folder, err := strconv.ParseInt(f, 36, 64)
	uid, err2 := strconv.ParseUint(u, 36, 32)
	return mailRef{mss.FolderID(folder), uint32(uid)}, ok && err == nil && err2 == nil
}

func (b *mailbox) messagePath(r mailRef) string {
	if b.Base == citizenMailPath {
		return b.Base + "/" + r.String()
	}
	return b.Base + "/m/" + r.String()
}

// at finds a message of the mailbox.
func (q *request) at(b *mailbox, r mailRef) (*mss.Entry, error) {
	if b.folder(r.Folder) == nil {
		return nil, errNoPage
	}
	snap, err := b.Snapshot(q.r.Context(), r.Folder)
	if err != nil {
		return nil, err
	}
	i, ok := snap.Find(r.UID)
	if !ok {
		return nil, errNoPage
	}
	return snap.At(i), nil
}

// asked finds the message that the address names.
func (q *request) asked(b *mailbox) (mailRef, *mss.Entry, error) {
	r, ok := parseRef(q.r.PathValue("ref"))
	if !ok {
		return r, nil, errNoPage
	}
	e, err := q.at(b, r)
	return r, e, err
}

// bytesOf reads a message whole.
func (q *request) bytesOf(b *mailbox, id mss.MessageID) (*courriel.Message, error) {
	raw, err := b.Bytes(q.r.Context(), id)
	if err != nil {
		return nil, err
	}
	m, _, err := courriel.Parse(raw)
	return m, err
}
