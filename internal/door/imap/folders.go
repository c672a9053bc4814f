package imap

import (
	"slices"
	"strconv"
	"strings"

	wire "github.com/socle-sante/socle/format/imap"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// delimiter separates the levels of folder names.
const delimiter = '/'

// uses are the special uses a client may give a folder it makes.
var uses = []string{`\Archive`, `\Drafts`, `\Junk`, `\Sent`, `\Trash`}

// create makes a folder; the reader has made sure that the name is one.
// spec: RFC 3501 6.3.3, RFC 6154 3
func (c *conn) create(cmd *wire.Command) (answer, error) {
	a := cmd.Args.(*wire.Create)
	use := ""
	for _, u := range a.Use {
		i := slices.IndexFunc(uses, func(known string) bool { return strings.EqualFold(known, u) })
		if i < 0 || use != "" {
			return answer{}, errUse
		}
		use = uses[i]
	}
	return answer{}, c.session.CreateFolder(c.ctx, a.Mailbox, use)
}

func (c *conn) deleteFolder(cmd *wire.Command) (answer, error) {
	return answer{}, c.session.DeleteFolder(c.ctx, cmd.Args.(*wire.Named).Mailbox)
}

func (c *conn) rename(cmd *wire.Command) (answer, error) {
	a := cmd.Args.(*wire.Rename)
	return answer{}, c.session.RenameFolder(c.ctx, a.From, a.To)
}

func (c *conn) subscribe(cmd *wire.Command) (answer, error) {
	return answer{}, c.session.Subscribe(c.ctx, cmd.Args.(*wire.Named).Mailbox, cmd.Name == "SUBSCRIBE")
}

// spec: RFC 2342 5
func (c *conn) namespace(*wire.Command) (answer, error) {
	c.out = append(c.out, "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"...)
	return answer{}, nil
}

// status is STATUS.
// spec: RFC 3501 6.3.10
func (c *conn) status(cmd *wire.Command) (answer, error) {
	a := cmd.Args.(*wire.StatusOf)
	f, err := c.session.Folder(c.ctx, a.Mailbox)
	if err != nil {
		return answer{}, err
	}
	c.statusOf(f, a.Items)
	return answer{}, nil
}

func (c *conn) statusOf(f *mss.Folder, items []string) {
	c.out = append(c.out, "* STATUS "...)
	c.out = wire.AppendMailbox(c.out, f.Name)
	c.out = append(c.out, " ("...)
	for i, item := range items {
		if i > 0 {
			c.out = append(c.out, ' ')
		}
		c.out = append(c.out, item...)
		c.out = append(c.out, ' ')
		c.out = strconv.AppendUint(c.out, c.statusItem(f, item), 10)
	}
	c.out = append(c.out, ")\r\n"...)
}

func (c *conn) statusItem(f *mss.Folder, item string) uint64 {
	switch item {
	case "MESSAGES":
		return uint64(f.Count)
	case "UIDNEXT":
		return uint64(f.UIDNext)
	case "UIDVALIDITY":
		return uint64(f.UIDValidity)
	case "UNSEEN":
		return uint64(f.Unseen)
	case "HIGHESTMODSEQ":
		c.useCondstore()
		return max(f.ModSeq, 1)
	case "SIZE":
		return uint64(f.Bytes)
	case "APPENDLIMIT":
		return wire.MaxMessage
	}
	return 0 // RECENT
}

// getQuotaRoot, getQuota and setQuota: one root, the mailbox as a whole.
// spec: RFC 9208 4.1
func (c *conn) getQuotaRoot(cmd *wire.Command) (answer, error) {
	f, err := c.session.Folder(c.ctx, cmd.Args.(*wire.Named).Mailbox)
	if err != nil {
		return answer{}, err
	}
	c.out = append(c.out, "* QUOTAROOT "...)
	c.out = wire.AppendMailbox(c.out, f.Name)
	c.out = append(c.out, " \"\"\r\n"...)
	return answer{}, c.quota()
}

func (c *conn) getQuota(cmd *wire.Command) (answer, error) {
	if cmd.Args.(*wire.Named).Mailbox != "" {
		return answer{}, errQuotaRoot
	}
	return answer{}, c.quota()
}

// quota is counted in units of 1024 octets.
func (c *conn) quota() error {
	used, limit, err := c.session.Quota(c.ctx)
	if err != nil {
		return err
	}
	c.out = append(c.out, "* QUOTA \"\" (STORAGE "...)
	c.out = strconv.AppendInt(c.out, (used+1023)/1024, 10)
	c.out = append(c.out, ' ')
	c.out = strconv.AppendInt(c.out, limit/1024, 10)
	c.out = append(c.out, ")\r\n"...)
	return nil
}

func (c *conn) setQuota(*wire.Command) (answer, error) { return answer{}, errQuotaFixed }
