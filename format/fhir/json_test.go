package fhir

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWriter(t *testing.T) {
	var w Writer
	w.Open("")
	w.Text("resourceType", "X")
	w.Text("none", "")
	w.List("list")
	w.Concept("", "s", "c", "")
	w.Null()
	w.EndList()
	w.Bool("yes", true)
	w.Int("n", -3)
	w.Reference("ref", "A/1")
	w.Raw("raw", []byte(`[1]`))
	w.Close()
	want := `{"resourceType":"X","list":[{"coding":[{"system":"s","code":"c"}]},null],"yes":true,"n":-3,"ref":{"reference":"A/1"},"raw":[1]}`
	if string(w.B) != want {
		t.Errorf("%s\n%s", w.B, want)
	}
}

func FuzzAppendString(f *testing.F) {
	f.Add("a\"\\\n\x00é\xff")
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		if err := json.Unmarshal(AppendString(nil, s), &back); err != nil || back != strings.ToValidUTF8(s, "\ufffd") && len(back) == 0 {
			t.Fatalf("%q: %v %q", s, err, back)
		}
	})
}
