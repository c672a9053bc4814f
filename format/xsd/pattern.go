package xsd

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxDFA bounds the automaton made of one pattern for ASCII values; a larger one runs as a
// regular expression.
const maxDFA = 512

// pattern is one pattern facet; several in one restriction step are alternatives of one pattern.
type pattern struct {
	text string
	re   *regexp.Regexp
	dfa  [][128]int16 // per state and ASCII byte the next state, -1 none
	ok   []bool       // final states
}

// match tells whether the whole value fits.
func (p *pattern) match(v string) bool {
	if p.dfa == nil {
		return p.re.MatchString(v)
	}
	at := int16(0)
	for i := 0; i < len(v); i++ {
		if v[i] >= 128 {
			return p.re.MatchString(v)
		}
		if at = p.dfa[at][v[i]]; at < 0 {
			return false
		}
	}
	return p.ok[at]
}

// newPattern compiles the alternatives of one step. spec: XSD-2 F
func newPattern(alternatives []string) (*pattern, error) {
	var parts []string
	for _, a := range alternatives {
		if len(a) > MaxPattern {
			return nil, fmt.Errorf("pattern longer than %d characters", MaxPattern)
		}
		t := &translator{in: []rune(a)}
		if err := t.all(); err != nil {
			return nil, fmt.Errorf("pattern %q: %w", a, err)
		}
		parts = append(parts, t.out.String())
	}
	body := "(?:" + strings.Join(parts, "|") + ")"
	re, err := regexp.Compile(`\A` + body + `\z`)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", strings.Join(alternatives, "|"), err)
	}
	p := &pattern{text: strings.Join(alternatives, "|"), re: re}
	p.determine(body)
	return p, nil
}

// determine makes the automaton for ASCII values; it gives up quietly when that grows too large.
func (p *pattern) determine(body string) {
	tree, err := syntax.Parse(body, syntax.Perl)
	if err != nil {
		return
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil || len(prog.Inst) > 1<<12 {
		return
	}
	number := map[string]int16{}
	var sets [][]uint32
	add := func(set []uint32) int16 {
		slices.Sort(set)
		set = slices.Compact(set)
		key := fmt.Sprint(set)
		id, ok := number[key]
		if !ok {
			id = int16(len(sets))
			number[key] = id
			sets = append(sets, set)
		}
		return id
	}
	add(closure(prog, nil, uint32(prog.Start), map[uint32]bool{}))
	var dfa [][128]int16
	var final []bool
	for i := 0; i < len(sets); i++ {
		if len(sets) > maxDFA {
			return
		}
		var row [128]int16
		for c := range row {
			var next []uint32
			seen := map[uint32]bool{}
			for _, pc := range sets[i] {
				if in := &prog.Inst[pc]; isRune(in.Op) && in.MatchRune(rune(c)) {
					next = closure(prog, next, in.Out, seen)
				}
			}
			row[c] = -1
			if len(next) > 0 {
				row[c] = add(next)
			}
		}
		dfa = append(dfa, row)
		final = append(final, slices.ContainsFunc(sets[i], func(pc uint32) bool { return prog.Inst[pc].Op == syntax.InstMatch }))
	}
	p.dfa, p.ok = dfa, final
}

func isRune(op syntax.InstOp) bool {
	return op == syntax.InstRune || op == syntax.InstRune1 || op == syntax.InstRuneAny || op == syntax.InstRuneAnyNotNL
}

// closure adds what can be reached from an instruction without a character.
func closure(p *syntax.Prog, set []uint32, pc uint32, seen map[uint32]bool) []uint32 {
	todo := []uint32{pc}
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch in := &p.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, in.Out, in.Arg)
		case syntax.InstNop, syntax.InstCapture:
			todo = append(todo, in.Out)
		case syntax.InstFail, syntax.InstEmptyWidth: // a pattern has no empty-width assertions
		default:
			set = append(set, pc)
		}
	}
	return set
}

// translator rewrites an XML Schema expression into Go's syntax: there ^ and $ are plain
// characters, classes may be subtracted, and \i, \c, \d, \w, \s mean XML's sets.
type translator struct {
	in  []rune
	at  int
	out strings.Builder
}

