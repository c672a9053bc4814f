package view

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/internal/shareddata"
)

// TestEveryExampleIsShown renders all the official examples in every form.
func TestEveryExampleIsShown(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	totext, _ := exec.LookPath("pdftotext")
	results := 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := cda.Parse(raw)
		if err != nil {
			t.Fatal(f, err)
		}
		v := Of(d)
		results += len(v.Results)
		if v.UniqueID == "" || v.Title == "" || v.INS == "" || v.OID == "" {
			t.Errorf("%s: %+v", filepath.Base(f), v)
		}
		if b, err := json.Marshal(v); err != nil || !bytes.Contains(b, []byte(`"results":[`)) {
			t.Errorf("%s: %v", filepath.Base(f), err)
		}
		if text := Text(d); !bytes.Contains(text, []byte(v.UniqueID)) {
			t.Errorf("%s: text without identifier", filepath.Base(f))
		}
		page := HTML(d)
		if !bytes.Contains(page, []byte("<h1>")) || bytes.Contains(bytes.ToLower(page), []byte("<script")) || bytes.Contains(bytes.ToLower(page), []byte("javascript:")) {
			t.Errorf("%s: page unsafe or empty", filepath.Base(f))
		}
		p := PDF(d)
		if !bytes.HasPrefix(p, []byte("%PDF-")) {
			t.Errorf("%s: no PDF", filepath.Base(f))
		}
		if totext == "" {
			continue
		}
		cmd := exec.Command(totext, "-", "-")
		cmd.Stdin = bytes.NewReader(p)
		out, err := cmd.Output()
		if name := d.Patient.BirthName(); err != nil || !strings.Contains(string(out), name) {
			t.Errorf("%s: pdftotext does not find %s (%v)", filepath.Base(f), name, err)
		}
	}
	if results < 100 {
		t.Errorf("only %d results", results)
	}
}
