package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/internal/door/web"
	"github.com/socle-sante/socle/internal/door/web/webtest"
)

// sound is a document that breaks no rule; faulty one that breaks a few.
func (w *world) sound() []byte {
	raw, err := write.Biology(nil, w.header(w.dominique, "11502-2", "", w.clock()), report(3, w.clock()))
	must(w.t, err)
	return raw
}

func (w *world) faulty() []byte {
	return []byte(strings.NewReplacer(`<realmCode code="FR"/>`, `<realmCode code="US"/>`, `unit="mmol/L"`, `unit="mmol/litre"`).Replace(string(w.sound())))
}

// sent posts a form to the page of the control: name, value, name, value; a value of bytes is a file.
func (w *world) sent(fields ...any) (*http.Response, string) {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		switch v := fields[i+1].(type) {
		case []byte:
			part, err := m.CreateFormFile(fields[i].(string), "essai.xml")
			must(w.t, err)
			_, err = part.Write(v)
			must(w.t, err)
		case string:
			must(w.t, m.WriteField(fields[i].(string), v))
		}
	}
	must(w.t, m.Close())
	return w.posted(m.FormDataContentType(), &b)
}

func (w *world) posted(kind string, body io.Reader) (*http.Response, string) {
	w.t.Helper()
	resp, err := http.Post(w.server.URL+"/controler", kind, body)
	must(w.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(w.t, err)
	return resp, string(raw)
}

// between gives the text between two marks.
func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// TestControl: a form for anyone; what is said of a sound document and of a faulty one.
func TestControl(t *testing.T) {
	w := newWorld(t)
	resp, err := http.Get(w.server.URL + "/")
	must(t, err)
	home, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.Contains(string(home), `href="/controler"`) {
		t.Error("the threshold does not lead to the control")
	}
	resp, page := w.sent("document", w.sound())
	if resp.StatusCode != 200 || !strings.Contains(page, `class="verdict good"`) || !strings.Contains(page, "Ce document est conforme") || !strings.Contains(page, "essai.xml") {
		t.Errorf("a sound document: %s %.3000s", resp.Status, page)
	}
	if len(resp.Cookies()) != 0 {
		t.Errorf("a check leaves cookies: %v", resp.Cookies())
	}
	resp, page = w.sent("document", w.faulty())
	for _, part := range []string{`class="verdict bad"`, "n&#39;est pas conforme", `<mark class="error">`, "HDR-01", `href="#r1"`, `id="r1"`, `href="#s1-1"`, `id="voir-error"`, "À faire"} {
		if !strings.Contains(page, part) {
			t.Errorf("a faulty document: no %q", part)
		}
	}
	for _, href := range hrefs(page) {
		if target, ok := strings.CutPrefix(href, "#"); ok && !strings.Contains(page, `id="`+target+`"`) {
			t.Errorf("a link leads to %q, which is not there", href)
		}
	}
	if resp.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page may be kept by a cache")
	}
	_, english := w.sent("document", w.faulty(), "lang", "en")
	if strings.Contains(english, "To do") {
		t.Error("a field of the form changed the language")
	}
}

func hrefs(page string) (out []string) {
	for _, s := range strings.Split(page, `href="`)[1:] {
		s, _, _ = strings.Cut(s, `"`)
		out = append(out, s)
	}
	return out
}

// TestControlIsSentAgain: the page carries the document, and gives it back in every form.
func TestControlIsSentAgain(t *testing.T) {
	w := newWorld(t)
	_, page := w.sent("document", w.faulty())
	packed := between(page, `name="paquet" value="`, `"`)
	packed = strings.NewReplacer("&#43;", "+", "&#47;", "/", "&#61;", "=").Replace(packed)
	if packed == "" {
		t.Fatal("the page does not carry the document")
	}
	for format, kind := range map[string]string{"json": "application/json", "sarif": "application/sarif+json", "junit": "application/xml", "html": "text/html; charset=utf-8"} {
		resp, body := w.sent("paquet", packed, "nom", "essai.xml", "format", format)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != kind || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %s %v", format, resp.Status, resp.Header)
		}
		var any map[string]any
		switch format {
		case "json", "sarif":
			must(t, json.Unmarshal([]byte(body), &any))
		case "junit":
			must(t, xml.Unmarshal([]byte(body), new(struct{})))
		}
		if format == "json" && (any["file"] != "essai.xml" || any["conform"] != false) {
			t.Errorf("json: %v", any)
		}
	}
	if resp, _ := w.sent("paquet", packed, "format", "exe"); resp.StatusCode != 404 {
		t.Errorf("a form that does not exist: %s", resp.Status)
	}
	_, again := w.sent("paquet", packed, "nom", "essai.xml")
	if between(again, `class="verdict`, "</div>") != between(page, `class="verdict`, "</div>") {
		t.Error("sent again, the document is not judged the same")
	}
}

