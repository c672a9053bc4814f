package smtp

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/igc"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// faulty is a store that refuses commits for a while.
type faulty struct {
	mss.Store
	left atomic.Int64
}

func (f *faulty) CommitMail(ctx context.Context, u mss.Unit) error {
	if f.left.Add(-1) >= 0 {
		return dmp.ErrBusy
	}
	return f.Store.CommitMail(ctx, u)
}

// peer is another operator that answers as it likes; answer gives the reply to a command, "" hangs up.
type peer struct {
	addr  string
	took  atomic.Int64
	mu    sync.Mutex
	lines []string
}

func newPeer(t *testing.T, w *world, answer func(command string) string) *peer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &peer{addr: l.Addr().String()}
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(nc, w, answer)
		}
	}()
	return p
}

func (p *peer) serve(nc net.Conn, w *world, answer func(string) string) {
	defer nc.Close()
	r := bufio.NewReader(nc)
	fmt.Fprint(nc, "220 peer\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		p.mu.Lock()
		p.lines = append(p.lines, line)
		p.mu.Unlock()
		a := answer(line)
		switch {
		case a != "":
		case strings.HasPrefix(line, "EHLO"):
			a = "250-peer\r\n250-STARTTLS\r\n250-DSN\r\n250 PIPELINING"
		case line == "STARTTLS":
			fmt.Fprint(nc, "220 go\r\n")
			t := tls.Server(nc, &tls.Config{Certificates: []tls.Certificate{w.server}})
			nc, r = t, bufio.NewReader(t)
			continue
		case line == "DATA":
			fmt.Fprint(nc, "354 go\r\n")
			for line != ".\r\n" {
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
			}
			p.took.Add(1)
			a = "250 2.0.0 taken"
		default:
			a = "250 2.0.0 OK"
		}
		if a == "-" {
			return
		}
		fmt.Fprint(nc, a+"\r\n")
	}
}

func always(string) string { return "" }

func (w *world) to(domains ...string) func(addr string) {
	return func(addr string) {
		l := []mss.Listed{{Domain: w.op.Domains[0]}, {Domain: mss.Citizens}}
		for _, d := range domains {
			x := w.listed(d)
			x.Relay = addr
			l = append(l, x)
		}
		w.list(l...)
	}
}

