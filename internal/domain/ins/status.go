package ins

import (
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

// Evidences of high trust: only these validate an identity. The carte Vitale alone never does.
// spec: INS §2
var highTrust = map[string]bool{
	"CNI": true, "PASSEPORT": true, "TITRE_SEJOUR": true, "LIVRET_FAMILLE": true, "EXTRAIT_NAISSANCE": true,
	"DOC_CIRCULATION_MINEUR": true, "APCV": true,
}

// HighTrust reports whether a kind of document validates an identity.
func HighTrust(kind string) bool { return highTrust[kind] }

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
	if p.Douteuse || p.Fictive {
		p.dropINS()
		p.Status = Provisoire
		return
	}
	p.Status = StatusOf(!p.INS.IsZero(), HighTrust(p.Evidence.Kind))
}

// Change replaces the strict traits by hand: the INS is dropped (kept in the history), because
// it was given for other traits.
// spec: INS §3
func (p *Person) Change(t Traits) {
	t = t.Normalised()
	changed := len(p.Traits.Differences(t)) > 0
	p.Traits = t
	if changed {
		p.dropINS()
	}
	p.Settle()
}

// Attach gives an INS obtained from the teleservice, with the traits it answered.
func (p *Person) Attach(id insid.INS, t Traits) {
	if !p.INS.IsZero() && p.INS != id {
		p.History = append(p.History, p.INS)
	}
	p.INS = id
	p.Traits = t.Normalised()
	p.Settle()
}

func (p *Person) dropINS() {
	if !p.INS.IsZero() {
		p.History = append(p.History, p.INS)
		p.INS = insid.INS{}
	}
}

// WhyNotQualified explains what an identity lacks; nil when it is qualified.
func (p *Person) WhyNotQualified() []finding.Text {
	if p.Status == Qualifiee {
		return nil
	}
	var out []finding.Text
	if p.Fictive {
		out = append(out, finding.T("L'identité est fictive.", "The identity is fictive."))
	}
	if p.Douteuse {
		out = append(out, finding.T("Un doute est signalé sur la personne.", "A doubt is recorded about the person."))
	}
	if p.INS.IsZero() {
		out = append(out, finding.T("L'INS n'a pas été récupérée auprès d'INSi.", "The INS was not obtained from INSi."))
	}
	if !HighTrust(p.Evidence.Kind) {
		out = append(out, finding.T("Aucune pièce d'identité à haut niveau de confiance n'a été contrôlée.", "No identity document of high trust was checked."))
	}
	return out
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
