package demo

import (
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/write"
)

// ecbu is a urine culture: sterile, or with one germ and its antibiogram.
type ecbu struct {
	infected  bool
	resistant bool // to amoxicillin
}

// antibiotic is one line of an antibiogram.
type antibiotic struct{ code, display, label string }

var antibiotics = []antibiotic{
	{"28-1", "Ampicilline [Sensibilité] Isolat ; Alphanumérique ; CMI", "Amoxicilline"},
	{"20-8", "Amoxicilline+clavulanate [Sensibilité] Isolat ; Alphanumérique ; CMI", "Amoxicilline + acide clavulanique"},
	{"267-5", "Gentamicine [Sensibilité] Isolat ; Alphanumérique ; CMI", "Gentamicine"},
	{"185-9", "Ciprofloxacine [Sensibilité] Isolat ; Alphanumérique ; CMI", "Ciprofloxacine"},
	{"363-2", "Nitrofurantoïne [Sensibilité] Isolat ; Alphanumérique ; CMI", "Nitrofurantoïne"},
	{"25596-8", "Fosfomycine [Sensibilité] Isolat ; Alphanumérique ; CMI", "Fosfomycine"},
}

func (e *ecbu) chapter(c *citizen, l *labReport, sp *bio.Specimen) (write.Chapter, []string) {
	when := stampCDA(l.sampled)
	r := stream("ecbu", c.index, l.sampled.Unix())
	physical := func(code, display, label, value, unit string, flags ...string) bio.Result {
		return bio.Result{Code: code, Display: display, Label: label, Status: "completed", Time: when, Value: bio.Value{Type: "PQ", Value: value, Unit: unit}, Interpretation: flags}
	}
	worded := func(code, display, label, words string) bio.Result {
		return bio.Result{Code: code, Display: display, Label: label, Status: "completed", Time: when, Value: bio.Value{Type: "CD", Text: words}}
	}
	white, red, aspect, gram := text(float64(2+r.IntN(6)), 0), text(float64(1+r.IntN(4)), 0), "Limpide", "Absence de germe à l'examen direct"
	var flags []string
	if e.infected {
		white, red, aspect, gram, flags = text(float64(180+10*r.IntN(60)), 0), text(float64(12+r.IntN(30)), 0), "Trouble", "Nombreux bacilles à Gram négatif", []string{"H"}
	}
	direct := write.Battery{Label: "Examen direct", Results: []bio.Result{
		worded("5767-9", "Aspect [Aspect] Urine ; Résultat nominal", "Aspect", aspect),
		physical("30405-5", "Leucocytes [Nombre/Volume] Urine ; Numérique", "Leucocytes", white, "/uL", flags...),
		physical("798-9", "Érythrocytes [Nombre/Volume] Urine ; Numérique ; Comptage automate", "Hématies", red, "/uL"),
		worded("653-6", "Observation microscopique [Identification] Urine ; Résultat nominal ; Coloration Gram", "Coloration de Gram", gram),
	}}
	for i := range direct.Results {
		if direct.Results[i].Code == "30405-5" {
			closed := true
			direct.Results[i].Reference = &bio.Reference{High: "10", HighInclusive: &closed, Unit: "/uL"}
		}
	}
	sub := write.SubChapter{Title: "Examen cytobactériologique des urines", Specimen: sp, Items: []write.Item{{Battery: &direct}}}
	var odd []string
	if !e.infected {
		sub.Comment = "Culture stérile après 24 heures."
	} else {
		sub.Items = append(sub.Items, write.Item{Isolate: e.isolate(when, physical)})
		sub.Comment = "Infection urinaire à Escherichia coli."
		odd = []string{"Escherichia coli, 10⁵ UFC/mL"}
	}
	ch := write.Microbiologie
	ch.Subs = []write.SubChapter{sub}
	return ch, odd
}

func (e *ecbu) isolate(when string, physical func(code, display, label, value, unit string, flags ...string) bio.Result) *write.Isolate {
	list := &write.Battery{Code: "18769-0", Display: "Antibiogramme", Label: "Antibiogramme"}
	for i, a := range antibiotics {
		closed, end, flags := false, []string{"4", "4", "0.5", "0.06", "16", "4"}[i], []string{"S"}
		v := bio.Value{Type: "IVL_PQ", High: end, HighInclusive: &closed, Unit: "ug/mL"}
		if e.resistant && i < 2 {
			v = bio.Value{Type: "IVL_PQ", Low: "32", LowInclusive: &closed, Unit: "ug/mL"}
			flags = []string{"R"}
			if i == 1 {
				v.Low, flags = "8", []string{"I"}
			}
		}
		list.Results = append(list.Results, bio.Result{Code: a.code, Display: a.display, Label: a.label, Status: "completed", Time: when, Value: v, Interpretation: flags})
	}
	return &write.Isolate{SNOMED: "112283007", Display: "Escherichia coli (organism)", NCBI: "562", NCBIName: "Escherichia coli", Label: "Escherichia coli", Time: when,
		Results:     []bio.Result{physical("51480-2", "Bactérie [Nombre/Volume] Urine ; Numérique ; Comptage automate", "Dénombrement", "100000", "/mL")},
		Antibiogram: list}
}
