package write

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
)

// references says where in the narrative each thing is written: an entry points there.
type references struct {
	result   map[*bio.Result]resultIDs
	label    map[any]string // *Battery, *Isolate
	specimen string
	comment  string
}

type resultIDs struct {
	label, value, method string
	comments             []string
}

// narrative writes the table people read. Every coded result is in it: it is the legal content.
//
// spec: CI-SIS cda §5.5
func (w *bioWriter) narrative(s *SubChapter) *references {
	refs := &references{result: map[*bio.Result]resultIDs{}, label: map[any]string{}}
	w.open("text")
	if s.Specimen != nil {
		refs.specimen = w.id("prelevement-")
		w.open("paragraph")
		w.escape("Prélèvement : ", false)
		w.content(refs.specimen, orElse(s.Specimen.Nature, "non précisé"), "")
		if d := day(s.Specimen.Sampled); d != "" {
			w.escape(" du "+d, false)
		}
		w.end("paragraph")
	}
	w.open("table", "border", "0")
	w.open("thead")
	w.open("tr")
	for _, t := range []string{"Analyse", "Résultat", "Valeurs de référence", "Antériorités"} {
		w.text("th", t)
	}
	w.end("tr", "thead")
	w.open("tbody")
	for i := range s.Items {
		w.rows(&s.Items[i], refs)
	}
	w.end("tbody", "table")
	if s.Comment != "" {
		refs.comment = w.id("commentaire-")
		w.open("paragraph")
		w.content(refs.comment, s.Comment, "")
		w.end("paragraph")
	}
	w.end("text")
	w.line()
	return refs
}

func (w *bioWriter) rows(i *Item, refs *references) {
	switch {
	case i.Result != nil:
		w.row(i.Result, refs)
	case i.Battery != nil:
		w.group(i.Battery, i.Battery.Label, refs)
		for k := range i.Battery.Results {
			w.row(&i.Battery.Results[k], refs)
		}
	case i.Isolate != nil:
		w.group(i.Isolate, i.Isolate.Label, refs)
		for k := range i.Isolate.Results {
			w.row(&i.Isolate.Results[k], refs)
		}
		if b := i.Isolate.Antibiogram; b != nil {
			w.group(b, b.Label, refs)
			for k := range b.Results {
				w.row(&b.Results[k], refs)
			}
		}
	}
}

func (w *bioWriter) group(of any, label string, refs *references) {
	refs.label[of] = w.id("groupe-")
	w.open("tr")
	w.open("td", "colspan", "4")
	w.content(refs.label[of], label, "Bold")
	w.end("td", "tr")
	w.line()
}

func (w *bioWriter) row(r *bio.Result, refs *references) {
	ids := resultIDs{label: w.id("analyse-")}
	w.open("tr")
	w.open("td")
	w.content(ids.label, r.Label, "")
	if r.Method != "" {
		ids.method = w.id("methode-")
		w.leaf("br")
		w.content(ids.method, r.Method, "Italics")
	}
	for _, c := range r.Comments {
		id := w.id("commentaire-")
		ids.comments = append(ids.comments, id)
		w.leaf("br")
		w.content(id, c, "Italics")
	}
	w.end("td")
	w.open("td")
	ids.value = w.id("resultat-")
	style := ""
	if r.Abnormal() {
		style = "Bold"
	}
	w.content(ids.value, shown(r.Value), style)
	if words := flagWords(r.Interpretation); words != "" { // all that is coded can be read
		w.escape(" "+words, false)
	}
	w.end("td")
	w.text("td", rangeWords(r.Reference))
	w.open("td")
	for i := range r.Previous {
		if i > 0 {
			w.leaf("br")
		}
		w.escape(strings.TrimSpace(shown(r.Previous[i].Value)+" "+parenthesis(day(r.Previous[i].Time))), false)
	}
	w.end("td", "tr")
	w.line()
	refs.result[r] = ids
}

func (w *builder) content(id, text, style string) {
	w.open("content", "ID", id, "styleCode", style)
	w.escape(text, false)
	w.end("content")
}

// shown writes a value for people: for a coded one, exactly the words its originalText points at.
func shown(v bio.Value) string {
	if (v.Type == "CD" || v.Type == "CE") && v.Text != "" {
		return v.Text
	}
	v.Unit = HumanUnit(v.Unit)
	return v.Shown()
}

func flagWords(codes []string) string {
	var out []string
	for _, c := range codes {
		if n := interpretationNames[c]; n != "" && c != "N" {
			out = append(out, n)
		}
	}
	return parenthesis(strings.Join(out, ", "))
}

func parenthesis(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

func rangeWords(r *bio.Reference) string {
	if r == nil {
		return ""
	}
	if r.Low == "" && r.High == "" {
		return r.Text
	}
	return bio.Value{Low: r.Low, LowInclusive: r.LowInclusive, High: r.High, HighInclusive: r.HighInclusive, Unit: HumanUnit(r.Unit)}.Shown()
}

// day writes a time as 04/01/2021.
func day(raw string) string {
	p, ok := cda.TS{Raw: raw}.Parse(nil)
	switch {
	case !ok:
		return ""
	case p.Precision >= cda.Day:
		return p.Time.Format("02/01/2006")
	case p.Precision == cda.Month:
		return p.Time.Format("01/2006")
	}
	return p.Time.Format("2006")
}

// humanUnits are the units of UCUM that French readers write otherwise.
var humanUnits = strings.NewReplacer("10*9/L", "G/L", "10*12/L", "T/L", "10*6/L", "M/L", "m[IU]/L", "mUI/L", "u[IU]/mL", "µUI/mL", "[IU]/L", "UI/L", "ug/", "µg/", "umol/", "µmol/", "mm[Hg]", "mmHg", "Cel", "°C", "{ratio}", "")

// HumanUnit writes a UCUM unit as French laboratory reports do; the coded unit is untouched.
func HumanUnit(unit string) string {
	if unit == "1" {
		return ""
	}
	return humanUnits.Replace(unit)
}
