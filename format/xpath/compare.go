package xpath

import (
	"math/big"
	"strings"
)

type compareOp uint8

const (
	opEq compareOp = iota
	opNe
	opLt
	opLe
	opGt
	opGe
)

var opText = [...]string{"=", "!=", "<", "<=", ">", ">="}

// swapped gives the operator for exchanged operands.
func (op compareOp) swapped() compareOp {
	return [...]compareOp{opEq, opNe, opGt, opGe, opLt, opLe}[op]
}

func (op compareOp) holds(c int) bool {
	switch op {
	case opEq:
		return c == 0
	case opNe:
		return c != 0
	case opLt:
		return c < 0
	case opLe:
		return c <= 0
	case opGt:
		return c > 0
	}
	return c >= 0
}

// general is =, !=, <…: true when one pair of items compares so.
// spec: XPath 2.0 §3.5.2
type general struct {
	facts
	op   compareOp
	l, r expr
}

func newGeneral(op compareOp, l, r expr) expr {
	if _, ok := l.(*literal); ok {
		l, r, op = r, l, op.swapped()
	} else if _, ok := l.(*constant); ok {
		l, r, op = r, l, op.swapped()
	}
	g := general{op: op, l: l, r: r}
	g.add(l, r)
	g.static, g.one = boolean, true
	lit, ok := r.(*literal)
	if c, is := l.(*countCall); is && ok && lit.item.typ == TypeInteger && !lit.item.big() && lit.item.bits < all-1 {
		return &countIs{g, c, int(lit.item.bits)}
	}
	if ok && lit.item.typ.stringy() && op <= opNe {
		switch left := l.(type) {
		case *attrStep:
			return &attrIs{g, left.id, lit.item.s}
		case nodeset:
			return &nodesAre{g, left, lit.item.s}
		}
	}
	if n, ok := l.(nodeset); ok && op == opEq {
		if c, ok := r.(*constant); ok {
			return &nodesIn{g, n, c, nil}
		}
		if v, ok := r.(*varRef); ok {
			return &nodesIn{g, n, nil, v}
		}
	}
	return &g
}

func (g *general) push(r *Run, _ int) { r.emit(boolItem(g.test(r))) }
func (g *general) canon(b *strings.Builder) {
	b.WriteByte('(')
	g.l.canon(b)
	b.WriteString(opText[g.op])
	g.r.canon(b)
	b.WriteByte(')')
}

func (g *general) test(r *Run) bool {
	base := len(r.items)
	g.l.push(r, all)
	mid := len(r.items)
	if mid == base {
		// the other side may still fail, but need not be looked at
		return false
	}
	if g.op == opEq {
		if c := fixed(r, g.r); c != nil {
			if set := c.strings(r); set != nil {
				if found, sure := inSet(r.items[base:mid], set); sure {
					r.items = r.items[:base]
					return found
				}
			}
		}
	}
	g.r.push(r, all)
	found := anyPair(r, g.op, base, mid)
	r.items = r.items[:base]
	return found
}

// fixed gives the constant an expression stands for, directly or through a variable.
func fixed(r *Run, e expr) *constant {
	switch x := e.(type) {
	case *constant:
		return x
	case *varRef:
		return r.variable(x).set
	}
	return nil
}

// inSet looks strings up; sure is false when an item is not a string.
func inSet(items []Item, set map[string]struct{}) (found, sure bool) {
	for _, it := range items {
		a := it.atom()
		if !a.typ.stringy() {
			return false, false
		}
		if _, ok := set[a.s]; ok {
			found = true
		}
	}
	return found, true
}

func anyPair(r *Run, op compareOp, base, mid int) bool {
	end := len(r.items)
	for j := mid; j < end; j++ {
		r.items[j] = r.items[j].atom()
	}
	r.tick((mid-base)*(end-mid) + 1)
	for i := base; i < mid; i++ {
		a := r.items[i].atom()
		for j := mid; j < end; j++ {
			if comparePair(r, op, a, r.items[j]) {
				return true
			}
		}
	}
	return false
}

// comparePair compares two atomic items as a general comparison does.
func comparePair(r *Run, op compareOp, a, b Item) bool {
	switch {
	case a.typ == TypeUntyped && b.typ == TypeUntyped:
		return op.holds(strings.Compare(a.s, b.s))
	case a.typ == TypeUntyped:
		a = likeOther(r, a, b.typ)
	case b.typ == TypeUntyped:
		b = likeOther(r, b, a.typ)
	}
	return compareItems(r, op, a, b)
}

// likeOther gives an untyped value the type it is compared with.
func likeOther(r *Run, a Item, t Type) Item {
	switch {
	case t.numeric():
		return castItem(r, a, TypeDouble)
	case t == TypeString || t == TypeAnyURI:
		return stringItem(a.s)
	}
	return castItem(r, a, t)
}

