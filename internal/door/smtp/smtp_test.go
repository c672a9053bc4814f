package smtp

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/domain/mss"
)

func TestBetweenOperators(t *testing.T) {
	a, b := newWorld(t, "a.mssante.fr"), newWorld(t, "b.mssante.fr")
	a.list(mss.Listed{Domain: "a.mssante.fr"}, mss.Listed{Domain: mss.Citizens}, b.listed("b.mssante.fr"))
	b.list(mss.Listed{Domain: "b.mssante.fr"}, a.listed("a.mssante.fr"))
	c := a.user("alice@a.mssante.fr", "motdepasse1")
	c.say("MAIL FROM:<alice@a.mssante.fr> RET=HDRS ENVID=abc", "250")
	c.say("RCPT TO:<alice@b.mssante.fr> NOTIFY=SUCCESS,FAILURE", "250")
	c.say("RCPT TO:<personne@b.mssante.fr>", "250") // only its operator knows
	c.say("DATA", "354")
	c.say(letter("alice@a.mssante.fr", "alice@b.mssante.fr", "Un courrier")+".", "250")
	a.drain()
	got := b.inbox("alice@b.mssante.fr")
	if len(got) != 1 || !strings.HasPrefix(got[0], "Return-Path: <alice@a.mssante.fr>\r\nReceived: from mx.a.mssante.fr (127.0.0.1)\r\n\tby mx.b.mssante.fr") || strings.Count(got[0], "Return-Path") != 1 {
		t.Fatalf("at the other operator: %q", got)
	}
	b.drain() // the report of success goes back by the queue of b
	reports := a.inbox("alice@a.mssante.fr")
	all := strings.Join(reports, "\n")
	for _, want := range []string{"Status: 5.1.1", "Action: failed", "personne@b.mssante.fr", "Message non", "Action: delivered", "Original-Envelope-Id: abc"} {
		if !strings.Contains(all, want) {
			t.Errorf("the reports do not say %q", want)
		}
	}
	if len(reports) != 2 { // b announces DSN and reports by itself: nothing more from a
		t.Errorf("%d reports: %s", len(reports), all)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	w.list(mss.Listed{Domain: "a.mssante.fr"}, mss.Listed{Domain: mss.Citizens}, mss.Listed{Domain: "peer.mssante.fr"}, mss.Listed{Domain: "other.mssante.fr", Subjects: []string{"CN=somebody else"}})
	peer := w.issue(igc.Request{Offer: igc.Serveur, StructureID: "1990000002", Organization: "Pair", CommonName: "mx.peer", ECDSA: true})
	org := w.issue(igc.Request{Offer: igc.Organisation, StructureID: "1990000003", Organization: "Labo", CommonName: "Labo", ECDSA: true})

	clear := w.dial(w.smtp)
	clear.say("MAIL FROM:<x@peer.mssante.fr>", "503 5.5.1")
	clear.say("EHLO c", "250")
	clear.say("MAIL FROM:<x@peer.mssante.fr>", "530 5.7.0")
	clear.say("AUTH PLAIN AAAA", "502 5.5.1")
	clear.say("EHLX c", "500 5.5.1")

	w.operator(nil).say("MAIL FROM:<x@peer.mssante.fr>", "550 5.7.1")
	if got := w.operator(&org).say("MAIL FROM:<x@peer.mssante.fr>", "550 5.7.1"); !strings.Contains(got, "[MSS-CERTIFICAT]") {
		t.Errorf("an organisation certificate: %s", got)
	}
	c := w.operator(&peer)
	for line, want := range map[string]string{
		"MAIL FROM:<x@gmail.com>":                       "MSS-HORS-LISTE",
		"MAIL FROM:<x@other.mssante.fr>":                "MSS-OPERATEUR",
		"MAIL FROM:<alice@a.mssante.fr>":                "MSS-OPERATEUR",
		"MAIL FROM:<x@@peer.mssante.fr>":                "MSS-ADRESSE-EXPEDITEUR",
		"MAIL FROM:<x@peer.mssante.fr> SIZE=25000001":   "552-5.3.4",
		"MAIL FROM:<x@peer.mssante.fr> SIZ=1":           "555 5.5.4 Unknown parameter SIZ; did you mean SIZE?",
		"MAIL FROM:<x@peer.mssante.fr> BODY=BINARYMIME": "501 5.5.4",
		"MAIL FROM:<x@peer.mssante.fr> SIZE=1 SIZE=2":   "501 5.5.4",
		"RCPT TO:<alice@a.mssante.fr>":                  "503 5.5.1",
		"MAIL FROM:<x@peer.mssante.fr\x01>":             "500 5.5.2",
	} {
		if got := c.say(line, "5"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", line, got)
		}
		c.say("RSET", "250")
		if strings.Contains(want, "5.5.4") { // keeps the count of errors low
			c = w.operator(&peer)
		}
	}
	c = w.operator(&peer)
	c.say("MAIL FROM:<x@peer.mssante.fr> SIZE=25000000", "250")
	unknown, err := insid.WithKey("2790351215177")
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]string{
		"nobody@a.mssante.fr":                 "550-5.1.1",
		"x@peer.mssante.fr":                   "550-5.7.1",
		"279035121518900@" + mss.Citizens:     "553-5.1.3",
		unknown.Reveal() + "@" + mss.Citizens: "550-5.1.1",
	} {
		if got := c.say("RCPT TO:<"+to+">", "5"); !strings.HasPrefix(got, want) {
			t.Errorf("RCPT TO %s: %s", to, got)
		}
	}
	c.say("DATA", "554 5.5.1")
}

