// Package webtest tries pages in a real browser: it opens Chromium, asks axe about accessibility,
// and measures whether a page is wider than its screen. Tests of the pages and of the whole
// program use it; the program does not.
//
// Standards: WCAG 2.2 AA as axe-core 4.14 judges it. A tool that is absent skips the test and says
// so; in CI (CI=true) its absence is a failure. Start with Chromium, then Judge.
package webtest

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

// Chromium opens a browser with a fresh profile, closed at the end of the test.
func Chromium(t testing.TB) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		LeaveOut(t, "chromium is absent: the pages were not tried in a browser")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	alloc, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		LeaveOut(t, "chromium does not start: "+err.Error())
	}
	return ctx
}

// Within bounds what is done in a browser: an element that never comes must not hang a test.
func Within(ctx context.Context, t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(ctx, d)
	t.Cleanup(cancel)
	return ctx
}

// LeaveOut skips a test for want of a tool, or fails it in CI.
func LeaveOut(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// Axe reads axe-core, that scripts/tools puts in .cache/axe.
func Axe(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(shareddata.Root(t), ".cache", "axe", "axe.min.js"))
	if err != nil {
		LeaveOut(t, "axe-core is absent (.cache/axe/axe.min.js, make tools): accessibility was not checked")
	}
	return string(b)
}

const runAxe = `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]})
	.then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => ({target: n.target, failureSummary: n.failureSummary}))}))))`

// widest names the innermost elements that stand out of the screen, scrolling regions apart.
const widest = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
	&& !e.closest(".scroll, pre, .n-body, .tabs, .filters, svg")).map(e => e.tagName + "." + e.className).slice(-4).join(" ")`

// Judge signs in at an address, opens a page light and dark, on a phone and on a desk, and gives
// what axe finds; then it measures the page on a screen of 320 pixels. No answer is a good answer.
func Judge(ctx context.Context, axe, login, page string) ([]string, error) {
	var out []string
	for _, width := range []int64{390, 1440} {
		for _, theme := range []string{"clair", "sombre"} {
			found, err := judge(ctx, axe, login, With(page, "theme", theme), width)
			if err != nil {
				return out, fmt.Errorf("%d px, %s: %w", width, theme, err)
			}
			for _, f := range found {
				out = append(out, fmt.Sprintf("%d px, %s: %s", width, theme, f))
			}
		}
	}
	if err := chromedp.Do(ctx, Viewport(320), chromedp.Navigate(page)); err != nil {
		return out, err
	}
	wide, err := TooWide(ctx)
	if wide != "" {
		out = append(out, "320 px: "+wide)
	}
	return out, err
}

// TooWide says by how much the page that is open stands out of its screen, and what does; "" is well.
func TooWide(ctx context.Context) (string, error) {
	over, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
	if err != nil || over <= 0 {
		return "", err
	}
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[string](widest))
	return fmt.Sprintf("%v px too wide: %s", over, wide), err
}

func judge(ctx context.Context, axe, login, page string, width int64) ([]string, error) {
	if err := chromedp.Do(ctx, Viewport(width), chromedp.Navigate(login), chromedp.Navigate(page)); err != nil {
		return nil, err
	}
	return Found(ctx, axe)
}

// Found gives what axe finds in the page that is open.
func Found(ctx context.Context, axe string) ([]string, error) {
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](axe+";0")); err != nil {
		return nil, err
	}
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, err
	}
	var list []struct {
		ID, Help string
		Nodes    []struct {
			Target  []any
			Summary string `json:"failureSummary"`
		}
	}
	if err := json.Unmarshal([]byte(raw), &list); err != nil {
		return nil, err
	}
	var out []string
	for _, v := range list {
		for i, n := range v.Nodes {
			if i < 3 {
				out = append(out, fmt.Sprintf("%s: %s %v: %s", v.ID, v.Help, n.Target, n.Summary))
			}
		}
	}
	return out, nil
}

// Viewport is a phone under 500 pixels, a desk above.
func Viewport(width int64) chromedp.Action[chromedp.Void] {
	if width < 500 {
		return chromedp.EmulateViewport(width, 844, chromedp.EmulateMobile)
	}
	return chromedp.EmulateViewport(width, 900)
}

// With adds a parameter to an address.
func With(address, name, value string) string {
	sep := "?"
	if strings.Contains(address, "?") {
		sep = "&"
	}
	return address + sep + name + "=" + value
}
