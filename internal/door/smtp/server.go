// Package smtp is the mail door: other operators by mutual TLS, users and software by submission,
// and the way out to other operators.
//
// Standard: RFC 5321 with STARTTLS, AUTH, SIZE, DSN, CHUNKING, PIPELINING, 8BITMIME and enhanced
// status codes; MSSanté référentiels #1 and #2. Bytes on the wire are read by format/smtp; every
// rule is in domain/mss. Line ends are strict, so that no message hides another. Missing:
// SMTPUTF8, BINARYMIME.
// Start with Server and Runner.
package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Bounds of a listener.
const (
	maxConnections     = 2000 // of a listener
	maxFromOneAddress  = 200  // loopback excepted: every client of a machine under test comes from there
	commandTimeout     = 5 * time.Minute
	handshakeTimeout   = 30 * time.Second
	dataTimeout        = 10 * time.Minute // for a whole message
	maxErrors          = 10               // commands refused before the connection is closed
	maxAbsent          = 1000             // recipients refused on one connection before they count as errors
	maxInFlight        = 512 << 20        // bytes of messages being received, all connections together
	inFlightPatience   = 30 * time.Second
	readBuffer         = 16 << 10
	freeBytes          = 64 << 10    // a message up to here asks no share of maxInFlight
	maxTransactions    = 10_000      // messages on one connection
	maxUnauthenticated = time.Minute // for a peer to say who it is, TLS included
)

// Server is one SMTP listener.
type Server struct {
	Operator *mss.Operator
	Way      mss.Way
	TLS      *tls.Config // nil: no STARTTLS (programs of this machine only)
	Implicit bool        // TLS from the first byte
	// Roots verify the certificates of clients; Revoked knows those taken back.
	Roots   *x509.CertPool
	Revoked func(*x509.Certificate) bool
	Log     *slog.Logger
	Observe func(transaction, outcome string, received int, took time.Duration)

	mu       sync.Mutex
	conns    map[*conn]bool
	from     map[string]int
	open     map[net.Listener]bool
	closing  bool
	inFlight atomic.Int64
	done     sync.WaitGroup
}

// ErrClosed is returned by Serve after Close.
var ErrClosed = errors.New("smtp: server closed")

// Serve takes connections until Close.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.open == nil {
		s.open = map[net.Listener]bool{}
	}
	s.open[l] = true
	closing := s.closing
	s.mu.Unlock()
	if closing {
		l.Close()
		return ErrClosed
	}
	var wait time.Duration
	for {
		c, err := l.Accept()
		if err != nil {
			if s.isClosing() {
				return ErrClosed
			}
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			// Out of descriptors, most often: wait for some to be freed.
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			time.Sleep(wait)
			continue
		}
		wait = 0
		s.start(c)
	}
}

func (s *Server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// start serves a connection, or says that there are too many.
func (s *Server) start(nc net.Conn) {
	host, _, _ := net.SplitHostPort(nc.RemoteAddr().String())
	c := &conn{s: s, nc: nc, host: host, began: time.Now()}
	s.mu.Lock()
	if s.conns == nil {
		s.conns, s.from = map[*conn]bool{}, map[string]int{}
	}
	ip := net.ParseIP(host)
	full := len(s.conns) >= maxConnections || s.from[host] >= maxFromOneAddress && (ip == nil || !ip.IsLoopback())
	if s.closing || full {
		s.mu.Unlock()
		nc.SetDeadline(time.Now().Add(time.Second))
		nc.Write([]byte("421 4.3.2 Too many connections; try again in a minute\r\n"))
		nc.Close()
		return
	}
	s.conns[c] = true
	s.from[host]++
	s.mu.Unlock()
	s.done.Go(func() {
		defer s.forget(c)
		c.serve(context.Background())
	})
}

func (s *Server) forget(c *conn) {
	c.nc.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if s.from[c.host]--; s.from[c.host] == 0 {
		delete(s.from, c.host)
	}
}

// Close stops taking commands: a message being kept is answered first.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	for l := range s.open {
		l.Close()
	}
	for c := range s.conns {
		c.nc.SetReadDeadline(time.Now()) // wakes those who wait for a command
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.done.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.nc.Close()
	}
	return ctx.Err()
}

// reserve takes a share of the memory for messages being received, waiting a little for it.
func (s *Server) reserve(ctx context.Context, n int64) error {
	for until := time.Now().Add(inFlightPatience); ; {
		if s.inFlight.Add(n) <= maxInFlight {
			return nil
		}
		s.inFlight.Add(-n)
		if time.Now().After(until) || ctx.Err() != nil {
			return mss.ErrBusy
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// verify judges the certificate of a client after the handshake: the door asks for one, takes any,
// and lets the refusal be said in words instead of a TLS alert.
func (s *Server) verify(chain []*x509.Certificate) (*x509.Certificate, *finding.Refusal) {
	if len(chain) == 0 {
		return nil, nil
	}
	inter := x509.NewCertPool()
	for _, c := range chain[1:] {
		inter.AddCert(c)
	}
	leaf := chain[0]
	_, err := leaf.Verify(x509.VerifyOptions{Roots: s.Roots, Intermediates: inter, CurrentTime: s.Operator.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return nil, mss.ErrCertificate.With(err)
	}
	if s.Revoked != nil && s.Revoked(leaf) {
		return nil, mss.ErrCertificate.With(errors.New("revoked"))
	}
	return leaf, nil
}
