package controle

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/controle"
)

// thin is hardly a CDA; what is said of it does not matter here.
const thin = `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><realmCode code="US"/><title>Essai é</title></ClinicalDocument>
`

type trial struct {
	t    *testing.T
	desk *controle.Desk
	url  string
	log  *bytes.Buffer
	mu   sync.Mutex
	seen []string // what the metrics were told
}

func newTrial(t *testing.T) *trial {
	w := &trial{t: t, log: &bytes.Buffer{}}
	w.desk = controle.New(func() *control.Controller { return nil }, time.Now, false)
	mux := http.NewServeMux()
	(&Door{Desk: w.desk, Version: "1.2.3", Log: slog.New(slog.NewTextHandler(w.log, nil)), Observe: func(what, outcome string, _ int, _ time.Duration) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.seen = append(w.seen, what+" "+outcome)
	}}).Register(mux)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	w.url = s.URL
	return w
}

func (w *trial) post(query, kind, accept string, body io.Reader) (*http.Response, []byte) {
	w.t.Helper()
	req, err := http.NewRequest("POST", w.url+Path+query, body)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp, b
}

// TestCheckInEveryForm: one report, in the form that is asked for.
func TestCheckInEveryForm(t *testing.T) {
	w := newTrial(t)
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "application/*": "application/json", "application/sarif+json": "application/sarif+json",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/html; charset=utf-8", "application/xml": "application/xml",
		"text/xml": "text/xml; charset=utf-8", "text/plain": "text/plain; charset=utf-8", "text/*;q=0.2, application/json;q=0.1": "text/html; charset=utf-8",
		"application/json;q=0, application/xml": "application/xml",
	} {
		resp, body := w.post("", "application/xml", accept, strings.NewReader(thin))
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != want || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %s %v", accept, resp.Status, resp.Header)
		}
		var err error
		switch want {
		case "application/json", "application/sarif+json":
			err = json.Unmarshal(body, new(map[string]any))
		case "application/xml", "text/xml; charset=utf-8":
			err = xml.Unmarshal(body, new(struct {
				XMLName xml.Name `xml:"testsuites"`
			}))
		}
		if err != nil || !strings.Contains(string(body), "document.xml") {
			t.Errorf("%q: %v %.300s", accept, err, body)
		}
	}
}

