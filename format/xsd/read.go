package xsd

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// document is one schema file reduced to its facts. A name without namespace is in the namespace
// the document is read into: a file without target namespace may be read into several.
type document struct {
	file     string
	elements bool // local elements are in the namespace
	attrs    bool // local attributes are in the namespace
	into     []string
	nodes    []*node
}

// node is a declaration, a particle or a facet.
type node struct {
	kind      string
	name      string
	ref       qname   // type, ref, base or itemType
	has       bool    // ref is set
	isRef     bool    // ref points at a global declaration of the same kind
	more      []qname // memberTypes
	head      qname   // substitutionGroup
	min, max  int     // max -1 is unbounded
	values    []string
	fixed     *string
	preset    *string // default
	use       string
	form      string
	space     string // namespace of a wildcard
	process   string
	block     string
	nillable  bool
	abstract  bool
	mixed     bool
	saysMixed bool // mixed was said, true or false
	line      int
	kids      []*node
}

type source struct {
	fsys    fs.FS
	docs    []*document
	seen    map[[2]string]*document // file and namespace
	byFile  map[string]*document
	pending []pendingImport
	wanted  map[string]bool // namespaces somebody refers to
	count   int
}

type pendingImport struct{ space, file, from string }

// readAll reads a schema and what it is made of. spec: XSD-1 4.2.1, 4.2.3
func readAll(fsys fs.FS, name string) ([]*document, string, error) {
	s := &source{fsys: fsys, seen: map[[2]string]*document{}, byFile: map[string]*document{}, wanted: map[string]bool{}}
	target, err := s.read(name, nil, name, 0, 0)
	if err != nil {
		return nil, "", err
	}
	// An import is read once a component refers to its namespace.
	for progress := true; progress; {
		progress = false
		for i := 0; i < len(s.pending); i++ {
			p := s.pending[i]
			if !s.wanted[p.space] || p.file == "" {
				continue
			}
			s.pending = slices.Delete(s.pending, i, i+1)
			i--
			progress = true
			if _, err := s.read(p.file, &p.space, p.from, 0, 0); err != nil {
				return nil, "", err
			}
		}
	}
	return s.docs, target, nil
}

// read reads one file into a namespace (nil: its own).
func (s *source) read(name string, into *string, from string, line, depth int) (string, error) {
	if depth > MaxFiles {
		return "", &SchemaError{from, line, "includes nest too deep"}
	}
	if into != nil {
		if _, ok := s.seen[[2]string{name, *into}]; ok {
			return *into, nil
		}
	}
	if len(s.seen) >= MaxFiles {
		return "", &SchemaError{from, line, fmt.Sprintf("more than %d files", MaxFiles)}
	}
	src, err := readFile(s.fsys, name)
	if err != nil {
		return "", &SchemaError{from, line, fmt.Sprintf("cannot read %s: %v", name, err)}
	}
	d, err := xmltree.Parse(src)
	if err != nil {
		var x *xmltree.Error
		if errors.As(err, &x) {
			return "", &SchemaError{name, x.Line, x.Message.EN}
		}
		return "", &SchemaError{name, 0, err.Error()}
	}
	root := d.Root()
	if !root.Is(xmltree.NSXSD, "schema") {
		return "", &SchemaError{name, root.Line(), "the root is not xs:schema"}
	}
	own, has := root.AttrOK("targetNamespace")
	target := own
	switch {
	case into == nil:
	case has && own != *into:
		return "", &SchemaError{name, root.Line(), fmt.Sprintf("target namespace %q, expected %q", own, *into)}
	default:
		target = *into
	}
	r := &reader{s: s, file: name, target: target, own: own, root: root}
	doc := s.byFile[name]
	if doc == nil {
		doc = &document{file: name}
		s.byFile[name] = doc
		s.docs = append(s.docs, doc)
		r.doc = doc
	}
	doc.into = append(doc.into, target)
	s.seen[[2]string{name, target}] = doc
	if err := r.schema(depth); err != nil {
		return "", err
	}
	return target, nil
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.Size() > MaxFileBytes {
		return nil, fmt.Errorf("larger than %d bytes", MaxFileBytes)
	}
	return fs.ReadFile(fsys, name)
}

