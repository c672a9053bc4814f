package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/view"
	"github.com/socle-sante/socle/format/finding"
)

type showCmd struct {
	Format string `default:"text" enum:"text,html,pdf,json" help:"text, html, pdf (the one a document holds, else made from its text) or json."`
	File   string `arg:"" help:"CDA document."`
}

// maxShownPDF bounds the PDF taken out of a document.
const maxShownPDF = 64 << 20

func (c *showCmd) Run(_ context.Context, s *streams) error {
	raw, err := readBounded(c.File, maxCheckFile)
	if err != nil {
		return err
	}
	doc, err := cda.Parse(raw)
	if err != nil {
		if r := finding.As(err); r != nil {
			return errors.New(r.Sentence("fr"))
		}
		return err
	}
	switch c.Format {
	case "json":
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(view.Of(doc))
	case "html":
		_, err = s.out.Write(view.HTML(doc))
	case "pdf":
		raw := view.PDF(doc)
		if f := doc.PDF(); f != nil { // its own, as its author made it
			if raw, err = f.Decode(maxShownPDF); err != nil {
				return err
			}
		}
		_, err = s.out.Write(raw)
	default:
		_, err = s.out.Write(view.Text(doc))
	}
	return err
}
