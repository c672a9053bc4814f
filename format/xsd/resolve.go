package xsd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// scope is where a node stands: its document, and the namespace that is read into.
type scope struct {
	doc    *document
	target string
}

func (c scope) name(q qname) qname {
	if q.space == "" {
		q.space = c.target
	}
	return q
}

func (c scope) fail(n *node, format string, args ...any) error {
	return &SchemaError{c.doc.file, n.line, fmt.Sprintf(format, args...)}
}

// global is a top-level node waiting to be resolved.
type global struct {
	node  *node
	in    scope
	state progress
	part  *particle // of a group
	uses  []use     // of an attribute group
	wild  *wildcard
}

type resolver struct {
	s       *Schema
	globals map[string]map[qname]*global // by kind
	number  map[string]int32
	complex []madeType // whose model is still to be built
	heads   map[qname][]*element
	count   int
	edges   int
}

type madeType struct {
	t  *typ
	n  *node
	in scope
}

// resolve makes components of nodes. spec: XSD-1 3.15.3
func resolve(docs []*document, target string) (*Schema, error) {
	s := &Schema{elements: map[qname]*element{}, types: builtins(), attrs: map[qname]*attribute{}}
	r := &resolver{s: s, number: map[string]int32{}, globals: map[string]map[qname]*global{}, heads: map[qname][]*element{}}
	for _, u := range []string{"", target, xmltree.NSXSD, xmltree.NSXML} {
		r.space(u)
	}
	s.any = s.types[qname{xmltree.NSXSD, "anyType"}]
	lax := &wildcard{all: true, process: "lax"}
	s.any.wild, s.any.state = lax, done
	s.any.model = &model{states: []state{{wilds: []wildStep{{lax, 0}}, final: true}}, wilds: []*wildcard{lax}}
	for _, t := range s.types {
		t.state = done
	}
	r.xmlAttributes()
	if err := r.collect(docs); err != nil {
		return nil, err
	}
	for _, d := range docs {
		for _, ns := range d.into {
			if err := r.document(scope{d, ns}); err != nil {
				return nil, err
			}
		}
	}
	return s, r.models()
}

// xmlAttributes declares the attributes every document may use, until a schema declares them.
func (r *resolver) xmlAttributes() {
	for _, a := range []struct{ name, typ string }{{"lang", "language"}, {"space", "NCName"}, {"base", "anyURI"}, {"id", "ID"}} {
		q := qname{xmltree.NSXML, a.name}
		r.s.attrs[q] = &attribute{name: q, space: r.space(q.space), typ: r.s.types[qname{xmltree.NSXSD, a.typ}]}
	}
}

func (r *resolver) space(uri string) int32 {
	i, ok := r.number[uri]
	if !ok {
		i = int32(len(r.s.spaces))
		r.number[uri] = i
		r.s.spaces = append(r.s.spaces, uri)
	}
	return i
}

func (r *resolver) counted(c scope, n *node) error {
	if r.count++; r.count > MaxComponents {
		return c.fail(n, "more than %d components", MaxComponents)
	}
	return nil
}

func (r *resolver) collect(docs []*document) error {
	for _, d := range docs {
		for _, ns := range d.into {
			c := scope{d, ns}
			for _, n := range d.nodes {
				kind := n.kind
				if kind == "complexType" || kind == "simpleType" {
					kind = "type"
				}
				if r.globals[kind] == nil {
					r.globals[kind] = map[qname]*global{}
				}
				q := qname{ns, n.name}
				if old := r.globals[kind][q]; old != nil {
					return c.fail(n, "%s %s is already declared at %s:%d", n.kind, n.name, old.in.doc.file, old.node.line)
				}
				r.globals[kind][q] = &global{node: n, in: c}
			}
		}
	}
	return nil
}

