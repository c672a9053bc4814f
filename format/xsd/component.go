package xsd

// content is the kind of content of a complex type.
type content uint8

const (
	contentEmpty content = iota
	contentSimple
	contentElements
	contentMixed
)

// derivation is a set of ways a type comes from another.
type derivation uint8

const (
	byExtension derivation = 1 << iota
	byRestriction
	bySubstitution
	byList
	byUnion
)

// typ is a simple or a complex type. spec: XSD-1 3.4.1, 3.14.1
type typ struct {
	name     qname // local is empty for an anonymous type
	base     *typ
	how      derivation
	complex  bool
	abstract bool
	block    derivation
	simple   *simple // of a simple type, and of simple content
	members  []*typ  // of a union
	content  content
	particle *particle
	model    *model
	attrs    []use
	wild     *wildcard // for attributes

	state progress
}

type progress uint8

const (
	untouched progress = iota
	underway
	done
)

// use is an attribute a complex type may have.
type use struct {
	*attribute
	required   bool
	prohibited bool // only while derivations are worked out
	fixed      *string
}

// attribute is the declaration of an attribute.
type attribute struct {
	name  qname
	space int32
	typ   *typ
	fixed *string // of a global declaration
}

// element is the declaration of an element.
type element struct {
	name     qname
	space    int32
	typ      *typ
	abstract bool
	nillable bool
	fixed    *string
	preset   *string
	block    derivation
	members  []*element // that may stand in its place
}

// wildcard lets in names by namespace. spec: XSD-1 3.10.4
type wildcard struct {
	all     bool
	other   bool  // all but not and no namespace
	not     int32 // for other
	spaces  []int32
	process string
	or      *wildcard
}

func (w *wildcard) lets(space int32) bool {
	for ; w != nil; w = w.or {
		if w.all || w.other && space != w.not && space != 0 {
			return true
		}
		for _, s := range w.spaces {
			if s == space {
				return true
			}
		}
	}
	return false
}

// particle is a part of a content model; exactly one of element, wild and kids is set, and it
// always holds at least one place for an element.
type particle struct {
	min, max int
	element  *element
	wild     *wildcard
	choice   bool
	kids     []*particle
}

// derives tells whether a type may stand where base is asked for. spec: XSD-1 3.4.6, 3.14.6
func derives(t, base *typ, block derivation) bool {
	for _, m := range base.members {
		if derives(t, m, block) {
			return true
		}
	}
	for t != nil {
		if t == base {
			return true
		}
		if t.how&block != 0 {
			return false
		}
		t = t.base
	}
	return false
}
