package psc

import "time"

// Login is the session of a professional at the provider, in one browser or by one CIBA request.
type Login struct {
	Cookie   string // secret; "" for CIBA
	SID      string // sid and session_state
	IDNat    string
	AuthTime time.Time
	ACR      string
	AMR      []string
	// Web says that it stands on the session of the pages: it is worth what that one is worth.
	Web bool

	until time.Time
	ended bool // under mu of the provider
}

// Means of authentication, as amr.
// spec: RFC 8176 2
var (
	AMRCard = []string{"sc", "pin", "mfa"}
	AMReCPS = []string{"swk", "pin", "mfa"}
	AMRWeb  = []string{"user"}
)

// SignIn opens a session.
func (p *Provider) SignIn(idNat string, amr []string, web bool) (*Login, error) {
	if !p.Directory.Active(idNat) {
		return nil, ErrHint
	}
	l := p.newLogin(idNat, amr)
	l.Cookie, l.Web = p.secret(), web
	p.mu.Lock()
	defer p.mu.Unlock()
	p.logins.Put(l.Cookie, l, l.AuthTime)
	p.sids.Put(l.SID, l, l.AuthTime)
	return l, nil
}

func (p *Provider) newLogin(idNat string, amr []string) *Login {
	now := p.Now()
	return &Login{SID: p.uuid(), IDNat: idNat, AuthTime: now, ACR: ACR, AMR: amr, until: now.Add(p.SessionLife)}
}

// LoginOf finds the session of a browser; nil when there is none.
func (p *Provider) LoginOf(cookie string) *Login {
	if cookie == "" {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.logins.Get(cookie, p.Now())
	if !ok || !p.alive(l) {
		return nil
	}
	return l
}

// alive is called under mu.
func (p *Provider) alive(l *Login) bool { return !l.ended && p.Now().Before(l.until) }

// EndLogin ends a session with every token it gave, at once.
func (p *Provider) EndLogin(l *Login) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end(l)
}

func (p *Provider) end(l *Login) {
	if l.ended {
		return
	}
	l.ended = true
	p.ended.Put(l.SID, true, p.Now())
	p.sids.Drop(l.SID)
	if l.Cookie != "" {
		p.logins.Drop(l.Cookie)
	}
}
