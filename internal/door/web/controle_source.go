package web

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// Bounds of the source that a page shows. What goes past them is said, not shown.
const (
	sourceRow     = 240     // bytes of a row, when a line can be cut between two elements
	sourceLong    = 600     // bytes of a piece, past which its middle is folded
	sourceHead    = 160     // bytes kept before and after a fold
	sourceAround  = 3       // rows shown around a finding
	sourceShort   = 8       // a gap of fewer rows is not folded
	maxSourceRows = 200_000 // rows that are looked at
	maxShown      = 3_000   // rows shown around findings
	maxFolded     = 6_000   // rows in the folds
	maxMarks      = 5_000
	maxRowNotes   = 4
)

// sourceNote is a finding as the margin shows it.
type sourceNote struct {
	N                   int
	Class, Tag, Message string
	Anchor              string // the place, for links; "" when none leads here
	from, to            int
}

// sourceView is the document with the findings beside it.
type sourceView struct {
	Blocks []sourceBlock
	Lines  int
	Cut    bool // the end of the document is not there

	shown map[string]bool // anchors that are in the page
}

// sourceBlock is a run of rows, open or folded; Lost says that its rows are not in the page.
type sourceBlock struct {
	Folded, Lost bool
	First, Last  int // lines
	Rows         []sourceRowView
}

// sourceRowView is a line of the document, or a part of a long one.
type sourceRowView struct {
	Line    int
	First   bool // of its line
	Parts   []sourcePart
	Notes   []sourceNote
	More    int // notes that are not shown
	Anchors []string
}

// sourcePart is a piece of text; Class marks what is at fault, Cut is how many bytes are folded.
type sourcePart struct {
	Text, Class string
	Cut         int
}

type row struct {
	from, to, line int
	first          bool
}

// viewSource lays a document out in rows, marks what is at fault and puts each finding beside the
// row where it begins. Rows far from any finding are folded.
func viewSource(source []byte, notes []sourceNote) sourceView {
	rows, whole := rowsOf(source)
	v := sourceView{Lines: bytes.Count(source, []byte{'\n'}) + 1, Cut: !whole, shown: map[string]bool{}}
	if len(rows) == 0 {
		return v
	}
	for i := range notes {
		notes[i].from = max(0, min(notes[i].from, len(source)))
	}
	beside := map[int][]sourceNote{}
	for _, n := range notes {
		i := sort.Search(len(rows), func(i int) bool { return rows[i].to > n.from })
		if i == len(rows) && whole {
			i--
		}
		if i < len(rows) {
			beside[i] = append(beside[i], n)
		}
	}
	marks := marksOf(source, notes)
	open := opened(len(rows), beside)
	shown, folded, next := 0, 0, 0
	for i := 0; i < len(rows); {
		j := i
		for j < len(rows) && open[j] == open[i] {
			j++
		}
		b := sourceBlock{Folded: !open[i], First: rows[i].line, Last: rows[j-1].line}
		count, limit := &shown, maxShown
		if b.Folded {
			count, limit = &folded, maxFolded
		}
		if b.Lost = *count+j-i > limit; !b.Lost {
			*count += j - i
			for k := i; k < j; k++ {
				for next < len(marks) && marks[next].to <= rows[k].from {
					next++
				}
				r := rowView(source, rows[k], marks[next:], beside[k])
				for _, a := range r.Anchors {
					v.shown[a] = true
				}
				b.Rows = append(b.Rows, r)
			}
		}
		v.Blocks = append(v.Blocks, b)
		i = j
	}
	return v
}

// rowsOf cuts a document in rows: its lines, and the long ones between two elements.
func rowsOf(source []byte) (rows []row, whole bool) {
	line := 1
	for at := 0; at <= len(source); line++ {
		end := bytes.IndexByte(source[at:], '\n')
		if end < 0 {
			end = len(source) - at
		}
		stop := at + end
		for from, first := at, true; ; first = false {
			if len(rows) == maxSourceRows {
				return rows, false
			}
			to := breakAt(source, from, stop)
			rows = append(rows, row{from, to, line, first})
			if from = to; from >= stop {
				break
			}
		}
		at = stop + 1
	}
	return rows, true
}

// breakAt gives the end of the row that begins at from: the last place between two elements within
// the length of a row, else the next one.
func breakAt(source []byte, from, stop int) int {
	if stop-from <= sourceRow {
		return stop
	}
	if i := bytes.LastIndex(source[from:from+sourceRow], []byte("><")); i > 0 {
		return from + i + 1
	}
	if i := bytes.Index(source[from+sourceRow-1:stop], []byte("><")); i >= 0 {
		return from + sourceRow + i
	}
	return stop
}

