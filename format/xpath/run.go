package xpath

import (
	"errors"
	"strings"
	"sync"
	"time"
)

// MaxSteps is the budget of one run: nodes visited and functions called. A check of the largest
// official example takes about a million.
const MaxSteps = 20_000_000

// maxItems bounds the items held at once in one run.
const maxItems = 1 << 20

// maxStringBytes bounds a string that an expression makes.
const maxStringBytes = 16 << 20

type focusKind uint8

const (
	focusNone focusKind = iota
	focusNode
	focusItem
)

// Run is the evaluation of expressions over one document: variables, what was already found,
// and the budget. One goroutine at a time.
type Run struct {
	lib  *Library
	main *Tree
	now  time.Time

	// the focus
	tree      *Tree
	node      Node
	item      Item
	focus     focusKind
	pos, size int

	current     Node // what current() gives
	currentTree *Tree

	items []Item // stacks: who pushes above its base pops down to it
	list  []Node
	buf   []Node

	vars   []variable
	dirty  []Slot // variables to clear at the end
	memos  []memo
	memoed []int
	prefix prefixTable
	keyed  map[keyUse]map[string][]Node
	qnames map[string]int // namespaces the library does not know
	pages  arena
	steps  int64
	depth  int
	errs   []error
}

type variable struct {
	state varState
	value Value
	expr  *Expr
	node  Node
	tree  *Tree
}

type varState uint8

const (
	varAbsent varState = iota
	varLazy
	varBusy
	varSet
)

var runPool = sync.Pool{New: func() any { return new(Run) }}

// NewRun starts the evaluation of one document.
func NewRun(l *Library, t *Tree) *Run {
	l.freeze()
	r := runPool.Get().(*Run)
	r.lib, r.main, r.steps = l, t, MaxSteps
	r.now = time.Time{}
	if cap(r.vars) < l.slots {
		r.vars = make([]variable, l.slots)
	}
	r.vars = r.vars[:l.slots]
	if cap(r.memos) < len(l.memos) {
		r.memos = make([]memo, len(l.memos))
	}
	r.memos = r.memos[:len(l.memos)]
	return r
}

// At sets the time that current-dateTime() and its kin tell; its zone is the implicit one.
func (r *Run) At(now time.Time) { r.now = now }

// Release gives the memory of the run back; values that came from it must not be used any more.
func (r *Run) Release() {
	for _, s := range r.dirty {
		r.vars[s] = variable{}
	}
	r.dirty = r.dirty[:0]
	for i := range r.memos {
		r.memos[i].state = 0
	}
	r.prefix.reset()
	r.keyed, r.qnames, r.errs = nil, nil, nil
	r.pages.reset()
	clear(r.items[:cap(r.items)])
	if cap(r.items) > keepItems {
		r.items = nil
	}
	r.items, r.list, r.buf = r.items[:0], r.list[:0], r.buf[:0]
	r.lib, r.main, r.tree, r.currentTree, r.item = nil, nil, nil, nil, Item{}
	runPool.Put(r)
}

const keepItems = 1 << 14

// Errors gives the errors that did not stop anything, each once: those met inside patterns, and
// documents that document() could not read.
func (r *Run) Errors() []error { return r.errs }

// Tree gives the document of the run.
func (r *Run) Tree() *Tree { return r.main }

// Set gives a variable its value.
func (r *Run) Set(s Slot, v Value) {
	r.assign(s, variable{state: varSet, value: v})
}

// Let gives a variable an expression, evaluated at its first use with n as context item and as
// current().
func (r *Run) Let(s Slot, e *Expr, n Node) {
	r.assign(s, variable{state: varLazy, expr: e, node: n, tree: r.main})
}

func (r *Run) assign(s Slot, v variable) {
	if r.vars[s].state == varAbsent {
		r.dirty = append(r.dirty, s)
	}
	r.vars[s] = v
}

// Bool gives the effective boolean value of the expression at a node.
func (e *Expr) Bool(r *Run, n Node) (ok bool, err error) {
	defer r.leave(e.src, &err)
	r.enter(n)
	return e.e.test(r), nil
}

// String gives the items of the expression joined by a space, as xsl:value-of does.
func (e *Expr) String(r *Run, n Node) (s string, err error) {
	defer r.leave(e.src, &err)
	r.enter(n)
	e.e.push(r, all)
	if len(r.items) == 1 {
		return r.items[0].String(), nil
	}
	var b strings.Builder
	for i := range r.items {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(r.items[i].text())
	}
	return b.String(), nil
}

// Value gives the sequence of the expression at a node.
func (e *Expr) Value(r *Run, n Node) (v Value, err error) {
	defer r.leave(e.src, &err)
	r.enter(n)
	return r.value(e.e), nil
}

func (r *Run) enter(n Node) {
	r.items, r.list, r.buf = r.items[:0], r.list[:0], r.buf[:0]
	r.tree, r.node, r.focus = r.main, n, focusNode
	r.pos, r.size, r.depth = 1, 1, 0
	r.current, r.currentTree = n, r.main
	if n < 0 || int(n) >= len(r.main.nodes) {
		r.node, r.focus = 0, focusNone
	}
}

