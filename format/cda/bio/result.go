package bio

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/xmltree"
)

// Result is one row. Its JSON form is the one of `socle show --format json`.
//
// spec: DESIGN §4 show
type Result struct {
	Code      string `json:"code,omitempty"`
	System    string `json:"system,omitempty"`
	Display   string `json:"display,omitempty"`
	Label     string `json:"label,omitempty"` // what the document shows to people
	LocalCode string `json:"local_code,omitempty"`

	Value // of the result

	Reference      *Reference `json:"reference,omitempty"`
	Interpretation []string   `json:"interpretation,omitempty"`
	Status         string     `json:"status,omitempty"`
	Time           string     `json:"time,omitempty"`

	Chapter    string    `json:"chapter,omitempty"`
	SubChapter string    `json:"sub_chapter,omitempty"`
	Group      string    `json:"group,omitempty"` // battery
	Germ       string    `json:"germ,omitempty"`  // isolate
	OtherCodes []Code    `json:"other_codes,omitempty"`
	Others     []Value   `json:"other_values,omitempty"` // a second value element and beyond
	Method     string    `json:"method,omitempty"`
	Specimen   *Specimen `json:"specimen,omitempty"`
	Previous   []Earlier `json:"previous,omitempty"`
	Comments   []string  `json:"comments,omitempty"`
	Validator  string    `json:"validator,omitempty"`
	Performer  string    `json:"performer,omitempty"`

	Node xmltree.Node `json:"-"` // the observation
}

// Value is one value element, whatever its type.
type Value struct {
	Type          string        `json:"type,omitempty"` // PQ, IVL_PQ, REAL, INT, CD, CE, ST, ED, TS…
	Value         string        `json:"value,omitempty"`
	Unit          string        `json:"unit,omitempty"`
	Low           string        `json:"low,omitempty"`
	LowInclusive  *bool         `json:"low_inclusive,omitempty"`
	High          string        `json:"high,omitempty"`
	HighInclusive *bool         `json:"high_inclusive,omitempty"`
	ValueCode     string        `json:"value_code,omitempty"`
	ValueSystem   string        `json:"value_system,omitempty"`
	ValueDisplay  string        `json:"value_display,omitempty"`
	Text          string        `json:"text,omitempty"`
	Null          string        `json:"null_flavor,omitempty"`
	Translations  []Translation `json:"translations,omitempty"`
}

// Translation is the same value in another unit, or the same coded value in another system.
type Translation struct {
	Value   string `json:"value,omitempty"`
	Unit    string `json:"unit,omitempty"`
	Code    string `json:"code,omitempty"`
	System  string `json:"system,omitempty"`
	Display string `json:"display,omitempty"`
}

// Code is another code of the same analysis: waiting code, local code.
type Code struct {
	Code    string `json:"code,omitempty"`
	System  string `json:"system,omitempty"`
	Display string `json:"display,omitempty"`
}

// Reference is the reference interval; one end may be open.
type Reference struct {
	Low           string `json:"low,omitempty"`
	LowInclusive  *bool  `json:"low_inclusive,omitempty"`
	High          string `json:"high,omitempty"`
	HighInclusive *bool  `json:"high_inclusive,omitempty"`
	Unit          string `json:"unit,omitempty"`
	Text          string `json:"text,omitempty"`
}

// Specimen is what the analysis was made on.
type Specimen struct {
	ID       string `json:"id,omitempty"`
	Code     string `json:"code,omitempty"`
	Nature   string `json:"nature,omitempty"`
	Sampled  string `json:"sampled,omitempty"`
	Received string `json:"received,omitempty"`
}

// Earlier is a previous result the report recalls.
type Earlier struct {
	Time string `json:"time,omitempty"`
	Value
}

// abnormal holds the interpretation codes that call for attention.
//
// spec: CI-SIS cda §5.4
var abnormal = map[string]bool{"A": true, "AA": true, "H": true, "HH": true, "HU": true, "HX": true, "L": true, "LL": true, "LU": true, "LX": true, "<": true, ">": true, "R": true, "POS": true, "E": true}

// Abnormal reports whether the laboratory flagged the result.
func (r *Result) Abnormal() bool {
	for _, c := range r.Interpretation {
		if abnormal[c] {
			return true
		}
	}
	return false
}

