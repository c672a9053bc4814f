package imap

import (
	"bytes"
	"slices"
	"strings"

	"github.com/socle-sante/socle/format/courriel"
)

// OfHeader reports whether a section needs the header of the message only.
func (s Section) OfHeader() bool { return len(s.Path) == 0 && strings.HasPrefix(s.Spec, "HEADER") }

// Extract gives the octets of a section; false when the message has no such part. They are slices of
// the message but for chosen header fields.
// spec: RFC 3501 6.4.5
func Extract(m *courriel.Message, s Section) ([]byte, bool) {
	if len(s.Path) == 0 {
		return ofMessage(m.Raw, m.Root, s)
	}
	p := partAt(m.Root, s.Path)
	if p == nil {
		return nil, false
	}
	switch s.Spec {
	case "":
		return m.Raw[p.Body:p.End], true
	case "MIME":
		return m.Raw[p.Start:p.Body], true
	}
	if p.Message == nil {
		return nil, false
	}
	return ofMessage(m.Raw, p.Message, s)
}

func ofMessage(raw []byte, root *courriel.Part, s Section) ([]byte, bool) {
	switch s.Spec {
	case "":
		return raw[root.Start:root.End], true
	case "HEADER":
		return raw[root.Start:root.Body], true
	case "TEXT":
		return raw[root.Body:root.End], true
	}
	return chosen(root.Header, s), true
}

// ExtractHeader gives a section that OfHeader, from the header block alone.
func ExtractHeader(block []byte, h courriel.Header, s Section) []byte {
	if s.Spec == "HEADER" {
		return block
	}
	return chosen(h, s)
}

// chosen gives the fields named, or the others, and the blank line.
func chosen(h courriel.Header, s Section) []byte {
	var out []byte
	for _, f := range h {
		named := slices.ContainsFunc(s.Fields, func(n string) bool { return strings.EqualFold(n, f.Name) })
		if named == (s.Spec == "HEADER.FIELDS") {
			out = append(out, f.Raw...)
			if !bytes.HasSuffix(f.Raw, []byte("\n")) {
				out = append(out, "\r\n"...)
			}
		}
	}
	return append(out, "\r\n"...)
}

// partAt walks down part numbers. The only part of what is no multipart is 1.
func partAt(p *courriel.Part, path []int) *courriel.Part {
	for i, n := range path {
		whole := i == 0
		if i > 0 && p.Message != nil {
			p, whole = p.Message, true
		}
		switch {
		case p.Type == "multipart" && n <= len(p.Parts):
			p = p.Parts[n-1]
		case p.Type != "multipart" && whole && n == 1:
		default:
			return nil
		}
	}
	return p
}

// Slice cuts the octets an item asks for out of a section.
func (it *Item) Slice(b []byte) []byte {
	if !it.Partial {
		return b
	}
	from := min(uint64(it.Offset), uint64(len(b)))
	return b[from:min(from+uint64(it.Count), uint64(len(b)))]
}
