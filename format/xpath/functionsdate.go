package xpath

import (
	"math/big"
	"time"
)

// spec: XPath-FO 16
var clockFunctions = map[string]*function{
	"current-dateTime": {static: atomic_, value: func(r *Run, _ []expr) (Item, bool) { return r.clock(TypeDateTime), true }},
	"current-date":     {static: atomic_, value: func(r *Run, _ []expr) (Item, bool) { return r.clock(TypeDate), true }},
	"current-time":     {static: atomic_, value: func(r *Run, _ []expr) (Item, bool) { return r.clock(TypeTime), true }},
	"implicit-timezone": {static: atomic_, value: func(r *Run, _ []expr) (Item, bool) {
		_, off := r.now.Zone()
		return durationItem(TypeDayTime, 0, new(big.Rat).SetInt64(int64(off))), true
	}},
}

func (r *Run) clock(t Type) Item {
	if r.now.IsZero() {
		fail(IDUnsupported, "", "l'heure n'a pas été donnée à l'évaluation", "the time was not given to the evaluation")
	}
	now := Item{typ: TypeDateTime, ext: &extended{t: r.now.In(r.implicitZone()), zoned: true}}
	return castItem(r, now, t)
}

// spec: XPath-FO 10.5
var dateFunctions = map[string]*function{
	"dateTime": {min: 2, max: 2, static: atomic_, value: func(r *Run, a []expr) (Item, bool) {
		d, ok1 := moment(r, a[0], TypeDate)
		t, ok2 := moment(r, a[1], TypeTime)
		if !ok1 || !ok2 {
			return d, false
		}
		loc, zoned := d.ext.t.Location(), d.ext.zoned
		if t.ext.zoned {
			if _, a := d.ext.t.Zone(); zoned {
				if _, b := t.ext.t.Zone(); a != b {
					fail(IDValue, "FORG0008", "date et heure de fuseaux différents", "date and time of different zones")
				}
			}
			loc, zoned = t.ext.t.Location(), true
		}
		x, y := d.ext.t, t.ext.t
		return Item{typ: TypeDateTime, ext: &extended{zoned: zoned,
			t: time.Date(x.Year(), x.Month(), x.Day(), y.Hour(), y.Minute(), y.Second(), y.Nanosecond(), loc)}}, true
	}},
	"year-from-dateTime":     part(TypeDateTime, func(t time.Time) Item { return integerItem(int64(t.Year())) }),
	"month-from-dateTime":    part(TypeDateTime, func(t time.Time) Item { return integerItem(int64(t.Month())) }),
	"day-from-dateTime":      part(TypeDateTime, func(t time.Time) Item { return integerItem(int64(t.Day())) }),
	"hours-from-dateTime":    part(TypeDateTime, func(t time.Time) Item { return integerItem(int64(t.Hour())) }),
	"minutes-from-dateTime":  part(TypeDateTime, func(t time.Time) Item { return integerItem(int64(t.Minute())) }),
	"seconds-from-dateTime":  part(TypeDateTime, seconds),
	"year-from-date":         part(TypeDate, func(t time.Time) Item { return integerItem(int64(t.Year())) }),
	"month-from-date":        part(TypeDate, func(t time.Time) Item { return integerItem(int64(t.Month())) }),
	"day-from-date":          part(TypeDate, func(t time.Time) Item { return integerItem(int64(t.Day())) }),
	"hours-from-time":        part(TypeTime, func(t time.Time) Item { return integerItem(int64(t.Hour())) }),
	"minutes-from-time":      part(TypeTime, func(t time.Time) Item { return integerItem(int64(t.Minute())) }),
	"seconds-from-time":      part(TypeTime, seconds),
	"timezone-from-dateTime": zonePart(TypeDateTime),
	"timezone-from-date":     zonePart(TypeDate),
	"timezone-from-time":     zonePart(TypeTime),
	"years-from-duration":    durationPart(func(m int64, _ *big.Rat) Item { return integerItem(m / 12) }),
	"months-from-duration":   durationPart(func(m int64, _ *big.Rat) Item { return integerItem(m % 12) }),
	"days-from-duration":     durationPart(func(_ int64, s *big.Rat) Item { return integerItem(whole(s) / 86400) }),
	"hours-from-duration":    durationPart(func(_ int64, s *big.Rat) Item { return integerItem(whole(s) / 3600 % 24) }),
	"minutes-from-duration":  durationPart(func(_ int64, s *big.Rat) Item { return integerItem(whole(s) / 60 % 60) }),
	"seconds-from-duration": durationPart(func(_ int64, s *big.Rat) Item {
		return decimalItem(new(big.Rat).Sub(s, new(big.Rat).SetInt64(whole(s)/60*60)))
	}),
	"adjust-dateTime-to-timezone": adjust(TypeDateTime),
	"adjust-date-to-timezone":     adjust(TypeDate),
	"adjust-time-to-timezone":     adjust(TypeTime),
}

