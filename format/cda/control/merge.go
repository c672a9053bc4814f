package control

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/cda/explain"
	"github.com/socle-sante/socle/format/cda/official"
	"github.com/socle-sante/socle/format/finding"
)

// apart moves Socle's own remarks, which no official tool gives, to their own level.
func apart(list []finding.Finding, levels map[string]check.Count) []finding.Finding {
	socle := check.Count{}
	for i := range list {
		if f := &list[i]; f.Severity != finding.Error {
			if f.Severity == finding.Warning {
				l := levels[f.Level]
				l.Warnings--
				levels[f.Level] = l
				socle.Warnings++
			}
			f.Level = LevelSocle
		}
	}
	levels[LevelSocle] = socle
	return list
}

// merge puts the official hits and our own findings in one list. A level that the official rules
// ran is theirs: an error of ours at the same element gives its words to theirs, and one they do
// not share becomes a warning, for where they are silent nothing is an error.
//
// spec: CI-SIS cda §9
func merge(r *Report, own []finding.Finding, out official.Outcome) {
	for _, l := range out.Levels {
		r.Levels[l] = check.Count{}
	}
	if out.Choice.Volume == nil {
		delete(r.Levels, check.LevelKind)
	}
	used := make([]bool, len(own))
	for i := range out.Hits {
		h := &out.Hits[i]
		f := said(h)
		l := r.Levels[h.Level]
		switch f.Severity {
		case finding.Error:
			l.Errors++
		case finding.Warning:
			l.Warnings++
		}
		r.Levels[h.Level] = l
		if f.Severity == finding.Error {
			if k := twin(own, used, h); k >= 0 {
				used[k] = true
				f = lend(f, own[k])
			}
		}
		r.Findings = append(r.Findings, f)
	}
	if out.Exhausted && !slices.ContainsFunc(out.Hits, func(h official.Hit) bool { return h.Exhausted() }) {
		last := out.Levels[len(out.Levels)-1]
		l := r.Levels[last]
		l.Errors++
		r.Levels[last] = l
		r.Findings = append(r.Findings, exhausted(finding.Finding{Level: last, Place: r.Document.Root.Place(), Rule: "limite publiée"}))
	}
	socle := check.Count{}
	for i := range own {
		f := own[i]
		switch {
		case used[i]:
			continue
		case f.Severity != finding.Error:
			f.Level = LevelSocle
		case slices.Contains(out.Levels, f.Level):
			f.Severity, f.Level = finding.Warning, LevelSocle
		}
		if f.Level == LevelSocle && f.Severity == finding.Warning {
			socle.Warnings++
		}
		if f.Level == check.LevelXSD || f.Level == LevelSocle || f.Severity == finding.Error {
			r.Findings = append(r.Findings, f)
		}
	}
	if l, ok := r.Levels[check.LevelXSD]; ok {
		r.Levels[check.LevelXSD] = check.Count{Errors: l.Errors}
	}
	r.Levels[LevelSocle] = socle
	r.Findings = once(fold(r.Findings))
}

// said makes a finding of an official hit.
func said(h *official.Hit) finding.Finding {
	f := finding.Finding{ID: id(h), Severity: finding.Error, Level: h.Level, Place: h.At.Place(), Rule: rule(h)}
	if h.Exhausted() {
		return exhausted(f)
	}
	if h.Err != nil {
		f.ID, f.Severity = "REGLE-INCALCULABLE", finding.Info
		f.Message = finding.Tf("La règle officielle ne peut pas être calculée ici : %v", "The official rule cannot be evaluated here: %v", h.Err)
		f.Fix = finding.T("Rien à corriger dans le document : la règle elle-même est en défaut.", "Nothing to mend in the document: the rule itself is at fault.")
		return f
	}
	if h.Warning() {
		f.Severity = finding.Warning
	}
	f.Message, f.Fix, f.Found, f.Expected = explain.Official(explain.Said{
		Rule: h.Assert.At.File, Pattern: h.Pattern.ID, RuleID: h.Rule.ID, Context: h.Rule.Context, Test: h.Assert.Test,
		Message: h.Message, See: h.Assert.See, Role: h.Assert.Role, Node: h.At, Level: h.Level,
	})
	return f
}

// exhausted says that the official rules did not reach the end: the document is then not conform,
// for nobody knows.
func exhausted(f finding.Finding) finding.Finding {
	f.ID, f.Severity = "REGLE-BUDGET", finding.Error
	f.Message = finding.T("Ce document est trop chargé pour que les règles officielles soient calculées jusqu'au bout.", "This document is too crowded for the official rules to be evaluated to the end.")
	f.Fix = finding.T("Chercher un élément répété des milliers de fois ; le plus gros exemple officiel a 6 400 balises.", "Look for an element repeated thousands of times; the largest official example has 6,400 tags.")
	return f
}

var prefixes = map[string]string{official.IHE: "IHE", official.Header: "SM", official.Models: "MC", official.ANS: "ANS", official.Kind: "VOLET"}