func (r *resolver) document(c scope) error {
	for _, n := range c.doc.nodes {
		q := qname{c.target, n.name}
		var err error
		switch n.kind {
		case "element":
			_, err = r.globalElement(q, c, n)
		case "attribute":
			_, err = r.globalAttribute(q, c, n)
		case "complexType", "simpleType":
			var t *typ
			if t, err = r.typeNamed(q, c, n); err == nil {
				err = r.finish(t)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// typeNamed gives a global type, not necessarily finished: elements may name types that hold them.
func (r *resolver) typeNamed(q qname, c scope, n *node) (*typ, error) {
	if t := r.s.types[q]; t != nil {
		return t, nil
	}
	g := r.globals["type"][q]
	if g == nil {
		return nil, c.fail(n, "type %s of namespace %q is not declared", q.local, q.space)
	}
	if err := r.counted(c, n); err != nil {
		return nil, err
	}
	t := &typ{name: q, complex: g.node.kind == "complexType"}
	r.s.types[q] = t
	return t, nil
}

// finish works a named type out. Derivations may not go round.
func (r *resolver) finish(t *typ) error {
	if t.state == done {
		return nil
	}
	g := r.globals["type"][t.name]
	if t.state == underway {
		return g.in.fail(g.node, "type %s is derived from itself", t.name.local)
	}
	t.state = underway
	if err := r.fillType(t, g.in, g.node, 0); err != nil {
		return err
	}
	t.state = done
	return nil
}

// baseType gives a finished type by name.
func (r *resolver) baseType(q qname, c scope, n *node) (*typ, error) {
	t, err := r.typeNamed(c.name(q), c, n)
	if err != nil {
		return nil, err
	}
	return t, r.finish(t)
}

func (r *resolver) fillType(t *typ, c scope, n *node, depth int) error {
	if depth > MaxDepth {
		return c.fail(n, "types nest more than %d deep", MaxDepth)
	}
	if n.kind == "simpleType" {
		return r.fillSimple(t, c, n, depth)
	}
	return r.fillComplex(t, c, n, depth)
}

// inlineType makes the anonymous type declared inside an element or attribute, if there is one.
func (r *resolver) inlineType(c scope, n *node, depth int) (*typ, error) {
	for _, k := range n.kids {
		if k.kind != "simpleType" && k.kind != "complexType" {
			return nil, c.fail(k, "xs:%s is not implemented inside xs:%s", k.kind, n.kind)
		}
		if err := r.counted(c, k); err != nil {
			return nil, err
		}
		t := &typ{complex: k.kind == "complexType", state: underway}
		if err := r.fillType(t, c, k, depth+1); err != nil {
			return nil, err
		}
		t.state = done
		return t, nil
	}
	return nil, nil
}

func (r *resolver) globalElement(q qname, c scope, n *node) (*element, error) {
	if e := r.s.elements[q]; e != nil {
		return e, nil
	}
	g := r.globals["element"][q]
	if g == nil {
		return nil, c.fail(n, "element %s of namespace %q is not declared", q.local, q.space)
	}
	e := &element{name: q}
	r.s.elements[q] = e
	if err := r.fillElement(e, g.in, g.node, 0); err != nil {
		return nil, err
	}
	if head := g.node.head; head.local != "" {
		h, err := r.globalElement(g.in.name(head), g.in, g.node)
		if err != nil {
			return nil, err
		}
		if e.typ == nil {
			e.typ = h.typ
		}
		r.heads[h.name] = append(r.heads[h.name], e)
	}
	if e.typ == nil {
		e.typ = r.s.any
	}
	return e, nil
}

func (r *resolver) fillElement(e *element, c scope, n *node, depth int) error {
	if err := r.counted(c, n); err != nil {
		return err
	}
	e.space, e.abstract, e.nillable, e.fixed, e.preset, e.block = r.space(e.name.space), n.abstract, n.nillable, n.fixed, n.preset, blocks(n.block)
	var err error
	if n.has {
		e.typ, err = r.typeNamed(c.name(n.ref), c, n)
		return err
	}
	e.typ, err = r.inlineType(c, n, depth)
	return err
}

func blocks(v string) derivation {
	var d derivation
	for _, w := range strings.Fields(v) {
		d |= map[string]derivation{"#all": byExtension | byRestriction | bySubstitution, "extension": byExtension, "restriction": byRestriction, "substitution": bySubstitution}[w]
	}
	return d
}

func (r *resolver) globalAttribute(q qname, c scope, n *node) (*attribute, error) {
	g := r.globals["attribute"][q]
	if g == nil {
		if a := r.s.attrs[q]; a != nil {
			return a, nil
		}
		return nil, c.fail(n, "attribute %s of namespace %q is not declared", q.local, q.space)
	}
	if g.state == done {
		return r.s.attrs[q], nil
	}
	g.state = done
	a := &attribute{name: q, space: r.space(q.space), fixed: g.node.fixed}
	r.s.attrs[q] = a
	var err error
	a.typ, err = r.attributeType(g.in, g.node)
	return a, err
}

func (r *resolver) attributeType(c scope, n *node) (*typ, error) {
	if err := r.counted(c, n); err != nil {
		return nil, err
	}
	t, err := r.inlineType(c, n, 0)
	if err == nil && t == nil {
		q := qname{xmltree.NSXSD, "anySimpleType"}
		if n.has {
			q = n.ref
		}
		t, err = r.baseType(q, c, n)
	}
	if err == nil && t.complex {
		return nil, c.fail(n, "the type of attribute %s is not simple", n.name)
	}
	return t, err
}

// models builds the automata once all substitution groups are known.
func (r *resolver) models() error {
	for q, e := range r.s.elements {
		if len(r.heads[q]) > 0 && e.block&bySubstitution == 0 {
			e.members = r.substitutes(q, nil)
		}
	}
	for _, m := range r.complex {
		if m.t.content != contentElements && m.t.content != contentMixed {
			continue
		}
		var err error
		if m.t.model, err = newModel(m.t.particle, &r.edges); err != nil {
			return m.in.fail(m.n, "%v", err)
		}
	}
	return nil
}

// substitutes gathers members of members. spec: XSD-1 3.3.6
func (r *resolver) substitutes(q qname, out []*element) []*element {
	for _, e := range r.heads[q] {
		if !slices.Contains(out, e) && e != r.s.elements[q] {
			out = r.substitutes(e.name, append(out, e))
		}
	}
	return out
}
