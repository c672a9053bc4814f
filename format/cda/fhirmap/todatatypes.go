package fhirmap

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
)

var systemNames = map[string]string{oid.LOINC: "LOINC", oid.SNOMEDCT: "SNOMED CT", oid.CIM10: "CIM-10", oid.ATC: "ATC", oid.CIS: "CIS", oid.NABM: "NABM", oid.NCBI: "NCBI-Taxonomy"}

var whySystem = finding.T("Ce système de codes n'a pas d'OID connu : le code est gardé sans système.", "This code system has no known OID: the code is left out.")

// codingAttrs gives the attributes of a coding.
func (i *importer) codingAttrs(c *object) []string {
	if c == nil {
		return nil
	}
	system := systemOID(c.peek("system"))
	if system == "" && c.peek("code") != "" {
		i.lost = append(i.lost, Loss{Path: "Coding.system", What: shorten(c.peek("system") + " " + c.peek("code") + " " + c.peek("display")), Why: whySystem})
		c.str("system")
		c.str("code")
		return []string{"displayName", ""}
	}
	c.str("system")
	c.str("userSelected")
	return []string{"code", c.str("code"), "displayName", c.str("display"), "codeSystem", system, "codeSystemName", systemNames[system], "codeSystemVersion", c.str("version")}
}

// cd turns a CodeableConcept into a coded value. prefer is the code system that the model wants
// as the code; codings of other systems are then translations.
func (i *importer) cd(name string, o *object, prefer string, attrs ...string) *element {
	if o == nil {
		return nil
	}
	var main *object
	codings := o.all("coding")
	for _, c := range codings {
		if v, ok := c.raw("userSelected").(bool); ok && v {
			main = c
		}
	}
	if main == nil {
		for _, c := range codings {
			if v, ok := c.raw("userSelected").(bool); ok && !v {
				continue
			}
			if s := systemOID(c.peek("system")); s != "" && (prefer == "" || s == prefer) {
				main = c
				break
			}
		}
	}
	all := append([]string{}, attrs...)
	if main != nil {
		if main.peek("display") == "" && o.peek("text") != "" {
			main.set("display", o.peek("text"))
		}
		all = append(all, i.codingAttrs(main)...)
	}
	all = append(all, "nullFlavor", nullOf(o))
	e := el(name, all...)
	text := o.peek("text")
	if r := i.link(o); r != "" {
		o.str("text")
		e.put(el("originalText").put(el("reference", "value", r)))
	} else if text != "" && (main == nil || text != main.peek("display")) {
		e.put(words("originalText", o.str("text")))
	} else {
		o.str("text")
	}
	for _, c := range codings {
		if c == main {
			continue
		}
		if a := i.codingAttrs(c); len(a) > 2 {
			e.put(el("translation", a...))
		}
	}
	return e
}

// link gives the reference into the narrative that an element bears, when its target is there.
func (i *importer) link(o *object) string {
	if e := ext(o, extNarrative); e != nil {
		if r := e.str("valueUrl"); i.ids[strings.TrimPrefix(r, "#")] {
			return r
		}
	}
	return ""
}

// textOf gives the text of an entry when it points into the narrative.
func (i *importer) textOf(o *object) *element {
	t := o.sub("text")
	if t == nil {
		return nil
	}
	if r := i.link(t); r != "" {
		t.str("status")
		t.str("div")
		return el("text").put(el("reference", "value", r))
	}
	return nil
}

