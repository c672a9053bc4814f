package schematron

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xpath"
)

// Schema is a schema ready to run: one phase of a Source, compiled.
type Schema struct {
	Source  *Source
	Phase   string
	globals []global
	rules   []rule
	matcher *xpath.Matcher
	asserts int
}

// global is a let of the schema, of the phase or of a pattern: evaluated at most once a document,
// from the document node.
type global struct {
	slot xpath.Slot
	expr *xpath.Expr
}

type rule struct {
	*Rule
	pattern *Pattern
	order   int32 // of its pattern
	steps   []step
}

type step struct {
	slot   xpath.Slot // of a let
	expr   *xpath.Expr
	assert *Assert // nil for a let
	text   []part
}

type part struct {
	text string
	expr *xpath.Expr
}

// Compile makes the closures of one phase ("" is the default phase). What cannot be compiled is a
// Problem naming file and line; the assertion, the let or the rule it stood for is left out, and
// the rest works.
func Compile(lib *xpath.Library, src *Source, phase string) (*Schema, []Problem) {
	return NewCompiler(lib).Compile(src, phase)
}

func compile(k *Compiler, src *Source, phase string) (*Schema, []Problem) {
	c := compiler{shared: k, lib: k.lib, src: src, out: &Schema{Source: src, Phase: phase, matcher: xpath.NewMatcher()}}
	active, ok := src.active(phase)
	if !ok {
		c.problem("SCH-PHASE", Origin{src.Name, 1}, finding.Tf("La phase « %s » n'est pas déclarée.", "Phase “%s” is not declared.", cmp.Or(phase, src.DefaultPhase)))
	}
	prefixes := map[string]string{}
	for _, ns := range src.Namespaces {
		prefixes[ns.Prefix] = ns.URI
	}
	c.scope, c.key = k.lib.NewScope(prefixes, src.Base), scopeKey(prefixes, src.Base)
	c.keys()
	c.declare(phase, active)
	for i := range src.Patterns {
		p := &src.Patterns[i]
		if !active(p.ID) {
			continue
		}
		for j := range p.Rules {
			c.rule(p, int32(i), &p.Rules[j])
		}
	}
	c.absent(phase)
	return c.out, c.problems
}

type compiler struct {
	shared   *Compiler
	key      string // what expressions without variables see
	lib      *xpath.Library
	src      *Source
	out      *Schema
	scope    *xpath.Scope
	problems []Problem
}

func (c *compiler) problem(id string, at Origin, m finding.Text) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, Problem{id, at, m})
	}
}

// refused reports an expression that does not compile.
func (c *compiler) refused(at Origin, expr string, err error) {
	id, m := "SCH-XPATH", finding.Tf("%v", "%v", err)
	var x *xpath.Error
	if errors.As(err, &x) {
		id, m = x.ID, x.Message
	}
	shown := spaced(expr)
	if r := []rune(shown); len(r) > 120 {
		shown = string(r[:120]) + "…"
	}
	c.problem(id, at, finding.Text{FR: m.FR + " — « " + shown + " »", EN: m.EN + " — “" + shown + "”"})
}

// keys declares the xsl:key of the schema. Schemas compiled together share the names of keys: one
// name has one definition.
func (c *compiler) keys() {
	for _, k := range c.src.Keys {
		if before, ok := c.shared.keys[k.Name]; ok {
			if before.Match != k.Match || before.Use != k.Use {
				c.problem("SCH-KEY", k.At, finding.Tf("La clé « %s » est déjà déclarée autrement (%s).", "Key “%s” is already declared otherwise (%s).", k.Name, before.At))
			}
			continue
		}
		if err := c.lib.Key(k.Name, k.Match, k.Use, c.scope); err != nil {
			c.refused(k.At, k.Match+" / "+k.Use, err)
			continue
		}
		c.shared.keys[k.Name] = k
	}
}

