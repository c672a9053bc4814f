package mss

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Still tells whether a session may go on: its mailbox can close, change its password, or pass to
// somebody else while it is open. Box is brought up to date; a closed mailbox is still read. Only
// the goroutine that owns the session calls it.
func (s *Session) Still(ctx context.Context) error {
	var box *Mailbox
	err := s.o.Store.ViewMail(ctx, func(r Reader) (err error) {
		box, err = s.standing(r)
		return err
	})
	if err != nil {
		return s.o.storeError(err)
	}
	s.Box = *box
	if box.State == Closed {
		if box.Type == Citizen {
			return ErrClosedBox
		}
		return nil
	}
	if box.Seen.Before(s.o.Now().UTC().Truncate(24 * time.Hour)) {
		return s.o.signedIn(ctx, s, "") // the first use of the day
	}
	return nil
}

// standing gives the mailbox of the session, if whoever signed in may still open it.
func (s *Session) standing(r Reader) (*Mailbox, error) {
	box, err := r.Mailbox(s.Box.ID)
	if errors.Is(err, dmp.ErrNotFound) || err == nil && !box.Removed.IsZero() {
		return nil, ErrUnknownBox
	}
	if err != nil {
		return nil, err
	}
	ok := false
	switch {
	case strings.Contains(s.Actor, "@"): // by password: it must be the same
		ok = box.Password != "" && box.Password == s.Box.Password
	case box.Type == Application || box.Type == Organisation:
		ok = box.Holder(s.Actor) || s.Actor != "" && s.Actor == box.Structure
	default:
		ok = box.Holder(s.Actor) || s.Actor != "" && string(box.Person) == s.Actor
	}
	if !ok {
		return nil, ErrUnknownBox
	}
	return box, nil
}

// mayWrite refuses to change anything in a closed mailbox, or for somebody who lost it.
// spec: MSSANTE §4 (cycle de vie)
func (s *Session) mayWrite(tx Tx) error {
	box, err := s.standing(tx)
	if err != nil {
		return err
	}
	if box.State == Closed {
		return ErrClosedBox
	}
	return nil
}
