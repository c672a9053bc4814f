package official

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/internal/shareddata"
)

// small is a folder with the layout of the official one and three rules of our own.
func small() fstest.MapFS {
	schema := func(phase, body string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2"` + phase + `><ns prefix="cda" uri="urn:hl7-org:v3"/>` + body + `</schema>`)}
	}
	return fstest.MapFS{
		"schematrons/profils/IHE.sch": schema("", `<pattern id="E_x"><rule context="*[cda:templateId/@root='1.2.3.4.5.6.7']"><assert test="cda:id">an id</assert></rule></pattern>`),
		"schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch": schema("",
			`<pattern><rule context="cda:ClinicalDocument"><assert role="error" test="cda:code/@code = doc('include/voc-1.2.3.471-DYNAMIC.xml')/*/valueSet/conceptList/concept/@code">the code</assert></rule></pattern>`),
		"schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch": schema("", `<include href="../include/Section.sch"/>`),
		"schematrons/include/section.sch":                     {Data: []byte(`<pattern xmlns="http://purl.oclc.org/dsdl/schematron" id="S_x"><rule context="cda:section"><assert test="cda:title" role="warning">a title</assert></rule></pattern>`)},
		"schematrons/profils/CI-SIS_Modeles_ANS.sch":          schema("", `<include href="absent.sch"/>`),
		"schematrons/CI-SIS_VAC_2022.01.sch":                  schema("", `<pattern id="v"><rule context="cda:ClinicalDocument"><assert test="false()">edition 2022</assert></rule></pattern>`),
		"schematrons/CI-SIS_VAC_2023.01.sch":                  schema("", `<pattern id="v"><rule context="cda:section[cda:templateId/@root='1.9.9.9.9.9.9']"><assert test="false()">edition 2023</assert></rule></pattern>`),
		"schematrons/CI-SIS_BROKEN_2023.01.sch":               {Data: []byte(`<schema`)},
		"jeuxDeValeurs/JDV_X.xml":                             {Data: []byte(`<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008"><ValueSet id="1.2.3.471"><ConceptList><Concept code="11369-6" codeSystem="s" displayName="&lt;d"/></ConceptList></ValueSet></RetrieveValueSetResponse>`)},
		"jeuxDeValeurs/JDV_EMPTY.xml":                         {Data: nil},
	}
}

