package ebxml

import (
	"slices"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xmltree"
)

var errQuery = &finding.Refusal{
	ID: "EBRIM-REQUETE", Kind: finding.Invalid, Code: "XDSRegistryError", Rule: "IHE ITI TF-2 3.18.4.1",
	Message: finding.T("La requête enregistrée est illisible.", "The stored query cannot be read."),
	Fix:     finding.T("Corrigez le paramètre indiqué : 'texte', ('a','b') ou nombre.", "Mend the parameter named: 'text', ('a','b') or a number."),
}

// ReadQuery reads a query:AdhocQueryRequest.
func ReadQuery(n xmltree.Node) (*xds.Query, error) {
	if !n.Is(NSQuery, "AdhocQueryRequest") {
		return nil, errQuery.At(n.XPath()).Saying(finding.T("L'élément query:AdhocQueryRequest est absent.", "Element query:AdhocQueryRequest is missing."))
	}
	q := &xds.Query{ReturnLeaf: true, MaxResults: -1, HasComposed: true}
	opt := n.Child(NSQuery, "ResponseOption")
	switch v := opt.Attr("returnType"); v {
	case "", "LeafClass", "LeafClassWithRepositoryItem":
	case "ObjectRef":
		q.ReturnLeaf = false
	default:
		return nil, errQuery.At(opt.XPath()).Saying(finding.Tf("returnType «%s» inconnu : LeafClass ou ObjectRef.", "returnType %q unknown: LeafClass or ObjectRef.", v))
	}
	if v, err := strconv.Atoi(n.Attr("startIndex")); err == nil && v > 0 {
		q.StartIndex = v
	}
	if v, err := strconv.Atoi(n.Attr("maxResults")); err == nil && v >= 0 {
		q.MaxResults = v
	}
	a := n.Child(NSRIM, "AdhocQuery")
	if !a.Exists() {
		return nil, errQuery.At(n.XPath()).Saying(finding.T("L'élément rim:AdhocQuery est absent.", "Element rim:AdhocQuery is missing."))
	}
	q.ID, q.Home = xds.QueryID(a.Attr("id")), a.Attr("home")
	for s := range a.Children(NSRIM, "Slot") {
		if len(q.Slots) == maxSlots {
			return nil, errQuery.At(a.XPath()).Saying(finding.Tf("Plus de %d paramètres.", "More than %d parameters.", maxSlots))
		}
		slot := xds.Slot{Name: s.Attr("name")}
		raw, err := values(s)
		if err != nil {
			return nil, err
		}
		for _, v := range raw {
			vals, ok := parseParam(v)
			if tooLong(vals) {
				return nil, errQuery.At(slot.Name).Saying(finding.Tf("Une valeur du paramètre %s dépasse %d octets.", "A value of parameter %s is over %d bytes.", slot.Name, maxParam))
			}
			if !ok || len(slot.Values)+len(vals) > maxValues {
				return nil, errQuery.At(slot.Name).Saying(finding.Tf("La valeur du paramètre %s n'est pas écrite comme il faut.", "The value of parameter %s is not written as it should.", slot.Name))
			}
			slot.Values = append(slot.Values, vals...)
		}
		q.Slots = append(q.Slots, slot)
	}
	return q, nil
}

// Limits on one query: the longest values are LIKE patterns, which are compared with every
// document; no query has more than 25 parameters, some repeated.
const (
	maxParam = 1024
	maxSlots = 200
)

func tooLong(vals []string) bool {
	return slices.ContainsFunc(vals, func(v string) bool { return len(v) > maxParam })
}

// parseParam reads one value of a query parameter: a quoted string with doubled quotes, a list
// of them in parentheses, or a bare number.
// spec: IHE-ITI TF-2 3.18.4.1.2.3.5
func parseParam(s string) ([]string, bool) {
	s = strings.TrimSpace(s)
	list := strings.HasPrefix(s, "(")
	if list {
		if !strings.HasSuffix(s, ")") {
			return nil, false
		}
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	var out []string
	for {
		v, rest, ok := oneValue(s)
		if !ok {
			return nil, false
		}
		out = append(out, v)
		rest = strings.TrimSpace(rest)
		if rest == "" {
			return out, true
		}
		if !list || rest[0] != ',' {
			return nil, false
		}
		s = strings.TrimSpace(rest[1:])
	}
}

func oneValue(s string) (v, rest string, ok bool) {
	if s == "" {
		return "", "", false
	}
	if s[0] != '\'' {
		end := strings.IndexByte(s, ',')
		if end < 0 {
			end = len(s)
		}
		v = strings.TrimSpace(s[:end])
		_, err := strconv.ParseInt(v, 10, 64)
		if err != nil && !strings.HasPrefix(v, "urn:") {
			return "", "", false
		}
		return v, s[end:], true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), s[i+1:], true
	}
	return "", "", false
}

// AppendQuery writes a query:AdhocQueryRequest; slot values are written as quoted strings,
// lists in parentheses, numbers bare.
func AppendQuery(dst []byte, q *xds.Query) []byte {
	w := writer{b: dst}
	ret := "ObjectRef"
	if q.ReturnLeaf {
		ret = "LeafClass"
	}
	w.str(`<query:AdhocQueryRequest xmlns:query="` + NSQuery + `" xmlns:rim="` + NSRIM + `"><query:ResponseOption returnComposedObjects="true" returnType="` + ret + `"/><rim:AdhocQuery id="`).
		esc(string(q.ID)).str(`">`)
	for _, s := range q.Slots {
		w.slot(s.Name, param(s))
	}
	w.str(`</rim:AdhocQuery></query:AdhocQueryRequest>`)
	return w.b
}

// lists are the parameters always written as a list.
func isList(name string) bool {
	return strings.HasSuffix(name, "Status") || strings.HasSuffix(name, "Code") || strings.HasSuffix(name, "UUID") ||
		strings.HasSuffix(name, "UniqueId") || strings.HasSuffix(name, "List") || name == "$uuid" || name == "$AssociationTypes"
}

func param(s xds.Slot) string {
	quote := func(v string) string { return "'" + strings.ReplaceAll(v, "'", "''") + "'" }
	if len(s.Values) == 1 && !isList(s.Name) {
		if _, err := strconv.ParseInt(s.Values[0], 10, 64); err == nil && strings.Contains(s.Name, "Time") {
			return s.Values[0]
		}
		return quote(s.Values[0])
	}
	parts := make([]string, len(s.Values))
	for i, v := range s.Values {
		parts[i] = quote(v)
	}
	return "(" + strings.Join(parts, ",") + ")"
}
