package pdf

import (
	"strings"
	"unicode/utf8"
)

// font is one of the two.
type font int

const (
	regular font = iota
	bold
)

// windows holds what WinAnsi places between 0x80 and 0x9f.
//
// spec: ISO 32000-1 annex D
var windows = map[rune]byte{
	'€': 0x80, '‚': 0x82, 'ƒ': 0x83, '„': 0x84, '…': 0x85, '†': 0x86, '‡': 0x87, 'ˆ': 0x88, '‰': 0x89, 'Š': 0x8a, '‹': 0x8b, 'Œ': 0x8c, 'Ž': 0x8e,
	'‘': 0x91, '’': 0x92, '“': 0x93, '”': 0x94, '•': 0x95, '–': 0x96, '—': 0x97, '˜': 0x98, '™': 0x99, 'š': 0x9a, '›': 0x9b, 'œ': 0x9c, 'ž': 0x9e, 'Ÿ': 0x9f,
}

// spelled writes in letters what the encoding does not hold.
var spelled = map[rune]string{'≥': ">=", '≤': "<=", '≠': "<>", '≈': "~", '→': "->", '\u202f': "\u00a0", '\u2009': "\u00a0", '‐': "-", '\u2011': "-", '−': "-", 'µ': "\u00b5", 'μ': "\u00b5", '₂': "2", '\t': "    "}

// encode writes a text in WinAnsi; a character that has no place there becomes «?».
func encode(s string) []byte {
	out := make([]byte, 0, len(s))
	for _, c := range s {
		switch {
		case c >= 0x20 && c < 0x7f:
			out = append(out, byte(c))
		case windows[c] != 0:
			out = append(out, windows[c])
		case spelled[c] != "":
			for _, x := range spelled[c] {
				out = append(out, byte(x)) // all below 0x100
			}
		case c >= 0xa0 && c < 0x100:
			out = append(out, byte(c))
		case c == '\n':
			out = append(out, '\n')
		case c < 0x20:
		default:
			out = append(out, '?')
		}
	}
	return out
}

// measure is the width of encoded text, in points.
func measure(s []byte, f font, size float64) float64 {
	n := 0
	for _, c := range s {
		if c >= 0x20 {
			n += int(widths[f][c-0x20])
		}
	}
	return float64(n) * size / 1000
}

// wrap cuts a text into lines no wider than limit, at spaces; a word wider than a line is cut.
func wrap(s string, f font, size, limit float64) []string {
	var out []string
	for _, part := range strings.Split(s, "\n") {
		line, wide := "", 0.0
		for _, word := range strings.FieldsFunc(part, func(c rune) bool { return c == ' ' || c == '\t' }) {
			for measure(encode(word), f, size) > limit {
				if line != "" {
					out, line = append(out, line), ""
				}
				n := fitting(word, f, size, limit)
				out, word = append(out, word[:n]), word[n:]
			}
			w := measure(encode(word), f, size)
			space := measure([]byte{' '}, f, size)
			switch {
			case line == "":
				line, wide = word, w
			case wide+space+w > limit:
				out, line, wide = append(out, line), word, w
			default:
				line, wide = line+" "+word, wide+space+w
			}
		}
		out = append(out, line)
	}
	return out
}

// fitting is how many bytes of a word fit in a line: at least one character.
func fitting(word string, f font, size, limit float64) int {
	for i := range word {
		_, n := utf8.DecodeRuneInString(word[i:])
		if i > 0 && measure(encode(word[:i+n]), f, size) > limit {
			return i
		}
	}
	return len(word)
}
