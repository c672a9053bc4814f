package web_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/socle-sante/socle/format/datamatrix"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/ins/registre"
	"github.com/socle-sante/socle/internal/door/web/webtest"
)

// desk is the world with the registers of a sandbox, and the general practitioner at the desk.
func (w *world) desk() *visitor {
	w.door.INSi = registre.Sandbox()
	return w.visitor("medecin-generaliste")
}

// last address of a visitor after redirects.
func (v *visitor) send(path string, kv ...string) (code int, at string) {
	v.t.Helper()
	form := url.Values{"jeton": {v.token()}}
	for i := 0; i+1 < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
	}
	r := v.do("POST", path, form)
	return r.StatusCode, r.Request.URL.Path
}

// catarina is a published test identity as a document shows it.
var catarina = []string{"nom", "Tchitchi", "prenom", "Catarina", "prenoms", "Catarina", "sexe", "F", "naissance", "21/06/1936", "lieu", "63220"}

func with(list []string, kv ...string) []string { return append(append([]string{}, list...), kv...) }

// create makes an identity at the desk and gives the address of its page.
func (v *visitor) create(fields ...string) string {
	v.t.Helper()
	v.get("/identites/nouvelle")
	code, at := v.send("/identites/nouvelle", with(fields, "action", "creer")...)
	if code != 200 || !strings.HasPrefix(at, "/identite/") {
		v.t.Fatalf("not created: %d %s", code, at)
	}
	return at
}

// TestDeskToQualified follows somebody from nothing to a printed Datamatrix, which is read again.
// spec: INS §3, §7
func TestDeskToQualified(t *testing.T) {
	w := newWorld(t)
	v := w.desk()
	v.get("/identites")
	if v.post("/identites", "nom", "Tch") != 200 {
		t.Error("the search fails")
	}
	v.shows(t, "demande une date de naissance")
	v.post("/identites", "naissance", "21/06/1936", "nom", "tch")
	v.shows(t, "0 personne trouvée", "puis créez l&#39;identité")
	v.post("/identites/nouvelle", "action", "preparer", "naissance", "1936-06-21", "nom", "tch")
	v.shows(t, `value="21/06/1936"`)
	at := v.create(catarina...)
	v.shows(t, "Pourquoi cette identité n&#39;est pas qualifiée", "L&#39;INS n&#39;a pas été récupérée", "Aucune pièce d&#39;identité", "L&#39;identité est créée")
	v.send(at+"/insi", "action", "recherche")
	v.shows(t, "récupérée", "2\u202f36\u202f06\u202f63\u202f220\u202f836", "CATARINA BELLA", "attachée à l&#39;identité")
	// A document that validates nothing, then one from the future, then the right one.
	v.send(at+"/piece", "piece", "VITALE", "piece-date", "2026-03-12")
	v.shows(t, "ne valide pas l&#39;identité")
	if code, _ := v.send(at+"/piece", "piece", "CNI", "piece-date", "2031-01-01"); code != 400 || !strings.Contains(v.last, "dans le futur") || !strings.Contains(v.last, `value="2031-01-01"`) {
		t.Errorf("a date to come: %d", code)
	}
	v.get(at + "/fiche")
	v.shows(t, "ni matricule ni Datamatrix")
	if strings.Contains(v.last, "2 36 06 63") {
		t.Error("the matricule of an identity that is not qualified is printed")
	}
	v.get(at)
	v.send(at+"/piece", "piece", "CNI", "piece-date", "2026-03-12")
	v.shows(t, "L&#39;identité est maintenant qualifiée", "Cette identité est qualifiée", "carte nationale d&#39;identité")
	v.send(at+"/insi", "action", "verification")
	v.shows(t, "INSi confirme")
	v.get(at + "/fiche")
	v.shows(t, "2\u202f36\u202f06\u202f63\u202f220\u202f836", `<svg xmlns="http://www.w3.org/2000/svg"`, "TCHITCHI")
	// The journal of the identity names who did what.
	v.get(at)
	v.shows(t, "INS confirmée par INSi", "Dr Claire MARTIN-LEROUX", "récupérée → <b>qualifiée</b>")
	// The search finds it by matricule too, and no address holds a name or a number.
	v.get("/identites")
	if _, to := v.send("/identites", "ins", "2 36 06 63 220 836 56"); to != "/identites" || !strings.Contains(v.last, "1 personne trouvée") {
		t.Error("not found by matricule")
	}
	v.post("/identites", "ins", "123")
	v.shows(t, `class="notice bad"`)
	// The picture of the symbol leads back to the person.
	p := w.found(ins.Search{BirthDate: "1936-06-21"})
	symbol, err := ins.Symbol(p)
	must(t, err)
	v.get("/identites/lecture")
	if code := v.picture(v.token(), pngOf(t, symbol)); code != 200 {
		t.Fatalf("reading: %d", code)
	}
	v.shows(t, "tout concorde", "TCHITCHI", at)
	// A correction by hand takes the INS away.
	v.get(at)
	v.send(at+"/traits", with(catarina, "naissance", "22/06/1936", "motif", "relu sur la pièce")...)
	v.shows(t, "validée", "Un trait strict a été modifié depuis", "Date de naissance")
	v.send(at+"/insi", "action", "recherche")
	v.shows(t, "INSi ne trouve personne")
	v.send(at+"/complements", "nom-utilise", "Martin", "telephone", "0100000000", "ipp", "IPP-7", "ipp-autorite", "1.2.9")
	v.shows(t, "MARTIN", "0100000000", "IPP-7")
	if code, _ := v.send(at+"/attributs", "attribut", "douteuse", "etat", "oui"); code != 400 {
		t.Errorf("a doubt without a reason: %d", code)
	}
	v.send(at+"/attributs", "attribut", "douteuse", "etat", "oui", "motif", "deux visages")
	v.shows(t, "provisoire", "Un doute est signalé", "INSi ne peut être interrogé")
	v.send(at+"/attributs", "attribut", "douteuse", "etat", "non", "motif", "levé")
	v.send(at+"/attributs", "attribut", "homonyme", "etat", "oui", "motif", "même nom")
	v.shows(t, "homonyme")
	if code, _ := v.send(at+"/attributs", "attribut", "parfait", "etat", "oui"); code != 404 {
		t.Errorf("an unknown mark: %d", code)
	}
}

