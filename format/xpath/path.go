package xpath

import (
	"slices"
	"strings"
)

type axis uint8

const (
	axisChild axis = iota
	axisAttribute
	axisSelf
	axisParent
	axisDescendant
	axisDescendantOrSelf
	axisFollowingSibling
	axisFollowing
	axisPrecedingSibling
	axisPreceding
	axisAncestor
	axisAncestorOrSelf
	axisBelowAttribute // descendant-or-self::node()/attribute::
)

var axisNames = [...]string{"child", "attribute", "self", "parent", "descendant", "descendant-or-self", "following-sibling", "following",
	"preceding-sibling", "preceding", "ancestor", "ancestor-or-self", "below-attribute"}

func (a axis) reverse() bool { return a >= axisPrecedingSibling && a <= axisAncestorOrSelf }

type testKind uint8

const (
	testNode      testKind = iota // node()
	testName                      // a:b
	testPrincipal                 // *
	testKind_                     // text(), comment()…
	testLocal                     // *:b
	testSpace                     // a:*
)

// test is a node test.
type test struct {
	kind      testKind
	principal Kind
	id        int32 // name, local name or namespace
	text      string
}

func (s *test) match(t *Tree, n *node) bool {
	switch s.kind {
	case testName:
		return int32(n.name) == s.id && n.kind == s.principal
	case testNode:
		return true
	case testPrincipal, testKind_:
		return n.kind == s.principal
	case testLocal:
		return n.kind == s.principal && t.localOf(n.name) == s.id
	}
	return n.kind == s.principal && t.spaceOf(n.name) == s.id
}

// step is one axis step with its predicates.
type step struct {
	axis  axis
	test  test
	preds []predicate
}

func descendantOrSelfNode() step { return step{axis: axisDescendantOrSelf, test: test{kind: testNode}} }

// plain tells a step whose predicates do not count.
func (s *step) plain() bool {
	for i := range s.preds {
		if s.preds[i].kind != predTest {
			return false
		}
	}
	return true
}

type startKind uint8

const (
	fromContext startKind = iota
	fromRoot
)

// local is a path of axis steps that starts at the context node or at the root: it never leaves
// the tree of the focus.
type local struct {
	facts
	start          startKind
	steps          []step
	sorted, unique bool // what walking depth first gives
}

func newLocal(start startKind, steps ...step) *local {
	p := &local{start: start, steps: steps}
	p.tree, p.item = true, start == fromContext
	p.static, p.one = nodes_, true
	sorted, unique, peers, alone := true, true, true, true
	for i := range steps {
		s := &steps[i]
		for j := range s.preds {
			p.addInner(s.preds[j].e)
		}
		switch s.axis {
		case axisSelf:
		case axisAttribute:
			alone = alone && s.test.kind == testName
		case axisChild:
			sorted, alone = sorted && peers, false
		case axisDescendant, axisDescendantOrSelf, axisBelowAttribute:
			sorted, unique, peers, alone = sorted && peers, unique && peers, false, false
		case axisParent:
			if !alone {
				sorted, unique, peers = false, false, false
			}
		case axisFollowingSibling, axisPrecedingSibling:
			if !alone {
				sorted, unique = false, false
			}
			alone = false
		default:
			if !alone || s.axis.reverse() {
				sorted = false
			}
			unique, peers, alone = unique && alone, false, false
		}
	}
	p.sorted, p.unique, p.one = sorted, unique, alone
	return p
}

func (p *local) push(r *Run, max int) { pushNodes(r, p, max) }

func pushNodes(r *Run, e nodeset, max int) {
	base := len(r.list)
	e.nodes(r, max, inOrder)
	for _, n := range r.list[base:] {
		r.emit(nodeItem(r.tree, n))
	}
	r.list = r.list[:base]
}

func (p *local) test(r *Run) bool {
	if len(p.steps) == 1 && p.steps[0].axis == axisSelf && p.start == fromContext {
		r.needNode()
		if s := &p.steps[0]; s.plain() {
			return s.test.match(r.tree, &r.tree.nodes[r.node]) && s.accept(r, r.node)
		}
	}
	return testNodes(r, p)
}

func testNodes(r *Run, e nodeset) bool {
	base := len(r.list)
	e.nodes(r, 1, anyNodes)
	found := len(r.list) > base
	r.list = r.list[:base]
	return found
}

func (r *Run) needNode() {
	switch r.focus {
	case focusNone:
		fail(IDFocus, "XPDY0002", "aucun nœud de contexte ici", "no context node here")
	case focusItem:
		fail(IDType, "XPTY0020", "le contexte d'un chemin doit être un nœud, trouvé %s", "the context of a path must be a node, found %s", r.item.typ)
	}
}

func (p *local) nodes(r *Run, max int, need need) {
	r.needNode()
	base, stop := len(r.list), max
	if need >= distinct && !p.unique || need == inOrder && !p.sorted {
		stop = all
	}
	n := r.node
	if p.start == fromRoot {
		n = 0
	}
	p.walk(r, 0, n, base+stop)
	r.arrange(base, max, need == inOrder && !p.sorted, need >= distinct && !p.unique)
}

// arrange sorts what was found, takes out what came twice and cuts to max.
func (r *Run) arrange(base, max int, sort, dedup bool) {
	found := r.list[base:]
	if len(found) > 1 && (sort || dedup) {
		r.tick(len(found))
		slices.Sort(found)
		if dedup {
			found = slices.Compact(found)
		}
	}
	r.list = r.list[:base+min(len(found), max)]
}

