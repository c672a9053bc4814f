package view

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/nos"
)

// maxName bounds a file name, for the systems that bound it.
const maxName = 120

// PDFName is the name of the PDF that goes with a document in a message: date of the act, type of
// document, name and given name of the patient, such as
// 20220531_CR_d_imagerie_medicale_CORSE_FIGATELLIX.pdf. The number of the file, which is optional,
// is left out.
// spec: MSSanté ECO.2.1.6
func PDFName(d *cda.Document) string {
	date := ""
	if len(d.Services) > 0 {
		date = digits(d.Services[0].Time.Start().Raw)
	}
	if date == "" {
		date = digits(d.EffectiveTime.Raw)
	}
	kind := d.Code.Display
	if kind == "" {
		kind = nos.TypeLabel(d.Code.Code).FR
	}
	p := &d.Patient
	family, given := p.BirthName(), p.FirstGiven()
	var parts []string
	for _, s := range []string{date, kind, family, given} {
		if s = plainWord(s); s != "" {
			parts = append(parts, s)
		}
	}
	name := strings.Join(parts, "_")
	if len(name) > maxName {
		name = strings.TrimRight(name[:maxName], "_")
	}
	if name == "" {
		name = "document"
	}
	return name + ".pdf"
}

func digits(s string) string {
	if len(s) < 8 {
		return ""
	}
	for _, c := range s[:8] {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return s[:8]
}

var bareLetters = strings.NewReplacer("à", "a", "â", "a", "ä", "a", "á", "a", "ã", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "í", "i", "ñ", "n", "ô", "o", "ö", "o", "ó", "o", "ù", "u", "û", "u", "ü", "u", "ú", "u", "ÿ", "y", "œ", "oe", "æ", "ae",
	"À", "A", "Â", "A", "Ä", "A", "Á", "A", "Ç", "C", "É", "E", "È", "E", "Ê", "E", "Ë", "E", "Î", "I", "Ï", "I", "Í", "I", "Ñ", "N", "Ô", "O", "Ö", "O", "Ó", "O", "Ù", "U", "Û", "U", "Ü", "U", "Ú", "U", "Ÿ", "Y", "Œ", "OE", "Æ", "AE")

// plainWord keeps letters and digits, one underscore for anything else.
func plainWord(s string) string {
	var b strings.Builder
	for _, c := range bareLetters.Replace(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	return strings.Trim(b.String(), "_-")
}
