package xpath

import "slices"

// Matcher holds many patterns as one tree of steps, so that one walk down a document finds, for
// each node, the few that may match it: the beginning that patterns share is followed once, and
// a pattern whose path leads elsewhere costs nothing. It never changes once walked; any number of
// goroutines may walk, each with its own Run.
type Matcher struct {
	states []mstate
	known  map[mkey]int32
	kinds  []Need // child and attribute names of the needs, each once
	attrs  bool   // some pattern is for attributes
}

// mkey names a state: where it comes from and its step.
type mkey struct {
	parent int32
	text   string
}

// mstate is the end of the beginning of one or more patterns. States 0 and 1 have no step: 0 is
// anywhere, where patterns that are not absolute begin, 1 the document node.
type mstate struct {
	branch    *branch
	k         int // of its step in branch
	near, far edges
	terms     []int32 // patterns that end here
}

// edges lead to the states of the next step, by what that step asks for.
type edges struct {
	named []namedEdge
	dense [][]int32 // of state 0, which every element asks
	any   []int32   // elements of any name
	attrs []int32
	needs map[Need][]int32
}

type namedEdge struct {
	name NameID
	to   int32
}

func (e *edges) empty() bool {
	return len(e.named) == 0 && len(e.dense) == 0 && len(e.any) == 0 && len(e.attrs) == 0 && len(e.needs) == 0
}

// NewMatcher makes an empty matcher.
func NewMatcher() *Matcher { return &Matcher{states: make([]mstate, 2), known: map[mkey]int32{}} }

// Add files a pattern under a number. Numbers say the order in which Walk offers patterns.
func (m *Matcher) Add(p *Pattern, id int32) {
	for _, b := range p.branches {
		at := int32(0)
		for k := range b.steps {
			if b.steps[k].root {
				at = 1
				continue
			}
			at = m.step(at, b, k)
		}
		s := &m.states[at]
		if !slices.Contains(s.terms, id) {
			s.terms = append(s.terms, id)
		}
	}
}

func (m *Matcher) step(from int32, b *branch, k int) int32 {
	s := &b.steps[k]
	key := mkey{from, s.text}
	if s.prefix != 0 || len(s.preds) == 0 && s.text != "" { // depends on nothing but the node: may be shared
		if to, ok := m.known[key]; ok {
			return to
		}
	}
	to := int32(len(m.states))
	m.states = append(m.states, mstate{branch: b, k: k})
	if s.prefix != 0 || len(s.preds) == 0 && s.text != "" {
		m.known[key] = to
	}
	e := &m.states[from].near
	if s.far && from != 0 {
		e = &m.states[from].far
	}
	m.file(e, s, from, to)
	return to
}

func (m *Matcher) file(e *edges, s *patternStep, from, to int32) {
	if s.axis == axisAttribute {
		m.attrs = true
		e.attrs = append(e.attrs, to)
		return
	}
	if s.test.kind == testName && s.test.principal == KindElement {
		id := NameID(s.test.id)
		if from != 0 {
			e.named = append(e.named, namedEdge{id, to})
			return
		}
		for int(id) >= len(e.dense) {
			e.dense = append(e.dense, nil)
		}
		e.dense[id] = append(e.dense[id], to)
		return
	}
	if from == 0 {
		for i := range s.preds {
			n := need_(s.preds[i].e)
			if n == nil {
				continue
			}
			if e.needs == nil {
				e.needs = map[Need][]int32{}
			}
			e.needs[*n] = append(e.needs[*n], to)
			if kind := (Need{Child: n.Child, Attribute: n.Attribute}); !slices.Contains(m.kinds, kind) {
				m.kinds = append(m.kinds, kind)
			}
			return
		}
	}
	e.any = append(e.any, to)
}

// Candidate is a pattern whose path leads to the node at hand, the predicates of its last step
// apart: Walk.Matches tells whether those hold too.
type Candidate struct {
	ID int32 // as given to Add
	at int32 // in Walk.here
}

// Walk is one walk of a Matcher over the document of a Run.
type Walk struct {
	m      *Matcher
	r      *Run
	t      *Tree
	node   Node
	here   []here  // states whose path leads to node
	active []int32 // states that ancestors are in, a stretch for each depth
	far    []int32 // those of them that have far edges
	levels []wlevel
	needed []needed // states that some node needs, by node
	cands  []Candidate
}

type here struct {
	state      int32
	known, yes bool
}

// wlevel is an open element: where its states begin, and its end.
type wlevel struct {
	end         Node
	active, far int32
}

type needed struct {
	node  Node
	state int32
}

// Node is the node at hand.
func (w *Walk) Node() Node { return w.node }

// Walk goes through the document node, the elements and, when a pattern asks for them, the
// attributes, in document order. visit gets the candidates of a node, in the order of their
// numbers, and stops the walk by answering false.
func (m *Matcher) Walk(r *Run, visit func(w *Walk, c []Candidate) bool) {
	t := r.main
	w := &Walk{m: m, r: r, t: t}
	w.findNeeds()
	// The document node: state 1, and nothing else.
	w.here = append(w.here, here{1, true, true})
	if !w.offer(0, visit) {
		return
	}
	w.descend(0)
	next := 0 // in needed
	for n := Node(1); int(n) < len(t.nodes); n++ {
		nd := &t.nodes[n]
		if nd.kind != KindElement {
			continue
		}
		for w.levels[len(w.levels)-1].end <= n {
			w.close()
		}
		w.here = w.here[:0]
		w.enterAll(n, nd.name)
		for ; next < len(w.needed) && w.needed[next].node <= n; next++ {
			if w.needed[next].node == n {
				w.here = append(w.here, here{state: w.needed[next].state})
			}
		}
		if len(w.here) > 0 && !w.offer(n, visit) {
			return
		}
		w.descend(n)
		if m.attrs && !w.attributes(n, nd, visit) {
			return
		}
	}
}

