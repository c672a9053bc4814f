package check

import (
	"regexp"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
)

// hint recognises how a value went wrong and says what to write instead; the zero Text means that
// nothing better than the expected form can be said.
func hint(what, found string) finding.Text {
	if t := strings.TrimFunc(found, blank); t != found {
		return finding.Tf("Retirer les espaces autour de la valeur de %s et écrire « %s ».", "Remove the blanks around the value of %s and write “%s”.", what, t)
	}
	switch {
	case strings.HasSuffix(what, "@root"), strings.HasSuffix(what, "@codeSystem"):
		return hintOID(what, found)
	case strings.HasSuffix(what, "ime/@value"), strings.HasSuffix(what, "low/@value"), strings.HasSuffix(what, "high/@value"):
		return hintTime(what, found)
	case strings.HasSuffix(what, "/@value") && decimalComma.MatchString(found):
		return finding.Tf("Le séparateur décimal est le point : écrire « %s » dans %s.", "The decimal separator is the point: write “%s” in %s.", strings.Replace(found, ",", ".", 1), what)
	case strings.HasSuffix(what, "telecom/@value"):
		return hintTelecom(found)
	}
	return finding.Text{}
}

// decimalComma is a number as French people write it.
var decimalComma = regexp.MustCompile(`^[-+]?\d+,\d+$`)

// blank tells white space, the no-break and zero-width kinds included.
func blank(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\u00a0', '\u202f', '\u2009', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return true
	}
	return false
}

// hintOID says which of the usual slips spoiled an OID.
func hintOID(what, found string) finding.Text {
	if bare, ok := strings.CutPrefix(strings.ToLower(found), "urn:oid:"); ok {
		return finding.Tf("Retirer le préfixe « urn:oid: » de %s : une CDA porte l'OID nu, « %s ».", "Remove prefix “urn:oid:” from %s: a CDA holds the bare OID, “%s”.", what, bare)
	}
	if bare, ok := strings.CutPrefix(strings.ToLower(found), "urn:uuid:"); ok {
		return finding.Tf("Retirer le préfixe « urn:uuid: » de %s et écrire « %s ».", "Remove prefix “urn:uuid:” from %s and write “%s”.", what, bare)
	}
	if t := strings.Trim(found, "."); t != found && looseOID(t) {
		return finding.Tf("Retirer le point en trop au bord de %s et écrire « %s ».", "Remove the extra dot at the edge of %s and write “%s”.", what, t)
	}
	if strings.Contains(found, "..") {
		return finding.Tf("Un arc est vide dans %s (deux points de suite) : retrouver le nombre manquant dans « %s ».", "An arc is empty in %s (two dots in a row): find the missing number in “%s”.", what, shorten(found))
	}
	if strings.Trim(found, "0123456789.") == "" {
		arcs := strings.Split(found, ".")
		zero := false
		for i, a := range arcs {
			if len(a) > 1 && a[0] == '0' {
				zero = true
				arcs[i] = strings.TrimLeft(a[:len(a)-1], "0") + a[len(a)-1:]
			}
		}
		if zero {
			return finding.Tf("Aucun arc d'un OID ne commence par zéro : écrire « %s » dans %s.", "No arc of an OID starts with zero: write “%s” in %s.", strings.Join(arcs, "."), what)
		}
		if found[0] > '2' {
			return finding.Tf("Le premier arc d'un OID est 0, 1 ou 2 : « %s » n'en est pas un ; écrire l'OID complet du domaine dans %s.", "The first arc of an OID is 0, 1 or 2: “%s” is none; write the whole OID of the domain in %s.", shorten(found), what)
		}
	}
	if t := strings.Map(digitDot, found); t != found && looseOID(t) {
		return finding.Tf("« %s » contient des signes qui ne sont ni chiffres ni points : écrire « %s » dans %s.", "“%s” holds signs that are neither digits nor dots: write “%s” in %s.", shorten(found), t, what)
	}
	if t := strings.ToLower(strings.Trim(found, "{}")); t != found && oid.IsUUID(t) {
		return finding.Tf("Écrire l'UUID sans accolades : « %s ».", "Write the UUID without braces: “%s”.", t)
	}
	return finding.Text{}
}

