package dmp

import (
	"context"
	"errors"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// MergePersons makes one of two identities of one person: keep counts from now on, lose leads to
// it for ever. Their records are read as one; nothing is moved.
// spec: INS §8 (merge)
func (d *DMP) MergePersons(ctx context.Context, c Caller, keep, lose ins.PersonID, m ins.Merging) (*ins.Person, error) {
	m.By = c.ID
	return d.pair(ctx, c, keep, lose, evenement.IdentityMerged, func(_ Tx, k, l *ins.Person) (ins.Person, ins.Person, error) {
		return ins.Merge(*k, *l, m, d.Now())
	})
}

// UnmergePersons undoes a merge: lose has its identity and what came under it back.
// spec: INS §8 (unmerge)
func (d *DMP) UnmergePersons(ctx context.Context, c Caller, keep, lose ins.PersonID, reason string) (*ins.Person, error) {
	return d.pair(ctx, c, keep, lose, evenement.IdentitySeparated, func(tx Tx, k, l *ins.Person) (ins.Person, ins.Person, error) {
		taken := false
		if !l.Held.IsZero() {
			other, err := tx.PersonByINS(l.Held)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return *k, *l, err
			}
			taken = err == nil && other.INS == l.Held
		}
		return ins.Separate(*k, *l, c.ID, reason, taken, d.Now())
	})
}

// pair changes two identities in one commit, and writes it down under both.
func (d *DMP) pair(ctx context.Context, c Caller, keep, lose ins.PersonID, kind evenement.Kind,
	change func(tx Tx, k, l *ins.Person) (ins.Person, ins.Person, error)) (*ins.Person, error) {
	if r := atDesk(c, true); r != nil {
		return nil, d.refused(ctx, c, keep, journal.Identify, "", r)
	}
	var out ins.Person
	err := d.commit(ctx, Unit{Do: func(tx Tx) error {
		k, err := tx.Person(keep)
		if err != nil {
			return err
		}
		l, err := tx.Person(lose)
		if err != nil {
			return err
		}
		nk, nl, err := change(tx, k, l)
		if err != nil {
			return err
		}
		out = nk
		for _, p := range []*ins.Person{&nl, &nk} { // what lose carried is free before anybody takes it
			if err := d.putPerson(tx, c, p); err != nil {
				return err
			}
		}
		return tx.Event(evenement.Event{Time: nk.ModifiedAt, Kind: kind, Person: string(keep), Actor: c.ID, Detail: string(lose)})
	}})
	if errors.Is(err, ErrNotFound) {
		return nil, ins.ErrUnknown
	}
	if r := finding.As(err); r != nil {
		return nil, d.refused(ctx, c, keep, journal.Identify, "", r)
	}
	return &out, d.storeError(err)
}
