package write

import (
	"errors"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/narrative"
)

func TestVaccinations(t *testing.T) {
	h := sample()
	list := []Immunization{
		{Date: "1999", Product: Product{Name: "BCG"}, Target: "Tuberculose"},
		{Date: "20250910", Booster: true, Rank: 3, Product: Product{Name: "REVAXIS, suspension injectable", CIS: "69456865", ATC: "J07CA01", ATCs: "Diphtérie, poliomyélite, tétanos"}, Target: "Diphtérie, tétanos, poliomyélite", Lot: "T1234", Route: "20035000", Site: "16217701000119102", By: h.TreatingDoctor, Comment: "Bien toléré <sans fièvre>."},
	}
	out, err := Vaccinations(nil, h, list)
	if err != nil {
		t.Fatal(err)
	}
	d := passes(t, "vac", out)
	sameHeader(t, h, d)
	if d.Kind().Name != "VAC" || len(d.Body.Sections) != 1 || len(d.Body.Sections[0].Entries) != 2 {
		t.Errorf("%+v", d.Kind())
	}
	e := d.Body.Sections[0].Entries[1].Child(cda.NS, "substanceAdministration")
	code := cda.ReadCD(e.Path(cda.NS, "consumable", "manufacturedProduct", "manufacturedMaterial", "code"))
	if code.Code != "69456865" || d.Resolve(code) != "REVAXIS, suspension injectable" || code.Translations[0].Code != "J07CA01" {
		t.Errorf("%+v", code)
	}
	text := string(narrative.DocumentText(nil, d))
	for _, s := range []string{"10/09/2025", "1999", "Bien toléré <sans fièvre>.", "deltoïde gauche", "T1234", "DR Bernard VACQUIER"} {
		if !strings.Contains(text, s) {
			t.Errorf("the narrative does not say %q", s)
		}
	}
	if _, err := Vaccinations(nil, h, nil); !errors.Is(err, ErrIncomplete) {
		t.Error(err)
	}
	if _, err := Vaccinations(nil, h, []Immunization{{Date: "2000", Product: Product{Name: "x"}, Route: "?"}}); !errors.Is(err, ErrIncomplete) {
		t.Error(err)
	}
}

func TestSummary(t *testing.T) {
	h := sample()
	s := MedicalSummary{
		Problems:   []Problem{{Code: "I10", Display: "Hypertension essentielle (primitive)", Label: "Hypertension artérielle", From: "2015"}, {Label: "Fatigue inexpliquée"}},
		History:    []Problem{{Code: "K35.8", Display: "Appendicites aiguës, autres et sans précision", Label: "Appendicectomie", From: "19920311", To: "19920318"}},
		Allergies:  []Allergy{{Agent: "Pénicilline", Since: "1998"}, {Kind: "414285001", KindDisplay: "allergie alimentaire", Agent: "Arachide"}},
		Risks:      []string{"Tabac : 10 paquets-années, sevré en 2010."},
		Watch:      []string{"Surveiller la tension.", "Vit seule."},
		Treatments: []Treatment{{Product: Product{Name: "AMLODIPINE 5 mg, gélule", CIS: "60000000", ATC: "C08CA01", ATCs: "Amlodipine"}, Dosage: "1 gélule le matin", From: "201506", Every: "1", Unit: "d", Route: "20053000"}},
	}
	out, err := Summary(nil, h, s)
	if err != nil {
		t.Fatal(err)
	}
	d := passes(t, "vsm", out)
	sameHeader(t, h, d)
	if d.Kind().Name != "VSM" || len(d.Body.Sections) != 3 {
		t.Errorf("%+v, %d sections", d.Kind(), len(d.Body.Sections))
	}
	text := string(narrative.DocumentText(nil, d))
	for _, w := range []string{"Hypertension artérielle", "18/03/1992", "Pénicilline", "Vit seule.", "sevré en 2010", "1 gélule le matin"} {
		if !strings.Contains(text, w) {
			t.Errorf("the narrative does not say %q", w)
		}
	}
	out, err = Summary(nil, h, MedicalSummary{})
	if err != nil {
		t.Fatal(err)
	}
	passes(t, "vsm-empty", out)
	h.TreatingDoctor = nil
	if _, err := Summary(nil, h, s); !errors.Is(err, ErrIncomplete) {
		t.Error(err)
	}
}
