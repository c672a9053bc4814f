package xpath

// Branches gives the alternatives of a pattern.
func (p *Pattern) Branches() []Branch {
	out := make([]Branch, 0, len(p.branches))
	for _, b := range p.branches {
		last := &b.steps[len(b.steps)-1]
		br := Branch{Name: AnyName, Parent: AnyName, Kind: KindElement, Pattern: &Pattern{src: p.src, branches: []*branch{b}}}
		if last.root {
			br.Kind = KindDocument
			out = append(out, br)
			continue
		}
		if last.axis == axisAttribute {
			br.Kind = KindAttribute
		}
		switch last.test.kind {
		case testName:
			br.Kind, br.Name = last.test.principal, NameID(last.test.id)
		case testNode:
			br.AnyKind = last.axis != axisAttribute
		default:
			br.Kind = last.test.principal
		}
		if k := len(b.steps) - 2; k >= 0 && !last.far && b.steps[k].test.kind == testName && !b.steps[k].root {
			br.Parent = NameID(b.steps[k].test.id)
		}
		for i := range last.preds {
			if br.Needs == nil {
				br.Needs = need_(last.preds[i].e)
			}
		}
		out = append(out, br)
	}
	return out
}

// need_ finds child/@attribute = 'text' in a condition that cannot hold without it.
func need_(e expr) *Need {
	switch x := e.(type) {
	case *logic:
		if x.and {
			if n := need_(x.l); n != nil {
				return n
			}
			return need_(x.r)
		}
	case *nodesAre:
		l, ok := x.set.(*local)
		if !ok || x.op != opEq || l.start != fromContext || len(l.steps) != 2 {
			return nil
		}
		c, a := &l.steps[0], &l.steps[1]
		if c.axis == axisChild && a.axis == axisAttribute && c.test.kind == testName && a.test.kind == testName && c.test.principal == KindElement {
			return &Need{NameID(c.test.id), NameID(a.test.id), x.text}
		}
	case *local: // child[@attribute = 'text']
		if x.start != fromContext || len(x.steps) < 1 {
			return nil
		}
		c := &x.steps[0]
		if c.axis != axisChild || c.test.kind != testName || c.test.principal != KindElement {
			return nil
		}
		for i := range c.preds {
			if is := attributeIs(c.preds[i].e); is != nil {
				return &Need{NameID(c.test.id), is.id, is.text}
			}
		}
	}
	return nil
}

func attributeIs(e expr) *attrIs {
	switch x := e.(type) {
	case *attrIs:
		if x.op == opEq {
			return x
		}
	case *logic:
		if x.and {
			if is := attributeIs(x.l); is != nil {
				return is
			}
			return attributeIs(x.r)
		}
	}
	return nil
}
