package smtp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// practice is an operator with the shared records behind it.
type practice struct {
	*world
	d     *dmp.DMP
	desk  dmp.Caller
	alice *mss.Session // general practitioner, médecin traitant
	bruno *mss.Session // specialist
	pat   *ins.Person
	n     int
}

const testOID = "1.2.250.1.213.1.4.10"

func newPractice(t *testing.T) *practice {
	t.Helper()
	w := &practice{world: newWorld(t, "a.mssante.fr")}
	dir := annuaire.New()
	s := annuaire.Structure{IDNat: "1990000018", Name: "Cabinet", Sector: "SA07", Active: true}
	dir.PutStructure(s)
	gp := annuaire.Professional{IDNat: "899000000013", Family: "MARTIN", Given: "Claire", Title: "DR", Profession: "10", SavoirFaire: "SM26", Structures: []string{s.IDNat}, Active: true, Mailbox: "alice@a.mssante.fr"}
	au := annuaire.Professional{IDNat: "899000000021", Family: "FAURE", Given: "Hélène", Title: "DR", Profession: "10", SavoirFaire: "SM03", Structures: []string{s.IDNat}, Active: true, Mailbox: "bruno@a.mssante.fr"}
	dir.Put(gp)
	dir.Put(au)
	w.d = &dmp.DMP{Store: w.store, Annuaire: dir, Mode: ins.Sandbox, RepositoryID: "1.2.3.4", Now: w.clock, Log: slog.New(slog.DiscardHandler)}
	w.desk = dmp.Caller{Actor: acces.Actor{ID: "desk", Function: annuaire.SecretariatMedical, Structure: s.IDNat, Auth: acces.Directe, Mode: acces.Normal}, Door: "test"}
	w.op.Annuaire, w.op.Records, w.op.Mode, w.op.NIL = dir, w.d, ins.Sandbox, "DEV000000"
	w.pat = w.person("279035121518989", "PAT-TROIS", "Dominique", "F", "1979-03-28")
	if err := w.d.Authorise(context.Background(), dmp.Caller{Actor: acces.ProfessionalActor(&gp, &s, acces.Directe)}, w.pat.ID, &gp, true); err != nil {
		t.Fatal(err)
	}
	w.alice, w.bruno = w.session("alice@a.mssante.fr", gp.IDNat), w.session("bruno@a.mssante.fr", au.IDNat)
	return w
}

