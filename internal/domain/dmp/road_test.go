package dmp_test

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xds/cdameta"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// world is a small territory: two professionals, two persons, one record each.
type world struct {
	t      testing.TB
	d      *dmp.DMP
	now    time.Time
	gp     dmp.Caller // médecin traitant of alice
	author dmp.Caller // writes documents, no authorisation
	desk   dmp.Caller
	alice  *ins.Person
	bob    *ins.Person
	n      int
	dir    string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC), dir: t.TempDir()}
	st, err := embedded.Open(w.dir, embedded.Options{Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	dir := annuaire.New()
	s := annuaire.Structure{IDNat: "1990000018", Name: "Cabinet", Sector: "SA07", Active: true}
	dir.PutStructure(s)
	gp := annuaire.Professional{IDNat: "899000000013", Family: "MARTIN", Given: "Claire", Title: "DR", Profession: "10", SavoirFaire: "SM26", Structures: []string{s.IDNat}, Active: true}
	au := annuaire.Professional{IDNat: "899000000021", Family: "FAURE", Given: "Hélène", Title: "DR", Profession: "10", SavoirFaire: "SM03", Structures: []string{s.IDNat}, Active: true}
	dir.Put(gp)
	dir.Put(au)
	w.d = &dmp.DMP{Store: st, Annuaire: dir, Mode: ins.Sandbox, RepositoryID: "1.2.3.4", Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler)}
	w.gp = dmp.Caller{Actor: acces.ProfessionalActor(&gp, &s, acces.Directe), Door: "test"}
	w.author = dmp.Caller{Actor: acces.ProfessionalActor(&au, &s, acces.Directe), Door: "test"}
	w.desk = dmp.Caller{Actor: acces.Actor{ID: "desk", Function: annuaire.SecretariatMedical, Structure: s.IDNat, Auth: acces.Directe, Mode: acces.Normal}, Door: "test"}
	w.alice = w.person("279035121518989", "PAT-TROIS", "F", "1979-03-28", "51215")
	w.bob = w.person("180012A00400168", "CORSE", "M", "1980-01-02", "2A004")
	if err := w.d.Authorise(context.Background(), w.gp, w.alice.ID, &gp, true); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) person(matricule, name, sex, birth, place string) *ins.Person {
	w.t.Helper()
	id, err := insid.Parse(matricule, "1.2.250.1.213.1.4.10")
	if err != nil {
		w.t.Fatal(err)
	}
	p, created, err := w.d.Identify(context.Background(), w.desk, &ins.Person{INS: id, Evidence: ins.Evidence{Kind: "CNI", Date: "2026-01-01", Operator: "desk"},
		Traits: ins.Traits{BirthName: name, FirstGiven: "Dominique", Sex: sex, BirthDate: birth, BirthPlace: place}})
	if err != nil || !created || p.Status != ins.Qualifiee {
		w.t.Fatal(err, created, p)
	}
	if err := w.d.Open(context.Background(), w.desk, p.ID); err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) citizen(p *ins.Person) dmp.Caller {
	return dmp.Caller{Actor: acces.CitizenActor(p), Door: "test"}
}

// document writes a small letter about a person.
func (w *world) document(p *ins.Person, title string) (string, []byte) {
	w.t.Helper()
	w.n++
	uid := fmt.Sprintf("2.25.77%d", w.n)
	s := &write.Structure{ID: "1990000018", Name: "Cabinet", Phone: "0199000001", Practice: "AMBULATOIRE", Addr: write.Addr{Street: "1 rue", PostalCode: "99000", City: "AURORE"}}
	a := write.Professional{ID: w.author.ID, Speciality: "G15_10/SM03", Family: "FAURE", Given: "Hélène", Suffix: "DR", Phone: "0199000001", Addr: s.Addr, Structure: s}
	at := w.now.Add(-time.Hour)
	b, err := write.Report(nil, write.Header{ID: cda.II{Root: uid}, Type: "11488-4", Title: title, Time: at, Author: a,
		Patient: write.Patient{INS: p.INS, BirthName: p.Traits.BirthName, FirstGiven: p.Traits.FirstGiven, Sex: p.Traits.Sex, Birth: strings.ReplaceAll(p.Traits.BirthDate, "-", ""),
			BirthCOG: p.Traits.BirthPlace, BirthCity: "VILLE", Addr: s.Addr, Phone: "0600000000"},
		Service: write.Service{Start: at, End: at}, Encounter: write.Encounter{Code: "AMB", Facility: "SA07", Place: "Cabinet", Start: at, End: at, Responsible: &a}},
		write.File{MediaType: "application/pdf", Data: []byte("%PDF-1.4\n%%EOF\n")})
	if err != nil {
		w.t.Fatal(err)
	}
	return uid, b
}

