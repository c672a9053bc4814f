package ins

import (
	"strings"
	"unicode"

	"github.com/socle-sante/socle/format/finding"
)

// foldings expands what RNIV writes in two letters and strips diacritics of the Latin letters
// met in French registers.
var foldings = map[rune]string{
	'Œ': "OE", 'Æ': "AE", 'ß': "SS", 'ẞ': "SS", 'Ø': "O", 'Đ': "D", 'Ð': "D", 'Þ': "TH", 'Ł': "L",
	'À': "A", 'Á': "A", 'Â': "A", 'Ã': "A", 'Ä': "A", 'Å': "A", 'Ā': "A", 'Ă': "A", 'Ą': "A",
	'Ç': "C", 'Ć': "C", 'Č': "C", 'Ď': "D",
	'È': "E", 'É': "E", 'Ê': "E", 'Ë': "E", 'Ē': "E", 'Ę': "E", 'Ě': "E",
	'Ğ': "G", 'Ì': "I", 'Í': "I", 'Î': "I", 'Ï': "I", 'Ī': "I", 'İ': "I",
	'Ñ': "N", 'Ń': "N", 'Ň': "N", 'Ò': "O", 'Ó': "O", 'Ô': "O", 'Õ': "O", 'Ö': "O", 'Ō': "O", 'Ő': "O",
	'Ř': "R", 'Ś': "S", 'Ş': "S", 'Š': "S", 'Ș': "S", 'Ť': "T", 'Ț': "T",
	'Ù': "U", 'Ú': "U", 'Û': "U", 'Ü': "U", 'Ū': "U", 'Ů': "U", 'Ű': "U",
	'Ý': "Y", 'Ÿ': "Y", 'Ź': "Z", 'Ż': "Z", 'Ž': "Z",
	'’': "'", '‘': "'", 'ʼ': "'", '‐': "-", '‑': "-", '–': "-", '\u00a0': " ", '\t': " ",
}

