package psc

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/psc"
)

var errForm = &finding.Refusal{ID: "PSC-FORMULAIRE", Kind: finding.Forbidden, Code: "invalid_request",
	Message: finding.T("Ce formulaire ne vient pas de votre session.", "This form does not come from your session."),
	Fix:     finding.T("Rien n'a été fait. Rouvrez la page et recommencez.", "Nothing was done. Open the page again and retry.")}

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
		d.goBack(w, r, a, d.Provider.Denied(a, err))
		return
	}
	l, err := d.current(w, r)
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	if a.Accepts(d.Provider, l) {
		d.goBack(w, r, a, d.Provider.Granted(a, l))
		return
	}
	if a.None {
		d.goBack(w, r, a, d.Provider.Denied(a, psc.ErrLoginRequired))
		return
	}
	// Only a request that must be kept is counted: software that is answered at once may be fast.
	if err := d.Provider.Visit(addressOf(r)); err != nil {
		d.failPage(w, r, err)
		return
	}
	d.signInPage(w, r, d.Provider.Wait(a, d.browserOf(w, r)), nil)
}

// current gives the session at the provider: its own, or one that stands on the pages' session.
func (d *Door) current(w http.ResponseWriter, r *http.Request) (*psc.Login, error) {
	l := d.Provider.LoginOf(cookieOf(r, loginCookie))
	idNat, ok := "", false
	if d.Session != nil {
		idNat, ok = d.Session(r)
	}
	switch {
	case ok && (l == nil || l.IDNat != idNat):
		l, err := d.begin(w, r, idNat, psc.AMRWeb, true)
		if errors.Is(err, psc.ErrHint) { // signed in to the pages, but no active professional
			return nil, nil
		}
		return l, err
	case !ok && l != nil && l.Web:
		return nil, nil // its ground is gone
	}
	return l, nil
}

func (d *Door) begin(w http.ResponseWriter, r *http.Request, idNat string, amr []string, web bool) (*psc.Login, error) {
	l, err := d.Provider.SignIn(idNat, amr, web)
	if err != nil {
		return nil, err
	}
	d.setCookie(w, r, loginCookie, l.Cookie, int(d.Provider.SessionLife.Seconds()))
	return l, nil
}

// goBack answers the software, in the address or by a posted form.
func (d *Door) goBack(w http.ResponseWriter, r *http.Request, a *psc.Authorization, v url.Values) {
	if a.Mode == "form_post" {
		d.render(w, r, http.StatusOK, "form_post", origin(a.RedirectURI), formPost{a.RedirectURI, v})
		return
	}
	u, err := url.Parse(a.RedirectURI)
	if err != nil {
		d.failPage(w, r, psc.ErrRedirect)
		return
	}
	q := u.Query()
	for k := range v {
		q.Set(k, v.Get(k))
	}
	u.RawQuery = q.Encode()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, u.String(), http.StatusFound)
}

// origin gives scheme and host of an address, for the policy of a page whose form ends there.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, "; ,'\"") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// waiting finds the request a page is about; what is lost is explained.
func (d *Door) waiting(w http.ResponseWriter, r *http.Request) *psc.Pending {
	p, err := d.Provider.Waiting(r.PathValue("id"), cookieOf(r, browserCookie))
	if err != nil {
		d.failPage(w, r, err)
		return nil
	}
	return p
}

// ask shows the sign-in page of a request again.
func (d *Door) ask(w http.ResponseWriter, r *http.Request) {
	if p := d.waiting(w, r); p != nil {
		d.signInPage(w, r, p, nil)
	}
}

// asked takes the form of the sign-in page.
func (d *Door) asked(w http.ResponseWriter, r *http.Request) {
	f, err := form(w, r)
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	r.PostForm = f
	p := d.waiting(w, r)
	if p == nil {
		return
	}
	if !d.formAllowed(r, p.Browser, p.ID) {
		d.failPage(w, r, errForm)
		return
	}
	if f.Get("action") == "annuler" {
		d.finish(w, r, p, nil, psc.ErrAccessDenied)
		return
	}
	idNat := strings.Join(strings.Fields(f.Get("identifiant")), "")
	if len(idNat) == 11 && strings.Trim(idNat, "0123456789") == "" {
		idNat = "8" + idNat // an RPPS number
	}
	if len(idNat) < 2 || len(idNat) > 40 {
		d.signInPage(w, r, p, errIdentifier)
		return
	}
	if err := d.Provider.AskAtSignIn(p, idNat, addressOf(r)); err != nil {
		d.signInPage(w, r, p, err)
		return
	}
	http.Redirect(w, r, authPath+"/attente/"+p.ID, http.StatusSeeOther)
}

