package web

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/xds"
)

// spark is a small curve without axes.
type spark struct {
	Path         string
	X, Y         string // last point
	BandY, BandH string
	Band         bool
}

const (
	sparkW, sparkH = 96.0, 28.0
	sparkPad       = 4.0
)

func newSpark(line []sample) *spark {
	p := newPlot(line, sparkPad, sparkW-sparkPad, sparkPad, sparkH-sparkPad, false)
	s := &spark{Path: p.path(line)}
	last := line[len(line)-1]
	s.X, s.Y = coord(p.x(last.at)), coord(p.y(last.v))
	if top, bottom, ok := p.band(last); ok {
		s.Band, s.BandY, s.BandH = true, coord(top), coord(bottom-top)
	}
	return s
}

// plot turns time and value into places on a drawing.
type plot struct {
	left, right, top, bottom float64
	from, to                 time.Time
	min, max                 float64
}

func instant(at string) time.Time {
	t, _ := xds.ParseDTM(at)
	return t
}

// newPlot fits the samples; with axes the scale ends on round numbers and takes in the reference
// interval of the last sample.
func newPlot(line []sample, left, right, top, bottom float64, axes bool) *plot {
	p := &plot{left: left, right: right, top: top, bottom: bottom, min: math.Inf(1), max: math.Inf(-1)}
	p.from, p.to = instant(line[0].at), instant(line[len(line)-1].at)
	for _, s := range line {
		p.min, p.max = min(p.min, s.v), max(p.max, s.v)
	}
	if last := line[len(line)-1]; true {
		for _, end := range []string{last.Low, last.High} {
			if v, ok := parseNumber(end); ok && (axes || p.max > p.min) {
				p.min, p.max = min(p.min, v), max(p.max, v)
			}
		}
	}
	if p.max == p.min {
		p.min, p.max = p.min-max(abs(p.min)*0.1, 0.5), p.max+max(abs(p.max)*0.1, 0.5)
	}
	if axes {
		pad := (p.max - p.min) * 0.08
		low := p.min
		p.min, p.max = p.min-pad, p.max+pad
		if low >= 0 {
			p.min = max(p.min, 0)
		}
	}
	if !p.to.After(p.from) {
		p.from, p.to = p.from.AddDate(0, -1, 0), p.to.AddDate(0, 1, 0)
	}
	return p
}

func (p *plot) x(at string) float64 { return p.xOf(instant(at)) }

func (p *plot) xOf(t time.Time) float64 {
	return p.left + float64(t.Sub(p.from))/float64(p.to.Sub(p.from))*(p.right-p.left)
}

func (p *plot) y(v float64) float64 { return p.bottom - (v-p.min)/(p.max-p.min)*(p.bottom-p.top) }

