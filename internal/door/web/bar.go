package web

import "strconv"

// bar is a reference interval with the value's place on it, drawn on a line of barWidth units.
type bar struct {
	Width, Height  string
	BandX, BandW   string
	X              string // place of the value
	Over, Under    bool   // the value is outside
	Edge           bool   // too far to be drawn at scale
	HasLow, HasTop bool
}

const (
	barWidth  = 120.0
	barMargin = 7.0
)

func coord(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// newBar places a value on its interval: the interval takes the middle half; what lies further
// than an interval away is held at the edge, and said so.
func newBar(v float64, low, high string) *bar {
	lo, hasLow := parseNumber(low)
	hi, hasHigh := parseNumber(high)
	switch {
	case hasLow && hasHigh && lo < hi:
	case hasHigh && !hasLow && hi > 0:
		lo = 0
	case hasLow && !hasHigh && lo > 0:
		hi = lo * 2
	default:
		return nil // no interval, or one whose ends are not in order: nothing honest to draw
	}
	b := &bar{Width: coord(barWidth), Height: "18", HasLow: hasLow, HasTop: hasHigh, Under: hasLow && v < lo, Over: hasHigh && v > hi}
	from, to := lo-(hi-lo)/2, hi+(hi-lo)/2
	if !hasLow {
		from = 0
	}
	if !hasHigh {
		to = max(to, v)
	}
	if lo >= 0 && from < 0 {
		from = 0
	}
	at := func(x float64) float64 { return barMargin + (x-from)/(to-from)*(barWidth-2*barMargin) }
	x := at(v)
	if x < barMargin || x > barWidth-barMargin {
		b.Edge = true
		x = min(max(x, barMargin), barWidth-barMargin)
	}
	left, right := at(lo), at(hi)
	if !hasLow {
		left = barMargin
	}
	if !hasHigh {
		right = barWidth - barMargin
	}
	b.BandX, b.BandW, b.X = coord(left), coord(max(right-left, 2)), coord(x)
	return b
}
