package client

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/format/insid"
)

// targets makes the persons of a load known and writes the document of each: a structured biology
// report with its PDF, of about the size asked.
func (c *Client) targets(ctx context.Context, o LoadOptions) ([]*target, error) {
	out := make([]*target, max(1, o.Patients))
	for i := range out {
		id, err := loadINS(i)
		if err != nil {
			return nil, err
		}
		t := &target{ins: id}
		if t.doc, err = c.loadDocument(i, id, o.Size); err != nil {
			return nil, err
		}
		for at := 0; ; {
			j := bytes.Index(t.doc[at:], []byte(placeholder))
			if j < 0 {
				break
			}
			t.at = append(t.at, at+j)
			at += j + len(placeholder)
		}
		if t.template, err = cda.Parse(t.doc); err != nil {
			return nil, err
		}
		s := &Sent{}
		if t.handle, err = c.desk(ctx, s, t.template, id); err != nil {
			return nil, err
		}
		if i == 0 && o.Finds > 0 { // the one who is read while the others are fed
			if err := c.post(ctx, c.Persona.ID, c.Endpoints.Identities+"/"+t.handle+"/autorisation", map[string]any{}, nil); err != nil {
				return nil, err
			}
		}
		out[i] = t
	}
	return out, nil
}

// loadINS makes the test INS of the i-th person of a load: born abroad, so that no matricule of
// the territory is met.
func loadINS(i int) (insid.INS, error) {
	nir := fmt.Sprintf("1%02d0199350%03d", 20+i/1000%80, i%1000)
	m, err := insid.WithKey(nir)
	return insid.INS{Matricule: m, OID: "1.2.250.1.213.1.4.10"}, err
}

// analyses of the document of a load: code, label, unit, interval.
var analyses = []struct{ code, label, unit, low, high string }{
	{"14749-6", "Glucose", "mmol/L", "3.9", "6.1"}, {"14682-9", "Créatinine", "umol/L", "50", "100"}, {"2951-2", "Sodium", "mmol/L", "136", "145"},
	{"2823-3", "Potassium", "mmol/L", "3.5", "5.1"}, {"2075-0", "Chlorure", "mmol/L", "98", "107"}, {"1742-6", "ALAT", "U/L", "7", "45"},
	{"1920-8", "ASAT", "U/L", "8", "40"}, {"2324-2", "Gamma-GT", "U/L", "8", "61"}, {"14647-2", "Cholestérol total", "mmol/L", "3.0", "5.2"},
	{"3016-3", "TSH", "m[IU]/L", "0.27", "4.20"}, {"1988-5", "CRP", "mg/L", "0", "5"}, {"2276-4", "Ferritine", "ng/mL", "30", "400"},
}

func (c *Client) loadDocument(i int, id insid.INS, size int) ([]byte, error) {
	rnd := rand.New(rand.NewPCG(uint64(i), 2026))
	at := c.now().Add(-time.Hour).Truncate(time.Minute)
	s := &write.Structure{ID: c.Persona.Structure, Name: "Banc de charge du territoire", Phone: "0199000009", Practice: "AMBULATOIRE",
		Addr: write.Addr{Street: "4 place du Marché", PostalCode: "99000", City: "AURORE", Country: "FRANCE"}}
	author := write.Professional{ID: c.Persona.IDNat, Speciality: "G15_10/SM03", Family: "DE-CHARGE", Given: "Banc", Suffix: "DR", Phone: s.Phone, Addr: s.Addr, Structure: s}
	h := write.Header{ID: cda.II{Root: placeholder}, SetID: cda.II{Root: "2.25.9", Extension: strconv.Itoa(i)}, Version: 1, Time: at, Author: author,
		Patient: write.Patient{INS: id, BirthName: "CHARGE", FirstGiven: "ESSAI", Sex: "M", Birth: "19" + id.Matricule.Reveal()[1:3] + "0101", BirthCOG: "99350", BirthCity: "RABAT",
			Addr: s.Addr, Phone: s.Phone},
		Service:   write.Service{ID: cda.II{Root: "2.25.8", Extension: strconv.Itoa(i)}, Start: at, End: at},
		Encounter: write.Encounter{Code: "AMB", Facility: "SA25", Place: s.Name, Start: at, End: at, Responsible: &author},
	}
	chapter := write.Biochimie
	sub := write.SubChapter{Title: "Bilan", Code: "18719-5", Display: "Biochimie"}
	yes := true
	for _, a := range analyses {
		low, _ := strconv.ParseFloat(a.low, 64)
		high, _ := strconv.ParseFloat(a.high, 64)
		v := low + (high-low)*rnd.Float64()*1.2
		sub.Items = append(sub.Items, write.Item{Result: &bio.Result{Code: a.code, System: "2.16.840.1.113883.6.1", Display: a.label, Label: a.label, Status: "completed",
			Value: bio.Value{Type: "PQ", Value: strconv.FormatFloat(v, 'f', 2, 64), Unit: a.unit}, Time: at.Format("20060102150405-0700"),
			Reference: &bio.Reference{Low: a.low, LowInclusive: &yes, High: a.high, HighInclusive: &yes, Unit: a.unit}}})
	}
	chapter.Subs = []write.SubChapter{sub}
	report := write.BioReport{Chapters: []write.Chapter{chapter}, PDF: filler(rnd, 0)}
	b, err := write.Biology(nil, h, report)
	if err != nil || len(b) >= size {
		return b, err
	}
	report.PDF = filler(rnd, (size-len(b))*3/4)
	return write.Biology(nil, h, report)
}

// filler is a one-page PDF whose content stream is as incompressible as those of real ones.
func filler(rnd *rand.Rand, size int) []byte {
	stream := make([]byte, size)
	for i := range stream {
		stream[i] = byte(rnd.Uint32())
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n")
	b.WriteString("3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n")
	fmt.Fprintf(&b, "4 0 obj<</Length %d>>stream\n", len(stream))
	b.Write(stream)
	b.WriteString("\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
	return b.Bytes()
}
