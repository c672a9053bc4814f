package xsd

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

type variety uint8

const (
	atomic variety = iota
	list
	union
)

type white uint8

const (
	preserve white = iota
	replace
	collapse
)

// simple is how the text of an attribute or element is checked: the facets of a type and of all
// it restricts, gathered. spec: XSD-2 2.5.1, 4.3
type simple struct {
	name     string // of the type, or of the nearest named one
	lex      lexis
	role     role
	variety  variety
	white    white
	item     *simple
	members  []*simple
	patterns []*pattern // one for each step of restriction: all must fit
	enum     map[string]bool
	choices  []string // enum in the order of the schema
	min, max *limit
	minLen   int
	maxLen   int
	length   int
	total    int
	fraction int

	hasMinLen, hasMaxLen, hasLen, hasTotal, hasFraction bool
}

// limit is a bound of a number; open when the bound itself is outside.
type limit struct {
	text string
	open bool
}

func edge(v string) *limit {
	if v == "" {
		return nil
	}
	return &limit{text: v}
}

// Names of the checks, those of the standard.
const (
	badType        = "cvc-datatype-valid.1.2.1"
	badUnion       = "cvc-datatype-valid.1.2.3"
	badPattern     = "cvc-pattern-valid"
	badEnum        = "cvc-enumeration-valid"
	badLength      = "cvc-length-valid"
	badMinLength   = "cvc-minLength-valid"
	badMaxLength   = "cvc-maxLength-valid"
	badMax         = "cvc-maxInclusive-valid"
	badMin         = "cvc-minInclusive-valid"
	badMaxOpen     = "cvc-maxExclusive-valid"
	badMinOpen     = "cvc-minExclusive-valid"
	badTotal       = "cvc-totalDigits-valid"
	badFraction    = "cvc-fractionDigits-valid"
	badDuplicateID = "cvc-id.2"
	badMissingID   = "cvc-id.1"
	badEntity      = "UndeclaredEntity"
	badPrefix      = "UndeclaredPrefix"
)

// fault is the first check a text fails, and of which type; code is empty when it fits.
type fault struct {
	code string
	of   *simple
	text string // the part that fails: one item of a list
}

// normal applies the white space facet. spec: XSD-2 4.3.6
func (s *simple) normal(v string) string {
	switch s.white {
	case replace:
		if strings.ContainsAny(v, "\t\n\r") {
			return strings.Map(func(r rune) rune {
				if r == '\t' || r == '\n' || r == '\r' {
					return ' '
				}
				return r
			}, v)
		}
	case collapse:
		return collapsed(v)
	}
	return v
}

func collapsed(v string) string {
	clean := true
	for i := 0; i < len(v) && clean; i++ {
		switch v[i] {
		case '\t', '\n', '\r':
			clean = false
		case ' ':
			clean = i > 0 && i+1 < len(v) && v[i+1] != ' '
		}
	}
	if clean {
		return v
	}
	return strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }), " ")
}

// check tells what is wrong with a text; says is told each ID and reference, and answers with a
// code when it objects.
func (s *simple) check(v string, says func(role, string) string) fault {
	return s.checkNormal(s.normal(v), says)
}

// spec: XSD-1 3.14.4
func (s *simple) checkNormal(v string, says func(role, string) string) fault {
	for _, p := range s.patterns {
		if !p.match(v) {
			return fault{badPattern, s, v}
		}
	}
	switch s.variety {
	case list:
		return s.checkList(v, says)
	case union:
		return s.checkUnion(v, says)
	}
	if !s.lex.fits(v) {
		return fault{badType, s, v}
	}
	if code := s.facets(v); code != "" {
		return fault{code, s, v}
	}
	if s.role != roleNone && says != nil {
		if code := says(s.role, v); code != "" {
			return fault{code, s, v}
		}
	}
	return fault{}
}

func (s *simple) checkList(v string, says func(role, string) string) fault {
	n := 0
	for rest := v; rest != ""; {
		var item string
		item, rest, _ = strings.Cut(rest, " ")
		if item == "" {
			continue
		}
		n++
		if f := s.item.check(item, says); f.code != "" {
			return f
		}
	}
	switch {
	case s.hasLen && n != s.length:
		return fault{badLength, s, v}
	case s.hasMinLen && n < s.minLen:
		return fault{badMinLength, s, v}
	case s.hasMaxLen && n > s.maxLen:
		return fault{badMaxLength, s, v}
	case s.enum != nil && !s.enum[collapsed(v)]:
		return fault{badEnum, s, v}
	}
	return fault{}
}

