package courriel

import (
	"strconv"
	"strings"
	"time"
)

// Date gives the moment of the Date field, with the obsolete forms of RFC 5322.
func (h Header) Date() (time.Time, bool) {
	v := h.Get("Date")
	if v == "" {
		return time.Time{}, false
	}
	return ParseDate(v)
}

// DateFormat is how dates are written.
// spec: RFC 5322 3.3
const DateFormat = "Mon, 02 Jan 2006 15:04:05 -0700"

var months = map[string]time.Month{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}

// zones are the names that still mean something; any other name is UTC.
// spec: RFC 5322 4.3
var zones = map[string]int{"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8, "CET": 1, "CEST": 2}

// ParseDate reads a date: day of the week optional and not believed, comments dropped, years of two
// or three digits, seconds optional, zones by name. A date of RFC 3339 is let through.
func ParseDate(s string) (time.Time, bool) {
	const maxDate = 200
	if len(s) > maxDate {
		return time.Time{}, false
	}
	s, _ = until(s, "\n", true)
	words := strings.Fields(strings.ReplaceAll(s, ",", " "))
	if len(words) == 1 {
		d, err := time.Parse(time.RFC3339, words[0])
		return d, err == nil
	}
	if len(words) > 0 && (words[0][0] < '0' || words[0][0] > '9') {
		words = words[1:]
	}
	if len(words) == 4 || len(words) == 3 {
		words = append(words, "-0000")
		if len(words) == 4 {
			words = append(words[:3], "00:00:00", "-0000")
		}
	}
	if len(words) < 5 {
		return time.Time{}, false
	}
	day, err := strconv.Atoi(words[0])
	month := months[strings.ToLower(words[1][:min(3, len(words[1]))])]
	year, err2 := strconv.Atoi(words[2])
	if err != nil || err2 != nil || month == 0 || year < 0 {
		return time.Time{}, false
	}
	switch {
	case len(words[2]) == 2 && year < 50:
		year += 2000
	case len(words[2]) <= 3:
		year += 1900
	}
	clock := strings.Split(words[3], ":")
	var hms [3]int
	if len(clock) < 2 || len(clock) > 3 {
		return time.Time{}, false
	}
	for i, c := range clock {
		if hms[i], err = strconv.Atoi(c); err != nil || hms[i] < 0 || len(c) > 2 {
			return time.Time{}, false
		}
	}
	zone, ok := zoneOf(words[4])
	if !ok || hms[0] > 23 || hms[1] > 59 || hms[2] > 60 || year < 1900 || year > 9999 {
		return time.Time{}, false
	}
	d := time.Date(year, month, day, hms[0], hms[1], min(hms[2], 59), 0, zone)
	return d, day > 0 && d.Day() == day
}

func zoneOf(s string) (*time.Location, bool) {
	if len(s) == 5 && (s[0] == '+' || s[0] == '-') {
		n, err := strconv.Atoi(s[1:])
		if err != nil || n < 0 || n%100 > 59 || n/100 > 23 {
			return nil, false
		}
		seconds := n/100*3600 + n%100*60
		if s[0] == '-' {
			seconds = -seconds
		}
		if seconds == 0 {
			return time.UTC, true
		}
		return time.FixedZone("", seconds), true
	}
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return nil, false
		}
	}
	if hours, ok := zones[strings.ToUpper(s)]; ok {
		return time.FixedZone("", hours*3600), true
	}
	return time.UTC, true
}
