package xpath

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Dates, times and durations.
// spec: XPath-FO 10

var (
	dateTimeText = regexp.MustCompile(`^(-?\d{4,9})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,40})?(Z|[+-]\d\d:\d\d)?$`)
	dateText     = regexp.MustCompile(`^(-?\d{4,9})-(\d\d)-(\d\d)()()()()(Z|[+-]\d\d:\d\d)?$`)
	timeText     = regexp.MustCompile(`^()()()(\d\d):(\d\d):(\d\d)(\.\d{1,40})?(Z|[+-]\d\d:\d\d)?$`)
	durationText = regexp.MustCompile(`^(-)?P(?:(\d{1,12})Y)?(?:(\d{1,12})M)?(?:(\d{1,12})D)?(T(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,12}(?:\.\d{1,40})?)S)?)?$`)
)

func parseMoment(it Item, s string, to Type) (Item, *Error) {
	if to.duration() {
		return parseDuration(it, s, to)
	}
	re := map[Type]*regexp.Regexp{TypeDateTime: dateTimeText, TypeDate: dateText, TypeTime: timeText}[to]
	if re == nil {
		return it, badCast(it, to)
	}
	m := re.FindStringSubmatch(s)
	if m == nil {
		return it, badValue(it, to.String())
	}
	num := func(s string, absent int) int {
		if s == "" {
			return absent
		}
		n, _ := strconv.Atoi(s)
		return n
	}
	y, mo, d := num(m[1], 1972), num(m[2], 12), num(m[3], 31)
	h, mi, sec := num(m[4], 0), num(m[5], 0), num(m[6], 0)
	if len(strings.TrimPrefix(m[1], "-")) > 4 && strings.TrimPrefix(m[1], "-")[0] == '0' || m[1] != "" && y == 0 {
		return it, badValue(it, to.String())
	}
	midnight := h == 24 && mi == 0 && sec == 0 && strings.Trim(m[7], ".0") == ""
	if mo < 1 || mo > 12 || d < 1 || d > daysIn(y, mo) || h > 23 && !midnight || mi > 59 || sec > 59 {
		return it, badValue(it, to.String())
	}
	if midnight && to == TypeTime {
		h = 0
	}
	loc, zoned, ok := zone(m[8])
	if !ok {
		return it, badValue(it, to.String())
	}
	nanos := 0
	if m[7] != "" {
		frac := (m[7][1:] + "000000000")[:9]
		nanos, _ = strconv.Atoi(frac)
	}
	return Item{typ: to, ext: &extended{t: time.Date(y, time.Month(mo), d, h, mi, sec, nanos, loc), zoned: zoned}}, nil
}

func daysIn(y, m int) int { return time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day() }

func zone(s string) (*time.Location, bool, bool) {
	switch s {
	case "":
		return time.UTC, false, true
	case "Z":
		return time.UTC, true, true
	}
	h, _ := strconv.Atoi(s[1:3])
	m, _ := strconv.Atoi(s[4:6])
	if m > 59 || h > 14 || h == 14 && m > 0 {
		return nil, false, false
	}
	offset := h*3600 + m*60
	if s[0] == '-' {
		offset = -offset
	}
	return time.FixedZone("", offset), true, true
}

func parseDuration(it Item, s string, to Type) (Item, *Error) {
	m := durationText.FindStringSubmatch(s)
	if m == nil || s[len(s)-1] == 'P' || s[len(s)-1] == 'T' ||
		to == TypeYearMonth && (m[4] != "" || m[5] != "") || to == TypeDayTime && (m[2] != "" || m[3] != "") {
		return it, badValue(it, to.String())
	}
	num := func(s string) int64 {
		n, _ := strconv.ParseInt(s, 10, 64)
		return n
	}
	months := num(m[2])*12 + num(m[3])
	sec := new(big.Rat)
	if m[8] != "" {
		sec.SetString(m[8])
	}
	sec.Add(sec, new(big.Rat).SetInt64(num(m[4])*86400+num(m[6])*3600+num(m[7])*60))
	if m[1] == "-" {
		months = -months
		sec.Neg(sec)
	}
	return durationItem(to, months, sec), nil
}

func durationItem(t Type, months int64, seconds *big.Rat) Item {
	return Item{typ: t, ext: &extended{months: months, seconds: seconds}}
}

