package smtp

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// states tells where each delivery is.
func states(x *mss.Dispatch) string {
	var out []string
	for _, d := range x.Recipients {
		out = append(out, d.Address+"="+string(d.State)+":"+d.Status)
	}
	return strings.Join(out, " ")
}

// proof reads again what is kept of something sent.
func (w *practice) proof(x *mss.Dispatch) *mss.Dispatch {
	w.t.Helper()
	list, err := w.op.SentOf(w.t.Context(), x.Documents[0].UniqueID)
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(d *mss.Dispatch) bool { return d.ID == x.ID })
	if i < 0 {
		w.t.Fatalf("%s is not among %d", x.ID, len(list))
	}
	return list[i]
}

const patient = "279035121518989@" + mss.Citizens

// TestSending sends to professionals and to the patient in one gesture: two mails, a proof of each
// delivery, a copy of each mail, and the reasons of those who were refused.
func TestSending(t *testing.T) {
	w := newPractice(t)
	ctx := t.Context()
	uid, raw := w.document("Compte rendu", nil)
	x, err := w.bruno.Send(ctx, mss.Letter{To: []string{"Claire MARTIN <ALICE@a.mssante.fr>", patient}, Cc: []string{"personne@a.mssante.fr", "x@hors-liste.fr", "alice@a.mssante.fr"},
		Documents: [][]byte{raw}, ReadReceipt: true, NoAnswer: true})
	if err != nil {
		t.Fatal(err)
	}
	want := "alice@a.mssante.fr=distribue:2.1.5 " + patient + "=distribue:2.1.5 personne@a.mssante.fr=echec:5.1.1 x@hors-liste.fr=echec:5.7.1"
	if got := states(x); got != want || len(x.Mails) != 2 || x.Patient != w.pat.ID || x.Documents[0].UniqueID != uid {
		t.Fatalf("%s\n%+v", got, x)
	}
	if got := w.proof(x); states(got) != want || got.By != "899000000021" {
		t.Errorf("kept: %+v", got)
	}
	for address, alone := range map[string]string{"alice@a.mssante.fr": patient, patient: "alice@a.mssante.fr"} {
		inbox := w.inbox(address)
		if len(inbox) != 1 {
			t.Fatalf("%s: %d mails", address, len(inbox))
		}
		head, _, _ := strings.Cut(inbox[0], "\r\n\r\n")
		if strings.Contains(head, alone) || strings.Contains(head, "personne@") || strings.Contains(head, "X-MSS-MES: FIN") != (address == patient) {
			t.Errorf("%s: %s", address, head)
		}
		for _, f := range mssante.Lint([]byte(inbox[0]), mssante.Envelope{From: "bruno@a.mssante.fr", To: []string{address}, Box: mssante.Personal}) {
			if f.Severity == finding.Error && f.ID != "MSS-PDF-A" { // the PDF of this document is a scrap
				t.Errorf("%s: %s %s", address, f.ID, f.Found)
			}
		}
	}
	snap, err := w.bruno.Snapshot(ctx, mss.Sent)
	if err != nil || snap.Len() != 2 || snap.At(0).Flags != mss.Seen {
		t.Fatalf("copies: %d %v", snap.Len(), err)
	}
	// Alice's software files it, and says so; the patient has no machine to answer.
	w.work()
	if len(w.receipts("bruno@a.mssante.fr")) != 1 || w.work() != 1 {
		t.Fatal("no receipt")
	}
	if got := states(w.proof(x)); !strings.HasPrefix(got, "alice@a.mssante.fr=integre: ") {
		t.Errorf("after the receipt: %s", got)
	}
	in, _ := w.bruno.Snapshot(ctx, mss.Inbox)
	if in.Len() != 1 || in.At(0).Flags&mss.Seen == 0 {
		t.Error("a receipt of success needs nobody's eyes")
	}
	// The patient opens it: once.
	box, err := w.op.As(ctx, "p1", patient, "web")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if sent, err := box.Receipt(ctx, mss.Inbox, 1); err != nil || sent != (i == 0) {
			t.Errorf("receipt %d: %v %v", i, sent, err)
		}
	}
	w.receipts("bruno@a.mssante.fr")
	w.work()
	if got := states(w.proof(x)); !strings.Contains(got, patient+"=lu: ") {
		t.Errorf("after the second: %s", got)
	}
	if list, next, err := w.bruno.Sent(ctx, "", 10); err != nil || len(list) != 1 || next != "" || list[0].ID != x.ID {
		t.Errorf("list: %v %q %v", list, next, err)
	}
	if _, err := w.alice.SentItem(ctx, x.ID); !errors.Is(err, mss.ErrNoSent) {
		t.Errorf("from another mailbox: %v", err)
	}
}