// Normalise writes a name as RNIV stores it: upper case A–Z, hyphen and apostrophe kept, single
// spaces. Characters it cannot write are kept as they are and reported by CheckName.
// spec: INS §2
func Normalise(s string) string {
	var b strings.Builder
	for _, c := range strings.ToUpper(s) {
		if f, ok := foldings[c]; ok {
			b.WriteString(f)
			continue
		}
		if unicode.Is(unicode.Mn, c) { // a combining accent after its letter
			continue
		}
		b.WriteRune(c)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Comparable is a name as it is compared: normalised, hyphens and apostrophes as spaces.
// spec: INS §2
func Comparable(s string) string {
	s = strings.NewReplacer("-", " ", "'", " ").Replace(Normalise(s))
	return strings.Join(strings.Fields(s), " ")
}

// maxName is the longest birth name the INSi guide allows.
const maxName = 100

// CheckName refuses what no register writes: digits, control characters, other alphabets.
func CheckName(field, s string) *finding.Refusal {
	v := Normalise(s)
	if v == "" {
		return errTrait.At(field).Saying(finding.Tf("Le champ %s est vide.", "The field %s is empty.", field))
	}
	if len(v) > maxName {
		return errTrait.At(field).Saying(finding.Tf("Le champ %s dépasse %d caractères.", "The field %s is over %d characters.", field, maxName))
	}
	for _, c := range v {
		if c >= 'A' && c <= 'Z' || c == '-' || c == '\'' || c == ' ' {
			continue
		}
		return errTrait.At(field).Saying(finding.Tf("Le champ %s contient «%c», qui n'existe pas dans un nom d'état civil.",
			"The field %s holds %q, which no civil name holds.", field, c))
	}
	return nil
}

// checkUsed refuses a used name that is no name. It may be written more freely than a birth name.
func checkUsed(field, s string) *finding.Refusal {
	if len(s) > maxName {
		return errTrait.At(field).Saying(finding.Tf("Le champ %s dépasse %d caractères.", "The field %s is over %d characters.", field, maxName))
	}
	for _, c := range s {
		if unicode.IsControl(c) || unicode.IsDigit(c) {
			return errTrait.At(field).Saying(finding.Tf("Le champ %s contient %q, qui n'existe pas dans un nom.", "The field %s holds %q, which no name holds.", field, c))
		}
	}
	return nil
}

// Normalised gives the traits as they are stored.
func (t Traits) Normalised() Traits {
	t.BirthName = Normalise(t.BirthName)
	t.FirstGiven = Normalise(t.FirstGiven)
	t.Givens = Normalise(t.Givens)
	if t.Givens == "" {
		t.Givens = t.FirstGiven
	}
	t.Sex = strings.ToUpper(strings.TrimSpace(t.Sex))
	t.BirthPlace = strings.ToUpper(strings.TrimSpace(t.BirthPlace))
	t.UsedName = Normalise(t.UsedName)
	t.UsedGiven = Normalise(t.UsedGiven)
	return t
}

// Check refuses traits that cannot make an identity. Birth name, first given name, birth date,
// sex and birth place are mandatory; lunar dates are accepted as given.
// spec: INS §2
func (t Traits) Check() error {
	if e := CheckName("birth_name", t.BirthName); e != nil {
		return e
	}
	if e := CheckName("birth_given", t.FirstGiven); e != nil {
		return e
	}
	if t.Givens != "" {
		if e := CheckName("birth_givens", t.Givens); e != nil {
			return e
		}
		if !firstOf(t.Givens, t.FirstGiven) {
			return errTrait.At("birth_givens").Saying(finding.T(
				"La liste des prénoms ne commence pas par le premier prénom de naissance.",
				"The list of given names does not begin with the first birth given name."))
		}
	}
	if t.Sex != "M" && t.Sex != "F" && t.Sex != "I" {
		return errTrait.At("sex").Saying(finding.Tf("Le sexe «%s» n'est ni M, ni F, ni I.", "Sex %q is not M, F or I.", t.Sex))
	}
	if r := CheckBirthDate(t.BirthDate); r != nil {
		return r
	}
	if r := CheckBirthPlace(t.BirthPlace, t.BirthDate); r != nil {
		return r
	}
	if r := checkUsed("used_name", t.UsedName); r != nil {
		return r
	}
	if r := checkUsed("used_given", t.UsedGiven); r != nil {
		return r
	}
	return nil
}

// firstOf tells whether list begins with first, hyphens and apostrophes neutralised.
func firstOf(list, first string) bool {
	l, f := Comparable(list), Comparable(first)
	return l == f || strings.HasPrefix(l, f+" ")
}

// FirstOf cuts the first birth given name out of a list, at the place where hint ends: hint is the
// first given name read on the identity document, hyphens and apostrophes counting for nothing
// ("JEAN-PIERRE" in "JEAN PIERRE PAUL"). ok is false when the list does not begin with it.
// spec: INS §2 (list of given names)
func FirstOf(list, hint string) (first string, ok bool) {
	list, want := Normalise(list), Comparable(hint)
	if want == "" {
		return "", false
	}
	for i := range len(list) + 1 {
		if (i == len(list) || list[i] == ' ') && Comparable(list[:i]) == want {
			return list[:i], true
		}
	}
	return "", false
}

// strictly tells whether two sets of strict traits are the same for RNIV, list of given names included.
func (t Traits) strictly(o Traits) bool {
	return len(t.Differences(o)) == 0 && Comparable(t.Givens) == Comparable(o.Givens)
}

// Differences names the strict traits on which two identities differ, compared as RNIV compares.
func (t Traits) Differences(o Traits) []string {
	var out []string
	add := func(name string, differ bool) {
		if differ {
			out = append(out, name)
		}
	}
	add("birth_name", Comparable(t.BirthName) != Comparable(o.BirthName))
	add("birth_given", Comparable(t.FirstGiven) != Comparable(o.FirstGiven))
	add("birth_date", t.BirthDate != o.BirthDate)
	add("sex", t.Sex != o.Sex)
	add("birth_place", t.BirthPlace != o.BirthPlace)
	return out
}

var errTrait = &finding.Refusal{
	ID: "INS-TRAIT", Kind: finding.Invalid, Rule: "RNIV, traits stricts",
	Message: finding.T("Un trait d'identité ne convient pas.", "An identity trait is not acceptable."),
	Fix: finding.T("Reprenez le trait tel qu'il figure sur la pièce d'identité ou dans la réponse d'INSi.",
		"Take the trait as it stands on the identity document or in the INSi answer."),
}
