package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// doorName is how the journal names the pages.
const doorName = "web"

// maxForm bounds a posted form: a few fields of words.
const maxForm = 64 << 10

// maxLetterForm bounds a letter: all the words its page takes, each written as a form writes it.
const maxLetterForm = 512 << 10

// request is one request on its way to a page.
type request struct {
	d      *Door
	w      http.ResponseWriter
	r      *http.Request
	s      *session // nil when signed out
	caller dmp.Caller
	lang   string
	theme  string // "", "clair", "sombre"
	dense  bool
	status int

	holding bool // a picture is held in memory

	visitID string // of a browser met for the first time
}

type page func(*request) error

// Refusals of the pages themselves.
var (
	errNoPage = &finding.Refusal{ID: "WEB-PAGE", Kind: finding.NotFound,
		Message: finding.T("Cette page n'existe pas, ou n'est pas la vôtre.", "This page does not exist, or is not yours."),
		Fix:     finding.T("Revenez à l'accueil.", "Go back to the home page.")}
	errForm = &finding.Refusal{ID: "WEB-FORMULAIRE", Kind: finding.Forbidden,
		Message: finding.T("Ce formulaire ne vient pas de votre session.", "This form does not come from your session."),
		Fix:     finding.T("Rien n'a été changé. Rouvrez la page et recommencez.", "Nothing was changed. Open the page again and retry.")}
	errSignedOut = errors.New("signed out")
)

// open serves a page to anyone, signed in or not.
func (d *Door) open(p page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, p) }
}

// professional serves a page to professionals; to others it does not exist.
func (d *Door) professional(p page) http.HandlerFunc {
	return d.open(func(q *request) error {
		if q.s == nil {
			return errSignedOut
		}
		if q.caller.Citizen {
			return errNoPage
		}
		return p(q)
	})
}

// citizen serves a page of the personal space.
func (d *Door) citizen(p page) http.HandlerFunc {
	return d.open(func(q *request) error {
		if q.s == nil {
			return errSignedOut
		}
		if !q.caller.Citizen {
			return errNoPage
		}
		return p(q)
	})
}

// serve does what every page needs: headers, session, preferences, the token of forms, errors.
func (d *Door) serve(w http.ResponseWriter, r *http.Request, p page) {
	q := &request{d: d, w: w, r: r, status: http.StatusOK}
	securityHeaders(w.Header())
	q.preferences()
	defer func() {
		if q.holding {
			<-d.pictures
		}
	}()
	defer func() {
		if v := recover(); v != nil {
			d.Log.Error("page failed", "path", r.Pattern, "panic", v, "stack", string(debug.Stack()))
			q.fail(dmp.ErrStore)
		}
	}()
	if err := q.identify(); err != nil {
		q.fail(err)
		return
	}
	if err := q.checkForm(); err != nil {
		q.fail(err)
		return
	}
	if err := p(q); err != nil {
		q.fail(err)
	}
}

// securityHeaders: nothing from elsewhere, nothing inline, no framing but our own PDF frame.
func securityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "+
		"frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	// Nothing leaves this site; "no-referrer" would also blank the Origin of forms sent by script.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("Cache-Control", "no-store")
}

// identify finds the session and who it is for, now.
func (q *request) identify() error {
	s := q.d.sessions.of(q.r)
	if s == nil {
		return nil
	}
	c, err := q.d.Actor(s.subject)
	if ref := finding.As(err); ref != nil { // they no longer exist: the session neither
		q.d.sessions.end(s)
		return nil
	}
	if err != nil {
		return err
	}
	c.Door = doorName
	q.s, q.caller = s, c
	return nil
}

// checkForm refuses a posted form that does not carry the token of its session, or that another
// site sent.
// spec: OWASP ASVS 4.0 4.2.2
func (q *request) checkForm() error {
	if q.r.Method == http.MethodGet || q.r.Method == http.MethodHead {
		return nil
	}
	public := q.r.URL.Path == controlPath || q.r.URL.Path == messageControlPath // for anyone, and changes nothing
	if q.s == nil && !public && !strings.HasPrefix(q.r.URL.Path, connexionPath+"/") {
		return errSignedOut
	}
	if site := q.r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return errForm
	}
	if o := q.r.Header.Get("Origin"); o != "" {
		u, err := url.Parse(o)
		if err != nil || u.Host != q.r.Host {
			return errForm
		}
	}
	if public {
		return nil // the page reads the body itself, within its own bounds
	}
	if isPicture(q.r) {
		if err := q.parsePicture(); err != nil {
			return err
		}
		return q.checkToken()
	}
	most := int64(maxForm)
	if strings.HasPrefix(q.r.URL.Path, mailPath+"/") || strings.HasPrefix(q.r.URL.Path, citizenMailPath+"/") {
		most = maxLetterForm
	}
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, most)
	if err := q.r.ParseForm(); err != nil {
		return errForm
	}
	return q.checkToken()
}

func (q *request) checkToken() error {
	if q.s == nil && q.visitor() || q.s != nil && q.d.formTokenOf(q.s, q.r.PostForm.Get("jeton")) {
		return nil
	}
	return errForm
}