// TestAcceptedSaysTheMode: the same findings, another verdict.
func TestAcceptedSaysTheMode(t *testing.T) {
	w := newTrial(t)
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	p, _ := m.CreateFormFile("document", "essai.xml")
	_, _ = io.WriteString(p, thin)
	_ = m.Close()
	for mode, want := range map[string]bool{"": false, "ci-sis": false, "strict": false, "lenient": true} {
		query := "?lang=en"
		if mode != "" {
			query += "&mode=" + mode
		}
		_, body := w.post(query, m.FormDataContentType(), "", bytes.NewReader(form.Bytes()))
		var got struct {
			Accepted, Conform bool
			Mode, File        string
			Levels            map[string]map[string]int
			Findings          []struct{ ID, Message, Fix string }
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		if mode == "" {
			mode = "ci-sis"
		}
		if got.Accepted != want || got.Mode != mode || got.Conform || got.File != "essai.xml" || len(got.Findings) == 0 || len(got.Levels) == 0 {
			t.Errorf("%s: %+v", mode, got)
		}
	}
	if _, body := w.post("?mode=lenient", "text/xml", "", strings.NewReader("<a>")); !strings.Contains(string(body), `"accepted":false`) || !strings.Contains(string(body), `"unusable":"xml"`) {
		t.Errorf("unreadable: %s", body)
	}
}

// TestRefusals: what is refused says its id, its status, and how to mend it, in two languages.
func TestRefusals(t *testing.T) {
	w := newTrial(t)
	big := strings.NewReader(strings.Repeat("x", controle.MaxDocument+1<<20))
	for _, c := range []struct {
		query, kind, accept string
		body                io.Reader
		status              int
		id                  string
	}{
		{"?langue=fr", "application/xml", "", strings.NewReader(thin), 400, "CONTROLE-PARAMETRE"},
		{"?lang=de", "application/xml", "", strings.NewReader(thin), 400, "CONTROLE-PARAMETRE"},
		{"?mode=severe", "application/xml", "", strings.NewReader(thin), 400, "CONTROLE-PARAMETRE"},
		{"", "application/xml", "image/png", strings.NewReader(thin), 406, "CONTROLE-ACCEPT"},
		{"", "application/pdf", "", strings.NewReader(thin), 415, "CONTROLE-TYPE"},
		{"", "application/xml", "", strings.NewReader(""), 400, "CONTROLE-VIDE"},
		{"", "multipart/form-data; boundary=x", "", strings.NewReader("--y"), 400, "CONTROLE-FORMULAIRE"},
		{"", "application/xml", "", big, 413, "CONTROLE-TAILLE"},
		{"", "application/xml", "", io.LimitReader(endless{}, 25<<20), 413, "CONTROLE-TAILLE"}, // its length is not said
	} {
		resp, body := w.post(c.query, c.kind, c.accept, c.body)
		var p finding.Problem
		if err := json.Unmarshal(body, &p); err != nil || resp.StatusCode != c.status || p.ID != c.id || p.Status != c.status || resp.Header.Get("Content-Type") != finding.ProblemType || p.Title == "" || p.FixEN == "" {
			t.Errorf("%s %s: %s %s", c.query, c.kind, resp.Status, body)
		}
	}
	if w.log.Len() > 0 {
		t.Errorf("logged: %s", w.log)
	}
	if len(w.seen) != 9 || w.seen[0] != "controle CONTROLE-PARAMETRE" {
		t.Errorf("observed: %q", w.seen)
	}
	resp, err := http.Get(w.url + Path)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 405 {
		t.Errorf("GET: %s", resp.Status)
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestBusyAndPace: both are 503 with a delay, before the body is read.
func TestBusyAndPace(t *testing.T) {
	w := newTrial(t)
	h := http.NewServeMux()
	(&Door{Desk: w.desk, Log: slog.New(slog.DiscardHandler)}).Register(h)
	ask := func(address string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", Path, strings.NewReader(thin))
		r.RemoteAddr = address
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec
	}
	refused := 0
	for range 300 {
		if rec := ask("203.0.113.9:1"); rec.Code != 200 {
			refused++
			if rec.Code != 503 || rec.Header().Get("Retry-After") == "" || !strings.Contains(rec.Body.String(), "CONTROLE-RYTHME") {
				t.Fatalf("%d %s", rec.Code, rec.Body)
			}
		}
	}
	if refused == 0 {
		t.Error("300 checks in a row by one address")
	}
	if rec := ask("203.0.113.10:1"); rec.Code != 200 {
		t.Errorf("another address: %d", rec.Code)
	}
	var leaves []func()
	for {
		leave, err := w.desk.Admit("127.0.0.1:1", -1)
		if err != nil {
			break
		}
		leaves = append(leaves, leave)
	}
	if len(leaves) == 0 {
		t.Fatal("nobody was admitted")
	}
	// The room that is left is smaller than a document of unknown size, so that one waits outside.
	r := httptest.NewRequest("POST", Path, io.NopCloser(strings.NewReader(thin)))
	r.ContentLength = -1
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if rec.Code != 503 || !strings.Contains(rec.Body.String(), "CONTROLE-OCCUPE") {
		t.Errorf("a full desk: %d %s", rec.Code, rec.Body)
	}
}

// TestTogether: several at once, each its own answer.
func TestTogether(t *testing.T) {
	w := newTrial(t)
	w.desk.Patience = time.Minute
	var wait sync.WaitGroup
	for i := range 24 {
		wait.Go(func() {
			doc := strings.Replace(thin, "<title>", fmt.Sprintf("<title>%d", i)+strings.Repeat("<x/>", i), 1)
			_, body := w.post("", "application/xml", "", strings.NewReader(doc))
			if !strings.Contains(string(body), `"conform":false`) {
				t.Errorf("%d: %.200s", i, body)
			}
		})
	}
	wait.Wait()
}

func TestRulesAreListed(t *testing.T) {
	w := newTrial(t)
	resp, err := http.Get(w.url + RulesPath)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct {
		Levels []string
		Sets   []any
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || len(got.Levels) != 7 || got.Sets == nil {
		t.Errorf("%+v %v", got, err)
	}
}
