package fhirmap

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// source reads a CDA and remembers, attribute by attribute and text by text, what the result holds.
type source struct {
	d     *cda.Document
	x     *xmltree.Doc
	attrs []bool // by number of attribute
	texts []bool // by number of element: its own words
	lost  []Loss // values met and known not to be kept
}

func newSource(d *cda.Document) *source {
	return &source{d: d, x: d.XML, attrs: make([]bool, d.XML.Attributes()+1), texts: make([]bool, d.XML.Elements()+1)}
}

// attr uses an attribute without namespace.
func (s *source) attr(n xmltree.Node, name string) string {
	if !n.Exists() {
		return ""
	}
	e := s.x.Elem(n.Number())
	for j := e.Attr; j < e.AttrEnd; j++ {
		if raw, _, _ := s.x.NameAt(s.x.AttrAt(j).Name); raw == name {
			s.attrs[j] = true
			return strings.TrimSpace(s.x.AttrValue(j))
		}
	}
	return ""
}

// typeOf uses xsi:type; a prefix that is not bound leaves the word after it.
func (s *source) typeOf(n xmltree.Node) string {
	if !n.Exists() {
		return ""
	}
	e := s.x.Elem(n.Number())
	for j := e.Attr; j < e.AttrEnd; j++ {
		a := s.x.AttrAt(j)
		if _, _, local := s.x.NameAt(a.Name); local == "type" && s.x.SpaceAt(a.Space) == xmltree.NSXSI {
			s.attrs[j] = true
			v := s.x.AttrValue(j)
			return strings.TrimSpace(v[strings.LastIndexByte(v, ':')+1:])
		}
	}
	return ""
}

// text uses the words of an element, on one line.
func (s *source) text(n xmltree.Node) string {
	if !n.Exists() || n.Number() == 0 {
		return ""
	}
	s.texts[n.Number()] = true
	return strings.Join(strings.Fields(n.Text()), " ")
}

// fixed uses a code that the model fixes: another one is left unread, a loss.
func (s *source) fixed(n xmltree.Node, code string) {
	if n.Attr("code") == code {
		s.whole(n)
	}
}

// whole marks an element with all that is below as used.
func (s *source) whole(n xmltree.Node) {
	if n.Number() == 0 {
		return
	}
	e := s.x.Elem(n.Number())
	for i := n.Number(); i <= s.x.Elements(); i++ {
		k := s.x.Elem(i)
		if k.Start >= e.End {
			break
		}
		s.texts[i] = true
		for j := k.Attr; j < k.AttrEnd; j++ {
			s.attrs[j] = true
		}
	}
}

// lose reports a value that was understood but has no place in the result.
func (s *source) lose(n xmltree.Node, what string, why finding.Text) {
	s.lost = append(s.lost, Loss{Path: n.XPath(), What: shorten(what), Why: why, Place: n.Place()})
}

// maxWhat bounds how much of a lost value is quoted.
const maxWhat = 120

func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxWhat {
		return string(r[:maxWhat]) + "…"
	}
	return s
}

var whyUnread = finding.T("Aucun élément de la correspondance ne reçoit cette information.", "No element of the mapping receives this information.")

// losses lists what was lost: the values reported on the way, then every element that carries
// something unread, the highest element of which nothing was read standing for all below it.
func (s *source) losses() []Loss {
	out := append([]Loss(nil), s.lost...)
	n := s.x.Elements()
	// By element: how many pieces of information are below and not used, and how many used.
	unread, read := make([]int, n+1), make([]int, n+1)
	own := make([][]string, n+1)
	for i := n; i >= 1; i-- {
		e := s.x.Elem(i)
		node := s.x.ElementAt(i)
		for j := e.Attr; j < e.AttrEnd; j++ {
			a := s.x.AttrAt(j)
			raw, _, local := s.x.NameAt(a.Name)
			switch {
			case s.attrs[j]:
				read[i]++
			case noiseAttr(node, local, s.x.AttrValue(j)):
			default:
				unread[i]++
				own[i] = append(own[i], raw+"="+s.x.AttrValue(j))
			}
		}
		if words := ownText(node); words != "" {
			if s.texts[i] {
				read[i]++
			} else {
				unread[i]++
				own[i] = append(own[i], words)
			}
		}
		if noiseElement(node) {
			unread[i], own[i] = 0, nil
		}
		if e.Parent > 0 {
			unread[e.Parent] += unread[i]
			read[e.Parent] += read[i]
		}
	}
	top := s.d.Root.Number()
	for i := top; i <= n; i++ {
		node := s.x.ElementAt(i)
		if node.Offset() >= s.d.Root.End() {
			break
		}
		if unread[i] == 0 || noiseInside(node) {
			continue
		}
		if read[i] == 0 && i != top { // a whole branch: said once, at its top
			if p := s.x.Elem(i).Parent; p >= top && read[p] == 0 && p != top {
				continue
			}
			out = append(out, Loss{Path: node.XPath(), What: shorten(branch(own, s.x, i)), Why: whyUnread, Place: node.Place()})
			continue
		}
		if len(own[i]) > 0 {
			out = append(out, Loss{Path: node.XPath(), What: shorten(strings.Join(own[i], " ")), Why: whyUnread, Place: node.Place()})
		}
	}
	return out
}

// branch joins what was not read in an element and below.
func branch(own [][]string, x *xmltree.Doc, i int) string {
	e := x.Elem(i)
	var out []string
	size := 0
	for k := i; k <= x.Elements() && x.Elem(k).Start < e.End && size < 2*maxWhat; k++ {
		for _, w := range own[k] {
			if len(w) > 4*maxWhat {
				w = w[:4*maxWhat]
			}
			out = append(out, w)
			size += len(w)
		}
	}
	return strings.Join(out, " ")
}

// ownText gives the words directly in an element. A long text is not read to its end.
func ownText(n xmltree.Node) string {
	for t := range n.Nodes() {
		if t.IsText() {
			if w := strings.TrimSpace(t.Text()); w != "" {
				return w
			}
		}
	}
	return ""
}
