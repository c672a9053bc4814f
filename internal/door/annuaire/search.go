package annuaire

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// Page sizes.
const (
	defaultCount = 50
	maxCount     = 10_000
)

// request is a search as it was asked, or goes on.
type request struct {
	query    annuaire.Query
	raw      string // parameters, encoded
	elements []string
	links    []annuaire.Relation
	total    int
	stamp    int64 // of the snapshot the list was begun on; 0 for a first page
}

// search answers the first page.
func (d *Door) search(w http.ResponseWriter, r *http.Request, k annuaire.Kind) error {
	raw, err := parameters(r)
	if err != nil {
		return err
	}
	q, err := parse(k, raw)
	if err != nil {
		return err
	}
	return d.page(w, r, q, d.Base+"/"+k.String()+"?"+raw)
}

// parameters gives those of the address and, for POST, of the body, as they were written.
func parameters(r *http.Request) (string, error) {
	raw := r.URL.RawQuery
	if r.Method == http.MethodPost {
		b, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
		if err != nil || len(b) > maxForm {
			return "", errForm
		}
		if len(b) > 0 {
			if t := r.Header.Get("Content-Type"); t != "" && !strings.HasPrefix(t, "application/x-www-form-urlencoded") {
				return "", errForm.At(t[:min(len(t), 60)])
			}
			if raw != "" {
				raw += "&"
			}
			raw += strings.TrimSpace(string(b))
		}
	}
	if len(raw) > maxForm {
		return "", errForm
	}
	return raw, nil
}

// parse reads the parameters of a search.
func parse(k annuaire.Kind, raw string) (*request, error) {
	q := &request{query: annuaire.Query{Kind: k, Count: defaultCount}, raw: raw, total: -1}
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(key)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return nil, errForm.At(pair[:min(len(pair), 60)])
		}
		if err := q.parameter(name, v); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *request) parameter(name, v string) error {
	base, modifier, _ := strings.Cut(name, ":")
	switch base {
	case "_count":
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return annuaire.ErrValue.At("_count=" + v[:min(len(v), 20)])
		}
		q.query.Count = min(n, maxCount)
	case "_total":
		t, ok := map[string]annuaire.Total{"none": annuaire.TotalNone, "estimate": annuaire.TotalAccurate, "accurate": annuaire.TotalAccurate}[v]
		if !ok {
			return annuaire.ErrValue.At("_total=" + v[:min(len(v), 20)])
		}
		q.query.Total = t
	case "_summary":
		if v != "count" && v != "false" {
			return annuaire.ErrValue.At("_summary=" + v[:min(len(v), 20)])
		}
		if v == "count" {
			q.query.Count, q.query.Total = 0, annuaire.TotalAccurate
		}
	case "_elements":
		for e := range strings.SplitSeq(v, ",") {
			q.elements = append(q.elements, strings.TrimSpace(e))
		}
	case "_include", "_revinclude":
		return q.include(base == "_revinclude", v)
	case "_format", "_pretty":
	case "":
		return annuaire.ErrParam.At(name[:min(len(name), 60)])
	default:
		if v == "" {
			return nil // a parameter without value asks nothing (FHIR R4 search)
		}
		q.query.Clauses = append(q.query.Clauses, annuaire.Clause{Param: base, Modifier: modifier, Values: alternatives(v)})
	}
	return nil
}

