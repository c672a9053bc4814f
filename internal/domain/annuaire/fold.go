package annuaire

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// marks are the letters of Latin scripts that are another letter with a mark.
var marks = func() map[rune]string {
	m := map[rune]string{'œ': "oe", 'æ': "ae", 'ß': "ss", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'þ': "th", 'ı': "i"}
	for bare, list := range map[string]string{"a": "àáâãäåāăą", "c": "çćĉċč", "d": "ď", "e": "èéêëēĕėęě", "g": "ĝğġģ", "h": "ĥħ", "i": "ìíîïĩīĭį",
		"j": "ĵ", "k": "ķ", "l": "ĺļľŀ", "n": "ñńņňŉ", "o": "òóôõöōŏő", "r": "ŕŗř", "s": "śŝşšș", "t": "ţťŧț", "u": "ùúûüũūŭůűų", "w": "ŵ", "y": "ýÿŷ", "z": "źżž"} {
		for _, r := range list {
			m[r] = bare
		}
	}
	return m
}()

// fold takes away what a search does not look at: capitals, accents, and punctuation, which
// becomes one blank: "D'Été-Noël" is "d ete noel".
// spec: FHIR R4 search#string
func fold(s string) string {
	plain := true
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == ' ' && i > 0 && s[i-1] != ' ') {
			plain = false
			break
		}
	}
	if plain && !strings.HasSuffix(s, " ") {
		return s
	}
	out := make([]byte, 0, len(s))
	blank := false
	for _, r := range s {
		word := ""
		switch {
		case r < utf8.RuneSelf:
			c := byte(r)
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '@' || c == '.' && len(out) > 0 && !blank {
				if blank && len(out) > 0 {
					out = append(out, ' ')
				}
				blank = false
				out = append(out, c)
				continue
			}
			blank = true
			continue
		default:
			r = unicode.ToLower(r)
			if unicode.Is(unicode.Mn, r) {
				continue // a combining accent
			}
			if word = marks[r]; word == "" {
				if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
					blank = true
					continue
				}
				word = string(r)
			}
		}
		if blank && len(out) > 0 {
			out = append(out, ' ')
		}
		blank = false
		out = append(out, word...)
	}
	return string(out)
}
