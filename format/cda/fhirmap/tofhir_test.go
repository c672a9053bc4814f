package fhirmap

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
)

// lossCounts says how much of each official example FHIR cannot hold.
var lossCounts = map[string]int{
	"01_Modèles_contenus_CDA":                               45,
	"BIO-CR-BIO_2021.01_CDA-R2-Niveau-1":                    2,
	"BIO-CR-BIO_2021.01_CR-2nde-intention":                  2,
	"BIO-CR-BIO_2024.01_CRP_non_LOINC":                      1,
	"BIO-CR-BIO_2024.01_DEP-CCU-HPV-structuré-CYTO-pdf.xml": 5,
	"BIO-CR-BIO_2024.01_Electrophorese":                     4,
	"BIO-CR-BIO_2024.01_Microbiologie_V1":                   2,
	"BIO-CR-BIO_2024.01_TSH_1":                              1,
	"BIO-TROD_2024.01_Angine":                               0,
	"BIO-TROD_2024.01_COVID-19":                             0,
	"DOC_NON_STRUCTURE_CDA-R2-N1":                           2,
	"IPS-FR_2024.01":                                        27,
	"TLM-CR_2022.01":                                        0,
	"VAC-NOTE_2023.01":                                      1,
	"VAC_2023.01":                                           6,
	"VSM_1.4_2022.01":                                       3,
	"eP-MED-DM_2024.01_PosoNonStruct":                       13,
	"eP-MED-DM_2024.01_PosoStruct":                          19,
}

func TestLossesOfTheExamplesAreCounted(t *testing.T) {
	for name, d := range examples(t, "") {
		want, ok := lossCounts[name]
		if !ok {
			continue
		}
		_, losses, err := ToFHIR(d, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(losses) != want {
			t.Errorf("%s: %d losses, want %d: %v", name, len(losses), want, losses)
		}
	}
}

func TestConvertingTwiceGivesTheSameBytes(t *testing.T) {
	for name, d := range examples(t, "BIO-CR-BIO_2024") {
		a, _, _ := ToFHIR(d, Options{})
		b, _, _ := ToFHIR(d, Options{})
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two conversions differ", name)
		}
	}
}

// Every reference of a Bundle leads to one of its entries, and no two entries share a fullUrl.
func TestReferencesStayInTheBundle(t *testing.T) {
	for name, d := range examples(t, "") {
		b, _, err := ToFHIR(d, Options{})
		if err != nil {
			t.Fatal(name, err)
		}
		if !json.Valid(b) {
			t.Fatalf("%s: not JSON", name)
		}
		o, err := parse(b)
		if err != nil {
			t.Fatal(name, err)
		}
		known := map[string]bool{}
		for _, e := range o.all("entry") {
			url := e.peek("fullUrl")
			if known[url] || url == "" {
				t.Errorf("%s: fullUrl %q twice or empty", name, url)
			}
			known[url] = true
		}
		if got := o.all("entry")[0].sub("resource").peek("resourceType"); got != "Composition" {
			t.Errorf("%s: first resource is %s", name, got)
		}
		walkReferences(o, func(r string) {
			if !known[r] {
				t.Errorf("%s: reference %s leads nowhere", name, r)
			}
		})
	}
}

func walkReferences(v any, yield func(string)) {
	switch v := v.(type) {
	case *object:
		for _, f := range v.fields {
			if s, ok := f.value.(string); ok && f.key == "reference" {
				yield(s)
			}
			walkReferences(f.value, yield)
		}
	case list:
		for _, e := range v {
			walkReferences(e, yield)
		}
	}
}

// small is a document that its tests change.
const small = `<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/><templateId root="1.3.6.1.4.1.19376.1.3.3"/><templateId root="%s" extension="2024.01"/>
<id root="1.2.3.4"/><code code="11502-2" displayName="CR d'examens biologiques" codeSystem="2.16.840.1.113883.6.1"/><title>Compte rendu d'examens biologiques</title>
<effectiveTime value="20240104160527+0100"/><confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/><setId root="1.2.3"/><versionNumber value="1"/>
<recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" extension="279035121518989"/><patient><name><family qualifier="BR">PAT-TROIS</family><given qualifier="BR">DOMINIQUE</given></name>
<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19790328"/></patient></patientRole></recordTarget>
<component><structuredBody><component><section><templateId root="1.3.6.1.4.1.19376.1.3.3.2.1"/><code code="18719-5" codeSystem="2.16.840.1.113883.6.1"/><title>Biochimie</title>
<text><content ID="a1">Sodium</content> 140</text><entry typeCode="DRIV"><templateId root="1.3.6.1.4.1.19376.1.3.1"/><act classCode="ACT" moodCode="EVN"><code code="18719-5" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>
<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1.6"/><code code="2951-2" displayName="Sodium" codeSystem="2.16.840.1.113883.6.1"><originalText><reference value="#a1"/></originalText></code>
<statusCode code="completed"/><effectiveTime value="202401041605+0100"/><value xsi:type="PQ" value="140.0" unit="mmol/L"/>%s</observation></entryRelationship></act></entry></section></component></structuredBody></component></ClinicalDocument>`