var errIdentifier = &finding.Refusal{ID: "PSC-IDENTIFIANT", Kind: finding.Invalid, Code: "invalid_request",
	Message: finding.T("Écrivez votre identifiant national (8 puis le RPPS) ou votre numéro RPPS de 11 chiffres.", "Write your national identifier (8, then RPPS) or your RPPS number of 11 digits."),
	Fix:     finding.T("Il figure sur votre carte CPS.", "It is printed on your CPS card.")}

// wait is the page that waits for the e-CPS. With ?etat it tells a script whether to come back.
func (d *Door) wait(w http.ResponseWriter, r *http.Request) {
	p := d.waiting(w, r)
	if p == nil {
		return
	}
	asked, err := d.Provider.Answered(p)
	if r.URL.Query().Has("etat") {
		w.Header().Set("Cache-Control", "no-store")
		if errors.Is(err, psc.ErrPending) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(http.StatusOK)
		return
	}
	switch {
	case err == nil:
		l, e := d.begin(w, r, asked.IDNat, psc.AMReCPS, false)
		if e != nil {
			d.failPage(w, r, e)
			return
		}
		d.finish(w, r, p, l, nil)
	case errors.Is(err, psc.ErrPending):
		d.render(w, r, http.StatusOK, "wait", "", waitPage{Digits: asked.Message, Client: p.Request.Client.Name, Again: authPath + "/demande/" + p.ID})
	case errors.Is(err, psc.ErrAccessDenied):
		d.finish(w, r, p, nil, err)
	default:
		d.signInPage(w, r, p, err)
	}
}

// back is where a sign-in elsewhere returns: the pages' own, or a card.
func (d *Door) back(w http.ResponseWriter, r *http.Request) {
	p := d.waiting(w, r)
	if p == nil {
		return
	}
	if t := r.URL.Query().Get("ticket"); t != "" {
		idNat, err := d.Provider.UseTicket(p, t)
		if err != nil {
			d.failPage(w, r, err)
			return
		}
		l, err := d.begin(w, r, idNat, psc.AMRCard, false)
		if err != nil {
			d.failPage(w, r, err)
			return
		}
		d.finish(w, r, p, l, nil)
		return
	}
	idNat, ok := "", false
	if d.Session != nil {
		idNat, ok = d.Session(r)
	}
	// A session that was there before does not answer a request for a new sign-in; in the
	// demonstration, choosing a persona is signing in.
	if again := p.Request.Fresh || p.Request.HasMaxAge || p.Request.Hinted != ""; !ok || again && len(d.Demo) == 0 || p.Request.Hinted != "" && p.Request.Hinted != d.Provider.Subject(idNat) {
		d.signInPage(w, r, p, nil)
		return
	}
	l, err := d.begin(w, r, idNat, psc.AMRWeb, true)
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	d.finish(w, r, p, l, nil)
}

// finish answers a waiting request, once.
func (d *Door) finish(w http.ResponseWriter, r *http.Request, p *psc.Pending, l *psc.Login, denied error) {
	if err := d.Provider.Finish(p); err != nil {
		d.failPage(w, r, err)
		return
	}
	if denied != nil {
		d.goBack(w, r, p.Request, d.Provider.Denied(p.Request, denied))
		return
	}
	d.goBack(w, r, p.Request, d.Provider.Granted(p.Request, l))
}

// card signs in with the certificate of the connection. It stands on the host that asks for
// certificates, where the cookie of the page may not come: a ticket goes back.
func (d *Door) card(w http.ResponseWriter, r *http.Request) {
	cert := certificateOf(r)
	if d.Card == nil || cert == nil {
		d.failPage(w, r, errNoCard)
		return
	}
	if d.Provider.Revoked != nil && d.Provider.Revoked(cert) {
		d.failPage(w, r, errNoCard.At("revoked"))
		return
	}
	idNat, err := d.Card(cert)
	if err != nil {
		if finding.As(err) == nil {
			err = errNoCard.With(err)
		}
		d.failPage(w, r, err)
		return
	}
	ticket, err := d.Provider.CardTicket(r.PathValue("id"), idNat)
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, d.Provider.Web+authPath+"/suite/"+r.PathValue("id")+"?ticket="+ticket, http.StatusSeeOther)
}

var errNoCard = &finding.Refusal{ID: "PSC-CARTE", Kind: finding.Unauthenticated, Code: "access_denied", Rule: "IGC-Santé",
	Message: finding.T("Aucune carte de professionnel valable n'a été présentée par le navigateur.", "The browser presented no valid professional card."),
	Fix:     finding.T("Insérez la carte CPS (ou importez la carte virtuelle dans le navigateur), puis recommencez.", "Insert the CPS card (or import the virtual card into the browser), then try again.")}
