package mss

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
)

// Receipts (MDN) are planned like reports: a row of the queue in the commit of the fact, and the
// receipt takes its place.
// spec: RFC 8098, MSSANTE §7

// receiptDomain marks queue rows that are receipts to write.
const receiptDomain = "!accuse"

const headerReceipt = "Disposition-Notification-To"

// receiptMargin is what a receipt adds to the message it gives back.
const receiptMargin = 64 << 10

// receipt is what a row says of the receipt to write, kept in its LastError.
type receipt struct {
	Box       BoxID    `json:"box"`
	Displayed bool     `json:"displayed,omitempty"` // a person opened it; else the machine dealt with it
	Manual    bool     `json:"manual,omitempty"`
	Code      string   `json:"code,omitempty"`
	Lines     []string `json:"lines,omitempty"` // one for each document
}

// receiptTo gives whom a receipt goes to; "" when none may be sent: nobody asks for one, or the
// address is not the one the message came from (a receipt must not be turned on somebody else), or
// it leads out of the espace de confiance.
// spec: RFC 8098 2.1
func (o *Operator) receiptTo(h courriel.Header, from string) string {
	to := h.Addresses(headerReceipt)
	if len(to) != 1 || from == "" {
		return ""
	}
	address := Canonical(to[0].Addr())
	if address != from || !o.Local(domainOf(address)) && !o.WhiteList.Has(domainOf(address)) {
		return ""
	}
	return address
}

// receiptDue makes the row of the integration receipt of a message, nil when none is due.
func (o *Operator) receiptDue(box *Mailbox, w item, h courriel.Header, trays []Tray) *Queued {
	to := o.receiptTo(h, w.from)
	if to == "" {
		return nil
	}
	d := receipt{Box: box.ID}
	for i := range trays {
		t := &trays[i]
		name := t.Title
		if name == "" {
			name = "archive"
		}
		words := "intégré"
		switch t.State {
		case Already:
			words = "déjà au dossier"
		case Waiting:
			words = t.Code + " " + codeLabel[t.Code] + " (" + t.Reason + ")"
			if d.Code == "" {
				d.Code = t.Code
			}
		}
		if len(d.Lines) < maxReceiptLines {
			d.Lines = append(d.Lines, "- "+name+" : "+words)
		}
	}
	return o.receiptRow(to, w.message, d)
}

// maxReceiptLines bounds the documents named in a receipt.
const maxReceiptLines = 50

func (o *Operator) receiptRow(to string, message MessageID, d receipt) *Queued {
	b, err := json.Marshal(d)
	if err != nil {
		return nil
	}
	now := o.Now()
	return &Queued{Next: now, Accepted: now, Message: message, From: to, To: to, Domain: receiptDomain, LastError: string(b)}
}

// writeReceipt writes a receipt that is due, in the place of its row.
func (o *Operator) writeReceipt(ctx context.Context, q Queued) error {
	var d receipt
	if err := json.Unmarshal([]byte(q.LastError), &d); err != nil {
		return err
	}
	var box *Mailbox
	err := o.Store.ViewMail(ctx, func(r Reader) (err error) {
		box, err = r.Mailbox(d.Box)
		return err
	})
	if err != nil && !gone(err) {
		return o.storeError(err)
	}
	original, err := o.Store.MailBytes(ctx, q.Message)
	if err != nil && !gone(err) {
		return o.storeError(err)
	}
	if box == nil || original == nil {
		return o.dropReceipt(ctx, q)
	}
	raw, err := o.receipt(q, d, box, withoutReturnPath(original))
	if r := finding.As(err); r != nil {
		o.Log.Warn("receipt not written", "reason", r.ID)
		return o.dropReceipt(ctx, q) // the original has a header no receipt can quote
	}
	if err != nil {
		return err
	}
	return o.place(ctx, q, raw, o.Now())
}

// dropReceipt gives a receipt up.
func (o *Operator) dropReceipt(ctx context.Context, q Queued) error {
	err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		if err := tx.DropQueued(q.ID); err != nil {
			return err
		}
		if err := tx.Share(q.Message, -1); !gone(err) {
			return err
		}
		return nil
	}})
	return o.storeError(err)
}

