package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/ins"
)

// visitor is a browser without script.
type visitor struct {
	*http.Client
	t    testing.TB
	base string
	last string // body of the last page
}

func (w *world) visitor(persona string) *visitor {
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	v := &visitor{Client: &http.Client{Jar: jar}, t: w.t, base: w.server.URL}
	if persona != "" {
		if code := v.get(w.door.LoginPath(persona)); code != http.StatusOK {
			w.t.Fatalf("sign in as %s: %d", persona, code)
		}
	}
	return v
}

func (v *visitor) do(method, path string, form url.Values, header ...string) *http.Response {
	v.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, v.base+path, body)
	must(v.t, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := v.Do(req)
	must(v.t, err)
	b, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	must(v.t, err)
	v.last = string(b)
	return resp
}

func (v *visitor) get(path string, header ...string) int {
	v.t.Helper()
	return v.do("GET", path, nil, header...).StatusCode
}

var tokenField = regexp.MustCompile(`name="jeton" value="([^"]+)"`)

// token takes the token of the forms of the last page.
func (v *visitor) token() string {
	m := tokenField.FindStringSubmatch(v.last)
	if m == nil {
		v.t.Fatal("the page has no form")
	}
	return m[1]
}

// post fills a form of the last page.
func (v *visitor) post(path string, kv ...string) int {
	v.t.Helper()
	form := url.Values{"jeton": {v.token()}}
	for i := 0; i+1 < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
	}
	return v.do("POST", path, form).StatusCode
}

func (v *visitor) shows(t *testing.T, words ...string) {
	t.Helper()
	for _, s := range words {
		if !strings.Contains(v.last, s) {
			t.Errorf("the page does not show %q", s)
		}
	}
}

func record(p *ins.Person) string { return "/patient/" + string(p.ID) }

// TestOneOpeningIsOneReading: the page, its tabs, its PDF are one line of the journal; opening
// again, or downloading the original, is another.
func TestOneOpeningIsOneReading(t *testing.T) {
	w := newWorld(t)
	v := w.visitor("medecin-generaliste")
	e := w.documents["n1-11490-0"]
	path := w.door.DocumentPath(w.dominique.ID, e)
	if code := v.get(path); code != 200 {
		t.Fatalf("%d", code)
	}
	v.shows(t, "DARC", "Hélène FAURE", "15 février 2026", e.UniqueID)
	frame := regexp.MustCompile(`src="(/piece/[^"]+)"`).FindStringSubmatch(v.last)
	if frame == nil {
		t.Fatal("no PDF frame")
	}
	resp := v.do("GET", frame[1], nil)
	if resp.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(v.last, "%PDF") {
		t.Errorf("the PDF is %s", resp.Header.Get("Content-Type"))
	}
	v.get(path + "?vue=original")
	v.get(path + "?vue=texte&lang=en")
	if n := w.reads(w.dominique, e.UniqueID); n != 1 {
		t.Errorf("one opening wrote %d readings", n)
	}
	resp = v.do("GET", path+"/original", nil)
	if d := resp.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || int64(len(v.last)) != e.Size {
		t.Errorf("the original: %s, %d bytes of %d", d, len(v.last), e.Size)
	}
	v.get(path)
	if n := w.reads(w.dominique, e.UniqueID); n != 3 {
		t.Errorf("page, original, page again wrote %d readings", n)
	}
	// The signed address is good for its session and its time only.
	if code := w.visitor("medecin-generaliste").get(frame[1]); code != 404 {
		t.Errorf("another session opens the PDF: %d", code)
	}
	w.later(11 * time.Minute)
	if code := v.get(frame[1]); code != 404 {
		t.Errorf("an old address opens the PDF: %d", code)
	}
}

// TestNotYours: what is somebody else's and what never existed are the same page.
func TestNotYours(t *testing.T) {
	w := newWorld(t)
	other := w.documents["bio-MAXIME-3"]
	token := strings.TrimPrefix(other.LogicalID, "urn:uuid:")
	citizen, pro, nurse := w.visitor("citoyen-1"), w.visitor("medecin-generaliste"), w.visitor("infirmier")
	for _, c := range []struct {
		v            *visitor
		theirs, none string
	}{
		{citizen, "/mon-espace/document/" + token, "/mon-espace/document/00000000-0000-4000-8000-000000000000"},
		{citizen, record(w.maxime), "/patient/00000000-0000-7000-8000-000000000000"},
		{citizen, "/accueil", "/rien"},
		{pro, "/mon-espace/acces", "/mon-espace/rien"},
		{pro, record(w.dominique) + "/document/" + token, record(w.dominique) + "/document/x"},
		{nurse, record(w.dominique) + "/document/" + strings.TrimPrefix(w.documents["n1-11490-0"].LogicalID, "urn:uuid:"), record(w.dominique) + "/document/x"},
		{citizen, fmt.Sprintf("/mon-espace/acces/%d", w.leafOf(w.maxime)), "/mon-espace/acces/999999"},
	} {
		a := c.v.get(c.theirs)
		theirs := c.v.last
		b := c.v.get(c.none)
		none := c.v.last
		if a != b || a != 404 && a != 403 || theirs != none {
			t.Errorf("%s answers %d, %s answers %d, or otherwise", w.short(c.theirs), a, w.short(c.none), b)
		}
	}
	stranger := w.visitor("")
	stranger.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, path := range []string{record(w.dominique), "/mon-espace", "/mon-espace/acces", w.door.DocumentPath(w.dominique.ID, other)} {
		if code := stranger.get(path); code != 303 || strings.Contains(stranger.last, "<title>") {
			t.Errorf("%s signed out: %d", w.short(path), code)
		}
	}
	if code := stranger.get("/mon-espace/acces", "Accept", "application/json"); code != 401 {
		t.Errorf("JSON signed out: %d", code)
	}
}

