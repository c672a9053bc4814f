package imap

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
)

func TestFoldersOfANewMailbox(t *testing.T) {
	w := newWorld(t)
	c := w.in()
	c.want(c.ok(`LIST "" ""`), `* LIST (\Noselect) "/" ""`)
	c.want(c.ok(`LIST "" "*"`), `* LIST (\HasNoChildren) "/" INBOX`, `* LIST (\HasNoChildren \Archive) "/" Archives`, `* LIST (\HasNoChildren \Drafts) "/" Brouillons`,
		`* LIST (\HasNoChildren \Trash) "/" Corbeille`, `* LIST (\HasNoChildren \Sent) "/" Envoy&AOk-s`, `* LIST (\HasNoChildren \Junk) "/" Ind&AOk-sirables`)
	c.ok(`CREATE "Patients/2026/Mars"`)
	c.no(`CREATE Patients/2026/Mars`, "NO [ALREADYEXISTS]")
	c.no(`CREATE bilans (USE (\Archive))`, "NO [USEATTR]")
	c.no(`CREATE bilans (USE (\All))`, "NO [USEATTR]")
	c.want(c.ok(`LIST "" "P*"`), `* LIST (\Noselect \HasChildren) "/" Patients`, `* LIST (\Noselect \HasChildren) "/" Patients/2026`, `* LIST (\HasNoChildren) "/" Patients/2026/Mars`)
	c.want(c.ok(`LIST () "" "Patients/%" RETURN (CHILDREN SUBSCRIBED)`), `* LIST (\NonExistent \HasChildren) "/" Patients/2026`)
	c.ok("UNSUBSCRIBE INBOX")
	c.want(c.ok(`LIST (SUBSCRIBED RECURSIVEMATCH) "" (INBOX "P%")`), `* LIST (\NonExistent \HasChildren) "/" Patients ("CHILDINFO" ("SUBSCRIBED"))`)
	c.want(c.ok(`LSUB "" "P%"`), `* LSUB (\Noselect) "/" Patients`)
	c.want(c.ok(`LIST (SPECIAL-USE) "" "*e" RETURN (STATUS (MESSAGES UIDNEXT))`), `* LIST (\HasNoChildren \Trash) "/" Corbeille`, `* STATUS Corbeille (MESSAGES 0 UIDNEXT 1)`)
	c.ok(`RENAME Patients/2026/Mars Patients/mars`)
	c.no(`RENAME INBOX x`, "NO [CANNOT]")
	c.no(`DELETE INBOX`, "NO [CANNOT]")
	c.no(`DELETE nulle-part`, "NO [NONEXISTENT]")
	c.ok(`DELETE Patients/mars`)
	c.want(c.ok("NAMESPACE"), `* NAMESPACE (("" "/")) NIL NIL`)
	c.want(c.ok(`ID ("name" "test")`), `* ID ("name" "Socle"…`)
	c.want(c.ok("GETQUOTAROOT INBOX"), `* QUOTAROOT INBOX ""`, `* QUOTA "" (STORAGE 0 2097152)`)
	c.no(`SETQUOTA "" (STORAGE 5)`, "NO [NOPERM]")
	c.no(`GETQUOTA autre`, "NO [NONEXISTENT]")
	c.no("EXPUNGE", "BAD")
}

