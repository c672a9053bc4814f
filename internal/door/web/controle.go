package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/report"
	"github.com/socle-sante/socle/internal/domain/controle"
)

// controlPath is the page where anyone has a document checked. Nothing of it is kept: the page that
// answers carries the document itself, to be sent again for another form of the report.
const controlPath = "/controler"

// Bounds of the exchange.
const (
	controlTime  = time.Minute // to send a document
	controlDrain = 64 << 20    // of a body that is refused, so that the page that says so is seen
)

// controlPage is the page to choose a document, with what went wrong with the last one.
type controlPage struct {
	Problem  *problem
	Editions []string // of the official rules
	Official []string // names of the sets in use
}

// control checks what the form brings, or shows the form.
func (d *Door) control(q *request) error {
	if q.r.Method != http.MethodPost {
		return q.render("controle", q.controlForm(nil))
	}
	leave, err := d.Controle.Admit(q.r.RemoteAddr, q.r.ContentLength)
	if err != nil {
		return q.controlAgain(err)
	}
	defer leave()
	// A recorder has no deadline: the bound of the server is then the only one.
	_ = http.NewResponseController(q.w).SetReadDeadline(time.Now().Add(controlTime))
	up, err := controle.Read(q.r.Header.Get("Content-Type"), q.r.Body)
	if err != nil {
		return q.controlAgain(err)
	}
	rep, err := d.Controle.Check(q.r.Context(), q.r.RemoteAddr, up.Raw, up.Fields["edition"])
	if err != nil {
		return q.controlAgain(err)
	}
	if f := up.Fields["format"]; f != "" {
		return q.controlFile(f, &up, &rep)
	}
	return q.render("controle-resultat", q.controlled(&up, &rep))
}

func (q *request) controlForm(p *problem) controlPage {
	out := controlPage{Problem: p}
	seen := map[string]bool{}
	for _, s := range q.d.Controle.Controller().Sets() {
		out.Official = append(out.Official, s.Label)
		for _, v := range s.Volumes {
			if !seen[v.Edition] {
				seen[v.Edition] = true
				out.Editions = append(out.Editions, v.Edition)
			}
		}
	}
	slices.Sort(out.Editions)
	return out
}

// controlAgain shows the form with what went wrong.
func (q *request) controlAgain(err error) error {
	if errors.Is(err, controle.ErrSize) {
		_, _ = io.CopyN(io.Discard, q.r.Body, controlDrain)
	}
	p := q.problemOf(err)
	if p == nil {
		return err
	}
	if q.status == http.StatusServiceUnavailable {
		q.w.Header().Set("Retry-After", "1")
	}
	return q.render("controle", q.controlForm(p))
}

// controlFiles are the forms of a report that can be kept by its reader.
var controlFiles = map[string]struct{ name, mime string }{
	"json":  {"controle.json", "application/json"},
	"sarif": {"controle.sarif", "application/sarif+json"},
	"junit": {"controle.xml", "application/xml"},
	"html":  {"controle.html", "text/html; charset=utf-8"},
}

// controlFile answers the report as a file.
func (q *request) controlFile(format string, up *controle.Upload, rep *control.Report) error {
	f, ok := controlFiles[format]
	if !ok {
		return errNoPage
	}
	file := report.Of(controlName(up), rep, q.lang)
	h := q.w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	out, err := report.NewWriter(format, q.w, report.Options{Lang: q.lang})
	if err != nil {
		return err
	}
	// Past the first byte an error is that of a reader who went away.
	if out.Write(&file, controlSource(up, rep)) == nil {
		_ = out.Close()
	}
	return nil
}

func controlName(up *controle.Upload) string {
	if up.Name == "" {
		return "document.xml"
	}
	return up.Name
}

// controlSource is what the places of a report count in.
func controlSource(up *controle.Upload, rep *control.Report) []byte {
	if rep.Document != nil {
		return rep.Document.Root.Doc().Source()
	}
	return up.Raw
}

// controlResult is the page that says what was found.
type controlResult struct {
	controlPage
	Name, Verdict      string
	Good               bool
	Kind, Edition, Why string
	Asked              string // edition that was asked for
	Ran                string // name of the set of official rules that ran
	Levels             []controlLevel
	Counts             bool // the schema counts more errors than there are findings to show
	Modes              []controlMode
	Errors, Warnings   int
	Own, Infos         int
	Entries            []controlEntry
	Hidden             int  // entries that are not shown
	Truncated          bool // the control itself stopped
	Source             sourceView
	Packed             string
}

type controlLevel struct {
	Name             string
	Ran              bool
	Errors, Warnings int
}

type controlMode struct {
	Name     string
	Accepted bool
}

// controlEntry is one finding, with every place it was found at.
type controlEntry struct {
	N                 int
	Class, Tag        string
	ID, Level         string
	Message, Fix      string
	Expected, Rule    string
	Places            []controlPlace
	Times, MorePlaces int
	Excerpt           report.Excerpt
}

type controlPlace struct {
	Line         int
	Found, XPath string
	Anchor       string // of its row in the source; "" when it is not shown
}

