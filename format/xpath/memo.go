package xpath

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// What depends on less than the context item is found once: per library when it depends on
// nothing, per run when it depends on the document alone.

type memo struct {
	state uint8
	nodes []Node
}

const (
	memoTested = 1 << iota
	memoTrue
	memoNodes
)

// memoized is a set of nodes that depends on the document alone.
type memoized struct {
	nodeset
	in expr
	id int
}

// tested is a condition that depends on the document alone.
type tested struct {
	facts
	in expr
	id int
}

// memo ends a path.
func (p *parser) memo(e expr) expr {
	l, ok := e.(*local)
	if !ok {
		return e
	}
	if len(l.steps) == 1 && l.start == fromContext {
		if s := &l.steps[0]; s.axis == axisAttribute && s.test.kind == testName && len(s.preds) == 0 {
			return &attrStep{l, NameID(s.test.id)}
		}
	}
	if l.ofTree() && len(l.steps) > 0 {
		return &memoized{l, l, p.lib.memoID(canonical(l))}
	}
	return e
}

func (l *Library) memoID(text string) int {
	id, ok := l.memos[text]
	if !ok {
		id = len(l.memos)
		l.memos[text] = id
	}
	return id
}

// fold wraps an expression that is worth remembering.
func (p *parser) fold(e expr) expr {
	switch e.(type) {
	case *literal, *varRef, *constant, *memoized, *tested, *attrStep:
		return e
	}
	f := e.about()
	switch {
	case f.constant():
		text := canonical(e)
		c, ok := p.lib.folded[text]
		if !ok {
			c = &constant{e: e}
			c.facts = facts{static: f.static, one: f.one}
			p.lib.folded[text] = c
		}
		return c
	case f.ofTree() && f.static == boolean:
		t := &tested{in: e, id: p.lib.memoID("? " + canonical(e))}
		t.facts = *f
		return t
	}
	return e
}

func (m *memoized) nodes(r *Run, max int, need need) {
	if r.focus != focusNode || r.tree != r.main {
		m.nodeset.nodes(r, max, need)
		return
	}
	x := &r.memos[m.id]
	if x.state&memoNodes == 0 {
		base := len(r.list)
		m.nodeset.nodes(r, all, inOrder)
		x = &r.memos[m.id]
		x.nodes = append(x.nodes[:0], r.list[base:]...)
		x.state |= memoNodes
		r.list = r.list[:base]
	}
	r.list = append(r.list, x.nodes[:min(max, len(x.nodes))]...)
}

func (m *memoized) push(r *Run, max int) { pushNodes(r, m, max) }

func (m *memoized) test(r *Run) bool {
	if r.focus != focusNode || r.tree != r.main {
		return m.nodeset.test(r)
	}
	x := &r.memos[m.id]
	if x.state&memoNodes != 0 {
		return len(x.nodes) > 0
	}
	if x.state&memoTested == 0 {
		yes := m.nodeset.test(r)
		r.memos[m.id].settle(yes)
		return yes
	}
	return x.state&memoTrue != 0
}

func (x *memo) settle(yes bool) {
	x.state |= memoTested
	if yes {
		x.state |= memoTrue
	}
}

func (t *tested) test(r *Run) bool {
	if r.focus != focusNode || r.tree != r.main {
		return t.in.test(r)
	}
	if x := &r.memos[t.id]; x.state&memoTested != 0 {
		return x.state&memoTrue != 0
	}
	yes := t.in.test(r)
	r.memos[t.id].settle(yes)
	return yes
}

func (t *tested) push(r *Run, max int) {
	if alwaysOne(t.in) {
		r.emit(boolItem(t.test(r)))
		return
	}
	t.in.push(r, max)
}

func (t *tested) canon(b *strings.Builder) { t.in.canon(b) }

// alwaysOne tells a condition that is never an empty sequence.
func alwaysOne(e expr) bool {
	switch x := e.(type) {
	case *general, *attrIs, *nodesAre, *nodesIn, *countIs, *logic, *quantified:
		return true
	case *call:
		return x.fn.cond != nil
	}
	return false
}

// constant is an expression that gives the same in every run: it is evaluated at its first use,
// and the documents it reads stay.
type constant struct {
	facts
	e    expr
	mu   sync.Mutex
	done atomic.Pointer[outcome]
}

type outcome struct {
	items []Item
	err   *Error
	truth bool // effective boolean value
	noEBV *Error
	minor []error // met and recovered from: every run hears of them

	setOnce sync.Once
	set     map[string]struct{} // of the strings, when all items are strings or untyped
}

func (c *constant) outcome(r *Run) *outcome {
	if o := c.done.Load(); o != nil {
		r.recordAll(o.minor)
		return o
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.done.Load(); o != nil {
		r.recordAll(o.minor)
		return o
	}
	o := c.evaluate(r)
	if o.err == nil || o.err.ID != IDBudget {
		c.done.Store(o)
	}
	return o
}

// evaluate keeps nothing of the document of the run: a constant does not depend on it.
func (c *constant) evaluate(r *Run) (o *outcome) {
	o = new(outcome)
	already := r.errs
	saved, base := r.saveFocus(), len(r.items)
	lists, bufs := len(r.list), len(r.buf)
	restore := func() {
		r.restoreFocus(saved)
		r.items, r.list, r.buf = r.items[:base], r.list[:lists], r.buf[:bufs]
	}
	defer func() {
		if v := recover(); v != nil {
			restore()
			if len(already) > 0 {
				r.errs = already
			}
			o.err = caught(v, "")
		}
	}()
	r.focus = focusNone
	r.errs = nil
	c.e.push(r, all)
	o.minor, r.errs = r.errs, already
	r.recordAll(o.minor)
	o.items = slices.Clone(r.items[base:])
	func() {
		defer func() {
			if v := recover(); v != nil {
				o.noEBV = caught(v, "")
			}
		}()
		o.truth = ebv(r, base)
	}()
	restore()
	return o
}

func (c *constant) force(r *Run) []Item {
	o := c.outcome(r)
	if o.err != nil {
		panic(o.err)
	}
	return o.items
}

func (c *constant) push(r *Run, max int) {
	items := c.force(r)
	for i := range min(len(items), max) {
		r.emit(items[i])
	}
}

func (c *constant) test(r *Run) bool {
	o := c.outcome(r)
	if o.err != nil {
		panic(o.err)
	}
	if o.noEBV != nil {
		panic(o.noEBV)
	}
	return o.truth
}

func (c *constant) canon(b *strings.Builder) { c.e.canon(b) }

// strings gives the set of the strings, nil when an item is something else.
func (c *constant) strings(r *Run) map[string]struct{} {
	o := c.outcome(r)
	if o.err != nil {
		panic(o.err)
	}
	o.setOnce.Do(func() {
		set := make(map[string]struct{}, len(o.items))
		for _, it := range o.items {
			a := it.atom()
			if !a.typ.stringy() {
				return
			}
			set[a.s] = struct{}{}
		}
		o.set = set
	})
	return o.set
}
