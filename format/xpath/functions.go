package xpath

import (
	"maps"
	"strings"
)

// function is one function of the library of functions. Exactly one of the three bodies is set.
type function struct {
	min, max int
	context  int // the argument that is the context item when left out, from 1
	static   static
	cond     func(r *Run, a []expr) bool         // a condition
	value    func(r *Run, a []expr) (Item, bool) // one value or none
	seq      func(r *Run, a []expr, max int)     // several, pushed
}

// call is a function with its arguments.
type call struct {
	facts
	fn   *function
	name string
	args []expr
}

func (c *call) push(r *Run, max int) {
	r.tick(1)
	switch {
	case c.fn.cond != nil:
		r.emit(boolItem(c.fn.cond(r, c.args)))
	case c.fn.value != nil:
		if it, ok := c.fn.value(r, c.args); ok {
			r.tick(len(it.s) / 64)
			fits(len(it.s))
			r.emit(it)
		}
	default:
		c.fn.seq(r, c.args, max)
	}
}

func (c *call) test(r *Run) bool {
	r.tick(1)
	if c.fn.cond != nil {
		return c.fn.cond(r, c.args)
	}
	return testItems(r, c)
}

func (c *call) canon(b *strings.Builder) {
	b.WriteString(c.name)
	b.WriteByte('(')
	canonList(b, c.args)
	b.WriteByte(')')
}

// variadic is a number of arguments without bound.
const variadic = 1 << 10

// functions are the functions of XPath 2.0 by local name.
var functions = func() map[string]*function {
	out := map[string]*function{}
	for _, part := range []map[string]*function{booleanFunctions, stringFunctions, numberFunctions, sequenceFunctions,
		nodeFunctions, nameFunctions, dateFunctions} {
		maps.Copy(out, part)
	}
	return out
}()

// absent are functions of the standards that are not offered.
var absent = map[string]bool{"collection": true, "normalize-unicode": true, "id": true, "idref": true, "format-number": true,
	"format-date": true, "format-dateTime": true, "format-time": true, "unparsed-text": true, "unparsed-text-available": true,
	"system-property": true, "current-group": true, "current-grouping-key": true, "regex-group": true, "element-available": true,
	"function-available": true, "type-available": true, "unparsed-entity-uri": true, "unparsed-entity-public-id": true}

// function compiles a call.
func (p *parser) function(uri string, name token, args []expr) expr {
	written := p.lex.src[name.at:name.end]
	if uri == nsSchema {
		return p.constructor(name, args)
	}
	if uri == nsFunctions {
		if e := p.special(name, args); e != nil {
			return e
		}
	}
	f := functions[name.local]
	if uri != nsFunctions || f == nil {
		if uri == nsFunctions && absent[name.local] {
			p.refuse(IDUnsupported, "XPST0017", name.at, "fonction non prise en charge : %s()", "function not supported: %s()", written)
		}
		p.refuse(IDFunction, "XPST0017", name.at, "fonction inconnue : %s()", "unknown function: %s()", written)
	}
	if len(args) < f.min || len(args) > f.max {
		p.refuse(IDFunction, "XPST0017", name.at, "%s() ne prend pas %d argument(s)", "%s() does not take %d argument(s)", written, len(args))
	}
	c := &call{fn: f, name: name.local, args: args}
	if f.context > 0 && len(args) == f.context-1 {
		c.args = append(c.args, newContextItem())
	}
	c.add(c.args...)
	c.static, c.one = f.static, f.seq == nil
	if f.cond != nil {
		c.static = boolean
	}
	return c
}

// constructor is xs:date('…').
func (p *parser) constructor(name token, args []expr) expr {
	t, ok := castTypes[name.local]
	if !ok {
		p.refuse(IDTypeName, "XPST0017", name.at, "type inconnu ou non pris en charge : xs:%s", "type unknown or not supported: xs:%s", name.local)
	}
	if len(args) != 1 {
		p.refuse(IDFunction, "XPST0017", name.at, "xs:%s() prend un argument", "xs:%s() takes one argument", name.local)
	}
	t.name = name.local
	return newCast(p, args[0], t, true, false)
}

