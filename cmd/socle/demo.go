package main

import (
	"context"

	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/internal/run"
)

type demoCmd struct {
	Data    string `default:"socle-data" type:"path" help:"Data folder; made when absent."`
	Ports   string `default:"default" enum:"default,auto" help:"default (8080, 8443) or auto: free ports."`
	Persons int    `default:"200" help:"Persons of the territory, when the folder is new."`
	Mode    string `name:"strictness" default:"lenient" enum:"lenient,ci-sis,strict" help:"Which findings refuse a deposit: none, errors, warnings too."`
}

func (d *demoCmd) Run(ctx context.Context, s *streams) error {
	mode, err := control.ParseMode(d.Mode)
	if err != nil {
		return err
	}
	p := newProgress(s.err, "documents")
	return run.Demo(ctx, run.DemoOptions{Data: d.Data, AutoPort: d.Ports == "auto", Persons: d.Persons, Strictness: mode, Out: s.out, Log: s.log, Progress: p.Set})
}
