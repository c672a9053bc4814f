package xmltree

import (
	"iter"
	"strings"
)

// Node is an element or a run of text. It is a small value that may be compared and copied; the
// zero Node is "absent" and every method is safe on it.
type Node struct {
	d *Doc
	// i > 0: element. i < 0: the text run after the start tag of element k (-2k) or after its
	// end (-2k-1).
	i int32
}

// Attr is an attribute (never a namespace declaration).
type Attr struct {
	Space, Prefix, Local, Value string
	Offset, End                 int // from its name to after the closing quote
}

func (n Node) elem() *element {
	if n.i <= 0 {
		return nil
	}
	return &n.d.elems[n.i]
}

func (d *Doc) firstChild(i int32) int32 {
	if c := i + 1; int(c) < len(d.elems) && d.elems[c].parent == i {
		return c
	}
	return 0
}

// run gives the bytes of a text node.
func (n Node) run() (from, to int) {
	k := -n.i / 2
	d := n.d
	if n.i%2 == 0 {
		e := &d.elems[k]
		if c := d.firstChild(k); c != 0 {
			return int(e.open), int(d.elems[c].start)
		}
		return int(e.open), int(e.close)
	}
	e := &d.elems[k]
	if e.next != 0 {
		return int(e.end), int(d.elems[e.next].start)
	}
	return int(e.end), int(d.elems[e.parent].close)
}

// Exists tells a node from the absent one.
func (n Node) Exists() bool { return n.i != 0 }

// Doc gives the document.
func (n Node) Doc() *Doc { return n.d }

// IsElement tells an element.
func (n Node) IsElement() bool { return n.i > 0 }

// IsText tells a run of text.
func (n Node) IsText() bool { return n.i < 0 }

// Local gives the name without prefix.
func (n Node) Local() string {
	if e := n.elem(); e != nil {
		return n.d.names[e.name].local
	}
	return ""
}

// Space gives the namespace URI.
func (n Node) Space() string {
	if e := n.elem(); e != nil {
		return n.d.spaces[e.space]
	}
	return ""
}

// Prefix gives the prefix as written.
func (n Node) Prefix() string {
	if e := n.elem(); e != nil {
		return n.d.names[e.name].prefix
	}
	return ""
}

// Is tells whether this is an element of that name; "*" stands for any.
func (n Node) Is(space, local string) bool {
	e := n.elem()
	return e != nil && n.d.matches(e, space, local)
}

func (d *Doc) matches(e *element, space, local string) bool {
	return (local == "*" || d.names[e.name].local == local) && (space == "*" || d.spaces[e.space] == space)
}

// Parent gives the element around.
func (n Node) Parent() Node {
	switch {
	case n.i > 0:
		if p := n.d.elems[n.i].parent; p != 0 {
			return Node{n.d, p}
		}
	case n.i < 0:
		k := -n.i / 2
		if n.i%2 == 0 {
			return Node{n.d, k}
		}
		return Node{n.d, n.d.elems[k].parent}
	}
	return Node{}
}

// Next gives the next sibling element.
func (n Node) Next() Node {
	var i int32
	switch {
	case n.i > 0:
		i = n.d.elems[n.i].next
	case n.i < 0 && n.i%2 == 0:
		i = n.d.firstChild(-n.i / 2)
	case n.i < 0:
		i = n.d.elems[-n.i/2].next
	}
	if i == 0 {
		return Node{}
	}
	return Node{n.d, i}
}

// Prev gives the previous sibling element.
func (n Node) Prev() Node {
	if n.i < 0 {
		if n.i%2 == 0 {
			return Node{}
		}
		return Node{n.d, -n.i / 2}
	}
	e := n.elem()
	if e == nil || e.parent == 0 {
		return Node{}
	}
	var before int32
	for c := n.d.firstChild(e.parent); c != n.i; c = n.d.elems[c].next {
		before = c
	}
	if before == 0 {
		return Node{}
	}
	return Node{n.d, before}
}

// Child gives the first child element of that name.
func (n Node) Child(space, local string) Node {
	if n.i <= 0 {
		return Node{}
	}
	d := n.d
	for c := d.firstChild(n.i); c != 0; c = d.elems[c].next {
		if d.matches(&d.elems[c], space, local) {
			return Node{d, c}
		}
	}
	return Node{}
}

// Path follows first children by name, all in one namespace.
func (n Node) Path(space string, locals ...string) Node {
	for _, l := range locals {
		n = n.Child(space, l)
	}
	return n
}

// Elements gives the child elements.
func (n Node) Elements() iter.Seq[Node] { return n.Children("*", "*") }

// Children gives the child elements of that name.
func (n Node) Children(space, local string) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.i <= 0 {
			return
		}
		d := n.d
		for c := d.firstChild(n.i); c != 0; c = d.elems[c].next {
			if d.matches(&d.elems[c], space, local) && !yield(Node{d, c}) {
				return
			}
		}
	}
}