// compareItems compares two atomic items of comparable types.
// spec: XPath 2.0 §B.2
func compareItems(r *Run, op compareOp, a, b Item) bool {
	switch {
	case a.typ.stringy() && b.typ.stringy():
		if op <= opNe {
			return (a.s == b.s) == (op == opEq)
		}
		return op.holds(strings.Compare(a.s, b.s))
	case a.typ.numeric() && b.typ.numeric():
		return compareNumbers(op, a, b)
	case a.typ == TypeBoolean && b.typ == TypeBoolean:
		return op.holds(int(a.bits) - int(b.bits))
	case a.typ == TypeQName && b.typ == TypeQName && op <= opNe:
		return (a.bits == b.bits && localPart(a.s) == localPart(b.s)) == (op == opEq)
	case a.typ == b.typ && (a.typ == TypeDateTime || a.typ == TypeDate || a.typ == TypeTime):
		return op.holds(r.instant(a).Compare(r.instant(b)))
	case a.typ.duration() && b.typ.duration() && op <= opNe:
		return (a.ext.months == b.ext.months && a.ext.seconds.Cmp(b.ext.seconds) == 0) == (op == opEq)
	case a.typ == TypeYearMonth && b.typ == TypeYearMonth:
		return op.holds(big.NewInt(a.ext.months).Cmp(big.NewInt(b.ext.months)))
	case a.typ == TypeDayTime && b.typ == TypeDayTime:
		return op.holds(a.ext.seconds.Cmp(b.ext.seconds))
	}
	typeError("%s et %s ne se comparent pas", "%s and %s cannot be compared", a.typ, b.typ)
	return false
}

func localPart(s string) string {
	if i := strings.IndexByte(s, ':'); i >= 0 {
		return s[i+1:]
	}
	return s
}

// valueCompare is eq, ne, lt…
// spec: XPath 2.0 §3.5.1
type valueCompare struct {
	facts
	op   compareOp
	l, r expr
}

func newValueCompare(op compareOp, l, r expr) expr {
	v := &valueCompare{op: op, l: l, r: r}
	v.add(l, r)
	v.static, v.one = boolean, true
	return v
}

func (v *valueCompare) compare(r *Run) (is, ok bool) {
	a, ok := single(r, v.l)
	if !ok {
		return false, false
	}
	b, ok := single(r, v.r)
	if !ok {
		return false, false
	}
	if a.typ == TypeUntyped {
		a.typ = TypeString
	}
	if b.typ == TypeUntyped {
		b.typ = TypeString
	}
	return compareItems(r, v.op, a, b), true
}

func (v *valueCompare) test(r *Run) bool {
	is, ok := v.compare(r)
	return ok && is
}

func (v *valueCompare) push(r *Run, _ int) {
	if is, ok := v.compare(r); ok {
		r.emit(boolItem(is))
	}
}

func (v *valueCompare) canon(b *strings.Builder) {
	b.WriteByte('(')
	v.l.canon(b)
	b.WriteString(" v" + opText[v.op] + " ")
	v.r.canon(b)
	b.WriteByte(')')
}

// nodeCompare is is, << and >>.
// spec: XPath 2.0 §3.5.3
type nodeCompare struct {
	facts
	op   string
	l, r expr
}

func newNodeCompare(op string, l, r expr) expr {
	n := &nodeCompare{op: op, l: l, r: r}
	n.add(l, r)
	n.static, n.one = boolean, true
	return n
}

func (n *nodeCompare) compare(r *Run) (is, ok bool) {
	a, ok := oneNode(r, n.l)
	if !ok {
		return false, false
	}
	b, ok := oneNode(r, n.r)
	if !ok {
		return false, false
	}
	c := compareOrder(a, b)
	return n.op == "is" && c == 0 || n.op == "<<" && c < 0 || n.op == ">>" && c > 0, true
}

// oneNode gives an argument that must be a node.
func oneNode(r *Run, e expr) (Item, bool) {
	base := len(r.items)
	e.push(r, 2)
	items := r.items[base:]
	r.items = r.items[:base]
	if len(items) == 0 {
		return Item{}, false
	}
	wantNodes(items)
	if len(items) > 1 {
		typeError("un seul nœud attendu, plusieurs trouvés", "one node expected, several found")
	}
	return items[0], true
}

func (n *nodeCompare) test(r *Run) bool {
	is, ok := n.compare(r)
	return ok && is
}

func (n *nodeCompare) push(r *Run, _ int) {
	if is, ok := n.compare(r); ok {
		r.emit(boolItem(is))
	}
}

func (n *nodeCompare) canon(b *strings.Builder) {
	b.WriteByte('(')
	n.l.canon(b)
	b.WriteString(" " + n.op + " ")
	n.r.canon(b)
	b.WriteByte(')')
}
