package schematron

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// param is one parameter of an abstract pattern.
type param struct{ name, value string }

// expand turns what was read into concrete patterns.
//
// spec: ISO-19757-3 6.3
func (l *loader) expand() {
	for _, p := range l.top {
		switch isA := p.Attr("is-a"); {
		case p.Attr("abstract") == "true":
		case isA == "":
			l.src.Patterns = append(l.src.Patterns, l.pattern(p, p.Attr("id"), nil))
		default:
			l.instance(p, isA)
		}
	}
}

// instance makes the pattern of an is-a. Parameters replace «$name» in tests, contexts, selects
// and text, one after the other in the order they are given, as the reference implementation does.
func (l *loader) instance(p item, isA string) {
	models := l.abstract[isA]
	if len(models) == 0 {
		l.problem("SCH-ABSTRACT", p.at(), finding.Tf("Le motif abstrait « %s » n'est déclaré nulle part : « %s » manque.", "Abstract pattern “%s” is declared nowhere: “%s” is missing.", isA, p.Attr("id")))
		return
	}
	var with []param
	l.children(p.file, p.Node, 0, func(c item) {
		if c.Is(NS, "param") {
			with = append(with, param{c.Attr("name"), c.Attr("value")})
		}
	})
	for _, m := range models {
		out := l.pattern(m, p.Attr("id"), with)
		out.IsA = isA
		l.src.Patterns = append(l.src.Patterns, out)
	}
}

func (l *loader) pattern(p item, id string, with []param) Pattern {
	out := Pattern{ID: id}
	if p.Attr("documents") != "" || p.Attr("document") != "" {
		l.problem("SCH-DOCUMENTS", p.at(), finding.Tf("Le motif « %s » porte sur d'autres documents ; il est laissé de côté.", "Pattern “%s” is about other documents; it is left out.", id))
		return out
	}
	var rules []item
	l.children(p.file, p.Node, 0, func(c item) {
		switch {
		case c.Is(NS, "rule"):
			rules = append(rules, c)
		case c.Is(NS, "let"):
			if v, ok := l.let(c, with); ok {
				out.Lets = append(out.Lets, v)
			}
		case c.Is(NS, "title"):
			out.Title = spaced(c.Text())
		case c.Is(NS, "p"), c.Is(NS, "param"):
		case c.Space() == NS:
			l.problem("SCH-ELEMENT", c.at(), finding.Tf("L'élément « %s » n'a pas sa place dans un motif.", "Element “%s” has no place in a pattern.", c.Local()))
		default:
			l.foreign(c)
		}
	})
	for _, r := range rules {
		if r.Attr("abstract") == "true" {
			continue
		}
		rule := Rule{ID: r.Attr("id"), Context: replace(r.Attr("context"), with), Role: r.Attr("role"), At: r.at()}
		if strings.TrimSpace(rule.Context) == "" {
			l.problem("SCH-CONTEXT", r.at(), finding.T("Une règle sans contexte ne se déclenche jamais.", "A rule without a context never fires."))
			continue
		}
		l.steps(r, rules, with, nil, &rule.Steps)
		out.Rules = append(out.Rules, rule)
	}
	return out
}

