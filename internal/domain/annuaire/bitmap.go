package annuaire

import (
	"math/bits"
	"sync"
)

// bitmap is a set of ordinals.
type bitmap []uint64

var bitmaps sync.Pool

func newBitmap(n int) bitmap {
	size := (n + 63) / 64
	if b, ok := bitmaps.Get().(*[]uint64); ok && cap(*b) >= size {
		s := (*b)[:size]
		clear(s)
		return s
	}
	return make(bitmap, size)
}

func (b bitmap) release() {
	s := []uint64(b)
	bitmaps.Put(&s)
}

func (b bitmap) addAll(list []uint32) {
	for _, o := range list {
		b[o>>6] |= 1 << (o & 63)
	}
}

func (b bitmap) add(o uint32) { b[o>>6] |= 1 << (o & 63) }

func (b bitmap) and(c bitmap) {
	for i := range b {
		b[i] &= c[i]
	}
}

func (b bitmap) count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}
