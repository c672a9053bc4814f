package mss

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Reports (DSN) are written apart from what they report: a row of the queue says which is due, in
// the commit of the fact, and the report takes its place.
// spec: RFC 3461, RFC 3464

// NOTIFY of RFC 3461: nothing said means failures and delays.
func wantsSuccess(notify string) bool { return strings.Contains(notify, "SUCCESS") }
func wantsFailure(notify string) bool { return notify == "" || strings.Contains(notify, "FAILURE") }
func wantsDelay(notify string) bool   { return notify == "" || strings.Contains(notify, "DELAY") }

// maxReturned is the largest message given back whole in a report; beyond, its header only.
const maxReturned = 5 << 20

// due is a report to write, kept in the LastError of its row.
type due struct {
	Action  string  `json:"action"`
	Outcome Outcome `json:"outcome"`
}

// planReport writes down that a report is due about a delivery.
func (o *Operator) planReport(tx Tx, q Queued, x Outcome, action string, now time.Time) error {
	b, err := json.Marshal(due{Action: action, Outcome: x})
	if err != nil {
		return err
	}
	if err := tx.Share(q.Message, 1); err != nil && !gone(err) { // gone: damage; its sender must know all the more
		return err
	}
	r := q
	r.ID, r.Next, r.Attempts, r.Domain, r.LastError = 0, now, 0, reportDomain, string(b)
	return tx.PutQueued(&r)
}

// queueReport plans the report of a delivery into a mailbox here.
func (o *Operator) queueReport(tx Tx, e *Envelope, id MessageID, to *Recipient, now time.Time) error {
	q := Queued{Message: id, From: e.From, To: to.To, Original: to.Original, Notify: to.Notify, Return: e.Return, Envelope: e.ID, Accepted: now}
	return o.planReport(tx, q, Outcome{Code: 250, Enhanced: "2.1.5", Text: "delivered", Remote: o.Host}, "delivered", now)
}

// subjects of reports. spec: ENS 1.3 §6 («Message non distribué»)
var reportSubject = map[string]string{"failed": "Message non distribué", "delayed": "Message retardé", "delivered": "Message distribué", "relayed": "Message remis à l'opérateur du destinataire"}

var reportWords = map[string]string{
	"failed":    "Votre message n'a pas pu être remis à %s.\n\nMotif : %s\n\n-- \nYour message could not be delivered to this recipient.\n",
	"delayed":   "Votre message pour %s attend toujours : l'opérateur du destinataire ne l'a pas encore pris. Nous continuons d'essayer, vous n'avez rien à faire.\n\nDernière réponse : %s\n\n-- \nYour message is delayed; we keep trying.\n",
	"delivered": "Votre message a été remis dans la boîte de %s.\n\nRéponse : %s\n\n-- \nYour message was delivered to the mailbox of this recipient.\n",
	"relayed":   "Votre message pour %s a été remis à l'opérateur du destinataire.\n\nRéponse : %s\n\n-- \nYour message was handed to the operator of this recipient.\n",
}

// place puts a report where it goes, instead of its row.
func (o *Operator) place(ctx context.Context, q Queued, raw []byte, now time.Time) error {
	body, head, err := o.body([]byte("Return-Path: <>\r\n"), raw)
	if err != nil {
		return err
	}
	touched := map[viewKey]uint32{}
	err = o.Store.CommitMail(ctx, Unit{Bodies: []*Body{body}, Do: func(tx Tx) error {
		clear(touched)
		if err := tx.DropQueued(q.ID); err != nil {
			return err
		}
		if err := tx.Share(q.Message, -1); err != nil {
			return err
		}
		size := int64(len(raw) + len(body.Bytes[0]))
		keep := func() error {
			return tx.PutMessage(body, &Message{ID: body.ID, Size: size, SHA256: body.SHA256, Header: head, Received: now, Copies: 1})
		}
		if !o.Local(domainOf(q.From)) {
			if err := keep(); err != nil {
				return err
			}
			return tx.PutQueued(&Queued{Next: now, Message: body.ID, To: q.From, Domain: domainOf(q.From), Notify: "NEVER", Accepted: now})
		}
		box, err := tx.MailboxAt(q.From)
		if gone(err) {
			return nil // nobody is there to read it
		}
		if err != nil {
			return err
		}
		if err := keep(); err != nil {
			return err
		}
		e := Entry{Message: body.ID, Date: now.UnixMilli(), Size: uint32(size)}
		if err := tx.Append(box.ID, Inbox, &e, searched(head)); err != nil {
			return err
		}
		touched[viewKey{box.ID, Inbox}] = e.UID
		return tx.PutFact(factWork, workID(body.ID, box.ID, e.UID), []byte{}) // a report is read by machine too
	}})
	for k, uid := range touched {
		o.views.touched(k, uid)
	}
	if err == nil && len(touched) == 0 {
		o.wake.queue()
	}
	o.wake.filing()
	return o.storeError(err)
}

// withoutReturnPath takes the field that only the last operator writes away.
func withoutReturnPath(raw []byte) []byte {
	if !bytes.HasPrefix(raw, []byte("Return-Path:")) {
		return raw
	}
	if i := bytes.IndexByte(raw, '\n'); i >= 0 {
		return slices.Clip(raw[i+1:])
	}
	return raw
}
