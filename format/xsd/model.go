package xsd

import "fmt"

// model is a content model as a deterministic automaton: state 0 is the start, every other state
// is one place of the model that was just filled. spec: XSD-1 3.8.4, 3.8.6
type model struct {
	states []state
	all    []step // each element of the model once: what a name means after an error
	wilds  []*wildcard
}

type state struct {
	steps []step
	wilds []wildStep
	final bool
}

type step struct {
	space int32
	to    int32
	local string
	decl  *element
}

type wildStep struct {
	wild *wildcard
	to   int32
}

// next gives the declaration for a name and the state after it.
func (m *model) next(at int32, space int32, local string) (*element, *wildcard, int32, bool) {
	st := &m.states[at]
	for i := range st.steps {
		if s := &st.steps[i]; s.local == local && s.space == space {
			return s.decl, nil, s.to, true
		}
	}
	for _, w := range st.wilds {
		if w.wild.lets(space) {
			return nil, w.wild, w.to, true
		}
	}
	return nil, nil, 0, false
}

// find gives what a name means anywhere in the model.
func (m *model) find(space int32, local string) (*element, *wildcard) {
	for i := range m.all {
		if s := &m.all[i]; s.local == local && s.space == space {
			return s.decl, nil
		}
	}
	for _, w := range m.wilds {
		if w.lets(space) {
			return nil, w
		}
	}
	return nil, nil
}

// place is a position of the model: an element or a wildcard at one point of the repetitions.
type place struct {
	from   *particle
	follow []int32
}

// builder numbers places from 1; it counts its work, so that a short text cannot ask for much.
type builder struct {
	places []place
	edges  *int
	err    error
}

// span is what a part of the model can start and end with.
type span struct {
	nullable    bool
	first, last []int32
}

func newModel(p *particle, edges *int) (*model, error) {
	b := &builder{places: make([]place, 1), edges: edges}
	whole := span{nullable: true}
	if p != nil {
		whole = b.repeat(p, 0)
	}
	if b.err != nil {
		return nil, b.err
	}
	m := &model{states: make([]state, len(b.places))}
	for i := range b.places {
		follow := b.places[i].follow
		if i == 0 {
			follow = whole.first
			m.states[0].final = whole.nullable
		}
		if err := b.fill(&m.states[i], follow); err != nil {
			return nil, err
		}
	}
	for _, i := range whole.last {
		m.states[i].final = true
	}
	b.index(m)
	return m, nil
}

// fill makes the steps of a state. Two places of one particle (its repetitions) never conflict: the
// first is taken. Two particles of one name do.
func (b *builder) fill(st *state, follow []int32) error {
	for _, i := range follow {
		p := b.places[i].from
		if p.wild != nil {
			st.wilds = append(st.wilds, wildStep{p.wild, i})
			continue
		}
		for _, e := range p.element.family() {
			clash := false
			for j := range st.steps {
				if s := &st.steps[j]; s.local == e.name.local && s.space == e.space {
					if b.places[s.to].from != p {
						return fmt.Errorf("element %s could be two different places of the model", e.name.local)
					}
					clash = true
				}
			}
			if !clash {
				st.steps = append(st.steps, step{e.space, i, e.name.local, e})
			}
		}
		if *b.edges += len(st.steps); *b.edges > 8*MaxEdges {
			return errEdges
		}
	}
	return nil
}

var errEdges = fmt.Errorf("content models have more than %d steps", MaxEdges)

// family is the element itself and all that may stand for it.
func (e *element) family() []*element {
	if len(e.members) == 0 {
		return []*element{e}
	}
	return append([]*element{e}, e.members...)
}

func (b *builder) index(m *model) {
	type key struct {
		space int32
		local string
	}
	seen := map[key]bool{}
	known := map[*wildcard]bool{}
	for i := 1; i < len(b.places); i++ {
		p := b.places[i].from
		if p.wild != nil {
			if !known[p.wild] {
				known[p.wild] = true
				m.wilds = append(m.wilds, p.wild)
			}
			continue
		}
		for _, e := range p.element.family() {
			if k := (key{e.space, e.name.local}); !seen[k] {
				seen[k] = true
				m.all = append(m.all, step{space: e.space, local: e.name.local, decl: e})
			}
		}
	}
}

// repeat writes a{m,n} as copies: those asked for, then one inside the other those allowed.
func (b *builder) repeat(p *particle, depth int) span {
	if depth > 8*MaxDepth && b.err == nil {
		b.err = fmt.Errorf("content model nests more than %d deep", 8*MaxDepth)
	}
	if b.err != nil {
		return span{nullable: true}
	}
	if p.max == -1 {
		out := b.once(p, depth)
		for i := 1; i < p.min; i++ {
			out = b.then(out, b.once(p, depth))
		}
		if p.min <= 1 {
			b.link(out.last, out.first)
			out.nullable = out.nullable || p.min == 0
			return out
		}
		again := b.once(p, depth)
		b.link(again.last, again.first)
		again.nullable = true
		return b.then(out, again)
	}
	out := span{nullable: true}
	for i := 0; i < p.max && b.err == nil; i++ {
		one := b.once(p, depth)
		if i >= p.min {
			one.nullable = true
		}
		out = b.then(out, one)
	}
	return out
}

func (b *builder) once(p *particle, depth int) span {
	if p.kids == nil {
		return b.leaf(p)
	}
	out := span{nullable: !p.choice}
	for _, k := range p.kids {
		s := b.repeat(k, depth+1)
		if b.err != nil {
			return span{}
		}
		if !p.choice {
			out = b.then(out, s)
			continue
		}
		out.nullable = out.nullable || s.nullable
		out.first = append(out.first, s.first...)
		out.last = append(out.last, s.last...)
	}
	return out
}

func (b *builder) leaf(p *particle) span {
	if len(b.places) > MaxPositions {
		b.err = fmt.Errorf("content model has more than %d places", MaxPositions)
		return span{}
	}
	i := int32(len(b.places))
	b.places = append(b.places, place{from: p})
	return span{first: []int32{i}, last: []int32{i}}
}

func (b *builder) then(x, y span) span {
	b.link(x.last, y.first)
	out := span{nullable: x.nullable && y.nullable, first: x.first, last: y.last}
	if x.nullable {
		out.first = append(append([]int32(nil), x.first...), y.first...)
	}
	if y.nullable {
		out.last = append(append([]int32(nil), y.last...), x.last...)
	}
	return out
}

func (b *builder) link(from, to []int32) {
	if *b.edges += len(from) * len(to); *b.edges > MaxEdges {
		b.err = errEdges
		return
	}
	for _, i := range from {
		b.places[i].follow = append(b.places[i].follow, to...)
	}
}
