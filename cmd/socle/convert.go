package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/fhirmap"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

type convertCmd struct {
	To         string `default:"" enum:",fhir,cda" help:"fhir or cda; without it, the other form of the file."`
	Format     string `default:"json" enum:"json" help:"json, the form of FHIR that is read and written."`
	Losses     bool   `help:"Write the losses on the error output as JSON, one object a line."`
	Strict     bool   `help:"Exit 1 if anything was lost."`
	HeaderOnly bool   `help:"Convert the header, the narrative and the files of any kind of document."`
	Lang       string `default:"fr" enum:"fr,en" help:"Language of messages."`
	File       string `arg:"" help:"CDA document, or FHIR document Bundle in JSON."`
}

// lossLine is a loss as machines read it.
type lossLine struct {
	Path  string        `json:"path"`
	What  string        `json:"what"`
	Why   string        `json:"why"`
	Place finding.Place `json:"place,omitzero"`
}

func (c *convertCmd) Run(_ context.Context, s *streams) error {
	raw, err := readBounded(c.File, maxCheckFile)
	if err != nil {
		return err
	}
	out, losses, err := c.convert(raw)
	if err != nil {
		return c.said(err)
	}
	if _, err := s.out.Write(out); err != nil {
		return err
	}
	enc := json.NewEncoder(s.err)
	enc.SetEscapeHTML(false)
	for _, l := range losses {
		if c.Losses {
			err = enc.Encode(lossLine{l.Path, l.What, l.Why.In(c.Lang), l.Place})
		} else {
			_, err = fmt.Fprintf(s.err, "%s : %s — %s\n", where(l), l.What, l.Why.In(c.Lang))
		}
		if err != nil {
			return err
		}
	}
	if c.Strict && len(losses) > 0 {
		return exitError(1)
	}
	return nil
}

// convert goes the way asked for, or to the form the file has not.
func (c *convertCmd) convert(raw []byte) ([]byte, []fhirmap.Loss, error) {
	isJSON := bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), " \t\r\n"), []byte("{"))
	if c.To == "cda" || c.To == "" && isJSON {
		return fhirmap.ToCDA(raw)
	}
	d, err := cda.Parse(raw)
	if err != nil {
		return nil, nil, err
	}
	return fhirmap.ToFHIR(d, fhirmap.Options{HeaderOnly: c.HeaderOnly})
}

// said turns a refusal into the sentence people read.
func (c *convertCmd) said(err error) error {
	if r := finding.As(err); r != nil {
		return errors.New(r.Sentence(c.Lang))
	}
	var x *xmltree.Error
	if errors.As(err, &x) {
		return errors.New(x.Refusal().Sentence(c.Lang))
	}
	return err
}

func where(l fhirmap.Loss) string {
	if l.Place.Line > 0 {
		return fmt.Sprintf("%s (ligne/line %d)", l.Path, l.Place.Line)
	}
	return l.Path
}
