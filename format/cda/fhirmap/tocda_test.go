package fhirmap

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/cda/official"
	"github.com/socle-sante/socle/format/finding"
)

// written reports whether a kind is written as CDA.
func written(kind string) bool {
	for _, k := range docKinds {
		if k.name == kind {
			return true
		}
	}
	return kind == "N1"
}

// back converts an example to FHIR and back.
func back(t *testing.T, name string, d *cda.Document) (*cda.Document, []Loss) {
	t.Helper()
	b, _, err := ToFHIR(d, Options{})
	if err != nil {
		t.Fatal(name, err)
	}
	out, losses, err := ToCDA(b)
	if err != nil {
		t.Fatal(name, err)
	}
	again, err := cda.Parse(out)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return again, losses
}

// comparable writes a row without what the two ways may write differently: times as instants, CE
// as CD, an inclusive end said or left out, an order of digits never.
func comparable(r bio.Result) string {
	at := func(s string) string {
		if t, ok := (cda.TS{Raw: s}).Time(); ok {
			return t.UTC().Format(time.RFC3339)
		}
		return ""
	}
	r.Time = at(r.Time)
	if r.Type == "CE" {
		r.Type = "CD"
	}
	if r.Specimen != nil {
		s := *r.Specimen
		s.Sampled, s.Received = at(s.Sampled), at(s.Received)
		r.Specimen = &s
	}
	for i := range r.Previous {
		r.Previous[i].Time = at(r.Previous[i].Time)
	}
	b, _ := json.Marshal(r)
	return string(b)
}

// Every row of a biology report survives the way to FHIR and back: codes, values, units, ranges,
// interpretation, times, specimen, previous results, comments.
func TestRowsSurviveTheRoundTrip(t *testing.T) {
	total := 0
	for name, d := range examples(t, "BIO-") {
		again, losses := back(t, name, d)
		before, after := bio.Results(d), bio.Results(again)
		if len(before) != len(after) {
			t.Errorf("%s: %d rows, then %d", name, len(before), len(after))
			continue
		}
		for i := range before {
			if a, b := comparable(before[i]), comparable(after[i]); a != b {
				t.Errorf("%s: row %d\n before %s\n after  %s", name, i, a, b)
			}
			total++
		}
		if len(losses) > 0 {
			t.Errorf("%s: the CDA does not hold %v", name, losses)
		}
	}
	t.Log(total, "rows kept")
}

// A CDA written from FHIR passes our own rules and the schema with no error.
func TestWrittenCDAIsConform(t *testing.T) {
	var sets []*official.Rules
	if dir := os.Getenv("SOCLE_RULES"); dir != "" { // the publisher's rules, when they are at hand
		r, err := official.Load(os.DirFS(dir), "officiel")
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, r)
	}
	c := control.New(sets...)
	for name, d := range examples(t, "") {
		if !written(d.Kind().Name) || strings.HasPrefix(name, "01_") && len(sets) > 0 { // the catalogue itself is not conform
			continue
		}
		again, _ := back(t, name, d)
		r := c.Check(again.XML.Source(), control.Question{})
		for _, f := range r.Findings {
			if f.Severity == finding.Error {
				t.Errorf("%s: %s %s %s: %s", name, f.ID, f.Level, f.Place.Words(), f.Message.EN)
			}
		}
	}
}

func TestWhatIsNoBundleIsRefused(t *testing.T) {
	for _, src := range []string{"", "null", "[]", "{}", `{"resourceType":"Bundle"}`, `{"resourceType":"Bundle","type":"document","entry":[]}`,
		`{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Patient"}}]}`, strings.Repeat("[", 10000)} {
		if _, _, err := ToCDA([]byte(src)); finding.As(err) == nil {
			t.Errorf("%.40q: %v", src, err)
		}
	}
}
