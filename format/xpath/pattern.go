package xpath

import "strings"

// AnyName stands for "whatever the name" in a Branch.
const AnyName NameID = -1

// Pattern is a match pattern of XSLT 2.0: which nodes a rule is for.
// spec: XSLT 2.0 §5.5.2
type Pattern struct {
	src      string
	branches []*branch
}

// branch is one alternative of a pattern, read from its last step to its first.
type branch struct {
	steps    []patternStep // steps[0] is the first
	absolute bool
}

type patternStep struct {
	step
	far    bool   // the step before may be any ancestor
	prefix int    // number of the beginning of the pattern up to here; 0 when not worth remembering
	keyed  expr   // a call of key() or id() instead of a step
	root   bool   // the document node
	text   string // canonical, of the beginning up to here
}

// Branch is one alternative of a pattern, so that rules may be filed by what they ask of a node.
type Branch struct {
	Kind    Kind // what the node must be; AnyKind false when several kinds may match
	AnyKind bool
	Name    NameID // AnyName when a wildcard
	Parent  NameID // name the parent must have, AnyName when it may be anything
	Pattern *Pattern
	Needs   *Need // a condition the node cannot do without, when there is one
}

// Need says that the node has a child of this name whose attribute of this name has this value:
// the shape of *[templateId/@root = '…'].
type Need struct {
	Child, Attribute NameID
	Value            string
}

// Source gives the pattern as written.
func (p *Pattern) Source() string { return p.src }

// CompilePattern compiles a match pattern. An error is always an *Error.
func (l *Library) CompilePattern(src string, s *Scope) (pt *Pattern, err error) {
	if err := l.thaw(); err != nil {
		return nil, err
	}
	l.compile.Lock()
	defer l.compile.Unlock()
	defer func() {
		if v := recover(); v != nil {
			pt, err = nil, caught(v, src)
		}
	}()
	p := l.parser(src, s)
	e := p.expr()
	p.end()
	out := &Pattern{src: src}
	p.alternatives(e, out)
	return out, nil
}

// alternatives takes a compiled path apart into the branches of a pattern.
func (p *parser) alternatives(e expr, out *Pattern) {
	switch x := e.(type) {
	case *memoized:
		p.alternatives(x.in, out)
		return
	case *attrStep:
		p.alternatives(x.local, out)
		return
	case *nearSet:
		if x.op == "union" {
			p.alternatives(x.l, out)
			p.alternatives(x.r, out)
			return
		}
	case *setExpr:
		if x.op == "union" {
			p.alternatives(x.l, out)
			p.alternatives(x.r, out)
			return
		}
	case *slashExpr:
		if r, ok := x.right.(*local); ok { // (a | b)/c
			var left Pattern
			p.alternatives(x.left, &left)
			for _, b := range left.branches {
				joined := newLocal(startOf(b), b.rest()...)
				p.alternatives(newLocal(joined.start, join(joined.steps, r.steps)...), out)
			}
			return
		}
	case *local:
		out.branches = append(out.branches, p.branch(x))
		return
	}
	p.refuse(IDPattern, "XTSE0340", 0, "ceci n'est pas un motif de règle", "this is not a match pattern")
}

func startOf(b *branch) startKind {
	if b.absolute {
		return fromRoot
	}
	return fromContext
}

// rest gives the steps of a branch as those of a path again.
func (b *branch) rest() []step {
	var out []step
	for i := range b.steps {
		s := &b.steps[i]
		if s.root {
			continue
		}
		st := s.step
		if s.far && (i > 0 || b.absolute) {
			out = append(out, descendantOrSelfNode())
		}
		out = append(out, st)
	}
	return out
}

// branch checks the axes and prepares the steps.
func (p *parser) branch(l *local) *branch {
	b := &branch{absolute: l.start == fromRoot}
	if b.absolute {
		b.steps = append(b.steps, patternStep{root: true, text: "/"})
	}
	far := false
	var text strings.Builder
	if b.absolute {
		text.WriteByte('/')
	}
	for i := range l.steps {
		s := patternStep{step: l.steps[i], far: far}
		far = false
		switch s.axis {
		case axisChild, axisAttribute:
		case axisDescendant: // what //x was made into
			s.axis, s.far = axisChild, true
		case axisBelowAttribute:
			s.axis, s.far = axisAttribute, true
		case axisDescendantOrSelf:
			if s.test.kind == testNode && len(s.preds) == 0 && i+1 < len(l.steps) {
				far = true
				continue
			}
			// //self::x, or descendant-or-self::x, which XSLT does not allow as such
			p.refuse(IDPattern, "XTSE0340", 0, "axe interdit dans un motif : %s::", "axis not allowed in a pattern: %s::", axisNames[s.axis])
		case axisSelf:
			if len(l.steps) > 1 {
				p.refuse(IDPattern, "XTSE0340", 0, "axe interdit dans un motif : %s::", "axis not allowed in a pattern: %s::", axisNames[s.axis])
			}
		default:
			p.refuse(IDPattern, "XTSE0340", 0, "axe interdit dans un motif : %s::", "axis not allowed in a pattern: %s::", axisNames[s.axis])
		}
		if s.far {
			text.WriteString("//")
		} else {
			text.WriteByte('/')
		}
		s.step.canon(&text)
		s.text = text.String()
		if free := p.stepFree(&s.step); !free && (len(s.preds) > 0 || i > 0) {
			s.prefix = p.lib.prefixID(s.text)
		}
		b.steps = append(b.steps, s)
	}
	if len(b.steps) == 0 {
		p.refuse(IDPattern, "XTSE0340", 0, "ceci n'est pas un motif de règle", "this is not a match pattern")
	}
	// once a step depends on a variable, what follows does too
	varies := false
	for i := range b.steps {
		varies = varies || p.stepFree(&b.steps[i].step)
		if varies {
			b.steps[i].prefix = 0
		}
	}
	return b
}

