package mss

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

// The round («ronde»), once an hour: what time alone does to mailboxes.

// defaultRetention is how long the bin keeps what it holds.
const defaultRetention = 30 // days

// Bounds of one round.
const (
	removedAtOnce = 200 // messages given back in one commit
	tracesAtOnce  = 500
	// A directory read badly must not close everybody's mailbox: beyond maxLeft mailboxes and one
	// in maxLeftShare, those whose holder left are only told.
	maxLeft      = 20
	maxLeftShare = 20
)

// factRound is what the last round knew of a mailbox.
const factRound = "mss-ronde"

func roundID(box BoxID) string { return fmt.Sprintf("%016x", int64(box)) }

// round is what the last round knew of a mailbox.
type round struct {
	Trace string    `json:"trace,omitempty"` // last trace counted
	Inbox uint32    `json:"inbox,omitempty"` // UIDNEXT of the inbox, up to which messages are counted
	Last  MessageID `json:"last,omitempty"`  // newest of them: an older one was only put back
	Day   string    `json:"day,omitempty"`   // last day and month counted as connected
	Month string    `json:"month,omitempty"`
	Bin   []binMark `json:"bin,omitempty"`
}

// binMark says that all UIDs below Next were in the bin on a day.
type binMark struct {
	Day  time.Time `json:"day"`
	Next uint32    `json:"next"`
}

// Tended is what a round did.
type Tended struct {
	Suspended, Closed, Removed int // mailboxes
	Emptied                    int // messages of bins
	Traces                     int // forgotten
	Held                       int // mailboxes whose holder left, too many to close at once
	Unknown                    []string
}

var byRound = By{Actor: "socle", Door: "ronde"}

// Tend does one round: counts what happened, suspends who sleeps, closes the mailboxes of those who
// left, removes those closed long ago, empties bins, forgets old traces, and brings the directory
// to say what mailboxes are.
func (o *Operator) Tend(ctx context.Context) (done Tended, err error) {
	o.tend.Lock()
	defer o.tend.Unlock()
	var boxes []*Mailbox
	if err := o.All(ctx, func(m *Mailbox) error { boxes = append(boxes, m); return nil }); err != nil {
		return done, err
	}
	if err := o.count(ctx, boxes); err != nil {
		return done, err
	}
	if err := o.ends(ctx, boxes, &done); err != nil {
		return done, err
	}
	for _, m := range boxes {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		n, err := o.emptyBin(ctx, m)
		if err != nil {
			return done, err
		}
		done.Emptied += n
		if n, err = o.forget(ctx, m.ID); err != nil {
			return done, err
		}
		done.Traces += n
	}
	done.Unknown, err = o.Reconcile(ctx)
	return done, err
}

// ends suspends, closes and removes mailboxes whose time has come.
func (o *Operator) ends(ctx context.Context, boxes []*Mailbox, done *Tended) error {
	now := o.Now()
	left := o.left(boxes)
	if len(left) > maxLeft && len(left)*maxLeftShare > len(boxes) {
		done.Held = len(left)
		left = nil
	}
	for _, m := range boxes {
		seen := m.Seen
		if seen.IsZero() {
			seen = m.Created
		}
		switch {
		case m.State == Closed && o.Life.kept() > 0 && !m.Closed.IsZero() && now.Sub(m.Closed) >= o.Life.kept():
			if err := o.Remove(ctx, byRound, m.Address); err != nil {
				return err
			}
			done.Removed++
		case m.State != Closed && slices.Contains(left, m.ID):
			if _, err := o.Close(ctx, byRound, m.Address, "Le titulaire n'est plus en activité dans l'Annuaire santé."); err != nil {
				return err
			}
			done.Closed++
		case m.State == Active && m.Type != Application && m.Type != Citizen && o.Life.idle() > 0 && now.Sub(seen) >= o.Life.idle():
			if _, err := o.Suspend(ctx, byRound, m.Address); err != nil {
				return err
			}
			done.Suspended++
		}
	}
	return nil
}

func (l Life) idle() time.Duration {
	if l.Idle == 0 {
		return DefaultIdle
	}
	return l.Idle
}

func (l Life) kept() time.Duration {
	if l.Kept == 0 {
		return DefaultKept
	}
	return l.Kept
}

// left lists the open mailboxes whose holder the directory says is gone. One it does not know is
// left alone: a directory may be incomplete.
func (o *Operator) left(boxes []*Mailbox) (list []BoxID) {
	if o.Annuaire == nil {
		return nil
	}
	for _, m := range boxes {
		if m.State == Closed || m.Type == Citizen {
			continue
		}
		known := false
		if m.Professional != "" {
			known = o.Annuaire.Professional(m.Professional) != nil
		} else {
			known = o.Annuaire.Structure(m.Structure) != nil
		}
		if known && !o.exercises(m) {
			list = append(list, m.ID)
		}
	}
	return list
}