func (t *translator) all() error {
	for t.at < len(t.in) {
		c := t.in[t.at]
		switch c {
		case '[':
			t.at++
			set, err := t.class(0)
			if err != nil {
				return err
			}
			t.emit(set)
			continue
		case '.':
			t.out.WriteString(`[^\n\r]`)
		case '\\':
			set, err := t.escape()
			if err != nil {
				return err
			}
			t.emit(set)
			continue
		case '^', '$':
			t.out.WriteString(`\` + string(c))
		case '(':
			t.out.WriteString("(?:")
			if t.at+1 < len(t.in) && t.in[t.at+1] == '?' {
				return fmt.Errorf("( followed by ?")
			}
		case '|', ')':
			t.out.WriteRune(c)
		case '?', '*', '+':
			t.out.WriteRune(c)
			if t.at+1 < len(t.in) && strings.ContainsRune("?*+{", t.in[t.at+1]) {
				return fmt.Errorf("two quantifiers in a row")
			}
		case '{':
			end := slices.Index(t.in[t.at:], '}')
			if end < 0 {
				return fmt.Errorf("{ without }")
			}
			for _, d := range t.in[t.at+1 : t.at+end] {
				if d != ',' && (d < '0' || d > '9') {
					return fmt.Errorf("bad quantity")
				}
			}
			t.out.WriteString(string(t.in[t.at : t.at+end+1]))
			t.at += end
		case ']', '}':
			return fmt.Errorf("%c without its opening", c)
		default:
			t.out.WriteString(regexp.QuoteMeta(string(c)))
		}
		t.at++
	}
	return nil
}

func (t *translator) emit(set runes) {
	t.out.WriteByte('[')
	if len(set) == 0 {
		t.out.WriteString(`^\x00-\x{10FFFF}`)
	}
	for i := 0; i < len(set); i += 2 {
		fmt.Fprintf(&t.out, `\x{%X}-\x{%X}`, set[i], set[i+1])
	}
	t.out.WriteByte(']')
}

// class reads what follows "[".
func (t *translator) class(depth int) (runes, error) {
	if depth > MaxDepth {
		return nil, fmt.Errorf("classes nest too deep")
	}
	var set runes
	negate := false
	if t.at < len(t.in) && t.in[t.at] == '^' {
		negate = true
		t.at++
	}
	for first := true; t.at < len(t.in); first = false {
		c := t.in[t.at]
		switch {
		case c == ']' && !first:
			t.at++
			return t.finish(set, negate), nil
		case c == '-' && t.at+1 < len(t.in) && t.in[t.at+1] == '[':
			t.at += 2
			minus, err := t.class(depth + 1)
			if err != nil {
				return nil, err
			}
			if t.at >= len(t.in) || t.in[t.at] != ']' {
				return nil, fmt.Errorf("a subtraction must end the class")
			}
			t.at++
			return intersect(t.finish(set, negate), invert(minus)), nil
		case c == '[':
			return nil, fmt.Errorf("[ inside a class")
		}
		low, sub, err := t.member()
		if err != nil {
			return nil, err
		}
		if sub != nil {
			set = append(set, sub...)
			continue
		}
		high := low
		if t.at+1 < len(t.in) && t.in[t.at] == '-' && t.in[t.at+1] != ']' && t.in[t.at+1] != '[' {
			t.at++
			if high, sub, err = t.member(); err != nil || sub != nil || high < low {
				return nil, fmt.Errorf("bad range in a class")
			}
		}
		set = append(set, low, high)
	}
	return nil, fmt.Errorf("[ without ]")
}

func (t *translator) finish(set runes, negate bool) runes {
	set = normal(set)
	if negate {
		return invert(set)
	}
	return set
}

// member reads one character or one escape of a class.
func (t *translator) member() (rune, runes, error) {
	c := t.in[t.at]
	if c != '\\' {
		t.at++
		return c, nil, nil
	}
	set, err := t.escape()
	if err != nil {
		return 0, nil, err
	}
	if len(set) == 2 && set[0] == set[1] {
		return set[0], nil, nil
	}
	return 0, set, nil
}

var spaceRunes = runes{'\t', '\n', '\r', '\r', ' ', ' '}

// escape reads from "\" on.
func (t *translator) escape() (runes, error) {
	if t.at+1 >= len(t.in) {
		return nil, fmt.Errorf(`\ at the end`)
	}
	c := t.in[t.at+1]
	t.at += 2
	one := func(r rune) (runes, error) { return runes{r, r}, nil }
	switch c {
	case 'n':
		return one('\n')
	case 'r':
		return one('\r')
	case 't':
		return one('\t')
	case '\\', '|', '.', '-', '^', '?', '*', '+', '{', '}', '(', ')', '[', ']', '$':
		return one(c)
	case 's', 'S':
		return pick(spaceRunes, c == 'S'), nil
	case 'd', 'D':
		return pick(ranges(unicode.Nd), c == 'D'), nil
	case 'w', 'W':
		return pick(normal(append(append(ranges(unicode.P), ranges(unicode.Z)...), ranges(unicode.C)...)), c == 'w'), nil
	case 'i', 'I':
		return pick(nameStart, c == 'I'), nil
	case 'c', 'C':
		return pick(nameRest, c == 'C'), nil
	case 'p', 'P':
		end := slices.Index(t.in[t.at:], '}')
		if end < 2 || t.in[t.at] != '{' {
			return nil, fmt.Errorf(`\%c without {name}`, c)
		}
		name := string(t.in[t.at+1 : t.at+end])
		t.at += end + 1
		table, ok := unicode.Categories[name]
		if !ok {
			return nil, fmt.Errorf(`\p{%s} is not implemented`, name)
		}
		return pick(ranges(table), c == 'P'), nil
	}
	return nil, fmt.Errorf("unknown escape %s", strconv.Quote(`\`+string(c)))
}
