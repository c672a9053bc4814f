package fhirmap

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/finding"
)

// foreign is a laboratory report as other software writes it: no narrative links, no classes of
// act, relative references, identifiers of RPPS and FINESS only.
const foreign = `{"resourceType":"Bundle","type":"document","identifier":{"system":"urn:ietf:rfc3986","value":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"},"timestamp":"2026-03-02T10:00:00+01:00","entry":[
{"fullUrl":"http://labo.example/fhir/Composition/c","resource":{"resourceType":"Composition","id":"c","status":"final","type":{"coding":[{"system":"http://loinc.org","code":"11502-2","display":"CR d'examens biologiques"}]},"title":"Compte rendu d'examens biologiques",
 "subject":{"reference":"Patient/p"},"encounter":{"reference":"Encounter/e"},"date":"2026-03-02T10:00:00+01:00","author":[{"reference":"PractitionerRole/r"}],"custodian":{"reference":"Organization/o"},
 "attester":[{"mode":"legal","time":"2026-03-02T10:00:00+01:00","party":{"reference":"PractitionerRole/r"}}],
 "event":[{"code":[{"coding":[{"system":"http://loinc.org","code":"18719-5","display":"Biochimie"}]}],"period":{"start":"2026-03-02T08:00:00+01:00"},
   "extension":[{"url":"http://hl7.org/fhir/uv/fhir-clinical-document/StructureDefinition/ParticipantExtension","extension":[{"url":"type","valueCodeableConcept":{"coding":[{"code":"PRF"}]}},{"url":"party","valueReference":{"reference":"PractitionerRole/r"}}]}]}],
 "section":[{"title":"Biochimie","code":{"coding":[{"system":"http://loinc.org","code":"18719-5","display":"Biochimie"}]},"entry":[{"reference":"Observation/na"},{"reference":"Observation/iono"}]}]}},
{"fullUrl":"http://labo.example/fhir/Patient/p","resource":{"resourceType":"Patient","id":"p","active":true,"identifier":[{"system":"urn:oid:1.2.250.1.213.1.4.10","value":"279035121518989"}],
 "name":[{"use":"official","family":"PAT-TROIS","given":["DOMINIQUE"],"extension":[{"url":"https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name","valueString":"DOMINIQUE MARIE-LOUISE"}]}],
 "gender":"female","birthDate":"1979-03-28","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthPlace","valueAddress":{"district":"51215","city":"DOMPREMY"}}]}},
{"fullUrl":"http://labo.example/fhir/PractitionerRole/r","resource":{"resourceType":"PractitionerRole","id":"r","practitioner":{"reference":"Practitioner/b"},"organization":{"reference":"Organization/o"},"code":[{"coding":[{"system":"urn:oid:1.2.250.1.213.1.1.4.5","code":"G15_10/SM03","display":"Médecin - Biologie médicale (SM)"}]}]}},
{"fullUrl":"http://labo.example/fhir/Practitioner/b","resource":{"resourceType":"Practitioner","id":"b","identifier":[{"system":"https://rpps.esante.gouv.fr","value":"01234534765"}],"name":[{"family":"CAMPARINI","given":["Marcel"]}]}},
{"fullUrl":"http://labo.example/fhir/Organization/o","resource":{"resourceType":"Organization","id":"o","identifier":[{"system":"https://finess.esante.gouv.fr","value":"120459876"}],"name":"Laboratoire des charmes","type":[{"coding":[{"system":"urn:oid:1.2.250.1.213.1.1.4.9","code":"AMBULATOIRE","display":"Ambulatoire"}]}]}},
{"fullUrl":"http://labo.example/fhir/Encounter/e","resource":{"resourceType":"Encounter","id":"e","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB","display":"Ambulatoire"},"subject":{"reference":"Patient/p"},"period":{"start":"2026-03-02T08:00:00+01:00"},
 "participant":[{"type":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"RESP"}]}],"individual":{"reference":"PractitionerRole/r"}}],"location":[{"location":{"reference":"Location/l"}}]}},
{"fullUrl":"http://labo.example/fhir/Location/l","resource":{"resourceType":"Location","id":"l","type":[{"coding":[{"system":"urn:oid:1.2.250.1.71.4.2.4","code":"SA25","display":"Laboratoire de biologie médicale"}]}]}},
{"fullUrl":"http://labo.example/fhir/Observation/na","resource":{"resourceType":"Observation","id":"na","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2951-2","display":"Sodium [Moles/Volume] Sérum/Plasma"}],"text":"Sodium"},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-03-02T08:10:00+01:00",
 "valueQuantity":{"value":140.0,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"},"referenceRange":[{"low":{"value":135,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"},"high":{"value":145,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}}],
 "interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"N","display":"Normal"}]}],"specimen":{"reference":"Specimen/s"},"device":{"display":"Automate A"}}},
{"fullUrl":"http://labo.example/fhir/Observation/iono","resource":{"resourceType":"Observation","id":"iono","status":"final","code":{"text":"Ionogramme"},"subject":{"reference":"Patient/p"},"hasMember":[{"reference":"Observation/k"}]}},
{"fullUrl":"http://labo.example/fhir/Observation/k","resource":{"resourceType":"Observation","id":"k","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2823-3","display":"Potassium [Moles/Volume] Sérum/Plasma"}]},"valueQuantity":{"value":1.2,"comparator":"<","unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"},"note":[{"text":"Contrôlé <deux> fois"}],"specimen":{"reference":"Specimen/s"}}},
{"fullUrl":"http://labo.example/fhir/Specimen/s","resource":{"resourceType":"Specimen","id":"s","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0487","code":"SER","display":"Sérum"}]},"subject":{"reference":"Patient/p"},"receivedTime":"2026-03-02T09:00:00+01:00","collection":{"collectedDateTime":"2026-03-02T08:10:00+01:00"}}}
]}`

