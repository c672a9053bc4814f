package run

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// littleRules is a folder with the layout of the official one and one rule of our own.
func littleRules(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "depot")
	schema := func(body string) string {
		return `<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2"><ns prefix="cda" uri="urn:hl7-org:v3"/>` + body + `</schema>`
	}
	for name, text := range map[string]string{
		"schematrons/profils/IHE.sch":                                            schema(`<pattern id="E_x"><rule context="cda:ClinicalDocument"><assert test="cda:setId/@extension = 'jamais'">never</assert></rule></pattern>`),
		"schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch": schema(""),
		"schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch":                    schema(""),
		"schematrons/profils/CI-SIS_Modeles_ANS.sch":                             schema(""),
		"jeuxDeValeurs/JDV_X.xml":                                                `<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008"/>`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRulesAddedWhileItRuns: the page, the API and deposits use a folder seconds after it was
// added, and do without it once it is removed.
func TestRulesAddedWhileItRuns(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", home)
	tr := startDemo(t, t.TempDir(), 12)
	official := func() string {
		resp, err := http.Post(tr.endpoints.Controle, "application/xml", strings.NewReader(`<ClinicalDocument xmlns="urn:hl7-org:v3"/>`))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var got struct {
			Official string
			Levels   map[string]struct{ Errors int }
		}
		if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || resp.StatusCode != 200 {
			t.Fatal(resp.Status, err)
		}
		if got.Official != "" && got.Levels["ihe"].Errors != 1 {
			t.Errorf("the rule of the folder is not applied: %+v", got)
		}
		return got.Official
	}
	if o := official(); o != "" {
		t.Fatalf("rules before any was added: %s", o)
	}
	dir, err := RulesDir(tr.dir)
	if err != nil {
		t.Fatal(err)
	}
	until := func(want string) {
		t.Helper()
		start, tick := time.Now(), time.NewTicker(100*time.Millisecond)
		defer tick.Stop()
		for official() != want {
			if time.Since(start) > 4*rulesEvery {
				t.Fatalf("%q does not serve after %v", want, time.Since(start))
			}
			<-tick.C
		}
		t.Logf("%q serves after %v", want, time.Since(start).Round(time.Millisecond))
	}
	if _, err := AddRules(littleRules(t), "petit", dir); err != nil {
		t.Fatal(err)
	}
	until("petit")
	if err := RemoveRules(dir, "petit"); err != nil {
		t.Fatal(err)
	}
	until("")
}
