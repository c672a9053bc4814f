package insid

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// Datamatrix is what the INS Datamatrix of a label, document or wristband says: a qualified identity.
// spec: INS §7
type Datamatrix struct {
	INS        INS
	Givens     string // birth given names, space separated
	BirthName  string
	Sex        string // M or F
	BirthDate  string // YYYY-MM-DD, lunar dates as given
	BirthPlace string // COG code; may be absent when read
}

// labelHeader begins every content: IS, version 01, and 22 zeros where 2D-Doc has its own fields.
const labelHeader = "IS01" + "0000000000000000000000"

// groupSeparator ends a field of variable length that is shorter than it may be.
const groupSeparator = "\x1d"

// maxLabel bounds a content: all the fields at their longest, with room for separators.
const maxLabel = 512

// labelFields is the table of fields, in the order they are written.
// spec: INS §7
var labelFields = []struct {
	id    string
	max   int
	fixed bool
	name  string
}{
	{"S1", 15, true, "matricule"}, {"S2", 20, false, "OID"}, {"S3", 100, false, "prénoms / given names"}, {"S4", 100, false, "nom / name"},
	{"S5", 1, true, "sexe / sex"}, {"S6", 10, true, "date"}, {"S7", 5, true, "lieu / place"},
}

// Content writes the content of the Datamatrix. An OID of 19 characters (production) is followed
// by a separator, one of 20 (test) is not.
// spec: INS §7
func (l Datamatrix) Content() (string, error) {
	if err := l.check(); err != nil {
		return "", err
	}
	if l.BirthPlace == "" {
		return "", labelError("INS-DM-CHAMP", "S7", "Le lieu de naissance manque.", "The birth place is missing.")
	}
	values := map[string]string{"S1": l.INS.Matricule.Reveal(), "S2": l.INS.OID, "S3": l.Givens, "S4": l.BirthName, "S5": l.Sex,
		"S6": l.BirthDate[8:] + "-" + l.BirthDate[5:7] + "-" + l.BirthDate[:4], "S7": l.BirthPlace}
	var b strings.Builder
	b.WriteString(labelHeader)
	for _, f := range labelFields {
		b.WriteString(f.id + values[f.id])
		if len(values[f.id]) < f.max {
			b.WriteString(groupSeparator)
		}
	}
	return b.String(), nil
}

// ParseDatamatrix reads the content of an INS Datamatrix, its fields in any order; S7 and the last
// separator may be absent. Errors are *finding.Refusal that name the field.
// spec: INS §7
func ParseDatamatrix(s string) (Datamatrix, error) {
	rest, err := afterHeader(s)
	if err != nil {
		return Datamatrix{}, err
	}
	values := map[string]string{}
	for rest = strings.TrimLeft(rest, groupSeparator); rest != ""; rest = strings.TrimLeft(rest, groupSeparator) {
		var id, value string
		if id, value, rest, err = cutField(rest); err != nil {
			return Datamatrix{}, err
		}
		if _, twice := values[id]; twice {
			return Datamatrix{}, labelError("INS-DM-CHAMP", id, "Le champ "+id+" figure deux fois.", "Field "+id+" stands twice.")
		}
		values[id] = value
	}
	for _, f := range labelFields[:6] {
		if _, ok := values[f.id]; !ok {
			return Datamatrix{}, labelError("INS-DM-CHAMP", f.id, "Le champ "+f.id+" ("+f.name+") manque.", "Field "+f.id+" ("+f.name+") is missing.")
		}
	}
	date := values["S6"]
	if len(date) != 10 || date[2] != '-' || date[5] != '-' {
		return Datamatrix{}, labelError("INS-DM-VALEUR", "S6", "La date de naissance n'est pas de la forme JJ-MM-AAAA.", "The birth date is not DD-MM-YYYY.")
	}
	id, e := Parse(values["S1"], values["S2"])
	l := Datamatrix{INS: id, Givens: values["S3"], BirthName: values["S4"], Sex: values["S5"],
		BirthDate: date[6:] + "-" + date[3:5] + "-" + date[:2], BirthPlace: values["S7"]}
	if e != nil {
		return Datamatrix{}, insError(e)
	}
	return l, l.check()
}

