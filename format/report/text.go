package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

type jsonWriter struct{ w io.Writer }

func (j *jsonWriter) Write(f *File, _ []byte) error {
	enc := json.NewEncoder(j.w)
	enc.SetEscapeHTML(false)
	return enc.Encode(f)
}

func (j *jsonWriter) Close() error { return nil }

type textWriter struct {
	w io.Writer
	o Options
}

func (t *textWriter) Close() error { return nil }

// words of the text and HTML forms.
var words = map[string][2]string{
	"conform": {"conforme", "conform"}, "not": {"non conforme", "not conform"}, "unusable": {"inutilisable", "unusable"},
	"line": {"ligne", "line"}, "errors": {"erreurs", "errors"}, "warnings": {"avertissements", "warnings"}, "rule": {"règle", "rule"},
	"found": {"trouvé", "found"}, "expected": {"attendu", "expected"}, "fix": {"à faire", "to do"}, "title": {"Contrôle de documents", "Document control"},
	"level": {"Niveau", "Level"}, "clean": {"Aucune remarque.", "No finding."}, "truncated": {"Liste coupée : trop de remarques.", "List cut: too many findings."},
	"edition": {"édition", "edition"}, "rules": {"règles", "rules"}, "files": {"fichiers", "files"}, "source": {"extrait", "excerpt"},
	"error": {"erreur", "error"}, "warning": {"avertissement", "warning"}, "info": {"information", "information"}, "own": {"règles propres à Socle seulement", "Socle's own rules only"},
	"xsd": {"schéma CDA", "CDA schema"}, "header": {"en-tête (structuration minimale)", "header (structuration minimale)"}, "ihe": {"modèles IHE", "IHE models"},
	"models": {"modèles CI-SIS", "CI-SIS models"}, "models_ans": {"modèles ANS", "ANS models"}, "kind": {"volet", "kind of document"}, "socle": {"remarques de Socle", "Socle's remarks"},
	"mime": {"forme du message", "form of the message"}, "mssante": {"exigences MSSanté", "MSSanté requirements"}, "xdm": {"archive IHE_XDM", "IHE_XDM archive"},
}

// Word gives a word of reports in a language.
func Word(key, lang string) string {
	w, ok := words[key]
	switch {
	case !ok:
		return key
	case lang == "en":
		return w[1]
	}
	return w[0]
}

// plain takes out what would speak to the terminal: a name in an archive and a value in a document
// may hold anything.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

func (t *textWriter) Write(f *File, _ []byte) error {
	green, red, yellow, dim, off := "", "", "", "", ""
	if t.o.Colour {
		green, red, yellow, dim, off = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
	}
	say := func(key string) string { return Word(key, t.o.Lang) }
	about := f.Kind
	if f.Edition != "" {
		about += " " + f.Edition
	}
	if f.Official != "" {
		about += " · " + f.Official
	}
	about = plain(about)
	name := plain(f.File)
	var b []byte
	switch {
	case f.Unusable != "":
		b = fmt.Appendf(b, "%s%s (%s)%s  %s\n", red, say("unusable"), f.Unusable, off, name)
	case f.Conform:
		b = fmt.Appendf(b, "%s%s%s  %s  %s%s%s\n", green, say("conform"), off, name, dim, about, off)
	default:
		b = fmt.Appendf(b, "%s%s%s  %s  %s%s%s\n", red, say("not"), off, name, dim, about, off)
	}
	for _, x := range f.Findings {
		colour := red
		if x.Severity != "error" {
			colour = yellow
		}
		b = fmt.Appendf(b, "  %s%-7s %s%s", colour, x.Severity, x.ID, off)
		if x.Line > 0 {
			b = fmt.Appendf(b, " %s %d", say("line"), x.Line)
		}
		b = fmt.Appendf(b, "  %s\n", plain(x.Message))
		if x.Fix != "" {
			b = fmt.Appendf(b, "          → %s\n", plain(x.Fix))
		}
		if x.XPath != "" {
			b = fmt.Appendf(b, "          %s%s%s\n", dim, plain(x.XPath), off)
		}
		if x.Rule != "" {
			b = fmt.Appendf(b, "          %s%s%s\n", dim, plain(x.Rule), off)
		}
	}
	if f.Truncated {
		b = fmt.Appendf(b, "  %s\n", say("truncated"))
	}
	_, err := t.w.Write(b)
	return err
}
