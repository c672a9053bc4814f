package xsd

import (
	"encoding/base64"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/xmltree"
)

// lexis tells how the text of a built-in type is checked and compared.
type lexis uint8

const (
	lexAny lexis = iota // any text
	lexBoolean
	lexDecimal
	lexInteger
	lexFloat
	lexDouble
	lexDuration
	lexDateTime
	lexTime
	lexDate
	lexYearMonth
	lexYear
	lexMonthDay
	lexDay
	lexMonth
	lexHex
	lexBase64
	lexURI
	lexQName
	lexNotation
	lexNMTOKEN
	lexName
	lexNCName
)

// role tells the types whose values speak of other places of the document.
type role uint8

const (
	roleNone role = iota
	roleID
	roleIDREF
	roleEntity
	roleQName
)

// builtins makes the types of XML Schema itself, and the list types built on them.
// spec: XSD-2 3.2, 3.3
func builtins() map[qname]*typ {
	m := map[qname]*typ{}
	anyType := &typ{name: qname{xmltree.NSXSD, "anyType"}, complex: true, content: contentMixed, how: byRestriction}
	m[anyType.name] = anyType
	add := func(name, base string, change func(*simple)) *typ {
		b := m[qname{xmltree.NSXSD, base}]
		s := &simple{}
		if b.simple != nil {
			*s = *b.simple
		}
		s.name = name
		if change != nil {
			change(s)
		}
		t := &typ{name: qname{xmltree.NSXSD, name}, base: b, how: byRestriction, simple: s}
		m[t.name] = t
		return t
	}
	lex := func(l lexis) func(*simple) { return func(s *simple) { s.lex, s.white = l, collapse } }
	bound := func(low, high string) func(*simple) {
		return func(s *simple) { s.min, s.max = edge(low), edge(high) }
	}
	add("anySimpleType", "anyType", nil)
	add("string", "anySimpleType", nil)
	add("normalizedString", "string", func(s *simple) { s.white = replace })
	add("token", "normalizedString", func(s *simple) { s.white = collapse })
	add("language", "token", func(s *simple) {
		p, _ := newPattern([]string{"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*"})
		s.patterns = []*pattern{p}
	})
	add("NMTOKEN", "token", lex(lexNMTOKEN))
	add("Name", "token", lex(lexName))
	add("NCName", "Name", lex(lexNCName))
	add("ID", "NCName", func(s *simple) { s.role = roleID })
	add("IDREF", "NCName", func(s *simple) { s.role = roleIDREF })
	add("ENTITY", "NCName", func(s *simple) { s.role = roleEntity })
	for _, l := range []string{"NMTOKEN", "IDREF", "ENTITY"} {
		item := m[qname{xmltree.NSXSD, l}]
		add(map[string]string{"NMTOKEN": "NMTOKENS", "IDREF": "IDREFS", "ENTITY": "ENTITIES"}[l], "anySimpleType", func(s *simple) {
			s.variety, s.item, s.white, s.minLen, s.hasMinLen = list, item.simple, collapse, 1, true
		})
	}
	for name, l := range map[string]lexis{"boolean": lexBoolean, "decimal": lexDecimal, "float": lexFloat, "double": lexDouble,
		"duration": lexDuration, "dateTime": lexDateTime, "time": lexTime, "date": lexDate, "gYearMonth": lexYearMonth, "gYear": lexYear,
		"gMonthDay": lexMonthDay, "gDay": lexDay, "gMonth": lexMonth, "hexBinary": lexHex, "base64Binary": lexBase64, "anyURI": lexURI,
		"QName": lexQName, "NOTATION": lexNotation} {
		add(name, "anySimpleType", lex(l))
	}
	m[qname{xmltree.NSXSD, "QName"}].simple.role = roleQName
	add("integer", "decimal", lex(lexInteger))
	add("nonPositiveInteger", "integer", bound("", "0"))
	add("negativeInteger", "nonPositiveInteger", bound("", "-1"))
	add("long", "integer", bound(strconv.Itoa(math.MinInt64), strconv.Itoa(math.MaxInt64)))
	add("int", "long", bound(strconv.Itoa(math.MinInt32), strconv.Itoa(math.MaxInt32)))
	add("short", "int", bound("-32768", "32767"))
	add("byte", "short", bound("-128", "127"))
	add("nonNegativeInteger", "integer", bound("0", ""))
	add("unsignedLong", "nonNegativeInteger", bound("0", "18446744073709551615"))
	add("unsignedInt", "unsignedLong", bound("0", "4294967295"))
	add("unsignedShort", "unsignedInt", bound("0", "65535"))
	add("unsignedByte", "unsignedShort", bound("0", "255"))
	add("positiveInteger", "nonNegativeInteger", bound("1", ""))
	return m
}

