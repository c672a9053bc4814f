package finding

import "strings"

// maxWord is how much of a word is looked at: it may come from outside, names are short.
const maxWord = 128

// Nearest gives the known word that needs the fewest changes; capitals do not count.
func Nearest(word string, known []string) string {
	word = strings.ToLower(word[:min(len(word), maxWord)])
	best, least := "", 1<<30
	for _, k := range known {
		if d := distance(word, strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost++
			}
			diag = row[j]
			row[j] = min(row[j]+1, row[j-1]+1, cost)
		}
	}
	return row[len(b)]
}
