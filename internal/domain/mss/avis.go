package mss

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/socle-sante/socle/internal/domain/ins"
)

// A citizen who gave a private address learns there that a message waits: which day, never who
// wrote nor what. Private mail is no place for health data.
// spec: MSSANTE Mon espace santé §2 (notification)

// noticeDomain marks queue rows that are notices to a private address.
const noticeDomain = "!avis"

// noticePause is the least time between two notices to one mailbox: ten results of one morning are
// one notice.
const noticePause = 30 * time.Minute

// noticeTime bounds one notice: the queue waits for it.
const noticeTime = 10 * time.Second

// factNotice keeps when a mailbox was last told of.
const factNotice = "mss-avis"

// planNotice writes down that a notice is due.
func (o *Operator) planNotice(tx Tx, box *Mailbox, id MessageID, now time.Time) error {
	if o.Notice == nil || box.Notify == "" {
		return nil
	}
	key := fmt.Sprintf("%x", int64(box.ID))
	last, err := tx.Fact(factNotice, key)
	if err != nil && !gone(err) {
		return err
	}
	if t, err := time.Parse(time.RFC3339, string(last)); err == nil && now.Sub(t) < noticePause {
		return nil
	}
	if err := tx.PutFact(factNotice, key, []byte(now.UTC().Format(time.RFC3339))); err != nil {
		return err
	}
	if err := tx.Share(id, 1); err != nil {
		return err
	}
	return tx.PutQueued(&Queued{Next: now, Message: id, To: box.Notify, Domain: noticeDomain, Accepted: now, Box: box.ID})
}

// writeNotice sends a notice that is due, and takes its row away.
func (o *Operator) writeNotice(ctx context.Context, q Queued) error {
	if o.Notice == nil {
		return errors.New("notices are not configured any more")
	}
	try, cancel := context.WithTimeout(ctx, noticeTime)
	defer cancel()
	if err := o.Notice(try, q.To); err != nil {
		return err
	}
	err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		if err := tx.DropQueued(q.ID); err != nil {
			return err
		}
		return tx.Share(q.Message, -1)
	}})
	return o.storeError(err)
}

// SetNotice remembers the private address of a citizen, proved by a code; empty: no more notices.
// Nothing happens for somebody without a mailbox.
func (o *Operator) SetNotice(ctx context.Context, person ins.PersonID, address string) error {
	err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		list, err := tx.MailboxesOf(string(person))
		if err != nil {
			return err
		}
		for _, m := range list {
			if m.Person != person || m.Notify == address {
				continue
			}
			m.Notify, m.Changed = address, minute(o.Now())
			if err := tx.PutMailbox(m); err != nil {
				return err
			}
		}
		return nil
	}})
	return o.storeError(err)
}
