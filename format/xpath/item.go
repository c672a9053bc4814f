package xpath

import (
	"math"
	"math/big"
	"strings"
	"time"
)

// Type is the type of an item.
type Type uint8

// The types of items. Types derived from string or integer are checked when cast to, then
// treated as the type they derive from.
const (
	TypeNode Type = iota + 1
	TypeUntyped
	TypeString
	TypeAnyURI
	TypeBoolean
	TypeInteger
	TypeDecimal
	TypeFloat
	TypeDouble
	TypeQName
	TypeDateTime
	TypeDate
	TypeTime
	TypeDuration
	TypeYearMonth
	TypeDayTime
)

var typeNames = [...]string{TypeNode: "node()", TypeUntyped: "xs:untypedAtomic", TypeString: "xs:string", TypeAnyURI: "xs:anyURI",
	TypeBoolean: "xs:boolean", TypeInteger: "xs:integer", TypeDecimal: "xs:decimal", TypeFloat: "xs:float", TypeDouble: "xs:double",
	TypeQName: "xs:QName", TypeDateTime: "xs:dateTime", TypeDate: "xs:date", TypeTime: "xs:time", TypeDuration: "xs:duration",
	TypeYearMonth: "xs:yearMonthDuration", TypeDayTime: "xs:dayTimeDuration"}

// String gives the name of the type in XPath.
func (t Type) String() string {
	if int(t) < len(typeNames) && t > 0 {
		return typeNames[t]
	}
	return "item()"
}

// Item is one item of a sequence. It is a value; hot paths make and drop many without allocating.
type Item struct {
	typ  Type
	node Node
	bits uint64 // boolean, integer, double, float; for a QName the number of its namespace
	s    string // string, untyped, anyURI; lexical form of a QName
	tree *Tree
	ext  *extended
}

// extended holds what few items need.
type extended struct {
	rat      *big.Rat // decimal, and integers beyond 64 bits
	t        time.Time
	zoned    bool
	months   int64
	seconds  *big.Rat
	fraction string
}

func nodeItem(t *Tree, n Node) Item   { return Item{typ: TypeNode, tree: t, node: n} }
func stringItem(s string) Item        { return Item{typ: TypeString, s: s} }
func untypedItem(s string) Item       { return Item{typ: TypeUntyped, s: s} }
func integerItem(i int64) Item        { return Item{typ: TypeInteger, bits: uint64(i)} }
func doubleItem(f float64) Item       { return Item{typ: TypeDouble, bits: math.Float64bits(f)} }
func qnameItem(s string, sp int) Item { return Item{typ: TypeQName, s: s, bits: uint64(sp)} }

func boolItem(b bool) Item {
	it := Item{typ: TypeBoolean}
	if b {
		it.bits = 1
	}
	return it
}

func (it *Item) bool() bool     { return it.bits != 0 }
func (it *Item) float() float64 { return math.Float64frombits(it.bits) }
func (it *Item) big() bool      { return it.ext != nil }

// Type gives the type of the item.
func (it Item) Type() Type { return it.typ }

// Node gives the node, and the tree it is in; None and nil for another item.
func (it Item) Node() (*Tree, Node) {
	if it.typ != TypeNode {
		return nil, None
	}
	return it.tree, it.node
}

// String gives the item as fn:string does, in a string of its own.
func (it Item) String() string { return strings.Clone(it.text()) }

// text gives the string of an item; it may share the bytes of its document.
func (it *Item) text() string {
	switch it.typ {
	case TypeNode:
		return it.tree.StringValue(it.node)
	case TypeString, TypeUntyped, TypeAnyURI, TypeQName:
		return it.s
	case TypeBoolean:
		if it.bool() {
			return "true"
		}
		return "false"
	case TypeInteger, TypeDecimal, TypeFloat, TypeDouble:
		return numberText(it)
	}
	return momentText(it)
}

// atom gives the typed value: nodes of a document without schema are untyped, comments and
// processing instructions strings.
func (it Item) atom() Item {
	if it.typ != TypeNode {
		return it
	}
	if k := it.tree.nodes[it.node].kind; k == KindComment || k == KindProcInst {
		return stringItem(it.tree.StringValue(it.node))
	}
	return untypedItem(it.tree.StringValue(it.node))
}

func (t Type) numeric() bool { return t >= TypeInteger && t <= TypeDouble }
func (t Type) stringy() bool { return t == TypeString || t == TypeUntyped || t == TypeAnyURI }
func (t Type) duration() bool {
	return t == TypeDuration || t == TypeYearMonth || t == TypeDayTime
}

// Value is a sequence. It is valid until the Run it came from is released.
type Value struct {
	n    int
	one  Item
	many []Item
	set  *constant // what it was evaluated from, when that never changes
}

// Len gives the number of items.
func (v Value) Len() int { return v.n }

// At gives the i-th item, from 0.
func (v Value) At(i int) Item {
	if v.n == 1 {
		return v.one
	}
	return v.many[i]
}

// Nodes gives the nodes of one tree among the items.
func (v Value) Nodes(t *Tree) []Node {
	var out []Node
	for i := range v.n {
		if it := v.At(i); it.typ == TypeNode && it.tree == t {
			out = append(out, it.node)
		}
	}
	return out
}

// Strings gives each item as a string of its own.
func (v Value) Strings() []string {
	out := make([]string, v.n)
	for i := range out {
		out[i] = v.At(i).String()
	}
	return out
}

// StringValue makes a value of one string.
func StringValue(s string) Value { return Value{n: 1, one: stringItem(s)} }

// IntegerValue makes a value of one integer.
func IntegerValue(i int64) Value { return Value{n: 1, one: integerItem(i)} }

// BooleanValue makes a value of one boolean.
func BooleanValue(b bool) Value { return Value{n: 1, one: boolItem(b)} }

// NodesValue makes a value of nodes of one tree.
func NodesValue(t *Tree, nodes ...Node) Value {
	if len(nodes) == 1 {
		return Value{n: 1, one: nodeItem(t, nodes[0])}
	}
	v := Value{n: len(nodes), many: make([]Item, len(nodes))}
	for i, n := range nodes {
		v.many[i] = nodeItem(t, n)
	}
	return v
}
