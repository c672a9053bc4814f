// Package view shows a CDA document to people and to programs: as text for a terminal, as one
// self-contained HTML page, as PDF, and as the table of its coded results.
//
// The INS Datamatrix stands in the identity header of pages and PDF when the document says enough.
// The narrative is mapped element by element (cda/narrative); style sheets inside documents are
// never executed.
package view

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/narrative"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/nos"
)

// Data is the machine-readable form of a document; its JSON is a contract.
// spec: DESIGN §4 show
type Data struct {
	UniqueID string       `json:"unique_id"`
	Title    string       `json:"title"`
	Type     string       `json:"type,omitempty"`
	Level    string       `json:"level,omitempty"`
	Date     string       `json:"date,omitempty"`
	Author   string       `json:"author,omitempty"`
	Place    string       `json:"structure,omitempty"`
	Patient  string       `json:"patient,omitempty"`
	INS      string       `json:"ins"`
	OID      string       `json:"oid"`
	Results  []bio.Result `json:"results"`
}

// Of collects the data of a document.
func Of(d *cda.Document) Data {
	out := Data{UniqueID: d.UniqueID(), Title: strings.Join(strings.Fields(d.Title), " "), Type: d.Code.Code, Level: d.Body.Level(), Date: d.EffectiveTime.Raw,
		Patient: d.Patient.Shown(), Results: bio.Results(d)}
	if id := d.Patient.TheINS(); !id.IsZero() {
		out.INS, out.OID = id.Matricule.Reveal(), id.OID
	}
	if len(d.Authors) > 0 {
		out.Author = d.Authors[0].Label()
		if d.Authors[0].Org != nil {
			out.Place = d.Authors[0].Org.Name
		}
	}
	if out.Results == nil {
		out.Results = []bio.Result{}
	}
	return out
}

// Text writes the document for a terminal.
func Text(d *cda.Document) []byte {
	v := Of(d)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s\n\n", v.Title, strings.Repeat("=", len([]rune(v.Title))))
	line := func(k, val string) {
		if val != "" {
			fmt.Fprintf(&b, "%-12s %s\n", k, val)
		}
	}
	line("Patient", v.Patient)
	line("Nom de naiss.", d.Patient.BirthName())
	line("Né(e) le", d.Patient.Birth.Date())
	if v.INS != "" {
		line(insid.Label(v.OID), d.Patient.TheINS().Matricule.Spaced())
	}
	line("Date", d.EffectiveTime.Date())
	line("Auteur", v.Author)
	line("Structure", v.Place)
	line("Identifiant", v.UniqueID)
	b.WriteByte('\n')
	b.Write(narrative.DocumentText(nil, d))
	if f := d.Body.File; f != nil {
		fmt.Fprintf(&b, "\n[%s, %d octets]\n", f.MediaType, f.Size())
	}
	if len(v.Results) > 0 {
		b.WriteString("\nRésultats codés\n---------------\n")
		for _, r := range v.Results {
			ref := ""
			if r.Reference != nil {
				ref = fmt.Sprintf("  [%s – %s]", r.Reference.Low, r.Reference.High)
			}
			fmt.Fprintf(&b, "%-45s %s%s  %s\n", label(r), r.Shown(), ref, strings.Join(r.Interpretation, " "))
		}
	}
	return b.Bytes()
}

func label(r bio.Result) string {
	if r.Label != "" {
		return r.Label
	}
	return r.Display
}

// maxInlinePDF bounds what one page carries as a data address.
const maxInlinePDF = 16 << 20

// HTML writes the document as one page that needs nothing else.
func HTML(d *cda.Document) []byte {
	v := Of(d)
	var b bytes.Buffer
	esc := html.EscapeString
	fmt.Fprintf(&b, `<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>%s</title><style>%s</style></head><body><main>`, esc(v.Title), style)
	fmt.Fprintf(&b, `<header><p class="kind">%s</p><h1>%s</h1><div class="who"><dl>`, esc(nos.TypeLabel(v.Type).FR), esc(v.Title))
	row := func(k, val string) {
		if val != "" {
			fmt.Fprintf(&b, "<div><dt>%s</dt><dd>%s</dd></div>", esc(k), esc(val))
		}
	}
	row("Patient", v.Patient)
	row("Nom de naiss.", d.Patient.BirthName())
	row("Date de naissance", d.Patient.Birth.Date())
	if v.INS != "" {
		row(insid.Label(v.OID), d.Patient.TheINS().Matricule.Spaced())
	}
	row("Date", d.EffectiveTime.Date())
	row("Auteur", v.Author)
	row("Structure", v.Place)
	b.WriteString("</dl>" + symbolHTML(&d.Patient) + "</div></header>")
	pictures := narrative.FromDocument(d, nil)
	d.Body.Walk(func(s *cda.Section) bool {
		level := min(s.Depth+1, 6)
		if s.Title != "" {
			fmt.Fprintf(&b, "<h%d>%s</h%d>", level, esc(s.Title), level)
		}
		b.Write(narrative.HTML(nil, s.Text, narrative.Options{Media: pictures}))
		return true
	})
	if f := d.PDF(); f != nil {
		if raw, err := f.Decode(maxInlinePDF); err == nil {
			fmt.Fprintf(&b, `<p><a download="document.pdf" href="data:application/pdf;base64,%s">Document PDF (%d Ko)</a></p>`, base64.StdEncoding.EncodeToString(raw), len(raw)/1024)
		}
	}
	results(&b, v.Results)
	fmt.Fprintf(&b, `<footer><p>Identifiant %s</p></footer></main></body></html>`, esc(v.UniqueID))
	return b.Bytes()
}

func results(b *bytes.Buffer, list []bio.Result) {
	if len(list) == 0 {
		return
	}
	esc := html.EscapeString
	b.WriteString(`<h2>Résultats codés</h2><div class="scroll"><table><caption>Résultats codés du document</caption><thead><tr><th scope="col">Analyse</th><th scope="col">Résultat</th><th scope="col">Intervalle de référence</th><th scope="col">Interprétation</th></tr></thead><tbody>`)
	for _, r := range list {
		ref := ""
		if r.Reference != nil {
			ref = r.Reference.Low + " – " + r.Reference.High
		}
		fmt.Fprintf(b, `<tr><th scope="row">%s</th><td>%s</td><td>%s</td><td>%s</td></tr>`, esc(label(r)), esc(r.Shown()), esc(ref), esc(strings.Join(r.Interpretation, " ")))
	}
	b.WriteString("</tbody></table></div>")
}

const style = `:root{color-scheme:light dark;font-family:system-ui,sans-serif;line-height:1.6}body{margin:0;padding:1.5rem}main{max-width:52rem;margin:auto}h1{line-height:1.2;margin:.2rem 0 1rem}.kind{margin:0;opacity:.75}dl{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:0 0 1.5rem}.who{display:flex;flex-wrap:wrap;gap:0 2rem}.who dl{flex:1 1 18rem;align-content:flex-start}.ins{margin:0 0 1.5rem;line-height:0;print-color-adjust:exact;forced-color-adjust:none}dt{font-size:.8rem;opacity:.75}dd{margin:0}.scroll{overflow-x:auto}table{border-collapse:collapse;max-width:100%}th,td{border-bottom:1px solid color-mix(in srgb,currentColor 25%,transparent);padding:.35rem .75rem;text-align:left;vertical-align:top}caption{text-align:left;font-weight:600}img{max-width:100%}footer{margin-top:2rem;font-size:.8rem;opacity:.75;overflow-wrap:anywhere}`
