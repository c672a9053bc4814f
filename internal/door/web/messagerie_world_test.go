package web_test

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// Mailboxes of the world.
const (
	gpBox    = "claire.martin-leroux@medecin.mssante.fr"
	nurseBox = "yann.le-goff@infirmier.mssante.fr"
	labBox   = "resultats@bioaurore.mssante.fr"
	deskBox  = "secretariat@tilleuls.mssante.fr"
)

// openMail gives the world a secure mail: the boxes of its professionals, and Mon espace santé.
func (w *world) openMail(store *embedded.Store) {
	w.post = &mss.Operator{Store: store, Annuaire: w.dmp.Annuaire, Mode: ins.Sandbox, Host: "mx.socle.test", WhiteList: &mss.WhiteList{}, Rand: rand.Reader, Now: w.clock, Log: w.dmp.Log, Records: w.dmp, NIL: "DEV000000",
		Domains: []string{"medecin.mssante.fr", "infirmier.mssante.fr", "bioaurore.mssante.fr", "tilleuls.mssante.fr", mss.Citizens}, Space: w.space}
	must(w.t, w.post.Start())
	place := w.gp.Structures[0]
	for _, b := range []mss.Mailbox{
		{Address: gpBox, Type: mss.Personal, Name: mssante.DisplayName("Dr", "Claire", "MARTIN-LEROUX", "Cabinet des Tilleuls"), Professional: w.gp.IDNat},
		{Address: nurseBox, Type: mss.Personal, Name: mssante.DisplayName("", "Yann", "LE GOFF", ""), Professional: w.nurse.IDNat},
		{Address: labBox, Type: mss.Application, Name: "Laboratoire BioAurore – Résultats", Structure: place, Delegates: []string{w.secr.IDNat}},
		{Address: deskBox, Type: mss.Organisation, Name: "Secrétariat des Tilleuls", Structure: "1990000099", Delegates: []string{w.gp.IDNat, w.secr.IDNat}},
	} {
		_, err := w.post.Open(context.Background(), b)
		must(w.t, err)
	}
	w.door.Mail = w.post
}

func (w *world) space(ctx context.Context, matricule string) (mss.Space, error) {
	p, _, err := w.dmp.Recognise(ctx, insid.INS{Matricule: insid.Matricule(matricule), OID: testOID}, ins.Traits{})
	if err != nil {
		return mss.Space{}, dmp.ErrNotFound
	}
	return mss.Space{Person: p.ID, Name: p.DisplayName(), Open: true}, nil
}

// box opens a mailbox of the world in a test.
func (w *world) box(holder, address string) *mss.Session {
	s, err := w.post.As(context.Background(), holder, address, "test")
	must(w.t, err)
	return s
}

func (w *world) send(s *mss.Session, l mss.Letter) *mss.Dispatch {
	w.t.Helper()
	x, err := s.Send(context.Background(), l)
	must(w.t, err)
	w.machine()
	return x
}

// machine does what runs behind: reports leave, archives are filed.
func (w *world) machine() {
	w.t.Helper()
	for range 4 {
		_, _, err := w.post.Due(context.Background(), 100)
		must(w.t, err)
		_, err = w.post.Work(context.Background(), 100)
		must(w.t, err)
	}
}

func citizenAddress(p *ins.Person) string { return p.INS.Matricule.Reveal() + "@" + mss.Citizens }

// boxPath is the address of the pages of a mailbox.
func (w *world) boxPath(s *mss.Session) string {
	return "/messagerie/" + strconv.FormatInt(int64(s.Box.ID), 36)
}

// report writes a document that is in no record yet.
func (w *world) reportOf(p *ins.Person, n int) []byte {
	raw, err := write.Biology(nil, w.header(p, "11502-2", "", w.clock().Add(time.Duration(-n)*time.Hour)), report(n, w.clock()))
	must(w.t, err)
	return raw
}