// TestSendingRefused: nothing leaves, and the reason is told.
func TestSendingRefused(t *testing.T) {
	w := newPractice(t)
	_, raw := w.document("Lettre", nil)
	for name, c := range map[string]struct {
		l    mss.Letter
		want string
	}{
		"nobody":              {mss.Letter{Documents: [][]byte{raw}}, mss.ErrLetterTo.ID},
		"no address":          {mss.Letter{To: []string{"Claire"}, Documents: [][]byte{raw}}, mss.ErrLetterAddress.ID},
		"injection":           {mss.Letter{To: []string{"alice@a.mssante.fr"}, Subject: "x", Attachments: []courriel.Attachment{{Name: "a\r\nBcc: x", Type: "text/plain"}}}, courriel.ErrInjection.ID},
		"another patient":     {mss.Letter{To: []string{"279035121518890@" + mss.Citizens}, Documents: [][]byte{raw}}, mss.ErrNoRecipients.ID},
		"not a CDA":           {mss.Letter{To: []string{"alice@a.mssante.fr"}, Documents: [][]byte{[]byte("<a/>")}}, "CDA-RACINE"},
		"replaces without it": {mss.Letter{To: []string{"alice@a.mssante.fr"}, Documents: [][]byte{raw}, Replaces: "2.25.1"}, mss.ErrLetterReplaces.ID},
		"only refused":        {mss.Letter{To: []string{"nobody@a.mssante.fr"}, Documents: [][]byte{raw}}, mss.ErrNoRecipients.ID},
	} {
		_, err := w.bruno.Send(t.Context(), c.l)
		if r := finding.As(err); r == nil || r.ID != c.want && name != "not a CDA" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := w.inbox("alice@a.mssante.fr"); len(got) != 0 {
		t.Errorf("%d mails left", len(got))
	}
	if list, _, err := w.bruno.Sent(t.Context(), "", 10); err != nil || len(list) != 0 {
		t.Errorf("%d proofs of nothing", len(list))
	}
}

// TestReplaceAndWithdraw: the new version goes to those who had the old one, in the same thread;
// then they are asked to delete it.
func TestReplaceAndWithdraw(t *testing.T) {
	w := newPractice(t)
	ctx := t.Context()
	old, first := w.document("Lettre", nil)
	a, err := w.bruno.Send(ctx, mss.Letter{To: []string{"alice@a.mssante.fr", patient}, Documents: [][]byte{first}})
	if err != nil {
		t.Fatal(err)
	}
	_, second := w.document("Lettre corrigée", func(h *write.Header) { h.Replaces = cda.II{Root: old} })
	b, err := w.bruno.Send(ctx, mss.Letter{Documents: [][]byte{second}, Replaces: old})
	if err != nil || len(b.Recipients) != 2 || !strings.Contains(b.Subject, "[Annule et remplace] Lettre corrigée") {
		t.Fatalf("%+v %v", b, err)
	}
	for i, address := range []string{"alice@a.mssante.fr", patient} {
		if inbox := w.inbox(address); len(inbox) != 2 || !strings.Contains(inbox[1], "In-Reply-To: <"+a.Mails[i].MessageID+">") {
			t.Errorf("%s: not in the thread", address)
		}
	}
	w.work()
	if got := w.titles(); got != "Lettre corrigée" {
		t.Errorf("record: %s", got)
	}
	c, err := w.bruno.Send(ctx, mss.Letter{Documents: [][]byte{second}, Withdraw: true, ReadReceipt: true})
	if err != nil || len(c.Recipients) != 2 || !strings.Contains(c.Subject, "[Suppression]") {
		t.Fatalf("%+v %v", c, err)
	}
	w.work()
	tray, err := w.alice.Tray(ctx)
	if err != nil || len(tray) != 1 || tray[0].Reason != mss.ErrFileDeletion.ID || w.titles() != "Lettre corrigée" {
		t.Fatalf("%+v %v", tray, err)
	}
	if err := w.alice.File(ctx, tray[0].ID, mss.Choice{Refuse: "vu"}); err != nil {
		t.Error(err)
	}
	w.receipts("bruno@a.mssante.fr")
	w.work()
	if got := states(w.proof(c)); !strings.HasPrefix(got, "alice@a.mssante.fr=ko:906") {
		t.Errorf("after the answer: %s", got)
	}
}

// TestDrafts: what a letter holds comes back from the folder of drafts, and is sent again from there.
func TestDrafts(t *testing.T) {
	w := newPractice(t)
	ctx := t.Context()
	_, raw := w.document("Lettre", nil)
	l := mss.Letter{To: []string{"Claire <alice@a.mssante.fr>", "pas encore une adresse"}, Cc: []string{patient}, Subject: "Résultats d'été", Text: "Bonjour,\r\nvoici.\r\n", InReplyTo: "1@test",
		References: []string{"0@test", "1@test"}, Documents: [][]byte{raw}, ReadReceipt: true, NoAnswer: true, Replaces: "2.25.1",
		Attachments: []courriel.Attachment{{Name: "photo d'été.png", Type: "image/png", Bytes: []byte("\x89PNG")}}, Draft: true}
	x, err := w.bruno.Send(ctx, l)
	if err != nil || x.Draft == 0 {
		t.Fatal(x, err)
	}
	got, err := w.bruno.OpenDraft(ctx, x.Draft)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.To, l.To) || !slices.Equal(got.Cc, l.Cc) || got.Subject != l.Subject || strings.TrimSpace(got.Text) != strings.TrimSpace(l.Text) || got.InReplyTo != l.InReplyTo ||
		!slices.Equal(got.References, l.References) || len(got.Documents) != 1 || string(got.Documents[0]) != string(raw) || !got.ReadReceipt || !got.NoAnswer ||
		got.Replaces != l.Replaces || len(got.Attachments) != 1 || got.Attachments[0].Name != "photo d'été.png" || string(got.Attachments[0].Bytes) != "\x89PNG" {
		t.Errorf("%+v", got)
	}
	got.To, got.Replaces = []string{"alice@a.mssante.fr"}, ""
	if _, err := w.bruno.Send(ctx, *got); err != nil {
		t.Fatal(err)
	}
	if inbox := w.inbox("alice@a.mssante.fr"); len(inbox) != 1 || !strings.Contains(inbox[0], "IHE_XDM.zip") || strings.Contains(inbox[0], "X-Socle") {
		t.Error("sent from a draft")
	}
}

