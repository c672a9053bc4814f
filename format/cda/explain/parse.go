package explain

import "strings"

// The test of a rule, read just far enough to be put into words. This is not an evaluator: what
// it does not understand it calls unknown, and the official message speaks instead.

// expr is one node of a test.
type expr struct {
	kind string // or and cmp arith path call text number var if some every for union list unknown
	op   string // of cmp and arith; name of call and var; the text or number itself
	args []*expr
	path []step // of path
	root string // "", "/" or "//"
}

// step is one step of a path.
type step struct {
	axis  string // "" child, "@", "//" descendant, "." self, ".." parent, "self::" and the like
	name  string // local name, or "*"
	base  *expr  // a step that is an expression: call, variable, parenthesis
	preds []*expr
}

// maxTest and maxDepth bound what a rule file may ask for.
const (
	maxTest  = 64 << 10
	maxDepth = 64
)

type reader struct {
	toks  []string
	i     int
	depth int
	bad   bool
}

// read parses a test; nil when it is not understood.
func read(test string) *expr {
	if len(test) > maxTest {
		return nil
	}
	toks, ok := lex(test)
	if !ok {
		return nil
	}
	p := reader{toks: toks}
	e := p.list()
	if p.bad || p.i != len(p.toks) {
		return nil
	}
	return e
}

// lex cuts a test into names, numbers, strings (with their quote in front) and signs.
func lex(s string) (toks []string, ok bool) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '(' && strings.HasPrefix(s[i:], "(:"):
			j := strings.Index(s[i:], ":)")
			if j < 0 {
				return nil, false
			}
			i += j + 2
		case c == '\'' || c == '"':
			j := strings.IndexByte(s[i+1:], c)
			if j < 0 {
				return nil, false
			}
			toks = append(toks, "'"+s[i+1:i+1+j])
			i += j + 2
		case c >= '0' && c <= '9':
			j := i
			for j < len(s) && (s[j] >= '0' && s[j] <= '9' || s[j] == '.') {
				j++
			}
			toks = append(toks, s[i:j])
			i = j
		case nameStart(c):
			j := i
			for j < len(s) && nameByte(s[j]) {
				j++
			}
			if j+1 < len(s) && s[j] == ':' && (nameStart(s[j+1]) || s[j+1] == '*') {
				j++
				for j < len(s) && (nameByte(s[j]) || s[j] == '*') {
					j++
				}
			}
			if strings.HasPrefix(s[j:], "::") {
				j += 2
			}
			toks = append(toks, strings.TrimRight(s[i:j], "."))
			i = j
		default:
			n := 1
			for _, two := range []string{"//", "..", "<=", ">=", "!=", "*:", "<<", ">>"} {
				if strings.HasPrefix(s[i:], two) {
					n = 2
				}
			}
			toks = append(toks, s[i:i+n])
			i += n
		}
	}
	return toks, true
}

func nameStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
func nameByte(c byte) bool { return nameStart(c) || c == '-' || c == '.' || c >= '0' && c <= '9' }

func (p *reader) peek() string {
	if p.i < len(p.toks) {
		return p.toks[p.i]
	}
	return ""
}

func (p *reader) take(t string) bool {
	if p.peek() == t && t != "" {
		p.i++
		return true
	}
	return false
}

func (p *reader) need(t string) {
	if !p.take(t) {
		p.bad = true
	}
}

func (p *reader) list() *expr {
	e := p.or()
	if p.peek() != "," {
		return e
	}
	l := &expr{kind: "list", args: []*expr{e}}
	for !p.bad && p.take(",") {
		l.args = append(l.args, p.or())
	}
	return l
}

func (p *reader) or() *expr {
	if p.depth++; p.depth > maxDepth {
		p.bad = true
	}
	defer func() { p.depth-- }()
	if p.bad {
		return &expr{kind: "unknown"}
	}
	switch p.peek() {
	case "if":
		if p.i+1 < len(p.toks) && p.toks[p.i+1] == "(" {
			return p.cond()
		}
	case "some", "every", "for":
		if p.i+1 < len(p.toks) && p.toks[p.i+1] == "$" {
			return p.each()
		}
	}
	return p.chain("or", func() *expr { return p.chain("and", p.compare) })
}

func (p *reader) chain(word string, next func() *expr) *expr {
	e := next()
	if p.peek() != word {
		return e
	}
	c := &expr{kind: word, args: []*expr{e}}
	for !p.bad && p.take(word) {
		c.args = append(c.args, next())
	}
	return c
}

