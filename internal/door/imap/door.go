// Package imap is the door of mail clients: it reads IMAP4rev1 commands, calls the operator, and
// writes what it answers.
//
// Standard: RFC 3501 and the extensions that Capabilities lists; MSSanté référentiel socle #2
// (CONF.06, CONF.07). What a client says is read by format/imap, the rules are those of domain/mss.
// Nothing of a message, and no address, is logged. Missing: QRESYNC, NOTIFY, COMPRESS, ACL, \Recent
// (always 0).
// Start with Door.Serve.
package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
)

// Bounds of what clients may hold.
const (
	// maxConnections in all: each costs some 60 kB.
	maxConnections = 4000
	// maxUnknown connections that have not signed in yet.
	maxUnknown = 400
	// maxUnknownOfOne of them from one address, loopback excepted: one machine must not keep the
	// others from signing in.
	maxUnknownOfOne = 40
	// maxPerMailbox connections to one mailbox: a mail client opens five, a service shares its mailbox.
	maxPerMailbox = 40
	// maxInFlight octets of messages being appended, and as many being read, all connections together.
	maxInFlight = 192 << 20
	// maxFaults commands in a row that cannot be read, and maxAttempts to sign in, before BYE.
	maxFaults   = 5
	maxAttempts = 5
	// maxHeavy searches in bodies at a time.
	maxHeavy = 2
)

// Times after which a silent client is left.
const (
	// idleTime is that of a signed-in client. spec: RFC 3501 5.4 (at least 30 minutes)
	idleTime = 30 * time.Minute
	// signInTime is what a client has to sign in, TLS included.
	signInTime = 60 * time.Second
	// messageTime is what the message of APPEND may take to come.
	messageTime = 5 * time.Minute
	// writeTime is what a client may take to read one piece of an answer.
	writeTime = time.Minute
	// searchTime bounds one search.
	searchTime = 30 * time.Second
)

// Door serves mail clients. Its fields are set before Serve.
type Door struct {
	Operator *mss.Operator
	TLS      *tls.Config // asks for a client certificate when EXTERNAL is to work, and verifies it
	Log      *slog.Logger
	// Observe counts a command: its name, "ok" or the id of the refusal. May be nil.
	Observe func(transaction, outcome string, received int, took time.Duration)

	mu        sync.Mutex
	listeners map[net.Listener]bool
	conns     map[*conn]bool
	unknown   int
	strangers map[string]int // unknown, by address
	perBox    map[mss.BoxID]int
	closing   bool
	heavy     chan struct{}
	coming    budget // messages being appended
	going     budget // messages being read
	recent    recent
	open      sync.WaitGroup
}

// Serve accepts clients that begin in clear and say STARTTLS, until the listener closes.
func (d *Door) Serve(l net.Listener) error { return d.serve(l, false) }

// ServeTLS accepts clients that begin with TLS.
func (d *Door) ServeTLS(l net.Listener) error { return d.serve(l, true) }

func (d *Door) serve(l net.Listener, implicit bool) error {
	if !d.listen(l) {
		return net.ErrClosed
	}
	for {
		nc, err := l.Accept()
		if err != nil {
			var temporary interface{ Temporary() bool }
			if errors.As(err, &temporary) && temporary.Temporary() {
				time.Sleep(10 * time.Millisecond) // out of descriptors: the next ones will be there
				continue
			}
			return err
		}
		c := &conn{d: d, net: nc, began: time.Now(), from: sourceOf(nc)}
		full, ok := d.enter(c)
		if !ok {
			if full != nil && !implicit {
				_ = nc.SetWriteDeadline(time.Now().Add(time.Second))
				_, _ = nc.Write(appendRefusal(nil, "*", "BYE", full))
			}
			_ = nc.Close()
			continue
		}
		go func() {
			defer d.leave(c)
			c.serve(implicit)
		}()
	}
}

func (d *Door) listen(l net.Listener) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listeners == nil {
		d.listeners, d.conns, d.perBox, d.strangers = map[net.Listener]bool{}, map[*conn]bool{}, map[mss.BoxID]int{}, map[string]int{}
		d.heavy = make(chan struct{}, maxHeavy)
	}
	d.listeners[l] = true
	return !d.closing
}

// Shutdown says BYE to everybody once the command under way is answered, and waits for it.
func (d *Door) Shutdown(ctx context.Context) error {
	d.mu.Lock()
	d.closing = true
	for l := range d.listeners {
		_ = l.Close()
	}
	for c := range d.conns {
		c.wake()
	}
	d.mu.Unlock()
	done := make(chan struct{})
	go func() { d.open.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		d.mu.Lock()
		defer d.mu.Unlock()
		for c := range d.conns {
			c.cancel()
			_ = c.net.Close()
		}
		return ctx.Err()
	}
}

// Connections counts the clients that are here.
func (d *Door) Connections() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.conns)
}

func (d *Door) stopping() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closing
}

// enter counts a new connection, or says why there is no place.
func (d *Door) enter(c *conn) (refusal error, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closing:
		return nil, false
	case len(d.conns) >= maxConnections, d.unknown >= maxUnknown, d.strangers[c.from] >= maxUnknownOfOne:
		return errConnections, false
	}
	if c.from != "" {
		d.strangers[c.from]++
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	d.conns[c] = true
	d.unknown++
	d.open.Add(1)
	return nil, true
}

func (d *Door) leave(c *conn) {
	c.cancel()
	_ = c.net.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open.Done()
	delete(d.conns, c)
	if c.session == nil {
		d.known(c)
		return
	}
	id := c.session.Box.ID
	if d.perBox[id]--; d.perBox[id] <= 0 {
		delete(d.perBox, id)
	}
}

// signedIn moves a connection to its mailbox.
func (d *Door) signedIn(c *conn, s *mss.Session) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.perBox[s.Box.ID] >= maxPerMailbox {
		return errConnections
	}
	d.perBox[s.Box.ID]++
	d.known(c)
	c.session = s
	return nil
}

// known takes a connection from those that have not signed in. The caller holds mu.
func (d *Door) known(c *conn) {
	d.unknown--
	if c.from == "" {
		return
	}
	if d.strangers[c.from]--; d.strangers[c.from] <= 0 {
		delete(d.strangers, c.from)
	}
}

// sourceOf names the machine a connection comes from, "" for this one. A machine has a whole /64 of
// addresses of the new kind.
func sourceOf(nc net.Conn) string {
	at, err := netip.ParseAddrPort(nc.RemoteAddr().String())
	if err != nil || at.Addr().Unmap().IsLoopback() {
		return ""
	}
	a := at.Addr().Unmap()
	if p, err := a.Prefix(64); err == nil && a.Is6() {
		return p.String()
	}
	return a.String()
}
