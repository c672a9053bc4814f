package run

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/courriel"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/internal/run/client"
	"github.com/socle-sante/socle/internal/shareddata"
)

// TestArchiveByMail: an archive files itself in the record, where its recipient finds it under the
// identifier of the document; one that cannot be filed stays in the mailbox, and its sender learns
// why.
func TestArchiveByMail(t *testing.T) {
	dir := shareddata.Dir(t, "cda")
	tr := startDemo(t, t.TempDir(), 12)
	e := tr.endpoints
	lab, gp := e.Persona("biologiste"), e.Persona("medecin_generaliste")
	good := filepath.Join(dir, "BIO-CR-BIO_2024.01_TSH_1.xml")
	sent := tr.client("biologiste").Mail(t.Context(), gp.Mailbox, good)
	if !sent.Accepted {
		t.Fatalf("%+v", sent)
	}
	raw, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := cda.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	ids := doc.Patient.TheINS()
	start := time.Now()
	tr.eventually("the document is found by ITI-67", func() bool {
		return strings.Contains(tr.found(gp, ids), sent.UniqueID)
	})
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("found after %v", took)
	}
	c := tr.imap(gp.Mailbox, gp.MailboxPassword)
	defer c.close()
	marked := func(keyword string) bool {
		c.do("SELECT INBOX")
		lines, _ := c.do("UID SEARCH KEYWORD " + keyword + " SINCE 1-Jan-2020 FROM helene.faure NOT SEEN")
		return len(strings.Fields(lines[0])) > 2
	}
	if !marked("$Classe") {
		t.Error("the message is not marked as filed")
	}
	tr.eventually("the integration receipt is back", func() bool {
		all := strings.Join(tr.messages(lab), "\n")
		return strings.Contains(all, "MDN-sent-automatically; processed\r\n") && strings.Contains(all, "Original-Message-ID: <"+sent.MessageID+">")
	})

	// A document of a person nobody knows here.
	changed := strings.NewReplacer(ids.Matricule.Reveal(), "279035121517704", doc.UniqueID(), doc.UniqueID()+".7").Replace(string(raw))
	address := func(a string) courriel.Address { return courriel.ParseAddresses(a)[0] }
	draft, err := mssante.Compose(mssante.Mail{From: address(lab.Mailbox), To: []courriel.Address{address(gp.Mailbox)}, Documents: [][]byte{[]byte(changed)},
		NIL: "DEV000000", ReadReceipt: true, Now: time.Now(), MessageID: courriel.NewMessageID(rand.Reader, time.Now(), "essai.example")})
	if err != nil {
		t.Fatal(err)
	}
	m, err := draft.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.submit(lab, []string{gp.Mailbox}, string(m)); err != nil {
		t.Fatal(err)
	}
	tr.eventually("the sender learns that the patient is unknown", func() bool {
		return strings.Contains(strings.Join(tr.messages(lab), "\n"), "processed/Error: 902^")
	})
	if !marked("$AClasser") {
		t.Error("the message does not wait in the mailbox")
	}
}

// found gives the answer of ITI-67 to a persona about a person.
func (tr *territory) found(p *client.Persona, id insid.INS) string {
	tr.t.Helper()
	form := url.Values{"patient.identifier": {"urn:oid:" + id.OID + "|" + id.Matricule.Reveal()}, "status": {"current"}, "_count": {"200"}}
	req, err := http.NewRequest("POST", tr.endpoints.PDSm+"/DocumentReference/_search", strings.NewReader(form.Encode()))
	if err != nil {
		tr.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+tr.token(p.ID))
	r, err := tr.secureHTTP().Do(req)
	if err != nil {
		tr.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		tr.t.Fatal(err)
	}
	return string(b)
}