func (w *world) queued(t *testing.T) int64 {
	t.Helper()
	n, err := w.op.Queue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What a peer has taken is written down even when the store is full at that moment: it would be
// delivered twice.
func TestSettledInABusyStore(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	f := &faulty{Store: w.store}
	p := newPeer(t, w, always)
	w.to("b.mssante.fr")(p.addr)
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.send("alice@a.mssante.fr", "x@b.mssante.fr", letter("alice@a.mssante.fr", "x@b.mssante.fr", "une"), "250")
	w.op.Store = f
	batches, _, err := w.op.Due(t.Context(), maxDue)
	if err != nil || len(batches) != 1 {
		t.Fatal(len(batches), err)
	}
	f.left.Store(3)
	deliver(t.Context(), w.runner(), batches)
	w.drain()
	if n := p.took.Load(); n != 1 || w.queued(t) != 0 {
		t.Errorf("delivered %d times, %d in the queue", n, w.queued(t))
	}
}

// A report that a full store keeps from being written is written later, however often that happens.
func TestReportInABusyStore(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	f := &faulty{Store: w.store}
	p := newPeer(t, w, func(l string) string {
		if strings.HasPrefix(l, "RCPT") {
			return "550 5.1.1 nobody"
		}
		return ""
	})
	w.to("b.mssante.fr")(p.addr)
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.send("alice@a.mssante.fr", "x@b.mssante.fr", letter("alice@a.mssante.fr", "x@b.mssante.fr", "une"), "250")
	w.op.Store = f
	batches, _, _ := w.op.Due(t.Context(), maxDue)
	deliver(t.Context(), w.runner(), batches)
	for range 5 {
		f.left.Store(1) // the report; that it is put back is written
		if _, _, err := w.op.Due(t.Context(), maxDue); err != nil {
			t.Fatal(err)
		}
		w.advance(4 * time.Hour)
	}
	w.drain()
	if got := w.inbox("alice@a.mssante.fr"); len(got) != 1 || !strings.Contains(got[0], "Action: failed") {
		t.Errorf("%d reports", len(got))
	}
}

// One damaged row does not hold up the queue, and its sender learns that the message is lost.
func TestLostBytesInTheQueue(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	p := newPeer(t, w, always)
	w.to("b.mssante.fr")(p.addr)
	err := w.store.CommitMail(t.Context(), mss.Unit{Do: func(tx mss.Tx) error {
		return tx.PutQueued(&mss.Queued{Next: w.clock().Add(-time.Minute), Message: 987654, From: "alice@a.mssante.fr", To: "x@b.mssante.fr", Domain: "b.mssante.fr", Accepted: w.clock()})
	}})
	if err != nil {
		t.Fatal(err)
	}
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.send("alice@a.mssante.fr", "y@b.mssante.fr", letter("alice@a.mssante.fr", "y@b.mssante.fr", "suit"), "250")
	w.drain()
	if p.took.Load() != 1 || w.queued(t) != 0 {
		t.Errorf("%d delivered, %d in the queue", p.took.Load(), w.queued(t))
	}
	if got := w.inbox("alice@a.mssante.fr"); len(got) != 1 || !strings.Contains(got[0], "5.3.0") || !strings.Contains(got[0], "x@b.mssante.fr") {
		t.Errorf("%d reports: %q", len(got), got)
	}
}

// Recipients that do not exist are refused one by one, however many: the others get the message.
func TestManyUnknownRecipients(t *testing.T) {
	a, b := newWorld(t, "a.mssante.fr"), newWorld(t, "b.mssante.fr")
	a.list(mss.Listed{Domain: "a.mssante.fr"}, b.listed("b.mssante.fr"))
	b.list(mss.Listed{Domain: "b.mssante.fr"}, a.listed("a.mssante.fr"))
	c := a.user("alice@a.mssante.fr", "motdepasse1")
	c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
	for i := range 30 {
		c.say(fmt.Sprintf("RCPT TO:<nobody%d@b.mssante.fr>", i), "250")
	}
	c.say("RCPT TO:<bruno@b.mssante.fr>", "250")
	c.say("DATA", "354")
	c.say(letter("alice@a.mssante.fr", "bruno@b.mssante.fr", "à tous")+".", "250")
	a.drain()
	if got := b.inbox("bruno@b.mssante.fr"); len(got) != 1 || a.queued(t) != 0 {
		t.Errorf("%d delivered, %d in the queue", len(got), a.queued(t))
	}
	if got := a.inbox("alice@a.mssante.fr"); len(got) != 30 {
		t.Errorf("%d reports", len(got))
	}
}

// A peer that hangs up after refusing some recipients has refused them.
func TestPeerHangsUpAmongRecipients(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	p := newPeer(t, w, func(l string) string {
		switch {
		case strings.HasPrefix(l, "RCPT TO:<no"):
			return "550 5.1.1 nobody"
		case strings.HasPrefix(l, "RCPT TO:<x"):
			return "-"
		}
		return ""
	})
	w.to("b.mssante.fr")(p.addr)
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
	for _, to := range []string{"no1", "no2", "x"} {
		c.say("RCPT TO:<"+to+"@b.mssante.fr>", "250")
	}
	c.say("DATA", "354")
	c.say(letter("alice@a.mssante.fr", "x@b.mssante.fr", "à tous")+".", "250")
	w.drain()
	if w.queued(t) != 1 || len(w.inbox("alice@a.mssante.fr")) != 2 {
		t.Errorf("%d in the queue, %d reports", w.queued(t), len(w.inbox("alice@a.mssante.fr")))
	}
}

// A peer that says yes to DATA at once has taken nothing.
func TestPeerTakesBeforeItIsGiven(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	p := newPeer(t, w, func(l string) string {
		if l == "DATA" {
			return "250 2.0.0 taken"
		}
		return ""
	})
	w.to("b.mssante.fr")(p.addr)
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.send("alice@a.mssante.fr", "x@b.mssante.fr", letter("alice@a.mssante.fr", "x@b.mssante.fr", "une"), "250")
	w.drain()
	if w.queued(t) != 1 {
		t.Errorf("%d in the queue: the message is lost", w.queued(t))
	}
}

// A peer that breaks down on one message does not keep the others waiting behind it.
func TestPeerBreaksDownOnOneMessage(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	p := newPeer(t, w, func(l string) string {
		if strings.HasPrefix(l, "RCPT TO:<poison") {
			return "-"
		}
		return ""
	})
	w.to("b.mssante.fr")(p.addr)
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	for _, to := range []string{"poison", "x", "y"} {
		c.send("alice@a.mssante.fr", to+"@b.mssante.fr", letter("alice@a.mssante.fr", to+"@b.mssante.fr", to), "250")
	}
	w.drain()
	if p.took.Load() != 2 || w.queued(t) != 1 {
		t.Errorf("%d delivered, %d in the queue", p.took.Load(), w.queued(t))
	}
}

// A domain that hangs holds up its own mail only.
func TestSlowDomain(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	stuck := make(chan struct{})
	arrived := make(chan struct{}, 1)
	p := newPeer(t, w, func(l string) string {
		if strings.HasPrefix(l, "RCPT TO:<x@slow") {
			select {
			case arrived <- struct{}{}:
			default:
			}
			<-stuck
		}
		return ""
	})
	w.to("slow.mssante.fr", "b.mssante.fr")(p.addr)
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { w.runner().Run(ctx) })
	t.Cleanup(func() { stop(); done.Wait() })
	t.Cleanup(func() { close(stuck) })
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.send("alice@a.mssante.fr", "x@slow.mssante.fr", letter("alice@a.mssante.fr", "x@slow.mssante.fr", "lent"), "250")
	<-arrived
	c.send("alice@a.mssante.fr", "x@b.mssante.fr", letter("alice@a.mssante.fr", "x@b.mssante.fr", "vite"), "250")
	for until := time.Now().Add(10 * time.Second); p.took.Load() == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("mail for one domain waits for another")
		}
	}
}

