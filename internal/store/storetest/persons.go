package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
)

// leading: former matricules, local identifiers, names and merges.
func leading(t *testing.T, b *bench) {
	old, wrong := Person(8).INS, Person(9).INS
	p := Person(1)
	p.History, p.Former = []insid.INS{old, wrong}, []ins.Former{{INS: old, From: "2020-01-01"}}
	p.Local = []ins.LocalID{{Value: "42", Authority: "1.2.3"}, {Value: "42", Authority: "1.2.4"}}
	put := func(list ...*ins.Person) {
		b.commit(dmp.Unit{Do: func(tx dmp.Tx) error {
			for _, p := range list {
				if err := tx.PutPerson(p); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	other := Person(2)
	other.Local = nil
	put(p, other)
	search := func(q ins.Search) (found []ins.PersonID) {
		b.view(func(r dmp.Reader) error {
			list, err := r.SearchPersons(q)
			for _, p := range list {
				found = append(found, p.ID)
			}
			return err
		})
		return found
	}
	byINS := func(i insid.INS) (id ins.PersonID) {
		b.view(func(r dmp.Reader) error {
			p, err := r.PersonByINS(i)
			if errors.Is(err, dmp.ErrNotFound) {
				return nil
			}
			if err == nil {
				id = p.ID
			}
			return err
		})
		return id
	}
	check := func() {
		t.Helper()
		if got := byINS(old); got != p.ID {
			t.Errorf("by a former INS: %q", got)
		}
		if got := byINS(wrong); got != "" {
			t.Errorf("by an INS taken back: %q", got)
		}
		for _, c := range []struct {
			q    ins.Search
			want []ins.PersonID
		}{
			{ins.Search{INS: wrong}, []ins.PersonID{p.ID}},
			{ins.Search{INS: old}, []ins.PersonID{p.ID}},
			{ins.Search{Local: ins.LocalID{Value: "42"}}, []ins.PersonID{p.ID, p.ID}},
			{ins.Search{Local: ins.LocalID{Value: "42", Authority: "1.2.4"}}, []ins.PersonID{p.ID}},
			{ins.Search{Local: ins.LocalID{Value: "42", Authority: "1.2.5"}}, nil},
			{ins.Search{Local: ins.LocalID{Value: "43"}}, nil},
		} {
			if got := search(c.q); !cmp.Equal(got, c.want) {
				t.Errorf("search %+v: %v, want %v", c.q, got, c.want)
			}
		}
		b.view(func(r dmp.Reader) error {
			for _, c := range []struct {
				name, given string
				want        int
			}{{"patient test", "dominique", 2}, {"PATIENT-TEST", "Dom", 0}, {"", "", 0}} {
				list, err := r.PersonsNamed(c.name, c.given, 10)
				if err != nil || len(list) != c.want {
					t.Errorf("named %+v: %d, %v", c, len(list), err)
				}
			}
			return nil
		})
	}
	check()
	b.reopen()
	check()
	// Somebody else carries it now: they are the one, and a search gives both.
	other.INS = old
	put(other)
	if got := byINS(old); got != other.ID {
		t.Errorf("by an INS carried by another today: %q", got)
	}
	if got := search(ins.Search{INS: old}); !cmp.Equal(got, []ins.PersonID{other.ID, p.ID}) {
		t.Errorf("search by an INS carried by another today: %v", got)
	}
	// A merge: the former INS of the one merged leads to the one kept.
	other.INS, other.Former, other.MergedInto = insid.INS{}, []ins.Former{{INS: old}}, p.ID
	p.Absorbed = []ins.Absorbed{{ID: other.ID, At: at}}
	put(other, p)
	if got := byINS(old); got != p.ID {
		t.Errorf("by the INS of a merged person: %q", got)
	}
	// What is taken from a person no longer leads to them; two who carried it lead to nobody.
	q := Person(3)
	q.Former, q.Local = []ins.Former{{INS: old}}, nil
	p.Local = p.Local[:1]
	put(q, p)
	if got := byINS(old); got != "" {
		t.Errorf("by a former INS of two: %q", got)
	}
	p.Former, p.History = nil, nil
	put(p)
	if got := search(ins.Search{INS: wrong}); got != nil {
		t.Errorf("by an INS forgotten: %v", got)
	}
	if got := search(ins.Search{Local: ins.LocalID{Value: "42", Authority: "1.2.4"}}); got != nil {
		t.Errorf("by a local identifier taken away: %v", got)
	}
	if err := b.Commit(context.Background(), dmp.Unit{Do: func(tx dmp.Tx) error { return tx.PutPerson(&ins.Person{}) }}); err == nil {
		t.Error("a person without id is kept")
	}
}
