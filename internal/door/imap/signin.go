package imap

import (
	"bytes"
	"encoding/base64"
	"strings"

	wire "github.com/socle-sante/socle/format/imap"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// startTLS begins TLS. What the client sent in clear beyond the command is an attack, or a bug.
// spec: RFC 3501 6.2.1, MSSANTE CONF.06
func (c *conn) startTLS(cmd *wire.Command) (answer, error) {
	if c.secure {
		return answer{}, errState
	}
	if c.r.R.Buffered() > 0 {
		c.ended = true
		return answer{}, errState
	}
	c.out = wire.AppendStatus(c.out, cmd.Tag, "OK", "", "Begin TLS")
	if c.flush() != nil {
		return answer{}, c.broken
	}
	if err := c.handshake(); err != nil {
		c.broken = err
		return answer{}, err
	}
	return answer{told: true}, nil
}

// login is refused in clear, where the password has already travelled.
// spec: MSSANTE CONF.07
func (c *conn) login(cmd *wire.Command) (answer, error) {
	if !c.secure {
		return answer{}, mss.ErrTLS
	}
	a := cmd.Args.(*wire.Login)
	return c.signIn(mss.Credentials{Mailbox: a.User, Password: string(a.Password)})
}

func (c *conn) authenticate(cmd *wire.Command) (answer, error) {
	if !c.secure {
		return answer{}, mss.ErrTLS
	}
	a := cmd.Args.(*wire.Authenticate)
	switch a.Mechanism {
	case "PLAIN", "XOAUTH2":
	case "EXTERNAL":
		if c.certificate == nil {
			return answer{}, errMechanism
		}
	default:
		return answer{}, errMechanism
	}
	first, err := c.response(a)
	if err != nil {
		return answer{}, err
	}
	var cred mss.Credentials
	var ok bool
	switch a.Mechanism {
	case "PLAIN":
		cred, ok = plain(first)
	case "XOAUTH2":
		cred, ok = bearer(first)
	case "EXTERNAL":
		cred, ok = mss.Credentials{Mailbox: string(first), External: true}, len(first) > 0
	}
	if !ok {
		return answer{}, errResponse
	}
	out, err := c.signIn(cred)
	if err != nil && a.Mechanism == "XOAUTH2" {
		// The client is told in the form it knows, and answers an empty line, before the NO.
		c.out = append(c.out, "+ "+base64.StdEncoding.EncodeToString([]byte(`{"status":"401","schemes":"bearer","scope":"openid"}`))+"\r\n"...)
		if c.flush() != nil {
			return answer{}, c.broken
		}
		if _, e := c.r.Line(wire.Early.Line); e != nil {
			c.broken = e
		}
	}
	return out, err
}

// response gives the first message of the client, asked for when it did not come with the command.
func (c *conn) response(a *wire.Authenticate) ([]byte, error) {
	if a.Has {
		return a.Initial, nil
	}
	c.out = append(c.out, "+ \r\n"...)
	if c.flush() != nil {
		return nil, c.broken
	}
	line, err := c.r.Line(wire.Early.Line)
	if err != nil {
		c.failed(err)
		return nil, errResponse
	}
	b := wire.DecodeSASL(line) // * gives up, and is no base64
	if b == nil {
		return nil, errResponse
	}
	return b, nil
}

// plain reads authzid NUL authcid NUL password.
// spec: RFC 4616 2
func plain(b []byte) (mss.Credentials, bool) {
	f := bytes.Split(b, []byte{0})
	if len(f) != 3 || len(f[1]) == 0 || len(f[2]) == 0 {
		return mss.Credentials{}, false
	}
	if len(f[0]) > 0 && mss.Canonical(string(f[0])) != mss.Canonical(string(f[1])) {
		return mss.Credentials{}, false // a password opens its own mailbox
	}
	return mss.Credentials{Mailbox: string(f[1]), Password: string(f[2])}, true
}

// bearer reads user=<mailbox>^Aauth=Bearer <token>^A^A.
// spec: MSSANTE CONF.07
func bearer(b []byte) (mss.Credentials, bool) {
	var cred mss.Credentials
	for _, f := range strings.Split(string(b), "\x01") {
		k, v, _ := strings.Cut(f, "=")
		switch strings.ToLower(k) {
		case "user":
			cred.Mailbox = v
		case "auth":
			if scheme, token, ok := strings.Cut(v, " "); ok && strings.EqualFold(scheme, "Bearer") {
				cred.Token = strings.TrimSpace(token)
			}
		}
	}
	return cred, cred.Mailbox != "" && cred.Token != ""
}

func (c *conn) signIn(cred mss.Credentials) (answer, error) {
	cred.Door, cred.Certificate, cred.Remote = "imap", c.certificate, c.net.RemoteAddr().String()
	s, err := c.d.Operator.SignIn(c.ctx, cred)
	if err == nil {
		err = c.d.signedIn(c, s)
	}
	if err != nil {
		c.attempts++
		return answer{}, err
	}
	c.attempts = 0
	c.r.Limits = wire.Usual
	return answer{code: "CAPABILITY " + c.capabilities()}, nil
}
