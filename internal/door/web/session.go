package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"sort"
	"sync"
	"time"

	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Bounds of sessions: an hour of silence or half a day ends one; the oldest leave when there are
// too many, for one person or for the whole house.
const (
	sessionIdle    = time.Hour
	sessionLife    = 12 * time.Hour
	maxSessions    = 20_000
	maxPerSubject  = 50
	maxRecents     = 8
	emergencyLife  = time.Hour
	visitLife      = 30 * time.Minute
	maxVisits      = 200
	sessionCookie  = "socle_session"
	sessionIDBytes = 32
)

// session is one signed-in browser. Its fields change under mu.
type session struct {
	id      string // secret, in the cookie
	public  string // names it on the person's page
	subject acces.Subject
	began   time.Time
	device  string // words about the browser

	mu      sync.Mutex
	seen    time.Time
	flash   *flash
	visits  map[ins.PersonID]*visit
	recents []ins.PersonID

	letters    []*letterSent // the last ones sent, so that a form sent twice sends once
	followed   []dmp.Follow  // the list of patients, for a moment
	followedAt time.Time
}

// visit is a time spent on one record: what was new when it began stays marked as new.
type visit struct {
	since, last time.Time
	mode        acces.Mode
	reason      string
	modeUntil   time.Time
}

// flash is one sentence shown on the next page, with the way back.
type flash struct {
	Words  string
	Undo   string            // address of the form that undoes
	Fields map[string]string // its fields
	Bad    bool
}

type sessions struct {
	now  func() time.Time
	mu   sync.Mutex
	byID map[string]*session
}

func newSessions(now func() time.Time) *sessions {
	if now == nil {
		now = time.Now
	}
	return &sessions{now: now, byID: map[string]*session{}}
}

func randomID() string {
	b := make([]byte, sessionIDBytes)
	if _, err := rand.Read(b); err != nil {
		panic(err) // the kernel gives no randomness: nothing safe can be done
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// begin opens a new session.
func (s *sessions) begin(sub acces.Subject, device string) *session {
	now := s.now()
	n := &session{id: randomID(), public: randomID()[:12], subject: sub, began: now, seen: now, device: device, visits: map[ins.PersonID]*visit{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(now, sub)
	s.byID[n.id] = n
	return n
}

// sweep drops what has expired and makes room. The caller holds mu.
func (s *sessions) sweep(now time.Time, sub acces.Subject) {
	var mine []*session
	var oldest *session
	for id, v := range s.byID {
		if v.expired(now) {
			delete(s.byID, id)
			continue
		}
		if v.subject == sub {
			mine = append(mine, v)
		}
		if oldest == nil || v.began.Before(oldest.began) {
			oldest = v
		}
	}
	if len(mine) >= maxPerSubject {
		sort.Slice(mine, func(i, j int) bool { return mine[i].began.Before(mine[j].began) })
		delete(s.byID, mine[0].id)
	}
	if len(s.byID) >= maxSessions && oldest != nil {
		delete(s.byID, oldest.id)
	}
}

func (v *session) expired(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return now.Sub(v.seen) > sessionIdle || now.Sub(v.began) > sessionLife
}

// of gives the session of a request, or nil.
func (s *sessions) of(r *http.Request) *session {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	v := s.byID[c.Value]
	s.mu.Unlock()
	now := s.now()
	if v == nil || v.expired(now) {
		return nil
	}
	v.mu.Lock()
	v.seen = now
	v.mu.Unlock()
	return v
}

func (s *sessions) end(v *session) {
	s.mu.Lock()
	delete(s.byID, v.id)
	s.mu.Unlock()
}

// ofSubject lists the live sessions of a person, newest first.
func (s *sessions) ofSubject(sub acces.Subject) []*session {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*session
	for _, v := range s.byID {
		if v.subject.Professional == sub.Professional && v.subject.Person == sub.Person && !v.expired(now) { // wherever they work
			out = append(out, v)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].began.After(out[j].began) })
	return out
}

func setCookie(w http.ResponseWriter, r *http.Request, name, value string, age int, httpOnly bool) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: httpOnly, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil})
}

