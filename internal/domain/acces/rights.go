package acces

import "github.com/socle-sante/socle/format/finding"

// Right says what an actor may do, in words, for the pages that explain rights.
type Right struct {
	Action  Action
	Allowed bool
	Where   []finding.Text // on which documents; empty when on all
	Modes   []Mode
}

var scopeWords = map[scope]finding.Text{
	own:          finding.T("ses propres documents", "their own documents"),
	ownStructure: finding.T("les documents de la structure", "documents of the structure"),
	unopposed:    finding.T("si la personne ne s'y est pas opposée", "unless the person opposed it"),
}

// RightsOf tells what the matrix opens to an actor: it follows from profession, savoir-faire,
// structure and means of authentication, and from nothing else. mt adds the role of médecin traitant.
// spec: DMP 2.2
func RightsOf(a Actor, mt bool) []Right {
	row := a.RowOf(mt)
	var out []Right
	for _, act := range Actions() {
		x := Right{Action: act}
		for _, m := range []Mode{Normal, Centre15, BrisDeGlace} {
			q := a
			q.Mode = m
			scopes, ok := scopesOf(row, act, q)
			if !ok {
				continue
			}
			x.Allowed = true
			x.Modes = append(x.Modes, m)
			if m != Normal && len(x.Modes) > 1 {
				continue // the words of the first mode say it
			}
			for _, s := range scopes {
				if w, ok := scopeWords[s]; ok {
					x.Where = append(x.Where, w)
				}
			}
		}
		out = append(out, x)
	}
	return out
}
