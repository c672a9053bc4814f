package annuaire

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/socle-sante/socle/format/fhir"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/annuaire"
)

// What is asked of the service as a whole: a search over several types, and a batch of reads.

// Bounds of a batch.
const (
	maxBatch       = 50       // reads in one batch
	maxBatchAnswer = 32 << 20 // bytes of all their answers
)

var (
	errSystem = &finding.Refusal{ID: "ANN-TYPES", Kind: finding.Invalid, Code: "not-supported", Rule: "FHIR R4 http#search",
		Message: finding.T("Une recherche sur tout le service dit les types qu'elle veut.", "A search of the whole service says which types it wants."),
		Fix:     finding.T("Ajoutez _type=Practitioner,Organization ; les autres paramètres doivent exister pour chacun.", "Add _type=Practitioner,Organization; the other parameters must exist for each.")}
	errBatch = &finding.Refusal{ID: "ANN-LOT", Kind: finding.Invalid, Code: "structure", Rule: "FHIR R4 http#transaction",
		Message: finding.T("Ce lot ne peut pas être servi.", "This batch cannot be served."),
		Fix:     finding.Tf("Envoyez un Bundle de type batch, de %d entrées au plus, chacune avec request.method = GET et request.url.", "Send a Bundle of type batch, of at most %d entries, each with request.method = GET and request.url.", maxBatch)}
)

// system serves the base address: GET with _type, POST of a batch.
func (d *Door) system(w http.ResponseWriter, r *http.Request, read bool) (string, error) {
	if !acceptsJSON(r) {
		return "search", errFormat
	}
	switch {
	case read:
		return "search", d.searchAll(w, r)
	case r.Method == http.MethodPost:
		return "batch", d.batch(w, r)
	}
	return "?", errMethod.At(r.Method)
}

// searchAll answers the first page of a search over several types: those of the first type, then
// those of the next one, in as many pages as it takes.
// spec: FHIR R4 http#search (_type)
func (d *Door) searchAll(w http.ResponseWriter, r *http.Request) error {
	raw, err := parameters(r)
	if err != nil {
		return err
	}
	kinds, rest, err := typesOf(raw)
	if err != nil {
		return err
	}
	return d.pageAll(w, r, kinds, rest, token{purpose: tokenSystem, kind: kinds[0]}, d.Base+"?"+raw)
}

