package controle

import (
	"strconv"
	"strings"
)

// form is one way to say a report.
type form struct{ mime, format string }

// forms are all of them, the preferred one first.
var forms = []form{
	{"application/json", "json"},
	{"application/sarif+json", "sarif"},
	{"text/html; charset=utf-8", "html"},
	{"application/xml", "junit"},
	{"text/xml; charset=utf-8", "junit"},
	{"text/plain; charset=utf-8", "text"},
}

// maxAccept bounds what is read of the header.
const maxAccept = 50

// formatOf chooses the form that a request prefers; none asked for is JSON.
// spec: RFC 9110 12.5.1
func formatOf(accept []string) (form, bool) {
	ranges := strings.Split(strings.Join(accept, ","), ",")
	if strings.TrimSpace(strings.Join(accept, "")) == "" {
		return forms[0], true
	}
	if len(ranges) > maxAccept {
		ranges = ranges[:maxAccept]
	}
	best, most := -1, 0.0
	for i, f := range forms {
		kind, _, _ := strings.Cut(f.mime, ";")
		if q := quality(ranges, kind); q > most {
			best, most = i, q
		}
	}
	if best < 0 {
		return form{}, false
	}
	return forms[best], true
}

// quality is how much a list of media ranges wants a type: the most precise range says it.
func quality(ranges []string, kind string) float64 {
	precise, out := 0, 0.0
	major, _, _ := strings.Cut(kind, "/")
	for _, r := range ranges {
		parts := strings.Split(r, ";")
		q := 1.0
		for _, p := range parts[1:] {
			name, v, _ := strings.Cut(strings.TrimSpace(p), "=")
			if strings.EqualFold(name, "q") {
				if x, err := strconv.ParseFloat(v, 64); err == nil && x >= 0 && x <= 1 {
					q = x
				}
			}
		}
		level := 0
		switch strings.ToLower(strings.TrimSpace(parts[0])) {
		case kind:
			level = 3
		case major + "/*":
			level = 2
		case "*/*", "*":
			level = 1
		}
		if level > precise {
			precise, out = level, q
		}
	}
	return out
}
