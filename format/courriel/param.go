package courriel

import (
	"slices"
	"strconv"
	"strings"
)

// Param is a parameter of a Content-Type or Content-Disposition.
type Param struct {
	Name  string // lower case
	Value string // decoded (RFC 2231, and RFC 2047 which some software writes there)
}

func paramOf(list []Param, name string) string {
	for _, p := range list {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// splitParams cuts «value; name=value; …», comments left out when asked: file names without quotes
// carry brackets that are none. all is false when parameters were dropped: too many, or a name for
// the second time.
func splitParams(s string, comments bool) (value string, list []Param, all bool) {
	all = true
	value, s = until(s, ";", comments)
	value = strings.ToLower(strings.TrimSpace(value))
	if s == "" {
		return value, nil, true
	}
	var pieces []piece
	for s != "" {
		var item string
		item, s = until(s[1:], ";", comments)
		name, v, ok := cutOutside(item)
		if !ok {
			continue
		}
		p := piece{name: strings.ToLower(strings.TrimSpace(name)), value: v}
		if p.name == "" {
			continue
		}
		if len(pieces) == MaxParams {
			all = false
			break
		}
		pieces = append(pieces, p)
	}
	list, whole := assemble(pieces)
	return value, list, all && whole
}

// until cuts s before the first of the stop bytes that stands outside quotes and comments; comments
// are dropped from what is given. rest begins with the stop byte, or is empty.
func until(s, stops string, comments bool) (head, rest string) {
	var kept []byte // only once a comment was dropped
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			i++
		case depth == 0 && c == '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case c == '(' && comments:
			if depth == 0 {
				kept = append(kept, s[from:i]...)
			}
			depth++
		case c == ')' && depth > 0:
			if depth--; depth == 0 {
				from = i + 1
			}
		case depth == 0 && strings.IndexByte(stops, c) >= 0:
			if kept == nil {
				return s[:i], s[i:]
			}
			return string(append(kept, s[from:i]...)), s[i:]
		}
	}
	if depth > 0 {
		return string(kept), ""
	}
	if kept == nil {
		return s, ""
	}
	return string(append(kept, s[from:]...)), ""
}

// cutOutside cuts name=value and undoes the quotes of the value.
func cutOutside(item string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(item, "=")
	if !ok {
		return "", "", false
	}
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, `"`) {
		value = unquote(value)
	}
	return name, value, true
}

// unquote gives the content of a quoted string; a missing closing quote is forgiven.
func unquote(s string) string {
	s = s[1:]
	if i := strings.IndexAny(s, `"\`); i < 0 || s[i] == '"' {
		if i >= 0 {
			s = s[:i]
		}
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				out.WriteByte(s[i])
			}
		case '"':
			return out.String()
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

// piece is a parameter as written: a section of one in the sense of RFC 2231, or a plain one.
type piece struct{ name, value string }

// assemble joins the sections name*0, name*1*… and decodes. An extended form wins over the plain
// one of the same name.
// spec: RFC 2231 3
func assemble(pieces []piece) (list []Param, whole bool) {
	whole = true
	if !slices.ContainsFunc(pieces, func(p piece) bool { return strings.IndexByte(p.name, '*') >= 0 }) {
		list = make([]Param, 0, len(pieces))
		for _, p := range pieces {
			if slices.ContainsFunc(list, func(q Param) bool { return q.Name == p.name }) {
				whole = false
				continue
			}
			list = append(list, Param{p.name, DecodeText(p.value)})
		}
		return list, whole
	}
	extended := map[string]map[int]section{}
	var order []Param // in the order of first appearance
	seen := map[string]bool{}
	for _, p := range pieces {
		base, n, coded, ok := sectionOf(p.name)
		if !ok {
			if seen[p.name] && extended[p.name] == nil {
				whole = false
				continue
			}
			value := DecodeText(p.value)
			if !seen[p.name] {
				order = append(order, Param{p.name, value})
				seen[p.name] = true
			}
			continue
		}
		if !seen[base] {
			order = append(order, Param{Name: base})
			seen[base] = true
		}
		if extended[base] == nil {
			extended[base] = map[int]section{}
		}
		if _, twice := extended[base][n]; twice {
			whole = false
			continue
		}
		extended[base][n] = section{p.value, coded}
	}
	for i := range order {
		if sections := extended[order[i].Name]; sections != nil {
			v, ok := joinSections(sections)
			if ok || v != "" {
				order[i].Value = v
			}
			whole = whole && ok
		}
	}
	return order, whole
}

type section struct {
	value string
	coded bool // with %XX
}

// sectionOf reads name*, name*3 and name*3*.
func sectionOf(name string) (base string, n int, coded, ok bool) {
	base, rest, found := strings.Cut(name, "*")
	if !found || base == "" {
		return "", 0, false, false
	}
	if rest == "" {
		return base, 0, true, true
	}
	rest, coded = strings.CutSuffix(rest, "*")
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 || n >= MaxParams || len(rest) > 3 {
		return "", 0, false, false
	}
	return base, n, coded, true
}

// joinSections joins until the first missing one; ok says that none is.
func joinSections(sections map[int]section) (value string, ok bool) {
	set := charsetASCII
	var raw []byte
	n := 0
	for ; ; n++ {
		s, ok := sections[n]
		if !ok {
			break
		}
		v := s.value
		if n == 0 && s.coded {
			// charset'language'text
			if name, rest, ok := strings.Cut(v, "'"); ok {
				if _, text, ok := strings.Cut(rest, "'"); ok {
					set, v = charsetOf(name), text
				}
			}
		}
		if !s.coded {
			raw = append(raw, v...)
			continue
		}
		for i := 0; i < len(v); i++ {
			if v[i] == '%' && i+2 < len(v) && unhex(v[i+1]) >= 0 && unhex(v[i+2]) >= 0 {
				raw = append(raw, byte(unhex(v[i+1])<<4|unhex(v[i+2])))
				i += 2
				continue
			}
			raw = append(raw, v[i])
		}
	}
	return plainLine(decodeCharset(raw, set)), n == len(sections)
}
