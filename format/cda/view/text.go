package view

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/compare"
	"github.com/socle-sante/socle/format/cda/narrative"
)

// Text writes the document for a terminal.
func Text(d *cda.Document, options ...Options) []byte {
	o := with(options)
	var b bytes.Buffer
	t := title(d)
	fmt.Fprintf(&b, "%s\n%s\n\n", t, strings.Repeat("=", len([]rune(t))))
	for _, f := range append(identity(d, o), origin(d, o)...) {
		fmt.Fprintf(&b, "%-24s %s\n", f.Label, f.Text)
	}
	fmt.Fprintf(&b, "%-24s %s\n\n", o.say("Identifiant", "Identifier"), d.UniqueID())
	b.Write(narrative.DocumentText(nil, d))
	if f := d.Body.File; f != nil {
		fmt.Fprintf(&b, o.say("\n[%s, %d octets]\n", "\n[%s, %d bytes]\n"), f.MediaType, f.Size())
	}
	block := func(s string) { fmt.Fprintf(&b, "\n%s\n%s\n", s, strings.Repeat("-", len([]rune(s)))) }
	if list := bio.Results(d); len(list) > 0 {
		block(o.say("Résultats codés", "Coded results"))
		for _, r := range list {
			ref := ""
			if r.Reference != nil {
				ref = fmt.Sprintf("  [%s – %s]", r.Reference.Low, r.Reference.High)
			}
			fmt.Fprintf(&b, "%-45s %s%s  %s\n", label(r), r.Shown(), ref, strings.Join(r.Interpretation, " "))
		}
	}
	if o.Plain {
		return b.Bytes()
	}
	if list := unequal(compare.Of(d)); len(list) > 0 {
		block(o.say("Différences entre le texte et les données codées", "Differences between the text and the coded data"))
		for _, s := range list {
			fmt.Fprintf(&b, "%s\n", s.Title)
			for _, it := range s.Items {
				fmt.Fprintf(&b, "  %s\n", sentence(it, o))
			}
		}
	}
	return b.Bytes()
}

// sentence says one difference on a line.
func sentence(it compare.Item, o Options) string {
	s := kindLabel(it.Kind, o)
	if it.About != "" && it.About != it.Coded {
		s += o.say(" — ", " — ") + it.About
	}
	s += o.say(" : ", ": ")
	switch it.State {
	case compare.Differs:
		return s + fmt.Sprintf(o.say("le texte dit « %s », le code dit « %s »", "the text says “%s”, the code says “%s”"), squeeze(it.Shown), it.Coded)
	case compare.OnlyCoded:
		return s + fmt.Sprintf(o.say("« %s » est codé et ne se lit pas dans le texte", "“%s” is coded and cannot be read in the text"), it.Coded)
	case compare.OnlyNarrative:
		return s + fmt.Sprintf(o.say("« %s » se lit dans le texte et n'est pas codé", "“%s” is in the text and is not coded"), squeeze(it.Shown))
	}
	return s + it.Coded
}

func label(r bio.Result) string {
	if r.Label != "" {
		return r.Label
	}
	return r.Display
}
