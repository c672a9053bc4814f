package mss

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"
)

// Credentials are what somebody shows to open a mailbox. Exactly one of Password, Token and
// Certificate counts.
type Credentials struct {
	Door        string // imap, submission
	Mailbox     string
	Password    string
	Token       string            // Pro Santé Connect or another token the installation knows. spec: MSSANTE CONF.07
	Certificate *x509.Certificate // of an organisation, verified
	External    bool              // the certificate is the means (SASL EXTERNAL)
	Remote      string
}

// SignIn opens a mailbox.
func (o *Operator) SignIn(ctx context.Context, c Credentials) (*Session, error) {
	address := Canonical(c.Mailbox)
	byPassword := !c.External && c.Token == "" // nobody guesses the others
	paced := byPassword && !o.paces.may(address, o.Now())
	box, err := o.boxAt(ctx, address)
	if err != nil && !isUnknown(err) {
		return nil, err
	}
	// Who guesses must not lock out the programs that know the password.
	if paced && (box == nil || !o.paces.remembers(address, c.Password, box.Password)) {
		return nil, ErrTooMany
	}
	s := &Session{o: o, Door: c.Door}
	refusal := ErrCredentials
	switch {
	case c.External:
		refusal = ErrExternal
		if box != nil && c.Certificate != nil && o.StructureOf != nil && (box.Type == Application || box.Type == Organisation) {
			// A server certificate names hosts: it is no key to the mail of its structure.
			if id := o.StructureOf(c.Certificate); id != "" && id == box.Structure && !ServerCertificate(c.Certificate) {
				s.Actor = id
			}
		}
	case c.Token != "":
		refusal = ErrToken
		if box != nil && o.Token != nil {
			holder, err := o.Token(ctx, c.Token, c.Certificate)
			if err == nil && (box.Holder(holder) || holder != "" && string(box.Person) == holder) {
				s.Actor = holder
			}
		}
	default:
		hash := ""
		if box != nil {
			hash = box.Password
		}
		if o.paces.password(address, c.Password, hash) && box != nil {
			s.Actor = box.Address
		}
	}
	if s.Actor == "" {
		if byPassword {
			o.paces.missed(address, o.Now())
		}
		if box != nil {
			o.refused(ctx, Trace{Box: box.ID, Address: box.Address, Door: c.Door, Action: "signin", About: c.Remote, Answer: refusal.ID})
		}
		return nil, refusal
	}
	if box.State == Closed && box.Type == Citizen {
		return nil, ErrClosedBox
	}
	s.Box = *box
	return s, o.signedIn(ctx, s, c.Remote)
}

func isUnknown(err error) bool {
	return ErrUnknownBox.Is(err) || strings.Contains(err.Error(), ErrUnknownBox.ID)
}

// As opens a mailbox for somebody the pages have already authenticated: its holder or a delegate.
func (o *Operator) As(ctx context.Context, holder string, address, door string) (*Session, error) {
	box, err := o.boxAt(ctx, Canonical(address))
	if err != nil {
		return nil, err
	}
	if !box.Holder(holder) && (holder == "" || string(box.Person) != holder) {
		return nil, ErrUnknownBox
	}
	s := &Session{o: o, Box: *box, Actor: holder, Door: door}
	if err := s.Still(ctx); err != nil { // which also notes the day of use
		return nil, err
	}
	return s, nil
}

// Mailboxes lists those somebody (PS_IdNat or PersonID) opens.
func (o *Operator) Mailboxes(ctx context.Context, holder string) (list []*Mailbox, err error) {
	err = o.Store.ViewMail(ctx, func(r Reader) error {
		list, err = r.MailboxesOf(holder)
		return err
	})
	return list, o.storeError(err)
}

// signedIn writes the trace, and the day the mailbox was last used.
func (o *Operator) signedIn(ctx context.Context, s *Session, remote string) error {
	day := o.Now().UTC().Truncate(24 * time.Hour)
	err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) error {
		if s.Box.Seen.Before(day) {
			m, err := tx.Mailbox(s.Box.ID)
			if err != nil {
				return err
			}
			m.Seen = day
			if m.State == Suspended {
				m.State = Active // its holder is back
			}
			if err := tx.PutMailbox(m); err != nil {
				return err
			}
		}
		return s.trace(tx, "signin", remote, nil)
	}})
	return o.storeError(err)
}

