package cda

import "github.com/socle-sante/socle/format/oid"

// Kind is one content model of the CI-SIS: the template that declares it and the format code
// that sharing gives it.
type Kind struct {
	Name     string // "BIO-CR-BIO"
	Template string
	Format   string // formatCode
	System   string // its code system
}

const (
	formatFR  = "1.2.250.1.213.1.1.4.2.282"
	formatIHE = "1.3.6.1.4.1.19376.1.2.3"
	docArc    = "1.2.250.1.213.1.1.1."
)

// kinds is ordered: the first template found on the document names it.
//
// spec: CI-SIS cda §4.3
var kinds = []Kind{
	{"BIO-CR-BIO", docArc + "55", "urn:ihe:lab:xd-lab:2008", formatIHE},
	{"BIO-TROD", docArc + "59", "urn:ans:ci-sis:trod:2024", formatFR},
	{"IMG-CR-IMG", docArc + "45", "urn:ihe:rad:CDA:ImagingReportStructuredHeadings:2013", formatIHE},
	{"IMG-DA-IMG", docArc + "47", "urn:ans:ci-sis:img-da:2022", formatFR},
	{"LDL-EES", docArc + "21", "urn:asip:ci-sis:ldl-ees:2017", formatFR},
	{"LDL-SES", docArc + "29", "urn:asip:ci-sis:ldl-ses:2017", formatFR},
	{"VSM", docArc + "13", "urn:asip:ci-sis:vsm:2012", formatFR},
	{"IPS-FR", docArc + "51", "urn:ihe:pcc:ips:2020", formatIHE},
	{"EP-MED-DM", docArc + "39", "urn:ihe:pharm:pre:2010", formatIHE},
	{"eDISP-MED", docArc + "54", "urn:ihe:pharm:dis:2010", formatIHE},
	{"VAC", docArc + "37", "urn:asip:ci-sis:vac:2019", formatFR},
	{"VAC-NOTE", docArc + "46", "urn:asip:ci-sis:vac-note:2021", formatFR},
	{"TLM-DA", docArc + "38", "urn:asip:ci-sis:tlm-da:2020", formatFR},
	{"CANCER-D2LM-FIN", docArc + "27", "urn:asip:ci-sis:d2lm-fin:2017", formatFR},
	{"CANCER-D2LM-FIDD", docArc + "28", "urn:asip:ci-sis:d2lm-fidd:2017", formatFR},
	{"CANCER-FRCP", docArc + "8", "urn:asip:ci-sis:frcp:2011", formatFR},
	{"CANCER-PPS", docArc + "26", "urn:asip:ci-sis:pps-cancer:2017", formatFR},
	{"CANCER-CR-GM", docArc + "32", "urn:asip:ci-sis:crgm:2018", formatFR},
	{"ANEST-CR-ANEST", docArc + "40", "urn:asip:ci-sis:cr-anest:2020", formatFR},
	{"ANEST-CR-CPA", docArc + "41", "urn:asip:ci-sis:cr-cpa:2020", formatFR},
	{"OPH-BRE", docArc + "42", "urn:ihe:eyecare:geneyeevalcn:2014", formatIHE},
	{"OPH-CR-RTN", docArc + "18", "urn:asip:ci-sis:crrtn:2013", formatFR},
	{"CNAM-HR", docArc + "36", "urn:asip:ci-sis:hr:2019", formatFR},
	{"CSE-CS8", docArc + "5.1", "urn:asip:ci-sis:cse-cs8:2017", formatFR},
	{"CSE-CS9", docArc + "5.2", "urn:asip:ci-sis:cse-cs9:2017", formatFR},
	{"CSE-CS24", docArc + "5.3", "urn:asip:ci-sis:cse-cs24:2017", formatFR},
	{"CSE-MDE", docArc + "5.4", "urn:ans:ci-sis:cse-mde:2023", formatFR},
	{"DLU-EHPAD-DLU", docArc + "22", "urn:asip:ci-sis:dlu:2015", formatFR},
	{"DLU-EHPAD-FLUDT", docArc + "23", "urn:asip:ci-sis:fludt:2017", formatFR},
	{"DLU-EHPAD-FLUDR", docArc + "24", "urn:asip:ci-sis:fludr:2017", formatFR},
	{"OBP-SAP", docArc + "12.1", "urn:asip:ci-sis:obp-sap:2023", formatFR},
	{"OBP-SNM", docArc + "12.2", "urn:asip:ci-sis:obp-snm:2023", formatFR},
	{"OBP-SNE", docArc + "12.3", "urn:asip:ci-sis:obp-sne:2023", formatFR},
	{"OBP-SCM", docArc + "12.4", "urn:asip:ci-sis:obp-scm:2023", formatFR},
	{"OBP-SEM", docArc + "12.5", "urn:asip:ci-sis:obp-sem:2023", formatFR},
	{"AVC-AUNV", docArc + "15", "urn:asip:ci-sis:aunv:2013", formatFR},
	{"AVC-EUNV", docArc + "16", "urn:asip:ci-sis:eunv:2013", formatFR},
	{"AVC-SUNV", docArc + "17", "urn:asip:ci-sis:sunv:2013", formatFR},
	{"AVC-PAVC", docArc + "25", "urn:asip:ci-sis:pavc:2016", formatFR},
	{"CARD-F-PRC-AVK", docArc + "2.1.1", "urn:asip:ci-sis:avk:2009", formatFR},
	{"CARD-F-PRC-TAP", docArc + "2.1.2", "urn:asip:ci-sis:tap:2009", formatFR},
	{"CARD-F-PRC-DCI", docArc + "2.1.3", "urn:asip:ci-sis:dci:2009", formatFR},
	{"CARD-F-PRC-PSC", docArc + "2.1.4", "urn:asip:ci-sis:psc:2009", formatFR},
	{"CARD-F-PRC-PPV", docArc + "2.1.5", "urn:asip:ci-sis:ppv:2009", formatFR},
	{"SDM-MR", docArc + "30", "urn:asip:ci-sis:sdm-mr:2017", formatFR},
}

