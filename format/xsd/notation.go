package xsd

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// The notation holds the facts of a schema without its text: one declaration, particle or facet a
// line, one space deeper than what holds it.
//
//	socle-xsd 1 n1
//	space n1 "urn:example"
//	file "order.xsd" elements into n1
//	 complexType Order
//	  sequence
//	   element line type=Line *
//	  attribute id type=xs:ID !required
//
// A bare name is in the namespace the file is read into. Occurrence is ? * + or 2..5; flags start
// with "!"; quoted texts are the values of a facet.

const notationHead = "socle-xsd 1 "

// Notation reads a schema as Compile does, and gives its facts in the notation Load reads.
func Notation(fsys fs.FS, name string) ([]byte, error) {
	docs, target, err := readAll(fsys, path.Clean(name))
	if err != nil {
		return nil, err
	}
	if _, err := resolve(docs, target); err != nil {
		return nil, err
	}
	w := &writer{prefix: map[string]string{xmltree.NSXSD: "xs", xmltree.NSXML: "xml"}}
	for _, d := range docs {
		w.document(d)
	}
	var out bytes.Buffer
	out.WriteString(notationHead + w.space(target) + "\n")
	for _, u := range w.spaces {
		fmt.Fprintf(&out, "space %s %s\n", w.prefix[u], strconv.Quote(u))
	}
	out.Write(w.body.Bytes())
	return out.Bytes(), nil
}

type writer struct {
	body   bytes.Buffer
	prefix map[string]string
	spaces []string
}

func (w *writer) space(uri string) string {
	p, ok := w.prefix[uri]
	if !ok {
		w.spaces = append(w.spaces, uri)
		p = "n" + strconv.Itoa(len(w.spaces))
		w.prefix[uri] = p
	}
	return p
}

func (w *writer) name(q qname) string {
	if q.space == "" {
		return q.local
	}
	return w.space(q.space) + ":" + q.local
}

func (w *writer) document(d *document) {
	w.body.WriteString("file " + strconv.Quote(d.file))
	if d.elements {
		w.body.WriteString(" elements")
	}
	if d.attrs {
		w.body.WriteString(" attributes")
	}
	w.body.WriteString(" into")
	for _, u := range d.into {
		w.body.WriteString(" " + w.space(u))
	}
	w.body.WriteByte('\n')
	for _, n := range d.nodes {
		w.node(n, 1)
	}
}

func (w *writer) node(n *node, depth int) {
	b := &w.body
	b.WriteString(strings.Repeat(" ", depth) + n.kind)
	if n.name != "" {
		b.WriteString(" " + n.name)
	}
	key := func(k, v string) {
		if v != "" {
			b.WriteString(" " + k + "=" + v)
		}
	}
	if n.has {
		k := "type"
		if n.isRef {
			k = "ref"
		}
		key(k, w.name(n.ref))
	}
	if n.head.local != "" {
		key("head", w.name(n.head))
	}
	for _, m := range n.more {
		key("member", w.name(m))
	}
	switch {
	case n.min == 1 && n.max == 1:
	case n.min == 0 && n.max == 1:
		b.WriteString(" ?")
	case n.min == 0 && n.max == -1:
		b.WriteString(" *")
	case n.min == 1 && n.max == -1:
		b.WriteString(" +")
	default:
		fmt.Fprintf(b, " %d..%d", n.min, n.max)
	}
	if n.fixed != nil {
		key("fixed", strconv.Quote(*n.fixed))
	}
	if n.preset != nil {
		key("default", strconv.Quote(*n.preset))
	}
	for _, kv := range [][2]string{{"space", n.space}, {"process", n.process}, {"block", n.block}} {
		if kv[1] != "" {
			key(kv[0], strconv.Quote(kv[1]))
		}
	}
	for _, f := range n.flags() {
		if *f.on {
			b.WriteString(" !" + f.name)
		}
	}
	if n.use != "" && n.use != "optional" {
		b.WriteString(" !" + n.use)
	}
	if n.form != "" {
		b.WriteString(" !" + n.form)
	}
	for _, v := range n.values {
		b.WriteString(" " + strconv.Quote(v))
	}
	b.WriteByte('\n')
	for _, k := range n.kids {
		w.node(k, depth+1)
	}
}

type flag struct {
	name string
	on   *bool
}

func (n *node) flags() []flag {
	return []flag{{"nillable", &n.nillable}, {"abstract", &n.abstract}, {"mixed", &n.mixed}, {"mixing", &n.saysMixed}}
}

// Load compiles a schema from its notation.
func Load(src []byte) (*Schema, error) {
	if len(src) > MaxNotation {
		return nil, &SchemaError{"notation", 0, fmt.Sprintf("larger than %d bytes", MaxNotation)}
	}
	l := &loader{spaces: map[string]string{"xs": xmltree.NSXSD, "xml": xmltree.NSXML}}
	for line := range strings.Lines(string(src)) {
		l.line++
		if err := l.read(strings.TrimSuffix(line, "\n")); err != nil {
			return nil, &SchemaError{"notation", l.line, err.Error()}
		}
	}
	target, ok := l.spaces[l.target]
	if !ok {
		return nil, &SchemaError{"notation", 1, "not a schema notation"}
	}
	return resolve(l.docs, target)
}

type loader struct {
	line   int
	count  int
	target string
	spaces map[string]string
	docs   []*document
	open   []*node // the nodes a deeper line belongs to
}

