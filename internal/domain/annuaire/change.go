package annuaire

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/socle-sante/socle/format/finding"
)

// Sizes of a change while it is being made.
const (
	lockBatch = 256     // changes under one lock: a reader waits about a millisecond
	logPart   = 1 << 20 // bytes handed to the log at once
)

// Log keeps changes. A group of changes comes in parts; it is durable when Append returns without
// error for its last part, and none of it is kept otherwise.
type Log interface {
	Append(part []byte, last bool) error
	// Drop forgets the parts of a group that will have no last one.
	Drop()
}

// ErrKeep is the answer when the log cannot be written: nothing was changed.
var ErrKeep = &finding.Refusal{ID: "ANN-CONSERVATION", Kind: finding.Unavailable, Rule: "Socle, durabilité",
	Message: finding.T("L'annuaire n'a pas pu conserver la modification.", "The directory could not keep the change."),
	Fix:     finding.T("Recommencez dans un moment ; si cela dure, l'exploitant doit vérifier le disque.", "Try again in a moment; if it lasts, the operator must check the disk.")}

// Entries of the log.
const (
	opPut    = 'P'
	opRemove = 'R'
	opCommit = 'C'
)

// change is a group of changes being made: one version of the directory, seen by nobody before it
// is committed. Only one is open at a time.
type change struct {
	a        *Annuaire
	born     uint32
	now      time.Time
	waiting  []entry
	ids      map[entryKey]bool // in waiting
	touched  []entryKey
	log      []byte
	logged   bool // a part is in the log already
	err      error
	quiet    bool // no log: replay
	own      bool // by Put, which keeps its own copy
	scratch  []byte
	standing [kindCount]int
}

type entryKey struct {
	kind Kind
	id   ID
}

type entry struct {
	entryKey
	op    byte
	flags uint8
	rec   []byte
	res   resource // for the index; decoded from rec when nil
}

// begin opens a change; it waits for the one that is open.
func (a *Annuaire) begin() *change {
	a.writing.Lock()
	c := &change{a: a, born: a.version + 1, now: a.time(), ids: map[entryKey]bool{}}
	for k := range a.tables {
		c.standing[k] = a.tables[k].standing
	}
	return c
}

// put gives a resource its next state; nothing happens when it is as it was. r is not kept.
func (c *change) put(r resource, flags uint8) ID {
	key := r.key()
	id := c.idFor(r.kind(), key, r)
	c.putID(r, id, flags)
	return id
}

func (c *change) putID(r resource, id ID, flags uint8) {
	at := len(c.scratch)
	c.scratch = encode(c.scratch, r)
	rec := c.scratch[at:len(c.scratch):len(c.scratch)]
	c.add(entry{entryKey{r.kind(), id}, opPut, flags, rec, nil})
}

// idFor gives the id of a key: the one that comes from it, unless another resource has it already.
func (c *change) idFor(k Kind, key string, r resource) ID {
	for id := idOf(key); ; id++ {
		if id == 0 {
			continue
		}
		v := c.state(k, id)
		if v == nil {
			return id
		}
		other := newResource(k)
		if !decode(c.a.arena.get(v.loc), other) || other.key() == key {
			return id
		}
	}
}

// state gives the version that stands for this change, its own work included.
func (c *change) state(k Kind, id ID) *version {
	if c.ids[entryKey{k, id}] {
		c.flush()
	}
	t := &c.a.tables[k]
	if ord, ok := t.ordinal(id); ok {
		return t.last(ord)
	}
	return nil
}

// get reads the resource that stands for this change; nil flags when there is none.
func (c *change) get(k Kind, id ID, r resource) (flags uint8, ok bool) {
	v := c.state(k, id)
	if v == nil || !decode(c.a.arena.get(v.loc), r) {
		return 0, false
	}
	return v.flags, true
}

// remove takes a resource away.
func (c *change) remove(k Kind, id ID) { c.add(entry{entryKey{k, id}, opRemove, 0, nil, nil}) }

func (c *change) add(e entry) {
	c.waiting = append(c.waiting, e)
	c.ids[e.entryKey] = true
	if len(c.waiting) >= lockBatch {
		c.flush()
	}
}

