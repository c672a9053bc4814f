package xpath

import (
	"regexp/syntax"
	"strings"
)

// text writes a class for Go's engine, which has no subtraction: ranges are worked out here.
func (c *charClass) text() string {
	if c.minus == nil {
		if c.negative {
			return "[^" + c.items + "]"
		}
		return "[" + c.items + "]"
	}
	return rangesText(c.ranges())
}

// ranges gives the characters of a class as pairs in order.
func (c *charClass) ranges() []rune {
	head := "["
	if c.negative {
		head = "[^"
	}
	re, err := syntax.Parse(head+c.items+"]", syntax.Perl)
	if err != nil {
		badRegex(c.items, "mal formée", "malformed")
	}
	var own []rune
	switch re.Op {
	case syntax.OpCharClass:
		own = re.Rune
	case syntax.OpLiteral:
		own = []rune{re.Rune[0], re.Rune[0]}
	case syntax.OpAnyChar:
		own = []rune{0, 0x10FFFF}
	case syntax.OpAnyCharNotNL:
		own = []rune{0, 9, 11, 0x10FFFF}
	}
	if c.minus == nil {
		return own
	}
	return subtract(own, c.minus.ranges())
}

func subtract(from, minus []rune) []rune {
	var out []rune
	for i := 0; i+1 < len(from); i += 2 {
		lo, hi := from[i], from[i+1]
		for j := 0; j+1 < len(minus) && lo <= hi; j += 2 {
			a, b := minus[j], minus[j+1]
			if b < lo || a > hi {
				continue
			}
			if a > lo {
				out = append(out, lo, a-1)
			}
			lo = b + 1
		}
		if lo <= hi {
			out = append(out, lo, hi)
		}
	}
	return out
}

func rangesText(r []rune) string {
	if len(r) == 0 {
		return `[^\x{0}-\x{10FFFF}]`
	}
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; i+1 < len(r); i += 2 {
		b.WriteString(`\x{` + hexRune(r[i]) + `}-\x{` + hexRune(r[i+1]) + `}`)
	}
	b.WriteByte(']')
	return b.String()
}

func hexRune(c rune) string {
	const hex = "0123456789ABCDEF"
	var out []byte
	for shift := 20; shift >= 0; shift -= 4 {
		out = append(out, hex[c>>shift&15])
	}
	return string(out)
}