func TestABundleWrittenElsewhereBecomesACDA(t *testing.T) {
	out, losses, err := ToCDA([]byte(foreign))
	if err != nil {
		t.Fatal(err)
	}
	d, err := cda.Parse(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, f := range control.New().Check(out, control.Question{}).Findings {
		if f.Severity == finding.Error {
			t.Errorf("%s %s: %s", f.ID, f.Place.Words(), f.Message.EN)
		}
	}
	rows := bio.Results(d)
	if len(rows) != 2 {
		t.Fatalf("%d rows\n%s", len(rows), out)
	}
	na, k := rows[0], rows[1]
	if na.Code != "2951-2" || na.Label != "Sodium" || na.Value.Value != "140.0" || na.Unit != "mmol/L" || na.Reference.Low != "135" || na.Interpretation[0] != "N" || na.Specimen == nil || na.Specimen.Code != "SER" || na.Specimen.Received == "" {
		t.Errorf("sodium %+v", na)
	}
	if k.Group != "Ionogramme" || k.High != "1.2" || *k.HighInclusive || len(k.Comments) != 1 || k.Comments[0] != "Contrôlé <deux> fois" || k.Specimen == nil {
		t.Errorf("potassium %+v", k)
	}
	if d.Authors[0].ProfessionalID() != "801234534765" || d.Custodian.StructID() != "1120459876" {
		t.Errorf("author %q, custodian %q", d.Authors[0].ProfessionalID(), d.Custodian.StructID())
	}
	// What the CDA cannot hold is said: the analyser and the flag of an active record.
	want := map[string]bool{".device": false, ".active": false}
	for _, l := range losses {
		known := false
		for w := range want {
			if strings.HasSuffix(l.Path, w) {
				want[w], known = true, true
			}
		}
		if !known {
			t.Errorf("unexpected loss %s %s", l.Path, l.What)
		}
	}
	for w, seen := range want {
		if !seen {
			t.Errorf("%s is not among the losses", w)
		}
	}
}

func TestWhatABundleLacksIsNamed(t *testing.T) {
	for _, c := range []struct{ old, new, where string }{
		{`"mode":"legal"`, `"mode":"personal"`, "attester"},
		{`"custodian":{"reference":"Organization/o"},`, ``, "custodian"},
		{`"code":"11502-2"`, `"code":"18842-5"`, "Composition.type"},
		{`"author":[{"reference":"PractitionerRole/r"}]`, `"author":[]`, "author"},
		{`"subject":{"reference":"Patient/p"},"encounter"`, `"subject":{"reference":"Patient/x"},"encounter"`, "subject"},
	} {
		_, _, err := ToCDA([]byte(strings.Replace(foreign, c.old, c.new, 1)))
		r := finding.As(err)
		if r == nil || !strings.Contains(r.Where, c.where) || !errors.Is(err, ErrIncomplete) && !errors.Is(err, ErrKind) {
			t.Errorf("%s: %v", c.where, err)
		}
	}
}

func FuzzToCDA(f *testing.F) {
	f.Add([]byte(foreign))
	f.Add([]byte(`{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition"}}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		out, _, err := ToCDA(src)
		if err != nil {
			if finding.As(err) == nil {
				t.Fatalf("no refusal: %v", err)
			}
			return
		}
		if _, err := cda.Parse(out); err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, out)
		}
	})
}

func FuzzToFHIR(f *testing.F) {
	f.Add(small)
	f.Fuzz(func(t *testing.T, src string) {
		d, err := cda.Parse([]byte(src))
		if err != nil {
			return
		}
		b, _, err := ToFHIR(d, Options{HeaderOnly: len(src)%2 == 0})
		if err != nil {
			return
		}
		if _, err := parse(b); err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, b)
		}
	})
}

// A field or a resource that the CDA cannot hold is a loss, said once.
func TestEveryFieldOfABundleIsHeldOrLost(t *testing.T) {
	planted := strings.Replace(foreign, `"valueQuantity":{"value":140.0`, `"bodyStructure":{"reference":"BodyStructure/none"},"valueQuantity":{"value":140.0`, 1)
	_, before, err := ToCDA([]byte(foreign))
	if err != nil {
		t.Fatal(err)
	}
	_, after, err := ToCDA([]byte(planted))
	if err != nil {
		t.Fatal(err)
	}
	if len(after) != len(before)+1 {
		t.Errorf("%d losses, then %d", len(before), len(after))
	}
	unknown := strings.Replace(foreign, `{"fullUrl":"http://labo.example/fhir/Specimen/s"`, `{"fullUrl":"http://labo.example/fhir/Basic/b","resource":{"resourceType":"Basic","id":"b","code":{"text":"autre"}}},{"fullUrl":"http://labo.example/fhir/Specimen/s"`, 1)
	_, losses, err := ToCDA([]byte(unknown))
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for _, l := range losses {
		seen = seen || strings.HasSuffix(l.Path, "resource(Basic)") && l.What == "autre"
	}
	if !seen {
		t.Errorf("a resource that nothing refers to is not among %v", losses)
	}
}

// A Bundle whose results refer to themselves, or to each other many times over, is bounded.
func TestCirclesEnd(t *testing.T) {
	circle := strings.Replace(foreign, `"hasMember":[{"reference":"Observation/k"}]`, `"hasMember":[{"reference":"Observation/iono"},{"reference":"Observation/iono"},{"reference":"Observation/k"}]`, 1)
	circle = strings.Replace(circle, `"name":"Laboratoire des charmes",`, `"name":"Laboratoire des charmes","partOf":{"reference":"Organization/o"},`, 1)
	out, _, err := ToCDA([]byte(circle))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(out), "2823-3"); n != 1 {
		t.Errorf("the potassium is written %d times", n)
	}
	var doubling strings.Builder
	for i := range 40 {
		fmt.Fprintf(&doubling, `{"fullUrl":"urn:o%d","resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},"hasMember":[{"reference":"urn:o%d"},{"reference":"urn:o%d"}]}},`, i, i+1, i+1)
	}
	bomb := strings.Replace(foreign, `"hasMember":[{"reference":"Observation/k"}]`, `"hasMember":[{"reference":"urn:o0"}]`, 1)
	bomb = strings.Replace(bomb, `{"fullUrl":"http://labo.example/fhir/Specimen/s"`, doubling.String()+`{"fullUrl":"urn:o40","resource":{"resourceType":"Observation","status":"final","code":{"text":"fin"}}},{"fullUrl":"http://labo.example/fhir/Specimen/s"`, 1)
	if _, _, err := ToCDA([]byte(bomb)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}