func submission(t testing.TB, raw []byte, set string) (*xds.Submission, []dmp.Document) {
	t.Helper()
	c, err := cda.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	e := cdameta.Entry(c)
	e.EntryUUID = "Document01"
	sub := &xds.Submission{Entries: []xds.DocumentEntry{e}, Set: xds.SubmissionSet{EntryUUID: "Set01", UniqueID: set, SourceID: "1.2.3", PatientID: e.PatientID,
		SubmissionTime: "20260504", ContentType: xds.Code{Code: "07", System: "1.2.250.1.213.2.2"}, Authors: e.Authors}}
	return sub, []dmp.Document{{EntryID: "Document01", Bytes: raw, SHA1: sha1.Sum(raw), SHA256: sha256.Sum256(raw)}}
}

// deposit keeps a document and gives its entry.
func (w *world) deposit(p *ins.Person, title string, change func(*xds.Submission)) (*xds.DocumentEntry, error) {
	w.t.Helper()
	uid, raw := w.document(p, title)
	sub, docs := submission(w.t, raw, "2.25.88"+strings.TrimPrefix(uid, "2.25."))
	if change != nil {
		change(sub)
	}
	w.now = w.now.Add(time.Minute)
	r, err := w.d.Submit(context.Background(), w.author, sub, docs)
	if err != nil {
		return nil, err
	}
	return r.Entries[0], nil
}

func (w *world) mustDeposit(p *ins.Person, title string, change func(*xds.Submission)) *xds.DocumentEntry {
	w.t.Helper()
	e, err := w.deposit(p, title, change)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w *world) titles(c dmp.Caller, p *ins.Person) string {
	w.t.Helper()
	dos, err := w.d.Dossier(context.Background(), c, p.ID)
	if err != nil {
		return finding.As(err).ID
	}
	var out []string
	for _, l := range dos.Lines {
		out = append(out, l.Entry.Title)
	}
	return strings.Join(out, ",")
}

func code(err error) string {
	if r := finding.As(err); r != nil {
		return r.Code + "/" + r.ID
	}
	return fmt.Sprint(err)
}

func TestDepositReadAndJournal(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	e := w.mustDeposit(w.alice, "Lettre", nil)
	items, err := w.d.Read(ctx, w.gp, []string{e.UniqueID})
	if err != nil || items[0].Err != nil || sha1.Sum(items[0].Bytes) == [20]byte{} || int64(len(items[0].Bytes)) != e.Size {
		t.Fatal(err, items)
	}
	if items, err = w.d.Read(ctx, w.author, []string{e.UniqueID}); err != nil || !errors.Is(items[0].Err, dmp.ErrNoDocument) {
		t.Errorf("read without authorisation: %v %v", items, err)
	}
	leaves, err := w.d.Accesses(ctx, w.citizen(w.alice), w.alice.ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range leaves {
		got = append(got, string(l.Record.Action)+":"+string(l.Record.Outcome)+":"+l.Record.Actor.ID)
	}
	want := "read:refused:899000000021 read:success:899000000013 submit:success:899000000021 authorise:success:899000000013 open:success:desk identify:success:desk"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("journal:\n%s\nwant\n%s", s, want)
	}
}

func TestDuplicates(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	_, raw := w.document(w.alice, "Une")
	sub, docs := submission(t, raw, "2.25.1")
	first, err := w.d.Submit(ctx, w.author, sub, docs)
	if err != nil {
		t.Fatal(err)
	}
	sub, docs = submission(t, raw, "2.25.2")
	again, err := w.d.Submit(ctx, w.author, sub, docs)
	if err != nil || !again.Repeated || again.Entries[0].EntryUUID != first.Entries[0].EntryUUID {
		t.Errorf("same bytes again: %+v %v", again, err)
	}
	other := []byte(strings.Replace(string(raw), "Une", "Deux", 1))
	sub, docs = submission(t, other, "2.25.3")
	if _, err = w.d.Submit(ctx, w.author, sub, docs); code(err) != "XDSNonIdenticalHash/XDS-UNIQUEID-AUTRES-OCTETS" {
		t.Errorf("other bytes, same id: %v", code(err))
	}
	_, raw = w.document(w.alice, "Trois")
	sub, docs = submission(t, raw, "2.25.1")
	if _, err = w.d.Submit(ctx, w.author, sub, docs); code(err) != "XDSDuplicateUniqueIdInRegistry/XDS-UNIQUEID-CONNU" {
		t.Errorf("same set id: %v", code(err))
	}
}

