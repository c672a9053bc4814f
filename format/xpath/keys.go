package xpath

import (
	"slices"
	"strings"
)

// key is what xsl:key declares: nodes found by a value.
// spec: XSLT 2.0 §16.3
type key struct {
	name  qname
	match []*Pattern
	use   []*Expr
}

type keyUse struct {
	key  *key
	tree *Tree
}

// Key declares that key('name', value) gives the nodes that match a pattern and whose use
// expression has that value as a string. The same name again adds to it.
func (l *Library) Key(name string, match, use string, s *Scope) (err error) {
	m, err := l.CompilePattern(match, s)
	if err != nil {
		return err
	}
	u, err := l.Compile(use, s)
	if err != nil {
		return err
	}
	k := l.declaredKey(qname{"", name})
	k.match, k.use = append(k.match, m), append(k.use, u)
	return nil
}

func (l *Library) declaredKey(name qname) *key {
	k := l.keys[name]
	if k == nil {
		k = &key{name: name}
		l.keys[name] = k
	}
	return k
}

// keyCall is key('name', value).
type keyCall struct {
	facts
	key  *key
	args []expr
}

func (p *parser) keyCall(name token, args []expr) expr {
	lit, ok := expr(nil), false
	if len(args) == 2 || len(args) == 3 {
		lit = args[0]
		_, ok = lit.(*literal)
	}
	if !ok {
		p.refuse(IDUnsupported, "XPST0017", name.at, "key() prend un nom littéral et une valeur", "key() takes a literal name and a value")
	}
	k := p.lib.keys[qname{"", lit.(*literal).item.text()}]
	if k == nil {
		p.refuse(IDFunction, "XTDE1260", name.at, "clé non déclarée", "undeclared key")
	}
	if len(args) == 2 {
		args = append(args, newContextItem())
	}
	c := &keyCall{key: k, args: args}
	c.add(args...)
	c.static = nodes_
	return c
}

func (c *keyCall) test(r *Run) bool { return testItems(r, c) }
func (c *keyCall) canon(b *strings.Builder) {
	b.WriteString("key(" + c.key.name.local + ",")
	canonList(b, c.args[1:])
	b.WriteByte(')')
}

func (c *keyCall) push(r *Run, limit int) {
	top, ok := oneNode(r, c.args[2])
	if !ok {
		return
	}
	base := len(r.items)
	c.args[1].push(r, all)
	var wanted []string
	for i := base; i < len(r.items); i++ {
		a := r.items[i].atom()
		wanted = append(wanted, a.text())
	}
	r.items = r.items[:base]
	table := r.keyTable(c.key, top.tree)
	end := top.tree.nodes[top.node].end
	for _, w := range wanted {
		for _, n := range table[w] {
			if len(c.args) < 3 || n >= top.node && n < end || top.node == 0 || isContext(c.args[2]) {
				r.emit(nodeItem(top.tree, n))
			}
		}
	}
	r.items = r.items[:base+min(limit, inDocumentOrder(r, r.items[base:], true))]
}

// isContext tells a third argument that was left out: the whole document is searched.
func isContext(e expr) bool {
	_, ok := e.(*contextItem)
	return ok
}

func (r *Run) keyTable(k *key, t *Tree) map[string][]Node {
	use := keyUse{k, t}
	if table, ok := r.keyed[use]; ok {
		return table
	}
	table := map[string][]Node{}
	if r.keyed == nil {
		r.keyed = map[keyUse]map[string][]Node{}
	}
	r.keyed[use] = table
	saved, cur, curTree := r.saveFocus(), r.current, r.currentTree
	for i, m := range k.match {
		for n := range Node(len(t.nodes)) {
			if !m.matches(r, t, n) {
				continue
			}
			r.setNode(t, n)
			r.pos, r.size = 1, 1
			r.current, r.currentTree = n, t
			base := len(r.items)
			k.use[i].e.push(r, all)
			for j := base; j < len(r.items); j++ {
				a := r.items[j].atom()
				if v := strings.Clone(a.text()); !slices.Contains(table[v], n) {
					table[v] = append(table[v], n)
				}
			}
			r.items = r.items[:base]
		}
	}
	r.restoreFocus(saved)
	r.current, r.currentTree = cur, curTree
	return table
}
