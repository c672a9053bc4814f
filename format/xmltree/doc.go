// Package xmltree reads an XML document in one pass over its bytes into a compact tree.
//
// It implements XML 1.0 (fifth edition) and Namespaces in XML 1.0, strictly, minus what health
// documents must never bring: a DOCTYPE is always refused, so there are no entities beyond the
// five predefined ones, no default attributes and nothing to fetch. Positions (byte, line,
// column) of every element are kept, so that a signature, a hash and an error message all speak
// of the bytes that were received.
//
// The tree stores elements, attributes and namespace declarations as indexes and offsets; text
// is decoded when asked for. Strings handed out are copies: they never keep the document alive
// and never change when its buffer is used again. A Doc may be read from several goroutines.
//
// Missing on purpose: validation against a schema, XML 1.1, writing.
//
// Start at Parse, then Doc.Root.
package xmltree

import (
	"math"
	"sync"
)

// Namespaces every XML vocabulary uses.
const (
	NSXML   = "http://www.w3.org/XML/1998/namespace"
	NSXMLNS = "http://www.w3.org/2000/xmlns/"
	NSXSI   = "http://www.w3.org/2001/XMLSchema-instance"
	NSXSD   = "http://www.w3.org/2001/XMLSchema"
)

// Limits bounds what one document may cost. A zero field means the default.
type Limits struct {
	Depth      int // nesting of elements
	Attributes int // attributes and declarations on one element
	NameBytes  int // length of one name
	Bytes      int // size of the document
	Namespaces int // declarations in scope at once
	Nodes      int // elements and attributes of the whole document
	Names      int // distinct names of the whole document
}

// Default limits. Real documents stay far below: the official examples nest 19 deep at most, have
// up to 3,500 elements, 6 attributes on one element and 5 namespaces in scope.
const (
	DefaultDepth      = 256
	DefaultAttributes = 256
	DefaultNameBytes  = 1024
	DefaultBytes      = 20 << 20 // a CDA with its embedded PDF
	DefaultNamespaces = 128
	DefaultNodes      = 1 << 21 // about 100 MB of tree, whatever the document
	DefaultNames      = 8192
)

func (l Limits) filled() Limits {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&l.Depth, DefaultDepth)
	set(&l.Attributes, DefaultAttributes)
	set(&l.NameBytes, DefaultNameBytes)
	set(&l.Bytes, DefaultBytes)
	set(&l.Namespaces, DefaultNamespaces)
	set(&l.Nodes, DefaultNodes)
	set(&l.Names, DefaultNames)
	// Offsets are 32 bits wide; UTF-16 may grow by half when transcoded.
	l.Bytes = min(l.Bytes, math.MaxInt32/4)
	return l
}

// Option changes how Parse reads.
type Option func(*Limits)

// WithLimits replaces the limits; zero fields keep their default.
func WithLimits(l Limits) Option { return func(dst *Limits) { *dst = l } }

// element is one element. Elements stand in document order, so the first child of i is i+1 when
// it names i as its parent, and the descendants of i follow it without a gap.
type element struct {
	start, open int32 // '<' of the start tag, byte after its '>'
	close, end  int32 // '<' of the end tag, byte after its '>'; both = open for <a/>
	parent      int32 // 0 for the root
	next        int32 // next sibling element, 0 if none
	name        int32 // index in Doc.names
	space       int32 // index in Doc.spaces
	attr        int32 // first attribute; the last is before the next element's first
	bind        int32 // innermost namespace binding in scope
}

type attribute struct {
	start      int32 // first byte of its name
	val, end   int32 // bytes between the quotes
	name       int32
	space      int32
	undecorate bool // holds a reference or white space to normalise
}

// binding is one namespace declaration; up leads to the declarations around it.
type binding struct {
	prefix string
	space  int32
	up     int32
	count  int32
}

// qname is a name as written, taken apart once.
type qname struct {
	raw, prefix, local string
	pid                int32 // small number of the prefix
	decl               bool  // xmlns or xmlns:p
}

// Doc is a document that was read. It never changes.
type Doc struct {
	src    []byte
	enc    string
	elems  []element   // elems[0] is the document itself, elems[1] the root
	attrs  []attribute //
	binds  []binding   // binds[0] is "nothing declared"
	names  []qname     // shared with other documents, read only
	spaces []string    // shared with other documents, read only

	linesOnce sync.Once
	lines     []int32 // offset of the first byte of each line

	marksOnce sync.Once
	marks     []int32 // characters before each longLine bytes

	crowdsLock sync.Mutex
	crowds     map[int32]map[int32]rank // by parent of many elements, the ranks of its children
}

// Parse reads a document. The bytes must not change while the Doc is in use. UTF-8 (with or
// without a byte order mark) is read in place; declared ISO-8859-1, ISO-8859-15, windows-1252 and
// UTF-16 are transcoded first, and offsets then count the transcoded bytes (Doc.Source).
// An error is always an *Error.
func Parse(src []byte, opts ...Option) (*Doc, error) {
	var lim Limits
	for _, o := range opts {
		o(&lim)
	}
	lim = lim.filled()
	if len(src) > lim.Bytes {
		return nil, newError(src, idLimitBytes, lim.Bytes, lim.Bytes)
	}
	src, enc, bad := decode(src)
	if bad != nil {
		return nil, bad
	}
	s := scratchPool.Get().(*scratch)
	d, err := s.scan(src, lim)
	s.release()
	if err != nil {
		return nil, err
	}
	d.enc = enc
	return d, nil
}

// Root gives the root element.
func (d *Doc) Root() Node {
	if d == nil || len(d.elems) < 2 {
		return Node{}
	}
	return Node{d, 1}
}

// Source gives the UTF-8 bytes that offsets refer to, byte order mark included.
func (d *Doc) Source() []byte {
	if d == nil {
		return nil
	}
	return d.src
}

// Encoding gives the encoding as declared, or as detected when nothing is declared.
func (d *Doc) Encoding() string {
	if d == nil {
		return ""
	}
	return d.enc
}

// ProcInst is a processing instruction.
type ProcInst struct {
	Target, Data string
	Offset       int
}

// ProcInsts gives the processing instructions before and after the root (style sheets).
func (d *Doc) ProcInsts() []ProcInst {
	if d == nil || len(d.elems) < 2 {
		return nil
	}
	var out []ProcInst
	add := func(p Piece) bool {
		if p.Kind == KindProcInst {
			t, v := p.ProcInst()
			out = append(out, ProcInst{t, v, p.Start})
		}
		return true
	}
	d.gap(int(d.elems[0].open), int(d.elems[1].start), add)
	d.gap(int(d.elems[1].end), len(d.src), add)
	return out
}
