package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/socle-sante/socle/internal/door/web/webtest"
)

const faultyMessage = "From: <sil@labo.mssante.fr>\nTo: <a@medecin.mssante.fr>\nSubject: <script>alert(1)</script>\nX-MSS-MES: OUI\n\nBonjour <b>vous</b> \xe9\n"

// message posts a form to the page of the control of messages.
func (w *world) message(query string, file []byte, fields ...string) (*http.Response, string) {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if file != nil {
		part, err := m.CreateFormFile("document", "essai.eml")
		must(w.t, err)
		_, err = part.Write(file)
		must(w.t, err)
	}
	for i := 0; i < len(fields); i += 2 {
		must(w.t, m.WriteField(fields[i], fields[i+1]))
	}
	must(w.t, m.Close())
	resp, err := http.Post(w.server.URL+"/controler-message"+query, m.FormDataContentType(), &b)
	must(w.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	must(w.t, err)
	return resp, string(raw)
}

// TestMessageControl: a form for anyone, what is said of a faulty message, and the report kept.
func TestMessageControl(t *testing.T) {
	w := newWorld(t)
	resp, err := http.Get(w.server.URL + "/controler-message?lang=en")
	must(t, err)
	form, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 200 || !strings.Contains(string(form), "Check an MSSanté message") {
		t.Fatalf("form: %d", resp.StatusCode)
	}
	resp, page := w.message("?lang=fr", []byte(faultyMessage))
	for _, want := range []string{"Ce message ne convient pas", "MSS-NIL", "essai.eml", "exigences MSSanté", "&lt;script&gt;alert(1)", "Bonjour &lt;b&gt;vous"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if resp.StatusCode != 200 || strings.Contains(page, "<script>alert") {
		t.Errorf("%d, or the message speaks in the page", resp.StatusCode)
	}
	packed := between(page, `name="paquet" value="`, `"`)
	resp, kept := w.message("?lang=en", nil, "paquet", strings.ReplaceAll(packed, "&#43;", "+"), "nom", "essai.eml", "format", "json")
	var file struct {
		File     string
		Conform  bool
		Findings []struct{ ID, Message string }
	}
	if err := json.Unmarshal([]byte(kept), &file); err != nil || file.File != "essai.eml" || file.Conform || len(file.Findings) == 0 || resp.Header.Get("Content-Disposition") == "" {
		t.Errorf("kept: %d %v %s", resp.StatusCode, err, kept)
	}
	for _, bad := range [][]string{{}, {"paquet", "x"}, {"texte", "a", "paquet", packed}} {
		if resp, _ := w.message("", nil, bad...); resp.StatusCode != 400 {
			t.Errorf("%v: %d", bad, resp.StatusCode)
		}
	}
	if resp, page := w.message("?lang=fr", nil, "texte", faultyMessage); resp.StatusCode != 200 || !strings.Contains(page, "MSS-NIL") {
		t.Errorf("pasted: %d", resp.StatusCode)
	}
}

// TestAccessibleMessageControl sends a message in a browser and asks axe.
func TestAccessibleMessageControl(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	axe := webtest.Axe(t)
	w := newWorld(t)
	w.judge(t, axe, []visit{{"", "/controler-message"}, {"citoyen-1", "/controler-message?lang=en"}})
	ctx := webtest.Within(webtest.Chromium(t), t, 2*time.Minute)
	path := filepath.Join(t.TempDir(), "essai.eml")
	must(t, os.WriteFile(path, []byte(faultyMessage), 0o600))
	for _, width := range []int64{320, 1440} {
		for _, theme := range []string{"clair", "sombre"} {
			must(t, chromedp.Do(ctx, webtest.Viewport(width), chromedp.Navigate(w.server.URL+"/controler-message?lang=fr&theme="+theme), chromedp.SetUploadFiles("#document", []string{path}),
				chromedp.Click(".control-form button"), chromedp.WaitVisible(".verdict")))
			found, err := webtest.Found(ctx, axe)
			must(t, err)
			wide, err := webtest.TooWide(ctx)
			must(t, err)
			if len(found) > 0 || wide != "" {
				t.Errorf("%d %s: %v, too wide: %v", width, theme, found, wide)
			}
		}
	}
}
