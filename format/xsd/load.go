package xsd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

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