// ii turns an Identifier into an II.
func (i *importer) ii(name string, o *object) *element {
	if o == nil {
		return nil
	}
	authority := ""
	if a := o.sub("assigner"); a != nil {
		authority = a.str("display")
	}
	system, value := o.peek("system"), o.peek("value")
	root, extension := "", ""
	switch {
	case system == "urn:ietf:rfc3986" || system == "" && strings.HasPrefix(value, "urn:"):
		root = strings.TrimPrefix(strings.TrimPrefix(value, "urn:oid:"), "urn:uuid:")
	case strings.HasPrefix(system, "urn:oid:"), strings.HasPrefix(system, "urn:uuid:"):
		root, extension = systemOID(system), value
	case system == systemRPPS:
		root, extension = oid.PSIdNat, "8"+value
	case system == systemFINESS:
		root, extension = oid.StructIdNat, "1"+value
	}
	null := nullOf(o)
	if root == "" && null == "" || root != "" && !oid.ValidRoot(root) {
		return nil
	}
	o.str("system")
	o.str("value")
	if t := o.sub("type"); t != nil {
		use(t)
	}
	return el(name, "root", root, "extension", extension, "assigningAuthorityName", authority, "nullFlavor", null)
}

// use marks a whole value as used: it follows from what was written.
func use(v any) {
	switch v := v.(type) {
	case *object:
		for k := range v.fields {
			v.fields[k].read = true
			use(v.fields[k].value)
		}
	case list:
		for _, e := range v {
			use(e)
		}
	}
}

// iis writes the identifiers of a resource. RPPS and FINESS repeat a national identifier when it
// is there.
func (i *importer) iis(o *object) []*element {
	ids := o.all("identifier")
	national := map[string]bool{}
	for _, id := range ids {
		national[systemOID(id.peek("system"))+id.peek("value")] = true
	}
	var out []*element
	for _, id := range ids {
		if id.peek("system") == systemRPPS && national[oid.PSIdNat+"8"+id.peek("value")] ||
			id.peek("system") == systemFINESS && national[oid.StructIdNat+"1"+id.peek("value")] {
			use(id)
			continue
		}
		if e := i.ii("id", id); e != nil {
			out = append(out, e)
		}
	}
	return out
}

var cdaUses = map[string]string{"home": "H", "work": "WP", "mobile": "MC", "temp": "TMP"}

func (i *importer) telecoms(o *object, null string) []*element {
	var out []*element
	for _, t := range o.all("telecom") {
		value := t.peek("value")
		if n := nullOf(t); n != "" {
			out = append(out, el("telecom", "nullFlavor", n))
			continue
		}
		switch t.str("system") {
		case "phone", "sms":
			value = "tel:" + strings.ReplaceAll(value, " ", "")
		case "fax":
			value = "fax:" + strings.ReplaceAll(value, " ", "")
		case "email":
			value = "mailto:" + value
		}
		if t.str("value") == "" {
			continue
		}
		out = append(out, el("telecom", "value", value, "use", cdaUses[t.str("use")]))
	}
	if len(out) == 0 && null != "" {
		out = append(out, el("telecom", "nullFlavor", null))
	}
	return out
}

func (i *importer) addresses(o *object, null string) []*element {
	var out []*element
	for _, a := range o.all("address") {
		if e := i.address(a); e != nil {
			out = append(out, e)
		}
	}
	if len(out) == 0 && null != "" {
		out = append(out, el("addr", "nullFlavor", null))
	}
	return out
}

// address writes parts, or lines alone: CI-SIS forbids both.
//
// spec: CI-SIS cda §1.1
func (i *importer) address(o *object) *element {
	if o == nil {
		return nil
	}
	use1 := cdaUses[o.str("use")]
	if use1 == "MC" {
		use1 = ""
	}
	e := el("addr", "use", use1, "nullFlavor", nullOf(o))
	parts := 0
	if l, ok := o.raw("_line").(list); ok {
		for _, x := range l {
			lo, _ := x.(*object)
			for _, p := range lo.all("extension") {
				if name, ok := strings.CutPrefix(p.peek("url"), extADXP); ok && known(name) {
					p.str("url")
					e.put(words(name, p.str("valueString")))
					parts++
				}
			}
		}
	}
	lines := o.strs("line")
	rest := []*element{words("postalCode", o.peek("postalCode")), words("city", o.peek("city")), words("county", o.peek("district")), words("state", o.peek("state")), words("country", o.peek("country"))}
	structured := parts > 0 || o.peek("postalCode") != "" || o.peek("city") != "" || o.peek("district") != "" || o.peek("country") != ""
	switch {
	case parts > 0:
	case structured && len(lines) > 0:
		e.put(words("streetName", strings.Join(lines, ", ")))
	default:
		for _, l := range lines {
			e.put(words("streetAddressLine", l))
		}
	}
	if structured {
		e.put(rest...)
		for _, k := range []string{"postalCode", "city", "district", "state", "country"} {
			o.str(k)
		}
	}
	if len(e.kids) == 0 && e.attrs[3] == "" {
		return nil
	}
	return e
}

