package smtp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	wire "github.com/socle-sante/socle/format/smtp"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// conn is one connection. One goroutine serves it.
type conn struct {
	s    *Server
	nc   net.Conn
	host string
	r    *bufio.Reader
	out  []byte

	peer    mss.Peer
	greeted bool
	esmtp   bool
	env     *mss.Envelope
	bdat    []byte
	inBdat  bool
	pending *mss.Receipt // acknowledged, and not known to be read
	errors  int
	absent  int // recipients refused
	count   int
	quit    bool
	began   time.Time
	share   int64 // of maxInFlight
}

// serve runs a connection to its end.
func (c *conn) serve(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			c.s.Log.Error("smtp panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			c.reply(421, "4.3.0", "Internal fault; nothing was kept")
			c.flush()
		}
		c.s.release(c)
	}()
	c.peer = mss.Peer{Way: c.s.Way, Remote: c.host}
	if c.s.Implicit {
		if !c.startTLS() {
			return
		}
	}
	c.r = bufio.NewReaderSize(c.nc, readBuffer)
	c.reply(220, "", c.s.Operator.Host+" ESMTP Socle")
	for !c.quit {
		if c.r.Buffered() == 0 && !c.flush() {
			return
		}
		if !c.s.isClosing() {
			c.nc.SetReadDeadline(c.deadline())
		}
		line, err := wire.ReadLine(c.r)
		if err != nil {
			c.lastWords(err)
			return
		}
		if c.pending != nil {
			c.s.Operator.Confirm(c.pending)
			c.pending = nil
		}
		c.command(ctx, line)
		if c.errors >= maxErrors {
			c.reply(421, "4.7.0", "Too many errors")
			c.quit = true
		}
	}
	c.flush()
}

// deadline is when a silent peer is left: soon, as long as nobody knows who it is.
func (c *conn) deadline() time.Time {
	if c.s.Way != mss.FromMachine && c.peer.Session == nil && c.peer.Certificate == nil {
		return c.began.Add(maxUnauthenticated)
	}
	return time.Now().Add(commandTimeout)
}

// lastWords says why a connection ends without QUIT, when there is somebody to hear.
func (c *conn) lastWords(err error) {
	var late net.Error
	switch {
	case errors.Is(err, wire.ErrBareNewline):
		c.reply(521, "5.5.2", "Lines end by CR LF and nothing else [MSS-FIN-DE-LIGNE]", "Send CR LF at the end of every line", "fr: terminez chaque ligne par CR LF")
	case errors.Is(err, wire.ErrLongLine):
		c.reply(500, "5.5.2", "Command line too long [MSS-LIGNE]")
	case c.s.isClosing():
		c.reply(421, "4.3.2", "Service closing; try again in a minute")
	case errors.As(err, &late) && late.Timeout():
		c.reply(421, "4.4.2", "Timeout")
	default:
		return
	}
	c.flush()
}

func (c *conn) flush() bool {
	if len(c.out) == 0 {
		return true
	}
	c.nc.SetWriteDeadline(time.Now().Add(time.Minute))
	_, err := c.nc.Write(c.out)
	c.out = c.out[:0]
	return err == nil
}

func (c *conn) reply(code int, enhanced string, lines ...string) {
	c.out = wire.AppendReply(c.out, code, enhanced, lines...)
}

// fail answers a protocol fault and counts it.
func (c *conn) fail(code int, enhanced string, lines ...string) {
	c.errors++
	c.reply(code, enhanced, lines...)
}

// refuse answers a refusal of the domain in both languages.
func (c *conn) refuse(err error) {
	r := finding.As(err)
	if r == nil {
		if !errors.Is(err, context.Canceled) {
			c.s.Log.Error("mail refused without a reason", "err", err)
		}
		r = mss.ErrInternal
	}
	code, enhanced, _ := strings.Cut(r.Code, " ")
	n, _ := strconv.Atoi(code)
	if n < 400 {
		n, enhanced = 550, "5.7.1"
	}
	if n >= 500 {
		c.errors++
	}
	what := r.Message.EN + " [" + r.ID + "]"
	c.reply(n, enhanced, what, r.Fix.EN, "fr: "+r.Message.FR+" "+r.Fix.FR)
}

