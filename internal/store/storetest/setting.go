package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/socle-sante/socle/internal/domain/dmp"
)

func settings(t *testing.T, b *bench) {
	put := func(id, data string) func(dmp.Tx) error {
		return func(tx dmp.Tx) error { return tx.PutSetting("essai", id, []byte(data)) }
	}
	for _, id := range []string{"b/2", "a/1", "a/é", "b/1"} {
		b.commit(dmp.Unit{Do: put(id, "un")})
	}
	b.commit(dmp.Unit{Do: put("a/1", "deux")})
	b.commit(dmp.Unit{Do: func(tx dmp.Tx) error { return tx.PutSetting("autre", "a/1", []byte("rien à voir")) }})
	b.commit(dmp.Unit{Do: func(tx dmp.Tx) error { return tx.PutSetting("essai", "b/2", nil) }})
	b.reopen()
	list := func(prefix, after string, limit int) (ids []string) {
		b.view(func(r dmp.Reader) error {
			rows, err := r.Settings("essai", prefix, after, limit)
			for _, s := range rows {
				ids = append(ids, s.ID+"="+string(s.Data))
			}
			return err
		})
		return ids
	}
	for _, c := range []struct {
		prefix, after string
		limit         int
		want          []string
	}{
		{"", "", 0, []string{"a/1=deux", "a/é=un", "b/1=un"}},
		{"a/", "", 0, []string{"a/1=deux", "a/é=un"}},
		{"a/é", "", 0, []string{"a/é=un"}},
		{"", "a/1", 1, []string{"a/é=un"}},
		{"c", "", 0, nil},
	} {
		if diff := cmp.Diff(c.want, list(c.prefix, c.after, c.limit)); diff != "" {
			t.Errorf("%q after %q: %s", c.prefix, c.after, diff)
		}
	}
	b.view(func(r dmp.Reader) error {
		if got, err := r.Setting("essai", "a/1"); err != nil || string(got) != "deux" {
			t.Errorf("got %q, %v", got, err)
		}
		if _, err := r.Setting("essai", "b/2"); !errors.Is(err, dmp.ErrNotFound) {
			t.Errorf("a removed one is still there: %v", err)
		}
		return nil
	})
}
