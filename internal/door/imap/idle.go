package imap

import (
	"strings"

	wire "github.com/socle-sante/socle/format/imap"
)

// maxDone bounds the line that ends IDLE.
const maxDone = 100

// idle tells changes as they happen until the client says DONE.
// spec: RFC 2177 3
func (c *conn) idle(*wire.Command) (answer, error) {
	c.out = append(c.out, "+ idling\r\n"...)
	c.announce(true)
	if c.flush() != nil {
		return answer{}, c.broken
	}
	type line struct {
		text []byte
		err  error
	}
	said := make(chan line, 1)
	c.wait(c.deadline())
	go func() { // reads alone until it has its line: nobody else touches c.r meanwhile
		b, err := c.r.Line(maxDone)
		said <- line{b, err}
	}()
	var changed <-chan struct{}
	if c.view != nil {
		changed = c.view.changed
	}
	for {
		select {
		case <-changed:
			c.view.pending = true
			c.announce(true)
			if c.flush() != nil {
				c.wake() // the reader must be gone before the connection is
				<-said
				return answer{}, c.broken
			}
		case l := <-said:
			if l.err != nil {
				c.failed(l.err)
				return answer{told: true}, nil
			}
			if !strings.EqualFold(strings.TrimSpace(string(l.text)), "DONE") {
				c.faults++
				return answer{}, wire.ErrSyntax
			}
			return answer{}, nil
		}
	}
}