// preferences reads language, theme and density: from the address when the visitor has just
// chosen (and keeps them in a cookie), else from the cookie, else from the browser.
func (q *request) preferences() {
	const year = 365 * 24 * 3600
	get := func(name string, allowed ...string) string {
		if v := q.r.URL.Query().Get(name); v != "" {
			for _, a := range allowed {
				if v == a {
					setCookie(q.w, q.r, "socle_"+name, v, year, true)
					return v
				}
			}
		}
		if c, err := q.r.Cookie("socle_" + name); err == nil {
			for _, a := range allowed {
				if c.Value == a {
					return a
				}
			}
		}
		return ""
	}
	q.lang = get("lang", "fr", "en")
	if q.lang == "" {
		q.lang = "fr" // French first, whatever the browser says: the field's language
	}
	q.theme = get("theme", "auto", "clair", "sombre")
	q.dense = get("densite", "confort", "compact") == "compact"
}

// as gives the caller with the mode of access declared for one record.
func (q *request) as(p ins.PersonID) dmp.Caller {
	c := q.caller
	if v, _ := q.s.visitOf(p, q.d.Now()); v.mode != "" {
		c.Mode, c.ModeReason = v.mode, v.reason
	}
	return c
}

func (q *request) urgent(p ins.PersonID) bool {
	m := q.as(p).Mode
	return m == acces.BrisDeGlace || m == acces.Centre15
}

// redirect answers 303 to an address of ours.
func (q *request) redirect(to string) error {
	http.Redirect(q.w, q.r, to, http.StatusSeeOther)
	return nil
}

// home is where somebody lands.
func (q *request) homePath() string {
	switch {
	case q.s == nil:
		return "/"
	case q.caller.Citizen:
		return "/mon-espace"
	}
	return "/accueil"
}

// local keeps only an address inside these pages.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
		return ""
	}
	return to
}

var kindStatus = map[finding.Kind]int{
	finding.Invalid: 400, finding.Unauthenticated: 401, finding.Forbidden: 403, finding.NotFound: 404, finding.Conflict: 409,
	finding.Gone: 410, finding.TooLarge: 413, finding.Busy: 503, finding.Unavailable: 503, finding.Internal: 500,
}

// fail answers an error. What is not the reader's and what never existed are the same page.
func (q *request) fail(err error) {
	if errors.Is(err, errSignedOut) {
		to := "/"
		if q.r.Method == http.MethodGet {
			to += "?suite=" + url.QueryEscape(q.r.URL.RequestURI())
		}
		if wantsJSON(q.r) {
			q.w.Header().Set("Content-Type", "application/json")
			q.w.WriteHeader(http.StatusUnauthorized)
			_, _ = q.w.Write([]byte(`{"error":"signed out"}` + "\n"))
			return
		}
		_ = q.redirect(to)
		return
	}
	ref := finding.As(err)
	if ref == nil {
		q.d.Log.Error("page failed", "path", q.r.Pattern, "err", err)
		ref = dmp.ErrStore
	}
	if ref.Kind == finding.NotFound || ref.ID == acces.RefusPasVotreDossier {
		ref = errNoPage
	}
	q.status = kindStatus[ref.Kind]
	if q.status == 0 {
		q.status = http.StatusInternalServerError
	}
	if q.status >= 500 {
		q.d.Log.Error("page refused", "path", q.r.Pattern, "refusal", slog.AnyValue(ref))
	}
	if wantsJSON(q.r) {
		q.w.Header().Set("Content-Type", "application/json")
		q.w.WriteHeader(q.status)
		_, _ = q.w.Write([]byte(`{"error":"` + ref.ID + `"}` + "\n"))
		return
	}
	if e := q.render("error", errorPage{ID: ref.ID, Message: ref.Message.In(q.lang), Fix: ref.Fix.In(q.lang), Status: q.status}); e != nil {
		q.d.Log.Error("error page failed", "err", e)
		http.Error(q.w, ref.ID, q.status)
	}
}

type errorPage struct {
	ID, Message, Fix string
	Status           int
}

func wantsJSON(r *http.Request) bool {
	a := r.Header.Get("Accept")
	return strings.Contains(a, "application/json") && !strings.Contains(a, "text/html")
}

// render writes a page; nothing is sent before it is whole.
func (q *request) render(name string, data any) error {
	set := q.d.pages[q.lang]
	var b bytes.Buffer
	if err := set.execute(&b, name, q.view(name, data)); err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", q.lang)
	h.Set("Vary", "Cookie, Accept, Accept-Encoding")
	if !acceptsGzip(q.r) {
		q.w.WriteHeader(q.status)
		_, err := q.w.Write(b.Bytes())
		return err
	}
	h.Set("Content-Encoding", "gzip")
	q.w.WriteHeader(q.status)
	z := gzips.Get().(*gzip.Writer)
	defer gzips.Put(z)
	z.Reset(q.w)
	if _, err := z.Write(b.Bytes()); err != nil {
		return err
	}
	return z.Close()
}

// gzips are compressors at rest: making one costs more than a page.
var gzips = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	return z
}}

func acceptsGzip(r *http.Request) bool {
	for _, e := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(e), ";")
		if strings.TrimSpace(name) == "gzip" {
			return strings.TrimSpace(quality) != "q=0"
		}
	}
	return false
}

// forget drops what the session has opened: the person signed out, or rights changed.
func (q *request) forget() {
	q.d.opened.forget(q.s.id)
	q.s.mu.Lock()
	q.s.followed = nil
	q.s.mu.Unlock()
}
