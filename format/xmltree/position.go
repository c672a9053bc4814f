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
	return n + 1, column(d.src, int(d.lines[n]), off)
}
