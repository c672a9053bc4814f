package dmp_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// insi is a teleservice that says what it is told to.
type insi struct {
	reply ins.Reply
	ok    bool
	err   error
	asked int
}

func (i *insi) Search(context.Context, ins.Query) (ins.Reply, error) {
	i.asked++
	return i.reply, i.err
}
func (i *insi) Verify(context.Context, insid.INS, ins.Traits) (bool, error) {
	i.asked++
	return i.ok, i.err
}

func testINS(t testing.TB, nir string) insid.INS {
	t.Helper()
	m, err := insid.WithKey(nir)
	if err != nil {
		t.Fatal(err)
	}
	return insid.INS{Matricule: m, OID: "1.2.250.1.213.1.4.10"}
}

var tchitchi = ins.Traits{BirthName: "Tchitchi", FirstGiven: "Catarina", Sex: "F", BirthDate: "1936-06-21", BirthPlace: "63220"}

func found(t testing.TB) *insi {
	return &insi{ok: true, reply: ins.Reply{Code: ins.CodeFound, INS: testINS(t, "2360663220836"), History: []ins.Former{{INS: testINS(t, "2360663220001")}},
		Traits: ins.Traits{BirthName: "TCHITCHI", Givens: "CATARINA BELLA", Sex: "F", BirthDate: "1936-06-21", BirthPlace: "63220"}}}
}

