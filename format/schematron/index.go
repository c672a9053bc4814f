package schematron

import (
	"cmp"
	"slices"

	"github.com/socle-sante/socle/format/xpath"
)

// candidate is one branch of the context of one rule.
type candidate struct {
	rule    int32
	pattern int32
	match   *xpath.Pattern
}

// index finds the rules that may match a node by what the last step of their context asks for:
// a name, or a child that carries an identifier (templateId/@root) whatever the name. A rule that
// asks for neither stands in every list.
type index struct {
	elements   map[xpath.NameID][]candidate
	any        []candidate // elements of any name
	needs      map[xpath.Need][]candidate
	kinds      []xpath.Need // the child and attribute names of needs, each once
	attributes []candidate
	document   []candidate
}

func (x *index) add(b xpath.Branch, c candidate) {
	if x.elements == nil {
		x.elements, x.needs = map[xpath.NameID][]candidate{}, map[xpath.Need][]candidate{}
	}
	if b.AnyKind {
		x.any, x.attributes, x.document = append(x.any, c), append(x.attributes, c), append(x.document, c)
		return
	}
	switch b.Kind {
	case xpath.KindDocument:
		x.document = append(x.document, c)
	case xpath.KindAttribute:
		x.attributes = append(x.attributes, c)
	case xpath.KindElement:
		switch {
		case b.Name != xpath.AnyName:
			x.elements[b.Name] = append(x.elements[b.Name], c)
		case b.Needs != nil:
			x.needs[*b.Needs] = append(x.needs[*b.Needs], c)
			if k := (xpath.Need{Child: b.Needs.Child, Attribute: b.Needs.Attribute}); !slices.Contains(x.kinds, k) {
				x.kinds = append(x.kinds, k)
			}
		default:
			x.any = append(x.any, c)
		}
	default: // text and comments: the reference implementation never looks at them
	}
}

func byOrder(a, b candidate) int {
	if a.pattern != b.pattern {
		return cmp.Compare(a.pattern, b.pattern)
	}
	return cmp.Compare(a.rule, b.rule)
}

// sort puts every list in the order rules are tried: pattern after pattern, and in a pattern the
// rules as written.
func (x *index) sort() {
	for id, list := range x.elements {
		list = append(list, x.any...)
		slices.SortStableFunc(list, byOrder)
		x.elements[id] = list
	}
	for _, list := range x.needs {
		slices.SortStableFunc(list, byOrder)
	}
	slices.SortStableFunc(x.any, byOrder)
	slices.SortStableFunc(x.attributes, byOrder)
	slices.SortStableFunc(x.document, byOrder)
}

// of gives the rules to try on an element, in order. The result stands in scratch when the element
// carries identifiers that rules ask for.
func (x *index) of(t *xpath.Tree, n xpath.Node, scratch *[]candidate) []candidate {
	list, ok := x.elements[t.Name(n)]
	if !ok {
		list = x.any
	}
	if len(x.kinds) == 0 {
		return list
	}
	merged := false
	for _, k := range x.kinds {
		for c := t.FirstChild(n); c != xpath.None; c = t.NextSibling(c) {
			if t.Name(c) != k.Child || t.Kind(c) != xpath.KindElement {
				continue
			}
			a := t.Attr(c, k.Attribute)
			if a == xpath.None {
				continue
			}
			k.Value = t.StringValue(a)
			more := x.needs[k]
			k.Value = ""
			if len(more) == 0 {
				continue
			}
			if !merged {
				*scratch, merged = append((*scratch)[:0], list...), true
			}
			*scratch = append(*scratch, more...)
		}
	}
	if !merged {
		return list
	}
	slices.SortStableFunc(*scratch, byOrder)
	return *scratch
}
