package web

import (
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// resultGroup is a chapter of a laboratory report.
type resultGroup struct {
	Title, Sub string
	Again      bool // of the same chapter as the group before
	Rows       []resultRow
}

// resultRow is one result, ready to show.
type resultRow struct {
	Label, Value, Unit string
	Text               bool // the value is words
	Reference          string
	Bar                *bar
	Flag               flag
	Before             *before
	Curve              string
	Comments           []string
	Method             string
}

// flag is the interpretation of the laboratory: a shape and a word, never a colour alone.
type flag struct{ Key, Shape, Word string }

// before is the previous value of the same analysis in the same unit.
type before struct {
	Value, Unit, When string
	Trend             string // up, down, same; empty when the two cannot be compared
}

// flagOf reads HL7 interpretation codes; what the laboratory did not flag is not flagged.
// spec: CI-SIS cda §5.4
func (q *request) flagOf(codes []string) flag {
	for _, c := range codes {
		switch c {
		case "HH", "HX", "HU":
			return flag{"critical", "▲▲", q.t("flag.HH")}
		case "LL", "LX", "LU":
			return flag{"critical", "▼▼", q.t("flag.LL")}
		case "H":
			return flag{"high", "▲", q.t("flag.H")}
		case "L":
			return flag{"low", "▼", q.t("flag.L")}
		case "AA":
			return flag{"critical", "◆", q.t("flag.AA")}
		case "A":
			return flag{"high", "◆", q.t("flag.A")}
		case "POS":
			return flag{"note", "+", q.t("flag.POS")}
		case "R":
			return flag{"note", "R", q.t("flag.R")}
		case "I":
			return flag{"note", "I", q.t("flag.I")}
		case "S":
			return flag{"note", "S", q.t("flag.S")}
		}
	}
	return flag{}
}

// resultGroups puts the results of a report in chapters, each with what came before.
func (q *request) resultGroups(results []bio.Result, dos *dmp.Dossier, base string, e *xds.DocumentEntry) []resultGroup {
	past := seriesOf(dos)
	var out []resultGroup
	for i := range results {
		r := &results[i]
		title, sub := r.Chapter, strings.Join(nonEmpty(r.SubChapter, r.Group, r.Germ), " · ")
		if sub == title {
			sub = ""
		}
		if n := len(out); n == 0 || out[n-1].Title != title || out[n-1].Sub != sub {
			out = append(out, resultGroup{Title: title, Sub: sub, Again: n > 0 && sub != "" && out[n-1].Title == title})
		}
		g := &out[len(out)-1]
		g.Rows = append(g.Rows, q.resultRow(r, past, base, e))
	}
	return out
}

func (q *request) resultRow(r *bio.Result, past map[string]*series, base string, e *xds.DocumentEntry) resultRow {
	row := resultRow{Label: r.Label, Unit: unitWords(r.Unit), Flag: q.flagOf(r.Interpretation), Comments: r.Comments, Method: r.Method}
	if row.Label == "" {
		row.Label = r.Display
	}
	v, numeric := parseNumber(r.Value.Value)
	if numeric {
		row.Value = number(q.lang, r.Value.Value)
	} else {
		row.Value, row.Unit, row.Text = q.shown(r.Value), "", true
	}
	if ref := r.Reference; ref != nil {
		row.Reference = q.reference(ref)
		if numeric && (ref.Unit == "" || ref.Unit == r.Unit) {
			row.Bar = newBar(v, ref.Low, ref.High)
		}
	}
	s := past[r.Code]
	if s == nil || r.Code == "" {
		return row
	}
	if len(s.numeric(r.Unit)) >= 2 {
		row.Curve = base + "/courbe?code=" + queryEscape(r.Code)
	}
	row.Before = q.before(s, r, e, v, numeric)
	return row
}

// before finds the newest earlier value in the same unit: in the record, else in the report itself.
func (q *request) before(s *series, r *bio.Result, e *xds.DocumentEntry, v float64, numeric bool) *before {
	now := xds.PadDTM(utcOf(r.Time))
	if r.Time == "" {
		now = xds.PadDTM(e.CreationTime)
	}
	var found *sample
	for i := range s.Samples {
		x := &s.Samples[i]
		if x.Unit == r.Unit && x.at < now && x.Doc != e.UniqueID {
			found = x
		}
	}
	b := &before{}
	switch {
	case found != nil:
		b.Value, b.Unit, b.When = number(q.lang, firstOf(found.Value, found.Shown)), unitWords(found.Unit), dateWords(q.lang, found.Time)
		if numeric && found.numeric {
			b.Trend = trend(found.v, v)
		}
	case len(r.Previous) > 0:
		p := r.Previous[0]
		b.Value, b.Unit, b.When = q.shown(p.Value), "", dateWords(q.lang, p.Time)
		if w, ok := parseNumber(p.Value.Value); ok && numeric && p.Unit == r.Unit {
			b.Trend = trend(w, v)
		}
	default:
		return nil
	}
	return b
}

// shown writes a value that is not a plain number: words as they are, an interval with the
// separators of the language and its unit as printed.
func (q *request) shown(v bio.Value) string {
	if v.Low == "" && v.High == "" && v.Value == "" || v.Type == "ST" || v.Type == "ED" {
		return v.Shown()
	}
	s := v.Shown()
	if v.Unit != "" {
		s = strings.Replace(s, v.Unit, unitWords(v.Unit), 1)
	}
	for _, n := range []string{v.Low, v.High, v.Value} {
		if n != "" {
			s = strings.Replace(s, n, number(q.lang, n), 1)
		}
	}
	return s
}

// bound writes an end of a reference interval without the zeros that software pads it with.
func (q *request) bound(s string) string {
	if i := strings.IndexByte(s, '.'); i >= 0 && len(s)-i > 4 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return number(q.lang, s)
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// trend compares two values; under two per cent they are the same for a reader.
func trend(was, is float64) string {
	const still = 0.02
	d := is - was
	if abs(d) <= still*max(abs(was), abs(is)) {
		return "same"
	}
	if d > 0 {
		return "up"
	}
	return "down"
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// parseNumber reads a number of a document for drawing only; what is shown is the text itself.
func parseNumber(s string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return v, err == nil && v == v && abs(v) < 1e15
}

// reference writes an interval for people: "3,89 – 6,00", "< 5,0", "> 0,4".
func (q *request) reference(r *bio.Reference) string {
	unit := ""
	if u := unitWords(r.Unit); u != "" {
		unit = " " + u
	}
	return firstOf(q.interval(r.Low, r.High, unit), r.Text)
}

func (q *request) interval(low, high, unit string) string {
	switch {
	case low != "" && high != "":
		return q.bound(low) + " – " + q.bound(high) + unit
	case high != "":
		return "< " + q.bound(high) + unit
	case low != "":
		return "> " + q.bound(low) + unit
	}
	return ""
}

// unitWords writes a UCUM unit as laboratories print it.
func unitWords(u string) string {
	if u == "1" {
		return ""
	}
	return unitReplacer.Replace(u)
}

var unitReplacer = strings.NewReplacer("{1.73_m2}", "1,73\u00a0m²", "{1.73m2}", "1,73\u00a0m²", "10*9/L", "10⁹/L", "10*12/L", "10¹²/L", "10*6/L", "10⁶/L", "10*3/uL", "10³/µL", "10*6/uL", "10⁶/µL",
	"/mm3", "/mm³", "ug/", "µg/", "umol", "µmol", "uL", "µL", "um3", "µm³", "m[IU]", "mUI", "k[IU]", "kUI", "u[IU]", "µUI", "[IU]", "UI", "[pH]", "", "mm[Hg]", "mmHg", "[", "", "]", "", "{", "", "}", "", "Cel", "°C", "m2", "m²")

// utcOf reads a CDA time as a DTM in UTC.
func utcOf(s string) string {
	t, digits, ok := moment(s)
	if !ok {
		return ""
	}
	if digits <= 8 {
		return t.Format("20060102")
	}
	return xds.FormatDTM(t)
}
