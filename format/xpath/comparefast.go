package xpath

// attrIs is @name = 'text' or @name != 'text'.
type attrIs struct {
	general
	id   NameID
	text string
}

func (a *attrIs) test(r *Run) bool {
	if r.focus != focusNode {
		r.needNode()
	}
	n := r.tree.Attr(r.node, a.id)
	return n != None && (r.tree.StringValue(n) == a.text) == (a.op == opEq)
}

func (a *attrIs) push(r *Run, _ int) { r.emit(boolItem(a.test(r))) }

// nodesAre is path = 'text' or path != 'text'.
type nodesAre struct {
	general
	set  nodeset
	text string
}

func (a *nodesAre) test(r *Run) bool {
	base := len(r.list)
	a.set.nodes(r, all, anyNodes)
	found := false
	for _, n := range r.list[base:] {
		if (r.tree.StringValue(n) == a.text) == (a.op == opEq) {
			found = true
			break
		}
	}
	r.list = r.list[:base]
	return found
}

func (a *nodesAre) push(r *Run, _ int) { r.emit(boolItem(a.test(r))) }

// nodesIn is path = something that may be a constant set.
type nodesIn struct {
	general
	nodes nodeset
	c     *constant
	v     *varRef
}

func (a *nodesIn) test(r *Run) bool {
	c := a.c
	if c == nil {
		val := r.variable(a.v)
		if c = val.set; c == nil {
			if val.n == 1 && val.one.typ.stringy() {
				return a.are(r, val.one.s)
			}
			return a.general.test(r)
		}
	}
	set := c.strings(r)
	if set == nil {
		return a.general.test(r)
	}
	base := len(r.list)
	a.nodes.nodes(r, all, anyNodes)
	found := false
	for _, n := range r.list[base:] {
		if _, found = set[r.tree.StringValue(n)]; found {
			break
		}
	}
	r.list = r.list[:base]
	return found
}

func (a *nodesIn) are(r *Run, text string) bool {
	base := len(r.list)
	a.nodes.nodes(r, all, anyNodes)
	found := false
	for _, n := range r.list[base:] {
		if found = r.tree.StringValue(n) == text; found {
			break
		}
	}
	r.list = r.list[:base]
	return found
}

func (a *nodesIn) push(r *Run, _ int) { r.emit(boolItem(a.test(r))) }
