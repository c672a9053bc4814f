package mss

import (
	"context"
	"encoding/base32"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
)

// The life («vie») of mailboxes: who may have one, what changes in it, and its end. A removed
// mailbox leaves a row without a holder or a password, that keeps its addresses: a letter to
// somebody of before never reaches somebody else.
// spec: MSSANTE §4 (cycle de vie)

// Life is how long mailboxes may sleep and how long closed ones are kept. Zero: the defaults.
type Life struct {
	Idle time.Duration // without a sign-in, before a mailbox is suspended; negative: never
	Kept time.Duration // after it was closed, before its messages are removed; negative: for ever
}

// The times of Life. The référentiel sets none: a holder on long leave is not suspended, and one
// who leaves has a year to take the letters along.
const (
	DefaultIdle = 365 * 24 * time.Hour
	DefaultKept = 365 * 24 * time.Hour
)

// Bounds of what is said of a mailbox.
const (
	MaxDelegates = 200 // of a large service
	MaxFormer    = 20  // addresses of before
	maxWords     = 255 // bytes of a name, a description, a service
	maxRank      = 99
	maxRetention = 3650 // days in the bin
	maxQuota     = 1 << 40
	minQuota     = 1 << 20
)

// By says who changes a mailbox and through which door; traces hold both.
type By struct{ Actor, Door string }

// Create makes a mailbox for somebody of the directory. Name, when empty, follows the rule of the
// type. An address is that of one mailbox for ever: ErrBoxExists, even when it was removed.
func (o *Operator) Create(ctx context.Context, by By, m Mailbox) (*Mailbox, error) {
	var out *Mailbox
	err := o.change(ctx, func(tx Tx) (list []*Mailbox, err error) {
		out, err = o.create(tx, by, m)
		return []*Mailbox{out}, err
	})
	return out, err
}

func (o *Operator) create(tx Tx, by By, m Mailbox) (*Mailbox, error) {
	now := o.Now()
	m.Address = Canonical(m.Address)
	m.ID, m.State, m.Former, m.Closing, m.Closed, m.Removed = 0, Active, nil, "", time.Time{}, time.Time{}
	if m.Quota == 0 {
		m.Quota = DefaultQuota
	}
	m.Created, m.Changed, m.Seen = minute(now), minute(now), time.Time{}
	if err := o.fits(&m); err != nil {
		return nil, err
	}
	if err := free(tx, m.Address, 0); err != nil {
		return nil, err
	}
	if err := putMailbox(tx, &m); err != nil {
		return nil, err
	}
	for _, f := range Born(m.ID, now) {
		if err := tx.PutFolder(&f); err != nil {
			return nil, err
		}
	}
	return &m, o.lived(tx, by, &m, "open", string(m.Type))
}

// Rename gives a mailbox another address; the former one leads on to it.
func (o *Operator) Rename(ctx context.Context, by By, address, to string) (*Mailbox, error) {
	to = Canonical(to)
	return o.alter(ctx, by, address, "rename", to, func(tx Tx, m *Mailbox) error {
		switch {
		case m.Type == Citizen:
			return ErrCitizenBox.At(to)
		case m.State == Closed:
			return ErrClosedBox.At(m.Address)
		case to == m.Address:
			return nil
		}
		if err := free(tx, to, m.ID); err != nil {
			return err
		}
		m.Former = append(slices.DeleteFunc(m.Former, func(a string) bool { return a == to }), m.Address)
		m.Address = to
		return nil
	})
}

// Changes is what may change in a mailbox; nil is left as it is.
type Changes struct {
	Name, Description, Service, Responsible *string
	Delegates                               *[]string // PS_IdNat
	Red                                     *bool
	Rank, Retention                         *int
	Quota                                   *int64
	Password                                *string // in clear; "" takes it away
}

