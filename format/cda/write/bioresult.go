package write

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/oid"
)

const templateResultFR = "1.2.250.1.213.1.1.3.80"

// interpretationNames are the French words of the flags most used.
var interpretationNames = map[string]string{
	"N": "Normal", "A": "Anormal", "AA": "Anormal critique", "H": "Anormalement haut", "HH": "Critique haut", "L": "Anormalement bas", "LL": "Critique bas",
	"S": "Sensible", "I": "Intermédiaire", "R": "Résistant", "POS": "Positif", "NEG": "Négatif", "<": "Inférieur au seuil", ">": "Supérieur au seuil",
}

// result writes one observation, in the order of the schema.
//
// spec: CI-SIS cda §5.3
func (w *bioWriter) result(r *bio.Result, refs *references) {
	ids := refs.result[r]
	w.open("observation", "classCode", "OBS", "moodCode", "EVN")
	w.leaf("templateId", "root", bio.TemplateResult)
	w.leaf("templateId", "root", templateResultFR)
	w.code("code", resultCode(r, ids.label))
	w.leaf("statusCode", "code", orElse(r.Status, "completed"))
	if r.Time != "" {
		w.leaf("effectiveTime", "value", r.Time)
	}
	w.value(&r.Value, ids.value)
	for i := range r.Others {
		w.value(&r.Others[i], "")
	}
	for _, i := range r.Interpretation {
		w.leaf("interpretationCode", "code", i, "displayName", interpretationNames[i], "codeSystem", oid.Interpretation)
	}
	if r.Method != "" {
		w.open("methodCode")
		w.open("originalText")
		w.leaf("reference", "value", "#"+ids.method)
		w.end("originalText", "methodCode")
	}
	for i := range r.Previous {
		w.earlier(r, &r.Previous[i])
	}
	for i := range r.Comments {
		w.open("entryRelationship", "typeCode", "SUBJ")
		w.comment(ids.comments[i])
		w.end("entryRelationship")
	}
	if r.Reference != nil {
		w.reference(r.Reference)
	}
	w.end("observation")
}

func resultCode(r *bio.Result, label string) cda.CD {
	c := cda.CD{OriginalRef: "#" + label}
	if r.Code != "" {
		c.Code, c.Display, c.System, c.SystemName = r.Code, r.Display, oid.LOINC, "LOINC"
	}
	for _, o := range r.OtherCodes {
		c.Translations = append(c.Translations, cda.CD{Code: o.Code, System: o.System, Display: o.Display})
	}
	return c
}

// value writes a value of any type; ref is the ID of the words when the value is only words.
func (w *bioWriter) value(v *bio.Value, ref string) {
	switch v.Type {
	case "PQ":
		w.physical("value", v)
	case "IVL_PQ":
		w.open("value", "xsi:type", "IVL_PQ")
		w.ends(v.Low, v.LowInclusive, v.High, v.HighInclusive, v.Unit)
		w.end("value")
	case "CD", "CE":
		c := cda.CD{Code: v.ValueCode, System: v.ValueSystem, Display: v.ValueDisplay}
		if v.Text != "" && ref != "" {
			c.OriginalRef = "#" + ref
		}
		for _, t := range v.Translations {
			c.Translations = append(c.Translations, cda.CD{Code: t.Code, System: t.System, Display: t.Display})
		}
		w.code("value", c, "xsi:type", v.Type)
	case "ST", "ED":
		w.text("value", orElse(v.Text, v.Value), "xsi:type", v.Type)
	default:
		w.leaf("value", "xsi:type", v.Type, "value", v.Value, "nullFlavor", v.Null)
	}
}

func (w *bioWriter) physical(name string, v *bio.Value) {
	if len(v.Translations) == 0 {
		w.leaf(name, "xsi:type", "PQ", "value", v.Value, "unit", v.Unit, "nullFlavor", v.Null)
		return
	}
	w.open(name, "xsi:type", "PQ", "value", v.Value, "unit", v.Unit)
	for _, t := range v.Translations {
		w.leaf("translation", "value", t.Value, "code", t.Unit, "codeSystem", orElse(t.System, oid.UCUM))
	}
	w.end(name)
}

func (w *bioWriter) ends(low string, lowIn *bool, high string, highIn *bool, unit string) {
	if low != "" {
		w.leaf("low", "value", low, "unit", unit, "inclusive", open(lowIn))
	}
	if high != "" {
		w.leaf("high", "value", high, "unit", unit, "inclusive", open(highIn))
	}
}

// open says "false" for an open end and nothing for a closed one, which is the default.
func open(inclusive *bool) string {
	if inclusive != nil && !*inclusive {
		return "false"
	}
	return ""
}

func (w *bioWriter) reference(r *bio.Reference) {
	w.open("referenceRange", "typeCode", "REFV")
	w.open("observationRange", "classCode", "OBS", "moodCode", "EVN.CRT")
	if r.Low == "" && r.High == "" {
		w.text("text", r.Text)
	} else {
		w.open("value", "xsi:type", "IVL_PQ")
		w.ends(r.Low, r.LowInclusive, r.High, r.HighInclusive, r.Unit)
		w.end("value")
	}
	w.leaf("interpretationCode", "code", "N", "displayName", "Normal", "codeSystem", oid.Interpretation)
	w.end("observationRange", "referenceRange")
}

// earlier writes a previous result: dated and completed.
//
// spec: CI-SIS cda §5.3
func (w *bioWriter) earlier(r *bio.Result, e *bio.Earlier) {
	w.open("entryRelationship", "typeCode", "REFR")
	w.open("observation", "classCode", "OBS", "moodCode", "EVN")
	switch {
	case r.Code != "":
		w.code("code", loinc(r.Code, r.Display))
	default:
		w.leaf("code", "nullFlavor", "NA")
	}
	w.leaf("statusCode", "code", "completed")
	if e.Time != "" {
		w.leaf("effectiveTime", "value", e.Time)
	} else {
		w.leaf("effectiveTime", "nullFlavor", "UNK")
	}
	w.value(&e.Value, "")
	w.end("observation", "entryRelationship")
}
