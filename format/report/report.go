// Package report writes what a control found, for people and for machines: text, JSON, SARIF
// 2.1.0, JUnit XML and a self-contained HTML page.
//
// Standards: OASIS SARIF 2.1.0; the JUnit XML that continuous integration servers read (no
// standard exists; the shape is that of Ant's). Missing: SARIF code flows and fixes as edits.
//
// Of makes a File of a control.Report; a Writer takes Files one after the other.
package report

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
)

// File is the report on one file. Its JSON form is a contract (docs/contract.md).
type File struct {
	File      string                 `json:"file"`
	Kind      string                 `json:"kind"`
	Edition   string                 `json:"edition,omitempty"`
	Official  string                 `json:"official,omitempty"`
	Conform   bool                   `json:"conform"`
	Unusable  string                 `json:"unusable,omitempty"`
	Levels    map[string]check.Count `json:"levels"`
	Findings  []Finding              `json:"findings"`
	Truncated bool                   `json:"truncated,omitempty"`
}

// Finding is one finding in one language.
type Finding struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Level    string `json:"level"`
	Line     int    `json:"line"`
	Column   int    `json:"column,omitempty"`
	Offset   int    `json:"offset"`
	End      int    `json:"end,omitempty"`
	XPath    string `json:"xpath"`
	Message  string `json:"message"`
	Fix      string `json:"fix"`
	Found    string `json:"found,omitempty"`
	Expected string `json:"expected,omitempty"`
	Rule     string `json:"rule,omitempty"`
}

// Of puts a report in one language.
func Of(name string, r *control.Report, lang string) File {
	f := File{File: name, Kind: r.Kind, Edition: r.Edition, Official: r.Official, Conform: r.Conform(), Unusable: r.Unusable,
		Levels: maps.Clone(r.Levels), Findings: []Finding{}, Truncated: r.Truncated}
	delete(f.Levels, control.LevelSocle) // not a level of the official tools: its findings say it
	for i := range r.Findings {
		f.Findings = append(f.Findings, in(&r.Findings[i], lang))
	}
	return f
}

func in(f *finding.Finding, lang string) Finding {
	return Finding{ID: f.ID, Severity: string(f.Severity), Level: f.Level, Line: f.Place.Line, Column: f.Place.Column, Offset: f.Place.Offset,
		End: f.Place.End, XPath: f.Place.XPath, Message: f.Message.In(lang), Fix: f.Fix.In(lang), Found: f.Found, Expected: f.Expected, Rule: f.Rule}
}

// Unread is the report on a file that could not be opened.
func Unread(name string, err error) File {
	return File{File: name, Unusable: "io", Levels: map[string]check.Count{},
		Findings: []Finding{{ID: "FICHIER", Severity: string(finding.Error), Message: err.Error()}}}
}

// Worst gives the exit status of a file: 0 conform, 1 findings, 2 unusable.
func (f *File) Worst() int {
	switch {
	case f.Unusable != "":
		return 2
	case !f.Conform:
		return 1
	}
	return 0
}

// levels gives the levels of a file that were run, in the order they are shown.
func (f *File) levels() []string {
	var out []string
	for _, l := range slices.Concat(control.Levels, MessageLevels) {
		if _, ok := f.Levels[l]; ok || l == control.LevelSocle && len(f.of(l)) > 0 {
			out = append(out, l)
		}
	}
	return out
}

// count gives the errors and warnings of a level.
func (f *File) count(level string) check.Count {
	if level != control.LevelSocle {
		return f.Levels[level]
	}
	var c check.Count
	for _, x := range f.of(level) {
		if x.Severity == string(finding.Warning) {
			c.Warnings++
		}
	}
	return c
}

// of gives the findings of a level.
func (f *File) of(level string) []Finding {
	return slices.DeleteFunc(slices.Clone(f.Findings), func(x Finding) bool { return x.Level != level })
}

// Writer takes the reports of files in order.
type Writer interface {
	Write(f *File, source []byte) error
	Close() error
}

// Formats are the words NewWriter knows.
var Formats = []string{"text", "json", "sarif", "junit", "html"}

// Options of a writer.
type Options struct {
	Lang   string // "fr" or "en"
	Colour bool   // of the text form
	Tool   string // version of the tool, for SARIF
}

// NewWriter makes a writer of a format.
func NewWriter(format string, w io.Writer, o Options) (Writer, error) {
	switch format {
	case "text":
		return &textWriter{w, o}, nil
	case "json":
		return &jsonWriter{w}, nil
	case "sarif":
		return &sarifWriter{w: w, o: o}, nil
	case "junit":
		return &junitWriter{w: w, o: o}, nil
	case "html":
		return &htmlWriter{w: w, o: o}, nil
	}
	return nil, fmt.Errorf("format %q is unknown: text, json, sarif, junit or html", format)
}
