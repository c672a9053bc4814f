package xpath

// Operators, from the loosest to the tightest.

func (p *parser) orExpr() expr {
	e := p.andExpr()
	for p.tok.word("or") {
		p.advance()
		e = newLogic(false, e, p.andExpr())
	}
	return e
}

func (p *parser) andExpr() expr {
	e := p.comparison()
	for p.tok.word("and") {
		p.advance()
		e = newLogic(true, e, p.comparison())
	}
	return e
}

var generalOps = map[string]compareOp{"=": opEq, "!=": opNe, "<": opLt, "<=": opLe, ">": opGt, ">=": opGe}
var valueOps = map[string]compareOp{"eq": opEq, "ne": opNe, "lt": opLt, "le": opLe, "gt": opGt, "ge": opGe}

func (p *parser) comparison() expr {
	e := p.rangeExpr()
	if p.tok.kind == tokSymbol {
		sym := p.tok.text
		if op, ok := generalOps[sym]; ok {
			p.advance()
			return p.fold(newGeneral(op, p.fold(e), p.fold(p.rangeExpr())))
		}
		if sym == "<<" || sym == ">>" {
			p.advance()
			return newNodeCompare(sym, e, p.rangeExpr())
		}
		return e
	}
	if p.tok.kind == tokName && p.tok.prefix == "" && !p.tok.wild {
		if op, ok := valueOps[p.tok.local]; ok {
			p.advance()
			return p.fold(newValueCompare(op, p.fold(e), p.fold(p.rangeExpr())))
		}
		if p.tok.local == "is" {
			p.advance()
			return newNodeCompare("is", e, p.rangeExpr())
		}
	}
	return e
}

func (p *parser) rangeExpr() expr {
	e := p.additive()
	if p.acceptWord("to") {
		return newRange(e, p.additive())
	}
	return e
}

func (p *parser) additive() expr {
	e := p.multiplicative()
	for p.tok.is("+") || p.tok.is("-") {
		op := p.tok.text
		p.advance()
		e = newArithmetic(op, e, p.multiplicative())
	}
	return e
}

func (p *parser) multiplicative() expr {
	e := p.union()
	for {
		op := ""
		switch {
		case p.tok.is("*"):
			op = "*"
		case p.tok.word("div"), p.tok.word("idiv"), p.tok.word("mod"):
			op = p.tok.local
		default:
			return e
		}
		p.advance()
		e = newArithmetic(op, e, p.union())
	}
}

func (p *parser) union() expr {
	e := p.intersect()
	for p.tok.is("|") || p.tok.word("union") {
		p.advance()
		e = newSet("union", e, p.intersect())
	}
	return e
}

func (p *parser) intersect() expr {
	e := p.instanceOf()
	for p.tok.word("intersect") || p.tok.word("except") {
		op := p.tok.local
		p.advance()
		e = newSet(op, e, p.instanceOf())
	}
	return e
}

func (p *parser) instanceOf() expr {
	e := p.treat()
	if p.tok.word("instance") && p.peek(1).word("of") {
		p.advance()
		p.advance()
		return newInstance(e, p.sequenceType(), false)
	}
	return e
}

func (p *parser) treat() expr {
	e := p.castable()
	if p.tok.word("treat") && p.peek(1).word("as") {
		p.advance()
		p.advance()
		return newInstance(e, p.sequenceType(), true)
	}
	return e
}

func (p *parser) castable() expr {
	e := p.cast()
	if p.tok.word("castable") && p.peek(1).word("as") {
		p.advance()
		p.advance()
		t, opt := p.singleType()
		return newCast(p, e, t, opt, true)
	}
	return e
}

func (p *parser) cast() expr {
	e := p.unary()
	if p.tok.word("cast") && p.peek(1).word("as") {
		p.advance()
		p.advance()
		t, opt := p.singleType()
		return newCast(p, e, t, opt, false)
	}
	return e
}

func (p *parser) unary() expr {
	minus, signs := false, 0
	for p.tok.is("-") || p.tok.is("+") {
		minus = minus != p.tok.is("-")
		signs++
		p.advance()
	}
	e := p.path()
	if signs == 0 {
		return e
	}
	return newUnary(minus, e)
}
