package xpath

import (
	"math"
	"math/big"
	"strings"
)

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
	x, ok := single(r, a.l)
	if !ok {
		return // the right side need not be looked at
	}
	y, ok := single(r, a.r)
	if !ok {
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
