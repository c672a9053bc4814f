package embedded

import (
	"strings"
	"unicode"
)

// fold prepares a name for search by its beginning: upper case, without accents, hyphens and
// apostrophes as spaces. RNIV traits are nearly so already; used names are not.
func fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r): // combining accent of a decomposed letter
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		r = unicode.ToUpper(r)
		if plain, ok := accents[r]; ok {
			b.WriteString(plain)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// accents gives the letters without accent that stand for one of Latin-1 or Latin Extended-A.
var accents = func() map[rune]string {
	m := map[rune]string{'Æ': "AE", 'Œ': "OE", 'ẞ': "SS", 'ß': "SS", 'Ø': "O", 'Đ': "D", 'Ð': "D", 'Þ': "TH", 'Ł': "L", 'Ŋ': "N"}
	for plain, list := range map[string]string{
		"A": "ÀÁÂÃÄÅĀĂĄ", "C": "ÇĆĈĊČ", "D": "Ď", "E": "ÈÉÊËĒĔĖĘĚ", "G": "ĜĞĠĢ", "H": "ĤĦ", "I": "ÌÍÎÏĨĪĬĮİ",
		"J": "Ĵ", "K": "Ķ", "L": "ĹĻĽĿ", "N": "ÑŃŅŇ", "O": "ÒÓÔÕÖŌŎŐ", "R": "ŔŖŘ", "S": "ŚŜŞŠȘ", "T": "ŢŤŦȚ",
		"U": "ÙÚÛÜŨŪŬŮŰŲ", "W": "Ŵ", "Y": "ÝŶŸ", "Z": "ŹŻŽ",
	} {
		for _, r := range list {
			m[r] = plain
		}
	}
	return m
}()
