package check

import (
	"fmt"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// spot is where a finding points: an element, or one of its attributes.
type spot struct {
	node  xmltree.Node
	attr  string        // local name; "" is the element
	exact finding.Place // already known
}

// at points at an attribute; when the element does not have it, at the element.
func at(n xmltree.Node, attr string) spot { return spot{node: n, attr: attr} }

// place gives the bytes of the attribute when one is at fault.
func (s spot) place() finding.Place {
	if s.exact.Line > 0 {
		return s.exact
	}
	p := s.node.Place()
	if s.attr == "" {
		return p
	}
	for a := range s.node.Attrs() {
		if a.Local == s.attr {
			p.Offset, p.End = a.Offset, a.End
			p.Line, p.Column = s.node.Doc().Position(a.Offset)
			p.XPath += "/@" + a.Local
			return p
		}
	}
	return p
}

// holder names the one attribute whose value is what was found.
func holder(n xmltree.Node, found string) string {
	name := ""
	for a := range n.Attrs() {
		if a.Value == found {
			if name != "" {
				return ""
			}
			name = a.Local
		}
	}
	return name
}

// aim finds what a path such as "author/time/@value" speaks of, starting at the node it was
// checked on or at the child it names last.
func aim(n xmltree.Node, what string) spot {
	path, attr, ok := strings.Cut(what, "@")
	if !ok || attr == "" || strings.ContainsAny(attr, " ,/='") {
		return spot{node: n}
	}
	if hasAttr(n, attr) {
		return at(n, attr)
	}
	steps := strings.Split(strings.Trim(path, "/"), "/")
	last := steps[len(steps)-1]
	for e := range n.Elements() {
		if e.Local() == last && hasAttr(e, attr) {
			return at(e, attr)
		}
	}
	return spot{node: n}
}

// The sentences most rules use. Each says what to do about this very fault.

func (c *run) missing(n xmltree.Node, what string) {
	if !n.Exists() {
		n = c.d.Root
	}
	c.add(c.rule.Severity, spot{node: n}, "", what, finding.Tf("%s est absent.", "%s is missing.", what),
		finding.Tf("Ajouter %s dans %s (ligne %d).", "Add %s in %s (line %d).", what, n.Local(), n.Line()))
}

func (c *run) bad(n xmltree.Node, what, found, expected string) {
	c.badAs(c.rule.Severity, n, what, found, expected)
}

func (c *run) badAs(s finding.Severity, n xmltree.Node, what, found, expected string) {
	if found == "" {
		c.add(s, aim(n, what), found, expected, both("%s est absent ou vide ; attendu : %s.", "%s is absent or empty; expected: %s.", what, expected),
			both("Renseigner %s avec : %s.", "Fill %s with: %s.", what, expected))
		return
	}
	fix := both("Remplacer « %s » dans %s par : %s.", "Replace “%s” in %s by: %s.", shorten(found), what, expected)
	if h := hint(what, found); !h.IsZero() {
		fix = finding.T(h.FR, h.EN)
	}
	c.add(s, aim(n, what), found, expected, both("%s vaut « %s » ; attendu : %s.", "%s is “%s”; expected: %s.", what, shorten(found), expected), fix)
}

// both is Tf for sentences that end on what is expected, whose French words have an English form.
func both(fr, en string, args ...any) finding.Text {
	t := finding.Tf(fr, en, args...)
	last, _ := args[len(args)-1].(string)
	if e := expectedWords.Replace(last); e != last {
		args[len(args)-1] = e
		t.EN = fmt.Sprintf(en, args...)
	}
	return t
}

// expectedWords are the French words of expected forms.
var expectedWords = strings.NewReplacer("entier", "integer", "AAAAMMJJ", "YYYYMMDD", "AAAA[MM[JJ", "YYYY[MM[DD", "identifiant", "identifier", "libellé", "display name", "texte non vide", "non-empty text",
	"sans @", "without @", ", seul", ", alone", " seul", " alone", "@code et @", "@code and @", ", ou @", ", or @", "LOINC, ou sans attribut avec translation locale", "LOINC, or no attribute and a local translation")

// exactly asks for a number of children: min and max (max < 0 is unbounded).
func (c *run) exactly(n xmltree.Node, what string, got, minimum, maximum int) {
	switch {
	case got < minimum && got == 0:
		c.missing(n, what)
	case got < minimum:
		c.add(c.rule.Severity, spot{node: n}, fmt.Sprint(got), fmt.Sprintf("%d..", minimum), finding.Tf("%s est présent %d fois, il en faut au moins %d.", "%s is present %d times, at least %d needed.", what, got, minimum),
			finding.Tf("Ajouter %d fois %s.", "Add %d more %s.", minimum-got, what))
	case maximum >= 0 && got > maximum:
		c.add(c.rule.Severity, spot{node: n}, fmt.Sprint(got), fmt.Sprintf("..%d", maximum), finding.Tf("%s est présent %d fois, au plus %d est permis.", "%s is present %d times, at most %d allowed.", what, got, maximum),
			finding.Tf("Ne garder que %d %s et retirer le reste.", "Keep %d %s only and remove the rest.", maximum, what))
	}
}
