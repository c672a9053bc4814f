package cda

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"

	"github.com/socle-sante/socle/format/xmltree"
)

// Body is what the document says: one foreign file (N1) or sections (N3).
type Body struct {
	Node     xmltree.Node  // nonXMLBody or structuredBody
	File     *Encapsulated // N1
	Sections []*Section    // N3, the first level
}

// Level is "N1", "N3", or "" when there is no body.
func (b *Body) Level() string {
	switch b.Node.Local() {
	case "nonXMLBody":
		return "N1"
	case "structuredBody":
		return "N3"
	}
	return ""
}

// Section is one section of a structured body.
type Section struct {
	Templates Templates
	ID        II
	Code      CD
	Title     string
	Text      xmltree.Node   // the narrative; may be absent
	Entries   []xmltree.Node // the entry elements
	Sections  []*Section
	Parent    *Section
	Depth     int // 1 for the first level
	Node      xmltree.Node
}

// maxSectionDepth bounds nesting: official documents go to 3.
const maxSectionDepth = 32

// Walk visits the sections in reading order, parents first; it stops when yield says false.
func (b *Body) Walk(yield func(*Section) bool) {
	for _, s := range b.Sections {
		if !s.walk(yield) {
			return
		}
	}
}

func (s *Section) walk(yield func(*Section) bool) bool {
	if !yield(s) {
		return false
	}
	for _, c := range s.Sections {
		if !c.walk(yield) {
			return false
		}
	}
	return true
}

func readBody(component xmltree.Node) Body {
	if n := component.Child(NS, "nonXMLBody"); n.Exists() {
		return Body{Node: n, File: readEncapsulated(n.Child(NS, "text"))}
	}
	n := component.Child(NS, "structuredBody")
	return Body{Node: n, Sections: readSections(n, nil, 1)}
}

func readSections(n xmltree.Node, parent *Section, depth int) []*Section {
	if depth > maxSectionDepth {
		return nil
	}
	var out []*Section
	for c := range n.Children(NS, "component") {
		if e := c.Child(NS, "section"); e.Exists() {
			out = append(out, readSection(e, parent, depth))
		}
	}
	return out
}

func readSection(n xmltree.Node, parent *Section, depth int) *Section {
	s := &Section{Node: n, Parent: parent, Depth: depth, Templates: readTemplates(n)}
	for e := range n.Elements() {
		switch e.Local() {
		case "id":
			first(&s.ID, readII(e))
		case "code":
			s.Code = ReadCD(e)
		case "title":
			s.Title = squeeze(e.Text())
		case "text":
			if !s.Text.Exists() {
				s.Text = e
			}
		case "entry":
			s.Entries = append(s.Entries, e)
		}
	}
	s.Sections = readSections(n, s, depth+1)
	return s
}

// Encapsulated is a file inside the document: the body of an N1 or an observationMedia. Its
// bytes stay where they are until someone reads them.
type Encapsulated struct {
	MediaType      string
	Representation string // "B64", "TXT" or ""
	Compression    string
	Start, End     int // the encoded bytes, in XML.Source()
	Node           xmltree.Node
}

// ErrBase64 says that the content is not valid base64.
var ErrBase64 = errors.New("cda: the embedded file is not valid base64")

func readEncapsulated(n xmltree.Node) *Encapsulated {
	if !n.Exists() {
		return nil
	}
	e := &Encapsulated{MediaType: strings.ToLower(strings.TrimSpace(n.Attr("mediaType"))), Representation: n.Attr("representation"), Compression: n.Attr("compression"), Node: n}
	e.Start, e.End = n.ContentRange()
	return e
}

// IsBase64 reports whether the content is encoded.
func (e *Encapsulated) IsBase64() bool { return strings.EqualFold(e.Representation, "B64") }

// encoded gives the characters of the content: the raw bytes when nothing in them is markup,
// a copy otherwise.
func (e *Encapsulated) encoded() []byte {
	raw := e.Node.Doc().Source()[e.Start:e.End]
	if bytes.IndexByte(raw, '<') < 0 && bytes.IndexByte(raw, '&') < 0 {
		return raw
	}
	return []byte(e.Node.Text())
}

// Size estimates the number of bytes once decoded, white space counted in.
func (e *Encapsulated) Size() int {
	if e.IsBase64() {
		return (e.End - e.Start) / 4 * 3
	}
	return e.End - e.Start
}

// Reader streams the decoded file. Reading bad base64 gives an error that matches ErrBase64.
func (e *Encapsulated) Reader() io.Reader {
	if !e.IsBase64() {
		return bytes.NewReader(e.encoded())
	}
	return &b64Reader{r: base64.NewDecoder(base64.StdEncoding, &squeezer{src: e.encoded()})}
}

// Decode gives the whole decoded file. It refuses what would exceed limit bytes (0: no limit).
func (e *Encapsulated) Decode(limit int) ([]byte, error) {
	if limit > 0 && e.Size() > limit+limit/2+64 {
		return nil, errTooLarge
	}
	out := bytes.NewBuffer(make([]byte, 0, e.Size()+8))
	if _, err := out.ReadFrom(e.Reader()); err != nil {
		return nil, err
	}
	if limit > 0 && out.Len() > limit {
		return nil, errTooLarge
	}
	return out.Bytes(), nil
}

var errTooLarge = errors.New("cda: the embedded file is over the limit")

// Verify checks the base64 without keeping anything: nil, or an error that matches ErrBase64.
func (e *Encapsulated) Verify() error {
	if !e.IsBase64() {
		return nil
	}
	return verifyBase64(e.encoded())
}

// Base64 gives the encoded characters without white space.
func (e *Encapsulated) Base64() string {
	src := e.encoded()
	out := make([]byte, 0, len(src))
	for _, c := range src {
		if b64Kind[c] != b64Blank {
			out = append(out, c)
		}
	}
	return string(out)
}

// verifyBase64 counts characters instead of decoding: 4 by 4, padding only at the end.
func verifyBase64(src []byte) error {
	n, pad := 0, 0
	for _, c := range src {
		switch kind := b64Kind[c]; {
		case kind == b64Char && pad == 0:
			n++
		case kind == b64Blank:
		case kind == b64Pad && pad < 2:
			n++
			pad++
		default:
			return ErrBase64
		}
	}
	if n%4 != 0 || n == 0 {
		return ErrBase64
	}
	return nil
}

const (
	b64Bad = iota
	b64Char
	b64Blank
	b64Pad
)

var b64Kind = func() (t [256]byte) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = b64Char
	}
	for _, c := range []byte(" \t\r\n") {
		t[c] = b64Blank
	}
	t['='] = b64Pad
	return t
}()

// squeezer gives the base64 characters without the blanks and tabs that encoding/base64 does
// not skip.
type squeezer struct{ src []byte }

func (s *squeezer) Read(p []byte) (int, error) {
	n, i := 0, 0
	for i < len(s.src) && n < len(p) {
		c := s.src[i]
		i++
		if b64Kind[c] != b64Blank {
			p[n] = c
			n++
		}
	}
	s.src = s.src[i:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

type b64Reader struct{ r io.Reader }

func (b *b64Reader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		err = errors.Join(ErrBase64, err)
	}
	return n, err
}
