package xmltree

import (
	"hash/maphash"
	"strings"
	"sync"
	"unicode/utf8"
)

// scratch is what a scan works in. It is used again by later scans: its tables of names and
// namespaces only grow, so documents may share them read-only, and are thrown away when they
// have grown past what real vocabularies hold.
type scratch struct {
	names    []qname
	state    []nameState // parallel to names, cleared for each document
	slots    []slot
	seed     maphash.Seed
	spaces   []string
	spaceIDs map[string]int32
	pids     map[string]int32

	elems []element
	attrs []attribute
	binds []binding
}

type slot struct {
	hash uint32
	id   int32 // index in names + 1
}

// nameState is what the current document knows about a name.
type nameState struct {
	seenOn int32 // last element that carried an attribute of this name
	used   bool
	head   int32 // binding for which space was resolved, -1 none
	space  int32
}

// Tables kept from one document to the next, and buffers, are bounded by these.
const (
	keepNames  = 4096
	keepSpaces = 512
	keepElems  = 1 << 16
)

// Fixed small numbers.
const (
	spaceNone  = 0
	spaceXML   = 1
	spaceXMLNS = 2
	pidNone    = 0
	pidXML     = 1
)

var scratchPool = sync.Pool{New: func() any { return new(scratch) }}

func (s *scratch) reset() {
	if len(s.slots) == 0 || len(s.names) > keepNames || len(s.spaces) > keepSpaces {
		s.names, s.state = nil, nil
		s.slots = make([]slot, 1024)
		s.seed = maphash.MakeSeed()
		s.spaces = []string{"", NSXML, NSXMLNS}
		s.spaceIDs = map[string]int32{"": spaceNone, NSXML: spaceXML, NSXMLNS: spaceXMLNS}
		s.pids = map[string]int32{"": pidNone, "xml": pidXML}
	}
	for i := range s.state {
		s.state[i] = nameState{head: -1}
	}
	s.elems, s.attrs, s.binds = s.elems[:0], s.attrs[:0], s.binds[:0]
}

func (s *scratch) release() {
	if cap(s.elems) > keepElems || cap(s.attrs) > keepElems {
		s.elems, s.attrs = nil, nil
	}
	scratchPool.Put(s)
}

// name gives the number of a raw name, or -1 when it is not a QName.
func (s *scratch) name(b []byte) int32 {
	h := uint32(maphash.Bytes(s.seed, b))
	mask := uint32(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		sl := s.slots[i]
		if sl.id == 0 {
			return s.addName(b, h, i)
		}
		if sl.hash == h && s.names[sl.id-1].raw == string(b) {
			return sl.id - 1
		}
	}
}

func (s *scratch) addName(b []byte, h, at uint32) int32 {
	raw := string(b)
	prefix, local, ok := strings.Cut(raw, ":")
	if !ok {
		prefix, local = "", raw
	}
	if !isNCName(local) || ok && !isNCName(prefix) {
		return -1
	}
	pid, known := s.pids[prefix]
	if !known {
		pid = int32(len(s.pids))
		s.pids[prefix] = pid
	}
	id := int32(len(s.names))
	s.names = append(s.names, qname{raw: raw, prefix: prefix, local: local, pid: pid,
		decl: prefix == "xmlns" || raw == "xmlns"})
	s.state = append(s.state, nameState{head: -1})
	s.slots[at] = slot{h, id + 1}
	if len(s.names)*2 > len(s.slots) {
		s.grow()
	}
	return id
}

func (s *scratch) grow() {
	old := s.slots
	s.slots = make([]slot, 2*len(old))
	mask := uint32(len(s.slots) - 1)
	for _, sl := range old {
		if sl.id == 0 {
			continue
		}
		i := sl.hash & mask
		for s.slots[i].id != 0 {
			i = (i + 1) & mask
		}
		s.slots[i] = sl
	}
}

// space gives the number of a namespace URI.
func (s *scratch) space(uri []byte) int32 {
	if id, ok := s.spaceIDs[string(uri)]; ok {
		return id
	}
	id := int32(len(s.spaces))
	u := string(uri)
	s.spaces = append(s.spaces, u)
	s.spaceIDs[u] = id
	return id
}

// lookup finds the namespace of a prefix from a binding upwards.
func lookup(binds []binding, head int32, prefix string) (int32, bool) {
	for ; head != 0; head = binds[head].up {
		if binds[head].prefix == prefix {
			return binds[head].space, true
		}
	}
	switch prefix {
	case "":
		return spaceNone, true
	case "xml":
		return spaceXML, true
	}
	return spaceNone, false
}

// badName says whether a rejected name starts with a wrong character, for messages.
func badName(b []byte) string {
	if len(b) == 0 {
		return "(vide/empty)"
	}
	if !utf8.Valid(b) {
		return "?"
	}
	return excerpt(b)
}