// declare makes the variables every rule sees: those of the schema, of the phase and of the
// active patterns (which the reference implementation makes global too). They may speak of one
// another in any order.
func (c *compiler) declare(phase string, active func(string) bool) {
	waiting := slices.Clone(c.src.Lets)
	for i := range c.src.Phases {
		if c.src.Phases[i].ID == cmp.Or(phase, c.src.DefaultPhase) {
			waiting = append(waiting, c.src.Phases[i].Lets...)
		}
	}
	for i := range c.src.Patterns {
		if active(c.src.Patterns[i].ID) {
			waiting = append(waiting, c.src.Patterns[i].Lets...)
		}
	}
	seen := map[string]Let{}
	for len(waiting) > 0 {
		var later []Let
		var last error
		for _, v := range waiting {
			if before, ok := seen[v.Name]; ok {
				if before.Value != v.Value {
					c.problem("SCH-LET", v.At, finding.Tf("La variable « %s » est déjà déclarée (%s).", "Variable “%s” is already declared (%s).", v.Name, before.At))
				}
				continue
			}
			if s, ok := literal(v.Value); ok {
				c.scope.DeclareConst(v.Name, s)
				seen[v.Name] = v
				continue
			}
			e, err := c.lib.Compile(v.Value, c.scope)
			if err != nil {
				later, last = append(later, v), err
				continue
			}
			c.out.globals = append(c.out.globals, global{c.scope.Declare(v.Name), e})
			seen[v.Name] = v
		}
		if len(later) == len(waiting) {
			for _, v := range later {
				if _, err := c.lib.Compile(v.Value, c.scope); err != nil {
					last = err
				}
				c.refused(v.At, v.Value, last)
			}
			return
		}
		waiting = later
	}
}

// literal gives the value of an expression that is one string literal.
func literal(expr string) (string, bool) {
	s := strings.TrimSpace(expr)
	if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '\'' && s[0] != '"' {
		return "", false
	}
	in, q := s[1:len(s)-1], s[:1]
	if strings.Contains(strings.ReplaceAll(in, q+q, ""), q) {
		return "", false
	}
	return strings.ReplaceAll(in, q+q, q), true
}

func (c *compiler) rule(p *Pattern, order int32, r *Rule) {
	m, err := c.match(r.Context)
	if err != nil {
		c.refused(r.At, r.Context, err)
		return
	}
	out := rule{Rule: r, pattern: p, order: order}
	scope := c.scope.Child()
	for i := range r.Steps {
		st := &r.Steps[i]
		switch {
		case st.Let != nil:
			if s, ok := literal(st.Let.Value); ok {
				scope.DeclareConst(st.Let.Name, s)
				continue
			}
			e, err := c.expr(st.Let.Value, scope)
			if err != nil {
				c.refused(st.Let.At, st.Let.Value, err)
				continue
			}
			out.steps = append(out.steps, step{slot: scope.Declare(st.Let.Name), expr: e})
		default:
			e, err := c.expr(st.Assert.Test, scope)
			if err != nil {
				c.refused(st.Assert.At, st.Assert.Test, err)
				continue
			}
			c.out.asserts++
			out.steps = append(out.steps, step{expr: e, assert: st.Assert, text: c.text(st.Assert, scope)})
		}
	}
	c.out.matcher.Add(m, int32(len(c.out.rules)))
	c.out.rules = append(c.out.rules, out)
}

// text compiles a message, its diagnostics after it.
func (c *compiler) text(a *Assert, scope *xpath.Scope) []part {
	parts := slices.Clone(a.Text)
	for _, id := range a.Diagnostics {
		for _, d := range c.src.Diagnostics {
			if d.ID == id {
				parts = append(append(parts, Part{Text: " "}), d.Text...)
			}
		}
	}
	out := make([]part, 0, len(parts))
	for _, p := range parts {
		if p.Select == "" {
			out = append(out, part{text: p.Text})
			continue
		}
		e, err := c.expr(p.Select, scope)
		if err != nil {
			c.refused(a.At, p.Select, err)
			out = append(out, part{text: "…"})
			continue
		}
		out = append(out, part{expr: e})
	}
	return out
}

// absent reports the patterns that a phase activates and nobody declares.
func (c *compiler) absent(phase string) {
	for i := range c.src.Phases {
		p := &c.src.Phases[i]
		if p.ID != cmp.Or(phase, c.src.DefaultPhase) {
			continue
		}
		for _, id := range p.Active {
			if !slices.ContainsFunc(c.src.Patterns, func(q Pattern) bool { return q.ID == id }) {
				c.problem("SCH-ACTIVE", Origin{c.src.Name, 1}, finding.Tf("La phase « %s » active « %s », que personne ne déclare.", "Phase “%s” activates “%s”, which nobody declares.", p.ID, id))
			}
		}
	}
}

// Asserts is the number of assertions and reports that run.
func (s *Schema) Asserts() int { return s.asserts }

// Rules is the number of rules that run.
func (s *Schema) Rules() int { return len(s.rules) }
