package mss

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// A message for another operator waits in the queue until its operator has taken it. It is tried
// on a schedule, its sender is told once when it is late, and it comes back when its time is over.

// schedule is the wait after each failed attempt; the last one repeats.
var schedule = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour}

const (
	// QueueLife is how long a delivery is tried: a peer that is down for a whole day loses nothing
	// but what was sent before.
	QueueLife = 26 * time.Hour
	// DelayTold is when a sender learns that a message is late.
	DelayTold = 4 * time.Hour
	// reportDomain marks queue rows that are reports to write, not deliveries.
	reportDomain = "!rapport"
)

// Batch is one message on its way to one domain.
type Batch struct {
	Domain  string
	Route   Listed // what the white list says of the domain, now
	Listed  bool   // false: no more in the list
	Message MessageID
	From    string
	Size    int64
	To      []Queued
}

// maxPassed bounds the rows looked at to find some that are not of domains spoken to already.
const maxPassed = 10_000

// Due gives what is to be tried now, at most limit rows, soonest first; next is when to ask again
// (zero: when QueueWoken says so). Reports among them are written at once. The deliveries to
// domains that are busy, being spoken to already, are passed over.
func (o *Operator) Due(ctx context.Context, limit int, busy ...string) (batches []Batch, next time.Time, err error) {
	now := o.Now()
	var rows []Queued
	err = o.Store.ViewMail(ctx, func(r Reader) error {
		batches = nil
		var err error
		if rows, err = rowsDue(r, now, limit, busy); err != nil {
			return err
		}
		for _, q := range rows {
			if inner(q.Domain) {
				continue
			}
			i := slices.IndexFunc(batches, func(b Batch) bool { return b.Message == q.Message && b.Domain == q.Domain })
			if i < 0 {
				b := Batch{Domain: q.Domain, Message: q.Message, From: q.From}
				b.Route, b.Listed = o.WhiteList.Of(q.Domain)
				m, err := r.Message(q.Message)
				if err != nil && !gone(err) {
					return err
				}
				if m != nil { // else Raw says so: one damaged row holds up nobody
					b.Size = m.Size
				}
				batches, i = append(batches, b), len(batches)
			}
			batches[i].To = append(batches[i].To, q)
		}
		next, err = r.NextDue()
		return err
	})
	if err != nil {
		return nil, time.Time{}, o.storeError(err)
	}
	silent := false // the relay of notices does not answer
	for i := range rows {
		if !inner(rows[i].Domain) {
			continue
		}
		written, err := o.report(ctx, rows[i], silent)
		if err != nil {
			return nil, time.Time{}, err
		}
		silent = silent || !written && rows[i].Domain == noticeDomain
	}
	return batches, next, nil
}

// rowsDue reads the rows whose time has come but for those of busy domains.
func rowsDue(r Reader, now time.Time, limit int, busy []string) ([]Queued, error) {
	if len(busy) == 0 {
		return r.Due(now, limit)
	}
	rows, err := r.Due(now, maxPassed)
	rows = slices.DeleteFunc(rows, func(q Queued) bool { return slices.Contains(busy, q.Domain) })
	return rows[:min(len(rows), limit)], err
}

// inner tells the rows that are no deliveries: reports, receipts, notices.
func inner(domain string) bool {
	return domain == reportDomain || domain == receiptDomain || domain == noticeDomain
}

// maxReportAttempts is how often a report that cannot be written is tried before it is given up.
const maxReportAttempts = 3

// report writes a report, or puts it back: one that cannot be written holds up nobody. A notice is
// put back untried when the relay of notices is silent.
func (o *Operator) report(ctx context.Context, q Queued, silent bool) (written bool, err error) {
	write := o.writeReport
	switch q.Domain {
	case receiptDomain:
		write = o.writeReceipt
	case noticeDomain:
		write = o.writeNotice
	}
	if q.Domain != noticeDomain || !silent {
		err = write(ctx, q)
		if err == nil || ctx.Err() != nil {
			return true, err
		}
		o.Log.Error("report not written", "message", int64(q.Message), "err", err)
		if r := finding.As(err); r == nil || r.Kind != finding.Busy && r.Kind != finding.Unavailable {
			q.Attempts++ // a full queue or disk is no fault of the report
		}
	}
	q.Next = o.Now().Add(schedule[min(q.Attempts, len(schedule)-1)])
	err = o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		if q.Attempts < maxReportAttempts {
			return tx.PutQueued(&q)
		}
		if err := tx.DropQueued(q.ID); err != nil {
			return err
		}
		return tx.Share(q.Message, -1)
	}})
	return false, o.storeError(err)
}

