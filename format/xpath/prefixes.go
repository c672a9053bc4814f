package xpath

// prefixTable remembers which nodes the beginning of a pattern leads to.
type prefixTable struct {
	slots []uint64 // (prefix << 32 | node) << 2 | known << 1 | yes; 0 is free
	used  int
}

const firstPrefixes = 1 << 12

func prefixHash(k uint64) uint64 { return k * 0x9E3779B97F4A7C15 >> 20 }

func (p *prefixTable) get(prefix int, n Node) (yes, known bool) {
	if len(p.slots) == 0 {
		return false, false
	}
	k := uint64(prefix)<<32 | uint64(n)
	mask := uint64(len(p.slots) - 1)
	for i := prefixHash(k) & mask; p.slots[i] != 0; i = (i + 1) & mask {
		if p.slots[i]>>2 == k {
			return p.slots[i]&1 != 0, true
		}
	}
	return false, false
}

func (p *prefixTable) put(prefix int, n Node, yes bool) {
	if 2*(p.used+1) > len(p.slots) {
		p.grow()
	}
	k := (uint64(prefix)<<32|uint64(n))<<2 | 2
	if yes {
		k |= 1
	}
	mask := uint64(len(p.slots) - 1)
	i := prefixHash(k>>2) & mask
	for p.slots[i] != 0 {
		i = (i + 1) & mask
	}
	p.slots[i] = k
	p.used++
}

func (p *prefixTable) grow() {
	old := p.slots
	p.slots = make([]uint64, max(firstPrefixes, 2*len(old)))
	mask := uint64(len(p.slots) - 1)
	for _, k := range old {
		if k == 0 {
			continue
		}
		i := prefixHash(k>>2) & mask
		for p.slots[i] != 0 {
			i = (i + 1) & mask
		}
		p.slots[i] = k
	}
}

func (p *prefixTable) reset() {
	if len(p.slots) > keepPrefixes {
		p.slots = nil
	}
	clear(p.slots)
	p.used = 0
}

const keepPrefixes = 1 << 18
