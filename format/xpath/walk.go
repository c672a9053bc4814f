package xpath

// FirstChild gives the first child of a node (never an attribute), or None.
func (t *Tree) FirstChild(n Node) Node {
	if c := t.first(n); c < t.nodes[n].end {
		return c
	}
	return None
}

// NextSibling gives the node after a child and its subtree, or None.
func (t *Tree) NextSibling(n Node) Node {
	p := t.nodes[n].parent
	if next := t.nodes[n].end; p != None && next < t.nodes[p].end {
		return next
	}
	return None
}

// Exhausted reports whether the budget of the run is spent: what was asked since has no answer,
// contexts of rules among it.
func (r *Run) Exhausted() bool { return r.steps < 0 }
