// Package control («contrôle») says everything Socle knows about one document: is it XML, is it a
// CDA, does it follow the schema, the official rules of the folders the user added, and Socle's
// own rules; every finding once, placed, explained in French and English.
//
// It brings together format/cda/schema, format/cda/check (own rules, always there),
// format/cda/official (the published rules, when a folder was added) and format/cda/explain.
// Counts of errors by level are those of the official tools when the official rules run; Socle's
// own remarks stand apart, at the level «socle». Modes say which findings refuse a deposit.
//
// Missing: documents that are not CDA (XDM archives and HL7 v2 messages have their own doors).
// Start with New, then Controller.Check.
package control

import (
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/cda/official"
	"github.com/socle-sante/socle/format/finding"
)

// LevelSocle is the level of Socle's own remarks.
const LevelSocle = "socle"

// Levels in the order they are shown.
var Levels = []string{check.LevelXSD, check.LevelHeader, check.LevelIHE, check.LevelModels, check.LevelANS, check.LevelKind, LevelSocle}

// Controller checks documents. It may be used from several goroutines; the zero Controller and
// the nil one apply the schema and Socle's own rules.
type Controller struct {
	sets []*official.Rules
}

// New makes a controller of several folders of official rules, the preferred one first.
func New(sets ...*official.Rules) *Controller { return &Controller{sets: sets} }

// Sets gives the folders in use.
func (c *Controller) Sets() []*official.Rules {
	if c == nil {
		return nil
	}
	return c.sets
}

// Question is what the asker knows.
type Question struct {
	Now        time.Time // for dates ahead; the zero time skips them
	Production bool      // identities of the real world
	Edition    string    // edition of the rules of the kind; "" lets the document say
}

// Report is what is said of one document.
type Report struct {
	Unusable  string // "", or why nothing could be checked: xml, encoding, doctype, limit, kind
	Kind      string // content model, or ""
	Code      string // type code of the document
	Title     string
	Edition   string // of the rules of the kind that ran, "2024.01"
	Why       string // how the edition was chosen (official.Choice)
	Official  string // label of the folder of official rules that ran, or ""
	Levels    map[string]check.Count
	Findings  []finding.Finding
	Truncated bool

	Document *cda.Document // nil when unusable
}

// Conform reports whether no error was found.
func (r *Report) Conform() bool { return r.Unusable == "" && r.Count(finding.Error) == 0 }

// Count gives the number of findings of a severity.
func (r *Report) Count(s finding.Severity) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Severity == s {
			n++
		}
	}
	return n
}

// Check reads and checks a document.
func (c *Controller) Check(raw []byte, q Question) Report {
	d, err := cda.Parse(raw)
	if err != nil {
		return Unreadable(err)
	}
	return c.Document(d, q)
}

// Document checks a document that was read already.
func (c *Controller) Document(d *cda.Document, q Question) Report {
	own := check.Check(d, check.Options{Now: q.Now, Production: q.Production})
	r := Report{Kind: own.Kind, Code: d.Code.Code, Title: d.Title, Levels: own.Levels, Truncated: own.Truncated, Document: d}
	rules, ok := c.choose(d, q)
	if !ok {
		r.Findings = fold(apart(own.Findings, r.Levels))
		r.unknownEdition(q.Edition)
		order(r.Findings)
		return r
	}
	out := rules.Check(d, q.Edition)
	r.Official, r.Why = rules.Label, out.Choice.Why
	if v := out.Choice.Volume; v != nil {
		r.Edition = v.Edition
	}
	r.Truncated = r.Truncated || out.More
	merge(&r, own.Findings, out)
	r.unknownEdition(q.Edition)
	order(r.Findings)
	return r
}

// unknownEdition says that the edition asked for did not run: no rules of the kind have it.
func (r *Report) unknownEdition(asked string) {
	if asked == "" || asked == r.Edition {
		return
	}
	ran := r.Edition
	if ran == "" {
		ran = "–"
	}
	r.Findings = append(r.Findings, finding.Finding{ID: "CONTROLE-EDITION", Severity: finding.Warning, Level: LevelSocle, Found: asked, Expected: ran, Rule: "Socle",
		Message: finding.Tf("L'édition « %s » n'est pas parmi les règles de ce type de document ; celle qui a servi : %s.", "Edition “%s” is not among the rules of this kind of document; the one that ran: %s.", asked, ran),
		Fix:     finding.T("« socle rules list » donne les éditions ; sans édition demandée, le document la dit.", "“socle rules list” gives the editions; when none is asked, the document says it.")})
	l := r.Levels[LevelSocle]
	l.Warnings++
	r.Levels[LevelSocle] = l
}

// choose takes the first folder that has rules of the kind and the edition the document declares,
// and failing that the first that has rules of its kind, or simply the first.
func (c *Controller) choose(d *cda.Document, q Question) (*official.Rules, bool) {
	if c == nil || len(c.sets) == 0 {
		return nil, false
	}
	var some *official.Rules
	for _, s := range c.sets {
		ch := s.Choose(d, q.Edition)
		switch {
		case ch.Volume == nil:
		case ch.Why == "templateId" || ch.Why == "asked":
			return s, true
		case some == nil:
			some = s
		}
	}
	if some == nil {
		some = c.sets[0]
	}
	return some, true
}
