package xpath

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Regular expressions are those of XML Schema with anchors, reluctant quantifiers and flags;
// they are rewritten for Go's engine, which runs in linear time.
// spec: XPath-FO 7.6.1

// maxRegexBytes bounds one regular expression.
const maxRegexBytes = 16 << 10

func compileRegex(pattern, flags string) (out regex) {
	defer func() {
		if v := recover(); v != nil {
			out.bad = caught(v, "")
		}
	}()
	if len(pattern) > maxRegexBytes {
		badRegex(pattern, "trop longue", "too long")
	}
	goFlags, extended := "", false
	for _, f := range flags {
		switch f {
		case 's', 'm', 'i':
			goFlags += string(f)
		case 'x':
			extended = true
		default:
			fail(IDRegex, "FORX0001", "drapeau d'expression régulière inconnu : %q", "unknown flag of a regular expression: %q", f)
		}
	}
	w := regexWriter{src: pattern, extended: extended, ignoreCase: strings.Contains(flags, "i"), single: strings.Contains(flags, "s")}
	if goFlags != "" {
		w.out.WriteString("(?" + goFlags + ")")
	}
	w.all()
	re, err := regexp.Compile(w.out.String())
	if err != nil {
		badRegex(pattern, "mal formée", "malformed")
	}
	out.re = re
	return out
}

func badRegex(pattern, fr, en string) {
	fail(IDRegex, "FORX0002", "expression régulière "+fr+" : %s", "regular expression "+en+": %s", excerpt(pattern))
}

type regexWriter struct {
	src                          string
	at                           int
	out                          strings.Builder
	extended, ignoreCase, single bool
}

// The classes of XML Schema in the words of Go; each stands inside [ ].
const (
	classDigit     = `\p{Nd}`
	classSpace     = ` \t\n\r`
	classNameStart = `\pL_:`
	classNameChar  = `\pL\p{Nd}\pM._:\-\x{B7}`
	classNotWord   = `\pP\pZ\pC`
)

func (w *regexWriter) all() {
	for w.at < len(w.src) {
		c := w.src[w.at]
		switch {
		case c == '\\':
			w.escape(false)
		case c == '[':
			w.at++
			w.out.WriteString(w.class(0).text())
		case c == '.' && !w.single:
			w.at++
			w.out.WriteString(`[^\n\r]`)
		case strings.HasPrefix(w.src[w.at:], "(?:"): // as from XPath 3.0 on
			w.out.WriteString("(?:")
			w.at += 3
		case strings.HasPrefix(w.src[w.at:], "(?"):
			badRegex(w.src, "qui emploie (?", "that uses (?")
		case c == '{':
			w.quantity()
		case w.extended && strings.IndexByte(" \t\n\r", c) >= 0:
			w.at++
		case c == '}' || c == ']':
			badRegex(w.src, "mal formée", "malformed")
		default:
			_, n := utf8.DecodeRuneInString(w.src[w.at:])
			w.out.WriteString(w.src[w.at : w.at+n])
			w.at += n
		}
	}
}

// quantity reads {n}, {n,} or {n,m}.
func (w *regexWriter) quantity() {
	end := strings.IndexByte(w.src[w.at:], '}')
	if end < 0 {
		badRegex(w.src, "mal formée", "malformed")
	}
	text := w.src[w.at : w.at+end+1]
	if strings.Trim(text, "{},0123456789") != "" || !strings.ContainsAny(text, "0123456789") || text[1] == ',' {
		badRegex(w.src, "mal formée", "malformed")
	}
	w.out.WriteString(text)
	w.at += end + 1
}

// escape reads \d, \p{L}, \., …; inside a class it gives what stands between the brackets.
func (w *regexWriter) escape(inside bool) {
	s := w.escaped(inside)
	w.out.WriteString(s)
}

