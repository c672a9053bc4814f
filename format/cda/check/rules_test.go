package check

import (
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/write"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
)

var pdf = []byte("%PDF-1.4\n%%EOF\n")

func header() write.Header {
	lab := &write.Structure{ID: "1120459876", Name: "Laboratoire", Phone: "0174589607", Addr: write.Addr{City: "PARIS"}}
	at := time.Date(2026, 3, 14, 9, 30, 0, 0, time.UTC)
	return write.Header{
		ID: cda.II{Root: "1.2.250.1.999.1"}, Version: 2, Replaces: cda.II{Root: "1.2.250.1.999.0"}, Type: "11490-0", Time: at,
		Patient: write.Patient{INS: insid.INS{Matricule: "279035121519979", OID: "1.2.250.1.213.1.4.8"}, BirthName: "PAT-TROIS", FirstGiven: "DOMINIQUE", Sex: "F", Birth: "19790328", BirthCOG: "51215"},
		Author:  write.Professional{ID: "801234534765", Speciality: "G15_10/SM03", Family: "CAMPARINI", Given: "Marcel", Prefix: "M", Suffix: "DR", Structure: lab},
		Sampler: &write.Professional{ID: "801234567893", Speciality: "G15_60", Family: "BLEEDER"}, SampledAt: at,
		Validators: []write.Validator{{Professional: write.Professional{ID: "801234534765", Family: "CAMPARINI"}}},
		Service:    write.Service{Start: at}, Encounter: write.Encounter{Code: "AMB", Facility: "SA25"},
	}
}

