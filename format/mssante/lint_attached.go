package mssante

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/xds/cdameta"
)

func checkArchive(l *linted, hit hit) {
	for _, a := range l.archives {
		if a.err == nil {
			continue
		}
		found := "XDM"
		if r := finding.As(a.err); r != nil {
			found = r.ID + " : " + r.Message.FR + " / " + r.Message.EN
		}
		hit(l.in(a.part), found)
	}
}

func checkArchiveName(l *linted, hit hit) {
	for _, a := range l.archives {
		if !strings.EqualFold(a.part.Filename(), "IHE_XDM.zip") || !isZipType(a.part) {
			hit(l.in(a.part), a.part.Filename()+" "+a.part.Type+"/"+a.part.Subtype)
		}
	}
}

func checkOneArchive(l *linted, hit hit) {
	if len(l.archives) > 1 {
		hit(l.in(l.archives[1].part), l.archives[1].part.Filename())
	}
}

func checkBare(l *linted, hit hit) {
	for _, p := range l.bare {
		hit(l.in(p), p.Filename())
	}
}

// checkMetadata leaves the patient to checkPatientID where the metadata name none by an INS.
func checkMetadata(l *linted, hit hit) {
	for _, d := range l.docs {
		for _, c := range cdameta.Conflicts(d.doc, d.entry) {
			if _, err := insid.ParseCX(d.entry.PatientID); c.Field == "patientId" && err != nil {
				continue
			}
			hit(l.in(d.part), d.entry.URI+" : "+c.Field)
		}
	}
}

func checkPatientID(l *linted, hit hit) {
	for _, d := range l.docs {
		if !d.doc.Patient.TheINS().IsZero() && !strings.HasSuffix(strings.ToUpper(strings.TrimRight(cutComponents(d.entry.PatientID), "^")), "&ISO^NH") {
			hit(l.in(d.part), d.entry.URI)
		}
	}
}

// cutComponents keeps the first five components of a CX: the DMP's own samples add a date.
func cutComponents(cx string) string {
	p := strings.Split(cx, "^")
	return strings.Join(p[:min(5, len(p))], "^")
}

func checkPDFs(l *linted, hit hit) {
	n := 0
	for _, p := range l.pdfs {
		if bytes.HasPrefix(p.bytes, []byte("%PDF-")) {
			n++
		}
	}
	if n < len(l.docs) {
		hit(l.in(l.docs[n].part), l.docs[n].entry.URI)
	}
}

// pdfa is the mark of PDF/A-1 in the metadata of a PDF, which may not be compressed.
//
// spec: ISO 19005-1 6.7.2
var pdfa = regexp.MustCompile(`pdfaid:part\s*(>|=\s*["'])\s*1\s*(<|["'])`)

func checkPDFA(l *linted, hit hit) {
	if len(l.docs) == 0 {
		return // a free attachment
	}
	for _, p := range l.pdfs {
		if !bytes.HasPrefix(p.bytes, []byte("%PDF-")) || !pdfa.Match(p.bytes) {
			hit(l.in(p.part), p.name)
		}
	}
}

func checkPDFSame(l *linted, hit hit) {
	for _, d := range l.docs {
		if d.doc.Body.Level() != "N1" || len(l.pdfs) == 0 {
			continue
		}
		f := d.doc.PDF()
		if f == nil {
			continue
		}
		inside, err := f.Decode(maxPrinted)
		if err != nil || !bytes.HasPrefix(inside, []byte("%PDF-")) {
			continue
		}
		if !l.carries(inside) {
			hit(l.in(d.part), d.entry.URI)
		}
	}
}

func (l *linted) carries(pdf []byte) bool {
	for _, p := range l.pdfs {
		if bytes.Equal(p.bytes, pdf) {
			return true
		}
	}
	return false
}

var pdfName = regexp.MustCompile(`(?i)^\d{8}_.+_[^_].*_.+\.pdf$`)

func checkPDFName(l *linted, hit hit) {
	if len(l.docs) == 0 {
		return
	}
	for _, p := range l.pdfs {
		if !pdfName.MatchString(p.name) {
			hit(l.in(p.part), p.name)
		}
	}
}
