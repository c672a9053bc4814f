package psc

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oidc"
	"github.com/socle-sante/socle/internal/domain/jeton"
)

// Bounds of an authorization request.
const (
	maxParameter = 2 << 10
	maxState     = 4 << 10 // some relying parties keep a whole page address in it
	maxMaxAge    = 10 * 365 * 24 * 3600
)

// Authorization is a request at the authorization endpoint, checked.
type Authorization struct {
	Client      *Client
	RedirectURI string
	Mode        string // query, form_post
	Scope       string // as granted
	State       string
	Nonce       string
	Challenge   string
	LoginHint   string
	Hinted      string // sub of the id_token_hint
	None        bool   // prompt=none
	Fresh       bool   // a new sign-in is asked, whoever is signed in
	MaxAge      time.Duration
	HasMaxAge   bool
}

// ParseAuthorization checks a request. When the error may travel back to the software, the request
// comes with it; otherwise it is nil and only a page may explain: no browser is ever sent
// to an address that was not registered.
// spec: OpenID Core 1.0 3.1.2.2
func (p *Provider) ParseAuthorization(q url.Values) (*Authorization, error) {
	for _, k := range []string{"client_id", "redirect_uri"} {
		if len(q[k]) != 1 || len(q.Get(k)) > maxParameter {
			return nil, ErrRequest.At(k)
		}
	}
	cl := p.clients.get(q.Get("client_id"))
	if cl == nil {
		return nil, ErrClientUnknown.At("client_id = " + oidc.Shown(q.Get("client_id")))
	}
	a := &Authorization{Client: cl, RedirectURI: q.Get("redirect_uri"), Mode: "query"}
	if !cl.allows(cl.RedirectURIs, a.RedirectURI) {
		where := "redirect_uri = " + oidc.Shown(a.RedirectURI)
		if p.Sandbox {
			where += " ; " + strings.Join(cl.RedirectURIs, " ")
		}
		return nil, ErrRedirect.At(where)
	}
	if v := q["state"]; len(v) == 1 && len(v[0]) <= maxState {
		a.State = v[0]
	}
	return a, p.parseRest(a, q)
}

// parseRest reads what comes after client and address: its errors go back to the software.
func (p *Provider) parseRest(a *Authorization, q url.Values) error {
	// Values of a parameter we know must come once; one we do not know is ignored, as the standard asks.
	// spec: RFC 6749 3.1
	for _, k := range []string{"response_type", "response_mode", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "acr_values", "prompt", "max_age", "login_hint", "id_token_hint"} {
		most := maxParameter
		switch k {
		case "state":
			most = maxState
		case "id_token_hint":
			most = jeton.MaxJWT
		}
		if len(q[k]) > 1 || len(q.Get(k)) > most {
			return ErrRequest.At(k)
		}
	}
	switch m := q.Get("response_mode"); m {
	case "", "query":
	case "form_post":
		a.Mode = m
	default:
		return ErrRequest.At("response_mode = " + oidc.Shown(m))
	}
	for k, e := range map[string]*finding.Refusal{"request": ErrRequestObject, "request_uri": ErrRequestURI, "registration": ErrRegistration} {
		if q.Has(k) {
			return e.At(k)
		}
	}
	if t := q.Get("response_type"); t != "code" {
		if t == "" {
			return ErrRequest.At("response_type")
		}
		return ErrResponseType.At("response_type = " + oidc.Shown(t))
	}
	var err error
	if a.Scope, err = grantedScope(q.Get("scope")); err != nil {
		return err
	}
	if err := checkACR(q.Get("acr_values")); err != nil {
		return err
	}
	a.Nonce, a.LoginHint = q.Get("nonce"), q.Get("login_hint")
	if err := a.parsePKCE(q); err != nil {
		return err
	}
	if err := a.parsePrompt(q); err != nil {
		return err
	}
	if h := q.Get("id_token_hint"); h != "" {
		var c idClaims
		if p.openHint(h, a.Client.ID, &c) != nil || c.Typ != "ID" {
			return ErrRequest.At("id_token_hint")
		}
		a.Hinted = c.Subject
	}
	return nil
}

// grantedScope checks a scope and gives what is granted.
func grantedScope(asked string) (string, error) {
	list := strings.Fields(asked)
	for _, s := range list {
		if !slices.Contains(scopes, s) {
			return "", ErrScope.At("scope = " + oidc.Shown(s))
		}
	}
	if !slices.Contains(list, "openid") {
		return "", ErrScope.At("openid")
	}
	// spec: PSC scope granted: openid profile email scope_all
	granted := "openid profile email"
	if slices.Contains(list, "scope_all") {
		granted += " scope_all"
	}
	return granted, nil
}

// checkACR takes eidas1 and nothing else; absent, it is eidas1.
func checkACR(asked string) error {
	for _, v := range strings.Fields(asked) {
		if v != ACR {
			return ErrACR.At("acr_values = " + oidc.Shown(v))
		}
	}
	return nil
}