func TestSubmission(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	c := w.dial(w.sub)
	if got := c.say("EHLO c", "250"); strings.Contains(got, "AUTH") || !strings.Contains(got, "SIZE 25000000") {
		t.Errorf("before TLS: %s", got)
	}
	c.say("AUTH PLAIN AAAA", "530 5.7.0")
	c.tls(nil)
	c.say("MAIL FROM:<alice@a.mssante.fr>", "530 5.7.0")
	c.say("AUTH PLAIN "+base64.StdEncoding.EncodeToString([]byte("\x00alice@a.mssante.fr\x00faux")), "535 5.7.8")
	c.say("AUTH LOGIN", "334 VXNlcm5hbWU6")
	c.say(base64.StdEncoding.EncodeToString([]byte("ALICE@a.mssante.fr")), "334 UGFzc3dvcmQ6")
	c.say(base64.StdEncoding.EncodeToString([]byte("motdepasse1")), "235 2.7.0")
	c.say("MAIL FROM:<bruno@a.mssante.fr>", "550 5.7.1")
	c.send("alice@a.mssante.fr", "bruno@a.mssante.fr", letter("alice@a.mssante.fr", "bruno@a.mssante.fr", "Bonjour"), "250 2.0.0")
	c.send("alice@a.mssante.fr", "bruno@a.mssante.fr", letter("bruno@a.mssante.fr", "bruno@a.mssante.fr", "Menteur"), "550 5.7.1")
	c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
	c.say("RCPT TO:<x@gmail.com>", "550 5.7.1")
	c.say("RSET", "250")
	// A message of exactly the announced size passes, one octet more does not.
	head := "From: <alice@a.mssante.fr>\r\nSubject: grand\r\n\r\n"
	line := strings.Repeat("x", 76) + "\r\n"
	big := head + strings.Repeat(line, (mss.MaxMessage-len(head))/len(line))
	big += strings.Repeat("y", mss.MaxMessage-len(big)-2) + "\r\n"
	c.send("alice@a.mssante.fr", "bruno@a.mssante.fr", big, "250 2.0.0")
	c.send("alice@a.mssante.fr", "bruno@a.mssante.fr", "X"+big, "552 5.3.4")
	c.say("NOOP", "250")
	if got := w.inbox("bruno@a.mssante.fr"); len(got) != 2 || !strings.HasSuffix(got[1], big) {
		t.Fatalf("%d messages", len(got))
	}
}

func TestSmugglingOnTheWire(t *testing.T) {
	for _, end := range []string{"\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r\n", "\r\n.\r"} {
		w := newWorld(t, "a.mssante.fr")
		c := w.user("alice@a.mssante.fr", "motdepasse1")
		c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
		c.say("RCPT TO:<bruno@a.mssante.fr>", "250")
		c.say("DATA", "354")
		inner := letter("alice@a.mssante.fr", "bruno@a.mssante.fr", "un")
		c.nc.Write([]byte(inner + "fin" + end + "MAIL FROM:<alice@a.mssante.fr>\r\nRCPT TO:<bruno@a.mssante.fr>\r\nDATA\r\n" + inner + ".\r\n"))
		c.want("521")
		if got := w.inbox("bruno@a.mssante.fr"); len(got) != 0 {
			t.Errorf("%q: %d messages were delivered", end, len(got))
		}
	}
}

