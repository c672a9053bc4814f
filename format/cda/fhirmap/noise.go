package fhirmap

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/xmltree"
)

// What a conversion leaves out on purpose: it says nothing about the patient, and the way back
// makes it again from the kind of the document.

// noiseElements are structure, with the reason of each.
var noiseElements = map[string]string{
	"templateId":    "conformity to CDA models: follows from the kind and the entry",
	"realmCode":     "always FR",
	"typeId":        "always CDA R2",
	"signatureCode": "always S",
}

// noiseAttrs are attributes whose value is fixed by the element or repeats another.
var noiseAttrs = map[string]string{
	"classCode":            "fixed by the model",
	"moodCode":             "fixed by the model",
	"typeCode":             "fixed by the model where it is not read",
	"determinerCode":       "fixed by the model",
	"contextControlCode":   "fixed by the model",
	"contextConductionInd": "fixed by the model",
	"inversionInd":         "fixed by the model",
	"operator":             "fixed by the type of time",
	"codeSystemName":       "repeats codeSystem",
	"representation":       "how a file is encoded, not what it holds",
	"schemaLocation":       "where a validator finds the schema",
	"type":                 "type of an element whose type is fixed by the model",
	"charset":              "how a text is encoded",
	"institutionSpecified": "fixed by the model",
}

// layout are the attributes of a narrative that only lay it out.
var layout = map[string]bool{"border": true, "width": true, "cellpadding": true, "cellspacing": true, "frame": true, "rules": true, "summary": true, "valign": true, "align": true,
	"styleCode": true, "language": true, "revised": true, "listType": true, "headers": true, "scope": true, "abbr": true, "axis": true, "char": true, "charoff": true, "span": true, "height": true, "mediaType": true}

// silent are the nullFlavors that say that nothing is known, as absence does in FHIR. Those that
// say more (masked, asked but unknown, other) are kept or lost.
var silent = map[string]bool{"NI": true, "NA": true, "NAV": true, "UNK": true}

func noiseElement(n xmltree.Node) bool {
	_, ok := noiseElements[n.Local()]
	return ok && n.Space() == cda.NS
}

func noiseInside(n xmltree.Node) bool { return noiseElement(n) }

func noiseAttr(n xmltree.Node, local, value string) bool {
	if local == "displayName" && n.Local() == "confidentialityCode" {
		return true // follows from the code, which FHIR writes alone
	}
	if local == "mediaType" && (n.Local() == "originalText" || n.Local() == "text") && (value == "text/xml" || value == "text/x-hl7-text+xml" || value == "text/plain") {
		return true
	}
	if local == "value" && n.Local() == "reference" && strings.HasPrefix(value, "#") {
		return true // a link into the narrative, whose words are all kept
	}
	if local == "nullFlavor" && silent[value] || local == "negationInd" && value == "false" {
		return true
	}
	if _, ok := noiseAttrs[local]; ok {
		return true
	}
	return layout[local] && inNarrative(n)
}

// inNarrative reports whether an element is inside section/text.
func inNarrative(n xmltree.Node) bool {
	for p := n; p.Exists(); p = p.Parent() {
		if p.Local() == "text" && p.Parent().Local() == "section" {
			return true
		}
	}
	return false
}
