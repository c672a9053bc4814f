package compare

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var dates = regexp.MustCompile(`\d{1,2}/\d{1,2}/\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}\s*[:hH]\s*\d{2}(?:[:mM]\d{2})?\b`)

var glued = regexp.MustCompile(`\pL[\pL.]*\d[\d.,]*|\d+-\pL\w*`)

var figure = regexp.MustCompile(`\d{1,3}(?:[ \x{00a0}\x{202f}]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?`)

var joined = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".")

// numbers reads the numbers of a text; dates and times are none. A group of thousands is read
// both ways: «1 250» may be one number or two.
func numbers(text string) []float64 {
	var out []float64
	text = glued.ReplaceAllString(dates.ReplaceAllString(text, " "), " ") // SatO2 holds no number
	for _, f := range figure.FindAllString(text, -1) {
		if v, err := strconv.ParseFloat(joined.Replace(f), 64); err == nil {
			out = append(out, v)
		}
		if parts := strings.FieldsFunc(f, func(c rune) bool { return c == ' ' || c == '\u00a0' || c == '\u202f' }); len(parts) > 1 {
			for _, p := range parts {
				if v, err := strconv.ParseFloat(joined.Replace(p), 64); err == nil {
					out = append(out, v)
				}
			}
		}
	}
	return out
}

func parse(s string) (float64, bool) {
	v, err := strconv.ParseFloat(joined.Replace(strings.TrimSpace(s)), 64)
	return math.Abs(v), err == nil // a sign is a dash in a text
}

// scales are the other sizes people write a unit in.
var scales = map[string][]float64{"cm": {0.01, 10}, "mm": {0.1, 0.001}, "m": {100}, "g": {0.001, 1000}, "kg": {1000}, "mg": {0.001}, "L": {1000}, "mL": {0.001}}

// otherScale tells whether a list holds the same quantity in another size of its unit.
func otherScale(list []float64, v float64, unit string) bool {
	for _, f := range scales[unit] {
		if v != 0 && holds(list, v*f) {
			return true
		}
	}
	return false
}

func equal(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

func holds(list []float64, v float64) bool {
	for _, n := range list {
		if equal(n, v) {
			return true
		}
	}
	return false
}

// sortedHolds is holds for a sorted list of numbers without sign.
func sortedHolds(list []float64, v float64) bool {
	i, _ := slices.BinarySearch(list, v-2e-9*max(1, math.Abs(v)))
	for ; i < len(list) && list[i] <= v+2e-9*max(1, math.Abs(v)); i++ {
		if equal(list[i], v) {
			return true
		}
	}
	return false
}

var (
	pair = regexp.MustCompile(`(\d+(?:[.,]\d+)?)\s*(?:[-–—−àaÀ;/]|et|to|and|\.\.\.?|…|<|à)\s*(\d+(?:[.,]\d+)?)`)
	open = regexp.MustCompile(`(?i)(<|≤|>|≥|inf[^0-9]{0,20}|sup[^0-9]{0,20}|jusqu[^0-9]{0,4}|moins de|plus de)\s*=?\s*(?:à|a)?\s*(\d+(?:[.,]\d+)?)`)
)

// inRange looks for an interval in a text: found tells that the text has one at all.
func inRange(text, low, high string) (same, found bool) {
	text = dates.ReplaceAllString(text, " ")
	l, hasLow := parse(low)
	h, hasHigh := parse(high)
	for _, m := range pair.FindAllStringSubmatch(text, -1) {
		a, _ := parse(m[1])
		b, _ := parse(m[2])
		found = true
		same = same || hasLow && hasHigh && equal(a, l) && equal(b, h)
		// an open end is often written from zero
		same = same || !hasLow && hasHigh && a == 0 && equal(b, h)
	}
	for _, m := range open.FindAllStringSubmatch(text, -1) {
		v, _ := parse(m[2])
		found = true
		same = same || hasLow != hasHigh && (hasLow && equal(v, l) || hasHigh && equal(v, h))
		same = same || hasLow && hasHigh && l == 0 && equal(v, h)
	}
	if !found {
		list := numbers(text)
		found = len(list) > 0
		same = found && (!hasLow || holds(list, l)) && (!hasHigh || holds(list, h))
	}
	return same, found
}