// findNeeds lists the nodes that carry what a pattern without a name asks for.
func (w *Walk) findNeeds() {
	for _, k := range w.m.kinds {
		for _, c := range w.t.NodesNamed(k.Child) {
			a := w.t.Attr(c, k.Attribute)
			if a == None {
				continue
			}
			k.Value = w.t.StringValue(a)
			for _, s := range w.m.states[0].near.needs[k] {
				w.needed = append(w.needed, needed{w.t.nodes[c].parent, s})
			}
			k.Value = ""
		}
	}
	slices.SortFunc(w.needed, func(a, b needed) int {
		if a.node != b.node {
			return int(a.node) - int(b.node)
		}
		return int(a.state) - int(b.state)
	})
	w.needed = slices.Compact(w.needed)
}

// enterAll gathers the states that lead to an element.
func (w *Walk) enterAll(n Node, name NameID) {
	start := &w.m.states[0].near
	if name >= 0 && int(name) < len(start.dense) {
		for _, s := range start.dense[name] {
			w.here = append(w.here, here{state: s})
		}
	}
	for _, s := range start.any {
		w.here = append(w.here, here{state: s})
	}
	top := w.levels[len(w.levels)-1]
	for _, a := range w.active[top.active:] {
		w.along(&w.m.states[a].near, name)
	}
	for _, a := range w.far {
		w.along(&w.m.states[a].far, name)
	}
}

func (w *Walk) along(e *edges, name NameID) {
	for _, x := range e.named {
		if x.name == name {
			w.here = append(w.here, here{state: x.to})
		}
	}
	for _, s := range e.any {
		w.here = append(w.here, here{state: s})
	}
}

// offer shows the patterns that end at the states of a node.
func (w *Walk) offer(n Node, visit func(*Walk, []Candidate) bool) bool {
	w.node = n
	w.cands = w.cands[:0]
	for i := range w.here {
		for _, id := range w.m.states[w.here[i].state].terms {
			w.cands = append(w.cands, Candidate{id, int32(i)})
		}
	}
	if len(w.cands) == 0 {
		return true
	}
	if len(w.cands) > 1 {
		slices.SortFunc(w.cands, func(a, b Candidate) int { return int(a.ID) - int(b.ID) })
	}
	return visit(w, w.cands)
}

// Matches tells whether a candidate matches the node at hand. An error met in a predicate is no
// match, and is kept for Run.Errors.
func (w *Walk) Matches(c Candidate) bool { return w.holds(int(c.at)) }

func (w *Walk) holds(i int) bool {
	h := &w.here[i]
	if !h.known {
		h.known = true
		h.yes = w.test(&w.m.states[h.state])
	}
	return w.here[i].yes
}

func (w *Walk) test(s *mstate) (ok bool) {
	step := &s.branch.steps[s.k]
	if !step.suits(w.t, &w.t.nodes[w.node]) {
		return false
	}
	if len(step.preds) == 0 {
		return true
	}
	defer func() {
		if v := recover(); v != nil {
			ok = false
			w.r.record(caught(v, step.text))
		}
	}()
	w.r.enter(w.node)
	return step.holds(w.r, w.t, w.node)
}

// descend opens a node: its states that lead further become active.
func (w *Walk) descend(n Node) {
	l := wlevel{end: w.t.nodes[n].end, active: int32(len(w.active)), far: int32(len(w.far))}
	for i := range w.here {
		s := &w.m.states[w.here[i].state]
		near, far := !s.near.empty(), !s.far.empty()
		if !near && !far || !w.holds(i) {
			continue
		}
		if near {
			w.active = append(w.active, w.here[i].state)
		}
		if far {
			w.far = append(w.far, w.here[i].state)
		}
	}
	w.levels = append(w.levels, l)
}

func (w *Walk) close() {
	l := w.levels[len(w.levels)-1]
	w.active, w.far = w.active[:l.active], w.far[:l.far]
	w.levels = w.levels[:len(w.levels)-1]
}

// attributes goes through the attributes of the element just opened.
func (w *Walk) attributes(n Node, nd *node, visit func(*Walk, []Candidate) bool) bool {
	top := w.levels[len(w.levels)-1]
	for a := n + 1; a <= n+Node(nd.attrs); a++ {
		w.here = w.here[:0]
		for _, s := range w.m.states[0].near.attrs {
			w.here = append(w.here, here{state: s})
		}
		for _, x := range w.active[top.active:] {
			for _, s := range w.m.states[x].near.attrs {
				w.here = append(w.here, here{state: s})
			}
		}
		for _, x := range w.far {
			for _, s := range w.m.states[x].far.attrs {
				w.here = append(w.here, here{state: s})
			}
		}
		if len(w.here) > 0 && !w.offer(a, visit) {
			return false
		}
	}
	return true
}
