package xmldsig

import (
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// Form is how to canonicalise.
type Form struct {
	Algorithm string   // C14N, C14NComments, ExcC14N or ExcC14NComments
	Prefixes  []string // InclusiveNamespaces PrefixList of the exclusive forms; "#default" or "" is the default namespace
}

// AppendC14N appends the canonical form of an element with everything below it, one descendant
// left out when omit exists (the signature itself).
// spec: W3C Canonical XML 1.0 §2; Exclusive XML Canonicalization 1.0 §3
func AppendC14N(dst []byte, n xmltree.Node, f Form, omit xmltree.Node) []byte {
	c := canon{dst: dst, omit: omit,
		comments:  f.Algorithm == C14NComments || f.Algorithm == ExcC14NComments,
		exclusive: f.Algorithm == ExcC14N || f.Algorithm == ExcC14NComments,
	}
	for _, p := range f.Prefixes {
		if p == "#default" {
			p = ""
		}
		c.prefixes = append(c.prefixes, p)
	}
	c.element(n, true)
	return c.dst
}

type binding struct{ prefix, uri string }

type canon struct {
	dst       []byte
	omit      xmltree.Node
	comments  bool
	exclusive bool
	prefixes  []string
	shown     []binding // declarations written by the elements that are open
	attrs     []xmltree.Attr
	decls     []binding
}

// shownAs gives what a prefix stands for in the output so far.
func (c *canon) shownAs(prefix string) (string, bool) {
	for i := len(c.shown) - 1; i >= 0; i-- {
		if c.shown[i].prefix == prefix {
			return c.shown[i].uri, true
		}
	}
	return "", false
}

// need adds a declaration when the output does not say the same already.
func (c *canon) need(prefix, uri string) {
	if prefix == "xml" {
		return
	}
	for _, d := range c.decls {
		if d.prefix == prefix {
			return
		}
	}
	now, ok := c.shownAs(prefix)
	if ok && now == uri || !ok && uri == "" {
		return
	}
	c.decls = append(c.decls, binding{prefix, uri})
}

func (c *canon) element(n xmltree.Node, apex bool) {
	mark := len(c.shown)
	c.attrs, c.decls = c.attrs[:0], c.decls[:0]
	for a := range n.Attrs() {
		c.attrs = append(c.attrs, a)
	}
	switch {
	case c.exclusive:
		c.need(n.Prefix(), n.Space())
		for i := range c.attrs {
			if p := c.attrs[i].Prefix; p != "" {
				c.need(p, c.attrs[i].Space)
			}
		}
		for _, p := range c.prefixes {
			if uri, ok := n.Lookup(p); ok {
				c.need(p, uri)
			}
		}
	case apex:
		for p, uri := range n.InScope() {
			c.need(p, uri)
		}
		c.inheritXML(n)
	default:
		for p, uri := range n.Namespaces() {
			c.need(p, uri)
		}
	}
	slices.SortFunc(c.decls, func(a, b binding) int { return strings.Compare(a.prefix, b.prefix) })
	slices.SortFunc(c.attrs, func(a, b xmltree.Attr) int {
		if d := strings.Compare(a.Space, b.Space); d != 0 {
			return d
		}
		return strings.Compare(a.Local, b.Local)
	})
	c.dst = append(c.dst, '<')
	c.name(n.Prefix(), n.Local())
	for _, d := range c.decls {
		c.dst = append(c.dst, " xmlns"...)
		if d.prefix != "" {
			c.dst = append(append(c.dst, ':'), d.prefix...)
		}
		c.dst = append(c.dst, `="`...)
		c.dst = append(appendAttr(c.dst, d.uri), '"')
	}
	c.shown = append(c.shown, c.decls...)
	for i := range c.attrs {
		a := &c.attrs[i]
		c.dst = append(c.dst, ' ')
		c.name(a.Prefix, a.Local)
		c.dst = append(c.dst, `="`...)
		c.dst = append(appendAttr(c.dst, a.Value), '"')
	}
	c.dst = append(c.dst, '>')
	for p := range n.Pieces() {
		c.piece(p)
	}
	c.dst = append(c.dst, "</"...)
	c.name(n.Prefix(), n.Local())
	c.dst = append(c.dst, '>')
	c.shown = c.shown[:mark]
}

// inheritXML brings xml:lang and the like from the ancestors to the apex of an inclusive form.
// spec: W3C Canonical XML 1.0 §2.4
func (c *canon) inheritXML(n xmltree.Node) {
	for p := n.Parent(); p.Exists(); p = p.Parent() {
		for a := range p.Attrs() {
			if a.Space != xmltree.NSXML {
				continue
			}
			if !slices.ContainsFunc(c.attrs, func(b xmltree.Attr) bool { return b.Space == a.Space && b.Local == a.Local }) {
				c.attrs = append(c.attrs, a)
			}
		}
	}
}

func (c *canon) name(prefix, local string) {
	if prefix != "" {
		c.dst = append(append(c.dst, prefix...), ':')
	}
	c.dst = append(c.dst, local...)
}

func (c *canon) piece(p xmltree.Piece) {
	switch p.Kind {
	case xmltree.KindElement:
		if p.Node != c.omit {
			c.element(p.Node, false)
		}
	case xmltree.KindText, xmltree.KindCDATA:
		from := len(c.dst)
		c.dst = escapeText(p.AppendText(c.dst), from)
	case xmltree.KindComment:
		if c.comments {
			c.dst = append(append(append(c.dst, "<!--"...), p.Comment()...), "-->"...)
		}
	case xmltree.KindProcInst:
		target, data := p.ProcInst()
		c.dst = append(append(c.dst, "<?"...), target...)
		if data != "" {
			c.dst = append(append(c.dst, ' '), data...)
		}
		c.dst = append(c.dst, "?>"...)
	}
}

// escapeText escapes what was appended from an offset on; most text needs nothing.
func escapeText(b []byte, from int) []byte {
	if !slices.ContainsFunc(b[from:], func(x byte) bool { return textEscape(x) != "" }) {
		return b
	}
	text := string(b[from:])
	b = b[:from]
	for i := range len(text) {
		if e := textEscape(text[i]); e != "" {
			b = append(b, e...)
		} else {
			b = append(b, text[i])
		}
	}
	return b
}

func textEscape(c byte) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '\r':
		return "&#xD;"
	}
	return ""
}

func appendAttr(dst []byte, v string) []byte {
	for i := range len(v) {
		switch c := v[i]; c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '\t':
			dst = append(dst, "&#x9;"...)
		case '\n':
			dst = append(dst, "&#xA;"...)
		case '\r':
			dst = append(dst, "&#xD;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
