package compare

import (
	"regexp"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

// walk goes through everything below an entry.
func (r *reading) walk(n xmltree.Node, depth int) {
	if depth > maxDepth || r.left.items <= 0 || r.left.read <= 0 {
		return
	}
	for c := range n.Elements() {
		if c.Attr("negationInd") == "true" || c.Attr("nullFlavor") != "" && c.Local() != "entryRelationship" {
			r.walk(c, depth+1) // what is denied is written in many ways
			continue
		}
		switch c.Local() {
		case "observation":
			if c.Parent().Attr("typeCode") == "REFR" {
				continue // a previous result, which a curve may show
			}
			r.observation(c)
			r.walk(c, depth+1)
		case "substanceAdministration":
			r.administration(c)
			r.walk(c, depth+1)
		case "procedure", "encounter":
			r.label(c, Label, r.place(c), cda.ReadCD(c.Child(cda.NS, "code")))
			r.walk(c, depth+1)
		case "entryRelationship", "component", "organizer", "act", "supply":
			r.walk(c, depth+1)
		}
	}
}

// where is the place in the narrative an entry leads to.
type where struct {
	row  *row   // nil: the whole section
	self string // what the reference itself leads to
	ref  string // the ID that led there
	text string // what stands there: the row, else the section
	flat string
}

// place follows the references of an entry, the most precise first; else it takes the one row
// that holds the name of what is coded.
func (r *reading) place(n xmltree.Node, names ...string) where {
	try := func(ref string) (where, bool) {
		id := strings.TrimPrefix(strings.TrimSpace(ref), "#")
		if id == "" {
			return where{}, false
		}
		target := r.d.ByID(id)
		if !target.Exists() {
			return where{}, false
		}
		if i := r.text.around(target); i >= 0 {
			r.used[i] = true
			w := r.at(i, id)
			w.self = cda.PlainLine(target)
			r.spend(len(w.self)+len(w.text), 1)
			return w, true
		}
		if t := cda.PlainLine(target); t != "" && within(target) {
			r.spend(len(t), 2)
			return where{ref: id, text: t, flat: fold(t)}, true
		}
		return where{}, false
	}
	value, code := n.Child(cda.NS, "value"), n.Child(cda.NS, "code")
	for _, ref := range []string{cda.ReadCD(code).OriginalRef, n.Path(cda.NS, "text", "reference").Attr("value"), cda.ReadCD(value).OriginalRef,
		n.Path(cda.NS, "consumable", "manufacturedProduct", "manufacturedMaterial", "code", "originalText", "reference").Attr("value"), value.Child(cda.NS, "reference").Attr("value")} {
		if w, ok := try(ref); ok {
			return w
		}
	}
	for _, name := range names {
		if i := r.named(fold(name)); i >= 0 {
			r.used[i] = true
			return r.at(i, "")
		}
	}
	return where{text: r.text.all, flat: r.text.flat}
}

// within tells whether an element belongs to a narrative, not to a header or an entry.
func within(n xmltree.Node) bool {
	for ; n.Exists(); n = n.Parent() {
		if n.Local() == "text" {
			return n.Parent().Local() == "section"
		}
	}
	return false
}

func (r *reading) at(i int, ref string) where {
	row := &r.text.rows[i]
	return where{row: row, ref: ref, text: row.text, flat: row.flat}
}

// named gives the only row that holds a name, -1 for none or several.
func (r *reading) named(name string) int {
	found := -1
	if len(name) < 3 {
		return -1
	}
	if r.left.look -= len(r.text.flat) + 100*len(r.text.rows); r.left.look < 0 {
		return -1
	}
	for i := range r.text.rows {
		if strings.Contains(r.text.rows[i].flat, name) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// observation compares the value, its unit, its reference range, its flags.
func (r *reading) observation(n xmltree.Node) {
	code := cda.ReadCD(n.Child(cda.NS, "code"))
	w := r.place(n, r.d.Resolve(code), code.Display)
	it := Item{About: r.about(code, w), Ref: w.ref, Line: n.Line()}
	for v := range n.Children(cda.NS, "value") {
		if v.Attr("nullFlavor") == "" {
			r.value(it, w, v)
		}
	}
	for f := range n.Children(cda.NS, "interpretationCode") {
		r.flag(it, w, f.Attr("code"))
	}
	for rr := range n.Children(cda.NS, "referenceRange") {
		r.reference(it, w, rr.Path(cda.NS, "observationRange", "value"))
	}
}

func (r *reading) about(code cda.CD, w where) string {
	if s := r.d.Resolve(code); len(meaningful(fold(s))) > 0 && len(s) < 120 || s != "" && code.Display == "" {
		return s
	}
	if code.Display != "" {
		return strings.Join(strings.Fields(code.Display), " ")
	}
	if w.row != nil {
		return w.row.first()
	}
	return code.Code
}

// value compares one value element.
func (r *reading) value(it Item, w where, v xmltree.Node) {
	if !r.spend(len(w.text), 1) {
		return
	}
	it.Kind = Value
	switch typeOf(v) {
	case "PQ", "REAL", "INT":
		r.number(it, w, v.Attr("value"), v.Attr("unit"))
	case "IVL_PQ", "IVL_INT", "IVL_REAL":
		low, high := v.Child(cda.NS, "low").Attr("value"), v.Child(cda.NS, "high").Attr("value")
		if low == "" && high == "" {
			return
		}
		r.coding(low, high)
		it.Coded = bounds(low, high)
		it.State, it.Shown = OnlyCoded, ""
		shown, sure := w.result()
		l, okL := parse(low)
		h, okH := parse(high)
		list := numbers(shown)
		switch {
		case (!okL || holds(list, l)) && (!okH || holds(list, h)):
			it.State, it.Shown = Same, it.Coded
		case sure:
			it.State, it.Shown = Differs, shown
		}
		r.add(it)
	case "BL":
		r.boolean(it, w, v.Attr("value"))
	case "CD", "CE", "CV", "CO", "CS":
		c := cda.ReadCD(v)
		if c.Code == "" && c.Display == "" {
			return
		}
		r.label(v, Value, w, c)
	}
}

func bounds(low, high string) string {
	switch {
	case high == "":
		return "≥ " + low
	case low == "":
		return "≤ " + high
	}
	return low + " – " + high
}

func (r *reading) coding(values ...string) {
	for _, s := range values {
		if v, ok := parse(s); ok {
			r.coded = append(r.coded, v)
		}
	}
}

// figured begins a text that is a number.
var figured = regexp.MustCompile(`^\s*[<>≤≥+−-]?\s*\d`)

// result is what stands where the result should: what the reference leads to when that is a
// number, else the column of results. sure tells that it can be nothing else.
func (w where) result() (text string, sure bool) {
	if w.row == nil {
		return w.text, false
	}
	if figured.MatchString(w.self) && w.self != w.row.text {
		return w.self, true
	}
	text = w.row.value()
	_, column := w.row.column(valueHeads...)
	return text, len(numbers(text)) > 0 && (column || len(w.row.cells) <= 4)
}

// number compares a number, then its unit.
func (r *reading) number(it Item, w where, value, unit string) {
	v, ok := parse(value)
	if !ok {
		return
	}
	r.coding(value)
	it.Coded, it.State = value, OnlyCoded
	shown, sure := w.result()
	list := numbers(shown)
	switch {
	case holds(list, v):
		it.State, it.Shown = Same, value
	case w.row != nil && otherScale(list, v, unit):
		it.State, it.Shown = Same, shown
		r.add(it)
		return
	case sure:
		it.State, it.Shown = Differs, shown
	case holds(numbers(w.text), v):
		it.State, it.Shown = Same, value
	}
	r.add(it)
	if it.State == Same {
		r.unit(it, w, v, unit)
	}
}

// unit compares the unit of a number that is shown.
func (r *reading) unit(it Item, w where, v float64, unit string) {
	ways := written(unit)
	if unit == "" || unit == "1" || ways == nil || len(ways) > 0 && ways[0] == "" {
		return
	}
	it.Kind, it.Coded, it.State, it.Shown = Unit, unit, OnlyCoded, ""
	text := unitText(w.text)
	if w.row != nil { // a unit may stand in the head of its column
		for _, c := range w.row.cells {
			text += " " + unitText(c.head)
		}
	}
	for _, way := range ways {
		if strings.Contains(text, way) {
			it.State, it.Shown = Same, way
		}
	}
	if it.State != Same {
		if other := unitAfter(w.text, v); other != "" {
			it.State, it.Shown = Differs, other
		} else if w.row != nil {
			if s, ok := w.row.column(unitHeads...); ok && known[unitText(s)] {
				it.State, it.Shown = Differs, s
			}
		}
	}
	if it.State == OnlyCoded && strings.Contains(r.text.flat, fold(unit)) {
		return // said once for the whole section
	}
	r.add(it)
}

// unitAfter gives the known unit written after a number.
func unitAfter(text string, v float64) string {
	for _, at := range figure.FindAllStringIndex(text, -1) {
		if n, ok := parse(text[at[0]:at[1]]); !ok || !equal(n, v) {
			continue
		}
		next, _, _ := strings.Cut(strings.TrimLeft(text[at[1]:], " \u00a0\u202f"), " ")
		next = strings.TrimRight(next, ".,;:()")
		if known[unitText(next)] {
			return next
		}
	}
	return ""
}

func (r *reading) boolean(it Item, w where, v string) {
	if w.row == nil {
		return // a word «oui» somewhere proves nothing
	}
	yes, no := false, false
	shown := ""
	for _, c := range w.row.cells {
		switch fold(c.text) {
		case "oui", "yes", "x", "vrai", "true", "present", "presente", "☑", "☒":
			yes, shown = true, c.text
		case "non", "no", "faux", "false", "absent", "absente":
			no, shown = true, c.text
		}
	}
	it.Coded, it.State, it.Shown = map[string]string{"true": "oui", "false": "non"}[v], OnlyCoded, ""
	switch {
	case v != "true" && v != "false":
		return
	case yes == no: // the text says it in other words
		return
	case yes == (v == "true"):
		it.State, it.Shown = Same, it.Coded
	default:
		it.State, it.Shown = Differs, shown
	}
	r.add(it)
}

// flag compares an interpretation. A normal result needs no mark.
func (r *reading) flag(it Item, w where, code string) {
	group := code
	if g, ok := sameFlag[code]; ok {
		group = g
	}
	ways, ok := flags[group]
	if !ok || w.row == nil || !r.spend(len(w.text), 2) {
		return
	}
	says := func(f [2][]string) bool {
		for _, sign := range f[1] {
			if strings.Contains(w.row.value(), sign) {
				return true
			}
		}
		for _, c := range strings.Fields(w.flat) {
			for _, way := range f[0] {
				if strings.Trim(c, "().,;:*[]") == way {
					return true
				}
			}
		}
		return false
	}
	it.Kind, it.Coded, it.State, it.Shown = Interpretation, code, OnlyCoded, ""
	if says(ways) {
		it.State, it.Shown = Same, code
	} else {
		for _, other := range against[group] {
			if says(flags[other]) && len(flags[other][0]) > 0 && !says([2][]string{nil, flags[other][1]}) {
				it.State, it.Shown = Differs, w.row.value()
			}
		}
		if it.State == OnlyCoded && (group == "N" || group == "S") {
			return
		}
	}
	r.add(it)
}

// reference compares a reference range.
// spec: CI-SIS cda §5.4
func (r *reading) reference(it Item, w where, v xmltree.Node) {
	low, high := v.Child(cda.NS, "low").Attr("value"), v.Child(cda.NS, "high").Attr("value")
	if low == "" && high == "" || !r.spend(len(w.text), 1) {
		return
	}
	r.coding(low, high)
	it.Kind, it.Coded, it.State, it.Shown = Range, bounds(low, high), OnlyCoded, ""
	text, specific := w.text, false
	if w.row != nil {
		if s, ok := w.row.column(rangeHeads...); ok {
			text, specific = s, true
		}
	}
	same, found := inRange(text, low, high)
	switch {
	case same:
		it.State, it.Shown = Same, it.Coded
	case found && specific:
		it.State, it.Shown = Differs, text
	case found && w.row != nil && pair.MatchString(dates.ReplaceAllString(text, " ")):
		it.State, it.Shown = Differs, text
	}
	r.add(it)
}

// vaccine codes of an administration that is a vaccination.
// spec: CI-SIS cda §4.4
const immunization = "1.3.6.1.4.1.19376.1.5.3.1.4.12"

// administration compares a treatment or a vaccination: its product and its dose.
func (r *reading) administration(n xmltree.Node) {
	material := n.Path(cda.NS, "consumable", "manufacturedProduct", "manufacturedMaterial")
	code := cda.ReadCD(material.Child(cda.NS, "code"))
	name := cda.PlainLine(material.Child(cda.NS, "name"))
	kind := Medication
	for t := range n.Children(cda.NS, "templateId") {
		if t.Attr("root") == immunization {
			kind = Vaccine
		}
	}
	w := r.place(n, r.d.Resolve(code), name, code.Display)
	if code.Display == "" && name != "" {
		code.Display = name
	}
	if code.Code != "" || code.Display != "" {
		r.label(material, kind, w, code)
	}
	dose := n.Child(cda.NS, "doseQuantity")
	low, high, unit := dose.Child(cda.NS, "low"), dose.Child(cda.NS, "high"), dose.Child(cda.NS, "low").Attr("unit")
	value := dose.Attr("value")
	if value != "" {
		unit = dose.Attr("unit")
	} else if low.Attr("value") == high.Attr("value") {
		value = low.Attr("value")
	}
	it := Item{Kind: Dose, About: r.about(code, w), Ref: w.ref, Line: dose.Line()}
	switch {
	case value != "":
		r.dose(it, w, value, unit)
	case low.Attr("value") != "" && high.Attr("value") != "":
		r.dose(it, w, low.Attr("value"), unit)
		r.dose(it, w, high.Attr("value"), unit)
	}
}

// dose compares a dose with the column of doses, else with what follows the name of the product.
func (r *reading) dose(it Item, w where, value, unit string) {
	v, ok := parse(value)
	if !ok || !r.spend(len(w.text), 1) {
		return
	}
	r.coding(value)
	it.Coded, it.State = strings.TrimSpace(value+" "+unit), OnlyCoded
	shown, column := "", false
	if w.row != nil {
		shown, column = w.row.column(doseHeads...)
	}
	text := shown
	if !column {
		text = w.text
	}
	list := numbers(text)
	switch {
	case holds(list, v), v == 1 && (word(fold(text), "un", "une")):
		it.State, it.Shown = Same, it.Coded
	case column && len(list) > 0:
		it.State, it.Shown = Differs, shown
	}
	r.add(it)
}

// label compares the words of a code with those of the narrative. Words that the author linked
// to the code are its words, unless they deny it or give other strengths.
func (r *reading) label(n xmltree.Node, kind Kind, w where, c cda.CD) {
	coded := strings.Join(strings.Fields(c.Display), " ")
	shown := r.d.Resolve(c)
	if len(meaningful(fold(shown))) == 0 && len(meaningful(fold(coded))) > 0 && kind != Value {
		shown = "" // «Oui», a date: no name
	}
	it := Item{Kind: kind, About: coded, Coded: coded, Shown: shown, Ref: w.ref, Line: n.Line(), State: OnlyCoded}
	if ref := strings.TrimPrefix(c.OriginalRef, "#"); ref != "" && shown != "" {
		it.Ref = ref
	}
	if kind == Value {
		if it.About = ""; w.row != nil {
			it.About = w.row.first()
		}
	}
	if c.Code == "" && coded == "" || c.System == oid.LOINC && kind != Value {
		return
	}
	if coded == "" {
		it.Coded, coded = c.Code, c.Code
	}
	// Each word of the code and of its translations may be looked for in the whole section.
	if !r.spend(len(r.text.flat)/16+len(coded)+len(shown), 1+len(coded)/8+len(c.Translations)) {
		return
	}
	flat := fold(coded)
	visible := shown
	if visible == "" && w.row != nil {
		visible = w.row.text
	}
	n1, of := shared(flat, fold(visible))
	switch {
	case shown != "" && opposite(flat, fold(shown)), shown == "" && w.row != nil && kind == Value && opposite(flat, fold(w.row.value())):
		it.State, it.Shown = Differs, visible
	case kind == Medication && visible != "" && otherStrength(coded, visible):
		it.State, it.Shown = Differs, visible
	case (kind == Medication || kind == Vaccine) && shown != "" && of > 0 && n1 == 0 && !r.translated(c, fold(shown)):
		it.State, it.Shown = Differs, shown
	case shown != "":
		it.State = Same
	case strings.Contains(w.flat, flat) || strings.Contains(r.text.flat, flat):
		it.State, it.Shown = Same, coded
	case of > 0 && 2*n1 >= of:
		it.State, it.Shown = Same, visible
	default:
		if k, of := shared(flat, r.text.flat); of > 0 && 2*k >= of || r.translated(c, r.text.flat) {
			it.State = Same
		}
	}
	r.add(it)
}

// translated tells whether another name of the code is in a folded text.
func (r *reading) translated(c cda.CD, flat string) bool {
	for _, t := range c.Translations {
		if n, of := shared(fold(t.Display), flat); of > 0 && n > 0 {
			return true
		}
	}
	return false
}

func typeOf(n xmltree.Node) string {
	if _, local := n.Type(); local != "" {
		return local
	}
	raw, _ := n.AttrNS(xmltree.NSXSI, "type")
	return strings.TrimSpace(raw[strings.LastIndexByte(raw, ':')+1:])
}