// id names an assertion: level, pattern, and four characters of what it tests and where. It stays
// the same from one edition to the next as long as the rule does.
func id(h *official.Hit) string {
	w := fnv.New32a()
	w.Write([]byte(strings.Join(strings.Fields(h.Rule.Context+" "+h.Assert.Test), " ")))
	name := h.Pattern.ID
	if name == "" {
		name = "entete"
	}
	return fmt.Sprintf("%s-%s-%04x", prefixes[h.Level], name, w.Sum32()&0xffff)
}

// rule says where an assertion stands, in a form a reader can look up.
func rule(h *official.Hit) string {
	s := fmt.Sprintf("%s:%d", h.Assert.At.File, h.Assert.At.Line)
	if h.Assert.See != "" {
		s += " — " + h.Assert.See
	}
	return s
}

// twin finds the finding of ours that speaks of what an official hit speaks of, or -1: an error of
// the same level, at the element of the hit or nearest inside it, about names that its test names.
func twin(own []finding.Finding, used []bool, h *official.Hit) int {
	from, to := h.At.Offset(), h.At.End()
	best, nearest := -1, to
	for i := range own {
		f := &own[i]
		if used[i] || f.Severity != finding.Error || f.Level != h.Level || f.Place.Offset < from || f.Place.Offset >= to {
			continue
		}
		if d := f.Place.Offset - from; d < nearest-from && same(f, h) {
			best, nearest = i, f.Place.Offset
		}
	}
	return best
}

// same tells whether the test of an official hit names what our finding points at: the last names
// of its path when it points inside the element, and any word of its expectation otherwise.
func same(f *finding.Finding, h *official.Hit) bool {
	if f.Place.Offset == h.At.Offset() {
		for _, word := range strings.FieldsFunc(f.Expected+" "+f.Message.EN, func(r rune) bool {
			return !(r == '@' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.')
		}) {
			if len(word) > 3 && strings.Contains(h.Assert.Test, strings.TrimPrefix(word, "@")) {
				return true
			}
		}
		return false
	}
	steps := strings.Split(strings.TrimPrefix(f.Place.XPath, h.At.XPath()), "/")
	for _, s := range steps {
		name, _, _ := strings.Cut(strings.TrimPrefix(s, "@"), "[")
		if !strings.Contains(h.Assert.Test, name) {
			return false
		}
	}
	return true
}

// lend gives the words of our finding to the official one.
func lend(f, ours finding.Finding) finding.Finding {
	f.ID, f.Message, f.Fix, f.Place = ours.ID, ours.Message, ours.Fix, ours.Place
	f.Found, f.Expected = cmp.Or(ours.Found, f.Found), cmp.Or(ours.Expected, f.Expected)
	f.Rule += " — " + ours.Rule
	return f
}

// fold tells once what the schema and a rule of ours both say of the same attribute or element:
// the schema's finding stays, in the words of the rule, which knows what the value is for.
func fold(list []finding.Finding) []finding.Finding {
	type span struct{ from, to int }
	schema := map[span]int{}
	for i := range list {
		if f := &list[i]; f.Level == check.LevelXSD && f.Severity == finding.Error {
			if _, two := schema[span{f.Place.Offset, f.Place.End}]; !two {
				schema[span{f.Place.Offset, f.Place.End}] = i
			}
		}
	}
	if len(schema) == 0 {
		return list
	}
	drop := map[int]bool{}
	for i := range list {
		f := &list[i]
		k, ok := schema[span{f.Place.Offset, f.Place.End}]
		if !ok || k == i || f.Level != LevelSocle || f.Severity != finding.Warning || !strings.Contains(f.Place.XPath, "@") {
			continue
		}
		drop[i] = true
		if !drop[-1-k] { // the first rule lends its words, the others add nothing
			drop[-1-k] = true
			list[k] = lend(list[k], *f)
		}
	}
	out := list[:0]
	for i := range list {
		if !drop[i] {
			out = append(out, list[i])
		}
	}
	return out
}

// once leaves one of the findings that say the same of the same place.
func once(list []finding.Finding) []finding.Finding {
	type key struct {
		id, message string
		offset      int
	}
	seen := map[key]bool{}
	return slices.DeleteFunc(list, func(f finding.Finding) bool {
		k := key{f.ID, f.Message.FR, f.Place.Offset}
		if seen[k] && f.Severity != finding.Error {
			return true
		}
		seen[k] = true
		return false
	})
}

func rank(s finding.Severity) int {
	return slices.Index([]finding.Severity{finding.Error, finding.Warning, finding.Info}, s)
}

// order sorts findings as a reader goes through a document: errors and warnings together, by place.
func order(list []finding.Finding) {
	slices.SortStableFunc(list, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(a.Place.Offset, b.Place.Offset), cmp.Compare(rank(a.Severity), rank(b.Severity)), cmp.Compare(a.ID, b.ID))
	})
}
