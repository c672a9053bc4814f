package xpath

import "slices"

// candidates puts the nodes of the axis that pass the test on r.buf in document order, at most
// enough of them.
func (s *step) candidates(r *Run, n Node, enough int) {
	t := r.tree
	nd := &t.nodes[n]
	full := len(r.buf) + enough
	if enough > all-len(r.buf) {
		full = all
	}
	take := func(c Node) {
		if len(r.buf) < full && s.test.match(t, &t.nodes[c]) {
			r.buf = append(r.buf, c)
		}
	}
	before := len(r.buf)
	switch s.axis {
	case axisChild:
		for c := t.first(n); c < nd.end && len(r.buf) < full; c = t.nodes[c].end {
			take(c)
		}
	case axisAttribute:
		for a := n + 1; a < n+1+Node(nd.attrs); a++ {
			take(a)
		}
	case axisSelf:
		take(n)
	case axisParent:
		if nd.parent >= 0 {
			take(nd.parent)
		}
	case axisDescendantOrSelf, axisDescendant:
		if s.axis == axisDescendantOrSelf {
			take(n)
		}
		for c := n + 1; c < nd.end && len(r.buf) < full; c++ {
			if t.nodes[c].kind != KindAttribute {
				take(c)
			}
		}
		r.tick(int(nd.end - n))
	case axisBelowAttribute:
		for c := n + 1; c < nd.end && len(r.buf) < full; c++ {
			if t.nodes[c].kind == KindAttribute {
				take(c)
			}
		}
		r.tick(int(nd.end - n))
	case axisFollowingSibling:
		if nd.kind == KindAttribute || nd.parent < 0 {
			break
		}
		for c := nd.end; c < t.nodes[nd.parent].end && len(r.buf) < full; c = t.nodes[c].end {
			take(c)
		}
	case axisPrecedingSibling:
		if nd.kind == KindAttribute || nd.parent < 0 {
			break
		}
		for c := t.first(nd.parent); c < n; c = t.nodes[c].end {
			take(c)
		}
		r.tick(int(n - nd.parent))
	case axisFollowing:
		from := nd.end
		if nd.kind == KindAttribute {
			from = t.first(nd.parent)
		}
		for c := from; int(c) < len(t.nodes) && len(r.buf) < full; c++ {
			if t.nodes[c].kind != KindAttribute {
				take(c)
			}
		}
		r.tick(len(t.nodes) - int(from))
	case axisPreceding:
		for c := Node(0); c < n; c++ {
			if t.nodes[c].kind != KindAttribute && t.nodes[c].end <= n && (nd.kind != KindAttribute || c < nd.parent) {
				take(c)
			}
		}
		r.tick(int(n))
	case axisAncestor, axisAncestorOrSelf:
		up := nd.parent
		if s.axis == axisAncestorOrSelf {
			up = n
		}
		for ; up >= 0; up = t.nodes[up].parent {
			take(up)
		}
		slices.Reverse(r.buf[before:])
	}
	r.tick(len(r.buf) - before + 1)
}
