// Package explain says in plain French and English what an official rule found wrong.
//
// The published Schematron rules of the CI-SIS speak in terse French («doit être présent»), in the
// English of Art-Decor, or not at all. This package reads the test that failed, names the element
// in the words of the field, quotes what the document holds, says what is allowed and what to
// write. Where a test has no words of its own the official message speaks, cleaned, with an
// English rendering by phrases.
//
// Standard: ISO/IEC 19757-3 (Schematron) assertions as ansforge/TestContenuCDA-3-0 writes them.
// Missing on purpose: evaluation (see format/schematron) and the value sets themselves.
// Start with Official.
package explain

import (
	"regexp"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// Said is an assertion that failed, as the rule file and the engine give it.
type Said struct {
	Rule    string // file
	Pattern string
	RuleID  string
	Context string
	Test    string
	Message string // with its value-of and name evaluated
	See     string
	Role    string
	Node    xmltree.Node // the element it failed on; may be absent
	Level   string
}

// Official explains it: what is wrong, how to mend it, what is there and what is expected. None of
// the sentences is ever empty. It never fails, whatever the rule.
func Official(s Said) (message, fix finding.Text, found, expected string) {
	message, fix, found, expected, _ = official(s)
	return message, fix, found, expected
}

// Understood reports whether the test itself could be put into words; otherwise the official
// message speaks alone.
func Understood(s Said) bool {
	_, _, _, _, ok := official(s)
	return ok
}

// maxQuoted bounds what a sentence quotes.
const maxQuoted = 160

func quote(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > maxQuoted {
		return string(r[:maxQuoted]) + "…"
	}
	return string(r)
}

func official(s Said) (message, fix finding.Text, found, expected string, understood bool) {
	plain, french := clean(s.Message)
	where := subject(s)
	e := plainly(s.Node, read(s.Test))
	var want finding.Text
	if e != nil {
		fr, en := voice{fr: true}, voice{}
		want = finding.T(fr.must(e), en.must(e))
		understood = !fr.unknown && want.FR != ""
	}
	if understood {
		found = holds(s.Node, e)
	}
	if isClosed(s.Message) {
		return closed(s, where)
	}
	switch {
	case understood && french:
		message.FR = plain
		message.EN = where.EN + ": expected: " + want.EN + "."
	case understood:
		message.FR = where.FR + " : il est attendu : " + want.FR + "."
		message.EN = where.EN + ": expected: " + want.EN + "."
	case french:
		message = finding.T(plain, english(plain))
	case plain == "":
		message = finding.T(frenchOf("", where), "The official rule is not kept by "+where.EN+".")
	default:
		message = finding.T(frenchOf(plain, where), plain)
	}
	message = finding.T(capital(message.FR), capital(message.EN))
	if found != "" {
		message.FR += " Trouvé : « " + quote(found) + " »."
		message.EN += " Found: “" + quote(found) + "”."
	}
	if understood {
		fix, expected = mend(e, s, where), quote(want.EN)
	} else {
		fix = finding.T("Corriger "+where.FR+" comme le demande la règle : "+message.FR, "Mend "+where.EN+" as the rule asks: "+message.EN)
	}
	return message, fix, found, expected, understood
}

// isClosed tells the rules that only say that an element is not foreseen.
func isClosed(message string) bool { return strings.Contains(message, "is not defined") }

// closed: the element itself is in excess, and the rule lists what it expects.
func closed(s Said, where finding.Text) (message, fix finding.Text, found, expected string, ok bool) {
	name := s.Node.Local()
	if name == "" {
		name = lastStep(s.Context)
	}
	_, list, _ := strings.Cut(s.Message, "Expected in this context:")
	list, _, _ = strings.Cut(list, "(rule-reference")
	var names []string
	for _, w := range strings.FieldsFunc(list, func(r rune) bool { return r == '|' || r == ',' || r == ' ' || r == '\n' || r == '\t' }) {
		w = strings.TrimSpace(w)
		if i := strings.IndexByte(w, '['); i >= 0 {
			w = w[:i]
		}
		if w = local(w); w != "" && w[0] != '\'' && w[0] != '@' && nameStart(w[0]) && len(names) < maxOptions {
			names = append(names, w)
		}
	}
	expected = strings.Join(names, ", ")
	if name == "" {
		name = "?"
	}
	message = finding.Tf("L'élément %s n'est pas prévu ici, ou pas avec ce contenu (%s).", "Element %s is not foreseen here, or not with this content (%s).", name, "%")
	message = finding.T(strings.Replace(message.FR, "%", where.FR, 1), strings.Replace(message.EN, "%", where.EN, 1))
	fix = finding.Tf("Retirer %s, ou vérifier son templateId et son code.", "Remove %s, or check its templateId and its code.", name)
	if expected != "" {
		fix = finding.T(fix.FR+" Prévus à cet endroit : "+expected+".", fix.EN+" Foreseen there: "+expected+".")
	}
	return message, fix, name, expected, true
}

// subject names the element the rule failed on: "le patient (patientRole)".
func subject(s Said) finding.Text {
	name := s.Node.Local()
	if name == "" {
		name = lastStep(s.Context)
	}
	if name == "" {
		if t := contextTemplate(s.Context); t != "" {
			return finding.Tf("l'élément de modèle %s", "the element of template %s", t)
		}
		return finding.T("le document", "the document")
	}
	own := named(name)
	if title := s.Node.Child(cda, "title").Trim(); title != "" && name == "section" {
		return finding.Tf("la section « %s »", "section “%s”", quote(title))
	}
	for n := s.Node.Parent(); n.Exists(); n = n.Parent() {
		if w, ok := words[n.Local()]; ok && roles[n.Local()] && w.FR != own.FR {
			if title := n.Child(cda, "title").Trim(); title != "" && n.Local() == "section" {
				w = finding.Tf("section « %s »", "section “%s”", quote(title))
			}
			return finding.T(own.FR+" ("+name+") – "+w.FR, own.EN+" ("+name+") – "+w.EN)
		}
	}
	return finding.T(own.FR+" ("+name+")", own.EN+" ("+name+")")
}

const cda = "urn:hl7-org:v3"

// templateOf finds the template a context is about: *[templateId/@root="…"].
var templateOf = regexp.MustCompile(`templateId(?:/@root|\[@root)\s*=\s*["']([0-9.]+)["']`)

func contextTemplate(context string) string {
	if m := templateOf.FindStringSubmatch(context); m != nil {
		return m[1]
	}
	return ""
}

func capital(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// lastStep gives the element a context pattern ends on.
func lastStep(context string) string {
	depth, end := 0, len(context)
	for i := len(context) - 1; i >= 0; i-- {
		switch context[i] {
		case ']':
			depth++
		case '[':
			depth--
			if depth == 0 {
				end = i
			}
		case '/', '|', ':':
			if depth == 0 {
				if w := strings.TrimSpace(context[i+1 : end]); w != "" && nameStart(w[0]) {
					return w
				}
			}
		}
	}
	if w := strings.TrimSpace(context[:end]); w != "" && nameStart(w[0]) && !strings.ContainsAny(w, " [](") {
		return local(w)
	}
	return ""
}