// Change changes what is said of a mailbox.
func (o *Operator) Change(ctx context.Context, by By, address string, c Changes) (*Mailbox, error) {
	hash := "" // made outside the transaction: it is slow on purpose
	if c.Password != nil && *c.Password != "" {
		if len(*c.Password) < minPassword {
			return nil, ErrBoxValue.At("password")
		}
		hash = HashPassword(*c.Password)
	}
	return o.alter(ctx, by, address, "change", c.about(), func(_ Tx, m *Mailbox) error {
		if m.State == Closed {
			return ErrClosedBox.At(m.Address)
		}
		if c.Password != nil {
			m.Password = hash
		}
		return c.apply(m)
	})
}

// minPassword is the shortest password of a mailbox. spec: IDENTITY G
const minPassword = 12

func (c *Changes) apply(m *Mailbox) error {
	set := func(to *string, from *string) {
		if from != nil {
			*to = strings.TrimSpace(*from)
		}
	}
	set(&m.Name, c.Name)
	set(&m.Description, c.Description)
	set(&m.Service, c.Service)
	set(&m.Responsible, c.Responsible)
	if c.Delegates != nil {
		list := slices.Clone(*c.Delegates)
		slices.Sort(list)
		m.Delegates = slices.Compact(list)
	}
	if c.Red != nil {
		m.Red = *c.Red
	}
	if c.Rank != nil {
		m.Rank = *c.Rank
	}
	if c.Retention != nil {
		m.Retention = *c.Retention
	}
	if c.Quota != nil {
		m.Quota = *c.Quota
	}
	return nil
}

// about names what changes, not to what.
func (c *Changes) about() string {
	var list []string
	for _, f := range []struct {
		name string
		set  bool
	}{{"name", c.Name != nil}, {"description", c.Description != nil}, {"service", c.Service != nil}, {"responsible", c.Responsible != nil}, {"delegates", c.Delegates != nil},
		{"red", c.Red != nil}, {"rank", c.Rank != nil}, {"retention", c.Retention != nil}, {"quota", c.Quota != nil}, {"password", c.Password != nil}} {
		if f.set {
			list = append(list, f.name)
		}
	}
	return strings.Join(list, " ")
}

// Suspend marks a mailbox whose holder does not come: it still receives, and wakes up by itself.
func (o *Operator) Suspend(ctx context.Context, by By, address string) (*Mailbox, error) {
	return o.alter(ctx, by, address, "suspend", "", func(_ Tx, m *Mailbox) error {
		if m.State == Closed {
			return ErrClosedBox.At(m.Address)
		}
		m.State = Suspended
		return nil
	})
}

// Close ends the right to a mailbox: nothing comes in any more, it leaves the directory, and its
// holder still reads it until it is removed. reason is for people.
func (o *Operator) Close(ctx context.Context, by By, address, reason string) (*Mailbox, error) {
	return o.alter(ctx, by, address, "close", reason, func(_ Tx, m *Mailbox) error { return o.close(m, reason) })
}

func (o *Operator) close(m *Mailbox, reason string) error {
	if m.State != Closed {
		m.State, m.Closing, m.Closed = Closed, strings.TrimSpace(reason), minute(o.Now())
	}
	return nil
}

// Reopen undoes Close, as long as the mailbox was not removed.
func (o *Operator) Reopen(ctx context.Context, by By, address string) (*Mailbox, error) {
	return o.alter(ctx, by, address, "reopen", "", func(_ Tx, m *Mailbox) error {
		o.reopen(m)
		return nil
	})
}

func (o *Operator) reopen(m *Mailbox) {
	m.State, m.Closing, m.Closed = Active, "", time.Time{}
	m.Seen = o.Now().UTC().Truncate(24 * time.Hour) // a full time to come back
}

// Mailbox finds a mailbox by one of its addresses; ErrUnknownBox.
func (o *Operator) Mailbox(ctx context.Context, address string) (*Mailbox, error) {
	box, err := o.boxAt(ctx, Canonical(address))
	if err == nil && !box.Removed.IsZero() {
		return nil, ErrUnknownBox.At(address)
	}
	return box, err
}