// mac signs a text for one purpose.
func (d *Door) mac(purpose, text string) string {
	h := hmac.New(sha256.New, d.Secret)
	h.Write([]byte(purpose + "\x00" + text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// saltBytes is the random part of a form token: no two pages carry the same one, so that the
// size of a compressed page tells nothing of it.
const saltBytes = 9

// formToken makes a token that forms of a session carry.
func (d *Door) formToken(s *session) string { return d.formTokenWith(s, randomID()) }

func (d *Door) formTokenWith(s *session, salt string) string {
	salt = salt[:saltBytes/3*4]
	return salt + d.mac("form", s.id+"\x00"+salt)
}

// formTokenOf reports whether a token is one of a session.
func (d *Door) formTokenOf(s *session, token string) bool {
	const n = saltBytes / 3 * 4
	return len(token) > n && hmac.Equal([]byte(token[n:]), []byte(d.mac("form", s.id+"\x00"+token[:n])))
}

// takeFlash gives the pending sentence once.
func (v *session) takeFlash() *flash {
	v.mu.Lock()
	defer v.mu.Unlock()
	f := v.flash
	v.flash = nil
	return f
}

func (v *session) say(f *flash) {
	v.mu.Lock()
	v.flash = f
	v.mu.Unlock()
}

// visitOf gives a copy of the visit in course, if any.
func (v *session) visitOf(p ins.PersonID, now time.Time) (visit, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	x := v.visits[p]
	if x == nil {
		return visit{}, false
	}
	if x.mode != "" && now.After(x.modeUntil) {
		x.mode, x.reason = "", ""
	}
	return *x, now.Sub(x.last) <= visitLife && !x.last.IsZero()
}

// arrive notes that a record was opened; since is when it had been seen last, before this session.
func (v *session) arrive(p ins.PersonID, since, now time.Time) time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	x := v.visits[p]
	if x == nil {
		if len(v.visits) >= maxVisits {
			v.visits = map[ins.PersonID]*visit{}
		}
		x = &visit{}
		v.visits[p] = x
	}
	if x.last.IsZero() {
		x.since = since
	}
	x.last = now
	v.followed = nil
	v.recents = append([]ins.PersonID{p}, without(v.recents, p)...)
	if len(v.recents) > maxRecents {
		v.recents = v.recents[:maxRecents]
	}
	return x.since
}

func without(list []ins.PersonID, p ins.PersonID) []ins.PersonID {
	out := make([]ins.PersonID, 0, len(list))
	for _, x := range list {
		if x != p {
			out = append(out, x)
		}
	}
	return out
}

// setMode changes the mode of access to one record, for a while.
func (v *session) setMode(p ins.PersonID, m acces.Mode, reason string, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	x := v.visits[p]
	if x == nil {
		x = &visit{}
		v.visits[p] = x
	}
	x.mode, x.reason, x.modeUntil = m, reason, now.Add(emergencyLife)
}

func (v *session) recent() []ins.PersonID {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]ins.PersonID(nil), v.recents...)
}

// Professional tells which professional a request's session is for, and names that session for those
// who bind something to it.
func (d *Door) Professional(r *http.Request) (idNat, key string, ok bool) {
	d.prepare()
	s := d.sessions.of(r)
	if s == nil || s.subject.Professional == "" {
		return "", "", false
	}
	return s.subject.Professional, d.mac("lien", s.id), true
}

// SignOut ends the session of a request.
func (d *Door) SignOut(w http.ResponseWriter, r *http.Request) {
	d.prepare()
	if s := d.sessions.of(r); s != nil {
		d.sessions.end(s)
		setCookie(w, r, sessionCookie, "", -1, true)
	}
}

// SignInPath is the page to sign in at, and come back from.
func (d *Door) SignInPath(suite string) string {
	if suite == "" {
		return "/"
	}
	return "/?suite=" + queryEscape(suite)
}