// reader turns one file into nodes. doc is nil when the file was already read into another
// namespace: only its includes and imports are followed again.
type reader struct {
	s           *source
	doc         *document
	file        string
	target, own string
	root        xmltree.Node
	block       string
}

func (r *reader) fail(n xmltree.Node, format string, args ...any) error {
	return &SchemaError{r.file, n.Line(), fmt.Sprintf(format, args...)}
}

func (r *reader) schema(depth int) error {
	r.block = r.root.Attr("blockDefault")
	if r.doc != nil {
		r.doc.elements = r.root.Attr("elementFormDefault") == "qualified"
		r.doc.attrs = r.root.Attr("attributeFormDefault") == "qualified"
	}
	for n := range r.root.Elements() {
		if n.Space() != xmltree.NSXSD {
			return r.fail(n, "element %s is not XML Schema", n.Local())
		}
		switch n.Local() {
		case "annotation", "notation":
		case "include":
			at := n.Attr("schemaLocation")
			if at == "" || strings.Contains(at, "://") {
				return r.fail(n, "include of %q: only files of the folder are read", at)
			}
			if _, err := r.s.read(path.Join(path.Dir(r.file), at), &r.target, r.file, n.Line(), depth+1); err != nil {
				return err
			}
		case "import":
			r.imported(n)
		case "element", "attribute", "group", "attributeGroup", "complexType", "simpleType":
			if r.doc == nil {
				continue
			}
			k, err := r.node(n, 0)
			if err != nil {
				return err
			}
			if k.name == "" {
				return r.fail(n, "global %s without a name", n.Local())
			}
			r.doc.nodes = append(r.doc.nodes, k)
		default:
			return r.fail(n, "xs:%s is not implemented", n.Local())
		}
	}
	return nil
}

// imported notes where a namespace can be found. The components of XML Schema itself are built in.
func (r *reader) imported(n xmltree.Node) {
	space, at := n.Attr("namespace"), n.Attr("schemaLocation")
	if space == xmltree.NSXSD || at == "" || strings.Contains(at, "://") {
		return
	}
	r.s.pending = append(r.s.pending, pendingImport{space, path.Join(path.Dir(r.file), at), r.file})
}

// known lists the attributes each kind of node may have; another one is refused, because it would
// change the meaning without us knowing.
var known = map[string]string{
	"element":        "name type ref minOccurs maxOccurs substitutionGroup default fixed nillable abstract final block form",
	"attribute":      "name type ref use default fixed form",
	"group":          "name ref minOccurs maxOccurs",
	"attributeGroup": "name ref",
	"complexType":    "name mixed abstract block final",
	"simpleType":     "name final",
	"sequence":       "minOccurs maxOccurs", "choice": "minOccurs maxOccurs",
	"any":            "namespace processContents minOccurs maxOccurs",
	"anyAttribute":   "namespace processContents",
	"complexContent": "mixed", "simpleContent": "",
	"extension": "base", "restriction": "base", "list": "itemType", "union": "memberTypes",
	"enumeration": "value", "pattern": "value", "whiteSpace": "value fixed", "length": "value fixed", "minLength": "value fixed",
	"maxLength": "value fixed", "minInclusive": "value fixed", "maxInclusive": "value fixed", "minExclusive": "value fixed",
	"maxExclusive": "value fixed", "totalDigits": "value fixed", "fractionDigits": "value fixed",
}