// special compiles the functions that say something of their surroundings.
func (p *parser) special(name token, args []expr) expr {
	arity := func(n int) {
		if len(args) != n {
			p.refuse(IDFunction, "XPST0017", name.at, "%s() ne prend pas %d argument(s)", "%s() does not take %d argument(s)", name.local, len(args))
		}
	}
	fixed := func(f *function) *call {
		c := &call{fn: f, name: name.local, args: args}
		c.add(args...)
		c.one, c.static = f.seq == nil, f.static
		return c
	}
	switch name.local {
	case "position":
		arity(0)
		c := fixed(&function{static: numeric, value: func(r *Run, _ []expr) (Item, bool) {
			if r.focus == focusNone {
				r.needNode()
			}
			return integerItem(int64(r.pos)), true
		}})
		c.item, c.position = true, true
		return c
	case "last":
		arity(0)
		c := fixed(&function{static: numeric, value: func(r *Run, _ []expr) (Item, bool) {
			if r.focus == focusNone {
				r.needNode()
			}
			return integerItem(int64(r.size)), true
		}})
		c.item, c.last = true, true
		return c
	case "current":
		arity(0)
		c := fixed(&function{static: nodes_, value: func(r *Run, _ []expr) (Item, bool) {
			if r.currentTree == nil {
				r.needNode()
			}
			return nodeItem(r.currentTree, r.current), true
		}})
		c.current = true
		return c
	case "true", "false":
		arity(0)
		return newLiteral(boolItem(name.local == "true"))
	case "current-dateTime", "current-date", "current-time", "implicit-timezone":
		arity(0)
		c := fixed(clockFunctions[name.local])
		c.volatile = true
		return c
	case "static-base-uri":
		arity(0)
		return newLiteral(Item{typ: TypeAnyURI, s: p.scope.Base})
	case "default-collation":
		arity(0)
		return newLiteral(stringItem(codepoints))
	case "doc", "document", "doc-available":
		return p.docCall(name, args)
	case "key":
		return p.keyCall(name, args)
	case "matches", "replace", "tokenize":
		return p.regexCall(name, args)
	case "count":
		arity(1)
		c := &countCall{e: args[0]}
		c.add(args...)
		c.static, c.one = numeric, true
		return c
	}
	return nil
}

const codepoints = "http://www.w3.org/2005/xpath-functions/collation/codepoint"

// collation checks an optional argument that names a collation.
func collation(r *Run, a []expr, i int) {
	if len(a) <= i {
		return
	}
	if name := stringOf(r, a[i]); name != codepoints {
		fail(IDUnsupported, "FOCH0002", "collation non prise en charge : %s", "collation not supported: %s", excerpt(name))
	}
}

var booleanFunctions = map[string]*function{
	"not":     {min: 1, max: 1, cond: func(r *Run, a []expr) bool { return !a[0].test(r) }},
	"boolean": {min: 1, max: 1, cond: func(r *Run, a []expr) bool { return a[0].test(r) }},
	"empty":   {min: 1, max: 1, cond: func(r *Run, a []expr) bool { return !exists(r, a[0]) }},
	"exists":  {min: 1, max: 1, cond: func(r *Run, a []expr) bool { return exists(r, a[0]) }},
}

func exists(r *Run, e expr) bool {
	if e.about().static == nodes_ {
		return e.test(r)
	}
	base := len(r.items)
	e.push(r, 1)
	n := len(r.items) - base
	r.items = r.items[:base]
	return n > 0
}

// countCall is count(…).
type countCall struct {
	facts
	e expr
}

// upTo counts, but no further than max.
func (c *countCall) upTo(r *Run, max int) int {
	if set, ok := c.e.(nodeset); ok {
		base := len(r.list)
		set.nodes(r, max, distinct)
		n := len(r.list) - base
		r.list = r.list[:base]
		return n
	}
	if v, ok := c.e.(*varRef); ok {
		return min(r.variable(v).n, max)
	}
	base := len(r.items)
	c.e.push(r, max)
	n := len(r.items) - base
	r.items = r.items[:base]
	return n
}

func (c *countCall) push(r *Run, _ int) { r.emit(integerItem(int64(c.upTo(r, all)))) }
func (c *countCall) test(r *Run) bool   { return exists(r, c.e) }
func (c *countCall) canon(b *strings.Builder) {
	b.WriteString("count(")
	c.e.canon(b)
	b.WriteByte(')')
}

// countIs is count(…) against a literal number.
type countIs struct {
	general
	count *countCall
	n     int
}

func (c *countIs) test(r *Run) bool {
	got := c.count.upTo(r, c.n+1)
	switch {
	case got < c.n:
		return c.op.holds(-1)
	case got > c.n:
		return c.op.holds(1)
	}
	return c.op.holds(0)
}

func (c *countIs) push(r *Run, _ int) { r.emit(boolItem(c.test(r))) }
