package imap

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"time"

	wire "github.com/socle-sante/socle/format/imap"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Sizes of the buffers of a connection: most are idle.
const (
	readBuffer  = 2 << 10  // a literal goes past it
	keptOut     = 1 << 10  // what is kept between two commands
	flushOut    = 32 << 10 // what is gathered before it is sent
	writeAtOnce = 256 << 10
)

// conn is one client. Its goroutine is the only one that touches it, but for cancel and wake.
type conn struct {
	d      *Door
	net    net.Conn
	ctx    context.Context
	cancel context.CancelFunc
	began  time.Time
	from   string // machine it comes from, "" for this one

	r      wire.Reader
	out    []byte
	broken error // the client reads no more

	secure      bool
	certificate *x509.Certificate
	session     *mss.Session
	view        *view
	condstore   bool
	faults      int
	attempts    int
	held        int // octets of messages reserved
	ended       bool
}

// wake breaks a wait for the client.
func (c *conn) wake() { _ = c.net.SetReadDeadline(time.Unix(1, 0)) }

// wait gives the client until t to speak. A stop that came meanwhile is not forgotten.
func (c *conn) wait(t time.Time) {
	_ = c.net.SetReadDeadline(t)
	if c.d.stopping() {
		c.wake()
	}
}

// deadline is when a silent client is left.
func (c *conn) deadline() time.Time {
	if c.session == nil {
		return c.began.Add(signInTime)
	}
	return time.Now().Add(idleTime)
}

func (c *conn) reader(nc net.Conn) {
	c.net = nc
	c.r = wire.Reader{R: bufio.NewReaderSize(nc, readBuffer), Limits: wire.Early,
		Continue: func() error {
			c.out = append(c.out, "+ OK\r\n"...)
			return c.flush()
		},
		Admit: c.admit}
}

func (c *conn) serve(implicit bool) {
	defer c.close()
	defer func() { // a fault of ours on one message must not close the door to everybody
		if p := recover(); p != nil {
			c.d.Log.Error("imap connection failed", slog.String("stack", string(debug.Stack())))
		}
	}()
	if implicit {
		if err := c.handshake(); err != nil {
			return
		}
	} else {
		c.reader(c.net)
	}
	c.untagged("OK", "CAPABILITY "+c.capabilities(), "Socle IMAP4rev1")
	for !c.ended && c.broken == nil {
		if c.flush() != nil {
			return
		}
		c.wait(c.deadline())
		start := time.Now()
		cmd, err := c.r.Next()
		if err != nil {
			c.failed(err)
		} else {
			c.faults = 0
			c.run(cmd, start)
		}
		c.release()
	}
	_ = c.flush()
}

func (c *conn) close() {
	c.unselect()
	c.release()
}

// release gives back the memory of an appended message.
func (c *conn) release() {
	c.d.coming.give(c.held)
	c.held = 0
}

// handshake begins TLS.
func (c *conn) handshake() error {
	t := tls.Server(c.net, c.d.TLS)
	c.wait(c.deadline())
	_ = c.net.SetWriteDeadline(time.Now().Add(signInTime))
	ctx, cancel := context.WithDeadline(c.ctx, c.deadline())
	defer cancel()
	if err := t.HandshakeContext(ctx); err != nil {
		c.count(&wire.Command{Name: "TLS"}, "IMAP-TLS", time.Now())
		c.ended = true
		return err
	}
	c.secure = true
	if chains := t.ConnectionState().VerifiedChains; len(chains) > 0 {
		c.certificate = chains[0][0]
	}
	c.d.mu.Lock()
	c.reader(t)
	c.d.mu.Unlock()
	return nil
}

// failed answers what could not be read.
func (c *conn) failed(err error) {
	var f *wire.Fault
	switch {
	case errors.As(err, &f):
		c.count(&wire.Command{Name: "?"}, f.Refusal.ID, time.Now())
		c.out = appendRefusal(c.out, f.Tag, "", f.Refusal)
		if c.faults++; f.Close {
			c.bye(f.Refusal)
		} else if c.faults >= maxFaults {
			c.bye(errFaults)
		}
	case errors.Is(err, os.ErrDeadlineExceeded):
		if c.d.stopping() {
			c.bye(errStopping)
		} else {
			c.bye(errSilent)
		}
	default: // gone
		c.ended = true
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			c.d.Log.Debug("imap connection lost", slog.Any("err", err))
		}
	}
}

func (c *conn) bye(err error) {
	c.out = appendRefusal(c.out, "*", "BYE", err)
	c.ended = true
}

func (c *conn) untagged(status, code, text string) {
	c.out = wire.AppendStatus(c.out, "*", status, code, text)
}

func (c *conn) count(cmd *wire.Command, outcome string, start time.Time) {
	if c.d.Observe == nil {
		return
	}
	received := 0
	if a, ok := cmd.Args.(*wire.Append); ok {
		received = len(a.Message)
	}
	c.d.Observe(cmd.Name, outcome, received, time.Since(start))
}

// flush sends what is gathered.
func (c *conn) flush() error {
	c.send(c.out)
	if cap(c.out) > keptOut {
		c.out = nil
	}
	c.out = c.out[:0]
	return c.broken
}

// full sends what is gathered once it is much; a client that is gone stops the work.
func (c *conn) full() error {
	if len(c.out) < flushOut {
		return c.broken
	}
	c.send(c.out)
	c.out = c.out[:0]
	return c.broken
}

// send writes piece by piece, so that a slow line has its time for each.
func (c *conn) send(b []byte) {
	for len(b) > 0 && c.broken == nil {
		n := min(len(b), writeAtOnce)
		_ = c.net.SetWriteDeadline(time.Now().Add(writeTime))
		if _, err := c.net.Write(b[:n]); err != nil {
			c.broken = err
		}
		b = b[n:]
	}
}

// literal writes octets that may be large, without gathering them.
func (c *conn) literal(b []byte) {
	b = wire.Clean(b)
	c.out = wire.AppendLiteralHead(c.out, len(b))
	if len(b) < flushOut {
		c.out = append(c.out, b...)
		return
	}
	c.send(c.out)
	c.out = c.out[:0]
	c.send(b)
}