func (s *simple) checkUnion(v string, says func(role, string) string) fault {
	for _, m := range s.members {
		if m.check(v, says).code == "" {
			if s.enum != nil && !s.enum[v] {
				return fault{badEnum, s, v}
			}
			return fault{}
		}
	}
	return fault{badUnion, s, v}
}

// facets checks an atomic value whose text is right. spec: XSD-2 4.3
func (s *simple) facets(v string) string {
	if s.hasLen || s.hasMinLen || s.hasMaxLen {
		n := s.measure(v)
		switch {
		case s.hasLen && n != s.length:
			return badLength
		case s.hasMinLen && n < s.minLen:
			return badMinLength
		case s.hasMaxLen && n > s.maxLen:
			return badMaxLength
		}
	}
	if s.enum != nil && !s.enum[s.lex.canon(v)] {
		return badEnum
	}
	if s.hasFraction || s.hasTotal {
		whole, frac := digits(v)
		if s.hasFraction && len(frac) > s.fraction {
			return badFraction
		}
		if s.hasTotal && max(len(whole)+len(frac), 1) > s.total {
			return badTotal
		}
	}
	if l := s.max; l != nil {
		if c := s.lex.compare(v, l.text); c > 0 || c == 0 && l.open {
			if l.open {
				return badMaxOpen
			}
			return badMax
		}
	}
	if l := s.min; l != nil {
		if c := s.lex.compare(v, l.text); c < 0 || c == 0 && l.open {
			if l.open {
				return badMinOpen
			}
			return badMin
		}
	}
	return ""
}

// measure gives the length: octets of binaries, characters of the rest; names have none.
func (s *simple) measure(v string) int {
	switch s.lex {
	case lexHex:
		return len(v) / 2
	case lexBase64:
		v = strings.ReplaceAll(v, " ", "")
		return len(v)/4*3 - strings.Count(v, "=")
	}
	return utf8.RuneCountInString(v)
}

// canon gives one text for all texts of one value, so that values compare as texts.
func (l lexis) canon(v string) string {
	switch l {
	case lexBoolean:
		return map[string]string{"1": "true", "0": "false"}[v] + strings.Trim(v, "01")
	case lexDecimal, lexInteger:
		whole, frac := digits(v)
		if whole == "" && frac == "" {
			return "0"
		}
		sign := ""
		if v[0] == '-' {
			sign = "-"
		}
		return sign + whole + "." + frac
	case lexFloat, lexDouble:
		return strconv.FormatFloat(float(v), 'g', -1, 64)
	case lexHex:
		return strings.ToUpper(v)
	case lexBase64:
		return strings.ReplaceAll(v, " ", "")
	}
	return v
}

// digits gives the digits before and after the point, without the zeros that say nothing.
func digits(v string) (whole, frac string) {
	whole, frac, _ = strings.Cut(strings.TrimLeft(v, "+-"), ".")
	return strings.TrimLeft(whole, "0"), strings.TrimRight(frac, "0")
}

func float(v string) float64 {
	f, _ := strconv.ParseFloat(v, 64) // out of range gives an infinity, as the value space does
	return f
}

// ordered tells the types whose bounds we compare.
func (l lexis) ordered() bool {
	return l == lexDecimal || l == lexInteger || l == lexFloat || l == lexDouble
}

// compare orders two numbers; a value that is not a number is on neither side of a bound.
func (l lexis) compare(a, b string) int {
	if l == lexFloat || l == lexDouble {
		x, y := float(a), float(b)
		switch {
		case x < y:
			return -1
		case x == y:
			return 0
		}
		return 1
	}
	return compareDecimal(a, b)
}

func compareDecimal(a, b string) int {
	aw, af := digits(a)
	bw, bf := digits(b)
	an := a[0] == '-' && aw+af != ""
	bn := b[0] == '-' && bw+bf != ""
	if an != bn {
		if an {
			return -1
		}
		return 1
	}
	c := len(aw) - len(bw)
	if c == 0 {
		c = strings.Compare(aw, bw)
	}
	if c == 0 {
		c = strings.Compare(af, bf)
	}
	if an {
		return -c
	}
	return c
}
