package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// The messages of a citizen: conversations with the professionals who wrote, in plain words. Only a
// professional begins one; the citizen answers while it is open.
// spec: ENS 1.3 §7

// letterRow is a conversation in the list of a citizen.
type letterRow struct {
	mailRow
	Role string // of the professional, by the directory
}

type lettersPage struct {
	Rows   []letterRow
	Older  string
	First  string
	None   bool // nobody ever wrote
	Unread int
}

// letters lists the conversations of a citizen, newest first.
func (d *Door) letters(q *request, b *mailbox) error {
	p := lettersPage{}
	if b == nil {
		p.None = true
		return q.render("messages", p)
	}
	f := b.folder(mss.Inbox)
	list := mailListPage{Box: b, Folder: f}
	if err := q.page(b, f, &list); err != nil {
		return err
	}
	for _, r := range list.Rows {
		if r.Unread {
			p.Unread++
		}
		r.Subject = q.ownSubject(r.Subject)
		for i := range r.Chips {
			r.Chips[i].Patient = ""
		}
		p.Rows = append(p.Rows, letterRow{mailRow: r})
	}
	p.Older, p.First, p.None = list.Older, list.First, len(list.Rows) == 0 && list.First == ""
	return q.render("messages", p)
}

type letterPage struct {
	Subject  string
	Items    []mailItem
	Path     string
	Who      correspondent
	MayReply bool
	Closed   bool // the professional ended the exchange
	Answer   string
	Words    string
	Fix      string
}

// letter opens a conversation. The receipt that the sender asked for leaves: a citizen cannot
// decline it, and is told so.
// spec: ENS 1.3 §6
func (d *Door) letter(q *request, b *mailbox) error { return q.letterPage(b, "", nil) }

func (q *request) letterPage(b *mailbox, answer string, problem *finding.Refusal) error {
	r, e, err := q.asked(b)
	if err != nil {
		return err
	}
	if apart(r.Folder) {
		return errNoPage
	}
	items, err := q.conversation(b, r, e)
	if err != nil {
		return err
	}
	if uids := shownUnread(items, r.Folder); len(uids) > 0 && b.Box.State != mss.Closed {
		if _, _, err := b.SetFlags(q.r.Context(), r.Folder, uids, mss.FlagChange{Add: true, Flags: mss.Seen}); err != nil {
			return err
		}
		for _, uid := range uids {
			if _, err := b.Receipt(q.r.Context(), r.Folder, uid); err != nil {
				q.d.Log.Error("a receipt did not leave", "err", err) // the letter is read all the same
			}
		}
	}
	p := letterPage{Items: items, Path: b.messagePath(r), Answer: answer}
	if problem != nil {
		p.Words, p.Fix = problem.Message.In(q.lang), problem.Fix.In(q.lang)
		q.status = kindStatus[problem.Kind]
	}
	for i := range items {
		x := &items[i]
		if x.Open {
			p.Subject, p.Who = q.ownSubject(x.subject), x.From
			q.keptDocuments(x)
		}
	}
	if to, _ := q.answerTo(b, items); to != nil {
		p.Who = q.correspondent(b, *to, false)
		if p.MayReply, err = q.mayAnswer(b, *to); err != nil {
			return err
		}
		p.Closed = !p.MayReply
	}
	return q.render("messages-fil", p)
}

// ownSubject leaves out of a subject the name and the birth date that the reader knows: their own.
func (q *request) ownSubject(s string) string {
	p, err := q.d.DMP.Person(q.r.Context(), q.caller, q.me())
	if err != nil || p.Traits.BirthName == "" {
		return s
	}
	if i := strings.Index(s, " "+p.Traits.BirthName); i > 0 && mssante.Names(s, p.Traits.BirthName, p.Traits.FirstGiven) {
		return strings.TrimSpace(s[:i])
	}
	return s
}

// answerTo gives whom an answer goes to: the last professional who wrote in the conversation, or
// the address they ask to answer to.
// spec: ENS 1.3 §9
func (q *request) answerTo(b *mailbox, items []mailItem) (*courriel.Address, courriel.Header) {
	for _, x := range slices.Backward(items) {
		if x.From.Me || x.headers == nil {
			continue
		}
		list := x.headers.Addresses("Reply-To")
		if len(list) == 0 {
			list = x.headers.Addresses("From")
		}
		if len(list) > 0 {
			return &list[0], x.headers
		}
	}
	return nil, nil
}

