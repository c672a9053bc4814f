package web

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/compte"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Provider is an OpenID provider where a visitor may sign in: Pro Santé Connect for professionals,
// a federation such as FranceConnect for citizens.
type Provider interface {
	// Begin gives the address to send the browser to, and what Finish must be given back.
	Begin(ctx context.Context, redirect string) (address string, memory any, err error)
	// Finish reads the way back.
	Finish(ctx context.Context, redirect string, memory any, answer url.Values) (Identity, error)
}

// Identity is who a provider says has signed in.
type Identity struct {
	IDNat string       // of a professional
	Pivot compte.Pivot // of a citizen
}

// Addresses of signing in; the two ways back are registered at the providers.
const (
	connexionPath = "/connexion"
	PSCBackPath   = "/connexion/pro-sante-connect/retour"
	FCBackPath    = "/connexion/franceconnect/retour"
)

// visitCookie binds forms and ways back to a browser that has not signed in yet.
const visitCookie = "socle_visite"

const (
	visitCookieLife = 30 * time.Minute
	maxJourneys     = 20_000
)

var (
	errNoProvider = &finding.Refusal{ID: "WEB-FOURNISSEUR", Kind: finding.Unavailable,
		Message: finding.T("Ce moyen de connexion n'est pas configuré ici.", "This means of signing in is not configured here."),
		Fix:     finding.T("Choisissez un autre moyen.", "Choose another one.")}
	errJourney = &finding.Refusal{ID: "WEB-RETOUR", Kind: finding.Invalid, Rule: "OpenID Connect Core 3.1.2.5 (state)",
		Message: finding.T("Ce retour de connexion ne répond à aucune demande de ce navigateur.", "This way back answers no request of this browser."),
		Fix:     finding.T("Recommencez depuis la page de connexion, dans un seul onglet.", "Start again from the sign-in page, in a single tab.")}
	errUnknownPro = &finding.Refusal{ID: "WEB-PROFESSIONNEL", Kind: finding.Forbidden, Rule: "annuaire santé",
		Message: finding.T("Vous êtes bien connecté, mais l'annuaire d'ici ne vous connaît pas en activité.", "You are signed in, but the directory here does not know you as active."),
		Fix:     finding.T("Vérifiez votre situation d'exercice dans l'annuaire santé.", "Check your situation of practice in the directory.")}
)

// journeys are the sign-ins under way at a provider, one per state.
type journeys struct {
	mu   sync.Mutex
	list map[string]journey
}

type journey struct {
	visit, suite string
	memory       any
	until        time.Time
}

func (j *journeys) begin(state string, x journey, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.list == nil {
		j.list = map[string]journey{}
	}
	if len(j.list) >= maxJourneys {
		for k, v := range j.list {
			if now.After(v.until) || len(j.list) >= maxJourneys {
				delete(j.list, k)
			}
		}
	}
	j.list[state] = x
}

func (j *journeys) end(state string, now time.Time) (journey, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	x, ok := j.list[state]
	delete(j.list, state)
	return x, ok && now.Before(x.until)
}

// visit gives the name of this browser, making it one if needed.
func (q *request) visit() string {
	if c, err := q.r.Cookie(visitCookie); err == nil && len(c.Value) == len(randomID()) {
		return c.Value
	}
	if q.visitID == "" {
		q.visitID = randomID()
		setCookie(q.w, q.r, visitCookie, q.visitID, int(visitCookieLife.Seconds()), true)
	}
	return q.visitID
}

// visitor tells whether a form sent by somebody signed out comes from a page of this browser.
func (q *request) visitor() bool {
	c, err := q.r.Cookie(visitCookie)
	return err == nil && strings.HasPrefix(q.r.URL.Path, connexionPath+"/") && q.d.formTokenOf(&session{id: "visite " + c.Value}, q.r.PostFormValue("jeton"))
}

// connexionPage is where one chooses how to sign in.
type connexionPage struct {
	Suite, Jeton, Ceremony, Options string
	PSC, Federation, Mail, Passkeys bool
	Problem                         string
	Asked                           bool   // a code was sent
	Code                            string // token of the code
	Address                         string
	Outbox                          bool
}

// connexion shows the ways to sign in.
func (d *Door) connexion(q *request) error {
	if q.s != nil {
		return q.redirect(firstOf(local(q.r.URL.Query().Get("suite")), q.homePath()))
	}
	return q.connexion(connexionPage{Suite: local(q.r.URL.Query().Get("suite"))})
}