// TestForms: without the token of the session a form changes nothing.
func TestForms(t *testing.T) {
	w := newWorld(t)
	v := w.visitor("citoyen-1")
	e := w.documents["bio-DOMINIQUE-9"]
	path := "/mon-espace/document/" + strings.TrimPrefix(e.LogicalID, "urn:uuid:")
	v.get(path)
	good := v.token()
	other := w.visitor("citoyen-1")
	other.get(path)
	for name, c := range map[string]struct {
		token  string
		header []string
	}{
		"absent": {"", nil}, "altered": {good[:len(good)-2] + "xx", nil}, "of another session": {other.token(), []string{"Origin", w.server.URL}},
		"from another site": {good, []string{"Origin", "https://ailleurs.example"}}, "fetched across sites": {good, []string{"Sec-Fetch-Site", "cross-site"}},
	} {
		form := url.Values{"action": {"masquer"}}
		if c.token != "" {
			form.Set("jeton", c.token)
		}
		if resp := v.do("POST", path+"/visibilite", form, c.header...); resp.StatusCode != 403 {
			t.Errorf("a token %s answers %d", name, resp.StatusCode)
		}
	}
	v.get(path)
	if strings.Contains(v.last, "demasquer") {
		t.Error("the document was hidden all the same")
	}
}

// TestHideAndShow: a citizen hides a document with its consequence, the nurse of the team no
// longer finds it, the citizen undoes it.
func TestHideAndShow(t *testing.T) {
	w := newWorld(t)
	nurse := w.visitor("infirmier")
	if code := nurse.get(record(w.dominique)); code != 403 {
		t.Fatalf("the nurse enters without authorisation: %d", code)
	}
	if code := nurse.post(record(w.dominique)+"/autorisation", "consentement", "oui"); code != 200 {
		t.Fatalf("authorisation: %d", code)
	}
	e := w.documents["n1-11490-0"]
	token := strings.TrimPrefix(e.LogicalID, "urn:uuid:")
	nurse.shows(t, token)
	v := w.visitor("citoyen-1")
	v.get("/mon-espace/document/" + token)
	v.shows(t, "Vous pourrez le remontrer")
	if code := v.post("/mon-espace/document/"+token+"/visibilite", "action", "masquer"); code != 200 {
		t.Fatalf("hide: %d", code)
	}
	v.shows(t, "Ce document est masqué aux professionnels.", "Annuler")
	nurse.get(record(w.dominique))
	if strings.Contains(nurse.last, token) {
		t.Error("the nurse still sees the document")
	}
	if code := nurse.get(record(w.dominique) + "/document/" + token); code != 404 {
		t.Errorf("the nurse opens it: %d", code)
	}
	gp := w.visitor("medecin-generaliste")
	gp.get(record(w.dominique))
	gp.shows(t, token, "masqué")
	if code := v.post("/mon-espace/document/"+token+"/visibilite", "action", "demasquer"); code != 200 {
		t.Fatalf("show: %d", code)
	}
	nurse.get(record(w.dominique))
	nurse.shows(t, token)
	v.get("/mon-espace/acces")
	v.shows(t, "Yann LE GOFF", "a déclaré son autorisation", "refusé", "vérifier")
}

