package main

import (
	"context"

	"github.com/socle-sante/socle/internal/run"
)

type serveCmd struct {
	Config string `required:"" type:"existingfile" help:"Configuration file (TOML)."`
}

func (c *serveCmd) Run(ctx context.Context, s *streams) error {
	conf, err := run.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	return run.Serve(ctx, conf, s.log)
}
