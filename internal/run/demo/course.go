package demo

import (
	"math"
	"strconv"
	"time"
)

// point is a level at a time, in years before the day of the territory.
type point struct{ ago, level float64 }

// courses are the levels that an illness imposes: a line through points, oldest first.
var courses = map[condition]map[string][]point{
	diabetes: {
		"hba1c":      {{10, 8.6}, {9.2, 7.2}, {8, 6.8}, {6, 7.1}, {4, 7.9}, {3.2, 8.4}, {2.6, 7.4}, {1, 7.0}, {0, 6.9}},
		"albumin_ua": {{10, 12}, {5, 24}, {2, 38}, {0, 33}},
		"triglyc":    {{10, 2.2}, {6, 1.7}, {0, 1.5}},
	},
	dyslipidaemia: {
		"ldl": {{10, 1.92}, {9, 1.08}, {6, 1.15}, {4, 1.38}, {3, 0.94}, {0, 0.82}},
	},
	hypothyroidism: {
		"tsh": {{10, 14.2}, {9.7, 7.3}, {9.2, 3.4}, {6, 2.6}, {4.2, 7.1}, {3.8, 3.1}, {1.5, 2.2}, {0, 2.4}},
		"ft4": {{10, 7.4}, {9.7, 9.1}, {9.2, 11.6}, {6, 12.2}, {4.2, 9.0}, {3.8, 11.9}, {0, 12.4}},
	},
	anaemia: {
		"ferritin": {{10, 34}, {7, 18}, {6, 7}, {5.6, 26}, {5, 44}, {3, 23}, {1.6, 6}, {1.1, 31}, {0.4, 48}, {0, 41}},
		"transsat": {{10, 22}, {6, 8}, {5.3, 24}, {3, 18}, {1.6, 7}, {1, 25}, {0, 26}},
		"hb":       {{10, 12.7}, {7, 11.7}, {6, 9.6}, {5.6, 11.4}, {5, 13.0}, {3, 12.2}, {1.6, 9.9}, {1.1, 12.1}, {0, 12.9}},
		"mcv":      {{10, 86}, {6, 73}, {5, 86}, {3, 83}, {1.6, 74}, {0.8, 86}, {0, 88}},
		"mch":      {{10, 28.6}, {6, 23.2}, {5, 28.4}, {1.6, 23.6}, {0.8, 28.4}, {0, 29.2}},
	},
	kidney: {
		"egfr":       {{10, 57}, {7, 50}, {5, 44}, {3, 37}, {1, 31}, {0, 29}},
		"urea":       {{10, 8.4}, {5, 11.2}, {0, 16.1}},
		"potassium":  {{10, 4.5}, {4, 4.9}, {1, 5.4}, {0, 5.0}},
		"phosphate":  {{10, 1.10}, {3, 1.28}, {0, 1.44}},
		"calcium":    {{10, 2.36}, {0, 2.22}},
		"albumin_ua": {{10, 90}, {5, 180}, {2, 420}, {0, 310}},
		"hb":         {{10, 13.8}, {4, 12.6}, {0, 11.4}},
		"vitd":       {{10, 19}, {8, 31}, {0, 27}},
	},
	gout:         {"urate": {{10, 560}, {9.4, 420}, {8, 348}, {4, 470}, {3.4, 352}, {0, 338}}},
	heartFailure: {"bnp": {{10, 420}, {6, 980}, {3, 2350}, {2.6, 1200}, {0, 1480}}, "sodium": {{10, 139}, {0, 134}}},
	fibrillation: {"inr": {{10, 2.5}, {0, 2.5}}},
	copd:         {"hct": nil},
}

func along(points []point, ago float64) float64 {
	if len(points) == 0 {
		return 0
	}
	if ago >= points[0].ago {
		return points[0].level
	}
	for i := 1; i < len(points); i++ {
		if a, b := points[i-1], points[i]; ago >= b.ago {
			return b.level + (a.level-b.level)*(ago-b.ago)/(a.ago-b.ago)
		}
	}
	return points[len(points)-1].level
}

func (c *citizen) sex() int {
	if c.female() {
		return 1
	}
	return 0
}

// usual is where a person stands when nothing is wrong.
func (c *citizen) usual(name string) float64 {
	a := analytes[name]
	low, high := a.low[c.sex()], a.high[c.sex()]
	shift := max(-1.6, min(1.6, stream("niveau", c.index, name).NormFloat64()))
	switch {
	case low > 0 && high > 0:
		return (low+high)/2 + shift*(high-low)*0.14
	case high > 0:
		return high * (0.55 + 0.14*shift)
	}
	return low * (1.45 + 0.16*shift)
}