// TestEmergency: break-glass opens for its reason, is marked, and ends; the person may oppose it.
func TestEmergency(t *testing.T) {
	w := newWorld(t)
	nurse := w.visitor("infirmier")
	nurse.get(record(w.dominique))
	if code := nurse.post(record(w.dominique)+"/urgence", "mode", "bris_de_glace"); code != 400 {
		t.Errorf("without a reason: %d", code)
	}
	nurse.get(record(w.dominique))
	if code := nurse.post(record(w.dominique)+"/urgence", "mode", "bris_de_glace", "motif", "malaise sur la voie publique"); code != 200 {
		t.Fatalf("break-glass: %d", code)
	}
	nurse.shows(t, "malaise sur la voie publique", "Terminer l")
	v := w.visitor("citoyen-1")
	v.get("/mon-espace/acces")
	v.shows(t, "malaise sur la voie publique", "urgence")
	v.get("/mon-espace/reglages")
	if code := v.post("/mon-espace/reglages/urgence", "choix", "bris_de_glace", "opposition", "oui"); code != 200 {
		t.Fatalf("opposition: %d", code)
	}
	v.shows(t, "Le bris de glace est refusé.", "Annuler")
	if code := nurse.get(record(w.dominique)); code != 403 {
		t.Errorf("the nurse stays in: %d", code)
	}
}

// TestChoices: block, undo, close, reopen.
func TestChoices(t *testing.T) {
	w := newWorld(t)
	v, gp := w.visitor("citoyen-1"), w.visitor("medecin-generaliste")
	v.get("/mon-espace/reglages")
	v.shows(t, "Claire MARTIN-LEROUX", "médecin traitant")
	v.post("/mon-espace/reglages/professionnel", "professionnel", w.gp.IDNat, "action", "bloquer")
	v.shows(t, "est bloqué.", "Annuler")
	if code := gp.get(record(w.dominique)); code != 403 || !strings.Contains(gp.last, "ACC-REFUS-BLOQUE") {
		t.Errorf("the blocked doctor: %d", code)
	}
	v.post("/mon-espace/reglages/professionnel", "professionnel", w.gp.IDNat, "action", "autoriser", "mt", "oui")
	if code := gp.get(record(w.dominique)); code != 200 {
		t.Errorf("undo does not give back: %d", code)
	}
	if code := v.post("/mon-espace/reglages/dossier", "action", "fermer"); code != 400 {
		t.Errorf("closed without confirmation: %d", code)
	}
	v.get("/mon-espace/reglages")
	v.post("/mon-espace/reglages/dossier", "action", "fermer", "compris", "oui")
	v.get("/mon-espace")
	v.shows(t, "pas ouvert")
	v.get("/mon-espace/reglages")
	v.post("/mon-espace/reglages/dossier", "action", "ouvrir")
	if code := gp.get(record(w.dominique)); code != 200 {
		t.Errorf("reopened: %d", code)
	}
}

// TestAccessesAsJSON: stable pages, one entry for each reading.
func TestAccessesAsJSON(t *testing.T) {
	w := newWorld(t)
	gp := w.visitor("medecin-generaliste")
	e := w.documents["bio-DOMINIQUE-5"]
	for range 250 {
		gp.get(w.door.DocumentPath(w.dominique.ID, e))
	}
	v := w.visitor("citoyen-1")
	type page struct {
		Accesses []struct {
			Time, Actor, Role, Action, Outcome string
			UniqueID                           string `json:"unique_id"`
		}
		Next string
	}
	seen, reads, path := 0, 0, "/mon-espace/acces"
	for path != "" {
		var p page
		if code := v.get(path, "Accept", "application/json"); code != 200 {
			t.Fatalf("%d %s", code, v.last)
		}
		must(t, json.Unmarshal([]byte(v.last), &p))
		for _, a := range p.Accesses {
			seen++
			if a.Action == "read" && a.UniqueID == e.UniqueID {
				reads++
			}
			if _, err := time.Parse(time.RFC3339, a.Time); err != nil || a.Outcome == "" {
				t.Fatalf("%+v", a)
			}
		}
		if path = p.Next; path != "" {
			path = "/mon-espace/acces" + path
		}
	}
	if reads != 250 || seen <= 250 {
		t.Errorf("%d readings of %d accesses", reads, seen)
	}
}

// TestSearch: names travel in the body of a request and come back as an opaque handle.
func TestSearch(t *testing.T) {
	w := newWorld(t)
	v := w.visitor("infirmier")
	v.get("/recherche")
	if code := v.post("/recherche", "naissance", "28/03/1979", "nom", "pat"); code != 200 {
		t.Fatal(code)
	}
	v.shows(t, record(w.dominique), "DARC", "1 personne trouvée")
	v.post("/recherche", "nom", "x")
	v.shows(t, "date de naissance")
	gp := w.visitor("medecin-generaliste")
	gp.get(record(w.dominique))
	gp.post(record(w.dominique), "q", "plaquettes contrôle")
	gp.shows(t, "documents trouvés", "Plaquettes")
	gp.post(record(w.dominique), "q", "zzzz")
	gp.shows(t, "Essayez un mot plus court")
}

