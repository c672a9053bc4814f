// Package view shows a CDA document to people and to programs: as text for a terminal, as one
// self-contained HTML page, as PDF/A, and as data.
//
// Standard: CI-SIS volet «structuration minimale», rendering for people. The identity comes first
// with the INS Datamatrix when the document says enough, then author and structure, the narrative
// of each section with what its coded data say otherwise (cda/compare), the rest of the header.
// The narrative is mapped element by element (cda/narrative), pictures come from the document
// alone, style sheets inside documents are never executed. The words around the document are in
// French or English. Missing: curves of results, colours of the narrative.
// Start with HTML and PDF.
package view

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/compare"
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

	// Differences holds what the narrative and the coded data do not say alike.
	Differences []compare.Section `json:"differences"`
}

// Of collects the data of a document.
func Of(d *cda.Document) Data {
	out := header(d)
	out.Results = bio.Results(d)
	if out.Results == nil {
		out.Results = []bio.Result{}
	}
	out.Differences = unequal(compare.Of(d))
	return out
}

func header(d *cda.Document) Data {
	out := Data{UniqueID: d.UniqueID(), Title: strings.Join(strings.Fields(d.Title), " "), Type: d.Code.Code, Level: d.Body.Level(), Date: d.EffectiveTime.Raw,
		Patient: d.Patient.Shown()}
	if id := d.Patient.TheINS(); !id.IsZero() {
		out.INS, out.OID = id.Matricule.Reveal(), id.OID
	}
	if len(d.Authors) > 0 {
		out.Author = d.Authors[0].Label()
		if d.Authors[0].Org != nil {
			out.Place = d.Authors[0].Org.Name
		}
	}
	return out
}

// title is what the document is called; one without title is called by its type.
func title(d *cda.Document) string {
	if s := squeeze(d.Title); s != "" {
		return s
	}
	return d.Code.Label()
}

// sectionTitle is what a section is called.
func sectionTitle(s *cda.Section) string {
	if t := squeeze(s.Title); t != "" {
		return t
	}
	return ""
}