func (l *loader) read(s string) error {
	if l.line == 1 {
		head, ok := strings.CutPrefix(s, notationHead)
		if !ok {
			return fmt.Errorf("not a schema notation")
		}
		l.target = head
		return nil
	}
	depth := len(s) - len(strings.TrimLeft(s, " "))
	words, err := split(s[depth:])
	if err != nil || len(words) == 0 {
		return fmt.Errorf("unreadable line")
	}
	if depth > 0 {
		return l.node(depth, words)
	}
	switch {
	case words[0] == "space" && len(words) == 3:
		l.spaces[words[1]] = unquote(words[2])
		return nil
	case words[0] == "file" && len(words) > 3:
		return l.file(words)
	}
	return fmt.Errorf("unknown line %q", words[0])
}

func (l *loader) file(words []string) error {
	d := &document{file: unquote(words[1])}
	into := false
	for _, w := range words[2:] {
		switch {
		case into:
			u, ok := l.spaces[w]
			if !ok {
				return fmt.Errorf("space %q is not declared", w)
			}
			if slices.Contains(d.into, u) {
				return fmt.Errorf("space %q said twice", w)
			}
			d.into = append(d.into, u)
		case w == "elements":
			d.elements = true
		case w == "attributes":
			d.attrs = true
		case w == "into":
			into = true
		default:
			return fmt.Errorf("unknown word %q", w)
		}
	}
	if l.docs = append(l.docs, d); len(l.docs) > MaxFiles || len(d.into) > MaxFiles {
		return fmt.Errorf("more than %d files", MaxFiles)
	}
	l.open = l.open[:0]
	return nil
}

func (l *loader) node(depth int, words []string) error {
	if len(l.docs) == 0 || depth > len(l.open)+1 || depth > MaxDepth {
		return fmt.Errorf("line is too deep")
	}
	if l.count++; l.count > MaxNodes {
		return fmt.Errorf("more than %d declarations", MaxNodes)
	}
	n := &node{kind: words[0], min: 1, max: 1, line: l.line}
	if _, ok := known[n.kind]; !ok {
		return fmt.Errorf("unknown kind %q", n.kind)
	}
	for _, w := range words[1:] {
		if err := l.word(n, w); err != nil {
			return err
		}
	}
	if n.max >= 0 && n.min > n.max || n.min > MaxPositions || n.max > MaxPositions || n.min < 0 || n.max < -1 {
		return fmt.Errorf("occurrence %d..%d is out of bounds", n.min, n.max)
	}
	l.open = append(l.open[:depth-1], n)
	if depth > 1 {
		up := l.open[depth-2]
		up.kids = append(up.kids, n)
		return nil
	}
	if !slices.Contains([]string{"element", "attribute", "group", "attributeGroup", "complexType", "simpleType"}, n.kind) || n.name == "" {
		return fmt.Errorf("%s cannot be global", n.kind)
	}
	d := l.docs[len(l.docs)-1]
	d.nodes = append(d.nodes, n)
	return nil
}

func (l *loader) word(n *node, w string) error {
	switch {
	case w[0] == '"':
		n.values = append(n.values, unquote(w))
	case w[0] == '!':
		return n.flag(w[1:])
	case w == "?":
		n.min = 0
	case w == "*":
		n.min, n.max = 0, -1
	case w == "+":
		n.max = -1
	case strings.Contains(w, ".."):
		if _, err := fmt.Sscanf(w, "%d..%d", &n.min, &n.max); err != nil {
			return fmt.Errorf("bad occurrence %q", w)
		}
	case strings.Contains(w, "="):
		return l.pair(n, w)
	default:
		if n.name != "" || !isNCName(w) {
			return fmt.Errorf("unknown word %q", w)
		}
		n.name = w
	}
	return nil
}

func (n *node) flag(w string) error {
	for _, f := range n.flags() {
		if f.name == w {
			*f.on = true
			return nil
		}
	}
	switch w {
	case "required", "prohibited":
		n.use = w
	case "qualified", "unqualified":
		n.form = w
	default:
		return fmt.Errorf("unknown flag %q", w)
	}
	return nil
}

func (l *loader) pair(n *node, w string) error {
	k, v, _ := strings.Cut(w, "=")
	var err error
	switch k {
	case "type", "ref":
		n.has, n.isRef = true, k == "ref"
		n.ref, err = l.name(v)
	case "head":
		n.head, err = l.name(v)
	case "member":
		var q qname
		q, err = l.name(v)
		n.more = append(n.more, q)
	case "fixed":
		t := unquote(v)
		n.fixed = &t
	case "default":
		t := unquote(v)
		n.preset = &t
	case "space":
		n.space = unquote(v)
	case "process":
		n.process = unquote(v)
	case "block":
		n.block = unquote(v)
	default:
		err = fmt.Errorf("unknown word %q", k)
	}
	return err
}

func (l *loader) name(v string) (qname, error) {
	p, local, found := strings.Cut(v, ":")
	if !found {
		return qname{"", v}, nil
	}
	u, ok := l.spaces[p]
	if !ok {
		return qname{}, fmt.Errorf("space %q is not declared", p)
	}
	return qname{u, local}, nil
}

// split cuts a line at its spaces, those inside quotes left alone.
func split(s string) ([]string, error) {
	var out []string
	for s != "" {
		end := 0
		for end < len(s) && s[end] != ' ' {
			if s[end] == '"' {
				q, err := strconv.QuotedPrefix(s[end:])
				if err != nil {
					return nil, err
				}
				end += len(q)
				continue
			}
			end++
		}
		if end == 0 {
			return nil, fmt.Errorf("two spaces")
		}
		out = append(out, s[:end])
		s = strings.TrimPrefix(s[end:], " ")
	}
	return out, nil
}

func unquote(s string) string {
	if t, err := strconv.Unquote(s); err == nil {
		return t
	}
	return s
}