func TestPipelining(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	c := w.dial(w.sub)
	c.nc.Write([]byte("EHLO c\r\n"))
	c.want("250")
	c.nc.Write([]byte("STARTTLS\r\nMAIL FROM:<evil@a.mssante.fr>\r\n"))
	c.want("503 5.5.0")

	c = w.user("alice@a.mssante.fr", "motdepasse1")
	c.nc.Write([]byte("MAIL FROM:<alice@a.mssante.fr>\r\nRCPT TO:<bruno@a.mssante.fr>\r\nRCPT TO:<nobody@a.mssante.fr>\r\nDATA\r\n"))
	for _, want := range []string{"250 2.1.0", "250 2.1.5", "550-5.1.1", "354"} {
		c.want(want)
	}
	c.say(letter("alice@a.mssante.fr", "bruno@a.mssante.fr", "groupé")+".", "250")
	c.nc.Write([]byte("MAIL FROM:<alice@a.mssante.fr>\r\nRCPT TO:<bruno@a.mssante.fr>\r\nDATA\r\nFrom: x\r\n"))
	c.want("250")
	c.want("250")
	c.want("503 5.5.0")
}

func TestChunks(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	m := letter("alice@a.mssante.fr", "bruno@a.mssante.fr", "en morceaux")
	c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
	c.say("RCPT TO:<bruno@a.mssante.fr>", "250")
	c.nc.Write([]byte(fmt.Sprintf("BDAT 20\r\n%sBDAT %d LAST\r\n%s", m[:20], len(m)-20, m[20:])))
	c.want("250 2.0.0 20 octets")
	c.want("250 2.0.0 Kept")
	if got := w.inbox("bruno@a.mssante.fr"); len(got) != 1 || !strings.HasSuffix(got[0], m) {
		t.Errorf("%q", got)
	}
	c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
	c.say("RCPT TO:<bruno@a.mssante.fr>", "250")
	c.nc.Write([]byte("BDAT 7 LAST\r\nx\ny\r\n.\n"))
	c.want("521")
}

// An answer that was lost: the peer sends the same bytes again, and they are not delivered twice.
func TestLostAcknowledgement(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	m := letter("alice@a.mssante.fr", "bruno@a.mssante.fr", "une fois")
	for range 2 {
		c := w.user("alice@a.mssante.fr", "motdepasse1")
		c.send("alice@a.mssante.fr", "bruno@a.mssante.fr", m, "250 2.0.0")
		c.nc.Close() // without a word after the answer
	}
	if got := w.inbox("bruno@a.mssante.fr"); len(got) != 1 {
		t.Errorf("%d messages", len(got))
	}
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	for range 2 { // sent twice on purpose: twice delivered
		c.send("alice@a.mssante.fr", "bruno@a.mssante.fr", letter("alice@a.mssante.fr", "bruno@a.mssante.fr", "deux fois"), "250 2.0.0")
	}
	if got := w.inbox("bruno@a.mssante.fr"); len(got) != 3 {
		t.Errorf("%d messages", len(got))
	}
}

// A peer that is down is tried on schedule, its sender told once, and then the message comes back.
func TestPeerDownForADay(t *testing.T) {
	a, b := newWorld(t, "a.mssante.fr"), newWorld(t, "b.mssante.fr")
	dead := b.listed("b.mssante.fr")
	dead.Relay = "127.0.0.1:1" // nobody listens there
	a.list(mss.Listed{Domain: "a.mssante.fr"}, dead)
	c := a.user("alice@a.mssante.fr", "motdepasse1")
	c.send("alice@a.mssante.fr", "alice@b.mssante.fr", letter("alice@a.mssante.fr", "alice@b.mssante.fr", "Perdu"), "250 2.0.0")
	attempts := 0
	for range 30 * 60 {
		batches, _, err := a.op.Due(t.Context(), maxDue)
		if err != nil {
			t.Fatal(err)
		}
		if len(batches) > 0 {
			attempts++
			deliver(t.Context(), a.runner(), batches)
		}
		a.advance(time.Minute)
	}
	a.drain()
	got := strings.Join(a.inbox("alice@a.mssante.fr"), "\n")
	if strings.Count(got, "Action: delayed") != 1 || strings.Count(got, "Action: failed") != 1 || !strings.Contains(got, "Status: 4.4.7") && !strings.Contains(got, "Status: 5.4.7") {
		t.Errorf("after a day: %s", got)
	}
	if n, _ := a.op.Queue(t.Context()); n != 0 || attempts < 10 || attempts > 20 {
		t.Errorf("%d in the queue, %d attempts", n, attempts)
	}
}

