package xpath

import "strings"

// instance is instance of and treat as.
// spec: XPath 2.0 §3.10.1
type instance struct {
	facts
	e     expr
	seq   seqType
	treat bool
}

type seqType struct {
	empty      bool // empty-sequence()
	node       *test
	typ        castType
	item       bool // item()
	least      int
	most       int
	occurrence string
}

func newInstance(e expr, t seqType, treat bool) expr {
	x := &instance{e: e, seq: t, treat: treat}
	x.add(e)
	if treat {
		x.static, x.one = e.about().static, t.most <= 1
	} else {
		x.static, x.one = boolean, true
	}
	return x
}

func (p *parser) sequenceType() seqType {
	t := seqType{least: 1, most: 1}
	next := p.peek(1)
	switch {
	case p.tok.word("empty-sequence") && next.is("("):
		p.advance()
		p.advance()
		p.expect(")")
		return seqType{empty: true}
	case p.tok.word("item") && next.is("("):
		p.advance()
		p.advance()
		p.expect(")")
		t.item = true
	case next.is("(") && p.tok.kind == tokName && kindTests[p.tok.local]:
		k := p.kindTest()
		t.node = &k
	default:
		if p.tok.prefix != "" && p.tok.local == "anyAtomicType" && p.namespace(p.tok.prefix, p.tok.at) == nsSchema {
			p.advance()
			t.typ.name = "anyAtomicType"
		} else if t.typ = p.typeName(); t.typ.check != nil || t.typ.name == "token" || t.typ.name == "normalizedString" {
			p.refuse(IDUnsupported, "", p.tok.at, "instance of un type dérivé (xs:%s) non pris en charge", "instance of a derived type (xs:%s) not supported", t.typ.name)
		}
	}
	switch {
	case p.accept("?"):
		t.least, t.occurrence = 0, "?"
	case p.accept("*"):
		t.least, t.most, t.occurrence = 0, all, "*"
	case p.accept("+"):
		t.most, t.occurrence = all, "+"
	}
	return t
}

func (t *seqType) holds(items []Item) bool {
	if len(items) < t.least || len(items) > t.most {
		return false
	}
	for _, it := range items {
		switch {
		case t.item:
		case t.node != nil:
			if it.typ != TypeNode || !t.node.match(it.tree, &it.tree.nodes[it.node]) {
				return false
			}
		case t.typ.name == "anyAtomicType":
			if it.typ == TypeNode {
				return false
			}
		case it.typ == t.typ.typ:
		case t.typ.typ == TypeDecimal && it.typ == TypeInteger, t.typ.typ == TypeDuration && it.typ.duration():
		default:
			return false
		}
	}
	return true
}

func (x *instance) test(r *Run) bool { return testItems(r, x) }
func (x *instance) push(r *Run, _ int) {
	base := len(r.items)
	x.e.push(r, all)
	ok := x.seq.holds(r.items[base:])
	if x.treat {
		if !ok {
			fail(IDType, "XPDY0050", "treat as : la valeur n'est pas du type annoncé", "treat as: the value is not of the type announced")
		}
		return
	}
	r.items = r.items[:base]
	r.emit(boolItem(ok))
}

func (x *instance) canon(b *strings.Builder) {
	b.WriteByte('(')
	x.e.canon(b)
	b.WriteString(map[bool]string{true: " treat as ", false: " instance of "}[x.treat])
	switch {
	case x.seq.empty:
		b.WriteString("empty-sequence()")
	case x.seq.item:
		b.WriteString("item()")
	case x.seq.node != nil:
		writeInt(b, int(x.seq.node.principal))
		writeInt(b, int(x.seq.node.kind))
		x.seq.node.canon(b)
	default:
		b.WriteString(x.seq.typ.name)
	}
	b.WriteString(x.seq.occurrence + ")")
}