func (p *reader) cond() *expr {
	p.i++
	p.need("(")
	c := p.list()
	p.need(")")
	p.need("then")
	a := p.or()
	p.need("else")
	return &expr{kind: "if", args: []*expr{c, a, p.or()}}
}

func (p *reader) each() *expr {
	e := &expr{kind: p.peek()}
	p.i++
	for first := true; !p.bad && (first || p.take(",")); first = false {
		p.need("$")
		e.op = p.peek()
		p.i++
		p.need("in")
		e.args = append(e.args, p.or())
	}
	if e.kind == "for" {
		p.need("return")
	} else {
		p.need("satisfies")
	}
	e.args = append(e.args, p.or())
	return e
}

var comparisons = map[string]string{"=": "=", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "eq": "=", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}

func (p *reader) compare() *expr {
	a := p.arith()
	op, ok := comparisons[p.peek()]
	if !ok {
		if p.peek() == "castable" || p.peek() == "instance" || p.peek() == "cast" || p.peek() == "to" {
			p.i++
			if p.peek() == "as" || p.peek() == "of" {
				p.i++
			}
			t := p.peek()
			p.i++
			p.take("?")
			return &expr{kind: "call", op: "castable", args: []*expr{a, {kind: "text", op: t}}}
		}
		return a
	}
	p.i++
	return &expr{kind: "cmp", op: op, args: []*expr{a, p.arith()}}
}

func (p *reader) arith() *expr {
	a := p.union()
	for !p.bad {
		switch t := p.peek(); t {
		case "+", "-", "*", "div", "mod", "idiv":
			p.i++
			a = &expr{kind: "arith", op: t, args: []*expr{a, p.union()}}
		default:
			return a
		}
	}
	return a
}

func (p *reader) union() *expr {
	p.take("-")
	e := p.pathExpr()
	if p.peek() != "|" && p.peek() != "union" {
		return e
	}
	u := &expr{kind: "union", args: []*expr{e}}
	for !p.bad && (p.take("|") || p.take("union")) {
		u.args = append(u.args, p.pathExpr())
	}
	return u
}

func (p *reader) pathExpr() *expr {
	e := &expr{kind: "path"}
	if p.peek() == "/" || p.peek() == "//" {
		e.root = p.peek()
		p.i++
		if p.i == len(p.toks) || p.peek() == ")" {
			return e
		}
	}
	descend := false
	for !p.bad {
		s := p.step()
		if descend && s.axis == "" {
			s.axis = "//"
		}
		e.path = append(e.path, s)
		switch {
		case p.take("/"):
			descend = false
		case p.take("//"):
			descend = true
		default:
			if len(e.path) == 1 && e.root == "" && e.path[0].base != nil && len(e.path[0].preds) == 0 {
				return e.path[0].base
			}
			return e
		}
	}
	return e
}

func (p *reader) step() step {
	var s step
	t := p.peek()
	p.i++
	switch {
	case t == "":
		p.bad = true
	case t == "@":
		s.axis, s.name = "@", local(p.peek())
		p.i++
	case t == "." || t == "..":
		s.axis = t
	case t == "*":
		s.name = "*"
	case t == "*:":
		s.name = p.peek()
		p.i++
	case t == "$":
		s.base = &expr{kind: "var", op: p.peek()}
		p.i++
	case t == "(":
		if p.take(")") {
			s.base = &expr{kind: "list"}
			break
		}
		s.base = p.list()
		p.need(")")
	case t[0] == '\'':
		s.base = &expr{kind: "text", op: t[1:]}
	case t[0] >= '0' && t[0] <= '9':
		s.base = &expr{kind: "number", op: t}
	case strings.HasSuffix(t, "::"):
		s.axis, s.name = t, local(p.peek())
		if t == "attribute::" {
			s.axis = "@"
		}
		p.i++
		if p.take("(") {
			p.need(")")
		}
	case nameStart(t[0]) && p.peek() == "(":
		p.i++
		s.base = &expr{kind: "call", op: local(t)}
		if !p.take(")") {
			l := p.list()
			p.need(")")
			if l.kind == "list" && len(l.args) > 1 {
				s.base.args = l.args
			} else {
				s.base.args = []*expr{l}
			}
		}
	case nameStart(t[0]):
		s.name = local(t)
	default:
		p.bad = true
	}
	for !p.bad && p.take("[") {
		s.preds = append(s.preds, p.list())
		p.need("]")
	}
	return s
}

// local drops the prefix of a name, but for xsi: readers know it.
func local(name string) string {
	if strings.HasPrefix(name, "xsi:") {
		return name
	}
	return name[strings.LastIndexByte(name, ':')+1:]
}