// Bounds of what the page shows; the reports to download say everything.
const (
	maxEntries = 500
	maxPlaces  = 30
)

func (q *request) controlled(up *controle.Upload, rep *control.Report) controlResult {
	source := controlSource(up, rep)
	p := controlResult{controlPage: q.controlForm(nil), Name: controlName(up), Good: rep.Conform(), Kind: rep.Kind, Edition: rep.Edition, Why: q.editionWhy(rep.Why),
		Asked: up.Fields["edition"], Ran: rep.Official, Truncated: rep.Truncated, Packed: controle.Pack(up.Raw)}
	for i := range rep.Findings {
		switch f := &rep.Findings[i]; {
		case f.Severity == finding.Error:
			p.Errors++
		case f.Level == control.LevelSocle:
			p.Own++
		case f.Severity == finding.Warning:
			p.Warnings++
		default:
			p.Infos++
		}
	}
	p.Verdict = q.controlVerdict(rep, &p)
	for _, l := range control.Levels {
		if l == control.LevelSocle {
			continue
		}
		n, ran := rep.Levels[l]
		if l == check.LevelXSD {
			p.Counts = n.Errors > shownErrors(rep.Findings, l)
		}
		p.Levels = append(p.Levels, controlLevel{report.Word(l, q.lang), ran && rep.Unusable == "", n.Errors, n.Warnings})
	}
	for m, name := range []string{q.t("control.mode.lenient"), q.t("control.mode.cisis"), q.t("control.mode.strict")} {
		p.Modes = append(p.Modes, controlMode{name, controle.Accepted(rep, control.Mode(m))})
	}
	var notes []sourceNote
	p.Entries, p.Hidden, notes = q.controlEntries(rep, source)
	p.Source = viewSource(source, notes)
	for i := range p.Entries {
		for j := range p.Entries[i].Places {
			if x := &p.Entries[i].Places[j]; !p.Source.shown[x.Anchor] {
				x.Anchor = ""
			}
		}
	}
	return p
}

func (q *request) controlVerdict(rep *control.Report, p *controlResult) string {
	switch {
	case rep.Unusable != "":
		return q.t("control.unusable")
	case p.Errors > 0:
		return count(q.lang, "control.errors", p.Errors)
	case p.Warnings+p.Own > 0:
		return count(q.lang, "control.nearly", p.Warnings+p.Own)
	}
	return q.t("control.conform")
}

// editionWhy says in words how the edition of the rules was chosen.
func (q *request) editionWhy(why string) string {
	key := map[string]string{"templateId": "control.why.template", "asked": "control.why.asked", "sections": "control.why.sections", "date": "control.why.date", "only": "control.why.only", "code": "control.why.code"}[why]
	if key == "" {
		return ""
	}
	return q.t(key)
}

// controlEntries gathers the findings that say the same, and points at the source.
func (q *request) controlEntries(rep *control.Report, source []byte) (list []controlEntry, hidden int, notes []sourceNote) {
	type key struct{ id, level, message, fix, expected string }
	at := map[key]int{}
	for i := range rep.Findings {
		f := &rep.Findings[i]
		k := key{f.ID, f.Level, f.Message.FR, f.Fix.FR, f.Expected}
		n, known := at[k]
		if !known {
			if len(list) == maxEntries {
				hidden++
				continue
			}
			class, tag := q.controlClass(f)
			n, at[k] = len(list), len(list)
			list = append(list, controlEntry{N: n + 1, Class: class, Tag: tag, ID: f.ID, Level: report.Word(f.Level, q.lang), Message: f.Message.In(q.lang), Fix: f.Fix.In(q.lang),
				Expected: f.Expected, Rule: strings.ReplaceAll(f.Rule, "schematrons/", ""), Excerpt: report.Cut(source, f.Place.Offset, f.Place.End)})
		}
		e := &list[n]
		e.Times++
		anchor := ""
		if len(e.Places) < maxPlaces {
			anchor = fmt.Sprintf("s%d-%d", e.N, len(e.Places)+1)
			e.Places = append(e.Places, controlPlace{f.Place.Line, f.Found, f.Place.XPath, anchor})
		} else {
			e.MorePlaces++
		}
		if f.Place.Line > 0 {
			notes = append(notes, sourceNote{N: e.N, Class: e.Class, Tag: e.Tag, Message: e.Message, Anchor: anchor, from: f.Place.Offset, to: f.Place.End})
		}
	}
	return list, hidden, notes
}

func (q *request) controlClass(f *finding.Finding) (class, tag string) {
	switch {
	case f.Severity == finding.Error:
		return "error", q.t("control.tag.error")
	case f.Level == control.LevelSocle:
		return "own", q.t("control.tag.own")
	case f.Severity == finding.Warning:
		return "warning", q.t("control.tag.warning")
	}
	return "info", q.t("control.tag.info")
}

// shownErrors counts the findings that are errors of a level.
func shownErrors(list []finding.Finding, level string) int {
	n := 0
	for i := range list {
		if list[i].Level == level && list[i].Severity == finding.Error {
			n++
		}
	}
	return n
}
