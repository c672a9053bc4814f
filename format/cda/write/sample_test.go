package write

import (
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/insid"
)

// pdf is the smallest file that begins and ends like one.
var pdf = []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")

func sample() Header {
	practice := &Structure{ID: "1120459876", Name: "Laboratoire des Charmes & Cie", Phone: "0174589607", Addr: Addr{Street: "8 rue Frédéric Bastia", PostalCode: "92100", City: "BOULOGNE-BILLANCOURT"}, Practice: "AMBULATOIRE", Accreditation: "8-1234"}
	at := time.Date(2026, 3, 14, 9, 30, 0, 0, time.UTC)
	return Header{
		ID: cda.II{Root: "1.2.250.1.999.1.1.20260314.1"}, SetID: cda.II{Root: "1.2.250.1.999.1.2.7"}, Version: 2, Replaces: cda.II{Root: "1.2.250.1.999.1.1.20260313.9"},
		Type: "11490-0", Time: at,
		Patient: Patient{
			INS: insid.INS{Matricule: "279035121518989", OID: "1.2.250.1.213.1.4.10"}, Local: cda.II{Root: "1.2.250.1.999.9", Extension: "IPP<42>"},
			BirthName: "PAT-TROIS", FirstGiven: "DOMINIQUE", Givens: "DOMINIQUE MARIE-LOUISE", UsedName: "D'ARC \"J\"", UsedGiven: "DOMINIQUE", Sex: "F", Birth: "19790328",
			BirthCOG: "51215", BirthCity: "DOMPREMY", Addr: Addr{Street: "28 avenue de Breteuil", PostalCode: "75007", City: "PARIS", Country: "FRANCE"}, Phone: "0144534551", Mail: "279035121518989@patient.mssante.fr",
		},
		Author:         Professional{ID: "801234534765", Speciality: "G15_10/SM03", Family: "CAMPARINI", Given: "Marcel", Prefix: "M", Suffix: "DR", Phone: "0174589607", Addr: practice.Addr, Structure: practice},
		Recipients:     []Professional{{ID: "801234567897", Family: "VACQUIER", Given: "Bernard", Suffix: "DR", Mail: "bernard.vacquier@medecin.mssante.fr"}},
		Prescriber:     &Professional{ID: "810002422979", Speciality: "G15_10/SM41", Family: "CHARLES", Given: "Pascal", Suffix: "DR"},
		PrescribedAt:   at.AddDate(0, 0, -3),
		Sampler:        &Professional{ID: "801234567893", Speciality: "G15_60", Family: "BLEEDER", Given: "Roberta", Prefix: "MME", Structure: &Structure{ID: "1120452948", Name: "Cabinet d'infirmières"}},
		SampledAt:      at.Add(-3 * time.Hour),
		TreatingDoctor: &Professional{ID: "801234567897", Speciality: "G15_10/SM26", Family: "VACQUIER", Given: "Bernard", Suffix: "DR"},
		Validators:     []Validator{{Professional: Professional{ID: "801234534765", Speciality: "G15_10/SM03", Family: "CAMPARINI", Given: "Marcel", Suffix: "DR", Structure: practice}}},
		Orders:         []Order{{ID: cda.II{Root: "1.2.250.1.999.5", Extension: "P-77"}}},
		Service:        Service{ID: cda.II{Root: "1.2.250.1.999.6", Extension: "D-1"}, Start: at.Add(-2 * time.Hour), End: at},
		Encounter:      Encounter{Code: "AMB", Facility: "SA25", Place: "Laboratoire des Charmes"},
	}
}

func no() *bool  { b := false; return &b }
func yes() *bool { b := true; return &b }