// Nodes gives child elements and text runs in order; runs without a character are left out.
func (n Node) Nodes() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.i <= 0 {
			return
		}
		d := n.d
		if t := (Node{d, -2 * n.i}); t.hasChars() && !yield(t) {
			return
		}
		for c := d.firstChild(n.i); c != 0; c = d.elems[c].next {
			if !yield(Node{d, c}) {
				return
			}
			if t := (Node{d, -2*c - 1}); t.hasChars() && !yield(t) {
				return
			}
		}
	}
}

func (n Node) hasChars() bool {
	from, to := n.run()
	if from == to {
		return false
	}
	if n.d.src[from] != '<' {
		return true
	}
	found := false
	n.d.gap(from, to, func(p Piece) bool {
		found = p.Kind == KindText || p.Kind == KindCDATA && p.End-p.Start > len("<![CDATA[]]>")
		return !found
	})
	return found
}

// Descendants gives the elements below of that name, in document order.
func (n Node) Descendants(space, local string) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		e := n.elem()
		if e == nil {
			return
		}
		d := n.d
		for j := n.i + 1; int(j) < len(d.elems) && d.elems[j].start < e.end; j++ {
			if d.matches(&d.elems[j], space, local) && !yield(Node{d, j}) {
				return
			}
		}
	}
}

// attrs gives the attributes of an element.
func (n Node) attrs() []attribute {
	if n.i <= 0 {
		return nil
	}
	to := int32(len(n.d.attrs))
	if int(n.i)+1 < len(n.d.elems) {
		to = n.d.elems[n.i+1].attr
	}
	return n.d.attrs[n.d.elems[n.i].attr:to]
}

func (d *Doc) value(a *attribute) string {
	b := d.src[a.val:a.end]
	if a.undecorate {
		return string(appendValue(make([]byte, 0, len(b)), b))
	}
	return string(b)
}

// Attr gives the value of an attribute without namespace, "" if absent.
func (n Node) Attr(local string) string {
	v, _ := n.AttrOK(local)
	return v
}

// AttrOK gives the value of an attribute without namespace, and whether it is there.
func (n Node) AttrOK(local string) (string, bool) { return n.AttrNS("", local) }

// AttrNS gives the value of an attribute in a namespace, and whether it is there.
func (n Node) AttrNS(space, local string) (string, bool) {
	as := n.attrs()
	for i := range as {
		a := &as[i]
		if n.d.names[a.name].local == local && n.d.spaces[a.space] == space {
			return n.d.value(a), true
		}
	}
	return "", false
}

// Attrs gives the attributes in document order, without namespace declarations.
func (n Node) Attrs() iter.Seq[Attr] {
	return func(yield func(Attr) bool) {
		as := n.attrs()
		for i := range as {
			a := &as[i]
			q := &n.d.names[a.name]
			if !yield(Attr{n.d.spaces[a.space], q.prefix, q.local, n.d.value(a), int(a.start), int(a.end) + 1}) {
				return
			}
		}
	}
}

// Namespaces gives the declarations made on this element, prefix → URI, innermost first.
func (n Node) Namespaces() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		e := n.elem()
		if e == nil {
			return
		}
		stop := n.d.elems[e.parent].bind
		for b := e.bind; b != stop; b = n.d.binds[b].up {
			if !yield(n.d.binds[b].prefix, n.d.spaces[n.d.binds[b].space]) {
				return
			}
		}
	}
}

// InScope gives every declaration in scope, innermost first; a prefix may come twice, the first
// one counts.
func (n Node) InScope() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		e := n.elem()
		if e == nil {
			return
		}
		for b := e.bind; b != 0; b = n.d.binds[b].up {
			if !yield(n.d.binds[b].prefix, n.d.spaces[n.d.binds[b].space]) {
				return
			}
		}
	}
}

// Lookup gives the URI a prefix stands for here; "" is the default namespace.
func (n Node) Lookup(prefix string) (uri string, ok bool) {
	if n.i < 0 {
		n = n.Parent()
	}
	e := n.elem()
	if e == nil {
		return "", false
	}
	sp, ok := lookup(n.d.binds, e.bind, prefix)
	return n.d.spaces[sp], ok
}

// ResolveQName resolves a value such as "c:PQ"; without prefix it is in the default namespace.
func (n Node) ResolveQName(v string) (space, local string, ok bool) {
	v = strings.Trim(v, " \t\r\n")
	prefix, local, found := strings.Cut(v, ":")
	if !found {
		prefix, local = "", v
	}
	if !isNCName(local) || found && !isNCName(prefix) {
		return "", "", false
	}
	if space, ok = n.Lookup(prefix); !ok {
		return "", "", false
	}
	return space, local, true
}

// Type gives xsi:type resolved; both empty when absent or not resolvable.
func (n Node) Type() (space, local string) {
	v, ok := n.AttrNS(NSXSI, "type")
	if !ok {
		return "", ""
	}
	space, local, _ = n.ResolveQName(v)
	return space, local
}
