package annuaire

// alive is the death of a version that still stands.
const alive = ^uint32(0)

// What is known of a version without opening its record. They are in the log.
const (
	flagActive uint8 = 1
	flagLocal  uint8 = 2 // put by the house, not by an extraction: an extraction never takes it away
)

// version is one state of a resource: it stands from version born of the directory, up to dead.
type version struct {
	loc        loc
	born, dead uint32
	prev       uint32 // place+1 of the state before
	flags      uint8
}

// table holds the resources of one kind. A resource has an ordinal, in the order it first came:
// lists are paged in that order.
type table struct {
	kind     Kind
	pages    [][]version // of pageSize each: growing copies nothing
	made     int         // versions in pages, free places included
	spare    []uint32    // places of versions to use again
	head     []uint32    // ordinal → place+1 of its last version; 0 when nothing is kept
	ids      []ID
	byID     lookup
	known    lookup // by identifier
	texts    map[string]*lexicon
	tokens   map[string]*lexicon
	standing int // resources that stand now, uncommitted changes aside
}

// pageSize is how many versions are taken from memory at once.
const pageSize = 1 << 14

func (t *table) version(place uint32) *version {
	return &t.pages[place/pageSize][place%pageSize]
}

func (t *table) ordinal(id ID) (uint32, bool) {
	found, ord := false, uint32(0)
	t.byID.each(uint64(id), func(o uint32) bool {
		found, ord = t.ids[o] == id, o
		return !found
	})
	return ord, found
}

// reserve gives the ordinal of an id, making one when needed: a resource may be named before it comes.
func (t *table) reserve(id ID) uint32 {
	if ord, ok := t.ordinal(id); ok {
		return ord
	}
	ord := uint32(len(t.ids))
	t.ids = append(t.ids, id)
	t.head = append(t.head, 0)
	t.byID.add(uint64(id), ord)
	return ord
}

// at gives the version that stood at a snapshot, or nil.
func (t *table) at(ord, snapshot uint32) *version {
	for n := t.head[ord]; n != 0; {
		v := t.version(n - 1)
		if v.born <= snapshot {
			if snapshot < v.dead {
				return v
			}
			return nil
		}
		n = v.prev
	}
	return nil
}

// last gives the version that stands for the writer, its own changes included.
func (t *table) last(ord uint32) *version {
	if n := t.head[ord]; n != 0 && t.version(n-1).dead == alive {
		return t.version(n - 1)
	}
	return nil
}

func (t *table) newVersion(v version) uint32 {
	if n := len(t.spare); n > 0 {
		p := t.spare[n-1]
		t.spare = t.spare[:n-1]
		*t.version(p) = v
		return p
	}
	if t.made%pageSize == 0 {
		t.pages = append(t.pages, make([]version, pageSize))
	}
	t.made++
	*t.version(uint32(t.made - 1)) = v
	return uint32(t.made - 1)
}

// text gives the lexicon of a text parameter, making it.
func (t *table) text(param string) *lexicon { return lexiconOf(&t.texts, param) }

// token gives the lexicon of a code parameter, making it.
func (t *table) token(param string) *lexicon { return lexiconOf(&t.tokens, param) }

func lexiconOf(m *map[string]*lexicon, param string) *lexicon {
	x := (*m)[param]
	if x == nil {
		if *m == nil {
			*m = map[string]*lexicon{}
		}
		x = &lexicon{}
		(*m)[param] = x
	}
	return x
}

// chain ties the situations d'exercice to a person or a structure: first of the target, then next
// of each. These two references are part of what identifies a situation, and never change.
type chain struct {
	first []uint32 // target ordinal → ordinal+1
	next  []uint32 // ordinal → ordinal+1, chainEnd after the last; 0 for what is in no chain
}

const chainEnd = ^uint32(0)

func (c *chain) add(target, ord uint32) {
	for uint32(len(c.first)) <= target {
		c.first = append(c.first, 0)
	}
	for uint32(len(c.next)) <= ord {
		c.next = append(c.next, 0)
	}
	if c.next[ord] != 0 {
		return
	}
	c.next[ord] = chainEnd
	if n := c.first[target]; n != 0 {
		c.next[ord] = n
	}
	c.first[target] = ord + 1
}

func (c *chain) each(target uint32, f func(ord uint32)) {
	if target >= uint32(len(c.first)) {
		return
	}
	for n := c.first[target]; n != 0 && n != chainEnd; n = c.next[n-1] {
		f(n - 1)
	}
}
