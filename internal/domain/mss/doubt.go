package mss

import (
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

// An answer 250 can be lost on its way: the connection breaks, or this program dies after the
// commit. The peer then sends the same bytes again, and they must not be delivered twice. A message
// is in doubt from its acceptance until the peer says anything more on the same connection; after a
// start, those of the last minutes before the stop are in doubt too. Bytes in doubt that come again
// for the same recipients are acknowledged and not delivered. The same bytes may be in doubt several
// times over: a peer often sends them once for each recipient.

// doubtful is how long before a stop acknowledgements may have been lost.
const doubtful = 10 * time.Minute

// maxDoubts bounds the messages remembered; the oldest are forgotten first.
const maxDoubts = 100_000

// doubts are the messages whose acknowledgement may not have been read, by digest.
type doubts struct {
	mu   sync.Mutex
	by   map[[32]byte][]*list.Element // of doubt
	list list.List                    // oldest first
}

// doubt is one message.
type doubt struct {
	sum  [32]byte
	id   MessageID
	to   [32]byte // digest of its envelope; zero when it is of before the start
	sure bool     // committed
}

func (d *doubts) of(sum [32]byte) (out []doubt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.by[sum] {
		out = append(out, *e.Value.(*doubt))
	}
	return out
}

func (d *doubts) add(sum [32]byte, x doubt) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.by == nil {
		d.by = map[[32]byte][]*list.Element{}
	}
	for _, e := range d.by[sum] {
		if e.Value.(*doubt).id == x.id {
			return // the commit ran more than once
		}
	}
	x.sum = sum
	d.by[sum] = append(d.by[sum], d.list.PushBack(&x))
	if d.list.Len() > maxDoubts {
		old := d.list.Front().Value.(*doubt)
		d.remove(old.sum, old.id)
	}
}

// committed says that a message is durable: no row of it is asked for any more.
func (d *doubts) committed(sum [32]byte, id MessageID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.by[sum] {
		if x := e.Value.(*doubt); x.id == id {
			x.sure = true
		}
	}
}

func (d *doubts) drop(sum [32]byte, ids ...MessageID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.remove(sum, ids...)
}

func (d *doubts) remove(sum [32]byte, ids ...MessageID) {
	left := slices.DeleteFunc(d.by[sum], func(e *list.Element) bool {
		if !slices.Contains(ids, e.Value.(*doubt).id) {
			return false
		}
		d.list.Remove(e)
		return true
	})
	if d.by[sum] = left; len(left) == 0 {
		delete(d.by, sum)
	}
}

// digest names an envelope.
func (e *Envelope) digest() [32]byte {
	to := make([]string, len(e.To))
	for i := range e.To {
		to[i] = e.To[i].To
	}
	slices.Sort(to)
	h := sha256.New()
	for _, a := range append(to, e.From) {
		h.Write([]byte(a))
		h.Write([]byte{0})
	}
	return [32]byte(h.Sum(nil))
}

// Receipt is an accepted message.
type Receipt struct {
	ID       MessageID
	Repeated bool // it was here already: nothing was delivered again
	sum      [32]byte
	ids      []MessageID
}

// Confirm says that the peer has read the acknowledgement.
func (o *Operator) Confirm(r *Receipt) { o.doubts.drop(r.sum, r.ids...) }

// recall puts in doubt what was received last before the stop.
func (o *Operator) recall() error {
	err := o.Store.ViewMail(context.Background(), func(r Reader) error {
		var newest time.Time
		return r.MessagesSince(time.Time{}, maxDoubts, func(id MessageID, received time.Time, sum [32]byte) error {
			if newest.IsZero() {
				newest = received
			}
			if newest.Sub(received) > doubtful {
				return errStop
			}
			o.doubts.add(sum, doubt{id: id, sure: true})
			return nil
		})
	})
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// repeated gives the messages in doubt that brought these bytes to everybody of this envelope; own
// is the message being taken.
func (o *Operator) repeated(tx Tx, sum [32]byte, e *Envelope, to [32]byte, own MessageID) (ids []MessageID, err error) {
	var before []MessageID
	for _, d := range o.doubts.of(sum) {
		switch {
		case d.id == own:
		case d.to == [32]byte{}:
			before = append(before, d.id)
		case d.to != to:
		case d.sure:
			return []MessageID{d.id}, nil
		default: // in this commit, or in one that failed
			if _, err := tx.Message(d.id); err == nil {
				return []MessageID{d.id}, nil
			} else if !gone(err) {
				return nil, err
			}
		}
	}
	if len(before) == 0 {
		return nil, nil
	}
	here, err := o.alreadyHere(tx, before, e)
	if !here || err != nil {
		return nil, err
	}
	return before, nil
}

// alreadyHere tells whether messages of before the start were delivered to everybody of this
// envelope: they are in the mailbox, or in the queue.
func (o *Operator) alreadyHere(tx Tx, ids []MessageID, e *Envelope) (bool, error) {
	var queued []Queued
	if slices.ContainsFunc(e.To, func(r Recipient) bool { return r.box == nil }) {
		var err error
		if queued, err = tx.Due(o.Now().Add(QueueLife), maxPassed); err != nil {
			return false, err
		}
	}
	for i := range e.To {
		to := &e.To[i]
		found := false
		if to.box == nil {
			found = slices.ContainsFunc(queued, func(q Queued) bool { return q.To == to.To && !inner(q.Domain) && slices.Contains(ids, q.Message) })
		} else {
			list, err := tx.Folders(to.box.ID)
			if err != nil {
				return false, err
			}
			for k := range list {
				err := tx.Pages(list[k].Box, list[k].ID, 0, func(_ uint32, entries []Entry) error {
					found = found || slices.ContainsFunc(entries, func(x Entry) bool { return slices.Contains(ids, x.Message) })
					return nil
				})
				if err != nil && !errors.Is(err, dmp.ErrNotFound) {
					return false, err
				}
			}
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}
