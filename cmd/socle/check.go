package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/cda/official"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/mssante"
	"github.com/socle-sante/socle/format/report"
	"github.com/socle-sante/socle/format/xdm"
	"github.com/socle-sante/socle/internal/run"
)

type checkCmd struct {
	Rules      string   `help:"Folder of official rules, as published; without it, those that rules add has kept." type:"path"`
	Data       string   `help:"Use the rules kept in this data folder." type:"path"`
	Edition    string   `help:"Edition of the rules of the kind (2024.01); without it the document says."`
	Format     string   `default:"text" enum:"text,json,sarif,junit,html" help:"text, json (one object a line), sarif, junit or html."`
	Lang       string   `default:"fr" enum:"fr,en" help:"Language of messages."`
	Production bool     `help:"Apply production rules to identities."`
	Jobs       int      `help:"Documents at once; the number of processors when 0."`
	Files      []string `arg:"" name:"file" help:"CDA documents, IHE_XDM archives, messages (.eml), folders, .zip or .tar.gz archives."`
}

// maxCheckFile is more than the XML reader accepts: it says itself what is too large.
const maxCheckFile = 64 << 20

// done is a document that was checked.
type done struct {
	file   report.File
	source []byte
}

func (c *checkCmd) Run(_ context.Context, s *streams) error {
	rules, err := c.rules(s)
	if err != nil {
		return nothing(s, err)
	}
	w, err := report.NewWriter(c.Format, s.out, report.Options{Lang: c.Lang, Colour: useColour(s.out), Tool: run.Version()})
	if err != nil {
		return nothing(s, err)
	}
	list := inputs(c.Files)
	p, worst := newProgress(s.err, "files"), 0
	for i, r := range c.all(control.New(rules...), list) {
		if err := w.Write(&r.file, r.source); err != nil {
			return nothing(s, err)
		}
		worst = max(worst, r.file.Worst())
		p.Set(i+1, len(list))
	}
	if err := w.Close(); err != nil {
		return nothing(s, err)
	}
	if worst > 0 {
		return exitError(worst)
	}
	return nil
}

// nothing says that the control itself failed: status 1 would tell of findings in a document.
func nothing(s *streams, err error) error {
	fmt.Fprintln(s.err, "socle:", err)
	return exitError(2)
}

// rules gives the official rules to apply: those of a folder, or those kept.
func (c *checkCmd) rules(s *streams) ([]*official.Rules, error) {
	if c.Rules != "" {
		r, err := run.FolderRules(c.Rules)
		if err != nil {
			return nil, said(err, c.Lang)
		}
		return []*official.Rules{r}, nil
	}
	dir, err := run.RulesDir(c.Data)
	if err != nil {
		return nil, nil // no home, no kept rules: ours are always there
	}
	sets, errs := run.KeptRules(dir)
	for _, err := range errs {
		fmt.Fprintln(s.err, "socle:", err)
	}
	return sets, nil
}

// all checks the documents on every processor and gives the results in order; a few wait at most,
// so that a million documents take no more memory than a dozen.
func (c *checkCmd) all(k *control.Controller, list []input) func(yield func(int, done) bool) {
	jobs := c.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	return func(yield func(int, done) bool) {
		type place struct{ out chan done }
		queue := make(chan place, 2*jobs)
		work := make(chan func(), jobs)
		stop := make(chan struct{})
		defer close(stop)
		for range jobs {
			go func() {
				for f := range work {
					f()
				}
			}()
		}
		go func() {
			defer close(queue)
			defer close(work)
			for _, in := range list {
				p := place{make(chan done, 1)}
				select {
				case queue <- p:
				case <-stop:
					return
				}
				select {
				case work <- func() { p.out <- c.one(k, in) }:
				case <-stop:
					return
				}
			}
		}()
		i := 0
		for p := range queue {
			if !yield(i, <-p.out) {
				return
			}
			i++
		}
	}
}

func (c *checkCmd) one(k *control.Controller, in input) done {
	if in.err != nil {
		return done{file: report.Unread(in.name, in.err)}
	}
	raw, err := in.read()
	if err != nil {
		return done{file: report.Unread(in.name, err)}
	}
	switch in.kind {
	case kindXDM:
		_, list, err := xdm.Read(raw, xdm.Limits{})
		if r := finding.As(err); r != nil {
			list = append(list, finding.Finding{ID: r.ID, Severity: finding.Error, Level: "xdm", Rule: r.Rule, Message: r.Message, Fix: r.Fix, Found: r.Where})
		}
		return done{file: report.OfFindings(in.name, in.kind, list, c.Lang)}
	case kindMessage:
		if !bytes.Contains(raw, []byte("\r\n")) { // written by a text tool
			raw = bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))
		}
		return done{file: report.OfFindings(in.name, in.kind, mssante.Lint(raw, mssante.Envelope{}), c.Lang)}
	}
	r := k.Check(raw, control.Question{Now: time.Now(), Production: c.Production, Edition: c.Edition})
	d := done{file: report.Of(in.name, &r, c.Lang)}
	if c.Format == "html" {
		d.source = raw
		if r.Document != nil {
			d.source = r.Document.Root.Doc().Source()
		}
	}
	return d
}

func readBounded(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s: over %d bytes", name, limit)
	}
	return b, err
}
