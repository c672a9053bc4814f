package mssante

import (
	"regexp"
	"strings"
)

// The marks of a subject.
const (
	// spec: MSSanté ECO.2.1.3
	SubjectPrefix = "XDM/1.0/DDM+"
	// spec: MSSanté 7
	FailurePrefix = "[KO Intégration système !]"
	// FIN withdraws from a citizen the right to answer every earlier message; the case counts.
	// spec: MSSanté ENS 7
	FINSubject = "[FIN]"
	// spec: MSSanté AMBU.MSS/va1.02
	replaceMark = "[Annule et remplace]"
	deleteMark  = "[Suppression]"
)

// Subject is the subject of a mail that carries documents, or tells of their integration.
type Subject struct {
	Code     string // of the integration that failed: "902"; Failed says that there was one
	Failed   bool
	Replaces bool   // «annule et remplace»
	Deletes  bool   // asks for a deletion
	Label    string // "CR d'examens biologiques"
	Family   string // in capitals
	Given    string
	Birth    string // JJ/MM/AAAA, optional
}

// String writes the subject: XDM/1.0/DDM+<libellé> <NOM> <prénom> <date de naissance>. Line ends and
// other controls are made blanks: a label never becomes a header.
//
// spec: MSSanté ECO.2.1.3
func (s Subject) String() string {
	var b strings.Builder
	if s.Failed {
		b.WriteString(FailurePrefix + "[" + oneLine(s.Code) + "] ")
	}
	b.WriteString(SubjectPrefix)
	label := s.Label
	switch {
	case s.Deletes:
		label = deleteMark + " " + label
	case s.Replaces:
		label = replaceMark + " " + label
	}
	b.WriteString(oneLine(strings.Join([]string{label, strings.ToUpper(s.Family), s.Given, s.Birth}, " ")))
	return b.String()
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool {
		return c <= ' ' || c == 0x7f || c == 0xa0 || c == 0x2028 || c == 0x2029 || c >= 0x80 && c < 0xa0
	}), " ")
}

var (
	answerMark  = regexp.MustCompile(`(?i)^\s*(re|tr|fw|fwd|réf|aw)\s*:\s*`)
	failureMark = regexp.MustCompile(`^\[KO Int[eé]gration syst[eè]me ?! ?\]\s*(?:\[([^\]]*)\])?\s*`)
	birthMark   = regexp.MustCompile(`^\d{2}/\d{2}/\d{4}$`)
	prefixMark  = regexp.MustCompile(`(?i)^XDM/1\.0/DDM\s*\+?\s*`)
)

// ParseSubject reads a decoded subject; false when it has not the mark of an archive. The words
// have no separators of their own: the last one that is no date is taken for the given name, the
// one before for the family name, and the label is the rest. Whoever knows the patient should
// rather ask Names.
func ParseSubject(text string) (Subject, bool) {
	var s Subject
	text = oneLine(text)
	for range 4 {
		m := answerMark.FindString(text)
		if m == "" {
			break
		}
		text = text[len(m):]
	}
	if m := failureMark.FindStringSubmatch(text); m != nil {
		s.Failed, s.Code = true, strings.TrimSpace(m[1])
		text = text[len(m[0]):]
	}
	mark := prefixMark.FindString(text)
	if mark == "" {
		return s, false
	}
	text = text[len(mark):]
	if rest, ok := cutFold(text, replaceMark); ok {
		s.Replaces, text = true, strings.TrimSpace(rest)
	}
	if rest, ok := cutFold(text, deleteMark); ok {
		s.Deletes, text = true, strings.TrimSpace(rest)
	}
	words := strings.Fields(text)
	if n := len(words); n > 0 && birthMark.MatchString(words[n-1]) {
		s.Birth, words = words[n-1], words[:n-1]
	}
	if n := len(words); n > 2 {
		s.Given, s.Family, words = words[n-1], words[n-2], words[:n-2]
	}
	s.Label = strings.Join(words, " ")
	return s, true
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// Shown is a subject as people read it: without the mark of an archive.
//
// spec: MSSanté SC.MSS/UX.28
func Shown(subject string) string {
	subject = oneLine(subject)
	if i := strings.Index(strings.ToUpper(subject), "XDM/1.0/DDM"); i >= 0 {
		if m := prefixMark.FindString(subject[i:]); m != "" {
			return strings.TrimSpace(subject[:i] + subject[i+len(m):])
		}
	}
	return subject
}

// Names reports whether a subject names a patient: family and given name, whatever the case and
// the accents.
func Names(subject, family, given string) bool {
	s := " " + plain(subject) + " "
	return strings.Contains(s, " "+plain(family)+" ") && strings.Contains(s, " "+plain(given)+" ")
}

var bareLetters = strings.NewReplacer("à", "a", "â", "a", "ä", "a", "á", "a", "ã", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "í", "i", "ñ", "n", "ô", "o", "ö", "o", "ó", "o", "ù", "u", "û", "u", "ü", "u", "ú", "u", "ÿ", "y", "œ", "oe", "æ", "ae", "-", " ", "'", " ", "’", " ", "+", " ")

// plain makes words comparable.
func plain(s string) string {
	return strings.Join(strings.Fields(bareLetters.Replace(strings.ToLower(compose(strings.ToLower(s))))), " ")
}

// DisplayName writes the name shown beside the address of a personal mailbox:
// Titre_Prenom_NOM_Entite, the first and the last optional.
//
// spec: MSSanté ECO.2.2.7
func DisplayName(title, given, family, entity string) string {
	var parts []string
	for _, p := range []string{title, given, strings.ToUpper(family), entity} {
		if p = strings.ReplaceAll(oneLine(p), "_", " "); p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "_")
}

// IsPersonalName reports whether a display name has the form of a personal mailbox: two parts at
// least, the family name in capitals after the given name.
//
// spec: MSSanté ECO.2.2.7
func IsPersonalName(name string) bool {
	parts := strings.Split(name, "_")
	for i, p := range parts {
		if strings.TrimSpace(p) == "" {
			return false
		}
		if i > 0 && i < 3 && strings.ToUpper(p) == p && strings.ToLower(p) != p {
			return true
		}
	}
	return false
}
