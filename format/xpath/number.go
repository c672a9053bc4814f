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
// spec: XPath-F&O 17.1.2
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

// arithmetic is + - * div idiv mod.
// spec: XPath 2.0 §3.4
type arithmetic struct {
	facts
	op   string
	l, r expr
}

func newArithmetic(op string, l, r expr) expr {
	a := &arithmetic{op: op, l: l, r: r}
	a.add(l, r)
	a.one = true
	if l.about().static == numeric && r.about().static == numeric {
		a.static = numeric
	}
	return a
}

func (a *arithmetic) test(r *Run) bool { return testItems(r, a) }
func (a *arithmetic) canon(b *strings.Builder) {
	b.WriteByte('(')
	a.l.canon(b)
	b.WriteString(" " + a.op + " ")
	a.r.canon(b)
	b.WriteByte(')')
}

func (a *arithmetic) push(r *Run, _ int) {
	x, ok1 := single(r, a.l)
	y, ok2 := single(r, a.r)
	if !ok1 || !ok2 {
		return
	}
	if x.typ == TypeUntyped {
		x = castItem(r, x, TypeDouble)
	}
	if y.typ == TypeUntyped {
		y = castItem(r, y, TypeDouble)
	}
	r.emit(calculate(r, a.op, x, y))
}

func calculate(r *Run, op string, x, y Item) Item {
	if !x.typ.numeric() || !y.typ.numeric() {
		return calculateMoments(r, op, x, y)
	}
	if x.typ <= TypeDecimal && y.typ <= TypeDecimal {
		return calculateExact(op, x, y)
	}
	t := TypeDouble
	if x.typ != TypeDouble && y.typ != TypeDouble {
		t = TypeFloat
	}
	a, b := x.asFloat(), y.asFloat()
	var f float64
	switch op {
	case "+":
		f = a + b
	case "-":
		f = a - b
	case "*":
		f = a * b
	case "div":
		f = a / b
	case "mod":
		f = math.Mod(a, b)
	case "idiv":
		if b == 0 {
			divisionByZero()
		}
		q := math.Trunc(a / b)
		if math.IsNaN(q) || math.IsInf(q, 0) {
			fail(IDArithmetic, "FOAR0002", "division entière impossible", "integer division not possible")
		}
		n, _ := new(big.Float).SetFloat64(q).Int(nil)
		return bigIntegerItem(n)
	}
	if t == TypeFloat {
		f = float64(float32(f))
	}
	return Item{typ: t, bits: math.Float64bits(f)}
}

func divisionByZero() {
	fail(IDArithmetic, "FOAR0001", "division par zéro", "division by zero")
}

func calculateExact(op string, x, y Item) Item {
	integers := x.typ == TypeInteger && y.typ == TypeInteger
	if integers && x.ext == nil && y.ext == nil {
		if it, ok := calculateSmall(op, int64(x.bits), int64(y.bits)); ok {
			return it
		}
	}
	a, b := x.rat(), y.rat()
	out := new(big.Rat)
	switch op {
	case "+":
		out.Add(a, b)
	case "-":
		out.Sub(a, b)
	case "*":
		out.Mul(a, b)
	default:
		if b.Sign() == 0 {
			divisionByZero()
		}
		q := new(big.Rat).Quo(a, b)
		whole := new(big.Int).Quo(q.Num(), q.Denom())
		switch op {
		case "div":
			return decimalItem(roundedDecimal(q))
		case "idiv":
			return bigIntegerItem(whole)
		}
		out.Sub(a, new(big.Rat).Mul(b, new(big.Rat).SetInt(whole)))
	}
	if n := out.Num().BitLen(); n > maxNumberBits {
		fail(IDArithmetic, "FOAR0002", "nombre trop grand", "number too large")
	}
	if integers {
		return bigIntegerItem(out.Num())
	}
	return decimalItem(out)
}

// maxNumberBits bounds exact numbers.
const maxNumberBits = 1 << 14

// roundedDecimal cuts a quotient to the digits kept.
func roundedDecimal(q *big.Rat) *big.Rat {
	if q.IsInt() {
		return q
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(decimalDigits), nil)
	n := new(big.Int).Mul(q.Num(), scale)
	n, rest := n.QuoRem(n, q.Denom(), new(big.Int))
	if rest.Abs(rest).Lsh(rest, 1).Cmp(q.Denom()) >= 0 {
		n.Add(n, big.NewInt(int64(q.Sign())))
	}
	return new(big.Rat).SetFrac(n, scale)
}

func calculateSmall(op string, a, b int64) (Item, bool) {
	switch op {
	case "+":
		if c := a + b; (c > a) == (b > 0) {
			return integerItem(c), true
		}
	case "-":
		if c := a - b; (c < a) == (b > 0) {
			return integerItem(c), true
		}
	case "*":
		if a == 0 || b == 0 {
			return integerItem(0), true
		}
		if c := a * b; c/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64) {
			return integerItem(c), true
		}
	case "mod":
		if b == 0 {
			divisionByZero()
		}
		if b == -1 {
			return integerItem(0), true
		}
		return integerItem(a % b), true
	case "idiv":
		if b == 0 {
			divisionByZero()
		}
		if b != -1 {
			return integerItem(a / b), true
		}
	}
	return Item{}, false
}

// unary is + or - before a number.
type unary struct {
	facts
	minus bool
	e     expr
}

func newUnary(minus bool, e expr) expr {
	u := &unary{minus: minus, e: e}
	u.add(e)
	u.static, u.one = numeric, true
	return u
}

func (u *unary) test(r *Run) bool { return testItems(r, u) }
func (u *unary) canon(b *strings.Builder) {
	b.WriteString(map[bool]string{true: "-(", false: "+("}[u.minus])
	u.e.canon(b)
	b.WriteByte(')')
}

func (u *unary) push(r *Run, _ int) {
	it, ok := single(r, u.e)
	if !ok {
		return
	}
	if it.typ == TypeUntyped {
		it = castItem(r, it, TypeDouble)
	}
	if !it.typ.numeric() {
		typeError("un nombre est attendu, trouvé %s", "a number is expected, found %s", it.typ)
	}
	if u.minus {
		it = negated(it)
	}
	r.emit(it)
}

func negated(it Item) Item {
	switch {
	case it.typ >= TypeFloat:
		it.bits = math.Float64bits(-it.float())
		return it
	case it.typ == TypeInteger && it.ext == nil && int64(it.bits) != math.MinInt64:
		return integerItem(-int64(it.bits))
	}
	n := new(big.Rat).Neg(it.rat())
	if it.typ == TypeInteger {
		return bigIntegerItem(n.Num())
	}
	return decimalItem(n)
}
