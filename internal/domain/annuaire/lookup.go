package annuaire

// lookup finds numbers by the hash of a word; several may share one. Twelve bytes a place and no
// pointer, where a map of strings would take a hundred. It is cut in shards, so that growing moves
// a few thousand places at a time. What it gives must be verified: two words may have one hash,
// and a resource may have changed since.
type lookup struct {
	shards [lookupShards]shard
}

const lookupShards = 512

type shard struct {
	keys []uint64
	vals []uint32 // number+1; 0 is a free place
	n    int
}

func (l *lookup) shard(key uint64) *shard { return &l.shards[key>>48%lookupShards] }

func (l *lookup) add(key uint64, number uint32) { l.shard(key).add(key, number) }

// each gives the numbers of a key until f says false.
func (l *lookup) each(key uint64, f func(number uint32) bool) { l.shard(key).each(key, f) }

func (s *shard) add(key uint64, number uint32) {
	if 3*(s.n+1) > 2*len(s.keys) {
		s.grow()
	}
	mask := uint64(len(s.keys) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		if s.vals[i] == 0 {
			s.keys[i], s.vals[i] = key, number+1
			s.n++
			return
		}
		if s.keys[i] == key && s.vals[i] == number+1 {
			return
		}
	}
}

func (s *shard) grow() {
	old := *s
	size := max(8, 2*len(old.keys))
	s.keys, s.vals, s.n = make([]uint64, size), make([]uint32, size), 0
	for i, v := range old.vals {
		if v != 0 {
			s.add(old.keys[i], v-1)
		}
	}
}

func (s *shard) each(key uint64, f func(number uint32) bool) {
	if s.n == 0 {
		return
	}
	mask := uint64(len(s.keys) - 1)
	for i := key & mask; s.vals[i] != 0; i = (i + 1) & mask {
		if s.keys[i] == key && !f(s.vals[i]-1) {
			return
		}
	}
}
