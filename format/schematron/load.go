package schematron

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// Limits of one schema: rules come from outside.
const (
	maxInclude     = 32      // files included one inside the other
	maxFiles       = 4096    // files of one schema
	maxParts       = 1 << 18 // lets and assertions of one schema, expanded
	maxExpression  = 1 << 16 // bytes of one expression after expansion
	maxSchemaBytes = 16 << 20
)

// Load reads a schema and all it includes from a folder and expands it. A file that is absent or
// cannot be read, an abstract pattern or rule nobody declares: each is a Problem, and what
// depends on it is left out. The Source is nil only when the schema itself cannot be read.
//
// spec: ISO-19757-3 5.4.4
func Load(fsys fs.FS, name string) (*Source, []Problem) {
	l := loader{fsys: fsys, docs: map[string]*xmltree.Doc{}}
	root, ok := l.open(name, Origin{File: name, Line: 1})
	if !ok {
		return nil, l.problems
	}
	if !root.Is(NS, "schema") {
		l.problem("SCH-ROOT", Origin{name, root.Line()}, finding.Tf("La racine est « %s », pas un schéma ISO Schematron.", "The root is “%s”, not an ISO Schematron schema.", root.Local()))
		return nil, l.problems
	}
	s := &Source{Name: name, Base: path.Dir(name), DefaultPhase: root.Attr("defaultPhase"), Version: root.Attr("schemaVersion"), Binding: root.Attr("queryBinding")}
	switch s.Binding {
	case "", "xslt", "xslt1", "xslt2", "xpath", "xpath2":
	default:
		l.problem("SCH-BINDING", Origin{name, root.Line()}, finding.Tf("Le langage « %s » n'est pas pris en charge (xslt2).", "Query binding “%s” is not supported (xslt2).", s.Binding))
	}
	l.src = s
	l.flatten(name, root, 0)
	l.expand()
	return s, l.problems
}

// item is an element of the schema after inclusion, with the file it came from.
type item struct {
	xmltree.Node
	file string
}

func (i item) at() Origin { return Origin{i.file, i.Line()} }

type loader struct {
	fsys     fs.FS
	src      *Source
	docs     map[string]*xmltree.Doc
	problems []Problem
	top      []item // children of the schema, includes resolved
	abstract map[string][]item
	rules    map[string][]item // abstract rules by id, whole schema
	parts    int
}

const maxProblems = 2000

func (l *loader) problem(id string, at Origin, m finding.Text) {
	if len(l.problems) < maxProblems {
		l.problems = append(l.problems, Problem{id, at, m})
	}
}

// open reads a file once. A name that differs by case only is taken, and reported: such a folder
// works on one system and not on another.
func (l *loader) open(name string, from Origin) (xmltree.Node, bool) {
	if d, ok := l.docs[name]; ok {
		if d == nil {
			return xmltree.Node{}, false
		}
		return d.Root(), true
	}
	if len(l.docs) >= maxFiles {
		l.problem("SCH-LIMIT", from, finding.Tf("Plus de %d fichiers dans un schéma.", "More than %d files in one schema.", maxFiles))
		return xmltree.Node{}, false
	}
	l.docs[name] = nil
	raw, err := readFile(l.fsys, name)
	if err != nil {
		other, ok := otherCase(l.fsys, name)
		if !ok {
			l.problem("SCH-INCLUDE", from, finding.Tf("Le fichier « %s » n'existe pas ou ne se lit pas : ses règles manquent.", "File “%s” does not exist or cannot be read: its rules are missing.", name))
			return xmltree.Node{}, false
		}
		l.problem("SCH-CASE", from, finding.Tf("Le fichier s'appelle « %s » : seule la casse diffère, il est lu.", "The file is called “%s”: only its case differs, it is read.", other))
		if raw, err = readFile(l.fsys, other); err != nil {
			l.problem("SCH-INCLUDE", from, finding.Tf("Le fichier « %s » ne se lit pas.", "File “%s” cannot be read.", other))
			return xmltree.Node{}, false
		}
	}
	d, err := xmltree.Parse(raw)
	if err != nil {
		at := Origin{name, 1}
		if x, ok := err.(*xmltree.Error); ok {
			at.Line = x.Line
			l.problem("SCH-XML", at, finding.Tf("Ce fichier n'est pas du XML : %s", "This file is not XML: %s", x.Message.FR))
			return xmltree.Node{}, false
		}
		l.problem("SCH-XML", at, finding.Tf("Ce fichier n'est pas du XML : %v", "This file is not XML: %v", err))
		return xmltree.Node{}, false
	}
	l.docs[name] = d
	return d.Root(), true
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fs.ErrInvalid
	}
	st, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > maxSchemaBytes {
		return nil, fs.ErrInvalid
	}
	return fs.ReadFile(fsys, name)
}

// otherCase finds the file of that name when only capitals differ, in any step of its path.
func otherCase(fsys fs.FS, name string) (string, bool) {
	if !fs.ValidPath(name) {
		return "", false
	}
	at := "."
	for step := range strings.SplitSeq(name, "/") {
		next := path.Join(at, step)
		if _, err := fs.Stat(fsys, next); err == nil {
			at = next
			continue
		}
		entries, err := fs.ReadDir(fsys, at)
		if err != nil {
			return "", false
		}
		i := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return strings.EqualFold(e.Name(), step) })
		if i < 0 {
			return "", false
		}
		at = path.Join(at, entries[i].Name())
	}
	return at, at != name
}

