package imap

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// AppendQuoted writes a string between quotes when it may stand there, as a literal otherwise.
// Octets above 127 travel in literals, which IMAP4rev1 allows.
func AppendQuoted(b []byte, v string) []byte {
	quotable := len(v) <= 1000
	for i := 0; quotable && i < len(v); i++ {
		c := v[i]
		quotable = c != 0 && c != '\r' && c != '\n' && c < 0x80
	}
	if !quotable {
		return AppendLiteral(b, []byte(v))
	}
	b = append(b, '"')
	for i := 0; i < len(v); i++ {
		if v[i] == '"' || v[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, v[i])
	}
	return append(b, '"')
}

// AppendNString writes NIL for an absent string.
func AppendNString(b []byte, v string, has bool) []byte {
	if !has {
		return append(b, "NIL"...)
	}
	return AppendQuoted(b, v)
}

// AppendAString writes an atom when the string is one.
func AppendAString(b []byte, v string) []byte {
	if v == "" || len(v) > 100 || strings.EqualFold(v, "NIL") {
		return AppendQuoted(b, v)
	}
	for i := 0; i < len(v); i++ {
		if !isAtom(v[i]) {
			return AppendQuoted(b, v)
		}
	}
	return append(b, v...)
}

// AppendLiteral writes {n} and the octets.
func AppendLiteral(b []byte, v []byte) []byte {
	b = AppendLiteralHead(b, len(v))
	return append(b, Clean(v)...)
}

// Clean gives the octets as a literal may carry them: NUL, which it may not, becomes 0x80, so that
// sizes and offsets stay those of the message. Octets without NUL come back as they are.
// spec: RFC 3501 4.3.1
func Clean(v []byte) []byte {
	if bytes.IndexByte(v, 0) < 0 {
		return v
	}
	return bytes.ReplaceAll(v, []byte{0}, []byte{0x80})
}

// AppendLiteralHead writes {n} CRLF, for octets that are written apart.
func AppendLiteralHead(b []byte, n int) []byte {
	b = append(b, '{')
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, '}', '\r', '\n')
}

// AppendMailbox writes a mailbox name, encoded.
func AppendMailbox(b []byte, name string) []byte { return AppendAString(b, EncodeName(name)) }

// AppendFlags writes ( flag SP flag … ).
func AppendFlags(b []byte, flags []string) []byte {
	b = append(b, '(')
	for i, f := range flags {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, f...)
	}
	return append(b, ')')
}

// AppendDateTime writes an internal date between quotes.
func AppendDateTime(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.AppendFormat(b, dateTime)
	return append(b, '"')
}

// AppendText writes the human part of an answer: ASCII, on one line, never empty. Accents lose their mark.
// spec: RFC 3501 9 resp-text
func AppendText(b []byte, text string) []byte {
	start := len(b)
	for _, r := range text {
		switch {
		case r >= ' ' && r < 0x7f:
			b = append(b, byte(r))
		case r < ' ' || r == 0x7f:
			b = append(b, ' ')
		default:
			if plain, ok := unmarked[r]; ok {
				b = append(b, plain...)
			} else {
				b = append(b, '?')
			}
		}
	}
	if len(b) == start {
		b = append(b, '.')
	}
	if b[start] == '[' { // would be read as a response code
		b[start] = '('
	}
	return b
}

// unmarked are the characters of French sentences in ASCII.
var unmarked = map[rune]string{
	'à': "a", 'â': "a", 'ä': "a", 'ç': "c", 'é': "e", 'è': "e", 'ê': "e", 'ë': "e", 'î': "i", 'ï': "i", 'ô': "o", 'ö': "o",
	'ù': "u", 'û': "u", 'ü': "u", 'ÿ': "y", 'œ': "oe", 'æ': "ae", 'À': "A", 'Â': "A", 'Ç': "C", 'É': "E", 'È': "E", 'Ê': "E", 'Ô': "O", 'Œ': "OE",
	'’': "'", '‘': "'", '«': "\"", '»': "\"", '“': "\"", '”': "\"", '–': "-", '—': "-", '…': "...", '\u00a0': " ", '\u202f': " ", '≤': "<=", '≥': ">=",
}

// AppendStatus writes a status response: the tag ("*" for none), OK, NO, BAD or BYE, a response code
// without its brackets (empty for none), and the text.
func AppendStatus(b []byte, tag, status, code, text string) []byte {
	b = append(b, tag...)
	b = append(b, ' ')
	b = append(b, status...)
	b = append(b, ' ')
	if code != "" {
		b = append(b, '[')
		b = append(b, code...)
		b = append(b, "] "...)
	}
	b = AppendText(b, text)
	return append(b, '\r', '\n')
}
