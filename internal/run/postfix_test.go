package run

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// postfix is a Postfix of the test's own, in a folder, as a second operator or as a peer to compare
// with.
type postfix struct {
	t   testing.TB
	dir string // everything is in it
}

// postfixUser is who owns the queue; Debian's package makes it.
const postfixUser = "postfix"

const postfixMaster = `
%s inet n - n - - smtpd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// startPostfix runs a Postfix that listens on an address and keeps the mail of domain in Maildirs.
// Further lines of main.cf may be given. The test is skipped where Postfix is not installed.
func startPostfix(t testing.TB, listen, domain string, lines ...string) *postfix {
	t.Helper()
	if _, err := exec.LookPath("postfix"); err != nil {
		leaveOut(t, "postfix is not installed: a second operator cannot be tried")
	}
	if os.Getuid() != 0 {
		t.Skip("postfix needs root: a second operator cannot be tried")
	}
	dir, err := os.MkdirTemp("", "socle-postfix")
	if err != nil {
		t.Fatal(err)
	}
	p := &postfix{t: t, dir: dir}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o755)
	for _, d := range []string{"etc", "queue", "data", "mail"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.write("maillog", "") // postsuper writes to it as its own user
	p.run("chown", postfixUser, filepath.Join(dir, "data"), filepath.Join(dir, "mail"), filepath.Join(dir, "maillog"))
	conf := []string{
		"compatibility_level = 3.6", "queue_directory = " + dir + "/queue", "data_directory = " + dir + "/data",
		"maillog_file = " + dir + "/maillog", "maillog_file_prefixes = " + dir, "inet_interfaces = 127.0.0.1", "inet_protocols = ipv4",
		"myhostname = mx." + domain, "mydestination =", "alias_maps =", "local_recipient_maps =", "local_transport = error:none here",
		"virtual_mailbox_domains = " + domain, "virtual_mailbox_base = " + dir + "/mail", "virtual_mailbox_maps = static:boite/",
		"virtual_uid_maps = static:" + p.id("-u"), "virtual_gid_maps = static:" + p.id("-g"), "virtual_minimum_uid = 1",
		"message_size_limit = 30000000", "mailbox_size_limit = 0", "virtual_mailbox_limit = 0", "smtpd_client_connection_count_limit = 0", "smtpd_client_connection_rate_limit = 0",
		"append_dot_mydomain = no", "biff = no", "in_flow_delay = 0", "smtputf8_enable = no", "disable_dns_lookups = yes", "minimal_backoff_time = 5s",
		"smtpd_peername_lookup = no", "smtpd_recipient_restrictions = reject_unauth_destination", "default_process_limit = 100",
	}
	p.write("etc/main.cf", strings.Join(append(conf, lines...), "\n")+"\n")
	p.write("etc/master.cf", fmt.Sprintf(postfixMaster, listen))
	p.run("postfix", "-c", dir+"/etc", "start")
	t.Cleanup(func() { exec.Command("postfix", "-c", dir+"/etc", "stop").Run() })
	p.wait("postfix listens", func() bool {
		c, err := net.Dial("tcp", listen)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	return p
}

func (p *postfix) id(flag string) string {
	out, err := exec.Command("id", flag, postfixUser).Output()
	if err != nil {
		p.t.Skip("there is no user " + postfixUser)
	}
	return strings.TrimSpace(string(out))
}

func (p *postfix) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *postfix) run(name string, args ...string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		p.t.Fatalf("%s %v: %v\n%s\n%s", name, args, err, out, p.log())
	}
}

func (p *postfix) log() string {
	b, _ := os.ReadFile(filepath.Join(p.dir, "maillog"))
	return string(b)
}

// send submits a message as a program of the same machine does.
func (p *postfix) send(from, to, message string) {
	p.t.Helper()
	c := exec.Command("sendmail", "-C", p.dir+"/etc", "-i", "-f", from, "-N", "success,failure", to)
	c.Env = append(os.Environ(), "MAIL_CONFIG="+p.dir+"/etc")
	c.Stdin = strings.NewReader(strings.ReplaceAll(message, "\r\n", "\n"))
	if out, err := c.CombinedOutput(); err != nil {
		p.t.Fatalf("sendmail: %v\n%s", err, out)
	}
}

// kept gives the messages in the Maildirs.
func (p *postfix) kept() (list []string) {
	filepath.WalkDir(p.dir+"/mail", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Base(filepath.Dir(path)) == "new" {
			if b, err := os.ReadFile(path); err == nil {
				list = append(list, string(b))
			}
		}
		return nil
	})
	return list
}

// wait polls until something is so, for half a minute at most.
func (p *postfix) wait(what string, ok func() bool) { p.t.Helper(); eventually(p.t, what, p.log, ok) }

// eventually polls until something is so; what another program does gives no signal.
func eventually(t testing.TB, what string, log func() string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	end := time.After(30 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not so after half a minute: %s\n%s", what, log())
		}
	}
}

// TestPostfixAsSecondOperator sends mail both ways between Socle and a Postfix, by mutual TLS, with
// the reports of delivery and the refusals.
func TestPostfixAsSecondOperator(t *testing.T) {
	tr := startDemo(t, t.TempDir(), 12)
	e := tr.endpoints
	peer := e.MSSPeer
	p := startPostfix(t, peer.Listen, peer.Domain,
		"smtpd_tls_security_level = encrypt", "smtpd_tls_cert_file = "+peer.Cert, "smtpd_tls_key_file = "+peer.Key, "smtpd_tls_CAfile = "+e.CAFile,
		"smtpd_tls_req_ccert = yes", "smtpd_tls_ask_ccert = yes", "smtpd_tls_received_header = yes",
		"smtp_tls_security_level = secure", "smtp_tls_secure_cert_match = localhost", "smtp_tls_cert_file = "+peer.Cert, "smtp_tls_key_file = "+peer.Key, "smtp_tls_CAfile = "+e.CAFile,
		"transport_maps = inline:{ {"+domainOf(e.Persona("medecin_generaliste").Mailbox)+"=smtp:["+host(e.SMTP)+"]:"+port(e.SMTP)+"}, {patient.mssante.fr=smtp:["+host(e.SMTP)+"]:"+port(e.SMTP)+"} }")
	gp := e.Persona("medecin_generaliste")
	from := "medecin@" + peer.Domain

	// From Socle to Postfix.
	m := letter(gp.Mailbox, from, "Vers Postfix")
	if err := tr.submit(gp, []string{from}, m); err != nil {
		t.Fatal(err)
	}
	p.wait("the message is in a Maildir of Postfix", func() bool { return len(p.kept()) == 1 })
	if got := p.kept()[0]; !strings.Contains(got, "Subject: Vers Postfix") || !strings.Contains(got, "Client CN \"localhost\"") && !strings.Contains(got, "using TLSv1.3") {
		t.Errorf("at Postfix: %s", got)
	}

	// From Postfix to Socle, and the report of delivery back.
	before := len(tr.messages(gp))
	p.send(from, gp.Mailbox, letter(from, gp.Mailbox, "De Postfix"))
	tr.eventually("the message is in the mailbox", func() bool { return len(tr.messages(gp)) == before+1 })
	p.wait("the report of delivery is back", func() bool {
		all := strings.Join(p.kept(), "\n")
		return strings.Contains(all, "Action: delivered") && strings.Contains(all, "distribu=C3=A9")
	})

	// Refusals come back through the reports of Postfix, in our words.
	for to, want := range map[string]string{
		"personne@" + domainOf(gp.Mailbox):   "MSS-BOITE-INCONNUE",
		"100000000000000@patient.mssante.fr": "MSS-PATIENT-ADRESSE",
	} {
		p.send(from, to, letter(from, to, "Inconnu"))
		p.wait(want+" is told to the sender", func() bool { return strings.Contains(strings.Join(p.kept(), "\n"), want) })
	}
	// A sender of another domain than the certificate's.
	p.send("x@ailleurs.example", gp.Mailbox, letter("x@ailleurs.example", gp.Mailbox, "Ailleurs"))
	p.wait("an off-list domain is refused", func() bool { return strings.Contains(p.log(), "MSS-HORS-LISTE") })
}

func host(address string) string { h, _, _ := net.SplitHostPort(address); return h }
func port(address string) string { _, p, _ := net.SplitHostPort(address); return p }

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
