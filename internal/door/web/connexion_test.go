package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/socle-sante/socle/internal/door/web/webtest"
)

// stranger is a browser without script.
type stranger struct {
	t *testing.T
	w *world
	*http.Client
	page string
}

func (w *world) stranger(t *testing.T) *stranger {
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &stranger{t: t, w: w, Client: &http.Client{Jar: jar}}
}

func (v *stranger) get(path string) (status int, at string) {
	v.t.Helper()
	r, err := v.Get(v.w.server.URL + path)
	must(v.t, err)
	return v.read(r)
}

func (v *stranger) read(r *http.Response) (int, string) {
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	must(v.t, err)
	v.page = string(b)
	return r.StatusCode, r.Request.URL.Path
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)"`)

// post sends the hidden fields of the page read last, with others.
func (v *stranger) post(path string, fields ...string) (status int, at string) {
	v.t.Helper()
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(v.page, -1) {
		form.Set(m[1], m[2])
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r, err := v.PostForm(v.w.server.URL+path, form)
	must(v.t, err)
	return v.read(r)
}

var sixDigits = regexp.MustCompile(`<strong class="code">(\d{6})</strong>`)

func TestOneTimeCode(t *testing.T) {
	w := newWorld(t)
	letters := func() []string {
		box := w.stranger(t)
		box.get("/demonstration/courrier")
		var codes []string
		for _, m := range sixDigits.FindAllStringSubmatch(box.page, -1) {
			codes = append(codes, m[1])
		}
		return codes
	}
	v := w.stranger(t)
	v.get(w.door.LoginPath("citoyen-1"))
	v.get("/mon-espace/reglages")
	if s, _ := v.post("/mon-espace/reglages/adresse", "adresse", "pas une adresse"); s != http.StatusBadRequest {
		t.Errorf("an address that is none: %d", s)
	}
	v.get("/mon-espace/reglages")
	if s, _ := v.post("/mon-espace/reglages/adresse", "adresse", "Dominique@Exemple.fr"); s != http.StatusOK || !strings.Contains(v.page, "Confirmer votre adresse") {
		t.Fatalf("no proof is asked: %d", s)
	}
	if s, _ := v.post("/mon-espace/reglages/adresse/confirmer", "code", "000000"); s != http.StatusUnauthorized {
		t.Errorf("a wrong proof: %d", s)
	}
	if s, at := v.post("/mon-espace/reglages/adresse/confirmer", "code", letters()[0]); s != http.StatusOK || at != "/mon-espace/reglages" || !strings.Contains(v.page, "Une adresse est enregistrée") {
		t.Fatalf("address not kept: %d %s", s, at)
	}
	w.later(time.Minute)
	ask := func(v *stranger, mail, birth string) string {
		before := len(letters())
		v.get("/connexion?suite=/mon-espace/acces")
		v.post("/connexion/code", "adresse", mail, "naissance", birth)
		if codes := letters(); len(codes) > before {
			return codes[0]
		}
		return ""
	}
	other := w.stranger(t)
	// The page is the same for an address nobody has, and for the wrong birth date; no code leaves.
	if ask(other, "personne@exemple.fr", "28/03/1979") != "" {
		t.Error("a code left for an address nobody has")
	}
	unknown := plain(other.page)
	if ask(other, "dominique@exemple.fr", "29/03/1979") != "" {
		t.Error("a code left for the wrong birth date")
	}
	if got := strings.ReplaceAll(plain(other.page), "dominique@", "personne@"); got != unknown {
		t.Errorf("the page tells accounts apart:\n%s\n%s", got, unknown)
	}
	code := ask(other, "dominique@exemple.fr", "28/03/1979")
	if code == "" {
		t.Fatal("no code left")
	}
	if s, at := other.post("/connexion/code/verifier", "code", "000001"); s != http.StatusUnauthorized || at != "/connexion/code/verifier" {
		t.Errorf("a wrong code: %d %s", s, at)
	}
	token := hidden.FindAllStringSubmatch(other.page, -1)
	if s, at := other.post("/connexion/code/verifier", "code", code[:3]+" "+code[3:]); s != http.StatusOK || at != "/mon-espace/acces" {
		t.Fatalf("the right code: %d %s", s, at)
	}
	// A code serves once, and a form of another browser is refused.
	again := w.stranger(t)
	again.get("/connexion")
	form := url.Values{"code": {code}}
	for _, m := range token {
		form.Set(m[1], m[2])
	}
	r, err := again.PostForm(w.server.URL+"/connexion/code/verifier", form)
	must(t, err)
	if s, _ := again.read(r); s != http.StatusForbidden {
		t.Errorf("the form of another browser: %d", s)
	}
	// The fourth demand for one address within a quarter of an hour waits.
	if ask(again, "dominique@exemple.fr", "28/03/1979"); strings.Contains(again.page, "Trop d'essais") {
		t.Error("braked too early")
	}
	if ask(again, "dominique@exemple.fr", "28/03/1979"); !strings.Contains(again.page, "Trop d&#39;essais") {
		t.Error("no brake on demands for codes")
	}
	w.later(16 * time.Minute)
	if s, _ := again.post("/connexion/code/verifier", "code", code); s == http.StatusOK {
		t.Error("an old code still serves")
	}
}

// plain drops what differs from one page to the next by chance.
func plain(page string) string {
	_, page, _ = strings.Cut(page, "<main")
	return regexp.MustCompile(`name="(jeton|demande)" value="[^"]*"`).ReplaceAllString(page, "$1")
}

// TestPasskey makes a key in Chromium's virtual authenticator, signs in with it, and removes it.
func TestPasskey(t *testing.T) {
	if testing.Short() {
		t.Skip("short: no browser")
	}
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(webtest.Chromium(t), time.Minute)
	defer cancel()
	u := w.server.URL
	must(t, chromedp.Do(ctx, webtest.Viewport(390), chromedp.Navigate(u+w.door.LoginPath("citoyen-1"))))
	_, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{})
	must(t, err)
	_, err = chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
		HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	must(t, err)
	text := func(sel string) string {
		s, err := chromedp.Run(ctx, chromedp.Text(sel))
		must(t, err)
		return s
	}
	// press clicks what is seen: a button hidden on a phone fails the test.
	press := func(sel string) chromedp.Action[chromedp.Void] {
		return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			if err := chromedp.Do(ctx, chromedp.WaitVisible(sel)); err != nil {
				return fmt.Errorf("%s is not seen: %w", sel, err)
			}
			_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector(`+strconv.Quote(sel)+`).click() === undefined`))
			return err
		})
	}
	const remove = `form[action="/mon-espace/reglages/cle/retirer"] button`
	must(t, chromedp.Do(ctx, chromedp.Navigate(u+"/mon-espace/reglages"), chromedp.SetValue("#cle-nom", "Mon téléphone"),
		press("form[data-passkey-new] button"), chromedp.WaitVisible(remove)))
	if listed := text("#connexion"); !strings.Contains(listed, "Mon téléphone") {
		t.Fatalf("the key is not listed: %s", listed)
	}
	must(t, chromedp.Do(ctx, press("details.who summary"), press(`form[action="/deconnexion"] button`), chromedp.WaitVisible(".welcome"),
		chromedp.Navigate(u+"/connexion?suite=/mon-espace/reglages"), press("form[data-passkey] button"), chromedp.WaitVisible(remove)))
	if listed := text("#connexion"); !strings.Contains(listed, "dernière connexion") {
		t.Errorf("signed in, but the key was not used: %s", listed)
	}
	must(t, chromedp.Do(ctx, press(remove), chromedp.WaitVisible("#connexion .empty-line")))
}
