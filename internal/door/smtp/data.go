package smtp

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	wire "github.com/socle-sante/socle/format/smtp"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// buffers keeps the buffers of small messages, which come by thousands a second.
var buffers = make(chan []byte, 64)

const maxPooled = 512 << 10

func takeBuffer() []byte {
	select {
	case b := <-buffers:
		return b[:0]
	default:
		return make([]byte, 0, 16<<10)
	}
}

func giveBuffer(b []byte) {
	if cap(b) > maxPooled {
		return
	}
	select {
	case buffers <- b:
	default:
	}
}

// release gives back the share of memory a connection took.
func (s *Server) release(c *conn) {
	s.inFlight.Add(-c.share)
	c.share = 0
}

// grow takes the share of memory that a larger buffer needs.
func (c *conn) grow(ctx context.Context, capacity int) error {
	if capacity <= freeBytes {
		return nil
	}
	more := int64(capacity) - c.share
	if more <= 0 {
		return nil
	}
	if err := c.s.reserve(ctx, more); err != nil {
		return err
	}
	c.share += more
	return nil
}

func (c *conn) data(ctx context.Context, rest string) {
	switch {
	case !c.ready():
		return
	case rest != "":
		c.fail(501, "5.5.4", "DATA takes nothing")
		return
	case c.env == nil:
		c.fail(503, "5.5.1", "MAIL FROM comes first")
		return
	case len(c.env.To) == 0:
		c.refuse(mss.ErrNoRecipients)
		return
	case c.r.Buffered() > 0:
		c.early()
		return
	}
	start := time.Now()
	c.reply(354, "", "Send the message, end by a line of one dot")
	if !c.flush() {
		c.quit = true
		return
	}
	c.nc.SetReadDeadline(start.Add(dataTimeout))
	buf := takeBuffer()
	raw, over, err := wire.ReadData(c.r, buf, mss.MaxMessage, func(n int) error { return c.grow(ctx, n) })
	defer func() {
		giveBuffer(raw)
		c.reset()
	}()
	switch {
	case errors.Is(err, wire.ErrBareNewline):
		c.lastWords(err)
		c.quit = true
		return
	case errors.Is(err, mss.ErrBusy):
		c.refuse(err)
		c.quit = true // what follows is the rest of the message
		return
	case errors.Is(err, io.ErrShortBuffer):
		c.refuse(mss.ErrTooLarge)
		c.quit = true
		return
	case err != nil:
		c.lastWords(err)
		c.quit = true
		return
	case over:
		c.refuse(mss.ErrTooLarge)
		c.observe("refused", len(raw), start)
		return
	}
	c.accept(ctx, raw, start)
}

// accept hands a whole message to the operator and acknowledges it.
func (c *conn) accept(ctx context.Context, raw []byte, start time.Time) {
	receipt, err := c.s.Operator.Accept(ctx, c.env, raw)
	if err != nil {
		c.refuse(err)
		c.observe("refused", len(raw), start)
		return
	}
	c.pending = receipt
	c.errors = 0
	c.reply(250, "2.0.0", "Kept as "+strconv.FormatInt(int64(receipt.ID), 10))
	c.observe("accepted", len(raw), start)
}

func (c *conn) observe(outcome string, n int, start time.Time) {
	if c.s.Observe != nil {
		c.s.Observe("DATA", outcome, n, time.Since(start))
	}
}

// chunk reads one BDAT. spec: RFC 3030
func (c *conn) chunk(ctx context.Context, rest string) {
	size, last, ok := bdatSize(rest)
	if !ok {
		// How much follows is unknown: nothing more can be understood.
		c.fail(501, "5.5.4", "BDAT takes a number of octets, then LAST")
		c.quit = true
		return
	}
	start := time.Now()
	wrong := !c.greeted || c.env == nil || len(c.env.To) == 0 || c.peer.TLS == "" && c.s.Way != mss.FromMachine
	over := int64(len(c.bdat))+size > mss.MaxMessage
	c.nc.SetReadDeadline(start.Add(dataTimeout))
	if wrong || over {
		if size > wire.MaxWaste {
			c.quit = true
		} else if _, err := io.CopyN(io.Discard, c.r, size); err != nil {
			c.quit = true
			return
		}
		if over && !wrong {
			c.refuse(mss.ErrTooLarge)
		} else {
			c.fail(503, "5.5.1", "MAIL FROM and RCPT TO come first")
		}
		c.reset()
		return
	}
	c.inBdat = true
	if err := c.take(ctx, int(size)); err != nil {
		if errors.Is(err, mss.ErrBusy) {
			c.refuse(err)
		}
		c.quit = true
		return
	}
	if !last {
		c.reply(250, "2.0.0", strconv.FormatInt(size, 10)+" octets received")
		return
	}
	raw := c.bdat
	defer c.reset()
	if !wire.Strict(raw) {
		c.lastWords(wire.ErrBareNewline)
		c.quit = true
		return
	}
	if len(raw) > 0 && raw[len(raw)-1] != '\n' {
		raw = append(raw, '\r', '\n')
	}
	c.accept(ctx, raw, start)
}

// take reads the octets of a chunk. Memory follows what comes, not what is announced.
func (c *conn) take(ctx context.Context, size int) error {
	for size > 0 {
		if len(c.bdat) == cap(c.bdat) {
			room := min(max(2*cap(c.bdat), min(len(c.bdat)+size, freeBytes)), mss.MaxMessage)
			if err := c.grow(ctx, room); err != nil {
				return err
			}
			c.bdat = append(make([]byte, 0, room), c.bdat...)
		}
		at := len(c.bdat)
		n := min(size, cap(c.bdat)-at)
		if _, err := io.ReadFull(c.r, c.bdat[at:at+n]); err != nil {
			return err
		}
		c.bdat = c.bdat[:at+n]
		size -= n
	}
	return nil
}

func bdatSize(rest string) (size int64, last, ok bool) {
	f := strings.Fields(rest)
	if len(f) == 0 || len(f) > 2 || len(f) == 2 && !strings.EqualFold(f[1], "LAST") {
		return 0, false, false
	}
	n, err := strconv.ParseInt(f[0], 10, 64)
	return n, len(f) == 2, err == nil && n >= 0
}
