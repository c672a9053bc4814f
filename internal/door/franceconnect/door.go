// Package franceconnect is the door of the fictitious FranceConnect of a demonstration: the page
// where a visitor chooses whom to continue as, and the endpoints that services call.
//
// Standards: those of internal/domain/franceconnect, whose functions it calls. Two muxes: the page
// stands where the browser is (RegisterWeb), token, userinfo, keys and logout are https
// (RegisterSecure). Missing: the official marks, on purpose — nobody must take it for the real one.
// Start at Door.
package franceconnect

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/franceconnect"
)

// Path is where the provider stands, on both hosts.
const Path = "/franceconnect"

// Paths under it.
const (
	apiPath    = Path + franceconnect.APIPath
	askPath    = Path + "/demande/"
	staticPath = Path + "/static/"
)

// maxBody bounds a form.
const maxBody = 32 << 10

// Door serves the provider.
type Door struct {
	Provider *franceconnect.Provider
	Log      *slog.Logger
	// Secret, 32 bytes, signs form tokens.
	Secret  []byte
	Observe func(transaction, outcome string, received int, took time.Duration)

	pages pages
}

// RegisterWeb adds the page, where the browser is.
func (d *Door) RegisterWeb(mux *http.ServeMux) {
	d.prepare()
	mux.HandleFunc("GET "+apiPath+"/authorize", d.authorize)
	mux.HandleFunc("POST "+apiPath+"/authorize", d.authorize)
	mux.HandleFunc("GET "+askPath+"{id}", d.ask)
	mux.HandleFunc("POST "+askPath+"{id}", d.asked)
	mux.HandleFunc("GET "+staticPath+"{file}", static)
}

// RegisterSecure adds what services call, by https.
func (d *Door) RegisterSecure(mux *http.ServeMux) {
	d.prepare()
	for _, p := range []string{Path, apiPath} { // the second is where OpenID Discovery looks, from the issuer
		mux.HandleFunc("GET "+p+oidc.StandardPath, d.observed("discovery", d.discovery))
	}
	mux.HandleFunc("GET "+apiPath+"/jwks", d.observed("jwks", d.jwks))
	mux.HandleFunc("POST "+apiPath+"/token", d.observed("token", d.token))
	mux.HandleFunc("GET "+apiPath+"/userinfo", d.observed("userinfo", d.userinfo))
	mux.HandleFunc("POST "+apiPath+"/userinfo", d.observed("userinfo", d.userinfo))
	mux.HandleFunc("GET "+apiPath+"/session/end", d.logout)
	mux.HandleFunc("POST "+apiPath+"/session/end", d.logout)
	mux.HandleFunc("GET "+staticPath+"{file}", static)
}

func (d *Door) prepare() {
	if d.pages == nil {
		d.pages = loadPages()
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if len(d.Secret) < 32 {
		panic("franceconnect door: a secret of 32 bytes is due")
	}
}

// observed tells the metrics how a request went.
func (d *Door) observed(name string, h func(http.ResponseWriter, *http.Request) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		outcome := h(w, r)
		if d.Observe != nil {
			d.Observe(name, outcome, max(int(r.ContentLength), 0), time.Since(start))
		}
	}
}

func (d *Door) discovery(w http.ResponseWriter, _ *http.Request) string {
	w.Header().Set("Cache-Control", "public, max-age=300")
	writeJSON(w, http.StatusOK, d.Provider.Metadata())
	return "ok"
}

func (d *Door) jwks(w http.ResponseWriter, r *http.Request) string {
	b, err := d.Provider.Keys.JWKS()
	if err != nil {
		return d.fail(w, r, err)
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b)
	return "ok"
}

