package xpath

import "strings"

// parser turns an expression into its compiled form in one pass.
// spec: XPath 2.0 §A.1
type parser struct {
	lib   *Library
	scope *Scope
	lex   lexer
	tok   token
	ahead []token
	depth int
	local []localVar // variables of for, some and every around
}

type localVar struct {
	name string
	slot Slot
}

func (l *Library) parser(src string, s *Scope) *parser {
	if s == nil {
		s = l.NewScope(nil, "")
	}
	p := &parser{lib: l, scope: s, lex: lexer{src: src}}
	if len(src) > MaxExpressionBytes {
		p.refuse(IDLimit, "", 0, "expression de plus de %d octets", "expression of more than %d bytes", MaxExpressionBytes)
	}
	p.advance()
	return p
}

func (p *parser) refuse(id, code string, at int, fr, en string, args ...any) {
	e := &Error{ID: id, Code: code, Offset: at, Source: p.lex.src}
	e.Message.FR, e.Message.EN = sprintBoth(fr, en, args...)
	panic(e)
}

func (p *parser) advance() {
	if len(p.ahead) > 0 {
		p.tok, p.ahead = p.ahead[0], p.ahead[1:]
		return
	}
	p.tok = p.lex.next()
}

// peek looks n tokens further without moving.
func (p *parser) peek(n int) token {
	for len(p.ahead) < n {
		p.ahead = append(p.ahead, p.lex.next())
	}
	return p.ahead[n-1]
}

func (t token) is(sym string) bool { return t.kind == tokSymbol && t.text == sym }
func (t token) word(w string) bool {
	return t.kind == tokName && !t.wild && t.prefix == "" && t.local == w
}

func (p *parser) unexpected() {
	what := p.lex.src[p.tok.at:p.tok.end]
	if p.tok.kind == tokEOF {
		p.refuse(IDSyntax, "XPST0003", p.tok.at, "l'expression s'arrête trop tôt", "the expression stops too early")
	}
	p.refuse(IDSyntax, "XPST0003", p.tok.at, "inattendu ici : « %s »", "unexpected here: %s", excerpt(what))
}

func (p *parser) accept(sym string) bool {
	if p.tok.is(sym) {
		p.advance()
		return true
	}
	return false
}

func (p *parser) expect(sym string) {
	if !p.accept(sym) {
		p.missing(sym)
	}
}

// missing says what is expected here.
func (p *parser) missing(what string) {
	if p.tok.kind == tokEOF {
		p.refuse(IDSyntax, "XPST0003", p.tok.at, "« %s » attendu à la fin de l'expression", "%s expected at the end of the expression", what)
	}
	p.refuse(IDSyntax, "XPST0003", p.tok.at, "« %s » attendu, trouvé « %s »", "%s expected, found %s", what, excerpt(p.lex.src[p.tok.at:p.tok.end]))
}

func (p *parser) acceptWord(w string) bool {
	if p.tok.word(w) {
		p.advance()
		return true
	}
	return false
}

func (p *parser) expectWord(w string) {
	if !p.acceptWord(w) {
		p.missing(w)
	}
}

func (p *parser) end() {
	if p.tok.kind != tokEOF {
		p.unexpected()
	}
}

func (p *parser) deeper() {
	if p.depth++; p.depth > MaxNesting {
		p.refuse(IDLimit, "", p.tok.at, "expression imbriquée sur plus de %d niveaux", "expression nested over more than %d levels", MaxNesting)
	}
}

// expr reads expressions separated by commas.
func (p *parser) expr() expr {
	p.deeper()
	defer func() { p.depth-- }()
	e := p.exprSingle()
	if !p.tok.is(",") {
		return e
	}
	list := []expr{e}
	for p.accept(",") {
		list = append(list, p.exprSingle())
	}
	return newSequence(list)
}

func (p *parser) exprSingle() expr {
	p.deeper()
	defer func() { p.depth-- }()
	if p.tok.kind == tokName && !p.tok.wild && p.tok.prefix == "" {
		switch next := p.peek(1); {
		case next.is("$") && p.tok.local == "for":
			return p.forExpr()
		case next.is("$") && (p.tok.local == "some" || p.tok.local == "every"):
			return p.quantified(p.tok.local == "every")
		case next.is("(") && p.tok.local == "if":
			return p.ifExpr()
		}
	}
	return p.orExpr()
}

func (p *parser) ifExpr() expr {
	p.advance()
	p.expect("(")
	cond := p.expr()
	p.expect(")")
	p.expectWord("then")
	yes := p.exprSingle()
	p.expectWord("else")
	return newIf(cond, yes, p.exprSingle())
}

type clause struct {
	slot Slot
	in   expr
}

func (p *parser) clauses() []clause {
	p.advance()
	var list []clause
	for {
		p.expect("$")
		name := p.varName()
		p.expectWord("in")
		in := p.exprSingle()
		slot := p.lib.slot()
		p.local = append(p.local, localVar{name, slot})
		list = append(list, clause{slot, in})
		if !p.accept(",") {
			return list
		}
	}
}

func (p *parser) forExpr() expr {
	keep := len(p.local)
	list := p.clauses()
	p.expectWord("return")
	body := p.exprSingle()
	p.local = p.local[:keep]
	for i := len(list) - 1; i >= 0; i-- {
		body = newFor(list[i], body)
	}
	return body
}

func (p *parser) quantified(every bool) expr {
	keep := len(p.local)
	list := p.clauses()
	p.expectWord("satisfies")
	body := p.exprSingle()
	p.local = p.local[:keep]
	for i := len(list) - 1; i >= 0; i-- {
		body = newQuantified(every, list[i], body)
	}
	return body
}

func (p *parser) varName() string {
	if p.tok.kind != tokName || p.tok.wild {
		p.unexpected()
	}
	name := p.tok.local
	if p.tok.prefix != "" {
		name = "{" + p.namespace(p.tok.prefix, p.tok.at) + "}" + name
	}
	p.advance()
	return name
}

func (p *parser) variable() expr {
	at := p.tok.at
	name := p.varName()
	for i := len(p.local) - 1; i >= 0; i-- {
		if p.local[i].name == name {
			return newVarRef(name, p.local[i].slot)
		}
	}
	b, ok := p.scope.lookup(name)
	if !ok {
		p.refuse(IDVariable, "XPST0008", at, "variable non déclarée : $%s", "undeclared variable: $%s", name)
	}
	if b.value != nil {
		return newLiteral(stringItem(*b.value))
	}
	return newVarRef(name, b.slot)
}

// namespace gives the URI of a prefix.
func (p *parser) namespace(prefix string, at int) string {
	if uri, ok := p.scope.Namespaces[prefix]; ok {
		return uri
	}
	switch prefix {
	case "xml":
		return nsXML
	case "xs", "xsd":
		return nsSchema
	case "fn":
		return nsFunctions
	}
	p.refuse(IDPrefix, "XPST0081", at, "préfixe non déclaré : %s", "undeclared prefix: %s", prefix)
	return ""
}

const (
	nsXML       = "http://www.w3.org/XML/1998/namespace"
	nsSchema    = "http://www.w3.org/2001/XMLSchema"
	nsFunctions = "http://www.w3.org/2005/xpath-functions"
)

func quoteTo(b *strings.Builder, s string) {
	b.WriteByte('\'')
	b.WriteString(strings.ReplaceAll(s, "'", "''"))
	b.WriteByte('\'')
}