func whole(s *big.Rat) int64 { return new(big.Int).Quo(s.Num(), s.Denom()).Int64() }

func seconds(t time.Time) Item {
	return decimalItem(new(big.Rat).Add(new(big.Rat).SetInt64(int64(t.Second())), big.NewRat(int64(t.Nanosecond()), 1e9)))
}

// moment gives an argument that must be of a type of date; an untyped one is converted.
func moment(r *Run, e expr, t Type) (Item, bool) {
	it, ok := single(r, e)
	if !ok {
		return it, false
	}
	if it.typ == TypeUntyped {
		it = castItem(r, it, t)
	}
	if it.typ != t && !(t == TypeDuration && it.typ.duration()) {
		typeError("un %s est attendu, trouvé %s", "an %s is expected, found %s", t, it.typ)
	}
	return it, true
}

func part(t Type, f func(time.Time) Item) *function {
	return &function{min: 1, max: 1, static: numeric, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := moment(r, a[0], t)
		if !ok {
			return it, false
		}
		return f(it.ext.t), true
	}}
}

func zonePart(t Type) *function {
	return &function{min: 1, max: 1, static: atomic_, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := moment(r, a[0], t)
		if !ok || !it.ext.zoned {
			return it, false
		}
		_, off := it.ext.t.Zone()
		return durationItem(TypeDayTime, 0, new(big.Rat).SetInt64(int64(off))), true
	}}
}

func durationPart(f func(int64, *big.Rat) Item) *function {
	return &function{min: 1, max: 1, static: numeric, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := moment(r, a[0], TypeDuration)
		if !ok {
			return it, false
		}
		return f(it.ext.months, it.ext.seconds), true
	}}
}

// adjust moves a date to a zone, or takes its zone away.
// spec: XPath-FO 10.7
func adjust(t Type) *function {
	return &function{min: 1, max: 2, static: atomic_, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := moment(r, a[0], t)
		if !ok {
			return it, false
		}
		loc, zoned := r.implicitZone(), true
		if len(a) == 2 {
			z, given := moment(r, a[1], TypeDayTime)
			if zoned = given; given {
				sec, nanos := z.nanoseconds()
				if sec%60 != 0 || nanos != 0 || sec > 14*3600 || sec < -14*3600 {
					fail(IDValue, "FODT0003", "fuseau horaire impossible", "impossible time zone")
				}
				loc = time.FixedZone("", int(sec))
			}
		}
		x := it.ext.t
		switch {
		case !zoned:
			x = time.Date(x.Year(), x.Month(), x.Day(), x.Hour(), x.Minute(), x.Second(), x.Nanosecond(), time.UTC)
		case it.ext.zoned:
			x = x.In(loc)
		default:
			x = time.Date(x.Year(), x.Month(), x.Day(), x.Hour(), x.Minute(), x.Second(), x.Nanosecond(), loc)
		}
		switch t {
		case TypeDate:
			x = time.Date(x.Year(), x.Month(), x.Day(), 0, 0, 0, 0, x.Location())
		case TypeTime:
			x = time.Date(1972, 12, 31, x.Hour(), x.Minute(), x.Second(), x.Nanosecond(), x.Location())
		}
		return Item{typ: t, ext: &extended{t: x, zoned: zoned}}, true
	}}
}