func TestAMessageFromAppendToExpunge(t *testing.T) {
	w := newWorld(t)
	c := w.in()
	body := strings.ReplaceAll(simple(1), "\n", "\r\n")
	c.no("APPEND nulle-part {3+}\r\nabc", "NO [TRYCREATE]")
	_, r := c.do(fmt.Sprintf("APPEND Envoy&AOk-s (\\Seen $Forwarded) \"12-Nov-2026 10:00:00 +0100\" {%d+}\r\n%s", len(body), body))
	if !strings.HasPrefix(r, "OK [APPENDUID ") || !strings.HasSuffix(strings.Split(r, "]")[0], " 1") {
		t.Fatal(r)
	}
	c.no("APPEND INBOX {25000001}", "NO [TOOBIG]")
	got := c.ok("SELECT Envoy&AOk-s")
	c.want(got, `* FLAGS (\Seen \Answered \Flagged \Deleted \Draft $Forwarded)`, `* OK [PERMANENTFLAGS (\Seen … $Forwarded \*)]…`, "* 1 EXISTS", "* 0 RECENT",
		"* OK [UIDVALIDITY …", "* OK [UIDNEXT 2]…", "* OK [HIGHESTMODSEQ …")
	c.want(c.ok("FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE UID)"), fmt.Sprintf(`* 1 FETCH (FLAGS (\Seen $Forwarded) INTERNALDATE "12-Nov-2026 09:00:00 +0000" RFC822.SIZE %d UID 1)`, len(body)))
	c.want(c.ok("FETCH 1 BODY.PEEK[]"), fmt.Sprintf("* 1 FETCH (BODY[] {%d}\r\n%s)", len(body), body))
	c.want(c.ok("UID FETCH 1 (BODY.PEEK[TEXT]<2.5> BODY.PEEK[HEADER.FIELDS (SUBJECT)] BODY.PEEK[2])"),
		"* 1 FETCH (UID 1 BODY[TEXT]<2> {5}\r\nxte n BODY[HEADER.FIELDS (SUBJECT)] {22}\r\nSubject: Message 1\r\n\r\n BODY[2] NIL)")
	c.want(c.ok("FETCH 1 (ENVELOPE)"), `* 1 FETCH (ENVELOPE ("Thu, 12 Nov 2026 10:00:00 +0100" "Message 1" (("Jean DUPONT" NIL "jean.dupont" "chb.mssante.fr"))…`)
	c.want(c.ok("FETCH 1 BODY"), `* 1 FETCH (BODY ("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 18 1))`)
	c.want(c.ok(`STORE 1 -FLAGS (\Seen)`), `* 1 FETCH (FLAGS ($Forwarded))`)
	c.want(c.ok("FETCH 1 BODY[1]"), "* 1 FETCH (BODY[1] {18}\r\nTexte num\xc3\xa9ro 1.\r\n FLAGS (\\Seen $Forwarded))")
	c.no(`STORE 1 +FLAGS (\Nouveau)`, "NO [CANNOT]")
	c.no(`STORE 2 +FLAGS (\Seen)`, "BAD")
	c.want(c.ok(`STORE 1 +FLAGS.SILENT (\Deleted)`))
	if _, r := c.do("UID COPY 1 Archives"); !strings.HasPrefix(r, "OK [COPYUID ") || !strings.Contains(r, " 1 1]") {
		t.Error(r)
	}
	c.no("COPY 1 nulle-part", "NO [TRYCREATE]")
	c.want(c.ok("UID MOVE 1 Corbeille"), "* OK [COPYUID … 1 1]…", "* 1 EXPUNGE")
	c.want(c.ok("UID FETCH 1:* FLAGS"))
	c.ok("SELECT Corbeille")
	c.want(c.ok("UID EXPUNGE 2:9"))
	c.want(c.ok("EXPUNGE"), "* 1 EXPUNGE")
	c.ok("EXAMINE Archives")
	c.no(`STORE 1 +FLAGS (\Seen)`, "NO [NOPERM]")
	c.no(`EXPUNGE`, "NO [NOPERM]")
	c.ok("UNSELECT")
	c.no("FETCH 1 FLAGS", "BAD")
	c.want(c.ok("STATUS Archives (MESSAGES UNSEEN SIZE RECENT)"), fmt.Sprintf("* STATUS Archives (MESSAGES 1 UNSEEN 0 SIZE %d RECENT 0)", len(body)))
	c.want(c.ok("LOGOUT"), "* BYE …")
}

