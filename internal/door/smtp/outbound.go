package smtp

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	wire "github.com/socle-sante/socle/format/smtp"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// Timeouts towards another operator. spec: RFC 5321 4.5.3.2
const (
	dialTimeout  = 30 * time.Second
	replyTimeout = 5 * time.Minute
	endTimeout   = 10 * time.Minute
)

// Sender speaks to other operators: STARTTLS always, with our server certificate, to theirs.
type Sender struct {
	Operator    *mss.Operator
	Certificate tls.Certificate
	Roots       *x509.CertPool
	Revoked     func(*x509.Certificate) bool
	// Resolve gives the hosts of a domain, best first; nil: the MX records of DNS.
	Resolve func(ctx context.Context, domain string) ([]string, error)
}

// session is a connection to one operator, used for several messages.
type session struct {
	nc     net.Conn
	r      *bufio.Reader
	remote string
	caps   map[string]string
}

func (x *session) close() {
	x.nc.SetDeadline(time.Now().Add(time.Second))
	x.nc.Write([]byte("QUIT\r\n"))
	x.nc.Close()
}

// Deliver tries one batch over a connection, opening it when sess is nil, and gives what became of
// each recipient in order. The connection comes back for the next batch, nil when it is lost.
func (s *Sender) Deliver(ctx context.Context, b *mss.Batch, sess *session) ([]mss.Outcome, *session) {
	all := func(o mss.Outcome) []mss.Outcome {
		out := make([]mss.Outcome, len(b.To))
		for i := range out {
			out[i] = o
		}
		return out
	}
	if !b.Listed {
		return all(mss.Outcome{Code: 550, Enhanced: "5.7.1", Text: "the domain " + b.Domain + " is no more in the white list", Remote: s.Operator.Host}), sess
	}
	raw, err := s.Operator.Raw(ctx, b)
	if err != nil {
		if mss.ErrNoMessage.Is(err) {
			return all(mss.Outcome{Code: 554, Enhanced: "5.3.0", Text: "the message was lost by this operator", Remote: s.Operator.Host}), sess
		}
		return all(mss.Outcome{Enhanced: "4.3.0", Text: err.Error(), Remote: s.Operator.Host}), sess
	}
	reused := sess != nil
	for {
		if sess == nil {
			if sess, err = s.open(ctx, b); err != nil {
				var o refusedError
				if errors.As(err, &o) {
					return all(o.Outcome), nil
				}
				return all(mss.Outcome{Enhanced: unreachable, Text: err.Error(), Remote: b.Domain}), nil
			}
		}
		out, err := sess.send(b, raw)
		if err == nil {
			return out, sess
		}
		sess.close()
		sess = nil
		if !reused || slices.ContainsFunc(out, func(o mss.Outcome) bool { return o.Code != 0 }) {
			for i := range out {
				if out[i].Code == 0 {
					out[i] = mss.Outcome{Enhanced: "4.4.2", Text: "connection lost: " + err.Error(), Remote: b.Domain}
				}
			}
			return out, nil
		}
		reused = false // a connection kept open may have been closed by the peer: once more
	}
}

// unreachable is the status of a host that cannot be spoken to at all. spec: RFC 3463 3.5
const unreachable = "4.4.1"

// refusedError is an answer of the peer before any message.
type refusedError struct{ mss.Outcome }

func (e refusedError) Error() string { return e.Text }

// open connects to the first host of a domain that answers.
func (s *Sender) open(ctx context.Context, b *mss.Batch) (*session, error) {
	hosts, err := s.hosts(ctx, b)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, h := range hosts {
		sess, err := s.connect(ctx, h, b)
		if err == nil {
			return sess, nil
		}
		var refused refusedError
		if errors.As(err, &refused) && refused.Code/100 == 5 {
			return nil, err
		}
		errs = append(errs, fmt.Errorf("%s: %w", h, err))
	}
	return nil, errors.Join(errs...)
}

// maxHosts bounds the MX records tried.
const maxHosts = 10

