package check

import (
	"strings"
	"sync"
)

// A small reader of UCUM, case sensitive: enough to say whether a unit is written right and what
// kind of quantity it measures.
//
// spec: UCUM 2.1

// dim is the kind of quantity of a unit: exponents of the base kinds. Catalytic activity,
// arbitrary units and pressure are kinds of their own here: medicine never mixes them.
type dim [numKinds]int8

const (
	kindLength = iota
	kindMass
	kindTime
	kindMole
	kindTemp
	kindCatal
	kindArb
	kindPress
	kindOther
	numKinds
)

type atom struct {
	metric bool
	dim    dim
}

func d1(kind int, exp int8) (d dim) { d[kind] = exp; return }

// prefixes of UCUM.
var unitPrefixes = strings.Fields("Y Z E P T G M k h da d c m u n p f a z y Ki Mi Gi Ti")

// atoms by kind; a star marks those that take a prefix.
var atomsOf = map[string]dim{
	"m* [in_i] [ft_i] [yd_i] [mi_i] [in_us] [ft_us] [yd_us] [mi_us] [in_uk] [ft_uk] [yd_uk] Ao [Ch] pc* [nmi_i] AU [fth_i]":                         d1(kindLength, 1),
	"L* l* st* [gal_us] [pt_us] [qt_us] [foz_us] [tbs_us] [tsp_us] [cup_us] [gal_br] [pt_br] [foz_br] [drp] [cin_i] [cr_i] [cft_i] [tbs_m] [tsp_m]": d1(kindLength, 3),
	"ar* har [sin_i] [sft_i]": d1(kindLength, 2),
	"g* t* u* [lb_av] [oz_av] [gr] [stone_av] [lb_tr] [oz_tr] [dr_av] [oz_ap] [lb_ap] [car_m]": d1(kindMass, 1),
	"s* min h d wk mo a a_j a_g a_t mo_s mo_j mo_g":                                            d1(kindTime, 1),
	"mol* eq* osm*":                 d1(kindMole, 1),
	"K* Cel* [degF] [degR] [degRe]": d1(kindTemp, 1),
	"U* kat*":                       d1(kindCatal, 1),
	"[IU]* [iU]* [arb'U] [USP'U] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U] [todd'U] [dye'U] [smgy'U] [bdsk'U] [ka'U] [knk'U] [mclg'U] [tb'U] [CCID_50] [TCID_50] [EID_50] [PFU] [FFU] [CFU] [IR] [BAU] [AU] [Amb'a'1'U] [PNU] [Lf] [D'ag'U] [FEU] [ELU] [EU]": d1(kindArb, 1),
	"Pa* bar* atm att m[Hg]* m[H2O]* [in_i'Hg] [in_i'H2O] [psi]":                                          d1(kindPress, 1),
	"1 % [ppth] [ppm] [ppb] [pptr] 10* 10^ [pi] deg ' '' gon rad* sr* [hnsf'U] [MET] [HPF] [LPF] [APGAR]": {},
	"A* V* Ohm* S* F* C* T* Wb* H* J* W* N* Hz* cd* lm* lx* Gy* Sv* Bq* Ci* R* RAD* REM* cal* eV* B* Np* B[V]* B[SPL]* bit* By* Bd* dyn* erg* P* St* G* Oe* Mx* Gal* Gb* sb* ph* Lmb* [diop] [pH] [p'diop] [mesh_i] [Btu] [Cal] cal_th* [HP] [knot_i] [g]* [k]* [c]* [h]* [e]* [m_e]* [m_p]* [G]* [ly]* gf* [lbf_av] [S]* [PRU] [wood'U] [hd_i] [m/s2/Hz^(1/2)]* tex* [den] [cal_15] [kn_i] [Cal] [smoot] [bu_us] [acr_us] [arb'U]* dpt": d1(kindOther, 1),
}

var unitAtoms = sync.OnceValue(func() map[string]atom {
	all := map[string]atom{}
	for words, d := range atomsOf {
		for _, w := range strings.Fields(words) {
			name, metric := strings.CutSuffix(w, "*")
			if w == "10*" {
				name, metric = w, false
			}
			if old, ok := all[name]; !ok || old.dim[kindOther] != 0 {
				all[name] = atom{metric, d}
			}
		}
	}
	return all
})

// maxUnit bounds the text of a unit.
const maxUnit = 200

// parseUnit gives the kind of quantity of a unit; ok is false when it is not UCUM.
func parseUnit(s string) (d dim, ok bool) {
	if s == "" || len(s) > maxUnit {
		return d, false
	}
	p := unitReader{s: s}
	d, ok = p.term(0)
	return d, ok && p.i == len(p.s)
}

type unitReader struct {
	s string
	i int
}

func (p *unitReader) term(depth int) (d dim, ok bool) {
	if depth > 8 {
		return d, false
	}
	sign := int8(1)
	if p.peek() == '/' {
		p.i++
		sign = -1
	}
	for {
		c, ok := p.component(depth)
		if !ok {
			return d, false
		}
		for k := range d {
			d[k] += sign * c[k]
		}
		switch p.peek() {
		case '.':
			sign = 1
		case '/':
			sign = -1
		default:
			return d, true
		}
		p.i++
	}
}