// receipt makes the bytes of a receipt.
// spec: MSSANTE volet LPS
func (o *Operator) receipt(q Queued, d receipt, box *Mailbox, original []byte) ([]byte, error) {
	h, at, err := courriel.ParseHeader(original)
	if err != nil {
		return nil, err
	}
	now := o.Now()
	m := courriel.MDN{
		From: courriel.Address{Name: box.Name, Local: localOf(box.Address), Domain: domainOf(box.Address)},
		To:   courriel.Address{Local: localOf(q.To), Domain: domainOf(q.To)},
		Date: now, MessageID: courriel.NewMessageID(o.Rand, now, o.Host), Subject: h.Text("Subject"),
		ReportingUA: o.Host + "; Socle", OriginalRecipient: box.Address, FinalRecipient: box.Address,
		ActionMode: courriel.AutomaticAction, SendingMode: courriel.SentByItself, Type: courriel.Processed, Original: original,
	}
	if id := h.MessageIDs("Message-ID"); len(id) > 0 {
		m.OriginalMessageID, m.InReplyTo, m.References = id[0], id[0], id[:1]
	}
	if o.NIL != "" {
		m.Header = append(m.Header, courriel.Pair{Name: mssante.HeaderNIL, Value: o.NIL})
	}
	documents := strings.Join(d.Lines, "\n")
	switch {
	case d.Displayed:
		m.ActionMode, m.Type = courriel.ManualAction, courriel.Displayed
		if d.Manual {
			m.SendingMode = courriel.SentManually
		}
		m.Subject = "Lu : " + m.Subject
		m.Text = fmt.Sprintf("Votre message a été affiché par %s. Cela ne dit pas qu'il a été lu en entier ni compris.\n\n-- \nYour message was displayed by its recipient.\n", box.Address)
	case d.Code == "":
		m.Text = fmt.Sprintf("Les documents de votre message ont été intégrés au dossier du patient.\n\n%s\n\n-- \nThe documents of your message were filed in the record of the patient.\n", documents)
	default:
		label := codeLabel[d.Code]
		m.Modifier, m.ErrorCode, m.ErrorLabel = courriel.ModifierError, d.Code, label
		m.Subject = mssante.FailurePrefix + "[" + d.Code + "] " + m.Subject
		m.Text = fmt.Sprintf("%s %s\n\nUne personne examine ce qui n'a pas été intégré.\n\n%s\n\n-- \nNot everything could be filed by itself; a person will look at it.\n", d.Code, label, documents)
	}
	if len(original) > MaxMessage-receiptMargin {
		m.Original, m.HeadersOnly = original[:at], true
	}
	return m.Bytes()
}

// Receipt answers, for a person who opened a message, the receipt its sender asked for. It is sent
// once; false when none is due. A citizen's cannot be declined. spec: ENS 1.3 §6
func (s *Session) Receipt(ctx context.Context, folder FolderID, uid uint32) (sent bool, err error) {
	const word = "$MDNSent" // spec: RFC 3503
	err = s.o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		sent = false
		e, err := tx.Entry(s.Box.ID, folder, uid)
		if gone(err) {
			return ErrNoMessage
		}
		if err != nil {
			return err
		}
		if strings.Contains(" "+e.Keywords+" ", " "+word+" ") {
			return nil
		}
		m, err := tx.Message(e.Message)
		if err != nil {
			return err
		}
		h, _, err := courriel.ParseHeader(m.Header)
		if err != nil {
			return nil
		}
		to := s.o.receiptTo(h, returnPath(m.Header))
		if to == "" {
			return nil
		}
		if e.Keywords, err = joinKeywords(append(strings.Fields(e.Keywords), word)); err != nil {
			return err
		}
		if err := tx.Share(e.Message, 1); err != nil {
			return err
		}
		if err := tx.PutQueued(s.o.receiptRow(to, e.Message, receipt{Box: s.Box.ID, Displayed: true, Manual: true})); err != nil {
			return err
		}
		if _, err := tx.SetFlags(s.Box.ID, folder, []Entry{*e}); err != nil {
			return err
		}
		sent = true
		return s.trace(tx, "receipt", fmt.Sprintf("%d", e.Message), nil)
	}})
	if err == nil && sent {
		s.o.views.touched(viewKey{s.Box.ID, folder}, uid)
		s.o.wake.queue()
	}
	return sent, s.o.storeError(err)
}

// returnPath reads the field this operator wrote above a message.
func returnPath(head []byte) string {
	line, _, _ := bytes.Cut(head, []byte("\r\n"))
	v, ok := bytes.CutPrefix(line, []byte("Return-Path: <"))
	if !ok {
		return ""
	}
	return strings.TrimSuffix(string(v), ">")
}