// stepFree tells whether a predicate depends on more than the node.
func (p *parser) stepFree(s *step) bool {
	for i := range s.preds {
		if f := s.preds[i].e.about(); len(f.free) > 0 || f.current || f.volatile {
			return true
		}
	}
	return false
}

func (l *Library) prefixID(text string) int {
	id, ok := l.steps[text]
	if !ok {
		if len(l.shared) == 0 {
			l.shared = append(l.shared, false)
		}
		id = len(l.steps) + 1
		l.steps[text] = id
		l.shared = append(l.shared, false)
		return id
	}
	l.shared[id] = true
	return id
}

// Match tells whether a node of the document matches; an error met in a predicate is no match,
// and is kept for Run.Errors.
func (p *Pattern) Match(r *Run, n Node) (ok bool) {
	defer func() {
		if v := recover(); v != nil {
			ok = false
			r.record(caught(v, p.src))
		}
	}()
	r.enter(n)
	if n < 0 || int(n) >= len(r.main.nodes) {
		return false
	}
	return p.matches(r, r.main, n)
}

func (p *Pattern) matches(r *Run, t *Tree, n Node) bool {
	r.current, r.currentTree = n, t
	for _, b := range p.branches {
		if b.matches(r, t, n, len(b.steps)-1) {
			return true
		}
	}
	return false
}

// matches tells whether the steps up to k lead to n.
func (b *branch) matches(r *Run, t *Tree, n Node, k int) bool {
	s := &b.steps[k]
	if s.root {
		return n == 0
	}
	nd := &t.nodes[n]
	if !s.suits(t, nd) {
		return false
	}
	if s.prefix == 0 || t != r.main || !r.lib.shared[s.prefix] {
		return b.holds(r, t, n, k)
	}
	if yes, known := r.prefix.get(s.prefix, n); known {
		return yes
	}
	yes := b.holds(r, t, n, k)
	r.prefix.put(s.prefix, n, yes)
	return yes
}

// suits checks kind and name.
func (s *patternStep) suits(t *Tree, nd *node) bool {
	if s.axis == axisAttribute {
		return nd.kind == KindAttribute && s.test.match(t, nd)
	}
	if nd.kind == KindAttribute || nd.kind == KindDocument && s.axis != axisSelf {
		return false
	}
	return s.test.match(t, nd)
}

// holds looks above first: names and what is remembered are cheaper than predicates.
func (b *branch) holds(r *Run, t *Tree, n Node, k int) bool {
	s := &b.steps[k]
	if k > 0 && !b.leads(r, t, t.nodes[n].parent, k-1, s.far) {
		return false
	}
	return len(s.preds) == 0 || s.holds(r, t, n)
}

// leads tells whether the steps up to k lead to a node, or to one above it.
func (b *branch) leads(r *Run, t *Tree, up Node, k int, far bool) bool {
	if b.steps[k].root && far {
		return true
	}
	for ; up >= 0; up = t.nodes[up].parent {
		if b.matches(r, t, up, k) {
			return true
		}
		if !far {
			return false
		}
	}
	return false
}

// holds runs the predicates of a step at a node.
func (s *patternStep) holds(r *Run, t *Tree, n Node) bool {
	r.tick(1)
	if s.plain() {
		r.setNode(t, n)
		r.pos, r.size = 1, 1
		return s.accept(r, n)
	}
	// a predicate that counts: the node must be among those its parent gives
	up := t.nodes[n].parent
	if up < 0 {
		return false
	}
	r.setNode(t, up)
	from, found := len(r.buf), false
	s.candidates(r, up, all)
	for i := range s.preds {
		s.preds[i].filter(r, from)
	}
	for _, c := range r.buf[from:] {
		found = found || c == n
	}
	r.buf = r.buf[:from]
	return found
}
