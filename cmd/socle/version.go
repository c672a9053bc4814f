package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/socle-sante/socle/internal/run"
)

type versionCmd struct{}

func (versionCmd) Run(s *streams) error {
	version, revision := run.Version(), ""
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, kv := range b.Settings {
			if kv.Key == "vcs.revision" {
				revision = " " + kv.Value
			}
		}
	}
	fmt.Fprintf(s.out, "socle %s%s %s %s/%s\n", version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
