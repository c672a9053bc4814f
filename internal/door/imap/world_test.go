package imap

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/store/embedded"
)

const (
	marie     = "marie.martin@medecin.mssante.fr"
	password  = "cheval agrafe pile"
	structure = "10B0152872"
)

// world is an operator with its door open on the loopback.
type world struct {
	t      testing.TB
	op     *mss.Operator
	door   *Door
	plain  string // address that begins in clear
	tls    string // address that begins with TLS
	roots  *x509.CertPool
	client tls.Certificate // of a structure
	ca     []byte          // PEM
	box    *mss.Mailbox
}

func newWorld(t testing.TB) *world {
	t.Helper()
	store, err := embedded.Open(t.TempDir(), embedded.Options{Origin: "socle.test/journal", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w := &world{t: t}
	faults := &lockedBuffer{}
	log := slog.New(slog.NewTextHandler(faults, &slog.HandlerOptions{Level: slog.LevelError}))
	t.Cleanup(func() {
		if s := faults.String(); s != "" {
			t.Errorf("faults in the log: %s", s)
		}
	})
	w.op = &mss.Operator{Store: store, Mode: ins.Sandbox, Host: "mail.socle.test", Domains: []string{"medecin.mssante.fr", "chb.mssante.fr"}, WhiteList: &mss.WhiteList{},
		Now: time.Now, Rand: rand.Reader, Log: log,
		Token: func(_ context.Context, token string, _ *x509.Certificate) (string, error) {
			if token == "jeton-de-marie" {
				return "810000000001", nil
			}
			return "", errors.New("no such token")
		},
		StructureOf: func(c *x509.Certificate) string { return c.Subject.SerialNumber }}
	if err := w.op.Start(); err != nil {
		t.Fatal(err)
	}
	w.box = w.mailbox(mss.Mailbox{Address: marie, Type: mss.Personal, Professional: "810000000001", Password: mss.HashPassword(password)})
	server := w.certificates()
	w.door = &Door{Operator: w.op, Log: log, TLS: &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: w.roots}}
	w.plain, w.tls = w.listen(w.door.Serve), w.listen(w.door.ServeTLS)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := w.door.Shutdown(ctx); err != nil {
			t.Errorf("the door does not close: %v", err)
		}
	})
	return w
}

func (w *world) mailbox(m mss.Mailbox) *mss.Mailbox {
	w.t.Helper()
	box, err := w.op.Open(context.Background(), m)
	if err != nil {
		w.t.Fatal(err)
	}
	return box
}

func (w *world) listen(serve func(net.Listener) error) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	go func() { _ = serve(l) }()
	return l.Addr().String()
}

