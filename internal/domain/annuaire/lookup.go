package annuaire

// lookup finds ordinals by the hash of a word; several may share one. Twelve bytes a place and no
// pointer, where a map of strings would take a hundred. What it gives must be verified: two words
// may have one hash, and a resource may have changed since.
type lookup struct {
	keys []uint64
	vals []uint32 // ordinal+1; 0 is a free place
	n    int
}

func (l *lookup) add(key uint64, ord uint32) {
	if 3*(l.n+1) > 2*len(l.keys) {
		l.grow()
	}
	mask := uint64(len(l.keys) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		if l.vals[i] == 0 {
			l.keys[i], l.vals[i] = key, ord+1
			l.n++
			return
		}
		if l.keys[i] == key && l.vals[i] == ord+1 {
			return
		}
	}
}

func (l *lookup) grow() {
	old := *l
	size := max(1024, 2*len(old.keys))
	l.keys, l.vals, l.n = make([]uint64, size), make([]uint32, size), 0
	for i, v := range old.vals {
		if v != 0 {
			l.add(old.keys[i], v-1)
		}
	}
}

// each gives the ordinals of a key until f says false.
func (l *lookup) each(key uint64, f func(ord uint32) bool) {
	if l.n == 0 {
		return
	}
	mask := uint64(len(l.keys) - 1)
	for i := key & mask; l.vals[i] != 0; i = (i + 1) & mask {
		if l.keys[i] == key && !f(l.vals[i]-1) {
			return
		}
	}
}
