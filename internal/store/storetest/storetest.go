// Package storetest says what any dmp.Store must do, as tests. An implementation calls Run from
// its own tests; nothing here knows how it keeps things.
package storetest

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// Store is a dmp.Store that can be closed and opened again.
type Store interface {
	dmp.Store
	Close() error
}

// Run checks a store. open opens the folder it is given, and fails the test when it cannot.
func Run(t *testing.T, open func(t testing.TB, dir string) Store) {
	for name, test := range map[string]func(*testing.T, *bench){
		"what is committed is read back, also after reopening": readBack,
		"persons are found by INS, birth date and names":       persons,
		"authorisations replace and go":                        authorisations,
		"a refusal keeps nothing":                              refusal,
		"a panic keeps nothing and harms nobody":               panics,
		"a refusal after writing spares the others":            lateRefusal,
		"duplicates are refused":                               duplicates,
		"a status changes in place":                            status,
		"a view is a snapshot":                                 snapshot,
		"a unit reads its own writes":                          ownWrites,
		"the journal is ordered, by person, newest first":      leaves,
		"many committers at once":                              concurrency,
		"what is not there is not found":                       absent,
		"a cancelled deposit is not kept":                      cancelled,
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{t: t, dir: t.TempDir(), open: open}
			b.Store = open(t, b.dir)
			defer func() { b.Close() }()
			test(t, b)
		})
	}
}

type bench struct {
	Store
	t    *testing.T
	dir  string
	open func(testing.TB, string) Store
}

func (b *bench) reopen() {
	b.t.Helper()
	if err := b.Close(); err != nil {
		b.t.Fatalf("close: %v", err)
	}
	b.Store = b.open(b.t, b.dir)
}

func (b *bench) commit(u dmp.Unit) {
	b.t.Helper()
	if err := b.Commit(context.Background(), u); err != nil {
		b.t.Fatalf("commit: %v", err)
	}
}

func (b *bench) view(fn func(dmp.Reader) error) {
	b.t.Helper()
	if err := b.View(context.Background(), fn); err != nil {
		b.t.Fatalf("view: %v", err)
	}
}

// at is the time of the fixtures.
var at = time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC)

// PersonID gives the id of the n-th fictitious person.
func PersonID(n int) ins.PersonID {
	return ins.PersonID(fmt.Sprintf("01900000-0000-7000-8000-%012x", n))
}

func uuid(n int) string { return fmt.Sprintf("urn:uuid:11111111-2222-4333-8444-%012x", n) }

// Person makes the n-th fictitious person.
func Person(n int) *ins.Person {
	return &ins.Person{
		ID: PersonID(n), INS: insid.INS{Matricule: insid.Matricule(fmt.Sprintf("2550699%06d00", n)), OID: oid.INSNIRTest},
		Status: ins.Qualifiee, BirthTown: "Paris", Fictive: true, CreatedAt: at, ModifiedAt: at,
		Traits: ins.Traits{
			BirthName: "PATIENT-TEST", FirstGiven: "DOMINIQUE", Givens: "DOMINIQUE MARIE", Sex: "F",
			BirthDate: "1955-06-15", BirthPlace: "75116", UsedName: "ÉLÉGANTE D'ORÉE", UsedGiven: "Zoé",
		},
		Evidence: ins.Evidence{Kind: "CNI", Date: "2026-03-14", Operator: "899700000001"},
		Local:    []ins.LocalID{{Value: "42", Authority: "1.2.3"}},
	}
}