// alternatives splits at commas that are not escaped.
// spec: FHIR R4 search#escaping
func alternatives(v string) []string {
	if !strings.ContainsAny(v, `,\`) {
		return []string{v}
	}
	var out []string
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		switch {
		case v[i] == '\\' && i+1 < len(v) && strings.IndexByte(`,|$\`, v[i+1]) >= 0:
			i++
			b.WriteByte(v[i])
		case v[i] == ',':
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteByte(v[i])
		}
	}
	out = append(out, b.String())
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// include reads a value of _include or _revinclude.
func (q *request) include(reverse bool, v string) error {
	relations, names := annuaire.RelationsOf(q.query.Kind, reverse)
	if v == "*" {
		q.links = append(q.links, relations...)
		return nil
	}
	// Documented clients also ask _revinclude=Organization:partof; a third part names the target.
	if parts := strings.Split(v, ":"); len(parts) == 3 {
		v = parts[0] + ":" + parts[1]
	}
	if i := slices.Index(names, v); i >= 0 {
		q.links = append(q.links, relations[i])
		return nil
	}
	word := map[bool]string{false: "_include", true: "_revinclude"}[reverse]
	known := strings.Join(append(names, "*"), ", ")
	v = strings.ToValidUTF8(v[:min(len(v), 60)], "?")
	return annuaire.ErrParam.At(word + "=" + v).Saying(finding.Tf("%s=%s n'existe pas pour %s ; existent : %s.", "%s=%s does not exist for %s; there are: %s.", word, v, q.query.Kind, known))
}

// nextPage goes on with a list.
func (d *Door) nextPage(w http.ResponseWriter, r *http.Request) error {
	t, ok := d.open(r.URL.Query().Get("id"), tokenPage)
	if !ok {
		if t, ok = d.open(r.URL.Query().Get("id"), tokenSystem); ok {
			return d.nextAll(w, r, t)
		}
		return annuaire.ErrPage
	}
	q, err := parse(t.kind, t.raw)
	if err != nil {
		return annuaire.ErrPage.With(err)
	}
	q.query.Snapshot, q.query.After, q.total, q.stamp = t.snapshot, t.after, int(t.total), t.stamp
	if q.query.Total == annuaire.TotalCheap || q.total >= 0 {
		q.query.Total = annuaire.TotalNone
	}
	return d.page(w, r, q, d.Base+"/_page?id="+r.URL.Query().Get("id"))
}

// page answers one page of a list.
func (d *Door) page(w http.ResponseWriter, r *http.Request, q *request, self string) error {
	p, err := d.Directory.Search(q.query)
	if err != nil {
		return err
	}
	if q.stamp != 0 && q.stamp != p.Time.UnixNano() {
		return annuaire.ErrPage
	}
	included, served, err := d.Directory.Related(p.Snapshot, p.Hits, q.links, maxFound)
	if err != nil {
		return err
	}
	if served < len(p.Hits) {
		p.Hits = p.Hits[:served] // too much comes along: the page is shorter, the next one goes on
		p.Next = p.Hits[served-1].Place + 1
	}
	if p.Total < 0 {
		p.Total = q.total
	}
	b := d.answer(w, r, mediaType+"; charset=utf-8")
	defer b.close()
	if r.Method == http.MethodHead {
		return nil
	}
	j := &renderer{elements: q.elements}
	j.Open("")
	j.Text("resourceType", "Bundle")
	j.Text("id", uuid.NewString())
	j.Open("meta")
	j.Text("lastUpdated", instant(p.Time))
	j.Close()
	j.Text("type", "searchset")
	if p.Total >= 0 {
		j.Int("total", p.Total)
	}
	j.List("link")
	j.link("self", self)
	if p.Next > 0 {
		next := token{purpose: tokenPage, kind: q.query.Kind, snapshot: p.Snapshot, after: p.Next, total: int64(p.Total), stamp: p.Time.UnixNano(), raw: q.raw}
		j.link("next", d.Base+"/_page?id="+d.sign(next))
	}
	j.EndList()
	if len(p.Hits) > 0 {
		j.List("entry")
		for i := range p.Hits {
			j.entry(d.Base, &p.Hits[i], "match")
			if b.flush(&j.Writer, false) != nil {
				return nil // the client left
			}
		}
		for i := range included {
			j.entry(d.Base, &included[i], "include")
			if b.flush(&j.Writer, false) != nil {
				return nil
			}
		}
		j.EndList()
	}
	j.Close()
	_ = b.flush(&j.Writer, true)
	return nil
}

func (w *renderer) link(relation, to string) {
	w.Open("")
	w.Text("relation", relation)
	w.Text("url", to)
	w.Close()
}

func (w *renderer) entry(base string, h *annuaire.Hit, mode string) {
	w.Open("")
	w.Text("fullUrl", base+"/"+h.Kind.String()+"/"+h.ID.Text(h.Kind))
	elements := w.elements
	if mode == "include" {
		w.elements = nil
	}
	w.resource("resource", h)
	w.elements = elements
	w.Open("search")
	w.Text("mode", mode)
	w.Close()
	w.Close()
}

// read answers one resource.
func (d *Door) read(w http.ResponseWriter, r *http.Request, k annuaire.Kind, name string) error {
	id, ok := annuaire.ParseID(k, name)
	if !ok {
		return errUnknown.At(k.String() + "/" + strings.ToValidUTF8(name[:min(len(name), 60)], "?"))
	}
	h, found, gone := d.Directory.Read(k, id)
	switch {
	case gone:
		return errGone.At(k.String() + "/" + name)
	case !found:
		return errUnknown.At(k.String() + "/" + name)
	}
	tag := `W/"` + strconv.FormatUint(uint64(h.Version), 10) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Last-Modified", h.Updated.Format(http.TimeFormat))
	for _, t := range strings.Split(r.Header.Get("If-None-Match"), ",") {
		if t = strings.TrimSpace(t); t == tag || t == "*" {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	j := &renderer{}
	for name, values := range r.URL.Query() {
		switch name {
		case "_elements":
			j.elements = strings.Split(strings.Join(values, ","), ",")
		case "_format", "_pretty":
		default:
			return annuaire.ErrParam.At(name[:min(len(name), 60)])
		}
	}
	j.resource("", &h)
	b := d.answer(w, r, mediaType+"; charset=utf-8")
	defer b.close()
	if r.Method != http.MethodHead {
		_ = b.flush(&j.Writer, true)
	}
	return nil
}
