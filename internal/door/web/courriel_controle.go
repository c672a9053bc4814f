package web

import (
	"errors"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/report"
	"github.com/socle-sante/socle/internal/domain/controle"
)

// messageControlPath is the page where anyone has a message («courriel») checked against what
// MSSanté asks of the software that sends it. Nothing of it is kept, as at controlPath.
const messageControlPath = "/controler-message"

// messageControl checks what the form brings, or shows the form.
func (d *Door) messageControl(q *request) error {
	if q.r.Method != http.MethodPost {
		return q.render("controle-message", controlPage{})
	}
	leave, err := d.Controle.Admit(q.r.RemoteAddr, q.r.ContentLength)
	if err != nil {
		return q.messageAgain(err)
	}
	defer leave()
	// A recorder has no deadline: the bound of the server is then the only one.
	_ = http.NewResponseController(q.w).SetReadDeadline(time.Now().Add(controlTime))
	up, err := controle.ReadMessage(q.r.Header.Get("Content-Type"), q.r.Body)
	if err != nil {
		return q.messageAgain(err)
	}
	list, err := d.Controle.Message(q.r.Context(), q.r.RemoteAddr, up.Raw)
	if err != nil {
		return q.messageAgain(err)
	}
	file := report.OfFindings(up.Name, report.KindMessage, list, q.lang)
	if f := up.Fields["format"]; f != "" {
		return q.messageFile(f, &up, &file)
	}
	return q.render("controle-message-resultat", q.messageControlled(&up, &file, list))
}

// messageAgain shows the form with what went wrong.
func (q *request) messageAgain(err error) error {
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
	return q.render("controle-message", controlPage{Problem: p})
}

// messageFile answers the report as a file.
func (q *request) messageFile(format string, up *controle.Upload, file *report.File) error {
	f, ok := controlFiles[format]
	if !ok {
		return errNoPage
	}
	h := q.w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	out, err := report.NewWriter(format, q.w, report.Options{Lang: q.lang})
	if err != nil {
		return err
	}
	// Past the first byte an error is that of a reader who went away.
	if out.Write(file, up.Raw) == nil {
		_ = out.Close()
	}
	return nil
}

// messageControlled is the page that says what was found.
func (q *request) messageControlled(up *controle.Upload, file *report.File, list []finding.Finding) controlResult {
	p := controlResult{Name: up.Name, Good: file.Conform, Packed: controle.Pack(up.Raw)}
	for i := range list {
		switch list[i].Severity {
		case finding.Error:
			p.Errors++
		case finding.Warning:
			p.Warnings++
		default:
			p.Infos++
		}
	}
	switch {
	case p.Errors > 0:
		p.Verdict = count(q.lang, "message.errors", p.Errors)
	case p.Warnings > 0:
		p.Verdict = count(q.lang, "message.nearly", p.Warnings)
	default:
		p.Verdict = q.t("message.conform")
	}
	for _, l := range report.MessageLevels {
		n := file.Levels[l]
		p.Levels = append(p.Levels, controlLevel{report.Word(l, q.lang), true, n.Errors, n.Warnings})
	}
	source := legible(up.Raw)
	var notes []sourceNote
	p.Entries, p.Hidden, notes = q.controlEntries(&control.Report{Findings: list}, source)
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

// legible replaces, byte for byte, what is not text: places keep counting the same.
func legible(raw []byte) []byte {
	if utf8.Valid(raw) {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			out = append(out, '?')
		} else {
			out = append(out, raw[i:i+n]...)
		}
		i += n
	}
	return out
}