// Raw gives the bytes of a batch as they go out: without the Return-Path of this operator.
// ErrNoMessage when they are lost: its senders are then told.
func (o *Operator) Raw(ctx context.Context, b *Batch) ([]byte, error) {
	raw, err := o.Store.MailBytes(ctx, b.Message)
	if gone(err) {
		return nil, ErrNoMessage
	}
	if err != nil {
		return nil, o.storeError(err)
	}
	return withoutReturnPath(raw), nil
}

// Outcome is what became of one delivery of a batch.
type Outcome struct {
	Code     int    // SMTP reply; 0: the peer could not be reached
	Enhanced string // "5.1.1"; empty when the peer gave none
	Text     string // of the reply, or what went wrong
	Remote   string // name of the peer
	Reports  bool   // the peer took charge of the reports asked for (DSN)
}

func (x *Outcome) ok() bool        { return x.Code/100 == 2 }
func (x *Outcome) permanent() bool { return x.Code/100 == 5 }

func (x *Outcome) status() string {
	switch {
	case x.Enhanced != "":
		return x.Enhanced
	case x.ok():
		return "2.0.0"
	case x.permanent():
		return "5.0.0"
	}
	return "4.4.1"
}

func (x *Outcome) diagnostic() string {
	if x.Code == 0 {
		return x.Text
	}
	if x.Enhanced != "" {
		return fmt.Sprintf("%d %s %s", x.Code, x.Enhanced, x.Text)
	}
	return fmt.Sprintf("%d %s", x.Code, x.Text)
}

// Settle writes down what became of a batch, outcomes in the order of its recipients, in one commit:
// all of it or nothing, so that it may be tried again.
func (o *Operator) Settle(ctx context.Context, b *Batch, outcomes []Outcome) error {
	now := o.Now()
	told := false
	err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		told = false
		for i, q := range b.To {
			report, err := o.settle(tx, q, outcomes[i], now)
			if err != nil {
				return err
			}
			told = told || report
		}
		return nil
	}})
	if told && err == nil {
		o.wake.queue()
	}
	return o.storeError(err)
}

// settle writes down what became of one delivery; told when a report is due.
func (o *Operator) settle(tx Tx, q Queued, x Outcome, now time.Time) (told bool, err error) {
	late := now.Sub(q.Accepted)
	switch {
	case x.ok():
		return o.finish(tx, q, x, "relayed", wantsSuccess(q.Notify) && !x.Reports, now)
	case x.permanent() || late >= QueueLife:
		if !x.permanent() {
			x.Enhanced, x.Text = "4.4.7", fmt.Sprintf("delivery time expired, last answer: %s", x.diagnostic())
		}
		return o.finish(tx, q, x, "failed", wantsFailure(q.Notify), now)
	}
	return o.postpone(tx, q, x, late, now)
}

// postpone puts a delivery back, and tells its sender once when it is late.
func (o *Operator) postpone(tx Tx, q Queued, x Outcome, late time.Duration, now time.Time) (told bool, err error) {
	q.Next = now.Add(schedule[min(q.Attempts, len(schedule)-1)])
	if end := q.Accepted.Add(QueueLife); q.Next.After(end) {
		q.Next = end
	}
	q.Attempts++
	q.LastError = x.diagnostic()
	told = late >= DelayTold && !q.Delayed && wantsDelay(q.Notify) && q.From != ""
	q.Delayed = q.Delayed || told
	if err := tx.PutQueued(&q); err != nil || !told {
		return false, err
	}
	if err := o.followed(tx, q, x, "delayed"); err != nil {
		return false, err
	}
	return true, o.planReport(tx, q, x, "delayed", now)
}

// finish takes a delivery out of the queue, with a report to its sender when one is due.
func (o *Operator) finish(tx Tx, q Queued, x Outcome, action string, report bool, now time.Time) (told bool, err error) {
	if err := tx.DropQueued(q.ID); err != nil {
		return false, err
	}
	if err := o.followed(tx, q, x, action); err != nil {
		return false, err
	}
	report = report && q.From != ""
	if report {
		if err := o.planReport(tx, q, x, action, now); err != nil {
			return false, err
		}
	}
	return report, tx.Share(q.Message, -1)
}

// Queue tells how many deliveries wait.
func (o *Operator) Queue(ctx context.Context) (n int64, err error) {
	err = o.Store.ViewMail(ctx, func(r Reader) error {
		n, err = r.QueueLength()
		return err
	})
	return n, o.storeError(err)
}

// gone tells whether an error says that a message is no more.
func gone(err error) bool { return errors.Is(err, dmp.ErrNotFound) }
