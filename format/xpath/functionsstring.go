package xpath

import (
	"strings"
	"unicode/utf8"
)

// spec: XPath-FO 7
var stringFunctions = map[string]*function{
	"string": {min: 0, max: 1, context: 1, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		base := len(r.items)
		a[0].push(r, 2)
		items := r.items[base:]
		r.items = r.items[:base]
		switch len(items) {
		case 0:
			return stringItem(""), true
		case 1:
			return stringItem(items[0].text()), true
		}
		typeError("string() prend une valeur au plus", "string() takes at most one value")
		return Item{}, false
	}},
	"concat": {min: 2, max: variadic, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		var b strings.Builder
		for _, e := range a {
			if it, ok := single(r, e); ok {
				b.WriteString(it.text())
				fits(b.Len())
			}
		}
		return stringItem(b.String()), true
	}},
	"string-join": {min: 2, max: 2, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		sep := stringOf(r, a[1])
		base := len(r.items)
		a[0].push(r, all)
		var b strings.Builder
		for i := base; i < len(r.items); i++ {
			it := r.items[i].atom()
			if i > base {
				b.WriteString(sep)
			}
			b.WriteString(it.text()) // any value, as from XPath 3.0 on
			fits(b.Len())
		}
		r.items = r.items[:base]
		return stringItem(b.String()), true
	}},
	"substring": {min: 2, max: 3, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		s := stringOf(r, a[0])
		start := roundHalfUp(doubleOf(r, a[1]))
		stop := inf
		if len(a) == 3 {
			stop = start + roundHalfUp(doubleOf(r, a[2]))
		}
		return stringItem(substring(s, start, stop)), true
	}},
	"string-length": {min: 0, max: 1, context: 1, static: numeric, value: func(r *Run, a []expr) (Item, bool) {
		return integerItem(int64(utf8.RuneCountInString(contextString(r, a[0])))), true
	}},
	"normalize-space": {min: 0, max: 1, context: 1, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		return stringItem(normalizeSpace(contextString(r, a[0]))), true
	}},
	"upper-case": {min: 1, max: 1, static: stringy, value: mapped(strings.ToUpper)},
	"lower-case": {min: 1, max: 1, static: stringy, value: mapped(strings.ToLower)},
	"translate": {min: 3, max: 3, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		return stringItem(translate(stringOf(r, a[0]), stringOf(r, a[1]), stringOf(r, a[2]))), true
	}},
	"contains": {min: 2, max: 3, cond: func(r *Run, a []expr) bool {
		collation(r, a, 2)
		return strings.Contains(stringOf(r, a[0]), stringOf(r, a[1]))
	}},
	"starts-with": {min: 2, max: 3, cond: func(r *Run, a []expr) bool {
		collation(r, a, 2)
		return strings.HasPrefix(stringOf(r, a[0]), stringOf(r, a[1]))
	}},
	"ends-with": {min: 2, max: 3, cond: func(r *Run, a []expr) bool {
		collation(r, a, 2)
		return strings.HasSuffix(stringOf(r, a[0]), stringOf(r, a[1]))
	}},
	"substring-before": {min: 2, max: 3, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		collation(r, a, 2)
		before, _, found := strings.Cut(stringOf(r, a[0]), stringOf(r, a[1]))
		if !found {
			before = ""
		}
		return stringItem(before), true
	}},
	"substring-after": {min: 2, max: 3, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		collation(r, a, 2)
		_, after, _ := strings.Cut(stringOf(r, a[0]), stringOf(r, a[1]))
		return stringItem(after), true
	}},
	"compare": {min: 2, max: 3, static: numeric, value: func(r *Run, a []expr) (Item, bool) {
		collation(r, a, 2)
		x, y, ok := twoStrings(r, a)
		return integerItem(int64(strings.Compare(x, y))), ok
	}},
	"codepoint-equal": {min: 2, max: 2, static: boolean, value: func(r *Run, a []expr) (Item, bool) {
		x, y, ok := twoStrings(r, a)
		return boolItem(x == y), ok
	}},
	"codepoints-to-string": {min: 1, max: 1, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		base := len(r.items)
		a[0].push(r, all)
		var b strings.Builder
		for _, it := range r.items[base:] {
			it = it.atom()
			if it.typ == TypeUntyped {
				it = castItem(r, it, TypeInteger)
			}
			if it.typ != TypeInteger {
				typeError("un entier est attendu, trouvé %s", "an integer is expected, found %s", it.typ)
			}
			if !isXMLChar(int64(it.bits)) || it.big() {
				fail(IDValue, "FOCH0001", "caractère interdit en XML", "character that XML forbids")
			}
			b.WriteRune(rune(it.bits))
		}
		r.items = r.items[:base]
		return stringItem(b.String()), true
	}},
	"string-to-codepoints": {min: 1, max: 1, static: numeric, seq: func(r *Run, a []expr, _ int) {
		for _, c := range stringOf(r, a[0]) {
			r.emit(integerItem(int64(c)))
		}
	}},
	"encode-for-uri":  {min: 1, max: 1, static: stringy, value: mapped(func(s string) string { return escaped(s, unreserved) })},
	"iri-to-uri":      {min: 1, max: 1, static: stringy, value: mapped(func(s string) string { return escaped(s, iriSafe) })},
	"escape-html-uri": {min: 1, max: 1, static: stringy, value: mapped(func(s string) string { return escaped(s, printable) })},
}

