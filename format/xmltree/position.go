package xmltree

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// position counts line and column of one offset, for an error that stops the reading.
func position(src []byte, off int) (line, col int) {
	before := src[:off]
	start := bytes.LastIndexByte(before, '\n') + 1
	return 1 + bytes.Count(before, []byte{'\n'}), column(src, start, off)
}

func column(src []byte, start, off int) int {
	if start == 0 && bytes.HasPrefix(src, utf8BOM) && off >= 3 {
		start = 3
	}
	return 1 + utf8.RuneCount(src[start:off])
}

// Position gives the line and the column (both from 1, columns in characters) of an offset.
func (d *Doc) Position(off int) (line, col int) {
	if d == nil {
		return 0, 0
	}
	off = max(0, min(off, len(d.src)))
	d.linesOnce.Do(func() {
		lines := make([]int32, 1, 1+bytes.Count(d.src, []byte{'\n'}))
		for i := 0; ; {
			p := bytes.IndexByte(d.src[i:], '\n')
			if p < 0 {
				break
			}
			i += p + 1
			lines = append(lines, int32(i))
		}
		d.lines = lines
	})
	n, found := slices.BinarySearch(d.lines, int32(off))
	if !found {
		n--
	}
	start := int(d.lines[n])
	if off-start <= longLine {
		return n + 1, column(d.src, start, off)
	}
	if start == 0 && bytes.HasPrefix(d.src, utf8BOM) {
		start = 3
	}
	return n + 1, 1 + d.characters(off) - d.characters(start)
}

// longLine is the line whose characters are not counted again for each place in it: a document
// may be one line of megabytes.
const longLine = 16 << 10

// characters counts those before an offset.
func (d *Doc) characters(off int) int {
	d.marksOnce.Do(func() {
		n := 0
		for i := 0; i < len(d.src); i += longLine {
			d.marks = append(d.marks, int32(n))
			n += begun(d.src[i:min(i+longLine, len(d.src))])
		}
	})
	if len(d.marks) == 0 {
		return 0
	}
	k := min(off/longLine, len(d.marks)-1)
	return int(d.marks[k]) + begun(d.src[k*longLine:off])
}

// begun counts the characters that begin in some bytes.
func begun(b []byte) int {
	n := 0
	for _, c := range b {
		if utf8.RuneStart(c) {
			n++
		}
	}
	return n
}
