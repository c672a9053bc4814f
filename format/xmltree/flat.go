package xmltree

// Flat views of a document, for engines that build their own tables over it (XPath, schemas).
// Elements are numbered from 1 in document order; 0 is the document itself.

// Elem is one element as offsets and small numbers; NameAt and SpaceAt say what they stand for.
type Elem struct {
	Start, Open, Close, End int // '<', after the start tag, '<' of the end tag, after it
	Parent                  int // 0 for the root
	Name, Space             int
	Attr, AttrEnd           int // its attributes: [Attr, AttrEnd)
}

// AttrSpan is one attribute as offsets and small numbers.
type AttrSpan struct {
	Start, Value, End int // its name, and the bytes between the quotes
	Name, Space       int
	Plain             bool // the bytes are the value: no reference, nothing to normalise
}

// Elements gives the number of the last element, so that 1 ≤ i ≤ Elements() are all of them.
func (d *Doc) Elements() int {
	if d == nil || len(d.elems) == 0 {
		return 0
	}
	return len(d.elems) - 1
}

// Attributes gives how many attributes the document has.
func (d *Doc) Attributes() int { return len(d.attrs) }

// Names gives a bound above every number of a name.
func (d *Doc) Names() int { return len(d.names) }

// ElementAt gives the i-th element as a Node.
func (d *Doc) ElementAt(i int) Node {
	if i < 1 || i >= len(d.elems) {
		return Node{}
	}
	return Node{d, int32(i)}
}

// Elem gives the i-th element.
func (d *Doc) Elem(i int) Elem {
	e := &d.elems[i]
	to := len(d.attrs)
	if i+1 < len(d.elems) {
		to = int(d.elems[i+1].attr)
	}
	return Elem{int(e.start), int(e.open), int(e.close), int(e.end), int(e.parent), int(e.name), int(e.space), int(e.attr), to}
}

// AttrAt gives the j-th attribute of the document.
func (d *Doc) AttrAt(j int) AttrSpan {
	a := &d.attrs[j]
	return AttrSpan{int(a.start), int(a.val), int(a.end), int(a.name), int(a.space), !a.undecorate}
}

// AttrValue gives the value of the j-th attribute.
func (d *Doc) AttrValue(j int) string { return d.value(&d.attrs[j]) }

// NameAt gives a name as written, taken apart.
func (d *Doc) NameAt(i int) (raw, prefix, local string) {
	q := &d.names[i]
	return q.raw, q.prefix, q.local
}

// SpaceAt gives a namespace URI.
func (d *Doc) SpaceAt(i int) string { return d.spaces[i] }

// Gap gives the pieces of a range without elements: between two tags, or outside the root.
func (d *Doc) Gap(from, to int, yield func(Piece) bool) { d.gap(from, to, yield) }

// AppendChars appends the character data of a range without elements, references and line ends
// resolved and CDATA unwrapped.
func (d *Doc) AppendChars(dst []byte, from, to int) []byte { return d.appendRange(dst, from, to) }

// Number gives the number of the element in its document, 0 when it is none.
func (n Node) Number() int {
	if n.i <= 0 {
		return 0
	}
	return int(n.i)
}