func (c *conn) command(ctx context.Context, line []byte) {
	cmd, err := wire.ParseCommand(line)
	if err != nil {
		c.fail(500, "5.5.2", "Syntax error [MSS-SYNTAXE]")
		return
	}
	if c.inBdat && cmd.Verb != "BDAT" && cmd.Verb != "RSET" && cmd.Verb != "QUIT" && cmd.Verb != "NOOP" {
		c.fail(503, "5.5.1", "A message is being sent by BDAT: BDAT or RSET")
		return
	}
	switch cmd.Verb {
	case "EHLO", "HELO":
		c.hello(cmd)
	case "STARTTLS":
		c.upgrade(cmd.Rest)
	case "AUTH":
		c.auth(ctx, cmd.Rest)
	case "MAIL":
		c.mail(ctx, cmd.Rest)
	case "RCPT":
		c.rcpt(ctx, cmd.Rest)
	case "DATA":
		c.data(ctx, cmd.Rest)
	case "BDAT":
		c.chunk(ctx, cmd.Rest)
	case "RSET":
		c.reset()
		c.reply(250, "2.0.0")
	case "NOOP":
		c.reply(250, "2.0.0")
	case "QUIT":
		c.reply(221, "2.0.0", c.s.Operator.Host+" closing")
		c.quit = true
	case "VRFY":
		c.reply(252, "2.5.0", "Send a message and see")
	case "HELP":
		c.reply(214, "2.0.0", "EHLO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP QUIT")
	case "EXPN", "SEND", "SOML", "SAML", "TURN", "ETRN":
		c.fail(502, "5.5.1", cmd.Verb+" is not offered")
	default:
		c.fail(500, "5.5.1", "Unknown command "+cmd.Verb+"; did you mean "+finding.Nearest(cmd.Verb, verbs)+"?")
	}
}