func known(part string) bool {
	for _, p := range streetParts {
		if p == part {
			return true
		}
	}
	return false
}

// personName writes a HumanName outside the patient.
func (i *importer) personName(list []*object) *element {
	if len(list) == 0 {
		return nil
	}
	o := list[0]
	e := el("name", "nullFlavor", nullOf(o))
	for _, p := range o.strs("prefix") {
		e.put(words("prefix", p))
	}
	for _, g := range o.strs("given") {
		e.put(words("given", g))
	}
	e.put(words("family", o.str("family")))
	for _, s := range o.strs("suffix") {
		e.put(words("suffix", s))
	}
	if len(e.kids) == 0 {
		if t := o.str("text"); t != "" {
			e.put(words("family", t))
		}
	}
	if len(e.kids) == 0 && e.attrs[1] == "" {
		return nil
	}
	return e
}

// when writes key+DateTime, key+Period or key+Instant as a time element.
func (i *importer) when(name string, o *object, key string) *element {
	for _, k := range []string{key + "DateTime", key + "Instant"} {
		if v := o.peek(k); v != "" {
			if t := timestamp(v); t != "" {
				o.str(k)
				return el(name, "value", t)
			}
		}
	}
	if p := o.sub(key + "Period"); p != nil {
		return i.interval(name, p)
	}
	if n := nullOf(o.sub("_" + key + "DateTime")); n != "" {
		return el(name, "nullFlavor", n)
	}
	return nil
}

func (i *importer) interval(name string, p *object, attrs ...string) *element {
	if p == nil {
		return nil
	}
	if v := timestamp(p.peek("start")); v != "" && p.peek("start") == p.peek("end") {
		p.str("start")
		p.str("end")
		return el(name, append(attrs, "value", v)...)
	}
	e := el(name, attrs...)
	for _, end := range []struct{ fhir, cda string }{{"start", "low"}, {"end", "high"}} {
		if t := timestamp(p.peek(end.fhir)); t != "" {
			p.str(end.fhir)
			e.put(el(end.cda, "value", t))
		} else if n := nullOf(p.sub("_" + end.fhir)); n != "" {
			e.put(el(end.cda, "nullFlavor", n))
		}
	}
	if len(e.kids) == 0 {
		return nil
	}
	return e
}

// pq writes a Quantity under a name, with the type when the element needs one.
func (i *importer) pq(name, kind string, q *object, attrs ...string) *element {
	if q == nil {
		return nil
	}
	unit := q.peek("code")
	if unit == "" {
		unit = q.peek("unit")
	}
	value := q.str("value")
	q.str("unit")
	q.str("code")
	q.str("system")
	all := []string{}
	if kind != "" {
		all = append(all, "xsi:type", kind)
	}
	e := el(name, append(append(all, "value", value, "unit", unit, "nullFlavor", nullOf(q)), attrs...)...)
	for _, x := range exts(q, extPQ) {
		t := x.sub("valueQuantity")
		if t == nil {
			continue
		}
		system := systemOID(t.peek("system"))
		display := t.peek("unit")
		if display == t.peek("code") {
			display = ""
		}
		tr := el("translation", "value", t.str("value"), "code", t.str("code"), "codeSystem", system, "displayName", display)
		t.str("unit")
		t.str("system")
		if r := i.link(t); r != "" {
			tr.put(el("originalText").put(el("reference", "value", r)))
		}
		e.put(tr)
	}
	return e
}