var (
	reDuration = regexp.MustCompile(`\A-?P(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?\z`)
	reDates    = map[lexis]*regexp.Regexp{
		lexDateTime:  regexp.MustCompile(`\A-?(\d{4,9})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?` + zone + `\z`),
		lexDate:      regexp.MustCompile(`\A-?(\d{4,9})-(\d\d)-(\d\d)` + zone + `\z`),
		lexTime:      regexp.MustCompile(`\A()()()(\d\d):(\d\d):(\d\d)(\.\d+)?` + zone + `\z`),
		lexYearMonth: regexp.MustCompile(`\A-?(\d{4,9})-(\d\d)` + zone + `\z`),
		lexYear:      regexp.MustCompile(`\A-?(\d{4,9})` + zone + `\z`),
		lexMonthDay:  regexp.MustCompile(`\A--()(\d\d)-(\d\d)` + zone + `\z`),
		lexDay:       regexp.MustCompile(`\A---()()(\d\d)` + zone + `\z`),
		lexMonth:     regexp.MustCompile(`\A--()(\d\d)(?:--)?` + zone + `\z`),
	}
)

const zone = `(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?`

// fits tells whether normalised text is a value of the built-in type.
func (l lexis) fits(v string) bool {
	switch l {
	case lexBoolean:
		return v == "true" || v == "false" || v == "1" || v == "0"
	case lexDecimal:
		return isDecimal(v)
	case lexInteger:
		return isDecimal(v) && strings.IndexByte(v, '.') < 0
	case lexFloat, lexDouble:
		return isFloat(v)
	case lexDuration:
		return reDuration.MatchString(v) && !strings.HasSuffix(v, "P") && !strings.HasSuffix(v, "T")
	case lexDateTime, lexTime, lexDate, lexYearMonth, lexYear, lexMonthDay, lexDay, lexMonth:
		return isDate(reDates[l].FindStringSubmatch(v), l)
	case lexHex:
		for i := range len(v) {
			if !hex(v[i]) {
				return false
			}
		}
		return len(v)%2 == 0
	case lexBase64:
		return isBase64(v)
	case lexURI:
		return isURI(v)
	case lexQName, lexNotation:
		return isQName(v)
	case lexNMTOKEN:
		return isNMTOKEN(v)
	case lexName:
		return isName(v)
	case lexNCName:
		return isNCName(v)
	}
	return true
}

func isDecimal(v string) bool {
	if v != "" && (v[0] == '+' || v[0] == '-') {
		v = v[1:]
	}
	digits, dots := 0, 0
	for i := range len(v) {
		switch c := v[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			dots++
		default:
			return false
		}
	}
	return digits > 0 && dots <= 1
}

func isFloat(v string) bool {
	if v == "INF" || v == "-INF" || v == "NaN" {
		return true
	}
	m, e, has := strings.Cut(strings.Replace(v, "E", "e", 1), "e")
	if !isDecimal(m) {
		return false
	}
	return !has || isDecimal(e) && strings.IndexByte(e, '.') < 0
}

func isDate(m []string, l lexis) bool {
	if m == nil {
		return false
	}
	num := func(i, lo, hi int) bool {
		if i >= len(m) || m[i] == "" {
			return true
		}
		n, err := strconv.Atoi(m[i])
		return err == nil && n >= lo && n <= hi
	}
	if l != lexTime && l != lexDay && l != lexMonth && l != lexMonthDay && strings.Trim(m[1], "0") == "" {
		return false // there is no year 0
	}
	if !num(2, 1, 12) || !num(3, 1, 31) || !num(4, 0, 24) || !num(5, 0, 59) || !num(6, 0, 59) {
		return false
	}
	if len(m) > 4 && m[4] == "24" && (m[5] != "00" || m[6] != "00") {
		return false
	}
	if len(m) > 3 && m[2] != "" && m[3] != "" {
		y, mo, d := 2000, 0, 0
		if m[1] != "" {
			y, _ = strconv.Atoi(m[1])
		}
		mo, _ = strconv.Atoi(m[2])
		d, _ = strconv.Atoi(m[3])
		return time.Date(y%400+400, time.Month(mo), d, 0, 0, 0, 0, time.UTC).Day() == d
	}
	return true
}

// isBase64 accepts spaces between characters. spec: XSD-2 3.2.16
func isBase64(v string) bool {
	if strings.IndexByte(v, ' ') >= 0 {
		v = strings.ReplaceAll(v, " ", "")
	}
	n := base64.StdEncoding.DecodedLen(len(v))
	var small [512]byte
	dst := small[:]
	if n > len(dst) {
		dst = make([]byte, n)
	}
	if strings.ContainsAny(v, "\r\n") {
		return false
	}
	_, err := base64.StdEncoding.Decode(dst, []byte(v))
	return err == nil
}
