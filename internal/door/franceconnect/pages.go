package franceconnect

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
	"github.com/socle-sante/socle/internal/domain/franceconnect"
)

//go:embed templates/*.html static/*
var files embed.FS

// pages holds one set of templates per language and page.
type pages map[string]*template.Template

// Pages and what they are about.
type (
	choicePage struct {
		Client, Action, Token string
		People                []person
		Told                  []string // names of the claims the service will read
		Level                 string
	}
	person struct {
		Handle, Name, Born string
		Woman              bool
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
	Name, Style            string
	P                      any
}

func loadPages() pages {
	out := pages{}
	for _, name := range []string{"choice", "error", "out"} {
		for _, lang := range []string{"fr", "en"} {
			out[lang+"/"+name] = template.Must(template.New("").Funcs(template.FuncMap{
				"t":  func(key string, args ...any) string { return say(lang, key, args...) },
				"in": func(x finding.Text) string { return x.In(lang) },
			}).ParseFS(files, "templates/_layout.html", "templates/"+name+".html"))
		}
	}
	return out
}

// choice is the page where a visitor says whom to continue as.
func (d *Door) choice(w http.ResponseWriter, r *http.Request, p *franceconnect.Pending) {
	a := p.Request
	page := choicePage{Client: a.Client.Name, Action: askPath + p.ID, Token: d.formToken(p), Told: franceconnect.Told(a.Scope), Level: a.Level}
	lang := languageOf(w, r)
	for _, who := range d.Provider.People(a) {
		page.People = append(page.People, person{Handle: d.Provider.Handle(who), Name: who.Name, Born: born(who.Pivot.BirthDate, lang), Woman: who.Pivot.Gender == "female"})
	}
	d.render(w, r, http.StatusOK, "choice", origin(a.RedirectURI), page)
}

// born writes a birth date as people do.
func born(date, lang string) string {
	t, err := time.Parse("2006-01-02", date)
	switch {
	case err != nil:
		return date
	case lang == "en":
		return t.Format("2 January 2006")
	}
	return t.Format("02/01/2006")
}

// languageOf is the one chosen, then the one the service asks for, then French.
func languageOf(w http.ResponseWriter, r *http.Request) string {
	return chosen(w, r, "lang", map[string]string{"fr": "fr", "en": "en"}, "socle_lang", map[bool]string{true: "en", false: "fr"}[strings.HasPrefix(r.URL.Query().Get("ui_locales"), "en")])
}

// themeOf is the one chosen on the pages of the house.
func themeOf(w http.ResponseWriter, r *http.Request) string {
	t := chosen(w, r, "theme", map[string]string{"auto": "auto", "clair": "clair", "sombre": "sombre"}, "socle_theme", "")
	if t == "auto" {
		return ""
	}
	return t
}

// chosen reads a choice in the address, which is then kept, or the one kept before.
func chosen(w http.ResponseWriter, r *http.Request, parameter string, of map[string]string, cookie, otherwise string) string {
	if v, ok := of[r.URL.Query().Get(parameter)]; ok {
		http.SetCookie(w, &http.Cookie{Name: cookie, Value: v, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil})
		return v
	}
	if v, ok := of[cookieOf(r, cookie)]; ok {
		return v
	}
	return otherwise
}

// render writes a page. target is another site that a form of the page ends at, or "".
func (d *Door) render(w http.ResponseWriter, r *http.Request, status int, name, target string, p any) {
	lang := languageOf(w, r)
	v := view{Lang: lang, Other: map[string]string{"fr": "en", "en": "fr"}[lang], Theme: themeOf(w, r), Name: name, Style: staticPath + styleName + "?" + styleHash, P: p}
	if c, ok := p.(choicePage); ok { // the request is kept: its own address is shorter, and good after a POST
		v.OtherHref = c.Action + "?lang=" + v.Other
	} else {
		q := r.URL.Query()
		q.Set("lang", v.Other)
		v.OtherHref = (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()
	}
	var b bytes.Buffer
	if err := d.pages[lang+"/"+name].ExecuteTemplate(&b, "page", v); err != nil {
		d.Log.Error("page failed", "page", name, "err", err)
		http.Error(w, franceconnect.ErrInternal.Sentence(lang), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang)
	// Browsers apply form-action to the redirection after a form too: the service's own address
	// must be named where a form ends there.
	h.Set("Content-Security-Policy", strings.TrimSpace("default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+target))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// failPage explains a refusal to a person.
func (d *Door) failPage(w http.ResponseWriter, r *http.Request, err error) {
	ref := d.refusal(r, err)
	status := ref.Kind.HTTPStatus()
	if ref.ID == franceconnect.ErrThrottled.ID {
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(d.Provider.RetryAfter().Seconds())))
	}
	d.render(w, r, status, "error", "", errorPage{ref, status})
}

const styleName = "franceconnect.css"

var styleSheet, styleHash = func() ([]byte, string) {
	b, err := files.ReadFile("static/" + styleName)
	if err != nil {
		panic(err) // it is part of the program
	}
	h := sha256.Sum256(b)
	return b, hex.EncodeToString(h[:6])
}()

// static serves the style of these pages.
func static(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("file") != styleName {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(styleSheet)
}
