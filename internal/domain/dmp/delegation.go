package dmp

import (
	"context"
	"errors"
	"time"

	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// Delegate writes a delegation from a professional to the staff of a structure, or ends it at once
// when until is zero. The caller administers the structure, or delegates for themselves.
func (d *DMP) Delegate(ctx context.Context, c Caller, from, to, structure string, until time.Time) error {
	now := d.Now()
	del := acces.Delegation{From: from, To: to, Structure: structure, Since: now, Until: until, By: c.ID}
	end := until.IsZero()
	if end {
		del.Until = now.Add(time.Second) // judged as one that could be given
	}
	if err := acces.CheckDelegation(c.Actor, del, d.Annuaire.Professional(from), d.Annuaire.Professional(to), now); err != nil && !(end && errors.Is(err, acces.ErrDelegate)) {
		return err
	}
	var data []byte
	if !end {
		var err error
		if data, err = del.Encode(); err != nil {
			return err
		}
	}
	return d.storeError(d.Store.Commit(ctx, Unit{Do: func(tx Tx) error {
		if err := tx.PutSetting(acces.DelegationKind, del.ID(), data); err != nil {
			return err
		}
		rec := c.record(now, "", journal.Delegate, "", "")
		rec.Detail = from + " → " + to
		if end {
			rec.Detail += " (fin)"
		}
		return tx.Leaf(rec)
	}}))
}

// maxDelegations bounds a list of delegations.
const maxDelegations = 1000

// Delegations lists the delegations of a structure that count now; to restricts to one member of staff.
func (d *DMP) Delegations(ctx context.Context, structure, to string) (list []acces.Delegation, err error) {
	prefix := structure + "|"
	if to != "" {
		prefix += to + "|"
	}
	now := d.Now()
	err = d.look(ctx, func(r Reader) error {
		list = nil
		rows, err := r.Settings(acces.DelegationKind, prefix, "", maxDelegations)
		if err != nil {
			return err
		}
		for _, s := range rows {
			del, err := acces.DecodeDelegation(s.Data)
			if err != nil {
				return err
			}
			if del.Active(now) {
				list = append(list, del)
			}
		}
		return nil
	})
	return list, d.storeError(err)
}

// delegated refuses who acts for a professional without their delegation.
func (d *DMP) delegated(r Reader, c Caller, from string) error {
	data, err := r.Setting(acces.DelegationKind, acces.DelegationID(c.Structure, c.ID, from))
	if errors.Is(err, ErrNotFound) {
		return acces.ErrNoDelegation
	}
	if err != nil {
		return err
	}
	del, err := acces.DecodeDelegation(data)
	if err != nil {
		return err
	}
	// Who has left the structure delegates nothing there any more, whatever was written.
	if p := d.Annuaire.Professional(from); !del.Active(d.Now()) || p == nil || !p.Active || !p.WorksAt(c.Structure) {
		return acces.ErrNoDelegation
	}
	return nil
}

// mayActFor refuses who declares something for another professional: the person concerned may, staff
// with a delegation may, nobody else.
func (d *DMP) mayActFor(r Reader, c Caller, professional *annuaire.Professional) error {
	if c.Citizen || c.ID == professional.IDNat {
		return nil
	}
	return d.delegated(r, c, professional.IDNat)
}

// FollowedFor lists whom a professional follows, to staff who has their delegation: who they are, and
// nothing of their documents.
func (d *DMP) FollowedFor(ctx context.Context, c Caller, professional string) (list []*ins.Person, err error) {
	err = d.look(ctx, func(r Reader) error {
		list = nil
		if err := d.delegated(r, c, professional); err != nil {
			return err
		}
		ids, err := r.AuthorisedTo(professional)
		if err != nil {
			return err
		}
		for _, id := range ids {
			p, err := r.Person(id)
			if err != nil {
				return err
			}
			list = append(list, p)
		}
		return nil
	})
	return list, d.storeError(err)
}

// SignedIn writes down that somebody signed in at the pages, and how.
func (d *DMP) SignedIn(ctx context.Context, c Caller, how string) error {
	var person ins.PersonID
	if c.Citizen {
		person = ins.PersonID(c.ID)
	}
	return d.storeError(d.Store.Commit(ctx, Unit{Do: func(tx Tx) error {
		rec := c.record(d.Now(), person, journal.SignIn, "", "")
		rec.Detail = how
		return tx.Leaf(rec)
	}}))
}