// opened says which rows are shown: the first ones, those around a finding, and short gaps.
func opened(n int, beside map[int][]sourceNote) []bool {
	open := make([]bool, n)
	show := func(from, to int) {
		for i := max(0, from); i < min(n, to); i++ {
			open[i] = true
		}
	}
	show(0, sourceAround+1)
	for i := range beside {
		show(i-sourceAround, i+sourceAround+1)
	}
	for i := 0; i < n; {
		j := i
		for j < n && open[j] == open[i] {
			j++
		}
		if !open[i] && j-i < sourceShort {
			show(i, j)
		}
		i = j
	}
	return open
}

// mark is a span at fault.
type mark struct {
	from, to int
	class    string
}

// marksOf gives the spans at fault, in order and apart from each other; an error hides a remark.
func marksOf(source []byte, notes []sourceNote) []mark {
	var all []mark
	for _, n := range notes {
		if to := faultEnd(source, n.from, n.to); to > n.from && len(all) < maxMarks {
			all = append(all, mark{n.from, to, n.Class})
		}
	}
	slices.SortStableFunc(all, func(a, b mark) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	out := all[:0]
	end := 0
	for _, m := range all {
		if n := len(out); n > 0 && m.from == out[n-1].from && m.class == "error" {
			out[n-1].class = m.class
		}
		if m.from = max(m.from, end); m.from < m.to {
			out = append(out, m)
			end = m.to
		}
	}
	return out
}

// faultEnd says where to stop marking: an element of one short line is marked whole, of any other
// its start tag alone.
func faultEnd(source []byte, from, to int) int {
	to = min(to, len(source))
	if from >= len(source) || to <= from {
		return from
	}
	span := source[from:to]
	if len(span) <= sourceRow && bytes.IndexByte(span, '\n') < 0 || span[0] != '<' {
		return to
	}
	quote := byte(0)
	for i, c := range span {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return from + i + 1
		}
	}
	return to
}

// rowView makes the parts of a row from the marks that may cross it.
func rowView(source []byte, r row, marks []mark, notes []sourceNote) sourceRowView {
	v := sourceRowView{Line: r.line, First: r.first}
	seen := map[int]bool{}
	for _, n := range notes {
		if n.Anchor != "" {
			v.Anchors = append(v.Anchors, n.Anchor)
		}
		switch {
		case seen[n.N]:
		case len(v.Notes) == maxRowNotes:
			v.More++
		default:
			v.Notes = append(v.Notes, n)
		}
		seen[n.N] = true
	}
	at := r.from
	for _, m := range marks {
		if m.from >= r.to {
			break
		}
		from, to := max(m.from, at), min(m.to, r.to)
		for m.from < r.from && from < to && (source[from] == ' ' || source[from] == '\t') {
			from++ // the margin of a line that goes on is at fault for nothing
		}
		if from >= to {
			continue
		}
		v.Parts = appendParts(v.Parts, source[at:from], "")
		v.Parts = appendParts(v.Parts, source[from:to], m.class)
		at = to
	}
	v.Parts = appendParts(v.Parts, bytes.TrimRight(source[at:r.to], "\r"), "")
	return v
}

// appendParts adds a piece of text, its middle folded when it is long: a picture or a PDF in base64
// says nothing to who reads.
func appendParts(parts []sourcePart, text []byte, class string) []sourcePart {
	if len(text) == 0 {
		return parts
	}
	if len(text) <= sourceLong {
		return append(parts, sourcePart{Text: visible(text), Class: class})
	}
	head, tail := sourceHead, len(text)-sourceHead
	for head < tail && !utf8.RuneStart(text[head]) {
		head++
	}
	for tail > head && !utf8.RuneStart(text[tail]) {
		tail--
	}
	return append(parts, sourcePart{Text: visible(text[:head]), Class: class}, sourcePart{Cut: tail - head}, sourcePart{Text: visible(text[tail:]), Class: class})
}

// visible shows what an eye would miss: control characters, and those that turn the direction of
// writing or take no room.
func visible(text []byte) string {
	s := strings.ToValidUTF8(string(text), "�")
	if strings.IndexFunc(s, hiddenRune) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !hiddenRune(r):
			b.WriteRune(r)
		case r < 0x20:
			b.WriteRune(0x2400 + r)
		default:
			fmt.Fprintf(&b, "⟦U+%04X⟧", r)
		}
	}
	return b.String()
}

func hiddenRune(r rune) bool {
	switch {
	case r == '\t':
		return false
	case r < 0x20, r >= 0x7F && r < 0xA0, r == 0xAD, r == 0xFEFF:
		return true
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2069:
		return true
	}
	return false
}
