package xpath

import (
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// Len gives the number of nodes.
func (t *Tree) Len() int { return len(t.nodes) }

// Doc gives the document the tree was laid out from.
func (t *Tree) Doc() *xmltree.Doc { return t.doc }

// Root gives the root element, or None.
func (t *Tree) Root() Node {
	for c := t.first(0); c < t.nodes[0].end; c = t.nodes[c].end {
		if t.nodes[c].kind == KindElement {
			return c
		}
	}
	return None
}

// Kind tells what a node is.
func (t *Tree) Kind(n Node) Kind { return t.nodes[n].kind }

// Parent gives the parent, None above the document node.
func (t *Tree) Parent(n Node) Node { return t.nodes[n].parent }

// Name gives the number of the name of an element, attribute or processing instruction.
func (t *Tree) Name(n Node) NameID { return t.nodes[n].name }

// End gives the node after the last descendant: the subtree of n is [n, End(n)).
func (t *Tree) End(n Node) Node { return t.nodes[n].end }

// Element gives the element in the document: the node itself, or the owner of an attribute or
// a text.
func (t *Tree) Element(n Node) xmltree.Node {
	if n < 0 || int(n) >= len(t.nodes) {
		return xmltree.Node{}
	}
	nd := &t.nodes[n]
	switch nd.kind {
	case KindElement:
		return t.doc.ElementAt(int(nd.src))
	case KindDocument:
		return xmltree.Node{}
	}
	if nd.parent < 0 {
		return xmltree.Node{}
	}
	return t.Element(nd.parent)
}

// NodesNamed gives the elements of a name in document order. The slice is the tree's.
func (t *Tree) NodesNamed(id NameID) []Node { return t.elems.of(id) }

// AttributesNamed gives the attributes of a name in document order. The slice is the tree's.
func (t *Tree) AttributesNamed(id NameID) []Node { return t.attrs.of(id) }

// Local gives the local name.
func (t *Tree) Local(n Node) string {
	_, _, local := t.rawName(n)
	return local
}

// LexicalName gives the name as written, with its prefix.
func (t *Tree) LexicalName(n Node) string {
	raw, _, _ := t.rawName(n)
	return raw
}

// Space gives the namespace.
func (t *Tree) Space(n Node) string {
	switch nd := &t.nodes[n]; nd.kind {
	case KindElement:
		return t.doc.SpaceAt(t.doc.Elem(int(nd.src)).Space)
	case KindAttribute:
		return t.doc.SpaceAt(t.doc.AttrAt(int(nd.src)).Space)
	}
	return ""
}

func (t *Tree) rawName(n Node) (raw, prefix, local string) {
	switch nd := &t.nodes[n]; nd.kind {
	case KindElement:
		return t.doc.NameAt(t.doc.Elem(int(nd.src)).Name)
	case KindAttribute:
		return t.doc.NameAt(t.doc.AttrAt(int(nd.src)).Name)
	case KindProcInst:
		for q, id := range t.extra {
			if id == nd.name {
				return q.local, "", q.local
			}
		}
		if nd.name < t.known {
			q := t.lib.names.list[nd.name]
			return q.local, "", q.local
		}
	}
	return "", "", ""
}

// first gives where the children of a node begin.
func (t *Tree) first(n Node) Node { return n + 1 + Node(t.nodes[n].attrs) }

// Attr gives the attribute of a name, or None.
func (t *Tree) Attr(n Node, id NameID) Node {
	nd := &t.nodes[n]
	for a, end := n+1, n+1+Node(nd.attrs); a < end; a++ {
		if t.nodes[a].name == id {
			return a
		}
	}
	return None
}

// StringValue gives the string value of a node. It may share the bytes of the document: clone
// what must outlive it.
// spec: XPath 2.0 §2.5
func (t *Tree) StringValue(n Node) string {
	nd := &t.nodes[n]
	switch nd.kind {
	case KindAttribute, KindComment, KindProcInst:
		if nd.decoded {
			return t.texts[nd.from]
		}
		return t.src[nd.from:nd.to]
	case KindText:
		return t.chars(nd)
	}
	var only *node
	for c := t.first(n); c < nd.end; c++ {
		if t.nodes[c].kind != KindText {
			continue
		}
		if only != nil {
			return t.joined(n)
		}
		only = &t.nodes[c]
	}
	if only == nil {
		return ""
	}
	return t.chars(only)
}

func (t *Tree) joined(n Node) string {
	var b strings.Builder
	for c := t.first(n); c < t.nodes[n].end; c++ {
		if t.nodes[c].kind == KindText {
			b.WriteString(t.chars(&t.nodes[c]))
		}
	}
	return b.String()
}

func (t *Tree) chars(nd *node) string {
	s := t.src[nd.from:nd.to]
	if strings.IndexByte(s, '&') < 0 && strings.IndexByte(s, '\r') < 0 && strings.IndexByte(s, '<') < 0 {
		return s
	}
	return string(t.doc.AppendChars(make([]byte, 0, len(s)), int(nd.from), int(nd.to)))
}
