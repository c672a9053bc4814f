package psc

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/psc"
)

//go:embed templates/*.html static/*
var files embed.FS

// pages holds one set of templates per language and page.
type pages map[string]*template.Template

// Pages and what they are about.
type (
	signInPage struct {
		Client, Hint, Action, Token, Card string
		Demo                              []DemoLogin
		Problem                           string
	}
	waitPage struct {
		Digits, Client, Again string
	}
	ecpsAsk struct {
		ID, Client, Digits string
		Card               bool
		Seconds            int
		Since              time.Time
	}
	ecpsPage struct {
		Path, Token, State, Said string
		Asks                     []ecpsAsk
	}
	logoutPage struct {
		Action, Token, Client string
		Fields                url.Values
		SignedIn              bool
	}
	formPost struct {
		Action string
		Fields url.Values
	}
	errorPage struct {
		*finding.Refusal
		Status int
	}
)

// view is what a template sees.
type view struct {
	Lang, Other, OtherHref string
	Theme                  string // clair, sombre, "" as the machine
	Name                   string
	Style, Script          string
	House                  string
	Refresh                int // seconds, without script
	P                      any
}

// refreshSeconds is how often a waiting page looks again without script.
const refreshSeconds = 4

func loadPages() pages {
	out := pages{}
	for _, name := range []string{"signin", "wait", "ecps", "logout", "loggedout", "form_post", "error", "refusal"} {
		for _, lang := range []string{"fr", "en"} {
			out[lang+"/"+name] = template.Must(template.New("").Funcs(template.FuncMap{
				"t":    func(key string, args ...any) string { return say(lang, key, args...) },
				"in":   func(x finding.Text) string { return x.In(lang) },
				"lang": func() string { return lang },
			}).ParseFS(files, "templates/_layout.html", "templates/"+name+".html"))
		}
	}
	return out
}

// languageOf is the one chosen, then the one the software asks for, then French.
func (d *Door) languageOf(w http.ResponseWriter, r *http.Request) string {
	const year = 365 * 24 * 3600
	switch l := r.URL.Query().Get("lang"); l {
	case "fr", "en":
		d.setCookie(w, r, "socle_lang", l, year)
		return l
	}
	if l := cookieOf(r, "socle_lang"); l == "fr" || l == "en" {
		return l
	}
	if strings.HasPrefix(r.URL.Query().Get("ui_locales"), "en") {
		return "en"
	}
	return "fr"
}

// themeOf is the one chosen on the pages of the house.
func (d *Door) themeOf(w http.ResponseWriter, r *http.Request) string {
	const year = 365 * 24 * 3600
	asked := r.URL.Query().Get("theme")
	switch asked {
	case "auto", "clair", "sombre":
		d.setCookie(w, r, "socle_theme", asked, year)
	default:
		asked = cookieOf(r, "socle_theme")
	}
	if asked == "clair" || asked == "sombre" {
		return asked
	}
	return ""
}

// render writes a page. target is another site that a form of the page may end at, or "".
func (d *Door) render(w http.ResponseWriter, r *http.Request, status int, name, target string, p any) {
	lang := d.languageOf(w, r)
	v := view{Lang: lang, Other: map[string]string{"fr": "en", "en": "fr"}[lang], Name: name, House: d.HouseStyle, P: p, Theme: d.themeOf(w, r)}
	base := authPath + "/static/"
	if strings.HasPrefix(r.URL.Path, psc.RealmPath) || strings.HasPrefix(r.URL.Path, cardPath) { // the https host
		base, v.House = psc.RealmPath+"/static/", ""
	}
	v.Style, v.Script = base+"psc.css?"+assetHash("psc.css"), base+"psc.js?"+assetHash("psc.js")
	q := r.URL.Query()
	q.Set("lang", v.Other)
	v.OtherHref = r.URL.Path + "?" + q.Encode()
	if s, ok := p.(signInPage); ok { // the request is kept: its own address is shorter, and good after a POST
		v.OtherHref = s.Action + "?lang=" + v.Other
	}
	if name == "wait" || name == "ecps" {
		v.Refresh = refreshSeconds
	}
	var b bytes.Buffer
	if err := d.pages[lang+"/"+name].ExecuteTemplate(&b, "page", v); err != nil {
		d.Log.Error("page failed", "page", name, "err", err)
		http.Error(w, psc.ErrInternal.Sentence(lang), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang)
	// Browsers apply form-action to the redirection after a form too: the software's own address
	// must be named where a form ends there.
	h.Set("Content-Security-Policy", strings.TrimSpace("default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+target))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes())
	}
}

// failPage explains a refusal to a person.
func (d *Door) failPage(w http.ResponseWriter, r *http.Request, err error) {
	ref := finding.As(err)
	if ref == nil {
		d.Log.Error("psc", "path", r.Pattern, "err", err)
		ref = psc.ErrInternal
	}
	status := ref.Kind.HTTPStatus()
	if ref.ID == psc.ErrThrottled.ID {
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(d.Provider.RetryAfter().Seconds())))
	}
	d.render(w, r, status, "error", "", errorPage{ref, status})
}

// signInPage shows how one may sign in.
func (d *Door) signInPage(w http.ResponseWriter, r *http.Request, p *psc.Pending, problem error) {
	page := signInPage{Client: p.Request.Client.Name, Hint: p.Request.LoginHint, Action: authPath + "/demande/" + p.ID, Token: d.formToken(r, p.Browser, p.ID)}
	if d.Card != nil {
		page.Card = d.Provider.MTLS + cardPath + p.ID
	}
	for _, x := range d.Demo {
		sep := "?"
		if strings.Contains(x.Href, "?") {
			sep = "&"
		}
		x.Href += sep + "suite=" + url.QueryEscape(authPath+"/suite/"+p.ID)
		page.Demo = append(page.Demo, x)
	}
	status := http.StatusOK
	if ref := finding.As(problem); ref != nil {
		lang := d.languageOf(w, r)
		page.Problem = ref.Message.In(lang) + " " + ref.Fix.In(lang)
		status = ref.Kind.HTTPStatus()
		if ref.ID == psc.ErrThrottled.ID {
			status = http.StatusTooManyRequests
			w.Header().Set("Retry-After", strconv.Itoa(int(d.Provider.RetryAfter().Seconds())))
		}
	}
	// The form may end at the software at once, when the professional gives up.
	d.render(w, r, status, "signin", origin(p.Request.RedirectURI), page)
}

func assetHash(name string) string {
	b, _ := files.ReadFile("static/" + name)
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:6])
}

// static serves the style and the small script of these pages.
func (d *Door) static(w http.ResponseWriter, r *http.Request) {
	types := map[string]string{"psc.css": "text/css; charset=utf-8", "psc.js": "text/javascript; charset=utf-8"}
	name := r.PathValue("file")
	b, err := files.ReadFile("static/" + name)
	if err != nil || types[name] == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", types[name])
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(b)
}
