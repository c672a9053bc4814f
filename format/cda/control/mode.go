package control

import (
	"fmt"

	"github.com/socle-sante/socle/format/finding"
)

// Mode says which findings refuse a deposit. Whatever the mode, bytes that are not a CDA are
// refused, and every finding is told to the sender.
type Mode int

// The modes.
const (
	// Lenient («tolérant») refuses nothing more.
	Lenient Mode = iota
	// CISIS refuses an error of any level: a rule that is published.
	CISIS
	// Strict refuses a warning too, Socle's own included.
	Strict
)

var modes = []string{"lenient", "ci-sis", "strict"}

func (m Mode) String() string { return modes[m] }

// ParseMode reads the word of a configuration.
func ParseMode(s string) (Mode, error) {
	for i, w := range modes {
		if s == w {
			return Mode(i), nil
		}
	}
	return 0, fmt.Errorf("mode %q is unknown: lenient, ci-sis or strict (nearest: %s)", s, finding.Nearest(s, modes))
}

// Refuses tells whether a finding of a severity refuses a document.
func (m Mode) Refuses(s finding.Severity) bool {
	return m >= CISIS && s == finding.Error || m >= Strict && s == finding.Warning
}

// Refusing gives the findings that refuse the document in a mode.
func (r *Report) Refusing(m Mode) []finding.Finding {
	var out []finding.Finding
	for _, f := range r.Findings {
		if r.Unusable != "" || m.Refuses(f.Severity) {
			out = append(out, f)
		}
	}
	return out
}
