package ins

import (
	"strconv"
	"time"

	"github.com/socle-sante/socle/format/finding"
)

// Lunar reports whether a birth date is only partly known: registers then write a day 00, or a
// month that is none (00, 13 and above). Such a date is kept as it was given.
// spec: INS §2 (partly known dates)
func Lunar(date string) bool {
	month, day, ok := monthDay(date)
	return ok && (month == 0 || month > 12 || day == 0)
}

func monthDay(date string) (month, day int, ok bool) {
	if len(date) != 10 || date[4] != '-' || date[7] != '-' {
		return 0, 0, false
	}
	for i := range len(date) {
		if c := date[i]; i != 4 && i != 7 && (c < '0' || c > '9') {
			return 0, 0, false
		}
	}
	month, _ = strconv.Atoi(date[5:7])
	day, _ = strconv.Atoi(date[8:])
	return month, day, true
}

// firstYear is the earliest year of birth that can be asked for today.
const firstYear = "1850"

// CheckBirthDate refuses what is no date of birth: another form than AAAA-MM-JJ, or a day that a
// real month does not have. Lunar dates pass.
// spec: INS §2 (partly known dates)
func CheckBirthDate(date string) *finding.Refusal {
	if _, _, ok := monthDay(date); !ok {
		return errTrait.At("birth_date").Saying(finding.Tf("La date de naissance «%s» n'est pas de la forme AAAA-MM-JJ.",
			"Birth date %q is not YYYY-MM-DD.", date))
	}
	if date < firstYear {
		return errTrait.At("birth_date").Saying(finding.Tf("L'année de naissance de «%s» n'est pas possible.", "The birth year of %q is not possible.", date))
	}
	if Lunar(date) {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		r := errTrait.At("birth_date").Saying(finding.Tf("Le %s n'existe pas au calendrier.", "%s is not in the calendar.", date))
		r.Fix = finding.T("Jour inconnu : 01 ; mois inconnu : 01 ; jour et mois inconnus : 31/12 de l'année. Une date lunaire rendue par INSi (1966-00-00) se garde telle quelle.",
			"Unknown day: 01; unknown month: 01; both unknown: 31 December of the year. A lunar date answered by INSi (1966-00-00) is kept as it is.")
		return r
	}
	return nil
}

// CheckNotFuture refuses a day after today.
func CheckNotFuture(field, date string, now time.Time) *finding.Refusal {
	if !Lunar(date) && date > now.Format(time.DateOnly) {
		return errTrait.At(field).Saying(finding.Tf("Le %s est dans le futur.", "%s is in the future.", date))
	}
	return nil
}

// BirthDateOf makes the date of somebody whose day or month is not known, as RNIV writes it: 0
// stands for unknown.
// spec: INS §2 (partly known dates)
func BirthDateOf(year, month, day int) string {
	switch {
	case month == 0 && day == 0:
		month, day = 12, 31
	case month == 0:
		month = 1
	case day == 0:
		day = 1
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// UnknownPlace is the birth place of somebody whose birth place is not known.
const UnknownPlace = "99999"

// Corsica became 2A and 2B, and the departments of the Maghreb ended, on these days.
const (
	endOfDepartment20 = "1976-01-01"
	endOfMaghreb      = "1968-01-01"
)

// CheckBirthPlace refuses what is no COG code of a commune or country in force at a birth date.
// The form decides, not a list of communes: old codes stay good for those born under them.
// spec: INS §2 (birth place)
func CheckBirthPlace(code, birthDate string) *finding.Refusal {
	bad := func(fr, en string) *finding.Refusal {
		r := errTrait.At("birth_place").Saying(finding.Tf("Le lieu de naissance «%s» "+fr, "Birth place %q "+en, code))
		r.Fix = finding.T("Donnez le code INSEE (COG) à 5 caractères de la commune à la date de naissance (63220, 2A004, 97105), 99 et le code du pays (99350), ou 99999 si le lieu est inconnu.",
			"Give the 5 character INSEE code (COG) of the commune at the date of birth (63220, 2A004, 97105), 99 and the country (99350), or 99999 when unknown.")
		return r
	}
	if len(code) != 5 {
		return bad("n'est pas un code COG de 5 caractères.", "is not a 5 character COG code.")
	}
	for i := range len(code) {
		c := code[i]
		if (c < '0' || c > '9') && !(i == 1 && code[0] == '2' && (c == 'A' || c == 'B')) {
			return bad("n'est pas un code COG de 5 caractères.", "is not a 5 character COG code.")
		}
	}
	department, rest := code[:2], code[2:]
	known := len(birthDate) == 10
	switch {
	case code == UnknownPlace:
		return nil
	case department == "00":
		return bad("a un département qui n'existe pas.", "has a department that does not exist.")
	case department == "99":
		if rest[0] < '1' || rest[0] > '5' {
			return bad("n'est le code d'aucun pays.", "is the code of no country.")
		}
	case department == "97" && (rest[0] < '1' || rest[0] > '8'), department == "98" && (rest[0] < '4' || rest[0] == '5'):
		return bad("n'est le code d'aucun territoire d'outre-mer.", "is the code of no overseas territory.")
	case department == "20" && known && birthDate >= endOfDepartment20:
		return bad("est du département 20, qui a pris fin en 1976 : 2A ou 2B.", "is in department 20, which ended in 1976: 2A or 2B.")
	case department == "96" && known && birthDate >= endOfMaghreb:
		return bad("est d'un département qui a pris fin.", "is in a department that has ended.")
	case rest == "000":
		return bad("ne désigne aucune commune.", "names no commune.")
	}
	return nil
}