func TestReplacementDeprecates(t *testing.T) {
	w := newWorld(t)
	old := w.mustDeposit(w.alice, "Version 1", nil)
	replace := func(s *xds.Submission) {
		s.Associations = append(s.Associations, xds.Association{EntryUUID: "R", Type: xds.RPLC, Source: "Document01", Target: old.EntryUUID})
	}
	w.mustDeposit(w.alice, "Version 2", replace)
	if got := w.titles(w.gp, w.alice); got != "Version 2" {
		t.Errorf("timeline: %s", got)
	}
	if _, err := w.deposit(w.alice, "Version 2 bis", replace); code(err) != "XDSRegistryDeprecatedDocumentError/XDS-CIBLE-PERIMEE" {
		t.Errorf("replacing what is replaced: %v", code(err))
	}
	if _, err := w.deposit(w.bob, "Autre", replace); code(err) != "UnresolvedReferenceException/XDS-REFERENCE" {
		t.Errorf("replacing somebody else's: %v", code(err))
	}
}

// TestRefusedDepositsKeepNothing alters a good submission, one thing at a time.
// spec: DMP 1.3
func TestRefusedDepositsKeepNothing(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name, want string
		change     func(*xds.Submission)
	}{
		{"unknown patient", "XDSUnknownPatientId/INS-INCONNU", func(s *xds.Submission) { setPatient(s, "185129935000169") }},
		{"production OID", "XDSUnknownPatientId/INS-OID-SANDBOX", func(s *xds.Submission) {
			s.Set.PatientID = strings.Replace(s.Set.PatientID, "4.10", "4.8", 1)
			s.Entries[0].PatientID = s.Set.PatientID
		}},
		{"two patients", "XDSPatientIdDoesNotMatch/XDS-METADONNEE", func(s *xds.Submission) { s.Entries[0].PatientID = w.bob.INS.CX() }},
		{"somebody else's document", "InvalidDocumentContent/CDA-AUTRE-PATIENT", func(s *xds.Submission) {
			s.Set.PatientID, s.Entries[0].PatientID = w.bob.INS.CX(), w.bob.INS.CX()
		}},
		{"other id", "InvalidDocumentContent/CDA-AUTRE-ID", func(s *xds.Submission) { s.Entries[0].UniqueID = "2.25.5" }},
		{"wrong hash", "XDSRepositoryMetadataError/XDS-METADONNEE", func(s *xds.Submission) { s.Entries[0].Hash = strings.Repeat("0", 40) }},
		{"wrong size", "XDSRepositoryMetadataError/XDS-METADONNEE", func(s *xds.Submission) { s.Entries[0].Size = 1 }},
		{"entry without document", "XDSMissingDocument/XDS-METADONNEE", func(s *xds.Submission) { s.Entries[0].EntryUUID = "Document02" }},
		{"document without entry", "XDSMissingDocumentMetadata/XDS-METADONNEE", func(s *xds.Submission) { s.Entries = nil }},
		{"no title", "XDSRepositoryMetadataError/XDS-METADONNEE", func(s *xds.Submission) { s.Entries[0].Title = "" }},
		{"class of another type", "XDSRepositoryMetadataError/XDS-METADONNEE", func(s *xds.Submission) { s.Entries[0].Class.Code = "90" }},
		{"twice in the message", "XDSRepositoryDuplicateUniqueIdInMessage/XDS-METADONNEE", func(s *xds.Submission) { s.Entries = append(s.Entries, s.Entries[0]) }},
	} {
		if _, err := w.deposit(w.alice, "Rien", c.change); code(err) != c.want {
			t.Errorf("%s: %s, want %s", c.name, code(err), c.want)
		}
	}
	if got := w.titles(w.gp, w.alice); got != "" {
		t.Errorf("something was kept: %s", got)
	}
}

