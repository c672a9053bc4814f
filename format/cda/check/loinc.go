package check

import "github.com/socle-sante/socle/format/finding"

// property is a kind of quantity as LOINC names it.
type property struct {
	what      finding.Text
	shown     string // a usual unit
	kinds     []dim
	needsUnit bool
}

func (p property) allows(d dim) bool {
	if d[kindOther] != 0 {
		return true // not a unit this rule knows the kind of
	}
	for _, k := range p.kinds {
		if k == d {
			return true
		}
	}
	return false
}

func per(kind int) (d dim) { d[kind] = 1; d[kindLength] -= 3; return }

// properties by the third axis of LOINC.
var properties = map[string]property{
	"MCnc":    {finding.T("concentration en masse", "mass concentration"), "g/L", []dim{per(kindMass)}, true},
	"SCnc":    {finding.T("concentration en moles", "molar concentration"), "mmol/L", []dim{per(kindMole)}, true},
	"CCnc":    {finding.T("activité enzymatique par volume", "catalytic concentration"), "U/L", []dim{per(kindCatal), per(kindArb)}, true},
	"ACnc":    {finding.T("concentration en unités internationales", "arbitrary concentration"), "m[IU]/L", []dim{per(kindArb), per(kindCatal)}, true},
	"NCnc":    {finding.T("numération par volume", "number concentration"), "10*9/L", []dim{d1(kindLength, -3)}, true},
	"EntVol":  {finding.T("volume d'une cellule", "entitic volume"), "fL", []dim{d1(kindLength, 3)}, true},
	"EntMass": {finding.T("masse par cellule", "entitic mass"), "pg", []dim{d1(kindMass, 1)}, true},
	"Time":    {finding.T("durée", "time"), "s", []dim{d1(kindTime, 1)}, true},
	"VFr":     {finding.T("fraction", "fraction"), "%", []dim{{}}, false},
	"MFr":     {finding.T("fraction de masse", "mass fraction"), "%", []dim{{}, d1(kindMass, 0)}, false},
	"SFr":     {finding.T("fraction molaire", "molar fraction"), "mmol/mol", []dim{{}}, false},
	"Ratio":   {finding.T("rapport sans dimension", "ratio without dimension"), "{ratio}", []dim{{}}, false},
	"NRat":    {finding.T("fréquence", "rate"), "/min", []dim{d1(kindTime, -1)}, true},
	"Pres":    {finding.T("pression", "pressure"), "mm[Hg]", []dim{d1(kindPress, 1)}, true},
	"Temp":    {finding.T("température", "temperature"), "Cel", []dim{d1(kindTemp, 1)}, true},
	"Len":     {finding.T("longueur", "length"), "cm", []dim{d1(kindLength, 1)}, true},
	"Mass":    {finding.T("masse", "mass"), "kg", []dim{d1(kindMass, 1)}, true},
	"BMI":     {finding.T("masse par surface", "mass per area"), "kg/m2", []dim{{kindMass: 1, kindLength: -2}}, true},
}

// term is what this package knows of a LOINC code: the commonest of biology and vital signs.
type term struct{ name, property string }

// loinc holds facts of LOINC (code, analysis, property): a code printed under another's name, or
// with a unit of another property, is the fault nobody sees.
var loinc = map[string]term{
	"3016-3": {"TSH", "ACnc"}, "2345-7": {"Glucose", "MCnc"}, "14749-6": {"Glucose", "SCnc"}, "2160-0": {"Créatinine", "MCnc"}, "14682-9": {"Créatinine", "SCnc"},
	"718-7": {"Hémoglobine", "MCnc"}, "789-8": {"Érythrocytes", "NCnc"}, "6690-2": {"Leucocytes", "NCnc"}, "777-3": {"Plaquettes", "NCnc"}, "4544-3": {"Hématocrite", "VFr"},
	"787-2": {"VGM", "EntVol"}, "785-6": {"TCMH", "EntMass"}, "786-4": {"CCMH", "MCnc"}, "2951-2": {"Sodium", "SCnc"}, "2823-3": {"Potassium", "SCnc"}, "2075-0": {"Chlorure", "SCnc"},
	"1988-5": {"CRP", "MCnc"}, "6301-6": {"INR", "Ratio"}, "5902-2": {"Temps de Quick", "Time"}, "4548-4": {"Hémoglobine A1c", "MFr"}, "59261-8": {"Hémoglobine A1c", "SFr"},
	"2093-3": {"Cholestérol total", "MCnc"}, "14647-2": {"Cholestérol total", "SCnc"}, "2085-9": {"Cholestérol HDL", "MCnc"}, "14646-4": {"Cholestérol HDL", "SCnc"},
	"2571-8": {"Triglycérides", "MCnc"}, "14927-8": {"Triglycérides", "SCnc"}, "1742-6": {"ALAT", "CCnc"}, "1920-8": {"ASAT", "CCnc"}, "2324-2": {"Gamma-GT", "CCnc"}, "6768-6": {"Phosphatases alcalines", "CCnc"},
	"1975-2": {"Bilirubine totale", "MCnc"}, "14631-6": {"Bilirubine totale", "SCnc"}, "2276-4": {"Ferritine", "MCnc"}, "3024-7": {"T4 libre", "MCnc"}, "14920-3": {"T4 libre", "SCnc"},
	"3051-0": {"T3 libre", "MCnc"}, "14928-6": {"T3 libre", "SCnc"}, "2857-1": {"PSA", "MCnc"}, "22664-7": {"Urée", "SCnc"}, "3091-6": {"Urée", "MCnc"}, "14933-6": {"Urate", "SCnc"}, "3084-1": {"Urate", "MCnc"},
	"17861-6": {"Calcium", "MCnc"}, "2000-8": {"Calcium", "SCnc"}, "2885-2": {"Protéines", "MCnc"}, "1751-7": {"Albumine", "MCnc"},
	"9279-1": {"Fréquence respiratoire", "NRat"}, "8867-4": {"Fréquence cardiaque", "NRat"}, "8480-6": {"Pression artérielle systolique", "Pres"}, "8462-4": {"Pression artérielle diastolique", "Pres"},
	"8310-5": {"Température", "Temp"}, "8302-2": {"Taille", "Len"}, "29463-7": {"Poids", "Mass"}, "39156-5": {"IMC", "BMI"}, "2708-6": {"Saturation en oxygène", "VFr"}, "8287-5": {"Périmètre crânien", "Len"},
}
