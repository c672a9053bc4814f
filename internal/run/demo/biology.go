package demo

import (
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/format/oid"
)

// labReport is one visit to the laboratory.
type labReport struct {
	sampled time.Time
	names   []string // analytes, in any order
	urine   *ecbu
	screen  []screening
	before  map[string]earlier // last value of each analyte
}

type earlier struct {
	time  time.Time
	value float64
}

// screening is a coded answer: negative or positive.
type screening struct {
	code, display, label string
	immune               bool // positive, as one hopes
}

// order of the analytes in each part of a report.
var (
	bloodOrder   = []string{"glucose", "hba1c", "creatinine", "egfr", "urea", "sodium", "potassium", "chloride", "calcium", "phosphate", "urate", "cholest", "triglyc", "hdl", "ldl", "asat", "alat", "ggt", "crp", "bnp"}
	ironOrder    = []string{"ferritin", "transsat"}
	hormoneOrder = []string{"tsh", "ft4", "vitd", "psa"}
	urineOrder   = []string{"albumin_ua"}
)

func stampCDA(t time.Time) string { return t.Format("20060102150405-0700") }

func in(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// results lays a lab visit out in chapters. The second value lists what is out of its interval.
func (c *citizen) results(l *labReport) (chapters []write.Chapter, odd []string) {
	values := c.panel(l.names, l.sampled)
	one := func(name string) bio.Result {
		r := c.result(name, values[name], l)
		if r.Abnormal() {
			odd = append(odd, r.Label+" "+strings.ReplaceAll(shown(&r), ".", ","))
		}
		return r
	}
	specimen := func(code, nature string) *bio.Specimen {
		return &bio.Specimen{ID: number("échantillon", c.index, l.sampled.Unix()) + "^" + code, Code: code, Nature: nature,
			Sampled: stampCDA(l.sampled), Received: stampCDA(l.sampled.Add(40 * time.Minute))}
	}
	sub := func(title, code, display string, sp *bio.Specimen, order []string) []write.SubChapter {
		var items []write.Item
		for _, n := range order {
			if in(l.names, n) {
				r := one(n)
				items = append(items, write.Item{Result: &r})
			}
		}
		if len(items) == 0 {
			return nil
		}
		return []write.SubChapter{{Title: title, Code: code, Display: display, Specimen: sp, Items: items}}
	}
	serum := specimen("SER", "Sérum")
	chem := write.Biochimie
	chem.Subs = append(chem.Subs, sub("Biochimie sanguine", "18719-5", "Biochimie", serum, bloodOrder)...)
	chem.Subs = append(chem.Subs, sub("Bilan martial", "", "", serum, ironOrder)...)
	chem.Subs = append(chem.Subs, sub("Hormonologie, vitamines et marqueurs", "", "", serum, hormoneOrder)...)
	chem.Subs = append(chem.Subs, sub("Biochimie urinaire", "", "", specimen("UR", "Urine"), urineOrder)...)
	if len(chem.Subs) > 0 {
		chapters = append(chapters, chem)
	}
	if in(l.names, "hb") {
		count := write.Battery{Code: "58410-2", Display: "Hémogramme complet sur automate", Label: "Hémogramme"}
		for _, n := range bloodCount {
			count.Results = append(count.Results, one(n))
		}
		hem := write.Hematologie
		hem.Subs = []write.SubChapter{{Title: "Numération et formule sanguine", Specimen: specimen("BLD", "Sang total"), Items: []write.Item{{Battery: &count}}}}
		chapters = append(chapters, hem)
	}
	if in(l.names, "inr") {
		clot := write.Hemostase
		clot.Subs = sub("Surveillance des antivitamines K", "18720-3", "Hémostase, coagulation", specimen("PLAS", "Plasma citraté"), []string{"inr"})
		chapters = append(chapters, clot)
	}
	if len(l.screen) > 0 {
		sero := write.Serologie
		var items []write.Item
		for _, s := range l.screen {
			r := s.result(l.sampled)
			items = append(items, write.Item{Result: &r})
		}
		sero.Subs = []write.SubChapter{{Title: "Sérologies infectieuses", Specimen: serum, Items: items}}
		chapters = append(chapters, sero)
	}
	if l.urine != nil {
		ch, words := l.urine.chapter(c, l, specimen("UR", "Urine"))
		chapters, odd = append(chapters, ch), append(odd, words...)
	}
	return chapters, odd
}

// result writes one value with its interval, its flag and the value before.
func (c *citizen) result(name string, v float64, l *labReport) bio.Result {
	a := analytes[name]
	r := bio.Result{Code: a.code, Display: a.display, Label: a.label, Method: a.method, Status: "completed", Time: stampCDA(l.sampled),
		Value: bio.Value{Type: "PQ", Value: text(v, a.decimals), Unit: a.unit}}
	if a.unit == "" {
		r.Type = "REAL"
	}
	low, high := a.low[c.sex()], a.high[c.sex()]
	switch {
	case a.detection > 0 && v < a.detection:
		closed := false
		r.Value = bio.Value{Type: "IVL_PQ", High: text(a.detection, a.decimals), HighInclusive: &closed, Unit: a.unit}
		r.Interpretation = []string{"N"}
	case low > 0 || high > 0:
		r.Interpretation = []string{flag(v, low, high, &a)}
	}
	if low > 0 || high > 0 {
		closed := true
		ref := &bio.Reference{Unit: a.unit}
		if low > 0 {
			ref.Low, ref.LowInclusive = text(low, a.decimals), &closed
		}
		if high > 0 {
			ref.High, ref.HighInclusive = text(high, a.decimals), &closed
		}
		r.Reference = ref
	}
	if e, ok := l.before[name]; ok && !(a.detection > 0 && e.value < a.detection) {
		r.Previous = []bio.Earlier{{Time: stampCDA(e.time), Value: bio.Value{Type: r.Type, Value: text(e.value, a.decimals), Unit: a.unit}}}
		if r.Type == "IVL_PQ" {
			r.Previous[0].Type = "PQ"
		}
	}
	if name == "inr" {
		r.Comments = []string{"Zone thérapeutique visée : 2,00 à 3,00."}
	}
	return r
}

func flag(v, low, high float64, a *analyte) string {
	switch {
	case a.panicLow > 0 && v <= a.panicLow && v < low:
		return "LL"
	case a.panicHigh > 0 && v >= a.panicHigh && high > 0 && v > high:
		return "HH"
	case low > 0 && v < low:
		return "L"
	case high > 0 && v > high:
		return "H"
	}
	return "N"
}

// reassuring is the comment of a report where nothing is out of its interval.
func (l *labReport) reassuring() string {
	switch {
	case l.urine != nil:
		return "Culture d'urine stérile, pas d'infection urinaire."
	case len(l.screen) > 0:
		return "Sérologies négatives ; immunité acquise contre la rubéole."
	case in(l.names, "inr") && len(l.names) == 1:
		return ""
	}
	return "Résultats dans les intervalles de référence."
}

// result writes the answer of a screening test.
//
// spec: CI-SIS cda §5.3
func (s screening) result(sampled time.Time) bio.Result {
	v := bio.Value{Type: "CD", ValueCode: "260385009", ValueSystem: oid.SNOMEDCT, ValueDisplay: "Négatif"}
	flags := []string{"NEG"}
	if s.immune { // no flag: nothing calls for attention
		v.ValueCode, v.ValueDisplay, flags = "10828004", "Positif", nil
	}
	return bio.Result{Code: s.code, Display: s.display, Label: s.label, Status: "completed", Time: stampCDA(sampled), Value: v, Interpretation: flags}
}

// shown writes a value as people read it: UCUM's marks put in common signs.
func shown(r *bio.Result) string { return common.Replace(r.Shown()) }

var common = strings.NewReplacer("umol/L", "µmol/L", "ug/L", "µg/L", "ug/mL", "µg/mL", "m[IU]/L", "mUI/L", "mL/min/{1.73_m2}", "mL/min/1,73 m²", "10*12/L", "T/L", "10*9/L", "G/L", "/uL", "/µL")
