package xpath

import (
	"strings"
	"sync"
	"unsafe"

	"github.com/socle-sante/socle/format/xmltree"
)

// Node is the number of a node in a Tree, in document order; 0 is the document node.
type Node int32

// None is no node.
const None Node = -1

// Kind is what a node is.
type Kind uint8

// The kinds of nodes. Namespace nodes are not offered.
const (
	KindDocument Kind = iota
	KindElement
	KindAttribute
	KindText
	KindComment
	KindProcInst
)

// node is one node. The attributes of an element follow it, then its content; so the first child
// stands after the last attribute and the next sibling where the subtree ends.
type node struct {
	parent   Node
	end      Node // after the last descendant
	name     NameID
	from, to int32 // bytes of the value (attribute, text) or of the content (element)
	src      int32 // number of the element or attribute in the document; owner of a text
	kind     Kind
	decoded  bool // the value is t.texts[from]
	attrs    uint16
}

// Tree is one document as flat arrays in document order. It never changes once built.
type Tree struct {
	doc    *xmltree.Doc
	lib    *Library
	src    string // the bytes of doc, not copied
	uri    string
	serial int64 // order of trees
	nodes  []node
	texts  []string // values that had to be decoded

	known  NameID  // names from here on are of this document alone
	xlocal []int32 // their local names and namespaces, 0 when the library does not know them
	xspace []int32

	elems, attrs byName
	cache        []nameCache // by number of a name in doc
	extra        map[qname]NameID

	indexOnce sync.Mutex
	index     map[indexKey]map[string][]Node // of documents of the library only
}

type nameCache struct {
	space int32 // +1, 0 = not looked up
	id    NameID
	aid   NameID // the same name without prefix on an attribute has no namespace
	asp   int32
}

// byName lists nodes by name: those of name i are list[start[i]:start[i+1]].
type byName struct {
	start []int32
	list  []Node
}

func (b *byName) of(id NameID) []Node {
	if id <= 0 || int(id)+1 >= len(b.start) {
		return nil
	}
	return b.list[b.start[id]:b.start[id+1]]
}

var treePool = sync.Pool{New: func() any { return new(Tree) }}

// keepNodes bounds the arrays kept for the next document.
const keepNodes = 1 << 18

// Tree lays out a document for evaluation. The bytes of the document must not change until
// Release.
func (l *Library) Tree(d *xmltree.Doc) *Tree {
	t := treePool.Get().(*Tree)
	t.lib, t.doc, t.uri, t.index = l, d, "", nil
	t.serial = l.serial.Add(1)
	l.freeze()
	t.build()
	return t
}

// Release gives the arrays back. The tree and every value cut from it must not be used any more.
func (t *Tree) Release() {
	if t == nil || t.doc == nil || cap(t.nodes) > keepNodes {
		return
	}
	t.doc, t.src, t.lib = nil, "", nil
	clear(t.texts)
	t.texts = t.texts[:0]
	treePool.Put(t)
}

func (t *Tree) build() {
	d := t.doc
	// The tree lives no longer than the document, whose bytes do not change: text is cut, not copied.
	if b := d.Source(); len(b) > 0 {
		t.src = unsafe.String(unsafe.SliceData(b), len(b))
	}
	n := d.Elements()
	want := 1 + 3*n + d.Attributes()
	if cap(t.nodes) < want {
		t.nodes = make([]node, 0, want+want/8)
	}
	t.nodes = append(t.nodes[:0], node{parent: None, kind: KindDocument})
	t.texts = t.texts[:0]
	t.known = NameID(len(t.lib.names.list))
	t.xlocal, t.xspace = t.xlocal[:0], t.xspace[:0]
	clear(t.extra)
	if cap(t.cache) < d.Names() {
		t.cache = make([]nameCache, d.Names()+64)
	}
	t.cache = t.cache[:d.Names()]
	clear(t.cache)
	if n > 0 {
		root := d.Elem(1)
		t.content(0, 0, root.Start)
		t.elements(n)
		t.content(0, root.End, len(t.src))
	}
	t.nodes[0].end = Node(len(t.nodes))
	t.nodes[0].from, t.nodes[0].to = 0, int32(len(t.src))
	t.listNames()
}

// elements lays out all elements with their text in one pass, without recursion: an element is
// closed when one begins after its end.
func (t *Tree) elements(n int) {
	d := t.doc
	type open struct {
		node     Node
		close    int
		end, pos int // after the end tag; bytes of content already laid out
	}
	stack := make([]open, 0, 64)
	closeTo := func(start int) {
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if start < top.end {
				break
			}
			if top.pos < top.close {
				t.content(top.node, top.pos, top.close)
			}
			t.nodes[top.node].end = Node(len(t.nodes))
			end := top.end
			stack = stack[:len(stack)-1]
			if len(stack) > 0 {
				stack[len(stack)-1].pos = end
			}
		}
	}
	for i := 1; i <= n; i++ {
		e := d.Elem(i)
		closeTo(e.Start)
		parent := Node(0)
		if len(stack) > 0 {
			top := &stack[len(stack)-1]
			parent = top.node
			if top.pos < e.Start {
				t.content(parent, top.pos, e.Start)
			}
		}
		me := Node(len(t.nodes))
		t.nodes = append(t.nodes, node{parent: parent, name: t.elementName(e.Name, e.Space), from: int32(e.Open), to: int32(e.Close),
			src: int32(i), kind: KindElement, attrs: uint16(e.AttrEnd - e.Attr)})
		for j := e.Attr; j < e.AttrEnd; j++ {
			a := d.AttrAt(j)
			at := node{parent: me, name: t.attributeName(a.Name, a.Space), from: int32(a.Value), to: int32(a.End), src: int32(j), kind: KindAttribute}
			if !a.Plain {
				at.from, at.decoded = int32(len(t.texts)), true
				t.texts = append(t.texts, d.AttrValue(j))
			}
			at.end = Node(len(t.nodes) + 1)
			t.nodes = append(t.nodes, at)
		}
		stack = append(stack, open{node: me, close: e.Close, end: e.End, pos: e.Open})
	}
	closeTo(len(t.src) + 1)
}

