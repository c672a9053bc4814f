package imap

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/finding"
)

// maxShown is how much of a faulty command is quoted back.
const maxShown = 24

// scanner walks over the text of a command. The first fault sticks: what follows reads nothing.
type scanner struct {
	b        []byte
	i        int
	literals [][]byte
	err      *finding.Refusal
}

// fail keeps the first fault, with what was expected and where.
func (s *scanner) fail(expected string) {
	if s.err != nil {
		return
	}
	seen := s.b[min(s.i, len(s.b)):]
	seen = seen[:min(len(seen), maxShown)]
	attendu := expected
	if fr, ok := french[expected]; ok {
		attendu = fr
	}
	s.err = ErrSyntax.Saying(finding.T(fmt.Sprintf("À l'octet %d, devant %q, la grammaire d'IMAP attend : %s.", s.i, asciiOnly(seen), attendu),
		fmt.Sprintf("At octet %d, before %q, the grammar of IMAP expects: %s.", s.i, asciiOnly(seen), expected)))
}

// french are the words of fail; those that are only names of the protocol stay as they are.
var french = map[string]string{
	"a space": "une espace", "a word": "un mot", "an atom": "un atome", "a string": "une chaîne", "the end of the command": "la fin de la commande",
	"the closing quote": "le guillemet fermant", "a string in UTF-8": "une chaîne en UTF-8", "a quoted string on one line": "une chaîne sur une ligne",
	"a literal": "un littéral", "a literal without NUL": "un littéral sans NUL", "a number": "un nombre", "a number below 2^32": "un nombre inférieur à 2^32",
	"a number from 1, or *": "un nombre à partir de 1, ou *", "a tag": "une étiquette", "a response in base64": "une réponse en base64",
	"a status item": "un élément de STATUS", "the message as a literal": "le message en littéral", "a FETCH item": "un élément de FETCH",
	"a number of octets from 1": "un nombre d'octets à partir de 1", "a part number": "un numéro de partie", "a header field name": "un nom de champ d'en-tête",
	"a part number before MIME": "un numéro de partie avant MIME", "a mailbox name or pattern": "un nom ou motif de dossier", "a search key": "un critère de SEARCH",
	"a date such as 12-Jan-2026": "une date telle que 12-Jan-2026", "priv, shared or all": "priv, shared ou all",
}

func (s *scanner) refuse(r *finding.Refusal) {
	if s.err == nil {
		s.err = r
	}
}

func (s *scanner) end() bool { return s.i >= len(s.b) }

func (s *scanner) peek() byte {
	if s.err != nil || s.end() {
		return 0
	}
	return s.b[s.i]
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.end() {
		return false
	}
	s.i++
	return true
}

func (s *scanner) need(c byte) {
	if !s.take(c) {
		s.fail(strconv.Quote(string(rune(c))))
	}
}

// space is one blank; some clients write two.
func (s *scanner) space() {
	if !s.take(' ') {
		s.fail("a space")
	}
	for s.take(' ') {
	}
}

// more reports whether another argument follows.
func (s *scanner) more() bool {
	if s.err != nil {
		return false
	}
	rest := s.b[s.i:]
	return len(bytes.TrimLeft(rest, " ")) > 0
}

func (s *scanner) finish() {
	if s.more() {
		s.fail("the end of the command")
	}
}

func (s *scanner) while(allowed func(byte) bool) string {
	if s.err != nil {
		return ""
	}
	start := s.i
	for s.i < len(s.b) && allowed(s.b[s.i]) {
		s.i++
	}
	return string(s.b[start:s.i])
}

// isAtom is ATOM-CHAR.
func isAtom(c byte) bool {
	return c > ' ' && c < 0x7f && c != '(' && c != ')' && c != '{' && c != '%' && c != '*' && c != '"' && c != '\\' && c != ']'
}

func isAString(c byte) bool { return isAtom(c) || c == ']' }

// isListed is list-char; 8-bit octets are taken too, which clients send for accents against the rule.
func isListed(c byte) bool { return isAString(c) || c == '%' || c == '*' || c >= 0x80 }

func isWord(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '='
}

// word is a keyword of the protocol, in capitals.
func (s *scanner) word() string {
	w := s.while(isWord)
	if w == "" {
		s.fail("a word")
	}
	return strings.ToUpper(w)
}

func (s *scanner) atom() string {
	a := s.while(isAtom)
	if a == "" {
		s.fail("an atom")
	}
	return a
}

// astring is an atom, a quoted string or a literal.
func (s *scanner) astring() string {
	switch s.peek() {
	case '"', '{':
		return s.str()
	}
	a := s.while(func(c byte) bool { return isAString(c) || c >= 0x80 })
	if a == "" || !utf8.ValidString(a) {
		s.fail("a string")
	}
	return a
}

// str is a quoted string or a literal.
func (s *scanner) str() string {
	switch s.peek() {
	case '"':
		return s.quoted()
	case '{':
		b := s.literal()
		if bytes.IndexByte(b, 0) >= 0 {
			s.fail("a literal without NUL")
			return ""
		}
		return string(b)
	}
	s.fail("a string")
	return ""
}

func (s *scanner) quoted() string {
	s.need('"')
	var out []byte
	for s.err == nil {
		if s.end() {
			s.fail("the closing quote")
			return ""
		}
		c := s.b[s.i]
		s.i++
		switch c {
		case '"':
			if !utf8.Valid(out) {
				s.fail("a string in UTF-8")
				return ""
			}
			return string(out)
		case '\\':
			if c = s.peek(); c != '"' && c != '\\' {
				s.fail(`\" or \\`)
				return ""
			}
			s.i++
		case 0, '\r', '\n':
			s.fail("a quoted string on one line")
			return ""
		}
		out = append(out, c)
	}
	return ""
}

// literal takes the next literal: the reader has kept its octets aside.
func (s *scanner) literal() []byte {
	s.need('{')
	s.while(func(c byte) bool { return c >= '0' && c <= '9' || c == '+' })
	s.need('}')
	s.need('\r')
	s.need('\n')
	if s.err != nil || len(s.literals) == 0 {
		s.fail("a literal")
		return nil
	}
	b := s.literals[0]
	s.literals = s.literals[1:]
	return b
}

func (s *scanner) number64() uint64 {
	d := s.while(func(c byte) bool { return c >= '0' && c <= '9' })
	n, err := strconv.ParseUint(d, 10, 63) // spec: RFC 7162 7 mod-sequences are 63 bits
	if err != nil {
		s.fail("a number")
	}
	return n
}

func (s *scanner) number() uint32 {
	n := s.number64()
	if n > math.MaxUint32 {
		s.fail("a number below 2^32")
		return 0
	}
	return uint32(n)
}

// mailbox is a mailbox name, decoded.
func (s *scanner) mailbox() string {
	name, err := DecodeName(s.astring())
	if err != nil {
		s.refuse(ErrName)
	}
	if s.err == nil && (name == "" || len(name) > maxName) {
		s.refuse(ErrName)
	}
	return name
}

// list reads ( item SP item … ), calling item at the first octet of each.
func (s *scanner) list(limit int, item func()) {
	s.need('(')
	for s.take(' ') {
	}
	for n := 0; s.err == nil && !s.take(')'); n++ {
		if n == limit {
			s.refuse(ErrNested)
			return
		}
		if n > 0 {
			s.space()
			if s.take(')') {
				return
			}
		}
		item()
	}
}

// asciiOnly makes octets fit to be quoted in an answer.
func asciiOnly(b []byte) string {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c < ' ' || c >= 0x7f {
			c = '?'
		}
		out = append(out, c)
	}
	return string(out)
}
