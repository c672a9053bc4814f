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
	Lang   string `default:"fr" enum:"fr,en" help:"Language of the words around the document: fr or en."`
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
	o := view.Options{Lang: c.Lang}
	switch c.Format {
	case "json":
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(view.Of(doc))
	case "html":
		_, err = s.out.Write(view.HTML(doc, o))
	case "pdf":
		raw, err := view.Printed(doc, maxShownPDF, o) // its own, as its author made it, else one made
		if err != nil {
			return err
		}
		_, err = s.out.Write(raw)
		return err
	default:
		_, err = s.out.Write(view.Text(doc, o))
	}
	return err
}
