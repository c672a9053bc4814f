package ins

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

var statusWords = map[Status]finding.Text{
	Provisoire: finding.T("provisoire", "provisional"),
	Recuperee:  finding.T("récupérée", "retrieved"),
	Validee:    finding.T("validée", "validated"),
	Qualifiee:  finding.T("qualifiée", "qualified"),
}

// Text names the status in both languages.
func (s Status) Text() finding.Text { return statusWords[s] }

// String names the status in French, as the field does.
func (s Status) String() string { return statusWords[s].FR }

// StatusOf derives the status from the two facts it stands on.
// spec: INS §3
func StatusOf(hasINS, validated bool) Status {
	switch {
	case hasINS && validated:
		return Qualifiee
	case validated:
		return Validee
	case hasINS:
		return Recuperee
	}
	return Provisoire
}

// Settle recomputes the status of a person; doubtful and fictive identities are provisional and
// carry no INS.
// spec: INS §3
func (p *Person) Settle() {
	if p.Anonyme {
		p.Fictive = true
	}
	if p.Douteuse || p.Fictive {
		p.dropINS()
		p.Status = Provisoire
		return
	}
	p.Status = StatusOf(!p.INS.IsZero(), p.Evidence.Validates(p.Traits.BirthDate))
}

// Change replaces the strict traits by hand: the INS is dropped (kept in the history), because
// it was given for other traits.
// spec: INS §3
func (p *Person) Change(t Traits) {
	t = t.Normalised()
	changed := !p.Traits.strictly(t)
	p.Traits = t
	if changed {
		p.dropINS()
	}
	p.Settle()
}

// Attach gives an INS obtained from the teleservice, with the traits it answered.
func (p *Person) Attach(id insid.INS, t Traits) {
	if p.INS != id {
		p.dropINS()
	}
	p.INS = id
	p.Traits = t.Normalised()
	p.Settle()
}

func (p *Person) dropINS() {
	if !p.INS.IsZero() {
		p.History = append(slices.Clip(p.History), p.INS)
		p.INS = insid.INS{}
	}
}

// Carried reports whether a matricule is, or is known to have been, this very person's: the
// active one or a former one told by INSi. What was attached by mistake does not count.
func (p *Person) Carried(id insid.INS) bool {
	return !id.IsZero() && (p.INS == id || slices.ContainsFunc(p.Former, func(f Former) bool { return f.INS == id }))
}

// DisplayName is the name as people say it: "Jeanne Martin (née DURAND)" is left to pages; this is
// the used name when there is one, else the birth name.
func (p *Person) DisplayName() string {
	name, given := p.Traits.BirthName, p.Traits.FirstGiven
	if p.Traits.UsedName != "" {
		name = p.Traits.UsedName
	}
	if p.Traits.UsedGiven != "" {
		given = p.Traits.UsedGiven
	}
	return strings.TrimSpace(Title(given) + " " + name)
}

// Title writes an upper-case given name with capitals only at the start of its parts.
func Title(s string) string {
	up := true
	return strings.Map(func(c rune) rune {
		was := up
		up = c == ' ' || c == '-' || c == '\''
		if was {
			return c
		}
		return []rune(strings.ToLower(string(c)))[0]
	}, s)
}
