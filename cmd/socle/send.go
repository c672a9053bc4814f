package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/socle-sante/socle/internal/run/client"
)

type sendCmd struct {
	To    string   `default:"socle-data" help:"Data folder or web address of a running demo."`
	As    string   `default:"medecin_generaliste" help:"Persona or role that deposits."`
	MSS   string   `name:"mss" placeholder:"ADDRESS" help:"Send by secure mail to this address instead of depositing."`
	JSON  bool     `name:"json" help:"One JSON object a line."`
	Files []string `arg:"" name:"file" help:"CDA documents."`
}

func (c *sendCmd) Run(ctx context.Context, s *streams) error {
	e, err := client.Find(c.To)
	if err != nil {
		return err
	}
	cl, err := client.New(e, c.As, 1)
	if err != nil {
		return err
	}
	p := newProgress(s.err, "files")
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	refused := 0
	for i, f := range c.Files {
		r := c.send(ctx, cl, f)
		if !r.Accepted {
			refused++
		}
		p.Set(i+1, len(c.Files))
		if c.JSON {
			if err := enc.Encode(r); err != nil {
				return err
			}
			continue
		}
		c.print(s, r)
	}
	if refused > 0 {
		return exitError(1)
	}
	return nil
}

// send deposits a file, or mails it.
func (c *sendCmd) send(ctx context.Context, cl *client.Client, file string) *client.Sent {
	if c.MSS != "" {
		return cl.Mail(ctx, c.MSS, file)
	}
	return cl.Send(ctx, file)
}

func (c *sendCmd) print(s *streams, r *client.Sent) {
	green, red, dim, off := "", "", "", ""
	if useColour(s.out) {
		green, red, dim, off = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[0m"
	}
	if r.Accepted {
		fmt.Fprintf(s.out, "%saccepté%s  %s  %s(%d ms)%s\n", green, off, r.File, dim, r.MS, off)
		if r.Identity != "" {
			fmt.Fprintf(s.out, "         guichet : %s\n", r.Identity)
		}
		if r.Page != "" {
			fmt.Fprintf(s.out, "         %s\n", r.Page)
		}
		if r.MessageID != "" {
			fmt.Fprintf(s.out, "         message <%s>\n", r.MessageID)
		}
	} else {
		fmt.Fprintf(s.out, "%srefusé%s   %s\n", red, off, r.File)
	}
	for _, f := range r.Findings {
		if f.Severity == "error" || c.As == "" {
			fmt.Fprintf(s.out, "         %s: %s\n", f.ID, f.Message)
		}
	}
	if n := len(r.Findings); r.Accepted && n > 0 {
		fmt.Fprintf(s.out, "         %s%d remarque(s) : socle check %s%s\n", dim, n, r.File, off)
	}
}