// TestNews: what arrived since the last visit is marked, and stays so while the visit lasts.
func TestNews(t *testing.T) {
	w := newWorld(t)
	w.later(time.Hour)
	w.visitor("medecin-generaliste").get(record(w.dominique))
	w.later(24 * time.Hour)
	must(t, w.fresh())
	v := w.visitor("medecin-generaliste")
	v.shows(t, "1 document", "Nouveau pour vous")
	for range 2 {
		v.get(record(w.dominique))
		v.shows(t, `<b class="new">nouveau</b>`, "1 document nouveau")
	}
	v.get(w.door.DocumentPath(w.dominique.ID, w.documents["bio-DOMINIQUE-2"]))
	v.shows(t, `<b class="new">nouveau</b>`)
	w.later(2 * time.Hour)
	again := w.visitor("medecin-generaliste")
	again.get(record(w.dominique))
	if strings.Contains(again.last, `class="new"`) {
		t.Error("it is new for ever")
	}
}

// TestServeHasNoPersona: outside the demo the sign-in route does not exist.
func TestServeHasNoPersona(t *testing.T) {
	w := newWorld(t)
	w.door.Personas = nil
	mux := http.NewServeMux()
	w.door.Register(mux)
	r, _ := http.NewRequest("GET", "http://localhost/connexion/citoyen-1", nil)
	if _, pattern := mux.Handler(r); pattern != "/" {
		t.Errorf("served by %q", pattern)
	}
}

// TestHeadersAndWeight: nothing from elsewhere, nothing inline, and a light first load.
func TestHeadersAndWeight(t *testing.T) {
	w := newWorld(t)
	v := w.visitor("medecin-generaliste")
	resp := v.do("GET", record(w.dominique), nil)
	for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"} {
		if !strings.Contains(resp.Header.Get(name), want) {
			t.Errorf("%s: %q", name, resp.Header.Get(name))
		}
	}
	if regexp.MustCompile(`(?i)<script>|<style|\sstyle=|\son[a-z]+=|https?://`).MatchString(strings.ReplaceAll(v.last, "http://www.w3.org", "")) {
		t.Error("something inline, or from elsewhere")
	}
	total := v.weigh(record(w.dominique))
	for _, m := range regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`).FindAllStringSubmatch(v.last, -1) {
		resp := v.do("GET", m[1], nil)
		if resp.StatusCode != 200 || !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d", m[1], resp.StatusCode)
		}
		total += v.weigh(m[1])
		for _, f := range regexp.MustCompile(`url\((/static/[^)]+)\)`).FindAllStringSubmatch(v.last, -1) {
			total += v.weigh(f[1])
		}
	}
	if total > 150_000 {
		t.Errorf("first load of %d bytes", total)
	}
	v.do("GET", "/connexion/citoyen-1", nil)
	for _, c := range v.Jar.Cookies(&url.URL{Scheme: "http", Host: strings.TrimPrefix(w.server.URL, "http://")}) {
		if c.Name == "socle_session" && len(c.Value) < 40 {
			t.Error("a short session")
		}
	}
}

// weigh counts the bytes of a page as they travel.
func (v *visitor) weigh(path string) int {
	resp := v.do("GET", path, nil, "Accept-Encoding", "gzip")
	if resp.StatusCode != 200 {
		v.t.Errorf("%s: %d", path, resp.StatusCode)
	}
	n := len(v.last)
	v.do("GET", path, nil)
	return n
}

// TestBothLanguages: English pages hold no French of the catalogue, and every page offers the other.
func TestBothLanguages(t *testing.T) {
	w := newWorld(t)
	for who, paths := range map[string][]string{
		"medecin-generaliste": {"/accueil", "/recherche", record(w.dominique), w.door.DocumentPath(w.dominique.ID, w.documents["bio-DOMINIQUE-1"]), record(w.dominique) + "/biologie", record(w.dominique) + "/courbe?code=718-7", record(w.dominique) + "/acces"},
		"citoyen-1":           {"/mon-espace", "/mon-espace/acces", "/mon-espace/reglages", "/mon-espace/biologie", "/introuvable"},
		"infirmier":           {record(w.dominique)},
	} {
		v := w.visitor(who)
		for _, p := range paths {
			sep := "?"
			if strings.Contains(p, "?") {
				sep = "&"
			}
			v.get(p + sep + "lang=en")
			v.shows(t, `<html lang="en"`, `hreflang="fr"`)
			for _, french := range []string{"Chercher", "Mes patients", "depuis", "Qui a vu", "Se déconnecter", "Précédent", "né(e)", "[", "%!"} {
				if text := visible(v.last); strings.Contains(text, french) && french != "[" || strings.Contains(text, "["+"nav.") {
					t.Errorf("%s in English says %q", w.short(p), french)
				}
			}
			v.get(p + sep + "lang=fr")
			v.shows(t, `<html lang="fr"`, `hreflang="en"`)
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

func visible(page string) string { return tags.ReplaceAllString(page, " ") }