func document(t *testing.T, edition, date, sections string) *cda.Document {
	t.Helper()
	ext := ""
	if edition != "" {
		ext = ` extension="` + edition + `"`
	}
	d, err := cda.Parse([]byte(`<ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>` +
		`<templateId root="1.2.250.1.213.1.1.1.37"` + ext + `/><id root="1.2.3"/><code code="11369-6"/><effectiveTime value="` + date + `"/>` +
		`<component><structuredBody><component>` + sections + `</component></structuredBody></component></ClinicalDocument>`))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func said(o Outcome) []string {
	var out []string
	for _, h := range o.Hits {
		out = append(out, h.Level+" "+h.Message)
	}
	return out
}

// A folder with defects is used for all that is good in it, and each defect is said.
func TestLoadOfADefectiveFolder(t *testing.T) {
	r, err := Load(small(), "petit")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, p := range r.Problems {
		got[p.ID] = true
		if p.Message.FR == "" || p.Message.EN == "" || p.At.File == "" {
			t.Errorf("a problem that does not say what or where: %+v", p)
		}
	}
	for _, id := range []string{"SCH-CASE", "SCH-INCLUDE", "SCH-XML", "REGLES-JDV"} {
		if !got[id] {
			t.Errorf("%s is not said: %v", id, r.Problems)
		}
	}
	if len(r.Volumes) != 2 || r.Asserts() != 5 || len(r.Digest) != 64 {
		t.Errorf("%d volumes, %d assertions, digest %q", len(r.Volumes), r.Asserts(), r.Digest)
	}
	o := r.Check(document(t, "2023.01", "20230101", `<section><templateId root="1.2.3.4.5.6.7"/></section>`), "")
	if want := []string{"ihe an id", "models a title"}; !slices.Equal(said(o), want) || o.Choice.Volume.Edition != "2023.01" || o.Choice.Why != "templateId" {
		t.Errorf("%v, %+v", said(o), o.Choice)
	}
	if _, err := Load(fstest.MapFS{"x": {}}, ""); !errors.Is(err, ErrFolder) {
		t.Errorf("another folder: %v", err)
	}
	nested := fstest.MapFS{}
	for n, f := range small() {
		nested["clone/"+n] = f
	}
	if r, err := Load(nested, ""); err != nil || len(r.Volumes) != 2 {
		t.Errorf("one floor below: %v", err)
	}
}

func TestChoose(t *testing.T) {
	r, err := Load(small(), "")
	if err != nil {
		t.Fatal(err)
	}
	plain, known := `<section/>`, `<section><templateId root="1.9.9.9.9.9.9"/></section>`
	for _, c := range []struct{ edition, date, sections, asked, want, why string }{
		{"2022.01", "20250101", plain, "", "2022.01", "templateId"},
		{"2023.01", "20200101", plain, "", "2023.01", "templateId"},
		{"2022.01", "20200101", plain, "2023.01", "2023.01", "asked"},
		{"2022.01", "20200101", plain, "1999.01", "2022.01", "templateId"},
		{"", "20200101", known, "", "2023.01", "sections"},
		{"", "20200101", plain, "", "2022.01", "date"},
		{"", "20230601", plain, "", "2022.01", "date"},
		{"", "20240601", plain, "", "2023.01", "date"},
		{"soon", "20240601", plain, "", "2023.01", "date"},
	} {
		got := r.Choose(document(t, c.edition, c.date, c.sections), c.asked)
		if got.Volume == nil || got.Volume.Edition != c.want || got.Why != c.why {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

// A kept rule set says the same as the folder; damaged, it is refused whole.
func TestPackAndOpen(t *testing.T) {
	r, err := Load(small(), "petit")
	if err != nil {
		t.Fatal(err)
	}
	kept := r.Pack()
	if !bytes.Equal(kept, r.Pack()) {
		t.Error("two packs of one set differ")
	}
	back, err := Open(kept)
	if err != nil {
		t.Fatal(err)
	}
	d := document(t, "2022.01", "20230101", `<section/>`)
	if !slices.Equal(back.Problems, r.Problems) {
		t.Errorf("kept, the folder has other defects: %v", back.Problems)
	}
	if back.Label != r.Label || back.Digest != r.Digest || !slices.Equal(said(back.Check(d, "")), said(r.Check(d, ""))) {
		t.Error("the set changed")
	}
	for i := range kept {
		broken := bytes.Clone(kept)
		broken[i] ^= 1
		if _, err := Open(broken); !errors.Is(err, ErrKept) {
			t.Fatalf("byte %d changed and the set was opened (%v)", i, err)
		}
		if _, err := Open(kept[:i]); !errors.Is(err, ErrKept) {
			t.Fatalf("cut at %d and opened (%v)", i, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	r, _ := Load(small(), "petit")
	f.Add(r.Pack())
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = Open(b) })
}

// officialFolder gives the published rules, when there.
func officialFolder(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SOCLE_RULES")
	if dir == "" {
		t.Skip("SOCLE_RULES is not set: the official rules were left out")
	}
	return dir
}

// The same documents checked at once by several goroutines say what they say one by one.
func TestManyAtOnce(t *testing.T) {
	r, err := Load(os.DirFS(officialFolder(t)), "")
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	say := func(name string) string {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			return ""
		}
		d, err := cda.Parse(raw)
		if err != nil {
			t.Error(err)
			return ""
		}
		o := r.Check(d, "")
		return fmt.Sprint(o.Levels, o.Choice.Why, strings.Join(said(o), "\n"))
	}
	var wg sync.WaitGroup
	got := make([][]string, 4)
	for g := range got {
		got[g] = make([]string, len(files))
		wg.Go(func() {
			for i := range files {
				k := (i + g*7) % len(files)
				got[g][k] = say(files[k])
			}
		})
	}
	wg.Wait()
	for i, f := range files {
		want := say(f)
		for g := range got {
			if got[g][i] != want {
				t.Errorf("%s: goroutine %d said otherwise", filepath.Base(f), g)
			}
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	r, err := Load(os.DirFS(officialFolder(b)), "")
	if err != nil {
		b.Fatal(err)
	}
	kept := r.Pack()
	b.SetBytes(int64(len(kept)))
	for range b.N {
		if _, err := Open(kept); err != nil {
			b.Fatal(err)
		}
	}
}