func mapped(f func(string) string) func(*Run, []expr) (Item, bool) {
	return func(r *Run, a []expr) (Item, bool) { return stringItem(f(stringOf(r, a[0]))), true }
}

// contextString gives a string argument; the context item left out is taken as string() does.
func contextString(r *Run, e expr) string {
	if c, ok := e.(*contextItem); ok && r.focus == focusNode {
		_ = c
		return r.tree.StringValue(r.node)
	}
	return stringOf(r, e)
}

func twoStrings(r *Run, a []expr) (x, y string, ok bool) {
	i, ok1 := single(r, a[0])
	j, ok2 := single(r, a[1])
	if ok1 && !i.typ.stringy() || ok2 && !j.typ.stringy() {
		typeError("deux chaînes sont attendues", "two strings are expected")
	}
	return i.s, j.s, ok1 && ok2
}

// substring cuts by characters: those at positions p with start ≤ p < stop.
// spec: XPath-FO 7.4.3
func substring(s string, start, stop float64) string {
	from, to := -1, len(s)
	pos := 0.0
	for i := range s {
		pos++
		if from < 0 && pos >= start && pos < stop {
			from = i
		}
		if from >= 0 && !(pos < stop) {
			to = i
			break
		}
	}
	if from < 0 {
		return ""
	}
	return s[from:to]
}

func normalizeSpace(s string) string {
	clean, space := true, true
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ':
			if space {
				clean = false
			}
			space = true
		case '\t', '\n', '\r':
			clean = false
		default:
			space = false
		}
	}
	if clean && (!space || s == "") {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }), " ")
}

// spec: XPath-FO 7.4.9
func translate(s, from, to string) string {
	f, t := []rune(from), []rune(to)
	var b strings.Builder
next:
	for _, c := range s {
		for i, x := range f {
			if x == c {
				if i < len(t) {
					b.WriteRune(t[i])
				}
				continue next
			}
		}
		b.WriteRune(c)
	}
	return b.String()
}

func isXMLChar(c int64) bool {
	return c == 9 || c == 10 || c == 13 || c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 && c <= 0x10FFFF
}

func isNCName(s string) bool {
	for i, c := range s {
		if i == 0 && !isNameStart(c) || !isNamePart(c) {
			return false
		}
	}
	return s != ""
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func unreserved(c byte) bool { return alphanumeric(c) || strings.IndexByte("-_.~", c) >= 0 }
func iriSafe(c byte) bool    { return c > 0x20 && c < 0x7F && strings.IndexByte("<>\"{}|\\^`", c) < 0 }
func printable(c byte) bool  { return c >= 0x20 && c <= 0x7E }

func escaped(s string, safe func(byte) bool) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; safe(c) {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		}
	}
	return b.String()
}
