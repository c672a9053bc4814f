package annuaire

// chunkSize is how many bytes of records are taken from memory at once.
const chunkSize = 1 << 20

// loc says where a record is: chunk, place, length.
type loc struct {
	chunk  uint32
	at     uint32
	length uint32
}

// arena keeps records one after the other in large chunks without pointers: a million records are
// a few hundred objects for the collector. A chunk nobody points into any more is given back;
// what was read from it stays valid as long as the reader holds it.
type arena struct {
	chunks  [][]byte
	live    []int // bytes in use of each chunk
	free    []uint32
	current int // chunk being filled, -1 at first
	used    int // bytes in use
	held    int // bytes of all chunks
}

func newArena() arena { return arena{current: -1} }

func (a *arena) add(rec []byte) loc {
	if a.current < 0 || cap(a.chunks[a.current])-len(a.chunks[a.current]) < len(rec) {
		a.open(max(chunkSize, len(rec)))
	}
	c := a.current
	at := len(a.chunks[c])
	a.chunks[c] = append(a.chunks[c], rec...)
	a.live[c] += len(rec)
	a.used += len(rec)
	return loc{uint32(c), uint32(at), uint32(len(rec))}
}

func (a *arena) open(size int) {
	a.held += size
	if n := len(a.free); n > 0 {
		a.current = int(a.free[n-1])
		a.free = a.free[:n-1]
		a.chunks[a.current] = make([]byte, 0, size)
		return
	}
	a.chunks = append(a.chunks, make([]byte, 0, size))
	a.live = append(a.live, 0)
	a.current = len(a.chunks) - 1
}

func (a *arena) get(l loc) []byte {
	return a.chunks[l.chunk][l.at : l.at+l.length : l.at+l.length]
}

func (a *arena) drop(l loc) {
	c := int(l.chunk)
	a.live[c] -= int(l.length)
	a.used -= int(l.length)
	if a.live[c] == 0 && c != a.current {
		a.held -= cap(a.chunks[c])
		a.chunks[c] = nil
		a.free = append(a.free, uint32(c))
	}
}