// afterHeader checks the header and gives what follows.
func afterHeader(s string) (string, error) {
	switch {
	case len(s) > maxLabel:
		return "", labelError("INS-DM-LONGUEUR", "", "Le contenu est trop long pour un Datamatrix INS.", "The content is too long for an INS Datamatrix.")
	case strings.HasPrefix(s, "DC"):
		return "", labelError("INS-DM-AUTRE", "", "Ce code est un 2D-Doc (en-tête DC), pas un Datamatrix INS.", "This code is a 2D-Doc (header DC), not an INS Datamatrix.")
	case !strings.HasPrefix(s, "IS"):
		return "", labelError("INS-DM-AUTRE", "", "Ce code n'est pas un Datamatrix INS : l'en-tête IS manque.", "This code is not an INS Datamatrix: header IS is missing.")
	case len(s) < len(labelHeader):
		return "", labelError("INS-DM-ENTETE", "", "L'en-tête de 26 caractères est incomplet.", "The header of 26 characters is incomplete.")
	case s[2:4] != "01":
		return "", labelError("INS-DM-ENTETE", "", "La version de ce Datamatrix INS n'est pas 01.", "The version of this INS Datamatrix is not 01.")
	case s[:len(labelHeader)] != labelHeader:
		return "", labelError("INS-DM-ENTETE", "", "L'en-tête ne porte pas les 22 zéros attendus.", "The header does not carry the 22 zeros expected.")
	}
	return s[len(labelHeader):], nil
}

// cutField takes the first field off a content.
func cutField(s string) (id, value, rest string, err error) {
	for _, f := range labelFields {
		if !strings.HasPrefix(s, f.id) {
			continue
		}
		s = s[len(f.id):]
		if f.fixed {
			if len(s) < f.max || strings.Contains(s[:f.max], groupSeparator) {
				return "", "", "", labelError("INS-DM-CHAMP", f.id, "Le champ "+f.id+" ("+f.name+") est incomplet.", "Field "+f.id+" ("+f.name+") is incomplete.")
			}
			return f.id, s[:f.max], s[f.max:], nil
		}
		end := min(len(s), f.max)
		if i := strings.Index(s[:end], groupSeparator); i >= 0 {
			end = i
		}
		return f.id, s[:end], s[end:], nil
	}
	return "", "", "", labelError("INS-DM-CHAMP", "", "Un champ n'est pas l'un de S1 à S7, ou un séparateur manque avant lui.", "A field is none of S1 to S7, or a separator is missing before it.")
}

// check refuses values that no qualified identity has.
func (l Datamatrix) check() error {
	switch {
	case !IsINS(l.INS.OID) || len(l.INS.Matricule) != 15:
		return insError(ErrOID)
	case !labelName(l.Givens, labelFields[2].max):
		return labelError("INS-DM-VALEUR", "S3", "La liste des prénoms n'en est pas une.", "The list of given names is none.")
	case !labelName(l.BirthName, labelFields[3].max):
		return labelError("INS-DM-VALEUR", "S4", "Le nom de naissance n'en est pas un.", "The birth name is none.")
	case l.Sex != "M" && l.Sex != "F":
		return labelError("INS-DM-VALEUR", "S5", "Le sexe n'est ni M ni F.", "The sex is neither M nor F.")
	case !labelDate(l.BirthDate):
		return labelError("INS-DM-VALEUR", "S6", "La date de naissance n'en est pas une.", "The birth date is none.")
	case l.BirthPlace != "" && !labelPlace(l.BirthPlace):
		return labelError("INS-DM-VALEUR", "S7", "Le lieu de naissance n'est pas un code COG.", "The birth place is no COG code.")
	}
	return nil
}

func labelName(s string, most int) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && c != '-' && c != '\'' && c != ' ' {
			return false
		}
	}
	return s != "" && len(s) <= most
}

// labelDate accepts the form YYYY-MM-DD; months and days may be those of registers.
func labelDate(s string) bool {
	for i := range len(s) {
		if (i == 4 || i == 7) != (s[i] == '-') || s[i] != '-' && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return len(s) == 10
}

func labelPlace(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && !(i == 1 && s[0] == '2' && (c == 'A' || c == 'B')) {
			return false
		}
	}
	return len(s) == 5
}

// insError turns an error of Parse into a refusal.
func insError(err error) error {
	var r *finding.Refusal
	switch err {
	case ErrOID:
		r = labelError("INS-DM-OID", "S2", "L'OID n'est pas celui d'un INS, ou le séparateur qui le suit manque (OID de 19 caractères).",
			"The OID is not one of an INS, or the separator after it is missing (OID of 19 characters).")
	case ErrKey:
		r = labelError("INS-DM-VALEUR", "S1", "La clé du matricule est fausse.", "The key of the matricule is wrong.")
	default:
		r = labelError("INS-DM-VALEUR", "S1", "Le matricule n'a pas la forme d'un INS.", "The matricule has not the shape of an INS.")
	}
	return r.With(err)
}

func labelError(id, field, fr, en string) *finding.Refusal {
	return &finding.Refusal{ID: id, Kind: finding.Invalid, Where: field, Rule: "Datamatrix INS", Message: finding.T(fr, en),
		Fix: finding.T("Lisez le code d'un document ou d'une étiquette qui porte l'INS d'une identité qualifiée, ou saisissez les traits.",
			"Read the code of a document or label that carries the INS of a qualified identity, or type the traits.")}
}
