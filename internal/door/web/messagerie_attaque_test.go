package web_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// append puts a message in a mailbox as a mail program may: nothing of it was checked.
func (w *world) append(s *mss.Session, raw string) {
	w.t.Helper()
	_, _, err := s.Append(context.Background(), "INBOX", 0, nil, w.clock(), []byte(strings.ReplaceAll(raw, "\n", "\r\n")))
	must(w.t, err)
}

// TestNobodyLearnsWhoHoldsAMatricule: a message that somebody puts in their own mailbox names a
// citizen they never exchanged with by nothing but what the message says.
func TestNobodyLearnsWhoHoldsAMatricule(t *testing.T) {
	w := newWorld(t)
	nurse := w.box(w.nurse.IDNat, nurseBox)
	for _, path := range []string{"", "Return-Path: <" + citizenAddress(w.maxime) + ">\n", "Return-Path: <>\n"} {
		w.append(nurse, path+"From: "+citizenAddress(w.maxime)+"\nTo: "+nurseBox+"\nSubject: Devine\nDate: Thu, 12 Mar 2026 10:00:00 +0000\nMessage-ID: <"+fmt.Sprint(len(path))+"@x>\n\nBonjour.\n")
	}
	v := w.visitor("infirmier")
	box := w.boxPath(nurse)
	v.get(box)
	rows := v.rows()
	if len(rows) != 3 {
		t.Fatalf("%d conversations", len(rows))
	}
	for _, at := range append(rows, box) {
		v.get(at)
		for _, secret := range []string{"ROSSET", "1987", "Maxime"} {
			if strings.Contains(v.last, secret) {
				t.Errorf("%s tells %q of somebody who never wrote", at, secret)
			}
		}
	}
}

// TestNobodyWritesAsAPatient: a message without an envelope sender that claims to come from a
// patient is not shown as theirs, whatever was exchanged before.
func TestNobodyWritesAsAPatient(t *testing.T) {
	w := newWorld(t)
	w.correspond()
	gp := w.box(w.gp.IDNat, gpBox)
	w.append(gp, "Return-Path: <>\nFrom: "+citizenAddress(w.dominique)+"\nTo: "+gpBox+"\nSubject: Arrêtez tout\nDate: Thu, 12 Mar 2026 10:00:00 +0000\nMessage-ID: <faux@x>\n\nBonjour.\n")
	v := w.visitor("medecin-generaliste")
	at := v.row(w.boxPath(gp), "Arrêtez tout")
	if strings.Contains(v.last, "DARC") || !strings.Contains(v.last, "Prudence") {
		t.Error("a message without a sender speaks for a patient")
	}
	ref := at[strings.LastIndex(at, "/")+1:]
	if code := v.post(w.boxPath(gp)+"/nouveau", "a", citizenAddress(w.dominique), "reponse", ref, "texte", "Bonjour.", "geste", "envoyer"); code != 400 {
		t.Errorf("answered without checking who it is: %d", code)
	}
}

// TestAClosedMailboxIsStillRead: its holder takes the letters along; nothing can be written.
// spec: MSSANTE §4 (cycle de vie)
func TestAClosedMailboxIsStillRead(t *testing.T) {
	w := newWorld(t)
	w.correspond()
	v := w.visitor("medecin-generaliste")
	box := w.boxPath(w.box(w.gp.IDNat, gpBox))
	_, err := w.post.Close(context.Background(), mss.By{Actor: "test"}, gpBox, "Départ")
	must(t, err)
	if code := v.get(box); code != 200 {
		t.Fatalf("the list of a closed mailbox: %d", code)
	}
	v.shows(t, "Cette boîte est fermée")
	v.row(box, "Photo ") // not read yet
	if code := v.get(box + "/nouveau"); code != 200 {
		t.Errorf("a letter: %d", code)
	}
	doc := w.door.DocumentPath(w.dominique.ID, w.documents["bio-DOMINIQUE-9"])
	v.get(doc)
	if strings.Contains(v.last, box+"/nouveau?") {
		t.Error("a document is sent from a closed mailbox")
	}
}

// together joins archives in one message.
func (w *world) together(raws ...[]byte) string {
	var b strings.Builder
	b.WriteString("From: " + labBox + "\nTo: " + gpBox + "\nSubject: Deux patients\nDate: Thu, 12 Mar 2026 10:00:00 +0000\nMessage-ID: <deux@x>\nX-MSS-CODECDA: 11502-2\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nVoir ci-joint.\n")
	for _, raw := range raws {
		b.WriteString("--b\nContent-Type: application/zip; name=IHE_XDM.zip\nContent-Disposition: attachment; filename=IHE_XDM.zip\nContent-Transfer-Encoding: base64\n\n" + lines(raw))
	}
	return b.String() + "--b--\n"
}

func lines(raw []byte) string {
	s := base64.StdEncoding.EncodeToString(raw)
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return b.String() + s + "\n"
}

// archiveOf gives the archive that a letter with a document carries.
func (w *world) archiveOf(doc []byte) []byte {
	d, err := mssante.Compose(mssante.Mail{From: courriel.Address{Local: "a", Domain: "medecin.mssante.fr"}, To: []courriel.Address{{Local: "b", Domain: "medecin.mssante.fr"}}, Documents: [][]byte{doc}, NIL: "X", MessageID: "a@b", Now: w.clock()})
	must(w.t, err)
	raw, err := d.Bytes()
	must(w.t, err)
	m, _, err := courriel.Parse(raw)
	must(w.t, err)
	zip, err := m.Decode(mssante.Archives(m)[0], 25<<20)
	must(w.t, err)
	return zip
}

