package xsd

import (
	"slices"
	"strings"
)

// fillComplex makes a complex type. spec: XSD-1 3.4.2
func (r *resolver) fillComplex(t *typ, c scope, n *node, depth int) error {
	t.abstract, t.block = n.abstract, blocks(n.block)
	r.complex = append(r.complex, madeType{t, n, c})
	body, mixed := n, n.mixed
	t.base, t.how = r.s.any, byRestriction
	simpleContent := false
	if len(n.kids) > 0 && (n.kids[0].kind == "complexContent" || n.kids[0].kind == "simpleContent") {
		k := n.kids[0]
		simpleContent = k.kind == "simpleContent"
		if k.saysMixed {
			mixed = k.mixed
		}
		if len(n.kids) != 1 || len(k.kids) != 1 || !k.kids[0].has {
			return c.fail(n, "xs:%s is one extension or restriction of a base", k.kind)
		}
		body = k.kids[0]
		switch body.kind {
		case "extension":
			t.how = byExtension
		case "restriction":
		default:
			return c.fail(body, "xs:%s is not implemented in xs:%s", body.kind, k.kind)
		}
		var err error
		if t.base, err = r.baseType(body.ref, c, body); err != nil {
			return err
		}
	}
	if simpleContent {
		return r.fillSimpleContent(t, c, body, depth)
	}
	if !t.base.complex || t.base.content == contentSimple {
		return c.fail(body, "complex content on a base that is not")
	}
	own, rest, err := r.content(c, body, depth)
	if err != nil {
		return err
	}
	t.particle = own
	if t.how == byExtension {
		t.particle = sequence(t.base.particle, own)
		if own == nil && !mixed {
			mixed = t.base.content == contentMixed
		}
	}
	switch {
	case mixed:
		t.content = contentMixed
	case t.particle != nil:
		t.content = contentElements
	}
	return r.fillAttributes(t, c, rest, t.base != r.s.any)
}

func sequence(a, b *particle) *particle {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &particle{min: 1, max: 1, kids: []*particle{a, b}}
}

func (r *resolver) fillSimpleContent(t *typ, c scope, body *node, depth int) error {
	base := t.base.simple
	t.content = contentSimple
	kids := body.kids
	if t.how == byRestriction {
		if len(kids) > 0 && kids[0].kind == "simpleType" {
			inner, err := r.inlineType(c, &node{kind: "restriction", line: body.line, kids: kids[:1]}, depth)
			if err != nil {
				return err
			}
			base, kids = inner.simple, kids[1:]
		}
		facets := kids
		for i, k := range kids {
			if strings.HasPrefix(k.kind, "attribute") || k.kind == "anyAttribute" {
				facets = kids[:i]
				break
			}
		}
		kids = kids[len(facets):]
		if base == nil {
			return c.fail(body, "simple content on a base without it")
		}
		var err error
		if base, err = r.restrict(base, c, facets); err != nil {
			return err
		}
	}
	if base == nil {
		return c.fail(body, "simple content on a base without it")
	}
	t.simple = base
	return r.fillAttributes(t, c, kids, true)
}

// content takes the particle at the head of a type's body; the attributes follow it.
func (r *resolver) content(c scope, body *node, depth int) (*particle, []*node, error) {
	if len(body.kids) == 0 {
		return nil, nil, nil
	}
	switch k := body.kids[0]; k.kind {
	case "sequence", "choice", "group":
		p, err := r.particle(c, k, depth)
		return p, body.kids[1:], err
	}
	return nil, body.kids, nil
}

// particle gives nil for a part of the model that can hold nothing. spec: XSD-1 3.9.2
func (r *resolver) particle(c scope, n *node, depth int) (*particle, error) {
	if depth > MaxDepth {
		return nil, c.fail(n, "content model nests more than %d deep", MaxDepth)
	}
	if err := r.counted(c, n); err != nil {
		return nil, err
	}
	p := &particle{min: n.min, max: n.max}
	switch n.kind {
	case "element":
		e, err := r.localElement(c, n, depth)
		if err != nil {
			return nil, err
		}
		p.element = e
	case "any":
		w, err := r.wildcard(c, n)
		if err != nil {
			return nil, err
		}
		p.wild = w
	case "group":
		inner, err := r.group(c, n, depth)
		if err != nil || inner == nil {
			return nil, err
		}
		p.kids = []*particle{inner}
	case "sequence", "choice":
		p.choice = n.kind == "choice"
		empty := false
		for _, k := range n.kids {
			kid, err := r.particle(c, k, depth+1)
			if err != nil {
				return nil, err
			}
			if kid == nil {
				empty = true
				continue
			}
			p.kids = append(p.kids, kid)
		}
		if p.kids == nil {
			return nil, nil
		}
		if p.choice && empty {
			p.min = 0 // an empty branch may be chosen
		}
	default:
		return nil, c.fail(n, "xs:%s is not implemented in a content model", n.kind)
	}
	if p.max == 0 {
		return nil, nil
	}
	return p, nil
}