// Deposit makes the n-th document of a person: a unit such as a door makes, with its entry,
// submission set, association, leaf and event.
func Deposit(person ins.PersonID, n int, body []byte) dmp.Unit {
	id := fmt.Sprintf("1.2.250.1.999.1.1.8121.%d", n)
	entry := &xds.DocumentEntry{
		EntryUUID: uuid(3 * n), LogicalID: uuid(3 * n), Version: 1, Status: xds.Approved, UniqueID: id,
		RepositoryID: "1.2.250.1.999.1", PatientID: "255069999999934^^^&1.2.250.1.213.1.4.10&ISO^NH",
		SourcePatientID: "42^^^&1.2.3&ISO^PI", SourcePatientInfo: []string{"PID-5|PATIENT-TEST^DOMINIQUE^^^^^L", "PID-7|19550615", "PID-8|F"},
		Title: "CR d'examens biologiques", Language: "fr-FR", MimeType: "text/xml", Hash: fmt.Sprintf("%x", sha1.Sum(body)), Size: int64(len(body)),
		CreationTime: "20260314092653", ServiceStart: "20260313080000", ServiceStop: "20260313081500",
		Class:           xds.Code{Code: "11", System: "1.2.250.1.213.1.1.4.1", Display: "Résultats d'examens"},
		Type:            xds.Code{Code: "11502-2", System: "2.16.840.1.113883.6.1", Display: "CR d'examens biologiques"},
		Format:          xds.Code{Code: "urn:ihe:lab:xd-lab:2008", System: "1.3.6.1.4.1.19376.1.2.3", Display: "CR de biologie"},
		Facility:        xds.Code{Code: "SA25", System: "1.2.250.1.71.4.2.4", Display: "Laboratoire de biologie médicale"},
		Practice:        xds.Code{Code: "AMBULATOIRE", System: "1.2.250.1.213.1.1.4.9", Display: "Ambulatoire"},
		Confidentiality: []xds.Code{{Code: "N", System: xds.ConfidentialitySystem, Display: "Normal"}},
		Authors: []xds.Author{{
			Person:       "899700000001^BIOLOGISTE^ALIX^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
			Institutions: []string{"LABORATOIRE DES ESSAIS^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750000001"},
			Roles:        []string{"Biologiste responsable"}, Specialties: []string{"G15_10/SM03^Biologie médicale^1.2.250.1.71.4.2.5"},
		}},
		LegalAuth: "899700000001^BIOLOGISTE^ALIX^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
		Extra:     []xds.Slot{{Name: "urn:example:x", Values: []string{"1", "2"}}},
	}
	set := &xds.SubmissionSet{
		EntryUUID: uuid(3*n + 1), UniqueID: id + ".1", SourceID: "1.2.250.1.999.2", PatientID: entry.PatientID, Status: xds.Approved,
		Title: "Dépôt", SubmissionTime: "20260314092653", ContentType: entry.Class, Authors: entry.Authors,
	}
	link := &xds.Association{EntryUUID: uuid(3*n + 2), Type: xds.HasMember, Source: set.EntryUUID, Target: entry.EntryUUID, Status: xds.Approved, SetStatus: "Original"}
	return dmp.Unit{
		Bodies: []dmp.Body{{Person: person, UniqueID: id, Bytes: body, SHA1: sha1.Sum(body), SHA256: sha256.Sum256(body), Digest: []byte(`{"title":"` + entry.Title + `"}`)}},
		Do: func(tx dmp.Tx) error {
			if _, err := tx.OwnerOfDocument(id); err == nil {
				return dmp.ErrExists
			}
			if err := tx.PutSet(person, set); err != nil {
				return err
			}
			if err := tx.PutEntry(person, entry); err != nil {
				return err
			}
			if err := tx.PutAssociation(person, link); err != nil {
				return err
			}
			if err := tx.Leaf(Leaf(person, journal.Submit, id)); err != nil {
				return err
			}
			return tx.Event(evenement.Event{Time: at, Kind: evenement.DocumentDeposited, Person: string(person), UniqueID: id, Actor: "899700000001"})
		},
	}
}

// Leaf makes a journal record.
func Leaf(person ins.PersonID, action journal.Action, uniqueID string) journal.Record {
	return journal.Record{
		Time: at, Person: string(person), Action: action, UniqueID: uniqueID, Title: "CR d'examens biologiques",
		Outcome: journal.Success, Mode: "normal", Door: "xdsb",
		Actor: journal.Actor{ID: "899700000001", Name: "Alix BIOLOGISTE", Role: "biologiste", Structure: "1750000001", Place: "LABORATOIRE DES ESSAIS"},
	}
}

