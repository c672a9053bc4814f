package xpath

import (
	"math"
	"math/big"
	"regexp"
	"strings"
)

// castType is a type an expression may cast to: a type of items, and what a derived type checks.
type castType struct {
	typ   Type
	name  string
	check func(Item) bool
}

func between(low, high string) func(Item) bool {
	var lo, hi *big.Rat
	if low != "" {
		lo, _ = new(big.Rat).SetString(low)
	}
	if high != "" {
		hi, _ = new(big.Rat).SetString(high)
	}
	return func(it Item) bool {
		n := it.rat()
		return (lo == nil || n.Cmp(lo) >= 0) && (hi == nil || n.Cmp(hi) <= 0)
	}
}

func spelled(pattern string) func(Item) bool {
	re := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return func(it Item) bool { return re.MatchString(it.s) }
}

const nameChars = `[\pL_][\pL\pN\pM._\-\x{B7}]*`

// castTypes are the types of XML Schema that are known here.
// spec: XPath-FO 17
var castTypes = map[string]castType{
	"untypedAtomic": {typ: TypeUntyped}, "string": {typ: TypeString}, "anyURI": {typ: TypeAnyURI}, "boolean": {typ: TypeBoolean},
	"decimal": {typ: TypeDecimal}, "float": {typ: TypeFloat}, "double": {typ: TypeDouble}, "integer": {typ: TypeInteger},
	"QName": {typ: TypeQName}, "dateTime": {typ: TypeDateTime}, "date": {typ: TypeDate}, "time": {typ: TypeTime},
	"duration": {typ: TypeDuration}, "yearMonthDuration": {typ: TypeYearMonth}, "dayTimeDuration": {typ: TypeDayTime},
	"nonPositiveInteger": {typ: TypeInteger, check: between("", "0")}, "negativeInteger": {typ: TypeInteger, check: between("", "-1")},
	"nonNegativeInteger": {typ: TypeInteger, check: between("0", "")}, "positiveInteger": {typ: TypeInteger, check: between("1", "")},
	"long": {typ: TypeInteger, check: between("-9223372036854775808", "9223372036854775807")},
	"int":  {typ: TypeInteger, check: between("-2147483648", "2147483647")}, "short": {typ: TypeInteger, check: between("-32768", "32767")},
	"byte": {typ: TypeInteger, check: between("-128", "127")}, "unsignedLong": {typ: TypeInteger, check: between("0", "18446744073709551615")},
	"unsignedInt": {typ: TypeInteger, check: between("0", "4294967295")}, "unsignedShort": {typ: TypeInteger, check: between("0", "65535")},
	"unsignedByte": {typ: TypeInteger, check: between("0", "255")}, "normalizedString": {typ: TypeString}, "token": {typ: TypeString},
	"language": {typ: TypeString, check: spelled(`[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*`)}, "NMTOKEN": {typ: TypeString, check: spelled(`[\pL\pN\pM._:\-\x{B7}]+`)},
	"Name": {typ: TypeString, check: spelled(`[\pL_:][\pL\pN\pM._:\-\x{B7}]*`)}, "NCName": {typ: TypeString, check: spelled(nameChars)},
	"ID": {typ: TypeString, check: spelled(nameChars)}, "IDREF": {typ: TypeString, check: spelled(nameChars)}, "ENTITY": {typ: TypeString, check: spelled(nameChars)},
}

func (p *parser) typeName() castType {
	t := p.tok
	if t.kind != tokName || t.wild {
		p.unexpected()
	}
	p.advance()
	uri := ""
	if t.prefix != "" {
		uri = p.namespace(t.prefix, t.at)
	}
	c, ok := castTypes[t.local]
	if uri != nsSchema || !ok {
		p.refuse(IDTypeName, "XPST0051", t.at, "type inconnu ou non pris en charge : %s", "type unknown or not supported: %s", p.lex.src[t.at:t.end])
	}
	c.name = t.local
	return c
}

func (p *parser) singleType() (castType, bool) {
	c := p.typeName()
	return c, p.accept("?")
}

// castExpr is cast as and castable as.
// spec: XPath 2.0 §3.10
type castExpr struct {
	facts
	e        expr
	to       castType
	optional bool
	only     bool // castable as
	scope    *Scope
}

func newCast(p *parser, e expr, to castType, optional, only bool) expr {
	c := &castExpr{e: p.fold(e), to: to, optional: optional, only: only, scope: p.scope}
	c.add(e)
	c.one, c.static = true, staticOf(to.typ)
	if only {
		c.static = boolean
	}
	return c
}

func (c *castExpr) test(r *Run) bool {
	if c.only {
		return c.castable(r)
	}
	return testItems(r, c)
}

// castable tries the cast; the error that says no stays here.
func (c *castExpr) castable(r *Run) bool {
	base := len(r.items)
	c.e.push(r, 2)
	items := r.items[base:]
	r.items = r.items[:base]
	if len(items) != 1 {
		return len(items) == 0 && c.optional
	}
	_, bad := c.convert(r, items[0].atom())
	return bad == nil
}

func (c *castExpr) push(r *Run, _ int) {
	if c.only {
		r.emit(boolItem(c.castable(r)))
		return
	}
	it, ok := single(r, c.e)
	if !ok {
		if !c.optional {
			typeError("cast as %s : valeur absente", "cast as %s: no value", c.to.name)
		}
		return
	}
	out, bad := c.convert(r, it)
	if bad != nil {
		panic(bad)
	}
	r.emit(out)
}

