package xpath

import (
	"slices"
	"strings"
)

// setExpr is union, intersect or except.
// spec: XPath 2.0 §3.3.3
type setExpr struct {
	facts
	op   string
	l, r expr
}

// nearSet is one whose sides both stay in the tree of the focus.
type nearSet struct {
	setExpr
	ln, rn nodeset
}

func newSet(op string, l, r expr) expr {
	s := setExpr{op: op, l: l, r: r}
	s.add(l, r)
	s.static = nodes_
	ln, lok := l.(nodeset)
	rn, rok := r.(nodeset)
	if lok && rok {
		return &nearSet{s, ln, rn}
	}
	return &s
}

func (s *nearSet) nodes(r *Run, max int, need need) {
	base := len(r.list)
	if s.op == "union" {
		s.ln.nodes(r, max, anyNodes)
		if need == anyNodes && len(r.list)-base >= max {
			return
		}
		if need != anyNodes {
			r.list = r.list[:base]
			s.ln.nodes(r, all, anyNodes)
		}
		s.rn.nodes(r, all, anyNodes)
		r.arrange(base, max, true, true)
		return
	}
	s.ln.nodes(r, all, inOrder)
	mid := len(r.list)
	s.rn.nodes(r, all, inOrder)
	kept := base
	left, right := r.list[base:mid], r.list[mid:]
	for _, n := range left {
		_, in := slices.BinarySearch(right, n)
		if in == (s.op == "intersect") {
			r.list[kept] = n
			kept++
		}
	}
	r.list = r.list[:base+min(kept-base, max)]
}

func (s *nearSet) push(r *Run, limit int) { pushNodes(r, s, limit) }

func (s *nearSet) test(r *Run) bool {
	if s.op == "union" {
		return s.ln.test(r) || s.rn.test(r)
	}
	return testNodes(r, s)
}

func (s *setExpr) test(r *Run) bool {
	if s.op == "union" {
		return hasNodes(r, s.l) || hasNodes(r, s.r)
	}
	return testItems(r, s)
}

// hasNodes tells whether an operand of a union has a node; anything else is refused.
func hasNodes(r *Run, e expr) bool {
	if e.about().static == nodes_ {
		return e.test(r)
	}
	base := len(r.items)
	e.push(r, all)
	wantNodes(r.items[base:])
	n := len(r.items) - base
	r.items = r.items[:base]
	return n > 0
}

func wantNodes(items []Item) {
	for i := range items {
		if items[i].typ != TypeNode {
			typeError("des nœuds sont attendus, trouvé %s", "nodes are expected, found %s", items[i].typ)
		}
	}
}

func (s *setExpr) push(r *Run, limit int) {
	base := len(r.items)
	s.l.push(r, all)
	mid := len(r.items) - base
	s.r.push(r, all)
	items := r.items[base:]
	wantNodes(items)
	if s.op == "union" {
		r.items = r.items[:base+min(limit, inDocumentOrder(r, items, true))]
		return
	}
	right := slices.Clone(items[mid:])
	slices.SortFunc(right, compareOrder)
	kept := 0
	for _, it := range items[:mid] {
		_, in := slices.BinarySearchFunc(right, it, compareOrder)
		if in == (s.op == "intersect") {
			items[kept] = it
			kept++
		}
	}
	r.items = r.items[:base+min(limit, inDocumentOrder(r, items[:kept], true))]
}

func (s *setExpr) canon(b *strings.Builder) {
	b.WriteByte('(')
	s.l.canon(b)
	b.WriteByte(' ')
	b.WriteString(s.op)
	b.WriteByte(' ')
	s.r.canon(b)
	b.WriteByte(')')
}