// TestEachDocumentUnderItsPatient: the banner is that of the document being read, and a message
// about several patients says so.
func TestEachDocumentUnderItsPatient(t *testing.T) {
	w := newWorld(t)
	gp := w.box(w.gp.IDNat, gpBox)
	w.append(gp, w.together(w.archiveOf(w.reportOf(w.dominique, 2)), w.archiveOf(w.reportOf(w.maxime, 3))))
	v := w.visitor("medecin-generaliste")
	at := v.row(w.boxPath(gp), "Deux patients")
	banner := func() string {
		_, s, _ := strings.Cut(v.last, `<section class="patient"`)
		s, _, _ = strings.Cut(s, "</section>")
		return s
	}
	if b := banner(); !strings.Contains(b, "DARC") && !strings.Contains(b, "PAT-TROIS") {
		t.Errorf("the first document: %s", b)
	}
	v.shows(t, "plusieurs patients", "ROSSET")
	v.get(at + "?document=2")
	if b := banner(); !strings.Contains(b, "ROSSET") {
		t.Errorf("the second document stands under %s", b)
	}
}

// TestManyArchives: a page opens no more archives than the machine does.
func TestManyArchives(t *testing.T) {
	w := newWorld(t)
	gp := w.box(w.gp.IDNat, gpBox)
	raws := make([][]byte, 12)
	for i := range raws {
		raws[i] = w.archiveOf(w.reportOf(w.dominique, i+2))
	}
	w.append(gp, w.together(raws...))
	v := w.visitor("medecin-generaliste")
	v.row(w.boxPath(gp), "Deux patients")
	if n := strings.Count(v.last, `class="mail-doc-head"`); n != 4 {
		t.Errorf("%d documents of 12 archives", n)
	}
}

// TestMessageBeyondLimits: a message of too many parts does not take its conversation away.
func TestMessageBeyondLimits(t *testing.T) {
	w := newWorld(t)
	w.correspond()
	gp := w.box(w.gp.IDNat, gpBox)
	id := w.lastID(gp, mss.Inbox)
	w.append(gp, "From: "+nurseBox+"\nTo: "+gpBox+"\nSubject: Dix mille\nDate: Thu, 12 Mar 2026 10:00:00 +0000\nMessage-ID: <m@x>\nReferences: <"+id+">\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"+strings.Repeat("--b\n\n", 10_100)+"--b--\n")
	v := w.visitor("medecin-generaliste")
	box := w.boxPath(gp)
	at := v.row(box, "Dix mille")
	v.shows(t, "ne peut être affiché", at+"/message")
	other := v.row(box, "Dix mille") // its conversation holds the photo too
	if code := v.get(other); code != 200 {
		t.Errorf("the conversation: %d", code)
	}
	for _, p := range []string{strings.Replace(at, "/m/", "/nouveau?reponse=", 1), strings.Replace(at, "/m/", "/nouveau?transfert=", 1)} {
		if code := v.get(p); code >= 500 {
			t.Errorf("%s: %d", p, code)
		}
	}
}

// TestSentOnce: the same form sent twice sends one letter.
func TestSentOnce(t *testing.T) {
	w := newWorld(t)
	v := w.visitor("medecin-generaliste")
	box := w.boxPath(w.box(w.gp.IDNat, gpBox))
	v.get(box + "/nouveau")
	form := url.Values{"jeton": {v.token()}, "lettre": {fieldOf(v.last, "lettre")}, "a": {nurseBox}, "objet": {"Une fois"}, "texte": {"Bonjour."}, "geste": {"envoyer"}}
	first := v.do("POST", box+"/nouveau", form).Request.URL.String()
	second := v.do("POST", box+"/nouveau", form).Request.URL.String()
	if first != second || !strings.Contains(first, "/envoi/") {
		t.Errorf("%s, then %s", first, second)
	}
	snap, err := w.box(w.nurse.IDNat, nurseBox).Snapshot(context.Background(), mss.Inbox)
	must(t, err)
	if snap.Len() != 1 {
		t.Errorf("%d letters", snap.Len())
	}
}

// TestLongLetter: as many words as the page lets somebody write do leave.
func TestLongLetter(t *testing.T) {
	w := newWorld(t)
	v := w.visitor("medecin-generaliste")
	box := w.boxPath(w.box(w.gp.IDNat, gpBox))
	v.get(box + "/nouveau")
	v.post(box+"/nouveau", "a", nurseBox, "objet", "Long", "texte", strings.Repeat("Résumé détaillé : à suivre. ", 1700), "geste", "envoyer")
	v.shows(t, "C&#39;est parti")
}

// TestMarksNobodySees: a name shows no sign that cannot be seen.
func TestMarksNobodySees(t *testing.T) {
	w := newWorld(t)
	gp := w.box(w.gp.IDNat, gpBox)
	bad := "\u200b\u200c\u200d\u2060\u061c\u202e\u2066\u00ad\u180e\ufeff\u034f\u3164\u115f\U000e0041"
	w.append(gp, "From: \"Dr"+bad+" Faux\" <"+nurseBox+">\nTo: "+gpBox+"\nSubject: Objet"+bad+"caché\nDate: Thu, 12 Mar 2026 10:00:00 +0000\nMessage-ID: <z@x>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Disposition: attachment; filename=\"a"+bad+"b.pdf\"\n\nx\n")
	v := w.visitor("medecin-generaliste")
	box := w.boxPath(gp)
	v.row(box, "Objetcaché")
	for _, r := range bad {
		if strings.ContainsRune(v.last, r) {
			t.Errorf("%U is in the page", r)
		}
	}
}