func (d *Door) token(w http.ResponseWriter, r *http.Request) string {
	f, err := form(w, r)
	if err != nil {
		return d.fail(w, r, err)
	}
	cl, err := d.Provider.Authenticate(r.Header.Get("Authorization"), f, addressOf(r))
	if err != nil {
		return d.fail(w, r, err)
	}
	t, err := d.Provider.Token(cl, f)
	if err != nil {
		return d.fail(w, r, err)
	}
	writeJSON(w, http.StatusOK, t)
	return "ok"
}

// userinfo takes the token in the header only.
// spec: RFC 6750 2.1
func (d *Door) userinfo(w http.ResponseWriter, r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	signed, err := d.Provider.UserInfo(strings.TrimSpace(token))
	if err != nil {
		return d.fail(w, r, err)
	}
	w.Header().Set("Content-Type", "application/jwt")
	_, _ = io.WriteString(w, signed)
	return "ok"
}

// logout sends the browser back to its service.
func (d *Door) logout(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.Method == http.MethodPost {
		f, err := form(w, r)
		if err != nil {
			d.failPage(w, r, err)
			return
		}
		q = f
	}
	to, err := d.Provider.Logout(q)
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if to == "" {
		d.render(w, r, http.StatusOK, "out", "", nil)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// problem is an error as OAuth writes it, with our stable id beside.
// spec: RFC 6749 5.2
type problem struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	ID          string `json:"refusal"`
}

// fail answers an error to software, and gives its id.
func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) string {
	ref := d.refusal(r, err)
	status := ref.Kind.HTTPStatus()
	switch ref.Code {
	case "invalid_client":
		w.Header().Set("WWW-Authenticate", `Basic realm="franceconnect"`)
	case "invalid_token":
		w.Header().Set("WWW-Authenticate", `Bearer realm="franceconnect", error="invalid_token"`)
	}
	if ref.ID == franceconnect.ErrThrottled.ID {
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(d.Provider.RetryAfter().Seconds())))
	}
	writeJSON(w, status, problem{ref.Code, franceconnect.Description(ref), ref.ID})
	return ref.ID
}

func (d *Door) refusal(r *http.Request, err error) *finding.Refusal {
	if ref := finding.As(err); ref != nil {
		return ref
	}
	d.Log.Error("franceconnect", "path", r.Pattern, "err", err)
	return franceconnect.ErrInternal
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
}

var errBody = &finding.Refusal{ID: "FC-FORMULAIRE", Kind: finding.Invalid, Code: "invalid_request", Rule: "RFC 6749 §4.1.3",
	Message: finding.T("Le corps n'est pas un formulaire, ou il est trop long.", "The body is not a form, or is too long."),
	Fix:     finding.T("Envoyez application/x-www-form-urlencoded, moins de 32 Kio.", "Send application/x-www-form-urlencoded, under 32 KiB.")}

// form reads a bounded form.
func form(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/x-www-form-urlencoded" {
		return nil, errBody.At("Content-Type")
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, errBody.At("length")
	}
	v, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, errBody
	}
	return v, nil
}

// addressOf gives where a request comes from, without the port.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// browserCookie is the secret of a browser: a request is answered where it was made.
const browserCookie = "fc_navigateur"

func cookieOf(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil || len(c.Value) > 100 {
		return ""
	}
	return c.Value
}

func setCookie(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: Path, MaxAge: int(life.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil})
}

// browserOf gives the secret of the browser, made at its first visit.
func browserOf(w http.ResponseWriter, r *http.Request) string {
	if v := cookieOf(r, browserCookie); len(v) == 43 {
		return v
	}
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	v := base64.RawURLEncoding.EncodeToString(b)
	setCookie(w, r, browserCookie, v, 24*time.Hour)
	return v
}

// formToken binds a form to a browser and a request.
// spec: OWASP ASVS 4.0 4.2.2
func (d *Door) formToken(p *franceconnect.Pending) string {
	h := hmac.New(sha256.New, d.Secret)
	h.Write([]byte("franceconnect\x00form\x00" + p.Browser + "\x00" + p.ID))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