func (p *unitReader) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *unitReader) component(depth int) (d dim, ok bool) {
	switch p.peek() {
	case '{':
		return d, p.annotation()
	case '(':
		p.i++
		d, ok = p.term(depth + 1)
		if !ok || p.peek() != ')' {
			return d, false
		}
		p.i++
		return d, true
	}
	word := p.word()
	if word == "" {
		return d, false
	}
	d, ok = simpleUnit(word)
	if ok && p.peek() == '{' {
		ok = p.annotation()
	}
	return d, ok
}

func (p *unitReader) annotation() bool {
	end := strings.IndexByte(p.s[p.i:], '}')
	if end < 0 || strings.IndexByte(p.s[p.i+1:p.i+end], '{') >= 0 {
		return false
	}
	for _, b := range []byte(p.s[p.i : p.i+end]) {
		if b <= ' ' {
			return false
		}
	}
	p.i += end + 1
	return true
}

// word takes everything up to an operator outside square brackets.
func (p *unitReader) word() string {
	start, square := p.i, false
	for p.i < len(p.s) {
		switch b := p.s[p.i]; {
		case b == '[':
			square = true
		case b == ']':
			square = false
		case !square && (b == '.' || b == '/' || b == '(' || b == ')' || b == '{'):
			return p.s[start:p.i]
		}
		p.i++
	}
	return p.s[start:]
}

// simpleUnit reads a number, or an atom with its prefix and exponent.
func simpleUnit(w string) (d dim, ok bool) {
	if strings.Trim(w, "0123456789") == "" {
		return d, true
	}
	all := unitAtoms()
	name, exp := w, int8(1)
	if _, whole := all[w]; !whole {
		name, exp, ok = exponent(w)
		if !ok {
			return d, false
		}
	}
	a, found := all[name]
	for i := 0; !found && i < len(unitPrefixes); i++ {
		if rest, cut := strings.CutPrefix(name, unitPrefixes[i]); cut {
			a, found = all[rest]
			found = found && a.metric
		}
	}
	if !found {
		return d, false
	}
	for k := range d {
		d[k] = a.dim[k] * exp
	}
	return d, true
}

// exponent cuts the digits at the end: m2, s-1, 10*9.
func exponent(w string) (name string, exp int8, ok bool) {
	i := len(w)
	for i > 0 && w[i-1] >= '0' && w[i-1] <= '9' {
		i--
	}
	if i == len(w) {
		return w, 1, true
	}
	n := 0
	for _, b := range []byte(w[i:]) {
		n = n*10 + int(b-'0')
		if n > 99 {
			return w, 1, false
		}
	}
	if i > 0 && (w[i-1] == '-' || w[i-1] == '+') {
		i--
		if w[i] == '-' {
			n = -n
		}
	}
	if i == 0 {
		return w, 1, false
	}
	return w[:i], int8(n), true
}

// misspelt are the units French systems write and what UCUM says instead.
var misspelt = map[string]string{
	"G/L": "10*9/L", "Giga/L": "10*9/L", "G/l": "10*9/L", "T/L": "10*12/L", "Tera/L": "10*12/L", "T/l": "10*12/L", "M/L": "10*6/L", "UI/L": "[IU]/L", "UI/l": "[IU]/L", "mUI/L": "m[IU]/L", "mUI/l": "m[IU]/L", "µUI/mL": "u[IU]/mL",
	"UI/mL": "[IU]/mL", "UI/ml": "[IU]/mL", "UI": "[IU]", "IU": "[IU]", "IU/L": "[IU]/L", "mIU/L": "m[IU]/L", "µg": "ug", "mcg": "ug", "mmHg": "mm[Hg]", "mm Hg": "mm[Hg]", "°C": "Cel", "° C": "Cel", "C": "Cel", "bpm": "/min", "batt/min": "/min",
	"/mn": "/min", "mn": "min", "Kg": "kg", "KG": "kg", "kgs": "kg", "Kg/m2": "kg/m2", "kg/m²": "kg/m2", "sec": "s", "secondes": "s", "heure": "h", "heures": "h", "H": "h", "jour": "d", "jours": "d", "j": "d", "semaine": "wk", "semaines": "wk", "mois": "mo", "an": "a", "ans": "a",
	"/mm3": "/mm3", "10^3/mm3": "10*3/mm3", "10e9/L": "10*9/L", "10E9/L": "10*9/L", "10 9/L": "10*9/L", "10*9/l": "10*9/L", "cc": "mL", "CM": "cm", "Cm": "cm", "gr": "g", "grammes": "g", "pourcent": "%", "ratio": "{ratio}", "INR": "{INR}", "comprimé": "{tablet}", "cp": "{tablet}", "gouttes": "[drp]", "pH": "[pH]",
	"mEq/L": "meq/L", "Eq/L": "eq/L", "U.I.": "[IU]", "µmol/L": "umol/L", "µmol/l": "umol/L", "μmol/L": "umol/L", "µg/L": "ug/L", "µg/l": "ug/L", "μg/L": "ug/L", "µL": "uL", "µl": "uL", "/µL": "/uL", "/µl": "/uL", "mg%": "mg/dL", "sans unité": "1",
}

func isUnit(s string) bool { _, ok := parseUnit(s); return ok }
