package xpath

import (
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// spec: XPath-FO 14
var nodeFunctions = map[string]*function{
	"name": {min: 0, max: 1, context: 1, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := oneNode(r, a[0])
		if !ok {
			return stringItem(""), true
		}
		return stringItem(it.tree.LexicalName(it.node)), true
	}},
	"local-name": {min: 0, max: 1, context: 1, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := oneNode(r, a[0])
		if !ok {
			return stringItem(""), true
		}
		return stringItem(it.tree.Local(it.node)), true
	}},
	"namespace-uri": {min: 0, max: 1, context: 1, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := oneNode(r, a[0])
		if !ok {
			return Item{typ: TypeAnyURI}, true
		}
		return Item{typ: TypeAnyURI, s: it.tree.Space(it.node)}, true
	}},
	"node-name": {min: 1, max: 1, static: atomic_, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := oneNode(r, a[0])
		if !ok || it.tree.LexicalName(it.node) == "" {
			return it, false
		}
		return qnameItem(it.tree.LexicalName(it.node), r.space(it.tree.Space(it.node))), true
	}},
	"root": {min: 0, max: 1, context: 1, static: nodes_, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := oneNode(r, a[0])
		it.node = 0
		return it, ok
	}},
	"nilled": {min: 1, max: 1, static: boolean, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := oneNode(r, a[0])
		return boolItem(false), ok && it.tree.nodes[it.node].kind == KindElement
	}},
	"base-uri":     {min: 0, max: 1, context: 1, static: stringy, value: treeURI},
	"document-uri": {min: 1, max: 1, static: stringy, value: treeURI},
	"generate-id": {min: 0, max: 1, context: 1, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := oneNode(r, a[0])
		if !ok {
			return stringItem(""), true
		}
		return stringItem("d" + strconv.FormatInt(it.tree.serial, 10) + "n" + strconv.Itoa(int(it.node))), true
	}},
	"lang": {min: 1, max: 2, context: 2, cond: func(r *Run, a []expr) bool {
		want := strings.ToLower(stringOf(r, a[0]))
		it, ok := oneNode(r, a[1])
		if !ok {
			return false
		}
		for e := it.tree.Element(it.node); e.Exists(); e = e.Parent() {
			if v, ok := e.AttrNS(nsXML, "lang"); ok {
				v = strings.ToLower(v)
				return v == want || strings.HasPrefix(v, want+"-")
			}
		}
		return false
	}},
	"resolve-uri": {min: 1, max: 2, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := single(r, a[0])
		if !ok {
			return it, false
		}
		base := ""
		if len(a) == 2 {
			base = stringOf(r, a[1])
		}
		return Item{typ: TypeAnyURI, s: resolve(base, it.text())}, true
	}},
}

func treeURI(r *Run, a []expr) (Item, bool) {
	it, ok := oneNode(r, a[0])
	if !ok || it.tree.uri == "" {
		return it, false
	}
	return Item{typ: TypeAnyURI, s: it.tree.uri}, true
}

// spec: XPath-FO 11
var nameFunctions = map[string]*function{
	"QName": {min: 2, max: 2, static: atomic_, value: func(r *Run, a []expr) (Item, bool) {
		uri, name := stringOf(r, a[0]), stringOf(r, a[1])
		prefix, local, found := strings.Cut(name, ":")
		if !found {
			prefix, local = "", name
		}
		if !isNCName(local) || found && (!isNCName(prefix) || uri == "") {
			fail(IDValue, "FOCA0002", "« %s » n'est pas un nom", "%q is not a name", excerpt(name))
		}
		return qnameItem(name, r.space(uri)), true
	}},
	"resolve-QName": {min: 2, max: 2, static: atomic_, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := single(r, a[0])
		if !ok {
			return it, false
		}
		if !it.typ.stringy() {
			typeError("une chaîne est attendue, trouvé %s", "a string is expected, found %s", it.typ)
		}
		e := element(r, a[1])
		s := strings.Trim(it.s, " \t\r\n")
		prefix, local, found := strings.Cut(s, ":")
		if !found {
			prefix, local = "", s
		}
		if !isNCName(local) || found && !isNCName(prefix) {
			fail(IDValue, "FOCA0002", "« %s » n'est pas un nom", "%q is not a name", excerpt(s))
		}
		uri, known := e.Lookup(prefix)
		if !known && found {
			fail(IDValue, "FONS0004", "préfixe non déclaré dans le document : %s", "prefix not declared in the document: %s", excerpt(prefix))
		}
		return qnameItem(s, r.space(uri)), true
	}},
	"prefix-from-QName": {min: 1, max: 1, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := qnameOf(r, a[0])
		prefix, _, found := strings.Cut(it.s, ":")
		return stringItem(prefix), ok && found
	}},
	"local-name-from-QName": {min: 1, max: 1, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := qnameOf(r, a[0])
		return stringItem(localPart(it.s)), ok
	}},
	"namespace-uri-from-QName": {min: 1, max: 1, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		it, ok := qnameOf(r, a[0])
		return Item{typ: TypeAnyURI, s: r.uri(int(it.bits))}, ok
	}},
	"namespace-uri-for-prefix": {min: 2, max: 2, static: stringy, value: func(r *Run, a []expr) (Item, bool) {
		uri, ok := element(r, a[1]).Lookup(stringOf(r, a[0]))
		return Item{typ: TypeAnyURI, s: uri}, ok && uri != ""
	}},
	"in-scope-prefixes": {min: 1, max: 1, static: stringy, seq: func(r *Run, a []expr, _ int) {
		seen := map[string]bool{"xml": true}
		for prefix, uri := range element(r, a[0]).InScope() {
			if !seen[prefix] {
				seen[prefix] = true
				if uri != "" {
					r.emit(stringItem(prefix))
				}
			}
		}
		r.emit(stringItem("xml"))
	}},
}

// element gives an argument that must be an element.
func element(r *Run, e expr) xmltree.Node {
	it, ok := oneNode(r, e)
	if !ok || it.tree.nodes[it.node].kind != KindElement {
		typeError("un élément est attendu", "an element is expected")
	}
	return it.tree.doc.ElementAt(int(it.tree.nodes[it.node].src))
}

func qnameOf(r *Run, e expr) (Item, bool) {
	it, ok := single(r, e)
	if ok && it.typ != TypeQName {
		typeError("un xs:QName est attendu, trouvé %s", "an xs:QName is expected, found %s", it.typ)
	}
	return it, ok
}

// space gives the number of a namespace: the library's, or one of this run's from unknownSpaces
// on.
func (r *Run) space(uri string) int {
	if id, ok := r.lib.names.spaces[uri]; ok {
		return int(id)
	}
	id, ok := r.qnames[uri]
	if !ok {
		if r.qnames == nil {
			r.qnames = map[string]int{}
		}
		id = unknownSpaces + len(r.qnames)
		r.qnames[strings.Clone(uri)] = id
	}
	return id
}

const unknownSpaces = 1 << 24

func (r *Run) uri(id int) string {
	if id < unknownSpaces {
		return r.lib.names.uris[id]
	}
	for uri, i := range r.qnames {
		if i == id {
			return uri
		}
	}
	return ""
}
