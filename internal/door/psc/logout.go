package psc

import (
	"net/http"
	"net/url"

	"github.com/socle-sante/socle/internal/domain/psc"
)

// logout is the end_session endpoint. With an id_token_hint of a session it ends that one; without,
// a page asks whoever is there.
// spec: OpenID RP-Initiated Logout 1.0 2
func (d *Door) logout(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if r.Method == http.MethodPost {
		f, err := form(w, r)
		if err != nil {
			d.failPage(w, r, err)
			return
		}
		r.PostForm, q = f, f
	}
	out, err := d.Provider.ParseLogout(q)
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	browser := d.browserOf(w, r)
	here := d.Provider.LoginOf(cookieOf(r, loginCookie))
	confirmed := r.Method == http.MethodPost && q.Has("jeton")
	if confirmed && !d.formAllowed(r, browser, "logout") {
		d.failPage(w, r, errForm)
		return
	}
	if out.SID == "" && !confirmed {
		page := logoutPage{Action: r.URL.Path, Token: d.formToken(r, browser, "logout"), Fields: url.Values{}, SignedIn: here != nil}
		for _, k := range []string{"client_id", "post_logout_redirect_uri", "state"} {
			if q.Has(k) {
				page.Fields.Set(k, q.Get(k))
			}
		}
		if out.Client != nil {
			page.Client = out.Client.Name
		}
		d.render(w, r, http.StatusOK, "logout", origin(out.Redirect), page)
		return
	}
	d.Provider.EndSession(out.SID)
	// The hint names one session: the browser's own ends with it only if it is the same professional's.
	if here != nil && (confirmed || d.Provider.Subject(here.IDNat) == out.Subject) {
		d.Provider.EndLogin(here)
		d.setCookie(w, r, loginCookie, "", -1)
		if d.SignOut != nil {
			d.SignOut(w, r)
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	if out.Redirect != "" {
		http.Redirect(w, r, out.Redirect, http.StatusSeeOther)
		return
	}
	d.render(w, r, http.StatusOK, "loggedout", "", nil)
}

// explain is the page that error_uri leads to.
func (d *Door) explain(w http.ResponseWriter, r *http.Request) {
	all := append(psc.Refusals(), errBody, errTooLong, errForm, errIdentifier, errNoCard, errSignedOut, errNoPage)
	for _, ref := range all {
		if ref.ID == r.PathValue("id") {
			d.render(w, r, http.StatusOK, "refusal", "", ref)
			return
		}
	}
	d.failPage(w, r, errNoPage)
}
