package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
	"unicode/utf16"
)

// subset is the part of a font one document uses. Its glyphs are numbered in the order of their
// first use, after the one for «missing»: the number is the code written in pages.
type subset struct {
	face  *face
	runes []rune
	code  map[rune]uint16
}

func newSubset(f *face) *subset { return &subset{face: f, code: map[rune]uint16{}} }

// of gives the code of a character the face has.
func (s *subset) of(c rune) uint16 {
	if n, ok := s.code[c]; ok {
		return n
	}
	s.runes = append(s.runes, c)
	n := uint16(len(s.runes))
	s.code[c] = n
	return n
}

// Flags of a composite glyph.
// spec: ISO 14496-22 glyf
const (
	wordArguments = 1 << 0
	scaled        = 1 << 3
	more          = 1 << 5
	scaledTwice   = 1 << 6
	scaledMatrix  = 1 << 7
)

// file writes the glyphs as a TrueType font. Parts of composite glyphs follow the glyphs asked for.
// It also gives the glyphs, in order, as the face numbers them.
func (s *subset) file() (font []byte, glyphs []uint16) {
	be := binary.BigEndian
	glyphs = []uint16{0}
	for _, c := range s.runes {
		glyphs = append(glyphs, s.face.glyphs[c])
	}
	parts := map[uint16]uint16{}
	var glyf, loca, hmtx []byte
	for i := 0; i < len(glyphs); i++ {
		g := glyphs[i]
		o := bytes.Clone(s.face.outline(g))
		if len(o) >= 10 && int16(be.Uint16(o)) < 0 {
			for at := 10; ; {
				flags, part := be.Uint16(o[at:]), be.Uint16(o[at+2:])
				n, ok := parts[part]
				if !ok {
					n = uint16(len(glyphs))
					parts[part] = n
					glyphs = append(glyphs, part)
				}
				be.PutUint16(o[at+2:], n)
				at += 6
				if flags&wordArguments != 0 {
					at += 2
				}
				switch {
				case flags&scaled != 0:
					at += 2
				case flags&scaledTwice != 0:
					at += 4
				case flags&scaledMatrix != 0:
					at += 8
				}
				if flags&more == 0 {
					break
				}
			}
		}
		loca = be.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, o...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		hmtx = be.AppendUint16(hmtx, s.face.advances[g])
		hmtx = be.AppendUint16(hmtx, uint16(s.face.bearings[g]))
	}
	loca = be.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := bytes.Clone(s.face.tables["head"]), bytes.Clone(s.face.tables["hhea"]), bytes.Clone(s.face.tables["maxp"])
	be.PutUint32(head[8:], 0)
	be.PutUint16(head[50:], 1)
	be.PutUint16(hhea[34:], uint16(len(glyphs)))
	be.PutUint16(maxp[4:], uint16(len(glyphs)))
	return assemble([]string{"glyf", "head", "hhea", "hmtx", "loca", "maxp"}, [][]byte{glyf, head, hhea, hmtx, loca, maxp}), glyphs
}

// assemble writes a font of tables in alphabetical order.
// spec: ISO 14496-22 4.5
func assemble(names []string, tables [][]byte) []byte {
	be := binary.BigEndian
	n := len(names)
	log := bits.Len(uint(n)) - 1
	out := be.AppendUint32(nil, 0x00010000)
	for _, v := range []int{n, 16 << log, log, 16*n - 16<<log} {
		out = be.AppendUint16(out, uint16(v))
	}
	at := 12 + 16*n
	headAt := 0
	for i, t := range tables {
		if names[i] == "head" {
			headAt = at
		}
		out = append(out, names[i]...)
		out = be.AppendUint32(out, checksum(t))
		out = be.AppendUint32(out, uint32(at))
		out = be.AppendUint32(out, uint32(len(t)))
		at += (len(t) + 3) &^ 3
	}
	for _, t := range tables {
		out = append(out, t...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	be.PutUint32(out[headAt+8:], 0xB1B0AFBA-checksum(out))
	return out
}

func checksum(b []byte) uint32 {
	var sum uint32
	for len(b) >= 4 {
		sum += binary.BigEndian.Uint32(b)
		b = b[4:]
	}
	if len(b) > 0 {
		var last [4]byte
		copy(last[:], b)
		sum += binary.BigEndian.Uint32(last[:])
	}
	return sum
}

// write adds the objects of the font to a file and gives the number of the font.
// spec: ISO 19005-1 6.3
func (s *subset) write(f *file) int {
	raw, glyphs := s.file()
	sum := sha256.Sum256(raw)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	name := string(tag) + "+" + s.face.name
	scale := func(v int16) int { return int(float64(v) * 1000 / s.face.em) }
	program := f.stream(fmt.Sprintf("/Length1 %d", len(raw)), raw)
	set := make([]byte, (len(glyphs)+7)/8)
	for i := range glyphs {
		set[i/8] |= 0x80 >> (i % 8)
	}
	cidSet := f.stream("", set)
	b := s.face.bbox
	weight := 80
	if strings.Contains(s.face.name, "Bold") {
		weight = 140
	}
	descriptor := f.add("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile2 %d 0 R/CIDSet %d 0 R>>",
		name, scale(b[0]), scale(b[1]), scale(b[2]), scale(b[3]), scale(s.face.ascent), scale(s.face.descent), scale(s.face.capHeight), weight, program, cidSet)
	var widths strings.Builder
	for i, g := range glyphs {
		if i > 0 {
			widths.WriteByte(' ')
		}
		widths.WriteString(number(float64(s.face.advances[g]) * 1000 / s.face.em))
	}
	cid := f.add("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/CIDToGIDMap/Identity/DW 0/W[0[%s]]>>",
		name, descriptor, widths.String())
	return f.add("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, cid, f.stream("", s.toUnicode()))
}

// toUnicode tells what each code means, for search and for readers aloud.
// spec: ISO 32000-1 9.10.3
func (s *subset) toUnicode() []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def/CMapName/Adobe-Identity-UCS def/CMapType 2 def 1 begincodespacerange<0000><FFFF>endcodespacerange\n")
	for from := 0; from < len(s.runes); from += 100 { // no more in one list
		part := s.runes[from:min(from+100, len(s.runes))]
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for i, c := range part {
			fmt.Fprintf(&b, "<%04X><", from+i+1)
			for _, u := range utf16.Encode([]rune{c}) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap CMapName currentdict/CMap defineresource pop end end")
	return b.Bytes()
}
