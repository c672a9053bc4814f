package explain

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/xmltree"
)

// One line for each family of tests the official rules are made of, on a small document of ours.
const goldenDoc = `<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><templateId root="1.2.3"/><versionNumber value="a"/>
<recordTarget><patientRole><id root="1.2.0x" extension="1"/><telecom value="0102030405"/><patient><name><family qualifier="SP">X</family></name><administrativeGenderCode code="Z"/></patient></patientRole></recordTarget>
<author><time value="hier"/><assignedAuthor><code code="G15_10/SCH10" codeSystem="1.2.250.1.213.1.1.4.5"/></assignedAuthor></author>
<component><structuredBody><component><section><templateId root="1.2.250.1.213.1.1.2.137"/><title>Allergies</title><code code="48768-6" codeSystem="2.16.840.1.113883.6.1"/>
<entry><observation classCode="OBS" moodCode="INT"><templateId root="9.9"/><code code="8310-5"/><statusCode code="active"/><value xsi:type="PQ" value="39" unit="C"/></observation></entry></section></component></structuredBody></component></ClinicalDocument>`

var typical = []struct{ at, context, test, message string }{
	{"ClinicalDocument", "hl7:ClinicalDocument", "count(hl7:setId[not(@nullFlavor)]) >= 1", "(CI-SIS): element hl7:setId[not(@nullFlavor)] is mandatory [min 1x]."},
	{"ClinicalDocument", "hl7:ClinicalDocument", "count(hl7:custodian) = 1", "element hl7:custodian is required [min 1x]."},
	{"patientRole", "hl7:patientRole", "count(hl7:addr) <= 1", "element hl7:addr appears too often [max 1x]."},
	{"patientRole", "hl7:patientRole", "count(hl7:id)=0", "[Entete] L'élément id est interdit"},
	{"family", "hl7:family", "@qualifier=('BR','CL')", "(CI-SISRecordTarget): The attribute qualifier SHALL be BR or CL"},
	{"family", "hl7:family", "string(@qualifier) = ('BR','CL')", "[x] Erreur de conformité CI-SIS : L'attribut qualifier doit valoir BR ou CL"},
	{"id", "hl7:id", `not(@root) or matches(@root,'^[0-2](\.(0|[1-9]\d*))*$')`, "(CI-SIS): Attribute @root SHALL be of data type 'oid' - '1.2.0x'"},
	{"time", "hl7:time", "not(@value) or matches(string(@value), '^[0-9]{4,14}')", "(CI-SISAuthor): Attribute @value SHALL be of data type 'ts' - 'hier'"},
	{"time", "hl7:time", "@value", "(CI-SISAuthor): attribute @value SHALL be present."},
	{"telecom", "hl7:telecom", "contains(@value, ':')", "(CI-SISTelecom): Erreur de conformité CI-SIS : telecom n'est pas conforme à une adresse de télécommunication préfixe:chaîne"},
	{"code", "cda:code", "$att_code = document('../../jeuxDeValeurs/JDV_J01.xml')//svs:Concept/@code", "[dansJeuDeValeurs] L'élément code a @code (G15_10/SCH10) qui ne fait pas partie du jeu de valeurs"},
	{"code", "hl7:code", "not(@code) or empty(@code[not(. = (doc('include/voc-1.2.250.1.213.1.1.5.461-DYNAMIC.xml')/*/valueSet/conceptList/concept/@code))])", "(CI-SISAuthor): The element value SHALL be one of '1.2.250.1.213.1.1.5.461 J01 (DYNAMIC)'."},
	{"section", `*[cda:templateId/@root="1.2.250.1.213.1.1.2.137"]`, "cda:code[@code='48765-2' and @codeSystem='2.16.840.1.113883.6.1']", "[S_allergies.sch] Erreur de conformité PCC : Le code de la section doit être 48765-2"},
	{"section", `*[cda:templateId/@root="1.2.250.1.213.1.1.2.137"]`, "cda:templateId[@root='1.3.6.1.4.1.19376.1.5.3.1.3.13']", "[S_allergies.sch] Erreur de conformité PCC : Le templateId parent doit être présent"},
	{"section", `*[cda:templateId/@root="1.2.250.1.213.1.1.2.137"]`, "count(cda:templateId)>1", "[S_allergies.sch] : La section doit contenir au minimum deux templateIds"},
	{"section", `*[cda:templateId/@root="1.2.250.1.213.1.1.2.137"]`, ".//cda:templateId[@root='1.3.6.1.4.1.19376.1.5.3.1.4.5.3']", "[S_allergies.sch] La section doit contenir au moins une entrée Allergie"},
	{"section", "cda:section", "cda:text", "[S_x] Cette section doit contenir un élément 'text'."},
	{"section", "cda:section", "not(cda:component)", "[S_x] Cette section ne doit pas contenir de sous-section"},
	{"section", "cda:section", "../cda:section", "[S_x] Cet élément ne peut être utilisé que comme section"},
	{"observation", "cda:observation", "self::cda:observation[@classCode='OBS' and @moodCode='EVN']", "[E_x] Les attributs @classCode et @moodCode sont fixés aux valeurs 'OBS' et 'EVN'"},
	{"observation", "cda:observation", "cda:statusCode[@code='completed']", "[E_x] Le statut doit être completed"},
	{"observation", "cda:observation", "cda:statusCode/@code='completed' or cda:statusCode/@code='aborted'", "[E_x] Un résultat doit avoir un statusCode@code valant 'completed' ou 'aborted'."},
	{"observation", "cda:observation", "not(cda:code[@code='8310-5']) or cda:value[@unit='Cel' or @unit='[degF]']", "[E_vitalSigns] la température s'exprime en degrés Celsius (Cel) ou en degré Fahrenheit ([degF])."},
	{"observation", "cda:observation", "cda:code[@code and @codeSystem and @displayName]", "[E_x] @code, @displayName et @codeSystem sont obligatoires."},
	{"observation", "cda:observation", "count(cda:id)=1 and count(cda:effectiveTime)=1", "[E_x] id et effectiveTime sont obligatoires"},
	{"value", "hl7:value", "empty(@xsi:type) or resolve-QName(@xsi:type, .) = QName('urn:hl7-org:v3', 'CD')", `(X): If an @xsi:type instruction is present it SHALL be valued "{urn:hl7-org:v3}:CD". Found "{}:PQ"`},
	{"versionNumber", "hl7:versionNumber", `not(@value) or matches(@value, '^-?[1-9]\d*$|^+?\d*$')`, "(X): @value is not a valid INT number a"},
	{"versionNumber", "hl7:versionNumber", "string-length(@value) > 0", "(X): @value shall not be empty"},
	{"patient", "hl7:patient/foo", "not(.)", "(X)/d1: this element 'foo' is not defined, or not defined with this content. Expected in this context: hl7:name | hl7:birthTime (rule-reference: d1)"},
	{"", "hl7:author", "$elements and fn:deep-equal(.,.)", "(X): authors SHALL be distinct"},
	{"", "cda:entry", "$somme = $total", "[E_x] Erreur de conformité : La somme doit être présente une seule fois"},
}

