package view

import (
	"fmt"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/datamatrix"
	"github.com/socle-sante/socle/format/insid"
)

// symbolLabel is what the Datamatrix says to people who do not see it.
const symbolLabel = "Datamatrix INS"

// Sides of a module on paper: half a millimetre, so that labels and copies of copies still read;
// 1.44 points are 0.508 mm, and three dots at 150 dpi.
const (
	modulePoints = 1.44
	moduleMM     = 0.5
)

// Datamatrix gives the INS Datamatrix of a document's patient. There is none unless the document
// carries an INS with every strict trait, in capitals as registers write them, and the right key
// (which test OIDs do without).
// spec: INS §7
func Datamatrix(p *cda.Patient) (*datamatrix.Symbol, bool) {
	id, birth := p.TheINS(), p.Birth.Raw
	if id.IsZero() || len(birth) < 8 {
		return nil, false
	}
	if c := id.Class(); !id.Matricule.KeyOK() && c != insid.Test && c != insid.Demo {
		return nil, false
	}
	content, err := insid.Datamatrix{INS: id, Givens: p.BirthGivens(), BirthName: p.BirthName(), Sex: p.Sex.Code,
		BirthDate: birth[:4] + "-" + birth[4:6] + "-" + birth[6:8], BirthPlace: p.BirthCOG}.Content()
	if err != nil {
		return nil, false
	}
	s, err := datamatrix.Encode([]byte(content))
	return s, err == nil
}

// symbolHTML draws the Datamatrix for a page; "" when there is none.
func symbolHTML(p *cda.Patient) string {
	s, ok := Datamatrix(p)
	if !ok {
		return ""
	}
	// The drawing has a border of two modules all around. Its size stands in attributes: the page
	// allows no style but its own.
	size := fmt.Sprintf(`<svg width="%gmm" height="%[1]gmm" `, float64(s.Size()+4)*moduleMM)
	return `<figure class="ins">` + strings.Replace(s.SVG(symbolLabel), "<svg ", size, 1) + "</figure>"
}
