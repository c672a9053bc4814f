// Package check holds Socle's own rules on CDA documents: the header of the CI-SIS
// («structuration minimale» 1.2.250.1.213.1.1.1.1), the INS, the sections of each kind, the
// biology report, and what nobody else looks at (dangling links, broken files, dates ahead).
//
// Standard: CI-SIS volets and IHE PCC / XD-LAB as their published rules apply them. An error is
// given only where the official rules give one; where they are silent ours warn or inform. The
// full official rules run elsewhere (format/schematron) from a folder the user adds.
// Missing: terminologies (codes are checked on form, check digit and unit, not on existence).
// Start with Check; Rules is the catalogue.
package check

import (
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// Options of a check.
type Options struct {
	// Now is the present moment, for dates in the future. The zero time skips that rule.
	Now time.Time

	// Production makes a wrong INS key under a production OID an error; otherwise it is a
	// warning, because official rules do not look at keys and official examples carry wrong ones.
	Production bool
}

// Levels a rule may belong to.
const (
	LevelXSD    = "xsd"
	LevelHeader = "header"
	LevelIHE    = "ihe"
	LevelModels = "models"
	LevelANS    = "models_ans"
	LevelKind   = "kind"
)

// Count is how many errors and warnings a level has.
type Count struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

// Report is the outcome for one document.
type Report struct {
	Kind      string // the content model recognised, or ""
	Findings  []finding.Finding
	Levels    map[string]Count
	Truncated bool // more findings than maxFindings
}

// Errors is the number of errors.
func (r *Report) Errors() int { return r.count(finding.Error) }

// Warnings is the number of warnings.
func (r *Report) Warnings() int { return r.count(finding.Warning) }

// Conform reports whether no rule is broken.
func (r *Report) Conform() bool { return r.Errors() == 0 }

func (r *Report) count(s finding.Severity) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Severity == s {
			n++
		}
	}
	return n
}

// maxFindings bounds a report: past it a document needs another eye than a list.
const maxFindings = 500

// Rule is one line of the catalogue.
type Rule struct {
	ID       string
	Severity finding.Severity // the worst it can give
	Level    string
	Source   string       // where the rule comes from
	Title    finding.Text // what it asks for
	Fix      finding.Text
	run      func(*run)
}

// run carries one check.
type run struct {
	d     *cda.Document
	o     Options
	kind  cda.Kind
	rules []Rule
	rule  *Rule // the one whose findings are being reported
	rep   Report
	said  map[said]bool

	suspect bool               // text encoded twice may be there
	named   map[[2]string]bool // codeSystem and codeSystemName that agree
	ids     [2][]string        // the IDs of the body, of its files: to propose one
	bio     []bio.Result
	bioRead bool
}

// Check applies every rule to a document.
func Check(d *cda.Document, o Options) Report {
	c := run{d: d, o: o, kind: d.Kind(), rules: catalogue}
	c.rep.Kind = c.kind.Name
	c.rep.Levels = map[string]Count{LevelXSD: {}, LevelHeader: {}}
	if c.d.Body.Level() == "N3" {
		c.rep.Levels[LevelIHE], c.rep.Levels[LevelModels], c.rep.Levels[LevelANS] = Count{}, Count{}, Count{}
		if c.kind.Name != "" {
			c.rep.Levels[LevelKind] = Count{}
		}
	}
	for i := range c.rules {
		c.rule = &c.rules[i]
		if c.rule.run != nil {
			c.rule.run(&c)
		}
	}
	return c.rep
}

// results reads the laboratory results once.
func (c *run) results() []bio.Result {
	if !c.bioRead {
		c.bio, c.bioRead = bio.Results(c.d), true
	}
	return c.bio
}

// Rules gives the catalogue, in the order the rules are applied.
func Rules() []Rule { return append([]Rule(nil), catalogue...) }

// report adds a finding of the rule being run at its own severity.
func (c *run) report(n xmltree.Node, found, expected string, message finding.Text, fix ...finding.Text) {
	c.reportAs(c.rule.Severity, n, found, expected, message, fix...)
}

func (c *run) reportAs(s finding.Severity, n xmltree.Node, found, expected string, message finding.Text, fix ...finding.Text) {
	var f finding.Text
	if len(fix) > 0 {
		f = fix[0]
	}
	c.add(s, spot{node: n}, found, expected, message, f)
}

// add keeps a finding once: the same rule says the same thing of the same bytes a single time.
// fix is what to do about this very fault; the advice of the rule follows it.
func (c *run) add(s finding.Severity, at spot, found, expected string, message, fix finding.Text) {
	if !at.node.Exists() {
		at.node = c.d.Root
	}
	if at.attr == "" && found != "" && at.exact.Line == 0 {
		at.attr = holder(at.node, found)
	}
	key := said{c.rule.ID, max(at.node.Offset(), at.exact.Offset), at.attr, message.EN}
	if c.said[key] {
		return
	}
	if len(c.rep.Findings) >= maxFindings {
		c.rep.Truncated = true
		return
	}
	if c.said == nil {
		c.said = map[said]bool{}
	}
	c.said[key] = true
	switch {
	case fix.IsZero():
		fix = c.rule.Fix
	case c.rule.Fix.FR != "":
		fix = finding.T(fix.FR+" "+c.rule.Fix.FR, fix.EN+" "+c.rule.Fix.EN)
	}
	c.rep.Findings = append(c.rep.Findings, finding.Finding{
		ID: c.rule.ID, Severity: s, Level: c.rule.Level, Place: at.place(), Found: shorten(found), Expected: expected,
		Rule: c.rule.Source, Message: message, Fix: fix,
	})
	l := c.rep.Levels[c.rule.Level]
	switch s {
	case finding.Error:
		l.Errors++
	case finding.Warning:
		l.Warnings++
	}
	c.rep.Levels[c.rule.Level] = l
}

// said names a finding for the sake of giving it once.
type said struct {
	id     string
	offset int
	attr   string
	what   string
}

// maxFound bounds what a finding quotes.
const maxFound = 120

func shorten(s string) string {
	r := []rune(s)
	if len(r) <= maxFound {
		return s
	}
	return string(r[:maxFound]) + "…"
}

// count counts the children of a name; withNull false leaves out those with a nullFlavor.
func count(n xmltree.Node, name string, withNull bool) int {
	k := 0
	for c := range n.Children(cda.NS, name) {
		if _, null := c.AttrOK("nullFlavor"); withNull || !null {
			k++
		}
	}
	return k
}

func hasAttr(n xmltree.Node, name string) bool { _, ok := n.AttrOK(name); return ok }
