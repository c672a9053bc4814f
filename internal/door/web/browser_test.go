package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/socle-sante/socle/internal/shareddata"
)

// chromium opens a browser, or skips saying what was left out; in CI absence is a failure.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		leaveOut(t, "chromium is absent: the pages were not tried in a browser")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(60*time.Second))
	alloc, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		leaveOut(t, "chromium does not start: "+err.Error())
	}
	return ctx
}

func leaveOut(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// axeSource reads axe-core, that scripts/tools puts in .cache/axe.
func axeSource(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(shareddata.Root(t), ".cache", "axe", "axe.min.js"))
	if err != nil {
		leaveOut(t, "axe-core is absent (.cache/axe/axe.min.js, make tools): accessibility was not checked")
	}
	return string(b)
}

type violation struct {
	ID, Help string
	Nodes    []struct {
		Target  []any
		Summary string `json:"failureSummary"`
	}
}

const runAxe = `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]})
	.then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => ({target: n.target, failureSummary: n.failureSummary}))}))))`

// widest names the innermost elements that stand out of the screen, scrolling regions apart.
const widest = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
	&& !e.closest(".scroll, pre, .n-body, .tabs, .filters, svg")).map(e => e.tagName + "." + e.className).slice(-4).join(" ")`

// TestAccessible asks axe about every page, light and dark, on a phone and on a desk, and checks
// that no page is wider than its screen, 320 pixels included.
func TestAccessible(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	axe := axeSource(t)
	w := newWorld(t)
	ctx := chromium(t)
	record := "/patient/" + string(w.dominique.ID)
	doc := w.door.DocumentPath(w.dominique.ID, w.documents["bio-DOMINIQUE-9"])
	n1 := w.door.DocumentPath(w.dominique.ID, w.documents["n1-11490-0"])
	mine := func(p string) string { return "/mon-espace" + strings.TrimPrefix(p, record) }
	own := w.leafOf(w.dominique)
	for _, p := range []struct{ who, path string }{
		{"", "/"},
		{"medecin-generaliste", "/accueil"}, {"medecin-generaliste", "/recherche"}, {"medecin-generaliste", record}, {"medecin-generaliste", record + "?type=bio&lang=en"},
		{"medecin-generaliste", doc}, {"medecin-generaliste", doc + "?vue=texte&lang=fr"}, {"medecin-generaliste", doc + "?vue=original"}, {"medecin-generaliste", n1},
		{"medecin-generaliste", record + "/biologie"}, {"medecin-generaliste", record + "/courbe?code=4548-4"}, {"medecin-generaliste", record + "/acces?qui=tous"},
		{"medecin-generaliste", "/nulle-part"}, {"medecin-generaliste", "/accueil?densite=compact"},
		{"infirmier", record},
		{"citoyen-1", "/mon-espace"}, {"citoyen-1", mine(doc)}, {"citoyen-1", mine(n1)}, {"citoyen-1", "/mon-espace/acces"}, {"citoyen-1", fmt.Sprintf("/mon-espace/acces/%d", own)},
		{"citoyen-1", "/mon-espace/reglages"}, {"citoyen-1", "/mon-espace/biologie?lang=en"}, {"citoyen-1", "/mon-espace/courbe?code=718-7&lang=fr"},
	} {
		login := w.server.URL + "/connexion/" + p.who
		if p.who == "" {
			login = w.server.URL + "/"
		}
		var found string
		for _, width := range []int64{390, 1440} {
			for _, theme := range []string{"clair", "sombre"} {
				sep := "?"
				if strings.Contains(p.path, "?") {
					sep = "&"
				}
				err := chromedp.Do(ctx, viewport(width), chromedp.Navigate(login), chromedp.Navigate(w.server.URL+p.path+sep+"theme="+theme),
					chromedp.Evaluate[chromedp.Void](axe+";0"))
				if err == nil {
					found, err = chromedp.Run(ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise))
				}
				if err != nil {
					t.Fatalf("%s %d %s: %v", p.path, width, theme, err)
				}
				var list []violation
				must(t, json.Unmarshal([]byte(found), &list))
				for _, v := range list {
					for i, n := range v.Nodes {
						if i < 3 {
							t.Errorf("%s (%s, %d px, %s): %s: %s %v: %s", w.short(p.path), p.who, width, theme, v.ID, v.Help, n.Target, n.Summary)
						}
					}
				}
			}
		}
		over, err := 0.0, chromedp.Do(ctx, viewport(320), chromedp.Navigate(w.server.URL+p.path))
		if err == nil {
			over, err = chromedp.Run(ctx, chromedp.Evaluate[float64](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
		}
		if err != nil || over > 0 {
			wide, _ := chromedp.Run(ctx, chromedp.Evaluate[string](widest))
			t.Errorf("%s: %v px too wide at 320 px: %s (%v)", w.short(p.path), over, wide, err)
		}
	}
}

// viewport is a phone under 500 pixels, a desk above.
func viewport(width int64) chromedp.Action[chromedp.Void] {
	if width < 500 {
		return chromedp.EmulateViewport(width, 844, chromedp.EmulateMobile)
	}
	return chromedp.EmulateViewport(width, 900)
}
