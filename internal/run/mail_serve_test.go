package run

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/smtp"
	"os"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/run/client"
)

// TestServeMail runs the mail of the real thing from its configuration: an operator writes to a
// mailbox of the file, its holder reads it by IMAP and answers.
func TestServeMail(t *testing.T) {
	i := install(t, "sandbox")
	server := i.issue(igc.Request{Offer: igc.Serveur, CommonName: "localhost", Organization: "Exploitant"})
	key, err := server.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	peer := i.issue(igc.Request{Offer: igc.Serveur, CommonName: "mx.voisin", Organization: "Voisin"}).TLS()
	sum := sha256.Sum256(peer.Certificate[0])
	pro := i.directory.Professionals()[0]
	address := "dr.essai@exploitant.mssante.example"
	boxes, err := json.Marshal([]mss.Mailbox{{Address: address, Type: mss.Personal, Professional: pro.IDNat, Name: "Dr_Essai_ESSAI", Password: mss.HashPassword("un mot de passe")}})
	if err != nil {
		t.Fatal(err)
	}
	doors := map[string]string{"smtp": freeAddress(t), "submission": freeAddress(t), "imaps": freeAddress(t)}
	conf, err := os.ReadFile(i.config)
	if err != nil {
		t.Fatal(err)
	}
	conf = fmt.Appendf(conf, `[mss]
host = "localhost"
domains = ["exploitant.mssante.example"]
cert = %q
key = %q
white_list = %q
mailboxes = %q
smtp = %q
submission = %q
imaps = %q
`, i.write("mss.pem", server.CertificatePEM()), i.write("mss-key.pem", key),
		i.write("liste.xml", fmt.Appendf(nil, `<ListeBlanche xmlns="https://listeblanche.mssante.fr/schema"><Domaine><Nom>voisin.mssante.example</Nom><Certificat>SHA-256:%s</Certificat></Domaine></ListeBlanche>`, hex.EncodeToString(sum[:]))),
		i.write("boites.json", boxes), doors["smtp"], doors["submission"], doors["imaps"])
	i.write("socle.toml", conf)
	i.write("ca.pem", i.authority.TrustPEM())
	i.start()

	tr := &territory{t: t, endpoints: &client.Endpoints{SMTP: doors["smtp"], Submission: doors["submission"], IMAP: doors["imaps"], CAFile: i.path("ca.pem")}}
	me := &client.Persona{ID: "essai", Mailbox: address, MailboxPassword: "un mot de passe"}
	from := "x@voisin.mssante.example"
	c, err := smtp.Dial(doors["smtp"])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	mutual := tr.tlsClient()
	mutual.Certificates = []tls.Certificate{peer}
	if err := c.StartTLS(mutual); err != nil {
		t.Fatal(err)
	}
	tr.eventually("the white list of the file is in service", func() bool {
		c.Reset()
		return c.Mail(from) == nil
	})
	if err := c.Rcpt(address); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, letter(from, address, "D'un voisin"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := tr.messages(me); len(got) != 1 || !strings.Contains(got[0], "Subject: D'un voisin") {
		t.Errorf("%q", got)
	}
	if err := tr.submit(me, []string{from}, letter(address, from, "Réponse")); err != nil {
		t.Error(err)
	}
	if err := tr.submit(me, []string{"x@ailleurs.example"}, letter(address, "x@ailleurs.example", "Dehors")); err == nil || !strings.Contains(err.Error(), "MSS-HORS-LISTE") {
		t.Errorf("out of the list: %v", err)
	}
	for _, line := range []string{`[mss]` + "\n" + `local = "10.0.0.1:25"`, "[mss]\nsmtp = \":25\"", "[mss]\nsmpt = \":25\""} {
		bad := i.write("mauvais.toml", append(append([]byte(nil), conf[:strings.Index(string(conf), "[mss]")]...), line...))
		if _, err := LoadConfig(bad); err == nil {
			t.Errorf("%q was accepted", line)
		}
	}
}
