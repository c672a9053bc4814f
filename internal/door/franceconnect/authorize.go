package franceconnect

import (
	"crypto/hmac"
	"net/http"
	"net/url"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/franceconnect"
)

var errForm = &finding.Refusal{ID: "FC-JETON-PAGE", Kind: finding.Forbidden, Code: "invalid_request",
	Message: finding.T("Ce formulaire ne vient pas de cette page.", "This form does not come from this page."),
	Fix:     finding.T("Rien n'a été transmis. Revenez au service et recommencez.", "Nothing was sent. Go back to the service and start again.")}

// authorize is the authorization endpoint.
// spec: OpenID Core 1.0 3.1.2
func (d *Door) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.Method == http.MethodPost {
		f, err := form(w, r)
		if err != nil {
			d.failPage(w, r, err)
			return
		}
		q = f
	}
	a, err := d.Provider.ParseAuthorization(q)
	if a == nil {
		d.failPage(w, r, err)
		return
	}
	if err != nil {
		goBack(w, r, a, d.Provider.Denied(a, err))
		return
	}
	p, err := d.Provider.Wait(a, browserOf(w, r), addressOf(r))
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	d.choice(w, r, p)
}

// ask shows the page of a request again, in another language for one.
func (d *Door) ask(w http.ResponseWriter, r *http.Request) {
	if p := d.waiting(w, r); p != nil {
		d.choice(w, r, p)
	}
}

// asked takes the form of the page.
func (d *Door) asked(w http.ResponseWriter, r *http.Request) {
	f, err := form(w, r)
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	p := d.waiting(w, r)
	if p == nil {
		return
	}
	if !hmac.Equal([]byte(f.Get("jeton")), []byte(d.formToken(p))) || !sameSite(r) {
		d.failPage(w, r, errForm)
		return
	}
	if f.Get("action") == "annuler" {
		goBack(w, r, p.Request, d.Provider.GiveUp(p))
		return
	}
	v, err := d.Provider.Choose(p, f.Get("identite"))
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	goBack(w, r, p.Request, v)
}

// waiting finds the request a page is about; what is lost is explained.
func (d *Door) waiting(w http.ResponseWriter, r *http.Request) *franceconnect.Pending {
	p, err := d.Provider.Waiting(r.PathValue("id"), cookieOf(r, browserCookie))
	if err != nil {
		d.failPage(w, r, err)
		return nil
	}
	return p
}

// sameSite reports whether a form was sent by a page of ours, as far as the browser says.
func sameSite(r *http.Request) bool {
	if s := r.Header.Get("Sec-Fetch-Site"); s != "" && s != "same-origin" && s != "none" {
		return false
	}
	if o := r.Header.Get("Origin"); o != "" && o != "null" {
		u, err := url.Parse(o)
		return err == nil && u.Host == r.Host
	}
	return true
}

// goBack answers the service in the address.
func goBack(w http.ResponseWriter, r *http.Request, a *franceconnect.Authorization, v url.Values) {
	u, _ := url.Parse(a.RedirectURI) // registered: it was parsed then
	if u == nil {
		u = &url.URL{Path: "/"}
	}
	q := u.Query()
	for k := range v {
		q.Set(k, v.Get(k))
	}
	u.RawQuery = q.Encode()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// origin gives scheme and host of an address, for the policy of a page whose form ends there.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, "; ,'\"") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
