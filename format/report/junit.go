package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// junitWriter makes a suite of each file and a case of each level that was run: a case fails when
// its level has an error, and its output tells the warnings.
type junitWriter struct {
	w      io.Writer
	o      Options
	opened bool
}

func (j *junitWriter) Write(f *File, _ []byte) error {
	var b []byte
	if !j.opened {
		j.opened = true
		b = append(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"socle check\">\n"...)
	}
	levels, failures := f.levels(), 0
	for _, l := range levels {
		if f.count(l).Errors > 0 {
			failures++
		}
	}
	if f.Unusable != "" {
		levels, failures = nil, 0
	}
	attr := func(name, v string) {
		b = append(append(append(b, ' '), name...), `="`...)
		b = append(xmltree.AppendAttr(b, v), '"')
	}
	b = append(b, " <testsuite"...)
	attr("name", f.File)
	attr("tests", strconv.Itoa(max(len(levels), 1)))
	attr("failures", strconv.Itoa(failures))
	attr("errors", strconv.Itoa(b2i(f.Unusable != "")))
	b = append(b, ">\n"...)
	if f.Unusable != "" {
		b = append(b, "  <testcase"...)
		attr("classname", f.File)
		attr("name", "lecture")
		b = append(b, "><error"...)
		attr("type", f.Unusable)
		attr("message", f.first())
		b = append(b, ">"...)
		b = xmltree.AppendText(b, lines(f.Findings, j.o.Lang))
		b = append(b, "</error></testcase>\n"...)
	}
	for _, l := range levels {
		b = append(b, "  <testcase"...)
		attr("classname", f.File)
		attr("name", Word(l, j.o.Lang))
		b = append(b, ">"...)
		var bad, rest []Finding
		for _, x := range f.of(l) {
			if x.Severity == "error" {
				bad = append(bad, x)
				continue
			}
			rest = append(rest, x)
		}
		if n := f.count(l).Errors; n > 0 {
			b = append(b, "<failure"...)
			attr("type", l)
			attr("message", fmt.Sprintf("%d %s", n, Word("errors", j.o.Lang)))
			b = append(b, ">"...)
			b = append(xmltree.AppendText(b, lines(bad, j.o.Lang)), "</failure>"...)
		}
		if len(rest) > 0 {
			b = append(b, "<system-out>"...)
			b = append(xmltree.AppendText(b, lines(rest, j.o.Lang)), "</system-out>"...)
		}
		b = append(b, "</testcase>\n"...)
	}
	_, err := j.w.Write(append(b, " </testsuite>\n"...))
	return err
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (f *File) first() string {
	if len(f.Findings) == 0 {
		return ""
	}
	return f.Findings[0].Message
}

func lines(list []Finding, lang string) string {
	var b strings.Builder
	for _, x := range list {
		fmt.Fprintf(&b, "%s", x.ID)
		if x.Line > 0 {
			fmt.Fprintf(&b, ", %s %d", Word("line", lang), x.Line)
		}
		fmt.Fprintf(&b, ": %s\n", x.Message)
		if x.Fix != "" {
			fmt.Fprintf(&b, "  → %s\n", x.Fix)
		}
		if x.XPath != "" {
			fmt.Fprintf(&b, "  %s\n", x.XPath)
		}
	}
	return b.String()
}

func (j *junitWriter) Close() error {
	end := "</testsuites>\n"
	if !j.opened {
		end = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"socle check\">\n" + end
	}
	_, err := io.WriteString(j.w, end)
	return err
}
