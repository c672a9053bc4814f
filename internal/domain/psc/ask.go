package psc

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/socle-sante/socle/format/oidc"
)

// Channels by which a professional is asked.
// spec: PSC CIBA channel
const (
	Mobile = "MOBILE" // e-CPS on a telephone
	Card   = "CARD"   // CPx read at the desk
)

type answer int

const (
	waiting answer = iota
	approved
	refused
)

// Ask is one request shown on the e-CPS of a professional: of a software by CIBA, or of the
// sign-in page. Its fields do not change; the answer does, under mu of the provider.
type Ask struct {
	Public  string // names it in the form
	IDNat   string
	Client  *Client
	Message string // two digits
	Channel string
	Began   time.Time
	Expires time.Time

	scope  string
	ciba   bool
	answer answer
	used   bool
	polled time.Time
}

// CIBAAnswer is what the software gets.
type CIBAAnswer struct {
	ID       string `json:"auth_req_id"`
	Expires  int    `json:"expires_in"`
	Interval int    `json:"interval"`
}

// Backchannel takes a CIBA request.
// spec: CIBA Core 1.0 7.1
func (p *Provider) Backchannel(cl *Client, f url.Values) (*CIBAAnswer, error) {
	if !cl.CIBA {
		return nil, ErrUnauthorizedClient.At("ciba")
	}
	for k, v := range f {
		if len(v) > 1 || len(v[0]) > maxParameter {
			return nil, ErrRequest.At(oidc.Shown(k))
		}
	}
	for _, k := range []string{"request", "login_hint_token", "id_token_hint", "user_code"} {
		if f.Has(k) {
			return nil, ErrRequest.At(k)
		}
	}
	scope, err := grantedScope(f.Get("scope"))
	if err != nil {
		return nil, err
	}
	if err := checkACR(f.Get("acr_values")); err != nil {
		return nil, err
	}
	channel := first(f.Get("channel"), Mobile)
	if channel != Mobile && channel != Card {
		return nil, ErrRequest.At("channel = " + oidc.Shown(channel))
	}
	if m := f.Get("binding_message"); len(m) != 2 || m[0] < '0' || m[0] > '9' || m[1] < '0' || m[1] > '9' {
		return nil, ErrBinding.At("binding_message = " + oidc.Shown(m))
	}
	life := p.AskLife
	if v := f.Get("requested_expiry"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n <= 0 {
			return nil, ErrRequest.At("requested_expiry = " + oidc.Shown(v))
		}
		life = min(time.Duration(min(n, int(maxAskLife/time.Second)))*time.Second, maxAskLife)
	}
	hint := f.Get("login_hint")
	if !p.Directory.Active(hint) {
		return nil, ErrHint.At("login_hint")
	}
	id := p.secret()
	ask := &Ask{IDNat: hint, Client: cl, Message: f.Get("binding_message"), Channel: channel, scope: scope, ciba: true}
	if err := p.askThem(id, ask, life); err != nil {
		return nil, err
	}
	return &CIBAAnswer{ID: id, Expires: int(life / time.Second), Interval: max(1, int(p.AskInterval/time.Second))}, nil
}

// AskAtSignIn shows two digits on the e-CPS of who is signing in at the page. One that does not
// exist gets digits too, so that the page does not tell who is in the directory.
func (p *Provider) AskAtSignIn(w *Pending, idNat, address string) error {
	now := p.Now()
	if p.attempts.Count("l\x00@"+address, maxAddressFailure, now) || p.attempts.Count("l\x00"+oidc.Shown(idNat), maxLoginAttempts, now) {
		return ErrThrottled
	}
	n, err := rand.Int(p.Random, big.NewInt(100))
	if err != nil {
		return ErrInternal.With(err)
	}
	ask := &Ask{IDNat: idNat, Client: w.Request.Client, Message: fmt.Sprintf("%02d", n), Channel: Mobile}
	if !p.Directory.Active(idNat) {
		ask.Began, ask.Expires = now, now.Add(p.AskLife)
	} else if err := p.askThem(p.secret(), ask, p.AskLife); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	w.ask = ask
	return nil
}

func (p *Provider) askThem(id string, a *Ask, life time.Duration) error {
	now := p.Now()
	a.Public, a.Began, a.Expires = p.secret(), now, now.Add(life)
	p.mu.Lock()
	defer p.mu.Unlock()
	mine := p.waitingOf(a.IDNat, now)
	if len(mine) >= maxAsksOfOne {
		return ErrThrottled.At("login_hint")
	}
	if len(p.byPro) >= maxAsks { // rarely: forget who has nothing waiting any more
		for k := range p.byPro {
			p.waitingOf(k, now)
		}
	}
	p.asks.Put(id, a, now)
	p.byPro[a.IDNat] = append(mine, a)
	return nil
}

// waitingOf gives, under mu, what a professional has not answered, and forgets the rest.
func (p *Provider) waitingOf(idNat string, now time.Time) []*Ask {
	list := slices.DeleteFunc(p.byPro[idNat], func(a *Ask) bool { return a.answer != waiting || !now.Before(a.Expires) })
	if len(list) == 0 {
		delete(p.byPro, idNat)
		return nil
	}
	p.byPro[idNat] = list
	return list
}

// Asks lists what waits for a professional, newest first.
func (p *Provider) Asks(idNat string) []*Ask {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := slices.Clone(p.waitingOf(idNat, p.Now()))
	slices.SortStableFunc(out, func(a, b *Ask) int { return cmp.Compare(b.Began.UnixNano(), a.Began.UnixNano()) })
	return out
}

// Answer is the professional's word on one request; false when it no longer waits.
func (p *Provider) Answer(idNat, public string, yes bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.waitingOf(idNat, p.Now()) {
		if a.Public == public {
			a.answer = refused
			if yes {
				a.answer = approved
			}
			return true
		}
	}
	return false
}

// Answered gives the sign-in page what it asked last on an e-CPS, with ErrPending while nobody
// answered and nil once approved. Who approved is told in the same breath: another question may
// take the place of this one at any time.
func (p *Provider) Answered(w *Pending) (Ask, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := w.ask
	switch {
	case a == nil:
		return Ask{}, ErrLost
	case a.answer == approved:
		return *a, nil
	case a.answer == refused:
		return *a, ErrAccessDenied
	case !p.Now().Before(a.Expires):
		return *a, ErrExpired
	}
	return *a, ErrPending
}

// poll is the token endpoint's side of CIBA.
// spec: CIBA Core 1.0 10.1 and 11
func (p *Provider) poll(cl *Client, id string) (*Ask, error) {
	now := p.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.asks.Get(id, now)
	if !ok || a.Client != cl || !a.ciba || a.used {
		return nil, ErrAsk
	}
	soon := !a.polled.IsZero() && now.Sub(a.polled) < p.AskInterval-askTolerance(p.AskInterval)
	a.polled = now
	switch {
	case a.answer == refused:
		a.used = true
		return nil, ErrAccessDenied
	case !now.Before(a.Expires):
		return nil, ErrExpired
	case a.answer == waiting && soon:
		return nil, ErrSlowDown
	case a.answer == waiting:
		return nil, ErrPending
	}
	a.used = true
	return a, nil
}

// askTolerance forgives the jitter of the network: a tenth of the interval.
func askTolerance(interval time.Duration) time.Duration { return interval / 10 }
