package compte

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net/mail"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// Bounds of one-time codes.
const (
	codeLife     = 10 * time.Minute
	codeTries    = 5
	codesByMail  = 3  // asked for one address, per window
	codesByHost  = 20 // asked from one network address, per window
	codeDigits   = 6
	maxAddress   = 254
	codeModulus  = 1_000_000
	mailHashSalt = "socle courriel "
)

// pendingCode is a code that was sent.
type pendingCode struct {
	person ins.PersonID // "" when the address is nobody's: the page behaves the same
	prove  string       // the address this code proves to be theirs; "" when it signs in
	hash   [32]byte
	tries  int
}

func address(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxAddress {
		return "", ErrMail
	}
	return s, nil
}

func mailKey(a string) string {
	h := sha256.Sum256([]byte(mailHashSalt + a))
	return hex.EncodeToString(h[:])
}

// ownMail names the setting that leads from a person to their address.
func ownMail(person ins.PersonID) string { return "person|" + string(person) }

// SetMail says to which address the codes of a person go; an empty one ends it. The caller knows that
// the address is theirs: see ConfirmMail.
func (c *Comptes) SetMail(ctx context.Context, by dmp.Caller, person ins.PersonID, to string) error {
	var a string
	if to != "" {
		var err error
		if a, err = address(to); err != nil {
			return err
		}
	}
	return c.write(ctx, person, by, "adresse de connexion changée", func(tx dmp.Tx) error {
		all, err := dmp.Identities(tx, person)
		if err != nil {
			return err
		}
		if a != "" {
			holder, err := tx.Setting(kindMail, mailKey(a))
			if err == nil && !slices.Contains(all, ins.PersonID(holder)) {
				return ErrMailTaken
			}
			if err != nil && !errors.Is(err, dmp.ErrNotFound) {
				return err
			}
		}
		for _, id := range all { // the addresses they had, under whatever identity
			old, err := tx.Setting(kindMail, ownMail(id))
			if errors.Is(err, dmp.ErrNotFound) {
				continue
			}
			if err == nil {
				err = tx.PutSetting(kindMail, string(old), nil)
			}
			if err == nil {
				err = tx.PutSetting(kindMail, ownMail(id), nil)
			}
			if err != nil {
				return err
			}
		}
		if a == "" {
			return nil
		}
		if err := tx.PutSetting(kindMail, mailKey(a), []byte(person)); err != nil {
			return err
		}
		return tx.PutSetting(kindMail, ownMail(person), []byte(mailKey(a)))
	})
}

// HasMail tells whether a person can receive codes.
func (c *Comptes) HasMail(ctx context.Context, person ins.PersonID) (has bool, err error) {
	err = c.Store.View(ctx, func(r dmp.Reader) error {
		all, err := dmp.Identities(r, person)
		has = false
		for _, id := range all {
			switch _, err := r.Setting(kindMail, ownMail(id)); {
			case err == nil:
				has = true
			case !errors.Is(err, dmp.ErrNotFound):
				return err
			}
		}
		return err
	})
	return has, err
}

// network gives what one subscriber holds of the addresses: all of an IPv4 one, half of an IPv6 one.
func network(host string) string {
	a, err := netip.ParseAddr(host)
	if err != nil || a.Unmap().Is4() {
		return host
	}
	p, _ := a.WithZone("").Prefix(64)
	return p.String()
}

// AskCode sends a code to an address if it is that of somebody born on birth (YYYY-MM-DD): the code
// proves the mailbox, the date is known to the person. It answers the same whether or not there is
// such an account; host is where the request comes from, for the brake.
func (c *Comptes) AskCode(ctx context.Context, to, birth, host string) (token string, err error) {
	if c.Send == nil {
		return "", ErrNoMail
	}
	a, err := address(to)
	if err != nil {
		return "", err
	}
	now := c.Now()
	if c.brakes.Count("hote "+network(host), codesByHost, now) || c.brakes.Count("code "+a, codesByMail, now) {
		return "", ErrBrake
	}
	p := &pendingCode{}
	err = c.Store.View(ctx, func(r dmp.Reader) error {
		id, err := r.Setting(kindMail, mailKey(a))
		if errors.Is(err, dmp.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		all, err := dmp.Identities(r, ins.PersonID(id))
		if err != nil {
			return err
		}
		person, err := r.Person(all[0])
		if err == nil && person.Traits.BirthDate == birth {
			p.person = person.ID
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return c.issue(ctx, p, a, now)
}

// issue makes a code, remembers it and sends it, unless it is nobody's.
func (c *Comptes) issue(ctx context.Context, p *pendingCode, to string, now time.Time) (token string, err error) {
	n, err := rand.Int(rand.Reader, big.NewInt(codeModulus))
	if err != nil {
		return "", err
	}
	code := fmt.Sprintf("%0*d", codeDigits, n)
	token = random(24)
	p.hash = sha256.Sum256([]byte(token + code))
	c.mu.Lock()
	c.codes.Put(token, p, now)
	c.mu.Unlock()
	if p.person == "" {
		return token, nil
	}
	return token, c.Send(ctx, to, code)
}

// ProveMail sends a code to the address somebody wants their codes at. Until they type it the address
// is not theirs: nobody takes another's, nor learns that it is used.
func (c *Comptes) ProveMail(ctx context.Context, by dmp.Caller, to string) (token string, err error) {
	if c.Send == nil {
		return "", ErrNoMail
	}
	if !by.Citizen {
		return "", ErrCode
	}
	a, err := address(to)
	if err != nil {
		return "", err
	}
	now := c.Now()
	if c.brakes.Count("preuve "+by.ID, codesByMail, now) {
		return "", ErrBrake
	}
	return c.issue(ctx, &pendingCode{person: ins.PersonID(by.ID), prove: a}, a, now)
}

// ConfirmMail keeps the address that a code has proved.
func (c *Comptes) ConfirmMail(ctx context.Context, by dmp.Caller, token, code string) error {
	p, err := c.spend(token, code)
	if err != nil {
		return err
	}
	if p.prove == "" || string(p.person) != by.ID {
		return ErrCode
	}
	if err := c.SetMail(ctx, by, p.person, p.prove); err != nil || c.Proved == nil {
		return err
	}
	return c.Proved(ctx, p.person, p.prove)
}

// CheckCode tells who typed the code that was sent to sign in.
func (c *Comptes) CheckCode(token, code string) (ins.PersonID, error) {
	p, err := c.spend(token, code)
	if err == nil && p.prove != "" {
		err = ErrCode
	}
	if err != nil {
		return "", err
	}
	return p.person, nil
}

// spend takes a code that was typed. A code serves once and bears five tries.
func (c *Comptes) spend(token, code string) (*pendingCode, error) {
	got := sha256.Sum256([]byte(token + strings.ReplaceAll(strings.TrimSpace(code), " ", "")))
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.codes.Get(token, c.Now())
	if !ok {
		return nil, ErrCode
	}
	p.tries++
	good := subtle.ConstantTimeCompare(got[:], p.hash[:]) == 1
	switch {
	case p.tries > codeTries:
		c.codes.Drop(token)
		return nil, ErrBrake
	case !good || p.person == "":
		return nil, ErrCode
	}
	c.codes.Drop(token)
	return p, nil
}
