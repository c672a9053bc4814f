package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/internal/shareddata"
)

// A report goes to FHIR and back on the command line; losses stand on the error output, one JSON
// object a line, and --strict makes them the exit status.
func TestConvertGoesBothWays(t *testing.T) {
	src := filepath.Join(shareddata.Dir(t, "cda"), "BIO-CR-BIO_2024.01_TSH_1.xml")
	var out, errs bytes.Buffer
	if code := execute([]string{"convert", "--losses", "--strict", src}, &out, &errs); code != 1 {
		t.Fatalf("exit %d, %s", code, errs.String())
	}
	for _, line := range strings.Split(strings.TrimSpace(errs.String()), "\n") {
		var l lossLine
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Path == "" || l.Why == "" {
			t.Errorf("loss %q: %v", line, err)
		}
	}
	bundle := filepath.Join(t.TempDir(), "bundle.json")
	if err := os.WriteFile(bundle, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	errs.Reset()
	if code := execute([]string{"convert", bundle}, &out, &errs); code != 0 || !strings.Contains(out.String(), "<ClinicalDocument") {
		t.Errorf("exit %d, %s", code, errs.String())
	}
}

func TestConvertRefusesByName(t *testing.T) {
	src := filepath.Join(shareddata.Dir(t, "cda"), "IMG_CR_IMG_2024.01.xml")
	var out, errs bytes.Buffer
	if code := execute([]string{"convert", src}, &out, &errs); code != 1 || !strings.Contains(errs.String(), "IMG-CR-IMG") || out.Len() > 0 {
		t.Errorf("exit %d, %s", code, errs.String())
	}
	errs.Reset()
	if code := execute([]string{"convert", "--header-only", src}, &out, &errs); code != 0 || out.Len() == 0 {
		t.Errorf("exit %d, %s", code, errs.String())
	}
}
