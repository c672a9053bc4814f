package control

import (
	"errors"

	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// Unreadable is the report on bytes that cda.Parse refused.
func Unreadable(err error) Report {
	r := Report{Levels: map[string]check.Count{}}
	var x *xmltree.Error
	if errors.As(err, &x) {
		r.Unusable = x.Unusable
		r.Findings = []finding.Finding{{ID: x.ID, Severity: finding.Error, Level: check.LevelXSD, Place: x.Place(), Message: x.Message, Fix: x.Fix, Rule: "XML 1.0"}}
		return r
	}
	r.Unusable = "kind"
	f := finding.Finding{ID: "CDA-KIND", Severity: finding.Error, Message: finding.T(err.Error(), err.Error())}
	if ref := finding.As(err); ref != nil {
		f.ID, f.Message, f.Fix, f.Rule = ref.ID, ref.Message, ref.Fix, ref.Rule
	}
	r.Findings = []finding.Finding{f}
	return r
}
