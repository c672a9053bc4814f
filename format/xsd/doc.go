// Package xsd checks XML documents against W3C XML Schema 1.0 definitions.
//
// It reads schemas from a folder (Compile) or from a compact notation of the same facts (Load),
// turns every content model into a deterministic automaton once, and validates a parsed document
// in one pass. What is reported, and how many times, follows the validator the official tools use
// (Xerces): a wrong attribute value is two of its reports, told here as one Violation whose Count
// is 2. Each violation says in French and English what was found, what was allowed at that place
// and how to mend it.
//
// Covered: include (also of schemas without a namespace of their own), import, simple types
// (restriction by every facet, list, union), complex types (simple and complex content, extension,
// restriction, mixed, abstract), groups, attribute groups, substitution groups, any, anyAttribute,
// xsi:type, xsi:nil, default, fixed, block, ID, IDREF and IDREFS.
//
// Missing, and refused when a schema asks for it: redefine, all, key, keyref, unique, bounds on
// dates and durations, Unicode blocks in patterns. An imported namespace that no component refers
// to is not read. A schema is trusted to be valid itself: rules between its components (a
// restriction that really restricts, final) are not checked. Default values are not added.
//
// Start at Compile, then Schema.Validate.
package xsd

import (
	"fmt"
	"io/fs"
	"path"

	"github.com/socle-sante/socle/format/xmltree"
)

// Limits of what a schema may cost. The largest schema of the field (CDA R2 with its extensions)
// stays ten times below each of them.
const (
	MaxFiles      = 64       // files one schema is made of
	MaxFileBytes  = 4 << 20  // size of one file
	MaxNodes      = 200_000  // declarations, particles and facets of the whole schema
	MaxDepth      = 64       // nesting of particles, groups and derivations
	MaxPositions  = 2_048    // places of elements in one content model, repetitions counted
	MaxEdges      = 1 << 20  // steps of all content models together
	MaxComponents = 50_000   // types, elements and attributes after every copy is made
	MaxPattern    = 4_096    // characters of one pattern
	MaxNotation   = 16 << 20 // size of the notation
)

// DefaultLimit is the number of violations after which a validation stops when none is given:
// a document worse than that is not read by anybody.
const DefaultLimit = 1000

// A SchemaError says which line of which schema file cannot be used, and why.
type SchemaError struct {
	File string
	Line int
	What string
}

// Error gives file, line and reason.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("xsd: %s:%d: %s", e.File, e.Line, e.What)
}

// A Schema is a compiled schema. It never changes and may be used from several goroutines.
type Schema struct {
	spaces   []string // namespaces, by number
	elements map[qname]*element
	types    map[qname]*typ
	attrs    map[qname]*attribute
	any      *typ // xs:anyType
}

// qname is a name with its namespace.
type qname struct{ space, local string }

func (q qname) String() string { return q.local }

// Compile reads a schema file and all it includes and imports from a folder.
func Compile(fsys fs.FS, name string) (*Schema, error) {
	docs, target, err := readAll(fsys, path.Clean(name))
	if err != nil {
		return nil, err
	}
	return resolve(docs, target)
}

// Namespaces gives the namespaces whose components the schema holds.
func (s *Schema) Namespaces() []string {
	var out []string
	for _, u := range s.spaces {
		if u != xmltree.NSXSD && u != "" {
			out = append(out, u)
		}
	}
	return out
}
