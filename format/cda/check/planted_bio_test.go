package check

const (
	tshCode  = `<code code="3016-3" displayName="TSH" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"><originalText><reference value="#analyse-2"/></originalText></code>`
	tshValue = `<value xsi:type="PQ" value="1.95" unit="m[IU]/L"/>`
	tshDone  = `</code><statusCode code="completed"/><effectiveTime value="20260314"/><value`
	normal   = `<interpretationCode code="N" displayName="Normal" codeSystem="2.16.840.1.113883.5.83"/>`
	lowRange = `<low value="0.27" unit="m[IU]/L"/>`
	hiRange  = `<high value="4.20" unit="m[IU]/L"/>`
)

func withUnit(unit string) string { return `<value xsi:type="PQ" value="1.95" unit="` + unit + `"/>` }

// bioFaults spoil a biology report.
var bioFaults = []fault{
	{base: "bio", old: `<title>Compte rendu d'examens biologiques</title>`, new: `<title>CR de biologie</title>`, id: "BIO-01", sees: "CR de biologie"},
	{base: "bio", old: `displayName="CR d'examens biologiques"`, new: `displayName="CR d’examens biologiques"`, id: "BIO-01", sees: "CR d’examens", also: []string{"HDR-04"}},
	{base: "bio", old: `<templateId root="1.3.6.1.4.1.19376.1.3.3"/>`, new: ``, id: "BIO-01", sees: "1.3.6.1.4.1.19376.1.3.3"},
	{base: "bio", old: `<templateId root="1.2.250.1.213.1.1.2.243"/>`, new: `<templateId root="1.2.250.1.213.1.1.2.37"/>`, id: "BIO-02", sees: "PDF", also: []string{"SEC-01"}},
	{base: "bio", old: `<templateId root="1.3.6.1.4.1.19376.1.3.3.2.1"/>`, new: ``, id: "BIO-02", sees: "1.3.6.1.4.1.19376.1.3.3.2.1"},
	{base: "bio", old: `<title>Biochimie</title>`, new: `<title>Biochimie</title><text>voir ci-dessous</text>`, id: "BIO-03", sees: "Biochimie"},
	{base: "bio", bytes: twice(`<entry typeCode="DRIV">`, `</entry>`), id: "BIO-03", sees: "2"},
	{base: "bio", old: `<title>Copie du document</title>`, new: `<title>Copie</title>`, id: "SEC-04", sees: "Copie"},
	{base: "bio", old: `<code code="55108-5" displayName="Copie du document" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"/><title>`, new: `<code code="55107-7" displayName="Copie du document" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"/><title>`, id: "SEC-04", sees: "55107-7", also: []string{"SEC-01"}},
	{base: "bio", old: `<entry typeCode="DRIV">`, new: `<entry typeCode="COMP">`, id: "BIO-04", sees: "COMP"},
	{base: "bio", old: `<act classCode="ACT" moodCode="EVN"><code nullFlavor="NA"/><statusCode code="completed"/>`, new: `<act classCode="ACT" moodCode="EVN"><code nullFlavor="NA"/><statusCode code="validé"/>`, id: "BIO-04", sees: "validé"},
	{base: "bio", old: tshCode, new: `<code code="3016-3" displayName="TSH" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"/>`, id: "BIO-05", sees: "originalText"},
	{base: "bio", old: tshCode, new: `<code code="3016-3" displayName="TSH" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"><originalText>TSH</originalText></code>`, id: "BIO-05", sees: "originalText/reference"},
	{base: "bio", old: tshCode, new: `<code code="3016-3" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"><originalText><reference value="#analyse-2"/></originalText></code>`, id: "BIO-05", sees: "3016-3"},
	{base: "bio", old: tshCode, new: `<code code="TSH01" displayName="TSH" codeSystem="1.2.250.1.999.7"><originalText><reference value="#analyse-2"/></originalText></code>`, id: "BIO-05", sees: "1.2.250.1.999.7"},
	{base: "bio", old: tshCode, new: `<code code="3016-4" displayName="TSH" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"><originalText><reference value="#analyse-2"/></originalText></code>`, id: "TERM-03", sees: "3016-4"},
	{base: "bio", old: tshCode, new: `<code code="TSH" displayName="TSH" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"><originalText><reference value="#analyse-2"/></originalText></code>`, id: "TERM-03", sees: "TSH"},
	{base: "bio", old: tshCode, new: `<code code="3016-3" displayName="Glucose" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"><originalText><reference value="#analyse-2"/></originalText></code>`, id: "TERM-05", sees: "Glucose"},
	{base: "bio", old: tshCode, new: `<code code="3016-3" displayName="TSH" codeSystem="2.16.840.1.113883.6.96" codeSystemName="LOINC"><originalText><reference value="#analyse-2"/></originalText></code>`, id: "TERM-04", sees: "2.16.840.1.113883.6.96", also: []string{"TERM-03", "BIO-05"}},
	{base: "bio", old: tshCode, new: `<code code="3016-3" displayName="TSH" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"><originalText><reference value="#analyse-22"/></originalText></code>`, id: "CDA-03", sees: "#analyse-22"},
	{base: "bio", old: tshDone, new: `</code><statusCode code="final"/><effectiveTime value="20260314"/><value`, id: "BIO-05", sees: "final"},
	{base: "bio", old: tshDone, new: `</code><statusCode code="completed"/><effectiveTime value="14032026"/><value`, id: "CDA-14", sees: "14032026"},
	{base: "bio", old: tshValue, new: withUnit("mUI/L"), id: "TERM-01", sees: "mUI/L"},
	{base: "bio", old: tshValue, new: withUnit("10^9/L"), id: "TERM-01", sees: "10^9/L", also: []string{"BIO-31", "BIO-34"}},
	{base: "bio", old: tshValue, new: withUnit("G/L"), id: "TERM-01", sees: "10*9/L", also: []string{"BIO-34"}},
	{base: "bio", old: tshValue, new: withUnit("µg/L"), id: "TERM-01", sees: "ug/L", also: []string{"BIO-34"}},
	{base: "bio", old: tshValue, new: withUnit("mmHg"), id: "TERM-01", sees: "mm[Hg]", also: []string{"BIO-34"}},
	{base: "bio", old: tshValue, new: withUnit("unités"), id: "TERM-01", sees: "unités", also: []string{"BIO-34"}},
	{base: "bio", old: tshValue, new: withUnit("g par L"), id: "TERM-01", sees: "g par L", also: []string{"BIO-34"}},
	{base: "bio", old: tshValue, new: withUnit("mm[Hg"), id: "TERM-01", sees: "mm[Hg", also: []string{"BIO-34"}},
	{base: "bio", old: tshValue, new: withUnit("m[IU]//L"), id: "TERM-01", sees: "m[IU]//L", also: []string{"BIO-34"}},
	{base: "bio", old: tshValue, new: withUnit("mmol/L"), id: "BIO-31", sees: "mmol/L", also: []string{"BIO-34"}},
	{base: "bio", old: tshValue, new: withUnit("mg/l"), id: "BIO-31", sees: "mg/l", also: []string{"BIO-34"}},
	{base: "bio", old: tshValue, new: withUnit("%"), id: "BIO-31", sees: "%", also: []string{"BIO-34"}},
	{base: "bio", old: tshValue, new: `<value xsi:type="PQ" value="1.95"/>`, id: "BIO-32", sees: "1.95"},
	{base: "bio", old: tshValue, new: `<value xsi:type="PQ" value="1.95" unit=""/>`, id: "CDA-12", sees: "unit"},
	{base: "bio", old: tshValue, new: `<value xsi:type="PQ" value="1.95" nullFlavor="NA" unit="m[IU]/L"/>`, id: "CDA-13", sees: "NA"},
	{base: "bio", old: tshValue, new: `<value xsi:type="PQ" value="1.59" unit="m[IU]/L"/>`, id: "BIO-30", sees: "1.59"},
	{base: "bio", old: tshValue, new: `<value xsi:type="PQ" value="19.5" unit="m[IU]/L"/>`, id: "BIO-30", sees: "19.5"},
	{base: "bio", old: tshValue, new: `<value xsi:type="IVL_PQ"><high value="0.1" unit="m[IU]/L"/></value>`, id: "BIO-35", sees: "0.1"},
	{base: "bio", old: tshValue, new: `<value xsi:type="IVL_PQ"><low value="9" unit="m[IU]/L"/><high value="1" unit="m[IU]/L"/></value>`, id: "BIO-30", sees: "9"},
	{base: "bio", old: normal, new: `<interpretationCode code="NORMAL" displayName="Normal" codeSystem="2.16.840.1.113883.5.83"/>`, id: "BIO-07", sees: "NORMAL"},
	{base: "bio", old: normal, new: `<interpretationCode code="N" displayName="Normal" codeSystem="2.16.840.1.113883.5.84"/>`, id: "BIO-07", sees: "2.16.840.1.113883.5.84"},
	{base: "bio", old: normal, new: `<interpretationCode code="H" displayName="Haut" codeSystem="2.16.840.1.113883.5.83"/>`, id: "BIO-30", sees: "H"},
	{base: "bio", old: normal, new: normal + `<methodCode displayName="ELISA"/>`, id: "BIO-33", sees: "ELISA"},
	{base: "bio", old: hiRange, new: `<high value="0.20" unit="m[IU]/L"/>`, id: "BIO-30", sees: "0.20"},
	{base: "bio", old: hiRange, new: `<high value="0.27" unit="m[IU]/L"/>`, id: "BIO-30", sees: "0.27"},
	{base: "bio", old: lowRange + hiRange, new: `<low value="0.27" unit="u[IU]/L"/><high value="4.20" unit="u[IU]/L"/>`, id: "BIO-34", sees: "u[IU]/L"},
	{base: "bio", old: `<effectiveTime value="2025"/>`, new: ``, id: "BIO-06", sees: "antériorité"},
	{base: "bio", bytes: twice(`<referenceRange typeCode="REFV">`, `</referenceRange>`), id: "BIO-06", sees: "2 fois"},
	{base: "bio", old: `<participant typeCode="PRD">`, new: `<participant typeCode="CSM">`, id: "BIO-08", sees: "CSM"},
	{base: "bio", old: `<participantRole classCode="SPEC"><id root="7bbcbf1e-e665-50b2-919b-f7bf83d01a27"/>`, new: `<participantRole classCode="SPEC">`, id: "BIO-08", sees: "id"},
	{base: "bio", old: `<effectiveTime value="20260314"/></act>`, new: `<effectiveTime nullFlavor="UNK"/></act>`, id: "BIO-08", sees: "SPRECEIVE"},
	{base: "bio", old: `classCode="MIC"`, new: `classCode="MMAT"`, id: "BIO-09", sees: "MMAT"},
	{base: "bio", old: `<code code="112283007"`, new: `<code code="112283008"`, id: "TERM-03", sees: "112283008"},
	{base: "bio", old: `<translation code="562" displayName="E. coli" codeSystem="2.16.840.1.113883.3.9471"`, new: `<translation code="562" displayName="E. coli" codeSystem="1.2.3"`, id: "BIO-09", sees: "1.2.3"},
	{base: "bio", old: `<text><reference value="#copie-pdf"/></text>`, new: ``, id: "ENT-02", sees: "text/reference"},
	{base: "bio", old: `<templateId root="1.2.250.1.213.1.1.3.18"/>`, new: ``, id: "SEC-04", sees: "1.2.250.1.213.1.1.3.18"},
}
