package mss

import (
	"context"
	"errors"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

// Exchanged tells whether the mailbox of the session and a citizen have written to each other, as
// this operator saw it: an exchange («échange») that was opened, even if it is closed since. What a
// message says of itself proves nothing: somebody may put any message in their own mailbox.
// spec: ENS 1.3 §7
func (s *Session) Exchanged(ctx context.Context, citizen string) (bool, error) {
	citizen = Canonical(citizen)
	if domainOf(citizen) != Citizens {
		return false, nil
	}
	known := false
	err := s.o.Store.ViewMail(ctx, func(r Reader) error {
		box, err := r.MailboxAt(citizen)
		for _, a := range append([]string{s.Box.Address}, s.Box.Former...) {
			if err != nil || known {
				break
			}
			_, err = r.Fact(factExchange, exchangeID(box.ID, a))
			if known = err == nil; errors.Is(err, dmp.ErrNotFound) {
				err = nil
			}
		}
		if errors.Is(err, dmp.ErrNotFound) {
			return nil
		}
		return err
	})
	return known, s.o.storeError(err)
}
