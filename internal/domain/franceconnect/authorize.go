package franceconnect

import (
	"crypto/subtle"
	"net/url"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/oidc"
)

// maxParameter bounds one parameter of a request.
const maxParameter = 2 << 10

// Authorization is a request at the authorization endpoint, checked.
type Authorization struct {
	Client       *Client
	RedirectURI  string
	Scope, State string
	Nonce        string
	Challenge    string
	Level        string // the lowest that is enough
}

// Pending is a request that waits for somebody to say who they are, in one browser.
type Pending struct {
	ID      string
	Browser string
	Request *Authorization
}

// ParseAuthorization checks a request. When the error may travel back to the service, the request
// comes with it; otherwise it is nil and only a page may explain: no browser is ever sent to an
// address that was not registered.
// spec: OpenID Core 1.0 3.1.2.2
func (p *Provider) ParseAuthorization(q url.Values) (*Authorization, error) {
	for _, k := range []string{"client_id", "redirect_uri"} {
		if len(q[k]) != 1 || len(q.Get(k)) > maxParameter {
			return nil, ErrRequest.At(k)
		}
	}
	cl := p.clients[q.Get("client_id")]
	if cl == nil {
		return nil, ErrClientUnknown.At("client_id = " + oidc.Shown(q.Get("client_id")))
	}
	a := &Authorization{Client: cl, RedirectURI: q.Get("redirect_uri")}
	if !slices.Contains(cl.RedirectURIs, a.RedirectURI) {
		return nil, ErrRedirect.At("redirect_uri = " + oidc.Shown(a.RedirectURI))
	}
	if v := q["state"]; len(v) == 1 && len(v[0]) <= maxParameter {
		a.State = v[0]
	}
	return a, a.parse(q)
}

// parse reads what comes after client and address: its errors go back to the service.
func (a *Authorization) parse(q url.Values) error {
	// What we know must come once; a parameter we do not know is ignored, as the standard asks.
	// spec: RFC 6749 3.1
	for _, k := range []string{"response_type", "response_mode", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "acr_values", "prompt"} {
		if len(q[k]) > 1 || len(q.Get(k)) > maxParameter {
			return ErrRequest.At(k)
		}
	}
	if t := q.Get("response_type"); t != "code" {
		return ErrResponseType.At("response_type = " + oidc.Shown(t))
	}
	if m := q.Get("response_mode"); m != "" && m != "query" {
		return ErrRequest.At("response_mode = " + oidc.Shown(m))
	}
	for _, k := range []string{"request", "request_uri", "registration"} {
		if q.Has(k) {
			return ErrRequest.At(k)
		}
	}
	// spec: FranceConnect v2 state and nonce mandatory
	if a.State == "" {
		return ErrState.At("state")
	}
	if a.Nonce = q.Get("nonce"); a.Nonce == "" {
		return ErrState.At("nonce")
	}
	if err := a.parseScope(q.Get("scope")); err != nil {
		return err
	}
	if err := a.parseLevel(q.Get("acr_values")); err != nil {
		return err
	}
	for _, v := range strings.Fields(q.Get("prompt")) {
		switch v {
		case "login", "consent": // somebody is asked each time
		case "none":
			return ErrLoginRequired.At("prompt = none")
		default:
			return ErrRequest.At("prompt = " + oidc.Shown(v))
		}
	}
	return a.parsePKCE(q)
}

func (a *Authorization) parseScope(asked string) error {
	list, known := strings.Fields(asked), scopeNames()
	for _, s := range list {
		if !slices.Contains(known, s) {
			return ErrScope.At("scope = " + oidc.Shown(s))
		}
	}
	if !slices.Contains(list, "openid") {
		return ErrScope.At("openid")
	}
	a.Scope = strings.Join(list, " ")
	return nil
}

// parseLevel reads the levels asked; the lowest is enough. Absent, it is the highest.
// spec: FranceConnect acr_values
func (a *Authorization) parseLevel(asked string) error {
	a.Level = levels[len(levels)-1]
	for _, v := range strings.Fields(asked) {
		if levelOf(v) == 0 {
			return ErrACR.At("acr_values = " + oidc.Shown(v))
		}
		if levelOf(v) < levelOf(a.Level) {
			a.Level = v
		}
	}
	return nil
}

// parsePKCE takes S256 only.
// spec: RFC 7636 4.4.1
func (a *Authorization) parsePKCE(q url.Values) error {
	a.Challenge = q.Get("code_challenge")
	switch method := q.Get("code_challenge_method"); {
	case a.Challenge == "" && method == "":
		return nil
	case method != "S256": // absent means plain
		return ErrPKCE.At("code_challenge_method = " + oidc.Shown(method))
	case !oidc.ValidChallenge(a.Challenge):
		return ErrPKCE.At("code_challenge")
	}
	return nil
}

// Denied gives what travels back to the service with an error.
// spec: RFC 6749 4.1.2.1
func (p *Provider) Denied(a *Authorization, err error) url.Values {
	code, text := problem(err)
	v := url.Values{"error": {code}, "error_description": {text}, "iss": {p.Issuer()}}
	if a.State != "" {
		v.Set("state", a.State)
	}
	return v
}

// Wait keeps a request until somebody says who they are; address is counted.
func (p *Provider) Wait(a *Authorization, browser, address string) (*Pending, error) {
	now := p.Now()
	if p.failures.Count("v\x00"+address, maxVisits, now) {
		return nil, ErrThrottled
	}
	w := &Pending{ID: p.random(), Browser: browser, Request: a}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending.Put(w.ID, w, now)
	return w, nil
}

// Waiting finds a request again, in the browser it was made in.
func (p *Provider) Waiting(id, browser string) (*Pending, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, ok := p.pending.Get(id, p.Now())
	if !ok || browser == "" || subtle.ConstantTimeCompare([]byte(w.Browser), []byte(browser)) != 1 {
		return nil, ErrLost
	}
	return w, nil
}

// People gives who may answer a request: those whose means of identification is high enough.
func (p *Provider) People(a *Authorization) []*Identity {
	var out []*Identity
	for i := range p.Identities {
		if who := &p.Identities[i]; who.Level == "" || levelOf(who.Level) >= levelOf(a.Level) {
			out = append(out, who)
		}
	}
	return out
}

// Choose ends a request: somebody continues as an identity, and a code travels back.
func (p *Provider) Choose(w *Pending, handle string) (url.Values, error) {
	who := p.people[handle]
	if who == nil || !slices.Contains(p.People(w.Request), who) {
		return nil, ErrIdentity
	}
	now, code := p.Now(), p.random()
	g := &grant{request: w.Request, who: who, at: now, level: who.Level}
	if g.level == "" {
		g.level = w.Request.Level
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.pending.Get(w.ID, now); !ok { // answered in another tab meanwhile
		return nil, ErrLost
	}
	p.pending.Drop(w.ID)
	p.codes.Put(code, g, now)
	// spec: RFC 9207 2
	return url.Values{"code": {code}, "state": {w.Request.State}, "iss": {p.Issuer()}}, nil
}

// GiveUp ends a request without an answer.
func (p *Provider) GiveUp(w *Pending) url.Values {
	p.mu.Lock()
	p.pending.Drop(w.ID)
	p.mu.Unlock()
	return p.Denied(w.Request, ErrDenied)
}
