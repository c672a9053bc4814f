package xpath

// NameID is the small number of a qualified name; 0 stands for none. Names that a library
// speaks of are numbered by it; other names of a document get higher numbers, of that document
// alone.
type NameID int32

type qname struct{ space, local string }

// names numbers namespaces, local names and the pairs of both.
type names struct {
	ids    map[qname]NameID
	list   []qname // list[0] is none
	spaces map[string]int32
	locals map[string]int32
	space  []int32 // by NameID
	local  []int32
	uris   []string // by number of namespace
}

func newNames() names {
	return names{ids: map[qname]NameID{}, list: make([]qname, 1), space: make([]int32, 1), local: make([]int32, 1),
		spaces: map[string]int32{"": 0}, locals: map[string]int32{}, uris: []string{""}}
}

func (n *names) spaceID(uri string) int32 {
	id, ok := n.spaces[uri]
	if !ok {
		id = int32(len(n.uris))
		n.spaces[uri] = id
		n.uris = append(n.uris, uri)
	}
	return id
}

func (n *names) localID(local string) int32 {
	id, ok := n.locals[local]
	if !ok {
		id = int32(len(n.locals) + 1)
		n.locals[local] = id
	}
	return id
}

func (n *names) id(space, local string) NameID {
	q := qname{space, local}
	id, ok := n.ids[q]
	if !ok {
		id = NameID(len(n.list))
		n.ids[q] = id
		n.list = append(n.list, q)
		n.space = append(n.space, n.spaceID(space))
		n.local = append(n.local, n.localID(local))
	}
	return id
}
