package xsd

import "strings"

// isURI refuses only what cannot be a reference once the characters a URI may not hold are
// escaped. It is as lenient, and as strict, as the official validator: "tel:" alone is refused,
// "texte libre" is a relative reference. spec: XSD-2 3.2.17
func isURI(v string) bool {
	at, scheme := 0, false
	if colon := strings.IndexByte(v, ':'); colon == 0 {
		return false
	} else if colon > 0 && !strings.ContainsAny(v[:colon], "/?#") {
		if !isScheme(v[:colon]) || colon == len(v)-1 || v[colon+1] == '#' {
			return false
		}
		at, scheme = colon+1, true
	}
	rest := v[at:]
	if strings.HasPrefix(rest, "//") {
		host := rest[2:]
		if i := strings.IndexAny(host, "/?#"); i >= 0 {
			host = host[:i]
		}
		if isBracketHost(host) {
			rest = rest[2+len(host):]
			scheme = scheme && strings.HasPrefix(rest, "/")
		}
	}
	opaque := scheme && !strings.HasPrefix(rest, "/")
	path, tail := rest, ""
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		path, tail = rest[:i], rest[i+1:]
	}
	if i := strings.IndexByte(tail, '#'); i >= 0 && (strings.IndexByte(tail[i+1:], '#') >= 0 || rest[len(path)] == '#') {
		return false
	}
	return (opaque || !strings.ContainsAny(path, "[]")) && escapesRight(v[at:])
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return true
}

// isBracketHost tells an IPv6 address in brackets, a port behind it or not.
func isBracketHost(h string) bool {
	end := strings.IndexByte(h, ']')
	if !strings.HasPrefix(h, "[") || end < 4 {
		return false
	}
	port := strings.TrimPrefix(h[end+1:], ":")
	return strings.Trim(h[1:end], "0123456789abcdefABCDEF:.") == "" && strings.Count(h[1:end], ":") >= 2 && strings.Trim(port, "0123456789") == ""
}

func escapesRight(v string) bool {
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && (i+2 >= len(v) || !hex(v[i+1]) || !hex(v[i+2])) {
			return false
		}
	}
	return true
}

func hex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}