// Remove takes away a closed mailbox: its messages are given back, who held it is forgotten, and
// its addresses stay taken.
func (o *Operator) Remove(ctx context.Context, by By, address string) error {
	box, err := o.Mailbox(ctx, address)
	if err != nil {
		return err
	}
	if box.State != Closed {
		return ErrNotClosed.At(address)
	}
	var folders []Folder
	err = o.Store.ViewMail(ctx, func(r Reader) (err error) {
		folders, err = r.Folders(box.ID)
		return err
	})
	if err != nil {
		return o.storeError(err)
	}
	for i := range folders {
		if _, err := o.give(ctx, box.ID, folders[i].ID, func(*Entry) bool { return true }); err != nil {
			return err
		}
	}
	return o.change(ctx, func(tx Tx) ([]*Mailbox, error) {
		m, err := tx.Mailbox(box.ID)
		if err != nil {
			return nil, err
		}
		if err := o.lived(tx, by, m, "remove", ""); err != nil {
			return nil, err
		}
		gone := Mailbox{ID: m.ID, Address: m.Address, Former: m.Former, Type: m.Type, State: Closed, Closing: m.Closing, Quota: m.Quota,
			Created: m.Created, Changed: minute(o.Now()), Closed: m.Closed, Removed: minute(o.Now())}
		return nil, putMailbox(tx, &gone)
	})
}

// give removes the entries of a folder that which chooses, some at a time.
func (o *Operator) give(ctx context.Context, box BoxID, folder FolderID, which func(*Entry) bool) (total int, err error) {
	for {
		var gone []uint32
		err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
			gone = nil
			f, err := tx.Folder(box, folder)
			if errors.Is(err, dmp.ErrNotFound) || err == nil && f.Count == 0 {
				return nil
			}
			if err != nil {
				return err
			}
			n := 0
			gone, err = o.empty(tx, f, func(e *Entry) bool {
				if n >= removedAtOnce || !which(e) {
					return false
				}
				n++
				return true
			})
			return err
		}})
		if err != nil {
			return total, o.storeError(err)
		}
		if len(gone) == 0 {
			return total, nil
		}
		total += len(gone)
		o.views.touched(viewKey{box, folder}, gone...)
	}
}

// emptyBin removes what has been in the bin for longer than the mailbox wants. The date of a
// message is that of its arrival, so each round notes how far the bin went on a day.
func (o *Operator) emptyBin(ctx context.Context, m *Mailbox) (int, error) {
	days := m.Retention
	if days == 0 {
		days = defaultRetention
	}
	today := o.Now().UTC().Truncate(24 * time.Hour)
	var bin *Folder
	var state round
	err := o.Store.ViewMail(ctx, func(r Reader) (err error) {
		if bin, err = r.Folder(m.ID, Trash); err != nil {
			return err
		}
		state, err = roundOf(r, m.ID)
		return err
	})
	if errors.Is(err, dmp.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, o.storeError(err)
	}
	marks, below := state.Bin, uint32(0)
	for len(marks) > 0 && !marks[0].Day.AddDate(0, 0, days).After(today) {
		below, marks = marks[0].Next, marks[1:]
	}
	n := 0
	if below > 0 && bin.Count > 0 {
		if n, err = o.give(ctx, m.ID, Trash, func(e *Entry) bool { return e.UID < below }); err != nil {
			return n, err
		}
	}
	last := below
	if len(marks) > 0 {
		last = marks[len(marks)-1].Next
	}
	fresh := bin.Count > 0 && bin.UIDNext > max(last, 1)
	if !fresh && below == 0 {
		return n, nil
	}
	err = o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		now, err := roundOf(tx, m.ID)
		if err != nil {
			return err
		}
		now.Bin = slices.Clone(marks)
		if fresh {
			if k := len(now.Bin); k > 0 && now.Bin[k-1].Day.Equal(today) {
				now.Bin[k-1].Next = bin.UIDNext
			} else {
				now.Bin = append(now.Bin, binMark{today, bin.UIDNext})
			}
		}
		if err := putRound(tx, m.ID, &now); err != nil || n == 0 {
			return err
		}
		return o.lived(tx, byRound, m, "empty", fmt.Sprint(n))
	}})
	return n, o.storeError(err)
}

func roundOf(r Reader, box BoxID) (out round, err error) {
	b, err := r.Fact(factRound, roundID(box))
	if errors.Is(err, dmp.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(b, &out)
}

func putRound(tx Tx, box BoxID, r *round) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return tx.PutFact(factRound, roundID(box), b)
}

// forget removes the traces of a mailbox that are older than TraceKept.
func (o *Operator) forget(ctx context.Context, box BoxID) (total int, err error) {
	prefix := fmt.Sprintf("%016x/", int64(box))
	end := fmt.Sprintf("%s%020d", prefix, o.Now().Add(-TraceKept).UnixMicro())
	for {
		var old []string
		err := o.Store.ViewMail(ctx, func(r Reader) error {
			old = nil
			list, err := r.Facts(factTrace, prefix, "", tracesAtOnce)
			for _, f := range list {
				if f.ID < end {
					old = append(old, f.ID)
				}
			}
			return err
		})
		if err != nil || len(old) == 0 {
			return total, o.storeError(err)
		}
		err = o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
			for _, id := range old {
				if err := tx.PutFact(factTrace, id, nil); err != nil {
					return err
				}
			}
			return nil
		}})
		if err != nil {
			return total, o.storeError(err)
		}
		total += len(old)
	}
}
