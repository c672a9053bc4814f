package ebxml

import (
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/format/xmltree"
)

func full() *xds.Submission {
	e := xds.DocumentEntry{
		EntryUUID: "Document01", UniqueID: "1.2.3.4^x<&\"", PatientID: "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH", SourcePatientID: "42^^^&1.2.9&ISO^PI",
		SourcePatientInfo: []string{"PID-5|PAT-TROIS^DOMINIQUE^^^^^L", "PID-7|19790328", "PID-8|F"}, Title: "Compte rendu d'examens \"biologiques\" <é>", Comments: "à relire\nvite",
		Language: "fr-FR", MimeType: "text/xml", Hash: "da39a3ee5e6b4b0d3255bfef95601890afd80709", Size: 12, CreationTime: "20260101", ServiceStart: "202601010930", ServiceStop: "20260102",
		URI:   strings.Repeat("http://example.test/", 20),
		Class: xds.Code{Code: "10", System: "1.2.250.1.213.1.1.4.1", Display: "Compte rendu"}, Type: xds.Code{Code: "11502-2", System: "2.16.840.1.113883.6.1", Display: "CR"},
		Format: xds.Code{Code: "urn:ihe:lab:xd-lab:2008", System: "1.3.6.1.4.1.19376.1.2.3"}, Facility: xds.Code{Code: "SA25", System: "1.2.250.1.71.4.2.4", Display: "Labo"},
		Practice:        xds.Code{Code: "AMBULATOIRE", System: "1.2.250.1.213.1.1.4.9", Display: "Ambulatoire"},
		Confidentiality: []xds.Code{{Code: "N", System: xds.ConfidentialitySystem, Display: "Normal"}, {Code: xds.MasquePS, System: xds.VisibilitySystem, Display: "Masqué"}},
		Events:          []xds.Code{{Code: "A", System: "1.2.3", Display: "a"}, {Code: "B", System: "1.2.3", Display: "b"}},
		Authors: []xds.Author{{Person: "801234^DUPONT^Jean^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS", Institutions: []string{"Labo^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1120"},
			Roles: []string{"PCP"}, Specialties: []string{"G15_10/SM03^Médecin^1.2.250.1.213.1.1.4.5"}, Telecoms: []string{"^^^x@y"}}},
		LegalAuth: "801234^DUPONT^Jean^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS", ReferenceIDs: []string{"7^^^&1.2.5&ISO^urn:ihe:iti:xds:2013:order"},
		Extra: []xds.Slot{{Name: "urn:test:a", Values: []string{"1", "2"}}},
	}
	return &xds.Submission{
		Set: xds.SubmissionSet{EntryUUID: "Set01", UniqueID: "1.2.3", SourceID: "1.2.4", PatientID: e.PatientID, SubmissionTime: "20260103", Title: "t", Comments: "c",
			ContentType: xds.Code{Code: "07", System: "1.2.250.1.213.2.2", Display: "x"}, Authors: []xds.Author{{Person: "a"}}, Recipients: []string{"|r"}},
		Entries:      []xds.DocumentEntry{e},
		Associations: []xds.Association{{EntryUUID: "A1", Type: xds.HasMember, Source: "Set01", Target: "Document01", SetStatus: "Original"}, {EntryUUID: "A2", Type: xds.RPLC, Source: "Document01", Target: "urn:uuid:x"}},
	}
}

// TestRoundTrip writes a submission and reads the same back.
func TestRoundTrip(t *testing.T) {
	want := full()
	got := parse(t, string(AppendSubmission(nil, want)))
	again := string(AppendSubmission(nil, got))
	if first := string(AppendSubmission(nil, want)); again != first {
		t.Errorf("what was read writes differently:\n%s\n%s", first, again)
	}
	e, w := got.Entries[0], want.Entries[0]
	if e.Title != w.Title || e.UniqueID != w.UniqueID || e.URI != w.URI || e.Size != w.Size || len(e.Confidentiality) != 2 || e.Authors[0].Specialties[0] != w.Authors[0].Specialties[0] ||
		e.Extra[0].Values[1] != "2" || got.Set.Recipients[0] != "|r" || got.Associations[1].Type != xds.RPLC {
		t.Errorf("lost on the way: %+v", e)
	}
}

