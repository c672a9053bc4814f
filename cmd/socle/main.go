// Command socle is the shared base of French digital health in one program.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata" // French local time, on machines that have no zone data

	"github.com/alecthomas/kong"
)

// cli is the command line: a file per subcommand.
type cli struct {
	Demo    demoCmd    `cmd:"" help:"Run a fictional pilot territory, all doors open, loopback only."`
	Serve   serveCmd   `cmd:"" help:"Run the real thing from a configuration file."`
	Send    sendCmd    `cmd:"" help:"Deposit documents as the software of a practice does (XDS.b with a VIHF)."`
	Check   checkCmd   `cmd:"" help:"Check the conformity of documents: exit 0 conform, 1 findings, 2 unusable."`
	Rules   rulesCmd   `cmd:"" help:"Official rules of conformity: add, list, remove."`
	Show    showCmd    `cmd:"" help:"Show a document for people."`
	Convert convertCmd `cmd:"" help:"Convert a document between CDA and FHIR R4, losses reported."`
	Load    loadCmd    `cmd:"" help:"Load a running demo with deposits and print figures as JSON."`
	Verify  verifyCmd  `cmd:"" help:"Verify every acknowledged byte, row and journal leaf of a data folder."`
	Card    cardCmd    `cmd:"" help:"Virtual cards and certificates of a demo: new, list, revoke, vitale."`
	Mailbox mailboxCmd `cmd:"" help:"Mailboxes of a folder: list, open, rename, close, password, stats, traces."`
	Version versionCmd `cmd:"" help:"Print the version."`

	Completion completionCmd `cmd:"" help:"Print a shell completion script (bash, zsh or fish)."`

	Verbose bool `short:"v" help:"Log more."`
}

// exitError carries an exit status whose reason was already said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// streams are where a command writes.
type streams struct {
	out, err io.Writer
	log      *slog.Logger
}

func main() {
	os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
}

func execute(args []string, stdout, stderr io.Writer) int {
	var c cli
	code := -1
	parser, err := kong.New(&c, kong.Name("socle"), kong.Description("Socle: the shared base of French digital health."),
		kong.Writers(stdout, stderr), kong.UsageOnError(), kong.Exit(func(n int) { code = n }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(stderr, "socle:", err)
		return 2
	}
	ctx, err := parser.Parse(args)
	if code >= 0 { // help was asked
		return code
	}
	if err != nil {
		fmt.Fprintln(stderr, "socle:", err)
		return 2
	}
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelDebug
	}
	s := &streams{out: stdout, err: stderr, log: slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: level}))}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	ctx.BindTo(stop, (*context.Context)(nil))
	err = ctx.Run(s)
	var exit exitError
	switch {
	case errors.As(err, &exit):
		return int(exit)
	case err != nil:
		fmt.Fprintln(stderr, "socle:", err)
		return 1
	}
	return 0
}