// children gives the element children of a node, includes replaced by what they point at.
func (l *loader) children(file string, n xmltree.Node, depth int, yield func(item)) {
	for c := range n.Elements() {
		if !c.Is(NS, "include") {
			yield(item{c, file})
			continue
		}
		l.include(item{c, file}, depth, yield)
	}
}

func (l *loader) include(inc item, depth int, yield func(item)) {
	href := strings.TrimSpace(inc.Attr("href"))
	if depth >= maxInclude {
		l.problem("SCH-INCLUDE", inc.at(), finding.Tf("Les inclusions s'emboîtent sans fin (%s).", "Includes nest without end (%s).", href))
		return
	}
	file, fragment, _ := strings.Cut(href, "#")
	name := inc.file
	if file != "" {
		name = path.Join(path.Dir(inc.file), file)
	}
	root, ok := l.open(name, inc.at())
	if !ok {
		return
	}
	target := root
	if fragment != "" {
		target = byID(root, fragment)
	} else if file == "" {
		target = xmltree.Node{}
	}
	if !target.Exists() {
		l.problem("SCH-INCLUDE", inc.at(), finding.Tf("« %s » ne désigne rien.", "“%s” points at nothing.", href))
		return
	}
	if target.Is(NS, "include") {
		l.include(item{target, name}, depth+1, yield)
		return
	}
	if target.Space() != NS { // a container of another vocabulary: its Schematron children
		for c := range target.Children(NS, "*") {
			yield(item{c, name})
		}
		return
	}
	yield(item{target, name})
}

func byID(n xmltree.Node, id string) xmltree.Node {
	if v, ok := n.AttrNS(xmltree.NSXML, "id"); ok && v == id || n.Attr("id") == id {
		return n
	}
	for c := range n.Descendants("*", "*") {
		if v, ok := c.AttrNS(xmltree.NSXML, "id"); ok && v == id || c.Attr("id") == id {
			return c
		}
	}
	return xmltree.Node{}
}

// flatten sorts the children of the schema into what each is.
func (l *loader) flatten(file string, root xmltree.Node, depth int) {
	l.abstract, l.rules = map[string][]item{}, map[string][]item{}
	l.children(file, root, depth, func(it item) { l.place(it, depth) })
}

func (l *loader) place(it item, depth int) {
	s := l.src
	switch {
	case it.Space() != NS:
		l.foreign(it)
	case it.Local() == "ns":
		s.Namespaces = append(s.Namespaces, Namespace{it.Attr("prefix"), it.Attr("uri")})
	case it.Local() == "title":
		s.Title = spaced(it.Text())
	case it.Local() == "let":
		if v, ok := l.let(it, nil); ok {
			s.Lets = append(s.Lets, v)
		}
	case it.Local() == "phase":
		s.Phases = append(s.Phases, l.phase(it))
	case it.Local() == "diagnostics":
		l.children(it.file, it.Node, depth+1, func(d item) {
			s.Diagnostics = append(s.Diagnostics, Diagnostic{d.Attr("id"), l.text(d, nil)})
		})
	case it.Local() == "pattern":
		l.top = append(l.top, it)
		if it.Attr("abstract") == "true" {
			l.abstract[it.Attr("id")] = append(l.abstract[it.Attr("id")], it)
		}
		l.children(it.file, it.Node, depth+1, func(r item) {
			if r.Is(NS, "rule") && r.Attr("abstract") == "true" {
				l.rules[r.Attr("id")] = append(l.rules[r.Attr("id")], r)
			}
		})
	case it.Local() == "p", it.Local() == "properties":
	default:
		l.problem("SCH-ELEMENT", it.at(), finding.Tf("L'élément « %s » n'a pas sa place ici ; il est laissé de côté.", "Element “%s” has no place here; it is left out.", it.Local()))
	}
}

func (l *loader) foreign(it item) {
	if it.Space() == "http://www.w3.org/1999/XSL/Transform" && it.Local() == "key" {
		l.src.Keys = append(l.src.Keys, Key{it.Attr("name"), it.Attr("match"), it.Attr("use"), it.at()})
		return
	}
	if it.Space() == "http://www.w3.org/1999/XSL/Transform" {
		l.problem("SCH-XSL", it.at(), finding.Tf("« xsl:%s » dans un schéma n'est pas pris en charge.", "“xsl:%s” in a schema is not supported.", it.Local()))
	}
}

func (l *loader) phase(it item) Phase {
	p := Phase{ID: it.Attr("id")}
	for c := range it.Elements() {
		switch {
		case c.Is(NS, "active"):
			p.Active = append(p.Active, c.Attr("pattern"))
		case c.Is(NS, "let"):
			if v, ok := l.let(item{c, it.file}, nil); ok {
				p.Lets = append(p.Lets, v)
			}
		}
	}
	return p
}
