package write

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/oid"
)

// Report appends an unstructured document (N1): the header and one file, a PDF as a rule. Every
// type of JDV_J07 may be written so.
//
// spec: CI-SIS cda §4.1
func Report(dst []byte, h Header, f File) ([]byte, error) {
	if err := first(h.check(), need(len(f.Data) > 0, "File.Data"), need(f.MediaType != "", "File.MediaType")); err != nil {
		return dst, err
	}
	w := builder{b: dst, seed: h.ID.UniqueID()}
	w.start(&h, []cda.Template{{Root: oid.TemplateXDSD}}, false)
	w.open("component")
	w.open("nonXMLBody")
	w.open("text", "mediaType", f.MediaType, "representation", "B64")
	w.base64(f.Data)
	w.end("text", "nonXMLBody", "component", "ClinicalDocument")
	w.line()
	return w.b, nil
}

// attached writes an attached document: its type and the file.
//
// spec: CI-SIS cda §4.2
func (w *builder) attached(id, narrativeID string, kind cda.CD, f File) {
	w.open("organizer", "classCode", "CLUSTER", "moodCode", "EVN")
	w.leaf("templateId", "root", cda.TemplateAttached)
	w.leaf("id", "root", w.uuid())
	w.leaf("code", "code", "55107-7", "displayName", "Document attaché", "codeSystem", oid.LOINC, "codeSystemName", "LOINC")
	w.leaf("statusCode", "code", "completed")
	w.open("component")
	w.open("observation", "classCode", "OBS", "moodCode", "EVN")
	for _, t := range []string{"1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48", "1.2.250.1.213.1.1.3.48.18"} {
		w.leaf("templateId", "root", t)
	}
	w.leaf("id", "root", w.uuid())
	w.leaf("code", "code", "69764-9", "displayName", "Type de document", "codeSystem", oid.LOINC, "codeSystemName", "LOINC")
	w.open("text")
	w.leaf("reference", "value", "#"+narrativeID)
	w.end("text")
	w.leaf("statusCode", "code", "completed")
	w.leaf("effectiveTime", "nullFlavor", "NA")
	w.code("value", kind, "xsi:type", "CD")
	w.end("observation", "component")
	w.open("component")
	w.open("observationMedia", "classCode", "OBS", "moodCode", "EVN", "ID", id)
	w.open("value", "mediaType", f.MediaType, "representation", "B64")
	w.base64(f.Data)
	w.end("value", "observationMedia", "component", "organizer")
}

// pdfCopy writes the section «Copie du document».
//
// spec: CI-SIS cda §4.2
func (w *builder) pdfCopy(pdf []byte) {
	w.open("component")
	w.open("section")
	w.leaf("templateId", "root", cda.TemplatePDFCopySection)
	w.leaf("id", "root", w.uuid())
	w.leaf("code", "code", "55108-5", "displayName", "Copie du document", "codeSystem", oid.LOINC, "codeSystemName", "LOINC")
	w.text("title", "Copie du document")
	w.open("text")
	w.open("content", "ID", "copie-pdf")
	w.escape("Copie du document au format PDF", false)
	w.end("content")
	w.leaf("renderMultiMedia", "referencedObject", "pdf-1")
	w.end("text")
	w.open("entry")
	w.attached("pdf-1", "copie-pdf", cda.CD{Code: "55108-5", Display: "Copie du document", System: oid.LOINC, SystemName: "LOINC"}, File{"application/pdf", pdf})
	w.end("entry", "section", "component")
	w.line()
}
