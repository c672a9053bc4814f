package courriel

import (
	"strings"
	"unicode/utf8"
)

// charset is the closed list of those that are decoded.
type charset int

const (
	charsetUnknown charset = iota
	charsetASCII
	charsetUTF8
	charsetWindows1252 // ISO-8859-1 is read as its superset: nobody means the C1 controls
	charsetLatin9
)

var charsets = map[string]charset{
	"us-ascii": charsetASCII, "ascii": charsetASCII, "ansi_x3.4-1968": charsetASCII, "iso646-us": charsetASCII,
	"utf-8": charsetUTF8, "utf8": charsetUTF8, "unicode-1-1-utf-8": charsetUTF8,
	"iso-8859-1": charsetWindows1252, "iso8859-1": charsetWindows1252, "iso_8859-1": charsetWindows1252, "latin1": charsetWindows1252, "l1": charsetWindows1252,
	"windows-1252": charsetWindows1252, "cp1252": charsetWindows1252, "cp-1252": charsetWindows1252, "x-cp1252": charsetWindows1252,
	"iso-8859-15": charsetLatin9, "iso8859-15": charsetLatin9, "iso_8859-15": charsetLatin9, "latin9": charsetLatin9, "latin-9": charsetLatin9, "l9": charsetLatin9,
}

func charsetOf(name string) charset {
	return charsets[strings.ToLower(strings.Trim(name, " \t'\""))]
}

// windows1252 gives the bytes 0x80 to 0x9F; the five holes are the control characters, as browsers do.
var windows1252 = [32]rune{
	0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
}

// latin9 gives the eight bytes in which ISO-8859-15 is not ISO-8859-1.
var latin9 = map[byte]rune{0xA4: 0x20AC, 0xA6: 0x0160, 0xA8: 0x0161, 0xB4: 0x017D, 0xB8: 0x017E, 0xBC: 0x0152, 0xBD: 0x0153, 0xBE: 0x0178}

// decodeCharset gives the text in valid UTF-8.
func decodeCharset(b []byte, c charset) string {
	if isASCII(b) {
		return string(b)
	}
	switch c {
	case charsetWindows1252:
		return from1252(b)
	case charsetLatin9:
		var out strings.Builder
		out.Grow(len(b) + len(b)/8)
		for _, x := range b {
			if r, other := latin9[x]; other {
				out.WriteRune(r)
			} else {
				out.WriteRune(rune(x))
			}
		}
		return out.String()
	case charsetASCII:
		// Eight-bit text called ASCII is one of the two that software writes without saying so.
		return toUTF8(string(b))
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// toUTF8 keeps text that is valid UTF-8 and reads the rest as Windows-1252.
func toUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return from1252([]byte(s))
}

func from1252(b []byte) string {
	var out strings.Builder
	out.Grow(len(b) + len(b)/8)
	for _, x := range b {
		switch {
		case x >= 0x80 && x < 0xA0:
			out.WriteRune(windows1252[x-0x80])
		default:
			out.WriteRune(rune(x))
		}
	}
	return out.String()
}

func isASCII[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// plainLine takes the control characters out of a text that stays on one line, and the marks that
// turn the direction of writing around: both are used to show one thing and mean another.
func plainLine(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= ' ' && s[i] < 0x7F
	}
	if clean {
		return s
	}
	return strings.Map(func(c rune) rune {
		switch {
		case c < ' ', c == 0x7F, c >= 0x80 && c < 0xA0, c == 0x2028, c == 0x2029:
			return ' '
		case c >= 0x202A && c <= 0x202E, c >= 0x2066 && c <= 0x2069, c == 0x200E, c == 0x200F, c == 0xFEFF:
			return -1
		}
		return c
	}, s)
}
