package xpath

import (
	"slices"
)

// spec: XPath-FO 15
var sequenceFunctions = map[string]*function{
	"data": {min: 1, max: 1, static: atomic_, seq: func(r *Run, a []expr, max int) {
		base := len(r.items)
		a[0].push(r, max)
		for i := base; i < len(r.items); i++ {
			r.items[i] = r.items[i].atom()
		}
	}},
	"zero-or-one": {min: 1, max: 1, seq: counted(0, 1, "FORG0003")},
	"one-or-more": {min: 1, max: 1, seq: counted(1, all, "FORG0004")},
	"exactly-one": {min: 1, max: 1, seq: counted(1, 1, "FORG0005")},
	"unordered":   {min: 1, max: 1, seq: func(r *Run, a []expr, max int) { a[0].push(r, max) }},
	"reverse":     {min: 1, max: 1, seq: func(r *Run, a []expr, _ int) { base := len(r.items); a[0].push(r, all); slices.Reverse(r.items[base:]) }},
	"subsequence": {min: 2, max: 3, seq: subsequence},
	"remove":      {min: 2, max: 2, seq: remove},
	"insert-before": {min: 3, max: 3, seq: func(r *Run, a []expr, _ int) {
		base := len(r.items)
		at, ok := integerOf(r, a[1])
		if !ok {
			typeError("une position est attendue", "a position is expected")
		}
		a[0].push(r, all)
		n := len(r.items) - base
		a[2].push(r, all)
		extra := slices.Clone(r.items[base+n:])
		i := base + int(min(max(at-1, 0), int64(n)))
		r.items = slices.Insert(r.items[:base+n], i, extra...)
	}},
	"index-of": {min: 2, max: 3, static: numeric, seq: func(r *Run, a []expr, _ int) {
		collation(r, a, 2)
		want, ok := single(r, a[1])
		if !ok {
			typeError("une valeur est attendue", "a value is expected")
		}
		base := len(r.items)
		a[0].push(r, all)
		found := slices.Clone(r.items[base:])
		r.items = r.items[:base]
		for i, it := range found {
			if same(r, it.atom(), want, false) {
				r.emit(integerItem(int64(i + 1)))
			}
		}
	}},
	"distinct-values": {min: 1, max: 2, static: atomic_, seq: distinctValues},
	"deep-equal": {min: 2, max: 3, cond: func(r *Run, a []expr) bool {
		collation(r, a, 2)
		base := len(r.items)
		a[0].push(r, all)
		mid := len(r.items)
		a[1].push(r, all)
		x, y := r.items[base:mid], r.items[mid:]
		equal := len(x) == len(y)
		for i := 0; equal && i < len(x); i++ {
			equal = deepEqual(r, x[i], y[i])
		}
		r.items = r.items[:base]
		return equal
	}},
	"sum": {min: 1, max: 2, value: func(r *Run, a []expr) (Item, bool) {
		total, n := fold(r, a[0], func(x, y Item) Item { return calculate(r, "+", x, y) })
		if n == 0 {
			if len(a) == 2 {
				return single(r, a[1])
			}
			return integerItem(0), true
		}
		return total, true
	}},
	"avg": {min: 1, max: 1, value: func(r *Run, a []expr) (Item, bool) {
		total, n := fold(r, a[0], func(x, y Item) Item { return calculate(r, "+", x, y) })
		if n == 0 {
			return total, false
		}
		return calculate(r, "div", total, integerItem(int64(n))), true
	}},
	"min": {min: 1, max: 2, value: extreme(opLt)},
	"max": {min: 1, max: 2, value: extreme(opGt)},
	"error": {min: 0, max: 3, seq: func(r *Run, a []expr, _ int) {
		text := ""
		if len(a) > 1 {
			text = stringOf(r, a[1])
		}
		fail(IDValue, "FOER0000", "erreur demandée par la règle : %s", "error asked for by the rule: %s", text)
	}},
	"trace": {min: 2, max: 2, seq: func(r *Run, a []expr, max int) { a[0].push(r, max) }},
}

func counted(least, most int, code string) func(*Run, []expr, int) {
	return func(r *Run, a []expr, limit int) {
		base := len(r.items)
		a[0].push(r, all)
		if n := len(r.items) - base; n < least || n > most {
			fail(IDType, code, "%d valeurs trouvées, ce n'est pas le nombre attendu", "%d values found, which is not the number expected", n)
		}
	}
}

// spec: XPath-FO 15.1.10
func subsequence(r *Run, a []expr, _ int) {
	from, to := roundHalfUp(doubleOf(r, a[1])), inf
	if len(a) == 3 {
		to = from + roundHalfUp(doubleOf(r, a[2]))
	}
	base := len(r.items)
	a[0].push(r, all)
	kept := base
	for i, it := range r.items[base:] {
		if p := float64(i + 1); p >= from && p < to {
			r.items[kept] = it
			kept++
		}
	}
	r.items = r.items[:kept]
}

func remove(r *Run, a []expr, _ int) {
	at, _ := integerOf(r, a[1])
	base := len(r.items)
	a[0].push(r, all)
	if at >= 1 && at <= int64(len(r.items)-base) {
		r.items = slices.Delete(r.items, base+int(at)-1, base+int(at))
	}
}

