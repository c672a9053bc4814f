package run

import (
	"encoding/base64"
	"fmt"
	"net/smtp"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/run/client"
)

// TestSwaks drives the mail doors with swaks, unchanged: in clear, with STARTTLS, with a client
// certificate, signed in.
func TestSwaks(t *testing.T) {
	if _, err := exec.LookPath("swaks"); err != nil {
		leaveOut(t, "swaks is not installed: the mail doors were not tried with it")
	}
	tr := startDemo(t, t.TempDir(), 12)
	e := tr.endpoints
	gp, hospital, citizen := e.Persona("medecin_generaliste"), e.Persona("medecin_hospitalier"), e.Persona("citoyen-1")
	peer := e.MSSPeer
	foreign := "dr@" + peer.Domain
	mutual := []string{"--server", e.SMTP, "--tls", "--tls-cert", peer.Cert, "--tls-key", peer.Key, "--tls-ca-path", e.CAFile, "--tls-verify"}
	signedIn := []string{"--server", e.Submission, "--tls", "--auth", "PLAIN", "--auth-user", gp.Mailbox, "--auth-password", gp.MailboxPassword}
	big := t.TempDir() + "/big"
	if err := os.WriteFile(big, []byte("Subject: grand\nFrom: <"+gp.Mailbox+">\n\n"+strings.Repeat(strings.Repeat("x", 76)+"\n", 25_000_000/77)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		want []string // in the transcript
		ok   bool
	}{
		{"in clear", []string{"--server", e.SMTP, "--from", foreign, "--to", gp.Mailbox}, []string{"530-5.7.0", "MSS-TLS"}, false},
		{"STARTTLS without certificate", []string{"--server", e.SMTP, "--tls", "--from", foreign, "--to", gp.Mailbox}, []string{"550-5.7.1", "MSS-CERTIFICAT-ABSENT"}, false},
		{"certificate of a card", []string{"--server", e.SMTP, "--tls", "--tls-cert", gp.ClientCert, "--tls-key", gp.ClientKey, "--from", foreign, "--to", gp.Mailbox}, []string{"550-5.7.1", "[MSS-CERTIFICAT]"}, false},
		{"revoked certificate", []string{"--server", e.SMTP, "--tls", "--tls-cert", e.PKI["revoked"].ClientCert, "--tls-key", e.PKI["revoked"].ClientKey, "--from", foreign, "--to", gp.Mailbox}, []string{"550-5.7.1", "[MSS-CERTIFICAT]"}, false},
		{"client certificate", append(mutual, "--from", foreign, "--to", gp.Mailbox), []string{"250 2.0.0"}, true},
		{"off-list domain", append(mutual, "--from", "x@example.org", "--to", gp.Mailbox), []string{"550-5.7.1", "MSS-HORS-LISTE"}, false},
		{"a domain of ours", append(mutual, "--from", gp.Mailbox, "--to", hospital.Mailbox), []string{"550-5.7.1", "MSS-OPERATEUR"}, false},
		{"relay", append(mutual, "--from", foreign, "--to", "x@example.org"), []string{"550-5.7.1", "MSS-RELAIS"}, false},
		{"unknown mailbox", append(mutual, "--from", foreign, "--to", "personne@"+domainOf(gp.Mailbox)), []string{"550-5.1.1", "MSS-BOITE-INCONNUE"}, false},
		{"unknown citizen", append(mutual, "--from", foreign, "--to", "279035121517704@patient.mssante.fr"), []string{"550-5.1.1", "MSS-PATIENT-INCONNU"}, false},
		{"a citizen's wrong key", append(mutual, "--from", foreign, "--to", "279035121518900@patient.mssante.fr"), []string{"553-5.1.3", "MSS-PATIENT-ADRESSE"}, false},
		{"a citizen", append(mutual, "--from", foreign, "--to", citizen.Mailbox), []string{"250 2.0.0"}, true},
		{"signed in", append(signedIn, "--from", gp.Mailbox, "--to", hospital.Mailbox+","+citizen.Mailbox), []string{"235 2.7.0", "250 2.0.0"}, true},
		{"another From", append(signedIn, "--from", gp.Mailbox, "--to", hospital.Mailbox, "--header", "From: "+hospital.Mailbox), []string{"550-5.7.1", "MSS-EXPEDITEUR"}, false},
		{"another sender", append(signedIn, "--from", hospital.Mailbox, "--to", gp.Mailbox), []string{"550-5.7.1", "MSS-EXPEDITEUR"}, false},
		{"wrong password", []string{"--server", e.Submission, "--tls", "--auth", "LOGIN", "--auth-user", gp.Mailbox, "--auth-password", "faux", "--from", gp.Mailbox, "--to", gp.Mailbox}, []string{"535-5.7.8"}, false},
		{"too large", append(signedIn, "--from", gp.Mailbox, "--to", hospital.Mailbox, "--data", "@"+big), []string{"552-5.3.4", "MSS-TAILLE"}, false},
		{"the programs of this machine", []string{"--server", e.MailLocal, "--from", gp.Mailbox, "--to", hospital.Mailbox}, []string{"250 2.0.0"}, true},
	} {
		out, err := exec.CommandContext(t.Context(), "swaks", append(c.args, "--header", "X-MSS-NIL: DEV000000", "--timeout", "60")...).CombinedOutput()
		for _, want := range c.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, last(string(out), 3000))
			}
		}
		if (err == nil) != c.ok {
			t.Errorf("%s: swaks ended with %v\n%s", c.name, err, last(string(out), 3000))
		}
	}
	if n := len(tr.messages(hospital)); n != 2 {
		t.Errorf("%d messages at the hospital, 2 were accepted", n)
	}
}

