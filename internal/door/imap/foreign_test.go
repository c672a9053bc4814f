package imap

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// foreign gives the path of a client that nobody here wrote, or skips the test.
func foreign(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: CI tries every client", name)
	}
	if err != nil {
		t.Skipf("%s is not installed (apt-get install %s): this check was left out", name, pkg)
	}
	return path
}

func (w *world) caFile() string {
	path := filepath.Join(w.t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, w.ca, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(name), err, out)
	}
	return string(out)
}

const imaplibScript = `
import imaplib, ssl, sys, email, time
host, plain, secure, ca, user, password = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
m = imaplib.IMAP4(host, int(plain))
assert 'LOGINDISABLED' in m.capabilities
try:
    m.login(user, password); raise SystemExit('login in clear')
except imaplib.IMAP4.error: pass
m = imaplib.IMAP4(host, int(plain)); m.starttls(context); m.login(user, password); m.logout()
m = imaplib.IMAP4_SSL(host, int(secure), ssl_context=context)
m.authenticate('XOAUTH2', lambda _: b'user=' + user.encode() + b'\x01auth=Bearer jeton-de-marie\x01\x01')
m.logout()
m = imaplib.IMAP4_SSL(host, int(secure), ssl_context=context)
m.authenticate('PLAIN', lambda _: b'\0' + user.encode() + b'\0' + password.encode())
m.enable('CONDSTORE')
assert m.create('Patients') [0] == 'OK'
text = ''.join('ligne %d\r\n' % i for i in range(3000))
raw = ('From: a@chb.mssante.fr\r\nSubject: =?utf-8?q?=C3=A9t=C3=A9?=\r\nMessage-ID: <1@x>\r\n\r\n' + text).encode()
typ, data = m.append('Patients', r'(\Seen)', imaplib.Time2Internaldate(time.time()), raw)
assert typ == 'OK' and b'APPENDUID' in data[0], data
typ, data = m.select('Patients'); assert data == [b'1'], data
typ, data = m.fetch('1', '(UID FLAGS RFC822.SIZE BODY.PEEK[])')
assert data[0][1] == raw, data[0][0]
assert email.message_from_bytes(data[0][1])['Subject']
m.literal = 'été'.encode()
typ, data = m.search('UTF-8', 'SUBJECT'); assert data == [b'1'], data
typ, data = m.uid('STORE', '1', '+FLAGS', r'(\Deleted $Vu)'); assert b'$Vu' in data[0], data
typ, data = m.uid('COPY', '1', 'INBOX'); assert typ == 'OK'
typ, data = m.expunge(); assert data == [b'1'], data
typ, data = m.select('INBOX'); assert data == [b'1'], data
typ, data = m.uid('MOVE', '1', 'Archives'); assert typ == 'OK', data
typ, data = m.status('Archives', '(MESSAGES UIDNEXT)'); assert b'MESSAGES 1' in data[0], data
typ, data = m.getquotaroot('INBOX'); assert typ == 'OK', data
typ, data = m.list(); assert len(data) == 7, data
m.close(); m.delete('Patients'); m.logout()
print('bien')
`

func TestPythonImaplib(t *testing.T) {
	python := foreign(t, "python3", "python3")
	w := newWorld(t)
	_, plain, _ := net.SplitHostPort(w.plain)
	_, secure, _ := net.SplitHostPort(w.tls)
	if out := run(t, t.TempDir(), nil, python, "-c", imaplibScript, "localhost", plain, secure, w.caFile(), marie, password); !strings.Contains(out, "bien") {
		t.Error(out)
	}
}