func TestCitizens(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	patient := "279035121518989@" + mss.Citizens
	if _, err := insid.ParseMatricule("279035121518989"); err != nil {
		t.Fatal("the matricule of this test: ", err)
	}
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
	c.say("RCPT TO:<279035121518890@"+mss.Citizens+">", "550 5.2.1")
	c.say("RSET", "250")
	c.send("alice@a.mssante.fr", patient, letter("alice@a.mssante.fr", patient, "Vos résultats"), "250 2.0.0")
	box, err := w.op.As(t.Context(), "p1", patient, "web")
	if err != nil {
		t.Fatal(err)
	}
	contacts, err := box.Contacts(t.Context())
	if err != nil || len(contacts) != 1 || contacts[0] != "alice@a.mssante.fr" {
		t.Fatalf("contacts: %v %v", contacts, err)
	}
	c.send("alice@a.mssante.fr", patient, "X-MSS-MES: FIN\r\n"+letter("alice@a.mssante.fr", patient, "Fin"), "250 2.0.0")
	if contacts, _ := box.Contacts(t.Context()); len(contacts) != 0 {
		t.Errorf("after FIN: %v", contacts)
	}
}

// A mail program answers a receipt without reverse path: it leaves, under the name of the mailbox
// signed in and no other; nobody answers for one from a program of the machine.
func TestReceiptBySubmission(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.send("", "bruno@a.mssante.fr", letter("alice@a.mssante.fr", "bruno@a.mssante.fr", "Lu"), "250 2.0.0")
	c.send("", "bruno@a.mssante.fr", letter("bruno@a.mssante.fr", "bruno@a.mssante.fr", "Lu"), "550 5.7.1")
	if got := w.inbox("bruno@a.mssante.fr"); len(got) != 1 || !strings.HasPrefix(got[0], "Return-Path: <>\r\n") {
		t.Errorf("%q", got)
	}
	machine := w.dial(w.listen(mss.FromMachine))
	machine.say("EHLO client.test", "250")
	machine.say("MAIL FROM:<>", "550 5.7.1")
}

// Without reverse path a citizen still writes only where an exchange is open.
func TestCitizenReceipt(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	patient := "279035121518989@" + mss.Citizens
	if _, err := w.op.Open(t.Context(), mss.Mailbox{Address: patient, Type: mss.Citizen, Person: "p1", Password: mss.HashPassword("motdepasse3")}); err != nil {
		t.Fatal(err)
	}
	c := w.user(patient, "motdepasse3")
	c.say("MAIL FROM:<>", "250")
	if got := c.say("RCPT TO:<bruno@a.mssante.fr>", "550 5.7.1"); !strings.Contains(got, "MSS-CITOYEN-REPONSE") {
		t.Error(got)
	}
	w.user("bruno@a.mssante.fr", "motdepasse2").send("bruno@a.mssante.fr", patient, letter("bruno@a.mssante.fr", patient, "Bonjour"), "250")
	c.say("RCPT TO:<bruno@a.mssante.fr>", "250 2.1.5")
}

// Whoever still looks at a folder that somebody removes sees it empty at once.
func TestRemovedFolderIsSeenEmpty(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	s, err := w.op.SignIn(t.Context(), mss.Credentials{Door: "imap", Mailbox: "alice@a.mssante.fr", Password: "motdepasse1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateFolder(t.Context(), "Projets", ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Append(t.Context(), "Projets", 0, nil, time.Now(), []byte(letter("alice@a.mssante.fr", "x@y.fr", "Note"))); err != nil {
		t.Fatal(err)
	}
	f, err := s.Folder(t.Context(), "Projets")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		snap, err := s.Snapshot(t.Context(), f.ID)
		if err != nil || snap.Len() != want {
			t.Fatalf("%d messages, %v; %d expected", snap.Len(), err, want)
		}
		if want == 1 {
			if err := s.DeleteFolder(t.Context(), "Projets"); err != nil {
				t.Fatal(err)
			}
		}
	}
}