func TestAPlantedElementIsALoss(t *testing.T) {
	const bio = "1.2.250.1.213.1.1.1.55"
	for _, c := range []struct{ name, planted, path, what string }{
		{"nothing", "", "", ""},
		{"an element the mapping does not know", `<repeatNumber value="3"/>`, "/observation/repeatNumber", "value=3"},
		{"a whole branch is said once", `<specimenless><b code="1"/><c>deux</c></specimenless>`, "/observation/specimenless", "code=1 deux"},
		{"words outside elements", `vu par le biologiste`, "/observation", "vu par le biologiste"},
		{"an open end of a reference range", `<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="135" unit="mmol/L" inclusive="false"/></value></observationRange></referenceRange>`, "/low", "inclusive=false"},
	} {
		d, err := cda.Parse(fmt.Appendf(nil, small, bio, c.planted))
		if err != nil {
			t.Fatal(c.name, err)
		}
		b, losses, err := ToFHIR(d, Options{})
		if err != nil {
			t.Fatal(c.name, err)
		}
		if !bytes.Contains(b, []byte(`"value":140.0,`)) {
			t.Errorf("%s: the digits of a value changed", c.name)
		}
		if c.path == "" {
			if len(losses) != 0 {
				t.Errorf("%s: losses %v", c.name, losses)
			}
			continue
		}
		if len(losses) != 1 || !strings.HasSuffix(losses[0].Path, c.path) || losses[0].What != c.what || losses[0].Why.IsZero() || losses[0].Place.Line == 0 {
			t.Errorf("%s: losses %+v", c.name, losses)
		}
	}
}

func TestAKindWithoutMappingIsRefusedByName(t *testing.T) {
	d, err := cda.Parse(fmt.Appendf(nil, small, "1.2.250.1.213.1.1.1.45", ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = ToFHIR(d, Options{}); !errors.Is(err, ErrKind) || !strings.Contains(err.Error(), "IMG-CR-IMG") {
		t.Errorf("got %v", err)
	}
	b, losses, err := ToFHIR(d, Options{HeaderOnly: true})
	if err != nil || len(losses) == 0 || !bytes.Contains(b, []byte("Sodium")) || bytes.Contains(b, []byte(`"Observation"`)) {
		t.Errorf("header only: %v, %d losses, %s", err, len(losses), b)
	}
}

// What was denied or planned never becomes a fact.
func TestDenialsAndPlansAreNoFacts(t *testing.T) {
	const ips = "1.2.250.1.213.1.1.1.51"
	const ns = `<templateId root="1.2.250.1.213.1.1.3.`
	for _, c := range []struct{ name, entry, has, hasNot string }{
		{"a negated problem", `<observation classCode="OBS" moodCode="EVN" negationInd="true">` + ns + `37"/><code code="282291009" codeSystem="2.16.840.1.113883.6.96"/><value xsi:type="CD" code="I20.0" codeSystem="2.16.840.1.113883.6.3"/></observation>`, `"code":"refuted"`, ""},
		{"a negated observation", `<observation classCode="OBS" moodCode="EVN" negationInd="true">` + ns + `48"/><code code="8867-4" codeSystem="2.16.840.1.113883.6.1"/></observation>`, "", `"8867-4"`},
		{"a goal", `<observation classCode="OBS" moodCode="GOL"><code code="22748-8" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="PQ" value="1" unit="g/L"/></observation>`, `"Goal"`, `"valueQuantity"`},
		{"a planned act", `<procedure classCode="PROC" moodCode="INT">` + ns + `62"/><code code="CBLA001" codeSystem="1.2.250.1.213.2.5"/></procedure>`, `"ServiceRequest"`, `"Procedure"`},
		{"a vaccination refused", `<substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="true">` + ns + `45"/></substanceAdministration>`, `"not-done"`, `"status":"completed"`},
		{"no known medication", `<substanceAdministration classCode="SBADM" moodCode="EVN">` + ns + `42"/><code code="no-known-medications" codeSystem="2.16.840.1.113883.5.1150.1"/></substanceAdministration>`, `"medicationCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips","code":"no-known-medications"`, `"medicationReference"`},
	} {
		src := fmt.Sprintf(small, ips, "")
		from, to := strings.Index(src, `<entry `), strings.Index(src, `</entry>`)
		src = src[:from] + `<entry>` + c.entry + src[to:]
		d, err := cda.Parse([]byte(src))
		if err != nil {
			t.Fatal(c.name, err)
		}
		b, losses, err := ToFHIR(d, Options{})
		if err != nil {
			t.Fatal(c.name, err)
		}
		if !strings.Contains(string(b), c.has) || c.hasNot != "" && strings.Contains(string(b), c.hasNot) {
			t.Errorf("%s: %s", c.name, b)
		}
		if c.has == "" && len(losses) == 0 {
			t.Errorf("%s: dropped without a word", c.name)
		}
	}
}
