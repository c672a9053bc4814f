package view

import (
	"unicode/utf8"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/compare"
	"github.com/socle-sante/socle/format/cda/narrative"
	"github.com/socle-sante/socle/format/pdf"
)

// maxPicture bounds a picture of the document drawn in its PDF.
const maxPicture = 12 << 20

// PDF writes the document as PDF/A-1: its header, the narrative of its sections, what the coded
// data say otherwise, the rest of its header. A document that carries its own PDF is better shown
// by it: see Printed.
// spec: MSSanté ECO.2.1.5
func PDF(d *cda.Document, options ...Options) []byte {
	raw, _ := Print(d, options...)
	return raw
}

// Print is PDF, and tells which characters our fonts lack: each is drawn as �.
func Print(d *cda.Document, options ...Options) (file []byte, substituted []rune) {
	o := with(options)
	p := printer{d: d, o: o, out: pdf.New(title(d))}
	v := header(d)
	p.out.Author, p.out.Subject, p.out.Foot, p.out.Head, p.out.Right = v.Author, d.Code.Label(), v.UniqueID, v.Patient, title(d)
	p.out.Lang = o.say("fr-FR", "en-GB")
	if t, ok := d.EffectiveTime.Time(); ok {
		p.out.Created = t
	}
	p.banner()
	var list []compare.Section
	if !o.Plain {
		list = compare.Of(d)
	}
	for s := range d.Body.Walk {
		if t := sectionTitle(s); t != "" {
			p.out.HeadingAt(s.Depth, t)
		}
		p.narrative(s.Text)
	}
	p.body()
	p.differences(unequal(list))
	p.out.Heading(o.say("Informations du document", "About the document"))
	p.out.Pairs(pairsOf(details(d, o)))
	return p.out.Bytes(), p.out.Substituted()
}

// Printed gives the PDF that stands for a document: the one it holds, as its author made it, else
// one made of it.
func Printed(d *cda.Document, limit int, options ...Options) ([]byte, error) {
	if f := d.PDF(); f != nil {
		return f.Decode(limit)
	}
	return PDF(d, options...), nil
}

type printer struct {
	d   *cda.Document
	o   Options
	out *pdf.Document
}

func pairsOf(list facts) []pdf.Pair {
	out := make([]pdf.Pair, len(list))
	for i, f := range list {
		out[i] = pdf.Pair{Label: f.Label, Runs: pdf.Plain(f.Text)}
	}
	return out
}

// banner writes the identity, with the Datamatrix beside it, then the origin.
func (p *printer) banner() {
	if m, ok := Datamatrix(&p.d.Patient); ok {
		p.out.Symbol(m.Size(), modulePoints, m.Dark, symbolLabel)
	}
	p.out.Text(pdf.Run{Text: p.d.Patient.Shown(), Style: pdf.Bold})
	p.out.Pairs(pairsOf(identity(p.d, p.o)))
	p.out.Clear()
	p.out.Rule()
	p.out.Pairs(pairsOf(origin(p.d, p.o)))
}

// body writes the body of an N1 that is no PDF: a text, a picture, else a mention.
func (p *printer) body() {
	f := p.d.Body.File
	if f == nil {
		return
	}
	p.out.Heading(p.o.say("Document", "Document"))
	raw, err := f.Decode(maxPicture)
	if err == nil {
		if kind := sniff(raw); kind == "text/plain" && len(raw) <= maxTextFile && utf8.Valid(raw) {
			p.out.Paragraph(string(raw))
			return
		}
		if p.out.Picture(raw, squeeze(title(p.d))) == nil {
			return
		}
	}
	p.out.Paragraph(p.o.say("Le contenu de ce document est un fichier joint de type ", "The content of this document is an attached file of type ") + f.MediaType + ".")
}

// differences tells at the end what text and coded data do not say alike.
func (p *printer) differences(list []compare.Section) {
	var rows [][]string
	for _, s := range list {
		for _, it := range s.Items {
			if it.State == compare.OnlyCoded {
				continue // a fact of programs, which takes nothing from the text
			}
			about := it.About
			if about == "" {
				about = kindLabel(it.Kind, p.o)
			}
			rows = append(rows, []string{s.Title, about + " (" + kindLabel(it.Kind, p.o) + ")", squeeze(it.Shown), it.Coded})
		}
	}
	if len(rows) == 0 {
		return
	}
	p.out.Heading(p.o.say("Différences entre le texte et les données codées", "Differences between the text and the coded data"))
	p.out.Paragraph(p.o.say("Le texte est le contenu légal du document. Les données codées, lues par les logiciels, disent autre chose :", "The text is the legal content of the document. The coded data, which programs read, say otherwise:"))
	p.out.Table([]string{p.o.say("Section", "Section"), p.o.say("Donnée", "Fact"), p.o.say("Dans le texte", "In the text"), p.o.say("Codé", "Coded")}, rows)
}

// picture draws an image of the document, else says what stands there.
func (p *printer) picture(id, caption string) {
	m, ok := p.d.MediaByID(id)
	alt := caption
	if alt == "" && ok {
		alt = squeeze(m.Type.Label())
	}
	if ok && narrative.IsImage(m.File.MediaType) {
		if raw, err := m.File.Decode(maxPicture); err == nil && p.out.Picture(raw, alt) == nil {
			if caption != "" {
				p.out.Text(pdf.Run{Text: caption, Style: pdf.Italic})
			}
			return
		}
	}
	if alt == "" {
		alt = id
	}
	p.out.Text(pdf.Run{Text: "[" + alt + "]", Style: pdf.Faint})
}