func last(s string, n int) string { return s[max(0, len(s)-n):] }

// xoauth2 is the mechanism of Pro Santé Connect for mail programs; the standard library has none.
type xoauth2 struct{ user, token string }

func (a xoauth2) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "XOAUTH2", fmt.Appendf(nil, "user=%s\x01auth=Bearer %s\x01\x01", a.user, a.token), nil
}

func (a xoauth2) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return []byte{}, nil
	}
	return nil, nil
}

type external struct{ user string }

func (a external) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "EXTERNAL", []byte(a.user), nil
}
func (a external) Next([]byte, bool) ([]byte, error) { return nil, nil }

// TestMailSignIn opens mailboxes with a token and with the certificate of an organisation.
func TestMailSignIn(t *testing.T) {
	tr := startDemo(t, t.TempDir(), 12)
	e := tr.endpoints
	gp, hospital := e.Persona("medecin_generaliste"), e.Persona("medecin_hospitalier")
	var lab *client.Structure
	for i := range e.Structures {
		for _, b := range e.Structures[i].Mailboxes {
			if strings.HasPrefix(b.Address, "resultats.biologie@") {
				lab = &e.Structures[i]
			}
		}
	}
	if lab == nil {
		t.Fatal("the laboratory has no applicative mailbox")
	}
	app := lab.Mailboxes[1].Address
	token := func(p *client.Persona) string {
		b, err := os.ReadFile(p.TokenFile)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	}
	try := func(auth smtp.Auth, cert, key string) error {
		c, err := smtp.Dial(e.Submission)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conf := tr.tlsClient()
		if cert != "" {
			conf.Certificates = append(conf.Certificates, loadPair(t, cert, key))
		}
		if err := c.StartTLS(conf); err != nil {
			return err
		}
		return c.Auth(auth)
	}
	if err := try(xoauth2{gp.Mailbox, token(gp)}, "", ""); err != nil {
		t.Errorf("XOAUTH2: %v", err)
	}
	if err := try(xoauth2{gp.Mailbox, token(hospital)}, "", ""); err == nil || !strings.Contains(err.Error(), "MSS-JETON") {
		t.Errorf("the token of somebody else: %v", err)
	}
	if err := try(external{app}, lab.ClientCert, lab.ClientKey); err != nil {
		t.Errorf("EXTERNAL: %v", err)
	}
	if err := try(external{gp.Mailbox}, lab.ClientCert, lab.ClientKey); err == nil || !strings.Contains(err.Error(), "MSS-CERTIFICAT-BOITE") {
		t.Errorf("a certificate at a personal mailbox: %v", err)
	}
	c := tr.imapConn()
	defer c.close()
	c.line()
	c.do("AUTHENTICATE XOAUTH2 " + base64.StdEncoding.EncodeToString([]byte("user="+gp.Mailbox+"\x01auth=Bearer "+token(gp)+"\x01\x01")))
	c.do("SELECT INBOX")
}

// TestSMTPSource lets Postfix's own load generator in, unchanged: every message it was told is kept
// is in the mailbox.
func TestSMTPSource(t *testing.T) {
	if _, err := exec.LookPath("smtp-source"); err != nil {
		leaveOut(t, "smtp-source is not installed (postfix): the local door was not loaded with it")
	}
	tr := startDemo(t, t.TempDir(), 12)
	e := tr.endpoints
	from, to := e.Persona("medecin_generaliste"), e.Persona("medecin_hospitalier")
	for _, args := range [][]string{{"-s", "20", "-m", "500", "-l", "4096"}, {"-d", "-s", "20", "-m", "300", "-l", "200000"}} {
		out, err := exec.CommandContext(t.Context(), "smtp-source", append(args, "-f", from.Mailbox, "-t", to.Mailbox, e.MailLocal)...).CombinedOutput()
		if err != nil {
			t.Fatalf("smtp-source %v: %v\n%s", args, err, out)
		}
	}
	c := tr.imap(to.Mailbox, to.MailboxPassword)
	defer c.close()
	if lines, _ := c.do("SELECT INBOX"); !strings.Contains(strings.Join(lines, "\n"), "* 800 EXISTS") {
		t.Errorf("800 messages were sent: %v", lines)
	}
}
