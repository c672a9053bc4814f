package xpath

import (
	"path"
	"slices"
	"strings"
)

// docCall is doc(), document() and doc-available().
// spec: XPath-FO 15.5.4
// spec: XSLT 2.0 §16.1
type docCall struct {
	facts
	name string
	base string
	args []expr
}

func (p *parser) docCall(name token, args []expr) expr {
	if len(args) < 1 || len(args) > 2 || len(args) == 2 && name.local != "document" {
		p.refuse(IDFunction, "XPST0017", name.at, "%s() ne prend pas %d argument(s)", "%s() does not take %d argument(s)", name.local, len(args))
	}
	d := &docCall{name: name.local, base: p.scope.Base, args: args}
	d.add(args...)
	d.static = nodes_
	if name.local == "doc-available" {
		d.static = boolean
	}
	d.one = name.local != "document" || args[0].about().one
	return d
}

func (d *docCall) push(r *Run, limit int) {
	r.tick(100)
	switch d.name {
	case "doc-available":
		r.emit(boolItem(d.test(r)))
		return
	case "doc":
		if it, ok := single(r, d.args[0]); ok {
			d.load(r, it.text(), d.base)
		}
		return
	}
	base := d.base
	if len(d.args) == 2 {
		it, ok := oneNode(r, d.args[1])
		if !ok {
			typeError("document() : le second argument doit être un nœud", "document(): the second argument must be a node")
		}
		base = path.Dir(it.tree.uri)
	}
	from := len(r.items)
	d.args[0].push(r, all)
	args := slices.Clone(r.items[from:])
	r.items = r.items[:from]
	for _, it := range args {
		near := base
		if it.typ == TypeNode && len(d.args) == 1 && it.tree.uri != "" {
			near = path.Dir(it.tree.uri)
		}
		a := it.atom()
		d.load(r, a.text(), near)
	}
	if len(args) > 1 {
		r.items = r.items[:from+inDocumentOrder(r, r.items[from:], true)]
	}
	r.items = r.items[:min(len(r.items), from+limit)]
}

func (d *docCall) load(r *Run, uri, base string) {
	t, bad := r.lib.document(resolve(base, uri))
	if bad != nil && d.name == "document" {
		// spec: XSLT 2.0 §16.1: the error may be recovered by giving nothing, as the engine of the
		// official tools does; the run keeps it
		r.record(bad)
		return
	}
	if bad != nil {
		panic(bad)
	}
	r.emit(nodeItem(t, 0))
}

func (d *docCall) test(r *Run) bool {
	if d.name != "doc-available" {
		return testItems(r, d)
	}
	it, ok := single(r, d.args[0])
	if !ok {
		return false
	}
	_, bad := r.lib.document(resolve(d.base, it.text()))
	return bad == nil
}

func (d *docCall) canon(b *strings.Builder) {
	b.WriteString(d.name + "(")
	canonList(b, d.args)
	b.WriteString(" from ")
	quoteTo(b, d.base)
	b.WriteByte(')')
}

// indexed is a path that begins by //name[@attribute = value] from a document of the library:
// the elements are found by the value, not by scanning.
type indexed struct {
	path  *local
	value expr
	key   indexKey
}

type indexKey struct{ element, attribute NameID }

// indexable finds the look-up in a path, nil when there is none.
func indexable(p *local) *indexed {
	if len(p.steps) == 0 {
		return nil
	}
	s := &p.steps[0]
	if p.start != fromContext || s.axis != axisDescendant || s.test.kind != testName || s.test.principal != KindElement || !s.plain() {
		return nil
	}
	for i := range s.preds {
		if id, value := equalsAttribute(s.preds[i].e); value != nil {
			return &indexed{p, value, indexKey{NameID(s.test.id), id}}
		}
	}
	return nil
}

// equalsAttribute finds @name = value in a condition that cannot hold without it, where the
// value does not depend on the element.
func equalsAttribute(e expr) (NameID, expr) {
	switch x := e.(type) {
	case *logic:
		if !x.and {
			return 0, nil
		}
		if id, v := equalsAttribute(x.l); v != nil {
			return id, v
		}
		return equalsAttribute(x.r)
	case *attrIs:
		if x.op == opEq {
			return x.id, x.r
		}
	case *nodesIn:
		return attributeSide(x.l, x.r)
	case *general:
		if x.op != opEq {
			return 0, nil
		}
		if id, v := attributeSide(x.l, x.r); v != nil {
			return id, v
		}
		return attributeSide(x.r, x.l)
	}
	return 0, nil
}

func attributeSide(attr, value expr) (NameID, expr) {
	a, ok := attr.(*attrStep)
	if f := value.about(); !ok || f.item || f.tree || f.position || f.last {
		return 0, nil
	}
	return a.id, value
}

// push puts what the path finds on r.items; false when the index cannot answer.
func (x *indexed) push(r *Run, limit int) bool {
	t := r.tree
	if t.index == nil || r.node != 0 {
		return false
	}
	base := len(r.items)
	x.value.push(r, all)
	for i := base; i < len(r.items); i++ {
		if r.items[i] = r.items[i].atom(); !r.items[i].typ.stringy() {
			r.items = r.items[:base]
			return false
		}
	}
	from := len(r.list)
	table := t.lookUp(x.key)
	s := &x.path.steps[0]
	for i := base; i < len(r.items); i++ {
		for _, n := range table[r.items[i].s] {
			r.tick(1)
			if s.accept(r, n) {
				x.path.walk(r, 1, n, all)
			}
		}
	}
	several := len(r.items)-base > 1
	r.items = r.items[:base]
	r.arrange(from, limit, several || !x.path.sorted, several || !x.path.unique)
	for _, n := range r.list[from:] {
		r.emit(nodeItem(t, n))
	}
	r.list = r.list[:from]
	return true
}

// lookUp gives the elements of a name by the value of an attribute, filed at the first demand.
func (t *Tree) lookUp(k indexKey) map[string][]Node {
	t.indexOnce.Lock()
	defer t.indexOnce.Unlock()
	table, ok := t.index[k]
	if !ok {
		table = map[string][]Node{}
		for _, n := range t.elems.of(k.element) {
			if a := t.Attr(n, k.attribute); a != None {
				v := t.StringValue(a)
				table[v] = append(table[v], n)
			}
		}
		t.index[k] = table
	}
	return table
}