// unstructured gives the format code of an N1 by the type of the file it holds.
var unstructured = map[string]Kind{
	"application/pdf": {"N1", oid.TemplateXDSD, "urn:ihe:iti:xds-sd:pdf:2008", formatIHE},
	"text/plain":      {"N1", oid.TemplateXDSD, "urn:ihe:iti:xds-sd:text:2008", formatIHE},
	"image/jpeg":      {"N1", oid.TemplateXDSD, "urn:ihe:iti-fr:xds-sd:jpeg:2010", formatIHE},
	"image/tiff":      {"N1", oid.TemplateXDSD, "urn:ihe:iti-fr:xds-sd:tiff:2010", formatIHE},
	"text/rtf":        {"N1", oid.TemplateXDSD, "urn:ihe:iti-fr:xds-sd:rtf:2010", formatIHE},
	"application/rtf": {"N1", oid.TemplateXDSD, "urn:ihe:iti-fr:xds-sd:rtf:2010", formatIHE},
}

// Kind says which content model the document declares. A structured document of no known
// model has an empty Name and the format «hors profils».
func (d *Document) Kind() Kind {
	if f := d.Body.File; f != nil {
		if k, ok := unstructured[f.MediaType]; ok {
			return k
		}
	}
	for i := range kinds {
		k := kinds[i]
		if !d.Templates.Has(k.Template) {
			continue
		}
		if k.Name == "IPS-FR" && d.Code.Code == "74207-2" {
			k.Format, k.System = "urn:asip:ci-sis:dlu:2024", formatFR
		}
		return k
	}
	return Kind{Format: "urn:asipSante:modelesHorsProfils:2011", System: formatFR}
}
