package compare

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/internal/shareddata"
)

func examples(t testing.TB) map[string]*cda.Document {
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	out := map[string]*cda.Document{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if out[filepath.Base(f)], err = cda.Parse(raw); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// Official examples agree with themselves nearly everywhere; where they do not, they really do not.
func TestOfficialExamples(t *testing.T) {
	total := map[State]int{}
	for name, d := range examples(t) {
		got := Of(d)
		for k, n := range Count(got) {
			total[k] += n
		}
		for _, s := range got {
			for _, it := range s.Items {
				if it.State == Same && it.Coded == "" || it.State == Differs && (it.Shown == "" || it.Coded == "") || it.State == OnlyNarrative && it.Ref == "" {
					t.Errorf("%s: %+v", name, it)
				}
			}
		}
	}
	t.Log(total)
	if total[Same] < 1500 || total[Differs] > 40 || total[Differs] < 25 {
		t.Errorf("%v", total)
	}
}

func TestKnownDifferencesOfOfficialExamples(t *testing.T) {
	for name, want := range map[string]Item{
		"VSM_1.4_2022.01.xml":                     {Kind: Dose, Coded: "2 {tablet}", Shown: "1 cp/j", State: Differs, Ref: "med-001-pdt"},
		"AVC-EUNV_2022.01.xml":                    {Kind: Value, Coded: "1", Shown: "0", State: Differs, Ref: "nihssQuest"},
		"BIO-CR-BIO_2024.01_Microbiologie_V1.xml": {Kind: Value, Coded: "≤ 0.032", Shown: "<0,0032 µg/ml", State: Differs, Ref: "isolat-1-gentamicine"},
		"CARD-F-PRC-PSC_2022.01.xml":              {Kind: Value, Coded: "33", Shown: "35%", State: Differs, Ref: "psc0016"},
		"BIO-CR-BIO_2024.01_TSH_1.xml":            {Kind: Value, Coded: "7.67", Shown: "7.67", State: Same, Ref: "resultat-02"},
		"BIO-CR-BIO_2024.01_Electrophorese.xml":   {Kind: Range, State: Same},
		"DLU-EHPAD-DLU_2022.01.xml":               {Kind: Value, Coded: "oui", Shown: "non", State: Differs, Ref: "evr13"},
		"eP-MED-DM_2024.01_PosoStruct.xml":        {Kind: Medication, State: Same},
		"VAC_2023.01.xml":                         {Kind: Vaccine, State: Same},
	} {
		d, ok := examples(t)[name]
		if !ok {
			t.Errorf("%s is not there", name)
			continue
		}
		found := false
		for _, s := range Of(d) {
			for _, it := range s.Items {
				found = found || it.Kind == want.Kind && it.State == want.State && (want.Coded == "" || it.Coded == want.Coded && it.Shown == want.Shown && it.Ref == want.Ref)
			}
		}
		if !found {
			t.Errorf("%s: %+v was not found", name, want)
		}
	}
}

const frame = `<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><component><structuredBody><component><section><title>Biochimie</title>
<text><table><thead><tr><th>Analyse</th><th>Résultat</th><th>Unité</th><th>Valeurs de référence</th></tr></thead><tbody>%s</tbody></table></text>%s</section></component></structuredBody></component></ClinicalDocument>`

const glucose = `<entry><observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1.6"/><code code="14771-0" codeSystem="2.16.840.1.113883.6.1" displayName="Glucose"><originalText><reference value="#gly"/></originalText></code>
<value xsi:type="PQ" value="%s" unit="%s"/><interpretationCode code="%s" codeSystem="2.16.840.1.113883.5.83"/><referenceRange><observationRange><value xsi:type="IVL_PQ">%s</value></observationRange></referenceRange></observation></entry>`

func glycaemia(t *testing.T, result, unit, ranges string, value, ucum, flag, ends string) map[Kind]State {
	t.Helper()
	row := fmt.Sprintf(`<tr><td><content ID="gly">Glycémie à jeun</content></td><td>%s</td><td>%s</td><td>%s</td></tr>`, result, unit, ranges)
	d, err := cda.Parse([]byte(fmt.Sprintf(frame, row, fmt.Sprintf(glucose, value, ucum, flag, ends))))
	if err != nil {
		t.Fatal(err)
	}
	out := map[Kind]State{}
	for _, s := range Of(d) {
		for _, it := range s.Items {
			out[it.Kind] = it.State
		}
	}
	return out
}

// The glycaemia of an official example: shown 4.89 within 3.89 – 6.00, coded with a high end of 3.89.
// spec: CI-SIS cda §5.4
func TestGlycaemia(t *testing.T) {
	both := `<low value="3.89" unit="mmol/L"/><high value="6.00" unit="mmol/L"/>`
	for name, c := range map[string]struct {
		result, unit, ranges, value, ucum, flag, ends string
		want                                          map[Kind]State
	}{
		"as published":       {"4.89", "mmol/L", "3.89 – 6.00", "4.89", "mmol/L", "N", `<high value="3.89" unit="mmol/L"/>`, map[Kind]State{Value: Same, Unit: Same, Range: Differs}},
		"right":              {"4,89", "mmol/l", "3,89 - 6,00", "4.89", "mmol/L", "N", both, map[Kind]State{Value: Same, Unit: Same, Range: Same}},
		"another number":     {"6.00", "mmol/L", "3.89 à 6", "3.89", "mmol/L", "N", both, map[Kind]State{Value: Differs, Range: Same}},
		"another unit":       {"4,890 g/L", "", "3.89 – 6.00", "4.89", "mmol/L", "N", both, map[Kind]State{Value: Same, Unit: Differs, Range: Same}},
		"unit in its column": {"4,89", "g/L", "(3.89 à 6.00)", "4.89", "mmol/L", "N", both, map[Kind]State{Value: Same, Unit: Differs, Range: Same}},
		"range not shown":    {"4,89", "mmol/L", "", "4.89", "mmol/L", "N", both, map[Kind]State{Value: Same, Unit: Same, Range: OnlyCoded}},
		"value not shown":    {"voir ci-joint", "", "3,89 - 6,00", "4.89", "mmol/L", "N", both, map[Kind]State{Value: OnlyCoded, Range: Same}},
		"flag shown":         {"14,89 H", "mmol/L", "3,89 - 6,00", "14.89", "mmol/L", "H", both, map[Kind]State{Value: Same, Unit: Same, Range: Same, Interpretation: Same}},
		"flag denied":        {"14,89 bas", "mmol/L", "3,89 - 6,00", "14.89", "mmol/L", "H", both, map[Kind]State{Value: Same, Unit: Same, Range: Same, Interpretation: Differs}},
		"flag not shown":     {"14,89", "mmol/L", "3,89 - 6,00", "14.89", "mmol/L", "H", both, map[Kind]State{Value: Same, Unit: Same, Range: Same, Interpretation: OnlyCoded}},
		"thousands":          {"12 500", "mmol/L", "3,89 - 6,00", "12500", "mmol/L", "N", both, map[Kind]State{Value: Same, Unit: Same, Range: Same}},
		"a date is none":     {"le 04/08/2024", "mmol/L", "", "4", "mmol/L", "N", both, map[Kind]State{Value: OnlyCoded, Range: OnlyCoded}},
		"an open end":        {"4,89", "mmol/L", "&lt; 6,0", "4.89", "mmol/L", "N", `<high value="6" unit="mmol/L"/>`, map[Kind]State{Value: Same, Unit: Same, Range: Same}},
	} {
		got := glycaemia(t, c.result, c.unit, c.ranges, c.value, c.ucum, c.flag, c.ends)
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestRowsOfTheNarrativeAlone(t *testing.T) {
	rows := `<tr><td><content ID="gly">Glycémie</content></td><td>4,89</td><td>mmol/L</td><td/></tr><tr ID="k"><td>Potassium</td><td>7,1</td><td>mmol/L</td><td/></tr><tr><td>Sodium</td><td>140</td><td/><td/></tr>`
	d, err := cda.Parse([]byte(fmt.Sprintf(frame, rows, fmt.Sprintf(glucose, "4.89", "mmol/L", "N", ""))))
	if err != nil {
		t.Fatal(err)
	}
	got := Of(d)[0].Differences()
	if len(got) != 1 || got[0].State != OnlyNarrative || got[0].Ref != "k" || got[0].Shown != "7,1 mmol/L" && got[0].Shown != "7,1" || got[0].About != "Potassium" {
		t.Errorf("%+v", got)
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{"4,89": "[4.89]", "1 250,5 µL": "[1250.5 1 250.5]", "le 11/08/2019 à 14:30": "[]", "SatO2 98 %": "[98]", "2024-01-02": "[]", "-3": "[3]", "": "[]", "10 – 20": "[10 20]"} {
		if got := fmt.Sprint(numbers(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add(`<tr ID="k"><td>K</td><td>7,1</td></tr>`, fmt.Sprintf(glucose, "4.89", "mmol/L", "N", `<low value="1"/>`))
	f.Add(`<tr><td rowspan="9"><table><tr/></table></td></tr>`, strings.Repeat("<entry><act>", 70)+strings.Repeat("</act></entry>", 70))
	f.Fuzz(func(t *testing.T, rows, entries string) {
		if d, err := cda.Parse([]byte(fmt.Sprintf(frame, rows, entries))); err == nil {
			Of(d)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	d := examples(b)["BIO-CR-BIO_2024.01_Microbiologie_V1.xml"]
	b.ReportAllocs()
	for b.Loop() {
		Of(d)
	}
}
