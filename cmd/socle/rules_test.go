package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func schema(body string) string {
	return `<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2"><ns prefix="cda" uri="urn:hl7-org:v3"/>` + body + `</schema>`
}

// depot writes a folder with the layout of the official one and rules of our own; changes replace
// files, an empty text leaves one out.
func depot(t *testing.T, changes map[string]string) string {
	t.Helper()
	files := map[string]string{
		"schematrons/profils/IHE.sch": schema(`<pattern id="E_x"><rule context="cda:id"><assert test="@root">a root</assert></rule></pattern>`),
		"schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch": schema(
			`<pattern id="code"><rule context="cda:ClinicalDocument"><assert test="cda:code/@code = doc('../../../jeuxDeValeurs/JDV_X.xml')//@code">[code] Le code est dans le jeu de valeurs.</assert></rule></pattern>`),
		"schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch": schema(`<pattern id="S_x"><rule context="cda:section"><assert test="cda:title" role="warning">a title</assert></rule></pattern>`),
		"schematrons/profils/CI-SIS_Modeles_ANS.sch":          schema(""),
		"schematrons/CI-SIS_VAC_2022.01.sch":                  schema(`<pattern id="v"><rule context="cda:ClinicalDocument"><assert test="cda:title = 'Vaccins'">edition 2022</assert></rule></pattern>`),
		"schematrons/CI-SIS_VAC_2023.01.sch":                  schema(`<pattern id="v"><rule context="cda:ClinicalDocument"><assert test="cda:title = 'Vaccinations'">edition 2023</assert></rule></pattern>`),
		"jeuxDeValeurs/JDV_X.xml":                             `<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008"><ValueSet id="1.2.3.4.5.471"><ConceptList><Concept code="11369-6" codeSystem="s" displayName="d"/></ConceptList></ValueSet></RetrieveValueSetResponse>`,
	}
	maps.Copy(files, changes)
	dir := filepath.Join(t.TempDir(), "depot")
	for name, text := range files {
		if text != "" {
			put(t, filepath.Join(dir, name), []byte(text))
		}
	}
	return dir
}

// vaccines is a document of the kind and edition that the folder knows.
func vaccines(edition, code string) []byte {
	return []byte(`<ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><templateId root="1.2.250.1.213.1.1.1.37" extension="` + edition + `"/>` +
		`<id root="1.2.3"/><code code="` + code + `"/><title>Vaccins</title><effectiveTime value="20230101"/><component><structuredBody><component><section/></component></structuredBody></component></ClinicalDocument>`)
}

type judged struct {
	Official, Edition string
	Levels            map[string]struct{ Errors, Warnings int }
}

func judge(t *testing.T, args ...string) judged {
	t.Helper()
	out, errs, _ := socle(t, append([]string{"check", "--format", "json"}, args...)...)
	var j judged
	if err := json.Unmarshal([]byte(out), &j); err != nil {
		t.Fatalf("%v: %s %s", err, out, errs)
	}
	return j
}

