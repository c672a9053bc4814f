package xpath

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokName
	tokString
	tokInteger
	tokDecimal
	tokDouble
	tokSymbol
)

// token is one lexical unit. A name is kept apart from its prefix; "*" stands for either half
// of a wildcard.
type token struct {
	kind          tokenKind
	text          string // symbol, number as written, or value of a string literal
	prefix, local string // of a name; wild tells "a:*" and "*:a"
	wild          bool
	at, end       int
}

// Bounds of one expression. The longest official rule has 6 kB and nests 12 deep.
const (
	MaxExpressionBytes = 64 << 10
	MaxNesting         = 200
	MaxPathSteps       = 300 // of one path; the longest official one has 14
)

// lexer cuts an expression.
// spec: XPath 2.0 §A.2
type lexer struct {
	src string
	pos int
}

func (l *lexer) fail(at int, fr, en string, args ...any) {
	e := &Error{ID: IDSyntax, Code: "XPST0003", Offset: at, Source: l.src}
	e.Message.FR, e.Message.EN = sprintBoth(fr, en, args...)
	panic(e)
}

func (l *lexer) space() {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			l.pos++
		case strings.HasPrefix(l.src[l.pos:], "(:"):
			l.comment()
		default:
			return
		}
	}
}

// comment passes (: … (: … :) … :).
func (l *lexer) comment() {
	start, depth := l.pos, 0
	for l.pos < len(l.src) {
		switch {
		case strings.HasPrefix(l.src[l.pos:], "(:"):
			depth++
			l.pos += 2
		case strings.HasPrefix(l.src[l.pos:], ":)"):
			depth--
			l.pos += 2
			if depth == 0 {
				return
			}
		default:
			l.pos++
		}
	}
	l.fail(start, "commentaire (: sans fin :)", "comment (: without its end :)")
}

func isNameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }

func isNamePart(r rune) bool {
	return isNameStart(r) || r == '-' || r == '.' || r == 0xB7 || unicode.IsDigit(r) || unicode.Is(unicode.M, r)
}

func (l *lexer) ncname() string {
	start := l.pos
	for l.pos < len(l.src) {
		r, n := utf8.DecodeRuneInString(l.src[l.pos:])
		if l.pos == start && !isNameStart(r) || !isNamePart(r) {
			break
		}
		l.pos += n
	}
	return l.src[start:l.pos]
}

var symbols = []string{"::", "//", "..", "<<", ">>", "<=", ">=", "!=",
	"(", ")", "[", "]", ".", ",", "@", "/", "|", "+", "-", "*", "=", "<", ">", "$", "?"}

func (l *lexer) next() token {
	l.space()
	t := token{at: l.pos}
	if l.pos >= len(l.src) {
		t.end = l.pos
		return t
	}
	c := l.src[l.pos]
	switch {
	case c == '"' || c == '\'':
		t.kind, t.text = tokString, l.str(c)
	case c >= '0' && c <= '9', c == '.' && l.pos+1 < len(l.src) && l.src[l.pos+1] >= '0' && l.src[l.pos+1] <= '9':
		t.kind = l.number()
		t.text = l.src[t.at:l.pos]
	case strings.HasPrefix(l.src[l.pos:], "*:"):
		l.pos += 2
		t.kind, t.wild, t.prefix, t.local = tokName, true, "*", l.ncname()
		if t.local == "" {
			l.fail(t.at, "nom attendu après *:", "name expected after *:")
		}
	default:
		if name := l.ncname(); name != "" {
			t.kind, t.local = tokName, name
			l.qualify(&t)
			break
		}
		for _, s := range symbols {
			if strings.HasPrefix(l.src[l.pos:], s) {
				t.kind, t.text = tokSymbol, s
				l.pos += len(s)
				break
			}
		}
		if t.kind == tokEOF {
			r, _ := utf8.DecodeRuneInString(l.src[l.pos:])
			l.fail(l.pos, "caractère inattendu : %q", "unexpected character: %q", r)
		}
	}
	t.end = l.pos
	return t
}

// qualify reads ":local" or ":*" right after a name; "::" belongs to an axis.
func (l *lexer) qualify(t *token) {
	rest := l.src[l.pos:]
	if len(rest) < 2 || rest[0] != ':' || rest[1] == ':' {
		return
	}
	save := l.pos
	l.pos++
	if rest[1] == '*' {
		l.pos++
		t.prefix, t.local, t.wild = t.local, "*", true
		return
	}
	local := l.ncname()
	if local == "" {
		l.pos = save
		l.fail(save, "nom attendu après « %s: »", "name expected after %s:", t.local)
	}
	t.prefix, t.local = t.local, local
}

func (l *lexer) str(quote byte) string {
	start := l.pos
	l.pos++
	var b strings.Builder
	for {
		i := strings.IndexByte(l.src[l.pos:], quote)
		if i < 0 {
			l.fail(start, "chaîne sans guillemet fermant", "string without its closing quote")
		}
		b.WriteString(l.src[l.pos : l.pos+i])
		l.pos += i + 1
		if l.pos >= len(l.src) || l.src[l.pos] != quote {
			return b.String()
		}
		b.WriteByte(quote)
		l.pos++
	}
}

func (l *lexer) digits() {
	for l.pos < len(l.src) && l.src[l.pos] >= '0' && l.src[l.pos] <= '9' {
		l.pos++
	}
}

func (l *lexer) number() tokenKind {
	start := l.pos
	kind := tokInteger
	l.digits()
	if l.pos < len(l.src) && l.src[l.pos] == '.' && !strings.HasPrefix(l.src[l.pos:], "..") {
		kind = tokDecimal
		l.pos++
		l.digits()
	}
	if l.pos < len(l.src) && (l.src[l.pos] == 'e' || l.src[l.pos] == 'E') {
		kind = tokDouble
		l.pos++
		if l.pos < len(l.src) && (l.src[l.pos] == '+' || l.src[l.pos] == '-') {
			l.pos++
		}
		from := l.pos
		l.digits()
		if l.pos == from {
			l.fail(start, "nombre mal formé : %s", "malformed number: %s", l.src[start:l.pos])
		}
	}
	if r, _ := utf8.DecodeRuneInString(l.src[l.pos:]); l.pos < len(l.src) && isNameStart(r) {
		// spec: XPath 2.0 §A.2.1: a number and a name that follows must be kept apart
		l.fail(start, "un nom suit le nombre sans séparation : %s", "a name follows the number without a separation: %s", l.src[start:l.pos])
	}
	return kind
}