// session gives a mailbox to a professional and opens it.
func (w *practice) session(address, idNat string) *mss.Session {
	w.t.Helper()
	err := w.store.CommitMail(context.Background(), mss.Unit{Do: func(tx mss.Tx) error {
		m, err := tx.MailboxAt(address)
		if err != nil {
			return err
		}
		m.Professional, m.Name = idNat, "Dr_Test_"+strings.ToUpper(address[:5])
		return tx.PutMailbox(m)
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := w.op.As(context.Background(), idNat, address, "web")
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *practice) person(matricule, name, given, sex, birth string) *ins.Person {
	w.t.Helper()
	id, err := insid.Parse(matricule, testOID)
	if err != nil {
		w.t.Fatal(err)
	}
	p, _, err := w.d.Identify(context.Background(), w.desk, &ins.Person{INS: id, Evidence: ins.Evidence{Kind: "CNI", Date: "2026-01-01", Operator: "desk"},
		Traits: ins.Traits{BirthName: name, FirstGiven: given, Sex: sex, BirthDate: birth, BirthPlace: "51215"}})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.d.Open(context.Background(), w.desk, p.ID); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// document writes a small letter about the person; change alters its header first.
func (w *practice) document(title string, change func(*write.Header)) (string, []byte) {
	w.t.Helper()
	w.n++
	uid := fmt.Sprintf("2.25.88%d%d", w.n, time.Now().UnixNano())
	s := &write.Structure{ID: "1990000018", Name: "Cabinet", Phone: "0199000001", Practice: "AMBULATOIRE", Addr: write.Addr{Street: "1 rue", PostalCode: "99000", City: "AURORE"}}
	a := write.Professional{ID: "899000000021", Speciality: "G15_10/SM03", Family: "FAURE", Given: "Hélène", Suffix: "DR", Phone: "0199000001", Addr: s.Addr, Structure: s}
	at := w.clock().Add(-time.Hour)
	h := write.Header{ID: cda.II{Root: uid}, Type: "11488-4", Title: title, Time: at, Author: a,
		Patient: write.Patient{INS: w.pat.INS, BirthName: w.pat.Traits.BirthName, FirstGiven: w.pat.Traits.FirstGiven, Sex: "F", Birth: "19790328",
			BirthCOG: "51215", BirthCity: "VILLE", Addr: s.Addr, Phone: "0600000000"},
		Service: write.Service{Start: at, End: at}, Encounter: write.Encounter{Code: "AMB", Facility: "SA07", Place: "Cabinet", Start: at, End: at, Responsible: &a}}
	if change != nil {
		change(&h)
	}
	b, err := write.Report(nil, h, write.File{MediaType: "application/pdf", Data: []byte("%PDF-1.4\n%%EOF\n")})
	if err != nil {
		w.t.Fatal(err)
	}
	return uid, b
}

// mail sends documents from bruno to alice, as any software would by submission.
func (w *practice) mail(receipt bool, documents ...[]byte) string {
	w.t.Helper()
	id := courriel.NewMessageID(w.op.Rand, w.clock(), "logiciel.test")
	d, err := mssante.Compose(mssante.Mail{From: courriel.Address{Name: "Dr_Bruno_TEST", Local: "bruno", Domain: "a.mssante.fr"},
		To: []courriel.Address{{Local: "alice", Domain: "a.mssante.fr"}}, Documents: documents, NIL: "TEST", MessageID: id, Now: w.clock(), ReadReceipt: receipt})
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := d.Bytes()
	if err != nil {
		w.t.Fatal(err)
	}
	w.deliver(raw)
	return id
}

// deliver hands a message over from bruno to alice, and gives it up as the SMTP door does.
func (w *practice) deliver(raw []byte) *mss.Receipt {
	w.t.Helper()
	ctx := context.Background()
	e, err := w.op.Begin(ctx, mss.Peer{Way: mss.FromUser, Session: w.bruno}, "bruno@a.mssante.fr")
	if err == nil {
		err = w.op.Recipient(ctx, e, mss.Recipient{To: "alice@a.mssante.fr"})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.op.Accept(ctx, e, raw)
	if err != nil {
		w.t.Fatal(err)
	}
	w.op.Confirm(r)
	return r
}

func (w *practice) work() int {
	w.t.Helper()
	n, err := w.op.Work(context.Background(), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// titles lists what is in force in the record, in order.
func (w *practice) titles() string {
	w.t.Helper()
	gp := w.d.Annuaire.Professional("899000000013")
	c := dmp.Caller{Actor: acces.ProfessionalActor(gp, w.d.Annuaire.Structure("1990000018"), acces.Directe)}
	list, err := w.d.Find(context.Background(), c, w.pat.INS, &xds.Query{Slots: []xds.Slot{{Name: "$XDSDocumentEntryStatus", Values: []string{string(xds.Approved)}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Title)
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

// last gives the outcomes of the newest message of an inbox, and its keywords.
func (w *practice) last(s *mss.Session) ([]mss.Tray, *mss.Entry) {
	w.t.Helper()
	snap, err := s.Snapshot(context.Background(), mss.Inbox)
	if err != nil || snap.Len() == 0 {
		w.t.Fatal(err, "an empty inbox")
	}
	e := snap.At(snap.Len() - 1)
	list, err := s.Outcomes(context.Background(), e.Message)
	if err != nil {
		w.t.Fatal(err)
	}
	return list, e
}

// receipts gives the receipts in an inbox, after the queue has written those that were due.
func (w *practice) receipts(address string) (list []*courriel.MDN) {
	w.t.Helper()
	if _, _, err := w.op.Due(context.Background(), maxDue); err != nil {
		w.t.Fatal(err)
	}
	for _, raw := range w.inbox(address) {
		m, _, err := courriel.Parse([]byte(raw))
		if err != nil {
			w.t.Fatal(err)
		}
		mdn, err := courriel.ReadMDN(m)
		if err != nil {
			w.t.Fatal(err)
		}
		if mdn != nil {
			list = append(list, mdn)
		}
	}
	return list
}

// TestFiling tells, for each thing that may be said of a person, whether a machine files and what
// the sender learns.
// spec: INS §8 (automatic link on receipt)
func TestFiling(t *testing.T) {
	other, err := insid.WithKey("2790351215177")
	if err != nil {
		t.Fatal(err)
	}
	with := func(m insid.Matricule, oid string) insid.INS { return insid.INS{Matricule: m, OID: oid} }
	for name, c := range map[string]struct {
		change func(*write.Header)
		state  mss.TrayState
		reason string
		code   string
	}{
		"the same":                {nil, mss.Filed, "", ""},
		"another case of letters": {func(h *write.Header) { h.Patient.BirthName, h.Patient.FirstGiven = "Pat Trois", "DOMINIQUE" }, mss.Filed, "", ""},
		"another birth place":     {func(h *write.Header) { h.Patient.BirthCOG = "99999" }, mss.Filed, "", ""},
		"another name":            {func(h *write.Header) { h.Patient.BirthName = "PATQUATRE" }, mss.Waiting, "MSS-A-COMPARER", "904"},
		"another given name":      {func(h *write.Header) { h.Patient.FirstGiven = "Ruth" }, mss.Waiting, "MSS-A-COMPARER", "904"},
		"another birth date":      {func(h *write.Header) { h.Patient.Birth = "19790329" }, mss.Waiting, "MSS-A-COMPARER", "904"},
		"another sex":             {func(h *write.Header) { h.Patient.Sex = "M" }, mss.Waiting, "MSS-A-COMPARER", "904"},
		"nobody known":            {func(h *write.Header) { h.Patient.INS = with(other, testOID) }, mss.Waiting, "INS-INCONNU", "902"},
		"a production identity":   {func(h *write.Header) { h.Patient.INS.OID = "1.2.250.1.213.1.4.8" }, mss.Waiting, "INS-OID-SANDBOX", "906"},
		"a sex that is none":      {func(h *write.Header) { h.Patient.Sex = "UN" }, mss.Waiting, "MSS-INS-INCOMPLET", "905"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newPractice(t)
			uid, raw := w.document("Lettre", c.change)
			w.mail(true, raw)
			if n := w.work(); n != 1 {
				t.Fatalf("%d messages read", n)
			}
			list, e := w.last(w.alice)
			if len(list) != 1 || list[0].State != c.state || list[0].Reason != c.reason || list[0].Code != c.code || list[0].UniqueID != uid {
				t.Fatalf("%+v", list)
			}
			tray, err := w.alice.Tray(t.Context())
			if err != nil || (len(tray) == 1) != (c.state == mss.Waiting) {
				t.Fatalf("tray: %+v %v", tray, err)
			}
			want, title := mss.KeywordFiled, "Lettre"
			if c.state == mss.Waiting {
				want, title = mss.KeywordWaiting, ""
			}
			if e.Keywords != want || w.titles() != title {
				t.Errorf("keywords %q, record %q", e.Keywords, w.titles())
			}
			got := w.receipts("bruno@a.mssante.fr")
			if len(got) != 1 || got[0].Type != courriel.Processed || got[0].ErrorCode != c.code || (got[0].Modifier != "") != (c.code != "") {
				t.Fatalf("receipts: %+v", got)
			}
			if c.code != "" && !strings.HasPrefix(got[0].Subject, "[KO Intégration système !]["+c.code+"] XDM/1.0/DDM+") {
				t.Errorf("subject: %s", got[0].Subject)
			}
			if got[0].From.Addr() != "alice@a.mssante.fr" || got[0].FinalRecipient != "alice@a.mssante.fr" || !strings.Contains(string(got[0].Original), "IHE_XDM.zip") {
				t.Errorf("receipt: %+v", got[0].From)
			}
			if n := w.work(); n != 1 { // the receipt itself, which answers nothing sent from here
				t.Errorf("%d read", n)
			}
			if again := w.receipts("bruno@a.mssante.fr"); len(again) != 1 {
				t.Errorf("%d receipts", len(again))
			}
		})
	}
}

// TestFiledOnce: the same document in two mails is in the record once.
func TestFiledOnce(t *testing.T) {
	w := newPractice(t)
	_, raw := w.document("Lettre", nil)
	for i, want := range []mss.TrayState{mss.Filed, mss.Already} {
		w.mail(false, raw)
		w.work()
		if list, _ := w.last(w.alice); len(list) != 1 || list[0].State != want {
			t.Fatalf("%d: %+v", i, list)
		}
	}
	if got := w.titles(); got != "Lettre" {
		t.Errorf("record: %s", got)
	}
}

// forgetful is a record that does what is asked, then says it could not.
type forgetful struct {
	*dmp.DMP
	times int
}

func (f *forgetful) Submit(ctx context.Context, c dmp.Caller, sub *xds.Submission, docs []dmp.Document) (*dmp.Receipt, error) {
	r, err := f.DMP.Submit(ctx, c, sub, docs)
	if f.times--; f.times >= 0 && err == nil {
		return nil, dmp.ErrStore
	}
	return r, err
}

// TestStopBetween: the document is in the record, the mail does not know. It folds, and one receipt goes.
func TestStopBetween(t *testing.T) {
	w := newPractice(t)
	w.op.Records = &forgetful{w.d, 1}
	_, raw := w.document("Lettre", nil)
	w.mail(true, raw)
	if n, err := w.op.Work(t.Context(), 10); err == nil || n != 0 || w.titles() != "Lettre" {
		t.Fatalf("%d %v", n, err)
	}
	if n := w.work(); n != 0 {
		t.Fatal("it is put off, not tried at once")
	}
	w.advance(time.Minute)
	w.work()
	list, _ := w.last(w.alice)
	if len(list) != 1 || list[0].State != mss.Already || w.titles() != "Lettre" || len(w.receipts("bruno@a.mssante.fr")) != 1 {
		t.Errorf("%+v %s", list, w.titles())
	}
	// A fault that stays becomes something to look at, and hinders nobody.
	w.op.Records = &forgetful{w.d, 1000}
	_, raw = w.document("Seconde", nil)
	w.mail(false, raw)
	for range 25 {
		w.op.Work(t.Context(), 10)
		w.advance(time.Hour)
	}
	if list, _ := w.last(w.alice); len(list) != 1 || list[0].State != mss.Already && list[0].Reason != dmp.ErrStore.ID {
		t.Errorf("%+v", list)
	}
}

// TestReplacementByMail: the new version takes the place of the old one, found by its uniqueId; one
// whose old version is not there is filed all the same; an old one cannot be replaced twice.
func TestReplacementByMail(t *testing.T) {
	w := newPractice(t)
	old, first := w.document("Première", nil)
	w.mail(false, first)
	w.work()
	over := func(h *write.Header) { h.Replaces = cda.II{Root: old} }
	_, second := w.document("Deuxième", over)
	w.mail(false, second)
	w.work()
	if got := w.titles(); got != "Deuxième" {
		t.Fatalf("record: %s", got)
	}
	_, third := w.document("Troisième", over)
	w.mail(true, third)
	w.work()
	if list, _ := w.last(w.alice); list[0].State != mss.Waiting || list[0].Code != "900" {
		t.Errorf("a second replacement: %+v", list[0])
	}
	_, orphan := w.document("Orpheline", func(h *write.Header) { h.Replaces = cda.II{Root: "2.25.404"} })
	w.mail(false, orphan)
	w.work()
	if list, _ := w.last(w.alice); list[0].State != mss.Filed || list[0].Remark.FR == "" || w.titles() != "Deuxième,Orpheline" {
		t.Errorf("%+v %s", list[0], w.titles())
	}
}

// TestTray: a person compares and confirms, or sets aside and says why.
func TestTray(t *testing.T) {
	w := newPractice(t)
	ctx := t.Context()
	change := func(h *write.Header) { h.Patient.FirstGiven = "Domi" }
	_, one := w.document("Une", change)
	_, two := w.document("Deux", change)
	w.mail(false, one, two)
	w.work()
	tray, err := w.alice.Tray(ctx)
	if err != nil || len(tray) != 2 || tray[0].Patient != w.pat.ID || strings.Join(tray[0].Differences, ",") != "birth_given" {
		t.Fatalf("%+v %v", tray, err)
	}
	c, err := w.alice.Compare(ctx, tray[0].ID)
	if err != nil || c.Received.FirstGiven != "Domi" || c.Known.Traits.FirstGiven != "DOMINIQUE" || c.INS != w.pat.INS {
		t.Fatalf("%+v %v", c, err)
	}
	if b, err := w.alice.Attached(ctx, tray[0].ID); err != nil || string(b) != string(one) {
		t.Errorf("the document as it came: %v", err)
	}
	if err := w.bruno.File(ctx, tray[0].ID, mss.Choice{Same: true}); !errors.Is(err, mss.ErrNotWaiting) {
		t.Errorf("from another mailbox: %v", err)
	}
	signed, err := w.op.SignIn(ctx, mss.Credentials{Door: "imap", Mailbox: "alice@a.mssante.fr", Password: "motdepasse1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := signed.File(ctx, tray[0].ID, mss.Choice{}); !errors.Is(err, mss.ErrTrayReason) {
		t.Errorf("without a reason: %v", err)
	}
	if err := w.alice.File(ctx, tray[0].ID, mss.Choice{Same: true}); err != nil {
		t.Fatal(err)
	}
	if _, e := w.last(w.alice); e.Keywords != mss.KeywordWaiting {
		t.Errorf("one still waits: %s", e.Keywords)
	}
	if err := w.alice.File(ctx, tray[1].ID, mss.Choice{Refuse: "autre patiente"}); err != nil {
		t.Fatal(err)
	}
	list, e := w.last(w.alice)
	if len(list) != 2 || list[0].State != mss.Filed || list[0].By != "899000000013" || list[1].State != mss.Refused || list[1].Note != "autre patiente" || e.Keywords != mss.KeywordFiled {
		t.Errorf("%+v %s", list, e.Keywords)
	}
	if w.titles() != "Une" {
		t.Errorf("record: %s", w.titles())
	}
	if err := w.alice.File(ctx, tray[0].ID, mss.Choice{Same: true}); !errors.Is(err, mss.ErrNotWaiting) {
		t.Errorf("twice: %v", err)
	}
	// What the record refuses goes on waiting, with the reason.
	other, _ := insid.WithKey("2790351215177")
	_, three := w.document("Trois", func(h *write.Header) { h.Patient.INS = insid.INS{Matricule: other, OID: testOID} })
	w.mail(false, three)
	w.work()
	tray, _ = w.alice.Tray(ctx)
	if err := w.alice.File(ctx, tray[0].ID, mss.Choice{Same: true}); finding.As(err) == nil || finding.As(err).ID != ins.ErrUnknown.ID {
		t.Errorf("nobody carries this INS: %v", err)
	}
	w.person(other.Reveal(), "PAT-TROIS", "Dominique", "F", "1979-03-28")
	if err := w.alice.File(ctx, tray[0].ID, mss.Choice{Same: true}); err != nil {
		t.Errorf("once the person is known: %v", err)
	}
}

// TestBadArchives: an archive that cannot be opened waits with its own reason; what is no archive
// is left alone.
func TestBadArchives(t *testing.T) {
	w := newPractice(t)
	send := func(name string, b []byte, header ...courriel.Pair) {
		t.Helper()
		d := courriel.Draft{From: courriel.Address{Local: "bruno", Domain: "a.mssante.fr"}, To: []courriel.Address{{Local: "alice", Domain: "a.mssante.fr"}}, Subject: "XDM/1.0/DDM+x",
			Date: w.clock(), MessageID: courriel.NewMessageID(w.op.Rand, w.clock(), "test"), Text: "x", Header: header,
			Attachments: []courriel.Attachment{{Name: name, Type: "application/zip", Bytes: b}}}
		raw, err := d.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		w.deliver(raw)
		w.work()
	}
	ask := courriel.Pair{Name: "Disposition-Notification-To", Value: "<bruno@a.mssante.fr>"}
	send("ihe_xdm.zip", []byte("PK\x03\x04 not a zip"), ask)
	list, e := w.last(w.alice)
	if len(list) != 1 || list[0].Reason != "XDM-ZIP" || list[0].Code != "906" || e.Keywords != mss.KeywordWaiting {
		t.Errorf("%+v", list)
	}
	if got := w.receipts("bruno@a.mssante.fr"); len(got) != 1 || got[0].ErrorCode != "906" {
		t.Errorf("%+v", got)
	}
	w.work()
	send("photos.zip", []byte("PK\x03\x04"), ask)
	if list, e := w.last(w.alice); len(list) != 0 || e.Keywords != "" {
		t.Errorf("no archive: %+v", list)
	}
	// A receipt goes back to where the message came from, never to somebody else.
	send("IHE_XDM.ZIP", []byte("PK\x03\x04"), courriel.Pair{Name: "Disposition-Notification-To", Value: "<victime@a.mssante.fr>"})
	if got := w.receipts("bruno@a.mssante.fr"); len(got) != 1 {
		t.Errorf("%d receipts", len(got))
	}
	if err := w.alice.File(t.Context(), list[0].ID, mss.Choice{Same: true}); finding.As(err) == nil || finding.As(err).ID != "XDM-ZIP" {
		t.Errorf("an archive that cannot be opened: %v", err)
	}
}

// TestHolders: who acts for a mailbox when nobody is there. A citizen's files nothing by itself.
func TestHolders(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*mss.Mailbox)
		state  mss.TrayState
		reason string
		actor  string
	}{
		"organisation": {func(m *mss.Mailbox) { m.Type, m.Professional, m.Structure = mss.Organisation, "", "1990000018" }, mss.Filed, "", "1990000018"},
		"application":  {func(m *mss.Mailbox) { m.Type, m.Professional, m.Structure = mss.Application, "", "1990000018" }, mss.Filed, "", "1990000018"},
		"cabinet":      {func(m *mss.Mailbox) { m.Type = mss.Cabinet }, mss.Filed, "", "899000000013"},
		"nobody":       {func(m *mss.Mailbox) { m.Professional = "899999999999" }, mss.Waiting, mss.ErrNoHolder.ID, ""},
		"citizen":      {func(m *mss.Mailbox) { m.Type = mss.Citizen }, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newPractice(t)
			box := w.alice.Box
			c.change(&box)
			if err := w.store.CommitMail(t.Context(), mss.Unit{Do: func(tx mss.Tx) error { return tx.PutMailbox(&box) }}); err != nil {
				t.Fatal(err)
			}
			_, raw := w.document("Lettre", nil)
			w.mail(true, raw)
			w.work()
			list, _ := w.last(w.alice)
			if c.state == "" {
				if len(list) != 0 || len(w.receipts("bruno@a.mssante.fr")) != 0 || w.titles() != "" {
					t.Errorf("%+v", list)
				}
				carried, err := w.alice.Carried(t.Context(), 1)
				if err != nil || len(carried) != 1 || string(carried[0].Bytes) != string(raw) || carried[0].Title != "Lettre" {
					t.Errorf("shown all the same: %+v %v", carried, err)
				}
				return
			}
			if len(list) != 1 || list[0].State != c.state || list[0].Reason != c.reason {
				t.Fatalf("%+v", list)
			}
			if c.state == mss.Waiting {
				return
			}
			leaves, err := w.d.Accesses(t.Context(), dmp.Caller{Actor: acces.CitizenActor(w.pat)}, w.pat.ID, 0, 1)
			if err != nil || len(leaves) == 0 || !slices.ContainsFunc(leaves, func(l dmp.Leaf) bool { return l.Record.Actor.ID == c.actor && l.Record.Door == "mss" }) {
				t.Errorf("journal: %+v %v", leaves, err)
			}
		})
	}
}
