package control

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/socle-sante/socle/format/cda/official"
)

// A document that spends the budget of the rules inside the context of a rule, so that the rule
// never fires, is not conform: silence is not a verdict.
func TestSpentBudgetIsNotConformity(t *testing.T) {
	fsys := fstest.MapFS{
		"schematrons/profils/IHE.sch": {Data: []byte(`<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2"><ns prefix="cda" uri="urn:hl7-org:v3"/>` +
			`<pattern id="p"><rule context="cda:component[count(../*[count(preceding-sibling::*) = -1]) = 1]"><assert test="true()">never</assert></rule></pattern></schema>`)},
		"jeuxDeValeurs/JDV_X.xml": {Data: []byte(`<x/>`)},
	}
	rules, err := official.Load(fsys, "petit")
	if err != nil || len(rules.Problems) > 3 {
		t.Fatal(err, rules.Problems)
	}
	document := func(n int) []byte {
		return []byte(`<ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><component><structuredBody>` +
			strings.Repeat("<component/>", n) + `</structuredBody></component></ClinicalDocument>`)
	}
	said := func(n int) int {
		r := New(rules).Check(document(n), Question{})
		k := 0
		for _, f := range r.Findings {
			if f.ID == "REGLE-BUDGET" {
				k++
			}
		}
		return k
	}
	if n := said(10); n != 0 {
		t.Errorf("a small document is said to spend the budget")
	}
	if n := said(9000); n != 1 {
		t.Errorf("a spent budget is said %d times", n)
	}
}

// An edition nobody has is said, never ignored.
func TestUnknownEditionIsSaid(t *testing.T) {
	doc := []byte(`<ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/></ClinicalDocument>`)
	for asked, want := range map[string]bool{"": false, "1999.01": true} {
		r := New().Check(doc, Question{Edition: asked})
		said := false
		for _, f := range r.Findings {
			said = said || f.ID == "CONTROLE-EDITION" && f.Found == asked
		}
		if said != want {
			t.Errorf("edition %q: said %v", asked, said)
		}
	}
}