func (q *request) connexion(p connexionPage) error {
	d := q.d
	p.PSC, p.Federation, p.Passkeys = d.ProSanteConnect != nil, d.FranceConnect != nil, d.Comptes != nil
	p.Mail = d.Comptes != nil && d.Comptes.Send != nil
	p.Outbox = d.Outbox != nil
	p.Jeton = d.formToken(&session{id: "visite " + q.visit()})
	if d.Comptes != nil && !p.Asked {
		options, token, err := d.Comptes.BeginLogin()
		if err != nil {
			return err
		}
		p.Options, p.Ceremony = string(options), token
	}
	return q.render("connexion", p)
}

// signedIn opens a session and writes it down.
func (q *request) signedIn(s acces.Subject, how, suite string) error {
	c, err := q.d.Actor(s)
	if err != nil {
		return err
	}
	q.openSession(s, c)
	if err := q.d.DMP.SignedIn(q.r.Context(), q.caller, how); err != nil {
		q.d.sessions.end(q.s)
		setCookie(q.w, q.r, sessionCookie, "", -1, true)
		return err
	}
	return q.redirect(firstOf(local(suite), q.homePath()))
}

// openSession opens a session for a subject.
func (q *request) openSession(s acces.Subject, c dmp.Caller) {
	n := q.d.sessions.begin(s, deviceOf(q.r))
	setCookie(q.w, q.r, sessionCookie, n.id, int(sessionLife.Seconds()), true)
	q.s, q.caller = n, dmp.Caller{Actor: c.Actor, Door: doorName}
}

// passkeySignIn ends the ceremony of a passkey; the script of the page posts its answer.
func (d *Door) passkeySignIn(q *request) error {
	if d.Comptes == nil {
		return errNoProvider
	}
	person, err := d.Comptes.FinishLogin(q.r.Context(), q.r.PostFormValue("ceremonie"), []byte(q.r.PostFormValue("reponse")))
	if err != nil {
		return q.again(err, connexionPage{Suite: q.r.PostFormValue("suite")})
	}
	return q.signedIn(acces.Subject{Person: person}, "clé d'accès", q.r.PostFormValue("suite"))
}

// again shows the page once more with what went wrong.
func (q *request) again(err error, p connexionPage) error {
	ref := finding.As(err)
	if ref == nil {
		return err
	}
	q.status = kindStatus[ref.Kind]
	p.Problem = ref.Message.In(q.lang) + " " + ref.Fix.In(q.lang)
	return q.connexion(p)
}

// askCode sends a one-time code.
func (d *Door) askCode(q *request) error {
	p := connexionPage{Suite: q.r.PostFormValue("suite"), Address: strings.TrimSpace(q.r.PostFormValue("adresse"))}
	if d.Comptes == nil {
		return errNoProvider
	}
	birth := birthDate(q.r.PostFormValue("naissance"))
	host, _, _ := net.SplitHostPort(q.r.RemoteAddr)
	token, err := d.Comptes.AskCode(q.r.Context(), p.Address, birth, host)
	if err != nil {
		return q.again(err, p)
	}
	p.Asked, p.Code = true, token
	return q.connexion(p)
}

// checkCode signs in who typed the code.
func (d *Door) checkCode(q *request) error {
	if d.Comptes == nil {
		return errNoProvider
	}
	token := q.r.PostFormValue("demande")
	person, err := d.Comptes.CheckCode(token, q.r.PostFormValue("code"))
	if err != nil {
		return q.again(err, connexionPage{Suite: q.r.PostFormValue("suite"), Asked: true, Code: token, Address: q.r.PostFormValue("adresse")})
	}
	return q.signedIn(acces.Subject{Person: person}, "code à usage unique", q.r.PostFormValue("suite"))
}

// leave sends the browser to a provider.
func (d *Door) leave(of func() Provider, back string) page {
	return func(q *request) error {
		p := of()
		if p == nil {
			return errNoProvider
		}
		address, memory, err := p.Begin(q.r.Context(), d.origin(q.r)+back)
		if err != nil {
			return err
		}
		u, err := url.Parse(address)
		if err != nil || u.Query().Get("state") == "" {
			return errNoProvider
		}
		d.journeys.begin(u.Query().Get("state"), journey{visit: q.visit(), suite: local(q.r.URL.Query().Get("suite")), memory: memory, until: d.Now().Add(visitCookieLife)}, d.Now())
		http.Redirect(q.w, q.r, address, http.StatusSeeOther)
		return nil
	}
}