// steps reads the body of a rule, the rules it extends in their place.
func (l *loader) steps(r item, local []item, with []param, seen []string, out *[]Step) {
	l.children(r.file, r.Node, 0, func(c item) {
		if l.parts++; l.parts > maxParts {
			if l.parts == maxParts+1 {
				l.problem("SCH-LIMIT", c.at(), finding.Tf("Plus de %d assertions dans un schéma.", "More than %d assertions in one schema.", maxParts))
			}
			return
		}
		switch {
		case c.Is(NS, "let"):
			if v, ok := l.let(c, with); ok {
				*out = append(*out, Step{Let: &v})
			}
		case c.Is(NS, "assert"), c.Is(NS, "report"):
			a := &Assert{Report: c.Local() == "report", ID: c.Attr("id"), Test: l.sized(c, replace(c.Attr("test"), with)), Role: c.Attr("role"),
				See: c.Attr("see"), Flag: c.Attr("flag"), Diagnostics: fields(c.Attr("diagnostics")), Text: l.text(c, with), At: c.at()}
			if strings.TrimSpace(a.Test) == "" {
				l.problem("SCH-TEST", c.at(), finding.T("Une assertion sans test.", "An assertion without a test."))
				return
			}
			*out = append(*out, Step{Assert: a})
		case c.Is(NS, "extends"):
			l.extends(c, local, with, seen, out)
		case c.Is(NS, "p"), c.Is(NS, "title"):
		case c.Space() == NS:
			l.problem("SCH-ELEMENT", c.at(), finding.Tf("L'élément « %s » n'a pas sa place dans une règle.", "Element “%s” has no place in a rule.", c.Local()))
		default:
			l.foreign(c)
		}
	})
}

// extends prefers an abstract rule of the same pattern to one of the rest of the schema.
func (l *loader) extends(c item, local []item, with []param, seen []string, out *[]Step) {
	id := c.Attr("rule")
	if slices.Contains(seen, id) {
		l.problem("SCH-EXTENDS", c.at(), finding.Tf("La règle « %s » s'étend elle-même.", "Rule “%s” extends itself.", id))
		return
	}
	seen = append(slices.Clone(seen), id)
	var found []item
	for _, r := range local {
		if r.Attr("abstract") == "true" && r.Attr("id") == id {
			found = append(found, r)
		}
	}
	if found == nil {
		found = l.rules[id]
	}
	if len(found) == 0 {
		l.problem("SCH-EXTENDS", c.at(), finding.Tf("La règle abstraite « %s » n'est déclarée nulle part.", "Abstract rule “%s” is declared nowhere.", id))
		return
	}
	for _, r := range found {
		l.steps(r, local, with, seen, out)
	}
}

func (l *loader) let(c item, with []param) (Let, bool) {
	v, ok := c.AttrOK("value")
	if !ok {
		l.problem("SCH-LET", c.at(), finding.Tf("La variable « %s » tient sa valeur de son contenu : seul @value est pris en charge.", "Variable “%s” takes its value from its content: only @value is supported.", c.Attr("name")))
		return Let{}, false
	}
	_ = with // the reference implementation leaves let/@value as written
	return Let{Name: c.Attr("name"), Value: v, At: c.at()}, true
}

// text reads a message: text and the expressions it shows.
func (l *loader) text(c item, with []param) []Part {
	var out []Part
	for n := range c.Nodes() {
		switch {
		case n.IsText():
			out = append(out, Part{Text: replace(n.Text(), with)})
		case n.Is(NS, "value-of"):
			out = append(out, Part{Select: l.sized(c, replace(n.Attr("select"), with))})
		case n.Is(NS, "name"):
			sel := "name(.)"
			if p := n.Attr("path"); p != "" {
				sel = "name(" + p + ")"
			}
			out = append(out, Part{Select: sel})
		default: // emph, dir, span and anything of another vocabulary: its text
			out = append(out, Part{Text: replace(n.Text(), with)})
		}
	}
	return out
}

func (l *loader) sized(c item, expr string) string {
	if len(expr) > maxExpression {
		l.problem("SCH-LIMIT", c.at(), finding.Tf("Une expression de plus de %d octets.", "An expression of more than %d bytes.", maxExpression))
		return ""
	}
	return expr
}

func replace(s string, with []param) string {
	for _, p := range with {
		if p.name == "" || !strings.Contains(s, "$") {
			continue
		}
		s = strings.ReplaceAll(s, "$"+p.name, p.value)
		if len(s) > 4*maxExpression { // parameters that quote one another
			return s[:4*maxExpression]
		}
	}
	return s
}

// fields is strings.Fields with nil for nothing.
func fields(s string) []string {
	if f := strings.Fields(s); len(f) > 0 {
		return f
	}
	return nil
}

func spaced(s string) string { return strings.Join(strings.Fields(s), " ") }
