package fhirmap

import (
	"regexp"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

func extension(url, kind string, v any) *object {
	if !says(v) {
		return nil
	}
	return obj("url", url, kind, v)
}

// null gives the extension that says why an element has no value.
func (s *source) null(n xmltree.Node) *object {
	return extension(extNull, "valueCode", s.attr(n, "nullFlavor"))
}

// concept turns a coded value into a CodeableConcept: the code, its translations, the words the
// document shows and where they stand in the narrative. When translations stand beside a code,
// or alone, userSelected tells which coding was the code.
func (s *source) concept(n xmltree.Node) *object {
	if !n.Exists() {
		return nil
	}
	o := &object{}
	o.add("extension", s.null(n))
	text := s.words(o, n.Child(cda.NS, "originalText"))
	main := s.coding(n)
	var others []*object
	for t := range n.Children(cda.NS, "translation") {
		if c := s.coding(t); c != nil {
			others = append(others, c)
		}
		if w := t.Child(cda.NS, "originalText"); w.Exists() && s.reference(w) == s.reference(n.Child(cda.NS, "originalText")) {
			s.whole(w) // the same words as the code's
		}
	}
	if main != nil {
		if len(others) > 0 {
			main.set("userSelected", true)
		}
		o.add("coding", main)
	}
	for _, c := range others {
		if main == nil {
			c.set("userSelected", false)
		}
		o.add("coding", c)
	}
	o.set("text", text)
	if !says(o) {
		return nil
	}
	return o
}

func (s *source) coding(n xmltree.Node) *object {
	code := s.attr(n, "code")
	c := obj("system", systemURI(s.attr(n, "codeSystem")), "version", s.attr(n, "codeSystemVersion"), "code", code, "display", squeeze(s.attr(n, "displayName")))
	if !says(c) {
		return nil
	}
	return c
}

// reference gives the target of a text that only points into the narrative.
func (s *source) reference(n xmltree.Node) string { return n.Child(cda.NS, "reference").Attr("value") }

// words gives what an originalText or a text says; a link to the narrative becomes an extension
// of o.
func (s *source) words(o *object, n xmltree.Node) string {
	if !n.Exists() || n.Attr("representation") == "B64" { // a file is no words
		return ""
	}
	r := n.Child(cda.NS, "reference")
	ref := r.Attr("value")
	if ref != "" && !strings.HasPrefix(ref, "#") && s.d.ByID(ref).Exists() {
		ref = "#" + ref // vendors forget the sign
	}
	if strings.HasPrefix(ref, "#") {
		s.attr(r, "value")
		o.add("extension", extension(extNarrative, "valueUrl", ref))
		if own := ownText(n); own != "" { // words beside the link are the entry's own
			return s.text(n)
		}
		if w := s.d.ResolveRef(ref); w != "" {
			return w
		}
	}
	return s.text(n)
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// identifier turns an II into an Identifier.
func (s *source) identifier(n xmltree.Node) *object {
	if !n.Exists() {
		return nil
	}
	o := &object{}
	o.add("extension", s.null(n))
	root, ext := s.attr(n, "root"), s.attr(n, "extension")
	switch {
	case ext != "":
		o.set("type", identifierType(root, ext))
		o.set("system", systemURI(root)).set("value", ext)
	case root != "":
		o.set("system", "urn:ietf:rfc3986").set("value", rootURI(root))
	}
	if a := s.attr(n, "assigningAuthorityName"); a != "" {
		o.set("assigner", obj("display", a))
	}
	if !says(o) {
		return nil
	}
	return o
}

// rootURI writes an identifier made of its root alone; the case of a UUID is kept, CDA compares
// it as text.
func rootURI(root string) string {
	if strings.Contains(root, ".") {
		return "urn:oid:" + root
	}
	return "urn:uuid:" + root
}

// identifierType names the national identifiers as FR Core does.
//
// spec: FR Core 2.1 identifier
func identifierType(root, ext string) *object {
	kind := func(system, code string) *object { return obj("coding", list{obj("system", system, "code", code)}) }
	switch root {
	case oid.INSNIR, oid.INSNIRTest, oid.INSNIRDemo:
		return kind(idTypesFR, "INS-NIR")
	case oid.INSNIA:
		return kind(idTypesFR, "INS-NIA")
	case oid.INSC:
		return kind(idTypesFR, "INS-C")
	case oid.PSIdNat:
		return kind(idTypesFR, "IDNPS")
	case oid.StructIdNat:
		return kind(idTypesFR, "IDNST")
	}
	return nil
}

// identifiers adds the identifiers of an element, and beside a national one its plain form: RPPS
// or FINESS.
func (s *source) identifiers(o *object, n xmltree.Node) {
	for id := range n.Children(cda.NS, "id") {
		o.add("identifier", s.identifier(id))
		root, ext := id.Attr("root"), id.Attr("extension")
		switch {
		case root == oid.PSIdNat && len(ext) == 12 && ext[0] == '8':
			o.add("identifier", obj("type", obj("coding", list{obj("system", idTypesFR, "code", "RPPS")}), "system", systemRPPS, "value", ext[1:]))
		case root == oid.StructIdNat && len(ext) == 10 && ext[0] == '1':
			o.add("identifier", obj("type", obj("coding", list{obj("system", idTypesFR, "code", "FINEG")}), "system", systemFINESS, "value", ext[1:]))
		}
	}
}

// telecomUses are the uses FHIR has; others are lost.
var telecomUses = map[string]string{"H": "home", "HP": "home", "HV": "home", "WP": "work", "DIR": "work", "PUB": "work", "MC": "mobile"}

// exactUses are those that come back the same.
var exactUses = map[string]bool{"H": true, "WP": true, "MC": true, "TMP": true}

var whyUse = finding.T("FHIR n'a pas cet usage ; le plus proche est écrit, ou aucun.", "FHIR has no such use; the nearest is written, or none.")

func (s *source) telecoms(o *object, n xmltree.Node) {
	for t := range n.Children(cda.NS, "telecom") {
		c := &object{}
		c.add("extension", s.null(t))
		value := s.attr(t, "value")
		scheme, rest, ok := strings.Cut(value, ":")
		switch strings.ToLower(scheme) {
		case "tel":
			c.set("system", "phone").set("value", rest)
		case "fax":
			c.set("system", "fax").set("value", rest)
		case "mailto":
			c.set("system", "email").set("value", rest)
		default:
			if ok {
				c.set("system", "url")
			}
			c.set("value", value)
		}
		if use := s.attr(t, "use"); use != "" {
			c.set("use", telecomUses[use])
			if !exactUses[use] {
				s.lose(t, "use="+use, whyUse)
			}
		}
		o.add("telecom", c)
	}
}

// streetParts are the parts of an address that make its line, in the order people write them.
var streetParts = []string{"houseNumber", "houseNumberNumeric", "streetNameType", "streetName", "unitID", "additionalLocator", "postBox", "precinct"}

var addrUses = map[string]string{"H": "home", "HP": "home", "HV": "home", "WP": "work", "TMP": "temp"}

// address turns an AD into an Address: its lines for people, its parts as extensions of the line.
//
// spec: FHIR R4 iso21090-ADXP
func (s *source) address(n xmltree.Node) *object {
	if !n.Exists() {
		return nil
	}
	o := &object{}
	o.add("extension", s.null(n))
	if use := s.attr(n, "use"); use != "" {
		o.set("use", addrUses[use])
		if !exactUses[use] {
			s.lose(n, "use="+use, whyUse)
		}
	}
	part := map[string]string{}
	for c := range n.Elements() {
		name := c.Local()
		if name == "streetAddressLine" {
			o.add("line", s.text(c))
			continue
		}
		if v := s.text(c); part[name] == "" {
			part[name] = v
		}
		s.attr(c, "nullFlavor")
	}
	var line []string
	exts := list{}
	for _, p := range streetParts {
		if part[p] != "" {
			line = append(line, part[p])
			exts = append(exts, extension(extADXP+p, "valueString", part[p]))
		}
	}
	if len(line) > 0 {
		o.add("line", strings.Join(line, " "))
		o.set("_line", list{obj("extension", exts)})
	}
	o.set("city", part["city"]).set("district", part["county"]).set("state", part["state"])
	o.set("postalCode", part["postalCode"]).set("country", part["country"])
	if !says(o) {
		return nil
	}
	return o
}

func (s *source) addresses(o *object, n xmltree.Node) {
	for a := range n.Children(cda.NS, "addr") {
		o.add("address", s.address(a))
	}
}

// humanName turns a person's name (outside the patient) into a HumanName.
func (s *source) humanName(n xmltree.Node) *object {
	if !n.Exists() {
		return nil
	}
	o := &object{}
	o.add("extension", s.null(n))
	for c := range n.Elements() {
		v := s.text(c)
		s.attr(c, "nullFlavor")
		switch c.Local() {
		case "family":
			if o.raw("family") != nil {
				s.lose(c, v, finding.T("FHIR n'a qu'un nom de famille par nom.", "FHIR has one family name a name."))
				continue
			}
			o.set("family", v)
		case "given", "prefix", "suffix":
			o.add(c.Local(), v)
		}
	}
	if len(o.fields) == 0 {
		o.set("text", s.text(n))
	}
	if !says(o) {
		return nil
	}
	return o
}

// decimal accepts the numbers JSON writes; leading zeros and signs of CDA are mended.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func asNumber(v string) number {
	v = strings.TrimPrefix(strings.TrimSpace(v), "+")
	if strings.HasPrefix(v, ".") {
		v = "0" + v
	}
	if strings.HasPrefix(v, "-.") {
		v = "-0" + v[1:]
	}
	for len(v) > 1 && v[0] == '0' && v[1] >= '0' && v[1] <= '9' {
		v = v[1:]
	}
	if len(v) > 64 || !decimal.MatchString(v) {
		return ""
	}
	return number(v)
}

// quantity turns a PQ (or REAL, INT) into a Quantity; its translations become extensions.
func (s *source) quantity(n xmltree.Node) *object {
	if !n.Exists() {
		return nil
	}
	o := &object{}
	o.add("extension", s.null(n))
	raw := s.attr(n, "value")
	v := asNumber(raw)
	if raw != "" && v == "" {
		s.lose(n, "value="+raw, finding.T("Ce n'est pas un nombre.", "This is no number."))
	}
	for t := range n.Children(cda.NS, "translation") {
		q := obj("value", asNumber(s.attr(t, "value")))
		unit := s.attr(t, "unit")
		if unit == "" {
			unit = s.attr(t, "code")
		}
		system := s.attr(t, "codeSystem")
		if system == "" {
			system = oid.UCUM
		}
		display := s.attr(t, "displayName")
		if display == "" {
			display = unit
		}
		q.set("unit", display)
		if unit != "" {
			q.set("system", systemURI(system)).set("code", unit)
		}
		s.words(q, t.Child(cda.NS, "originalText"))
		o.add("extension", extension(extPQ, "valueQuantity", q))
	}
	o.set("value", v)
	if unit := s.attr(n, "unit"); unit != "" {
		o.set("unit", unit).set("system", ucum).set("code", unit)
	}
	if !says(o) {
		return nil
	}
	return o
}

// when writes a time as key+DateTime or key+Period.
func (s *source) when(o *object, key string, n xmltree.Node) {
	if !n.Exists() {
		return
	}
	if v := s.attr(n, "value"); v != "" {
		if t := dateTime(v); t != "" {
			o.set(key+"DateTime", t)
		} else {
			s.lose(n, v, finding.T("Ce n'est pas une date.", "This is no date."))
		}
		return
	}
	if p := s.period(n); p != nil {
		o.set(key+"Period", p)
		return
	}
	if null := s.null(n); null != nil {
		o.set("_"+key+"DateTime", obj("extension", list{null}))
	}
}

// period turns an IVL_TS into a Period.
func (s *source) period(n xmltree.Node) *object {
	o := &object{}
	for _, end := range []struct{ cda, fhir string }{{"low", "start"}, {"high", "end"}} {
		c := n.Child(cda.NS, end.cda)
		if !c.Exists() {
			continue
		}
		if v := s.attr(c, "value"); v != "" {
			if t := dateTime(v); t != "" {
				o.set(end.fhir, t)
			} else {
				s.lose(c, v, finding.T("Ce n'est pas une date.", "This is no date."))
			}
		} else if null := s.null(c); null != nil {
			o.set("_"+end.fhir, obj("extension", list{null}))
		}
	}
	if v := s.attr(n, "value"); v != "" && len(o.fields) == 0 {
		t := dateTime(v)
		o.set("start", t).set("end", t)
	}
	if !says(o) {
		return nil
	}
	return o
}