func (w *world) create(t ins.Traits) *ins.Person {
	w.t.Helper()
	p, _, err := w.d.CreateIdentity(context.Background(), w.desk, dmp.Creation{Traits: t})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// denials counts the refusals written under a person.
func (w *world) denials(id ins.PersonID) (out []string) {
	w.t.Helper()
	err := w.d.Store.View(context.Background(), func(r dmp.Reader) error {
		leaves, err := r.Leaves(id, 0, 100)
		for _, l := range leaves {
			if l.Record.Outcome == journal.Denied {
				out = append(out, l.Record.Reason)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// TestFromNothingToQualified follows one identity through the desk.
// spec: INS §3
func TestFromNothingToQualified(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	p := w.create(tchitchi)
	if p.Status != ins.Provisoire || p.Traits.BirthName != "TCHITCHI" || p.CreatedAt.IsZero() {
		t.Fatalf("%+v", p)
	}
	ts := found(t)
	got, err := w.d.RetrieveINS(ctx, w.desk, p.ID, ts, false, "")
	if err != nil || !got.Applied || got.Person.Status != ins.Recuperee || got.Person.Traits.Givens != "CATARINA BELLA" || got.Match.Closeness == ins.Different {
		t.Fatalf("%+v %v", got, err)
	}
	if p, err = w.d.RecordEvidence(ctx, w.desk, p.ID, ins.Evidence{Kind: "CNI", Date: "2026-05-04"}); err != nil || p.Status != ins.Qualifiee || p.Evidence.Operator != w.desk.ID {
		t.Fatalf("%+v %v", p, err)
	}
	ok, p, err := w.d.VerifyINS(ctx, w.desk, p.ID, ts)
	if !ok || err != nil || p.Status != ins.Qualifiee {
		t.Fatal(ok, err)
	}
	ts.ok = false
	if ok, p, err = w.d.VerifyINS(ctx, w.desk, p.ID, ts); ok || err != nil || p.Status != ins.Validee || !p.INS.IsZero() {
		t.Fatal(ok, p.Status, err)
	}
	if r := ins.Explain(p); len(r) != 1 || r[0].ID != "POURQUOI-INFIRMEE" {
		t.Errorf("%+v", r)
	}
	changed := p.Traits
	changed.BirthDate = "1936-06-22"
	if p, err = w.d.ChangeTraits(ctx, w.desk, p.ID, changed, "erreur de saisie"); err != nil || p.Status != ins.Validee {
		t.Fatal(err)
	}
	if p, err = w.d.SetComplementary(ctx, w.desk, p.ID, func(c *ins.Complementary) {
		c.UsedName, c.Local = "Martin", append(c.Local, ins.LocalID{Value: "IPP-7", Authority: "1.2.9"})
	}); err != nil || p.Traits.UsedName != "MARTIN" {
		t.Fatal(err)
	}
	if p, err = w.d.SetDouteuse(ctx, w.desk, p.ID, true, "deux visages"); err != nil || p.Status != ins.Provisoire {
		t.Fatal(err)
	}
	if _, err = w.d.RetrieveINS(ctx, w.desk, p.ID, ts, false, ""); !errors.Is(err, ins.ErrDoubtful) {
		t.Error("a doubtful identity is never sent to INSi:", err)
	}
	history, err := w.d.IdentityHistory(ctx, w.desk, p.ID)
	var words []string
	for _, h := range history {
		words = append(words, string(h.What)+" "+h.After.String())
	}
	want := "creation provisoire, insi.trouvee récupérée, piece.controlee qualifiée, insi.confirmee qualifiée, insi.infirmee validée, traits.modifies validée, complements.poses validée, douteuse.pose provisoire"
	if got := strings.Join(words, ", "); got != want || err != nil {
		t.Errorf("history: %s", got)
	}
	if got := w.denials(p.ID); len(got) != 1 || got[0] != "INS-DOUTEUSE" {
		t.Errorf("refusals in the journal: %v", got)
	}
	events := 0
	_ = w.d.Store.View(ctx, func(r dmp.Reader) error {
		list, err := r.Events(0, 0)
		for _, e := range list {
			if e.Kind == evenement.IdentityChanged && e.Person == string(p.ID) {
				events++
			}
		}
		return err
	})
	if events != 8 {
		t.Errorf("%d events", events)
	}
	// Nothing changed: no line, no event.
	if q, err := w.d.SetHomonyme(ctx, w.desk, p.ID, false, ""); err != nil || len(q.Past) != len(p.Past) {
		t.Error("an attribute that was not set", err)
	}
	// The search finds it by everything that leads to it.
	for _, s := range []ins.Search{{BirthDate: "1936-06-22", Name: "tch"}, {BirthDate: "1936-06-22", Name: "mar"}, {INS: ts.reply.INS}, {INS: ts.reply.History[0].INS}, {Local: ins.LocalID{Value: "IPP-7"}}} {
		if list, err := w.d.SearchPersons(ctx, w.desk, s); err != nil || len(list) != 1 || list[0].ID != p.ID {
			t.Errorf("search: %d %v", len(list), err)
		}
	}
	if _, err := w.d.SearchPersons(ctx, w.desk, ins.Search{Name: "TCHITCHI"}); !errors.Is(err, dmp.ErrSearch) {
		t.Error("the birth date comes first:", err)
	}
}

// TestWhatINSiAnswersIsCompared: nothing is attached before somebody looked.
// spec: INS §6, §8
func TestWhatINSiAnswersIsCompared(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	asked := tchitchi
	asked.BirthName = "CHICHI"
	p := w.create(asked)
	ts := found(t)
	got, err := w.d.RetrieveINS(ctx, w.desk, p.ID, ts, false, "")
	if err != nil || got.Applied || got.Refusal == nil || got.Refusal.ID != "INS-A-COMPARER" || len(got.Match.Differences) == 0 || got.Reply.Traits.BirthName != "TCHITCHI" {
		t.Fatalf("%+v %v", got, err)
	}
	if q, _ := w.d.Person(ctx, w.desk, p.ID); q.Status != ins.Provisoire || q.Traits.BirthName != "CHICHI" {
		t.Errorf("something was attached: %v", q.Status)
	}
	if got, err = w.d.RetrieveINS(ctx, w.desk, p.ID, ts, true, ""); err != nil || !got.Applied || got.Person.Traits.BirthName != "TCHITCHI" {
		t.Fatalf("%+v %v", got, err)
	}
	// Another identity that INSi answers the same matricule for: refused, and written down.
	q := w.create(ins.Traits{BirthName: "TCHITCHI", FirstGiven: "BELLA", Sex: "F", BirthDate: "1936-06-21", BirthPlace: "63220"})
	_, err = w.d.RetrieveINS(ctx, w.desk, q.ID, ts, true, "CATARINA")
	if r := finding.As(err); r == nil || r.ID != "INS-DEJA-PORTEE" || r.Where != string(p.ID) {
		t.Errorf("the same matricule twice: %v", err)
	}
	if got := w.denials(q.ID); len(got) != 1 || got[0] != "INS-DEJA-PORTEE" {
		t.Errorf("journal: %v", got)
	}
	// A first given name that is not the list's.
	r := w.create(ins.Traits{BirthName: "TCHITCHI", FirstGiven: "OLA", Sex: "F", BirthDate: "1936-06-21", BirthPlace: "63220"})
	if got, err := w.d.RetrieveINS(ctx, w.desk, r.ID, ts, true, ""); err != nil || got.Applied || got.Refusal.ID != "INS-PREMIER-PRENOM" {
		t.Errorf("%+v %v", got, err)
	}
	for name, c := range map[string]struct {
		ts   ins.Teleservice
		want string
	}{
		"no teleservice": {nil, "INSI-ABSENT"},
		"down":           {&insi{err: errors.New("timeout")}, "INSI-INJOIGNABLE"},
		"refused":        {&insi{err: dmp.ErrDeskHuman}, "INS-OPERATEUR"},
		"production":     {&insi{reply: ins.Reply{Code: ins.CodeFound, INS: insid.INS{Matricule: ts.reply.INS.Matricule, OID: "1.2.250.1.213.1.4.8"}}}, "INS-OID-SANDBOX"},
	} {
		_, err := w.d.RetrieveINS(ctx, w.desk, r.ID, c.ts, true, "")
		if ref := finding.As(err); ref == nil || ref.ID != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := w.d.RetrieveINS(ctx, w.desk, r.ID, &insi{reply: ins.Reply{Code: ins.CodeNobody}}, false, ""); err != nil || got.Applied || got.Reply.Code != ins.CodeNobody {
		t.Errorf("nobody: %+v %v", got, err)
	}
	if _, _, err := w.d.VerifyINS(ctx, w.desk, r.ID, ts); !errors.Is(err, ins.ErrNoINS) {
		t.Error("nothing to verify:", err)
	}
}

// TestDuplicateMatriculeIsWrittenDown: refused, explained, journaled.
// spec: INS §3 (one active identity)
func TestDuplicateMatriculeIsWrittenDown(t *testing.T) {
	w := newWorld(t)
	other := ins.Person{INS: w.alice.INS, Traits: ins.Traits{BirthName: "AUTRE", FirstGiven: "Luc", Sex: "M", BirthDate: "1985-12-01", BirthPlace: "99350"}}
	_, _, err := w.d.Identify(context.Background(), w.desk, &other)
	if !errors.Is(err, ins.ErrOtherTraits) {
		t.Fatal(err)
	}
	if got := w.denials(w.alice.ID); len(got) != 1 || got[0] != "INS-AUTRES-TRAITS" {
		t.Errorf("journal: %v", got)
	}
}

// TestOneDoesNotCreateTwice: likely doublons are shown first; homonyms are marked on both.
// spec: INS §2 (local search), §8 (homonyms)
func TestOneDoesNotCreateTwice(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	first := w.create(tchitchi)
	again := tchitchi
	again.BirthName = "TCHICHI"
	_, list, err := w.d.CreateIdentity(ctx, w.desk, dmp.Creation{Traits: again})
	if r := finding.As(err); r == nil || r.ID != "INS-DOUBLON" || r.Where != string(first.ID) || len(list) != 1 {
		t.Fatalf("%v %v", err, list)
	}
	second, _, err := w.d.CreateIdentity(ctx, w.desk, dmp.Creation{Traits: again, Compared: true})
	if err != nil {
		t.Fatal(err)
	}
	if list, err = w.d.Doublons(ctx, w.desk, second.ID); err != nil || len(list) != 1 || list[0].Person.ID != first.ID || list[0].Score < 85 {
		t.Errorf("%+v %v", list, err)
	}
	older := tchitchi
	older.BirthDate = "1901-01-01"
	third := w.create(older)
	if q, _ := w.d.Person(ctx, w.desk, first.ID); !third.Homonyme || !q.Homonyme {
		t.Error("homonyms are not marked")
	}
	for name, n := range map[string]dmp.Creation{
		"no name":     {Traits: ins.Traits{FirstGiven: "A", Sex: "F", BirthDate: "1936-06-21", BirthPlace: "63220"}},
		"future":      {Traits: ins.Traits{BirthName: "A", FirstGiven: "A", Sex: "F", BirthDate: "2036-06-21", BirthPlace: "63220"}},
		"no document": {Traits: tchitchi, Compared: true, Evidence: ins.Evidence{Kind: "BADGE", Date: "2026-05-01"}},
	} {
		if _, _, err := w.d.CreateIdentity(ctx, w.desk, n); finding.As(err) == nil {
			t.Errorf("%s: created", name)
		}
	}
}

// TestWhoStandsAtTheDesk: not the person, and for some things not an automaton.
func TestWhoStandsAtTheDesk(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	robot := dmp.Caller{Actor: acces.Actor{ID: "robot", Function: annuaire.Automate, Auth: acces.Directe, Mode: acces.Normal}, Door: "test"}
	self := w.citizen(w.alice)
	m := ins.Merging{Reason: "x"}
	ts := found(t)
	for name, c := range map[string]struct {
		do    func(dmp.Caller) error
		robot bool // an automaton may
	}{
		"create": {func(c dmp.Caller) error {
			_, _, err := w.d.CreateIdentity(ctx, c, dmp.Creation{Traits: tchitchi, Compared: true})
			return err
		}, true},
		"search": {func(c dmp.Caller) error {
			_, err := w.d.SearchPersons(ctx, c, ins.Search{BirthDate: "1979-03-28"})
			return err
		}, true},
		"verify":   {func(c dmp.Caller) error { _, _, err := w.d.VerifyINS(ctx, c, w.alice.ID, ts); return err }, true},
		"doublons": {func(c dmp.Caller) error { _, err := w.d.Doublons(ctx, c, w.alice.ID); return err }, true},
		"evidence": {func(c dmp.Caller) error {
			_, err := w.d.RecordEvidence(ctx, c, w.alice.ID, ins.Evidence{Kind: "CNI", Date: "2026-05-01"})
			return err
		}, false},
		"doubt": {func(c dmp.Caller) error { _, err := w.d.SetDouteuse(ctx, c, w.bob.ID, true, "x"); return err }, false},
		"merge": {func(c dmp.Caller) error { _, err := w.d.MergePersons(ctx, c, w.alice.ID, w.bob.ID, m); return err }, false},
		"unmerge": {func(c dmp.Caller) error {
			_, err := w.d.UnmergePersons(ctx, c, w.alice.ID, w.bob.ID, "x")
			return err
		}, false},
	} {
		if r := finding.As(c.do(self)); r == nil || r.Kind != finding.Forbidden {
			t.Errorf("%s by the person: %v", name, r)
		}
		if r := finding.As(c.do(robot)); (r == nil) != c.robot || r != nil && r.ID != "INS-OPERATEUR" {
			t.Errorf("%s by an automaton: %v", name, r)
		}
	}
	if _, err := w.d.SetDouteuse(ctx, w.desk, "nobody", true, "x"); !errors.Is(err, ins.ErrUnknown) {
		t.Error("nobody:", err)
	}
}