func parse(t *testing.T, s string) *xds.Submission {
	t.Helper()
	d, err := xmltree.Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	sub, err := ReadSubmission(d.Root())
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// TestSamplesOfTheFieldAreRead holds the leniences real samples need.
// spec: DMP 1.2
func TestSamplesOfTheFieldAreRead(t *testing.T) {
	s := string(AppendSubmission(nil, full()))
	for _, cut := range []string{` objectType="` + objClassification + `"`, ` objectType="` + objExternalID + `"`, ` objectType="` + objStable + `"`, ` registryObject="Document01"`, ` classifiedObject="Document01"`} {
		if !strings.Contains(s, cut) {
			t.Fatalf("the test no longer cuts %s", cut)
		}
		s = strings.ReplaceAll(s, cut, "")
	}
	s = strings.ReplaceAll(s, `xml:lang="fr-FR"`, `xml:lang="FR"`)
	s = strings.ReplaceAll(s, string(xds.HasMember), "HasMember")
	if sub := parse(t, s); len(sub.Entries) != 1 || sub.Associations[0].Type != xds.HasMember {
		t.Errorf("not read: %+v", sub)
	}
}

// TestRefusalsNameThePlace alters a good submission, one thing at a time.
func TestRefusalsNameThePlace(t *testing.T) {
	good := string(AppendSubmission(nil, full()))
	for _, c := range []struct{ name, from, to, says string }{
		{"unknown slot", `name="creationTime"`, `name="creationTimes"`, "creationTimes"},
		{"unknown scheme", deClass, "urn:uuid:nope", "urn:uuid:nope"},
		{"two values", `<rim:Value>20260101</rim:Value>`, `<rim:Value>20260101</rim:Value><rim:Value>2</rim:Value>`, "creationTime"},
		{"size in words", `<rim:Value>12</rim:Value>`, `<rim:Value>douze</rim:Value>`, "douze"},
		{"unknown association", string(xds.RPLC), "urn:RPLX", "urn:RPLX"},
		{"on-demand", objStable, objOnDemand, "on-demand"},
		{"no set", `RegistryPackage`, `Organization`, "Organization"},
	} {
		d, err := xmltree.Parse([]byte(strings.ReplaceAll(good, c.from, c.to)))
		if err != nil {
			t.Fatal(c.name, err)
		}
		_, err = ReadSubmission(d.Root())
		r := finding.As(err)
		if r == nil || !strings.Contains(strings.ToLower(r.Message.EN), strings.ToLower(c.says)) || r.Where == "" || r.Code == "" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestQueryParameters(t *testing.T) {
	for in, want := range map[string]string{
		"'a'": "a", "'l''été'": "l'été", "('a','b')": "a|b", " ( 'a' , 'b' ) ": "a|b", "20260101": "20260101", "('x^^1.2.3')": "x^^1.2.3", "(1,2)": "1|2", "''": "",
	} {
		got, ok := parseParam(in)
		if !ok || strings.Join(got, "|") != want {
			t.Errorf("%s: %v %v", in, got, ok)
		}
	}
	for _, bad := range []string{"", "abc", "'a", "('a'", "('a' 'b')", "'a','b'", "()"} {
		if got, ok := parseParam(bad); ok {
			t.Errorf("%q read as %v", bad, got)
		}
	}
}

func TestQueryRoundTrip(t *testing.T) {
	q := &xds.Query{ID: xds.FindDocuments, ReturnLeaf: true, Slots: []xds.Slot{{Name: "$XDSDocumentEntryPatientId", Values: []string{"1^^^&2&ISO^NH"}},
		{Name: "$XDSDocumentEntryStatus", Values: []string{"a", "b"}}, {Name: "$XDSDocumentEntryCreationTimeFrom", Values: []string{"2026"}}}}
	d, err := xmltree.Parse(AppendQuery(nil, q))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadQuery(d.Root())
	if err != nil || got.ID != q.ID || !got.ReturnLeaf || len(got.Slots) != 3 || got.Slots[1].Values[1] != "b" || got.Slots[2].Values[0] != "2026" {
		t.Errorf("%+v %v", got, err)
	}
}

// TestQueriesAreBounded: what is compared with every document of a record stays small.
func TestQueriesAreBounded(t *testing.T) {
	read := func(slots ...xds.Slot) string {
		d, err := xmltree.Parse(AppendQuery(nil, &xds.Query{ID: xds.FindDocuments, Slots: slots}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = ReadQuery(d.Root())
		if r := finding.As(err); r != nil {
			return r.ID
		}
		return ""
	}
	title := func(n int) xds.Slot {
		return xds.Slot{Name: "$XDSDocumentEntryTitle", Values: []string{strings.Repeat("%a", n)}}
	}
	if got := read(title(maxParam / 2)); got != "" {
		t.Errorf("a long pattern: %s", got)
	}
	if got := read(title(maxParam/2 + 1)); got != "EBRIM-REQUETE" {
		t.Errorf("a pattern too long: %q", got)
	}
	many := make([]xds.Slot, maxSlots+1)
	for i := range many {
		many[i] = title(1)
	}
	if got := read(many...); got != "EBRIM-REQUETE" {
		t.Errorf("too many parameters: %q", got)
	}
}

func FuzzReadSubmission(f *testing.F) {
	f.Add(AppendSubmission(nil, full()))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := xmltree.Parse(b)
		if err != nil {
			return
		}
		sub, err := ReadSubmission(d.Root())
		if err != nil {
			if finding.As(err) == nil {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		if _, err := xmltree.Parse(AppendSubmission(nil, sub)); err != nil {
			t.Fatalf("written badly: %v", err)
		}
	})
}

func FuzzParam(f *testing.F) {
	f.Add("('a','b')")
	f.Fuzz(func(t *testing.T, s string) {
		if vals, ok := parseParam(s); ok && len(vals) == 0 {
			t.Fatal("no value")
		}
	})
}

// BenchmarkReadSubmission measures the metadata of one document.
func BenchmarkReadSubmission(b *testing.B) {
	raw := AppendSubmission(nil, full())
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := xmltree.Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := ReadSubmission(d.Root()); err != nil {
			b.Fatal(err)
		}
	}
}