// castMoment converts between dates, times and durations.
func castMoment(it Item, to Type) (Item, *Error) {
	switch {
	case it.typ == TypeDateTime && (to == TypeDate || to == TypeTime), it.typ == TypeDate && to == TypeDateTime:
		t := it.ext.t
		if to == TypeTime {
			t = time.Date(1972, 12, 31, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
		} else {
			t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
		}
		return Item{typ: to, ext: &extended{t: t, zoned: it.ext.zoned}}, nil
	case it.typ.duration() && to.duration():
		months, sec := it.ext.months, it.ext.seconds
		if to == TypeYearMonth {
			sec = new(big.Rat)
		}
		if to == TypeDayTime {
			months = 0
		}
		return durationItem(to, months, sec), nil
	}
	return it, badCast(it, to)
}

// instant gives a date on the line of time; one without zone is in the zone of the run.
func (r *Run) instant(it Item) time.Time {
	t := it.ext.t
	if it.ext.zoned {
		return t
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), r.implicitZone())
}

func (r *Run) implicitZone() *time.Location {
	_, offset := r.now.Zone()
	return time.FixedZone("", offset)
}

func momentText(it *Item) string {
	x := it.ext
	var b strings.Builder
	switch it.typ {
	case TypeDateTime, TypeDate, TypeTime:
		y := x.t.Year()
		if it.typ != TypeTime {
			if y < 0 {
				b.WriteByte('-')
				y = -y
			}
			b.WriteString(pad(y, 4) + "-" + pad(int(x.t.Month()), 2) + "-" + pad(x.t.Day(), 2))
		}
		if it.typ == TypeDateTime {
			b.WriteByte('T')
		}
		if it.typ != TypeDate {
			b.WriteString(pad(x.t.Hour(), 2) + ":" + pad(x.t.Minute(), 2) + ":" + pad(x.t.Second(), 2))
			if n := x.t.Nanosecond(); n > 0 {
				b.WriteString("." + strings.TrimRight(pad(n, 9), "0"))
			}
		}
		if x.zoned {
			b.WriteString(zoneText(x.t))
		}
	default:
		return durationString(it)
	}
	return b.String()
}

func pad(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
}

func zoneText(t time.Time) string {
	_, off := t.Zone()
	if off == 0 {
		return "Z"
	}
	sign := "+"
	if off < 0 {
		sign, off = "-", -off
	}
	return sign + pad(off/3600, 2) + ":" + pad(off/60%60, 2)
}

func durationString(it *Item) string {
	months, sec := it.ext.months, it.ext.seconds
	var b strings.Builder
	if months < 0 || sec.Sign() < 0 {
		b.WriteByte('-')
		months, sec = -months, new(big.Rat).Neg(sec)
	}
	b.WriteByte('P')
	if y := months / 12; y > 0 {
		b.WriteString(strconv.FormatInt(y, 10) + "Y")
	}
	if m := months % 12; m > 0 {
		b.WriteString(strconv.FormatInt(m, 10) + "M")
	}
	whole := new(big.Int).Quo(sec.Num(), sec.Denom()).Int64()
	rest := new(big.Rat).Sub(sec, new(big.Rat).SetInt64(whole))
	if d := whole / 86400; d > 0 {
		b.WriteString(strconv.FormatInt(d, 10) + "D")
	}
	h, m, s := whole/3600%24, whole/60%60, whole%60
	if h+m+s > 0 || rest.Sign() > 0 {
		b.WriteByte('T')
		if h > 0 {
			b.WriteString(strconv.FormatInt(h, 10) + "H")
		}
		if m > 0 {
			b.WriteString(strconv.FormatInt(m, 10) + "M")
		}
		if s > 0 || rest.Sign() > 0 {
			b.WriteString(decimalText(new(big.Rat).Add(new(big.Rat).SetInt64(s), rest)) + "S")
		}
	}
	if b.Len() == 1 {
		if it.typ == TypeYearMonth {
			return "P0M"
		}
		return "PT0S"
	}
	return b.String()
}

// maxSeconds bounds durations added to dates: 300,000 years.
const maxSeconds = 1e13

func (it *Item) nanoseconds() (sec int64, nanos int64) {
	f, _ := it.ext.seconds.Float64()
	if f > maxSeconds || f < -maxSeconds {
		fail(IDArithmetic, "FODT0002", "durée trop longue", "duration too long")
	}
	whole := new(big.Int).Quo(it.ext.seconds.Num(), it.ext.seconds.Denom()).Int64()
	rest := new(big.Rat).Sub(it.ext.seconds, new(big.Rat).SetInt64(whole))
	n, _ := rest.Mul(rest, new(big.Rat).SetInt64(1e9)).Float64()
	return whole, int64(n)
}

