package xsd

import (
	"github.com/socle-sante/socle/format/xmltree"
)

// attributes checks the attributes that stand on an element and misses those that must.
// spec: XSD-1 3.4.4 cvc-complex-type 3, 4
func (v *run) attributes(n xmltree.Node, t *typ) {
	var seen uint64
	for a := range n.Attrs() {
		if v.full() {
			return
		}
		if a.Space == xmltree.NSXSI && v.instanceAttribute(n, a) {
			continue
		}
		if !t.complex {
			v.attributeOnSimple(n, a)
			continue
		}
		i := v.useOf(t, &a)
		if i >= 0 {
			if i < 64 {
				seen |= 1 << i
			}
			v.value(n, a, t.attrs[i].attribute, &t.attrs[i])
			continue
		}
		v.wildAttribute(n, t, a)
	}
	for i := range t.attrs {
		if u := &t.attrs[i]; u.required && (i < 64 && seen&(1<<i) == 0 || i >= 64 && !has(n, u.name)) {
			v.missingAttribute(n, u)
		}
	}
}

func has(n xmltree.Node, q qname) bool {
	_, ok := n.AttrNS(q.space, q.local)
	return ok
}

func (v *run) useOf(t *typ, a *xmltree.Attr) int {
	for i := range t.attrs {
		if u := t.attrs[i].attribute; u.name.local == a.Local && u.name.space == a.Space {
			return i
		}
	}
	return -1
}

// wildAttribute checks an attribute the type does not name. spec: XSD-1 3.10.4
func (v *run) wildAttribute(n xmltree.Node, t *typ, a xmltree.Attr) {
	for w := t.wild; w != nil; w = w.or {
		alone := *w
		alone.or = nil
		if !alone.lets(v.space(a.Space)) {
			continue
		}
		if w.process == "skip" {
			return
		}
		if decl := v.s.attrs[qname{a.Space, a.Local}]; decl != nil {
			v.value(n, a, decl, nil)
		} else if w.process == "strict" {
			v.unknownAttribute(n, t, a)
		}
		return
	}
	v.unknownAttribute(n, t, a)
}

// value checks one attribute against its declaration. spec: XSD-1 3.2.4
func (v *run) value(n xmltree.Node, a xmltree.Attr, decl *attribute, u *use) {
	s := decl.typ.simple
	v.node = n
	if f := s.check(a.Value, v.says); f.code != "" {
		v.badAttribute(n, a, f)
		return
	}
	if decl.fixed != nil && !s.same(a.Value, *decl.fixed) {
		v.notFixedAttribute(n, a, "cvc-attribute.4", *decl.fixed)
	}
	if u != nil && u.fixed != nil && !s.same(a.Value, *u.fixed) {
		v.notFixedAttribute(n, a, "cvc-complex-type.3.1", *u.fixed)
	}
}

// instanceAttribute checks the four attributes every element may have. spec: XSD-1 2.6
func (v *run) instanceAttribute(n xmltree.Node, a xmltree.Attr) bool {
	var s *simple
	switch a.Local {
	case "type":
		return true // checked where the type is chosen
	case "nil":
		s = v.s.types[qname{xmltree.NSXSD, "boolean"}].simple
	case "noNamespaceSchemaLocation":
		s = v.s.types[qname{xmltree.NSXSD, "anyURI"}].simple
	case "schemaLocation":
		s = &simple{variety: list, white: collapse, item: v.s.types[qname{xmltree.NSXSD, "anyURI"}].simple}
	default:
		return false
	}
	if f := s.check(a.Value, v.says); f.code != "" {
		v.badAttribute(n, a, f)
	}
	return true
}

// heard notes identifiers and references, and objects to the second of one identifier.
// spec: XSD-1 3.3.4 cvc-id
func (v *run) heard(r role, value string) string {
	switch r {
	case roleID:
		if v.ids[value] {
			return badDuplicateID
		}
		if v.ids == nil {
			v.ids = map[string]bool{}
		}
		v.ids[value] = true
	case roleIDREF:
		v.refs = append(v.refs, reference{value, v.node})
	case roleEntity:
		return badEntity // without a DOCTYPE there are none
	case roleQName:
		if _, _, ok := v.node.ResolveQName(value); !ok {
			return badPrefix
		}
	}
	return ""
}

// references reports those that lead nowhere, each once.
func (v *run) references() {
	told := map[string]bool{}
	for _, r := range v.refs {
		if v.full() {
			return
		}
		if !v.ids[r.id] && !told[r.id] {
			told[r.id] = true
			v.dangling(r)
		}
	}
}
