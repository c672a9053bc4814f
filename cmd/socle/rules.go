package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/cda/official"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/run"
)

type rulesCmd struct {
	Add    rulesAddCmd    `cmd:"" help:"Compile a folder of official rules, as published, and keep it."`
	List   rulesListCmd   `cmd:"" help:"List the kept rule sets."`
	Remove rulesRemoveCmd `cmd:"" help:"Forget a kept rule set."`
}

type rulesAddCmd struct {
	Folder string `arg:"" name:"dir" type:"existingdir" help:"Root of a clone of ansforge/TestContenuCDA-3-0."`
	Name   string `help:"Name of the set; that of the folder when empty."`
	rulesWhere
}

type rulesListCmd struct{ rulesWhere }

type rulesRemoveCmd struct {
	Name string `arg:"" help:"Name of the set."`
	rulesWhere
}

type rulesWhere struct {
	Data string `help:"Keep the rules in this data folder rather than in the user's." type:"path"`
	JSON bool   `name:"json" help:"Print JSON."`
	Lang string `default:"fr" enum:"fr,en" help:"Language of messages."`
}

// ruleSet is a set as it is told; its JSON form is a contract.
type ruleSet struct {
	Name       string        `json:"name"`
	Digest     string        `json:"digest"`
	Assertions int           `json:"assertions"`
	Kinds      []ruleKind    `json:"kinds"`
	Problems   []ruleProblem `json:"problems"`
	Seconds    float64       `json:"seconds,omitempty"`
}

type ruleKind struct {
	Kind    string `json:"kind"`
	Edition string `json:"edition"`
}

type ruleProblem struct {
	ID      string `json:"id"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Message string `json:"message"`
}

func told(r *official.Rules, lang string) ruleSet {
	s := ruleSet{Name: r.Label, Digest: r.Digest, Assertions: r.Asserts(), Kinds: []ruleKind{}, Problems: []ruleProblem{}}
	for _, v := range r.Volumes {
		s.Kinds = append(s.Kinds, ruleKind{v.Name, v.Edition})
	}
	for _, p := range r.Problems {
		s.Problems = append(s.Problems, ruleProblem{p.ID, p.At.File, p.At.Line, p.Message.In(lang)})
	}
	return s
}

// said makes a refusal speak as one sentence.
func said(err error, lang string) error {
	if r := finding.As(err); r != nil {
		return errors.New(r.Sentence(lang))
	}
	return err
}

func (c *rulesAddCmd) Run(_ context.Context, s *streams) error {
	dir, err := run.RulesDir(c.Data)
	if err != nil {
		return err
	}
	start := time.Now()
	r, err := run.AddRules(c.Folder, c.Name, dir)
	if err != nil {
		return said(err, c.Lang)
	}
	t := told(r, c.Lang)
	t.Seconds = float64(time.Since(start).Milliseconds()) / 1000
	if c.JSON {
		return json.NewEncoder(s.out).Encode(t)
	}
	for _, p := range t.Problems {
		fmt.Fprintf(s.out, "%s:%d\n  %s  [%s]\n", p.File, p.Line, p.Message, p.ID)
	}
	if len(t.Problems) > 0 {
		fmt.Fprintln(s.out)
	}
	if c.Lang == "en" {
		fmt.Fprintf(s.out, "%s: %d assertions, %d sets of rules of kinds, %d problems, %.2f s\n", t.Name, t.Assertions, len(t.Kinds), len(t.Problems), t.Seconds)
		return nil
	}
	fmt.Fprintf(s.out, "%s : %d assertions, %d volets, %d défauts du dossier, %.2f s\n", t.Name, t.Assertions, len(t.Kinds), len(t.Problems), t.Seconds)
	return nil
}

func (c *rulesListCmd) Run(_ context.Context, s *streams) error {
	dir, err := run.RulesDir(c.Data)
	if err != nil {
		return err
	}
	sets, errs := run.KeptRules(dir)
	for _, r := range sets {
		t := told(r, c.Lang)
		if c.JSON {
			if err := json.NewEncoder(s.out).Encode(t); err != nil {
				return err
			}
			continue
		}
		kinds := make([]string, 0, len(t.Kinds))
		for _, k := range t.Kinds {
			kinds = append(kinds, k.Kind+" "+k.Edition)
		}
		fmt.Fprintf(s.out, "%s  %.12s  %d assertions\n  %s\n", t.Name, t.Digest, t.Assertions, strings.Join(kinds, ", "))
	}
	return errors.Join(errs...)
}

func (c *rulesRemoveCmd) Run(_ context.Context, _ *streams) error {
	dir, err := run.RulesDir(c.Data)
	if err != nil {
		return err
	}
	if err := run.RemoveRules(dir, c.Name); err != nil {
		return said(err, c.Lang)
	}
	return nil
}