func (w *world) found(s ins.Search) *ins.Person {
	w.t.Helper()
	list, err := w.dmp.SearchPersons(w.t.Context(), w.doctor(), s)
	must(w.t, err)
	if len(list) == 0 {
		w.t.Fatal("nobody found")
	}
	return list[0]
}

func pngOf(t testing.TB, s *datamatrix.Symbol) []byte {
	b, err := s.PNG(6)
	must(t, err)
	return b
}

// picture sends an image to be read.
func (v *visitor) picture(token string, data []byte) int {
	v.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	if token != "" {
		must(v.t, m.WriteField("jeton", token))
	}
	f, err := m.CreateFormFile("image", "code.png")
	must(v.t, err)
	_, err = f.Write(data)
	must(v.t, err)
	must(v.t, m.Close())
	req, err := http.NewRequest("POST", v.base+"/identites/lecture", &b)
	must(v.t, err)
	req.Header.Set("Content-Type", m.FormDataContentType())
	r, err := v.Do(req)
	must(v.t, err)
	defer r.Body.Close()
	page, err := io.ReadAll(r.Body)
	must(v.t, err)
	v.last = string(page)
	return r.StatusCode
}

// TestPictures: what is not a picture, what is too big, what has no token, what nobody carries.
func TestPictures(t *testing.T) {
	w := newWorld(t)
	v := w.desk()
	r := v.do("GET", "/identites/lecture", nil)
	if p := r.Header.Get("Permissions-Policy"); !strings.Contains(p, "camera=(self)") {
		t.Error("the camera is closed on its page:", p)
	}
	if p := v.do("GET", "/identites", nil).Header.Get("Permissions-Policy"); !strings.Contains(p, "camera=()") {
		t.Error("the camera is open elsewhere:", p)
	}
	v.get("/identites/lecture")
	token := v.token()
	if code := v.picture("", nil); code != 403 {
		t.Errorf("without a token: %d", code)
	}
	if code := v.picture(token, []byte("rien")); code != 400 || !strings.Contains(v.last, "INS-IMAGE") {
		t.Errorf("no picture: %d", code)
	}
	var white bytes.Buffer
	must(t, png.Encode(&white, image.NewGray(image.Rect(0, 0, 200, 200))))
	if code := v.picture(token, white.Bytes()); code != 400 || !strings.Contains(v.last, "INS-IMAGE-SANS-CODE") {
		t.Errorf("no code: %d", code)
	}
	if code := v.picture(token, bytes.Repeat([]byte("x"), 9<<20)); code != 413 || !strings.Contains(v.last, "8 Mio") {
		t.Errorf("too big: %d", code)
	}
	s := must1(ins.Symbol(&ins.Person{Status: ins.Qualifiee, INS: registre.Published()[1].INS, Traits: registre.Published()[1].Traits}))
	if code := v.picture(token, pngOf(t, s)); code != 200 || !strings.Contains(v.last, "Personne ne porte ce matricule ici") {
		t.Errorf("nobody here: %d", code)
	}
	v.shows(t, `name="nom" value="TCHITCHI"`, "CATARINA BELLA")
	out := w.visitor("")
	if code := out.picture("x", nil); code != 200 || !strings.Contains(out.last, "welcome") {
		t.Errorf("signed out: %d", code)
	}
	if me := w.visitor("citoyen-1"); me.get("/identites") != 404 || me.get("/identite/"+string(w.maxime.ID)) != 404 || me.get("/structure") != 404 || me.get("/compte") != 404 {
		t.Error("the desk is open to a citizen")
	}
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestWhatINSiSaysIsCompared: what differs is shown, and attached only when somebody accepts that very answer.
// spec: INS §6, §8
func TestWhatINSiSaysIsCompared(t *testing.T) {
	w := newWorld(t)
	v := w.desk()
	// The list INSi answers does not begin with the given name known here.
	at := v.create(with(catarina, "prenom", "Bella", "prenoms", "Bella")...)
	v.send(at+"/insi", "action", "recherche")
	v.shows(t, "Réponse d&#39;INSi à comparer", "Rien n&#39;est encore attaché", "Premier prénom, lu sur la pièce", "différent", "2\u202f36\u202f06\u202f63\u202f220\u202f836")
	seen := regexp.MustCompile(`name="vue" value="([^"]+)"`).FindStringSubmatch(v.last)[1]
	if code, _ := v.send(at+"/insi", "action", "accepter", "prenom", "CATARINA", "vue", "une autre"); code != 409 || !strings.Contains(v.last, "INS-CHANGEE") {
		t.Errorf("an answer nobody compared: %d", code)
	}
	v.send(at+"/insi", "action", "accepter", "prenom", "CATARINA", "vue", seen)
	v.shows(t, "récupérée", "CATARINA BELLA")
	// Another identity cannot have the same matricule: the way leads to the one that has it.
	v.get("/identites/nouvelle")
	v.send("/identites/nouvelle", with(catarina, "action", "creer")...)
	v.shows(t, "ressemble", "J&#39;ai comparé", "Rien n&#39;est encore créé")
	_, other := v.send("/identites/nouvelle", with(catarina, "action", "creer", "compare", "oui")...)
	if other == at || !strings.HasPrefix(other, "/identite/") {
		t.Fatalf("not created after comparison: %s", other)
	}
	if code, _ := v.send(other+"/insi", "action", "recherche"); code != 409 || !strings.Contains(v.last, "INS-DEJA-PORTEE") || !strings.Contains(v.last, at) {
		t.Errorf("the same matricule twice: %d", code)
	}
	// Two homonyms only the birth place tells apart, a failure, nobody to ask.
	twin := v.create("nom", "Homonymie", "prenom", "Camille", "sexe", "F", "naissance", "05/05/1985", "lieu", "99999")
	v.send(twin+"/insi", "action", "recherche")
	v.shows(t, "plusieurs personnes (02)")
	down := v.create("nom", "Panne", "prenom", "Camille", "sexe", "F", "naissance", "01/01/1990", "lieu", "63220")
	if code, _ := v.send(down+"/insi", "action", "recherche"); code != 503 || !strings.Contains(v.last, "INSI-INJOIGNABLE") {
		t.Errorf("INSi down: %d", code)
	}
	w.door.INSi = nil
	v.get(down)
	v.shows(t, "n&#39;est pas configuré")
	if code, _ := v.send(down+"/insi", "action", "recherche"); code != 503 {
		t.Errorf("nobody to ask: %d", code)
	}
	// What is wrong stays on the form.
	v.get("/identites/nouvelle")
	if code, _ := v.send("/identites/nouvelle", with(catarina, "nom", "Tch1tchi", "naissance", "01/02/1950", "action", "creer")...); code != 400 || !strings.Contains(v.last, "Tch1tchi") || !strings.Contains(v.last, `role="alert"`) {
		t.Errorf("a digit in a name: %d", code)
	}
}

// TestDeskMerges merges two identities of one person and gives them back.
// spec: INS §8
func TestDeskMerges(t *testing.T) {
	w := newWorld(t)
	v := w.desk()
	keep := v.create(catarina...)
	v.send(keep+"/insi", "action", "recherche")
	v.get("/identites/nouvelle")
	_, lose := v.send("/identites/nouvelle", with(catarina, "nom", "Tchichi", "action", "creer", "compare", "oui")...)
	id := strings.TrimPrefix(lose, "/identite/")
	v.get(keep)
	v.shows(t, "Doublons possibles", keep+"/fusion?avec="+id)
	v.get(keep + "/fusion")
	v.shows(t, "Identités qui lui ressemblent")
	v.send(keep+"/fusion", "action", "chercher", "naissance", "21/06/1936")
	v.shows(t, keep+"/fusion?avec="+id)
	v.get(keep + "/fusion?avec=" + id)
	v.shows(t, "TCHICHI", "TCHITCHI", "différent", "Ce qui va se passer", "l&#39;autre mène à elle pour toujours")
	if code, _ := v.send(keep+"/fusion", "absorbe", id, "motif", "doublon"); code != 409 || !strings.Contains(v.last, "INS-FUSION") {
		t.Errorf("traits that nobody compared: %d", code)
	}
	if code, _ := v.send(keep+"/fusion", "absorbe", id, "traits_compares", "oui"); code != 400 || !strings.Contains(v.last, "INS-MOTIF") {
		t.Errorf("without a reason: %d", code)
	}
	v.send(keep+"/fusion", "absorbe", id, "traits_compares", "oui", "motif", "doublon")
	v.shows(t, "n&#39;en font plus qu&#39;une", "Identités fusionnées dans celle-ci")
	v.get(lose)
	v.shows(t, "fusionnée dans une autre", `href="`+keep+`"`)
	v.get(keep)
	v.send(keep+"/separation", "absorbe", id, "motif", "erreur")
	v.shows(t, "Les deux identités sont séparées", "Une identité en est séparée")
	if v.get(lose); strings.Contains(v.last, "fusionnée dans une autre, qui compte") {
		t.Error("still merged")
	}
	// A form from elsewhere, or without the token of the session, changes nothing.
	for _, header := range [][]string{{"Origin", "https://ailleurs.exemple"}, {"Sec-Fetch-Site", "cross-site"}, {}} {
		form := url.Values{"absorbe": {id}, "traits_compares": {"oui"}, "motif": {"x"}}
		if len(header) > 0 {
			form.Set("jeton", v.token())
		}
		v.get(keep)
		if r := v.do("POST", keep+"/fusion", form, header...); r.StatusCode != 403 {
			t.Errorf("%v: %d", header, r.StatusCode)
		}
		v.get(keep)
	}
	if code := v.get("/identite/personne"); code != 404 {
		t.Errorf("nobody: %d", code)
	}
}

// TestPrintedSymbolIsReadElsewhere gives the printed symbol to dmtxread.
func TestPrintedSymbolIsReadElsewhere(t *testing.T) {
	if _, err := exec.LookPath("dmtxread"); err != nil {
		t.Skip("dmtxread is absent (apt install dmtx-utils)")
	}
	if testing.Short() {
		t.Skip("short: no browser")
	}
	w := newWorld(t)
	ctx := webtest.Within(webtest.Chromium(t), t, time.Minute)
	must(t, chromedp.Do(ctx, webtest.Viewport(1440), chromedp.Navigate(w.server.URL+w.door.LoginPath("medecin-generaliste")), chromedp.Navigate(w.server.URL+"/identite/"+string(w.dominique.ID)+"/fiche")))
	shot, err := chromedp.Run(ctx, chromedp.Screenshot(".symbol svg"))
	must(t, err)
	file := filepath.Join(t.TempDir(), "symbol.png")
	must(t, os.WriteFile(file, shot, 0o600))
	out, err := exec.Command("dmtxread", "-n", "-m", "10000", file).Output()
	if err != nil || !strings.Contains(string(out), "279035121518989") || !strings.Contains(string(out), "PAT-TROIS") {
		t.Errorf("dmtxread: %v %q", err, out)
	}
}

// TestDeskInChromium goes from the search to a comparison by clicks, on a phone.
func TestDeskInChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	w := newWorld(t)
	w.door.INSi = registre.Sandbox()
	ctx := webtest.Within(webtest.Chromium(t), t, time.Minute)
	press := func(sel string) chromedp.Action[chromedp.Void] {
		return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			quoted, _ := json.Marshal(sel)
			_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector(`+string(quoted)+`).click() === undefined`))
			return err
		})
	}
	must(t, chromedp.Do(ctx, webtest.Viewport(390), chromedp.Navigate(w.server.URL+w.door.LoginPath("medecin-generaliste")), chromedp.Navigate(w.server.URL+"/identites"),
		chromedp.SetValue("#naissance", "21/06/1936"), chromedp.SetValue("#nom", "Tchitchi"), press("main form[role=search] button"), chromedp.WaitVisible(".next-step"),
		press(".next-step button"), chromedp.WaitVisible("#t-prenom"),
		chromedp.SetValue("#t-prenom", "Bella"), chromedp.SetValue("#t-sexe", "F"), chromedp.SetValue("#t-lieu", "63220"), press("form .actions button:last-of-type"), chromedp.WaitVisible(".reasons"),
		press(".reasons form button"), chromedp.WaitVisible(".compare")))
	text, err := chromedp.Run(ctx, chromedp.Text("main"))
	must(t, err)
	if !strings.Contains(text, "CATARINA BELLA") {
		t.Errorf("no comparison: %s", text)
	}
	must(t, chromedp.Do(ctx, chromedp.SetValue("#prenom", "Catarina"), press(`form[action$="/insi"] button`), chromedp.WaitVisible(".past"),
		press("#piece details summary"), chromedp.SetValue("#e-piece", "PASSEPORT"), press("#piece form button"), chromedp.WaitVisible(".why-panel .l-qualifiee")))
}

// TestCameraReads shows a symbol to the camera of the page: what it sees is sent and read.
func TestCameraReads(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	w := newWorld(t)
	symbol, err := ins.Symbol(w.dominique)
	must(t, err)
	ctx := webtest.Within(webtest.Chromium(t), t, time.Minute)
	// A camera that looks at the symbol: a canvas whose stream stands for it.
	camera := `(async () => {
		const i = new Image(); i.src = "data:image/png;base64,` + base64.StdEncoding.EncodeToString(pngOf(t, symbol)) + `"; await i.decode();
		const c = document.createElement("canvas"); c.width = 960; c.height = 720; const g = c.getContext("2d");
		setInterval(() => { g.fillStyle = "#ddd"; g.fillRect(0, 0, 960, 720); g.drawImage(i, 300, 200); }, 40);
		navigator.mediaDevices.getUserMedia = async () => c.captureStream(25);
		document.querySelector("[data-camera]").click();
		const v = document.querySelector("video");
		for (let n = 0; n < 100 && !(v.videoWidth && v.currentTime > 0.1); n++) await new Promise((r) => setTimeout(r, 50));
		document.querySelector("[data-shot]").click();
		return true })()`
	must(t, chromedp.Do(ctx, webtest.Viewport(390), chromedp.Navigate(w.server.URL+w.door.LoginPath("medecin-generaliste")), chromedp.Navigate(w.server.URL+"/identites/lecture")))
	_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](camera, chromedp.EvalAwaitPromise))
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.WaitVisible(".notice.good")))
	text, err := chromedp.Run(ctx, chromedp.Text("main"))
	must(t, err)
	if !strings.Contains(text, "PAT-TROIS") || !strings.Contains(text, "tout concorde") {
		t.Errorf("the camera read: %s", text)
	}
}
