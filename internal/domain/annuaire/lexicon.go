package annuaire

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"unsafe"
)

// tailLimit is how many new words a lexicon takes before it sorts them in: a search looks at the
// unsorted ones one by one.
const tailLimit = 1024

// wordEnd stands between two words; no word has it.
const wordEnd = '\n'

// lexicon is the set of words of one search parameter, each with the ordinals that carry it or
// carried it. Lists only grow while the program runs: what is found is verified. The words are in
// one piece of memory without pointers: half a million of them cost the collector nothing.
type lexicon struct {
	number lookup   // hash of a word → its number
	all    []byte   // the words one after the other, each with its end
	ends   []uint32 // where the next word begins
	lists  [][]uint32
	order  []uint32 // numbers in the order of words; the newest ones are not in it yet
}

// word gives the word of a number; it looks into all, which only grows.
func (x *lexicon) word(n uint32) string {
	from := uint32(0)
	if n > 0 {
		from = x.ends[n-1]
	}
	return unsafe.String(&x.all[from], int(x.ends[n]-1-from))
}

func (x *lexicon) find(word string) (uint32, bool) {
	n, ok := uint32(0), false
	x.number.each(hash(word), func(m uint32) bool {
		n, ok = m, x.word(m) == word
		return !ok
	})
	return n, ok
}

func (x *lexicon) add(word string, ord uint32) {
	if word == "" {
		return
	}
	n, ok := x.find(word)
	if !ok {
		n = uint32(len(x.ends))
		x.all = append(append(x.all, word...), wordEnd)
		x.ends = append(x.ends, uint32(len(x.all)))
		x.lists = append(x.lists, nil)
		x.number.add(hash(word), n)
	}
	list := x.lists[n]
	if k := len(list); k == 0 || list[k-1] < ord {
		x.lists[n] = append(list, ord)
		return
	}
	if i, found := slices.BinarySearch(list, ord); !found {
		x.lists[n] = slices.Insert(list, i, ord)
	}
}

// settle sorts the new words in when they are many, or when all is asked. The words already in
// order are moved, not compared again.
func (x *lexicon) settle(all bool) {
	fresh := len(x.ends) - len(x.order)
	if fresh == 0 || !all && fresh <= tailLimit {
		return
	}
	tail := make([]uint32, 0, fresh)
	for n := len(x.order); n < len(x.ends); n++ {
		tail = append(tail, uint32(n))
	}
	sort.Slice(tail, func(i, j int) bool { return x.word(tail[i]) < x.word(tail[j]) })
	merged := make([]uint32, 0, len(x.ends))
	rest := x.order
	for _, n := range tail {
		i := sort.Search(len(rest), func(i int) bool { return x.word(rest[i]) > x.word(n) })
		merged = append(append(merged, rest[:i]...), n)
		rest = rest[i:]
	}
	x.order = append(merged, rest...)
}

// prefix gives the lists of the words that begin with p.
func (x *lexicon) prefix(p string, f func(list []uint32)) {
	for i := sort.Search(len(x.order), func(i int) bool { return x.word(x.order[i]) >= p }); i < len(x.order) && strings.HasPrefix(x.word(x.order[i]), p); i++ {
		f(x.lists[x.order[i]])
	}
	for n := len(x.order); n < len(x.ends); n++ {
		if strings.HasPrefix(x.word(uint32(n)), p) {
			f(x.lists[n])
		}
	}
}

// containing gives the lists of the words that contain s.
func (x *lexicon) containing(s string, f func(list []uint32)) {
	if s == "" {
		for _, l := range x.lists {
			f(l)
		}
		return
	}
	for from := 0; from < len(x.all); {
		i := bytes.Index(x.all[from:], []byte(s))
		if i < 0 {
			return
		}
		n := sort.Search(len(x.ends), func(n int) bool { return int(x.ends[n]) > from+i })
		f(x.lists[n])
		from = int(x.ends[n])
	}
}

// exact gives the list of a word.
func (x *lexicon) exact(word string) []uint32 {
	if n, ok := x.find(word); ok {
		return x.lists[n]
	}
	return nil
}