func biology() BioReport {
	tsh := bio.Result{
		Code: "3016-3", Display: "Thyréostimuline [Arbitraire/Volume] Sérum/Plasma ; Numérique", Label: "Thyréostimuline (TSH) <ultrasensible>", Method: "ECL Modular",
		Value: bio.Value{Type: "PQ", Value: "1.950", Unit: "m[IU]/L"}, Interpretation: []string{"N"}, Status: "completed", Time: "20260314093000+0100",
		Reference: &bio.Reference{Low: "0.270", LowInclusive: yes(), High: "4.200", HighInclusive: yes(), Unit: "m[IU]/L"},
		Previous:  []bio.Earlier{{Time: "20250910081500+0200", Value: bio.Value{Type: "PQ", Value: "2.100", Unit: "m[IU]/L"}}},
		Comments:  []string{"Contrôlé deux fois."}, OtherCodes: []bio.Code{{Code: "TSH", System: "1.2.250.1.999.7", Display: "TSH us"}}, LocalCode: "TSH",
	}
	glucose := bio.Result{Code: "14749-6", Display: "Glucose [Moles/Volume] Sérum/Plasma ; Numérique", Label: "Glycémie", Interpretation: []string{"H"}, Status: "completed", Time: "20260314093000+0100",
		Value:     bio.Value{Type: "PQ", Value: "7.9", Unit: "mmol/L", Translations: []bio.Translation{{Value: "1.42", Unit: "g/L", System: "2.16.840.1.113883.6.8"}}},
		Reference: &bio.Reference{High: "6.1", HighInclusive: yes(), Unit: "mmol/L"}}
	local := bio.Result{Label: "Indice maison", OtherCodes: []bio.Code{{Code: "X1", System: "1.2.250.1.999.7", Display: "Indice X"}}, LocalCode: "X1", Value: bio.Value{Type: "REAL", Value: "1.10"}, Status: "completed", Time: "20260314093000+0100"}
	hb := bio.Result{Code: "718-7", Display: "Hémoglobine [Masse/Volume] Sang ; Numérique", Label: "Hémoglobine", Value: bio.Value{Type: "PQ", Value: "13.0", Unit: "g/dL"}, Status: "completed", Time: "20260314093000+0100"}
	color := bio.Result{Code: "5778-6", Display: "Couleur [Type] Urine ; Résultat nominal", Label: "Couleur", Value: bio.Value{Type: "CD", Text: "Jaune paille"}, Status: "completed", Time: "20260314093000+0100"}
	hcg := bio.Result{Code: "2106-3", Display: "Choriogonadotrophine [Présence/Seuil] Urine ; Résultat ordinal", Label: "Test de grossesse", Value: bio.Value{Type: "CD", ValueCode: "260385009", ValueSystem: "2.16.840.1.113883.6.96", ValueDisplay: "Négatif"}, Status: "completed", Time: "20260314093000+0100"}
	count := bio.Result{Code: "51480-2", Display: "Bactérie [Nombre/Volume] Urine ; Numérique ; Comptage automate", Label: "Dénombrement", Value: bio.Value{Type: "PQ", Value: "100000", Unit: "/mL"}, Status: "completed", Time: "20260314093000+0100"}
	amox := bio.Result{Code: "20-8", Display: "Amoxicilline+clavulanate [Sensibilité] Isolat ; Alphanumérique ; CMI", Label: "Amoxicilline", Value: bio.Value{Type: "IVL_PQ", High: "0.128", HighInclusive: no(), Unit: "ug/mL"}, Interpretation: []string{"S"}, Status: "completed", Time: "20260314093000+0100"}
	bio1, hem, mic := Biochimie, Hematologie, Microbiologie
	bio1.Subs = []SubChapter{{Title: "Bilan thyroïdien", Code: "18719-5", Display: "Biochimie", Specimen: &bio.Specimen{ID: "1.2.250.1.999.8^S1", Code: "SER", Nature: "Sérum", Sampled: "20260314073000+0100", Received: "20260314080000+0100"},
		Items: []Item{{Result: &tsh}, {Result: &glucose}, {Result: &local}, {Result: &hcg}}, Comment: "À revoir dans six mois."}}
	hem.Subs = []SubChapter{{Title: "Numération", Items: []Item{{Battery: &Battery{Code: "58410-2", Display: "Hémogramme", Label: "Hémogramme", Results: []bio.Result{hb}}}}}}
	mic.Subs = []SubChapter{{Title: "ECBU", Items: []Item{{Battery: &Battery{Label: "Examen direct", Results: []bio.Result{color}}},
		{Isolate: &Isolate{SNOMED: "112283007", Display: "Escherichia coli (organism)", NCBI: "562", NCBIName: "Escherichia coli", Label: "Escherichia coli", Time: "20260314093000+0100", Results: []bio.Result{count},
			Antibiogram: &Battery{Code: "18769-0", Display: "Antibiogramme", Label: "Antibiogramme", Results: []bio.Result{amox}}}}}}}
	return BioReport{Chapters: []Chapter{bio1, hem, mic}, Comment: "Patient à jeun.", PDF: pdf}
}