// TestControlOfPastedText: what a form does to a text does not count as a fault.
func TestControlOfPastedText(t *testing.T) {
	w := newWorld(t)
	text := strings.ReplaceAll(string(w.sound()), "\n", "\r\n")
	if _, page := w.sent("document", []byte(nil), "texte", "\r\n "+text); !strings.Contains(page, `class="verdict good"`) {
		t.Errorf("pasted: %.2000s", page)
	}
	latin := strings.Replace(text, `encoding="UTF-8"`, `encoding="ISO-8859-1"`, 1)
	if _, page := w.sent("texte", latin); !strings.Contains(page, "Prélèvement") && strings.Contains(page, "Ã©") {
		t.Errorf("a pasted text that declares ISO-8859-1 is read wrong: %.2000s", page)
	}
}

// TestHostileControl: nothing that is sent breaks the page, and each refusal says what to do.
func TestHostileControl(t *testing.T) {
	w := newWorld(t)
	var bomb bytes.Buffer
	enc := base64.NewEncoder(base64.StdEncoding, &bomb)
	z := gzip.NewWriter(enc)
	for range 40 {
		_, err := z.Write(make([]byte, 1<<20))
		must(t, err)
	}
	must(t, z.Close())
	must(t, enc.Close())
	big := bytes.Repeat([]byte("<a>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</a>\n"), 25<<20/49)
	for name, c := range map[string]struct {
		fields []any
		status int
		want   string
	}{
		"nothing":        {[]any{"texte", ""}, 400, "CONTROLE-VIDE"},
		"an empty file":  {[]any{"document", []byte(" \n")}, 400, "CONTROLE-VIDE"},
		"two files":      {[]any{"document", []byte("<a/>"), "autre", []byte("<b/>")}, 400, "CONTROLE-FORMULAIRE"},
		"25 MB":          {[]any{"document", big}, 413, "CONTROLE-TAILLE"},
		"a packed bomb":  {[]any{"paquet", bomb.String()}, 413, "CONTROLE-TAILLE"},
		"not packed":     {[]any{"paquet", "n'importe quoi"}, 400, "CONTROLE-FORMULAIRE"},
		"a huge field":   {[]any{"edition", strings.Repeat("x", 1<<20), "document", []byte("<a/>")}, 400, "CONTROLE-FORMULAIRE"},
		"NUL bytes":      {[]any{"document", make([]byte, 4096)}, 200, "n&#39;a pas pu être lu"},
		"a ZIP":          {[]any{"document", append([]byte("PK\x03\x04"), make([]byte, 100)...)}, 200, "n&#39;a pas pu être lu"},
		"entities":       {[]any{"document", []byte(`<!DOCTYPE a [<!ENTITY b "` + strings.Repeat("x", 1000) + `"><!ENTITY c "&b;&b;">]><a>&c;</a>`)}, 200, "n&#39;a pas pu être lu"},
		"depth":          {[]any{"document", []byte(strings.Repeat("<a>", 50_000))}, 200, "n&#39;a pas pu être lu"},
		"a crowd":        {[]any{"document", bytes.Repeat([]byte("<a/>"), 1<<20)}, 413, "CONTROLE-ELEMENTS"},
		"other XML":      {[]any{"document", []byte("<html><body>é</body></html>")}, 200, "n&#39;a pas pu être lu"},
		"a script":       {[]any{"document", []byte("<ClinicalDocument xmlns='urn:hl7-org:v3'><title><![CDATA[<script>alert(1)</script>]]></title></ClinicalDocument>")}, 200, "&lt;script&gt;"},
		"a wild name":    {[]any{"nom", `../<script>"x`, "texte", "<a/>"}, 200, "&lt;script&gt;"},
		"an odd edition": {[]any{"edition", "<b>", "document", w.sound()}, 200, "verdict good"},
	} {
		resp, page := w.sent(c.fields...)
		if resp.StatusCode != c.status || !strings.Contains(page, c.want) {
			t.Errorf("%s: %s, without %s: %.600s", name, resp.Status, c.want, between(page, "<main", "</main>"))
		}
		if strings.Contains(page, "<script>") {
			t.Errorf("%s: a script came through", name)
		}
	}
	for kind, want := range map[string]int{"multipart/form-data": 400, "multipart/form-data; boundary=x": 400, "application/json": 400, "text/;;": 400} {
		if resp, _ := w.posted(kind, strings.NewReader("--y\r\nrien")); resp.StatusCode != want {
			t.Errorf("%s: %s", kind, resp.Status)
		}
	}
	req, err := http.NewRequest("POST", w.server.URL+"/controler", strings.NewReader("x"))
	must(t, err)
	req.Header.Set("Origin", "https://ailleurs.example")
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	resp.Body.Close()
	if resp.StatusCode != 403 {
		t.Errorf("a form of another site: %s", resp.Status)
	}
}

