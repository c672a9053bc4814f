package imap

import (
	"context"
	"errors"
	"log/slog"
	"time"

	wire "github.com/socle-sante/socle/format/imap"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// answer is what an OK says; told means that it was said already.
type answer struct {
	code, text string
	told       bool
}

// when says in which states a command belongs, as in the diagram of RFC 3501 3.
type when byte

const (
	always when = iota
	before      // not signed in
	after       // signed in
	inside      // a folder is open
)

// What a command does to the rest of the session.
const (
	steady  = 1 << iota // sequence numbers may not move while it runs, unless it goes by UID
	writes              // the mailbox changes: not one that is closed
	changes             // the open folder changes: not one open for reading only
)

type handler struct {
	when when
	run  func(*conn, *wire.Command) (answer, error)
	does byte
}

// handlers are the commands.
var handlers = map[string]handler{
	"CAPABILITY": {always, (*conn).capability, 0}, "NOOP": {always, (*conn).noop, 0}, "LOGOUT": {always, (*conn).logout, 0},
	"ID": {always, (*conn).id, 0}, "STARTTLS": {before, (*conn).startTLS, 0}, "LOGIN": {before, (*conn).login, 0},
	"AUTHENTICATE": {before, (*conn).authenticate, 0}, "ENABLE": {after, (*conn).enable, 0},
	"NAMESPACE": {after, (*conn).namespace, 0}, "LIST": {after, (*conn).list, 0}, "LSUB": {after, (*conn).list, 0},
	"SELECT": {after, (*conn).selectFolder, 0}, "EXAMINE": {after, (*conn).selectFolder, 0}, "CREATE": {after, (*conn).create, writes},
	"DELETE": {after, (*conn).deleteFolder, writes}, "RENAME": {after, (*conn).rename, writes}, "SUBSCRIBE": {after, (*conn).subscribe, writes},
	"UNSUBSCRIBE": {after, (*conn).subscribe, writes}, "STATUS": {after, (*conn).status, 0}, "APPEND": {after, (*conn).appendMessage, writes},
	"GETQUOTA": {after, (*conn).getQuota, 0}, "GETQUOTAROOT": {after, (*conn).getQuotaRoot, 0}, "SETQUOTA": {after, (*conn).setQuota, 0},
	"IDLE": {after, (*conn).idle, 0}, "CHECK": {inside, (*conn).noop, 0}, "CLOSE": {inside, (*conn).closeFolder, 0},
	"UNSELECT": {inside, (*conn).closeFolder, 0}, "EXPUNGE": {inside, (*conn).expunge, changes}, "SEARCH": {inside, (*conn).search, steady},
	"FETCH": {inside, (*conn).fetch, steady}, "STORE": {inside, (*conn).store, steady | changes}, "COPY": {inside, (*conn).copy, writes},
	"MOVE": {inside, (*conn).copy, writes | changes},
}

// run carries out one command: what it answers, then what happened to the open folder, then OK.
func (c *conn) run(cmd *wire.Command, start time.Time) {
	h := handlers[cmd.Name]
	var a answer
	err := c.belongs(&h)
	if err == nil {
		a, err = h.run(c, cmd)
	}
	c.announce(h.does&steady == 0 || cmd.UID)
	if err == nil {
		if !a.told {
			c.out = wire.AppendStatus(c.out, cmd.Tag, "OK", a.code, cmd.Name+" "+said(a.text))
		}
		c.count(cmd, "ok", start)
		return
	}
	if errors.Is(err, context.Canceled) || c.broken != nil {
		c.ended = true
		return
	}
	r := refusalOf(err)
	if r == errInternal {
		c.d.Log.Error("imap command failed", slog.String("command", cmd.Name), slog.Any("err", err))
	}
	c.count(cmd, r.ID, start)
	c.out = appendRefusal(c.out, cmd.Tag, "", err)
	if c.attempts >= maxAttempts {
		c.bye(errAttempts)
	}
}

func said(text string) string {
	if text == "" {
		return "done"
	}
	return text
}

// belongs tells whether a command may be said now.
func (c *conn) belongs(h *handler) error {
	signedIn, open := c.session != nil, c.view != nil
	switch {
	case h.when == before && signedIn, h.when >= after && !signedIn, h.when == inside && !open:
		return errState
	case h.does&changes != 0 && c.view.readOnly, h.does&writes != 0 && c.session.Box.State == mss.Closed:
		return errReadOnly
	}
	return nil
}

func (c *conn) noop(*wire.Command) (answer, error) { return answer{}, nil }

func (c *conn) logout(*wire.Command) (answer, error) {
	c.unselect()
	c.untagged("BYE", "", "Au revoir. Goodbye.")
	c.ended = true
	return answer{}, nil
}

// id says the name of the program, and keeps nothing of the client's.
// spec: RFC 2971 3.3
func (c *conn) id(*wire.Command) (answer, error) {
	c.out = append(c.out, "* ID (\"name\" \"Socle\" \"vendor\" \"socle-sante\")\r\n"...)
	return answer{}, nil
}
