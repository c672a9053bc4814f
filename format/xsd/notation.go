package xsd

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// The notation holds the facts of a schema without its text: one declaration, particle or facet a
// line, one space deeper than what holds it.
//
//	socle-xsd 1 n1
//	space n1 "urn:example"
//	file "order.xsd" elements into n1
//	 complexType Order
//	  sequence
//	   element line type=Line *
//	  attribute id type=xs:ID !required
//
// A bare name is in the namespace the file is read into. Occurrence is ? * + or 2..5; flags start
// with "!"; quoted texts are the values of a facet.

const notationHead = "socle-xsd 1 "

// Notation reads a schema as Compile does, and gives its facts in the notation Load reads.
func Notation(fsys fs.FS, name string) ([]byte, error) {
	docs, target, err := readAll(fsys, path.Clean(name))
	if err != nil {
		return nil, err
	}
	if _, err := resolve(docs, target); err != nil {
		return nil, err
	}
	w := &writer{prefix: map[string]string{xmltree.NSXSD: "xs", xmltree.NSXML: "xml"}}
	for _, d := range docs {
		w.document(d)
	}
	var out bytes.Buffer
	out.WriteString(notationHead + w.space(target) + "\n")
	for _, u := range w.spaces {
		fmt.Fprintf(&out, "space %s %s\n", w.prefix[u], strconv.Quote(u))
	}
	out.Write(w.body.Bytes())
	return out.Bytes(), nil
}

type writer struct {
	body   bytes.Buffer
	prefix map[string]string
	spaces []string
}

func (w *writer) space(uri string) string {
	p, ok := w.prefix[uri]
	if !ok {
		w.spaces = append(w.spaces, uri)
		p = "n" + strconv.Itoa(len(w.spaces))
		w.prefix[uri] = p
	}
	return p
}

func (w *writer) name(q qname) string {
	if q.space == "" {
		return q.local
	}
	return w.space(q.space) + ":" + q.local
}

func (w *writer) document(d *document) {
	w.body.WriteString("file " + strconv.Quote(d.file))
	if d.elements {
		w.body.WriteString(" elements")
	}
	if d.attrs {
		w.body.WriteString(" attributes")
	}
	w.body.WriteString(" into")
	for _, u := range d.into {
		w.body.WriteString(" " + w.space(u))
	}
	w.body.WriteByte('\n')
	for _, n := range d.nodes {
		w.node(n, 1)
	}
}

func (w *writer) node(n *node, depth int) {
	b := &w.body
	b.WriteString(strings.Repeat(" ", depth) + n.kind)
	if n.name != "" {
		b.WriteString(" " + n.name)
	}
	key := func(k, v string) {
		if v != "" {
			b.WriteString(" " + k + "=" + v)
		}
	}
	if n.has {
		k := "type"
		if n.isRef {
			k = "ref"
		}
		key(k, w.name(n.ref))
	}
	if n.head.local != "" {
		key("head", w.name(n.head))
	}
	for _, m := range n.more {
		key("member", w.name(m))
	}
	switch {
	case n.min == 1 && n.max == 1:
	case n.min == 0 && n.max == 1:
		b.WriteString(" ?")
	case n.min == 0 && n.max == -1:
		b.WriteString(" *")
	case n.min == 1 && n.max == -1:
		b.WriteString(" +")
	default:
		fmt.Fprintf(b, " %d..%d", n.min, n.max)
	}
	if n.fixed != nil {
		key("fixed", strconv.Quote(*n.fixed))
	}
	if n.preset != nil {
		key("default", strconv.Quote(*n.preset))
	}
	for _, kv := range [][2]string{{"space", n.space}, {"process", n.process}, {"block", n.block}} {
		if kv[1] != "" {
			key(kv[0], strconv.Quote(kv[1]))
		}
	}
	for _, f := range n.flags() {
		if *f.on {
			b.WriteString(" !" + f.name)
		}
	}
	if n.use != "" && n.use != "optional" {
		b.WriteString(" !" + n.use)
	}
	if n.form != "" {
		b.WriteString(" !" + n.form)
	}
	for _, v := range n.values {
		b.WriteString(" " + strconv.Quote(v))
	}
	b.WriteByte('\n')
	for _, k := range n.kids {
		w.node(k, depth+1)
	}
}

type flag struct {
	name string
	on   *bool
}

func (n *node) flags() []flag {
	return []flag{{"nillable", &n.nillable}, {"abstract", &n.abstract}, {"mixed", &n.mixed}, {"mixing", &n.saysMixed}}
}
