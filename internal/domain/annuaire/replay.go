package annuaire

import (
	"encoding/binary"
	"errors"
	"time"
)

// errReplay says that the log holds what this program does not write: it is damaged or newer.
var errReplay = errors.New("annuaire: the log holds an entry that cannot be read")

// Replay takes back what a Log kept: the parts in their order. It is called before Attach, on a
// directory that may already hold what the house puts there itself.
func (a *Annuaire) Replay(next func() (part []byte, last bool, err error)) error {
	for {
		c := a.begin()
		c.quiet = true
		more, err := c.replayGroup(next)
		if err != nil || !more {
			_ = c.abort()
			return err
		}
	}
}

// replayGroup takes one group and shows it; false when there is none left.
func (c *change) replayGroup(next func() ([]byte, bool, error)) (bool, error) {
	for {
		part, last, err := next()
		if err != nil || part == nil {
			return false, err
		}
		if err := c.replayPart(part); err != nil {
			return false, err
		}
		if last {
			c.flush()
			c.publish()
			c.a.writing.Unlock()
			return true, nil
		}
	}
}

func (c *change) replayPart(b []byte) error {
	for len(b) > 0 {
		if b[0] == opCommit {
			_, n := binary.Uvarint(b[1:])
			if n <= 0 {
				return errReplay
			}
			at, m := binary.Uvarint(b[1+n:])
			if m <= 0 {
				return errReplay
			}
			c.now = time.Unix(0, int64(at)).UTC()
			b = b[1+n+m:]
			continue
		}
		if len(b) < 4 || b[1] >= kindCount {
			return errReplay
		}
		e := entry{entryKey{Kind(b[1]), 0}, b[0], b[2], nil, nil}
		id, n := binary.Uvarint(b[3:])
		if n <= 0 {
			return errReplay
		}
		e.id, b = ID(id), b[3+n:]
		switch e.op {
		case opPut:
			size, n := binary.Uvarint(b)
			if n <= 0 || size > uint64(len(b)-n) {
				return errReplay
			}
			e.rec, b = append([]byte(nil), b[n:n+int(size)]...), b[n+int(size):]
			if !decode(e.rec, newResource(e.kind)) {
				return errReplay
			}
		case opRemove:
		default:
			return errReplay
		}
		c.add(e)
	}
	return nil
}

// Attach makes every change from now on go to a log first.
func (a *Annuaire) Attach(l Log) {
	a.writing.Lock()
	defer a.writing.Unlock()
	a.log = l
}

// Compactor is a log that can be written anew as one group.
type Compactor interface {
	Log
	Compact(dump func(part func(b []byte, last bool) error) error) error
}

// Compact has the log written anew: what stands now, in one group. Changes wait meanwhile; readers
// do not. Lists begun before stay readable until the program ends.
func (a *Annuaire) Compact() error {
	a.writing.Lock()
	defer a.writing.Unlock()
	l, ok := a.log.(Compactor)
	if !ok {
		return nil
	}
	return l.Compact(a.dump)
}

// dump hands all that stands, as one group. The writer is held, so nothing changes meanwhile.
func (a *Annuaire) dump(part func(b []byte, last bool) error) error {
	c := &change{a: a}
	for k := range a.tables {
		t := &a.tables[k]
		for ord := range t.head {
			if v := t.last(uint32(ord)); v != nil {
				c.write(&entry{entryKey{Kind(k), t.ids[ord]}, opPut, v.flags, a.arena.get(v.loc), nil})
			}
			if len(c.log) >= logPart {
				if err := part(c.log, false); err != nil {
					return err
				}
				c.log = c.log[:0]
			}
		}
	}
	c.log = append(c.log, opCommit)
	c.log = binary.AppendUvarint(c.log, uint64(a.version))
	c.log = binary.AppendUvarint(c.log, uint64(a.lastTime()))
	return part(c.log, true)
}