func (r *resolver) localElement(c scope, n *node, depth int) (*element, error) {
	if n.isRef {
		return r.globalElement(c.name(n.ref), c, n)
	}
	if n.name == "" {
		return nil, c.fail(n, "an element needs a name or a ref")
	}
	e := &element{name: qname{"", n.name}}
	if n.form == "qualified" || n.form == "" && c.doc.elements {
		e.name.space = c.target
	}
	if err := r.fillElement(e, c, n, depth); err != nil {
		return nil, err
	}
	if e.typ == nil {
		e.typ = r.s.any
	}
	return e, nil
}

func (r *resolver) group(c scope, n *node, depth int) (*particle, error) {
	g := r.globals["group"][c.name(n.ref)]
	if g == nil {
		return nil, c.fail(n, "group %s is not declared", n.ref.local)
	}
	switch g.state {
	case done:
		return g.part, nil
	case underway:
		return nil, c.fail(n, "group %s holds itself", n.ref.local)
	}
	g.state = underway
	if len(g.node.kids) != 1 {
		return nil, g.in.fail(g.node, "a group is one sequence or choice")
	}
	p, err := r.particle(g.in, g.node.kids[0], depth+1)
	g.part, g.state = p, done
	return p, err
}

// wildcard reads any and anyAttribute. spec: XSD-1 3.10.2
func (r *resolver) wildcard(c scope, n *node) (*wildcard, error) {
	w := &wildcard{process: n.process}
	if w.process == "" {
		w.process = "strict"
	}
	if !slices.Contains([]string{"strict", "lax", "skip"}, w.process) {
		return nil, c.fail(n, "processContents %q is unknown", n.process)
	}
	switch n.space {
	case "", "##any":
		w.all = true
	case "##other":
		w.other, w.not = true, r.space(c.target)
	default:
		for _, u := range strings.Fields(n.space) {
			switch u {
			case "##targetNamespace":
				u = c.target
			case "##local":
				u = ""
			}
			w.spaces = append(w.spaces, r.space(u))
		}
	}
	return w, nil
}

// fillAttributes gathers what a type declares on what its base has. spec: XSD-1 3.4.2
func (r *resolver) fillAttributes(t *typ, c scope, nodes []*node, derived bool) error {
	own, wild, err := r.attributes(c, nodes, 0)
	if err != nil {
		return err
	}
	t.wild = wild
	var uses []use
	if derived {
		uses = slices.Clone(t.base.attrs)
		if t.how == byExtension && t.base.wild != nil {
			if wild == nil {
				t.wild = t.base.wild
			} else {
				joined := *wild
				joined.or = t.base.wild
				t.wild = &joined
			}
		}
	}
	for _, u := range own {
		at := slices.IndexFunc(uses, func(old use) bool { return old.name == u.name })
		if at >= 0 {
			uses[at] = u
		} else {
			uses = append(uses, u)
		}
	}
	t.attrs = slices.DeleteFunc(uses, func(u use) bool { return u.prohibited })
	return nil
}

func (r *resolver) attributes(c scope, nodes []*node, depth int) ([]use, *wildcard, error) {
	var uses []use
	var wild *wildcard
	add := func(u use) {
		if !slices.ContainsFunc(uses, func(old use) bool { return old.name == u.name }) {
			uses = append(uses, u)
		}
	}
	for _, n := range nodes {
		switch n.kind {
		case "attribute":
			u, err := r.use(c, n)
			if err != nil {
				return nil, nil, err
			}
			add(u)
		case "attributeGroup":
			more, w, err := r.attributeGroup(c, n, depth)
			if err != nil {
				return nil, nil, err
			}
			for _, u := range more {
				add(u)
			}
			if wild == nil {
				wild = w
			}
		case "anyAttribute":
			w, err := r.wildcard(c, n)
			if err != nil {
				return nil, nil, err
			}
			wild = w
		default:
			return nil, nil, c.fail(n, "xs:%s is not implemented here", n.kind)
		}
	}
	return uses, wild, nil
}

func (r *resolver) attributeGroup(c scope, n *node, depth int) ([]use, *wildcard, error) {
	g := r.globals["attributeGroup"][c.name(n.ref)]
	if g == nil {
		return nil, nil, c.fail(n, "attribute group %s is not declared", n.ref.local)
	}
	switch {
	case g.state == done:
		return g.uses, g.wild, nil
	case g.state == underway || depth > MaxDepth:
		return nil, nil, c.fail(n, "attribute group %s holds itself", n.ref.local)
	}
	g.state = underway
	var err error
	g.uses, g.wild, err = r.attributes(g.in, g.node.kids, depth+1)
	g.state = done
	return g.uses, g.wild, err
}

func (r *resolver) use(c scope, n *node) (use, error) {
	u := use{required: n.use == "required", prohibited: n.use == "prohibited", fixed: n.fixed}
	if !slices.Contains([]string{"", "optional", "required", "prohibited"}, n.use) {
		return u, c.fail(n, "use %q is unknown", n.use)
	}
	if n.isRef {
		a, err := r.globalAttribute(c.name(n.ref), c, n)
		u.attribute = a
		return u, err
	}
	if n.name == "" {
		return u, c.fail(n, "an attribute needs a name or a ref")
	}
	a := &attribute{name: qname{"", n.name}}
	if n.form == "qualified" || n.form == "" && c.doc.attrs {
		a.name.space = c.target
	}
	a.space = r.space(a.name.space)
	u.attribute = a
	var err error
	a.typ, err = r.attributeType(c, n)
	return u, err
}