// certificates makes an authority, the server's certificate, and that of a structure.
func (w *world) certificates() tls.Certificate {
	caKey, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	raw, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		w.t.Fatal(err)
	}
	root, _ := x509.ParseCertificate(raw)
	w.roots = x509.NewCertPool()
	w.roots.AddCert(root)
	w.ca = pemOf(raw)
	leaf := func(n int64, name pkix.Name, use x509.ExtKeyUsage) tls.Certificate {
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		c := &x509.Certificate{SerialNumber: big.NewInt(n), Subject: name, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{use}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
		der, err := x509.CreateCertificate(rand.Reader, c, root, &key.PublicKey, caKey)
		if err != nil {
			w.t.Fatal(err)
		}
		return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
	w.client = leaf(3, pkix.Name{CommonName: "Laboratoire", SerialNumber: structure}, x509.ExtKeyUsageClientAuth)
	return leaf(2, pkix.Name{CommonName: "localhost"}, x509.ExtKeyUsageServerAuth)
}

// session opens the mailbox without the door, as another program would.
func (w *world) session() *mss.Session {
	w.t.Helper()
	s, err := w.op.As(context.Background(), "810000000001", marie, "test")
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// put adds a message to a folder and gives its UID.
func (w *world) put(folder, message string) uint32 {
	w.t.Helper()
	_, uid, err := w.session().Append(context.Background(), folder, 0, nil, time.Now(), []byte(strings.ReplaceAll(message, "\n", "\r\n")))
	if err != nil {
		w.t.Fatal(err)
	}
	return uid
}

func simple(n int) string {
	return fmt.Sprintf("From: Jean DUPONT <jean.dupont@chb.mssante.fr>\nTo: %s\nSubject: Message %d\nMessage-ID: <%d@chb.mssante.fr>\nDate: Thu, 12 Nov 2026 10:00:00 +0100\nContent-Type: text/plain; charset=utf-8\n\nTexte numéro %d.\n", marie, n, n, n)
}

// client speaks IMAP line by line, with the literals of answers.
type client struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
	n    int
}

func (w *world) dial(config *tls.Config) *client {
	w.t.Helper()
	var nc net.Conn
	var err error
	if config == nil {
		nc, err = net.Dial("tcp", w.plain)
	} else {
		config.RootCAs, config.ServerName = w.roots, "localhost"
		nc, err = tls.Dial("tcp", w.tls, config)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	c := &client{t: w.t, conn: nc, r: bufio.NewReader(nc)}
	w.t.Cleanup(func() { _ = nc.Close() })
	c.line()
	return c
}

// in opens a client that is signed in.
func (w *world) in() *client {
	w.t.Helper()
	c := w.dial(&tls.Config{})
	c.ok("LOGIN " + marie + " \"" + password + "\"")
	return c
}

// line reads one response, its literals included.
func (c *client) line() string {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	var out strings.Builder
	for {
		s, err := c.r.ReadString('\n')
		if err != nil {
			if out.Len()+len(s) == 0 && errors.Is(err, io.EOF) {
				return "EOF"
			}
			c.t.Fatalf("after %q: %v", out.String()+s, err)
		}
		out.WriteString(s)
		s = strings.TrimSuffix(s, "\r\n")
		open := strings.LastIndexByte(s, '{')
		if open < 0 || !strings.HasSuffix(s, "}") {
			return strings.TrimSuffix(out.String(), "\r\n")
		}
		n, err := strconv.Atoi(s[open+1 : len(s)-1])
		if err != nil {
			c.t.Fatal(err)
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(c.r, b); err != nil {
			c.t.Fatal(err)
		}
		out.Write(b)
	}
}

func (c *client) write(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, s); err != nil {
		c.t.Fatal(err)
	}
}

// do sends a command and gives its untagged responses and the rest of its tagged one.
func (c *client) do(command string) (untagged []string, result string) {
	c.t.Helper()
	c.n++
	tag := fmt.Sprintf("t%d", c.n)
	c.write(tag + " " + command + "\r\n")
	return c.until(tag)
}

func (c *client) until(tag string) (untagged []string, result string) {
	c.t.Helper()
	for {
		l := c.line()
		if l == "EOF" {
			return untagged, "EOF"
		}
		if rest, ok := strings.CutPrefix(l, tag+" "); ok {
			return untagged, rest
		}
		untagged = append(untagged, l)
	}
}

// ok is do for a command that must succeed.
func (c *client) ok(command string) []string {
	c.t.Helper()
	u, r := c.do(command)
	if !strings.HasPrefix(r, "OK") {
		c.t.Fatalf("%.80s: %s", command, r)
	}
	return u
}

// no is do for a command that must fail, with a beginning of its answer.
func (c *client) no(command, want string) {
	c.t.Helper()
	if _, r := c.do(command); !strings.HasPrefix(r, want) {
		c.t.Errorf("%.80s: %s, want %s", command, r, want)
	}
}

// want compares responses with lines; … in a line stands for anything.
func (c *client) want(got []string, lines ...string) {
	c.t.Helper()
	if len(got) != len(lines) {
		c.t.Errorf("%d responses, want %d:\n%s", len(got), len(lines), strings.Join(got, "\n"))
		return
	}
	for i := range got {
		rest, ok := got[i], true
		parts := strings.Split(lines[i], "…")
		for k, p := range parts {
			at := strings.Index(rest, p)
			if k == 0 && at != 0 {
				at = -1
			}
			if at < 0 {
				ok = false
				break
			}
			rest = rest[at+len(p):]
		}
		if !ok || rest != "" && parts[len(parts)-1] != "" {
			c.t.Errorf("got  %s\nwant %s", got[i], lines[i])
		}
	}
}

func sum(b []byte) [32]byte { return sha256.Sum256(b) }

// lockedBuffer takes what is logged from any goroutine.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