// What another session does is told at the right moments: removals never during FETCH, STORE, SEARCH.
func TestChangesOfOthersAreTold(t *testing.T) {
	w := newWorld(t)
	for n := 1; n <= 4; n++ {
		w.put("INBOX", simple(n))
	}
	c, other := w.in(), w.in()
	c.ok("SELECT INBOX")
	other.ok("SELECT INBOX")
	other.ok(`STORE 2 +FLAGS (\Flagged)`)
	c.want(c.ok("NOOP"), `* 2 FETCH (UID 2 FLAGS (\Flagged))`)
	other.ok(`STORE 1,3 +FLAGS.SILENT (\Deleted)`)
	other.ok("EXPUNGE")
	w.put("INBOX", simple(5))
	// The client still counts four messages; the two that are gone have no flags to give any more.
	c.want(c.ok("FETCH 1:4 (UID)"), "* 1 FETCH (UID 1)", "* 2 FETCH (UID 2)", "* 3 FETCH (UID 3)", "* 4 FETCH (UID 4)")
	if _, r := c.do("FETCH 1 BODY.PEEK[]"); !strings.HasPrefix(r, "NO [EXPUNGEISSUED]") {
		t.Error(r)
	}
	c.want(c.ok("SEARCH ALL"), "* SEARCH 1 2 3 4")
	c.want(c.ok("UID SEARCH ALL"), "* SEARCH 1 2 3 4", "* 3 EXPUNGE", "* 1 EXPUNGE", "* 3 EXISTS")
	c.want(c.ok("FETCH 1:* UID"), "* 1 FETCH (UID 2)", "* 2 FETCH (UID 4)", "* 3 FETCH (UID 5)")
	c.want(c.ok("NOOP"))
	// Its own changes are not told twice, not even when SILENT.
	c.want(c.ok(`STORE 1 +FLAGS.SILENT (\Answered)`))
	c.want(c.ok("NOOP"))
	other.want(other.ok("NOOP"), "* 3 EXISTS", `* 1 FETCH (UID 2 FLAGS (\Answered \Flagged))`)
}

func TestIdleTellsAtOnce(t *testing.T) {
	w := newWorld(t)
	c := w.in()
	c.ok("SELECT INBOX")
	c.write("i IDLE\r\n")
	if l := c.line(); l != "+ idling" {
		t.Fatal(l)
	}
	uid := w.put("INBOX", simple(1))
	if l := c.line(); l != "* 1 EXISTS" {
		t.Error(l)
	}
	s := w.session()
	if _, _, err := s.SetFlags(context.Background(), mss.Inbox, []uint32{uid}, mss.FlagChange{Add: true, Flags: mss.Deleted}); err != nil {
		t.Fatal(err)
	}
	if l := c.line(); l != `* 1 FETCH (UID 1 FLAGS (\Deleted))` {
		t.Error(l)
	}
	if _, err := s.Expunge(context.Background(), mss.Inbox, nil); err != nil {
		t.Fatal(err)
	}
	if l := c.line(); l != "* 1 EXPUNGE" {
		t.Error(l)
	}
	c.write("DONE\r\n")
	if l := c.line(); !strings.HasPrefix(l, "i OK") {
		t.Error(l)
	}
	c.ok("NOOP")
}