// boxesAtOnce is how many mailboxes one look at the store takes.
const boxesAtOnce = 500

// All walks the mailboxes in order of birth, removed ones aside.
func (o *Operator) All(ctx context.Context, fn func(*Mailbox) error) error {
	for after := BoxID(0); ; {
		var list []*Mailbox
		err := o.Store.ViewMail(ctx, func(r Reader) (err error) {
			list, err = r.MailboxesAfter(after, boxesAtOnce)
			return err
		})
		if err != nil || len(list) == 0 {
			return o.storeError(err)
		}
		for _, m := range list {
			after = m.ID
			if !m.Removed.IsZero() {
				continue
			}
			if err := fn(m); err != nil {
				return err
			}
		}
	}
}

// alter changes one mailbox, with its trace and its publication.
func (o *Operator) alter(ctx context.Context, by By, address, action, about string, fn func(Tx, *Mailbox) error) (*Mailbox, error) {
	var out *Mailbox
	err := o.change(ctx, func(tx Tx) (list []*Mailbox, err error) {
		out, err = o.alterIn(tx, by, address, action, about, fn)
		return []*Mailbox{out}, err
	})
	return out, err
}

func (o *Operator) alterIn(tx Tx, by By, address, action, about string, fn func(Tx, *Mailbox) error) (*Mailbox, error) {
	m, err := tx.MailboxAt(Canonical(address))
	if errors.Is(err, dmp.ErrNotFound) || err == nil && !m.Removed.IsZero() {
		return nil, ErrUnknownBox.At(address)
	}
	if err != nil {
		return nil, err
	}
	if err := fn(tx, m); err != nil {
		return nil, err
	}
	if err := o.sound(m); err != nil {
		return nil, err
	}
	m.Changed = minute(o.Now())
	if err := putMailbox(tx, m); err != nil {
		return nil, err
	}
	return m, o.lived(tx, by, m, action, about)
}

// change runs a change of mailboxes in one commit, then brings the directory to say it.
func (o *Operator) change(ctx context.Context, fn func(Tx) ([]*Mailbox, error)) error {
	var touched []*Mailbox
	err := o.Store.CommitMail(ctx, Unit{Do: func(tx Tx) (err error) {
		touched, err = fn(tx)
		return err
	}})
	if err != nil {
		return o.storeError(err)
	}
	if err := o.publish(touched...); err != nil {
		o.Log.Error("the directory does not say what a mailbox became; it will at the next round", "err", err)
	}
	return nil
}

func (o *Operator) lived(tx Tx, by By, m *Mailbox, action, about string) error {
	return o.putTrace(tx, Trace{Box: m.ID, Address: m.Address, Actor: by.Actor, Door: by.Door, Action: action, About: about, Answer: "ok"})
}

func putMailbox(tx Tx, m *Mailbox) error {
	if err := tx.PutMailbox(m); errors.Is(err, ErrAddressTaken) {
		return ErrBoxExists.At(m.Address)
	} else if err != nil {
		return err
	}
	return nil
}

// free refuses an address that another mailbox has or had.
func free(r Reader, address string, box BoxID) error {
	m, err := r.MailboxAt(address)
	switch {
	case errors.Is(err, dmp.ErrNotFound):
		return nil
	case err != nil:
		return err
	case m.ID != box:
		return ErrBoxExists.At(address)
	}
	return nil
}

// carrierOf tells what carries a mailbox in the directory.
// spec: MSSANTE §2
func carrierOf(m *Mailbox) annuaire.Carrier {
	switch m.Type {
	case Personal:
		return annuaire.Carrier{Professional: m.Professional, Structure: m.Structure}
	case Cabinet:
		return annuaire.Carrier{Professional: m.Professional}
	}
	return annuaire.Carrier{Structure: m.Structure}
}

// NewPassword draws a password that a person can copy: 128 bits in letters and figures.
func NewPassword(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])), nil
}
