package web

import (
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/xds"
)

// kind is what a document is, as the timeline says it: a shape and a word.
type kind string

// The kinds, in the order of the filters.
const (
	kindBio      kind = "bio"
	kindImage    kind = "imagerie"
	kindReport   kind = "rapport"
	kindRx       kind = "ordonnance"
	kindSummary  kind = "synthese"
	kindVaccine  kind = "vaccin"
	kindCare     kind = "soin"
	kindPersonal kind = "personnel"
	kindOther    kind = "autre"
)

var kinds = []kind{kindBio, kindImage, kindReport, kindRx, kindSummary, kindVaccine, kindCare, kindPersonal, kindOther}

// types that a class alone does not tell apart.
var kindOfType = map[string]kind{
	"11502-2": kindBio, "11369-6": kindVaccine, "87273-9": kindVaccine, "82593-5": kindVaccine,
	"18748-4": kindImage, "18725-2": kindBio,
}

var kindOfClass = map[string]kind{
	"10": kindReport, "11": kindSummary, "31": kindImage, "42": kindRx, "43": kindRx, "44": kindCare, "45": kindCare,
	"52": kindReport, "60": kindOther, "90": kindPersonal, "95": kindOther,
}

// kindOf tells the kind of a document from its type, then from the class of its type.
func kindOf(e *xds.DocumentEntry) kind {
	if k, ok := kindOfType[e.Type.Code]; ok {
		return k
	}
	class := e.Class.Code
	if c, ok := nos.ClassOf(e.Type.Code); ok {
		class = c.Code
	}
	if k, ok := kindOfClass[class]; ok {
		return k
	}
	return kindOther
}

func knownKind(s string) kind {
	for _, k := range kinds {
		if string(k) == s {
			return k
		}
	}
	return ""
}
