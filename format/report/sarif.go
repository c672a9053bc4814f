package report

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// sarifWriter gathers everything: SARIF is one object. spec: SARIF 2.1.0
type sarifWriter struct {
	w       io.Writer
	o       Options
	results []sarifResult
	rules   map[string]sarifRule
	faults  []sarifNotification
	failed  bool
}

type (
	sarifText struct {
		Text string `json:"text"`
	}
	sarifRule struct {
		ID     string    `json:"id"`
		Short  sarifText `json:"shortDescription"`
		Help   sarifText `json:"help"`
		Config struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
		Properties map[string]any `json:"properties,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		ByteOffset  int `json:"byteOffset"`
		ByteLength  int `json:"byteLength"`
	}
	sarifPhysical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region *sarifRegion `json:"region,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifResult struct {
		RuleID     string          `json:"ruleId"`
		Level      string          `json:"level"`
		Message    sarifText       `json:"message"`
		Locations  []sarifLocation `json:"locations"`
		Properties map[string]any  `json:"properties,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
)

var sarifLevels = map[string]string{"error": "error", "warning": "warning", "info": "note"}

func (s *sarifWriter) Write(f *File, _ []byte) error {
	if s.rules == nil {
		s.rules = map[string]sarifRule{}
	}
	for _, x := range f.Findings {
		var l sarifLocation
		l.Physical.Artifact.URI = uri(f.File)
		if x.Line > 0 {
			l.Physical.Region = &sarifRegion{StartLine: x.Line, StartColumn: x.Column, ByteOffset: x.Offset, ByteLength: max(x.End-x.Offset, 0)}
		}
		if x.XPath != "" {
			l.Logical = []sarifLogical{{x.XPath, "element"}}
		}
		text := x.Message
		if x.Fix != "" {
			text += " → " + x.Fix
		}
		if f.Unusable == "io" {
			s.failed = true
			s.faults = append(s.faults, sarifNotification{"error", sarifText{text}, []sarifLocation{l}})
			continue
		}
		s.results = append(s.results, sarifResult{x.ID, sarifLevels[x.Severity], sarifText{text}, []sarifLocation{l},
			map[string]any{"level": x.Level, "found": x.Found, "expected": x.Expected, "rule": x.Rule}})
		if _, ok := s.rules[x.ID]; !ok {
			r := sarifRule{ID: x.ID, Short: sarifText{x.Message}, Help: sarifText{x.Fix + "\n" + x.Rule}, Properties: map[string]any{"level": x.Level}}
			r.Config.Level = sarifLevels[x.Severity]
			s.rules[x.ID] = r
		}
	}
	return nil
}

// uri makes a reference of a file name; relative names stay relative.
func uri(name string) string {
	u := url.URL{Path: filepath.ToSlash(name)}
	if strings.HasPrefix(u.Path, "/") {
		u.Scheme = "file"
	}
	return u.String()
}

func (s *sarifWriter) Close() error {
	rules := make([]sarifRule, 0, len(s.rules))
	for _, r := range s.rules {
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b sarifRule) int { return strings.Compare(a.ID, b.ID) })
	if s.results == nil {
		s.results = []sarifResult{}
	}
	driver := map[string]any{"name": "socle", "rules": rules, "language": s.o.Lang}
	if s.o.Tool != "" {
		driver["version"] = s.o.Tool
	}
	run := map[string]any{"tool": map[string]any{"driver": driver}, "results": s.results, "columnKind": "unicodeCodePoints"}
	if len(s.faults) > 0 {
		run["invocations"] = []any{map[string]any{"executionSuccessful": !s.failed, "toolExecutionNotifications": s.faults}}
	}
	enc := json.NewEncoder(s.w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(map[string]any{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": []any{run}})
}
