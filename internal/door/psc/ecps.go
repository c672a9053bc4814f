package psc

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/psc"
)

// ecpsHolder gives the professional whose e-CPS this is, if they are the reader. The page of
// somebody else and one that never existed are the same 404.
func (d *Door) ecpsHolder(w http.ResponseWriter, r *http.Request) (string, bool) {
	idNat, ok := "", false
	if d.Session != nil {
		idNat, ok = d.Session(r)
	}
	if !ok {
		if d.SignIn != nil && r.Method == http.MethodGet {
			http.Redirect(w, r, d.SignIn(r.URL.RequestURI()), http.StatusSeeOther)
			return "", false
		}
		d.failPage(w, r, errSignedOut)
		return "", false
	}
	if d.ECPSPath(idNat) != ecpsPath+r.PathValue("handle") {
		d.failPage(w, r, errNoPage)
		return "", false
	}
	return idNat, true
}

var (
	errSignedOut = &finding.Refusal{ID: "PSC-ECPS-CONNEXION", Kind: finding.Unauthenticated, Code: "login_required",
		Message: finding.T("Connectez-vous pour voir les demandes de votre e-CPS.", "Sign in to see the requests on your e-CPS."),
		Fix:     finding.T("Ouvrez une session, puis revenez à cette page.", "Open a session, then come back to this page.")}
	errNoPage = &finding.Refusal{ID: "PSC-PAGE", Kind: finding.NotFound, Code: "invalid_request",
		Message: finding.T("Cette page n'existe pas, ou n'est pas la vôtre.", "This page does not exist, or is not yours."),
		Fix:     finding.T("Revenez à l'accueil.", "Go back to the home page.")}
)

// ecps lists what waits for a professional. With ?etat it gives a short text that changes when
// the list does.
func (d *Door) ecps(w http.ResponseWriter, r *http.Request) {
	idNat, ok := d.ecpsHolder(w, r)
	if !ok {
		return
	}
	asks := d.Provider.Asks(idNat)
	state := stateOf(asks)
	if r.URL.Query().Has("etat") {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(state))
		return
	}
	browser := d.browserOf(w, r)
	page := ecpsPage{Path: r.URL.Path, Token: d.formToken(r, browser, "ecps\x00"+idNat), State: state, Said: r.URL.Query().Get("fait")}
	now := d.Provider.Now()
	for _, a := range asks {
		page.Asks = append(page.Asks, ecpsAsk{ID: a.Public, Client: a.Client.Name, Digits: a.Message, Card: a.Channel == psc.Card,
			Seconds: max(1, int(a.Expires.Sub(now)/time.Second)), Since: a.Began})
	}
	d.render(w, r, http.StatusOK, "ecps", "", page)
}

func stateOf(asks []*psc.Ask) string {
	h := sha256.New()
	for _, a := range asks {
		h.Write([]byte(a.Public))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// ecpsAnswer takes the word of the professional.
func (d *Door) ecpsAnswer(w http.ResponseWriter, r *http.Request) {
	idNat, ok := d.ecpsHolder(w, r)
	if !ok {
		return
	}
	f, err := form(w, r)
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	r.PostForm = f
	if !d.formAllowed(r, cookieOf(r, browserCookie), "ecps\x00"+idNat) {
		d.failPage(w, r, errForm)
		return
	}
	var yes bool
	switch f.Get("reponse") {
	case "approuver":
		yes = true
	case "refuser":
	default:
		d.failPage(w, r, psc.ErrRequest.At("reponse"))
		return
	}
	said := "refuse"
	if yes {
		said = "approuve"
	}
	if !d.Provider.Answer(idNat, f.Get("demande"), yes) {
		said = "trop-tard"
	}
	http.Redirect(w, r, r.URL.Path+"?fait="+url.QueryEscape(said), http.StatusSeeOther)
}
