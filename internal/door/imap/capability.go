package imap

import (
	"strconv"
	"strings"

	wire "github.com/socle-sante/socle/format/imap"
)

// What the server says it can do, before and after somebody signed in.
const (
	earlyCapabilities = "IMAP4rev1 LITERAL+ SASL-IR ID ENABLE"
	laterCapabilities = "IDLE NAMESPACE UNSELECT CHILDREN UIDPLUS MOVE CONDSTORE ESEARCH WITHIN LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE QUOTA QUOTA=RES-STORAGE STATUS=SIZE"
)

// capabilities depends on what the client may do now.
// spec: RFC 3501 7.2.1
func (c *conn) capabilities() string {
	if c.session != nil {
		return earlyCapabilities + " " + laterCapabilities + " APPENDLIMIT=" + strconv.Itoa(wire.MaxMessage)
	}
	if !c.secure {
		return earlyCapabilities + " STARTTLS LOGINDISABLED"
	}
	s := earlyCapabilities + " AUTH=PLAIN AUTH=XOAUTH2"
	if c.certificate != nil {
		s += " AUTH=EXTERNAL"
	}
	return s
}

func (c *conn) capability(*wire.Command) (answer, error) {
	c.out = append(c.out, "* CAPABILITY "+c.capabilities()+"\r\n"...)
	return answer{}, nil
}

// enable turns on what may be turned on; the rest is passed over.
// spec: RFC 5161 3.1
func (c *conn) enable(cmd *wire.Command) (answer, error) {
	var on []string
	for _, name := range cmd.Args.(*wire.Enable).Names {
		if name == "CONDSTORE" && !c.condstore {
			c.condstore = true
			on = append(on, name)
		}
	}
	c.out = append(c.out, strings.TrimRight("* ENABLED "+strings.Join(on, " "), " ")+"\r\n"...)
	return answer{}, nil
}

// useCondstore notes a command that turns mod-sequences on; with an open folder the client is told
// where they stand.
// spec: RFC 7162 3.1
func (c *conn) useCondstore() {
	if c.condstore {
		return
	}
	c.condstore = true
	if c.view != nil {
		c.untagged("OK", "HIGHESTMODSEQ "+strconv.FormatUint(c.view.modseq(), 10), "CONDSTORE is on")
	}
}
