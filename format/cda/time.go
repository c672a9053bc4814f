package cda

import (
	"strings"
	"sync"
	"time"
)

// TS is a point in time as written; its text is never lost. Null is its nullFlavor.
type TS struct{ Raw, Null string }

// Precision says how much of a time is written.
type Precision int

// The precisions, coarsest first.
const (
	Unreadable Precision = iota
	Year
	Month
	Day
	Hour
	Minute
	Second
	Fraction
)

// layouts of the part before the offset, by precision.
var layouts = [...]string{Year: "2006", Month: "200601", Day: "20060102", Hour: "2006010215", Minute: "200601021504", Second: "20060102150405"}

// IsZero reports whether no time is written.
func (t TS) IsZero() bool { return t.Raw == "" }

// Parsed is what a text of time says.
type Parsed struct {
	Time      time.Time
	Precision Precision
	Offset    bool // an offset was written
}

// Parse reads YYYY[MM[DD[HH[MM[SS[.f…]]]]]][±ZZZZ]. A time without offset is read in loc
// (nil is Europe/Paris): French systems write local time. ok is false when it cannot be read.
//
// spec: CI-SIS cda §1.1
func (t TS) Parse(loc *time.Location) (p Parsed, ok bool) {
	s := strings.TrimSpace(t.Raw)
	if len(s) < 4 || len(s) > maxTS {
		return Parsed{}, false
	}
	if loc == nil {
		loc = Paris()
	}
	if i := strings.LastIndexAny(s, "+-"); i > 0 {
		off, good := offset(s[i:])
		if !good || i < 8 {
			return Parsed{}, false
		}
		p.Offset, loc, s = true, time.FixedZone("", off), s[:i]
	} else if strings.HasSuffix(s, "Z") {
		p.Offset, loc, s = true, time.UTC, s[:len(s)-1]
	}
	s, frac, hasFrac := strings.Cut(s, ".")
	for pr, layout := range layouts {
		if layout == "" || len(s) != len(layout) {
			continue
		}
		at, err := time.ParseInLocation(layout, s, loc)
		if err != nil {
			return Parsed{}, false
		}
		p.Time, p.Precision = at, Precision(pr)
	}
	if p.Precision == Unreadable || hasFrac && p.Precision != Second {
		return Parsed{}, false
	}
	if hasFrac {
		ns, good := nanoseconds(frac)
		if !good {
			return Parsed{}, false
		}
		p.Time, p.Precision = p.Time.Add(ns), Fraction
	}
	return p, true
}

// maxTS bounds the text of a time: 14 digits, a fraction of 9, an offset, some slack.
const maxTS = 40

// offset reads ±ZZZZ; an official example writes "+100" for one hour, so shorter forms are read
// as hours, or hours and minutes.
func offset(s string) (seconds int, ok bool) {
	d := strings.Replace(s[1:], ":", "", 1)
	if len(d) < 1 || len(d) > 4 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(d); i++ {
		if d[i] < '0' || d[i] > '9' {
			return 0, false
		}
		n = n*10 + int(d[i]-'0')
	}
	if len(d) <= 2 {
		n *= 100
	}
	if n%100 > 59 || n > 1400 {
		return 0, false
	}
	seconds = n/100*3600 + n%100*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

func nanoseconds(frac string) (time.Duration, bool) {
	if frac == "" || len(frac) > 12 {
		return 0, false
	}
	n := 0
	for i := 0; i < 9; i++ {
		n *= 10
		if i < len(frac) {
			n += int(frac[i] - '0')
		}
	}
	for i := 0; i < len(frac); i++ {
		if frac[i] < '0' || frac[i] > '9' {
			return 0, false
		}
	}
	return time.Duration(n), true
}

// Time gives the instant (the earliest the text allows); ok is false when it cannot be read.
func (t TS) Time() (time.Time, bool) {
	p, ok := t.Parse(nil)
	return p.Time, ok
}

// DTM writes the time as XDS wants it: UTC, the same precision up to the second, no offset. A
// date without time stays the date. It gives "" for what cannot be read.
//
// spec: CI-SIS cda §6
func (t TS) DTM() string {
	p, ok := t.Parse(nil)
	if !ok {
		return ""
	}
	pr := min(p.Precision, Second)
	if pr >= Hour {
		p.Time = p.Time.UTC()
	}
	return p.Time.Format(layouts[pr])
}

// Date gives YYYY-MM-DD, YYYY-MM or YYYY as far as it is written, in the time's own offset.
func (t TS) Date() string {
	p, ok := t.Parse(nil)
	if !ok {
		return ""
	}
	switch p.Precision {
	case Year:
		return p.Time.Format("2006")
	case Month:
		return p.Time.Format("2006-01")
	}
	return p.Time.Format("2006-01-02")
}

// Paris is the zone of times written without offset; fixed at +01:00 where the machine has
// no zone data.
var Paris = sync.OnceValue(func() *time.Location {
	if loc, err := time.LoadLocation("Europe/Paris"); err == nil {
		return loc
	}
	return time.FixedZone("CET", 3600)
})
