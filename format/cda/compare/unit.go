package compare

import "strings"

// units gives what people write for UCUM units, folded and without blanks; the first is the one
// our own texts use.
// spec: UCUM 2.1
var units = map[string][]string{
	"mm[Hg]": {"mmhg"}, "Cel": {"°c", "degre"}, "[degF]": {"°f"}, "a": {"an"}, "mo": {"mois", "month"}, "wk": {"semaine", "sa", "week"}, "d": {"jour", "/j", "j", "day"},
	"h": {"h", "heure"}, "min": {"min"}, "s": {"s", "sec"}, "%": {"%", "pourcent"}, "/min": {"/min", "bpm", "parminute", "batt", "puls", "cycle"}, "{beats}/min": {"/min", "bpm"}, "m[IU]/L": {"mui/l", "miu/l"}, "[IU]/L": {"ui/l", "iu/l"},
	"u[IU]/mL": {"µui/ml"}, "[iU]": {"ui"}, "[IU]": {"ui"}, "[IU]/mL": {"ui/ml"}, "k[IU]/L": {"kui/l"}, "{tablet}": {"cp", "comprime", "tablet"}, "{capsule}": {"gel", "capsule"}, "{drop}": {"goutte"}, "[drp]": {"goutte"},
	"10*9/L": {"10^9/l", "109/l", "g/l", "giga", "10*9/l", "10e9/l"}, "10*12/L": {"10^12/l", "1012/l", "t/l", "tera", "10*12/l", "10e12/l"}, "10*6/uL": {"10^6/µl", "106/µl", "m/µl", "10*6/µl", "/mm3"}, "10*3/uL": {"10^3/µl", "103/µl", "k/µl", "10*3/µl", "/mm3"},
	"/uL": {"/µl", "/mm3"}, "/mm3": {"/mm3", "/µl"}, "mL/min/{1.73_m2}": {"ml/min"}, "kg/m2": {"kg/m2"}, "[diop]": {"d", "dioptrie"}, "deg": {"°", "degre"}, "{ratio}": {""}, "{score}": {""}, "1": {""}, "U/L": {"u/l", "ui/l"},
}

// written gives the ways a unit may be written; nil when any will do.
func written(ucum string) []string {
	if w, ok := units[ucum]; ok {
		return w
	}
	if strings.Contains(ucum, "{") && strings.TrimSpace(strings.Trim(ucum, "{}")) != "" && strings.HasPrefix(ucum, "{") {
		return nil // a word of the author's, which has no code
	}
	return []string{unitText(ucum)}
}

// unitText folds a unit as written: no brackets, no blanks, one micro, plain exponents.
func unitText(s string) string {
	return unitSigns.Replace(fold(s))
}

var unitSigns = strings.NewReplacer("[", "", "]", "", " ", "", "\u00a0", "", "\u202f", "", "μ", "µ", "²", "2", "³", "3", "⁹", "9", "¹", "1", "ug", "µg", "umol", "µmol", "ul", "µl", "ui", "ui")

// known are units of measure that people write after a number.
var known = map[string]bool{"g/l": true, "mg/l": true, "mg/dl": true, "g/dl": true, "mmol/l": true, "µmol/l": true, "nmol/l": true, "pmol/l": true, "µg/l": true, "ng/ml": true, "pg/ml": true, "ng/l": true, "mui/l": true, "ui/l": true,
	"µg": true, "mg": true, "g": true, "kg": true, "cm": true, "mm": true, "m": true, "ml": true, "l": true, "mmhg": true, "%": true, "fl": true, "pg": true, "meq/l": true, "mg/mmol": true, "µg/ml": true, "mg/kg": true}
