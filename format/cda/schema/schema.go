// Package schema holds the CDA R2 schema with its French and international extensions, ready to
// check documents without any file.
//
// Standard: HL7 CDA R2 (2005) as extended for the CI-SIS: namespaces urn:hl7-org:v3,
// urn:hl7-org:sdtc, urn:oid:1.3.6.1.4.1.19376.1.3.2 (laboratory), urn:ihe:pharm:medication
// (pharmacy) and urn:dicom-org:ps3-20 (imaging). The facts stand in cda.facts, one line each, in
// the notation of format/xsd; the program in gen makes that file again from the official schema.
//
// Missing: the style sheets the official schema also imports (XSLT), which no CDA element uses.
//
// Start at CDA.
package schema

import (
	"bytes"
	_ "embed"
	"sync"

	"github.com/socle-sante/socle/format/xsd"
)

// Root is the file of the official schema the facts are taken from.
const Root = "CDA_extended.xsd"

//go:embed cda.facts
var facts []byte

// CDA gives the schema; it is compiled the first time it is asked for. spec: CDA-R2
var CDA = sync.OnceValue(func() *xsd.Schema {
	s, err := xsd.Load(facts)
	if err != nil {
		panic("format/cda/schema: " + err.Error()) // the file is part of the program
	}
	return s
})

// Facts gives the embedded notation, for who wants to read it.
func Facts() []byte { return bytes.Clone(facts) }