// TestBetweenOperatorsFollowed: a proof follows its mail to another operator, which reports, and
// what fails is sent again.
func TestBetweenOperatorsFollowed(t *testing.T) {
	a, b := newPractice(t), newWorld(t, "b.mssante.fr")
	a.list(mss.Listed{Domain: "a.mssante.fr"}, mss.Listed{Domain: mss.Citizens}, b.listed("b.mssante.fr"))
	b.list(mss.Listed{Domain: "b.mssante.fr"}, a.listed("a.mssante.fr"))
	_, raw := a.document("Lettre", nil)
	x, err := a.bruno.Send(t.Context(), mss.Letter{To: []string{"alice@b.mssante.fr", "personne@b.mssante.fr"}, Documents: [][]byte{raw}, Text: "Cher confrère,\n",
		Attachments: []courriel.Attachment{{Name: "note.txt", Type: "text/plain", Bytes: []byte("note")}}})
	if err != nil || states(x) != "alice@b.mssante.fr=envoye: personne@b.mssante.fr=envoye:" {
		t.Fatal(states(x), err)
	}
	a.drain()
	if got := states(a.proof(x)); !strings.HasPrefix(got, "alice@b.mssante.fr=relaye:2.") || !strings.Contains(got, "personne@b.mssante.fr=echec:5.1.1") {
		t.Errorf("after the relay: %s", got)
	}
	b.drain()
	a.work()
	if got := states(a.proof(x)); !strings.HasPrefix(got, "alice@b.mssante.fr=distribue:2.1.5") {
		t.Errorf("after the report: %s", got)
	}
	seen := 0
	in, _ := a.bruno.Snapshot(t.Context(), mss.Inbox)
	for i := range in.Len() {
		if in.At(i).Flags&mss.Seen != 0 {
			seen++
		}
	}
	if in.Len() != 2 || seen != 1 {
		t.Errorf("%d reports, %d of them good news", in.Len(), seen)
	}
	b.box("personne@b.mssante.fr", "motdepasse3")
	a.advance(time.Second)
	again, err := a.bruno.Resend(t.Context(), x.ID, nil)
	if err != nil || len(again.Recipients) != 1 || again.Recipients[0].Address != "personne@b.mssante.fr" || again.Again != x.ID || again.Subject != x.Subject {
		t.Fatalf("%+v %v", again, err)
	}
	a.drain()
	got := b.inbox("personne@b.mssante.fr")
	if len(got) != 1 || !strings.Contains(got[0], "IHE_XDM.zip") || !strings.Contains(got[0], "note.txt") || strings.Count(got[0], "application/pdf") != 1 || !strings.Contains(got[0], "Cher confr") {
		t.Errorf("sent again: %d", len(got))
	}
	if list, err := a.op.SentOf(t.Context(), x.Documents[0].UniqueID); err != nil || len(list) != 2 || list[0].ID != again.ID {
		t.Errorf("proofs: %d %v", len(list), err)
	}
}

