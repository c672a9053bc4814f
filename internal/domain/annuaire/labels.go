package annuaire

import "github.com/socle-sante/socle/format/nos"

// ProfessionLabel names a profession: "Médecin".
func ProfessionLabel(code string) string {
	if code == "" {
		return ""
	}
	for _, set := range []string{nos.Profession, nos.SubjectRole} {
		if c, ok := nos.Lookup(set, code, ""); ok {
			return c.Display
		}
	}
	return code
}

// SkillLabel names a savoir-faire: "Cardiologie et maladies vasculaires (SM)".
func SkillLabel(code string) string {
	if code == "" {
		return ""
	}
	for _, set := range []string{nos.SavoirFaireRASS, nos.SavoirFaire} {
		if c, ok := nos.Lookup(set, code, ""); ok {
			return c.Display
		}
	}
	return code
}

// label names a code of a set, "" when it is unknown.
func label(set, code string) string {
	if c, ok := nos.Lookup(set, code, ""); ok && code != "" {
		return c.Display
	}
	return ""
}

// Label names a code of the directory from its terminology; "" when it is not held.
func Label(system, code string) string {
	switch system {
	case SystemProfession:
		if l := ProfessionLabel(code); l != code {
			return l
		}
		return ""
	case SystemSector:
		return label(nos.HealthcareFacility, code)
	case SystemCategory:
		return label(nos.Categorie, code)
	case SystemSkillType:
		return label(nos.TypeSavoirFaire, code)
	case SystemDegreeType:
		return label(nos.TypeDiplome, code)
	case SystemMode:
		return label(nos.ModeExercice, code)
	case SystemCard:
		return label(nos.TypeCarte, code)
	case SystemGenre, SectionSystem(code), FonctionSystem(code):
		return label(nos.SubjectRole, code)
	}
	for _, s := range skillSystems {
		if s == system {
			return label(nos.SavoirFaireRASS, code)
		}
	}
	return ""
}
