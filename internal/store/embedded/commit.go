package embedded

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// The bounds of the queue and of a group: what is waiting when the writer comes round goes
// together, without a timer. Beyond the queue the answer is dmp.ErrBusy.
const (
	maxQueue       = 512
	maxQueuedBytes = 96 << 20 // of documents waiting, so that large ones cannot fill memory
	maxGroup       = 256
	maxGroupBytes  = 16 << 20
)

// deposit is a unit on its way.
type deposit struct {
	ctx    context.Context
	do     func(*tx) error
	bodies []*sealedBody
	bytes  int64
	err    error
	done   chan error
}

// state is what the writer continues from: counters and the edge of the journal.
type state struct {
	mailBox    int64 // last id given
	mailQueued int64
	objectSeq  int64 // next
	eventSeq   int64 // last
	edge       journal.Edge
}

func (st *state) clone() state {
	c := *st
	c.edge = st.edge.Clone()
	return c
}

// Commit implements dmp.Store. Compression and encryption happen here, in the goroutine of the
// caller; the writer only appends.
func (s *Store) Commit(ctx context.Context, unit dmp.Unit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var plain int64
	for i := range unit.Bodies {
		plain += int64(len(unit.Bodies[i].Bytes) + len(unit.Bodies[i].Digest))
	}
	return s.enqueue(ctx, plain, func(d *deposit) error {
		for i := range unit.Bodies {
			b, err := s.seal(&unit.Bodies[i])
			if err != nil {
				return err
			}
			d.bodies = append(d.bodies, b)
		}
		if unit.Do != nil {
			d.do = func(t *tx) error { return unit.Do(t) }
		}
		return nil
	})
}

// enqueue takes a place, lets fill seal the bodies, and waits for the writer.
func (s *Store) enqueue(ctx context.Context, plain int64, fill func(*deposit) error) error {
	// A place is taken before any work, so that a full house costs a refused caller nothing. One
	// unit larger than the bound passes when it is alone.
	waiting := s.stats.queued.Add(1)
	bytes := s.stats.queuedBytes.Add(plain)
	if waiting > maxQueue || (bytes > maxQueuedBytes && bytes > plain) {
		s.leaveQueue(plain)
		s.stats.refused.Add(1)
		return dmp.ErrBusy
	}
	d := &deposit{ctx: ctx, bytes: plain, done: make(chan error, 1)}
	defer d.release()
	if err := fill(d); err != nil {
		s.leaveQueue(plain)
		return err
	}
	s.closing.RLock()
	if s.closed {
		s.closing.RUnlock()
		s.leaveQueue(plain)
		return ErrClosed
	}
	s.queue <- d // never blocks: places are counted above
	s.closing.RUnlock()
	return <-d.done
}

func (d *deposit) release() {
	for _, b := range d.bodies {
		b.release()
	}
}

func (s *Store) leaveQueue(bytes int64) {
	s.stats.queued.Add(-1)
	s.stats.queuedBytes.Add(-bytes)
}

// write is the writer goroutine: the only one that appends to segments and writes rows.
func (s *Store) write() {
	defer s.finished.Done()
	defer close(s.dirty)
	var group []*deposit
	for {
		first, ok := <-s.queue
		if !ok {
			return
		}
		group = s.gather(append(group[:0], first))
		s.writing.Lock()
		err := s.commitGroup(group)
		s.writing.Unlock()
		for i, d := range group {
			s.leaveQueue(d.bytes)
			if d.err == nil {
				d.err = err
			}
			d.done <- d.err
			group[i] = nil
		}
		select {
		case s.dirty <- struct{}{}:
		default:
		}
	}
}

// gather takes what else is queued, up to the bounds of a group.
func (s *Store) gather(group []*deposit) []*deposit {
	documents, bytes := len(group[0].bodies), group[0].bytes
	for len(group) < maxGroup && documents < maxGroup && bytes < maxGroupBytes {
		select {
		case d, ok := <-s.queue:
			if !ok {
				return group
			}
			group = append(group, d)
			documents += len(d.bodies)
			bytes += d.bytes
		default:
			return group
		}
	}
	return group
}

// commitGroup makes a group durable: bytes and rows at the same time, then COMMIT. A refused
// deposit carries its own error; the error returned is of all the others.
func (s *Store) commitGroup(group []*deposit) error {
	s.stats.groups.Add(1)
	var bodies []*sealedBody
	for _, d := range group {
		bodies = append(bodies, d.bodies...)
	}
	written := make(chan error, 1)
	if len(bodies) > 0 {
		if err := s.seg.place(bodies); err != nil {
			return err
		}
		go func() { written <- s.seg.append(bodies) }()
	} else {
		written <- nil
	}
	next, kept, err := s.apply(group)
	if e := <-written; err == nil {
		err = e
	}
	if err != nil || kept == 0 {
		s.db.exec("ROLLBACK") // an error here means that SQLite already did
		return full(err)
	}
	s.stats.fsyncs.Add(1) // of the WAL
	if err := s.db.exec("COMMIT"); err != nil {
		// The bytes stay: should the WAL replay this group after a crash, its rows need them.
		s.db.exec("ROLLBACK")
		return full(err)
	}
	s.settle(group, next, kept)
	return nil
}

// settle publishes what the COMMIT made true.
func (s *Store) settle(group []*deposit, next *applied, kept int) {
	s.state = next.state
	s.checkpoint.Store(&next.checkpoint)
	s.stats.commits.Add(int64(kept))
	for _, d := range group {
		if d.err != nil {
			continue
		}
		for _, b := range d.bodies {
			if b.key != nil {
				b.key.durable.Store(true)
			}
			s.stats.documents.Add(1)
			s.stats.bytes.Add(b.size)
			s.stats.stored.Add(int64(len(*b.record)))
		}
	}
}

// applied is what a transaction leads to.
type applied struct {
	state
	checkpoint []byte
}

// apply runs every deposit in one transaction, left open. A deposit that fails before writing is
// skipped; after, the transaction starts again without it.
func (s *Store) apply(group []*deposit) (next *applied, kept int, err error) {
restart:
	if err := s.db.exec("BEGIN IMMEDIATE"); err != nil {
		return nil, 0, err
	}
	t := &tx{reader: reader{c: s.db, s: s}, state: s.state.clone(), used: map[int64]int64{}}
	kept = 0
	for _, d := range group {
		if d.err != nil {
			continue
		}
		if d.err = s.applyOne(t, d); d.err == nil {
			kept++
			continue
		}
		if t.fault != nil {
			d.err = nil
			return nil, 0, t.fault
		}
		if t.dirty {
			s.stats.retries.Add(1)
			if err := s.db.exec("ROLLBACK"); err != nil {
				return nil, 0, err
			}
			goto restart
		}
	}
	if kept == 0 {
		return nil, 0, nil
	}
	checkpoint, err := s.finish(t)
	return &applied{state: t.state, checkpoint: checkpoint}, kept, err
}

// applyOne runs one deposit inside the transaction.
func (s *Store) applyOne(t *tx, d *deposit) (err error) {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	before := t.writes
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("embedded: a commit panicked: %v\n%s", p, debug.Stack())
		}
		// Only the writes of this deposit matter: those of the others are good.
		t.dirty = t.writes != before
	}()
	if d.do != nil {
		if err := d.do(t); err != nil {
			return err
		}
	}
	for _, b := range d.bodies {
		if b.mail != 0 {
			continue // its unit keeps it, or not
		}
		if err := t.putDocument(b); err != nil {
			return err
		}
	}
	return t.fault
}