func digitDot(r rune) rune {
	switch {
	case r >= '0' && r <= '9' || r == '.':
		return r
	case r == ',' || r == '-' || r == ';' || r == '·':
		return '.'
	}
	return -1
}

// hintTime says what a text of time should have been.
func hintTime(what, found string) finding.Text {
	if at, _, ok := strings.Cut(found, "T"); ok && len(at) == 10 || len(found) == 10 && found[4] == '-' {
		return finding.Tf("%s est au format ISO 8601 : retirer tirets, deux-points et « T » et écrire « %s ».", "%s is in the ISO 8601 form: remove dashes, colons and “T” and write “%s”.", what, compactISO(found))
	}
	if len(found) >= 10 && (found[2] == '/' || found[2] == '-' || found[2] == '.') && found[2] == found[5] {
		return finding.Tf("%s est écrit jour d'abord : mettre l'année, le mois puis le jour, sans séparateur, « %s ».", "%s is written day first: put year, month and day without separator, “%s”.", what, found[6:10]+found[3:5]+found[0:2])
	}
	if len(found) >= 8 && strings.Trim(found[:8], "0123456789") == "" {
		y, m, d := found[:4], found[4:6], found[6:8]
		switch {
		case y == "0000":
			return finding.Tf("%s porte l'année 0000 : écrire la vraie date, ou nullFlavor=\"UNK\" si elle n'est pas connue.", "%s has year 0000: write the true date, or nullFlavor=\"UNK\" when it is not known.", what)
		case m > "12" || m == "00":
			return finding.Tf("%s : le mois %s n'existe pas ; l'ordre est année, mois, jour.", "%s: there is no month %s; the order is year, month, day.", what, m)
		default:
			if _, ok := (cda.TS{Raw: found[:8]}).Time(); !ok {
				return finding.Tf("%s : le %s/%s/%s n'existe pas au calendrier ; vérifier la date.", "%s: %s/%s/%s is not in the calendar; check the date.", what, d, m, y)
			}
		}
	}
	if i := strings.LastIndexAny(found, "+-"); i > 0 && strings.Contains(found[i:], ":") {
		return finding.Tf("Le décalage horaire s'écrit sans deux-points : « %s ».", "The offset is written without colon: “%s”.", strings.Replace(found, ":", "", 1))
	}
	return finding.Text{}
}

func compactISO(s string) string {
	date, rest, _ := strings.Cut(s, "T")
	date = strings.ReplaceAll(date, "-", "")
	rest = strings.ReplaceAll(rest, ":", "")
	if z, ok := strings.CutSuffix(rest, "Z"); ok {
		rest = z + "+0000"
	}
	return date + rest
}

func hintTelecom(found string) finding.Text {
	scheme, rest, colon := strings.Cut(found, ":")
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, found)
	switch {
	case colon && rest == "":
		return finding.Tf("telecom n'a que le préfixe « %s: » : écrire le numéro ou l'adresse, ou mettre seulement nullFlavor=\"UNK\".", "telecom has the prefix “%s:” only: write the number or address, or nullFlavor=\"UNK\" alone.", scheme)
	case telecomSchemes[strings.ToLower(scheme)] && colon:
		return finding.Tf("Le préfixe s'écrit en minuscules : « %s:%s ».", "The prefix is in lower case: “%s:%s”.", strings.ToLower(scheme), rest)
	case strings.Contains(found, "@"):
		return finding.Tf("Ajouter le préfixe « mailto: » : « mailto:%s ».", "Add prefix “mailto:”: “mailto:%s”.", found)
	case len(digits) >= 6:
		return finding.Tf("Ajouter le préfixe « tel: » (ou « fax: ») : « tel:%s ».", "Add prefix “tel:” (or “fax:”): “tel:%s”.", digits)
	}
	return finding.Text{}
}
