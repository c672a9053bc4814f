package schematron

import (
	"fmt"

	"github.com/socle-sante/socle/format/finding"
)

// NS is the namespace of ISO Schematron.
const NS = "http://purl.oclc.org/dsdl/schematron"

// Source is a schema after inclusion and expansion: plain text, ready to be compiled or kept.
type Source struct {
	Name         string // path of the schema in its folder
	Title        string
	Version      string // schemaVersion
	Binding      string // queryBinding
	DefaultPhase string
	Base         string // folder that doc() and document() start from
	Namespaces   []Namespace
	Keys         []Key
	Lets         []Let
	Phases       []Phase
	Patterns     []Pattern
	Diagnostics  []Diagnostic
}

// Namespace is one sch:ns.
type Namespace struct{ Prefix, URI string }

// Key is one xsl:key, which key() of expressions looks up.
type Key struct {
	Name, Match, Use string
	At               Origin
}

// Origin is where a piece of a schema was written.
type Origin struct {
	File string
	Line int
}

func (o Origin) String() string { return fmt.Sprintf("%s:%d", o.File, o.Line) }

// Let is one sch:let.
type Let struct {
	Name, Value string
	At          Origin
}

// Phase is one sch:phase.
type Phase struct {
	ID     string
	Active []string
	Lets   []Let
}

// Pattern is one concrete pattern.
type Pattern struct {
	ID, Title string
	IsA       string // the abstract pattern it was made from
	Lets      []Let
	Rules     []Rule
}

// Rule is one concrete rule: its lets and assertions in order, those it extends included.
type Rule struct {
	ID, Context, Role string
	Steps             []Step
	At                Origin
}

// Step is a let or an assertion of a rule.
type Step struct {
	Let    *Let
	Assert *Assert
}

// Assert is one sch:assert, or one sch:report.
type Assert struct {
	Report          bool // sch:report: it speaks when the test is true
	ID, Test        string
	Role, See, Flag string
	Text            []Part
	Diagnostics     []string
	At              Origin
}

// Part is a piece of a message: text, or an expression whose value is shown.
type Part struct {
	Text   string
	Select string
}

// Diagnostic is one sch:diagnostic.
type Diagnostic struct {
	ID   string
	Text []Part
}

// Problem is something of a schema that could not be used. The rest goes on.
type Problem struct {
	ID      string // "SCH-INCLUDE", "SCH-XPATH"…
	At      Origin
	Message finding.Text
}

func (p Problem) Error() string { return fmt.Sprintf("%s: %s [%s]", p.At, p.Message.EN, p.ID) }

// Active reports whether a pattern runs in a phase. "" and "#DEFAULT" stand for the default
// phase of the schema, "#ALL" for every pattern.
func (s *Source) active(phase string) (func(id string) bool, bool) {
	if phase == "" || phase == "#DEFAULT" {
		phase = s.DefaultPhase
	}
	if phase == "" || phase == "#ALL" {
		return func(string) bool { return true }, true
	}
	for i := range s.Phases {
		if s.Phases[i].ID != phase {
			continue
		}
		on := map[string]bool{}
		for _, id := range s.Phases[i].Active {
			on[id] = true
		}
		return func(id string) bool { return id != "" && on[id] }, true
	}
	return func(string) bool { return false }, false
}