var verbs = []string{"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "VRFY", "HELP"}

func (c *conn) hello(cmd wire.Command) {
	if cmd.Rest == "" {
		c.fail(501, "5.5.4", cmd.Verb+" takes the name of the client")
		return
	}
	// What follows EHLO depends on its answer: whoever did not wait is not talking to us.
	if c.r.Buffered() > 0 {
		c.early()
		return
	}
	c.reset()
	name, _, _ := strings.Cut(cmd.Rest, " ")
	c.peer.Helo, c.greeted, c.esmtp = name, true, cmd.Verb == "EHLO"
	if !c.esmtp {
		c.reply(250, "", c.s.Operator.Host)
		return
	}
	lines := []string{c.s.Operator.Host, "PIPELINING", "SIZE " + strconv.Itoa(mss.MaxMessage), "8BITMIME", "ENHANCEDSTATUSCODES", "DSN", "CHUNKING",
		"LIMITS RCPTMAX=" + strconv.Itoa(mss.MaxRecipients)}
	if c.s.TLS != nil && c.peer.TLS == "" {
		lines = append(lines, "STARTTLS")
	}
	if c.s.Way == mss.FromUser && c.peer.TLS != "" && c.peer.Session == nil {
		lines = append(lines, "AUTH "+strings.Join(c.mechanisms(), " "))
	}
	c.reply(250, "", lines...)
}

// early ends a conversation with somebody who speaks before being answered.
// spec: RFC 2920 3.1
func (c *conn) early() {
	c.reply(503, "5.5.0", "Commands were sent before the answer they depend on [MSS-PIPELINING]")
	c.quit = true
}

func (c *conn) upgrade(rest string) {
	switch {
	case rest != "":
		c.fail(501, "5.5.4", "STARTTLS takes nothing")
		return
	case c.s.TLS == nil:
		c.fail(502, "5.5.1", "STARTTLS is not offered here")
		return
	case c.peer.TLS != "":
		c.fail(503, "5.5.1", "TLS is already in use")
		return
	case c.r.Buffered() > 0: // would be taken for bytes that TLS protects
		c.early()
		return
	}
	c.reply(220, "2.0.0", "Ready to start TLS")
	if !c.flush() || !c.startTLS() {
		c.quit = true
		return
	}
	c.r = bufio.NewReaderSize(c.nc, readBuffer)
	c.greeted = false
	c.reset()
}

// startTLS does the handshake and judges the certificate of the client.
func (c *conn) startTLS() bool {
	t := tls.Server(c.nc, c.s.TLS)
	t.SetDeadline(time.Now().Add(handshakeTimeout))
	if err := t.Handshake(); err != nil {
		c.s.Log.Debug("tls refused", "remote", c.host, "err", err)
		return false
	}
	t.SetDeadline(time.Time{})
	state := t.ConnectionState()
	c.nc = t
	c.peer.TLS = tls.VersionName(state.Version) + " " + tls.CipherSuiteName(state.CipherSuite)
	c.peer.Certificate, c.peer.Refused = c.s.verify(state.PeerCertificates)
	return true
}

func (c *conn) reset() {
	c.env, c.bdat, c.inBdat = nil, nil, false
	c.s.release(c)
}

// ready tells whether a mail command makes sense now.
func (c *conn) ready() bool {
	switch {
	case !c.greeted:
		c.fail(503, "5.5.1", "Say EHLO first")
	case c.peer.TLS == "" && c.s.Way != mss.FromMachine:
		c.refuse(mss.ErrTLS)
	case c.s.Way == mss.FromUser && c.peer.Session == nil:
		c.refuse(mss.ErrAuthRequired)
	default:
		return true
	}
	return false
}

func (c *conn) mail(ctx context.Context, rest string) {
	if !c.ready() {
		return
	}
	if c.env != nil {
		c.fail(503, "5.5.1", "A message is already begun: RSET")
		return
	}
	if c.count++; c.count > maxTransactions {
		c.reply(421, "4.7.0", "Enough messages on one connection; open another")
		c.quit = true
		return
	}
	path, params, err := wire.ParsePath(rest, "FROM:")
	if err != nil {
		c.pathFault(err, mss.ErrFromAddress)
		return
	}
	ret, id, ok := c.mailParams(params)
	if !ok {
		return
	}
	env, err := c.s.Operator.Begin(ctx, c.peer, path)
	if err != nil {
		c.refuse(err)
		return
	}
	env.Return, env.ID = ret, id
	c.env = env
	c.reply(250, "2.1.0", "Sender OK")
}

func (c *conn) pathFault(err error, r *finding.Refusal) {
	switch {
	case errors.Is(err, wire.ErrParameter):
		c.fail(501, "5.5.4", "The parameters cannot be read, or one comes twice")
	default:
		c.refuse(r)
	}
}

func (c *conn) mailParams(params []wire.Param) (ret, id string, ok bool) {
	for _, p := range params {
		switch p.Name {
		case "SIZE":
			n, err := strconv.ParseInt(p.Value, 10, 64)
			if err != nil || n < 0 {
				c.fail(501, "5.5.4", "SIZE takes a number of octets")
				return "", "", false
			}
			if n > mss.MaxMessage {
				c.refuse(mss.ErrTooLarge)
				return "", "", false
			}
		case "BODY":
			if v := strings.ToUpper(p.Value); v != "7BIT" && v != "8BITMIME" {
				c.fail(501, "5.5.4", "BODY takes 7BIT or 8BITMIME")
				return "", "", false
			}
		case "RET":
			if ret = strings.ToUpper(p.Value); ret != "FULL" && ret != "HDRS" {
				c.fail(501, "5.5.4", "RET takes FULL or HDRS")
				return "", "", false
			}
		case "ENVID":
			v, err := wire.DecodeXtext(p.Value)
			if err != nil || v == "" || len(v) > 100 {
				c.fail(501, "5.5.4", "ENVID takes 1 to 100 characters of xtext")
				return "", "", false
			}
			id = v
		case "AUTH": // RFC 4954 5: who submitted it elsewhere; taken, not relied on
		default:
			c.fail(555, "5.5.4", "Unknown parameter "+p.Name+"; did you mean "+finding.Nearest(p.Name, []string{"SIZE", "BODY", "RET", "ENVID", "AUTH"})+"?")
			return "", "", false
		}
	}
	return ret, id, true
}

func (c *conn) rcpt(ctx context.Context, rest string) {
	if !c.ready() {
		return
	}
	if c.env == nil {
		c.fail(503, "5.5.1", "MAIL FROM comes first")
		return
	}
	path, params, err := wire.ParsePath(rest, "TO:")
	if err != nil {
		c.pathFault(err, mss.ErrToAddress)
		return
	}
	to := mss.Recipient{To: path}
	if strings.EqualFold(path, "postmaster") {
		to.To = "postmaster@" + c.s.Operator.Domains[0]
	}
	for _, p := range params {
		switch p.Name {
		case "NOTIFY":
			if to.Notify = strings.ToUpper(p.Value); !validNotify(to.Notify) {
				c.fail(501, "5.5.4", "NOTIFY takes NEVER, or SUCCESS, FAILURE, DELAY separated by commas")
				return
			}
		case "ORCPT":
			v, err := wire.DecodeXtext(p.Value)
			if err != nil || !addressType(v) || len(v) > 500 {
				c.fail(501, "5.5.4", "ORCPT takes rfc822;address in xtext")
				return
			}
			to.Original = v
		default:
			c.fail(555, "5.5.4", "Unknown parameter "+p.Name+"; did you mean "+finding.Nearest(p.Name, []string{"NOTIFY", "ORCPT"})+"?")
			return
		}
	}
	if err := c.s.Operator.Recipient(ctx, c.env, to); err != nil {
		// No fault of the client: cut off here, those who follow would never get the message.
		before := c.errors
		c.refuse(err)
		if c.absent++; c.absent < maxAbsent {
			c.errors = before
		}
		return
	}
	c.reply(250, "2.1.5", "Recipient OK")
}

// addressType tells whether an ORCPT begins with the type of its address, an atom: it goes on to
// other operators as it came. spec: RFC 3461 4.2
func addressType(orcpt string) bool {
	kind, _, ok := strings.Cut(orcpt, ";")
	return ok && kind != "" && !strings.ContainsFunc(kind, func(r rune) bool { return r != '-' && (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') })
}

func validNotify(s string) bool {
	if s == "NEVER" {
		return true
	}
	for _, f := range strings.Split(s, ",") {
		if f != "SUCCESS" && f != "FAILURE" && f != "DELAY" {
			return false
		}
	}
	return true
}
