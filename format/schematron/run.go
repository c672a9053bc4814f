package schematron

import (
	"errors"
	"strings"

	"github.com/socle-sante/socle/format/xpath"
)

// Hit is an assertion that failed, or a report that spoke, at one node.
type Hit struct {
	Schema  *Schema
	Pattern *Pattern
	Rule    *Rule
	Assert  *Assert
	Node    xpath.Node
	Message string // white space as in the schema
	Err     error  // the test could not be evaluated here; Message is then empty
}

// Warning reports whether the role says that this is less than an error. No role is an error.
//
// spec: CI-SIS cda §7
func (h *Hit) Warning() bool {
	role := strings.ToLower(h.Assert.Role)
	return strings.HasPrefix(role, "warn") || strings.HasPrefix(role, "info")
}

// Exhausted reports whether the budget of the run is spent: nothing more can be evaluated.
func (h *Hit) Exhausted() bool {
	var e *xpath.Error
	return errors.As(h.Err, &e) && e.ID == xpath.IDBudget
}

// Run applies the schema to the document of r, in one walk over its nodes, and hands out hits in
// document order until yield says no. The same Run may serve several schemas of one Library: what
// one has found out about the document serves the next.
func (s *Schema) Run(r *xpath.Run, yield func(Hit) bool) {
	for _, g := range s.globals {
		r.Let(g.slot, g.expr, 0)
	}
	s.matcher.Walk(r, func(w *xpath.Walk, list []xpath.Candidate) bool {
		fired := int32(-1) // for each pattern, the first rule that matches
		for _, c := range list {
			rule := &s.rules[c.ID]
			if rule.order == fired || !w.Matches(c) {
				continue
			}
			fired = rule.order
			if !s.fire(r, rule, w.Node(), yield) {
				return false
			}
		}
		return true
	})
}

func (s *Schema) fire(r *xpath.Run, rule *rule, n xpath.Node, yield func(Hit) bool) bool {
	for i := range rule.steps {
		st := &rule.steps[i]
		if st.assert == nil {
			r.Let(st.slot, st.expr, n)
			continue
		}
		ok, err := st.expr.Bool(r, n)
		if err == nil && ok != st.assert.Report {
			continue
		}
		h := Hit{Schema: s, Pattern: rule.pattern, Rule: rule.Rule, Assert: st.assert, Node: n, Err: err}
		if err == nil {
			h.Message = message(r, st.text, n)
		}
		if !yield(h) || h.Exhausted() {
			return false
		}
	}
	return true
}

// maxMessage bounds what one message may quote of a document.
const maxMessage = 4096

func message(r *xpath.Run, parts []part, n xpath.Node) string {
	var b strings.Builder
	for _, p := range parts {
		v := p.text
		if p.expr != nil {
			s, err := p.expr.String(r, n)
			if err != nil {
				s = "…"
			}
			v = s
		}
		if b.Len()+len(v) > maxMessage {
			break
		}
		b.WriteString(v)
	}
	return b.String()
}
