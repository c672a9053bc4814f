package oid

// The identifiers the rest of the program speaks of by name.
const (
	// Patients.
	INSNIR     = "1.2.250.1.213.1.4.8"
	INSNIA     = "1.2.250.1.213.1.4.9"
	INSNIRTest = "1.2.250.1.213.1.4.10"
	INSNIRDemo = "1.2.250.1.213.1.4.11"
	INSC       = "1.2.250.1.213.1.4.2"

	// Professionals and structures.
	PSIdNat     = "1.2.250.1.71.4.2.1"
	StructIdNat = "1.2.250.1.71.4.2.2"
	HostPatient = "1.2.250.1.213.4.1"
	COFRAC      = "1.2.250.1.213.6.3.1"

	// CDA.
	CDATypeID    = "2.16.840.1.113883.1.3"
	TemplateHL7  = "2.16.840.1.113883.2.8.2.1"
	TemplateCISI = "1.2.250.1.213.1.1.1.1"
	TemplateXDSD = "1.3.6.1.4.1.19376.1.2.20"

	// Code systems.
	LOINC           = "2.16.840.1.113883.6.1"
	SNOMEDCT        = "2.16.840.1.113883.6.96"
	CIM10           = "2.16.840.1.113883.6.3"
	ATC             = "2.16.840.1.113883.6.73"
	CIS             = "1.2.250.1.213.2.3.1"
	CIP             = "1.2.250.1.213.2.3.2"
	CCAM            = "1.2.250.1.213.2.5"
	NABM            = "1.2.250.1.213.2.7"
	DCM             = "1.2.840.10008.2.16.4"
	NCBI            = "2.16.840.1.113883.3.9471"
	UCUM            = "2.16.840.1.113883.6.8"
	Confidentiality = "2.16.840.1.113883.5.25"
	Gender          = "2.16.840.1.113883.5.1"
	ActCode         = "2.16.840.1.113883.5.4"
	Interpretation  = "2.16.840.1.113883.5.83"
	ParticipationFn = "2.16.840.1.113883.5.88"
	TypeCodeFR      = "1.2.250.1.213.1.1.4.12"
	Visibility      = "1.2.250.1.213.1.1.4.13"
	BioWaiting      = "1.2.250.1.213.1.1.5.130"
)

// names says in French what an OID stands for, for messages and pages.
var names = map[string]string{
	INSNIR: "INS-NIR", INSNIA: "INS-NIA", INSNIRTest: "INS-NIR de test", INSNIRDemo: "INS-NIR de démonstration", INSC: "INS-C",
	PSIdNat: "Identifiant national de professionnel (PS_IdNat)", StructIdNat: "Identifiant national de structure (Struct_IdNat)",
	HostPatient: "Hébergeur des documents du patient", COFRAC: "Accréditation COFRAC",
	CDATypeID: "CDA R2", TemplateHL7: "HL7 France, CDA", TemplateCISI: "CI-SIS, structuration minimale", TemplateXDSD: "IHE XDS-SD",
	LOINC: "LOINC", SNOMEDCT: "SNOMED CT", CIM10: "CIM-10", ATC: "ATC", CIS: "CIS", CIP: "CIP", CCAM: "CCAM", NABM: "NABM",
	DCM: "DICOM (DCM)", NCBI: "NCBI Taxonomy", UCUM: "UCUM",
	Confidentiality: "HL7 Confidentiality", Gender: "HL7 AdministrativeGender", ActCode: "HL7 ActCode",
	Interpretation: "HL7 ObservationInterpretation", ParticipationFn: "HL7 ParticipationFunction",
	TypeCodeFR: "TRE_A05 types de documents", Visibility: "TRE_A07 visibilité du document", BioWaiting: "LOINC en attente (biologie)",
	"1.2.250.1.213.1.1.4.1":     "TRE_A03 classes de documents",
	"1.2.250.1.213.1.1.4.5":     "TRE_A02 professions et savoir-faire (CI-SIS)",
	"1.2.250.1.213.1.1.4.6":     "TRE_A00 producteurs de documents non PS",
	"1.2.250.1.213.1.1.4.9":     "TRE_A01 cadres d'exercice",
	"1.2.250.1.71.4.2.4":        "TRE_R02 secteurs d'activité",
	"1.2.250.1.213.1.1.4.2.280": "TRE_R85 rôles fonctionnels",
	"1.2.250.1.213.1.1.4.2.282": "TRE_A06 formats CI-SIS",
	"1.2.250.1.213.2.2":         "TRE_R10 activités de soins (PMSI)",
	"1.3.6.1.4.1.19376.1.2.3":   "IHE Format Codes",
	"1.2.840.10008.2.6.1":       "DICOM UID Registry",
}

// Name says in a few words what o stands for, or gives o itself.
func Name(o string) string {
	if n, ok := names[o]; ok {
		return n
	}
	return o
}