func (p *plot) path(line []sample) string {
	var b strings.Builder
	for i, s := range line {
		b.WriteByte("LM"[b2i(i == 0)])
		b.WriteString(coord(p.x(s.at)) + " " + coord(p.y(s.v)))
	}
	return b.String()
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// band gives the place of the reference interval of a sample.
func (p *plot) band(s sample) (top, bottom float64, ok bool) {
	lo, hasLow := parseNumber(s.Low)
	hi, hasHigh := parseNumber(s.High)
	if !hasLow && !hasHigh || hasLow && hasHigh && lo >= hi {
		return 0, 0, false
	}
	top, bottom = p.top, p.bottom
	if hasHigh {
		top = min(max(p.y(hi), p.top), p.bottom)
	}
	if hasLow {
		bottom = min(max(p.y(lo), p.top), p.bottom)
	}
	return top, bottom, bottom > top
}

// chart is a curve with its axes, for one unit.
type chart struct {
	Unit, UnitCode     string
	Path               string
	Band               bool
	BandY, BandH       string
	BandWords          string
	BandLabelY         string
	Ticks              []tick // values
	Years              []tick // times
	Points             []chartPoint
	W, H               string
	Left, Right        string
	Top, Bottom        string
	BandW, TickX       string
	WordsX, TickY      string
	Phone              *chart // the same, drawn small
	Title, Description string
}

type tick struct{ At, Label string }

type chartPoint struct {
	X, Y, Value, When, Href string
	Flag                    flag
	Show                    bool // its value is written beside it
	Anchor, LabelY          string
	Reference               string
	Source                  string
}

// frame is the size of a drawing and of the place of its curve: one for a desk, one for a phone,
// where the same words would be too small to read.
type frame struct {
	w, h, left, right, top, bottom float64
	years                          int // how many marks of time have room
}

var (
	deskFrame  = frame{w: 720, h: 340, left: 56, right: 700, top: 30, bottom: 300, years: 8}
	phoneFrame = frame{w: 360, h: 260, left: 40, right: 348, top: 28, bottom: 228, years: 4}
)

// newChart draws the samples of one unit.
func (q *request) newChart(s *series, unit, base string, f frame) *chart {
	line := s.numeric(unit)
	p := newPlot(line, f.left, f.right, f.top, f.bottom, true)
	c := &chart{Unit: unitWords(unit), UnitCode: unit, Path: p.path(line), W: coord(f.w), H: coord(f.h), BandW: coord(f.right - f.left), TickX: coord(f.left - 8), WordsX: coord(f.left + 8), TickY: coord(f.bottom + 24),
		Left: coord(f.left), Right: coord(f.right), Top: coord(f.top), Bottom: coord(f.bottom)}
	last := line[len(line)-1]
	if top, bottom, ok := p.band(last); ok {
		c.Band, c.BandY, c.BandH = true, coord(top), coord(bottom-top)
		c.BandWords, c.BandLabelY = q.t("curve.band", q.interval(last.Low, last.High, "")), coord(bandLabel(p, line, top, bottom))
	}
	for _, v := range roundTicks(p.min, p.max) {
		c.Ticks = append(c.Ticks, tick{coord(p.y(v)), number(q.lang, strconv.FormatFloat(v, 'g', 6, 64))})
	}
	c.Years = q.timeTicks(p, f.years)
	named := named(line, p)
	for i, x := range line {
		pt := chartPoint{X: coord(p.x(x.at)), Y: coord(p.y(x.v)), Value: number(q.lang, x.Value), When: x.Time, Href: base + "/document/" + x.Href,
			Flag: q.flagOf(x.Flags), Reference: q.interval(x.Low, x.High, ""), Anchor: "middle"}
		pt.Show = named[i]
		pt.LabelY = coord(p.y(x.v) - 11)
		switch {
		case p.x(x.at) > f.right-24:
			pt.Anchor = "end"
		case p.x(x.at) < f.left+24:
			pt.Anchor = "start"
		}
		c.Points = append(c.Points, pt)
	}
	first := line[0]
	c.Title = q.t("curve.title", s.Label)
	c.Description = q.t("curve.desc", len(line), dateWords(q.lang, first.Time), dateWords(q.lang, last.Time), number(q.lang, first.Value), number(q.lang, last.Value), c.Unit)
	return c
}

// named chooses the points whose value is written: the last, the highest, the lowest, the first,
// then whichever stand clear of these.
func named(line []sample, p *plot) map[int]bool {
	const clear = 44.0
	high, low := 0, 0
	for i, s := range line {
		if s.v > line[high].v {
			high = i
		}
		if s.v < line[low].v {
			low = i
		}
	}
	order := []int{len(line) - 1, high, low, 0}
	for i := range line {
		order = append(order, i)
	}
	out := map[int]bool{}
	for _, i := range order {
		free := true
		for j := range out {
			free = free && abs(p.x(line[i].at)-p.x(line[j].at)) >= clear
		}
		if free && (len(out) < 4 || len(line) <= 10) {
			out[i] = true
		}
	}
	return out
}

// bandLabel finds where the words of the band stand clear of the curve: at its foot, or at its
// head when the curve begins low.
func bandLabel(p *plot, line []sample, top, bottom float64) float64 {
	const height, words = 18.0, 190.0
	foot := true
	for _, s := range line {
		if p.x(s.at) < p.left+words && p.y(s.v) > bottom-2*height {
			foot = false
		}
	}
	if foot || bottom-top < 2*height {
		return bottom - 7
	}
	return top + height
}

// roundTicks gives four to seven round values inside a scale.
func roundTicks(low, high float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if (high-low)/(step*m) <= 6 {
			step *= m
			break
		}
	}
	var out []float64
	for v := math.Ceil(low/step) * step; v <= high+step/1e6; v += step {
		out = append(out, math.Round(v/step)*step)
	}
	return out
}

// timeTicks marks years, or months when the curve is short: the axis is proportional to time.
func (q *request) timeTicks(p *plot, room int) []tick {
	var out []tick
	days := p.to.Sub(p.from).Hours() / 24
	if days > 400 {
		every := int(days/365/float64(room)) + 1
		for y := p.from.Year() + 1; ; y += every {
			t := time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
			if t.After(p.to) {
				break
			}
			out = append(out, tick{coord(p.xOf(t)), strconv.Itoa(y)})
		}
		return out
	}
	every := int(days/30/float64(room)) + 1
	t := time.Date(p.from.Year(), p.from.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, 1, 0)
	for ; !t.After(p.to); t = t.AddDate(0, every, 0) {
		out = append(out, tick{coord(p.xOf(t)), shortMonths[q.lang][t.Month()-1] + " " + t.Format("2006")})
	}
	if len(out) == 0 {
		out = append(out, tick{coord(p.left), dateWords(q.lang, p.from.Format("20060102"))})
	}
	return out
}

// curvePage is the course of one analysis.
type curvePage struct {
	B      banner
	Base   string
	Label  string
	Code   string
	Charts []*chart
	Words  []sample // results that are not numbers
	Others []overviewRow
}

// curve shows the course of one analysis over every document one may see.
func (d *Door) curve(q *request) error {
	id, base := q.recordOf()
	dos, err := q.enter(id)
	if err != nil {
		return err
	}
	code := q.r.URL.Query().Get("code")
	s := seriesOf(dos)[code]
	if s == nil {
		return errNoPage
	}
	p := curvePage{B: q.banner(dos.Person, dos.Reason, dos.MT), Base: base, Label: firstOf(s.Label, code), Code: code}
	for _, u := range s.units() {
		c := q.newChart(s, u, base, deskFrame)
		c.Phone = q.newChart(s, u, base, phoneFrame)
		p.Charts = append(p.Charts, c)
	}
	for _, x := range s.Samples {
		if !x.numeric {
			p.Words = append(p.Words, x)
		}
	}
	p.Others = q.overview(dos, base).Curves
	return q.render("curve", p)
}

// biologyPage is every analysis at its last value.
type biologyPage struct {
	B banner
	O *overview
	T *timeline
}

func (d *Door) biology(q *request) error {
	id, base := q.recordOf()
	dos, err := q.enter(id)
	if err != nil {
		return err
	}
	return q.render("biology", biologyPage{B: q.banner(dos.Person, dos.Reason, dos.MT), O: q.overview(dos, base)})
}
