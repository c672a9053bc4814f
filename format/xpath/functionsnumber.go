package xpath

import (
	"math"
	"math/big"
	"strconv"
)

var inf = math.Inf(1)

// spec: XPath-FO 6
var numberFunctions = map[string]*function{
	"number": {min: 0, max: 1, context: 1, static: numeric, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := single(r, a[0])
		if !ok {
			return doubleItem(math.NaN()), true
		}
		out, bad := tryCast(r, it, TypeDouble)
		if bad != nil {
			return doubleItem(math.NaN()), true
		}
		return out, true
	}},
	"abs": rounding(func(f float64) float64 { return math.Abs(f) }, func(x *big.Rat) *big.Rat { return new(big.Rat).Abs(x) }),
	"floor": rounding(math.Floor, func(x *big.Rat) *big.Rat {
		return new(big.Rat).SetInt(floorRat(x))
	}),
	"ceiling": rounding(math.Ceil, func(x *big.Rat) *big.Rat {
		return new(big.Rat).Neg(new(big.Rat).SetInt(floorRat(new(big.Rat).Neg(x))))
	}),
	"round": rounding(roundHalfUp, func(x *big.Rat) *big.Rat {
		return new(big.Rat).SetInt(floorRat(new(big.Rat).Add(x, big.NewRat(1, 2))))
	}),
	"round-half-to-even": {min: 1, max: 2, static: numeric, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := numberOf(r, a[0])
		if !ok {
			return it, false
		}
		digits := int64(0)
		if len(a) == 2 {
			digits, _ = integerOf(r, a[1])
		}
		return halfToEven(it, max(min(digits, 400), -400)), true
	}},
}

func rounding(f func(float64) float64, exact func(*big.Rat) *big.Rat) *function {
	return &function{min: 1, max: 1, static: numeric, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := numberOf(r, a[0])
		if !ok {
			return it, false
		}
		switch it.typ {
		case TypeDouble, TypeFloat:
			it.bits = math.Float64bits(f(it.float()))
			return it, true
		case TypeInteger:
			return bigIntegerItem(exact(it.rat()).Num()), true
		}
		return decimalItem(exact(it.rat())), true
	}}
}

// numberOf gives an argument that must be a number.
func numberOf(r *Run, e expr) (Item, bool) {
	it, ok := single(r, e)
	if !ok {
		return it, false
	}
	if it.typ == TypeUntyped {
		it = castItem(r, it, TypeDouble)
	}
	if !it.typ.numeric() {
		typeError("un nombre est attendu, trouvé %s", "a number is expected, found %s", it.typ)
	}
	return it, true
}

// doubleOf gives an argument that must be one number, as a double.
func doubleOf(r *Run, e expr) float64 {
	it, ok := numberOf(r, e)
	if !ok {
		typeError("un nombre est attendu, rien n'est donné", "a number is expected, nothing is given")
	}
	return it.asFloat()
}

func roundHalfUp(f float64) float64 {
	if f != f || math.IsInf(f, 0) || f == 0 {
		return f
	}
	if f < 0 && f >= -0.5 {
		return math.Copysign(0, -1)
	}
	whole := math.Floor(f)
	if f-whole >= 0.5 {
		whole++
	}
	return whole
}

func floorRat(x *big.Rat) *big.Int {
	// Div rounds towards minus infinity for a positive divisor
	return new(big.Int).Div(x.Num(), x.Denom())
}

func halfToEven(it Item, digits int64) Item {
	if it.typ >= TypeFloat {
		f := it.float()
		if f != f || math.IsInf(f, 0) || f == 0 {
			return it
		}
		x, _ := new(big.Rat).SetString(floatPlain(f))
		out, _ := evenRat(x, digits).Float64()
		if out == 0 && f < 0 {
			out = math.Copysign(0, -1)
		}
		it.bits = math.Float64bits(out)
		return it
	}
	x := evenRat(it.rat(), digits)
	if it.typ == TypeInteger {
		return bigIntegerItem(x.Num())
	}
	return decimalItem(x)
}

func floatPlain(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

func evenRat(x *big.Rat, digits int64) *big.Rat {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(digits, -digits)), nil)
	scale := new(big.Rat).SetInt(ten)
	if digits < 0 {
		scale.Inv(scale)
	}
	y := new(big.Rat).Mul(x, scale)
	low := floorRat(y)
	rest := new(big.Rat).Sub(y, new(big.Rat).SetInt(low))
	if c := rest.Cmp(big.NewRat(1, 2)); c > 0 || c == 0 && low.Bit(0) == 1 {
		low.Add(low, big.NewInt(1))
	}
	return new(big.Rat).Quo(new(big.Rat).SetInt(low), scale)
}
