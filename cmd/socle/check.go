package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

type checkCmd struct {
	Format     string   `default:"text" enum:"text,json,html" help:"text, json (one object a line) or html."`
	Lang       string   `default:"fr" enum:"fr,en" help:"Language of messages."`
	Production bool     `help:"Apply production rules to identities."`
	Files      []string `arg:"" name:"file" help:"CDA documents."`
}

// checked is the report on one file; its JSON form is a contract.
type checked struct {
	File     string                 `json:"file"`
	Kind     string                 `json:"kind"`
	Conform  bool                   `json:"conform"`
	Unusable string                 `json:"unusable,omitempty"`
	Levels   map[string]check.Count `json:"levels"`
	Findings []checkedFinding       `json:"findings"`
}

type checkedFinding struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Level    string `json:"level"`
	Line     int    `json:"line"`
	XPath    string `json:"xpath"`
	Message  string `json:"message"`
	Fix      string `json:"fix"`
	Found    string `json:"found,omitempty"`
	Expected string `json:"expected,omitempty"`
	Rule     string `json:"rule,omitempty"`
}

// Exit statuses of check, the worst file wins.
const (
	exitFindings = 1
	exitUnusable = 2
)

// maxCheckFile is more than the XML reader accepts: it says itself what is too large.
const maxCheckFile = 64 << 20

func (c *checkCmd) Run(_ context.Context, s *streams) error {
	worst := 0
	p := newProgress(s.err, "files")
	var all []checked
	for i, f := range c.Files {
		r := c.file(f)
		switch {
		case r.Unusable != "":
			worst = exitUnusable
		case !r.Conform:
			worst = max(worst, exitFindings)
		}
		p.Set(i+1, len(c.Files))
		switch c.Format {
		case "json":
			enc := json.NewEncoder(s.out)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(r); err != nil {
				return err
			}
		case "text":
			printChecked(s.out, r)
		default:
			all = append(all, r)
		}
	}
	if c.Format == "html" {
		if err := checkPage.Execute(s.out, map[string]any{"Lang": c.Lang, "Files": all}); err != nil {
			return err
		}
	}
	if worst > 0 {
		return exitError(worst)
	}
	return nil
}

func (c *checkCmd) file(name string) checked {
	r := checked{File: name, Levels: map[string]check.Count{}, Findings: []checkedFinding{}}
	raw, err := readBounded(name, maxCheckFile)
	if err != nil {
		r.Unusable = "io"
		r.Findings = append(r.Findings, checkedFinding{ID: "FICHIER", Severity: "error", Message: err.Error()})
		return r
	}
	doc, err := cda.Parse(raw)
	if err != nil {
		return c.unusable(r, err)
	}
	rep := check.Check(doc, check.Options{Now: time.Now(), Production: c.Production})
	r.Kind, r.Levels, r.Conform = rep.Kind, rep.Levels, rep.Conform()
	for _, f := range rep.Findings {
		r.Findings = append(r.Findings, checkedFinding{ID: f.ID, Severity: string(f.Severity), Level: f.Level, Line: f.Place.Line, XPath: f.Place.XPath,
			Message: f.Message.In(c.Lang), Fix: f.Fix.In(c.Lang), Found: f.Found, Expected: f.Expected, Rule: f.Rule})
	}
	return r
}

// unusable reports a file that cannot be checked at all.
func (c *checkCmd) unusable(r checked, err error) checked {
	var x *xmltree.Error
	if errors.As(err, &x) {
		r.Unusable = x.Unusable
		r.Findings = append(r.Findings, checkedFinding{ID: x.ID, Severity: "error", Line: x.Line, Message: x.Message.In(c.Lang), Fix: x.Fix.In(c.Lang)})
		return r
	}
	r.Unusable = "kind"
	f := checkedFinding{ID: "CDA-KIND", Severity: "error", Message: err.Error()}
	if ref := finding.As(err); ref != nil {
		f.ID, f.Message, f.Fix, f.Rule = ref.ID, ref.Message.In(c.Lang), ref.Fix.In(c.Lang), ref.Rule
	}
	r.Findings = append(r.Findings, f)
	return r
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

func printChecked(w io.Writer, r checked) {
	green, red, yellow, dim, off := "", "", "", "", ""
	if useColour(w) {
		green, red, yellow, dim, off = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
	}
	switch {
	case r.Unusable != "":
		fmt.Fprintf(w, "%sinutilisable (%s)%s  %s\n", red, r.Unusable, off, r.File)
	case r.Conform:
		fmt.Fprintf(w, "%sconforme%s  %s  %s%s%s\n", green, off, r.File, dim, r.Kind, off)
	default:
		fmt.Fprintf(w, "%snon conforme%s  %s  %s%s%s\n", red, off, r.File, dim, r.Kind, off)
	}
	for _, f := range r.Findings {
		colour := red
		if f.Severity != "error" {
			colour = yellow
		}
		fmt.Fprintf(w, "  %s%-7s %s%s", colour, f.Severity, f.ID, off)
		if f.Line > 0 {
			fmt.Fprintf(w, " ligne %d", f.Line)
		}
		fmt.Fprintf(w, "  %s\n", f.Message)
		if f.Fix != "" {
			fmt.Fprintf(w, "          → %s\n", f.Fix)
		}
		if f.XPath != "" {
			fmt.Fprintf(w, "          %s%s%s\n", dim, f.XPath, off)
		}
	}
}

var checkPage = template.Must(template.New("check").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Contrôle – Socle</title>
<style>:root{color-scheme:light dark;font-family:system-ui,sans-serif;line-height:1.5}body{max-width:60rem;margin:2rem auto;padding:0 1rem}
li{margin:.5rem 0}code{overflow-wrap:anywhere}.error{border-left:4px solid #b3261e;padding-left:.75rem}.warning{border-left:4px solid #9a6b00;padding-left:.75rem}.info{border-left:4px solid #5a6b7a;padding-left:.75rem}</style></head>
<body><main><h1>Contrôle de documents</h1>{{range .Files}}<section><h2>{{.File}}</h2>
<p>{{if .Unusable}}Inutilisable ({{.Unusable}}){{else if .Conform}}Conforme{{else}}Non conforme{{end}}{{with .Kind}} · {{.}}{{end}}</p>
<ul>{{range .Findings}}<li class="{{.Severity}}"><strong>{{.ID}}</strong> ({{.Severity}}){{with .Line}} ligne {{.}}{{end}} — {{.Message}}{{with .Fix}}<br>→ {{.}}{{end}}{{with .XPath}}<br><code>{{.}}</code>{{end}}</li>{{end}}</ul></section>{{end}}</main></body></html>
`))
