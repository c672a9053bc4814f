package xmltree

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// declaration passes <?xml version="1.0" …?> when there is one.
func (s *scanner) declaration(i int) int {
	src := s.src
	if !bytes.HasPrefix(src[i:], []byte("<?xml")) || len(src) < i+6 || !isSpace(src[i+5]) {
		return i
	}
	end := bytes.Index(src[i:min(len(src), i+maxDeclBytes)], []byte("?>"))
	if end < 0 {
		return s.fail(idDecl, i)
	}
	rest := src[i+5 : i+end]
	for step := range 3 {
		name, val, after, ok := pseudoAttr(rest)
		if !ok {
			if step > 0 && len(bytes.Trim(rest, " \t\r\n")) == 0 {
				break
			}
			return s.fail(idDecl, i)
		}
		switch {
		case step == 0 && name == "version" && val == "1.0":
		case step == 1 && name == "encoding" && isEncName(val):
		case step > 0 && name == "standalone" && (val == "yes" || val == "no"):
			if len(bytes.Trim(after, " \t\r\n")) != 0 {
				return s.fail(idDecl, i)
			}
		default:
			return s.fail(idDecl, i)
		}
		rest = after
	}
	if len(bytes.Trim(rest, " \t\r\n")) != 0 {
		return s.fail(idDecl, i)
	}
	return i + end + 2
}

func isEncName(v string) bool {
	for i := range len(v) {
		c := v[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-')) {
			return false
		}
	}
	return v != ""
}

// pseudoAttr reads one ` name="value"` of the declaration; white space before it is required.
func pseudoAttr(b []byte) (name, val string, after []byte, ok bool) {
	t := bytes.TrimLeft(b, " \t\r\n")
	if len(t) == len(b) {
		return
	}
	n, rest, found := bytes.Cut(t, []byte("="))
	if !found {
		return
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return
	}
	v, after, found := bytes.Cut(rest[1:], rest[:1])
	return strings.TrimRight(string(n), " \t\r\n"), string(v), after, found
}

// bang passes a comment or a CDATA section, and refuses DOCTYPE.
func (s *scanner) bang(i int) int {
	rest := s.src[i:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		end := bytes.Index(rest[4:], []byte("--"))
		if end < 0 {
			return s.fail(idTruncated, i, "<!--")
		}
		end += 4
		if end+2 >= len(rest) {
			return s.fail(idTruncated, i, "<!--")
		}
		if rest[end+2] != '>' {
			return s.fail(idComment, i+end)
		}
		return s.chars(i+4, i+end, i+end+3)
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		if s.cur == 0 {
			return s.fail(idOutside, i)
		}
		end := bytes.Index(rest[9:], []byte("]]>"))
		if end < 0 {
			return s.fail(idTruncated, i, "<![CDATA[")
		}
		return s.chars(i+9, i+9+end, i+9+end+3)
	case bytes.HasPrefix(rest, []byte("<!DOCTYPE")):
		return s.fail(idDoctype, i)
	}
	for _, m := range []string{"<!--", "<![CDATA[", "<!DOCTYPE"} {
		if strings.HasPrefix(m, string(rest)) {
			return s.fail(idTruncated, i, string(rest))
		}
	}
	return s.fail(idMarkup, i)
}

// chars checks that a range holds only characters XML allows, then gives next.
func (s *scanner) chars(from, to, next int) int {
	src := s.src
	for from < to {
		for from+8 <= to {
			x := binary.LittleEndian.Uint64(src[from:])
			if (x-lsb*0x20)&^x&msb != 0 {
				break
			}
			from += 8
		}
		for stop := min(from+8, to); from < stop; from++ {
			if c := src[from]; c < 0x20 && !isSpace(c) {
				return s.fail(idChar, from, fmt.Sprintf("U+%04X", c))
			}
		}
	}
	return next
}

func (s *scanner) procInst(i int) int {
	end := bytes.Index(s.src[i+2:], []byte("?>"))
	if end < 0 {
		return s.fail(idTruncated, i, "<?")
	}
	body := s.src[i+2 : i+2+end]
	n := 0
	for n < len(body) && !isSpace(body[n]) {
		n++
	}
	if n > s.lim.NameBytes {
		return s.fail(idLimitName, i, s.lim.NameBytes)
	}
	target := string(body[:n])
	if !isNCName(target) || strings.EqualFold(target, "xml") {
		return s.fail(idPI, i, excerpt(body))
	}
	return s.chars(i+2, i+2+end, i+2+end+2)
}
