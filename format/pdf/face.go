package pdf

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"sync"
)

//go:embed font/sans.ttf
var sansFile []byte

//go:embed font/bold.ttf
var boldFile []byte

// font is one of the two.
type font int

const (
	regular font = iota
	bold
)

// faces are read once; they are ours, so that a fault in them is a fault of the program.
var faces = sync.OnceValue(func() [2]*face {
	var out [2]*face
	for i, raw := range [2][]byte{sansFile, boldFile} {
		f, err := readFace(raw, [2]string{"DejaVuSansCondensed", "DejaVuSansCondensed-Bold"}[i])
		if err != nil {
			panic("pdf: " + err.Error())
		}
		out[i] = f
	}
	return out
})

// face is a TrueType font.
// spec: ISO 14496-22 5
type face struct {
	name      string
	tables    map[string][]byte
	em        float64
	bbox      [4]int16
	ascent    int16
	descent   int16
	advances  []uint16 // by glyph
	bearings  []int16
	offsets   []uint32 // of outlines in glyf
	glyphs    map[rune]uint16
	capHeight int16
}

func readFace(raw []byte, name string) (*face, error) {
	f := &face{name: name, tables: map[string][]byte{}, glyphs: map[rune]uint16{}}
	if len(raw) < 12 {
		return nil, fmt.Errorf("%s: not a font", name)
	}
	be := binary.BigEndian
	for i := range int(be.Uint16(raw[4:])) {
		rec := raw[12+16*i:]
		from, n := be.Uint32(rec[8:]), be.Uint32(rec[12:])
		f.tables[string(rec[:4])] = raw[from : from+n]
	}
	for _, t := range []string{"head", "hhea", "hmtx", "maxp", "loca", "glyf", "cmap"} {
		if f.tables[t] == nil {
			return nil, fmt.Errorf("%s: no table %s", name, t)
		}
	}
	head, hhea := f.tables["head"], f.tables["hhea"]
	f.em = float64(be.Uint16(head[18:]))
	for i := range f.bbox {
		f.bbox[i] = int16(be.Uint16(head[36+2*i:]))
	}
	f.ascent, f.descent = int16(be.Uint16(hhea[4:])), int16(be.Uint16(hhea[6:]))
	count, long := int(be.Uint16(f.tables["maxp"][4:])), int(be.Uint16(hhea[34:]))
	hmtx, loca := f.tables["hmtx"], f.tables["loca"]
	for g := range count {
		m := min(g, long-1)
		f.advances = append(f.advances, be.Uint16(hmtx[4*m:]))
		at := 4*m + 2
		if g >= long {
			at = 4*long + 2*(g-long)
		}
		f.bearings = append(f.bearings, int16(be.Uint16(hmtx[at:])))
	}
	for g := range count + 1 {
		if be.Uint16(head[50:]) == 0 {
			f.offsets = append(f.offsets, 2*uint32(be.Uint16(loca[2*g:])))
		} else {
			f.offsets = append(f.offsets, be.Uint32(loca[4*g:]))
		}
	}
	if err := f.readMap(); err != nil {
		return nil, err
	}
	if o := f.outline(f.glyphs['H']); len(o) >= 10 {
		f.capHeight = int16(be.Uint16(o[8:]))
	}
	return f, nil
}

// readMap reads the table of characters, in its segmented form.
// spec: ISO 14496-22 cmap format 4
func (f *face) readMap() error {
	be, cmap := binary.BigEndian, f.tables["cmap"]
	for i := range int(be.Uint16(cmap[2:])) {
		t := cmap[be.Uint32(cmap[4+8*i+4:]):]
		if be.Uint16(t) != 4 {
			continue
		}
		n := int(be.Uint16(t[6:])) / 2
		ends, starts := t[14:], t[16+2*n:]
		deltas, ranges := t[16+4*n:], t[16+6*n:]
		for s := range n {
			first, last := int(be.Uint16(starts[2*s:])), int(be.Uint16(ends[2*s:]))
			for c := first; c <= last && c < 0xffff; c++ {
				g := uint16(c) + be.Uint16(deltas[2*s:])
				if r := int(be.Uint16(ranges[2*s:])); r != 0 {
					if g = be.Uint16(ranges[2*s+r+2*(c-first):]); g != 0 {
						g += be.Uint16(deltas[2*s:])
					}
				}
				if g != 0 {
					f.glyphs[rune(c)] = g
				}
			}
		}
		return nil
	}
	return fmt.Errorf("%s: no table of characters that is known here", f.name)
}

func (f *face) outline(g uint16) []byte {
	return f.tables["glyf"][f.offsets[g]:f.offsets[g+1]]
}

// has tells whether the font draws a character.
func (f *face) has(c rune) bool { return f.glyphs[c] != 0 }

// advance is the width of a character, in thousandths of the size.
func (f *face) advance(c rune) float64 {
	return float64(f.advances[f.glyphs[c]]) * 1000 / f.em
}
