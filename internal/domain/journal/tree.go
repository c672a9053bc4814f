package journal

import (
	"crypto/sha256"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// TileHeight is the height of a tile: 256 hashes wide.
//
// spec: C2SP tlog-tiles
const TileHeight = 8

// TileWidth is the number of hashes in a full tile.
const TileWidth = 1 << TileHeight

// Edge is the right edge of the tree: the roots of the complete subtrees that make it up, widest
// first. It is all that is needed to append; a copy (Clone) lets a group of leaves be tried.
type Edge struct {
	size  int64
	roots []tlog.Hash // one per set bit of size, from the highest
}

// Node is the root of a complete subtree whose height is a multiple of TileHeight: the only
// interior hashes that need keeping, one for 256 leaves.
type Node struct {
	Level int // of tiles: 1 covers 256 leaves, 2 covers 65,536, …
	N     int64
	Hash  tlog.Hash
}

// Size is the number of leaves.
func (e *Edge) Size() int64 { return e.size }

// Clone gives an independent copy.
func (e *Edge) Clone() Edge {
	return Edge{size: e.size, roots: append(make([]tlog.Hash, 0, len(e.roots)+1), e.roots...)}
}

// Append adds one leaf and hands the nodes it completes to done, lowest first.
func (e *Edge) Append(leaf tlog.Hash, done func(Node)) {
	h := leaf
	n := e.size
	for level := 1; n&1 == 1; level++ {
		last := len(e.roots) - 1
		h = tlog.NodeHash(e.roots[last], h)
		e.roots = e.roots[:last]
		n >>= 1
		if level%TileHeight == 0 && done != nil {
			done(Node{Level: level / TileHeight, N: n, Hash: h})
		}
	}
	e.roots = append(e.roots, h)
	e.size++
}

// Root is the root of the tree; of the empty tree, SHA-256 of nothing.
//
// spec: RFC 6962 2.1
func (e *Edge) Root() tlog.Hash {
	if e.size == 0 {
		return EmptyRoot()
	}
	h := e.roots[len(e.roots)-1]
	for i := len(e.roots) - 2; i >= 0; i-- {
		h = tlog.NodeHash(e.roots[i], h)
	}
	return h
}

// EmptyRoot is the root of a log without leaves.
func EmptyRoot() tlog.Hash { return tlog.Hash(sha256.Sum256(nil)) }

// Source reads kept hashes: level 0 are the leaf hashes, level L the roots of complete subtrees
// of 256^L leaves. It gives those numbered from (included) to to (excluded), or an error.
type Source func(level int, from, to int64) ([]tlog.Hash, error)

// Hashes makes a Source answer for every interior hash of the tree.
func (s Source) Hashes() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			level, n := tlog.SplitStoredHashIndex(index)
			h, err := s.subtree(level, n)
			if err != nil {
				return nil, err
			}
			out[i] = h
		}
		return out, nil
	})
}

// subtree gives the n-th complete subtree root of a height, from at most 128 kept hashes.
func (s Source) subtree(level int, n int64) (tlog.Hash, error) {
	rest := level % TileHeight
	from, to := n<<rest, (n+1)<<rest
	hs, err := s(level/TileHeight, from, to)
	if err != nil {
		return tlog.Hash{}, err
	}
	if int64(len(hs)) != to-from {
		return tlog.Hash{}, fmt.Errorf("journal: %d hashes of level %d from %d, %d expected", len(hs), level/TileHeight, from, to-from)
	}
	hs = append([]tlog.Hash(nil), hs...)
	for len(hs) > 1 {
		for i := 0; i < len(hs)/2; i++ {
			hs[i] = tlog.NodeHash(hs[2*i], hs[2*i+1])
		}
		hs = hs[:len(hs)/2]
	}
	return hs[0], nil
}

// Edge rebuilds the right edge of a tree of a given size.
func (s Source) Edge(size int64) (Edge, error) {
	e := Edge{size: size}
	var start int64
	for level := bits.Len64(uint64(size)) - 1; level >= 0; level-- {
		if size>>level&1 == 0 {
			continue
		}
		h, err := s.subtree(level, start>>level)
		if err != nil {
			return Edge{}, err
		}
		e.roots = append(e.roots, h)
		start += 1 << level
	}
	return e, nil
}

// Root gives the root the tree had at a size.
func (s Source) Root(size int64) (tlog.Hash, error) {
	e, err := s.Edge(size)
	if err != nil {
		return tlog.Hash{}, err
	}
	return e.Root(), nil
}
