package pdsm

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// searchParams are the parameters served; slot is the XDS parameter a token one becomes.
// spec: PDSm 4.1 (ITI-67)
var searchParams = []struct{ name, kind, slot string }{
	{"_id", "token", ""}, {"_count", "number", ""}, {"_sort", "string", ""}, {"_format", "string", ""}, {"_page", "string", ""},
	{"patient.identifier", "token", ""}, {"patient:identifier", "token", ""}, {"subject:identifier", "token", ""},
	{"status", "token", ""}, {"isArchived", "token", ""}, {"identifier", "token", ""},
	{"type", "token", "$XDSDocumentEntryTypeCode"}, {"category", "token", "$XDSDocumentEntryClassCode"},
	{"facility", "token", "$XDSDocumentEntryHealthcareFacilityTypeCode"}, {"setting", "token", "$XDSDocumentEntryPracticeSettingCode"},
	{"format", "token", "$XDSDocumentEntryFormatCode"}, {"event", "token", "$XDSDocumentEntryEventCodeList"},
	{"security-label", "token", "$XDSDocumentEntryConfidentialityCode"},
	{"creation", "date", ""}, {"date", "date", ""}, {"period", "date", ""}, {"period-start", "date", ""},
	{"related", "token", ""}, {"author.family", "string", ""}, {"author.given", "string", ""},
}

func paramError(where string, m, fix finding.Text) *finding.Refusal {
	return &finding.Refusal{ID: "FHIR-PARAMETRE", Kind: finding.Invalid, Code: "invalid", Where: where, Rule: "PDSm, ITI-67", Message: m, Fix: fix}
}

// maxForm bounds the body of a POST _search.
const maxForm = 64 << 10

// form reads the parameters of a GET or POST search.
func form(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			return nil, paramError("", finding.T("Le formulaire de recherche est illisible.", "The search form cannot be read."),
				finding.T("Envoyez application/x-www-form-urlencoded.", "Send application/x-www-form-urlencoded."))
		}
		return r.Form, nil
	}
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, paramError("", finding.T("L'adresse est mal encodée.", "The address is badly encoded."), finding.T("Encodez les paramètres.", "Encode the parameters."))
	}
	return v, nil
}

func (d *Door) search(w http.ResponseWriter, r *http.Request, c dmp.Caller) error {
	v, err := form(w, r)
	if err != nil {
		return err
	}
	var names []string
	for _, p := range searchParams {
		names = append(names, p.name)
	}
	for k := range v {
		if k == "patient" {
			return paramError(k, finding.T("Les patients ne se désignent pas par une référence ici.", "Patients are not named by a reference here."),
				finding.T("Donnez patient.identifier=urn:oid:<OID INS>|<matricule>.", "Give patient.identifier=urn:oid:<INS OID>|<matricule>."))
		}
		if !slices.Contains(names, k) {
			near := finding.Nearest(k, names)
			return paramError(k, finding.Tf("Le paramètre «%s» n'existe pas.", "Parameter %q does not exist.", k),
				finding.Tf("Vouliez-vous dire «%s» ?", "Did you mean %q?", near))
		}
	}
	if token := v.Get("_page"); token != "" {
		return d.nextPage(r.Context(), w, c, token)
	}
	id, err := patientOf(v)
	if err != nil {
		return err
	}
	q, after, err := queryOf(v)
	if err != nil {
		return err
	}
	order, err := orderOf(v)
	if err != nil {
		return err
	}
	entries, err := d.DMP.Find(r.Context(), c, id, q)
	if e := finding.As(err); e != nil && (e.ID == ins.ErrUnknown.ID || e.ID == ins.ErrNotQualified.ID) {
		entries = nil // nobody of that name: an empty list, as FHIR does
	} else if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e *xds.DocumentEntry) bool { return !after(e) })
	slices.SortStableFunc(entries, order)
	return d.firstPage(w, r, c, v, entries)
}

// sortKeys are what _sort takes; the first is the order when nothing is asked, newest first.
var sortKeys = []struct {
	name string
	of   func(*xds.DocumentEntry) string
}{
	{"period", func(e *xds.DocumentEntry) string { return xds.PadDTM(e.ServiceStart) }},
	{"period-start", func(e *xds.DocumentEntry) string { return xds.PadDTM(e.ServiceStart) }},
	{"date", func(e *xds.DocumentEntry) string { return xds.PadDTM(e.CreationTime) }},
	{"creation", func(e *xds.DocumentEntry) string { return xds.PadDTM(e.CreationTime) }},
}

// orderOf reads _sort: one key, descending with a hyphen. Equal keys keep an order of their own, so
// that a list is the same each time, and the reverse of itself when asked backwards.
// spec: FHIR R4 search#_sort
func orderOf(v url.Values) (func(a, b *xds.DocumentEntry) int, error) {
	name, down := "period", true
	if s := v.Get("_sort"); s != "" {
		name, down = strings.CutPrefix(s, "-")
	}
	for _, k := range sortKeys {
		if k.name != name {
			continue
		}
		return func(a, b *xds.DocumentEntry) int {
			c := strings.Compare(k.of(a), k.of(b))
			if c == 0 {
				c = strings.Compare(a.LogicalID, b.LogicalID)
			}
			if down {
				return -c
			}
			return c
		}, nil
	}
	return nil, paramError("_sort", finding.Tf("L'ordre «%s» n'existe pas.", "Order %q does not exist.", v.Get("_sort")),
		finding.T("period, period-start, date ou creation, précédé de - pour le plus récent d'abord.", "period, period-start, date or creation, with - in front for the newest first."))
}

