package xmltree

import (
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// Offset gives the first byte of the element ('<') or of the run.
func (n Node) Offset() int {
	if e := n.elem(); e != nil {
		return int(e.start)
	}
	if n.i < 0 {
		from, _ := n.run()
		return from
	}
	return 0
}

// End gives the byte after the element ('>') or the run.
func (n Node) End() int {
	if e := n.elem(); e != nil {
		return int(e.end)
	}
	if n.i < 0 {
		_, to := n.run()
		return to
	}
	return 0
}

// ContentRange gives the bytes between start and end tag.
func (n Node) ContentRange() (start, end int) {
	if e := n.elem(); e != nil {
		return int(e.open), int(e.close)
	}
	return n.Offset(), n.End()
}

// Raw gives the exact bytes, shared with the document.
func (n Node) Raw() []byte {
	if n.i == 0 {
		return nil
	}
	return n.d.src[n.Offset():n.End():n.End()]
}

// Line gives the line of the first byte, from 1.
func (n Node) Line() int {
	l, _ := n.position()
	return l
}

// Column gives the column of the first byte, from 1, in characters.
func (n Node) Column() int {
	_, c := n.position()
	return c
}

func (n Node) position() (int, int) {
	if n.i == 0 {
		return 0, 0
	}
	return n.d.Position(n.Offset())
}

// XPath gives the path from the root by local names; a number is written where an element has
// siblings of its name.
func (n Node) XPath() string {
	if n.i < 0 {
		return n.Parent().XPath() + "/text()"
	}
	var steps []string
	for ; n.i > 0; n = n.Parent() {
		steps = append(steps, n.step())
	}
	if steps == nil {
		return ""
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(steps[i])
	}
	return b.String()
}

func (n Node) step() string {
	e, d := n.elem(), n.d
	local := d.names[e.name].local
	if e.parent == 0 {
		return local
	}
	r, crowded := n.rank()
	if crowded {
		r = d.ranks(e.parent)[n.i]
	}
	if r.total == 1 {
		return local
	}
	return local + "[" + strconv.Itoa(int(r.at)) + "]"
}

// rank is the number of an element among the siblings of its name, and how many there are.
type rank struct{ at, total int32 }

// crowd is how many siblings are counted each time; the ranks of more are counted once and kept,
// so that the paths of all of them do not cost the square of their number.
const crowd = 200

// rank counts the siblings of an element, or tells that they are a crowd.
func (n Node) rank() (r rank, crowded bool) {
	e, d := n.elem(), n.d
	local, seen := d.names[e.name].local, 0
	for c := d.firstChild(e.parent); c != 0; c = d.elems[c].next {
		if seen++; seen > crowd {
			return rank{}, true
		}
		if d.elems[c].space == e.space && d.names[d.elems[c].name].local == local {
			if r.total++; c == n.i {
				r.at = r.total
			}
		}
	}
	return r, false
}

// ranks counts all children of an element at once.
func (d *Doc) ranks(parent int32) map[int32]rank {
	d.crowdsLock.Lock()
	defer d.crowdsLock.Unlock()
	if m, ok := d.crowds[parent]; ok {
		return m
	}
	type name struct {
		local string
		space int32
	}
	totals := map[name]int32{}
	m := map[int32]rank{}
	of := func(c int32) name { return name{d.names[d.elems[c].name].local, d.elems[c].space} }
	for c := d.firstChild(parent); c != 0; c = d.elems[c].next {
		k := of(c)
		totals[k]++
		m[c] = rank{at: totals[k]}
	}
	for c, r := range m {
		r.total = totals[of(c)]
		m[c] = r
	}
	if d.crowds == nil {
		d.crowds = map[int32]map[int32]rank{}
	}
	d.crowds[parent] = m
	return m
}

// Place points at the node for a finding.
func (n Node) Place() finding.Place {
	if n.i == 0 {
		return finding.Place{}
	}
	line, col := n.position()
	return finding.Place{Offset: n.Offset(), End: n.End(), Line: line, Column: col, XPath: n.XPath()}
}