func unstructured(t testing.TB) string {
	out, err := write.Report(nil, header(), write.File{MediaType: "application/pdf", Data: pdf})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func biology(t testing.TB) string {
	closed := true
	tsh := bio.Result{Code: "3016-3", Display: "TSH", Label: "TSH", Value: bio.Value{Type: "PQ", Value: "1.95", Unit: "m[IU]/L"}, Interpretation: []string{"N"}, Time: "20260314",
		Reference: &bio.Reference{Low: "0.27", LowInclusive: &closed, High: "4.20", HighInclusive: &closed, Unit: "m[IU]/L"}, Previous: []bio.Earlier{{Time: "2025", Value: bio.Value{Type: "PQ", Value: "2", Unit: "m[IU]/L"}}}}
	germ := &write.Isolate{SNOMED: "112283007", Display: "Escherichia coli", NCBI: "562", NCBIName: "E. coli", Label: "E. coli", Results: []bio.Result{{Code: "51480-2", Display: "Bactérie", Label: "Compte", Value: bio.Value{Type: "PQ", Value: "100", Unit: "/mL"}}}}
	c := write.Biochimie
	c.Subs = []write.SubChapter{{Title: "S", Specimen: &bio.Specimen{Code: "SER", Nature: "Sérum", Received: "20260314"}, Items: []write.Item{{Result: &tsh}, {Battery: &write.Battery{Label: "B", Results: []bio.Result{tsh}}}, {Isolate: germ}}}}
	out, err := write.Biology(nil, header(), write.BioReport{Chapters: []write.Chapter{c}, PDF: pdf})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func imagery(t testing.TB) string {
	s := unstructured(t)
	s = strings.Replace(s, `<templateId root="1.3.6.1.4.1.19376.1.2.20"/>`, `<templateId root="1.2.840.10008.9.1"/><templateId root="1.2.840.10008.9.20"/><templateId root="1.2.840.10008.9.21"/><templateId root="1.2.250.1.213.1.1.1.45" extension="2024.01"/>`, 1)
	s = strings.Replace(s, `<code code="11490-0" displayName="Lettre de liaison à la sortie d'un établissement de soins"`, `<code code="18748-4" displayName="CR d'imagerie médicale"`, 1)
	s = strings.Replace(s, `<serviceEvent>`, `<serviceEvent><code code="36643-5" codeSystem="2.16.840.1.113883.6.1"><translation code="DX" codeSystem="1.2.840.10008.2.16.4"><qualifier><name code="121139" codeSystem="1.2.840.10008.2.16.4"/></qualifier></translation></code>`, 1)
	body := `<component><structuredBody><component><section><templateId root="1.2.250.1.213.1.1.2.206"/><code code="55111-9" codeSystem="2.16.840.1.113883.6.1"/></section></component><component><section><templateId root="1.2.250.1.213.1.1.2.209"/><code code="19005-8" codeSystem="2.16.840.1.113883.6.1"/></section></component></structuredBody></component></ClinicalDocument>`
	return s[:strings.LastIndex(s, "<component>")] + body
}

// One line for each rule and way to break it: the base, what is replaced, the rule, its severity.
func TestEveryRuleIsProvoked(t *testing.T) {
	n1, bioDoc, img := unstructured(t), biology(t), imagery(t)
	const E, W, I = finding.Error, finding.Warning, finding.Info
	cases := []struct {
		base, old, new, id string
		s                  finding.Severity
	}{
		{n1, `POCD_HD000040`, `POCD_HD000041`, "CDA-01", E},
		{n1, `<realmCode code="FR"/>`, `<realmCode code="FR"/><title>x</title>`, "CDA-02", E},
		{n1, `<languageCode code="fr-FR"/>`, `<languageCode code="fr-FR"/><langue/>`, "CDA-02", E},
		{n1, `<time value="20260314103000+0100"/><signatureCode code="S"/>`, `<signatureCode code="S"/><time value="20260314103000+0100"/>`, "CDA-02", E},
		{n1, `<associatedEntity classCode="PROV">`, `<associatedEntity>`, "CDA-02", E},
		{bioDoc, `<act classCode="ACT" moodCode="EVN">`, `<act classCode="ACT">`, "CDA-02", E},
		{bioDoc, `<statusCode code="completed"/><effectiveTime value="20260314"/>`, `<effectiveTime value="20260314"/><statusCode code="completed"/>`, "CDA-02", E},
		{bioDoc, `<specimenRole classCode="SPEC">`, `<specimenRole classCode="SPEC"><specimenPlayingEntity/>`, "CDA-02", E},
		{bioDoc, `<reference value="#analyse-2"/>`, `<reference value="#nowhere"/>`, "CDA-03", W},
		{bioDoc, `referencedObject="pdf-1"`, `referencedObject="pdf-2"`, "CDA-03", W},
		{bioDoc, `ID="resultat-3"`, `ID="analyse-2"`, "CDA-04", W},
		{n1, `JVBERi0x`, `JVBERi0`, "CDA-05", W},
		{n1, `JVBERi0x`, `AAAAAAAA`, "CDA-07", W},
		{n1, `<effectiveTime value="20260314`, `<effectiveTime value="20290314`, "CDA-06", W},
		{n1, `<realmCode code="FR"/>`, `<realmCode code="US"/>`, "HDR-01", E},
		{n1, `<realmCode code="FR"/>`, ``, "HDR-01", E},
		{n1, `<templateId root="2.16.840.1.113883.2.8.2.1"/>`, ``, "HDR-01", E},
		{n1, `<templateId root="1.3.6.1.4.1.19376.1.2.20"/>`, ``, "HDR-01", E},
		{n1, `<templateId root="1.3.6.1.4.1.19376.1.2.20"/>`, `<templateId root="1.2.250.1.213.1.1.1.29"/>`, "HDR-02", E},
		{n1, `<templateId root="1.3.6.1.4.1.19376.1.2.20"/>`, `<templateId root="1.3.6.1.4.1.19376.1.2.20"/><templateId root="1.2.3"/>`, "HDR-02", E},
		{n1, `<setId root="1.2.250.1.999.1"/>`, ``, "HDR-03", E},
		{n1, `<setId root="1.2.250.1.999.1"/>`, `<setId nullFlavor="UNK"/>`, "HDR-03", E},
		{n1, `<id root="1.2.250.1.999.1"/>`, `<id root="1.2.x"/>`, "HDR-03", E},
		{n1, `<id root="1.2.250.1.999.1"/>`, `<id root="1.2.250.1.999.1" extension=""/>`, "HDR-03", E},
		{n1, `<versionNumber value="2"/>`, `<versionNumber value="deux"/>`, "HDR-03", E},
		{n1, `<versionNumber value="2"/>`, `<versionNumber value="0"/>`, "HDR-03", W},
		{n1, `<effectiveTime value="20260314103000+0100"/>`, `<effectiveTime value="14/03/2026"/>`, "HDR-03", E},
		{n1, `code="11490-0"`, `code="99999-9"`, "HDR-04", E},
		{n1, `code="11490-0" displayName="Lettre de liaison à la sortie d'un établissement de soins"`, `code="11490-0" displayName="Lettre"`, "HDR-04", I},
		{n1, `<confidentialityCode code="N"`, `<confidentialityCode code="MASQUE_PS"`, "HDR-04", E},
		{n1, `<languageCode code="fr-FR"/>`, `<languageCode code="fr"/>`, "HDR-04", E},
		{n1, `<county>51215</county>`, ``, "HDR-05", E},
		{n1, `<given>DOMINIQUE</given>`, ``, "HDR-05", E},
		{n1, `<family qualifier="BR">`, `<family qualifier="SP">`, "HDR-06", E},
		{n1, `<family qualifier="BR">`, `<family>`, "HDR-06", E},
		{n1, `<administrativeGenderCode code="F"`, `<administrativeGenderCode code="X"`, "HDR-07", E},
		{n1, `<birthTime value="19790328"/>`, ``, "HDR-07", E},
		{n1, `279035121519979`, `279035121518988`, "HDR-08", W},
		{n1, `279035121519979`, `27903512151898`, "HDR-08", W},
		{n1, `<birthTime value="19790328"/>`, `<birthTime value="19800328"/>`, "HDR-08", W},
		{n1, `<administrativeGenderCode code="F"`, `<administrativeGenderCode code="M"`, "HDR-08", W},
		{n1, `1.2.250.1.213.1.4.8`, `1.2.250.1.213.1.4.2`, "HDR-08", W},
		{n1, `<code code="G15_10/SM03"`, `<code code="G15_10/SCH10"`, "HDR-09", E},
		{n1, `<author><time value="20260314103000+0100"/>`, `<author>`, "HDR-09", E},
		{n1, `<given>Marcel</given>`, `<given>Marcel</given><given>Jean</given>`, "HDR-10", E},
		{n1, `<prefix>M</prefix>`, `<prefix>Monsieur</prefix>`, "HDR-10", E},
		{n1, `<representedCustodianOrganization><id root="1.2.250.1.71.4.2.2"`, `<representedCustodianOrganization><id root="1.2.3"`, "HDR-11", E},
		{n1, `<signatureCode code="S"/>`, `<signatureCode code="X"/>`, "HDR-12", E},
		{n1, `<participant typeCode="PRF">`, `<participant typeCode="XYZ">`, "HDR-13", E},
		{n1, `<associatedEntity classCode="PROV">`, `<associatedEntity classCode="PAT">`, "HDR-13", E},
		{n1, `<effectiveTime><low value="20260314103000+0100"/></effectiveTime><performer`, `<performer`, "HDR-14", E},
		{n1, `<performer typeCode="PRF">`, `<performer typeCode="PRF"><assignedEntity><id nullFlavor="UNK"/></assignedEntity></performer><performer typeCode="PRF">`, "HDR-14", E},
		{n1, `<code code="SA25"`, `<code code="SA99"`, "HDR-15", E},
		{n1, `<code code="AMB"`, `<code code="VILLE"`, "HDR-15", E},
		{n1, `<parentDocument><id root="1.2.250.1.999.0"/>`, `<parentDocument>`, "HDR-16", E},
		{n1, `<parentDocument><id root="1.2.250.1.999.0"/>`, `<parentDocument><id root="1.2.250.1.999.1"/>`, "HDR-16", E},
		{n1, `<parentDocument><id root="1.2.250.1.999.0"/>`, `<parentDocument><id root="1.2.250.1.999.0"/><versionNumber value="2"/>`, "HDR-16", W},
		{n1, `<relatedDocument typeCode="RPLC">`, `<relatedDocument typeCode="APND">`, "HDR-16", W},
		{n1, `value="tel:0174589607"`, `value="0174589607"`, "HDR-17", E},
		{n1, `value="tel:0174589607" use="WP"`, `value="tel:0174589607" use="BUREAU"`, "HDR-17", E},
		{n1, `<city>PARIS</city>`, `<city>PARIS</city><city>LYON</city>`, "HDR-17", E},
		{bioDoc, `ID="resultat-3"`, `ID="analyse-2"`, "CDA-04", W},
		{n1, `<id root="1.2.250.1.71.4.2.1" extension="801234534765"/>`, `<id extension="801234534765"/>`, "HDR-19", E},
		{n1, `<participant typeCode="PRF"><functionCode code="PRELV" displayName="Préleveur" codeSystem="1.2.250.1.213.1.1.4.2.280"/>`, `<participant typeCode="PRF"><functionCode code="PRELV" codeSystem="VILLE"/>`, "HDR-19", E},
		{n1, `<low value="20260314103000+0100"/>`, `<low value="20260314103000+0100"/><high value="20250314"/>`, "HDR-19", E},
		{n1, `<birthTime value="19790328"/>`, `<birthTime value="19791328"/>`, "HDR-19", E},
		{n1, `<telecom value="tel:0174589607" use="WP"/>`, `<telecom value="tel:0174589607" use="WP"/><telecom value="tel:0174589607" use="WP"/>`, "HDR-19", E},
		{n1, `<healthCareFacility>`, `<healthCareFacility><location/><location/>`, "HDR-20", E},
		{n1, `<custodian>`, `<informant><relatedEntity classCode="XXX"/></informant><custodian>`, "HDR-20", E},
		{img, `<templateId root="1.2.250.1.213.1.1.2.206"/><code code="55111-9"`, `<templateId root="1.2.250.1.213.1.1.2.209"/><code code="19005-8"`, "SEC-03", E},
		{img, `<code code="55111-9"`, `<code code="55112-9"`, "SEC-01", E},
		{img, `<templateId root="1.2.250.1.213.1.1.2.209"/>`, `<templateId root="1.2.250.1.213.1.1.2.207"/>`, "SEC-03", E},
		{bioDoc, `<title>Copie du document</title>`, `<title>Copie</title>`, "SEC-04", E},
		{bioDoc, `<templateId root="1.2.250.1.213.1.1.3.18"/>`, ``, "SEC-04", E},
		{bioDoc, `<observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1.6"/>`, `<observation classCode="OBS" moodCode="EVN"><author><assignedAuthor><code code="G15_10/SCH10" codeSystem="1.2.250.1.213.1.1.4.5"/></assignedAuthor></author><templateId root="1.3.6.1.4.1.19376.1.3.1.6"/>`, "ENT-07", E},
		{bioDoc, `<text><reference value="#copie-pdf"/></text>`, ``, "ENT-02", E},
		{bioDoc, `<value mediaType="application/pdf"`, `<value`, "ENT-02", E},
		{bioDoc, `<value xsi:type="CD" code="55108-5" displayName="Copie du document" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"/>`, ``, "ENT-02", E},
		{bioDoc, `<value xsi:type="PQ" value="1.95"`, `<value value="1.95"`, "CDA-02", E},
		{bioDoc, `<title>Compte rendu d'examens biologiques</title>`, `<title>CR</title>`, "BIO-01", E},
		{bioDoc, `<templateId root="1.3.6.1.4.1.19376.1.3.3"/>`, ``, "BIO-01", E},
		{bioDoc, `<templateId root="1.2.250.1.213.1.1.2.243"/>`, `<templateId root="1.2.250.1.213.1.1.2.37"/>`, "BIO-02", E},
		{bioDoc, `<title>Biochimie</title>`, `<title>Biochimie</title><text>x</text>`, "BIO-03", E},
		{bioDoc, `<entry typeCode="DRIV">`, `<entry typeCode="COMP">`, "BIO-04", E},
		{bioDoc, `<act classCode="ACT" moodCode="EVN"><code nullFlavor="NA"/><statusCode code="completed"/>`, `<act classCode="ACT" moodCode="EVN"><code nullFlavor="NA"/><statusCode code="new"/>`, "BIO-04", E},
		{bioDoc, `<code code="3016-3" displayName="TSH" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"><originalText><reference value="#analyse-2"/></originalText></code>`, `<code code="3016-3" codeSystem="2.16.840.1.113883.6.1"/>`, "BIO-05", E},
		{bioDoc, `</code><statusCode code="completed"/><effectiveTime value="20260314"/><value`, `</code><statusCode code="new"/><effectiveTime value="20260314"/><value`, "BIO-05", E},
		{bioDoc, `<effectiveTime value="2025"/>`, ``, "BIO-06", E},
		{bioDoc, `<interpretationCode code="N"`, `<interpretationCode code="NORMAL"`, "BIO-07", E},
		{bioDoc, `<participant typeCode="PRD">`, `<participant typeCode="CSM">`, "BIO-08", E},
		{bioDoc, `<effectiveTime value="20260314"/></act>`, `<effectiveTime nullFlavor="UNK"/></act>`, "BIO-08", E},
		{bioDoc, `classCode="MIC"`, `classCode="MMAT"`, "BIO-09", E},
		{bioDoc, `<translation code="562" displayName="E. coli" codeSystem="2.16.840.1.113883.3.9471"`, `<translation code="562" displayName="E. coli" codeSystem="1.2.3"`, "BIO-09", E},
		{bioDoc, `<templateId root="1.3.6.1.4.1.19376.1.3.3.1.5"/>`, ``, "BIO-10", E},
		{bioDoc, `<responsibleParty>`, `<responsibleParty nullFlavor="UNK">`, "", ""},
		{bioDoc, `<high value="4.20"`, `<high value="0.27"`, "BIO-30", W},
		{bioDoc, `<high value="4.20"`, `<high value="1.00"`, "BIO-30", W},
		{bioDoc, `value="1.95"`, `value="1.59"`, "BIO-30", I},
		{img, `<templateId root="1.2.840.10008.9.21"/>`, ``, "IMG-01", E},
		{img, `code="121139"`, `code="121140"`, "IMG-01", E},
		{img, `<relatedDocument`, `<inFulfillmentOf><order><id root="1.2.3"/></order></inFulfillmentOf><relatedDocument`, "IMG-01", E},
	}
	for name, base := range map[string]string{"n1": n1, "bio": bioDoc, "img": img} {
		r := Check(parse(t, base), Options{Now: now, Production: true})
		for _, f := range r.Findings {
			t.Errorf("base %s: %s %s", name, f.ID, f.Message.EN)
		}
	}
	provoked := map[string]bool{}
	for _, c := range cases {
		if !strings.Contains(c.base, c.old) {
			t.Errorf("%s: the base does not contain %s", c.id, c.old)
			continue
		}
		r := Check(parse(t, strings.Replace(c.base, c.old, c.new, 1)), Options{Now: now})
		found := c.id == ""
		for _, f := range r.Findings {
			if (f.ID == c.id || strings.HasPrefix(f.ID, c.id+"-")) && c.id != "" && f.Severity == c.s {
				found = true
				complete(t, &f)
			}
		}
		if !found {
			t.Errorf("%s (%s) is not given for %s → %s: %v", c.id, c.s, c.old, c.new, r.Findings)
		}
		provoked[c.id] = true
	}
	for i := range faults {
		provoked[faults[i].id] = true
	}
	for _, rule := range Rules() {
		if !provoked[rule.ID] {
			t.Errorf("no test provokes %s", rule.ID)
		}
	}
}

// complete asks that a finding say what, where, which rule and how to mend, in both languages.
func complete(t *testing.T, f *finding.Finding) {
	t.Helper()
	if f.Message.FR == "" || f.Message.EN == "" || f.Fix.FR == "" || f.Fix.EN == "" || f.Rule == "" || f.Level == "" || f.Place.Line == 0 || f.Place.XPath == "" {
		t.Errorf("%s is not complete: %+v", f.ID, f)
	}
	if strings.Contains(f.Message.FR+f.Message.EN, "%!") {
		t.Errorf("%s: %s", f.ID, f.Message.EN)
	}
}

func TestProductionMakesAWrongKeyAnError(t *testing.T) {
	s := strings.Replace(unstructured(t), "279035121519979", "279035121518988", 1)
	if r := Check(parse(t, s), Options{Production: true}); r.Conform() {
		t.Error("a wrong key passes in production")
	}
	test := strings.Replace(s, "1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.10", 1)
	if r := Check(parse(t, test), Options{Production: true}); !r.Conform() || r.Warnings() == 0 {
		t.Error("a wrong key under a test OID is a warning")
	}
}

func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] || r.Source == "" || r.Title.FR == "" || r.Title.EN == "" || r.Fix.FR == "" || r.Fix.EN == "" || r.Severity == "" || r.Level == "" {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
	}
}

func TestReportIsBounded(t *testing.T) {
	s := strings.Replace(unstructured(t), "</patientRole>", strings.Repeat(`<telecom value="x"/>`, 2*maxFindings)+"</patientRole>", 1)
	r := Check(parse(t, s), Options{})
	if len(r.Findings) != maxFindings || !r.Truncated {
		t.Errorf("%d findings", len(r.Findings))
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(unstructured(f)))
	f.Add([]byte(biology(f)))
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := cda.Parse(src)
		if err != nil {
			return
		}
		Check(d, Options{Now: now, Production: true})
	})
}