// TestRules: a folder is added, serves, is listed, is replaced and is removed.
func TestRules(t *testing.T) {
	home(t)
	data := t.TempDir()
	doc := put(t, filepath.Join(data, "vac.xml"), vaccines("2022.01", "11369-6"))
	if j := judge(t, "--data", data, doc); j.Official != "" {
		t.Errorf("without any folder: %+v", j)
	}
	dir := depot(t, nil)
	out, _, status := socle(t, "rules", "add", dir, "--name", "petit", "--data", data, "--json")
	var set ruleSet
	if err := json.Unmarshal([]byte(out), &set); err != nil || status != 0 {
		t.Fatalf("%v, status %d: %s", err, status, out)
	}
	if set.Name != "petit" || set.Assertions != 5 || len(set.Kinds) != 2 || len(set.Problems) != 0 || len(set.Digest) != 64 {
		t.Errorf("%+v", set)
	}
	if j := judge(t, "--data", data, doc); j.Official != "petit" || j.Edition != "2022.01" || j.Levels["kind"].Errors != 0 || j.Levels["header"].Errors != 0 || j.Levels["models"].Warnings != 1 {
		t.Errorf("with the folder kept: %+v", j)
	}
	if j := judge(t, "--data", data, "--edition", "2023.01", doc); j.Edition != "2023.01" || j.Levels["kind"].Errors != 1 {
		t.Errorf("another edition asked: %+v", j)
	}
	wrong := put(t, filepath.Join(data, "faux.xml"), vaccines("2022.01", "x"))
	if j := judge(t, "--rules", dir, wrong); j.Official != "depot" || j.Levels["header"].Errors != 1 {
		t.Errorf("with the folder itself: %+v", j)
	}
	if out, _, _ = socle(t, "rules", "list", "--data", data); !strings.Contains(out, "petit") || !strings.Contains(out, "VAC 2022.01, VAC 2023.01") {
		t.Errorf("list: %s", out)
	}
	// The folder changes: its own path says so at once, the kept set once it is added again.
	put(t, filepath.Join(dir, "schematrons", "CI-SIS_VAC_2022.01.sch"), []byte(schema(`<pattern id="v"><rule context="cda:ClinicalDocument"><assert test="false()">toujours faux</assert></rule></pattern>`)))
	if j := judge(t, "--rules", dir, doc); j.Levels["kind"].Errors != 1 {
		t.Errorf("a folder that changed: %+v", j)
	}
	if j := judge(t, "--data", data, doc); j.Levels["kind"].Errors != 0 {
		t.Errorf("a kept set follows its folder: %+v", j)
	}
	if out, _, status = socle(t, "rules", "add", dir, "--name", "petit", "--data", data); status != 0 || !strings.Contains(out, "petit : 5 assertions, 2 volets, 0 défauts") {
		t.Errorf("again: %d %s", status, out)
	}
	if j := judge(t, "--data", data, doc); j.Levels["kind"].Errors != 1 {
		t.Errorf("a set that was replaced: %+v", j)
	}
	if _, _, status = socle(t, "rules", "remove", "petit", "--data", data); status != 0 {
		t.Errorf("remove: %d", status)
	}
	if _, _, status = socle(t, "rules", "remove", "petit", "--data", data); status == 0 {
		t.Error("what is gone is removed again")
	}
	if j := judge(t, "--data", data, doc); j.Official != "" {
		t.Errorf("after its removal: %+v", j)
	}
}

// TestDefectiveRules: each defect is said with its file; what is good serves.
func TestDefectiveRules(t *testing.T) {
	home(t)
	data := t.TempDir()
	dir := depot(t, map[string]string{
		"schematrons/CI-SIS_BROKEN_2023.01.sch":               `<schema`,
		"schematrons/CI-SIS_XPATH_2023.01.sch":                schema(`<pattern id="p"><rule context="cda:id"><assert test="inconnue(@root)">unknown</assert></rule></pattern>`),
		"schematrons/profils/CI-SIS_Modeles_ANS.sch":          schema(`<include href="absent.sch"/>`),
		"jeuxDeValeurs/JDV_VIDE.xml":                          " ",
		"schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch": "",
	})
	out, _, status := socle(t, "rules", "add", dir, "--data", data, "--json", "--lang", "en")
	var set ruleSet
	if err := json.Unmarshal([]byte(out), &set); err != nil || status != 0 {
		t.Fatalf("%v, status %d: %s", err, status, out)
	}
	var files []string
	for _, p := range set.Problems {
		files = append(files, filepath.Base(p.File))
		if p.ID == "" || p.Message == "" {
			t.Errorf("%+v", p)
		}
	}
	for _, f := range []string{"CI-SIS_BROKEN_2023.01.sch", "CI-SIS_XPATH_2023.01.sch", "CI-SIS_Modeles_ANS.sch", "JDV_VIDE.xml", "CI-SIS_ModelesDeContenusCDA.sch"} {
		if !slices.Contains(files, f) {
			t.Errorf("nothing is said of %s: %q", f, files)
		}
	}
	doc := put(t, filepath.Join(data, "vac.xml"), vaccines("2022.01", "x"))
	if j := judge(t, "--data", data, doc); j.Official != "depot" || j.Levels["header"].Errors != 1 {
		t.Errorf("what is good does not serve: %+v", j)
	}
	if out, errs, status := socle(t, "rules", "add", t.TempDir(), "--data", data); status != 1 || !strings.Contains(errs, "REGLES-DOSSIER") {
		t.Errorf("a folder that is none: %d %s %s", status, out, errs)
	}
	// A kept set that was damaged is said, and Socle's own rules go on.
	kept, err := filepath.Glob(filepath.Join(data, "rules", "*"))
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	b, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	put(t, kept[0], b)
	out, errs, status := socle(t, "check", "--data", data, "--format", "json", doc)
	if status != 1 || !strings.Contains(errs, "REGLES-GARDEES") || strings.Contains(out, `"official"`) || len(lines(t, out)) != 1 {
		t.Errorf("a damaged set: %d %s %.200s", status, errs, out)
	}
}