// calculateMoments does arithmetic with dates and durations.
// spec: XPath-FO 10.6
func calculateMoments(r *Run, op string, x, y Item) Item {
	isMoment := func(t Type) bool { return t == TypeDateTime || t == TypeDate || t == TypeTime }
	short := func(t Type) bool { return t == TypeYearMonth || t == TypeDayTime }
	switch {
	case op == "-" && isMoment(x.typ) && x.typ == y.typ:
		a, b := r.instant(x), r.instant(y)
		sec := new(big.Rat).SetInt64(a.Unix() - b.Unix())
		return durationItem(TypeDayTime, 0, sec.Add(sec, big.NewRat(int64(a.Nanosecond()-b.Nanosecond()), 1e9)))
	case (op == "+" || op == "-") && isMoment(x.typ) && short(y.typ):
		return shift(x, y, op == "-")
	case op == "+" && short(x.typ) && isMoment(y.typ):
		return shift(y, x, false)
	case (op == "+" || op == "-") && short(x.typ) && x.typ == y.typ:
		months, sec := y.ext.months, new(big.Rat).Set(y.ext.seconds)
		if op == "-" {
			months = -months
			sec.Neg(sec)
		}
		return durationItem(x.typ, x.ext.months+months, sec.Add(sec, x.ext.seconds))
	case op == "*" && x.typ.numeric() && short(y.typ):
		return scale(y, x, false)
	case (op == "*" || op == "div") && short(x.typ) && y.typ.numeric():
		return scale(x, y, op == "div")
	case op == "div" && short(x.typ) && x.typ == y.typ:
		a, b := x.ext.seconds, y.ext.seconds
		if x.typ == TypeYearMonth {
			a, b = new(big.Rat).SetInt64(x.ext.months), new(big.Rat).SetInt64(y.ext.months)
		}
		if b.Sign() == 0 {
			divisionByZero()
		}
		return decimalItem(roundedDecimal(new(big.Rat).Quo(a, b)))
	}
	typeError("%s %s %s n'a pas de sens", "%s %s %s makes no sense", x.typ, op, y.typ)
	return Item{}
}

func shift(x, d Item, back bool) Item {
	if x.typ == TypeTime && d.typ == TypeYearMonth {
		typeError("une heure ne s'ajoute pas à des mois", "a time cannot be added to months")
	}
	months := d.ext.months
	sec, nanos := d.nanoseconds()
	if back {
		months, sec, nanos = -months, -sec, -nanos
	}
	t := x.ext.t
	if months != 0 {
		if months > maxMonths || months < -maxMonths {
			fail(IDArithmetic, "FODT0001", "date hors limites", "date out of range")
		}
		first := time.Date(t.Year(), t.Month()+time.Month(months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
		t = first.AddDate(0, 0, min(t.Day(), daysIn(first.Year(), int(first.Month())))-1)
	}
	t = time.Unix(t.Unix()+sec, int64(t.Nanosecond())+nanos).In(t.Location())
	switch x.typ {
	case TypeDate:
		t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	case TypeTime:
		t = time.Date(1972, 12, 31, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	}
	return Item{typ: x.typ, ext: &extended{t: t, zoned: x.ext.zoned}}
}

const maxMonths = 12 * 1_000_000

func scale(d, by Item, divide bool) Item {
	f := by.asFloat()
	factor := new(big.Rat)
	if f != f || factor.SetFloat64(f) == nil {
		fail(IDArithmetic, "FOCA0005", "durée multipliée par NaN ou l'infini", "duration multiplied by NaN or infinity")
	}
	if by.typ <= TypeDecimal {
		factor = by.rat()
	}
	if divide {
		if factor.Sign() == 0 {
			fail(IDArithmetic, "FODT0002", "durée divisée par zéro", "duration divided by zero")
		}
		factor = new(big.Rat).Inv(factor)
	}
	if d.typ == TypeDayTime {
		return durationItem(d.typ, 0, new(big.Rat).Mul(d.ext.seconds, factor))
	}
	m, _ := new(big.Rat).Mul(new(big.Rat).SetInt64(d.ext.months), factor).Float64()
	if m > maxMonths || m < -maxMonths {
		fail(IDArithmetic, "FODT0002", "durée trop longue", "duration too long")
	}
	return durationItem(d.typ, int64(roundHalfUp(m)), new(big.Rat))
}
