package xmltree

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// scanner walks the document once. Its methods take an offset and give the offset after what
// they read; on error they set err and give -1.
type scanner struct {
	*scratch
	src []byte
	lim Limits
	err *Error

	cur       int32 // open element, 0 outside the root
	prev      int32 // last closed element at this level
	depth     int
	distinct  int
	undeco    bool
	valueFrom int
}

func (s *scratch) scan(src []byte, lim Limits) (*Doc, error) {
	s.reset()
	sc := scanner{scratch: s, src: src, lim: lim}
	if !sc.run() {
		return nil, sc.err
	}
	d := &Doc{src: src, names: s.names[:len(s.names):len(s.names)], spaces: s.spaces[:len(s.spaces):len(s.spaces)]}
	d.elems = append(make([]element, 0, len(s.elems)), s.elems...)
	d.attrs = append(make([]attribute, 0, len(s.attrs)), s.attrs...)
	d.binds = append(make([]binding, 0, len(s.binds)), s.binds...)
	return d, nil
}

func (s *scanner) fail(id string, off int, args ...any) int {
	s.err = newError(s.src, id, off, args...)
	return -1
}

func (s *scanner) run() bool {
	src := s.src
	i := 0
	if bytes.HasPrefix(src, utf8BOM) {
		i = 3
	}
	// U+FFFE and U+FFFF are the only valid UTF-8 that XML forbids above the control characters.
	for k := 0; ; k += 3 {
		p := bytes.IndexByte(src[k:], 0xEF)
		if p < 0 {
			break
		}
		if k += p; src[k+1] == 0xBF && src[k+2] >= 0xBE {
			s.fail(idChar, k, "U+FFF"+string("EF"[src[k+2]-0xBE]))
			return false
		}
	}
	if i = s.declaration(i); i < 0 {
		return false
	}
	s.elems = append(s.elems, element{open: int32(i), end: int32(len(src))})
	s.binds = append(s.binds, binding{})
	for i < len(src) {
		c := src[i]
		if c != '<' {
			if s.cur == 0 {
				i = s.misc(i)
			} else {
				i = s.text(i)
			}
		} else if i+1 >= len(src) {
			i = s.fail(idTruncated, i, "<")
		} else {
			switch src[i+1] {
			case '/':
				i = s.endTag(i)
			case '!':
				i = s.bang(i)
			case '?':
				i = s.procInst(i)
			default:
				i = s.startTag(i)
			}
		}
		if i < 0 {
			return false
		}
	}
	if s.cur != 0 {
		e := &s.elems[s.cur]
		line, _ := position(src, int(e.start))
		s.fail(idUnclosed, len(src), excerpt([]byte(s.names[e.name].raw)), line)
		return false
	}
	if len(s.elems) < 2 {
		s.fail(idNoRoot, len(src))
		return false
	}
	return true
}

// misc passes white space outside the root.
func (s *scanner) misc(i int) int {
	for i < len(s.src) && isSpace(s.src[i]) {
		i++
	}
	if i < len(s.src) && s.src[i] != '<' {
		if c := s.src[i]; c < 0x20 {
			return s.fail(idChar, i, fmt.Sprintf("U+%04X", c))
		}
		return s.fail(idOutside, i)
	}
	return i
}

// text passes character data up to the next '<'.
func (s *scanner) text(i int) int {
	src := s.src
	for i < len(src) {
		// Short runs and indentation byte by byte, then eight bytes at a time (base64).
		stop := min(i+8, len(src))
		for i < stop && class[src[i]]&clText != 0 {
			i++
		}
		if i == stop {
			for i+8 <= len(src) && notPlain(binary.LittleEndian.Uint64(src[i:])) == 0 {
				i += 8
			}
			continue
		}
		switch src[i] {
		case '<':
			return i
		case '&':
			if i = s.reference(i); i < 0 {
				return -1
			}
		case ']':
			if i+2 < len(src) && src[i+1] == ']' && src[i+2] == '>' {
				return s.fail(idCDATAEnd, i)
			}
			i++
		default:
			return s.fail(idChar, i, fmt.Sprintf("U+%04X", src[i]))
		}
	}
	return i
}

// reference checks an entity or character reference.
func (s *scanner) reference(i int) int {
	// spec: XML 1.0 §4.1; the longest reference is &#x10FFFF; but leading zeros are allowed
	end := bytes.IndexByte(s.src[i:min(len(s.src), i+64)], ';')
	if end < 0 {
		return s.fail(idEntity, i, excerpt(s.src[i+1:min(len(s.src), i+11)]))
	}
	body := s.src[i+1 : i+end]
	if len(body) > 0 && body[0] == '#' {
		if _, ok := charRef(body); !ok {
			return s.fail(idCharRef, i, excerpt(body)+";")
		}
		return i + end + 1
	}
	if predefined(body) == 0 {
		return s.fail(idEntity, i, excerpt(body)+";")
	}
	return i + end + 1
}

func predefined(body []byte) byte {
	switch string(body) {
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "amp":
		return '&'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	return 0
}

// charRef reads "#233" or "#xE9".
func charRef(body []byte) (rune, bool) {
	var r rune
	digits := body[1:]
	hex := len(digits) > 0 && digits[0] == 'x'
	if hex {
		digits = digits[1:]
	}
	if len(digits) == 0 {
		return 0, false
	}
	for _, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case hex && c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case hex && c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		if hex {
			r = r<<4 | rune(c)
		} else {
			r = r*10 + rune(c)
		}
		if r > 0x10FFFF {
			return 0, false
		}
	}
	return r, isChar(r)
}