// spec: RFC 7162 3.1
func TestModSequences(t *testing.T) {
	w := newWorld(t)
	for n := 1; n <= 3; n++ {
		w.put("INBOX", simple(n))
	}
	c, other := w.in(), w.in()
	c.want(c.ok("ENABLE CONDSTORE QRESYNC"), "* ENABLED CONDSTORE")
	got := c.ok("SELECT INBOX (CONDSTORE)")
	var high uint64
	for _, l := range got {
		_, _ = fmt.Sscanf(l, "* OK [HIGHESTMODSEQ %d]", &high)
	}
	if high == 0 {
		t.Fatal(got)
	}
	other.ok("SELECT INBOX")
	other.ok(`STORE 2 +FLAGS (\Seen)`)
	got = c.ok("NOOP")
	var seq, uid int
	var modseq uint64
	if _, err := fmt.Sscanf(got[0], `* %d FETCH (UID %d FLAGS (\Seen) MODSEQ (%d))`, &seq, &uid, &modseq); err != nil || modseq <= high || uid != 2 {
		t.Fatal(got, err)
	}
	c.want(c.ok(fmt.Sprintf("UID FETCH 1:* (FLAGS) (CHANGEDSINCE %d)", high)), fmt.Sprintf(`* 2 FETCH (UID 2 FLAGS (\Seen) MODSEQ (%d))`, modseq))
	u, r := c.do(fmt.Sprintf(`STORE 1:3 (UNCHANGEDSINCE %d) +FLAGS.SILENT (\Flagged)`, high))
	if !strings.HasPrefix(r, "OK [MODIFIED 2]") || len(u) != 2 {
		t.Error(u, r)
	}
	if _, r := c.do(`UID STORE 1:3 (UNCHANGEDSINCE 0) +FLAGS (\Flagged)`); !strings.HasPrefix(r, "OK [MODIFIED 1:3]") {
		t.Error(r)
	}
	c.want(c.ok(fmt.Sprintf("SEARCH MODSEQ %d", modseq+1)), fmt.Sprintf("* SEARCH 1 3 (MODSEQ %d)", modseq+1))
	c.want(c.ok(fmt.Sprintf("UID SEARCH RETURN (MIN COUNT ALL) MODSEQ %d", modseq)), fmt.Sprintf(`* ESEARCH (TAG "t%d") UID MIN 1 COUNT 3 ALL 1:3 MODSEQ %d`, c.n, modseq+1))
	c.no("SELECT INBOX (QRESYNC (1 2))", "BAD")
}