func (c *castExpr) convert(r *Run, it Item) (Item, *Error) {
	if c.to.typ == TypeQName && it.typ == TypeString {
		return c.qname(r, it)
	}
	out, bad := tryCast(r, it, c.to.typ)
	if bad != nil {
		return out, bad
	}
	switch c.to.name {
	case "normalizedString":
		out.s = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(out.s)
	case "token", "language", "NMTOKEN", "Name", "NCName", "ID", "IDREF", "ENTITY":
		out.s = normalizeSpace(out.s)
	}
	if c.to.check != nil && !c.to.check(out) {
		return out, badValue(it, "xs:"+c.to.name)
	}
	return out, nil
}

// qname casts a string with the prefixes of the expression.
func (c *castExpr) qname(r *Run, it Item) (Item, *Error) {
	s := strings.Trim(it.s, " \t\r\n")
	prefix, local, ok := strings.Cut(s, ":")
	if !ok {
		prefix, local = "", s
	}
	uri, known := "", prefix == ""
	if !known {
		uri, known = c.scope.Namespaces[prefix]
	}
	if !known || !isNCName(local) {
		return Item{}, badValue(it, "xs:QName")
	}
	return qnameItem(s, r.space(uri)), nil
}

func (c *castExpr) canon(b *strings.Builder) {
	b.WriteByte('(')
	c.e.canon(b)
	b.WriteString(map[bool]string{true: " castable as ", false: " cast as "}[c.only] + c.to.name)
	if c.optional {
		b.WriteByte('?')
	}
	if c.to.typ == TypeQName {
		writeInt(b, int(c.scopeID()))
	}
	b.WriteByte(')')
}

// scopeID keeps casts to QName of different scopes apart.
func (c *castExpr) scopeID() int {
	n := 0
	for prefix, uri := range c.scope.Namespaces {
		for _, ch := range prefix + "=" + uri {
			n = (n*31 + int(ch)) & 0xFFFFFFF
		}
	}
	return n
}

func badValue(it Item, to string) *Error {
	e := &Error{ID: IDValue, Code: "FORG0001"}
	e.Message.FR, e.Message.EN = sprintBoth("« %s » n'est pas un %s", "%q is not an %s", excerpt(it.text()), to)
	return e
}

func badCast(it Item, to Type) *Error {
	e := &Error{ID: IDType, Code: "XPTY0004"}
	e.Message.FR, e.Message.EN = sprintBoth("%s ne se convertit pas en %s", "%s cannot be cast to %s", it.typ, to)
	return e
}

// castItem converts or stops the evaluation.
func castItem(r *Run, it Item, to Type) Item {
	out, bad := tryCast(r, it, to)
	if bad != nil {
		panic(bad)
	}
	return out
}

// tryCast converts an atomic item.
// spec: XPath-FO 17.1
func tryCast(r *Run, it Item, to Type) (Item, *Error) {
	if it.typ == to {
		return it, nil
	}
	switch to {
	case TypeString:
		return stringItem(it.text()), nil
	case TypeUntyped:
		return untypedItem(it.text()), nil
	}
	if it.typ == TypeString || it.typ == TypeUntyped {
		return fromText(it, to)
	}
	switch {
	case to == TypeBoolean && it.typ.numeric():
		f := it.asFloat()
		return boolItem(f != 0 && f == f), nil
	case to.numeric() && it.typ == TypeBoolean:
		return tryCast(r, integerItem(int64(it.bits)), to)
	case to.numeric() && it.typ.numeric():
		return castNumber(it, to)
	case to == TypeAnyURI, to == TypeQName:
		return it, badCast(it, to)
	}
	return castMoment(it, to)
}

func fromText(it Item, to Type) (Item, *Error) {
	s := strings.Trim(it.s, " \t\r\n")
	switch to {
	case TypeAnyURI:
		return Item{typ: TypeAnyURI, s: s}, nil
	case TypeBoolean:
		switch s {
		case "true", "1":
			return boolItem(true), nil
		case "false", "0":
			return boolItem(false), nil
		}
	case TypeInteger:
		if len(s) > 0 && len(s) <= maxDigits && isNumberText(s, false) && !strings.Contains(s, ".") {
			n, _ := new(big.Int).SetString(strings.TrimPrefix(s, "+"), 10)
			return bigIntegerItem(n), nil
		}
	case TypeDecimal:
		if len(s) <= maxDigits && isNumberText(s, false) {
			n, ok := new(big.Rat).SetString(s)
			if ok {
				return decimalItem(n), nil
			}
		}
	case TypeDouble:
		if f, ok := parseDouble(s); ok {
			return doubleItem(f), nil
		}
	case TypeFloat:
		if f, ok := parseDouble(s); ok {
			return Item{typ: TypeFloat, bits: math.Float64bits(float64(float32(f)))}, nil
		}
	case TypeQName:
		return it, badCast(it, to)
	default:
		return parseMoment(it, s, to)
	}
	return it, badValue(it, to.String())
}

// maxDigits bounds the text of an exact number.
const maxDigits = 1000

func castNumber(it Item, to Type) (Item, *Error) {
	switch to {
	case TypeDouble:
		return doubleItem(it.asFloat()), nil
	case TypeFloat:
		return Item{typ: TypeFloat, bits: math.Float64bits(float64(float32(it.asFloat())))}, nil
	}
	if it.typ >= TypeFloat {
		f := it.float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			e := badValue(it, to.String())
			e.Code = "FOCA0002"
			return it, e
		}
		n := new(big.Rat)
		n.SetFloat64(f)
		it = decimalItem(n)
	}
	if to == TypeDecimal {
		return decimalItem(it.rat()), nil
	}
	q := it.rat()
	return bigIntegerItem(new(big.Int).Quo(q.Num(), q.Denom())), nil
}
