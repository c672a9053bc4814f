package fhirmap

import (
	"strings"

	"github.com/socle-sante/socle/format/oid"
)

// The addresses of code systems and extensions.
const (
	actClass       = "http://terminology.hl7.org/CodeSystem/v3-ActClass"
	participation  = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	roleClass      = "http://terminology.hl7.org/CodeSystem/v3-RoleClass"
	nullFlavors    = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
	interpretation = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
	categories     = "http://terminology.hl7.org/CodeSystem/observation-category"
	ucum           = "http://unitsofmeasure.org"
	loincURI       = "http://loinc.org"
	idTypes        = "http://terminology.hl7.org/CodeSystem/v2-0203"
	idTypesFR      = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"

	absentUnknown = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"

	systemRPPS   = "https://rpps.esante.gouv.fr"
	systemFINESS = "https://finess.esante.gouv.fr"

	extNull        = "http://hl7.org/fhir/StructureDefinition/iso21090-nullFlavor"
	extNarrative   = "http://hl7.org/fhir/StructureDefinition/narrativeLink"
	extADXP        = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-"
	extPQ          = "http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation"
	extSupporting  = "http://hl7.org/fhir/StructureDefinition/workflow-supportingInfo"
	extVersion     = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Composition.version"
	extReportOf    = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.composition"
	extBirthPlace  = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
	extBirthGivens = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name"
	clinical       = "http://hl7.org/fhir/uv/fhir-clinical-document/StructureDefinition/"
	extParticipant = clinical + "ParticipantExtension"
	extInformant   = clinical + "informant-extension"
	extDataEnterer = clinical + "data-enterer-extension"
	extRecipient   = clinical + "information-recipient-extension"
	extConsent     = clinical + "consent-extension"
	extBasedOn     = "http://hl7.org/fhir/StructureDefinition/event-basedOn"
)

// systems are the code systems FHIR names otherwise than by their OID.
//
// spec: FHIR R4 terminologies-systems
var systems = map[string]string{
	oid.LOINC:           loincURI,
	oid.SNOMEDCT:        "http://snomed.info/sct",
	oid.UCUM:            ucum,
	oid.CIM10:           "http://hl7.org/fhir/sid/icd-10",
	oid.ATC:             "http://www.whocc.no/atc",
	oid.DCM:             "http://dicom.nema.org/resources/ontology/DCM",
	oid.NCBI:            "https://www.ncbi.nlm.nih.gov/taxonomy",
	oid.Interpretation:  interpretation,
	oid.ActCode:         "http://terminology.hl7.org/CodeSystem/v3-ActCode",
	oid.ParticipationFn: "http://terminology.hl7.org/CodeSystem/v3-ParticipationFunction",
	oid.Confidentiality: "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",

	"2.16.840.1.113883.5.84":         "http://terminology.hl7.org/CodeSystem/v3-ObservationMethod",
	"2.16.840.1.113883.5.111":        "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
	"2.16.840.1.113883.5.110":        roleClass,
	"2.16.840.1.113883.5.90":         participation,
	"2.16.840.1.113883.6.139":        "http://hl7.org/fhir/sid/icpc-2",
	"2.16.840.1.113883.6.254":        "http://hl7.org/fhir/sid/icf",
	"0.4.0.127.0.16.1.1.2.1":         "http://standardterms.edqm.eu",
	"2.16.840.1.113883.4.642.1.1074": "http://terminology.hl7.org/CodeSystem/condition-clinical",
	"2.16.840.1.113883.5.1150.1":     absentUnknown,
	"2.16.840.1.113883.4.642.4.1373": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
	"2.16.840.1.113883.4.642.1.1075": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
	"2.16.840.1.113883.18.311":       "http://terminology.hl7.org/CodeSystem/v2-0487",
}

var oids = func() map[string]string {
	out := make(map[string]string, len(systems))
	for o, u := range systems {
		out[u] = o
	}
	return out
}()

// systemURI gives the address of a code system or an identifier domain.
func systemURI(root string) string {
	switch {
	case root == "":
		return ""
	case systems[root] != "":
		return systems[root]
	case strings.Contains(root, "."):
		return "urn:oid:" + root
	}
	return "urn:uuid:" + root // its case is kept: CDA compares it as text
}

// systemOID is the way back; "" when the address stands for no OID we know.
func systemOID(uri string) string {
	if o, ok := strings.CutPrefix(uri, "urn:oid:"); ok {
		return o
	}
	if o, ok := strings.CutPrefix(uri, "urn:uuid:"); ok {
		return o
	}
	return oids[uri]
}
