package xpath

import (
	"math"
	"math/big"
	"strconv"
)

// path reads PathExpr: steps with / and //.
func (p *parser) path() expr {
	switch {
	case p.tok.is("//"):
		p.advance()
		return p.steps(newLocal(fromRoot, descendantOrSelfNode()))
	case p.tok.is("/"):
		p.advance()
		if !p.startsStep() {
			return p.memo(newLocal(fromRoot))
		}
		return p.steps(newLocal(fromRoot))
	}
	return p.steps(nil)
}

// steps reads the rest of a path after what stands before it.
func (p *parser) steps(left expr) expr {
	p.deeper()
	defer func() { p.depth-- }()
	right := p.step()
	e := right
	if left != nil {
		e = p.slash(left, right)
	}
	for n := 1; ; n++ {
		if n > MaxPathSteps {
			p.refuse(IDLimit, "", p.tok.at, "chemin de plus de %d pas", "path of more than %d steps", MaxPathSteps)
		}
		switch {
		case p.tok.is("//"):
			p.advance()
			e = p.slash(e, newLocal(fromContext, descendantOrSelfNode()))
		case p.tok.is("/"):
			p.advance()
		default:
			return p.memo(e)
		}
		e = p.slash(e, p.step())
	}
}

// startsStep tells whether a step follows a lone slash.
func (p *parser) startsStep() bool {
	switch p.tok.kind {
	case tokName, tokString, tokInteger, tokDecimal, tokDouble:
		return true
	case tokSymbol:
		switch p.tok.text {
		case ".", "..", "@", "*", "(", "$":
			return true
		}
	}
	return false
}

var axes = map[string]axis{"child": axisChild, "descendant": axisDescendant, "attribute": axisAttribute, "self": axisSelf,
	"descendant-or-self": axisDescendantOrSelf, "following-sibling": axisFollowingSibling, "following": axisFollowing,
	"parent": axisParent, "ancestor": axisAncestor, "preceding-sibling": axisPrecedingSibling, "preceding": axisPreceding,
	"ancestor-or-self": axisAncestorOrSelf}

var kindTests = map[string]bool{"node": true, "text": true, "comment": true, "processing-instruction": true, "element": true,
	"attribute": true, "document-node": true, "schema-element": true, "schema-attribute": true}

// step reads an axis step, or a primary expression with its predicates.
func (p *parser) step() expr {
	t := p.tok
	switch t.kind {
	case tokSymbol:
		switch t.text {
		case "..":
			p.advance()
			return p.axisStep(step{axis: axisParent, test: test{kind: testNode}})
		case "@":
			p.advance()
			return p.axisStep(step{axis: axisAttribute, test: p.nodeTest(axisAttribute)})
		case "*":
			return p.axisStep(step{axis: axisChild, test: p.nodeTest(axisChild)})
		}
	case tokName:
		next := p.peek(1)
		if next.is("::") {
			if t.wild || t.prefix != "" {
				p.unexpected()
			}
			if t.local == "namespace" {
				p.refuse(IDUnsupported, "", t.at, "axe namespace:: non pris en charge", "axis namespace:: not supported")
			}
			a, ok := axes[t.local]
			if !ok {
				p.refuse(IDSyntax, "XPST0003", t.at, "axe inconnu : %s", "unknown axis: %s", t.local)
			}
			p.advance()
			p.advance()
			return p.axisStep(step{axis: a, test: p.nodeTest(a)})
		}
		if next.is("(") && !t.wild && !(t.prefix == "" && kindTests[t.local]) {
			break
		}
		a := axisChild
		if t.prefix == "" && next.is("(") && (t.local == "attribute" || t.local == "schema-attribute") {
			a = axisAttribute
		}
		return p.axisStep(step{axis: a, test: p.nodeTest(a)})
	}
	e := p.primary()
	for p.tok.is("[") {
		e = newFilter(e, p.predicate())
	}
	return e
}

func (p *parser) axisStep(s step) expr {
	for p.tok.is("[") {
		s.preds = append(s.preds, newPredicate(p.predicate()))
	}
	return newLocal(fromContext, s)
}

func (p *parser) predicate() expr {
	p.expect("[")
	e := p.expr()
	p.expect("]")
	return p.fold(e)
}

