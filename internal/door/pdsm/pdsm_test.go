package pdsm

import (
	"fmt"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
)

// TestDatesAreInstants: DTMs are UTC, a FHIR date carries its zone.
// spec: FHIR R4 search#date
func TestDatesAreInstants(t *testing.T) {
	e := &xds.DocumentEntry{CreationTime: "20240131233000", ServiceStart: ""}
	for _, c := range []struct {
		raw  string
		want bool
	}{
		{"2024-01-31", true}, {"2024-01", true}, {"2024", true}, {"2024-02-01", false},
		{"2024-01-31T23:30:00Z", true}, {"2024-01-31T23:30Z", true},
		{"2024-02-01T00:30:00+01:00", true}, {"2024-01-31T18:30:00-05:00", true}, {"2024-01-31T18:30:00.000-05:00", true},
		{"ge2024-02-01T00:30:00+01:00", true}, {"gt2024-02-01T00:30:00+01:00", false}, {"gt2024-02-01T00:29:59+01:00", true},
		{"lt2024-02-01T00:30:00+01:00", false}, {"le2024-02-01T00:30:00+01:00", true}, {"ne2024-01-31", false},
	} {
		f, err := dateFilter("creation", c.raw)
		if err != nil {
			t.Errorf("%s: %v", c.raw, err)
			continue
		}
		if f(e) != c.want {
			t.Errorf("%s on %s: %v", c.raw, e.CreationTime, !c.want)
		}
		if f, _ = dateFilter("period", c.raw); f(e) {
			t.Errorf("%s matches a document without a date", c.raw)
		}
	}
	for _, bad := range []string{"", "ge", "xx2024", "2024-13", "2024-02-30", "20240", "2024-01-31T25:00:00Z", "2024-01-31T10:00:00 01:00", "T", "ge2024-01-31T"} {
		if _, err := dateFilter("creation", bad); finding.As(err) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestListsWaitingForTheirNextPageAreBounded(t *testing.T) {
	var s snapshots
	now := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	list := make([]*xds.DocumentEntry, 3000)
	var first, last *snapshot
	for range 20 {
		last = &snapshot{caller: "a", entries: list, count: 200}
		s.put(last, now)
		if first == nil {
			first = last
		}
	}
	if s.waiting > maxWaiting || len(s.kept) != len(s.order) || len(s.kept) > maxWaiting/len(list) {
		t.Fatalf("%d entries wait in %d lists", s.waiting, len(s.kept))
	}
	for _, c := range []struct {
		name, page, caller string
		at                 time.Time
		want               bool
	}{
		{"the newest list", last.token + ".200", "a", now, true},
		{"its last entry", last.token + ".2999", "a", now, true},
		{"past its end", last.token + ".3000", "a", now, false},
		{"before its beginning", last.token + ".-1", "a", now, false},
		{"no beginning", last.token, "a", now, false},
		{"somebody else's", last.token + ".200", "b", now, false},
		{"too late", last.token + ".200", "a", now.Add(pageLife + time.Second), false},
		{"the list that made room", first.token + ".200", "a", now, false},
	} {
		if n, _ := s.get(c.page, c.caller, c.at); (n != nil) != c.want {
			t.Errorf("%s: %v", c.name, n != nil)
		}
	}
	s.put(&snapshot{caller: "a", entries: list[:1], count: 1}, now.Add(2*pageLife))
	if s.waiting != 1 || len(s.kept) != 1 {
		t.Errorf("expired lists stay: %d entries in %d lists", s.waiting, len(s.kept))
	}
}

// TestPatchesOfSecurityLabels runs JSON Patch and FHIRPath patches on a masked document.
// spec: PDSm 4.1 (flux 03)
func TestPatchesOfSecurityLabels(t *testing.T) {
	normal, masked := xds.Code{Code: "N", System: xds.ConfidentialitySystem}, xds.Code{Code: xds.MasquePS, System: xds.VisibilitySystem}
	value := func(code string) string {
		return fmt.Sprintf(`{"coding":[{"system":"urn:oid:%s","code":%q}]}`, xds.VisibilitySystem, code)
	}
	for _, c := range []struct {
		name, body string
		json       bool
		before     []xds.Code
		want       string // visibility codes that come (+) and go (-), or the id of the refusal
	}{
		{"add", `[{"op":"add","path":"/securityLabel/-","value":` + value("MASQUE_PS") + `}]`, true, []xds.Code{normal}, "+MASQUE_PS"},
		{"add what is there", `[{"op":"add","path":"/securityLabel/-","value":` + value("MASQUE_PS") + `}]`, true, []xds.Code{normal, masked}, ""},
		{"remove", `[{"op":"remove","path":"/securityLabel/1"}]`, true, []xds.Code{normal, masked}, "-MASQUE_PS"},
		{"test then remove", `[{"op":"test","path":"/securityLabel/1","value":` + value("MASQUE_PS") + `},{"op":"remove","path":"/securityLabel/1"}]`, true, []xds.Code{normal, masked}, "-MASQUE_PS"},
		{"test that fails", `[{"op":"test","path":"/securityLabel/0","value":` + value("MASQUE_PS") + `}]`, true, []xds.Code{normal}, "XDS-VERSION"},
		{"replace the list", `[{"op":"replace","path":"/securityLabel","value":[` + value("MASQUE_PS") + `]}]`, true, []xds.Code{normal}, "+MASQUE_PS"},
		{"beyond the list", `[{"op":"remove","path":"/securityLabel/7"}]`, true, []xds.Code{normal}, "FHIR-PATCH"},
		{"negative", `[{"op":"remove","path":"/securityLabel/-1"}]`, true, []xds.Code{normal}, "FHIR-PATCH"},
		{"another element", `[{"op":"replace","path":"/status","value":"superseded"}]`, true, []xds.Code{normal}, "FHIR-PATCH-CHEMIN"},
		{"confidentiality itself", `[{"op":"add","path":"/securityLabel/-","value":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]}}]`, true, []xds.Code{normal}, "FHIR-PATCH-CHEMIN"},
		{"no coding", `[{"op":"add","path":"/securityLabel/-","value":{}}]`, true, []xds.Code{normal}, "FHIR-PATCH"},
		{"no JSON", `[`, true, []xds.Code{normal}, "FHIR-PATCH"},
		{"FHIRPath add", `{"resourceType":"Parameters","parameter":[{"part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"DocumentReference"},{"name":"name","valueString":"securityLabel"},{"name":"value","valueCodeableConcept":` + value("MASQUE_PS") + `}]}]}`, false, []xds.Code{normal}, "+MASQUE_PS"},
		{"FHIRPath delete", `{"resourceType":"Parameters","parameter":[{"part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"DocumentReference.securityLabel[1]"}]}]}`, false, []xds.Code{normal, masked}, "-MASQUE_PS"},
		{"FHIRPath elsewhere", `{"resourceType":"Parameters","parameter":[{"part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"DocumentReference.status"}]}]}`, false, []xds.Code{normal}, "FHIR-PATCH-CHEMIN"},
		{"FHIRPath overflow", `{"resourceType":"Parameters","parameter":[{"part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"DocumentReference.securityLabel[99999999999999999999]"}]}]}`, false, []xds.Code{normal}, "FHIR-PATCH"},
		{"not Parameters", `{"resourceType":"Patient"}`, false, []xds.Code{normal}, "FHIR-PATCH"},
	} {
		apply := applyParameters
		if c.json {
			apply = applyJSONPatch
		}
		labels, err := apply(append([]xds.Code(nil), c.before...), []byte(c.body))
		var changes []change
		if err == nil {
			changes, err = visibilityChanges(c.before, labels)
		}
		got := ""
		for _, ch := range changes {
			got += map[bool]string{true: "+", false: "-"}[ch.on] + ch.code
		}
		if r := finding.As(err); r != nil {
			got = r.ID
		}
		if got != c.want {
			t.Errorf("%s: %q (%v), want %q", c.name, got, err, c.want)
		}
	}
}

func FuzzPatch(f *testing.F) {
	f.Add([]byte(`[{"op":"add","path":"/securityLabel/-","value":{"coding":[{"code":"x"}]}}]`))
	f.Add([]byte(`{"resourceType":"Parameters","parameter":[{"part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"DocumentReference.securityLabel[0]"}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		before := []xds.Code{{Code: "N", System: xds.ConfidentialitySystem}, {Code: xds.MasquePS, System: xds.VisibilitySystem}}
		for _, apply := range []func([]xds.Code, []byte) ([]xds.Code, error){applyJSONPatch, applyParameters} {
			labels, err := apply(append([]xds.Code(nil), before...), body)
			if err == nil {
				_, _ = visibilityChanges(before, labels)
			} else if finding.As(err) == nil {
				t.Fatalf("not a refusal: %v", err)
			}
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"ge2024", "2024-01-31T10:00:00+01:00", "T", "gt", "2024-01"} {
		f.Add(s)
	}
	e := &xds.DocumentEntry{CreationTime: "20240131"}
	f.Fuzz(func(t *testing.T, raw string) {
		match, err := dateFilter("creation", raw)
		if err == nil {
			match(e)
		} else if finding.As(err) == nil {
			t.Fatalf("not a refusal: %v", err)
		}
	})
}
