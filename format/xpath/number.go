package xpath

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

func decimalItem(x *big.Rat) Item { return Item{typ: TypeDecimal, ext: &extended{rat: x}} }

func bigIntegerItem(x *big.Int) Item {
	if x.IsInt64() {
		return integerItem(x.Int64())
	}
	return Item{typ: TypeInteger, ext: &extended{rat: new(big.Rat).SetInt(x)}}
}

// rat gives an integer or a decimal exactly.
func (it *Item) rat() *big.Rat {
	if it.ext != nil {
		return it.ext.rat
	}
	return new(big.Rat).SetInt64(int64(it.bits))
}

// asFloat gives any number as a double.
func (it *Item) asFloat() float64 {
	switch {
	case it.typ >= TypeFloat:
		return it.float()
	case it.ext != nil:
		f, _ := it.ext.rat.Float64()
		return f
	}
	return float64(int64(it.bits))
}

func compareNumbers(op compareOp, a, b Item) bool {
	if a.typ <= TypeDecimal && b.typ <= TypeDecimal {
		if a.ext == nil && b.ext == nil {
			x, y := int64(a.bits), int64(b.bits)
			switch {
			case x < y:
				return op.holds(-1)
			case x > y:
				return op.holds(1)
			}
			return op.holds(0)
		}
		return op.holds(a.rat().Cmp(b.rat()))
	}
	x, y := a.asFloat(), b.asFloat()
	if (a.typ == TypeFloat || b.typ == TypeFloat) && a.typ != TypeDouble && b.typ != TypeDouble {
		x, y = float64(float32(x)), float64(float32(y))
	}
	switch op { // NaN: only != holds
	case opEq:
		return x == y
	case opNe:
		return x != y
	case opLt:
		return x < y
	case opLe:
		return x <= y
	case opGt:
		return x > y
	}
	return x >= y
}

// numberText writes a number as fn:string does.
// spec: XPath-FO 17.1.2
func numberText(it *Item) string {
	switch it.typ {
	case TypeInteger:
		if it.ext != nil {
			return it.ext.rat.Num().String()
		}
		return strconv.FormatInt(int64(it.bits), 10)
	case TypeDecimal:
		return decimalText(it.ext.rat)
	case TypeFloat:
		return floatText(it.float(), 32)
	}
	return floatText(it.float(), 64)
}

// decimalDigits is how many digits a quotient keeps after the point.
const decimalDigits = 18

func decimalText(x *big.Rat) string {
	if x.IsInt() {
		return x.Num().String()
	}
	s := x.FloatString(decimalDigits + 20)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

func floatText(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "INF"
	case math.IsInf(f, -1):
		return "-INF"
	case f == 0:
		if math.Signbit(f) {
			return "-0"
		}
		return "0"
	}
	if a := math.Abs(f); a >= 1e-6 && a < 1e6 {
		return strconv.FormatFloat(f, 'f', -1, bits)
	}
	s := strconv.FormatFloat(f, 'E', -1, bits)
	mantissa, exp, _ := strings.Cut(s, "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	sign := ""
	if exp[0] == '-' {
		sign = "-"
	}
	exp = strings.TrimLeft(exp[1:], "0")
	return mantissa + "E" + sign + exp
}

// parseDouble reads a lexical double; ok is false when it is none.
func parseDouble(s string) (float64, bool) {
	s = strings.Trim(s, " \t\r\n")
	switch s {
	case "INF":
		return math.Inf(1), true
	case "-INF":
		return math.Inf(-1), true
	case "NaN":
		return math.NaN(), true
	}
	if !isNumberText(s, true) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil || math.IsInf(f, 0)
}

// isNumberText checks digits, one point, and an exponent where allowed.
func isNumberText(s string, exponent bool) bool {
	i, digits := 0, 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		digits++
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
			digits++
		}
	}
	if digits == 0 {
		return false
	}
	if i == len(s) || !exponent || s[i] != 'e' && s[i] != 'E' {
		return i == len(s)
	}
	if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	from := i
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
	}
	return i == len(s) && i > from
}