// Body makes bytes that compress about as a CDA with an embedded PDF does.
func Body(seed uint64, size int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 0, size)
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for len(b) < size {
		if len(b)%4096 < 2048 {
			b = fmt.Appendf(b, `<observation classCode="OBS" moodCode="EVN"><code code="%d-%d" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="PQ" value="%d.%d" unit="mmol/L"/></observation>`, r.IntN(99999), r.IntN(10), r.IntN(300), r.IntN(10))
			continue
		}
		for v, i := r.Uint64(), 0; i < 10; i++ {
			b = append(b, letters[v&63])
			v >>= 6
		}
	}
	return b[:size]
}

// ID gives the uniqueId of the n-th document of Deposit.
func ID(n int) string { return fmt.Sprintf("1.2.250.1.999.1.1.8121.%d", n) }

var equal = cmp.Options{cmpopts.EquateEmpty()}

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

var errRefused = errors.New("refused by the domain")

func refusal(t *testing.T, b *bench) {
	u := Deposit(PersonID(1), 1, Body(1, 5000))
	do := u.Do
	u.Do = func(tx dmp.Tx) error { return errRefused }
	if err := b.Commit(context.Background(), u); !errors.Is(err, errRefused) {
		t.Fatalf("refusal: %v", err)
	}
	u.Do = func(tx dmp.Tx) error { return errors.Join(do(tx), errRefused) }
	if err := b.Commit(context.Background(), u); !errors.Is(err, errRefused) {
		t.Fatalf("late refusal: %v", err)
	}
	nothing(t, b, 1)
	b.commit(Deposit(PersonID(1), 1, Body(1, 5000)))
	if got, err := b.Body(context.Background(), ID(1)); err != nil || !bytes.Equal(got, Body(1, 5000)) {
		t.Errorf("after the refusals: %v", err)
	}
}

func nothing(t *testing.T, b *bench, n int) {
	t.Helper()
	if _, err := b.Body(context.Background(), ID(n)); !errors.Is(err, dmp.ErrNotFound) {
		t.Errorf("the body was kept: %v", err)
	}
	b.view(func(r dmp.Reader) error {
		entries, err1 := r.Entries(PersonID(1))
		log, err2 := r.Leaves(PersonID(1), 0, 10)
		events, err3 := r.Events(0, 10)
		digests, err4 := r.Digests(PersonID(1))
		if len(entries)+len(log)+len(events)+len(digests) != 0 {
			t.Errorf("kept: %d entries, %d leaves, %d events, %d digests", len(entries), len(log), len(events), len(digests))
		}
		return errors.Join(err1, err2, err3, err4)
	})
}

func panics(t *testing.T, b *bench) {
	u := Deposit(PersonID(1), 1, Body(1, 5000))
	do := u.Do
	u.Do = func(tx dmp.Tx) error { do(tx); panic("a fault of the domain") }
	if err := b.Commit(context.Background(), u); err == nil {
		t.Fatal("a panic was accepted")
	}
	nothing(t, b, 1)
	b.commit(Deposit(PersonID(1), 1, Body(1, 5000)))
}

func lateRefusal(t *testing.T, b *bench) {
	const n = 60
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		u := Deposit(PersonID(i%5), i, Body(uint64(i), 2000))
		if i%3 == 0 {
			do := u.Do
			u.Do = func(tx dmp.Tx) error { return errors.Join(do(tx), errRefused) }
		}
		wg.Go(func() { errs[i] = b.Commit(context.Background(), u) })
	}
	wg.Wait()
	for i, err := range errs {
		if errors.Is(err, errRefused) != (i%3 == 0) || i%3 != 0 && err != nil {
			t.Errorf("unit %d: %v", i, err)
		}
		_, err := b.Body(context.Background(), ID(i))
		if errors.Is(err, dmp.ErrNotFound) != (i%3 == 0) {
			t.Errorf("document %d: %v", i, err)
		}
	}
}