// level is the true value of an analyte on a day.
func (c *citizen) level(name string, day time.Time) float64 {
	ago := c.today.Sub(day).Hours() / 24 / 365.25
	v := c.usual(name)
	switch {
	case name == "egfr":
		v = 112 - 0.72*math.Max(0, float64(ageAt(c.birth, day))-25) + 6*stream("niveau", c.index, name).NormFloat64()
	case name == "vitd":
		v = 27 + 7*stream("niveau", c.index, name).NormFloat64() + 5*math.Sin(2*math.Pi*float64(day.YearDay()-120)/365)
	case name == "crp":
		v = 0.4 + 2.2*stream("crp", c.index, day.Unix()).ExpFloat64()*0.8
	}
	own := stream("allure", c.index, name).NormFloat64()
	for _, k := range c.list() {
		if p := courses[k][name]; len(p) > 0 {
			v = along(p, ago)
			if c.index > 2 { // the personas keep the plain course
				v *= 1 + 0.07*own
			}
		}
	}
	return v
}

// measured is the level with the noise of one measure, as the laboratory rounds it.
func (c *citizen) measured(name string, day time.Time) float64 {
	a := analytes[name]
	v := c.level(name, day) * (1 + a.noise*stream("mesure", c.index, name, day.Unix()).NormFloat64())
	return round(math.Max(v, 0), a.decimals)
}

func round(v float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(v*p) / p
}

func text(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }

// egfr is the filtration that a creatinine gives, in mL/min/1.73 m²: CKD-EPI 2009, without the
// ethnic factor, as French laboratories print it.
func egfr(creatinine float64, female bool, age int) float64 {
	k, alpha, f := 79.6, -0.411, 1.0
	if female {
		k, alpha, f = 61.9, -0.329, 1.018
	}
	q := creatinine / k
	return 141 * math.Pow(math.Min(q, 1), alpha) * math.Pow(math.Max(q, 1), -1.209) * math.Pow(0.993, float64(age)) * f
}

// creatinineFor is the creatinine that gives a filtration.
func creatinineFor(rate float64, female bool, age int) float64 {
	low, high := 15.0, 1500.0
	for range 40 {
		mid := (low + high) / 2
		if egfr(mid, female, age) > rate {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// panel measures several analytes on one sample, so that those that derive from others agree.
func (c *citizen) panel(names []string, day time.Time) map[string]float64 {
	out := map[string]float64{}
	age := ageAt(c.birth, day)
	for _, n := range names {
		out[n] = c.measured(n, day)
	}
	has := func(n string) bool { _, ok := out[n]; return ok }
	if has("creatinine") {
		a := analytes["creatinine"]
		v := creatinineFor(math.Max(8, c.level("egfr", day)), c.female(), age) * (1 + a.noise*stream("mesure", c.index, "creatinine", day.Unix()).NormFloat64())
		out["creatinine"] = round(v, 0)
		if has("egfr") {
			out["egfr"] = round(egfr(out["creatinine"], c.female(), age), 0)
		}
	}
	if has("glucose") && c.ills[diabetes] {
		v := 1.59*c.level("hba1c", day) - 2.59 - 1.1 // fasting is under the mean
		out["glucose"] = round(v*(1+0.06*stream("mesure", c.index, "glucose", day.Unix()).NormFloat64()), 1)
	}
	if has("cholest") {
		out["cholest"] = round(c.measured("ldl", day)+c.measured("hdl", day)+c.measured("triglyc", day)/5, 2)
	}
	if has("hb") {
		c.bloodCount(out, day)
	}
	return out
}

// bloodCount derives the red line from three measures, and shares out the white one.
func (c *citizen) bloodCount(out map[string]float64, day time.Time) {
	hb, mcv, mch := out["hb"], out["mcv"], out["mch"]
	out["rbc"] = round(hb*10/mch, 2)
	out["hct"] = round(hb*mcv/mch, 1)
	out["mchc"] = round(mch*100/mcv, 1)
	r := stream("formule", c.index, day.Unix())
	out["eosino"] = round(1.2+2.4*r.Float64(), 1)
	out["baso"] = round(0.2+0.6*r.Float64(), 1)
	out["mono"] = round(5+3.5*r.Float64(), 1)
	out["lympho"] = round(24+14*r.Float64(), 1)
	if c.age < 6 {
		out["lympho"] = round(out["lympho"]+9, 1)
	}
	out["neutro"] = round(100-out["eosino"]-out["baso"]-out["mono"]-out["lympho"], 1)
}