// nodeTest reads a name test or a kind test.
func (p *parser) nodeTest(a axis) test {
	t := p.tok
	principal := KindElement
	if a == axisAttribute {
		principal = KindAttribute
	}
	if t.is("*") {
		p.advance()
		return test{kind: testPrincipal, principal: principal}
	}
	if t.kind != tokName {
		p.unexpected()
	}
	if p.peek(1).is("(") {
		if t.prefix != "" || t.wild || !kindTests[t.local] {
			p.unexpected()
		}
		return p.kindTest()
	}
	p.advance()
	names := &p.lib.names
	switch {
	case t.wild && t.prefix == "*":
		return test{kind: testLocal, principal: principal, id: names.localID(t.local), text: "*:" + t.local}
	case t.wild:
		uri := p.namespace(t.prefix, t.at)
		return test{kind: testSpace, principal: principal, id: names.spaceID(uri), text: "{" + uri + "}*"}
	}
	uri := ""
	if t.prefix != "" {
		uri = p.namespace(t.prefix, t.at)
	}
	return test{kind: testName, principal: principal, id: int32(names.id(uri, t.local)), text: "{" + uri + "}" + t.local}
}

// kindTest reads node(), text(), element(name)…
func (p *parser) kindTest() test {
	word, at := p.tok.local, p.tok.at
	p.advance()
	p.expect("(")
	out := test{kind: testNode}
	switch word {
	case "text":
		out = test{kind: testKind_, principal: KindText, text: "text()"}
	case "comment":
		out = test{kind: testKind_, principal: KindComment, text: "comment()"}
	case "processing-instruction":
		out = test{kind: testKind_, principal: KindProcInst, text: "processing-instruction()"}
		target := ""
		if p.tok.kind == tokString {
			target = p.tok.text
			p.advance()
		} else if p.tok.kind == tokName && p.tok.prefix == "" {
			target = p.tok.local
			p.advance()
		}
		if target != "" {
			out = test{kind: testName, principal: KindProcInst, id: int32(p.lib.names.id("", target)), text: "pi " + target}
		}
	case "element", "attribute":
		out = test{kind: testPrincipal, principal: KindElement}
		a := axisChild
		if word == "attribute" {
			out.principal, a = KindAttribute, axisAttribute
		}
		if !p.tok.is(")") {
			out = p.nodeTest(a)
		}
		if p.tok.is(",") {
			p.refuse(IDUnsupported, "", p.tok.at, "type dans un test de nœud non pris en charge", "type in a node test not supported")
		}
	case "document-node":
		out = test{kind: testKind_, principal: KindDocument, text: "document-node()"}
		if !p.tok.is(")") {
			p.refuse(IDUnsupported, "", at, "document-node(…) avec un test n'est pas pris en charge", "document-node(…) with a test is not supported")
		}
	case "schema-element", "schema-attribute":
		p.refuse(IDUnsupported, "", at, "%s() demande un schéma : non pris en charge", "%s() needs a schema: not supported", word)
	}
	p.expect(")")
	return out
}

// primary reads literals, variables, parentheses, the context item and function calls.
func (p *parser) primary() expr {
	t := p.tok
	switch t.kind {
	case tokString:
		p.advance()
		return newLiteral(stringItem(t.text))
	case tokInteger, tokDecimal, tokDouble:
		p.advance()
		return newLiteral(numberLiteral(t))
	case tokSymbol:
		switch t.text {
		case "$":
			p.advance()
			return p.variable()
		case "(":
			p.advance()
			if p.accept(")") {
				return newSequence(nil)
			}
			e := p.expr()
			p.expect(")")
			return parenthesized(e)
		case ".":
			p.advance()
			return newContextItem()
		}
	case tokName:
		if p.peek(1).is("(") {
			return p.call()
		}
	}
	p.unexpected()
	return nil
}

func (p *parser) call() expr {
	name := p.tok
	uri := nsFunctions
	if name.prefix != "" {
		uri = p.namespace(name.prefix, name.at)
	} else if name.local == "if" || name.local == "typeswitch" || name.local == "item" || name.local == "empty-sequence" {
		p.unexpected()
	}
	p.advance()
	p.expect("(")
	var args []expr
	if !p.tok.is(")") {
		args = append(args, p.fold(p.exprSingle()))
		for p.accept(",") {
			args = append(args, p.fold(p.exprSingle()))
		}
	}
	p.expect(")")
	return p.function(uri, name, args)
}

func numberLiteral(t token) Item {
	switch t.kind {
	case tokInteger:
		if i, err := strconv.ParseInt(t.text, 10, 64); err == nil {
			return integerItem(i)
		}
		n, _ := new(big.Rat).SetString(t.text)
		return Item{typ: TypeInteger, ext: &extended{rat: n}}
	case tokDecimal:
		n, ok := new(big.Rat).SetString(t.text)
		if !ok {
			n = new(big.Rat)
		}
		return Item{typ: TypeDecimal, ext: &extended{rat: n}}
	}
	f, err := strconv.ParseFloat(t.text, 64)
	if err != nil && math.IsInf(f, 0) {
		return doubleItem(f)
	}
	return doubleItem(f)
}
