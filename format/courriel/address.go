package courriel

import "strings"

// Address is a mailbox. Local is the meaning of the local part, without quotes; Domain is as
// written, in brackets when it is a literal.
type Address struct{ Name, Local, Domain string }

// Addresses gives the mailboxes of every field of that name, in order. It is lenient: groups are
// flattened, routes dropped, names decoded, comments left out (a comment names a mailbox that has no
// name). A word without @ is a Local without Domain.
func (h Header) Addresses(name string) []Address {
	var out []Address
	for i := range h {
		if len(h[i].Name) == len(name) && strings.EqualFold(h[i].Name, name) {
			out = appendAddresses(out, h[i].Value())
		}
	}
	return out
}

// ParseAddresses reads a list of mailboxes as it stands in a header field, leniently.
// spec: RFC 5322 3.4
func ParseAddresses(s string) []Address { return appendAddresses(nil, s) }

// lexeme is a word of an address list.
type lexeme struct {
	text  string
	kind  lexemeKind
	space bool // blank before it
}

type lexemeKind byte

const (
	lexAtom lexemeKind = iota
	lexQuoted
	lexLiteral // [192.0.2.1]
	lexAt
	lexDot
)

// addressReader reads one list.
type addressReader struct {
	s       string
	out     []Address
	words   []lexeme // before the angle, or the whole of an address without
	angle   []lexeme // between < and >
	inAngle bool
	angled  bool
	comment string
}

func appendAddresses(out []Address, s string) []Address {
	a := addressReader{s: toUTF8(s), out: out}
	a.run()
	return a.out
}

func (a *addressReader) run() {
	space := false
	for a.s != "" {
		c := a.s[0]
		kind, text, n := lexAtom, "", 1
		switch c {
		case ' ', '\t', '\r', '\n':
			space = true
			a.s = a.s[1:]
			continue
		case '(':
			text, n = comment(a.s)
			a.comment, a.s, space = text, a.s[n:], true
			continue
		case ',', ';':
			if !a.inAngle || len(a.angle) == 0 || a.angle[0].kind != lexAt { // not a route
				a.flush()
			}
			a.s, space = a.s[1:], false
			continue
		case ':':
			if !a.inAngle { // a group begins: its name is dropped
				a.words = a.words[:0]
			} else { // the end of a route
				a.angle = a.angle[:0]
			}
			a.s, space = a.s[1:], false
			continue
		case '<':
			a.inAngle, a.angled, a.angle = true, true, a.angle[:0]
			a.s, space = a.s[1:], false
			continue
		case '>':
			a.inAngle = false
			a.s, space = a.s[1:], true
			continue
		case '"':
			kind = lexQuoted
			text, n = quotedString(a.s)
		case '[':
			if n = strings.IndexByte(a.s, ']') + 1; n == 0 {
				n = len(a.s)
			}
			kind, text = lexLiteral, a.s[:n]
		case '@':
			kind = lexAt
		case '.':
			kind = lexDot
		default:
			n = atomLength(a.s)
			text = a.s[:n]
		}
		l := lexeme{text, kind, space}
		if a.inAngle {
			a.angle = append(a.angle, l)
		} else if !a.angled {
			a.words = append(a.words, l)
		}
		a.s, space = a.s[n:], false
	}
	a.flush()
}

// atomLength measures an atom; an encoded word is one even when it carries commas or brackets.
func atomLength(s string) int {
	if strings.HasPrefix(s, "=?") {
		if _, _, rest, ok := encodedWord(s); ok {
			return len(s) - len(rest)
		}
	}
	n := strings.IndexAny(s, " \t\r\n(),;:<>\"[]@.")
	switch {
	case n < 0:
		return len(s)
	case n == 0:
		return 1 // a lone ] or )
	}
	return n
}

// comment reads a comment; nested ones belong to it.
func comment(s string) (text string, n int) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return s[1:i], i + 1
			}
		}
	}
	return s[1:], len(s)
}

