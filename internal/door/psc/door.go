// Package psc is the door of the OpenID Provider of professionals: the endpoints of the realm
// (discovery, token, userinfo, introspection, revocation, logout, CIBA), the authorization page, the
// e-CPS page where a professional approves, the sign-in by card, and the token exchange.
//
// Standards: those of internal/domain/psc, whose functions it calls. Two muxes: the realm and what
// reads client certificates are https (RegisterSecure, ExchangeHandler), the pages stand where
// the browser is (RegisterWeb). Start at Door.
package psc

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/socle-sante/socle/internal/domain/psc"
)

// DemoLogin is one persona that a demonstration lets anybody continue as.
type DemoLogin struct {
	Name, Role string
	Href       string // takes ?suite=<path to come back to>
}

// Door serves the provider.
type Door struct {
	Provider *psc.Provider
	Log      *slog.Logger
	// Secret, 32 bytes, signs form tokens and handles.
	Secret []byte
	// Session says which professional the pages' own session is for.
	Session func(*http.Request) (idNat string, ok bool)
	// SessionKey names that session, so that form tokens end with it; nil: the browser alone binds them.
	SessionKey func(*http.Request) string
	// SignIn gives the address where a signed-out reader of the e-CPS page goes; nil answers 401.
	SignIn func(suite string) string
	// SignOut ends the pages' own session when the provider's ends; nil leaves it.
	SignOut func(http.ResponseWriter, *http.Request)
	// Card gives the holder of a card whose certificate opened TLS; nil: no sign-in by card.
	Card func(*x509.Certificate) (idNat string, err error)
	// Demo lists the personas of a demonstration; empty otherwise.
	Demo []DemoLogin
	// HouseStyle is a style sheet of the pages to load first (fonts); "" for none. Web pages only.
	HouseStyle string
	Observe    func(transaction, outcome string, received int, took time.Duration)

	pages pages
}

// Limits of what is read.
const (
	maxBody = 64 << 10 // a form with two tokens
)

// realm is the path of the endpoints.
const realm = psc.RealmPath + "/protocol/openid-connect"

// Paths of the pages.
const (
	authPath = "/auth"
	ecpsPath = "/ecps/"
	cardPath = "/auth/carte/"
)

// RegisterSecure adds what is https: the realm and the sign-in by card.
func (d *Door) RegisterSecure(mux *http.ServeMux) {
	d.prepare()
	for _, p := range []string{"/.well-known/wallet-openid-configuration", "/.well-known/openid-configuration"} {
		mux.HandleFunc("GET "+psc.RealmPath+p, d.observed("discovery", d.discovery))
	}
	mux.HandleFunc("GET "+realm+"/certs", d.observed("certs", d.certs))
	mux.HandleFunc("POST "+realm+"/token", d.observed("token", d.token))
	mux.HandleFunc("POST "+realm+"/token/introspect", d.observed("introspect", d.introspect))
	mux.HandleFunc("POST "+realm+"/revoke", d.observed("revoke", d.revoke))
	mux.HandleFunc("POST "+realm+"/ext/ciba/auth", d.observed("ciba", d.ciba))
	mux.HandleFunc("GET "+realm+"/userinfo", d.observed("userinfo", d.userinfo))
	mux.HandleFunc("POST "+realm+"/userinfo", d.observed("userinfo", d.userinfo))
	mux.HandleFunc("GET "+realm+"/logout", d.logout)
	mux.HandleFunc("POST "+realm+"/logout", d.logout)
	mux.HandleFunc("GET "+psc.RealmPath+"/refus/{id}", d.explain)
	mux.HandleFunc("GET "+psc.RealmPath+"/static/{file}", d.static)
	mux.HandleFunc("GET "+cardPath+"{id}", d.card)
}