// A relay of notices that is down is asked once in a turn, not once for each notice.
func TestSilentNotices(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	asked := 0
	w.op.Notice = func(context.Context, string) error { asked++; return errors.New("down") }
	patient := "279035121518989@" + mss.Citizens
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.send("alice@a.mssante.fr", patient, letter("alice@a.mssante.fr", patient, "Un"), "250 2.0.0")
	if err := w.op.SetNotice(t.Context(), "p1", "prive@exemple.fr"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.advance(time.Hour)
		c.send("alice@a.mssante.fr", patient, letter("alice@a.mssante.fr", patient, "Deux"), "250 2.0.0")
	}
	if _, _, err := w.op.Due(t.Context(), maxDue); err != nil || asked != 1 {
		t.Errorf("asked %d times, %v", asked, err)
	}
}

// The same bytes sent once for each recipient: an answer lost for one is not forgotten for the others.
func TestLostAcknowledgementOfOneOfSeveral(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	m := letter("alice@a.mssante.fr", "a@a.mssante.fr", "à deux")
	send := func(to string, more bool) {
		c := w.user("alice@a.mssante.fr", "motdepasse1")
		c.send("alice@a.mssante.fr", to, m, "250 2.0.0")
		if more {
			c.say("NOOP", "250") // the answer was read
		}
		c.nc.Close()
	}
	send("alice@a.mssante.fr", false)
	send("bruno@a.mssante.fr", true)
	send("alice@a.mssante.fr", false)
	if got := w.inbox("alice@a.mssante.fr"); len(got) != 1 {
		t.Errorf("alice has it %d times", len(got))
	}
	if got := w.inbox("bruno@a.mssante.fr"); len(got) != 1 {
		t.Errorf("bruno has it %d times", len(got))
	}
}

// The same for a recipient elsewhere, and after a stop.
func TestLostAcknowledgementToAnotherOperator(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	p := newPeer(t, w, always)
	w.to("b.mssante.fr")(p.addr)
	m := letter("alice@a.mssante.fr", "x@b.mssante.fr", "une")
	for i := range 4 {
		if i == 2 { // as after a start
			o := &mss.Operator{Store: w.store, Host: w.op.Host, Domains: w.op.Domains, WhiteList: w.op.WhiteList, Rand: w.op.Rand, Now: w.clock, Log: w.op.Log}
			if err := o.Start(); err != nil {
				t.Fatal(err)
			}
			w.op = o
			w.sub = w.listen(mss.FromUser)
		}
		c := w.user("alice@a.mssante.fr", "motdepasse1")
		c.send("alice@a.mssante.fr", "x@b.mssante.fr", m, "250 2.0.0")
		c.nc.Close()
	}
	w.drain()
	if p.took.Load() != 1 {
		t.Errorf("delivered %d times", p.took.Load())
	}
}

