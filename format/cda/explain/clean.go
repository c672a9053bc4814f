package explain

import (
	"regexp"
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

var (
	// brackets is the name of the rule in front of a message: [E_problem_int.sch] or (CI-SISAddr):
	brackets = regexp.MustCompile(`^\s*(\[[^\]]{1,120}\]|\([^)]{1,80}\)(/[\w-]+)?|dtr?\d[\w-]*|[A-Z]{2,}[\w.-]*_[\w.-]+(\.sch)?)\s*:?\s*`)
	// error is the formula that says nothing.
	formula = regexp.MustCompile(`(?i)^\s*(erreurs?|avertissements?|attention|warning)?\s*(de\s+)?(non[- ])?conformit[ée]\s*(au|aux|à la|du|de la|de l['’]|à|avec)?\s*(modèles?|volets?|templates?|spécifications?)?\s*(de\s+l['’]|du|de|de\s+la)?\s*[^:;.«"]{0,70}\s*:\s*`)
	accents = regexp.MustCompile(`[éèêàçùôîûœÉÈÀ]`)
	frWords = regexp.MustCompile(`(?i)\b(le|la|les|une?|des|du|doit|doivent|est|sont|dans|avec|pour|obligatoire|présent|élément|attribut|valeur|fois)\b`)
	enWords = regexp.MustCompile(`(?i)\b(the|shall|must|is|are|of|element|attribute|required|mandatory|expected|too often|value|should|with|be)\b`)
)

// clean takes the name of the rule and the empty formulas off a message, and tells its language.
func clean(message string) (plain string, french bool) {
	s := strings.Join(strings.Fields(message), " ")
	for range 3 {
		t := brackets.ReplaceAllString(s, "")
		t = strings.TrimLeft(t, " :")
		if t == s || t == "" {
			break
		}
		s = t
	}
	if t := formula.ReplaceAllString(s, ""); t != "" {
		s = t
	}
	s = strings.TrimSpace(strings.Trim(s, ": "))
	if s == "" {
		s = strings.Join(strings.Fields(message), " ")
	}
	fr, en := len(frWords.FindAllString(s, -1)), len(enWords.FindAllString(s, -1))
	french = accents.MatchString(s) || fr > en
	if s != "" {
		r := []rune(s)
		s = strings.ToUpper(string(r[:1])) + string(r[1:])
		if !strings.ContainsAny(s[len(s)-1:], ".!?") {
			s += "."
		}
	}
	return s, french
}

// frenchOf renders an English message of Art-Decor whose test has no words.
func frenchOf(plain string, where finding.Text) string {
	if plain == "" {
		return "La règle officielle n'est pas respectée par " + where.FR + "."
	}
	s := plain
	for _, p := range fromEnglish {
		s = strings.ReplaceAll(s, p[0], p[1])
	}
	return "Pour " + where.FR + " : " + s
}

// english renders a French message by the formulas the rules repeat.
func english(plain string) string {
	if plain == "" {
		return "The official rule is not kept."
	}
	s := " " + plain
	for _, p := range fromFrench {
		s = strings.ReplaceAll(s, p[0], p[1])
	}
	s = strings.TrimSpace(s)
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}
