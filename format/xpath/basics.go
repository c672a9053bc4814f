package xpath

import (
	"strconv"
	"strings"
)

type literal struct {
	facts
	item Item
}

func newLiteral(it Item) expr {
	l := &literal{item: it}
	l.one, l.static = true, staticOf(it.typ)
	return l
}

func staticOf(t Type) static {
	switch {
	case t == TypeNode:
		return nodes_
	case t == TypeBoolean:
		return boolean
	case t.numeric():
		return numeric
	case t.stringy():
		return stringy
	}
	return atomic_
}

func (l *literal) push(r *Run, _ int) { r.emit(l.item) }
func (l *literal) test(r *Run) bool   { return testItems(r, l) }
func (l *literal) canon(b *strings.Builder) {
	if l.item.typ == TypeString {
		quoteTo(b, l.item.s)
		return
	}
	b.WriteString(l.item.typ.String())
	quoteTo(b, l.item.text())
}

type varRef struct {
	facts
	name string
	slot Slot
}

func newVarRef(name string, s Slot) expr {
	v := &varRef{name: name, slot: s}
	v.free = []Slot{s}
	return v
}

func (v *varRef) push(r *Run, max int) {
	val := r.variable(v)
	switch {
	case val.n == 1:
		r.emit(val.one)
	default:
		for i := range min(val.n, max) {
			r.emit(val.many[i])
		}
	}
}

func (v *varRef) test(r *Run) bool { return testItems(r, v) }
func (v *varRef) canon(b *strings.Builder) {
	b.WriteByte('$')
	writeInt(b, int(v.slot))
}

type contextItem struct{ facts }

func newContextItem() expr {
	c := &contextItem{}
	c.item, c.tree, c.one = true, true, true
	return c
}

func (c *contextItem) push(r *Run, _ int) {
	switch r.focus {
	case focusNode:
		r.emit(nodeItem(r.tree, r.node))
	case focusItem:
		r.emit(r.item)
	default:
		r.needNode()
	}
}

func (c *contextItem) test(r *Run) bool         { return testItems(r, c) }
func (c *contextItem) canon(b *strings.Builder) { b.WriteString("item()") }

// attrStep is @name at the context node, by far the most frequent path of all.
type attrStep struct {
	*local
	id NameID
}

func (a *attrStep) find(r *Run) Node {
	if r.focus != focusNode {
		r.needNode()
	}
	return r.tree.Attr(r.node, a.id)
}

func (a *attrStep) nodes(r *Run, _ int, _ need) {
	if n := a.find(r); n != None {
		r.list = append(r.list, n)
	}
}

func (a *attrStep) test(r *Run) bool { return a.find(r) != None }
func (a *attrStep) push(r *Run, _ int) {
	if n := a.find(r); n != None {
		r.emit(nodeItem(r.tree, n))
	}
}

type sequence struct {
	facts
	list []expr
}

func newSequence(list []expr) expr {
	s := &sequence{list: list}
	s.add(list...)
	for i, e := range list {
		if i == 0 {
			s.static = e.about().static
		} else if s.static != e.about().static {
			s.static = unknown
		}
	}
	if len(list) > 1 && s.static != nodes_ { // a condition may still fail: several values have none
		s.static = unknown
	}
	return s
}

func (s *sequence) push(r *Run, max int) {
	base := len(r.items)
	for _, e := range s.list {
		left := max - (len(r.items) - base)
		if left <= 0 {
			return
		}
		e.push(r, left)
	}
}

func (s *sequence) test(r *Run) bool { return testItems(r, s) }
func (s *sequence) canon(b *strings.Builder) {
	b.WriteByte('(')
	canonList(b, s.list)
	b.WriteByte(')')
}

func parenthesized(e expr) expr { return e }

type ifExpr struct {
	facts
	cond, yes, no expr
}

func newIf(cond, yes, no expr) expr {
	f := &ifExpr{cond: cond, yes: yes, no: no}
	f.add(cond, yes, no)
	if yes.about().static == no.about().static {
		f.static = yes.about().static
	}
	f.one = yes.about().one && no.about().one
	return f
}

func (f *ifExpr) pick(r *Run) expr {
	if f.cond.test(r) {
		return f.yes
	}
	return f.no
}

func (f *ifExpr) push(r *Run, max int) { f.pick(r).push(r, max) }
func (f *ifExpr) test(r *Run) bool     { return f.pick(r).test(r) }
func (f *ifExpr) canon(b *strings.Builder) {
	b.WriteString("if(")
	canonList(b, []expr{f.cond, f.yes, f.no})
	b.WriteByte(')')
}

type forExpr struct {
	facts
	clause
	body expr
}

