package xpath

import (
	"regexp"
	"strings"
	"sync"
)

// regexCall is matches, replace and tokenize.
// spec: XPath-FO 7.6
type regexCall struct {
	facts
	name  string
	args  []expr
	fixed *regex // compiled beforehand when pattern and flags are literal
}

type regex struct {
	re  *regexp.Regexp
	bad *Error
}

func (p *parser) regexCall(name token, args []expr) expr {
	least, most := 2, 3
	if name.local == "replace" {
		least, most = 3, 4
	}
	if len(args) < least || len(args) > most {
		p.refuse(IDFunction, "XPST0017", name.at, "%s() ne prend pas %d argument(s)", "%s() does not take %d argument(s)", name.local, len(args))
	}
	c := &regexCall{name: name.local, args: args}
	c.add(args...)
	c.static, c.one = stringy, name.local != "tokenize"
	if name.local == "matches" {
		c.static = boolean
	}
	pattern, ok := args[1].(*literal)
	flags := ""
	if len(args) == most {
		f, is := args[most-1].(*literal)
		if is {
			flags = f.item.text()
		}
		ok = ok && is
	}
	if ok && pattern.item.typ == TypeString {
		x := compileRegex(pattern.item.s, flags)
		c.fixed = &x
	}
	return c
}

func (c *regexCall) regexp(r *Run) *regexp.Regexp {
	x := c.fixed
	if x == nil {
		flags := ""
		if i := len(c.args) - 1; c.name == "replace" && i == 3 || c.name != "replace" && i == 2 {
			flags = stringOf(r, c.args[i])
		}
		x = r.lib.regex(stringOf(r, c.args[1]), flags)
	}
	if x.bad != nil {
		panic(x.bad)
	}
	return x.re
}

func (c *regexCall) test(r *Run) bool {
	if c.name != "matches" {
		return testItems(r, c)
	}
	s := stringOf(r, c.args[0])
	r.tick(1 + len(s)/8)
	return c.regexp(r).MatchString(s)
}

func (c *regexCall) push(r *Run, limit int) {
	switch c.name {
	case "matches":
		r.emit(boolItem(c.test(r)))
	case "replace":
		r.emit(stringItem(c.replace(r)))
	default:
		c.tokenize(r)
	}
}

// tokenize cuts a string where the expression matches.
// spec: XPath-FO 7.6.4
func (c *regexCall) tokenize(r *Run) {
	s := stringOf(r, c.args[0])
	if s == "" {
		return
	}
	re := c.regexp(r)
	c.refuseEmpty(re)
	from := 0
	for _, m := range few(re.FindAllStringIndex(s, maxMatches+1)) {
		r.emit(stringItem(s[from:m[0]]))
		from = m[1]
	}
	r.emit(stringItem(s[from:]))
}

// maxMatches bounds the matches of one replace or tokenize.
const maxMatches = 1 << 18

func few(m [][]int) [][]int {
	if len(m) > maxMatches {
		fail(IDLimit, "", "plus de %d occurrences dans une chaîne", "more than %d matches in a string", maxMatches)
	}
	return m
}

func (c *regexCall) refuseEmpty(re *regexp.Regexp) {
	if re.MatchString("") {
		fail(IDRegex, "FORX0003", "l'expression régulière accepte la chaîne vide", "the regular expression matches the empty string")
	}
}

// replace puts a text where the expression matches; $1 is a group, \$ and \\ are themselves.
// spec: XPath-FO 7.6.3
func (c *regexCall) replace(r *Run) string {
	s, re, by := stringOf(r, c.args[0]), c.regexp(r), stringOf(r, c.args[2])
	c.refuseEmpty(re)
	var b strings.Builder
	from := 0
	for _, m := range few(re.FindAllStringSubmatchIndex(s, maxMatches+1)) {
		b.WriteString(s[from:m[0]])
		expand(&b, by, s, m)
		fits(b.Len())
		from = m[1]
	}
	if from == 0 {
		expand(new(strings.Builder), by, "", make([]int, 2*re.NumSubexp()+2)) // a wrong replacement is wrong anyway
	}
	b.WriteString(s[from:])
	r.tick(len(s) + b.Len())
	return b.String()
}

func expand(b *strings.Builder, by, s string, m []int) {
	for i := 0; i < len(by); i++ {
		switch {
		case by[i] == '\\' && i+1 < len(by) && (by[i+1] == '\\' || by[i+1] == '$'):
			i++
			b.WriteByte(by[i])
		case by[i] == '$' && i+1 < len(by) && by[i+1] >= '0' && by[i+1] <= '9':
			i++
			group := int(by[i] - '0')
			for i+1 < len(by) && by[i+1] >= '0' && by[i+1] <= '9' && group*10+int(by[i+1]-'0') < len(m)/2 {
				i++
				group = group*10 + int(by[i]-'0')
			}
			if 2*group+1 < len(m) && m[2*group] >= 0 {
				b.WriteString(s[m[2*group]:m[2*group+1]])
			}
		case by[i] == '\\' || by[i] == '$':
			fail(IDRegex, "FORX0004", "texte de remplacement mal formé : %s", "malformed replacement: %s", excerpt(by))
		default:
			b.WriteByte(by[i])
		}
	}
}

func (c *regexCall) canon(b *strings.Builder) {
	b.WriteString(c.name + "(")
	canonList(b, c.args)
	b.WriteByte(')')
}

// regexes that are not literal are compiled once too, up to a bound.
type regexCache struct {
	mu  sync.Mutex
	all map[[2]string]*regex
}

const maxRegexes = 1000

func (l *Library) regex(pattern, flags string) *regex {
	k := [2]string{pattern, flags}
	l.regexes.mu.Lock()
	defer l.regexes.mu.Unlock()
	if x, ok := l.regexes.all[k]; ok {
		return x
	}
	x := compileRegex(pattern, flags)
	if len(l.regexes.all) < maxRegexes {
		if l.regexes.all == nil {
			l.regexes.all = map[[2]string]*regex{}
		}
		l.regexes.all[[2]string{strings.Clone(pattern), strings.Clone(flags)}] = &x
	}
	return &x
}
