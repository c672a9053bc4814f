package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/socle-sante/socle/internal/run/client"
)

type loadCmd struct {
	To          string `default:"socle-data" help:"Data folder or web address of a running demo."`
	As          string `default:"banc" help:"Persona that deposits."`
	What        string `default:"deposits" enum:"deposits,insi,insi-lot,tokens,annuaire,courrier,courrier-local" help:"What to press: deposits, insi, insi-lot, tokens, annuaire, courrier (submission) or courrier-local."`
	Seconds     int    `default:"10" help:"How long."`
	Connections int    `default:"32" help:"Connections at once."`
	Size        int    `default:"100000" help:"Bytes of one document or message."`
	Patients    int    `default:"64" help:"Persons who receive them."`
	Finds       int    `default:"0" help:"FindDocuments per second meanwhile."`
	Rate        int    `default:"0" help:"Documents per second at most; 0 = as many as the server takes."`
	Ledger      string `help:"File that gets a line for each acknowledged document: uniqueId TAB SHA-256 TAB INS TAB OID."`
}

func (c *loadCmd) Run(ctx context.Context, s *streams) error {
	e, err := client.Find(c.To)
	if err != nil {
		return err
	}
	cl, err := client.New(e, c.As, c.Connections+1)
	if err != nil {
		return err
	}
	p := newProgress(s.err, "seconds")
	o := client.LoadOptions{Duration: time.Duration(c.Seconds) * time.Second, Connections: max(1, c.Connections), Size: c.Size,
		Patients: c.Patients, Ledger: c.Ledger, Finds: c.Finds, Rate: c.Rate, Progress: p.Set}
	if c.What != "deposits" {
		f, err := cl.Press(ctx, c.What, o)
		if err != nil {
			return err
		}
		return json.NewEncoder(s.out).Encode(f)
	}
	f, err := cl.Load(ctx, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(f)
}