// parsePKCE takes S256 only, and demands it of a client without secret.
// spec: RFC 7636 4.4.1
func (a *Authorization) parsePKCE(q url.Values) error {
	a.Challenge = q.Get("code_challenge")
	method := q.Get("code_challenge_method")
	switch {
	case a.Challenge == "" && method != "", a.Challenge == "" && a.Client.Auth == Public:
		return ErrPKCE.At("code_challenge")
	case a.Challenge == "":
		return nil
	case method != "S256": // absent means plain
		return ErrPKCE.At("code_challenge_method = " + oidc.Shown(first(method, "plain")))
	case !oidc.ValidChallenge(a.Challenge):
		return ErrPKCE.At("code_challenge")
	}
	return nil
}

func (a *Authorization) parsePrompt(q url.Values) error {
	prompts := strings.Fields(q.Get("prompt"))
	for _, v := range prompts {
		switch v {
		case "none":
			a.None = true
		case "login", "select_account":
			a.Fresh = true
		default:
			return ErrPrompt.At("prompt = " + oidc.Shown(v))
		}
	}
	if a.None && len(prompts) > 1 {
		return ErrPrompt.At("prompt")
	}
	if v := q.Get("max_age"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > maxMaxAge {
			return ErrRequest.At("max_age = " + oidc.Shown(v))
		}
		a.HasMaxAge, a.MaxAge = true, time.Duration(n)*time.Second
	}
	return nil
}

// Accepts reports whether a session that is there answers the request without asking anybody.
func (a *Authorization) Accepts(p *Provider, l *Login) bool {
	if l == nil || a.Fresh || a.Hinted != "" && a.Hinted != p.Subject(l.IDNat) {
		return false
	}
	return !a.HasMaxAge || p.Now().Sub(l.AuthTime) <= a.MaxAge && a.MaxAge > 0
}

// Granted gives what travels back to the software after a sign-in: a code for this session.
func (p *Provider) Granted(a *Authorization, l *Login) url.Values {
	now := p.Now()
	c := &code{client: a.Client, redirect: a.RedirectURI, challenge: a.Challenge, nonce: a.Nonce, scope: a.Scope, login: l, until: now.Add(codeLife)}
	value := p.secret()
	p.mu.Lock()
	p.codes.Put(value, c, now)
	p.mu.Unlock()
	return p.answer(a, url.Values{"code": {value}, "session_state": {l.SID}})
}

// Denied gives what travels back when there is no code.
func (p *Provider) Denied(a *Authorization, err error) url.Values {
	r := finding.As(err)
	if r == nil {
		r = ErrInternal
	}
	return p.answer(a, url.Values{"error": {r.Code}, "error_description": {Description(r)}})
}

// answer adds state and issuer.
// spec: RFC 9207 2
func (p *Provider) answer(a *Authorization, v url.Values) url.Values {
	if a.State != "" {
		v.Set("state", a.State)
	}
	v.Set("iss", p.Issuer())
	return v
}

// Description says a refusal in the letters that error_description allows.
func Description(r *finding.Refusal) string {
	s := r.Message.EN
	if r.Where != "" {
		s += " [" + r.Where + "]"
	}
	if r.Fix.EN != "" {
		s += " " + r.Fix.EN
	}
	s += " #" + r.ID
	return strings.Map(func(c rune) rune {
		switch {
		case c == '“' || c == '”' || c == '"' || c == '\\':
			return '\''
		case c < ' ' || c > '~':
			return '?'
		}
		return c
	}, s)
}

// Pending is an authorization request waiting for somebody to sign in.
type Pending struct {
	ID      string
	Browser string // secret of the browser it began in
	Request *Authorization
	// ask is the e-CPS request under way, if any; under mu of the provider.
	ask *Ask
	// ticket of a sign-in by card, used once.
	ticket string
	idNat  string
	done   bool
}

// Wait keeps a request while its browser signs in.
func (p *Provider) Wait(a *Authorization, browser string) *Pending {
	w := &Pending{ID: p.secret(), Browser: browser, Request: a}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending.Put(w.ID, w, p.Now())
	return w
}

// Waiting finds a request again, from the browser it began in only.
func (p *Provider) Waiting(id, browser string) (*Pending, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, ok := p.pending.Get(id, p.Now())
	if !ok || w.done || browser == "" || w.Browser != browser {
		return nil, ErrLost
	}
	return w, nil
}

// Finish takes a request away: it is answered once.
func (p *Provider) Finish(w *Pending) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.done {
		return ErrLost
	}
	w.done = true
	p.pending.Drop(w.ID)
	return nil
}

// CardTicket notes that a card signed in for a request, and gives the ticket that its browser
// brings back: the card is read on another host, where the browser's cookie does not go.
func (p *Provider) CardTicket(pendingID, idNat string) (string, error) {
	if !p.Directory.Active(idNat) {
		return "", ErrHint
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	w, ok := p.pending.Get(pendingID, p.Now())
	if !ok || w.done {
		return "", ErrLost
	}
	w.ticket, w.idNat = p.secret(), idNat
	return w.ticket, nil
}

// UseTicket gives the professional whose card made a ticket; it serves once.
func (p *Provider) UseTicket(w *Pending, ticket string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ticket == "" || w.ticket == "" || jeton.Digest(w.ticket) != jeton.Digest(ticket) {
		return "", ErrLost
	}
	w.ticket = ""
	return w.idNat, nil
}