// nameAt scans a raw name and gives its number and the offset after it; -1 on error.
func (s *scanner) nameAt(i int) (int32, int) {
	j := i
	for j < len(s.src) && class[s.src[j]]&clName != 0 {
		j++
	}
	if j-i > s.lim.NameBytes {
		return -1, s.fail(idLimitName, i, s.lim.NameBytes)
	}
	id := s.name(s.src[i:j])
	if id < 0 {
		if j >= len(s.src) && j == i {
			return -1, s.fail(idTruncated, i, "<")
		}
		return -1, s.fail(idName, i, badName(s.src[i:max(j, min(i+1, len(s.src)))]))
	}
	if st := &s.state[id]; !st.used {
		st.used = true
		if s.distinct++; s.distinct > s.lim.Names {
			return -1, s.fail(idLimitNames, i, s.lim.Names)
		}
	}
	return id, j
}

func (s *scanner) startTag(i int) int {
	src := s.src
	c := src[i+1]
	if class[c]&clName == 0 {
		if c < 0x20 && !isSpace(c) {
			return s.fail(idChar, i+1, fmt.Sprintf("U+%04X", c))
		}
		return s.fail(idMarkup, i)
	}
	if s.cur == 0 && len(s.elems) > 1 {
		return s.fail(idRoots, i, excerpt(src[i+1:min(len(src), i+40)]))
	}
	name, j := s.nameAt(i + 1)
	if j < 0 {
		return -1
	}
	if s.depth++; s.depth > s.lim.Depth {
		return s.fail(idLimitDepth, i, s.lim.Depth)
	}
	if len(s.elems)+len(s.attrs) > s.lim.Nodes {
		return s.fail(idLimitNodes, i, s.lim.Nodes)
	}
	me := int32(len(s.elems))
	parentBind := s.elems[s.cur].bind
	e := element{start: int32(i), parent: s.cur, name: name, attr: int32(len(s.attrs)), bind: parentBind}
	prefixed := false
	count := 0
	for {
		spaced := false
		for j < len(src) && isSpace(src[j]) {
			j++
			spaced = true
		}
		if j >= len(src) {
			return s.fail(idTruncated, j, "<"+excerpt([]byte(s.names[name].raw)))
		}
		c := src[j]
		if c == '>' {
			j++
			break
		}
		if c == '/' {
			if j+1 >= len(src) {
				return s.fail(idTruncated, j, "<"+excerpt([]byte(s.names[name].raw)))
			}
			if src[j+1] != '>' {
				return s.fail(idTag, j, excerpt([]byte(s.names[name].raw)))
			}
			j += 2
			e.close, e.end = int32(j), int32(j)
			break
		}
		if class[c]&clName == 0 {
			return s.fail(idTag, j, excerpt([]byte(s.names[name].raw)))
		}
		if !spaced {
			return s.fail(idAttrSpace, j)
		}
		if count++; count > s.lim.Attributes {
			return s.fail(idLimitAttrs, j, s.lim.Attributes)
		}
		at := j
		var an int32
		if an, j = s.nameAt(j); j < 0 {
			return -1
		}
		if st := &s.state[an]; st.seenOn == me {
			return s.fail(idAttrDup, at, excerpt([]byte(s.names[an].raw)))
		} else {
			st.seenOn = me
		}
		if j = s.value(j, at); j < 0 {
			return -1
		}
		if q := &s.names[an]; q.decl {
			if !s.declare(q, at, j-1, &e) {
				return -1
			}
			continue
		} else if q.pid != pidNone {
			prefixed = true
		}
		s.attrs = append(s.attrs, attribute{start: int32(at), val: int32(s.valueFrom), end: int32(j - 1), name: an, undecorate: s.undeco})
	}
	e.open = int32(j)
	sp, ok := s.resolve(name, e.bind)
	if !ok {
		return s.fail(idPrefix, i+1, excerpt([]byte(s.names[name].prefix)))
	}
	e.space = sp
	if prefixed && !s.resolveAttrs(int(e.attr), e.bind) {
		return -1
	}
	s.elems = append(s.elems, e)
	if s.prev != 0 {
		s.elems[s.prev].next = me
	}
	if e.end != 0 {
		s.prev = me
		s.depth--
	} else {
		s.prev = 0
		s.cur = me
	}
	return j
}

func (s *scanner) endTag(i int) int {
	src := s.src
	j := i + 2
	if s.cur != 0 {
		e := &s.elems[s.cur]
		raw := s.names[e.name].raw
		if k := j + len(raw); k < len(src) && string(src[j:k]) == raw && class[src[k]]&clName == 0 {
			for k < len(src) && isSpace(src[k]) {
				k++
			}
			if k < len(src) && src[k] == '>' {
				k++
				e.close, e.end = int32(i), int32(k)
				s.prev, s.cur = s.cur, e.parent
				s.depth--
				return k
			}
		}
	}
	for j < len(src) && class[src[j]]&clName != 0 {
		j++
	}
	found := excerpt(src[i+2 : j])
	switch {
	case j >= len(src):
		return s.fail(idTruncated, i, "</"+found)
	case s.cur == 0:
		return s.fail(idEndTagExtra, i, found)
	}
	e := &s.elems[s.cur]
	raw := s.names[e.name].raw
	if string(src[i+2:j]) == raw {
		return s.fail(idTag, j, "/"+found)
	}
	line, _ := position(src, int(e.start))
	return s.fail(idEndTag, i, found, excerpt([]byte(raw)), line)
}