// RegisterWeb adds the pages: authorization, sign-in, e-CPS.
func (d *Door) RegisterWeb(mux *http.ServeMux) {
	d.prepare()
	mux.HandleFunc("GET "+authPath, d.authorize)
	mux.HandleFunc("POST "+authPath, d.authorize)
	mux.HandleFunc("GET "+authPath+"/demande/{id}", d.ask)
	mux.HandleFunc("POST "+authPath+"/demande/{id}", d.asked)
	mux.HandleFunc("GET "+authPath+"/attente/{id}", d.wait)
	mux.HandleFunc("GET "+authPath+"/suite/{id}", d.back)
	mux.HandleFunc("GET "+authPath+"/static/{file}", d.static)
	mux.HandleFunc("GET "+ecpsPath+"{handle}", d.ecps)
	mux.HandleFunc("POST "+ecpsPath+"{handle}", d.ecpsAnswer)
}

// ExchangeHandler is the token exchange; mount it where client certificates are asked.
func (d *Door) ExchangeHandler() http.Handler {
	d.prepare()
	return d.observed("exchange", d.exchange)
}

// ECPSPath gives the path of the e-CPS page of a professional. It says nothing of them.
func (d *Door) ECPSPath(idNat string) string {
	return ecpsPath + d.mac("ecps-handle", idNat)[:22]
}

func (d *Door) prepare() {
	if d.pages == nil {
		d.pages = loadPages()
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if len(d.Secret) < 32 {
		panic("psc door: a secret of 32 bytes is due")
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

// certificateOf gives the client certificate of a connection, when TLS verified its chain.
func certificateOf(r *http.Request) *x509.Certificate {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 || len(r.TLS.PeerCertificates) == 0 {
		return nil
	}
	return r.TLS.PeerCertificates[0]
}

// addressOf gives where a request comes from, without the port.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// mac signs a text for one purpose.
func (d *Door) mac(purpose string, parts ...string) string {
	h := hmac.New(sha256.New, d.Secret)
	h.Write([]byte("psc\x00" + purpose))
	for _, p := range parts {
		h.Write([]byte("\x00" + p))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// saltLetters is the length of the random part of a form token: a compressed page tells nothing of it.
const saltLetters = 12

// formToken makes the token of a form, bound to a browser, a session and a subject.
func (d *Door) formToken(r *http.Request, browser, subject string) string {
	salt := randomText()[:saltLetters]
	return salt + d.mac("form", salt, browser, d.sessionKey(r), subject)
}

// formAllowed checks a posted form: its token, and that no other site sent it.
// spec: OWASP ASVS 4.0 4.2.2
func (d *Door) formAllowed(r *http.Request, browser, subject string) bool {
	t := r.PostForm.Get("jeton")
	if browser == "" || len(t) <= saltLetters || !hmac.Equal([]byte(t[saltLetters:]), []byte(d.mac("form", t[:saltLetters], browser, d.sessionKey(r), subject))) {
		return false
	}
	if s := r.Header.Get("Sec-Fetch-Site"); s != "" && s != "same-origin" && s != "none" {
		return false
	}
	if o := r.Header.Get("Origin"); o != "" && o != "null" {
		u, err := url.Parse(o)
		return err == nil && u.Host == r.Host
	}
	return true
}

func (d *Door) sessionKey(r *http.Request) string {
	if d.SessionKey == nil {
		return ""
	}
	return d.SessionKey(r)
}

func randomText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// Cookies: the secret of a browser, and the session at the provider.
const (
	browserCookie = "psc_navigateur"
	loginCookie   = "psc_session"
)

func cookieOf(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil || len(c.Value) > 100 {
		return ""
	}
	return c.Value
}

func (d *Door) setCookie(w http.ResponseWriter, r *http.Request, name, value string, age int) {
	secure := r.TLS != nil || strings.HasPrefix(d.Provider.Web, "https:")
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure})
}

// browserOf gives the secret of the browser, made at its first visit.
func (d *Door) browserOf(w http.ResponseWriter, r *http.Request) string {
	if v := cookieOf(r, browserCookie); len(v) == 43 {
		return v
	}
	v := randomText()
	d.setCookie(w, r, browserCookie, v, int((24 * time.Hour).Seconds()))
	return v
}
