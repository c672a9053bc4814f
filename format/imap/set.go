package imap

import (
	"math"
	"slices"
	"strconv"
)

// Range is a span of message numbers or UIDs, both ends in it. 0 stands for *, the largest in use.
type Range struct{ From, To uint32 }

// Set is a sequence set, as written.
type Set []Range

// set reads a sequence set. Its length is bounded by that of the command.
// spec: RFC 3501 9 sequence-set
func (s *scanner) set() Set {
	var out Set
	for s.err == nil {
		r := Range{From: s.setNumber()}
		r.To = r.From
		if s.take(':') {
			r.To = s.setNumber()
		}
		out = append(out, r)
		if !s.take(',') {
			break
		}
	}
	return out
}

func (s *scanner) setNumber() uint32 {
	if s.take('*') {
		return 0
	}
	n := s.number()
	if n == 0 {
		s.fail("a number from 1, or *")
	}
	return n
}

// ParseSet reads a sequence set that stands alone.
func ParseSet(v string) (Set, bool) {
	s := &scanner{b: []byte(v)}
	set := s.set()
	return set, s.err == nil && s.end()
}

// Resolve puts the largest number in use in place of *, sorts and joins. An empty mailbox (largest 0)
// gives an empty set.
func (s Set) Resolve(largest uint32) Set {
	if largest == 0 {
		return nil
	}
	out := make(Set, 0, len(s))
	for _, r := range s {
		if r.From == 0 {
			r.From = largest
		}
		if r.To == 0 {
			r.To = largest
		}
		if r.From > r.To {
			r.From, r.To = r.To, r.From
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Range) int {
		switch {
		case a.From < b.From:
			return -1
		case a.From > b.From:
			return 1
		}
		return 0
	})
	n := 0
	for _, r := range out {
		if n > 0 && (out[n-1].To == math.MaxUint32 || r.From <= out[n-1].To+1) {
			out[n-1].To = max(out[n-1].To, r.To)
			continue
		}
		out[n] = r
		n++
	}
	return out[:n]
}

// Contains reports whether a resolved set holds n.
func (s Set) Contains(n uint32) bool {
	_, ok := slices.BinarySearchFunc(s, n, func(r Range, n uint32) int {
		switch {
		case r.To < n:
			return -1
		case r.From > n:
			return 1
		}
		return 0
	})
	return ok
}

// Largest reports whether * is in the set as written.
func (s Set) Largest() bool {
	return slices.ContainsFunc(s, func(r Range) bool { return r.From == 0 || r.To == 0 })
}

// Add puts n at the end of a set that is being made in rising order.
func (s Set) Add(n uint32) Set {
	if k := len(s); k > 0 && s[k-1].To+1 == n {
		s[k-1].To = n
		return s
	}
	return append(s, Range{n, n})
}

// AppendSet writes a set.
func AppendSet(b []byte, s Set) []byte {
	for i, r := range s {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendSetNumber(b, r.From)
		if r.To != r.From {
			b = append(b, ':')
			b = appendSetNumber(b, r.To)
		}
	}
	return b
}

func appendSetNumber(b []byte, n uint32) []byte {
	if n == 0 {
		return append(b, '*')
	}
	return strconv.AppendUint(b, uint64(n), 10)
}

// String gives the written form.
func (s Set) String() string { return string(AppendSet(nil, s)) }