// same compares as eq does, where what cannot be compared differs; NaN equals NaN when asked.
func same(r *Run, a, b Item, nan bool) bool {
	switch {
	case a.typ.stringy() && b.typ.stringy():
		return a.s == b.s
	case a.typ.numeric() && b.typ.numeric():
		if nan && a.asFloat() != a.asFloat() && b.asFloat() != b.asFloat() {
			return true
		}
	case a.typ == b.typ, a.typ.duration() && b.typ.duration():
	default:
		return false
	}
	return compareItems(r, opEq, a, b)
}

func distinctValues(r *Run, a []expr, _ int) {
	collation(r, a, 1)
	base := len(r.items)
	a[0].push(r, all)
	kept := base
	var seen map[string]struct{}
	if len(r.items)-base > 16 {
		seen = map[string]struct{}{}
	}
	for i := base; i < len(r.items); i++ {
		it := r.items[i].atom()
		if seen != nil && it.typ.stringy() {
			if _, ok := seen[it.s]; ok {
				continue
			}
			seen[it.s] = struct{}{}
		} else {
			r.tick(kept - base)
			if slices.ContainsFunc(r.items[base:kept], func(x Item) bool { return same(r, x, it, true) }) {
				continue
			}
		}
		r.items[kept] = it
		kept++
	}
	r.items = r.items[:kept]
}

// fold joins all numbers or durations of an argument.
func fold(r *Run, e expr, join func(x, y Item) Item) (Item, int) {
	base := len(r.items)
	e.push(r, all)
	n := len(r.items) - base
	var total Item
	for i := range n {
		it := r.items[base+i].atom()
		if it.typ == TypeUntyped {
			it = castItem(r, it, TypeDouble)
		}
		if !it.typ.numeric() && it.typ != TypeDayTime && it.typ != TypeYearMonth {
			fail(IDType, "FORG0006", "un nombre est attendu, trouvé %s", "a number is expected, found %s", it.typ)
		}
		if total = it; i > 0 {
			total = join(r.items[base+i-1], it)
		}
		r.items[base+i] = total
	}
	r.items = r.items[:base]
	return total, n
}

func extreme(op compareOp) func(*Run, []expr) (Item, bool) {
	return func(r *Run, a []expr) (Item, bool) {
		collation(r, a, 1)
		base := len(r.items)
		a[0].push(r, all)
		items := r.items[base:]
		r.items = r.items[:base]
		var best Item
		widest := TypeInteger
		for i := range items {
			it := items[i].atom()
			if it.typ == TypeUntyped {
				it = castItem(r, it, TypeDouble)
			}
			if it.typ.numeric() {
				widest = max(widest, it.typ)
			}
			if i > 0 && it.typ != best.typ && !(it.typ.numeric() && best.typ.numeric()) && !(it.typ.stringy() && best.typ.stringy()) {
				fail(IDType, "FORG0006", "%s et %s ne se comparent pas", "%s and %s cannot be compared", best.typ, it.typ)
			}
			switch {
			case i == 0:
				best = it
			case best.typ.numeric() && best.asFloat() != best.asFloat(): // NaN stays
			case it.typ.numeric() && best.typ.numeric() && it.asFloat() != it.asFloat(), compareItems(r, op, it, best):
				best = it
			}
		}
		if len(items) == 0 {
			return best, false
		}
		if best.typ.numeric() && widest >= TypeFloat {
			best = castItem(r, best, widest)
		}
		return best, true
	}
}

// deepEqual compares two items, nodes with all they hold.
// spec: XPath-FO 15.3.1
func deepEqual(r *Run, a, b Item) bool {
	if a.typ != TypeNode || b.typ != TypeNode {
		return a.typ != TypeNode && b.typ != TypeNode && same(r, a, b, true)
	}
	return equalNodes(r, a.tree, a.node, b.tree, b.node)
}

func equalNodes(r *Run, t *Tree, n Node, u *Tree, m Node) bool {
	r.tick(1)
	x, y := &t.nodes[n], &u.nodes[m]
	if x.kind != y.kind || t.Local(n) != u.Local(m) || t.Space(n) != u.Space(m) {
		return false
	}
	if x.kind >= KindAttribute {
		return t.StringValue(n) == u.StringValue(m)
	}
	if x.attrs != y.attrs {
		return false
	}
	for i := n + 1; i <= n+Node(x.attrs); i++ {
		found := false
		for j := m + 1; j <= m+Node(y.attrs) && !found; j++ {
			found = equalNodes(r, t, i, u, j)
		}
		if !found {
			return false
		}
	}
	i, j := t.compared(t.first(n), x.end), u.compared(u.first(m), y.end)
	for i < x.end && j < y.end {
		if !equalNodes(r, t, i, u, j) {
			return false
		}
		i, j = t.compared(t.nodes[i].end, x.end), u.compared(u.nodes[j].end, y.end)
	}
	return i >= x.end && j >= y.end
}

// compared passes comments and processing instructions, which deep-equal does not look at.
func (t *Tree) compared(c, end Node) Node {
	for c < end && (t.nodes[c].kind == KindComment || t.nodes[c].kind == KindProcInst) {
		c = t.nodes[c].end
	}
	return c
}