// flush makes the waiting changes in memory, where no reader sees them yet.
func (c *change) flush() {
	if len(c.waiting) == 0 {
		return
	}
	for i := range c.waiting {
		if e := &c.waiting[i]; e.op == opPut {
			e.res = newResource(e.kind)
			if !decode(e.rec, e.res) {
				e.op = 0
			}
		}
	}
	c.a.mu.Lock()
	for i := range c.waiting {
		e := &c.waiting[i]
		if c.apply(e) && !c.quiet {
			c.write(e)
		}
	}
	c.a.settle(false)
	c.a.mu.Unlock()
	c.waiting = c.waiting[:0]
	c.scratch = c.scratch[:0]
	clear(c.ids)
	if len(c.log) >= logPart {
		c.hand(false)
	}
}

// apply makes one change; it reports whether there was anything to change.
func (c *change) apply(e *entry) bool {
	t := &c.a.tables[e.kind]
	switch e.op {
	case opRemove:
		ord, ok := t.ordinal(e.id)
		if !ok || t.last(ord) == nil {
			return false
		}
		c.touch(e.entryKey)
		c.kill(t, ord)
		return true
	case opPut:
	default:
		return false
	}
	ord := t.reserve(e.id)
	v := t.last(ord)
	if v == nil {
		c.touch(e.entryKey)
		n := t.newVersion(version{loc: c.a.arena.add(e.rec), born: c.born, dead: alive, prev: t.head[ord], flags: e.flags})
		t.head[ord] = n + 1
		c.standing[e.kind]++
		c.a.index(e.res, ord)
		return true
	}
	if v.flags == e.flags && bytes.Equal(c.a.arena.get(v.loc), e.rec) {
		return false
	}
	c.touch(e.entryKey)
	if v.born == c.born {
		if p := v.prev; p != 0 && t.version(p-1).dead == c.born && t.version(p-1).flags == e.flags && bytes.Equal(c.a.arena.get(t.version(p-1).loc), e.rec) {
			c.a.arena.drop(v.loc) // back to what it was before this change: as if nothing
			t.spare = append(t.spare, t.head[ord]-1)
			t.head[ord] = p
			t.version(p - 1).dead = alive
			return true
		}
		c.a.arena.drop(v.loc)
		v.loc, v.flags = c.a.arena.add(e.rec), e.flags
	} else {
		v.dead = c.born
		n := t.newVersion(version{loc: c.a.arena.add(e.rec), born: c.born, dead: alive, prev: t.head[ord], flags: e.flags})
		t.head[ord] = n + 1
	}
	c.a.index(e.res, ord)
	return true
}

// kill ends the version that stands; one born in this change goes without trace.
func (c *change) kill(t *table, ord uint32) {
	v := t.last(ord)
	c.standing[t.kind]--
	if v.born != c.born {
		v.dead = c.born
		return
	}
	c.a.arena.drop(v.loc)
	t.spare = append(t.spare, t.head[ord]-1)
	t.head[ord] = v.prev
}

func (c *change) touch(k entryKey) { c.touched = append(c.touched, k) }

func (c *change) write(e *entry) {
	c.log = append(c.log, e.op, byte(e.kind), e.flags)
	c.log = binary.AppendUvarint(c.log, uint64(e.id))
	if e.op == opPut {
		c.log = binary.AppendUvarint(c.log, uint64(len(e.rec)))
		c.log = append(c.log, e.rec...)
	}
}

func (c *change) hand(last bool) {
	if c.err != nil || c.a.log == nil || c.quiet {
		c.log = c.log[:0]
		return
	}
	c.err = c.a.log.Append(c.log, last)
	c.log, c.logged = c.log[:0], !last
}

// commit makes the change durable, then seen. A change that changes nothing leaves no version.
func (c *change) commit() error {
	c.flush()
	if c.err != nil || !c.net() {
		return c.abort()
	}
	c.log = append(c.log, opCommit)
	c.log = binary.AppendUvarint(c.log, uint64(c.born))
	c.log = binary.AppendUvarint(c.log, uint64(c.now.UnixNano()))
	c.hand(true)
	if c.err != nil {
		return c.abort()
	}
	c.publish()
	c.a.writing.Unlock()
	return nil
}

