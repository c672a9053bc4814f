package pdftext

import (
	"bytes"
	"strconv"
)

// scanner reads values one after the other; operators of a content stream come back as op.
type scanner struct {
	b  []byte
	at int
}

// op is an operator of a content stream, or a word that is no value.
type op string

// end marks the end of a list, of a dictionary or of the bytes.
type end byte

func (s *scanner) blank() {
	for s.at < len(s.b) {
		switch c := s.b[s.at]; {
		case space(c):
			s.at++
		case c == '%':
			for s.at < len(s.b) && s.b[s.at] != '\n' && s.b[s.at] != '\r' {
				s.at++
			}
		default:
			return
		}
	}
}

func delimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return space(c)
}

func (s *scanner) word() string {
	from := s.at
	for s.at < len(s.b) && !delimiter(s.b[s.at]) {
		s.at++
	}
	return string(s.b[from:s.at])
}

// value reads the next value.
func (s *scanner) value(depth int) any {
	s.blank()
	if s.at >= len(s.b) || depth > maxDepth {
		s.at = len(s.b)
		return end(0)
	}
	switch c := s.b[s.at]; c {
	case '/':
		s.at++
		return name(s.word())
	case '(':
		return s.literal()
	case '[':
		s.at++
		return s.list(depth)
	case '<':
		if s.at+1 < len(s.b) && s.b[s.at+1] == '<' {
			s.at += 2
			return s.dict(depth)
		}
		return s.hex()
	case ']', '>', ')', '{', '}':
		s.at++
		return end(c)
	}
	return s.plain()
}

// plain reads a number, a reference, or a word.
func (s *scanner) plain() any {
	w := s.word()
	if w == "" {
		s.at++
		return nil
	}
	if v, err := strconv.ParseFloat(w, 64); err == nil {
		if n, err := strconv.Atoi(w); err == nil && n >= 0 {
			if r, ok := s.reference(n); ok {
				return r
			}
		}
		return v
	}
	switch w {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	return op(w)
}

// reference reads the rest of "12 0 R".
func (s *scanner) reference(n int) (ref, bool) {
	was := s.at
	s.blank()
	if s.at < len(s.b) && digit(s.b[s.at]) {
		s.word()
		s.blank()
		if s.at < len(s.b) && s.b[s.at] == 'R' && (s.at+1 == len(s.b) || delimiter(s.b[s.at+1])) {
			s.at++
			return ref(n), true
		}
	}
	s.at = was
	return 0, false
}

func (s *scanner) list(depth int) []any {
	var out []any
	for {
		v := s.value(depth + 1)
		if _, over := v.(end); over {
			return out
		}
		out = append(out, v)
	}
}

func (s *scanner) dict(depth int) dict {
	d := dict{}
	for {
		k := s.value(depth + 1)
		if _, over := k.(end); over {
			if s.at < len(s.b) && s.b[s.at] == '>' {
				s.at++
			}
			return d
		}
		key, ok := k.(name)
		v := s.value(depth + 1)
		if _, over := v.(end); over {
			if s.at < len(s.b) && s.b[s.at] == '>' {
				s.at++
			}
			return d
		}
		if ok {
			d[key] = v
		}
	}
}

// literal reads (text) with its escapes.
func (s *scanner) literal() string {
	var out []byte
	depth := 0
	for ; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; c {
		case '(':
			if depth++; depth > 1 {
				out = append(out, c)
			}
		case ')':
			if depth--; depth == 0 {
				s.at++
				return string(out)
			}
			out = append(out, c)
		case '\\':
			out = s.escape(out)
		default:
			out = append(out, c)
		}
	}
	s.at = min(s.at, len(s.b))
	return string(out)
}

func (s *scanner) escape(out []byte) []byte {
	s.at++
	if s.at >= len(s.b) {
		return out
	}
	c := s.b[s.at]
	if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
		return append(out, "\n\r\t\b\f"[i])
	}
	if c >= '0' && c <= '7' {
		v := 0
		for i := 0; i < 3 && s.at < len(s.b) && s.b[s.at] >= '0' && s.b[s.at] <= '7'; i++ {
			v = v*8 + int(s.b[s.at]-'0')
			s.at++
		}
		s.at--
		return append(out, byte(v))
	}
	if c == '\n' || c == '\r' {
		return out
	}
	return append(out, c)
}

func (s *scanner) hex() string {
	var out []byte
	half, has := byte(0), false
	for s.at++; s.at < len(s.b) && s.b[s.at] != '>'; s.at++ {
		v, ok := nibble(s.b[s.at])
		if !ok {
			continue
		}
		if has {
			out = append(out, half<<4|v)
		}
		half, has = v, !has
	}
	if has {
		out = append(out, half<<4)
	}
	s.at = min(s.at+1, len(s.b))
	return string(out)
}

func nibble(c byte) (byte, bool) {
	switch {
	case digit(c):
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// stream gives the raw bytes after a dictionary, when there are some.
func (s *scanner) stream(d dict, f *file) []byte {
	was := s.at
	s.blank()
	if !bytes.HasPrefix(s.b[min(s.at, len(s.b)):], []byte("stream")) {
		s.at = was
		return nil
	}
	from := s.at + len("stream")
	if from < len(s.b) && s.b[from] == '\r' {
		from++
	}
	if from < len(s.b) && s.b[from] == '\n' {
		from++
	}
	from = min(from, len(s.b))
	to := from + int(num(f.at(d["Length"])))
	if to < from || to > len(s.b) || !bytes.HasPrefix(bytes.TrimLeft(s.b[to:min(to+16, len(s.b))], "\r\n "), []byte("endstream")) {
		i := bytes.Index(s.b[from:], []byte("endstream"))
		if i < 0 {
			i = len(s.b) - from
		}
		to = from + i
	}
	s.at = to
	return s.b[from:to]
}