func (r *Run) leave(src string, err *error) {
	if v := recover(); v != nil {
		*err = caught(v, src)
		for _, s := range r.dirty { // what was being evaluated may be asked for again
			if r.vars[s].state == varBusy {
				r.vars[s].state = varLazy
			}
		}
	}
}

func (r *Run) record(err error) {
	var e, old *Error
	if !errors.As(err, &e) || len(r.errs) >= maxErrors {
		return
	}
	for _, x := range r.errs {
		if errors.As(x, &old) && old.ID == e.ID && old.Source == e.Source && old.Message == e.Message {
			return
		}
	}
	r.errs = append(r.errs, err)
}

func (r *Run) recordAll(errs []error) {
	for _, err := range errs {
		r.record(err)
	}
}

const maxErrors = 100

// tick spends the budget.
func (r *Run) tick(n int) {
	if r.steps -= int64(n); r.steps < 0 {
		fail(IDBudget, "", "évaluation trop longue : plus de %d pas", "evaluation too long: more than %d steps", MaxSteps)
	}
}

// fits stops a string from growing without end.
func fits(n int) {
	if n > maxStringBytes {
		fail(IDLimit, "", "chaîne de plus de %d octets", "string of more than %d bytes", maxStringBytes)
	}
}

// emit pushes one item.
func (r *Run) emit(it Item) {
	if len(r.items) >= maxItems {
		fail(IDLimit, "", "plus de %d valeurs à la fois", "more than %d values at once", maxItems)
	}
	r.items = append(r.items, it)
}

// value evaluates to a Value that lasts as long as the run.
func (r *Run) value(e expr) Value {
	if c, ok := e.(*constant); ok {
		items := c.force(r)
		v := Value{n: len(items), many: items, set: c}
		if v.n == 1 {
			v.one = items[0]
		}
		return v
	}
	if v, ok := e.(*varRef); ok {
		return *r.variable(v)
	}
	base := len(r.items)
	e.push(r, all)
	v := r.keep(r.items[base:])
	r.items = r.items[:base]
	return v
}

func (r *Run) keep(items []Item) Value {
	switch len(items) {
	case 0:
		return Value{}
	case 1:
		return Value{n: 1, one: items[0]}
	}
	return Value{n: len(items), many: r.pages.copy(items)}
}

// variable gives the value of a variable, evaluating it at its first use.
func (r *Run) variable(v *varRef) *Value {
	x := &r.vars[v.slot]
	switch x.state {
	case varSet:
		return &x.value
	case varAbsent:
		fail(IDVariable, "XPDY0002", "la variable $%s n'a pas de valeur ici", "variable $%s has no value here", v.name)
	case varBusy:
		fail(IDVariable, "XTDE0640", "la variable $%s dépend d'elle-même", "variable $%s depends on itself", v.name)
	}
	x.state = varBusy
	f := r.saveFocus()
	cur, curTree := r.current, r.currentTree
	r.setNode(x.tree, x.node)
	r.pos, r.size = 1, 1
	r.current, r.currentTree = x.node, x.tree
	val := r.value(x.expr.e)
	r.restoreFocus(f)
	r.current, r.currentTree = cur, curTree
	x.state, x.value = varSet, val
	return &x.value
}

type savedFocus struct {
	tree      *Tree
	node      Node
	item      Item
	focus     focusKind
	pos, size int
}

func (r *Run) saveFocus() savedFocus {
	return savedFocus{r.tree, r.node, r.item, r.focus, r.pos, r.size}
}

func (r *Run) restoreFocus(f savedFocus) {
	r.tree, r.node, r.item, r.focus, r.pos, r.size = f.tree, f.node, f.item, f.focus, f.pos, f.size
}

func (r *Run) setNode(t *Tree, n Node) { r.tree, r.node, r.focus = t, n, focusNode }

func (r *Run) setItem(it Item) {
	if it.typ == TypeNode {
		r.setNode(it.tree, it.node)
		return
	}
	r.item, r.focus = it, focusItem
}

// arena keeps small sequences until the run is released; what does not fit is left to the
// garbage collector.
type arena struct {
	pages [][]Item
	used  int // of the last page
	at    int
}

const pageItems = 1024

func (a *arena) copy(items []Item) []Item {
	if len(items) > pageItems/8 || a.at >= keepPages {
		return append([]Item(nil), items...)
	}
	if len(a.pages) == 0 || a.used+len(items) > pageItems {
		if len(a.pages) > 0 {
			a.at++
		}
		if a.at >= len(a.pages) {
			a.pages = append(a.pages, make([]Item, pageItems))
			a.at = len(a.pages) - 1
		}
		a.used = 0
	}
	out := a.pages[a.at][a.used : a.used+len(items) : a.used+len(items)]
	copy(out, items)
	a.used += len(items)
	return out
}

func (a *arena) reset() {
	for i := 0; i <= a.at && i < len(a.pages); i++ {
		clear(a.pages[i])
	}
	a.at, a.used = 0, 0
}

const keepPages = 64