// net reports whether anything is not as it was: a change may have come back on its steps.
func (c *change) net() bool {
	for _, k := range c.touched {
		t := &c.a.tables[k.kind]
		if ord, ok := t.ordinal(k.id); ok && t.head[ord] != 0 {
			if v := t.version(t.head[ord] - 1); v.born == c.born || v.dead == c.born {
				return true
			}
		}
	}
	return false
}

// publish shows the change to readers.
func (c *change) publish() {
	a := c.a
	graves := c.graves()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dead = append(a.dead, graves...)
	for k := range a.tables {
		a.tables[k].standing = c.standing[k]
	}
	a.version = c.born
	a.times = append(a.times, c.now.UnixNano())
	a.settle(len(c.touched) > lockBatch)
	if !c.own {
		a.refresh()
	}
	a.sweep()
}

// Count is what a change did to one kind of resource.
type Count struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Removed int `json:"removed"` // no more active, or taken away
}

// tally counts what the change does, each resource once.
func (c *change) tally() (out [kindCount]Count) {
	c.flush()
	var seen [kindCount]bitmap
	for _, k := range c.touched {
		t := &c.a.tables[k.kind]
		ord, ok := t.ordinal(k.id)
		if !ok || t.head[ord] == 0 {
			continue
		}
		if seen[k.kind] == nil {
			seen[k.kind] = make(bitmap, len(t.ids)/64+1)
		}
		if seen[k.kind][ord>>6]&(1<<(ord&63)) != 0 {
			continue
		}
		seen[k.kind].add(ord)
		v, n := t.version(t.head[ord]-1), &out[k.kind]
		var before *version
		if v.prev != 0 && t.version(v.prev-1).dead == c.born {
			before = t.version(v.prev - 1)
		}
		switch {
		case v.dead == c.born:
			n.Removed++
		case v.born != c.born:
		case v.flags&flagActive == 0 && before != nil && before.flags&flagActive != 0:
			n.Removed++
		case before == nil || before.flags&flagActive == 0:
			n.Added++
		default:
			n.Changed++
		}
	}
	return out
}

// graves lists the states this change replaced, each once.
func (c *change) graves() []grave {
	var out []grave
	var seen [kindCount]bitmap
	for _, k := range c.touched {
		t := &c.a.tables[k.kind]
		ord, ok := t.ordinal(k.id)
		if !ok {
			continue
		}
		n := t.head[ord]
		if n != 0 && t.version(n-1).dead == alive {
			n = t.version(n - 1).prev
		}
		if n == 0 || t.version(n-1).dead != c.born {
			continue
		}
		if seen[k.kind] == nil {
			seen[k.kind] = make(bitmap, t.made/64+1)
		}
		if b := seen[k.kind]; b[(n-1)>>6]&(1<<((n-1)&63)) == 0 {
			b.add(n - 1)
			out = append(out, grave{k.kind, ord, n - 1})
		}
	}
	return out
}

// abort undoes everything.
func (c *change) abort() error {
	a := c.a
	c.waiting = nil
	a.mu.Lock()
	for _, k := range c.touched {
		t := &a.tables[k.kind]
		ord, ok := t.ordinal(k.id)
		if !ok {
			continue
		}
		if n := t.head[ord]; n != 0 && t.version(n-1).born == c.born {
			v := *t.version(n - 1)
			a.arena.drop(v.loc)
			t.spare = append(t.spare, n-1)
			t.head[ord] = v.prev
		}
		if n := t.head[ord]; n != 0 && t.version(n-1).dead == c.born {
			t.version(n - 1).dead = alive
		}
	}
	a.mu.Unlock()
	if c.logged && a.log != nil {
		a.log.Drop()
	}
	a.writing.Unlock()
	if c.err != nil {
		return ErrKeep.With(c.err)
	}
	return nil
}

func newResource(k Kind) resource {
	switch k {
	case KPractitioner:
		return &Practitioner{}
	case KRole:
		return &Role{}
	case KOrganization:
		return &Organization{}
	case KService:
		return &Service{}
	}
	return &Device{}
}