// hostile is what somebody might put anywhere.
const hostile = `<script>alert(1)</script><img src=x onerror=alert(2)>"'&{{.}}`

// correspond fills the mailboxes: results filed by themselves and one that waits, a conversation
// between colleagues, one with a citizen, one that means harm.
func (w *world) correspond() {
	lab, gp, nurse := w.box(w.secr.IDNat, labBox), w.box(w.gp.IDNat, gpBox), w.box(w.nurse.IDNat, nurseBox)
	w.later(-50 * time.Hour)
	w.send(nurse, mss.Letter{To: []string{gpBox}, Subject: "Pansement de Mme D.", Text: "Bonjour Docteur,\n\nLa plaie du pied droit évolue bien, sans signe d'infection. Faut-il poursuivre un jour sur deux ?\n\nYann Le Goff"})
	id := w.lastID(gp, mss.Inbox)
	w.later(3 * time.Hour)
	w.send(gp, mss.Letter{To: []string{nurseBox}, Subject: "Re: Pansement de Mme D.", Text: "Bonjour,\n\nOui, un jour sur deux encore deux semaines, puis nous faisons le point.\n\nDr Martin-Leroux\n\nLe 10 mars 2026, Yann LE GOFF a écrit :\n> La plaie du pied droit évolue bien", InReplyTo: id, References: []string{id}})
	answer := w.lastID(nurse, mss.Inbox)
	w.later(20 * time.Hour)
	w.send(nurse, mss.Letter{To: []string{gpBox}, Subject: "Re: Pansement de Mme D.", Text: "C'est noté, merci.", InReplyTo: answer, References: []string{id, answer}})
	w.later(20 * time.Hour)
	w.send(gp, mss.Letter{To: []string{citizenAddress(w.dominique)}, Subject: "Votre glycémie", Text: "Bonjour Dominique,\n\nVotre HbA1c est stable. Continuez le traitement, nous nous revoyons en juin.\n\nDr Martin-Leroux", ReadReceipt: true})
	me := w.box(string(w.dominique.ID), citizenAddress(w.dominique))
	asked := w.lastID(me, mss.Inbox)
	w.later(2 * time.Hour)
	w.send(me, mss.Letter{To: []string{gpBox}, Subject: "Re: Votre glycémie", Text: "Merci docteur. Puis-je prendre rendez-vous plus tôt, en mai ?", InReplyTo: asked, References: []string{asked}})
	w.later(2 * time.Hour)
	w.send(lab, mss.Letter{To: []string{gpBox, citizenAddress(w.dominique)}, Documents: [][]byte{w.reportOf(w.dominique, 12)}, ReadReceipt: true})
	w.later(time.Hour)
	other := *w.maxime
	other.Traits.BirthDate = "1987-06-15"
	w.send(lab, mss.Letter{To: []string{gpBox}, Documents: [][]byte{w.reportOf(&other, 13)}})
	w.later(time.Hour)
	w.send(nurse, mss.Letter{To: []string{gpBox}, Subject: "Photo " + hostile, Text: "Ci-joint la photo.\n" + hostile, Attachments: attachments()})
	w.later(time.Hour)
}

func attachments() []courriel.Attachment {
	return []courriel.Attachment{{Name: "plaie <b>.html", Type: "text/html", Bytes: []byte("<h1>" + hostile + "</h1>")}, {Name: "photo.jpg", Type: "image/jpeg", Bytes: []byte("\xff\xd8\xff\xe0 pas une photo")}}
}

// lastID is the Message-ID of the newest message of a folder.
func (w *world) lastID(s *mss.Session, folder mss.FolderID) string {
	snap, err := s.Snapshot(context.Background(), folder)
	must(w.t, err)
	id := ""
	must(w.t, s.Texts(context.Background(), snap, func(_ int, _ *mss.Entry, text string) bool {
		id = strings.Trim(mss.Field(text, mss.TextMessageID), "<> ")
		return true
	}))
	return id
}
