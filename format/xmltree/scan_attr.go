package xmltree

import "fmt"

// resolve gives the namespace of a name, remembered while the declarations in scope stay the same.
func (s *scanner) resolve(name, head int32) (int32, bool) {
	st := &s.state[name]
	if st.head == head {
		return st.space, true
	}
	sp, ok := lookup(s.binds, head, s.names[name].prefix)
	if ok {
		st.head, st.space = head, sp
	}
	return sp, ok
}

func (s *scanner) resolveAttrs(from int, head int32) bool {
	for i := from; i < len(s.attrs); i++ {
		a := &s.attrs[i]
		q := &s.names[a.name]
		if q.pid == pidNone {
			continue
		}
		sp, ok := s.resolve(a.name, head)
		if !ok {
			s.fail(idPrefix, int(a.start), excerpt([]byte(q.prefix)))
			return false
		}
		a.space = sp
		for k := from; k < i; k++ {
			b := &s.attrs[k]
			if b.space == sp && s.names[b.name].local == q.local {
				s.fail(idAttrDup, int(a.start), excerpt([]byte(q.raw)))
				return false
			}
		}
	}
	return true
}

// value reads `="…"` after an attribute name; the content starts at s.valueFrom and ends one
// byte before the offset given back.
func (s *scanner) value(j, at int) int {
	src := s.src
	for j < len(src) && isSpace(src[j]) {
		j++
	}
	if j >= len(src) {
		return s.fail(idTruncated, j, excerpt(src[at:]))
	}
	if src[j] != '=' {
		return s.fail(idAttrSyntax, at, excerpt(src[at:min(len(src), at+30)]))
	}
	for j++; j < len(src) && isSpace(src[j]); j++ {
	}
	if j >= len(src) {
		return s.fail(idTruncated, j, excerpt(src[at:]))
	}
	quote := src[j]
	if quote != '"' && quote != '\'' {
		return s.fail(idAttrSyntax, at, excerpt(src[at:min(len(src), at+30)]))
	}
	j++
	s.valueFrom, s.undeco = j, false
	for j < len(src) {
		c := src[j]
		if class[c]&clValue != 0 {
			j++
			continue
		}
		switch {
		case c == quote:
			return j + 1
		case c == '"' || c == '\'':
			j++
		case c == '&':
			s.undeco = true
			if j = s.reference(j); j < 0 {
				return -1
			}
		case isSpace(c):
			s.undeco = true
			j++
		case c == '<':
			return s.fail(idAttrLt, j)
		default:
			return s.fail(idChar, j, fmt.Sprintf("U+%04X", c))
		}
	}
	return s.fail(idTruncated, j, excerpt(src[at:]))
}

// declare records xmlns="…" or xmlns:p="…".
func (s *scanner) declare(q *qname, at, end int, e *element) bool {
	uri := s.src[s.valueFrom:end]
	if s.undeco {
		uri = appendValue(nil, uri)
	}
	prefix := q.local
	if q.prefix == "" {
		prefix = ""
	}
	// spec: Namespaces in XML 1.0 §3 (reserved prefixes and names)
	reserved := prefix == "xmlns" || string(uri) == NSXMLNS || (prefix == "xml") != (string(uri) == NSXML)
	if reserved {
		s.fail(idNSReserved, at, excerpt([]byte(q.raw)))
		return false
	}
	if prefix != "" && len(uri) == 0 {
		s.fail(idNSEmpty, at, excerpt([]byte(q.raw)))
		return false
	}
	count := s.binds[e.bind].count + 1
	if int(count) > s.lim.Namespaces {
		s.fail(idLimitNS, at, s.lim.Namespaces)
		return false
	}
	if len(s.binds) > s.lim.Nodes {
		s.fail(idLimitNodes, at, s.lim.Nodes)
		return false
	}
	s.binds = append(s.binds, binding{prefix: prefix, space: s.space(uri), up: e.bind, count: count})
	e.bind = int32(len(s.binds) - 1)
	return true
}
