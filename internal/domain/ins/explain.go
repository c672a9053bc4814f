package ins

import (
	"github.com/socle-sante/socle/format/finding"
)

// Reason is one thing that an identity lacks to be qualified.
type Reason struct {
	ID      string       // stable: "POURQUOI-PIECE"
	Missing finding.Text // what is missing
	Rule    string       // which rule asks for it
	Fix     finding.Text // what to do
}

// Explain says why an identity is not qualified: everything it lacks, the nearest obstacle first;
// nil when it is qualified.
// spec: INS §3
func Explain(p *Person) []Reason {
	if p.Status == Qualifiee {
		return nil
	}
	var out []Reason
	add := func(id string, missing finding.Text, rule string, fix finding.Text) {
		out = append(out, Reason{id, missing, rule, fix})
	}
	if p.MergedInto != "" {
		add("POURQUOI-FUSIONNEE", finding.T("L'identité a été fusionnée dans une autre, qui compte seule désormais.", "The identity was merged into another, which alone counts now."),
			ErrMerged.Rule, ErrMerged.Fix)
		return out
	}
	switch {
	case p.Anonyme:
		add("POURQUOI-ANONYMAT", finding.T("La personne est prise en charge sous anonymat : son identité est fictive et cachée.", "The person is cared for under anonymity: the identity is fictive and hidden."),
			ErrAnonymous.Rule, finding.T("Rien à faire : une identité sous anonymat ne se qualifie pas.", "Nothing to do: an identity under anonymity is not qualified."))
		return out
	case p.Fictive:
		add("POURQUOI-FICTIVE", finding.T("L'identité est fictive.", "The identity is fictive."), ErrFictive.Rule, ErrFictive.Fix)
		return out
	}
	if p.Douteuse {
		add("POURQUOI-DOUTE", finding.T("Un doute est signalé sur la personne.", "A doubt is recorded about the person."), ErrDoubtful.Rule, ErrDoubtful.Fix)
	}
	if p.INS.IsZero() {
		out = append(out, p.withoutINS()...)
	}
	if w := p.Evidence.Weakness(p.Traits.BirthDate); w != nil {
		missing := finding.T("Aucune pièce d'identité à haut niveau de confiance n'a été contrôlée.", "No identity document of high trust was checked.")
		if p.Evidence.Kind != "" {
			missing = w.Message
		}
		add("POURQUOI-PIECE", missing, ErrEvidence.Rule, ErrEvidence.Fix)
	}
	return out
}

// withoutINS says why there is no INS, and what to ask for.
func (p *Person) withoutINS() []Reason {
	r := Reason{ID: "POURQUOI-INS", Missing: finding.T("L'INS n'a pas été récupérée auprès d'INSi.", "The INS was not obtained from INSi."), Rule: "Référentiel INS",
		Fix: finding.T("Lancez la recherche INSi. Sans réponse : variez prénom et lieu ; un nouveau-né ou une personne sans NIR reste validée.",
			"Start the INSi search. Without an answer: vary given name and place; a newborn or somebody without NIR stays validated.")}
	if p.Traits.Sex != "M" && p.Traits.Sex != "F" {
		return []Reason{{ID: "POURQUOI-SEXE", Missing: ErrSexUnknown.Message, Rule: ErrSexUnknown.Rule, Fix: ErrSexUnknown.Fix}}
	}
	for i := len(p.Past) - 1; i >= 0; i-- {
		switch c := p.Past[i]; {
		case c.What == Denied:
			r.ID = "POURQUOI-INFIRMEE"
			r.Missing = finding.T("INSi n'a pas reconnu le matricule avec ces traits : il a été retiré.", "INSi did not recognise the matricule with these traits: it was withdrawn.")
			r.Fix = finding.T("Relisez les traits sur la pièce d'identité, puis relancez la recherche INSi.", "Read the traits again on the identity document, then start the INSi search again.")
			return []Reason{r}
		case c.What == TraitsChanged && !c.INS.IsZero():
			r.ID = "POURQUOI-TRAITS"
			r.Missing = finding.T("Un trait strict a été modifié depuis : l'INS donnée pour d'autres traits a été retirée.", "A strict trait was changed since: the INS given for other traits was withdrawn.")
			r.Fix = finding.T("Relancez la recherche INSi avec les traits d'aujourd'hui.", "Start the INSi search again with the traits of today.")
			return []Reason{r}
		}
	}
	return []Reason{r}
}

// WhyNotQualified gives the first words of Explain.
func (p *Person) WhyNotQualified() []finding.Text {
	var out []finding.Text
	for _, r := range Explain(p) {
		out = append(out, r.Missing)
	}
	return out
}