// TestCrowdedControl: ten thousand findings make a page that can be read, and sent.
func TestCrowdedControl(t *testing.T) {
	w := newWorld(t)
	doc := strings.Replace(string(w.sound()), "</title>", "</title>"+strings.Repeat(`<templateId root="pas un OID"/><author/>`+"\n", 10_000), 1)
	start := time.Now()
	resp, page := w.sent("document", []byte(doc))
	if resp.StatusCode != 200 || len(page) > 4<<20 {
		t.Errorf("%s, %d bytes", resp.Status, len(page))
	}
	t.Logf("%d bytes in %v", len(page), time.Since(start))
}

// lineLog keeps what is logged.
type lineLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lineLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// TestControlKeepsNothing: neither the journal nor the log hears of it, and several at once do not
// meet. Without a desk there is no such page.
func TestControlKeepsNothing(t *testing.T) {
	w := newWorld(t)
	kept := &lineLog{}
	w.door.Log = slog.New(slog.NewTextHandler(kept, &slog.HandlerOptions{Level: slog.LevelDebug}))
	before := w.leafOf(w.dominique)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			doc := w.sound()
			if i%2 == 1 {
				doc = w.faulty()
			}
			_, page := w.sent("document", doc)
			if good := strings.Contains(page, `class="verdict good"`); good != (i%2 == 0) {
				t.Errorf("document %d: %v", i, good)
			}
		})
	}
	wait.Wait()
	if w.leafOf(w.dominique) != before {
		t.Error("the journal was told of a check")
	}
	if kept.b.Len() > 0 {
		t.Errorf("logged: %s", kept.b.String())
	}
	other := &web.Door{DMP: w.dmp, Annuaire: w.door.Annuaire, Log: w.door.Log, Now: w.clock, Actor: w.actor, Secret: w.door.Secret}
	mux := http.NewServeMux()
	other.Register(mux)
	rec := httptest.NewRecorder()
	mux.ServeHTTP(rec, httptest.NewRequest("GET", "/controler", nil))
	if rec.Code != 404 {
		t.Errorf("without a desk: %d", rec.Code)
	}
}

// TestAccessibleControl sends documents in a browser, without and with findings, and asks axe.
func TestAccessibleControl(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	axe := webtest.Axe(t)
	w := newWorld(t)
	w.judge(t, axe, []visit{{"", "/controler"}, {"", "/controler?lang=en"}, {"citoyen-1", "/controler?lang=fr"}})
	ctx := webtest.Within(webtest.Chromium(t), t, 2*time.Minute)
	dir := t.TempDir()
	for name, doc := range map[string][]byte{"juste.xml": w.sound(), "faux.xml": w.faulty(), "illisible.xml": []byte("<ClinicalDocument>\n<a></b>")} {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, doc, 0o600))
		for _, width := range []int64{320, 390, 1440} {
			for _, theme := range []string{"clair", "sombre"} {
				found, err := w.judgeControl(ctx, axe, path, width, theme)
				must(t, err)
				for _, f := range found {
					t.Errorf("%s, %d px, %s: %s", name, width, theme, f)
				}
			}
		}
	}
	// The filters work without any script: only the style speaks.
	must(t, chromedp.Do(ctx, chromedp.Navigate(w.server.URL+"/controler"), chromedp.SetUploadFiles("#document", []string{filepath.Join(dir, "faux.xml")}),
		chromedp.Click(".control-form button"), chromedp.WaitVisible(".verdict"), chromedp.Click("#voir-error")))
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[...document.querySelectorAll(".entry")].filter(e => e.checkVisibility()).map(e => e.classList[1]).join(" ")`))
	must(t, err)
	if shown == "" || strings.Trim(strings.ReplaceAll(shown, "error", ""), " ") != "" {
		t.Errorf("with errors alone asked for, one sees %q", shown)
	}
}

func (w *world) judgeControl(ctx context.Context, axe, path string, width int64, theme string) ([]string, error) {
	err := chromedp.Do(ctx, webtest.Viewport(width), chromedp.Navigate(w.server.URL+"/controler?lang=fr&theme="+theme), chromedp.SetUploadFiles("#document", []string{path}),
		chromedp.Click(".control-form button"), chromedp.WaitVisible(".verdict"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	found, err := webtest.Found(ctx, axe)
	if err != nil {
		return nil, err
	}
	wide, err := webtest.TooWide(ctx)
	if wide != "" {
		found = append(found, wide)
	}
	return found, err
}
