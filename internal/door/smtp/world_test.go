package smtp

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/store/embedded"
)

// world is one operator with its doors open, in a temporary folder.
type world struct {
	t         *testing.T
	op        *mss.Operator
	store     *embedded.Store
	dir       string
	authority *igc.Authority
	roots     *x509.CertPool
	server    tls.Certificate
	smtp      string // between operators
	sub       string
	mu        sync.Mutex
	now       time.Time
}

var authorities sync.Once
var sharedAuthority *igc.Authority

func newWorld(t *testing.T, domain string) *world {
	t.Helper()
	authorities.Do(func() {
		a, err := igc.NewAuthority(rand.Reader, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		sharedAuthority = a
	})
	w := &world{t: t, authority: sharedAuthority, roots: x509.NewCertPool(), now: time.Now()}
	w.roots.AppendCertsFromPEM(w.authority.TrustPEM())
	w.server = w.issue(igc.Request{Offer: igc.Serveur, StructureID: "1990000001", Organization: "Operateur " + domain, CommonName: "localhost", ECDSA: true})
	w.dir = t.TempDir()
	store, err := embedded.Open(w.dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.store = store
	w.op = &mss.Operator{Store: store, Host: "mx." + domain, Domains: []string{domain, mss.Citizens}, WhiteList: &mss.WhiteList{}, Rand: rand.Reader,
		Now: w.clock, Log: slog.New(slog.DiscardHandler),
		Space: func(_ context.Context, matricule string) (mss.Space, error) {
			switch matricule {
			case "279035121518989":
				return mss.Space{Person: "p1", Name: "Une PATIENTE", Open: true}, nil
			case "279035121518890":
				return mss.Space{Person: "p2"}, nil
			}
			return mss.Space{}, dmp.ErrNotFound
		}}
	w.list(mss.Listed{Domain: domain}, mss.Listed{Domain: mss.Citizens})
	if err := w.op.Start(); err != nil {
		t.Fatal(err)
	}
	w.box("alice@"+domain, "motdepasse1")
	w.box("bruno@"+domain, "motdepasse2")
	w.smtp, w.sub = w.listen(mss.FromOperator), w.listen(mss.FromUser)
	t.Cleanup(func() { store.Close() })
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) list(l ...mss.Listed) {
	w.t.Helper()
	if err := w.op.WhiteList.Replace(l, w.clock(), true); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) issue(r igc.Request) tls.Certificate {
	w.t.Helper()
	c, err := w.authority.Issue(rand.Reader, time.Now(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.TLS()
}

func (w *world) box(address, password string) *mss.Mailbox {
	w.t.Helper()
	m, err := w.op.Open(context.Background(), mss.Mailbox{Address: address, Type: mss.Personal, Password: mss.HashPassword(password)})
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *world) listen(way mss.Way) string {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	s := &Server{Operator: w.op, Way: way, Roots: w.roots, Log: slog.New(slog.DiscardHandler),
		TLS: &tls.Config{Certificates: []tls.Certificate{w.server}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}}
	go s.Serve(l)
	w.t.Cleanup(func() {
		l.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Close(ctx)
	})
	return l.Addr().String()
}

// listed is how another operator's white list names this one.
func (w *world) listed(domain string) mss.Listed {
	sum := sha256.Sum256(w.server.Certificate[0])
	return mss.Listed{Domain: domain, Prints: []string{hex.EncodeToString(sum[:])}, Relay: w.smtp}
}

// runner empties the queue once.
func (w *world) runner() *Runner {
	return &Runner{Operator: w.op, Log: slog.New(slog.DiscardHandler), Sender: &Sender{Operator: w.op, Certificate: w.server, Roots: w.roots}}
}

// deliver speaks to each domain in turn.
func deliver(ctx context.Context, r *Runner, batches []mss.Batch) {
	order, byDomain := shared(batches)
	for _, d := range order {
		r.domain(ctx, byDomain[d])
	}
}

func (w *world) drain() {
	w.t.Helper()
	r := w.runner()
	for range 20 {
		batches, _, err := w.op.Due(context.Background(), maxDue)
		if err != nil {
			w.t.Fatal(err)
		}
		deliver(context.Background(), r, batches)
	}
}

// inbox gives the raw messages of a mailbox.
func (w *world) inbox(address string) (list []string) {
	w.t.Helper()
	ctx := context.Background()
	err := w.store.ViewMail(ctx, func(r mss.Reader) error {
		m, err := r.MailboxAt(address)
		if err != nil {
			return err
		}
		return r.Pages(m.ID, mss.Inbox, 0, func(_ uint32, entries []mss.Entry) error {
			for i := range entries {
				raw, err := w.store.MailBytes(ctx, entries[i].Message)
				if err != nil {
					return err
				}
				list = append(list, string(raw))
			}
			return nil
		})
	})
	if err != nil {
		w.t.Fatalf("%s: %v", address, err)
	}
	return list
}

// client is a raw SMTP client.
type client struct {
	t  *testing.T
	nc net.Conn
	r  *bufio.Reader
}

func (w *world) dial(addr string) *client {
	w.t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { nc.Close() })
	c := &client{t: w.t, nc: nc, r: bufio.NewReader(nc)}
	c.want("220")
	return c
}

func (c *client) read() string {
	c.t.Helper()
	c.nc.SetReadDeadline(time.Now().Add(20 * time.Second))
	var all []string
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatalf("after %q: %v", all, err)
		}
		all = append(all, strings.TrimRight(line, "\r\n"))
		if len(line) < 4 || line[3] != '-' {
			return strings.Join(all, "\n")
		}
	}
}

func (c *client) want(prefix string) string {
	c.t.Helper()
	got := c.read()
	if !strings.HasPrefix(got, prefix) {
		c.t.Fatalf("%q was expected, %q came", prefix, got)
	}
	return got
}

// say sends a line and wants an answer that begins with prefix.
func (c *client) say(line, prefix string) string {
	c.t.Helper()
	if _, err := c.nc.Write([]byte(line + "\r\n")); err != nil {
		c.t.Fatal(err)
	}
	got := c.read()
	if !strings.HasPrefix(got, prefix) && !strings.HasPrefix(got, strings.Replace(prefix, " ", "-", 1)) {
		c.t.Fatalf("%s: %q was expected, %q came", line, prefix, got)
	}
	return got
}

func (c *client) tls(cert *tls.Certificate) {
	c.t.Helper()
	c.say("STARTTLS", "220")
	conf := &tls.Config{InsecureSkipVerify: true}
	if cert != nil {
		conf.Certificates = []tls.Certificate{*cert}
	}
	t := tls.Client(c.nc, conf)
	if err := t.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	c.nc, c.r = t, bufio.NewReader(t)
	c.say("EHLO client.test", "250")
}

// operator opens a connection as another operator.
func (w *world) operator(cert *tls.Certificate) *client {
	c := w.dial(w.smtp)
	c.say("EHLO client.test", "250")
	c.tls(cert)
	return c
}

// user opens a connection and signs in.
func (w *world) user(address, password string) *client {
	c := w.dial(w.sub)
	c.say("EHLO client.test", "250")
	c.tls(nil)
	c.say("AUTH PLAIN "+base64.StdEncoding.EncodeToString([]byte("\x00"+address+"\x00"+password)), "235 2.7.0")
	return c
}

func letter(from, to, subject string) string {
	return fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nDate: Mon, 02 Mar 2026 08:00:00 +0100\r\nMessage-ID: <%d@test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nBonjour.\r\n", from, to, subject, time.Now().UnixNano())
}

func (c *client) send(from, to, message, answer string) {
	c.t.Helper()
	c.say("MAIL FROM:<"+from+">", "250 2.1.0")
	c.say("RCPT TO:<"+to+">", "250 2.1.5")
	c.say("DATA", "354")
	c.say(message+".", answer)
}

// random gives bytes that do not compress, in base64.
func random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}