// patientOf finds the one patient a search names.
func patientOf(v url.Values) (insid.INS, error) {
	given := slices.Concat(v["patient.identifier"], v["patient:identifier"], v["subject:identifier"])
	if len(given) != 1 {
		return insid.INS{}, paramError("patient.identifier", finding.T("La recherche demande un patient et un seul.", "A search needs one patient, and one only."),
			finding.T("Donnez patient.identifier=urn:oid:<OID INS>|<matricule>.", "Give patient.identifier=urn:oid:<INS OID>|<matricule>."))
	}
	system, value, ok := strings.Cut(given[0], "|")
	o, isOID := oid.FromURN(system)
	if !ok || !isOID {
		return insid.INS{}, paramError("patient.identifier", finding.T("L'identifiant n'est pas de la forme urn:oid:…|matricule.", "The identifier is not of the form urn:oid:…|matricule."),
			finding.T("Donnez patient.identifier=urn:oid:1.2.250.1.213.1.4.10|matricule.", "Give patient.identifier=urn:oid:1.2.250.1.213.1.4.10|matricule."))
	}
	return insid.INS{Matricule: insid.Matricule(value), OID: o}, nil
}

// queryOf turns FHIR parameters into XDS slots, and what XDS cannot say into a filter.
func queryOf(v url.Values) (*xds.Query, func(*xds.DocumentEntry) bool, error) {
	q := &xds.Query{}
	slot := func(name string, values ...string) { q.Slots = append(q.Slots, xds.Slot{Name: name, Values: values}) }
	statuses, err := statusOf(v)
	if err != nil {
		return nil, nil, err
	}
	slot("$XDSDocumentEntryStatus", statuses...)
	var filters []func(*xds.DocumentEntry) bool
	for _, p := range searchParams {
		for _, raw := range v[p.name] {
			switch {
			case p.slot != "":
				f, err := tokenFilter(p.name, raw)
				if err != nil {
					return nil, nil, err
				}
				filters = append(filters, f)
			case p.name == "creation" || p.name == "date" || p.name == "period" || p.name == "period-start":
				f, err := dateFilter(p.name, raw)
				if err != nil {
					return nil, nil, err
				}
				filters = append(filters, f)
			case p.name == "identifier" || p.name == "_id":
				filters = append(filters, identifierFilter(raw))
			case p.name == "related":
				filters = append(filters, func(e *xds.DocumentEntry) bool {
					_, want, _ := strings.Cut(raw, "|")
					return slices.ContainsFunc(e.ReferenceIDs, func(s string) bool { return s == want || strings.HasPrefix(s, want+"^") })
				})
			case p.name == "author.family" || p.name == "author.given":
				filters = append(filters, authorFilter(p.name, raw))
			}
		}
	}
	return q, func(e *xds.DocumentEntry) bool {
		for _, f := range filters {
			if !f(e) {
				return false
			}
		}
		return true
	}, nil
}

// statusOf maps status and isArchived.
// spec: PDSm 4.1 (mapping)
func statusOf(v url.Values) ([]string, error) {
	if len(v["status"]) == 0 {
		return nil, paramError("status", finding.T("Le paramètre status manque.", "Parameter status is missing."), finding.T("Ajoutez status=current.", "Add status=current."))
	}
	archived := v.Get("isArchived")
	var out []string
	for _, s := range strings.Split(strings.Join(v["status"], ","), ",") {
		if i := strings.LastIndexByte(s, '|'); i >= 0 {
			s = s[i+1:]
		}
		switch s {
		case "current":
			if archived != "true" {
				out = append(out, string(xds.Approved))
			}
			if archived != "false" && archived != "" {
				out = append(out, string(xds.Archived))
			}
		case "superseded":
			out = append(out, string(xds.Deprecated))
		case "entered-in-error":
			out = append(out, string(xds.Deleted))
		default:
			return nil, paramError("status", finding.Tf("Le statut «%s» n'existe pas.", "Status %q does not exist.", s),
				finding.T("current, superseded ou entered-in-error.", "current, superseded or entered-in-error."))
		}
	}
	return out, nil
}

