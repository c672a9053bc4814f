package fhirmap

import "github.com/socle-sante/socle/format/xmltree"

// element is a piece of CDA to write.
type element struct {
	name  string
	attrs []string // name, value pairs; an empty value is left out
	kids  []any    // *element or string
}

// el makes an element from attributes; what is inside comes with put.
func el(name string, attrs ...string) *element { return &element{name: name, attrs: attrs} }

// put adds children; absent ones are left out.
func (e *element) put(kids ...*element) *element {
	for _, k := range kids {
		if k != nil {
			e.kids = append(e.kids, k)
		}
	}
	return e
}

// words makes an element that holds text; nil without text.
func words(name, text string, attrs ...string) *element {
	if text == "" {
		return nil
	}
	return &element{name: name, attrs: attrs, kids: []any{text}}
}

// leaf makes an element unless all its attributes are empty.
func leaf(name string, attrs ...string) *element {
	for i := 1; i < len(attrs); i += 2 {
		if attrs[i] != "" {
			return el(name, attrs...)
		}
	}
	return nil
}

// filled gives e when it has anything inside.
func filled(e *element) *element {
	if e == nil || len(e.kids) == 0 && len(e.attrs) == 0 {
		return nil
	}
	return e
}

func templates(roots ...string) []*element {
	out := make([]*element, len(roots))
	for i, r := range roots {
		out[i] = el("templateId", "root", r)
	}
	return out
}

// blocks begin on a line of their own, outside narratives where blanks would count.
var blocks = map[string]bool{"section": true, "entry": true, "act": true, "observation": true, "organizer": true, "procedure": true, "component": true, "entryRelationship": true, "author": true,
	"recordTarget": true, "custodian": true, "legalAuthenticator": true, "authenticator": true, "participant": true, "documentationOf": true, "componentOf": true, "informant": true, "substanceAdministration": true}

func (e *element) write(dst []byte) []byte {
	if blocks[e.name] {
		dst = append(dst, '\n')
	}
	dst = append(append(dst, '<'), e.name...)
	for i := 0; i+1 < len(e.attrs); i += 2 {
		if e.attrs[i+1] == "" {
			continue
		}
		dst = append(append(append(dst, ' '), e.attrs[i]...), '=', '"')
		dst = append(xmltree.AppendAttr(dst, e.attrs[i+1]), '"')
	}
	if len(e.kids) == 0 {
		return append(dst, '/', '>')
	}
	dst = append(dst, '>')
	for _, k := range e.kids {
		switch k := k.(type) {
		case string:
			dst = xmltree.AppendText(dst, k)
		case *element:
			dst = k.write(dst)
		}
	}
	return append(append(append(dst, '<', '/'), e.name...), '>')
}
