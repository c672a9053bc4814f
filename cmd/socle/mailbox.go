package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/run"
)

// mailboxCmd looks after the mailboxes of a folder that no program serves. While one does, they
// change by PATCH on its directory, and figures are at /mss/statistiques.
type mailboxCmd struct {
	List      mailboxListCmd      `cmd:"" help:"List the mailboxes."`
	Open      mailboxOpenCmd      `cmd:"" help:"Open one; its password is printed once."`
	Rename    mailboxRenameCmd    `cmd:"" help:"Give one another address; the former one leads on."`
	Close     mailboxCloseCmd     `cmd:"" help:"Close one: nothing comes in any more."`
	Password  mailboxPasswordCmd  `cmd:"" help:"Set a password, read from the standard input."`
	Stats     mailboxStatsCmd     `cmd:"" help:"Write the statistics files of a month."`
	Traces    mailboxTracesCmd    `cmd:"" help:"Print the actions on one, oldest first."`
	Whitelist mailboxWhitelistCmd `cmd:"" help:"White list: accept one that shrank."`
}

// mailboxAt says where the mailboxes are.
type mailboxAt struct {
	Data string `default:"socle-data" type:"path" help:"Data folder."`
}

var byCommand = mss.By{Actor: "exploitant", Door: "commande"}

// with opens the mailboxes for one command.
func (at *mailboxAt) with(ctx context.Context, s *streams, domain string, fn func(o *mss.Operator) error) error {
	o, done, err := run.Mailboxes(ctx, at.Data, domain, s.log)
	if err != nil {
		return err
	}
	return errors.Join(fn(o), done())
}

// mailbox prints one line about a mailbox.
func (s *streams) mailbox(m *mss.Mailbox, asJSON bool) error {
	if asJSON {
		shown := *m
		shown.Password = ""
		return json.NewEncoder(s.out).Encode(&shown)
	}
	red := ""
	if m.Red {
		red = " (liste rouge)"
	}
	_, err := fmt.Fprintf(s.out, "%-48s %-4s %-9s %-24s %s%s\n", m.Address, m.Type, m.State, m.Professional+m.Structure, m.Name, red)
	return err
}

type mailboxListCmd struct {
	mailboxAt
	JSON bool `name:"json" help:"Print JSON, one object a line."`
}

func (c *mailboxListCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, "", func(o *mss.Operator) error {
		return o.All(ctx, func(m *mss.Mailbox) error { return s.mailbox(m, c.JSON) })
	})
}

type mailboxOpenCmd struct {
	mailboxAt
	Address      string `arg:"" help:"Address of the mailbox."`
	Type         string `default:"PER" enum:"PER,ORG,APP,CAB" help:"PER, ORG, APP or CAB."`
	Professional string `help:"PS_IdNat of the holder (PER, CAB)."`
	Structure    string `help:"Struct_IdNat (ORG, APP; PER for a situation in a structure)."`
	Name         string `help:"Display name."`
	Description  string `help:"What it is for (ORG, APP)."`
	Service      string `help:"Service (ORG, APP)."`
}

func (c *mailboxOpenCmd) Run(ctx context.Context, s *streams) error {
	_, domain, _ := strings.Cut(mss.Canonical(c.Address), "@")
	return c.with(ctx, s, domain, func(o *mss.Operator) error {
		password, err := mss.NewPassword(o.Rand)
		if err != nil {
			return err
		}
		m, err := o.Create(ctx, byCommand, mss.Mailbox{Address: c.Address, Type: mss.Type(c.Type), Professional: c.Professional, Structure: c.Structure, Name: c.Name,
			Description: c.Description, Service: c.Service, Rank: 1, Password: mss.HashPassword(password)})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "%s %s\n", m.Address, password)
		return err
	})
}

type mailboxRenameCmd struct {
	mailboxAt
	From string `arg:"" help:"Address of today."`
	To   string `arg:"" help:"Address to come."`
}

func (c *mailboxRenameCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, "", func(o *mss.Operator) error {
		m, err := o.Rename(ctx, byCommand, c.From, c.To)
		if err != nil {
			return err
		}
		return s.mailbox(m, false)
	})
}

type mailboxCloseCmd struct {
	mailboxAt
	Address string `arg:"" help:"Address of the mailbox."`
	Reason  string `required:"" help:"Why, in words."`
}

func (c *mailboxCloseCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, "", func(o *mss.Operator) error {
		m, err := o.Close(ctx, byCommand, c.Address, c.Reason)
		if err != nil {
			return err
		}
		return s.mailbox(m, false)
	})
}

type mailboxPasswordCmd struct {
	mailboxAt
	Address string `arg:"" help:"Address of the mailbox."`
}

// maxTyped bounds what is read of a password.
const maxTyped = 1 << 10

func (c *mailboxPasswordCmd) Run(ctx context.Context, s *streams) error {
	raw, err := io.ReadAll(io.LimitReader(os.Stdin, maxTyped))
	if err != nil {
		return err
	}
	password := strings.TrimRight(string(raw), "\r\n")
	return c.with(ctx, s, "", func(o *mss.Operator) error {
		_, err := o.Change(ctx, byCommand, c.Address, mss.Changes{Password: &password})
		return err
	})
}

type mailboxStatsCmd struct {
	mailboxAt
	Month string `help:"YYYY-MM; the current one if absent."`
	Out   string `default:"." type:"path" help:"Folder to write to."`
}

func (c *mailboxStatsCmd) Run(ctx context.Context, s *streams) error {
	month := time.Now()
	if c.Month != "" {
		var err error
		if month, err = time.Parse("2006-01", c.Month); err != nil {
			return mss.ErrMonth.At(c.Month)
		}
	}
	return c.with(ctx, s, "", func(o *mss.Operator) error {
		files, err := o.Statistics(ctx, month)
		if err != nil {
			return err
		}
		for _, f := range files {
			path := filepath.Join(c.Out, f.Name)
			if err := os.WriteFile(path, f.Bytes, 0o600); err != nil {
				return err
			}
			fmt.Fprintln(s.out, path)
		}
		return nil
	})
}

type mailboxTracesCmd struct {
	mailboxAt
	Address string `arg:"" help:"Address of the mailbox."`
}

// tracesAtOnce is how many traces are read at once.
const tracesAtOnce = 500

func (c *mailboxTracesCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, "", func(o *mss.Operator) error {
		m, err := o.Mailbox(ctx, c.Address)
		if err != nil {
			return err
		}
		enc := json.NewEncoder(s.out)
		for after := ""; ; {
			list, next, err := o.Traces(ctx, m.ID, after, tracesAtOnce)
			if err != nil {
				return err
			}
			for i := range list {
				if err := enc.Encode(&list[i]); err != nil {
					return err
				}
			}
			if after = next; next == "" {
				return nil
			}
		}
	})
}

type mailboxWhitelistCmd struct {
	Accept mailboxAcceptCmd `cmd:"" help:"Accept the list that waits because it lost more than half of its domains."`
}

type mailboxAcceptCmd struct{ mailboxAt }

func (c *mailboxAcceptCmd) Run(s *streams) error {
	n, err := run.AgreeWhiteList(c.Data)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%d\n", n)
	return err
}
