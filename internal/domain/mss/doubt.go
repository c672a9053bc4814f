package mss

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

// An answer 250 can be lost on its way: the connection breaks, or this program dies after the
// commit. The peer then sends the same bytes again, and they must not be delivered twice. A message
// is in doubt from its acceptance until the peer says anything more on the same connection; after a
// start, those of the last minutes before the stop are in doubt too. Bytes in doubt that come again
// for the same recipients are acknowledged and not delivered.

// doubtful is how long before a stop acknowledgements may have been lost.
const doubtful = 10 * time.Minute

// maxDoubts bounds the digests remembered.
const maxDoubts = 100_000

// doubts are the digests of messages whose acknowledgement may not have been read.
type doubts struct {
	mu   sync.Mutex
	sums map[[32]byte]bool
}

func (d *doubts) known(sum [32]byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sums[sum]
}

func (d *doubts) add(sum [32]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sums == nil {
		d.sums = map[[32]byte]bool{}
	}
	if len(d.sums) < maxDoubts {
		d.sums[sum] = true
	}
}

// Receipt is an accepted message.
type Receipt struct {
	ID       MessageID
	Repeated bool // it was here already: nothing was delivered again
	sum      [32]byte
}

// Confirm says that the peer has read the acknowledgement.
func (o *Operator) Confirm(r *Receipt) {
	o.doubts.mu.Lock()
	defer o.doubts.mu.Unlock()
	delete(o.doubts.sums, r.sum)
}

// recall puts in doubt what was received last before the stop.
func (o *Operator) recall() error {
	err := o.Store.ViewMail(context.Background(), func(r Reader) error {
		var newest time.Time
		return r.MessagesSince(time.Time{}, maxDoubts, func(_ MessageID, received time.Time, sum [32]byte) error {
			if newest.IsZero() {
				newest = received
			}
			if newest.Sub(received) > doubtful {
				return errStop
			}
			o.doubts.add(sum)
			return nil
		})
	})
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// alreadyHere tells whether a message in doubt was delivered to everybody of this envelope.
func (o *Operator) alreadyHere(tx Tx, sum [32]byte, e *Envelope) bool {
	var id MessageID
	err := tx.MessagesSince(o.Now().Add(-24*time.Hour), maxDoubts, func(m MessageID, _ time.Time, s [32]byte) error {
		if s == sum {
			id = m
			return errStop
		}
		return nil
	})
	if !errors.Is(err, errStop) {
		return false
	}
	for i := range e.To {
		if e.To[i].box == nil {
			return false // whether it left is the peer's affair: its Message-ID tells
		}
		found := false
		list, err := tx.Folders(e.To[i].box.ID)
		if err != nil {
			return false
		}
		for k := range list {
			err := tx.Pages(list[k].Box, list[k].ID, 0, func(_ uint32, entries []Entry) error {
				for j := range entries {
					found = found || entries[j].Message == id
				}
				return nil
			})
			if err != nil && !errors.Is(err, dmp.ErrNotFound) {
				return false
			}
		}
		if !found {
			return false
		}
	}
	return true
}