// comeBack reads the answer of a provider.
func (d *Door) comeBack(of func() Provider, back string) page {
	return func(q *request) error {
		p := of()
		if p == nil {
			return errNoProvider
		}
		v := q.r.URL.Query()
		j, ok := d.journeys.end(v.Get("state"), d.Now())
		if c, err := q.r.Cookie(visitCookie); !ok || err != nil || c.Value != j.visit {
			return errJourney
		}
		who, err := p.Finish(q.r.Context(), d.origin(q.r)+back, j.memory, v)
		if err != nil {
			return q.again(err, connexionPage{Suite: j.suite})
		}
		if who.IDNat == "" {
			person, err := d.Comptes.Federated(q.r.Context(), who.Pivot, doorName)
			if err != nil {
				return q.again(err, connexionPage{Suite: j.suite})
			}
			return q.signedIn(acces.Subject{Person: person}, "fédération d'identité", j.suite)
		}
		pro := d.Annuaire.Professional(who.IDNat)
		if pro == nil || !pro.Active {
			return q.again(errUnknownPro, connexionPage{Suite: j.suite})
		}
		s := acces.Subject{Professional: pro.IDNat}
		if len(pro.Structures) > 0 {
			s.Structure = pro.Structures[0]
		}
		return q.signedIn(s, "Pro Santé Connect", j.suite)
	}
}

// origin is the address of these pages, as configured, else as the browser says it.
func (d *Door) origin(r *http.Request) string {
	if d.Origin != "" {
		return d.Origin
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// newPasskey gives the options to make a key, to the script of the page.
func (d *Door) newPasskey(q *request) error {
	if d.Comptes == nil {
		return errNoProvider
	}
	options, token, err := d.Comptes.BeginRegistration(q.r.Context(), q.me())
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(q.w).Encode(map[string]any{"options": json.RawMessage(options), "ceremonie": token})
}

// addPasskey keeps the key that was made.
func (d *Door) addPasskey(q *request) error {
	if d.Comptes == nil {
		return errNoProvider
	}
	if err := d.Comptes.FinishRegistration(q.r.Context(), q.caller, q.r.PostFormValue("ceremonie"), firstOf(strings.TrimSpace(q.r.PostFormValue("nom")), deviceOf(q.r)), []byte(q.r.PostFormValue("reponse"))); err != nil {
		return err
	}
	q.s.say(&flash{Words: q.t("flash.passkey.added")})
	return q.redirect(settingsPath + "#connexion")
}

// removePasskey forgets a key.
func (d *Door) removePasskey(q *request) error {
	if d.Comptes == nil {
		return errNoProvider
	}
	if err := d.Comptes.RemovePasskey(q.r.Context(), q.caller, q.r.PostFormValue("cle")); err != nil {
		return err
	}
	q.s.say(&flash{Words: q.t("flash.passkey.removed")})
	return q.redirect(settingsPath + "#connexion")
}

// provePage asks for the code that proves an address.
type provePage struct {
	Address, Code, Problem string
	Outbox                 bool
}

// setMail sends a code to the address where codes shall go; an empty one ends it.
func (d *Door) setMail(q *request) error {
	if d.Comptes == nil {
		return errNoProvider
	}
	to := strings.TrimSpace(q.r.PostFormValue("adresse"))
	if to == "" {
		if err := d.Comptes.SetMail(q.r.Context(), q.caller, q.me(), ""); err != nil {
			return err
		}
		q.s.say(&flash{Words: q.t("flash.mail.none")})
		return q.redirect(settingsPath + "#connexion")
	}
	token, err := d.Comptes.ProveMail(q.r.Context(), q.caller, to)
	if err != nil {
		return err
	}
	return q.render("adresse", provePage{Address: to, Code: token, Outbox: d.Outbox != nil})
}

// confirmMail keeps an address once its code was typed.
func (d *Door) confirmMail(q *request) error {
	if d.Comptes == nil {
		return errNoProvider
	}
	p := provePage{Address: q.r.PostFormValue("adresse"), Code: q.r.PostFormValue("demande"), Outbox: d.Outbox != nil}
	err := d.Comptes.ConfirmMail(q.r.Context(), q.caller, p.Code, q.r.PostFormValue("code"))
	if ref := finding.As(err); ref != nil {
		q.status = kindStatus[ref.Kind]
		p.Problem = ref.Message.In(q.lang) + " " + ref.Fix.In(q.lang)
		return q.render("adresse", p)
	}
	if err != nil {
		return err
	}
	q.s.say(&flash{Words: q.t("flash.mail")})
	return q.redirect(settingsPath + "#connexion")
}

// StyleSheet is the address of the style sheet, for pages of other doors that stand beside these.
func (d *Door) StyleSheet() string {
	d.prepare()
	return d.assets.byName["app.css"]
}
