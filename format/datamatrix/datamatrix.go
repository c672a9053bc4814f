// Package datamatrix writes Data Matrix symbols (ECC 200, square sizes from 10×10 to 144×144) and
// draws them as PNG or SVG.
//
// Standard: ISO/IEC 16022:2006. Encodations: ASCII and C40, mixed so that the symbol is as small
// as these two allow. Missing on purpose: the other encodations (Text, X12, EDIFACT, Base 256),
// rectangles, structured append, reading (pictures are read by the domain that needs them).
//
// Start with Encode.
package datamatrix

import (
	"errors"
	"fmt"
)

// ErrTooLong says that no single symbol holds the content.
var ErrTooLong = errors.New("datamatrix: the content does not fit in one symbol of 144 by 144")

// MaxCodewords is the capacity of the largest symbol.
const MaxCodewords = 1558

// Symbol is a square of dark and light modules, without quiet zone.
type Symbol struct {
	size int
	dark []bool
}

// Size is the number of modules on a side.
func (s *Symbol) Size() int { return s.size }

// Dark reports the module of column x and row y, counted from the top left.
func (s *Symbol) Dark(x, y int) bool { return s.dark[y*s.size+x] }

// square is one line of the table of sizes.
type square struct {
	size    int // modules on a side, finders included
	regions int // data regions on a side
	data    int // data codewords
	ecc     int // error correction codewords
	blocks  int // interleaved blocks
}

// squares is the table of square symbols.
// spec: ISO 16022 table 7
var squares = []square{
	{10, 1, 3, 5, 1}, {12, 1, 5, 7, 1}, {14, 1, 8, 10, 1}, {16, 1, 12, 12, 1}, {18, 1, 18, 14, 1}, {20, 1, 22, 18, 1},
	{22, 1, 30, 20, 1}, {24, 1, 36, 24, 1}, {26, 1, 44, 28, 1},
	{32, 2, 62, 36, 1}, {36, 2, 86, 42, 1}, {40, 2, 114, 48, 1}, {44, 2, 144, 56, 1}, {48, 2, 174, 68, 1}, {52, 2, 204, 84, 2},
	{64, 4, 280, 112, 2}, {72, 4, 368, 144, 4}, {80, 4, 456, 192, 4}, {88, 4, 576, 224, 4}, {96, 4, 696, 272, 4}, {104, 4, 816, 336, 6},
	{120, 6, 1050, 408, 6}, {132, 6, 1304, 496, 8}, {144, 6, 1558, 620, 10},
}

// Encode makes the smallest symbol that holds a content. Bytes above 127 are ISO 8859-1.
func Encode(content []byte) (*Symbol, error) {
	if len(content) > 2*MaxCodewords { // two digits a codeword at best
		return nil, ErrTooLong
	}
	words, open := encodation(content)
	for _, q := range squares {
		// At the very end of the symbol nothing needs to return to ASCII.
		if open && len(words)-1 == q.data {
			words = words[:len(words)-1]
		}
		if len(words) <= q.data {
			return build(q, pad(words, q.data)), nil
		}
	}
	return nil, fmt.Errorf("%w: %d codewords", ErrTooLong, len(words))
}

// pad fills the symbol: a mark of the end, then values that look like noise.
// spec: ISO 16022 5.2.3
func pad(words []byte, capacity int) []byte {
	for first := true; len(words) < capacity; first = false {
		if first {
			words = append(words, 129)
			continue
		}
		v := 129 + (149*(len(words)+1))%253 + 1
		if v > 254 {
			v -= 254
		}
		words = append(words, byte(v))
	}
	return words
}

// build protects the codewords, places them and draws the finders around each data region.
func build(q square, data []byte) *Symbol {
	grid := place(q.size-2*q.regions, protect(q, data))
	s := &Symbol{size: q.size, dark: make([]bool, q.size*q.size)}
	region := (q.size - 2*q.regions) / q.regions
	for y := range q.size {
		for x := range q.size {
			ry, rx := y%(region+2), x%(region+2)
			dark := false
			switch {
			case rx == 0 || ry == region+1: // the solid sides
				dark = true
			case ry == 0: // the broken ones
				dark = x%2 == 0
			case rx == region+1:
				dark = y%2 == 1
			default:
				dark = grid.at(y-1-2*(y/(region+2)), x-1-2*(x/(region+2)))
			}
			s.dark[y*q.size+x] = dark
		}
	}
	return s
}
