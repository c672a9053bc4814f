package storetest

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
)

func readBack(t *testing.T, b *bench) {
	person := PersonID(1)
	bodies := [][]byte{Body(1, 70_000), Body(2, 10), {}, Body(3, 3<<20)}
	b.commit(dmp.Unit{Do: func(tx dmp.Tx) error {
		return errors.Join(tx.PutPerson(Person(1)), tx.PutRecord(person, dmp.Record{State: dmp.Ouvert, Since: at, Reason: "ouverture", Choices: acces.Choices{OpposeUrgence: true}}))
	}})
	for i, body := range bodies {
		b.commit(Deposit(person, i, body))
	}
	check := func() {
		t.Helper()
		for i, want := range bodies {
			got, err := b.Body(context.Background(), ID(i))
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("document %d: %d bytes, %v", i, len(got), err)
			}
		}
		b.view(func(r dmp.Reader) error {
			p, err := r.Person(person)
			if err != nil {
				return err
			}
			if p.INS != Person(1).INS { // compared apart: matricules print redacted
				t.Error("the INS changed")
			}
			if d := cmp.Diff(Person(1), p, equal, cmpopts.IgnoreTypes(insid.INS{})); d != "" {
				t.Errorf("person: %s", d)
			}
			rec, err := r.Record(person)
			if err != nil || rec.State != dmp.Ouvert || !rec.Since.Equal(at) || !rec.Choices.OpposeUrgence || rec.Reason != "ouverture" {
				t.Errorf("record: %+v, %v", rec, err)
			}
			entries, err := r.Entries(person)
			if err != nil || len(entries) != len(bodies) {
				t.Fatalf("%d entries, %v", len(entries), err)
			}
			for i, e := range entries {
				if e.UniqueID != ID(i) || e.Title != "CR d'examens biologiques" || e.Authors[0].Roles[0] != "Biologiste responsable" {
					t.Errorf("entry %d: %+v", i, e)
				}
				one, err := r.Entry(person, e.EntryUUID)
				if d := cmp.Diff(e, one, equal); d != "" || err != nil {
					t.Errorf("entry %d alone: %v %s", i, err, d)
				}
				for _, owner := range []func() (ins.PersonID, error){
					func() (ins.PersonID, error) { return r.OwnerOfUUID(e.EntryUUID) },
					func() (ins.PersonID, error) { return r.OwnerOfDocument(e.UniqueID) },
					func() (ins.PersonID, error) { return r.OwnerOfSet(e.UniqueID + ".1") },
				} {
					if o, err := owner(); o != person || err != nil {
						t.Errorf("owner of entry %d: %q, %v", i, o, err)
					}
				}
				info, err := r.BodyInfo(e.UniqueID)
				if err != nil || info.Size != int64(len(bodies[i])) || info.SHA256 != sha256.Sum256(bodies[i]) || info.SHA1 != sha1.Sum(bodies[i]) || info.Person != person {
					t.Errorf("body info %d: %+v, %v", i, info, err)
				}
			}
			sets, err := r.Sets(person)
			if err != nil || len(sets) != len(bodies) || sets[0].UniqueID != ID(0)+".1" {
				t.Errorf("%d sets, %v", len(sets), err)
			}
			links, err := r.Associations(person)
			if err != nil || len(links) != len(bodies) || links[1].Target != entries[1].EntryUUID || links[1].Source != sets[1].EntryUUID {
				t.Errorf("%d associations, %v", len(links), err)
			}
			received, err := r.Received(person)
			if err != nil || len(received) != len(bodies) || received[ID(0)].IsZero() {
				t.Errorf("received: %v, %v", received, err)
			}
			digests, err := r.Digests(person)
			if err != nil || len(digests) != len(bodies) || string(digests[ID(2)]) != `{"title":"CR d'examens biologiques"}` {
				t.Errorf("digests: %q, %v", digests, err)
			}
			events, err := r.Events(0, 0)
			if err != nil || len(events) != len(bodies) {
				t.Fatalf("%d events, %v", len(events), err)
			}
			for i, e := range events {
				if e.Seq != int64(i+1) || e.UniqueID != ID(i) || !e.Time.Equal(at) || e.Kind != evenement.DocumentDeposited {
					t.Errorf("event %d: %+v", i, e)
				}
			}
			if later, err := r.Events(2, 1); err != nil || len(later) != 1 || later[0].Seq != 3 {
				t.Errorf("events after 2: %+v, %v", later, err)
			}
			return nil
		})
	}
	check()
	b.reopen()
	check()
	b.commit(Deposit(person, len(bodies), Body(9, 500)))
	bodies = append(bodies, Body(9, 500))
	b.reopen()
	check()
}

