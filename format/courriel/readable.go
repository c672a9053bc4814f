package courriel

import (
	"html"
	"strings"
	"unicode/utf8"
)

// Text gives the content of a part as UTF-8. Charsets that are not known keep what is valid UTF-8;
// other bytes are replaced by U+FFFD.
func (m *Message) Text(p *Part, limit int) (string, error) {
	b, err := m.Decode(p, limit)
	if err != nil {
		return "", err
	}
	return m.text(p, b), nil
}

func (m *Message) text(p *Part, b []byte) string {
	set := charsetASCII
	if name := p.Param("charset"); name != "" {
		set = charsetOf(name)
	}
	return strings.TrimPrefix(decodeCharset(b, set), "\uFEFF")
}

// Readable gives the text a person reads, at most limit bytes (0: no limit): of alternatives the
// plain one, else the HTML stripped to its text; the texts that follow one another are joined.
// Attachments and embedded messages are left out.
func (m *Message) Readable(limit int) string {
	var out strings.Builder
	m.readable(m.Root, &out, limit)
	s := strings.TrimSpace(strings.ReplaceAll(out.String(), "\r\n", "\n"))
	if limit > 0 && len(s) > limit {
		s = s[:limit]
		for len(s) > 0 {
			if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n != 1 {
				break
			}
			s = s[:len(s)-1]
		}
	}
	return s
}

func (m *Message) readable(p *Part, out *strings.Builder, limit int) {
	if limit > 0 && out.Len() >= limit {
		return
	}
	switch {
	case p.Type == "multipart" && p.Subtype == "alternative":
		m.alternative(p, out, limit)
	case p.Type == "multipart" && (p.Subtype == "related" || p.Subtype == "report" || p.Subtype == "signed"):
		m.readable(p.Parts[0], out, limit)
	case p.Type == "multipart":
		for _, c := range p.Parts {
			m.readable(c, out, limit)
		}
	case p.isText():
		b, whole := m.decode(p, limit)
		if !whole {
			b = wholeRunes(b)
		}
		s := m.text(p, b)
		if p.Subtype == "html" {
			s = stripHTML(s)
		}
		if strings.TrimSpace(s) == "" {
			return
		}
		if out.Len() > 0 {
			out.WriteString("\n\n")
		}
		out.WriteString(s)
	}
}

// wholeRunes takes the beginning of a character off the end of a text that was cut, when it is
// UTF-8.
func wholeRunes(b []byte) []byte {
	for n := len(b); n > len(b)-utf8.UTFMax && n > 0; n-- {
		if utf8.Valid(b[:n]) {
			return b[:n]
		}
	}
	return b
}

// isText says whether the part is text to be read in the body of the message.
func (p *Part) isText() bool {
	return p.Type == "text" && (p.Subtype == "plain" || p.Subtype == "html" || p.Subtype == "enriched") && p.Disposition != "attachment" &&
		(p.Disposition == "" || p.Filename() == "")
}

// alternative takes the plain text when it says something, else whatever does.
func (m *Message) alternative(p *Part, out *strings.Builder, limit int) {
	for _, c := range p.Parts {
		if c.Type != "text" || c.Subtype != "plain" {
			continue
		}
		before := out.Len()
		if m.readable(c, out, limit); out.Len() > before {
			return
		}
	}
	for i := len(p.Parts) - 1; i >= 0; i-- {
		before := out.Len()
		if m.readable(p.Parts[i], out, limit); out.Len() > before {
			return
		}
	}
}

// breaks are the elements that begin a line.
var breaks = map[string]bool{"br": true, "p": true, "div": true, "li": true, "tr": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true,
	"h6": true, "ul": true, "ol": true, "table": true, "hr": true, "blockquote": true, "pre": true, "section": true, "article": true}

// silent are the elements whose content is not read.
var silent = map[string]bool{"script": true, "style": true, "head": true, "title": true, "template": true, "noscript": true}

// stripHTML gives the text of a page: tags dropped, blanks joined, one line per block.
func stripHTML(s string) string {
	var out strings.Builder
	out.Grow(len(s) / 2)
	lower, headOpen := "", false
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			out.WriteString(s)
			break
		}
		out.WriteString(s[:i])
		s = s[i:]
		if len(s) > 1 && !isTagStart(s[1]) { // a plain sign
			out.WriteByte('<')
			s = s[1:]
			continue
		}
		if strings.HasPrefix(s, "<!--") {
			_, s, _ = strings.Cut(s[4:], "-->")
			continue
		}
		end := tagEnd(s)
		name, opens := tagName(s[1:end]), len(s) > 1 && s[1] != '/'
		s = s[end:]
		if breaks[name] {
			out.WriteByte('\n')
		} else if name == "td" || name == "th" {
			out.WriteByte(' ')
		}
		if !silent[name] || !opens || name == "head" && headOpen {
			continue
		}
		if lower == "" {
			lower = asciiLower(s)
		}
		at := strings.Index(lower[len(lower)-len(s):], "</"+name)
		switch {
		case at >= 0:
			s = s[at:]
		case name == "head": // never closed: the body still counts
			headOpen = true
		default:
			s = ""
		}
	}
	return joinBlanks(html.UnescapeString(out.String()))
}

func isTagStart(c byte) bool {
	return c == '/' || c == '!' || c == '?' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// tagEnd gives the offset after the tag s begins with; quoted values may hold >.
func tagEnd(s string) int {
	quote := byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && s[i-1] == '=':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return len(s)
}

func tagName(s string) string {
	s = strings.TrimPrefix(s, "/")
	n := 0
	for n < len(s) && n < 12 && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return strings.ToLower(s[:n])
}

// asciiLower keeps the length, which strings.ToLower does not.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// joinBlanks leaves one space between words and at most one empty line between lines.
func joinBlanks(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	empty := 2
	for line := range strings.Lines(s) {
		words := strings.Fields(line)
		if len(words) == 0 {
			if empty++; empty < 2 {
				out.WriteByte('\n')
			}
			continue
		}
		empty = 0
		out.WriteString(strings.Join(words, " "))
		out.WriteByte('\n')
	}
	return out.String()
}
