package psc_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/socle-sante/socle/internal/door/web/webtest"
)

// TestAccessible asks axe about every page that a person meets; SOCLE_PSC_LOOK=DIR also keeps
// pictures of them.
func TestAccessible(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	axe := webtest.Axe(t)
	w := newWorld(t)
	ctx := webtest.Chromium(t)
	c := w.client("")
	w.post(c, w.realm("ext/ciba/auth"), "logiciel-alpha", asking())
	w.post(c, w.realm("ext/ciba/auth"), "logiciel-beta", asking("binding_message=07", "channel=CARD"))
	nobody, gp, nurse := w.webURL()+"/auth/static/psc.css", w.webURL()+"/connexion/"+martin, w.webURL()+"/connexion/"+durand
	auth := w.webURL() + "/auth?" + request("logiciel-alpha", "prompt=login").Encode()
	for _, p := range []struct{ name, login, page string }{
		{"signin", nobody, auth},
		{"signin-en", nobody, auth + "&lang=en"},
		{"error", nobody, w.webURL() + "/auth?lang=fr&client_id=inconnu&redirect_uri=" + url.QueryEscape(back)},
		{"ecps", gp, w.webURL() + w.door.ECPSPath(martin)},
		{"ecps-en", gp, w.webURL() + w.door.ECPSPath(martin) + "?lang=en&fait=approuve"},
		{"ecps-none", nurse, w.webURL() + w.door.ECPSPath(durand) + "?lang=fr"},
		{"form_post", gp, w.webURL() + "/auth?" + request("logiciel-alpha", "response_mode=form_post", "redirect_uri="+w.webURL()+"/auth/static/psc.css").Encode()},
	} {
		if p.name == "form_post" { // sends itself: axe would judge the next page
			continue
		}
		found, err := webtest.Judge(ctx, axe, p.login, p.page)
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		for _, f := range found {
			t.Errorf("%s: %s", p.name, f)
		}
		if dir := os.Getenv("SOCLE_PSC_LOOK"); dir != "" {
			for _, width := range []int64{390, 1440} {
				for _, theme := range []string{"clair", "sombre"} {
					shot := []byte(nil)
					err := chromedp.Do(ctx, webtest.Viewport(width), chromedp.Navigate(webtest.With(p.page, "theme", theme)))
					if err == nil {
						shot, err = chromedp.Run(ctx, chromedp.CaptureScreenshot())
					}
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(dir, p.name+"-"+theme+"-"+map[int64]string{390: "phone", 1440: "desk"}[width]+".png"), shot, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

// TestABrowserSignsIn by e-CPS, with the script at work: the waiting page goes on by itself.
func TestABrowserSignsIn(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(webtest.Chromium(t), time.Minute)
	defer cancel()
	phone := w.signedIn(martin)
	// The software's own address is one of ours here, so that the browser has somewhere to land.
	q := request("logiciel-alpha", "redirect_uri="+w.webURL()+"/auth/static/psc.css")
	if err := chromedp.Do(ctx, chromedp.Navigate(w.webURL()+"/auth?"+q.Encode()), chromedp.SetValue("#identifiant", martin), chromedp.Click("form.psc-panel button"), chromedp.WaitVisible("[data-look]")); err != nil {
		t.Fatal(err)
	}
	digits, err := chromedp.Run(ctx, chromedp.Text(".psc-digits"))
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("SOCLE_PSC_LOOK"); dir != "" {
		if shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
			_ = os.WriteFile(filepath.Join(dir, "wait.png"), shot, 0o644)
		}
	}
	w.answerECPS(phone, martin, strings.TrimSpace(digits), "approuver")
	at, err := chromedp.Run(ctx, chromedp.Location())
	for deadline := time.Now().Add(20 * time.Second); err == nil && !strings.Contains(at, "code=") && time.Now().Before(deadline); {
		at, err = chromedp.Run(ctx, chromedp.Location())
	}
	if err != nil || !strings.Contains(at, "code=") || !strings.Contains(at, "state=etat-1") {
		t.Errorf("landed on %s, %v", at, err)
	}
}