// walk follows the steps from k on, depth first, and puts the nodes it ends at on r.list; true
// when stop is reached.
func (p *local) walk(r *Run, k int, n Node, stop int) bool {
	if k == len(p.steps) {
		if len(r.list) >= maxItems {
			fail(IDLimit, "", "plus de %d nœuds à la fois", "more than %d nodes at once", maxItems)
		}
		r.list = append(r.list, n)
		return len(r.list) >= stop
	}
	s := &p.steps[k]
	if !s.plain() {
		return p.walkCounted(r, k, n, stop)
	}
	t := r.tree
	switch s.axis {
	case axisAttribute:
		nd := &t.nodes[n]
		for a, end := n+1, n+1+Node(nd.attrs); a < end; a++ {
			if s.test.match(t, &t.nodes[a]) && s.accept(r, a) && p.walk(r, k+1, a, stop) {
				return true
			}
		}
		return false
	case axisSelf:
		return s.test.match(t, &t.nodes[n]) && s.accept(r, n) && p.walk(r, k+1, n, stop)
	case axisParent:
		up := t.nodes[n].parent
		return up >= 0 && s.test.match(t, &t.nodes[up]) && s.accept(r, up) && p.walk(r, k+1, up, stop)
	case axisChild:
		end := t.nodes[n].end
		count := 0
		for c := t.first(n); c < end; {
			nd := &t.nodes[c]
			count++
			if s.test.match(t, nd) && s.accept(r, c) && p.walk(r, k+1, c, stop) {
				r.tick(count)
				return true
			}
			c = nd.end
		}
		r.tick(count)
		return false
	case axisDescendant:
		if s.test.kind == testName && s.test.principal == KindElement && t.nodes[n].end-n > fewNodes {
			return p.walkNamed(r, k, t.elems.of(NameID(s.test.id)), n+1, t.nodes[n].end, stop)
		}
	case axisBelowAttribute:
		if s.test.kind == testName && t.nodes[n].end-n > fewNodes {
			return p.walkNamed(r, k, t.attrs.of(NameID(s.test.id)), n+1, t.nodes[n].end, stop)
		}
	}
	from := len(r.buf)
	s.candidates(r, n, all)
	for i := from; i < len(r.buf); i++ {
		if m := r.buf[i]; s.accept(r, m) && p.walk(r, k+1, m, stop) {
			r.buf = r.buf[:from]
			return true
		}
	}
	r.buf = r.buf[:from]
	return false
}

// fewNodes is the size of a subtree under which scanning it beats looking names up.
const fewNodes = 24

// walkNamed goes through the part of a list of names that lies in a subtree.
func (p *local) walkNamed(r *Run, k int, list []Node, from, end Node, stop int) bool {
	s := &p.steps[k]
	i, _ := slices.BinarySearch(list, from)
	for ; i < len(list) && list[i] < end; i++ {
		r.tick(1)
		if s.accept(r, list[i]) && p.walk(r, k+1, list[i], stop) {
			return true
		}
	}
	return false
}

// accept runs predicates that do not count.
func (s *step) accept(r *Run, n Node) bool {
	if len(s.preds) == 0 {
		return true
	}
	saved := r.node
	r.node = n
	for i := range s.preds {
		if !s.preds[i].e.test(r) {
			r.node = saved
			return false
		}
	}
	r.node = saved
	return true
}

// walkCounted follows a step with a predicate that counts: its nodes are gathered first, in the
// order of the axis.
// spec: XPath 2.0 §3.2.2
func (p *local) walkCounted(r *Run, k int, n Node, stop int) bool {
	s := &p.steps[k]
	from := len(r.buf)
	enough := all
	if !s.axis.reverse() && s.preds[0].kind == predIndex {
		enough = int(s.preds[0].index)
	}
	s.candidates(r, n, enough)
	if s.axis.reverse() {
		slices.Reverse(r.buf[from:])
	}
	for i := range s.preds {
		s.preds[i].filter(r, from)
	}
	if s.axis.reverse() {
		slices.Reverse(r.buf[from:])
	}
	for i := from; i < len(r.buf); i++ {
		if p.walk(r, k+1, r.buf[i], stop) {
			r.buf = r.buf[:from]
			return true
		}
	}
	r.buf = r.buf[:from]
	return false
}

func (p *local) canon(b *strings.Builder) {
	if p.start == fromRoot {
		b.WriteByte('/')
	}
	for i := range p.steps {
		if i > 0 {
			b.WriteByte('/')
		}
		p.steps[i].canon(b)
	}
	if len(p.steps) == 0 {
		b.WriteByte('.')
	}
}

func (s *step) canon(b *strings.Builder) {
	b.WriteString(axisNames[s.axis])
	b.WriteString("::")
	s.test.canon(b)
	for i := range s.preds {
		b.WriteByte('[')
		s.preds[i].e.canon(b)
		b.WriteByte(']')
	}
}

func (s *test) canon(b *strings.Builder) {
	switch {
	case s.kind == testNode:
		b.WriteString("node()")
	case s.text != "":
		b.WriteString(s.text)
	case s.principal == KindAttribute:
		b.WriteString("@*")
	default:
		b.WriteString("*")
	}
}
