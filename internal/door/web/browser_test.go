package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/socle-sante/socle/internal/door/web/webtest"
)

// TestAccessible asks axe about every page, light and dark, on a phone and on a desk, and checks
// that no page is wider than its screen, 320 pixels included.
func TestAccessible(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	axe := webtest.Axe(t)
	w := newWorld(t)
	record := "/patient/" + string(w.dominique.ID)
	doc := w.door.DocumentPath(w.dominique.ID, w.documents["bio-DOMINIQUE-9"])
	n1 := w.door.DocumentPath(w.dominique.ID, w.documents["n1-11490-0"])
	mine := func(p string) string { return "/mon-espace" + strings.TrimPrefix(p, record) }
	const gp, me = "medecin-generaliste", "citoyen-1"
	w.judge(t, axe, []visit{
		{"", "/"}, {"", "/connexion"}, {"", "/demonstration/courrier"},
		{gp, "/accueil"}, {gp, "/recherche"}, {gp, record}, {gp, record + "?type=bio&lang=en"},
		{gp, doc}, {gp, doc + "?vue=texte&lang=fr"}, {gp, doc + "?vue=original"}, {gp, n1},
		{gp, record + "/biologie"}, {gp, record + "/courbe?code=4548-4"}, {gp, record + "/acces?qui=tous"},
		{gp, "/nulle-part"}, {gp, "/accueil?densite=compact"},
		{"infirmier", record},
		{me, "/mon-espace"}, {me, mine(doc)}, {me, mine(n1)}, {me, "/mon-espace/acces"}, {me, fmt.Sprintf("/mon-espace/acces/%d", w.leafOf(w.dominique))},
		{me, "/mon-espace/reglages"}, {me, "/mon-espace/biologie?lang=en"}, {me, "/mon-espace/courbe?code=718-7&lang=fr"},
	})
}

// TestAccessibleDesk asks the same of the desk, the directory, the structure and the account.
func TestAccessibleDesk(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	axe := webtest.Axe(t)
	w := newWorld(t)
	w.administer()
	v := w.desk()
	desk := v.create(catarina...)
	v.get("/annuaire?nom=martin")
	pro := addressOf(v.last, "/annuaire/professionnel/")
	v.get("/annuaire?quoi=structure&nom=cabinet")
	place := addressOf(v.last, "/annuaire/structure/")
	v.get("/structure")
	member := addressOf(v.last, "/structure/membre/")
	v.send("/structure/delegation", "a", w.secr.IDNat, "jusqu", "2026-06-01")
	dominique := "/identite/" + string(w.dominique.ID)
	const gp, me = "medecin-generaliste", "citoyen-1"
	w.judge(t, axe, []visit{
		{gp, "/identites"}, {gp, "/identites/nouvelle"}, {gp, "/identites/lecture"}, {gp, desk}, {gp, desk + "?ouvrir=piece&lang=en"}, {gp, dominique + "?lang=fr"}, {gp, dominique + "/fiche"},
		{gp, desk + "/fusion?avec=" + string(w.dominique.ID)}, {gp, desk + "/fusion"}, {gp, "/structure"}, {"administrateur", "/structure"}, {gp, member}, {gp, "/compte"},
		{gp, "/annuaire?nom=m"}, {me, "/annuaire?quoi=structure&nom=c"}, {me, pro}, {me, place}, {"secretaire", "/accueil"}, {"secretaire", desk},
	})
}

type visit struct{ who, path string }

// judge opens pages as who they are for.
func (w *world) judge(t *testing.T, axe string, pages []visit) {
	t.Helper()
	ctx := webtest.Chromium(t)
	for _, p := range pages {
		login := w.server.URL + "/"
		if p.who != "" {
			login = w.server.URL + w.door.LoginPath(p.who)
		}
		found, err := webtest.Judge(ctx, axe, login, w.server.URL+p.path)
		if err != nil {
			t.Fatalf("%s: %v", w.short(p.path), err)
		}
		for _, f := range found {
			t.Errorf("%s (%s): %s", w.short(p.path), p.who, f)
		}
	}
}

// TestComforts tries what the script adds: j and k walk the timeline, a curve says its values.
func TestComforts(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	w := newWorld(t)
	ctx := webtest.Chromium(t)
	record := w.server.URL + "/patient/" + string(w.dominique.ID)
	must(t, chromedp.Do(ctx, webtest.Viewport(1440), chromedp.Navigate(w.server.URL+w.door.LoginPath("medecin-generaliste")), chromedp.Navigate(record),
		chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("k")))
	first, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.activeElement === document.querySelector(".doc-link")`))
	must(t, err)
	if !first {
		t.Error("j j k does not stand on the first document")
	}
	must(t, chromedp.Do(ctx, chromedp.Navigate(record+"/courbe?code=4548-4")))
	words, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => { const c = document.querySelector("[data-chart]"), b = c.getBoundingClientRect();
		c.dispatchEvent(new PointerEvent("pointermove", {clientX: b.right - 5, clientY: b.top + 40, bubbles: true})); return c.querySelector(".tip text").textContent })()`))
	must(t, err)
	if !strings.Contains(words, "%") || !strings.Contains(words, "2026") {
		t.Errorf("the curve says %q", words)
	}
}
