package xpath

import "strings"

type predKind uint8

const (
	predTest    predKind = iota // a condition
	predIndex                   // a literal number
	predDynamic                 // a condition or a number, or one that asks for the position
)

// predicate is one [ … ].
// spec: XPath 2.0 §3.2.2
type predicate struct {
	e     expr
	kind  predKind
	index int64
}

func newPredicate(e expr) predicate {
	f := e.about()
	if l, ok := e.(*literal); ok && l.item.typ == TypeInteger && !l.item.big() {
		return predicate{e, predIndex, max(int64(l.item.bits), 0)}
	}
	if (f.static == boolean || f.static == nodes_ || f.static == stringy) && !f.position && !f.last {
		return predicate{e: e, kind: predTest}
	}
	return predicate{e: e, kind: predDynamic}
}

// filter keeps the nodes of r.buf from base on that pass.
func (p *predicate) filter(r *Run, base int) {
	size := len(r.buf) - base
	if p.kind == predIndex {
		if p.index < 1 || p.index > int64(size) {
			r.buf = r.buf[:base]
			return
		}
		r.buf[base] = r.buf[base+int(p.index)-1]
		r.buf = r.buf[:base+1]
		return
	}
	saved := r.saveFocus()
	kept := base
	for i := range size {
		n := r.buf[base+i]
		r.setNode(saved.tree, n)
		r.pos, r.size = i+1, size
		if p.holds(r) {
			r.buf[kept] = n
			kept++
		}
	}
	r.buf = r.buf[:kept]
	r.restoreFocus(saved)
}

// holds tells whether the predicate is true at the focus.
func (p *predicate) holds(r *Run) bool {
	if p.kind == predTest {
		return p.e.test(r)
	}
	if s := p.e.about().static; s == boolean || s == nodes_ || s == stringy {
		return p.e.test(r)
	}
	base := len(r.items)
	p.e.push(r, 2)
	if len(r.items) == base+1 && r.items[base].typ.numeric() {
		it := r.items[base]
		r.items = r.items[:base]
		return compareNumbers(opEq, it, integerItem(int64(r.pos)))
	}
	return ebv(r, base)
}

// filterExpr is a predicate on anything but a step.
type filterExpr struct {
	facts
	in   expr
	pred predicate
}

func newFilter(in, e expr) expr {
	f := &filterExpr{in: in, pred: newPredicate(e)}
	f.add(in)
	f.addInner(e)
	f.static = in.about().static
	f.one = in.about().one || f.pred.kind == predIndex
	return f
}

func (f *filterExpr) test(r *Run) bool {
	return testItems(r, f)
}

func (f *filterExpr) push(r *Run, limit int) {
	base := len(r.items)
	ask := all
	if f.pred.kind == predIndex {
		ask = int(f.pred.index)
	}
	f.in.push(r, ask)
	size := len(r.items) - base
	if f.pred.kind == predIndex {
		if f.pred.index < 1 || f.pred.index > int64(size) {
			r.items = r.items[:base]
			return
		}
		r.items[base] = r.items[base+int(f.pred.index)-1]
		r.items = r.items[:base+1]
		return
	}
	saved := r.saveFocus()
	kept := base
	for i := 0; i < size && kept-base < limit; i++ {
		r.tick(1)
		it := r.items[base+i]
		r.setItem(it)
		r.pos, r.size = i+1, size
		if f.pred.holds(r) {
			r.items[kept] = it
			kept++
		}
	}
	r.items = r.items[:kept]
	r.restoreFocus(saved)
}

func (f *filterExpr) canon(b *strings.Builder) {
	b.WriteByte('(')
	f.in.canon(b)
	b.WriteString(")[")
	f.pred.e.canon(b)
	b.WriteByte(']')
}
