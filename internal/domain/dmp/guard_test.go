package dmp_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// story tells the journal of a person as they read it, oldest first: action:outcome:title.
func (w *world) story(p *ins.Person) string {
	w.t.Helper()
	leaves, err := w.d.Accesses(context.Background(), w.citizen(p), p.ID, 0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for i := range leaves {
		r := leaves[len(leaves)-1-i].Record
		out = append(out, string(r.Action)+":"+string(r.Outcome)+":"+r.Title)
	}
	return strings.Join(out, " ")
}

// TestAnUnannouncedDocumentIsNotInTheJournalOfThePerson follows a result that awaits its
// consultation: nothing tells of it, then everything does.
// spec: DMP 2.4
func TestAnUnannouncedDocumentIsNotInTheJournalOfThePerson(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	before := w.story(w.alice)
	e := w.mustDeposit(w.alice, "Anatomie", func(s *xds.Submission) {
		s.Entries[0].Confidentiality = append(s.Entries[0].Confidentiality, xds.Code{Code: xds.InvisiblePatient, System: xds.VisibilitySystem})
	})
	for _, c := range []dmp.Caller{w.gp, w.citizen(w.alice)} {
		if _, err := w.d.Read(ctx, c, []string{e.UniqueID}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.d.SetVisibility(ctx, w.citizen(w.alice), e.UniqueID, xds.MasquePS, true, 0); !errors.Is(err, dmp.ErrNoDocument) {
		t.Errorf("hidden by somebody who does not know it: %v", err)
	}
	if got := w.story(w.alice); got != before {
		t.Errorf("before the consultation:\n%s\nwant\n%s", got, before)
	}
	if _, err := w.d.SetVisibility(ctx, w.gp, e.UniqueID, xds.InvisiblePatient, false, 0); err != nil {
		t.Fatal(err)
	}
	if got := w.story(w.alice); !strings.Contains(got, "submit:success:Anatomie") || !strings.Contains(got, "read:success:Anatomie") {
		t.Errorf("after it: %s", got)
	}
}

// TestOnlyADoctorIsMedecinTraitant: anybody else who says so would take the role away, and read
// everybody's traces.
func TestOnlyADoctorIsMedecinTraitant(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	nurse := &annuaire.Professional{IDNat: "899000000047", Family: "SOIN", Given: "Ana", Profession: annuaire.Infirmier, Structures: []string{"1990000018"}, Active: true}
	w.d.Annuaire.Put(*nurse)
	c := dmp.Caller{Actor: acces.ProfessionalActor(nurse, nil, acces.Directe), Door: "test"}
	if err := w.d.Authorise(ctx, c, w.alice.ID, nurse, true); code(err) != "/"+acces.RefusProfil {
		t.Errorf("a nurse as médecin traitant: %v", err)
	}
	auths, _, err := w.d.Authorisations(ctx, w.citizen(w.alice), w.alice.ID)
	if err != nil || len(auths) != 1 || !auths[0].MT || auths[0].Professional != w.gp.ID {
		t.Errorf("the médecin traitant lost the role: %+v %v", auths, err)
	}
	if err := w.d.Authorise(ctx, c, w.alice.ID, nurse, false); err != nil {
		t.Fatal(err)
	}
	leaves, err := w.d.Accesses(ctx, c, w.alice.ID, 0, 100)
	if err != nil || len(leaves) != 2 { // their two requests, nobody else's
		t.Errorf("traces shown to a nurse: %d, %v", len(leaves), err)
	}
}

// TestRequestsAboutNobodyLeaveNothing: an invented handle is not written in the journal.
func TestRequestsAboutNobodyLeaveNothing(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	nobody := ins.PersonID("018f0000-0000-7000-8000-000000000000")
	gp := w.d.Annuaire.Professional(w.gp.ID)
	count := func() (n int) {
		if err := w.d.Store.View(ctx, func(r dmp.Reader) error {
			l, err := r.Leaves(nobody, 0, 100)
			n = len(l)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := w.d.Authorise(ctx, w.gp, nobody, gp, false); !errors.Is(err, ins.ErrUnknown) {
		t.Errorf("authorise: %v", err)
	}
	if err := w.d.Open(ctx, w.desk, nobody); !errors.Is(err, ins.ErrUnknown) {
		t.Errorf("open: %v", err)
	}
	if err := w.d.Block(ctx, w.citizen(w.bob), nobody, gp, true); code(err) != "/"+acces.RefusPasVotreDossier {
		t.Errorf("a stranger, about nobody: %v", err)
	}
	if err := w.d.Block(ctx, w.citizen(w.bob), w.alice.ID, gp, true); code(err) != "/"+acces.RefusPasVotreDossier {
		t.Errorf("a stranger, about somebody: %v", err)
	}
	if n := count(); n != 0 {
		t.Errorf("%d lines about nobody", n)
	}
}

// TestRefusalsAboutARecordDoNotTellWhatIsInIt: for a blocked professional a document that is
// there and one that never was get the same answer; for another citizen an INS that somebody
// carries and one that nobody does.
func TestRefusalsAboutARecordDoNotTellWhatIsInIt(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	e := w.mustDeposit(w.alice, "Lettre", nil)
	if err := w.d.Block(ctx, w.citizen(w.alice), w.alice.ID, w.d.Annuaire.Professional(w.author.ID), true); err != nil {
		t.Fatal(err)
	}
	blocked := w.author
	blocked.Resource = w.alice.INS
	get := func(uid string) string {
		_, err := w.d.Query(ctx, blocked, &xds.Query{ID: xds.GetDocuments, ReturnLeaf: true, Slots: []xds.Slot{{Name: "$XDSDocumentEntryUniqueId", Values: []string{uid}}}})
		return code(err)
	}
	if there, none := get(e.UniqueID), get("2.25.404"); there != none || !strings.Contains(there, acces.RefusBloque) {
		t.Errorf("there: %s, not there: %s", there, none)
	}
	nobody, _ := insid.Parse("185129935000169", "1.2.250.1.213.1.4.10")
	find := func(id insid.INS) string {
		_, err := w.d.Find(ctx, w.citizen(w.bob), id, &xds.Query{Slots: []xds.Slot{{Name: "$XDSDocumentEntryStatus", Values: []string{string(xds.Approved)}}}})
		return code(err)
	}
	if somebody, none := find(w.alice.INS), find(nobody); somebody != none || !strings.Contains(none, acces.RefusPasVotreDossier) {
		t.Errorf("somebody's INS: %s, nobody's: %s", somebody, none)
	}
	if got := find(w.bob.INS); got != "<nil>" {
		t.Errorf("their own: %s", got)
	}
}

func TestRefusalsAreWrittenDown(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	e := w.mustDeposit(w.alice, "Lettre", nil)
	if _, err := w.d.ReadEntry(ctx, w.author, e.EntryUUID); !errors.Is(err, dmp.ErrNoDocument) {
		t.Errorf("read: %v", err)
	}
	if got := w.story(w.alice); !strings.HasSuffix(got, "read:"+string(journal.Denied)+":Lettre") {
		t.Errorf("a refused reading by entryUUID: %s", got)
	}
	it, err := w.d.ReadEntry(ctx, w.gp, e.EntryUUID)
	if err != nil || it.UniqueID != e.UniqueID || int64(len(it.Bytes)) != e.Size {
		t.Errorf("read by the médecin traitant: %v", err)
	}
	if _, err := w.d.ReadEntry(ctx, w.gp, "urn:uuid:018f0000-0000-7000-8000-000000000000"); !errors.Is(err, dmp.ErrNoDocument) {
		t.Errorf("unknown: %v", err)
	}
	if err := w.d.OpposeRecord(ctx, w.citizen(w.bob), w.bob.ID, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.d.Open(ctx, w.desk, w.bob.ID); !errors.Is(err, dmp.ErrOpposed) {
		t.Fatal(err)
	}
	if got := w.story(w.bob); !strings.HasSuffix(got, "open:"+string(journal.Denied)+":") {
		t.Errorf("an opening against the person's will: %s", got)
	}
}

func TestWhatIsReplacedMustBeKeptAlready(t *testing.T) {
	w := newWorld(t)
	_, err := w.deposit(w.alice, "Lettre", func(s *xds.Submission) {
		s.Associations = append(s.Associations, xds.Association{EntryUUID: "R", Type: xds.RPLC, Source: "Document01", Target: "Document01"})
	})
	if code(err) != "UnresolvedReferenceException/XDS-REFERENCE" {
		t.Errorf("a document that replaces itself: %s", code(err))
	}
	_, err = w.deposit(w.alice, "Lettre", func(s *xds.Submission) { s.Set.EntryUUID = "urn:uuid:42" })
	if code(err) != "XDSRepositoryMetadataError/XDS-METADONNEE" {
		t.Errorf("an entryUUID that is none: %s", code(err))
	}
}

// TestEvidenceShownLaterQualifies: the desk meets somebody whose identity had no evidence.
func TestEvidenceShownLaterQualifies(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	id, _ := insid.Parse("185129935000169", "1.2.250.1.213.1.4.10")
	p := ins.Person{INS: id, Traits: ins.Traits{BirthName: "NEUF", FirstGiven: "Luc", Sex: "M", BirthDate: "1985-12-01", BirthPlace: "99350"}}
	first := p
	a, created, err := w.d.Identify(ctx, w.desk, &first)
	if err != nil || !created || a.Status != ins.Recuperee {
		t.Fatal(a, created, err)
	}
	second := p
	second.Evidence = ins.Evidence{Kind: "PASSEPORT", Date: "2026-05-04", Operator: "desk"}
	b, created, err := w.d.Identify(ctx, w.desk, &second)
	if err != nil || created || b.ID != a.ID || b.Status != ins.Qualifiee {
		t.Errorf("%+v %v %v", b, created, err)
	}
	third := p
	c, created, err := w.d.Identify(ctx, w.desk, &third)
	if err != nil || created || c.Status != ins.Qualifiee || c.Evidence.Kind != "PASSEPORT" {
		t.Errorf("a visit without papers takes nothing away: %+v %v %v", c, created, err)
	}
}

// TestASetTakesNothingAway: whoever may feed a record could otherwise make its documents vanish.
func TestASetTakesNothingAway(t *testing.T) {
	w := newWorld(t)
	old := w.mustDeposit(w.alice, "Lettre", nil)
	for name, a := range map[string]xds.Association{
		"a set replaces":       {EntryUUID: "R", Type: xds.RPLC, Source: "Set01", Target: old.EntryUUID},
		"a set transforms":     {EntryUUID: "R", Type: xds.XFRMRPLC, Source: "Set01", Target: old.EntryUUID},
		"a document has parts": {EntryUUID: "R", Type: xds.HasMember, Source: "Document01", Target: old.EntryUUID},
	} {
		if _, err := w.deposit(w.alice, "Autre", func(s *xds.Submission) { s.Associations = append(s.Associations, a) }); code(err) != "XDSRepositoryMetadataError/XDS-METADONNEE" {
			t.Errorf("%s: %s", name, code(err))
		}
	}
	if got := w.titles(w.gp, w.alice); got != "Lettre" {
		t.Errorf("timeline: %s", got)
	}
}

// TestLinksAloneAreWrittenDown: a set that only refers to a document of the record.
func TestLinksAloneAreWrittenDown(t *testing.T) {
	w := newWorld(t)
	old := w.mustDeposit(w.alice, "Lettre", nil)
	before := w.story(w.alice)
	_, raw := w.document(w.alice, "Rien")
	sub, _ := submission(t, raw, "2.25.99")
	sub.Entries, sub.Set.Title = nil, "Dossier de suivi"
	sub.Associations = []xds.Association{{EntryUUID: "A", Type: xds.HasMember, Source: "Set01", Target: old.EntryUUID, SetStatus: "Reference"}}
	if _, err := w.d.Submit(context.Background(), w.author, sub, nil); err != nil {
		t.Fatal(err)
	}
	if got := w.story(w.alice); got != before+" submit:success:Dossier de suivi" {
		t.Errorf("journal: %s", got)
	}
}