func (w *regexWriter) escaped(inside bool) string {
	if w.at+1 >= len(w.src) {
		badRegex(w.src, "mal formée", "malformed")
	}
	c := w.src[w.at+1]
	w.at += 2
	wrap := func(s string) string {
		if inside {
			return s
		}
		return "[" + s + "]"
	}
	negative := func(s string) string {
		if inside {
			badRegex(w.src, "qui nie une classe dans une autre (non pris en charge)", "that negates a class inside another (not supported)")
		}
		return "[^" + s + "]"
	}
	switch c {
	case 'd':
		return wrap(classDigit)
	case 'D':
		if inside {
			return `\P{Nd}`
		}
		return negative(classDigit)
	case 's':
		return wrap(classSpace)
	case 'S':
		if inside {
			return `\x{0}-\x{8}\x{B}\x{C}\x{E}-\x{1F}\x{21}-\x{10FFFF}`
		}
		return negative(classSpace)
	case 'i':
		return wrap(classNameStart)
	case 'I':
		return negative(classNameStart)
	case 'c':
		return wrap(classNameChar)
	case 'C':
		return negative(classNameChar)
	case 'w':
		if inside {
			return `\pL\pM\pN\pS`
		}
		return "[^" + classNotWord + "]"
	case 'W':
		return wrap(classNotWord)
	case 'p', 'P':
		end := strings.IndexByte(w.src[w.at:], '}')
		if w.at >= len(w.src) || w.src[w.at] != '{' || end < 0 {
			badRegex(w.src, "mal formée", "malformed")
		}
		name := w.src[w.at+1 : w.at+end]
		if strings.HasPrefix(name, "Is") {
			badRegex(w.src, "qui nomme un bloc Unicode (non pris en charge)", "that names a Unicode block (not supported)")
		}
		w.at += end + 1
		return `\` + string(c) + "{" + name + "}"
	case 'n', 'r', 't':
		return `\` + string(c)
	case '\\', '|', '.', '?', '*', '+', '(', ')', '{', '}', '-', '[', ']', '^', '$':
		return `\` + string(c)
	}
	if c >= '1' && c <= '9' {
		badRegex(w.src, "qui emploie une référence arrière (non pris en charge)", "that uses a back-reference (not supported)")
	}
	badRegex(w.src, "à l'échappement inconnu", "with an unknown escape")
	return ""
}

// charClass is what stands between brackets, with what is taken away from it.
type charClass struct {
	negative bool
	items    string
	minus    *charClass
}

// class reads after "[" up to the matching "]".
func (w *regexWriter) class(depth int) *charClass {
	if depth > 8 {
		badRegex(w.src, "trop imbriquée", "nested too deep")
	}
	c := new(charClass)
	if w.at < len(w.src) && w.src[w.at] == '^' {
		c.negative = true
		w.at++
	}
	var b strings.Builder
	for {
		if w.at >= len(w.src) {
			badRegex(w.src, "à la classe non fermée", "with a class that is not closed")
		}
		switch ch := w.src[w.at]; {
		case ch == ']':
			if b.Len() == 0 {
				badRegex(w.src, "à la classe vide", "with an empty class")
			}
			w.at++
			c.items = b.String()
			return c
		case ch == '-' && strings.HasPrefix(w.src[w.at:], "-["):
			w.at += 2
			c.minus = w.class(depth + 1)
			if w.at >= len(w.src) || w.src[w.at] != ']' {
				badRegex(w.src, "mal formée", "malformed")
			}
			w.at++
			c.items = b.String()
			return c
		case ch == '\\':
			b.WriteString(w.escaped(true))
		case ch == '-':
			// a hyphen that is no range is itself
			last := w.at+1 < len(w.src) && w.src[w.at+1] == ']'
			if b.Len() == 0 || last {
				b.WriteString(`\-`)
			} else {
				b.WriteByte('-')
			}
			w.at++
		case ch == '[':
			badRegex(w.src, "avec un crochet dans une classe", "with a bracket inside a class")
		default:
			_, n := utf8.DecodeRuneInString(w.src[w.at:])
			lit := w.src[w.at : w.at+n]
			if lit == "^" || lit == "&" || lit == "~" || lit == ":" {
				lit = `\x{` + hexOf(lit[0]) + `}`
			}
			b.WriteString(lit)
			w.at += n
		}
	}
}

func hexOf(c byte) string {
	const hex = "0123456789ABCDEF"
	return string([]byte{hex[c>>4], hex[c&15]})
}