// TestPeerDownFollowed: late, then lost, in the proof too.
func TestPeerDownFollowed(t *testing.T) {
	a, b := newPractice(t), newWorld(t, "b.mssante.fr")
	dead := b.listed("b.mssante.fr")
	dead.Relay = "127.0.0.1:1"
	a.list(mss.Listed{Domain: "a.mssante.fr"}, dead)
	_, raw := a.document("Lettre", nil)
	x, err := a.bruno.Send(t.Context(), mss.Letter{To: []string{"alice@b.mssante.fr"}, Documents: [][]byte{raw}})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for range 30 {
		a.drain()
		a.work()
		if s := states(a.proof(x)); len(seen) == 0 || seen[len(seen)-1] != s {
			seen = append(seen, s)
		}
		a.advance(time.Hour)
	}
	const to = "alice@b.mssante.fr="
	if got := strings.Join(seen, "|"); !strings.HasPrefix(got, to+"envoye:|"+to+"retarde:4.4.") || !strings.HasSuffix(got, "|"+to+"echec:4.4.7") {
		t.Errorf("%s", got)
	}
}

// TestForgedReports: a report or receipt changes the proof of its own mailbox, for its own author only.
func TestForgedReports(t *testing.T) {
	w := newPractice(t)
	_, raw := w.document("Lettre", nil)
	x, err := w.bruno.Send(t.Context(), mss.Letter{To: []string{patient}, Documents: [][]byte{raw}})
	if err != nil {
		t.Fatal(err)
	}
	before := states(w.proof(x))
	forge := func(from string) {
		t.Helper()
		a := courriel.ParseAddresses(from)[0]
		m := courriel.MDN{From: a, To: courriel.Address{Local: "alice", Domain: "a.mssante.fr"}, Subject: "Lu", MessageID: "z@z", Date: w.clock(), Text: "Lu",
			FinalRecipient: patient, OriginalMessageID: x.Mails[0].MessageID, ActionMode: courriel.ManualAction, SendingMode: courriel.SentManually, Type: courriel.Displayed}
		b, err := m.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		w.deliver(b)
		w.work()
	}
	forge("bruno@a.mssante.fr") // to alice's mailbox, about what bruno sent
	if got := states(w.proof(x)); got != before {
		t.Errorf("%s, then %s", before, got)
	}
}

// TestRecipients suggests who is named, who follows the person, the person, and who was written to.
func TestRecipients(t *testing.T) {
	w := newPractice(t)
	w.box("carole@a.mssante.fr", "motdepasse3")
	_, raw := w.document("Lettre", nil)
	if _, err := w.bruno.Send(t.Context(), mss.Letter{To: []string{"carole@a.mssante.fr"}, Documents: [][]byte{raw}}); err != nil {
		t.Fatal(err)
	}
	list, err := w.bruno.Recipients(t.Context(), mss.About{Patient: w.pat.ID, Documents: [][]byte{raw}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list {
		got = append(got, string(s.Why)+":"+s.Address)
	}
	if want := "medecin-traitant:alice@a.mssante.fr patient:" + patient + " correspondant:carole@a.mssante.fr"; strings.Join(got, " ") != want {
		t.Errorf("%v", got)
	}
}
