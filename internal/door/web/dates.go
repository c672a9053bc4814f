package web

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // dates are French whatever the machine knows

	"github.com/socle-sante/socle/format/xds"
)

// paris is where the days of the pages are counted.
var paris = func() *time.Location {
	l, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return time.UTC
	}
	return l
}()

var months = map[string][]string{
	"fr": {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

var shortMonths = map[string][]string{
	"fr": {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},
	"en": {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
}

var weekdays = map[string][]string{
	"fr": {"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
	"en": {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
}

// moment reads a time of the domain (time.Time), of XDS (DTM in UTC) or of CDA (TS with offset),
// and tells how many digits it has: 8 and fewer are a day, which no time zone moves.
func moment(v any) (at time.Time, digits int, ok bool) {
	switch x := v.(type) {
	case time.Time:
		return x.In(paris), 14, !x.IsZero()
	case string:
		s := strings.TrimSpace(x)
		if len(s) == 10 && s[4] == '-' && s[7] == '-' { // YYYY-MM-DD
			s = s[:4] + s[5:7] + s[8:]
		}
		zone := time.UTC
		if i := strings.IndexAny(s, "+-"); i > 0 {
			if off, err := time.Parse("-0700", s[i:]); err == nil {
				zone = off.Location()
			}
			s = s[:i]
		}
		s, _, _ = strings.Cut(s, ".")
		t, ok := xds.ParseDTM(s)
		if !ok {
			return time.Time{}, 0, false
		}
		if len(s) <= 8 {
			return t, len(s), true
		}
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone).In(paris), len(s), true
	}
	return time.Time{}, 0, false
}

// dateWords writes a date in full: "12 mars 2026". What is not a date is given back as it is.
func dateWords(lang string, v any) string {
	t, digits, ok := moment(v)
	if !ok {
		s, _ := v.(string)
		return s
	}
	year := strconv.Itoa(t.Year())
	switch {
	case digits == 4:
		return year
	case digits == 6:
		return months[lang][t.Month()-1] + " " + year
	}
	return dayOf(lang, t) + " " + months[lang][t.Month()-1] + " " + year
}

// dayOf writes the day of a month; French says «1er».
func dayOf(lang string, t time.Time) string {
	if t.Day() == 1 && lang == "fr" {
		return "1ᵉʳ"
	}
	return strconv.Itoa(t.Day())
}

// clockWords writes the time of day: "14 h 32", "14:32"; nothing for a day without a time.
func clockWords(lang string, v any) string {
	t, digits, ok := moment(v)
	if !ok || digits < 12 {
		return ""
	}
	if lang == "en" {
		return t.Format("15:04")
	}
	return strconv.Itoa(t.Hour()) + " h " + t.Format("04")
}

// number writes a number of a document with the separators of the language; its digits stay as
// they are, none is added or rounded.
func number(lang, s string) string {
	if lang != "fr" || s == "" {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err != nil {
		return s
	}
	whole, frac, point := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	if strings.ContainsAny(s, "eE") {
		return strings.Replace(s, ".", ",", 1)
	}
	if len(whole) > 4 {
		var b strings.Builder
		for i, c := range whole {
			if i > 0 && (len(whole)-i)%3 == 0 {
				b.WriteRune('\u202f')
			}
			b.WriteRune(c)
		}
		whole = b.String()
	}
	if point {
		return sign + whole + "," + frac
	}
	return sign + whole
}

// age counts whole years, months under two years, days under a month.
func age(lang, birth string, now time.Time) string {
	b, digits, ok := moment(birth)
	if !ok || digits < 8 {
		return ""
	}
	n := now.In(paris)
	m := (n.Year()-b.Year())*12 + int(n.Month()) - int(b.Month())
	if n.Day() < b.Day() {
		m--
	}
	switch {
	case m < 0:
		return ""
	case m >= 24:
		return count(lang, "age.years", m/12)
	case m >= 1:
		return count(lang, "age.months", m)
	}
	return count(lang, "age.days", int(n.Sub(b).Hours()/24))
}