func newFor(c clause, body expr) expr {
	f := &forExpr{clause: c, body: body}
	f.add(body)
	f.bind(c.slot)
	f.add(c.in)
	f.static = body.about().static
	f.one = c.in.about().one && body.about().one
	return f
}

// push keeps what is gone through on the stack, under the results, until it is done.
func (f *forExpr) push(r *Run, max int) {
	base := len(r.items)
	f.in.push(r, all)
	mid := len(r.items)
	for i := base; i < mid; i++ {
		r.tick(1)
		left := max - (len(r.items) - mid)
		if left <= 0 {
			break
		}
		r.assign(f.slot, variable{state: varSet, value: Value{n: 1, one: r.items[i]}})
		f.body.push(r, left)
	}
	r.items = r.items[:base+copy(r.items[base:], r.items[mid:])]
}

func (f *forExpr) test(r *Run) bool { return testItems(r, f) }
func (f *forExpr) canon(b *strings.Builder) {
	b.WriteString("for $" + strconv.Itoa(int(f.slot)) + " in ")
	f.in.canon(b)
	b.WriteString(" return ")
	f.body.canon(b)
}

type quantified struct {
	facts
	clause
	every bool
	body  expr
}

func newQuantified(every bool, c clause, body expr) expr {
	q := &quantified{clause: c, every: every, body: body}
	q.add(body)
	q.bind(c.slot)
	q.add(c.in)
	q.static, q.one = boolean, true
	return q
}

func (q *quantified) test(r *Run) bool {
	base := len(r.items)
	q.in.push(r, all)
	out := q.every
	for i := base; i < len(r.items); i++ {
		r.tick(1)
		r.assign(q.slot, variable{state: varSet, value: Value{n: 1, one: r.items[i]}})
		if q.body.test(r) != q.every {
			out = !q.every
			break
		}
	}
	r.items = r.items[:base]
	return out
}

func (q *quantified) push(r *Run, _ int) { r.emit(boolItem(q.test(r))) }
func (q *quantified) canon(b *strings.Builder) {
	b.WriteString(strconv.FormatBool(q.every) + " $" + strconv.Itoa(int(q.slot)) + " in ")
	q.in.canon(b)
	b.WriteString(" satisfies ")
	q.body.canon(b)
}

// logic is and, or.
type logic struct {
	facts
	and  bool
	l, r expr
}

func newLogic(and bool, l, r expr) expr {
	x := &logic{and: and, l: l, r: r}
	x.add(l, r)
	x.static, x.one = boolean, true
	return x
}

func (x *logic) test(r *Run) bool {
	if x.and {
		return x.l.test(r) && x.r.test(r)
	}
	return x.l.test(r) || x.r.test(r)
}

func (x *logic) push(r *Run, _ int) { r.emit(boolItem(x.test(r))) }
func (x *logic) canon(b *strings.Builder) {
	b.WriteByte('(')
	x.l.canon(b)
	if x.and {
		b.WriteString(" and ")
	} else {
		b.WriteString(" or ")
	}
	x.r.canon(b)
	b.WriteByte(')')
}

// rangeExpr is a to b.
type rangeExpr struct {
	facts
	l, r expr
}

func newRange(l, r expr) expr {
	x := &rangeExpr{l: l, r: r}
	x.add(l, r)
	x.static = numeric
	return x
}

func (x *rangeExpr) push(r *Run, max int) {
	from, ok1 := integerOf(r, x.l)
	to, ok2 := integerOf(r, x.r)
	if !ok1 || !ok2 || from > to {
		return
	}
	if n := uint64(to - from); n >= maxItems && max >= maxItems {
		fail(IDLimit, "", "plus de %d valeurs à la fois", "more than %d values at once", maxItems)
	}
	for i, n := from, 0; n < max; i, n = i+1, n+1 {
		r.emit(integerItem(i))
		if i == to {
			return
		}
	}
}

// integerOf gives an argument that must be an integer.
func integerOf(r *Run, e expr) (int64, bool) {
	it, ok := single(r, e)
	if !ok {
		return 0, false
	}
	if it.typ == TypeUntyped {
		it = castItem(r, it, TypeInteger)
	}
	if it.typ != TypeInteger {
		typeError("un entier est attendu, trouvé %s", "an integer is expected, found %s", it.typ)
	}
	if it.big() {
		fail(IDArithmetic, "FOAR0002", "entier trop grand", "integer too large")
	}
	return int64(it.bits), true
}

func (x *rangeExpr) test(r *Run) bool { return testItems(r, x) }
func (x *rangeExpr) canon(b *strings.Builder) {
	b.WriteByte('(')
	x.l.canon(b)
	b.WriteString(" to ")
	x.r.canon(b)
	b.WriteByte(')')
}