// TestMbsync synchronises a mailbox with a Maildir, both ways, twice.
func TestMbsync(t *testing.T) {
	mbsync := foreign(t, "mbsync", "isync")
	w := newWorld(t)
	for n := 1; n <= 30; n++ {
		w.put("INBOX", simple(n))
	}
	w.put("Envoyés", simple(31))
	_, secure, _ := net.SplitHostPort(w.tls)
	home := t.TempDir()
	rc := fmt.Sprintf("IMAPAccount a\nHost localhost\nPort %s\nUser %s\nPass \"%s\"\nSSLType IMAPS\nCertificateFile %s\nAuthMechs PLAIN\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath %s/mail/\nInbox %s/mail/INBOX\nSubFolders Verbatim\n\n"+
		"Channel c\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *\n", secure, marie, password, w.caFile(), home, home)
	if err := os.MkdirAll(filepath.Join(home, "mail"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "rc"), []byte(rc), 0o600); err != nil {
		t.Fatal(err)
	}
	sync := func() { run(t, home, []string{"HOME=" + home}, mbsync, "-c", filepath.Join(home, "rc"), "c") }
	count := func(folder string) int {
		n := 0
		for _, sub := range []string{"cur", "new"} {
			list, _ := os.ReadDir(filepath.Join(home, "mail", folder, sub))
			n += len(list)
		}
		return n
	}
	sync()
	if count("INBOX") != 30 || count("Envoy&AOk-s") != 1 {
		t.Fatalf("%d and %d messages came", count("INBOX"), count("Envoy&AOk-s"))
	}
	// A new message here, one removed there, one flagged there.
	here := filepath.Join(home, "mail", "INBOX", "cur", "1.1.here:2,S")
	if err := os.WriteFile(here, []byte("Subject: d'ici\r\n\r\nbonjour\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := w.in()
	c.ok("SELECT INBOX")
	c.ok(`STORE 1 +FLAGS (\Deleted)`)
	c.ok(`STORE 2 +FLAGS (\Flagged)`)
	c.ok("EXPUNGE")
	sync()
	if count("INBOX") != 30 {
		t.Errorf("%d messages here", count("INBOX"))
	}
	c.want(c.ok("NOOP"), "* 30 EXISTS")
	c.want(c.ok("FETCH 30 (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"), "* 30 FETCH (FLAGS (\\Seen) BODY[HEADER.FIELDS (SUBJECT)] {18}\r\nSubject: d'ici\r\n\r\n)")
	flagged, _ := filepath.Glob(filepath.Join(home, "mail", "INBOX", "cur", "*:2,F*"))
	if len(flagged) != 1 {
		t.Errorf("%d messages flagged here", len(flagged))
	}
	before := count("INBOX")
	sync()
	if count("INBOX") != before {
		t.Error("a sync without changes changed something")
	}
}

// TestMutt opens a mailbox, saves the letter it shows, and leaves.
func TestMutt(t *testing.T) {
	mutt, script := foreign(t, "mutt", "mutt"), foreign(t, "script", "bsdutils")
	w := newWorld(t)
	w.put("INBOX", simple(7))
	_, secure, _ := net.SplitHostPort(w.tls)
	home := t.TempDir()
	saved := filepath.Join(home, "letter")
	rc := fmt.Sprintf("set folder=%s\nset certificate_file=%s\nset imap_user=\"%s\"\nset imap_pass=\"%s\"\nset wait_key=no\nset pipe_decode=no\nset imap_check_subscribed=yes\nset quit=yes\nset confirmappend=no\nset delete=yes\n"+
		"push \"<pipe-message>tee %s<enter><flag-message><delete-message><quit>\"\n", home, w.caFile(), marie, password, saved)
	if err := os.WriteFile(filepath.Join(home, "rc"), []byte(rc), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, home, []string{"HOME=" + home, "TERM=xterm", "LC_ALL=C.UTF-8"}, script, "-qec",
		fmt.Sprintf("%s -F rc -f imaps://localhost:%s/INBOX", mutt, secure), "/dev/null")
	b, err := os.ReadFile(saved)
	if err != nil || !strings.Contains(string(b), "Texte numéro 7.") {
		t.Errorf("%q %v", b, err)
	}
	c := w.in()
	c.want(c.ok("STATUS INBOX (MESSAGES)"), "* STATUS INBOX (MESSAGES 0)")
}
