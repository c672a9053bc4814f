package explain

import (
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// item is an element, or one of its attributes.
type item struct {
	node xmltree.Node
	attr string
	text string
}

// maxItems bounds what a path may gather.
const maxItems = 200

// plainPath tells the paths this package can follow by itself, to quote what is there.
func plainPath(e *expr) bool {
	if e.kind != "path" || e.root != "" {
		return false
	}
	for _, s := range e.path {
		if s.base != nil || strings.HasSuffix(s.axis, "::") && s.axis != "self::" {
			return false
		}
		for _, p := range s.preds {
			if !decidable(p) {
				return false
			}
		}
	}
	return true
}

func decidable(e *expr) bool {
	switch e.kind {
	case "path":
		return plainPath(e)
	case "cmp":
		return e.args[0].kind == "path" && plainPath(e.args[0]) && e.args[1].kind == "text" && (e.op == "=" || e.op == "!=")
	case "and", "or":
		for _, a := range e.args {
			if !decidable(a) {
				return false
			}
		}
		return true
	case "call":
		return e.op == "not" && len(e.args) == 1 && decidable(e.args[0])
	}
	return false
}

// follow gives what a plain path points at from a node; nothing for the others.
func follow(n xmltree.Node, e *expr) []item {
	if !plainPath(e) || !n.Exists() {
		return nil
	}
	at := []item{{node: n}}
	for _, s := range e.path {
		var next []item
		for _, i := range at {
			if i.attr == "" && len(next) < maxItems {
				next = append(next, s.from(i.node)...)
			}
		}
		at = at[:0]
		for _, i := range next {
			if i.passes(s.preds) {
				at = append(at, i)
			}
		}
		if len(at) > maxItems {
			at = at[:maxItems]
		}
	}
	return at
}

func (s step) from(n xmltree.Node) (out []item) {
	match := func(c xmltree.Node) bool { return s.name == "*" || c.Local() == s.name }
	switch s.axis {
	case ".":
		return []item{{node: n}}
	case "..":
		if p := n.Parent(); p.Exists() {
			out = append(out, item{node: p})
		}
	case "self::":
		if match(n) {
			out = append(out, item{node: n})
		}
	case "@":
		for a := range n.Attrs() {
			if s.name == "*" || a.Local == s.name || "xsi:"+a.Local == s.name && a.Space == xmltree.NSXSI {
				out = append(out, item{node: n, attr: a.Local, text: a.Value})
			}
		}
	case "//":
		for c := range n.Descendants("*", "*") {
			if match(c) && len(out) < maxItems {
				out = append(out, item{node: c})
			}
		}
	default:
		for c := range n.Elements() {
			if match(c) {
				out = append(out, item{node: c})
			}
		}
	}
	return out
}

func (i item) passes(preds []*expr) bool {
	for _, p := range preds {
		if !i.is(p) {
			return false
		}
	}
	return true
}

func (i item) is(e *expr) bool {
	switch e.kind {
	case "path":
		return len(follow(i.node, e)) > 0
	case "cmp":
		for _, v := range values(i.node, e.args[0]) {
			if (v == e.args[1].op) == (e.op == "=") {
				return true
			}
		}
		return false
	case "and":
		for _, a := range e.args {
			if !i.is(a) {
				return false
			}
		}
		return true
	case "or":
		for _, a := range e.args {
			if i.is(a) {
				return true
			}
		}
		return false
	case "call":
		return !i.is(e.args[0])
	}
	return true
}

// values gives the attributes a path ends on, or the text of the leaves it ends on. A condition on
// what is wanted would hide what is there: the last one is left out when nothing else answers.
func values(n xmltree.Node, e *expr) (out []string) {
	list := follow(n, e)
	if len(list) == 0 && plainPath(e) {
		for _, p := range e.path[len(e.path)-1].preds {
			bare := *e
			bare.path = append([]step(nil), e.path...)
			bare.path[len(bare.path)-1].preds = nil
			for _, i := range follow(n, &bare) {
				walk(p, func(x *expr) {
					if x.kind == "path" && attribute(x) != "" && len(out) < maxShown {
						for _, a := range follow(i.node, x) {
							out = append(out, a.text)
						}
					}
				})
			}
		}
		return out
	}
	for _, i := range list {
		switch {
		case i.attr != "":
			out = append(out, i.text)
		case leaf(i.node):
			out = append(out, i.node.Trim())
		}
		if len(out) >= maxShown {
			break
		}
	}
	return out
}

func leaf(n xmltree.Node) bool {
	for range n.Elements() {
		return false
	}
	return true
}

// plainly takes off the exceptions that do not apply: "not(@value) or …" on an element that has
// @value says only what follows.
func plainly(n xmltree.Node, e *expr) *expr {
	if e == nil || e.kind != "or" || !n.Exists() {
		return e
	}
	var left []*expr
	for _, a := range e.args {
		if a.kind == "call" && (a.op == "not" || a.op == "empty") && len(a.args) == 1 && a.args[0].kind == "path" && stands(n, a.args[0]) && typeName(e) == "" {
			continue
		}
		left = append(left, a)
	}
	switch len(left) {
	case 0, len(e.args):
		return e
	case 1:
		return left[0]
	}
	return &expr{kind: "or", args: left}
}
