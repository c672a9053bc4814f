package xsd

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// Violation is one rule of the schema a document breaks.
type Violation struct {
	Code  string // rule of the standard: "cvc-complex-type.2.4.a", "cvc-pattern-valid"
	Also  string // the rule that fails with it: "cvc-attribute.3"
	Count int    // reports the official validator makes of it

	Node     xmltree.Node
	Place    finding.Place
	Message  finding.Text // what is wrong
	Fix      finding.Text // how to mend it
	Found    string       // what is there, shortened
	Expected string       // what was allowed there, shortened
}

// run is one validation.
type run struct {
	s     *Schema
	out   []Violation
	limit int
	ids   map[string]bool
	refs  []reference
	node  xmltree.Node // whose value is being checked
	says  func(role, string) string

	lastURI string
	lastNum int32
}

type reference struct {
	id   string
	node xmltree.Node
}

// Validate checks an element and all below against the schema, as the root of a document: for a
// document that carries another one, the inner root. It stops after limit violations (0:
// DefaultLimit). The order is that of the document.
func (s *Schema) Validate(d *xmltree.Doc, at xmltree.Node, limit int) []Violation {
	if !at.IsElement() || at.Doc() != d {
		return nil
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	v := &run{s: s, limit: limit, lastNum: -2}
	v.says = v.heard
	v.element(at, nil, nil, true)
	v.references()
	return v.out
}

func (v *run) full() bool { return len(v.out) >= v.limit }

// space gives the number of a namespace, -1 for one the schema does not know. Neighbours share
// their namespace nearly always.
func (v *run) space(uri string) int32 {
	if v.lastNum != -2 && uri == v.lastURI {
		return v.lastNum
	}
	v.lastURI, v.lastNum = uri, -1
	for i, u := range v.s.spaces {
		if u == uri {
			v.lastNum = int32(i)
			break
		}
	}
	return v.lastNum
}

// element checks one element: declared by its parent's model as e, let in by w, or neither.
// spec: XSD-1 3.3.4
func (v *run) element(n xmltree.Node, e *element, w *wildcard, root bool) {
	if v.full() || w != nil && w.process == "skip" {
		return
	}
	if e == nil {
		e = v.s.elements[qname{n.Space(), n.Local()}]
	}
	var t *typ
	if e != nil {
		t = e.typ
	}
	said, typed := n.AttrNS(xmltree.NSXSI, "type")
	switch {
	case typed:
		t = v.saidType(n, e, t, said)
	case t == nil:
		if root {
			v.unknownRoot(n)
		} else if w != nil && w.process == "strict" {
			v.unknownInWildcard(n)
		}
		t = v.s.any
	}
	if e != nil && e.abstract {
		v.abstractElement(n)
	}
	if t.complex && t.abstract {
		v.abstractType(n, t)
	}
	isNil := v.isNil(n, e)
	v.attributes(n, t)
	sub := v.children(n, t)
	v.end(n, e, t, isNil, sub)
}

// saidType gives the type xsi:type asks for, or the declared one when it cannot be used.
// spec: XSD-1 3.3.4 cvc-elt 4
func (v *run) saidType(n xmltree.Node, e *element, t *typ, said string) *typ {
	fallback := t
	if fallback == nil {
		fallback = v.s.any
	}
	said = collapsed(said)
	space, local, ok := n.ResolveQName(said)
	if !ok {
		v.badTypeName(n, said)
		return fallback
	}
	asked := v.s.types[qname{space, local}]
	if asked == nil {
		v.unknownType(n, t, said)
		return fallback
	}
	if t == nil {
		return asked
	}
	block := t.block
	if e != nil {
		block |= e.block
	}
	if !derives(asked, t, block) {
		v.foreignType(n, t, said)
	}
	return asked
}

// isNil tells whether the element is declared empty by xsi:nil. spec: XSD-1 3.3.4 cvc-elt 3
func (v *run) isNil(n xmltree.Node, e *element) bool {
	said, ok := n.AttrNS(xmltree.NSXSI, "nil")
	if !ok {
		return false
	}
	if e != nil && !e.nillable {
		v.notNillable(n)
		return false
	}
	said = collapsed(said)
	if said != "true" && said != "1" {
		return false
	}
	if e != nil && e.fixed != nil {
		v.nilFixed(n, *e.fixed)
	}
	return true
}

// children runs the content model over the child elements and tells whether there are any.
// spec: XSD-1 3.4.4, 3.8.4
func (v *run) children(n xmltree.Node, t *typ) bool {
	c := n.Child("*", "*")
	m := t.model
	at, broken, some := int32(0), false, c.Exists()
	for ; c.Exists(); c = c.Next() {
		var e *element
		var w *wildcard
		if m != nil {
			space, local := v.space(c.Space()), c.Local()
			ok := false
			if !broken {
				var next int32
				if e, w, next, ok = m.next(at, space, local); ok {
					at = next
				} else {
					v.unexpected(n, c, m, at)
					broken = true
				}
			}
			if !ok {
				e, w = m.find(space, local)
			}
		}
		if v.element(c, e, w, false); v.full() {
			return some
		}
	}
	if m != nil && !broken && !m.states[at].final {
		v.incomplete(n, m, at)
	}
	return some
}

// end checks the content as a whole. spec: XSD-1 3.3.4 cvc-elt 5, 3.4.4 cvc-complex-type 2
func (v *run) end(n xmltree.Node, e *element, t *typ, isNil, sub bool) {
	if t.content == contentMixed && (e == nil || e.fixed == nil) && !isNil {
		return
	}
	text, solid := chars(n)
	if isNil {
		if sub || text {
			v.nilContent(n)
		}
		return
	}
	value := ""
	if e != nil && (e.preset != nil || e.fixed != nil) && !sub && !text {
		value = ""
		if e.preset != nil {
			value = *e.preset
		} else {
			value = *e.fixed
		}
	} else if t.simple != nil {
		value = ownText(n, sub)
	}
	if !t.complex {
		if sub {
			v.childInSimple(n, t)
		}
		v.content(n, t, value, "cvc-type.3.1.3")
	} else {
		switch t.content {
		case contentEmpty:
			if sub || text {
				v.notEmpty(n, sub)
			}
		case contentSimple:
			if sub {
				v.childInSimple(n, t)
			}
			v.content(n, t, value, "cvc-complex-type.2.2")
		case contentElements:
			if solid {
				v.textInElements(n)
			}
		}
	}
	if e != nil && e.fixed != nil && (sub || text) {
		v.fixedContent(n, e, t, sub)
	}
}

func (v *run) content(n xmltree.Node, t *typ, value, also string) {
	v.node = n
	if f := t.simple.check(value, v.says); f.code != "" {
		v.badContent(n, t, f, also)
	}
}

func (v *run) fixedContent(n xmltree.Node, e *element, t *typ, sub bool) {
	switch {
	case sub:
		v.notFixed(n, "cvc-elt.5.2.2.1", *e.fixed)
	case t.complex && t.content == contentMixed:
		if n.Text() != *e.fixed {
			v.notFixed(n, "cvc-elt.5.2.2.2.1", *e.fixed)
		}
	case t.simple != nil:
		v.node = n
		if got := n.Text(); t.simple.check(got, nil).code == "" && !t.simple.same(got, *e.fixed) {
			v.notFixed(n, "cvc-elt.5.2.2.2.2", *e.fixed)
		}
	}
}

// same tells whether two texts are one value of the type.
func (s *simple) same(a, b string) bool {
	a, b = s.normal(a), s.normal(b)
	if a == b {
		return true
	}
	return s.variety == atomic && s.lex.fits(a) && s.lex.fits(b) && s.lex.canon(a) == s.lex.canon(b)
}

// ownText gives the characters directly inside an element.
func ownText(n xmltree.Node, sub bool) string {
	if !sub {
		return n.Text()
	}
	var b strings.Builder
	for k := range n.Nodes() {
		if k.IsText() {
			b.WriteString(k.Text())
		}
	}
	return b.String()
}

// chars tells whether characters stand directly inside an element, and whether some are more than
// white space.
func chars(n xmltree.Node) (some, solid bool) {
	src := n.Doc().Source()
	from, to := n.ContentRange()
	for c := n.Child("*", "*"); c.Exists(); c = c.Next() {
		gapChars(src[from:c.Offset()], &some, &solid)
		from = c.End()
	}
	gapChars(src[from:to], &some, &solid)
	return some, solid
}

func gapChars(b []byte, some, solid *bool) {
	for i := 0; i < len(b) && !*solid; i++ {
		switch b[i] {
		case ' ', '\t', '\n', '\r':
			*some = true
		case '<':
			end := skipMarkup(b[i:])
			if text, ok := bytes.CutPrefix(b[i:i+end], cdataStart); ok && len(text) > len("]]>") {
				*some = true
				*solid = len(bytes.Trim(text[:len(text)-len("]]>")], " \t\r\n")) > 0
			}
			i += end - 1
		case '&':
			end := bytes.IndexByte(b[i:], ';')
			*some = true
			*solid = end < 0 || !blankReference(string(b[i+1:i+min(end, maxReference)]))
			i += max(end, 0)
		default:
			*some, *solid = true, true
		}
	}
}

// maxReference is more than the longest reference to white space anybody writes.
const maxReference = 16

var cdataStart = []byte("<![CDATA[")

// skipMarkup gives the length of the comment, instruction or CDATA section at the start of b.
func skipMarkup(b []byte) int {
	start, end := 2, "?>"
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		start, end = 4, "-->"
	case bytes.HasPrefix(b, cdataStart):
		start, end = len(cdataStart), "]]>"
	case !bytes.HasPrefix(b, []byte("<?")):
		start, end = 1, ">" // an end tag
	}
	if i := bytes.Index(b[start:], []byte(end)); i >= 0 {
		return start + i + len(end)
	}
	return len(b)
}

// blankReference tells the body of a character reference to white space.
func blankReference(body string) bool {
	digits, base := strings.TrimPrefix(body, "#"), 10
	if hexed, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hexed, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return err == nil && (n == ' ' || n == '\t' || n == '\n' || n == '\r')
}