// Costs of a password hash. spec: RFC 9106 (second recommended set, halved twice for a laptop)
const (
	argonTime   = 2
	argonMemory = 19 << 10 // kB
	argonKey    = 32
)

// HashPassword makes what is kept of a password.
func HashPassword(password string) string {
	var salt [16]byte
	rand.Read(salt[:])
	return encodeHash(salt[:], argon2.IDKey([]byte(password), salt[:], argonTime, argonMemory, 1, argonKey))
}

func encodeHash(salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$%s$%s", argonMemory, argonTime, b.EncodeToString(salt), b.EncodeToString(key))
}

func checkHash(hash, password string) bool {
	f := strings.Split(hash, "$")
	if len(f) != 6 || f[1] != "argon2id" {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(f[4])
	if err != nil {
		return false
	}
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, 1, argonKey)
	return subtle.ConstantTimeCompare([]byte(encodeHash(salt, key)), []byte(hash)) == 1
}

// pace slows down who guesses, and spares the cost of a hash to who comes back.
type pace struct {
	mu     sync.Mutex
	misses map[string]miss
	good   map[string][32]byte // MAC of the password that opened, by address
	key    [32]byte
	hash   sync.Mutex // one hash at a time: each takes 19 MB
}

type miss struct {
	n    int
	last time.Time
}

// After maxMisses failures an address waits: a guesser gets a few hundred guesses a day.
const (
	maxMisses  = 10
	missWindow = 5 * time.Minute
	maxPaced   = 10_000 // addresses remembered
)

func (p *pace) may(address string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.misses[address]
	return m.n < maxMisses || now.Sub(m.last) > missWindow
}

func (p *pace) missed(address string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.misses == nil {
		p.misses = map[string]miss{}
	}
	if _, had := p.misses[address]; !had && len(p.misses) >= maxPaced {
		p.forget(now)
	}
	m := p.misses[address]
	if now.Sub(m.last) > missWindow {
		m.n = 0
	}
	m.n, m.last = m.n+1, now
	p.misses[address] = m
}

// forget makes room for a tenth: what is over first, then those who missed least, never all: misses
// on many addresses must not wipe out those on one.
func (p *pace) forget(now time.Time) {
	const left = maxPaced - maxPaced/10
	for n := 0; n <= maxMisses && len(p.misses) > left; n++ {
		for a, m := range p.misses {
			if now.Sub(m.last) > missWindow || m.n <= n && len(p.misses) > left {
				delete(p.misses, a)
			}
		}
	}
	for a := range p.misses {
		if len(p.misses) <= left {
			return
		}
		delete(p.misses, a)
	}
}

// mac gives the digest under which a password that opened is remembered. The caller holds mu.
func (p *pace) mac(address, password, hash string) [32]byte {
	if p.good == nil || len(p.good) > maxPaced {
		p.good = map[string][32]byte{}
		rand.Read(p.key[:])
	}
	mac := hmac.New(sha256.New, p.key[:])
	fmt.Fprintf(mac, "%s\x00%s\x00%s", address, hash, password)
	return [32]byte(mac.Sum(nil))
}

// remembers tells whether a password opened this mailbox lately, without the cost of its hash.
func (p *pace) remembers(address, password, hash string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := p.mac(address, password, hash)
	known, ok := p.good[address]
	return ok && subtle.ConstantTimeCompare(known[:], sum[:]) == 1
}

// password checks a password against its hash. An address without one costs as much.
func (p *pace) password(address, password, hash string) bool {
	if p.remembers(address, password, hash) {
		return true
	}
	p.hash.Lock()
	defer p.hash.Unlock()
	if hash == "" {
		checkHash(dummyHash, password)
		return false
	}
	if !checkHash(hash, password) {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := p.mac(address, password, hash)
	p.good[address] = sum
	return true
}

var dummyHash = encodeHash(make([]byte, 16), make([]byte, argonKey))
