package xpath

import (
	"cmp"
	"slices"
	"strings"
)

// slash joins what stands on both sides of "/".
func (p *parser) slash(left, right expr) expr {
	if m, ok := left.(*memoized); ok {
		left = m.in
	}
	if _, ok := left.(*contextItem); ok {
		left = newLocal(fromContext)
	}
	if _, ok := right.(*contextItem); ok {
		right = newLocal(fromContext)
	}
	l, lok := left.(*local)
	r, rok := right.(*local)
	if lok && rok && r.start == fromContext {
		return newLocal(l.start, join(l.steps, r.steps)...)
	}
	if s, ok := left.(*slashExpr); ok && rok && r.start == fromContext {
		if inner, ok := s.right.(*local); ok && inner.start == fromContext {
			return newSlash(s.left, newLocal(fromContext, join(inner.steps, r.steps)...))
		}
	}
	return newSlash(p.fold(left), right)
}

// join appends steps, and takes //x as one step where the predicates do not count.
func join(left, right []step) []step {
	out := slices.Clone(left)
	for _, s := range right {
		if len(out) == 0 || !s.plain() {
			out = append(out, s)
			continue
		}
		last := &out[len(out)-1]
		if last.axis != axisDescendantOrSelf || last.test.kind != testNode || len(last.preds) > 0 {
			out = append(out, s)
			continue
		}
		switch s.axis {
		case axisChild, axisDescendant:
			s.axis = axisDescendant
		case axisAttribute:
			s.axis = axisBelowAttribute
		case axisSelf, axisDescendantOrSelf:
			s.axis = axisDescendantOrSelf
		default:
			out = append(out, s)
			continue
		}
		*last = s
	}
	return out
}

// slashExpr is a path that leaves the tree of the focus, or ends in values.
// spec: XPath 2.0 §3.2
type slashExpr struct {
	facts
	left, right expr
	index       *indexed // a look-up by attribute, when the right side is one
}

func newSlash(left, right expr) expr {
	s := &slashExpr{left: left, right: right}
	s.add(left)
	s.addUnfocused(right)
	s.static = right.about().static
	s.one = left.about().one && right.about().one
	if l, ok := right.(*local); ok {
		s.index = indexable(l)
	}
	return s
}

func (s *slashExpr) test(r *Run) bool {
	if s.static != nodes_ {
		return testItems(r, s)
	}
	base := len(r.items)
	s.left.push(r, all)
	saved := r.saveFocus()
	size := len(r.items) - base
	found := false
	for i := 0; i < size && !found; i++ {
		s.enter(r, r.items[base+i], i+1, size)
		if s.index != nil {
			before := len(r.items)
			if s.index.push(r, 1) {
				found = len(r.items) > before
				r.items = r.items[:before]
				continue
			}
		}
		found = s.right.test(r)
	}
	r.restoreFocus(saved)
	r.items = r.items[:base]
	return found
}

func (s *slashExpr) enter(r *Run, it Item, pos, size int) {
	if it.typ != TypeNode {
		fail(IDType, "XPTY0019", "à gauche de « / » il faut des nœuds, trouvé %s", "nodes are needed on the left of /, found %s", it.typ)
	}
	r.setNode(it.tree, it.node)
	r.pos, r.size = pos, size
}

func (s *slashExpr) push(r *Run, limit int) {
	base := len(r.items)
	s.left.push(r, all)
	size := len(r.items) - base
	if size == 0 {
		return
	}
	saved := r.saveFocus()
	for i := range size {
		s.enter(r, r.items[base+i], i+1, size)
		if s.index == nil || !s.index.push(r, all) {
			s.right.push(r, all)
		}
	}
	r.restoreFocus(saved)
	found := r.items[base+size:]
	copy(r.items[base:], found)
	r.items = r.items[:base+len(found)]
	r.items = r.items[:base+inDocumentOrder(r, r.items[base:], size > 1)]
	if len(r.items)-base > limit {
		r.items = r.items[:base+limit]
	}
}

// inDocumentOrder sorts nodes and takes out what comes twice; values stay as they are, and both
// may not be mixed. It gives how many are left.
func inDocumentOrder(r *Run, items []Item, sort bool) int {
	nodes := 0
	for i := range items {
		if items[i].typ == TypeNode {
			nodes++
		}
	}
	if nodes != 0 && nodes != len(items) {
		fail(IDType, "XPTY0018", "un chemin donne à la fois des nœuds et des valeurs", "a path gives both nodes and values")
	}
	if nodes == 0 || !sort {
		return len(items)
	}
	r.tick(len(items))
	slices.SortFunc(items, compareOrder)
	return len(slices.CompactFunc(items, func(a, b Item) bool { return a.tree == b.tree && a.node == b.node }))
}

func compareOrder(a, b Item) int {
	if a.tree != b.tree {
		return cmp.Compare(a.tree.serial, b.tree.serial)
	}
	return cmp.Compare(a.node, b.node)
}

func (s *slashExpr) canon(b *strings.Builder) {
	b.WriteByte('(')
	s.left.canon(b)
	b.WriteString(")/")
	s.right.canon(b)
}