func duplicates(t *testing.T, b *bench) {
	b.commit(Deposit(PersonID(1), 1, Body(1, 100)))
	if err := b.Commit(context.Background(), Deposit(PersonID(2), 1, Body(2, 100))); !errors.Is(err, dmp.ErrExists) {
		t.Errorf("seen by Do: %v", err)
	}
	u := Deposit(PersonID(2), 1, Body(2, 100))
	u.Do = nil
	if err := b.Commit(context.Background(), u); !errors.Is(err, dmp.ErrExists) {
		t.Errorf("last guard: %v", err)
	}
	err := b.Commit(context.Background(), dmp.Unit{Do: func(tx dmp.Tx) error {
		return tx.PutEntry(PersonID(2), &xds.DocumentEntry{EntryUUID: uuid(3)})
	}})
	if !errors.Is(err, dmp.ErrExists) {
		t.Errorf("same entryUUID: %v", err)
	}
	if got, _ := b.Body(context.Background(), ID(1)); !bytes.Equal(got, Body(1, 100)) {
		t.Error("the first document changed")
	}
	// The same identifier many times at once: one wins.
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 24 {
		wg.Go(func() {
			if b.Commit(context.Background(), Deposit(PersonID(3), 2, Body(2, 100))) == nil {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d deposits of the same document were accepted", won)
	}
}

func status(t *testing.T, b *bench) {
	b.commit(Deposit(PersonID(1), 1, Body(1, 100)))
	b.commit(dmp.Unit{Do: func(tx dmp.Tx) error {
		if err := tx.SetStatus(PersonID(2), uuid(3), xds.Deprecated); !errors.Is(err, dmp.ErrNotFound) {
			t.Errorf("status through another person: %v", err)
		}
		return errors.Join(tx.SetStatus(PersonID(1), uuid(3), xds.Deprecated), tx.SetStatus(PersonID(1), uuid(4), xds.Deprecated))
	}})
	b.view(func(r dmp.Reader) error {
		e, err := r.Entry(PersonID(1), uuid(3))
		if err != nil || e.Status != xds.Deprecated || e.Title == "" {
			t.Errorf("entry: %+v, %v", e, err)
		}
		sets, err := r.Sets(PersonID(1))
		if err != nil || sets[0].Status != xds.Deprecated {
			t.Errorf("set: %+v, %v", sets, err)
		}
		return nil
	})
}

func snapshot(t *testing.T, b *bench) {
	b.commit(Deposit(PersonID(1), 1, Body(1, 100)))
	b.view(func(r dmp.Reader) error {
		before, err := r.Entries(PersonID(1))
		if err != nil {
			return err
		}
		b.commit(Deposit(PersonID(1), 2, Body(2, 100)))
		after, err := r.Entries(PersonID(1))
		if len(before) != 1 || len(after) != 1 {
			t.Errorf("a view saw %d then %d entries", len(before), len(after))
		}
		return err
	})
	b.view(func(r dmp.Reader) error {
		now, err := r.Entries(PersonID(1))
		if len(now) != 2 {
			t.Errorf("a later view sees %d entries", len(now))
		}
		return err
	})
}

func ownWrites(t *testing.T, b *bench) {
	person := PersonID(1)
	u := Deposit(person, 1, Body(1, 100))
	do := u.Do
	u.Do = func(tx dmp.Tx) error {
		if err := errors.Join(tx.PutPerson(Person(1)), do(tx)); err != nil {
			return err
		}
		if _, err := tx.PersonByINS(Person(1).INS); err != nil {
			t.Errorf("person: %v", err)
		}
		if e, err := tx.Entries(person); len(e) != 1 || err != nil {
			t.Errorf("entries: %v, %v", e, err)
		}
		if l, err := tx.Leaves(person, 0, 5); len(l) != 1 || err != nil {
			t.Errorf("leaves: %v, %v", l, err)
		}
		return nil
	}
	b.commit(u)
}

func leaves(t *testing.T, b *bench) {
	for i := range 10 {
		b.commit(dmp.Unit{Do: func(tx dmp.Tx) error {
			r := Leaf(PersonID(i%2), journal.Read, ID(i))
			r.Time = at.Add(time.Duration(i) * time.Minute)
			return errors.Join(tx.Leaf(r), tx.Leaf(journal.Record{Time: at, Action: journal.SignIn, Outcome: journal.Denied, Actor: journal.Actor{ID: "?"}}))
		}})
	}
	b.view(func(r dmp.Reader) error {
		var seen []string
		var before int64
		for {
			page, err := r.Leaves(PersonID(1), before, 2)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			for _, l := range page {
				seen = append(seen, l.Record.UniqueID)
				before = l.Index
			}
		}
		if want := []string{ID(9), ID(7), ID(5), ID(3), ID(1)}; !cmp.Equal(seen, want) {
			t.Errorf("leaves: %v, want %v", seen, want)
		}
		last, err := r.LastSeen(PersonID(1), "899700000001")
		if err != nil || !last.Equal(at.Add(9*time.Minute).Truncate(time.Microsecond)) {
			t.Errorf("last seen %v, %v", last, err)
		}
		if never, err := r.LastSeen(PersonID(1), "somebody else"); err != nil || !never.IsZero() {
			t.Errorf("never seen: %v, %v", never, err)
		}
		return nil
	})
}

func concurrency(t *testing.T, b *bench) {
	const committers, each = 32, 8
	var wg sync.WaitGroup
	for c := range committers {
		wg.Go(func() {
			for i := range each {
				n := c*each + i
				body := Body(uint64(n), 3000)
				if err := b.Commit(context.Background(), Deposit(PersonID(n%7), n, body)); err != nil {
					t.Errorf("commit %d: %v", n, err)
					return
				}
				got, err := b.Body(context.Background(), ID(n))
				if err != nil || !bytes.Equal(got, body) {
					t.Errorf("acknowledged document %d: %v", n, err)
				}
				err = b.View(context.Background(), func(r dmp.Reader) error {
					var err error
					for _, read := range []func() error{
						func() error { _, err := r.Entries(PersonID(n % 7)); return err },
						func() error { _, err := r.Digests(PersonID(n % 7)); return err },
						func() error { _, err := r.Leaves(PersonID(n%7), 0, 10); return err },
					} {
						err = errors.Join(err, read())
					}
					return err
				})
				if err != nil {
					t.Errorf("view: %v", err)
				}
			}
		})
	}
	wg.Wait()
	b.reopen()
	total := 0
	b.view(func(r dmp.Reader) error {
		for p := range 7 {
			e, err := r.Entries(PersonID(p))
			if err != nil {
				return err
			}
			total += len(e)
		}
		return nil
	})
	if total != committers*each {
		t.Errorf("%d entries after reopening, %d were acknowledged", total, committers*each)
	}
}

func absent(t *testing.T, b *bench) {
	if _, err := b.Body(context.Background(), "1.2.3"); !errors.Is(err, dmp.ErrNotFound) {
		t.Errorf("body: %v", err)
	}
	b.view(func(r dmp.Reader) error {
		for name, read := range map[string]func() error{
			"person":   func() error { _, err := r.Person("nobody"); return err },
			"INS":      func() error { _, err := r.PersonByINS(Person(1).INS); return err },
			"uuid":     func() error { _, err := r.OwnerOfUUID("urn:uuid:x"); return err },
			"document": func() error { _, err := r.OwnerOfDocument("1.2"); return err },
			"set":      func() error { _, err := r.OwnerOfSet("1.2"); return err },
			"entry":    func() error { _, err := r.Entry("nobody", "urn:uuid:x"); return err },
			"info":     func() error { _, err := r.BodyInfo("1.2"); return err },
		} {
			if err := read(); !errors.Is(err, dmp.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		rec, err := r.Record("nobody")
		if err != nil || rec.State != dmp.None {
			t.Errorf("record: %+v, %v", rec, err)
		}
		return nil
	})
}

func cancelled(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.Commit(ctx, Deposit(PersonID(1), 1, Body(1, 100))); !errors.Is(err, context.Canceled) {
		t.Errorf("commit: %v", err)
	}
	if err := b.View(ctx, func(dmp.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("view: %v", err)
	}
	nothing(t, b, 1)
}
