package view

import (
	"bytes"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/narrative"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/pdf"
)

// PDF writes the document as PDF: its header, the words of its sections (rows of narrative tables
// as tables), its coded results. A document that carries its own PDF is better shown by it:
// see cda.Document.PDF. Pictures are left out.
func PDF(d *cda.Document) []byte {
	v := Of(d)
	out := pdf.New(v.Title)
	out.Author, out.Subject, out.Head, out.Foot = v.Author, v.Type, v.Patient, v.UniqueID
	var head [][]string
	row := func(k, val string) {
		if val != "" {
			head = append(head, []string{k, val})
		}
	}
	row("Patient", v.Patient)
	row("Nom de naiss.", d.Patient.BirthName())
	row("Né(e) le", d.Patient.Birth.Date())
	if v.INS != "" {
		row(insid.Label(v.OID), d.Patient.TheINS().Matricule.Spaced())
	}
	row("Date", d.EffectiveTime.Date())
	row("Auteur", v.Author)
	row("Structure", v.Place)
	if m, ok := Datamatrix(&d.Patient); ok {
		out.Symbol(m.Size(), modulePoints, m.Dark, symbolLabel)
	}
	out.Table([]string{"Document", v.Title}, head)
	out.Clear()
	d.Body.Walk(func(s *cda.Section) bool {
		if s.Title != "" {
			out.Heading(strings.Join(strings.Fields(s.Title), " "))
		}
		paragraphs(out, narrative.Text(nil, s.Text))
		return true
	})
	if len(v.Results) == 0 {
		return out.Bytes()
	}
	var rows [][]string
	for _, r := range v.Results {
		ref := ""
		if r.Reference != nil {
			ref = strings.TrimSpace(r.Reference.Low + " – " + r.Reference.High)
		}
		rows = append(rows, []string{label(r), r.Shown(), ref, strings.Join(r.Interpretation, " ")})
	}
	out.Heading("Résultats codés")
	out.Table([]string{"Analyse", "Résultat", "Référence", ""}, rows)
	return out.Bytes()
}

// paragraphs writes lines; consecutive lines with as many cells become a table.
func paragraphs(out *pdf.Document, text []byte) {
	var table [][]string
	flush := func() {
		if len(table) > 0 {
			out.Table(table[0], table[1:])
			table = nil
		}
	}
	for line := range bytes.Lines(text) {
		s := strings.TrimRight(string(line), "\n")
		cells := strings.Split(s, "\t")
		if len(cells) > 1 {
			if len(table) > 0 && len(table[0]) != len(cells) {
				flush()
			}
			table = append(table, cells)
			continue
		}
		flush()
		if strings.TrimSpace(s) != "" {
			out.Paragraph(s)
		}
	}
	flush()
}