// TestEveryRefusalIsWrittenDown refuses in as many ways as there are steps, and reads the journal.
func TestEveryRefusalIsWrittenDown(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	for _, change := range []func(*xds.Submission){
		func(s *xds.Submission) { s.Entries[0].Title = "" },
		func(s *xds.Submission) { s.Entries[0].UniqueID = strings.Repeat("x", 100_000) },
		func(s *xds.Submission) { setPatient(s, "nobody") },
		func(s *xds.Submission) { setPatient(s, "185129935000169") },
		func(s *xds.Submission) { s.Entries[0].UniqueID = "2.25.5" },
	} {
		if _, err := w.deposit(w.alice, "Rien", change); finding.As(err) == nil {
			t.Fatal("not refused:", err)
		}
	}
	for _, q := range []xds.Query{{ID: "urn:uuid:none"}, {ID: xds.FindDocuments, Slots: []xds.Slot{
		{Name: "$XDSDocumentEntryPatientId", Values: []string{"185129935000169^^^&1.2.250.1.213.1.4.10&ISO^NH"}}, {Name: "$XDSDocumentEntryStatus", Values: []string{string(xds.Approved)}}}}} {
		if _, err := w.d.Query(ctx, w.gp, &q); finding.As(err) == nil {
			t.Fatal("not refused:", err)
		}
	}
	var got []string
	err := w.d.Store.(*embedded.Store).Recent(ctx, time.Time{}, func(r journal.Record) {
		if r.Outcome == journal.Denied {
			got = append(got, string(r.Action)+" "+r.Reason)
		}
		if len(r.UniqueID) > 128 {
			t.Errorf("%d characters of somebody's choice in the journal", len(r.UniqueID))
		}
	})
	want := "search INS-INCONNU, search XDS-REQUETE, submit CDA-AUTRE-ID, submit INS-INCONNU, submit INS-INCONNU, submit XDS-METADONNEE, submit XDS-METADONNEE"
	if s := strings.Join(got, ", "); err != nil || s != want {
		t.Errorf("%v\n%s\nwant\n%s", err, s, want)
	}
}

func setPatient(s *xds.Submission, matricule string) {
	s.Set.PatientID = matricule + "^^^&1.2.250.1.213.1.4.10&ISO^NH"
	s.Entries[0].PatientID = s.Set.PatientID
}