// tokenFilter matches code, system|code or |code against the coded attribute of the parameter.
func tokenFilter(name, raw string) (func(*xds.DocumentEntry) bool, error) {
	get := map[string]func(*xds.DocumentEntry) []xds.Code{
		"type":     func(e *xds.DocumentEntry) []xds.Code { return []xds.Code{e.Type} },
		"category": func(e *xds.DocumentEntry) []xds.Code { return []xds.Code{e.Class} },
		"facility": func(e *xds.DocumentEntry) []xds.Code { return []xds.Code{e.Facility} },
		"setting":  func(e *xds.DocumentEntry) []xds.Code { return []xds.Code{e.Practice} },
		"format":   func(e *xds.DocumentEntry) []xds.Code { return []xds.Code{e.Format} },
		"event":    func(e *xds.DocumentEntry) []xds.Code { return e.Events }, "security-label": func(e *xds.DocumentEntry) []xds.Code { return e.Confidentiality },
	}[name]
	type token struct {
		system, code string
		anySystem    bool
	}
	var wanted []token
	for _, t := range strings.Split(raw, ",") {
		system, c, ok := strings.Cut(t, "|")
		if !ok {
			wanted = append(wanted, token{code: t, anySystem: true})
			continue
		}
		o, isOID := systemOID(system)
		if system != "" && !isOID {
			return nil, paramError(name, finding.Tf("Le système «%s» n'est pas connu.", "System %q is not known.", system), finding.T("Donnez urn:oid:… ou l'adresse du système.", "Give urn:oid:… or the system's address."))
		}
		wanted = append(wanted, token{o, c, false})
	}
	return func(e *xds.DocumentEntry) bool {
		return slices.ContainsFunc(get(e), func(c xds.Code) bool {
			return slices.ContainsFunc(wanted, func(t token) bool { return (t.anySystem || t.system == c.System) && (t.code == "" || t.code == c.Code) })
		})
	}, nil
}

// dateFilter applies a FHIR date with its prefix to a DTM attribute.
func dateFilter(name, raw string) (func(*xds.DocumentEntry) bool, error) {
	prefix, v := "eq", raw
	if len(raw) > 2 && raw[0] >= 'a' && raw[0] <= 'z' {
		prefix, v = raw[:2], raw[2:]
	}
	digits, ok := dtmOf(v)
	if !ok || !slices.Contains([]string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"}, prefix) {
		return nil, paramError(name, finding.Tf("La date «%s» est illisible.", "Date %q cannot be read.", raw), finding.T("Par exemple ge2024-01-31.", "For example ge2024-01-31."))
	}
	low, high := xds.PadDTM(digits), digits+"99991231235959"[len(digits):]
	attr := func(e *xds.DocumentEntry) string {
		switch name {
		case "creation", "date":
			return e.CreationTime
		}
		return e.ServiceStart
	}
	return func(e *xds.DocumentEntry) bool {
		a := attr(e)
		if a == "" {
			return false // no date is in no range
		}
		a = xds.PadDTM(a)
		switch prefix {
		case "gt", "sa":
			return a > high
		case "lt", "eb":
			return a < low
		case "ge":
			return a >= low
		case "le":
			return a <= high
		case "ne":
			return a < low || a > high
		}
		return a >= low && a <= high
	}, nil
}

// instants are the forms of a FHIR date with a time, and the DTM of the same precision. Without a
// zone it is read as UTC, as DTMs are.
var instants = []struct{ fhir, dtm string }{
	{"2006-01-02T15:04:05Z07:00", "20060102150405"}, {"2006-01-02T15:04Z07:00", "200601021504"},
	{"2006-01-02T15:04:05", "20060102150405"}, {"2006-01-02T15:04", "200601021504"},
}

// dtmOf turns 2024-01-31T10:00:00+01:00 (or shorter) into DTM digits, in UTC.
func dtmOf(s string) (string, bool) {
	if !strings.Contains(s, "T") {
		d := strings.ReplaceAll(s, "-", "")
		_, ok := xds.ParseDTM(d)
		return d, ok
	}
	for _, f := range instants {
		if t, err := time.Parse(f.fhir, s); err == nil {
			return t.UTC().Format(f.dtm), true
		}
	}
	return "", false
}

func identifierFilter(raw string) func(*xds.DocumentEntry) bool {
	return func(e *xds.DocumentEntry) bool {
		for _, t := range strings.Split(raw, ",") {
			if _, v, ok := strings.Cut(t, "|"); ok {
				t = v
			}
			if o, ok := oid.FromURN(t); ok {
				t = o
			}
			if t == e.UniqueID || t == e.EntryUUID || t == e.LogicalID || "urn:uuid:"+t == e.EntryUUID || "urn:uuid:"+t == e.LogicalID {
				return true
			}
		}
		return false
	}
}

func authorFilter(name, raw string) func(*xds.DocumentEntry) bool {
	want := ins.Comparable(raw)
	return func(e *xds.DocumentEntry) bool {
		return slices.ContainsFunc(e.Authors, func(a xds.Author) bool {
			family, given := xds.PersonName(a.Person)
			if name == "author.given" {
				family = given
			}
			return strings.HasPrefix(ins.Comparable(family), want)
		})
	}
}

// countOf reads _count.
func countOf(v url.Values) (int, error) {
	s := v.Get("_count")
	if s == "" {
		return defaultCount, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, paramError("_count", finding.Tf("_count «%s» n'est pas un nombre.", "_count %q is not a number.", s), finding.T("Donnez un entier.", "Give an integer."))
	}
	return min(n, maxCount), nil
}
