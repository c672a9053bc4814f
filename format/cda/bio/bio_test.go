package bio

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/internal/shareddata"
)

// seen is what a second, naive reading of the same document finds.
type seen struct{ code, kind, value, unit, low, high string }

const xsi = "http://www.w3.org/2001/XMLSchema-instance"

// naive reads observations with encoding/xml, knowing nothing of sections or acts. Values of
// previous results and of reference ranges lie deeper and are not taken.
func naive(t *testing.T, src []byte) []seen {
	type open struct {
		result bool
		at     int
		s      seen
	}
	var out []*open
	var stack []*open
	var path []string
	dec := xml.NewDecoder(strings.NewReader(string(src)))
	dec.Strict = true
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := tok.(type) {
		case xml.EndElement:
			if e.Name.Local == "observation" {
				stack = stack[:len(stack)-1]
			}
			path = path[:len(path)-1]
		case xml.StartElement:
			path = append(path, e.Name.Local)
			get := func(space, name string) string {
				for _, a := range e.Attr {
					if a.Name.Local == name && a.Name.Space == space {
						return a.Value
					}
				}
				return ""
			}
			if e.Name.Local == "observation" {
				o := &open{at: len(path)}
				stack = append(stack, o)
				out = append(out, o)
				continue
			}
			if len(stack) == 0 {
				continue
			}
			o := stack[len(stack)-1]
			switch depth := len(path) - o.at; {
			case depth == 1 && e.Name.Local == "templateId" && get("", "root") == TemplateResult:
				o.result = true
			case depth == 1 && e.Name.Local == "code":
				o.s.code = get("", "code")
			case depth == 1 && e.Name.Local == "value" && o.s.kind == "":
				k := get(xsi, "type")
				o.s.kind = k[strings.LastIndexByte(k, ':')+1:]
				o.s.value, o.s.unit = get("", "value"), get("", "unit")
			case depth == 2 && path[len(path)-2] == "value" && e.Name.Local == "low":
				o.s.low, o.s.unit = get("", "value"), get("", "unit")
			case depth == 2 && path[len(path)-2] == "value" && e.Name.Local == "high":
				o.s.high, o.s.unit = get("", "value"), get("", "unit")
			}
		}
	}
	var found []seen
	for _, o := range out {
		if o.result {
			found = append(found, o.s)
		}
	}
	return found
}

func TestAgreesWithAnIndependentReading(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	total, docs := 0, 0
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := cda.Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		want, got := naive(t, src), Results(d)
		if len(want) != len(got) {
			t.Errorf("%s: %d results, the other reading finds %d", filepath.Base(f), len(got), len(want))
			continue
		}
		for i, w := range want {
			g := got[i]
			value := g.Value.Value
			if g.Type == "ST" {
				value = ""
			}
			if (seen{g.Code, g.Type, value, g.Unit, g.Low, g.High}) != w {
				t.Errorf("%s: row %d is %+v, the other reading finds %+v", filepath.Base(f), i, g, w)
			}
			if g.Label == "" || g.Status == "" || g.Chapter == "" || g.Shown() == "" {
				t.Errorf("%s: row %d lacks a label, a status, a chapter or a value: %+v", filepath.Base(f), i, g)
			}
		}
		if len(got) > 0 {
			docs++
		}
		total += len(got)
	}
	if total != 117 || docs != 13 {
		t.Errorf("%d results in %d documents", total, docs)
	}
}

func read(t *testing.T, name string) []Result {
	src, err := os.ReadFile(filepath.Join(shareddata.Dir(t, "cda"), name))
	if err != nil {
		t.Fatal(err)
	}
	d, err := cda.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	return Results(d)
}

func TestThyroid(t *testing.T) {
	r := read(t, "BIO-CR-BIO_2024.01_TSH_1.xml")
	got, err := json.Marshal(r[1])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"code":"3024-7","system":"2.16.840.1.113883.6.1","display":"Thyroxine libre [Masse/Volume] Sérum/Plasma ; Numérique","label":"Thyroxine libre (FT4)",` +
		`"type":"PQ","value":"7.67","unit":"pg/mL","reference":{"low":"9.30","low_inclusive":true,"high":"17.00","high_inclusive":true,"unit":"pg/mL"},` +
		`"interpretation":["L"],"status":"completed","time":"20140402145521+0200","chapter":"BIOCHIMIE","sub_chapter":"Biochimie","method":"(ECL Modular)"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !r[1].Abnormal() || r[0].Abnormal() || r[1].Shown() != "7.67 pg/mL" {
		t.Error("flags")
	}
}

