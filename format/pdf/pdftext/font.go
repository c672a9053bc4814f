package pdftext

import (
	"strings"
	"unicode/utf16"
)

// font turns codes into letters.
type font struct {
	bold    bool
	wide    bool // two bytes a code
	unicode map[int]string
}

func (t *typist) fontOf(n name) *font {
	if f, ok := t.known[n]; ok {
		return f
	}
	d := t.f.dict(t.fonts[n])
	f := &font{}
	base, _ := t.f.at(d["BaseFont"]).(name)
	low := strings.ToLower(string(base))
	f.bold = strings.Contains(low, "bold") || strings.Contains(low, "black") || strings.Contains(low, "heavy")
	f.wide = t.f.at(d["Subtype"]) == name("Type0")
	if r, ok := d["ToUnicode"].(ref); ok && t.f.objects[int(r)] != nil {
		f.unicode = cmap(t.f.data(t.f.objects[int(r)]))
	}
	t.known[n] = f
	return f
}

// decode gives the letters of a string under the current font.
func (t *typist) decode(s string) string {
	var b strings.Builder
	f := t.font
	if f != nil && f.wide {
		for i := 0; i+1 < len(s); i += 2 {
			b.WriteString(f.unicode[int(s[i])<<8|int(s[i+1])]) // a code without letters is left out
		}
		return b.String()
	}
	for i := range len(s) {
		if f != nil {
			if u, ok := f.unicode[int(s[i])]; ok {
				b.WriteString(u)
				continue
			}
		}
		b.WriteRune(winAnsi(s[i]))
	}
	return b.String()
}

// high is the part of WinAnsi that is not Latin-1.
// spec: ISO 32000-1 annex D.2
var high = [32]rune{'€', '•', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '•', 'Ž', '•', '•', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '•', 'ž', 'Ÿ'}

func winAnsi(c byte) rune {
	switch {
	case c < 32:
		return ' '
	case c >= 0x80 && c < 0xa0:
		return high[c-0x80]
	}
	return rune(c)
}

// maxMap bounds a table of letters.
const maxMap = 1 << 16

// cmap reads the bfchar and bfrange parts of a ToUnicode table.
// spec: ISO 32000-1 §9.10.3
func cmap(b []byte) map[int]string {
	out := map[int]string{}
	s := &scanner{b: b}
	var args []any
	for s.at < len(s.b) && len(out) < maxMap {
		v := s.value(0)
		o, is := v.(op)
		if !is {
			if len(args) < maxMap {
				args = append(args, v)
			}
			continue
		}
		switch o {
		case "endbfchar":
			for i := 0; i+1 < len(args); i += 2 {
				out[code(args[i])] = letters(args[i+1])
			}
		case "endbfrange":
			ranges(out, args)
		}
		args = args[:0]
	}
	return out
}

func ranges(out map[int]string, args []any) {
	for i := 0; i+2 < len(args); i += 3 {
		from, to := code(args[i]), code(args[i+1])
		if list, ok := args[i+2].([]any); ok {
			for j, x := range list {
				out[from+j] = letters(x)
			}
			continue
		}
		first := []rune(letters(args[i+2]))
		if len(first) == 0 {
			continue
		}
		for c := from; c <= to && c-from < 256*256 && len(out) < maxMap; c++ {
			r := append([]rune(nil), first...)
			r[len(r)-1] += rune(c - from)
			out[c] = string(r)
		}
	}
}

func code(v any) int {
	s, _ := v.(string)
	n := 0
	for i := 0; i < len(s) && i < 4; i++ {
		n = n<<8 | int(s[i])
	}
	return n
}

// letters reads UTF-16BE.
func letters(v any) string {
	s, _ := v.(string)
	var u []uint16
	for i := 0; i+1 < len(s); i += 2 {
		u = append(u, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(u))
}
