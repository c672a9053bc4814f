package franceconnect_test

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/socle-sante/socle/internal/door/web/webtest"
)

// TestAccessible asks axe about every page that a person meets; SOCLE_FC_LOOK=DIR also keeps
// pictures of them.
func TestAccessible(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	axe := webtest.Axe(t)
	w := newWorld(t)
	ctx := webtest.Chromium(t)
	before := w.web.URL + "/franceconnect/static/franceconnect.css"
	for name, page := range map[string]string{
		"choice": w.request("ui_locales=fr"), "choice-en": w.request("ui_locales=en", "scope=openid"),
		"error": w.web.URL + "/franceconnect/api/v2/authorize?lang=fr&client_id=inconnu&redirect_uri=" + url.QueryEscape(back),
	} {
		found, err := webtest.Judge(ctx, axe, before, page)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range found {
			t.Errorf("%s: %s", name, f)
		}
		dir := os.Getenv("SOCLE_FC_LOOK")
		if dir == "" {
			continue
		}
		for device, width := range map[string]int64{"phone": 390, "desk": 1440} {
			for _, theme := range []string{"clair", "sombre"} {
				must(t, chromedp.Do(ctx, webtest.Viewport(width), chromedp.Navigate(webtest.With(page, "theme", theme))))
				shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
				must(t, err)
				must(t, os.WriteFile(filepath.Join(dir, name+"-"+theme+"-"+device+".png"), shot, 0o644))
			}
		}
	}
}
