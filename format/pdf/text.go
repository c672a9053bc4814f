package pdf

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Style changes how a run of text looks.
type Style uint8

// The styles, which add up.
const (
	Bold Style = 1 << iota
	Italic
	Underline
	Superscript
	Subscript
	Faint // what accompanies: labels, notes
)

// Run is a piece of text in one style. A line break in it is kept.
type Run struct {
	Text  string
	Style Style
}

// Plain is a text without style.
func Plain(s string) []Run { return []Run{{Text: s}} }

// letter is one character of a line.
type letter struct {
	c       rune
	instead rune // what the font lacks, drawn as the substitute
	style   Style
	wide    float64 // thousandths of the size
}

// substitute is drawn for a character the font lacks.
const substitute = '\ufffd'

func (s Style) font() font {
	if s&Bold != 0 {
		return bold
	}
	return regular
}

// small is the size of raised and lowered letters.
const small = 0.68

func (d *Document) letters(runs []Run) []letter {
	out := make([]letter, 0, 64)
	f := faces()
	for _, r := range runs {
		face := f[r.Style.font()]
		for _, c := range r.Text {
			if c == '\t' {
				c = ' '
			}
			if s := spelled[c]; s != 0 {
				c = s
			}
			if n := len(out); n > 0 && c >= 0x300 && c < 0x370 {
				if whole := composed[[2]rune{out[n-1].c, c}]; whole != 0 {
					out[n-1].c, out[n-1].wide = whole, face.advance(whole)*shrink(r.Style)
					continue
				}
			}
			l := letter{c: c, style: r.Style}
			switch {
			case c == '\n':
			case invisible(c):
				continue
			case !face.has(c):
				l.c, l.instead = substitute, c
				d.lacking[c] = true
			}
			if c != '\n' {
				l.wide = face.advance(l.c) * shrink(r.Style)
			}
			out = append(out, l)
		}
	}
	return out
}

func shrink(s Style) float64 {
	if s&(Superscript|Subscript) != 0 {
		return small
	}
	return 1
}

func measure(line []letter, size float64) float64 {
	n := 0.0
	for _, l := range line {
		n += l.wide
	}
	return n * size / 1000
}

// wrap cuts letters into lines no wider than limit, at spaces; a word wider than a line is cut.
// A line has one letter at least.
func wrap(text []letter, size, limit float64) [][]letter {
	limit = limit * 1000 / size
	var out [][]letter
	for {
		part, rest, more := text, []letter(nil), false
		for i, l := range text {
			if l.c == '\n' {
				part, rest, more = text[:i], text[i+1:], true
				break
			}
		}
		out = append(out, wrapLine(part, limit)...)
		if !more {
			return out
		}
		text = rest
	}
}

func wrapLine(text []letter, limit float64) [][]letter {
	var out [][]letter
	from, space := 0, -1
	wide := 0.0
	for i := 0; i < len(text); i++ {
		if text[i].c == ' ' {
			if i == from {
				from++ // no line begins by a space
				continue
			}
			space = i
		}
		if wide+text[i].wide <= limit || i == from || text[i].c == ' ' {
			wide += text[i].wide
			continue
		}
		end := i
		if space > from {
			end = space
		}
		out = append(out, trimRight(text[from:end]))
		from, space, wide = end, -1, 0
		i = from - 1
	}
	return append(out, trimRight(text[min(from, len(text)):]))
}

func trimRight(line []letter) []letter {
	for len(line) > 0 && line[len(line)-1].c == ' ' {
		line = line[:len(line)-1]
	}
	return line
}

// fit cuts a line that is too wide, with an ellipsis.
func fit(line []letter, size, limit float64) []letter {
	if measure(line, size) <= limit {
		return line
	}
	dots := letter{c: '…', wide: 1000}
	if len(line) > 0 {
		dots.style = line[0].style
	}
	n := 0
	for wide := dots.wide; n < len(line); n++ {
		if wide += line[n].wide; wide*size/1000 > limit {
			break
		}
	}
	return append(trimRight(line[:n:n]), dots)
}

// put writes a line of letters at a place.
func (d *Document) put(b *bytes.Buffer, x, y, size float64, line []letter) {
	for i := 0; i < len(line); {
		j, wide := i, 0.0
		for j < len(line) && line[j].style == line[i].style && (line[j].instead == 0 && line[i].instead == 0 || j == i) {
			wide += line[j].wide
			j++
		}
		d.piece(b, x, y, size, line[i:j])
		wide *= size / 1000
		if line[i].style&Underline != 0 {
			write(b, "%s w %s %s m %s %s l S\n", number(size/18), number(x), number(y-size*0.13), number(x+wide), number(y-size*0.13))
		}
		x += wide
		i = j
	}
}

// piece writes letters of one style. What the font lacks keeps its meaning as replacement text.
// spec: ISO 32000-1 14.9.4
func (d *Document) piece(b *bytes.Buffer, x, y, size float64, line []letter) {
	style := line[0].style
	slant := "0"
	switch {
	case style&Superscript != 0:
		y, size = y+size*0.33, size*small
	case style&Subscript != 0:
		y, size = y-size*0.12, size*small
	}
	if style&Italic != 0 {
		slant = "0.2"
	}
	if line[0].instead != 0 {
		write(b, "/Span<</ActualText%s>>BDC ", textString(string(line[0].instead)))
		defer b.WriteString("EMC\n")
	}
	if style&Faint != 0 {
		b.WriteString("0.36 g ")
		defer b.WriteString("0 g\n")
	}
	f := style.font()
	write(b, "BT/F%d %s Tf 1 0 %s 1 %s %s Tm<", int(f)+1, number(size), slant, number(x), number(y))
	const hex = "0123456789ABCDEF"
	for _, l := range line {
		n := d.fonts[f].of(l.c)
		b.Write([]byte{hex[n>>12], hex[n>>8&15], hex[n>>4&15], hex[n&15]})
	}
	b.WriteString(">Tj ET\n")
}

// oneLine squeezes white space.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// clip bounds a text kept outside pages: names and strings of a file have a limit.
// spec: ISO 19005-1 6.1.12
func clip(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) <= maxString {
		return s
	}
	s = s[:maxString]
	for len(s) > 0 && !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}

// maxString bounds titles and replacement texts, in bytes; a PDF/A string has at most 65,535.
const maxString = 8000
