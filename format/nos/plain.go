package nos

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// TypeLabel says in everyday words what a type of document is, for people who are not
// professionals: 11502-2 is "Résultats de laboratoire", "Lab results". A type without
// plain words gets its official display; an unknown code, a neutral word.
func TypeLabel(typeCode string) finding.Text {
	if p, ok := all().plain[typeCode]; ok {
		return finding.T(p[0], p[1])
	}
	if c, ok := Lookup(TypeCode, typeCode, ""); ok {
		return finding.T(c.Display, c.Display)
	}
	return finding.T("Document", "Document")
}

// ClassLabel says in everyday words what a class of documents is.
func ClassLabel(classCode string) finding.Text {
	if t, ok := classPlain[classCode]; ok {
		return t
	}
	return finding.T("Autres documents", "Other documents")
}

var classPlain = map[string]finding.Text{
	"10": finding.T("Comptes rendus", "Reports"),
	"11": finding.T("Résumés", "Summaries"),
	"31": finding.T("Imagerie", "Imaging"),
	"42": finding.T("Ordonnances", "Prescriptions"),
	"43": finding.T("Médicaments délivrés", "Medication dispensed"),
	"44": finding.T("Plans de soins", "Care plans"),
	"45": finding.T("Traitements administrés", "Treatments given"),
	"52": finding.T("Certificats et vaccinations", "Certificates and vaccinations"),
	"60": finding.T("Remboursements", "Reimbursements"),
	"90": finding.T("Mes documents", "My documents"),
	"95": finding.T("Documents administratifs", "Administrative documents"),
}

// readPlain reads "code | français | English" lines.
func (l *library) readPlain(text string) {
	for line := range strings.Lines(text) {
		code, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " | ")
		fr, en, _ := strings.Cut(rest, " | ")
		l.plain[code] = [2]string{fr, en}
	}
}
