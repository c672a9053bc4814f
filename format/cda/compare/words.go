package compare

import "strings"

var bare = func() map[rune]string {
	out := map[rune]string{'œ': "oe", 'æ': "ae", 'ß': "ss", '’': "'", '\u00a0': " ", '\u202f': " "}
	for base, list := range map[string]string{"a": "àáâãäå", "c": "ç", "e": "èéêë", "i": "ìíîï", "n": "ñ", "o": "òóôõö", "u": "ùúûü", "y": "ýÿ"} {
		for _, c := range list {
			out[c] = base
		}
	}
	return out
}()

// fold writes a text without accents, capitals and doubled blanks.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	blank := true
	for _, c := range strings.ToLower(s) {
		if c >= 0x300 && c < 0x370 {
			continue // an accent of its own
		}
		t := string(c)
		if plain, ok := bare[c]; ok {
			t = plain
		}
		if t == " " || t == "\n" || t == "\t" || t == "\r" {
			if !blank {
				b.WriteByte(' ')
			}
			blank = true
			continue
		}
		blank = false
		b.WriteString(t)
	}
	return strings.TrimRight(b.String(), " ")
}

// meaningful gives the words that carry meaning, cut to their stem.
func meaningful(folded string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(folded, func(c rune) bool { return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9') }) {
		if len(w) >= 4 && !(w[0] >= '0' && w[0] <= '9') {
			out = append(out, w[:min(len(w), 6)])
		}
	}
	return out
}

// shared tells how many meaningful words of a stand in b, of how many.
func shared(a, b string) (n, of int) {
	for _, w := range meaningful(a) {
		of++
		if strings.Contains(b, w) {
			n++
		}
	}
	return n, of
}

// word tells whether a whole word stands in a folded text.
func word(text string, words ...string) bool {
	for _, f := range strings.FieldsFunc(text, func(c rune) bool { return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c > 127) }) {
		for _, w := range words {
			if f == w {
				return true
			}
		}
	}
	return false
}

// opposite tells whether one text affirms what the other denies.
func opposite(a, b string) bool {
	short := func(s, answer string) bool { return s == answer || strings.HasPrefix(s, answer+",") }
	yes := func(s string) bool {
		return short(s, "oui") || word(s, "positif", "positive", "positifs", "positives", "present", "presente", "presence")
	}
	no := func(s string) bool {
		return short(s, "non") || word(s, "negatif", "negative", "negatifs", "negatives", "absent", "absente", "absence", "aucun", "aucune")
	}
	return yes(a) && !no(a) && no(b) && !yes(b) || no(a) && !yes(a) && yes(b) && !no(b)
}

// flags gives how people write the flags of results, folded: whole words and signs.
var flags = map[string][2][]string{
	"H": {{"h", "hh", "eleve", "elevee", "haut", "haute", "augmente", "augmentee", "high", "superieur", "superieure"}, {"↑", "+", "*", "⇑", "▲", ">"}},
	"L": {{"l", "ll", "bas", "basse", "diminue", "diminuee", "low", "inferieur", "inferieure", "faible"}, {"↓", "*", "⇓", "▼", "<"}},
	"A": {{"a", "aa", "anormal", "anormale", "abnormal", "positif", "positive"}, {"*", "!"}},
	"R": {{"r", "resistant", "resistance"}, nil}, "S": {{"s", "sensible", "susceptible"}, nil}, "I": {{"i", "intermediaire"}, nil},
	"POS": {{"positif", "positive", "pos"}, {"+"}}, "NEG": {{"negatif", "negative", "neg"}, nil}, "N": {{"n", "normal", "normale"}, nil},
}

var sameFlag = map[string]string{"HH": "H", "HU": "H", "HX": "H", ">": "H", "LL": "L", "LU": "L", "LX": "L", "<": "L", "AA": "A"}

// against are the flags that deny each other.
var against = map[string][]string{"H": {"L", "N"}, "L": {"H", "N"}, "R": {"S"}, "S": {"R"}, "POS": {"NEG"}, "NEG": {"POS"}, "N": {"H", "L"}}