// Shown writes the value for people: "1.950 m[IU]/L", "< 0.128 ug/mL", "Négatif".
func (v Value) Shown() string {
	switch {
	case v.Value != "" && v.Unit != "" && v.Unit != "1":
		return v.Value + " " + v.Unit
	case v.Value != "":
		return v.Value
	case v.Low != "" || v.High != "":
		return interval(v)
	case v.ValueDisplay != "":
		return v.ValueDisplay
	case v.Text != "":
		return v.Text
	}
	return v.ValueCode
}

func interval(v Value) string {
	unit := ""
	if v.Unit != "" && v.Unit != "1" {
		unit = " " + v.Unit
	}
	closed := func(b *bool) bool { return b == nil || *b }
	switch {
	case v.High == "" && closed(v.LowInclusive):
		return "≥ " + v.Low + unit
	case v.High == "":
		return "> " + v.Low + unit
	case v.Low == "" && closed(v.HighInclusive):
		return "≤ " + v.High + unit
	case v.Low == "":
		return "< " + v.High + unit
	}
	return v.Low + " – " + v.High + unit
}

func (b *builder) result(n xmltree.Node, ctx *context) Result {
	r := Result{Chapter: ctx.chapter, SubChapter: ctx.sub, Group: ctx.group, Germ: ctx.germ, Specimen: ctx.specimen, Node: n}
	values := 0
	for c := range n.Elements() {
		switch c.Local() {
		case "code":
			b.setCode(&r, cda.ReadCD(c))
		case "statusCode":
			r.Status = c.Attr("code")
		case "effectiveTime":
			t := cda.ReadTime(c)
			if r.Time = t.Start().Raw; r.Time == "" {
				r.Time = t.End().Raw
			}
		case "value":
			if values++; values == 1 {
				r.Value = b.value(c)
			} else {
				r.Others = append(r.Others, b.value(c))
			}
		case "interpretationCode":
			if code := c.Attr("code"); code != "" {
				r.Interpretation = append(r.Interpretation, code)
			}
		case "methodCode":
			r.Method = b.label(cda.ReadCD(c))
		case "referenceRange":
			if r.Reference == nil {
				r.Reference = b.reference(c.Child(cda.NS, "observationRange"))
			}
		case "performer":
			a := cda.ReadActor(c)
			r.Performer = a.Label()
		case "participant":
			if c.Attr("typeCode") == "AUTHEN" {
				r.Validator = participantName(c)
			}
		case "entryRelationship":
			b.related(&r, c)
		}
	}
	return r
}

func (b *builder) setCode(r *Result, c cda.CD) {
	r.Code, r.System, r.Display = c.Code, c.System, strings.TrimSpace(c.Display)
	r.Label, r.LocalCode = b.label(c), localCode(c)
	for _, t := range c.Translations {
		r.OtherCodes = append(r.OtherCodes, Code{t.Code, t.System, t.Display})
	}
}

// related reads a previous result (REFR) or a comment (SUBJ).
//
// spec: CI-SIS cda §5.3
func (b *builder) related(r *Result, n xmltree.Node) {
	if o := n.Child(cda.NS, "observation"); o.Exists() && n.Attr("typeCode") == "REFR" {
		t := cda.ReadTime(o.Child(cda.NS, "effectiveTime"))
		e := Earlier{Time: t.Start().Raw, Value: b.value(o.Child(cda.NS, "value"))}
		r.Previous = append(r.Previous, e)
		return
	}
	a := n.Child(cda.NS, "act")
	if a.Child(cda.NS, "code").Attr("code") != "48767-8" {
		return
	}
	if text := b.text(a.Child(cda.NS, "text")); text != "" {
		r.Comments = append(r.Comments, text)
	}
}

// text is a text element: its reference resolved, else its own words.
func (b *builder) text(n xmltree.Node) string {
	if ref := n.Child(cda.NS, "reference").Attr("value"); ref != "" {
		if s := b.d.ResolveRef(ref); s != "" {
			return s
		}
	}
	return cda.PlainLine(n)
}

func participantName(n xmltree.Node) string {
	name := n.Path(cda.NS, "participantRole", "playingEntity", "name")
	return cda.PlainLine(name)
}
