package fhirmap

import (
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda"
)

// dateTime writes a CDA time as FHIR does. FHIR has no hour or minute precision: seconds are then
// zero. A time without offset is French local time.
//
// spec: FHIR R4 dateTime
func dateTime(raw string) string {
	t, ok := cda.TS{Raw: raw}.Parse(nil)
	if !ok {
		return ""
	}
	switch t.Precision {
	case cda.Year:
		return t.Time.Format("2006")
	case cda.Month:
		return t.Time.Format("2006-01")
	case cda.Day:
		return t.Time.Format("2006-01-02")
	case cda.Fraction:
		return t.Time.Format("2006-01-02T15:04:05.000-07:00")
	}
	return t.Time.Format("2006-01-02T15:04:05-07:00")
}

// instant writes a CDA time as an instant, which has always its seconds and its offset.
func instant(raw string) string {
	t, ok := cda.TS{Raw: raw}.Time()
	if !ok {
		return ""
	}
	return t.In(cda.Paris()).Format("2006-01-02T15:04:05-07:00")
}

// timestamp is the way back: a FHIR date or time as CDA writes it; "" when it cannot be read.
func timestamp(s string) string {
	s = strings.TrimSpace(s)
	switch len(s) {
	case 4, 7, 10:
		t := strings.ReplaceAll(s, "-", "")
		if _, ok := (cda.TS{Raw: t}).Parse(nil); ok && isDigits(t) {
			return t
		}
		return ""
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return ""
	}
	layout := "20060102150405-0700"
	if t.Nanosecond() != 0 {
		layout = "20060102150405.000-0700"
	}
	return t.Format(layout)
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