// An announced chunk takes no memory before its octets come.
func TestAnnouncedChunk(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	var list []*client
	for range 22 { // as much as all messages under way may take
		c := w.user("alice@a.mssante.fr", "motdepasse1")
		c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
		c.say("RCPT TO:<bruno@a.mssante.fr>", "250")
		io.WriteString(c.nc, "BDAT 24400000\r\nx")
		list = append(list, c)
	}
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.send("alice@a.mssante.fr", "bruno@a.mssante.fr", letter("alice@a.mssante.fr", "bruno@a.mssante.fr", "passe")+strings.Repeat(strings.Repeat("x", 76)+"\r\n", 8000), "250")
	for _, c := range list {
		c.nc.Close()
	}
}

// A mailbox that is full is refused for itself, in a message to several too.
func TestFullAmongSeveral(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	if _, err := w.op.Open(t.Context(), mss.Mailbox{Address: "plein@a.mssante.fr", Type: mss.Personal, Quota: 400}); err != nil {
		t.Fatal(err)
	}
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	for i := range 2 {
		c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
		c.say("RCPT TO:<bruno@a.mssante.fr>", "250")
		c.say("RCPT TO:<plein@a.mssante.fr>", []string{"250 2.1.5", "452 4.2.2"}[i])
		c.say("DATA", "354")
		c.say(letter("alice@a.mssante.fr", "bruno@a.mssante.fr", "gros")+strings.Repeat("x", 500)+"\r\n.", "250")
	}
	if len(w.inbox("plein@a.mssante.fr")) != 1 || len(w.inbox("bruno@a.mssante.fr")) != 2 {
		t.Errorf("%d and %d", len(w.inbox("plein@a.mssante.fr")), len(w.inbox("bruno@a.mssante.fr")))
	}
}

// An operator shows no author of another.
func TestForgedAuthor(t *testing.T) {
	w, rival := newWorld(t, "a.mssante.fr"), newWorld(t, "rival.mssante.fr")
	other := w.issue(igc.Request{Offer: igc.Serveur, StructureID: "1990000002", Organization: "Operateur c", CommonName: "localhost", ECDSA: true})
	l := (&world{t: t, server: other}).listed("c.mssante.fr")
	w.list(mss.Listed{Domain: "a.mssante.fr"}, rival.listed("rival.mssante.fr"), l)
	c := w.operator(&rival.server)
	for from, answer := range map[string]string{
		"x@rival.mssante.fr": "250", "MAILER-DAEMON@mx1.rival.example": "250",
		"dr@c.mssante.fr": "550 5.7.1", "alice@a.mssante.fr": "550 5.7.1", "Dr <DR@C.MSSANTE.FR>": "550 5.7.1",
	} {
		c.send("x@rival.mssante.fr", "bruno@a.mssante.fr", strings.Replace(letter("x", "bruno@a.mssante.fr", "faux"), "<x>", from, 1), answer)
	}
	c.send("x@rival.mssante.fr", "bruno@a.mssante.fr", "From: <dr@c.mssante.fr>\r\n"+letter("x@rival.mssante.fr", "bruno@a.mssante.fr", "faux"), "550 5.7.1")
	c.send("", "bruno@a.mssante.fr", letter("dr@c.mssante.fr", "bruno@a.mssante.fr", "faux accusé"), "550 5.7.1")
}

