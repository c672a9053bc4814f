package xpath

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// expr is a compiled expression. push puts its items on r.items and may stop once max are
// there; test gives the effective boolean value. Both stop the evaluation by fail.
type expr interface {
	push(r *Run, max int)
	test(r *Run) bool
	canon(b *strings.Builder) // text that two expressions share only when they mean the same
	about() *facts
}

// nodeset is an expression whose items are nodes of the tree of the focus.
type nodeset interface {
	expr
	// nodes puts the nodes on r.list; need says what must hold of them.
	nodes(r *Run, max int, need need)
}

type need uint8

const (
	anyNodes need = iota // some may come twice, in any order: only existence counts
	distinct             // none twice
	inOrder              // none twice, in document order
)

// all asks for every item.
const all = 1 << 30

// facts is what is known of an expression without evaluating it.
type facts struct {
	item     bool   // depends on the context item (not only on its tree), or on position() or last()
	tree     bool   // depends on the tree of the focus
	position bool   // calls position()
	last     bool   // calls last()
	current  bool   // calls current()
	volatile bool   // depends on the time of the run
	free     []Slot // variables it reads and does not bind
	static   static
	one      bool // never more than one item
}

func (f *facts) about() *facts { return f }

// constant tells an expression that gives the same in every run.
func (f *facts) constant() bool {
	return !f.item && !f.tree && !f.position && !f.last && !f.current && !f.volatile && len(f.free) == 0
}

// ofTree tells an expression that depends on the document alone.
func (f *facts) ofTree() bool {
	return f.tree && !f.item && !f.position && !f.last && !f.current && !f.volatile && len(f.free) == 0
}

// add takes over what a part depends on.
func (f *facts) add(parts ...expr) {
	for _, p := range parts {
		if p == nil {
			continue
		}
		q := p.about()
		f.item = f.item || q.item
		f.tree = f.tree || q.tree
		f.position = f.position || q.position
		f.last = f.last || q.last
		f.addUnfocused(p)
	}
}

// addUnfocused takes over what a part with a focus of its own depends on.
func (f *facts) addUnfocused(p expr) {
	q := p.about()
	f.current = f.current || q.current
	f.volatile = f.volatile || q.volatile
	for _, s := range q.free {
		if !slices.Contains(f.free, s) {
			f.free = append(f.free, s)
		}
	}
}

// addInner takes over what a predicate or the right side of a slash depends on: its own focus,
// but the tree may be the same.
func (f *facts) addInner(p expr) {
	f.addUnfocused(p)
	f.tree = f.tree || p.about().tree
}

func (f *facts) bind(s Slot) {
	f.free = slices.DeleteFunc(slices.Clone(f.free), func(x Slot) bool { return x == s })
}

// static is the type of the items when it is known beforehand.
type static uint8

const (
	unknown static = iota
	nodes_
	boolean
	numeric
	stringy
	atomic_
)

// whole closes an expression: what never changes is computed once.
func (p *parser) whole(e expr) expr { return p.fold(e) }

func sprintBoth(fr, en string, args ...any) (string, string) {
	return fmt.Sprintf(fr, args...), fmt.Sprintf(en, args...)
}

// ebv gives the effective boolean value of the items from base on, and drops them.
// spec: XPath 2.0 §2.4.3
func ebv(r *Run, base int) bool {
	items := r.items[base:]
	r.items = r.items[:base]
	if len(items) == 0 {
		return false
	}
	it := &items[0]
	if it.typ == TypeNode {
		return true
	}
	if len(items) > 1 {
		fail(IDType, "FORG0006", "une suite de plusieurs valeurs n'a pas de valeur booléenne", "a sequence of several values has no boolean value")
	}
	switch it.typ {
	case TypeBoolean:
		return it.bool()
	case TypeString, TypeUntyped, TypeAnyURI:
		return it.s != ""
	case TypeInteger:
		return it.big() || it.bits != 0
	case TypeDecimal:
		return it.ext.rat.Sign() != 0
	case TypeFloat, TypeDouble:
		f := it.float()
		return f != 0 && f == f
	}
	fail(IDType, "FORG0006", "une valeur de type %s n'a pas de valeur booléenne", "a value of type %s has no boolean value", it.typ)
	return false
}

func testItems(r *Run, e expr) bool {
	base := len(r.items)
	e.push(r, 2)
	return ebv(r, base)
}

// single gives the atomised value of an expression that must have at most one.
func single(r *Run, e expr) (Item, bool) {
	switch x := e.(type) {
	case *literal:
		return x.item, true
	case *attrStep:
		if n := x.find(r); n != None {
			return untypedItem(r.tree.StringValue(n)), true
		}
		return Item{}, false
	case *contextItem:
		if r.focus == focusNode {
			return nodeItem(r.tree, r.node).atom(), true
		}
	}
	base := len(r.items)
	e.push(r, 2)
	n := len(r.items) - base
	if n == 0 {
		return Item{}, false
	}
	it := r.items[base]
	r.items = r.items[:base]
	if n > 1 {
		typeError("une valeur au plus attendue, plusieurs trouvées", "at most one value expected, several found")
	}
	return it.atom(), true
}

// stringOf gives a string argument: "" for none.
func stringOf(r *Run, e expr) string {
	it, ok := single(r, e)
	if !ok {
		return ""
	}
	if !it.typ.stringy() {
		typeError("une chaîne est attendue, trouvé %s", "a string is expected, found %s", it.typ)
	}
	return it.s
}

func writeInt(b *strings.Builder, i int) { b.WriteString(strconv.Itoa(i)) }

func canonList(b *strings.Builder, list []expr) {
	for i, e := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		e.canon(b)
	}
}

// canonical gives the canonical text.
func canonical(e expr) string {
	var b strings.Builder
	e.canon(&b)
	return b.String()
}
