package dmp_test

import (
	"context"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// twice makes a second identity of alice, qualified under another matricule, with its own record.
func (w *world) twice() *ins.Person {
	w.t.Helper()
	p := w.person("279035121500183", "PAT-TROIS", "F", "1979-03-28", "51215")
	gp := w.d.Annuaire.Professional(w.gp.ID)
	if err := w.d.Authorise(context.Background(), w.gp, p.ID, gp, false); err != nil {
		w.t.Fatal(err)
	}
	return p
}

var onePerson = ins.Merging{Reason: "doublon vérifié", SamePerson: true, OtherTraits: true}

// portrait is everything that a store says of a person, but the journal and the days of change.
func (w *world) portrait(id ins.PersonID) string {
	w.t.Helper()
	var b strings.Builder
	err := w.d.Store.View(context.Background(), func(r dmp.Reader) error {
		p, err := r.Person(id)
		if err != nil {
			return err
		}
		q := *p
		q.Past, q.ModifiedAt = nil, time.Time{}
		fmt.Fprintf(&b, "%+v %s\n", q, q.INS.Matricule.Reveal())
		rec, err := r.Record(id)
		if err != nil {
			return err
		}
		auths, err := r.Authorisations(id)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%+v\n%+v\n", rec, auths)
		for _, read := range []func() (any, error){
			func() (any, error) { return r.Entries(id) }, func() (any, error) { return r.Sets(id) }, func() (any, error) { return r.Associations(id) },
			func() (any, error) { return r.Received(id) }, func() (any, error) { return r.Digests(id) },
		} {
			v, err := read()
			if err != nil {
				return err
			}
			rv := reflect.ValueOf(v)
			var lines []string
			for i := 0; rv.Kind() == reflect.Slice && i < rv.Len(); i++ {
				lines = append(lines, fmt.Sprintf("%+v", rv.Index(i).Elem()))
			}
			if rv.Kind() == reflect.Map {
				for it := rv.MapRange(); it.Next(); {
					lines = append(lines, fmt.Sprintf("%v %v", it.Key(), it.Value()))
				}
				sort.Strings(lines)
			}
			fmt.Fprintln(&b, strings.Join(lines, "\n"))
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return b.String()
}

// TestMergedRecordsAreOne: what came under either identity is found, read, hidden and replaced.
// spec: INS §8 (merge)
func TestMergedRecordsAreOne(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	other := w.twice()
	mine, theirs := w.mustDeposit(w.alice, "Sienne", nil), w.mustDeposit(other, "Autre", nil)
	before := [2]string{w.portrait(w.alice.ID), w.portrait(other.ID)}
	if _, err := w.d.MergePersons(ctx, w.desk, w.alice.ID, other.ID, ins.Merging{Reason: "doublon"}); finding.As(err) == nil || finding.As(err).ID != "INS-FUSION" {
		t.Fatalf("two active matricules: %v", err)
	}
	p, err := w.d.MergePersons(ctx, w.desk, w.alice.ID, other.ID, onePerson)
	if err != nil || p.Status != ins.Qualifiee || !p.Carried(other.INS) {
		t.Fatalf("%+v %v", p, err)
	}
	if l, err := w.d.Person(ctx, w.desk, other.ID); err != nil || l.MergedInto != w.alice.ID || !l.INS.IsZero() {
		t.Errorf("the one merged stays known: %+v %v", l, err)
	}
	for _, q := range []*ins.Person{w.alice, other} {
		if got := w.titles(w.gp, q); got != "Autre,Sienne" && got != "Sienne,Autre" {
			t.Errorf("timeline: %s", got)
		}
		dossier, err := w.d.Dossier(ctx, w.gp, q.ID)
		if err != nil || dossier.Person.ID != w.alice.ID || !dossier.MT {
			t.Errorf("dossier: %+v %v", dossier, err)
		}
	}
	if list, err := w.d.Find(ctx, w.gp, w.alice.INS, &xds.Query{Slots: []xds.Slot{{Name: "$XDSDocumentEntryStatus", Values: []string{string(xds.Approved)}}}}); err != nil || len(list) != 2 {
		t.Errorf("find: %d %v", len(list), err)
	}
	// The old matricule still leads here, also for a deposit.
	late := w.mustDeposit(other, "Tardive", nil)
	items, err := w.d.Read(ctx, w.gp, []string{theirs.UniqueID, mine.UniqueID, late.UniqueID})
	if err != nil || items[0].Err != nil || items[1].Err != nil || items[2].Err != nil {
		t.Errorf("read: %+v %v", items, err)
	}
	masked, err := w.d.SetVisibility(ctx, w.gp, theirs.UniqueID, xds.MasquePS, true, 0)
	if err != nil {
		t.Fatal("mask:", err)
	}
	w.mustDeposit(w.alice, "Remplaçante", func(s *xds.Submission) {
		s.Associations = append(s.Associations, xds.Association{EntryUUID: "R", Type: xds.RPLC, Source: "Document01", Target: masked.EntryUUID})
	})
	followed, err := w.d.Followed(ctx, w.gp)
	if err != nil || len(followed) != 1 || followed[0].Person.ID != w.alice.ID {
		t.Errorf("followed: %d %v", len(followed), err)
	}
	self := w.citizen(w.alice)
	leaves, err := w.d.Accesses(ctx, self, w.alice.ID, 0, 100)
	told := map[string]bool{}
	for i, l := range leaves {
		told[l.Record.Title] = true
		if i > 0 && l.Index >= leaves[i-1].Index {
			t.Error("the journal of both is not in order")
		}
	}
	if err != nil || !told["Autre"] || !told["Sienne"] {
		t.Errorf("journal: %v %v", told, err)
	}
	// A block made now holds whatever was authorised under the other identity.
	gp := w.d.Annuaire.Professional(w.gp.ID)
	if err := w.d.Block(ctx, self, w.alice.ID, gp, true); err != nil {
		t.Fatal(err)
	}
	if followed, _ = w.d.Followed(ctx, w.gp); len(followed) != 0 {
		t.Error("blocked, and still followed")
	}
	if err := w.d.Block(ctx, self, w.alice.ID, gp, false); err != nil {
		t.Fatal(err)
	}
	if _, err := w.d.Read(ctx, w.gp, []string{theirs.UniqueID}); err != nil {
		t.Fatal(err)
	}
	if err := w.d.OpposeRecord(ctx, self, w.alice.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.deposit(other, "Après", nil); finding.As(err) == nil {
		t.Error("a deposit in spite of the opposition")
	}
	if err := w.d.Open(ctx, self, w.alice.ID); err != nil {
		t.Fatal(err)
	}
	w.sound()
	// Apart again: each has its own documents, with what happened to them since.
	if _, err := w.d.UnmergePersons(ctx, w.desk, w.alice.ID, other.ID, "erreur"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[ins.PersonID]string{w.alice.ID: "Remplaçante Sienne Tardive", other.ID: "Autre Autre"} {
		var got []string
		_ = w.d.Store.View(ctx, func(r dmp.Reader) error {
			list, err := r.Entries(id)
			for _, e := range list {
				got = append(got, e.Title)
			}
			return err
		})
		sort.Strings(got)
		if strings.Join(got, " ") != want {
			t.Errorf("after the separation: %v, want %s", got, want)
		}
	}
	w.sound() // a document may have replaced one of the other identity
	if before[0] == w.portrait(w.alice.ID) {
		t.Error("what came since is lost")
	}
	if p, err := w.d.Person(ctx, w.desk, other.ID); err != nil || p.INS != other.INS || p.Status != ins.Qualifiee {
		t.Errorf("%+v %v", p, err)
	}
}

// sound has the whole folder verified.
func (w *world) sound() {
	w.t.Helper()
	if r, err := embedded.Verify(context.Background(), w.dir, embedded.VerifyOptions{}); err != nil || !r.OK {
		w.t.Errorf("verify: %+v %v", r, err)
	}
}

// TestMergeThenSeparateIsNothing: the same identities and records as before, apart from history.
// spec: INS §8 (unmerge)
func TestMergeThenSeparateIsNothing(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	other := w.twice()
	documents := 0
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(0, 2).Draw(rt, "documents") {
			p := rapid.SampledFrom([]*ins.Person{w.alice, other}).Draw(rt, "whose")
			w.mustDeposit(p, "Lettre", nil)
			documents++
		}
		if rapid.Bool().Draw(rt, "choice") {
			if err := w.d.Choose(ctx, w.citizen(other), other.ID, acces.Choices{OpposeUrgence: rapid.Bool().Draw(rt, "urgence")}); err != nil {
				rt.Fatal(err)
			}
		}
		keep, lose := w.alice.ID, other.ID
		if rapid.Bool().Draw(rt, "the other way") {
			keep, lose = lose, keep
		}
		before := [2]string{w.portrait(keep), w.portrait(lose)}
		if _, err := w.d.MergePersons(ctx, w.desk, keep, lose, onePerson); err != nil {
			rt.Fatal(err)
		}
		together := strings.Count(w.titles(w.gp, w.alice), "Lettre")
		if together != documents {
			rt.Fatalf("%d documents together, of %d", together, documents)
		}
		if _, err := w.d.UnmergePersons(ctx, w.desk, keep, lose, "erreur"); err != nil {
			rt.Fatal(err)
		}
		for i, id := range []ins.PersonID{keep, lose} {
			if after := w.portrait(id); after != before[i] {
				rt.Fatalf("before\n%s\nafter\n%s", before[i], after)
			}
		}
	})
}