// Domains written as people read them are those of the DNS.
func TestInternationalDomain(t *testing.T) {
	w := newWorld(t, "xn--mdecin-bva.mssante.fr") // médecin
	c := w.user("alice@médecin.mssante.fr", "motdepasse1")
	c.send("alice@MÉDECIN.mssante.fr", "bruno@médecin.mssante.fr", letter("alice@médecin.mssante.fr", "bruno@médecin.mssante.fr", "IDN"), "250")
	got := w.inbox("bruno@xn--mdecin-bva.mssante.fr")
	if len(got) != 1 || !strings.HasPrefix(got[0], "Return-Path: <alice@xn--mdecin-bva.mssante.fr>\r\n") {
		t.Fatalf("%q", got)
	}
	if a, b := mss.Canonical("\u212Aarl@a.mssante.fr"), mss.Canonical("karl@a.mssante.fr"); a == b {
		t.Error("the sign of kelvins is no k of an address")
	}
	c.send("alice@médecin.mssante.fr", "bruno@médecin.mssante.fr", letter("alice@medecin.mssante.fr", "b", "autre"), "550 5.7.1")
}

// What a client says of a recipient adds nothing to what is said to another operator.
func TestOriginalRecipientInjection(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	p := newPeer(t, w, always)
	w.to("b.mssante.fr")(p.addr)
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.say("MAIL FROM:<alice@a.mssante.fr>", "250")
	for _, bad := range []string{"rfc822+20NOTIFY=NEVER;x", ";x", "rfc822", "rfc822;x+0D+0A", "rfc822;x+7F", "a>b;x"} {
		c.say("RCPT TO:<x@b.mssante.fr> ORCPT="+bad, "501 5.5.4")
	}
	c.say("RCPT TO:<x@b.mssante.fr> ORCPT=rfc822;x+20NOTIFY+3DNEVER@b.mssante.fr", "250")
	c.say("DATA", "354")
	c.say(letter("alice@a.mssante.fr", "x@b.mssante.fr", "une")+".", "250")
	w.drain()
	p.mu.Lock()
	defer p.mu.Unlock()
	if all := strings.Join(p.lines, "\n"); !strings.Contains(all, "ORCPT=rfc822;x+20NOTIFY+3DNEVER@b.mssante.fr") || strings.Contains(all, " NOTIFY=") {
		t.Error(all)
	}
}

// Whoever shares an address for answers ends no exchange but its own.
func TestEndOfExchange(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	w.box("charles@a.mssante.fr", "motdepasse3")
	patient := "279035121518989@" + mss.Citizens
	a, b := w.user("alice@a.mssante.fr", "motdepasse1"), w.user("bruno@a.mssante.fr", "motdepasse2")
	m := func(from, head string) string { return head + letter(from, patient, "Résultats") }
	say := func(c *client, from, head string) { c.send(from, patient, m(from, head), "250") }
	contacts := func(want string) {
		t.Helper()
		s, err := w.op.As(t.Context(), "p1", patient, "web")
		if err != nil {
			t.Fatal(err)
		}
		if list, err := s.Contacts(t.Context()); err != nil || strings.Join(list, " ") != want {
			t.Errorf("contacts %q, %v; want %q", list, err, want)
		}
	}
	const alice, bruno, charles = "alice@a.mssante.fr", "bruno@a.mssante.fr", "charles@a.mssante.fr"
	say(a, alice, "")
	contacts(alice)
	say(b, bruno, "Reply-To: "+alice+"\r\nX-MSS-MES: FIN\r\n")
	contacts(alice) // ended by nobody but herself
	say(b, bruno, "Reply-To: "+alice+"\r\n")
	say(b, bruno, "X-MSS-MES: FIN\r\n")
	contacts(alice)
	say(b, bruno, "Reply-To: "+charles+"\r\n")
	contacts(alice + " " + charles)
	say(b, bruno, "X-MSS-MES: FIN\r\n") // ends what his former messages allowed
	contacts(alice)
	say(a, alice, "X-MSS-MES: FIN\r\n")
	contacts("")
}

