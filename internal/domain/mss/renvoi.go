package mss

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/mssante"
)

// Resend sends again what was sent: to some addresses, or to those who did not get it when there
// are none. It is a new mail of the same documents and words, with its own proof.
func (s *Session) Resend(ctx context.Context, id string, to []string) (*Dispatch, error) {
	x, err := s.SentItem(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(to) == 0 {
		for _, d := range x.Recipients {
			if d.State == NotSent || d.State == Rejected {
				to = append(to, d.Address)
			}
		}
	}
	if len(to) == 0 {
		return nil, ErrLetterTo
	}
	l, err := s.o.letterOf(ctx, x)
	if err != nil {
		return nil, err
	}
	l.To, l.again = to, x.ID
	return s.Send(ctx, *l)
}

// letterOf reads again what was sent, out of one of its mails.
func (o *Operator) letterOf(ctx context.Context, x *Dispatch) (*Letter, error) {
	var raw []byte
	for _, m := range x.Mails {
		b, err := o.Store.MailBytes(ctx, m.Message)
		if err == nil {
			raw = b
			break
		}
		if !gone(err) {
			return nil, o.storeError(err)
		}
	}
	if raw == nil {
		return nil, ErrGone
	}
	m, _, err := courriel.Parse(raw)
	if err != nil {
		return nil, ErrGone.With(err)
	}
	h := m.Root.Header
	l := &Letter{Subject: x.Label, ReadReceipt: x.Receipt, NoAnswer: x.NoAnswer, Withdraw: x.Withdraws, Replaces: x.Replaces, References: h.MessageIDs("References")}
	if id := h.MessageIDs("In-Reply-To"); len(id) > 0 {
		l.InReplyTo = id[0]
	}
	if a := h.Addresses("Reply-To"); len(a) == 1 {
		l.ReplyTo = a[0].Addr()
	}
	for _, a := range opened(m) {
		if a.refusal == nil && isCDA(a.document) {
			l.Documents = append(l.Documents, a.document.Bytes)
		}
	}
	made := 0 // the archive, and one PDF for each document
	if len(l.Documents) > 0 {
		made = 1 + len(l.Documents)
	}
	l.Text, l.Attachments, err = contentOf(m, made)
	return l, err
}

// contentOf gives the words of a mail made by Compose and its attachments, but the first ones.
func contentOf(m *courriel.Message, skip int) (text string, files []courriel.Attachment, err error) {
	parts := m.Root.Parts
	if m.Root.Type != "multipart" || m.Root.Subtype != "mixed" {
		parts = []*courriel.Part{m.Root}
	}
	for i, p := range parts {
		if i == 0 && p.Type == "multipart" {
			text = m.Readable(MaxMessage)
			continue
		}
		if i == 0 {
			if text, err = m.Text(p, MaxMessage); err != nil {
				return "", nil, err
			}
			continue
		}
		if i <= skip {
			continue
		}
		b, err := m.Decode(p, MaxMessage)
		if err != nil {
			return "", nil, err
		}
		files = append(files, courriel.Attachment{Name: p.Filename(), Type: p.Type + "/" + p.Subtype, Bytes: slices.Clone(b)})
	}
	return text, files, nil
}

// A draft is a message of the folder of drafts that any client opens. What a message does not say
// stands in a header of our own, so that nothing is lost on the way through it.
const headerDraft = "X-Socle-Brouillon"

// draft is what that header holds.
type draft struct {
	To        []string `json:"to,omitempty"`
	Cc        []string `json:"cc,omitempty"`
	Subject   string   `json:"subject,omitempty"`
	Documents int      `json:"documents,omitempty"` // the first attachments
	Receipt   bool     `json:"receipt,omitempty"`
	NoAnswer  bool     `json:"no_answer,omitempty"`
	Replaces  string   `json:"replaces,omitempty"`
	Withdraw  bool     `json:"withdraw,omitempty"`
	ReplyTo   string   `json:"reply_to,omitempty"`
}

// draftWord is the length of the words a long header value is cut into.
const draftWord = 60

// SaveDraft keeps a letter in the folder of drafts and gives its UID. Nothing is judged: recipients
// and subject may still be missing.
func (s *Session) SaveDraft(ctx context.Context, l Letter) (uid uint32, err error) {
	now := s.o.Now()
	if len(l.To)+len(l.Cc) > maxLetterTo {
		return 0, ErrLetterTo
	}
	d := &courriel.Draft{From: courriel.Address{Name: s.Box.Name, Local: localOf(s.Box.Address), Domain: s.Box.Domain()}, Subject: l.Subject, Date: now,
		MessageID: courriel.NewMessageID(s.o.Rand, now, s.o.Host), References: l.References, Text: l.Text, To: readable(l.To), Cc: readable(l.Cc)}
	if l.InReplyTo != "" {
		d.InReplyTo = []string{l.InReplyTo}
	}
	b, err := json.Marshal(draft{To: l.To, Cc: l.Cc, Subject: l.Subject, Documents: len(l.Documents), Receipt: l.ReadReceipt, NoAnswer: l.NoAnswer,
		Replaces: l.Replaces, Withdraw: l.Withdraw, ReplyTo: l.ReplyTo})
	if err != nil {
		return 0, err
	}
	d.Header = append(d.Header, courriel.Pair{Name: headerDraft, Value: words(base64.StdEncoding.EncodeToString(b))})
	for _, raw := range l.Documents {
		d.Attachments = append(d.Attachments, courriel.Attachment{Name: "document.xml", Type: "application/xml", Bytes: raw})
	}
	d.Attachments = append(d.Attachments, l.Attachments...)
	raw, err := d.Bytes()
	if err != nil {
		return 0, err
	}
	var name string
	for _, f := range Born(s.Box.ID, now) {
		if f.ID == Drafts {
			name = f.Name
		}
	}
	_, uid, err = s.Append(ctx, name, Seen|Draft, nil, now, raw)
	return uid, err
}

// words cuts a long value into words that a header can fold.
func words(s string) string {
	var b strings.Builder
	for len(s) > draftWord {
		b.WriteString(s[:draftWord] + " ")
		s = s[draftWord:]
	}
	return b.String() + s
}

// readable keeps the addresses that can stand in a header already.
func readable(list []string) (out []courriel.Address) {
	for _, given := range list {
		if a := courriel.ParseAddresses(given); len(a) == 1 {
			if domain, err := mssante.ToASCII(a[0].Domain); err == nil && a[0].Local != "" {
				a[0].Domain = domain
				out = append(out, a[0])
			}
		}
	}
	return out
}

// OpenDraft reads a letter again out of the folder of drafts, also one that another client wrote.
func (s *Session) OpenDraft(ctx context.Context, uid uint32) (*Letter, error) {
	var id MessageID
	err := s.o.Store.ViewMail(ctx, func(r Reader) error {
		e, err := r.Entry(s.Box.ID, Drafts, uid)
		if err == nil {
			id = e.Message
		}
		return err
	})
	if gone(err) {
		return nil, ErrNoMessage
	}
	if err != nil {
		return nil, s.o.storeError(err)
	}
	raw, err := s.Bytes(ctx, id)
	if err != nil {
		return nil, err
	}
	m, _, err := courriel.Parse(raw)
	if err != nil {
		return nil, err
	}
	h := m.Root.Header
	l := &Letter{Subject: h.Text("Subject"), References: h.MessageIDs("References")}
	if id := h.MessageIDs("In-Reply-To"); len(id) > 0 {
		l.InReplyTo = id[0]
	}
	for _, a := range h.Addresses("To") {
		l.To = append(l.To, a.Addr())
	}
	for _, a := range h.Addresses("Cc") {
		l.Cc = append(l.Cc, a.Addr())
	}
	if l.Text, l.Attachments, err = contentOf(m, 0); err != nil {
		return nil, err
	}
	var d draft
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(h.Get(headerDraft)), ""))
	if err != nil || json.Unmarshal(b, &d) != nil || d.Documents < 0 || d.Documents > len(l.Attachments) {
		return l, nil
	}
	l.To, l.Cc, l.Subject, l.ReadReceipt, l.NoAnswer, l.Replaces, l.Withdraw, l.ReplyTo = d.To, d.Cc, d.Subject, d.Receipt, d.NoAnswer, d.Replaces, d.Withdraw, d.ReplyTo
	for _, a := range l.Attachments[:d.Documents] {
		l.Documents = append(l.Documents, a.Bytes)
	}
	l.Attachments = l.Attachments[d.Documents:]
	return l, nil
}