func persons(t *testing.T, b *bench) {
	twin := Person(2)
	twin.Traits.FirstGiven, twin.Traits.UsedGiven = "CAMILLE", ""
	b.commit(dmp.Unit{Do: func(tx dmp.Tx) error { return errors.Join(tx.PutPerson(Person(1)), tx.PutPerson(twin)) }})
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
	one, two := PersonID(1), PersonID(2)
	for _, c := range []struct {
		q    ins.Search
		want []ins.PersonID
	}{
		{ins.Search{INS: Person(1).INS}, []ins.PersonID{one}},
		{ins.Search{BirthDate: "1955-06-15"}, []ins.PersonID{two, one}},
		{ins.Search{BirthDate: "1955-06-15", Name: "patient t"}, []ins.PersonID{two, one}},
		{ins.Search{BirthDate: "1955-06-15", Name: "elegante d'or"}, []ins.PersonID{two, one}},
		{ins.Search{BirthDate: "1955-06-15", Given: "zoe"}, []ins.PersonID{one}},
		{ins.Search{BirthDate: "1955-06-15", Given: "Cam"}, []ins.PersonID{two}},
		{ins.Search{BirthDate: "1955-06-15", Limit: 1}, []ins.PersonID{two}},
		{ins.Search{BirthDate: "1955-06-16"}, nil},
		{ins.Search{Name: "PATIENT"}, nil},
	} {
		if got := search(c.q); !cmp.Equal(got, c.want) {
			t.Errorf("search %+v: %v, want %v", c.q, got, c.want)
		}
	}
	err := b.Commit(context.Background(), dmp.Unit{Do: func(tx dmp.Tx) error {
		p := Person(3)
		p.INS = Person(1).INS
		return tx.PutPerson(p)
	}})
	if !errors.Is(err, dmp.ErrDuplicateINS) {
		t.Errorf("same INS twice: %v", err)
	}
	// The INS changes: the old one is free, the search follows the traits.
	p := Person(1)
	p.History, p.INS = []insid.INS{p.INS}, Person(7).INS
	p.Traits.BirthDate = "1955-06-16"
	b.commit(dmp.Unit{Do: func(tx dmp.Tx) error { return tx.PutPerson(p) }})
	if got := search(ins.Search{BirthDate: "1955-06-16"}); !cmp.Equal(got, []ins.PersonID{one}) {
		t.Errorf("after a change of birth date: %v", got)
	}
	if got := search(ins.Search{BirthDate: "1955-06-15"}); !cmp.Equal(got, []ins.PersonID{two}) {
		t.Errorf("at the old birth date: %v", got)
	}
	b.view(func(r dmp.Reader) error {
		if _, err := r.PersonByINS(Person(1).INS); !errors.Is(err, dmp.ErrNotFound) {
			t.Errorf("by the old INS: %v", err)
		}
		q, err := r.PersonByINS(Person(7).INS)
		if err != nil || q.ID != one || len(q.History) != 1 {
			t.Errorf("by the new INS: %v", err)
		}
		return nil
	})
}

func authorisations(t *testing.T, b *bench) {
	person := PersonID(1)
	put := func(state acces.AuthorisationState) {
		b.commit(dmp.Unit{Do: func(tx dmp.Tx) error {
			return tx.PutAuthorisation(person, acces.Authorisation{Professional: "899700000001", State: state, MT: true, Since: at, LastAction: at, By: "x", Name: "Dr Essai", Role: "medecin"})
		}})
	}
	expect := func(state acces.AuthorisationState, active int) {
		t.Helper()
		b.view(func(r dmp.Reader) error {
			list, err := r.Authorisations(person)
			if err != nil {
				return err
			}
			if state == "" && len(list) != 0 || state != "" && (len(list) != 1 || list[0].State != state || !list[0].MT || !list[0].Since.Equal(at)) {
				t.Errorf("authorisations: %+v", list)
			}
			to, err := r.AuthorisedTo("899700000001")
			if len(to) != active {
				t.Errorf("authorised to %v", to)
			}
			return err
		})
	}
	put(acces.Active)
	expect(acces.Active, 1)
	put(acces.Interdite)
	expect(acces.Interdite, 0)
	put(acces.Active)
	b.reopen()
	expect(acces.Active, 1)
	b.commit(dmp.Unit{Do: func(tx dmp.Tx) error { return tx.DropAuthorisation(person, "899700000001") }})
	expect("", 0)
}
