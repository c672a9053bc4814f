package annuaire

import (
	"slices"
	"strings"
	"time"
)

// Clause is one condition of a search; its values are alternatives.
type Clause struct {
	Param    string
	Modifier string // "", contains, exact, not, missing is refused
	Values   []string
}

// MaxValues bounds the alternatives of one condition, MaxClauses the conditions.
const (
	MaxValues  = 1000
	MaxClauses = 50
)

// condition is a clause made ready.
type condition struct {
	param    *Param
	modifier string
	raw      []string
	folded   []string
	tokens   []token
	dates    []dateRange
	ids      []ID
	kinds    []Kind // of ids
}

// token is "system|code": system "" with bar means none, without bar any.
type token struct {
	system, code string
	anySystem    bool
}

// dateRange is a date with its prefix: it holds moments from low up to high.
type dateRange struct {
	prefix    string
	low, high int64
}

// compile reads the clauses of a search.
func compile(k Kind, clauses []Clause) ([]condition, error) {
	if len(clauses) > MaxClauses {
		return nil, ErrValue.Saying(tooMany)
	}
	out := make([]condition, 0, len(clauses))
	for _, c := range clauses {
		name := c.Param
		if c.Modifier != "" {
			if n, ok := also[c.Param+":"+c.Modifier]; ok {
				name, c.Modifier = n, ""
			}
		}
		if n, ok := also[name]; ok {
			name = n
		}
		p := paramOf(k, name)
		if p == nil {
			return nil, nearest(k, name, resultParams)
		}
		if len(c.Values) > MaxValues {
			return nil, ErrValue.At(p.Name).Saying(tooMany)
		}
		d := condition{param: p, modifier: c.Modifier, raw: c.Values}
		if err := d.read(); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// resultParams are the parameters that shape the answer; doors read them.
var resultParams = []string{"_count", "_total", "_include", "_revinclude", "_elements", "_summary", "_format", "_pretty"}

func (d *condition) read() error {
	allowed := map[string][]string{"string": {"", "contains", "exact", "text"}, "token": {"", "not", "of-type"}, "date": {""}, "uri": {""}, "reference": {""}}[d.param.Type]
	if d.param.Type == "reference" && (d.modifier == "Organization" || d.modifier == "Practitioner") {
		d.modifier = ""
	}
	if !slices.Contains(allowed, d.modifier) {
		return ErrParam.At(d.param.Name + ":" + d.modifier).Saying(badModifier)
	}
	for _, v := range d.raw {
		switch d.param.Type {
		case "string":
			f := fold(v)
			if f == "" && v != "" { // no letter is left: it would find everybody
				return ErrValue.At(d.param.Name + "=" + clip(v))
			}
			d.folded = append(d.folded, f)
		case "token":
			if d.param.Name == "_id" {
				continue
			}
			system, code, bar := strings.Cut(v, "|")
			if !bar {
				system, code = "", v
			}
			if d.modifier == "of-type" { // system|type|value: the type is verified with the system
				_, code, _ = strings.Cut(code, "|")
			}
			if d.param.Name == "active" && code != "true" && code != "false" {
				return ErrValue.At("active=" + clip(v))
			}
			if d.param.Name == "mailbox-mss-type" && strings.Contains(system, "R256") {
				system = SystemMailboxType // both are written in the field
			}
			d.tokens = append(d.tokens, token{system, code, !bar})
		case "date":
			r, ok := parseDate(v)
			if !ok {
				return ErrValue.At(d.param.Name + "=" + clip(v))
			}
			d.dates = append(d.dates, r)
		case "reference":
			k, id, ok := parseReference(d.param.Name, v)
			if !ok {
				id = 0 // names nothing: finds nothing
			}
			d.ids, d.kinds = append(d.ids, id), append(d.kinds, k)
		}
	}
	return nil
}

func parseReference(param, v string) (Kind, ID, bool) {
	k := KOrganization
	if param == "practitioner" {
		k = KPractitioner
	}
	if i := strings.LastIndex(v, k.String()+"/"); i >= 0 {
		v = v[i+len(k.String())+1:]
	}
	id, ok := ParseID(k, v)
	return k, id, ok
}

// layouts of dates, with what they leave open.
var layouts = []struct {
	layout string
	years  int
	months int
	days   int
	span   time.Duration
}{
	{"2006", 1, 0, 0, 0}, {"2006-01", 0, 1, 0, 0}, {"2006-01-02", 0, 0, 1, 0}, {"2006-01-02T15:04", 0, 0, 0, time.Minute}, {"2006-01-02T15:04:05", 0, 0, 0, time.Second},
	{"2006-01-02T15:04Z07:00", 0, 0, 0, time.Minute}, {"2006-01-02T15:04:05Z07:00", 0, 0, 0, time.Second}, {"2006-01-02T15:04:05.999999999Z07:00", 0, 0, 0, time.Millisecond},
}

// parseDate reads a date of a search; a time without zone is UTC.
// spec: FHIR R4 search#date
func parseDate(v string) (dateRange, bool) {
	prefix := "eq"
	if len(v) > 2 && v[0] >= 'a' && v[0] <= 'z' {
		prefix, v = v[:2], v[2:]
	}
	if !slices.Contains([]string{"eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap"}, prefix) || len(v) > 40 {
		return dateRange{}, false
	}
	v = strings.ReplaceAll(v, " ", "+") // a plus sign that lost its escape
	for _, l := range layouts {
		if t, err := time.Parse(l.layout, v); err == nil && t.Year() > 1700 && t.Year() < 2250 {
			span := l.span
			if len(v) > 20 && strings.Contains(v, ".") {
				span = time.Millisecond
			}
			return dateRange{prefix, t.UnixNano(), t.AddDate(l.years, l.months, l.days).Add(span).UnixNano()}, true
		}
	}
	return dateRange{}, false
}

// holds tells whether a moment satisfies the date.
func (r dateRange) holds(at int64) bool {
	in := at >= r.low && at < r.high
	switch r.prefix {
	case "ne":
		return !in
	case "gt", "sa":
		return at >= r.high
	case "ge":
		return at >= r.low
	case "lt", "eb":
		return at < r.low
	case "le":
		return at < r.high
	case "ap":
		return at >= r.low-int64(24*time.Hour) && at < r.high+int64(24*time.Hour)
	}
	return in
}

func (t token) matches(system, code string) bool {
	switch {
	case t.anySystem:
		return code == t.code
	case t.code == "":
		return system == t.system
	}
	return code == t.code && system == t.system
}

// holds verifies a condition on a resource; at is when the state was made.
func (d *condition) holds(r resource, id ID, flags uint8, at int64) bool {
	ok := d.any(r, id, flags, at)
	if d.modifier == "not" {
		return !ok
	}
	return ok
}

func (d *condition) any(r resource, id ID, flags uint8, at int64) bool {
	switch d.param.Type {
	case "date":
		for _, x := range d.dates {
			if x.holds(at) {
				return true
			}
		}
		return false
	case "uri":
		for _, v := range d.raw {
			v, _, _ = strings.Cut(v, "|")
			if strings.TrimPrefix(v, ProfileBase) == ProfileName(r) {
				return true
			}
		}
		return false
	case "reference":
		_, to := references(r, d.param.Name)
		return to != 0 && slices.Contains(d.ids, to)
	case "string":
		return d.anyText(r)
	}
	switch d.param.Name {
	case "_id":
		return slices.Contains(d.raw, id.Text(r.kind()))
	case "active":
		word := "false"
		if flags&flagActive != 0 {
			word = "true"
		}
		return slices.ContainsFunc(d.tokens, func(t token) bool { return t.code == word })
	}
	found := false
	codes(r, d.param.Name, func(system, code string) {
		for _, t := range d.tokens {
			found = found || t.matches(system, code)
		}
	})
	return found
}

func (d *condition) anyText(r resource) bool {
	found := false
	texts(r, d.param.Name, func(s string) {
		if found {
			return
		}
		if d.modifier == "exact" {
			found = slices.Contains(d.raw, s)
			return
		}
		f := fold(s)
		for _, want := range d.folded {
			if d.modifier == "" && strings.HasPrefix(f, want) || d.modifier != "" && strings.Contains(f, want) {
				found = true
				return
			}
		}
	})
	return found
}

// cheap reports whether a condition is decided without opening the record.
func (d *condition) cheap() bool { return d.param.Name == "active" || d.param.Type == "date" }

func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), 80)], "?") }

// ProfileBase begins the address of the profiles.
const ProfileBase = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/"