func (q *request) mayAnswer(b *mailbox, to courriel.Address) (bool, error) {
	list, err := b.Contacts(q.r.Context())
	return slices.Contains(list, mss.Canonical(to.Addr())), err
}

// keptDocuments tells which documents of a message are among those of the citizen already.
func (q *request) keptDocuments(x *mailItem) {
	for i := range x.Documents {
		if doc := &x.Documents[i]; doc.UniqueID != "" {
			doc.Record = q.recordLink(q.me(), doc.UniqueID)
			doc.Kept = doc.Record != ""
		}
	}
}

// letterAnswer answers, or keeps a document.
func (d *Door) letterAnswer(q *request, b *mailbox) error {
	if b == nil {
		return errNoPage
	}
	r, e, err := q.asked(b)
	if err != nil || apart(r.Folder) {
		return errNoPage
	}
	switch q.field("geste") {
	case "garder":
		return q.keepDocument(b, r, e)
	case doBin:
		if err := q.moveTo(b, r.Folder, []uint32{r.UID}, mss.Trash, "flash.letter.binned"); err != nil {
			return err
		}
		q.s.say(&flash{Words: q.t("flash.letter.binned")})
		return q.redirect(b.Base)
	}
	text := strings.TrimSpace(visibleText(strings.ReplaceAll(q.r.PostFormValue("texte"), "\r\n", "\n")))
	if text == "" {
		return q.letterPage(b, "", errAnswerEmpty)
	}
	items, err := q.conversation(b, r, e)
	if err != nil {
		return err
	}
	to, h := q.answerTo(b, items)
	if to == nil {
		return errNoPage
	}
	subject := q.subjectWords(h)
	l := mss.Letter{To: []string{to.Addr()}, Subject: prefixed("Re: ", subject), Text: text}
	l.InReplyTo, l.References = threadOf(h.MessageIDs("Message-ID"), h.MessageIDs("References"))
	sent, err := b.Send(q.r.Context(), l)
	if ref := finding.As(err); ref != nil && ref.Kind != finding.Internal {
		if sent != nil && len(sent.Recipients) > 0 && sent.Recipients[0].Detail != "" {
			ref = errAnswerRefused.Saying(finding.Tf("Votre réponse n'est pas partie : %s", "Your answer did not leave: %s", sent.Recipients[0].Detail))
		}
		return q.letterPage(b, text, ref)
	}
	if err != nil {
		return err
	}
	q.s.say(&flash{Words: q.t("flash.letter.sent")})
	return q.redirect(b.messagePath(r))
}

// Refusals of an answer.
var (
	errAnswerEmpty = &finding.Refusal{ID: "WEB-REPONSE-VIDE", Kind: finding.Invalid, Rule: "ENS 1.3 §7",
		Message: finding.T("Votre réponse est vide.", "Your answer is empty."), Fix: finding.T("Écrivez quelques mots, puis envoyez.", "Write a few words, then send.")}
	errAnswerRefused = &finding.Refusal{ID: "WEB-REPONSE-REFUSEE", Kind: finding.Forbidden, Rule: "ENS 1.3 §7",
		Message: finding.T("Votre réponse n'est pas partie.", "Your answer did not leave."), Fix: finding.T("Joignez le secrétariat par téléphone si c'est important.", "Call the secretariat if it matters.")}
)

// keepDocument deposits a document of a message into the citizen's own record, as they may.
func (q *request) keepDocument(b *mailbox, r mailRef, e *mss.Entry) error {
	n, err := strconv.Atoi(q.field("document"))
	if err != nil {
		return errNoPage
	}
	m, err := q.bytesOf(b, e.Message)
	if err != nil {
		return err
	}
	list := carriedBy(m)
	if n < 1 || n > len(list) {
		return errNoPage
	}
	err = b.Keep(q.r.Context(), q.as(q.me()), e.Message, list[n-1].Entry.UniqueID)
	if ref := finding.As(err); ref != nil && ref.Kind != finding.Internal && ref.Kind != finding.NotFound {
		return q.letterPage(b, "", ref)
	}
	if err != nil {
		return err
	}
	q.s.say(&flash{Words: q.t("flash.letter.kept")})
	return q.redirect(b.messagePath(r) + "?document=" + strconv.Itoa(n))
}
