package xsd

import (
	"slices"
	"unicode"
)

// runes is a set of characters as sorted pairs from, to.
type runes []rune

func pick(set runes, not bool) runes {
	if not {
		return invert(set)
	}
	return set
}

func ranges(t *unicode.RangeTable) runes {
	var out runes
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			out = append(out, lo, hi)
			return
		}
		for r := lo; r <= hi; r += stride {
			out = append(out, r, r)
		}
	}
	for _, r := range t.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return normal(out)
}

// normal sorts and joins pairs.
func normal(set runes) runes {
	type pair struct{ lo, hi rune }
	var ps []pair
	for i := 0; i+1 < len(set); i += 2 {
		ps = append(ps, pair{set[i], set[i+1]})
	}
	slices.SortFunc(ps, func(a, b pair) int { return int(a.lo - b.lo) })
	var out runes
	for _, p := range ps {
		if n := len(out); n > 0 && p.lo <= out[n-1]+1 {
			out[n-1] = max(out[n-1], p.hi)
			continue
		}
		out = append(out, p.lo, p.hi)
	}
	return out
}

func invert(set runes) runes {
	var out runes
	next := rune(0)
	for i := 0; i+1 < len(set); i += 2 {
		if set[i] > next {
			out = append(out, next, set[i]-1)
		}
		next = set[i+1] + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return out
}

// intersect keeps what is in both: not (not a or not b).
func intersect(a, b runes) runes {
	return invert(normal(append(invert(a), invert(b)...)))
}
