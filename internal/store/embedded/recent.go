package embedded

import (
	"context"
	"errors"
	"time"

	"github.com/socle-sante/socle/internal/domain/journal"
)

// errEnough stops a walk that has seen what it wanted.
var errEnough = errors.New("enough")

// Recent walks the journal backwards, newest first, down to the first record older than since.
// At start it tells which assertions have already served.
func (s *Store) Recent(ctx context.Context, since time.Time, fn func(journal.Record)) error {
	err := s.view(ctx, func(c *conn) error {
		return c.each("SELECT record FROM leaf ORDER BY idx DESC", nil, func(row []any) error {
			var data []byte
			if err := scan(row, &data); err != nil {
				return err
			}
			r, err := journal.Decode(data)
			if err != nil {
				return err
			}
			if r.Time.Before(since) {
				return errEnough
			}
			fn(r)
			return nil
		})
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