func TestClosedOpposedAndUnqualified(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	if err := w.d.CloseRecord(ctx, w.citizen(w.alice), w.alice.ID, "je préfère"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.deposit(w.alice, "Après", nil); code(err) != "XDSUnknownPatientId/ACC-REFUS-DOSSIER-FERME" {
		t.Errorf("closed: %s", code(err))
	}
	if got := w.titles(w.gp, w.alice); got != "ACC-REFUS-DOSSIER-FERME" {
		t.Errorf("closed, read: %s", got)
	}
	if err := w.d.OpposeRecord(ctx, w.citizen(w.bob), w.bob.ID, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.d.Open(ctx, w.desk, w.bob.ID); code(err) != "XDSUnknownPatientId/DMP-OPPOSE" {
		t.Errorf("opened against the person's will: %s", code(err))
	}
	id, _ := insid.Parse("185129935000169", "1.2.250.1.213.1.4.10")
	p := &ins.Person{INS: id, Traits: ins.Traits{BirthName: "NEUF", FirstGiven: "Luc", Sex: "M", BirthDate: "1985-12-01", BirthPlace: "99350"}}
	p, _, err := w.d.Identify(ctx, w.desk, p)
	if err != nil || p.Status != ins.Recuperee {
		t.Fatal(err, p)
	}
	if _, err := w.deposit(p, "Non qualifiée", nil); code(err) != "XDSUnknownPatientId/INS-NON-QUALIFIEE" {
		t.Errorf("not qualified: %s", code(err))
	}
}

// TestHiddenDocumentsLeaveNoTrace masks a document and looks through every question.
// spec: DMP 2.4
func TestHiddenDocumentsLeaveNoTrace(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	shown := w.mustDeposit(w.alice, "Visible", nil)
	hidden := w.mustDeposit(w.alice, "Caché", nil)
	if err := w.d.Authorise(ctx, w.author, w.alice.ID, w.d.Annuaire.Professional(w.author.ID), false); err != nil {
		t.Fatal(err)
	}
	stranger := annuaire.Professional{IDNat: "899000000039", Family: "AUTRE", Given: "Luc", Profession: "60", Structures: []string{"1990000018"}, Active: true}
	w.d.Annuaire.Put(stranger)
	nurse := dmp.Caller{Actor: acces.ProfessionalActor(&stranger, nil, acces.Directe), Door: "test"}
	if err := w.d.Authorise(ctx, w.citizen(w.alice), w.alice.ID, &stranger, false); err != nil {
		t.Fatal(err)
	}
	masked, err := w.d.SetVisibility(ctx, w.citizen(w.alice), hidden.UniqueID, xds.MasquePS, true, 0)
	if err != nil || masked.Version != 2 || masked.LogicalID != hidden.LogicalID || masked.EntryUUID == hidden.EntryUUID {
		t.Fatal(err, masked)
	}
	for name, c := range map[string]struct {
		caller dmp.Caller
		want   string
	}{"citizen": {w.citizen(w.alice), "Caché,Visible"}, "médecin traitant": {w.gp, "Caché,Visible"}, "author": {w.author, "Caché,Visible"}, "nurse": {nurse, "Visible"}} {
		if got := w.titles(c.caller, w.alice); got != c.want {
			t.Errorf("%s sees %s", name, got)
		}
	}
	cx := w.alice.INS.CX()
	ask := func(id xds.QueryID, slots ...xds.Slot) *dmp.Answer {
		t.Helper()
		a, err := w.d.Query(ctx, nurse, &xds.Query{ID: id, ReturnLeaf: true, Slots: slots})
		if err != nil {
			t.Fatal(id, err)
		}
		return a
	}
	slot := func(name string, v ...string) xds.Slot { return xds.Slot{Name: name, Values: v} }
	approved := string(xds.Approved)
	counts := map[string]int{
		"FindDocuments":      len(ask(xds.FindDocuments, slot("$XDSDocumentEntryPatientId", cx), slot("$XDSDocumentEntryStatus", approved, string(xds.Deprecated))).Entries),
		"FindSubmissionSets": len(ask(xds.FindSubmissionSets, slot("$XDSSubmissionSetPatientId", cx), slot("$XDSSubmissionSetStatus", approved)).Sets),
	}
	if counts["FindDocuments"] != 1 || counts["FindSubmissionSets"] != 1 {
		t.Errorf("counts betray: %v", counts)
	}
	for _, id := range []string{hidden.EntryUUID, masked.EntryUUID} {
		if a := ask(xds.GetDocuments, slot("$XDSDocumentEntryEntryUUID", id)); len(a.Entries) != 0 {
			t.Error("GetDocuments betrays")
		}
		if a := ask(xds.GetAssociations, slot("$uuid", id)); len(a.Associations) != 0 {
			t.Error("GetAssociations betrays")
		}
		if a := ask(xds.GetSubmissionSets, slot("$uuid", id)); len(a.Sets)+len(a.Associations) != 0 {
			t.Error("GetSubmissionSets betrays")
		}
	}
	read := func(uid string) string {
		items, err := w.d.Read(ctx, nurse, []string{uid})
		if err != nil {
			t.Fatal(err)
		}
		r := finding.As(items[0].Err)
		if r == nil {
			return "bytes"
		}
		return strings.ReplaceAll(r.Sentence("fr"), uid, "X")
	}
	if got, none := read(hidden.UniqueID), read("2.25.404"); got != none || got == "bytes" {
		t.Errorf("a hidden document answers %q, none answers %q", got, none)
	}
	if read(shown.UniqueID) != "bytes" {
		t.Error("the other document should be read")
	}
	if _, err := w.d.SetVisibility(ctx, w.citizen(w.alice), hidden.UniqueID, xds.MasquePS, false, 0); err != nil {
		t.Fatal(err)
	}
	if got := w.titles(nurse, w.alice); got != "Caché,Visible" {
		t.Errorf("after undoing: %s", got)
	}
}

func TestSomebodyElsesRecordLooksEmpty(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	e := w.mustDeposit(w.alice, "Lettre", nil)
	bob := w.citizen(w.bob)
	items, err := w.d.Read(ctx, bob, []string{e.UniqueID})
	if err != nil || !errors.Is(items[0].Err, dmp.ErrNoDocument) {
		t.Errorf("read: %v %v", items, err)
	}
	if _, err := w.d.Entry(ctx, bob, e.EntryUUID); !errors.Is(err, dmp.ErrNoDocument) {
		t.Errorf("entry: %v", err)
	}
	if _, err := w.d.SetVisibility(ctx, bob, e.UniqueID, xds.MasquePS, true, 0); !errors.Is(err, dmp.ErrNoDocument) {
		t.Errorf("mask: %v", err)
	}
	if _, err := w.d.Accesses(ctx, bob, w.alice.ID, 0, 10); finding.As(err) == nil {
		t.Errorf("journal: %v", err)
	}
	leaves, _ := w.d.Accesses(ctx, w.citizen(w.alice), w.alice.ID, 0, 100)
	for _, l := range leaves {
		if l.Record.Actor.ID == string(w.bob.ID) {
			t.Error("a stranger's tries fill the journal of the person")
		}
	}
}

func TestAnIdentifierOfSomebodyElseSaysNothing(t *testing.T) {
	w := newWorld(t)
	hers, his := w.mustDeposit(w.alice, "Elle", nil), w.mustDeposit(w.bob, "Lui", nil)
	c := w.gp
	c.Resource = w.alice.INS
	ask := func(ids ...string) (int, error) {
		a, err := w.d.Query(context.Background(), c, &xds.Query{ID: xds.GetDocuments, ReturnLeaf: true, Slots: []xds.Slot{{Name: "$XDSDocumentEntryEntryUUID", Values: ids}}})
		if err != nil {
			return 0, err
		}
		return len(a.Entries), nil
	}
	for _, other := range []string{his.EntryUUID, "urn:uuid:00000000-0000-4000-8000-000000000000"} {
		if n, err := ask(hers.EntryUUID, other); n != 1 || err != nil {
			t.Errorf("with %s: %d %v", other, n, err)
		}
		if n, err := ask(other); n != 0 || err != nil {
			t.Errorf("%s alone: %d %v", other, n, err)
		}
	}
}

func TestBreakGlassIsToldAndBounded(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	e := w.mustDeposit(w.alice, "Lettre", nil)
	c := w.author
	c.Mode, c.ModeReason = acces.BrisDeGlace, "inconscient"
	items, err := w.d.Read(ctx, c, []string{e.UniqueID})
	if err != nil || items[0].Err != nil {
		t.Fatal(err, items[0].Err)
	}
	leaves, _ := w.d.Accesses(ctx, w.citizen(w.alice), w.alice.ID, 0, 1)
	if r := leaves[0].Record; r.Action != journal.Read || r.Mode != "bris_de_glace" || r.ModeReason != "inconscient" || r.Reason != acces.OKBrisDeGlace {
		t.Errorf("journal: %+v", r)
	}
	if err := w.d.Choose(ctx, w.citizen(w.alice), w.alice.ID, acces.Choices{OpposeBrisDeGlace: true}); err != nil {
		t.Fatal(err)
	}
	if items, _ := w.d.Read(ctx, c, []string{e.UniqueID}); items[0].Err == nil {
		t.Error("the person opposed it")
	}
}

func TestQueriesRefuseWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	cx := w.alice.INS.CX()
	pid, st := xds.Slot{Name: "$XDSDocumentEntryPatientId", Values: []string{cx}}, xds.Slot{Name: "$XDSDocumentEntryStatus", Values: []string{string(xds.Approved)}}
	for _, c := range []struct {
		name, want string
		q          xds.Query
	}{
		{"unknown query", "XDSUnknownStoredQuery", xds.Query{ID: "urn:uuid:none"}},
		{"no status", "XDSStoredQueryMissingParam", xds.Query{ID: xds.FindDocuments, Slots: []xds.Slot{pid}}},
		{"repeated", "XDSStoredQueryParamNumber", xds.Query{ID: xds.FindDocuments, Slots: []xds.Slot{pid, st, st}}},
		{"bare code", "XDSRegistryError", xds.Query{ID: xds.FindDocuments, Slots: []xds.Slot{pid, st, {Name: "$XDSDocumentEntryClassCode", Values: []string{"10"}}}}},
		{"two kinds of id", "XDSStoredQueryParamNumber", xds.Query{ID: xds.GetDocuments, Slots: []xds.Slot{{Name: "$XDSDocumentEntryEntryUUID", Values: []string{"a"}}, {Name: "$XDSDocumentEntryUniqueId", Values: []string{"b"}}}}},
		{"no id", "XDSStoredQueryParamNumber", xds.Query{ID: xds.GetDocuments}},
	} {
		_, err := w.d.Query(context.Background(), w.gp, &c.q)
		if r := finding.As(err); r == nil || r.Code != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	a, err := w.d.Query(context.Background(), w.gp, &xds.Query{ID: xds.FindDocuments, Slots: []xds.Slot{pid, st, {Name: "$Inconnu", Values: []string{"x"}}}})
	if err != nil || len(a.Unknown) != 1 {
		t.Errorf("an unknown parameter is ignored and named: %+v %v", a, err)
	}
}
