package report

import (
	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/finding"
)

// KindMessage is the kind of a File about a mail message.
const KindMessage = "message MSSanté"

// MessageLevels are what is looked at in a message, in the order they are shown.
var MessageLevels = []string{"mime", "mssante", "xdm"}

// OfFindings makes the report on something that is no document of its own: conform unless a
// finding is an error.
func OfFindings(name, kind string, list []finding.Finding, lang string) File {
	f := File{File: name, Kind: kind, Conform: true, Levels: map[string]check.Count{}, Findings: []Finding{}}
	for i := range list {
		x := &list[i]
		n := f.Levels[x.Level]
		switch x.Severity {
		case finding.Error:
			n.Errors++
			f.Conform = false
		case finding.Warning:
			n.Warnings++
		}
		f.Levels[x.Level] = n
		f.Findings = append(f.Findings, in(x, lang))
	}
	return f
}