// quotedString reads a quoted string and gives its meaning and its length.
func quotedString(s string) (text string, n int) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return unquote(s[:i+1]), i + 1
		}
	}
	return unquote(s), len(s)
}

// flush makes an address of what was read since the last comma.
func (a *addressReader) flush() {
	var x Address
	switch {
	case a.angled:
		x.Name = phrase(a.words)
		x.Local, x.Domain = spec(a.angle)
	default:
		// Words before the last run without blanks are a name whose angle was forgotten.
		from := 0
		if at := lastAt(a.words); at >= 0 {
			for from = at; from > 0 && !(a.words[from].space && a.words[from].kind == lexAtom && a.words[from-1].kind != lexDot); from-- {
			}
		} else if len(a.words) > 1 && spaced(a.words) {
			from = len(a.words)
		}
		x.Name = phrase(a.words[:from])
		x.Local, x.Domain = spec(a.words[from:])
	}
	if x.Name == "" && a.comment != "" {
		x.Name = strings.TrimSpace(DecodeText(a.comment))
	}
	if x.Local != "" || x.Domain != "" || x.Name != "" && (a.angled || len(a.words) > 0) {
		a.out = append(a.out, x)
	}
	a.words, a.angle, a.inAngle, a.angled, a.comment = a.words[:0], a.angle[:0], false, false, ""
}

func lastAt(words []lexeme) int {
	for i := len(words) - 1; i >= 0; i-- {
		if words[i].kind == lexAt {
			return i
		}
	}
	return -1
}

func spaced(words []lexeme) bool {
	for _, w := range words[1:] {
		if w.space {
			return true
		}
	}
	return false
}

// phrase joins the words of a name and decodes them.
func phrase(words []lexeme) string {
	var out strings.Builder
	for i, w := range words {
		if i > 0 && w.space {
			out.WriteByte(' ')
		}
		out.WriteString(w.spelled())
	}
	return strings.TrimSpace(DecodeText(out.String()))
}

func (l lexeme) spelled() string {
	switch l.kind {
	case lexAt:
		return "@"
	case lexDot:
		return "."
	}
	return l.text
}

// spec joins local@domain at the last @.
func spec(words []lexeme) (local, domain string) {
	at := lastAt(words)
	if at < 0 {
		at = len(words)
	}
	var out strings.Builder
	for i, w := range words {
		if i == at {
			local = out.String()
			out.Reset()
			continue
		}
		out.WriteString(w.spelled())
	}
	if at == len(words) {
		return visible(out.String()), ""
	}
	return visible(local), visible(strings.ReplaceAll(out.String(), " ", ""))
}

// visible drops control characters.
func visible(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7F {
			return strings.ReplaceAll(strings.ReplaceAll(plainLine(strings.ReplaceAll(s, "\x00", "")), "\t", ""), "\u00a0", " ")
		}
	}
	return s
}

// Addr gives local@domain, the local part quoted when it must be.
func (a Address) Addr() string {
	local := a.Local
	if !dotAtom(local) {
		local = quote(local)
	}
	if a.Domain == "" {
		return local
	}
	return local + "@" + a.Domain
}

// String gives the address as it may stand in a header field: the name encoded when it is not
// ASCII, quoted when it must be, and never a line break.
func (a Address) String() string {
	addr := visible(a.Addr())
	name := strings.TrimSpace(plainLine(toUTF8(a.Name)))
	if name == "" {
		return addr
	}
	return phraseValue(name) + " <" + addr + ">"
}

// quote writes a quoted string.
func quote(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			out.WriteByte('\\')
		}
		out.WriteByte(s[i])
	}
	out.WriteByte('"')
	return out.String()
}

// dotAtom accepts a local part that needs no quotes; letters beyond ASCII are let through.
// spec: RFC 5322 3.2.3
func dotAtom(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '.' && !isAtext(s[i]) && s[i] < 0x80 {
			return false
		}
	}
	return true
}

func isAtext(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}