// content lays out text, comments and processing instructions between tags. Comments end a text
// node, CDATA sections do not.
func (t *Tree) content(parent Node, from, to int) {
	if from >= to {
		return
	}
	owner := t.nodes[parent].src
	if strings.IndexByte(t.src[from:to], '<') < 0 {
		if parent != 0 {
			t.text(parent, owner, from, to)
		}
		return
	}
	start, end := -1, -1
	flush := func() {
		if start >= 0 && parent != 0 {
			t.text(parent, owner, start, end)
		}
		start = -1
	}
	t.doc.Gap(from, to, func(p xmltree.Piece) bool {
		switch p.Kind {
		case xmltree.KindText, xmltree.KindCDATA:
			if start < 0 {
				start = p.Start
			}
			end = p.End
		case xmltree.KindComment, xmltree.KindProcInst:
			flush()
			n := node{parent: parent, kind: KindComment, from: int32(len(t.texts)), src: owner, decoded: true}
			v := ""
			if p.Kind == xmltree.KindComment {
				v = p.Comment()
			} else {
				var target string
				target, v = p.ProcInst()
				if target == "xml" {
					return true
				}
				n.kind, n.name = KindProcInst, t.extraName("", target)
			}
			t.texts = append(t.texts, v)
			n.end = Node(len(t.nodes) + 1)
			t.nodes = append(t.nodes, n)
		}
		return true
	})
	flush()
}

func (t *Tree) text(parent Node, owner int32, from, to int) {
	n := node{parent: parent, kind: KindText, from: int32(from), to: int32(to), src: owner, end: Node(len(t.nodes) + 1)}
	if strings.HasPrefix(t.src[from:to], "<![CDATA[]]>") && len(t.doc.AppendChars(nil, from, to)) == 0 {
		return
	}
	t.nodes = append(t.nodes, n)
}

func (t *Tree) elementName(name, space int) NameID {
	c := &t.cache[name]
	if c.space != int32(space)+1 {
		_, _, local := t.doc.NameAt(name)
		c.space, c.id = int32(space)+1, t.extraName(t.doc.SpaceAt(space), local)
	}
	return c.id
}

func (t *Tree) attributeName(name, space int) NameID {
	c := &t.cache[name]
	if c.asp != int32(space)+1 {
		_, _, local := t.doc.NameAt(name)
		c.asp, c.aid = int32(space)+1, t.extraName(t.doc.SpaceAt(space), local)
	}
	return c.aid
}

// extraName numbers a name: as the library does, or else for this document alone.
func (t *Tree) extraName(space, local string) NameID {
	q := qname{space, local}
	if id, ok := t.lib.names.ids[q]; ok {
		return id
	}
	if id, ok := t.extra[q]; ok {
		return id
	}
	id := t.known + NameID(len(t.xlocal))
	sp, ok := t.lib.names.spaces[space]
	if !ok {
		sp = -1
	}
	t.xlocal = append(t.xlocal, t.lib.names.locals[local])
	t.xspace = append(t.xspace, sp)
	if t.extra == nil {
		t.extra = map[qname]NameID{}
	}
	t.extra[q] = id
	return id
}

func (t *Tree) localOf(id NameID) int32 {
	if id < t.known {
		return t.lib.names.local[id]
	}
	return t.xlocal[id-t.known]
}

func (t *Tree) spaceOf(id NameID) int32 {
	if id < t.known {
		return t.lib.names.space[id]
	}
	return t.xspace[id-t.known]
}

// listNames sorts elements and attributes by name, counting.
func (t *Tree) listNames() {
	total := int(t.known) + len(t.xlocal) + 2
	for _, b := range []*byName{&t.elems, &t.attrs} {
		if cap(b.start) < total {
			b.start = make([]int32, total+64)
		}
		b.start = b.start[:total]
		clear(b.start)
		if cap(b.list) < len(t.nodes) {
			b.list = make([]Node, cap(t.nodes))
		}
		b.list = b.list[:len(t.nodes)]
	}
	for i := range t.nodes {
		switch n := &t.nodes[i]; n.kind {
		case KindElement:
			t.elems.start[n.name+1]++
		case KindAttribute:
			t.attrs.start[n.name+1]++
		}
	}
	for i := 1; i < total; i++ {
		t.elems.start[i] += t.elems.start[i-1]
		t.attrs.start[i] += t.attrs.start[i-1]
	}
	for i := range t.nodes {
		switch n := &t.nodes[i]; n.kind {
		case KindElement:
			t.elems.list[t.elems.start[n.name]] = Node(i)
			t.elems.start[n.name]++
		case KindAttribute:
			t.attrs.list[t.attrs.start[n.name]] = Node(i)
			t.attrs.start[n.name]++
		}
	}
	for _, b := range []*byName{&t.elems, &t.attrs} {
		copy(b.start[1:], b.start)
		b.start[0] = 0
	}
}
