package fhirmap

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// judge parses Bundles with the models of R4 of the Python package fhir.resources. It asks for
// http addresses where FHIR allows others too: a fragment of the document and the fullUrl of an
// entry are accepted.
const judge = `
import sys, json
from fhir.resources import fhirtypes
strict = fhirtypes.Url.validate.__func__
def url(cls, value, field, config):
    if isinstance(value, str) and (value.startswith('#') or value.startswith('urn:uuid:')):
        return value
    return strict(cls, value, field, config)
fhirtypes.Url.validate = classmethod(url)
from fhir.resources.bundle import Bundle
bad = 0
for f in sys.argv[1:]:
    try:
        Bundle.parse_obj(json.load(open(f)))
    except Exception as e:
        bad += 1
        print(f, str(e)[:2000])
sys.exit(1 if bad else 0)
`

// Every Bundle we write is a valid R4 Bundle for a library that nobody here wrote. SOCLE_PYTHON
// names the interpreter that has fhir.resources (6.4, pydantic 1).
func TestBundlesAreValidForAnotherLibrary(t *testing.T) {
	python := os.Getenv("SOCLE_PYTHON")
	if python == "" {
		python = "python3"
	}
	probe := exec.Command(python, "-c", "import fhir.resources, fhir.resources.bundle; assert fhir.resources.__fhir_version__ == '4.0.1'")
	if err := probe.Run(); err != nil {
		t.Skipf("no fhir.resources for R4 in %s: Bundles were not judged", python)
	}
	dir := t.TempDir()
	args := []string{"-c", judge}
	for name, d := range examples(t, "") {
		b, _, err := ToFHIR(d, Options{})
		if err != nil {
			t.Fatal(name, err)
		}
		f := filepath.Join(dir, fmt.Sprintf("%d.json", len(args)))
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, f)
	}
	cmd := exec.Command(python, args...)
	cmd.WaitDelay = 60 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
