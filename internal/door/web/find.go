package web

import (
	"strings"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Bounds of a search inside a record.
const (
	maxQuery      = 200
	excerptBefore = 60
	excerptAfter  = 140
)

// fold gives the words of a search, without case nor accents.
func fold(s string) []string {
	if len(s) > maxQuery {
		s = s[:maxQuery]
	}
	return strings.Fields(ins.Comparable(strings.ToValidUTF8(s, "")))
}

// matches tells whether every word begins a word of the title, source or text of a document.
func matches(l *line, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := " " + ins.Comparable(l.Title+" "+l.Sub+" "+l.KindWord+" "+l.Source+" "+l.Says+" "+l.Digest.Text)
	for _, w := range words {
		if !strings.Contains(text, " "+w) && !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// excerpt gives the words around the first place where a search matches.
func excerpt(text string, words []string) string {
	text = strings.Join(strings.Fields(text), " ")
	flat := flatten(text)
	at := -1
	for _, w := range words {
		if i := strings.Index(flat, w); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if at < 0 {
		return ""
	}
	runes := []rune(text)
	from, to := max(0, at-excerptBefore), min(len(runes), at+excerptAfter)
	out := string(runes[from:to])
	if from > 0 {
		out = "… " + out
	}
	if to < len(runes) {
		out += " …"
	}
	return out
}

// flatten folds a text rune by rune, so that places are the same in both: one byte for a rune.
func flatten(s string) string {
	b := make([]byte, 0, utf8.RuneCountInString(s))
	for _, c := range s {
		f := ins.Normalise(string(c))
		if len(f) > 0 && f[0] < utf8.RuneSelf {
			b = append(b, f[0])
			continue
		}
		b = append(b, ' ')
	}
	return string(b)
}

// typeWords says in everyday words what a document is.
func typeWords(lang string, e *xds.DocumentEntry) string { return nos.TypeLabel(e.Type.Code).In(lang) }