func TestMicrobiology(t *testing.T) {
	r := read(t, "BIO-CR-BIO_2024.01_Microbiologie_V1.xml")
	var amox, gram *Result
	for i := range r {
		if r[i].Code == "20-8" && amox == nil {
			amox = &r[i]
		}
		if r[i].Code == "653-6" {
			gram = &r[i]
		}
	}
	if amox == nil || gram == nil {
		t.Fatal("not found")
	}
	if amox.Germ == "" || amox.Group == "" || amox.Low != "0.512" || !*amox.LowInclusive || amox.HighInclusive != nil || amox.Interpretation[0] != "R" || amox.Shown() != "≥ 0.512 ug/mL" {
		t.Errorf("%+v", amox)
	}
	if amox.Specimen == nil || amox.Specimen.Nature != "Urine" || amox.Specimen.Received != "202401040752+0100" || amox.Specimen.Sampled != "202401040735+0100" {
		t.Errorf("specimen %+v", amox.Specimen)
	}
	if gram.Text == "" || gram.ValueCode != "" || gram.Germ != "" || gram.Type != "CD" {
		t.Errorf("%+v", gram)
	}
}

func TestPreviousResults(t *testing.T) {
	n := 0
	for _, r := range read(t, "BIO-CR-BIO_2024.01_Electrophorese.xml") {
		for _, e := range r.Previous {
			n++
			if e.Time == "" || e.Shown() == "" {
				t.Errorf("%s: %+v", r.Label, e)
			}
		}
	}
	if n != 20 {
		t.Errorf("%d previous results", n)
	}
}

func TestOddValues(t *testing.T) {
	doc := `<c:ClinicalDocument xmlns:c="urn:hl7-org:v3" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><c:component><c:structuredBody><c:component><c:section><c:title>T</c:title>
<c:text><c:content ID="n">Nom</c:content><c:content ID="cm">Un commentaire</c:content></c:text><c:entry>VALUES</c:entry></c:section></c:component></c:structuredBody></c:component></c:ClinicalDocument>`
	obs := func(v string) string {
		return `<c:observation><c:templateId root="1.3.6.1.4.1.19376.1.3.1.6"/><c:code><c:originalText><c:reference value="#n"/></c:originalText><c:translation code="LOC" codeSystem="1.2.3" displayName="Local"/></c:code>` + v + `</c:observation>`
	}
	for in, want := range map[string]string{
		`<c:value i:type="c:PQ" value="1.0" unit="g/L"><c:translation value="2" code="mmol/L"/></c:value>`:               "PQ 1.0 g/L",
		`<c:value i:type="lost:PQ" value="1.0" unit="g/L"/>`:                                                             "PQ 1.0 g/L",
		`<c:value i:type="c:IVL_PQ"><c:low value="1" unit="g"/><c:high value="2" unit="g" inclusive="false"/></c:value>`: "IVL_PQ 1 – 2 g",
		`<c:value i:type="c:IVL_PQ"><c:high value="2" unit="g"/></c:value>`:                                              "IVL_PQ ≤ 2 g",
		`<c:value i:type="c:IVL_PQ"><c:low value="2" unit="1" inclusive="false"/></c:value>`:                             "IVL_PQ > 2",
		`<c:value i:type="c:CE" code="260385009" codeSystem="2.16.840.1.113883.6.96" displayName="Négatif"/>`:            "CE Négatif",
		`<c:value i:type="c:ED"><c:reference value="#cm"/></c:value>`:                                                    "ED Un commentaire",
		`<c:value i:type="c:ST"> a  b </c:value>`:                                                                        "ST a b",
		`<c:value i:type="c:INT" value="3"/><c:value i:type="c:INT" value="4"/>`:                                         "INT 3",
		`<c:value value="3" unit="g"/>`:                                                                                  " 3 g",
		`<c:value i:type="c:RTO_PQ_PQ"><c:numerator value="1" unit="g"/><c:denominator value="80"/></c:value>`:           "RTO_PQ_PQ 1/80 g",
		`<c:value nullFlavor="NI"/>`:                                                                                     " ",
	} {
		d, err := cda.Parse([]byte(strings.Replace(doc, "VALUES", obs(in), 1)))
		if err != nil {
			t.Fatal(err)
		}
		r := Results(d)
		if len(r) != 1 || r[0].Type+" "+r[0].Shown() != want || r[0].Label != "Nom" || r[0].LocalCode != "LOC" {
			t.Errorf("%s: %+v", in, r)
		}
	}
}

func BenchmarkResults(b *testing.B) {
	src, err := os.ReadFile(filepath.Join(shareddata.Dir(b, "cda"), "BIO-CR-BIO_2024.01_Electrophorese.xml"))
	if err != nil {
		b.Fatal(err)
	}
	d, err := cda.Parse(src)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		Results(d)
	}
}