func TestTypicalRules(t *testing.T) {
	d, err := xmltree.Parse([]byte(goldenDoc))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range typical {
		n := d.Root()
		if c.at == "" {
			n = xmltree.Node{}
		} else if c.at != "ClinicalDocument" {
			for x := range d.Root().Descendants("*", "*") {
				if x.Local() == c.at {
					n = x
					break
				}
			}
		}
		m, fix, found, expected := Official(Said{Rule: "x.sch", Context: c.context, Test: c.test, Message: c.message, Node: n})
		fmt.Fprintf(&b, "%s\n  FR  %s\n  EN  %s\n  fix %s\n      %s\n  %q %q\n\n", c.test, m.FR, m.EN, fix.FR, fix.EN, found, expected)
	}
	const golden = "testdata/golden.txt"
	if *update {
		os.MkdirAll("testdata", 0o755)
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("the explanations changed; look at them, then go test -update:\n%s", b.String())
	}
}

func FuzzOfficial(f *testing.F) {
	for _, c := range typical {
		f.Add(c.context, c.test, c.message)
	}
	d, err := xmltree.Parse([]byte(goldenDoc))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, context, test, message string) {
		m, fix, _, _ := Official(Said{Context: context, Test: test, Message: message, Node: d.Root()})
		if m.FR == "" || m.EN == "" || fix.FR == "" || fix.EN == "" {
			t.Errorf("%+v %+v", m, fix)
		}
	})
}
