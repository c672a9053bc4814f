package mss

import (
	"context"
	"slices"
	"time"

	"github.com/socle-sante/socle/format/courriel"
)

// What becomes of what was sent is learnt from the queue of this operator, from the delivery
// reports of others and from the receipts of recipients. Each moves one delivery forward.

// followed writes what became of a delivery in the proof kept of what was sent.
func (o *Operator) followed(tx Tx, q Queued, x Outcome, action string) error {
	if q.Envelope == "" {
		return nil
	}
	s, err := lookSent(tx, byEnvelope(q.Envelope))
	if s == nil || err != nil {
		return err
	}
	i := slices.IndexFunc(s.Mails, func(m SentMail) bool { return m.Envelope == q.Envelope && m.Message == q.Message })
	if i < 0 || s.Box != q.Box {
		return nil // somebody else chose the same name for an envelope
	}
	if !s.move(i, q.To, stateOf(action), x.status(), x.diagnostic(), o.Now()) {
		return nil
	}
	return s.put(tx)
}

// stateOf gives the state an action of RFC 3464 leads to.
func stateOf(action string) DeliveryState {
	switch action {
	case "failed":
		return NotSent
	case "delayed":
		return Late
	case "delivered":
		return Delivered
	}
	return Relayed // relayed, expanded
}

// move moves the delivery to an address, in one mail.
func (s *Dispatch) move(mail int, address string, to DeliveryState, status, detail string, now time.Time) bool {
	if to == Relayed || to == Delivered {
		detail = "" // words of success are of no use
	}
	moved := false
	for i := range s.Recipients {
		if d := &s.Recipients[i]; d.Mail == mail && d.Address == Canonical(address) {
			moved = d.move(to, status, detail, now) || moved
		}
	}
	return moved
}

// follow reads a report that came to a mailbox. One that only says that all went well is marked
// as read: the proof says it better.
func (o *Operator) follow(ctx context.Context, w item, box *Mailbox, m *courriel.Message) error {
	dsn, err := courriel.ReadDSN(m)
	if err != nil {
		dsn = nil // a report that cannot be read is left to its reader
	}
	mdn, err := courriel.ReadMDN(m)
	if err != nil {
		mdn = nil
	}
	from := ""
	if list := m.Root.Header.Addresses("From"); len(list) == 1 {
		from = Canonical(list[0].Addr())
	}
	seen := false
	err = o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		seen = false
		if _, err := tx.Fact(factWork, w.id); gone(err) {
			return nil
		} else if err != nil {
			return err
		}
		if err := tx.PutFact(factWork, w.id, nil); err != nil {
			return err
		}
		well := false
		switch {
		case dsn != nil:
			well, err = o.reported(tx, box, dsn)
		case mdn != nil:
			well, err = o.acknowledged(tx, box, mdn, from)
		}
		if err != nil || !well {
			return err
		}
		e, err := tx.Entry(box.ID, Inbox, w.uid)
		if gone(err) || err == nil && (e.Message != w.message || e.Flags&Seen != 0) {
			return nil
		}
		if err != nil {
			return err
		}
		e.Flags |= Seen
		seen = true
		_, err = tx.SetFlags(box.ID, Inbox, []Entry{*e})
		return err
	}})
	if err == nil && seen {
		o.views.touched(viewKey{box.ID, Inbox}, w.uid)
	}
	return o.storeError(err)
}

// reported writes what a delivery report says; well when it is about something sent from here and
// brings good news only.
// spec: RFC 3464 2.3
func (o *Operator) reported(tx Tx, box *Mailbox, d *courriel.DSN) (well bool, err error) {
	var s *Dispatch
	if d.EnvelopeID != "" {
		s, err = lookSent(tx, byEnvelope(d.EnvelopeID))
	}
	ids := d.InReplyTo
	original, _, bad := courriel.ParseHeader(d.Original)
	var about string
	if id := original.MessageIDs("Message-ID"); bad == nil && len(id) > 0 {
		about = id[0]
	} else {
		about = ids
	}
	if s == nil && err == nil && about != "" {
		s, err = lookSent(tx, byMessage(about))
	}
	if s == nil || err != nil || s.Box != box.ID {
		return false, err
	}
	i := slices.IndexFunc(s.Mails, func(m SentMail) bool { return m.Envelope == d.EnvelopeID || m.MessageID == about })
	if i < 0 {
		return false, nil
	}
	well = true
	moved := false
	for _, r := range d.Recipients {
		to := stateOf(r.Action)
		well = well && (to == Relayed || to == Delivered)
		for _, address := range []string{r.Original, r.Final} {
			moved = s.move(i, address, to, r.Status, r.Diagnostic, o.Now()) || moved
		}
	}
	if !moved {
		return well, nil
	}
	return well, s.put(tx)
}

// acknowledged writes what a receipt says. It counts when it comes from the address it speaks for.
// spec: RFC 8098 3.2, MSSANTE volet LPS
func (o *Operator) acknowledged(tx Tx, box *Mailbox, m *courriel.MDN, from string) (well bool, err error) {
	about := m.OriginalMessageID
	if about == "" {
		about = m.InReplyTo
	}
	s, err := lookSent(tx, byMessage(about))
	if about == "" || s == nil || err != nil || s.Box != box.ID {
		return false, err
	}
	i := slices.IndexFunc(s.Mails, func(x SentMail) bool { return x.MessageID == about })
	if i < 0 {
		return false, nil
	}
	to, status, detail := Displayed, "", ""
	switch {
	case m.Modifier != "":
		to, status, detail = Rejected, m.ErrorCode, m.ErrorLabel
	case m.Type == courriel.Processed:
		to = Integrated
	case m.Type == courriel.Deleted:
		to = Unread
	}
	moved := false
	for _, address := range []string{m.OriginalRecipient, m.FinalRecipient, from} {
		if address = Canonical(address); domainOf(address) == domainOf(from) {
			moved = s.move(i, address, to, status, detail, o.Now()) || moved
		}
	}
	well = to == Displayed || to == Integrated
	if !moved {
		return well, nil
	}
	return well, s.put(tx)
}
