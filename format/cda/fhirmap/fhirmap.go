// Package fhirmap converts clinical documents between CDA R2 of the CI-SIS and FHIR R4 document
// bundles, both ways, and says what the other side could not hold.
//
// Standard: FHIR R4 (4.0.1) documents, the resources and extensions that the public business
// model of the ANS (document-core) names for each element, FR Core identifiers, the HL7 clinical
// document extensions for participants. The laboratory report (CR-BIO, TROD), the medical
// summary (IPS-FR, VSM), vaccinations (VAC, VAC-NOTE), prescriptions (eP-MED-DM) and any
// unstructured document are converted; other kinds have their header and narrative only, when
// asked.
//
// Nothing is dropped in silence: every element that carried information and did not contribute
// to the result is in the list of losses. What is left out on purpose stands in a table with its
// reason (see noise.go).
//
// Missing: XML of FHIR, meta.profile, signature; prescriptions (eP-MED-DM) are not written as CDA;
// repetitions, substitution and dispensing instructions of a prescription are losses.
// Start with ToFHIR and ToCDA.
package fhirmap

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/fhir"
	"github.com/socle-sante/socle/format/finding"
)

// Kinds lists the kinds of documents whose entries are converted.
var Kinds = []string{"BIO-CR-BIO", "BIO-TROD", "IPS-FR", "VSM", "VAC", "VAC-NOTE", "EP-MED-DM", "N1"}

// Errors of the package, ready to show.
var (
	ErrKind = &finding.Refusal{
		ID: "FHIRMAP-KIND", Kind: finding.Invalid, Rule: "CI-SIS, correspondances CDA – FHIR",
		Message: finding.T("Ce type de document n'a pas de correspondance FHIR publiée.", "This kind of document has no published FHIR mapping."),
		Fix: finding.Tf("Types convertis : %s. Pour un autre, demander l'en-tête et le narratif seuls (--header-only).",
			"Kinds converted: %s. For another, ask for header and narrative only (--header-only).", strings.Join(Kinds, ", ")),
	}
	ErrNotBundle = &finding.Refusal{
		ID: "FHIRMAP-BUNDLE", Kind: finding.Invalid, Rule: "FHIR R4, Bundle, bdl-11",
		Message: finding.T("Ce n'est pas un document FHIR : un Bundle JSON de type document dont la première ressource est une Composition.",
			"This is no FHIR document: a JSON Bundle of type document whose first resource is a Composition."),
		Fix: finding.T("Envoyer un Bundle de type document, Composition en tête.", "Send a Bundle of type document, Composition first."),
	}
	ErrTooLarge = &finding.Refusal{
		ID: "FHIRMAP-LIMIT", Kind: finding.TooLarge, Rule: "Socle, limites",
		Message: finding.Tf("Ce Bundle dépasse les limites de lecture (%d Mo, %d niveaux).", "This Bundle exceeds the reading limits (%d MB, %d levels).", maxBundle>>20, maxDepth),
		Fix:     finding.T("Envoyer les fichiers volumineux à part.", "Send large files apart."),
	}
	ErrIncomplete = &finding.Refusal{
		ID: "FHIRMAP-INCOMPLETE", Kind: finding.Invalid, Rule: "CI-SIS structuration minimale 1.2.250.1.213.1.1.1.1",
		Message: finding.T("Il manque un élément obligatoire pour écrire le document CDA.", "A mandatory element is missing to write the CDA document."),
		Fix:     finding.T("Renseigner l'élément nommé dans le Bundle.", "Fill the named element in the Bundle."),
	}
)

// Loss is a piece of information that the result does not hold.
type Loss struct {
	Path  string        // XPath in the CDA, or FHIR path in the Bundle
	What  string        // the value that is lost, shortened
	Why   finding.Text  // why it could not be kept
	Place finding.Place // where, in a CDA
}

// Options say how a document is converted. The zero value is good.
type Options struct {
	// HeaderOnly converts the header, the narrative and the files of any kind, and leaves the
	// coded entries, each of which is then a loss.
	HeaderOnly bool
}

// ToFHIR writes a clinical document as a FHIR R4 document Bundle in JSON. The identifiers of its
// resources derive from the document's: converting twice gives the same bytes. The error is a
// *finding.Refusal.
//
// spec: CI-SIS cda §12
func ToFHIR(d *cda.Document, o Options) ([]byte, []Loss, error) {
	kind := d.Kind().Name
	if !o.HeaderOnly && !convertible(kind) {
		name := kind
		if name == "" {
			name = d.Code.Label()
		}
		return nil, nil, ErrKind.At(d.Code.Node.XPath()).Saying(finding.Tf("Le type de document «%s» n'a pas de correspondance FHIR publiée.", "Kind of document “%s” has no published FHIR mapping.", name))
	}
	c := &exporter{source: newSource(d), kind: kind, headerOnly: o.HeaderOnly, urls: map[string]string{}, files: map[string]string{}, made: map[string]int{}, at: map[int]string{}}
	bundle := c.bundle()
	w := fhir.Writer{}
	bundle.write(&w, "")
	return append(w.B, '\n'), c.losses(), nil
}

func convertible(kind string) bool {
	for _, k := range Kinds {
		if k == kind {
			return true
		}
	}
	return false
}
