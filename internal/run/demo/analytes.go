package demo

// analyte is one thing a laboratory measures, with the interval it prints: men then women.
type analyte struct {
	code, display, label, unit string
	decimals                   int
	low, high                  [2]float64 // 0: no end on that side
	panicLow, panicHigh        float64    // beyond, LL and HH
	detection                  float64    // under it, «< value»
	noise                      float64    // of one measure, relative
	method                     string
}

// The codes are those of LOINC; units are UCUM.
var analytes = map[string]analyte{
	"glucose":    {"40193-5", "Glucose à jeun [Moles/Volume] Sérum/Plasma ; Numérique", "Glycémie à jeun", "mmol/L", 1, [2]float64{3.9, 3.9}, [2]float64{6.1, 6.1}, 2.5, 20, 0, 0.05, "Hexokinase"},
	"hba1c":      {"4548-4", "Hémoglobine A1c/Hémoglobine totale [Fraction massique] Sang ; Numérique", "Hémoglobine glyquée (HbA1c)", "%", 1, [2]float64{4, 4}, [2]float64{6, 6}, 0, 13, 0, 0.015, "CLHP"},
	"creatinine": {"14682-9", "Créatinine [Moles/Volume] Sérum/Plasma ; Numérique", "Créatinine", "umol/L", 0, [2]float64{59, 45}, [2]float64{104, 84}, 0, 500, 0, 0.04, "Enzymatique"},
	"egfr":       {"62238-1", "Débit de filtration glomérulaire/1,73 m2 prédit [Volume ratio/Surface] Sérum/Plasma/Sang ; Numérique ; CKD-EPI", "DFG estimé (CKD-EPI)", "mL/min/{1.73_m2}", 0, [2]float64{60, 60}, [2]float64{}, 15, 0, 0, 0, ""},
	"urea":       {"22664-7", "Urée [Moles/Volume] Sérum/Plasma ; Numérique", "Urée", "mmol/L", 1, [2]float64{3.5, 2.8}, [2]float64{8.0, 7.2}, 0, 35, 0, 0.07, ""},
	"sodium":     {"2951-2", "Sodium [Moles/Volume] Sérum/Plasma ; Numérique", "Sodium", "mmol/L", 0, [2]float64{136, 136}, [2]float64{145, 145}, 120, 160, 0, 0.008, ""},
	"potassium":  {"2823-3", "Potassium [Moles/Volume] Sérum/Plasma ; Numérique", "Potassium", "mmol/L", 1, [2]float64{3.5, 3.5}, [2]float64{5.1, 5.1}, 2.8, 6.2, 0, 0.045, ""},
	"chloride":   {"2075-0", "Chlorure [Moles/Volume] Sérum/Plasma ; Numérique", "Chlorure", "mmol/L", 0, [2]float64{98, 98}, [2]float64{107, 107}, 0, 0, 0, 0.012, ""},
	"calcium":    {"2000-8", "Calcium [Moles/Volume] Sérum/Plasma ; Numérique", "Calcium", "mmol/L", 2, [2]float64{2.20, 2.20}, [2]float64{2.55, 2.55}, 1.75, 3, 0, 0.018, ""},
	"phosphate":  {"14879-1", "Phosphate [Moles/Volume] Sérum/Plasma ; Numérique", "Phosphate", "mmol/L", 2, [2]float64{0.81, 0.81}, [2]float64{1.45, 1.45}, 0, 0, 0, 0.06, ""},
	"urate":      {"14933-6", "Urate [Moles/Volume] Sérum/Plasma ; Numérique", "Acide urique", "umol/L", 0, [2]float64{202, 143}, [2]float64{416, 339}, 0, 0, 0, 0.06, ""},
	"albumin_ua": {"9318-7", "Albumine/Créatinine [Ratio massique] Urine ; Numérique", "Rapport albumine / créatinine urinaire", "mg/g", 0, [2]float64{}, [2]float64{30, 30}, 0, 0, 3, 0.18, "Immunoturbidimétrie"},
	"cholest":    {"2093-3", "Cholestérol [Masse/Volume] Sérum/Plasma ; Numérique", "Cholestérol total", "g/L", 2, [2]float64{}, [2]float64{2.00, 2.00}, 0, 0, 0, 0.04, ""},
	"triglyc":    {"2571-8", "Triglycérides [Masse/Volume] Sérum/Plasma ; Numérique", "Triglycérides", "g/L", 2, [2]float64{}, [2]float64{1.50, 1.50}, 0, 10, 0, 0.14, ""},
	"hdl":        {"2085-9", "Cholestérol HDL [Masse/Volume] Sérum/Plasma ; Numérique", "Cholestérol HDL", "g/L", 2, [2]float64{0.40, 0.50}, [2]float64{}, 0, 0, 0, 0.05, ""},
	"ldl":        {"2089-1", "Cholestérol LDL [Masse/Volume] Sérum/Plasma ; Numérique", "Cholestérol LDL", "g/L", 2, [2]float64{}, [2]float64{1.60, 1.60}, 0, 0, 0, 0.05, ""},
	"asat":       {"1920-8", "Aspartate aminotransférase [Enzymatique/Volume] Sérum/Plasma ; Numérique", "ASAT (TGO)", "U/L", 0, [2]float64{}, [2]float64{40, 32}, 0, 1000, 0, 0.12, ""},
	"alat":       {"1742-6", "Alanine aminotransférase [Enzymatique/Volume] Sérum/Plasma ; Numérique", "ALAT (TGP)", "U/L", 0, [2]float64{}, [2]float64{41, 33}, 0, 1000, 0, 0.14, ""},
	"ggt":        {"2324-2", "Gamma glutamyl transférase [Enzymatique/Volume] Sérum/Plasma ; Numérique", "Gamma-GT", "U/L", 0, [2]float64{}, [2]float64{60, 40}, 0, 0, 0, 0.12, ""},
	"crp":        {"1988-5", "Protéine C réactive [Masse/Volume] Sérum/Plasma ; Numérique", "CRP", "mg/L", 1, [2]float64{}, [2]float64{5, 5}, 0, 200, 0.5, 0.35, "Immunoturbidimétrie"},
	"ferritin":   {"2276-4", "Ferritine [Masse/Volume] Sérum/Plasma ; Numérique", "Ferritine", "ug/L", 0, [2]float64{30, 15}, [2]float64{400, 150}, 0, 0, 3, 0.08, "Électrochimiluminescence"},
	"transsat":   {"2502-3", "Saturation de la transferrine en fer [Fraction massique] Sérum/Plasma ; Numérique", "Saturation de la transferrine", "%", 0, [2]float64{20, 15}, [2]float64{45, 45}, 0, 0, 0, 0.10, ""},
	"tsh":        {"3016-3", "Thyréostimuline [Arbitraire/Volume] Sérum/Plasma ; Numérique", "TSH", "m[IU]/L", 2, [2]float64{0.27, 0.27}, [2]float64{4.20, 4.20}, 0, 50, 0.01, 0.12, "Électrochimiluminescence"},
	"ft4":        {"3024-7", "Thyroxine libre [Masse/Volume] Sérum/Plasma ; Numérique", "T4 libre", "pg/mL", 1, [2]float64{9.3, 9.3}, [2]float64{17, 17}, 0, 40, 0, 0.05, "Électrochimiluminescence"},
	"vitd":       {"62292-8", "25-Hydroxyvitamine D2+D3 [Masse/Volume] Sérum/Plasma ; Numérique", "Vitamine D (25-OH D2 + D3)", "ug/L", 0, [2]float64{30, 30}, [2]float64{100, 100}, 0, 0, 4, 0.10, ""},
	"bnp":        {"33762-6", "Peptide natriurétique cérébral N-terminal prohormone [Masse/Volume] Sérum/Plasma ; Numérique", "NT-proBNP", "pg/mL", 0, [2]float64{}, [2]float64{300, 300}, 0, 0, 10, 0.15, ""},
	"psa":        {"2857-1", "Antigène prostatique spécifique [Masse/Volume] Sérum/Plasma ; Numérique", "PSA total", "ug/L", 2, [2]float64{}, [2]float64{4.00, 4.00}, 0, 0, 0.01, 0.08, ""},
	"inr":        {"6301-6", "Temps de quick INR [Temps relatif] Plasma pauvre en plaquettes ; Numérique ; Coagulation", "INR", "", 2, [2]float64{}, [2]float64{}, 0, 5, 0, 0.14, "Coagulométrie"},
	"rbc":        {"789-8", "Érythrocytes [Nombre/Volume] Sang ; Numérique ; Comptage automate", "Hématies", "10*12/L", 2, [2]float64{4.28, 3.80}, [2]float64{5.79, 5.10}, 0, 0, 0, 0, ""},
	"hb":         {"718-7", "Hémoglobine [Masse/Volume] Sang ; Numérique", "Hémoglobine", "g/dL", 1, [2]float64{13.4, 11.5}, [2]float64{16.7, 15.0}, 7, 20, 0, 0.02, ""},
	"hct":        {"4544-3", "Hématocrite [Fraction volumique] Sang ; Numérique ; Comptage automate", "Hématocrite", "%", 1, [2]float64{39.2, 34.4}, [2]float64{48.6, 43.9}, 0, 0, 0, 0, ""},
	"mcv":        {"30428-7", "Volume globulaire moyen [Volume d'entité] Érythrocytes ; Numérique", "VGM", "fL", 0, [2]float64{78, 78}, [2]float64{98, 98}, 0, 0, 0, 0.01, ""},
	"mch":        {"28539-5", "Teneur corpusculaire moyenne en hémoglobine [Masse d'entité] Érythrocytes ; Numérique", "TCMH", "pg", 1, [2]float64{26.3, 24.4}, [2]float64{32.8, 32.6}, 0, 0, 0, 0.01, ""},
	"mchc":       {"28540-3", "Concentration corpusculaire moyenne en hémoglobine [Masse/Volume] Érythrocytes ; Numérique", "CCMH", "g/dL", 1, [2]float64{30.5, 30.5}, [2]float64{36.0, 36.0}, 0, 0, 0, 0, ""},
	"platelets":  {"777-3", "Plaquettes [Nombre/Volume] Sang ; Numérique ; Comptage automate", "Plaquettes", "10*9/L", 0, [2]float64{161, 172}, [2]float64{398, 398}, 50, 1000, 0, 0.06, ""},
	"wbc":        {"6690-2", "Leucocytes [Nombre/Volume] Sang ; Numérique ; Comptage automate", "Leucocytes", "10*9/L", 2, [2]float64{4.05, 4.05}, [2]float64{11.0, 11.0}, 1.5, 30, 0, 0.12, ""},
	"neutro":     {"26511-6", "Polynucléaires neutrophiles/100 leucocytes [Fraction de nombres] Sang ; Numérique", "Polynucléaires neutrophiles", "%", 1, [2]float64{40, 40}, [2]float64{77, 77}, 0, 0, 0, 0, ""},
	"eosino":     {"26450-7", "Polynucléaires éosinophiles/100 leucocytes [Fraction de nombres] Sang ; Numérique", "Polynucléaires éosinophiles", "%", 1, [2]float64{}, [2]float64{6.3, 6.3}, 0, 0, 0, 0, ""},
	"baso":       {"30180-4", "Polynucléaires basophiles/100 leucocytes [Fraction de nombres] Sang ; Numérique", "Polynucléaires basophiles", "%", 1, [2]float64{}, [2]float64{2, 2}, 0, 0, 0, 0, ""},
	"lympho":     {"26478-8", "Lymphocytes totaux/100 leucocytes [Fraction de nombres] Sang ; Numérique", "Lymphocytes", "%", 1, [2]float64{17, 17}, [2]float64{48, 48}, 0, 0, 0, 0, ""},
	"mono":       {"26485-3", "Monocytes/100 leucocytes [Fraction de nombres] Sang ; Numérique", "Monocytes", "%", 1, [2]float64{3, 3}, [2]float64{11, 11}, 0, 0, 0, 0, ""},
}

// bloodCount is the battery of a complete blood count, in the order laboratories print.
var bloodCount = []string{"rbc", "hb", "hct", "mcv", "mch", "mchc", "platelets", "wbc", "neutro", "eosino", "baso", "lympho", "mono"}
