package xmltree

import (
	"bytes"
	"iter"
	"strings"
	"unicode/utf8"
)

// Kind tells what a Piece is.
type Kind uint8

// The kinds of pieces.
const (
	KindElement Kind = iota + 1
	KindText
	KindCDATA
	KindComment
	KindProcInst
)

// Piece is one item of content exactly as it stands in the source: what canonicalisation needs.
type Piece struct {
	Kind       Kind
	Start, End int  // bytes, delimiters included
	Node       Node // for KindElement
	d          *Doc
}

// Pieces gives everything between the start and the end tag in order: elements, text, CDATA
// sections, comments and processing instructions.
func (n Node) Pieces() iter.Seq[Piece] {
	return func(yield func(Piece) bool) {
		e := n.elem()
		if e == nil {
			return
		}
		d, pos := n.d, int(e.open)
		for c := d.firstChild(n.i); c != 0; c = d.elems[c].next {
			ce := &d.elems[c]
			if !d.gap(pos, int(ce.start), yield) {
				return
			}
			if !yield(Piece{KindElement, int(ce.start), int(ce.end), Node{d, c}, d}) {
				return
			}
			pos = int(ce.end)
		}
		d.gap(pos, int(e.close), yield)
	}
}

// gap gives the pieces of a range without elements.
func (d *Doc) gap(from, to int, yield func(Piece) bool) bool {
	for from < to {
		rest := d.src[from:to]
		p := Piece{Kind: KindText, Start: from, d: d}
		switch {
		case rest[0] != '<':
			n := bytes.IndexByte(rest, '<')
			if n < 0 {
				n = len(rest)
			}
			p.End = from + n
		case rest[1] == '?':
			p.Kind, p.End = KindProcInst, from+bytes.Index(rest, []byte("?>"))+2
		case rest[2] == '-':
			p.Kind, p.End = KindComment, from+4+bytes.Index(rest[4:], []byte("-->"))+3
		default:
			p.Kind, p.End = KindCDATA, from+bytes.Index(rest, []byte("]]>"))+3
		}
		if !yield(p) {
			return false
		}
		from = p.End
	}
	return true
}

// ProcInst gives target and data of a processing instruction.
func (p Piece) ProcInst() (target, data string) {
	if p.Kind != KindProcInst {
		return "", ""
	}
	body := string(p.d.src[p.Start+2 : p.End-2])
	i := strings.IndexAny(body, " \t\r\n")
	if i < 0 {
		return body, ""
	}
	return body[:i], normalizeEnds(strings.TrimLeft(body[i:], " \t\r\n"))
}

// Comment gives the text of a comment.
func (p Piece) Comment() string {
	if p.Kind != KindComment {
		return ""
	}
	return normalizeEnds(string(p.d.src[p.Start+4 : p.End-3]))
}

// AppendText appends the characters of text or CDATA, references resolved.
func (p Piece) AppendText(dst []byte) []byte {
	switch p.Kind {
	case KindText:
		return appendChars(dst, p.d.src[p.Start:p.End])
	case KindCDATA:
		return appendEnds(dst, p.d.src[p.Start+9:p.End-3])
	}
	return dst
}

func normalizeEnds(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return string(appendEnds(nil, []byte(s)))
}

// appendEnds turns CRLF and CR into LF.
// spec: XML 1.0 §2.11
func appendEnds(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\r')
		if i < 0 {
			return append(dst, b...)
		}
		dst = append(append(dst, b[:i]...), '\n')
		if b = b[i+1:]; len(b) > 0 && b[0] == '\n' {
			b = b[1:]
		}
	}
}

// appendChars resolves references and line ends of character data already checked.
func appendChars(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return appendEnds(dst, b)
		}
		dst = appendEnds(dst, b[:i])
		dst, b = appendRef(dst, b[i:])
	}
}

// appendRef resolves the reference at the start of b.
func appendRef(dst, b []byte) (out, rest []byte) {
	n := bytes.IndexByte(b, ';')
	body := b[1:n]
	if body[0] == '#' {
		r, _ := charRef(body)
		return utf8.AppendRune(dst, r), b[n+1:]
	}
	return append(dst, predefined(body)), b[n+1:]
}

// appendValue normalises an attribute value.
// spec: XML 1.0 §3.3.3
func appendValue(dst, b []byte) []byte {
	for len(b) > 0 {
		switch c := b[0]; c {
		case '&':
			dst, b = appendRef(dst, b)
			continue
		case '\r':
			dst = append(dst, ' ')
			if len(b) > 1 && b[1] == '\n' {
				b = b[1:]
			}
		case '\n', '\t':
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
		b = b[1:]
	}
	return dst
}

// appendRange appends all character data of a range, tags and the rest left out. The range may
// hold end tags but start tags only as listed elements, so '<' in attributes cannot mislead it.
func (d *Doc) appendRange(dst []byte, from, to int) []byte {
	for from < to {
		rest := d.src[from:to]
		n := bytes.IndexByte(rest, '<')
		if n < 0 {
			return appendChars(dst, rest)
		}
		dst = appendChars(dst, rest[:n])
		rest = rest[n:]
		switch {
		case rest[1] == '/':
			from += n + bytes.IndexByte(rest, '>') + 1
		case rest[1] == '?':
			from += n + bytes.Index(rest, []byte("?>")) + 2
		case rest[2] == '-':
			from += n + 4 + bytes.Index(rest[4:], []byte("-->")) + 3
		default:
			end := bytes.Index(rest, []byte("]]>"))
			dst = appendEnds(dst, rest[9:end])
			from += n + end + 3
		}
	}
	return dst
}

// Text gives all character data below, in order, CDATA and references resolved and line ends as LF.
func (n Node) Text() string {
	if n.i < 0 {
		from, to := n.run()
		return string(n.d.appendRange(nil, from, to))
	}
	e := n.elem()
	if e == nil {
		return ""
	}
	src := n.d.src[e.open:e.close]
	if len(src) == 0 {
		return ""
	}
	if bytes.IndexByte(src, '<') < 0 && bytes.IndexByte(src, '&') < 0 && bytes.IndexByte(src, '\r') < 0 {
		return string(src)
	}
	return string(n.AppendText(make([]byte, 0, min(len(src), 4096))))
}

// AppendText appends what Text gives.
func (n Node) AppendText(dst []byte) []byte {
	if n.i < 0 {
		from, to := n.run()
		return n.d.appendRange(dst, from, to)
	}
	e := n.elem()
	if e == nil {
		return dst
	}
	d, pos := n.d, int(e.open)
	for j := int(n.i) + 1; j < len(d.elems) && d.elems[j].start < e.close; j++ {
		dst = d.appendRange(dst, pos, int(d.elems[j].start))
		pos = int(d.elems[j].open)
	}
	return d.appendRange(dst, pos, int(e.close))
}

// Trim gives Text without surrounding XML white space.
func (n Node) Trim() string { return strings.Trim(n.Text(), " \t\r\n") }
