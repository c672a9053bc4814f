package control_test

import (
	"fmt"
	"os"
	"time"

	"github.com/socle-sante/socle/format/cda/control"
	"github.com/socle-sante/socle/format/cda/official"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/report"
)

// letter is hardly a CDA.
const letter = `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
  <realmCode code="US"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
</ClinicalDocument>`

// Without any folder, the schema and Socle's own rules are applied.
func Example() {
	c := control.New()
	r := c.Check([]byte(letter), control.Question{Now: time.Now()})
	fmt.Println("conform:", r.Conform())
	for _, f := range r.Findings {
		if f.Found == "US" {
			fmt.Printf("line %d, column %d: %s\n", f.Place.Line, f.Place.Column, f.Message.In("en"))
		}
	}
	// Output:
	// conform: false
	// line 3, column 14: realmCode/@code is “US”; expected: FR.
}

// With a clone of the official repository, every level runs; the edition is the document's own.
func ExampleNew() {
	rules, err := official.Load(os.DirFS("TestContenuCDA-3-0"), "officiel")
	if err != nil {
		fmt.Println(finding.As(err).ID)
		return
	}
	r := control.New(rules).Check([]byte(letter), control.Question{Now: time.Now()})
	fmt.Println(r.Official, r.Edition, r.Levels)
	// Output: REGLES-DOSSIER
}

// A mode says which findings refuse a deposit.
func ExampleReport_Refusing() {
	r := control.New().Check([]byte(letter), control.Question{})
	for _, m := range []control.Mode{control.Lenient, control.CISIS, control.Strict} {
		fmt.Println(m, len(r.Refusing(m)) > 0)
	}
	// Output:
	// lenient false
	// ci-sis true
	// strict true
}

// What cannot be read says why; it is never an error of the program.
func ExampleController_Check() {
	for _, raw := range []string{"<a", "<a/>", `<!DOCTYPE a><a/>`} {
		r := control.New().Check([]byte(raw), control.Question{})
		fmt.Println(r.Unusable, r.Findings[0].Message.In("fr") != "")
	}
	// Output:
	// xml true
	// kind true
	// doctype true
}

// A report is written for people or for machines by format/report.
func ExampleReport() {
	r := control.New().Check([]byte("<a/>"), control.Question{})
	file := report.Of("lettre.xml", &r, "fr")
	w, err := report.NewWriter("json", os.Stdout, report.Options{Lang: "fr"})
	if err != nil {
		fmt.Println(err)
		return
	}
	file.Findings = file.Findings[:0] // for the width of this page
	if err := w.Write(&file, nil); err != nil {
		fmt.Println(err)
	}
	// Output: {"file":"lettre.xml","kind":"","conform":false,"unusable":"kind","levels":{},"findings":[]}
}