func (r *reader) node(n xmltree.Node, depth int) (*node, error) {
	if depth > MaxDepth {
		return nil, r.fail(n, "declarations nest more than %d deep", MaxDepth)
	}
	if r.s.count++; r.s.count > MaxNodes {
		return nil, r.fail(n, "more than %d declarations", MaxNodes)
	}
	allowed, ok := known[n.Local()]
	if !ok || n.Space() != xmltree.NSXSD {
		return nil, r.fail(n, "xs:%s is not implemented", n.Local())
	}
	k := &node{kind: n.Local(), min: 1, max: 1, line: n.Line()}
	if k.kind == "element" || k.kind == "complexType" {
		k.block = r.block
	}
	for a := range n.Attrs() {
		if a.Space != "" || a.Local == "id" {
			continue
		}
		if !slices.Contains(strings.Fields(allowed), a.Local) {
			return nil, r.fail(n, "attribute %s is not known on xs:%s", a.Local, k.kind)
		}
		if err := r.attr(k, n, a); err != nil {
			return nil, err
		}
	}
	if k.max >= 0 && k.min > k.max {
		return nil, r.fail(n, "minOccurs %d is above maxOccurs %d", k.min, k.max)
	}
	for c := range n.Elements() {
		if c.Is(xmltree.NSXSD, "annotation") {
			continue
		}
		kid, err := r.node(c, depth+1)
		if err != nil {
			return nil, err
		}
		if last := len(k.kids) - 1; kid.kind == "enumeration" && last >= 0 && k.kids[last].kind == "enumeration" {
			k.kids[last].values = append(k.kids[last].values, kid.values...)
			continue
		}
		k.kids = append(k.kids, kid)
	}
	return k, nil
}

func (r *reader) attr(k *node, n xmltree.Node, a xmltree.Attr) error {
	v, trim := a.Value, strings.TrimSpace(a.Value)
	switch a.Local {
	case "name":
		if k.name = trim; !isNCName(trim) {
			return r.fail(n, "%q is not a name", v)
		}
	case "type", "ref", "base", "itemType":
		q, err := r.qname(n, trim)
		k.ref, k.has, k.isRef = q, true, a.Local == "ref"
		return err
	case "memberTypes":
		for _, m := range strings.Fields(v) {
			q, err := r.qname(n, m)
			if err != nil {
				return err
			}
			k.more = append(k.more, q)
		}
	case "substitutionGroup":
		q, err := r.qname(n, trim)
		k.head = q
		return err
	case "minOccurs", "maxOccurs":
		i := -1
		if trim != "unbounded" || a.Local == "minOccurs" {
			var err error
			if i, err = strconv.Atoi(trim); err != nil || i < 0 {
				return r.fail(n, "%s=%q is not a number", a.Local, v)
			}
			if i > MaxPositions {
				return r.fail(n, "%s=%d is above %d", a.Local, i, MaxPositions)
			}
		}
		if a.Local == "minOccurs" {
			k.min = i
		} else {
			k.max = i
		}
	case "default":
		k.preset = &v
	case "fixed":
		if n.Local() == "element" || n.Local() == "attribute" {
			k.fixed = &v
		}
	case "value":
		k.values = []string{v}
	case "use":
		k.use = trim
	case "form":
		k.form = trim
	case "namespace":
		k.space = strings.Join(strings.Fields(v), " ")
	case "processContents":
		k.process = trim
	case "block":
		k.block = strings.Join(strings.Fields(v), " ")
	case "nillable", "abstract", "mixed":
		on := trim == "true" || trim == "1"
		switch a.Local {
		case "nillable":
			k.nillable = on
		case "abstract":
			k.abstract = on
		default:
			k.mixed = on
			k.saysMixed = true
		}
	}
	return nil
}

// qname resolves a reference. A file without namespace, read into one, speaks of that one.
// spec: XSD-1 4.2.1
func (r *reader) qname(n xmltree.Node, v string) (qname, error) {
	space, local, ok := n.ResolveQName(v)
	if !ok {
		return qname{}, r.fail(n, "the prefix of %q is not declared", v)
	}
	if space == r.own {
		return qname{"", local}, nil
	}
	if space == "" {
		return qname{}, r.fail(n, "%q is in no namespace", v)
	}
	r.s.wanted[space] = true
	return qname{space, local}, nil
}