// Who wrote to a citizen and was renamed since is still answered.
func TestAnswerToARenamedMailbox(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	patient := "279035121518989@" + mss.Citizens
	c := w.user("alice@a.mssante.fr", "motdepasse1")
	c.send("alice@a.mssante.fr", patient, letter("alice@a.mssante.fr", patient, "Résultats"), "250")
	err := w.store.CommitMail(t.Context(), mss.Unit{Do: func(tx mss.Tx) error {
		m, err := tx.MailboxAt("alice@a.mssante.fr")
		if err != nil {
			return err
		}
		m.Address, m.Former = "alice.martin@a.mssante.fr", []string{m.Address}
		return tx.PutMailbox(m)
	}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.op.As(t.Context(), "p1", patient, "web")
	if err != nil {
		t.Fatal(err)
	}
	e, err := w.op.Begin(t.Context(), mss.Peer{Way: mss.FromUser, Session: s}, patient)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"alice@a.mssante.fr", "alice.martin@a.mssante.fr"} {
		if err := w.op.Recipient(t.Context(), e, mss.Recipient{To: to}); err != nil {
			t.Errorf("%s: %v", to, err)
		}
	}
	if err := w.op.Recipient(t.Context(), e, mss.Recipient{To: "bruno@a.mssante.fr"}); !mss.ErrCitizenMayNot.Is(err) {
		t.Errorf("bruno: %v", err)
	}
}

// Only the certificate of an organisation opens its mailboxes: one of a server names hosts.
func TestExternalByAnotherOffer(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	w.op.StructureOf = func(c *x509.Certificate) string { return c.Subject.OrganizationalUnit[0] }
	if _, err := w.op.Open(t.Context(), mss.Mailbox{Address: "labo@a.mssante.fr", Type: mss.Application, Structure: "1990000001"}); err != nil {
		t.Fatal(err)
	}
	for offer, answer := range map[igc.Offer]string{igc.Organisation: "235", igc.Serveur: "535 5.7.8"} {
		cert := w.issue(igc.Request{Offer: offer, StructureID: "1990000001", Organization: "Labo", CommonName: "labo", ECDSA: true})
		c := w.dial(w.sub)
		c.say("EHLO client.test", "250")
		c.tls(&cert)
		c.say("AUTH EXTERNAL "+base64.StdEncoding.EncodeToString([]byte("labo@a.mssante.fr")), answer)
	}
}

// Who guesses a password locks out neither the programs that know it nor who comes with a token.
func TestGuessing(t *testing.T) {
	w := newWorld(t, "a.mssante.fr")
	w.op.Token = func(context.Context, string, *x509.Certificate) (string, error) { return "810000000001", nil }
	sign := func(address, password, token string) error {
		_, err := w.op.SignIn(t.Context(), mss.Credentials{Door: "imap", Mailbox: address, Password: password, Token: token})
		return err
	}
	if _, err := w.op.Open(t.Context(), mss.Mailbox{Address: "marie@a.mssante.fr", Type: mss.Personal, Professional: "810000000001", Password: mss.HashPassword("bon")}); err != nil {
		t.Fatal(err)
	}
	if err := sign("marie@a.mssante.fr", "bon", ""); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := sign("marie@a.mssante.fr", "mauvais", ""); !mss.ErrCredentials.Is(err) {
			t.Fatal(err)
		}
	}
	for password, want := range map[string]*finding.Refusal{"mauvais": mss.ErrTooMany, "bon": nil} {
		if err := sign("marie@a.mssante.fr", password, ""); want == nil && err != nil || want != nil && !want.Is(err) {
			t.Errorf("%s: %v", password, err)
		}
	}
	if err := sign("marie@a.mssante.fr", "", "jeton"); err != nil {
		t.Errorf("token: %v", err)
	}
}

// A peer that does not say who it is does not stay.
func TestSilentStranger(t *testing.T) {
	began := time.Now().Add(-50 * time.Second)
	for name, c := range map[string]struct {
		conn conn
		soon bool
	}{
		"a stranger":      {conn{s: &Server{Way: mss.FromUser}}, true},
		"not an operator": {conn{s: &Server{Way: mss.FromOperator}}, true},
		"an operator":     {conn{s: &Server{Way: mss.FromOperator}, peer: mss.Peer{Certificate: &x509.Certificate{}}}, false},
		"somebody":        {conn{s: &Server{Way: mss.FromUser}, peer: mss.Peer{Session: &mss.Session{}}}, false},
		"of this machine": {conn{s: &Server{Way: mss.FromMachine}}, false},
	} {
		c.conn.began = began
		if left := time.Until(c.conn.deadline()); (left < 15*time.Second) != c.soon {
			t.Errorf("%s: %v", name, left)
		}
	}
}
