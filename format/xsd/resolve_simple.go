package xsd

import (
	"slices"
	"strconv"

	"github.com/socle-sante/socle/format/xmltree"
)

// fillSimple makes a simple type. spec: XSD-1 3.14.2
func (r *resolver) fillSimple(t *typ, c scope, n *node, depth int) error {
	if len(n.kids) != 1 {
		return c.fail(n, "a simple type is one restriction, list or union")
	}
	k := n.kids[0]
	anySimple := r.s.types[qname{xmltree.NSXSD, "anySimpleType"}]
	switch k.kind {
	case "restriction":
		base, facets, err := r.simpleBase(c, k, depth)
		if err != nil {
			return err
		}
		t.base, t.how, t.members = base, byRestriction, base.members
		t.simple, err = r.restrict(base.simple, c, facets)
		if err != nil {
			return err
		}
		if len(facets) > 0 {
			t.members = nil
		}
	case "list":
		item, _, err := r.simpleBase(c, k, depth)
		if err != nil {
			return err
		}
		t.base, t.how = anySimple, byList
		t.simple = &simple{variety: list, white: collapse, item: item.simple}
	case "union":
		t.base, t.how = anySimple, byUnion
		t.simple = &simple{variety: union, white: collapse}
		for _, q := range k.more {
			m, err := r.baseType(q, c, k)
			if err != nil {
				return err
			}
			t.members = append(t.members, m)
		}
		for _, kid := range k.kids {
			m, err := r.inlineType(c, &node{kind: "union", line: k.line, kids: []*node{kid}}, depth)
			if err != nil {
				return err
			}
			t.members = append(t.members, m)
		}
		for _, m := range t.members {
			if m.simple == nil || m.complex {
				return c.fail(k, "a member of the union is not a simple type")
			}
			t.simple.members = append(t.simple.members, m.simple)
		}
		if len(t.members) == 0 {
			return c.fail(k, "a union without members")
		}
	default:
		return c.fail(k, "xs:%s is not implemented in a simple type", k.kind)
	}
	if t.name.local != "" {
		t.simple.name = t.name.local
	}
	return nil
}

// simpleBase gives the simple type a restriction or list is built on, and the facets that follow.
func (r *resolver) simpleBase(c scope, n *node, depth int) (*typ, []*node, error) {
	kids := n.kids
	var base *typ
	var err error
	if n.has {
		base, err = r.baseType(n.ref, c, n)
	} else if len(kids) > 0 && kids[0].kind == "simpleType" {
		base, err = r.inlineType(c, &node{kind: n.kind, line: n.line, kids: kids[:1]}, depth)
		kids = kids[1:]
	}
	if err != nil {
		return nil, nil, err
	}
	if base == nil || base.simple == nil || base.complex {
		return nil, nil, c.fail(n, "xs:%s needs a simple type", n.kind)
	}
	return base, kids, nil
}

// restrict gathers facets on those of the base. spec: XSD-2 4.3
func (r *resolver) restrict(base *simple, c scope, facets []*node) (*simple, error) {
	s := *base
	s.patterns = slices.Clone(base.patterns)
	var patterns []string
	fresh := false
	for _, f := range facets {
		if len(f.values) == 0 {
			return nil, c.fail(f, "facet %s without a value", f.kind)
		}
		v := f.values[0]
		var err error
		switch f.kind {
		case "pattern":
			patterns = append(patterns, f.values...)
		case "enumeration":
			if !fresh {
				s.enum, s.choices, fresh = map[string]bool{}, nil, true
			}
			for _, v := range f.values {
				v = base.normal(v)
				if base.variety == atomic {
					if !base.lex.fits(v) {
						return nil, c.fail(f, "%q is not a value of the base type", v)
					}
					s.enum[base.lex.canon(v)] = true
				} else {
					s.enum[v] = true
				}
				s.choices = append(s.choices, v)
			}
		case "whiteSpace":
			w, ok := map[string]white{"preserve": preserve, "replace": replace, "collapse": collapse}[v]
			if !ok {
				return nil, c.fail(f, "whiteSpace %q is unknown", v)
			}
			s.white = w
		case "length":
			s.hasLen = true
			s.length, err = strconv.Atoi(v)
		case "minLength":
			s.hasMinLen = true
			s.minLen, err = strconv.Atoi(v)
		case "maxLength":
			s.hasMaxLen = true
			s.maxLen, err = strconv.Atoi(v)
		case "totalDigits":
			s.hasTotal = true
			s.total, err = strconv.Atoi(v)
		case "fractionDigits":
			s.hasFraction = true
			s.fraction, err = strconv.Atoi(v)
		case "minInclusive", "maxInclusive", "minExclusive", "maxExclusive":
			v = collapsed(v)
			if base.variety != atomic || !base.lex.ordered() {
				return nil, c.fail(f, "bounds on this type are not implemented")
			}
			if !base.lex.fits(v) {
				return nil, c.fail(f, "%q is not a value of the base type", v)
			}
			l := &limit{v, f.kind == "minExclusive" || f.kind == "maxExclusive"}
			if f.kind == "minInclusive" || f.kind == "minExclusive" {
				s.min = l
			} else {
				s.max = l
			}
		default:
			return nil, c.fail(f, "xs:%s is not implemented in a restriction of a simple type", f.kind)
		}
		if err != nil {
			return nil, c.fail(f, "facet %s=%q is not a number", f.kind, v)
		}
	}
	if len(patterns) > 0 {
		p, err := newPattern(patterns)
		if err != nil {
			return nil, c.fail(facets[0], "%v", err)
		}
		s.patterns = append(s.patterns, p)
	}
	return &s, nil
}
