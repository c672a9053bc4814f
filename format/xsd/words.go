package xsd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// shown bounds what is quoted of a document, and listed what is enumerated of a schema.
const (
	shown  = 80
	listed = 12
)

func quote(v string) string {
	r := []rune(v)
	if len(r) > shown {
		return string(r[:shown]) + "…"
	}
	return v
}

func (v *run) report(x Violation) {
	if v.full() {
		return
	}
	x.Count = max(x.Count, 1)
	if x.Also != "" && x.Count == 1 {
		x.Count = 2
	}
	if x.Place == (finding.Place{}) {
		x.Place = finding.Place{Offset: x.Node.Offset(), End: x.Node.End()}
		if len(v.out) < described {
			x.Place = x.Node.Place()
		}
	}
	v.out = append(v.out, x)
}

// described is how many violations say their line and path; those after them give their bytes, for
// a path costs the square of a crowded element.
const described = 500

// attrPlace points at an attribute.
func (v *run) attrPlace(n xmltree.Node, a xmltree.Attr) finding.Place {
	if len(v.out) >= described {
		return finding.Place{Offset: a.Offset, End: a.End}
	}
	line, col := n.Doc().Position(a.Offset)
	return finding.Place{Offset: a.Offset, End: a.End, Line: line, Column: col, XPath: n.XPath() + "/@" + attrName(a)}
}

func attrName(a xmltree.Attr) string {
	if a.Prefix != "" {
		return a.Prefix + ":" + a.Local
	}
	return a.Local
}

// join lists words, the first ones when there are many, without saying one twice.
func join(words []string) string {
	var out []string
	for _, w := range words {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	if len(out) > listed {
		return strings.Join(out[:listed], ", ") + fmt.Sprintf("… (%d)", len(out))
	}
	return strings.Join(out, ", ")
}

// allowed lists what may stand in a state of a model.
func (v *run) allowed(n xmltree.Node, st *state) []string {
	var out []string
	for _, s := range st.steps {
		out = append(out, v.named(n, s.space, s.local))
	}
	if len(st.wilds) > 0 {
		out = append(out, "*")
	}
	return out
}

// named gives a name as the document would write it: the prefix in scope when the namespace is
// not that of the element around.
func (v *run) named(n xmltree.Node, space int32, local string) string {
	uri := v.s.spaces[space]
	if uri == n.Space() || uri == "" {
		return local
	}
	for prefix, u := range n.InScope() {
		if u == uri && prefix != "" {
			return prefix + ":" + local
		}
	}
	return "{" + uri + "}" + local
}

func raw(n xmltree.Node) string {
	if p := n.Prefix(); p != "" {
		return p + ":" + n.Local()
	}
	return n.Local()
}

// kinds gives the built-in types in plain words.
var kinds = map[lexis]finding.Text{
	lexAny: finding.T("un texte", "a text"), lexBoolean: finding.T("true ou false", "true or false"),
	lexDecimal: finding.T("un nombre décimal (point et non virgule)", "a decimal number (with a point)"), lexInteger: finding.T("un nombre entier", "a whole number"),
	lexFloat: finding.T("un nombre", "a number"), lexDouble: finding.T("un nombre", "a number"),
	lexDuration: finding.T("une durée (P1Y2M3DT4H)", "a duration (P1Y2M3DT4H)"), lexDateTime: finding.T("une date et heure (2024-01-31T10:00:00)", "a date and time (2024-01-31T10:00:00)"),
	lexTime: finding.T("une heure (10:00:00)", "a time (10:00:00)"), lexDate: finding.T("une date (2024-01-31)", "a date (2024-01-31)"),
	lexYearMonth: finding.T("une année et un mois (2024-01)", "a year and month (2024-01)"), lexYear: finding.T("une année", "a year"),
	lexMonthDay: finding.T("un mois et un jour (--01-31)", "a month and day (--01-31)"), lexDay: finding.T("un jour (---31)", "a day (---31)"), lexMonth: finding.T("un mois (--01)", "a month (--01)"),
	lexHex: finding.T("des octets en hexadécimal", "octets in hexadecimal"), lexBase64: finding.T("des octets en base64", "octets in base64"),
	lexURI: finding.T("une adresse (URI)", "an address (URI)"), lexQName: finding.T("un nom XML avec un préfixe déclaré", "an XML name with a declared prefix"), lexNotation: finding.T("une notation", "a notation"),
	lexNMTOKEN: finding.T("un mot fait de lettres, chiffres, point, tiret, soulignement", "a word of letters, digits, point, hyphen, underscore"),
	lexName:    finding.T("un nom XML", "an XML name"), lexNCName: finding.T("un nom XML sans deux-points, qui commence par une lettre ou un soulignement", "an XML name without colon, starting with a letter or underscore"),
}

// words says what a simple type accepts.
func (s *simple) words() finding.Text {
	switch {
	case s.enum != nil:
		l := join(s.choices)
		return finding.Tf("une des valeurs %s", "one of the values %s", l)
	case s.variety == list:
		w := s.item.words()
		return finding.T("une liste, séparée par des espaces, dont chaque élément est "+w.FR, "a list, separated by spaces, of which each item is "+w.EN)
	case s.variety == union:
		var fr, en []string
		for _, m := range s.members {
			w := m.words()
			fr, en = append(fr, w.FR), append(en, w.EN)
		}
		return finding.T(join(splitOr(fr, " ou ")), join(splitOr(en, " or ")))
	}
	w := kinds[s.lex]
	if len(s.patterns) > 0 {
		p := s.patterns[len(s.patterns)-1].text
		w = finding.Tf("un texte de la forme %s", "a text of the form %s", p)
	}
	if s.hasMinLen && s.minLen > 0 && len(s.patterns) == 0 {
		w = finding.T(w.FR+fmt.Sprintf(" d'au moins %d caractère(s)", s.minLen), w.EN+fmt.Sprintf(" of at least %d character(s)", s.minLen))
	}
	if s.hasMaxLen {
		w = finding.T(w.FR+fmt.Sprintf(", au plus %d caractères", s.maxLen), w.EN+fmt.Sprintf(", at most %d characters", s.maxLen))
	}
	if s.min != nil {
		w = finding.T(w.FR+", au moins "+s.min.text, w.EN+", at least "+s.min.text)
	}
	if s.max != nil {
		w = finding.T(w.FR+", au plus "+s.max.text, w.EN+", at most "+s.max.text)
	}
	return w
}

// splitOr joins alternatives by a word.
func splitOr(ws []string, or string) []string { return []string{strings.Join(slices.Compact(ws), or)} }
