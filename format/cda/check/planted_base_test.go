package check

import (
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda/write"
)

func doctor() *write.Professional {
	return &write.Professional{ID: "801234534765", Speciality: "G15_10/SM03", Family: "CAMPARINI", Given: "Marcel", Prefix: "M", Suffix: "DR", Structure: header().Author.Structure}
}

// vaccination is a vaccination record with one injection.
func vaccination(t testing.TB) string {
	t.Helper()
	h := header()
	h.TreatingDoctor = doctor()
	out, err := write.Vaccinations(nil, h, []write.Immunization{{Date: "20250910", Booster: true, Rank: 3, Target: "Tétanos", Lot: "T1234", Route: "20035000", Site: "16217701000119102", By: doctor(), Comment: "Bien toléré.",
		Product: write.Product{Name: "REVAXIS", CIS: "69456865", ATC: "J07CA01", ATCs: "Diphtérie, poliomyélite, tétanos", CIP: "3400935499059", CIPs: "REVAXIS"}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// summary is a medical summary with a problem, a past one, an allergy and a treatment.
func summary(t testing.TB) string {
	t.Helper()
	h := header()
	h.TreatingDoctor = doctor()
	out, err := write.Summary(nil, h, write.MedicalSummary{
		Problems:   []write.Problem{{Code: "I10", Display: "Hypertension essentielle (primitive)", Label: "Hypertension artérielle", From: "2015"}},
		History:    []write.Problem{{Code: "K35.8", Display: "Appendicites aiguës, autres et sans précision", Label: "Appendicectomie", From: "19920311", To: "19920318"}},
		Allergies:  []write.Allergy{{Agent: "Pénicilline", Since: "1998"}},
		Treatments: []write.Treatment{{Product: write.Product{Name: "AMLODIPINE 5 mg", CIS: "60000000", ATC: "C08CA01", ATCs: "Amlodipine"}, Dosage: "1 gélule le matin", From: "201506", Every: "1", Unit: "d", Route: "20053000"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// vitals is the summary with a blood pressure, as an entry of vital signs.
func vitals(t testing.TB) string {
	s := summary(t)
	i := strings.Index(s, "Aucun point de vigilance.") + len("Aucun point de vigilance.</paragraph></text>")
	return s[:i] + `<entry><observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.13.2"/><code code="8480-6" displayName="Pression artérielle systolique" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"/><statusCode code="completed"/><effectiveTime value="20260314"/><value xsi:type="PQ" value="120" unit="mm[Hg]"/></observation></entry>` + s[i:]
}
