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
	at, total := 0, 0
	for c := d.firstChild(e.parent); c != 0; c = d.elems[c].next {
		if d.elems[c].space == e.space && d.names[d.elems[c].name].local == local {
			if total++; c == n.i {
				at = total
			}
		}
	}
	if total == 1 {
		return local
	}
	return local + "[" + strconv.Itoa(at) + "]"
}

// Place points at the node for a finding.
func (n Node) Place() finding.Place {
	if n.i == 0 {
		return finding.Place{}
	}
	line, col := n.position()
	return finding.Place{Offset: n.Offset(), End: n.End(), Line: line, Column: col, XPath: n.XPath()}
}
