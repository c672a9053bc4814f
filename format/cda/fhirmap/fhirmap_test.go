package fhirmap

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/internal/shareddata"
)

// examples reads the official examples whose kind is converted.
func examples(t testing.TB, prefix string) map[string]*cda.Document {
	t.Helper()
	dir := shareddata.Dir(t, "cda")
	files, err := filepath.Glob(filepath.Join(dir, prefix+"*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatal("no example", err)
	}
	out := map[string]*cda.Document{}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := cda.Parse(src)
		if err != nil {
			t.Fatal(f, err)
		}
		if convertible(d.Kind().Name) {
			out[strings.TrimSuffix(filepath.Base(f), ".xml")] = d
		}
	}
	return out
}
