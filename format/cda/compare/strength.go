package compare

import (
	"regexp"
	"strings"
)

var strength = regexp.MustCompile(`(?i)(\d+(?:[.,]\d+)?)\s*(mg|g|µg|μg|mcg|ml|ui)\b`)

// otherStrength tells whether two names of a product give strengths of the same unit, and none in
// common.
func otherStrength(a, b string) bool {
	read := func(s string) map[string][]float64 {
		out := map[string][]float64{}
		for _, m := range strength.FindAllStringSubmatch(s, -1) {
			v, _ := parse(m[1])
			u := strings.ToLower(m[2])
			switch u { // all in milligrams
			case "g":
				u, v = "mg", v*1000
			case "µg", "μg", "mcg":
				u, v = "mg", v/1000
			}
			out[u] = append(out[u], v)
		}
		return out
	}
	x, y := read(a), read(b)
	for u, list := range x {
		if len(y[u]) == 0 {
			continue
		}
		common := false
		for _, v := range list {
			common = common || holds(y[u], v)
		}
		if !common {
			return true
		}
	}
	return false
}
