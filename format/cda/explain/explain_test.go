package explain

import (
	"encoding/xml"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/shareddata"
)

var update = flag.Bool("update", false, "rewrite testdata/golden.txt")

// rules gives the folder of the published rules, or skips.
func rules(t testing.TB) string {
	for _, dir := range []string{os.Getenv("SOCLE_RULES"), filepath.Join(shareddata.Root(t), "..", "shared", "rules")} {
		if s, err := os.Stat(dir); dir != "" && err == nil && s.IsDir() {
			return dir
		}
	}
	t.Skip("official rules absent (SOCLE_RULES): this check was left out")
	return ""
}

// asserts reads every assertion of every rule file, without an engine.
func asserts(t testing.TB, dir string) []Said {
	var out []Said
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".sch") {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return nil
		}
		defer f.Close()
		rel, _ := filepath.Rel(dir, path)
		out = append(out, assertsOf(xml.NewDecoder(f), rel)...)
		return nil
	})
	return out
}

func assertsOf(dec *xml.Decoder, file string) (out []Said) {
	dec.Strict = false
	context, pattern := "", ""
	var in *Said
	for {
		tok, err := dec.Token()
		if err != nil {
			return out
		}
		switch e := tok.(type) {
		case xml.StartElement:
			get := func(name string) string {
				for _, a := range e.Attr {
					if a.Name.Local == name {
						return a.Value
					}
				}
				return ""
			}
			switch e.Name.Local {
			case "pattern":
				pattern = get("id")
			case "rule":
				context = get("context")
			case "assert", "report":
				in = &Said{Rule: file, Pattern: pattern, Context: context, Test: get("test"), See: get("see"), Role: get("role")}
			case "value-of", "name":
				if in != nil {
					in.Message += "@"
				}
			}
		case xml.CharData:
			if in != nil {
				in.Message += string(e)
			}
		case xml.EndElement:
			if (e.Name.Local == "assert" || e.Name.Local == "report") && in != nil {
				out = append(out, *in)
				in = nil
			}
		}
	}
}

// TestEveryOfficialRuleIsExplained: none panics, none is silent, few fall back on their own words.
func TestEveryOfficialRuleIsExplained(t *testing.T) {
	all := asserts(t, rules(t))
	if len(all) < 5000 {
		t.Fatalf("only %d assertions read", len(all))
	}
	doc, err := xmltree.Parse([]byte(`<observation xmlns="urn:hl7-org:v3" classCode="OBS"><templateId root="1.2.3"/><code code="x" codeSystem="1.2"/><value value="3"/></observation>`))
	if err != nil {
		t.Fatal(err)
	}
	fallback := 0
	for i, s := range all {
		if i%2 == 0 {
			s.Node = doc.Root()
		}
		message, fix, _, _ := Official(s)
		if strings.TrimSpace(message.FR) == "" || strings.TrimSpace(message.EN) == "" || strings.TrimSpace(fix.FR) == "" || strings.TrimSpace(fix.EN) == "" {
			t.Errorf("%s: %s: %+v %+v", s.Rule, s.Test, message, fix)
		}
		if strings.Contains(message.FR+message.EN+fix.FR+fix.EN, "%!") {
			t.Errorf("%s: %s", s.Rule, message.FR)
		}
		if !Understood(s) {
			if fallback++; fallback <= 15 {
				t.Logf("not understood: %s", s.Test)
			}
		}
	}
	share := float64(fallback) * 100 / float64(len(all))
	t.Logf("%d assertions, %d (%.2f %%) explained by the official message alone", len(all), fallback, share)
	if share > 5 {
		t.Errorf("%.2f %% of the rules fall back on their own words", share)
	}
}