func TestSearch(t *testing.T) {
	w := newWorld(t)
	w.put("INBOX", simple(1))
	w.put("INBOX", "From: =?utf-8?q?Zo=C3=A9?= <zoe@chb.mssante.fr>\nTo: "+marie+"\nCc: Service <service@chb.mssante.fr>\nSubject: =?utf-8?q?R=C3=A9sultats?= d'analyses\nX-MSS-CODECDA: 34112-3\nDate: Fri, 13 Nov 2026 23:30:00 +0100\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nSMOpbW9nbG9iaW5l\n")
	w.put("INBOX", "From: a@chb.mssante.fr\nSubject: "+strings.Repeat("long ", 250)+"fin\nBcc: cache@chb.mssante.fr\n\n"+strings.Repeat("x", 5000)+"\n")
	c := w.in()
	c.ok("SELECT INBOX")
	c.ok(`STORE 1 +FLAGS (\Seen $Traite)`)
	for key, want := range map[string]string{
		"ALL": " 1 2 3", "SEEN": " 1", "UNSEEN": " 2 3", "KEYWORD $traite": " 1", "UNKEYWORD $Traite NOT 3": " 2", "2:*": " 2 3", "UID 3,1": " 1 3", "9": "",
		"FROM dupont": " 1", "FROM ZOÉ": " 2", "SUBJECT {10+}\r\nrésultats": " 2", "TO marie.martin": " 1 2", "CC service": " 2", "BCC cache": " 3", "SUBJECT fin": " 3",
		"HEADER X-MSS-CODECDA 34112": " 2", "HEADER X-MSS-CODECDA 999": "", "HEADER X-MSS-NIL dev": "", `HEADER X-MSS-CODECDA ""`: " 2", `HEADER Message-ID <1@`: " 1", "BODY hémoglobine": " 2", "TEXT 34112": " 2", "TEXT hémo": " 2", "BODY 34112": "",
		"LARGER 5000": " 3", "SMALLER 5000": " 1 2", "SENTON 12-Nov-2026": " 1", "SENTSINCE 13-Nov-2026": " 2 3", "SENTBEFORE 13-Nov-2026": " 1",
		"SINCE " + time.Now().UTC().Format("2-Jan-2006"): " 1 2 3", "BEFORE " + time.Now().UTC().Format("2-Jan-2006"): "", "YOUNGER 3600": " 1 2 3", "OLDER 3600": "",
		"OR FROM zoé (SEEN LARGER 10)": " 1 2", "NOT (OR FROM zoé BODY numéro)": " 3", "NEW": "", "OLD": " 1 2 3", "TEXT xxxx SEEN": "", "CHARSET UTF-8 FROM {4+}\r\nzoé": " 2",
	} {
		if got := c.ok("SEARCH " + key); len(got) != 1 || got[0] != "* SEARCH"+want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	c.no("SEARCH CHARSET KOI8-R ALL", "NO [BADCHARSET (UTF-8 US-ASCII)]")
	c.want(c.ok("SEARCH RETURN (MIN MAX) UNSEEN"), fmt.Sprintf(`* ESEARCH (TAG "t%d") MIN 2 MAX 3`, c.n+0))
	c.want(c.ok("SEARCH RETURN () ANSWERED"), fmt.Sprintf(`* ESEARCH (TAG "t%d")`, c.n+0))
}

func TestQuotaIsToldBeforeTheMessage(t *testing.T) {
	w := newWorld(t)
	w.mailbox(mss.Mailbox{Address: "petite@chb.mssante.fr", Type: mss.Organisation, Password: mss.HashPassword("x y z"), Quota: 2000})
	c := w.in()
	c.ok("NOOP")
	small := w.dial(&tls.Config{})
	small.ok(`LOGIN petite@chb.mssante.fr "x y z"`)
	small.no("APPEND INBOX {3000}", "NO [OVERQUOTA]")
	small.ok("APPEND INBOX {12+}\r\nSubject: a\r\n")
}

func TestAClosedMailboxIsOnlyRead(t *testing.T) {
	w := newWorld(t)
	w.put("INBOX", simple(1))
	w.mailbox(mss.Mailbox{Address: "fermee@chb.mssante.fr", Type: mss.Organisation, State: mss.Closed, Password: mss.HashPassword("x y z")})
	c := w.dial(&tls.Config{})
	c.ok(`LOGIN fermee@chb.mssante.fr "x y z"`)
	c.no("CREATE x", "NO [NOPERM]")
	c.no("APPEND INBOX {1+}\r\nx", "NO [NOPERM]")
	if _, r := c.do("SELECT INBOX"); !strings.HasPrefix(r, "OK [READ-ONLY]") {
		t.Error(r)
	}
}

// A client that reads a large message piece by piece gets its pieces.
func TestPiecesOfALargeMessage(t *testing.T) {
	w := newWorld(t)
	body := strings.Repeat("0123456789abcde\n", 20000)
	w.put("INBOX", "Subject: grand\n\n"+body)
	whole := "Subject: grand\r\n\r\n" + strings.ReplaceAll(body, "\n", "\r\n")
	c := w.in()
	c.ok("SELECT INBOX")
	var got strings.Builder
	for got.Len() < len(whole) {
		l := c.ok(fmt.Sprintf("UID FETCH 1 BODY.PEEK[]<%d.65536>", got.Len()))[0]
		_, piece, _ := strings.Cut(l, "}\r\n")
		got.WriteString(strings.TrimSuffix(piece, ")"))
	}
	if got.String() != whole {
		t.Error("the pieces are not the message")
	}
	for _, b := range []*budget{&w.door.going, &w.door.coming} {
		b.mu.Lock()
		if b.used != 0 {
			t.Errorf("%d octets are still counted", b.used)
		}
		b.mu.Unlock()
	}
}