// typesOf takes _type out of the parameters.
func typesOf(raw string) (kinds []annuaire.Kind, rest string, err error) {
	var others []string
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name != "_type" {
			if pair != "" {
				others = append(others, pair)
			}
			continue
		}
		value, err := url.QueryUnescape(value)
		if err != nil {
			return nil, "", errForm
		}
		for t := range strings.SplitSeq(value, ",") {
			k, ok := annuaire.KindOf(t)
			if !ok {
				return nil, "", errType.At("_type=" + strings.ToValidUTF8(t[:min(len(t), 40)], "?"))
			}
			if !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	if len(kinds) == 0 {
		return nil, "", errSystem
	}
	return kinds, strings.Join(others, "&"), nil
}

// nextAll goes on with a search over several types.
func (d *Door) nextAll(w http.ResponseWriter, r *http.Request, t token) error {
	kinds, rest, err := typesOf(t.raw)
	if err != nil {
		return annuaire.ErrPage
	}
	return d.pageAll(w, r, kinds, rest, t, d.Base+"/_page?id="+r.URL.Query().Get("id"))
}

// pageAll answers one page of one type; the link to the next page leads to the next type at its end.
func (d *Door) pageAll(w http.ResponseWriter, r *http.Request, kinds []annuaire.Kind, rest string, t token, self string) error {
	total, stamp := 0, t.stamp
	var pages []annuaire.Page
	for _, k := range kinds {
		q, err := parse(k, rest)
		if err != nil {
			return err
		}
		if len(q.links) > 0 || q.elements != nil {
			return annuaire.ErrParam.At("_include")
		}
		q.query.Snapshot = t.snapshot
		switch {
		case k == t.kind:
			q.query.After = t.after
		default:
			q.query.Count = 0
		}
		if stamp != 0 {
			if k != t.kind {
				continue // the total was said on the first page
			}
			q.query.Total = annuaire.TotalNone
		}
		p, err := d.Directory.Search(q.query)
		if err != nil {
			return err
		}
		if t.stamp != 0 && t.stamp != p.Time.UnixNano() {
			return annuaire.ErrPage
		}
		t.snapshot = p.Snapshot
		if p.Total < 0 || total < 0 {
			total = -1
		} else {
			total += p.Total
		}
		if k == t.kind {
			pages = append(pages, p)
		}
	}
	if stamp != 0 {
		total = int(t.total)
	}
	p := pages[0]
	next := token{purpose: tokenSystem, kind: t.kind, snapshot: p.Snapshot, after: p.Next, total: int64(total), stamp: p.Time.UnixNano(), raw: typeParam(kinds) + "&" + rest}
	if i := slices.Index(kinds, t.kind); p.Next == 0 && i+1 < len(kinds) {
		next.kind = kinds[i+1]
	} else if p.Next == 0 {
		next.snapshot = 0
	}
	b := d.answer(w, r, mediaType+"; charset=utf-8")
	defer b.close()
	if r.Method == http.MethodHead {
		return nil
	}
	j := &renderer{}
	j.Open("")
	j.Text("resourceType", "Bundle")
	j.Text("id", uuid.NewString())
	j.Open("meta")
	j.Text("lastUpdated", instant(p.Time))
	j.Close()
	j.Text("type", "searchset")
	if total >= 0 {
		j.Int("total", total)
	}
	j.List("link")
	j.link("self", self)
	if next.snapshot != 0 {
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
		j.EndList()
	}
	j.Close()
	_ = b.flush(&j.Writer, true)
	return nil
}

func typeParam(kinds []annuaire.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	return "_type=" + strings.Join(names, ",")
}

// batch answers several reads and searches at once, each by itself.
// spec: FHIR R4 http#transaction (batch)
func (d *Door) batch(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPatch+1))
	if err != nil || len(body) > maxPatch {
		return errBatch.With(err)
	}
	var in struct {
		ResourceType, Type string
		Entry              []struct {
			Request struct{ Method, URL string } `json:"request"`
		} `json:"entry"`
	}
	if json.Unmarshal(body, &in) != nil || in.ResourceType != "Bundle" || in.Type != "batch" || len(in.Entry) > maxBatch {
		return errBatch
	}
	j := &fhir.Writer{}
	j.Open("")
	j.Text("resourceType", "Bundle")
	j.Text("id", uuid.NewString())
	j.Text("type", "batch-response")
	var answers [][]byte
	size := 0
	var statuses []int
	for i := range in.Entry {
		c := &captured{header: http.Header{}, status: http.StatusOK, left: maxBatchAnswer - size}
		d.one(c, r, in.Entry[i].Request.Method, in.Entry[i].Request.URL)
		size += c.body.Len()
		if c.left < 0 {
			return errBatch.At("entry[" + strconv.Itoa(i) + "]")
		}
		answers, statuses = append(answers, c.body.Bytes()), append(statuses, c.status)
	}
	if len(answers) > 0 {
		j.List("entry")
		for i, a := range answers {
			j.Open("")
			key := "resource"
			if statuses[i] >= 400 {
				key = ""
			}
			if key != "" && len(a) > 0 {
				j.Raw(key, a)
			}
			j.Open("response")
			j.Text("status", strconv.Itoa(statuses[i])+" "+http.StatusText(statuses[i]))
			if key == "" && len(a) > 0 {
				j.Raw("outcome", a)
			}
			j.Close()
			j.Close()
		}
		j.EndList()
	}
	j.Close()
	b := d.answer(w, r, mediaType+"; charset=utf-8")
	defer b.close()
	_ = b.flush(j, true)
	return nil
}

// one answers one entry of a batch, as if it had come alone.
func (d *Door) one(c *captured, r *http.Request, method, address string) {
	u, err := url.Parse(address)
	sub := r.Clone(r.Context())
	sub.Body, sub.ContentLength = http.NoBody, 0
	sub.Header.Del("Accept-Encoding")
	sub.Header.Del("If-None-Match")
	if err == nil {
		sub.Method, sub.URL = http.MethodGet, u
		path := strings.Trim(strings.TrimPrefix(u.Path, RootPath), "/")
		path = strings.Trim(strings.TrimPrefix(path, "v2/"), "/")
		if method != http.MethodGet || path == "" || strings.HasPrefix(path, "$") {
			err = errBatch.At(strings.ToValidUTF8(address[:min(len(address), 80)], "?"))
		} else {
			_, err = d.route(c, sub, strings.Split(path, "/"))
		}
	} else {
		err = errBatch.With(err)
	}
	if err != nil {
		c.body.Reset()
		d.fail(c, sub, err)
	}
}

// captured is an answer kept, of a bounded size.
type captured struct {
	header http.Header
	status int
	body   bytes.Buffer
	left   int
}

func (c *captured) Header() http.Header  { return c.header }
func (c *captured) WriteHeader(code int) { c.status = code }
func (c *captured) Write(b []byte) (int, error) {
	if c.left -= len(b); c.left < 0 {
		return 0, errBatch
	}
	return c.body.Write(b)
}
