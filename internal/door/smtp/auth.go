package smtp

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	wire "github.com/socle-sante/socle/format/smtp"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// mechanisms are those that make sense on this connection.
// spec: MSSANTE CONF.07
func (c *conn) mechanisms() []string {
	list := []string{"PLAIN", "LOGIN", "XOAUTH2"}
	if c.peer.Certificate != nil {
		list = append(list, "EXTERNAL")
	}
	return list
}

// auth runs a SASL exchange. spec: RFC 4954
func (c *conn) auth(ctx context.Context, rest string) {
	mech, initial, _ := strings.Cut(rest, " ")
	mech = strings.ToUpper(mech)
	switch {
	case !c.greeted:
		c.fail(503, "5.5.1", "Say EHLO first")
		return
	case c.s.Way != mss.FromUser:
		c.fail(502, "5.5.1", "AUTH is for submission (port 587); operators come with their certificate")
		return
	case c.peer.TLS == "":
		c.refuse(mss.ErrTLS)
		return
	case c.peer.Session != nil || c.env != nil:
		c.fail(503, "5.5.1", "Already authenticated, or a message is begun")
		return
	}
	cred := mss.Credentials{Door: "submission", Remote: c.host, Certificate: c.peer.Certificate}
	var ok bool
	switch mech {
	case "PLAIN":
		var resp string
		if resp, ok = c.response(initial, ""); ok {
			f := strings.Split(resp, "\x00")
			if len(f) != 3 || f[0] != "" && f[0] != f[1] {
				c.fail(535, "5.7.8", "PLAIN is NUL user NUL password")
				return
			}
			cred.Mailbox, cred.Password = f[1], f[2]
		}
	case "LOGIN":
		if cred.Mailbox, ok = c.response(initial, "Username:"); ok {
			cred.Password, ok = c.response("", "Password:")
		}
	case "XOAUTH2":
		var resp string
		if resp, ok = c.response(initial, ""); ok {
			if cred.Mailbox, cred.Token = xoauth2(resp); cred.Token == "" {
				c.fail(535, "5.7.8", "XOAUTH2 is user=MAILBOX ^A auth=Bearer TOKEN ^A ^A")
				return
			}
		}
	case "EXTERNAL":
		cred.External = true
		cred.Mailbox, ok = c.response(initial, "")
	default:
		c.fail(504, "5.5.4", "Unknown mechanism; one of "+strings.Join(c.mechanisms(), " "))
		return
	}
	if !ok {
		return
	}
	session, err := c.s.Operator.SignIn(ctx, cred)
	if err != nil && mech == "XOAUTH2" {
		// The client is told why in JSON, answers nothing, and is refused then.
		c.reply(334, "", base64.StdEncoding.EncodeToString([]byte(`{"status":"401","schemes":"bearer","scope":"openid"}`)))
		if !c.flush() {
			c.quit = true
			return
		}
		if _, e := wire.ReadLine(c.r); e != nil {
			c.quit = true
			return
		}
	}
	if err != nil {
		if r := finding.As(err); r != nil && r.Kind != finding.Busy {
			time.Sleep(missPause)
		}
		c.refuse(err)
		return
	}
	c.peer.Session = session
	c.reply(235, "2.7.0", "Mailbox "+session.Box.Address+" open")
}

// missPause makes guessing slow on one connection.
const missPause = 300 * time.Millisecond

// response takes a client response, from the command line or after a challenge. False: answered.
func (c *conn) response(initial, challenge string) (string, bool) {
	if initial == "" {
		c.reply(334, "", base64.StdEncoding.EncodeToString([]byte(challenge)))
		if !c.flush() {
			c.quit = true
			return "", false
		}
		line, err := wire.ReadLine(c.r)
		if err != nil {
			c.lastWords(err)
			c.quit = true
			return "", false
		}
		initial = string(line)
		if initial == "" {
			return "", true
		}
	}
	if initial == "*" {
		c.fail(501, "5.7.0", "Authentication given up")
		return "", false
	}
	if initial == "=" {
		return "", true
	}
	b, err := base64.StdEncoding.DecodeString(initial)
	if err != nil {
		c.fail(501, "5.5.2", "This is no base64")
		return "", false
	}
	return string(b), true
}

// xoauth2 reads the initial response of the mechanism.
func xoauth2(s string) (user, token string) {
	for _, f := range strings.Split(s, "\x01") {
		if v, ok := strings.CutPrefix(f, "user="); ok {
			user = v
		}
		if v, ok := strings.CutPrefix(f, "auth="); ok && len(v) > 7 && strings.EqualFold(v[:7], "Bearer ") {
			token = v[7:]
		}
	}
	return user, token
}