func (s *Sender) hosts(ctx context.Context, b *mss.Batch) ([]string, error) {
	if b.Route.Relay != "" {
		return []string{b.Route.Relay}, nil
	}
	if s.Resolve != nil {
		return s.Resolve(ctx, b.Domain)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	list, err := net.DefaultResolver.LookupMX(ctx, b.Domain)
	var none *net.DNSError
	if errors.As(err, &none) && none.IsNotFound {
		// No MX: the domain itself. spec: RFC 5321 5.1
		return []string{net.JoinHostPort(b.Domain, "25")}, nil
	}
	if err != nil {
		return nil, err
	}
	var hosts []string
	for _, mx := range list {
		if h := strings.TrimSuffix(mx.Host, "."); h != "" && len(hosts) < maxHosts {
			hosts = append(hosts, net.JoinHostPort(h, "25"))
		}
	}
	if len(hosts) == 0 { // null MX. spec: RFC 7505
		return nil, refusedError{mss.Outcome{Code: 556, Enhanced: "5.1.10", Text: "the domain accepts no mail", Remote: b.Domain}}
	}
	return hosts, nil
}

// connect opens one host: greeting, EHLO, STARTTLS, EHLO.
func (s *Sender) connect(ctx context.Context, host string, b *mss.Batch) (sess *session, err error) {
	d := net.Dialer{Timeout: dialTimeout}
	nc, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	sess = &session{nc: nc, r: bufio.NewReaderSize(nc, 4096), remote: host}
	defer func() {
		if err != nil {
			sess.close()
			sess = nil
		}
	}()
	if err = sess.expect(220, ""); err != nil {
		return sess, err
	}
	if err = sess.hello(s.Operator.Host); err != nil {
		return sess, err
	}
	if _, ok := sess.caps["STARTTLS"]; !ok {
		// Nothing leaves in clear. spec: MSSANTE §4
		return sess, errors.New("the server offers no STARTTLS (MSS-TLS)")
	}
	if err = sess.expect(220, "STARTTLS\r\n"); err != nil {
		return sess, err
	}
	if sess.r.Buffered() > 0 {
		return sess, errors.New("bytes in clear after STARTTLS")
	}
	t := tls.Client(nc, s.tls(host, b))
	t.SetDeadline(time.Now().Add(dialTimeout))
	if err = t.HandshakeContext(ctx); err != nil {
		return sess, fmt.Errorf("TLS: %w", err)
	}
	sess.nc, sess.r = t, bufio.NewReaderSize(t, 4096)
	return sess, sess.hello(s.Operator.Host)
}

// tls verifies the server as the white list says: the chain of IGC-Santé, a server certificate, and
// either the one listed for the domain or the name of the host.
func (s *Sender) tls(host string, b *mss.Batch) *tls.Config {
	name, _, _ := net.SplitHostPort(host)
	return &tls.Config{
		ServerName: name, MinVersion: tls.VersionTLS12, RootCAs: s.Roots, InsecureSkipVerify: true, // verified below, by our own rules
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &s.Certificate, nil },
		VerifyConnection: func(state tls.ConnectionState) error {
			leaf := state.PeerCertificates[0]
			o := x509.VerifyOptions{Roots: s.Roots, CurrentTime: s.Operator.Now(), Intermediates: x509.NewCertPool()}
			for _, c := range state.PeerCertificates[1:] {
				o.Intermediates.AddCert(c)
			}
			if len(b.Route.Subjects) == 0 && len(b.Route.Prints) == 0 {
				o.DNSName = name
			}
			if _, err := leaf.Verify(o); err != nil {
				return err
			}
			if s.Revoked != nil && s.Revoked(leaf) {
				return errors.New("revoked certificate")
			}
			if !mss.ServerCertificate(leaf) || !b.Route.Speaks(leaf) {
				return errors.New("this certificate does not speak for " + b.Domain + " (MSS-OPERATEUR)")
			}
			return nil
		},
	}
}

// expect sends a command and wants one code.
func (x *session) expect(code int, command string) error {
	r, err := x.ask(command, replyTimeout)
	if err != nil {
		return err
	}
	if r.Code != code {
		return refusedError{x.outcome(r)}
	}
	return nil
}

func (x *session) ask(command string, wait time.Duration) (*wire.Reply, error) {
	x.nc.SetDeadline(time.Now().Add(wait))
	if command != "" {
		if _, err := x.nc.Write([]byte(command)); err != nil {
			return nil, err
		}
	}
	return wire.ReadReply(x.r)
}

