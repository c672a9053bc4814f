package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/socle-sante/socle/internal/store/embedded"
)

type verifyCmd struct {
	Data       string `default:"socle-data" type:"path" help:"Data folder."`
	JSON       bool   `name:"json" help:"Print the report as JSON."`
	Ledger     string `help:"File of lines uniqueId TAB SHA-256 TAB INS TAB OID that must all be kept."`
	Checkpoint string `help:"Signed checkpoint of before, which the journal must extend."`
}

func (c *verifyCmd) Run(ctx context.Context, s *streams) error {
	p := newProgress(s.err, "documents")
	r, err := embedded.Verify(ctx, c.Data, embedded.VerifyOptions{Ledger: c.Ledger, Checkpoint: c.Checkpoint,
		Progress: func(done, total int64) { p.Set(int(done), int(total)) }})
	if err != nil {
		return err
	}
	p.Set(1, 1)
	if c.JSON {
		if err := json.NewEncoder(s.out).Encode(r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(s.out, "%d documents, %d leaves, %d orphan bytes\njournal root %s\n", r.Documents, r.Leaves, r.OrphanBytes, r.Journal.Root)
		for _, m := range r.Missing {
			fmt.Fprintf(s.out, "missing  %s\n", m)
		}
		for _, q := range r.Problems {
			at := q.Where
			if q.Index != nil {
				at += fmt.Sprintf(" index %d", *q.Index)
			}
			if q.Offset != nil {
				at += fmt.Sprintf(" offset %d", *q.Offset)
			}
			fmt.Fprintf(s.out, "%-10s %s: %s\n", q.Kind, at, q.Message)
		}
		if r.OK {
			fmt.Fprintln(s.out, "ok")
		}
	}
	if !r.OK {
		return exitError(1)
	}
	return nil
}