func (x *session) outcome(r *wire.Reply) mss.Outcome {
	return mss.Outcome{Code: r.Code, Enhanced: r.Enhanced, Text: r.Text(), Remote: x.remote}
}

func (x *session) hello(name string) error {
	r, err := x.ask("EHLO "+name+"\r\n", replyTimeout)
	if err != nil {
		return err
	}
	if r.Code != 250 {
		return refusedError{x.outcome(r)}
	}
	x.caps = map[string]string{}
	for i, line := range r.Lines {
		if i > 0 {
			k, v, _ := strings.Cut(strings.ToUpper(line), " ")
			x.caps[k] = v
		}
	}
	return nil
}

// maxPipelined is how many commands are sent ahead of their answers: both must fit between the peers.
const maxPipelined = 50

// send gives one message to the peer. On error, the outcomes with a code are certain; the others
// are not known.
func (x *session) send(b *mss.Batch, raw []byte) ([]mss.Outcome, error) {
	out := make([]mss.Outcome, len(b.To))
	_, dsn := x.caps["DSN"]
	_, pipeline := x.caps["PIPELINING"]
	commands := []string{mailCommand(x, b, len(raw), dsn)}
	for i := range b.To {
		commands = append(commands, rcptCommand(&b.To[i], dsn))
	}
	replies := make([]*wire.Reply, len(commands))
	for i, c := range commands {
		if pipeline {
			c = ""
			if i%maxPipelined == 0 {
				c = strings.Join(commands[i:min(i+maxPipelined, len(commands))], "")
			}
		}
		r, err := x.ask(c, replyTimeout)
		if err != nil {
			return out, err
		}
		if replies[i] = r; i > 0 && r.Code/100 == 5 && replies[0].OK() {
			out[i-1] = x.outcome(r) // certain, whatever becomes of the connection
		}
	}
	if !replies[0].OK() {
		for i := range out {
			out[i] = x.outcome(replies[0])
		}
		_, err := x.ask("RSET\r\n", replyTimeout)
		return out, err
	}
	taken := 0
	for i, r := range replies[1:] {
		if r.OK() {
			taken++
		} else {
			out[i] = x.outcome(r)
		}
	}
	if taken == 0 {
		_, err := x.ask("RSET\r\n", replyTimeout)
		return out, err
	}
	r, err := x.ask("DATA\r\n", replyTimeout)
	if err != nil {
		return out, err
	}
	if r.OK() {
		return out, errors.New("the message is said to be taken before it was sent")
	}
	if r.Code == 354 {
		if r, err = x.ask(string(wire.AppendData(make([]byte, 0, len(raw)+len(raw)/64+16), raw)), endTimeout); err != nil {
			return out, err
		}
	}
	for i := range out {
		if out[i].Code == 0 {
			out[i] = x.outcome(r)
			out[i].Reports = dsn
		}
	}
	return out, nil
}

func mailCommand(x *session, b *mss.Batch, size int, dsn bool) string {
	c := "MAIL FROM:<" + b.From + ">"
	if _, ok := x.caps["SIZE"]; ok {
		c += " SIZE=" + strconv.Itoa(size)
	}
	if _, ok := x.caps["8BITMIME"]; ok {
		c += " BODY=8BITMIME"
	}
	if q := b.To[0]; dsn {
		if q.Return != "" {
			c += " RET=" + q.Return
		}
		if q.Envelope != "" {
			c += " ENVID=" + wire.EncodeXtext(q.Envelope)
		}
	}
	return c + "\r\n"
}

func rcptCommand(q *mss.Queued, dsn bool) string {
	c := "RCPT TO:<" + q.To + ">"
	if dsn {
		if q.Notify != "" {
			c += " NOTIFY=" + q.Notify
		}
		if q.Original != "" {
			c += " ORCPT=" + xtextORCPT(q.Original)
		}
	}
	return c + "\r\n"
}

// xtextORCPT keeps the type of the address in clear.
func xtextORCPT(s string) string {
	kind, addr, _ := strings.Cut(s, ";")
	return kind + ";" + wire.EncodeXtext(addr)
}
