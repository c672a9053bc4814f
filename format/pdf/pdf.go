// Package pdf writes text documents as PDF: headings, paragraphs, tables, on A4 pages with a
// running head, a foot and page numbers. Letters and reports need no more.
//
// Standard: PDF 1.7 (ISO 32000-1), the fourteenth fonts' Helvetica and Helvetica-Bold in
// WinAnsiEncoding, Flate streams. The same calls give the same bytes: no date, no random id.
// One square symbol made of dark modules (Data Matrix) may stand beside the text, drawn as vectors.
// Missing on purpose: pictures, links, tags. Fonts are not embedded, so this is not PDF/A.
// Start with New.
package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strconv"
	"sync"
	"unicode/utf16"
)

// Document is a text being laid out. It is not safe for concurrent use.
type Document struct {
	Author  string // metadata
	Subject string // metadata
	Lang    string // BCP 47; fr-FR when empty
	Head    string // at the top of each page, left
	Right   string // at the top of each page, right
	Foot    string // at the bottom of each page, left; the page number is on the right

	title  string
	pages  []*bytes.Buffer
	page   *bytes.Buffer // the last one
	y      float64       // baseline of the last line written
	edge   float64       // where lines end: right, or before a symbol
	beside float64       // foot of the symbol that stands on this page, 0 for none
}

// A4 and its margins, in points.
const (
	width, height = 595.28, 841.89
	left, right   = 56.0, 539.28
	top, bottom   = 776.0, 64.0
)

// New begins a document. The title is written at the top of the first page too.
func New(title string) *Document {
	d := &Document{title: title}
	d.newPage()
	d.block(title, bold, 16, 20, 0)
	d.y -= 6
	return d
}

func (d *Document) newPage() {
	d.page = &bytes.Buffer{}
	d.pages = append(d.pages, d.page)
	d.y, d.edge, d.beside = top, right, 0
}

// room goes to the next page unless h points remain on this one.
func (d *Document) room(h float64) {
	if d.y-h < bottom {
		d.newPage()
	}
}

// Heading writes a title of section, never alone at the foot of a page.
func (d *Document) Heading(s string) {
	if d.y < top {
		d.y -= 8
	}
	d.room(42)
	d.block(s, bold, 12, 15, 0)
	d.rule(d.y-3, 0.5)
	d.y -= 7
}

// Paragraph writes a text, wrapped; a line break in it is kept.
func (d *Document) Paragraph(s string) {
	d.block(s, regular, 10, 13.5, 0)
	d.y -= 5
}

// Strong writes a paragraph in bold.
func (d *Document) Strong(s string) {
	d.block(s, bold, 10, 13.5, 0)
	d.y -= 5
}

// List writes one item a line, each with a dash.
func (d *Document) List(items ...string) {
	for _, it := range items {
		d.room(13.5)
		d.text(left+6, d.y-13.5, regular, 10, "–")
		d.block(it, regular, 10, 13.5, 18)
	}
	d.y -= 5
}

func (d *Document) block(s string, f font, size, leading, indent float64) {
	for _, line := range wrap(s, f, size, d.edge-left-indent) {
		d.room(leading)
		d.y -= leading
		d.text(left+indent, d.y, f, size, line)
	}
}

// text writes one line at a place.
func (d *Document) text(x, y float64, f font, size float64, s string) {
	write(d.page, x, y, f, size, s)
}

func write(b *bytes.Buffer, x, y float64, f font, size float64, s string) {
	if s == "" {
		return
	}
	fmt.Fprintf(b, "BT /F%d %s Tf %s %s Td (", f+1, number(size), number(x), number(y))
	for _, c := range encode(s) {
		if c == '(' || c == ')' || c == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	b.WriteString(") Tj ET\n")
}

func (d *Document) rule(y, weight float64) { line(d.page, y, d.edge, weight) }

func line(b *bytes.Buffer, y, to, weight float64) {
	fmt.Fprintf(b, "%s w %s %s m %s %s l S\n", number(weight), number(left), number(y), number(to), number(y))
}

func number(v float64) string { return strconv.FormatFloat(float64(int(v*100+0.5))/100, 'f', -1, 64) }

// Bytes gives the file. It may be called again after more was written.
func (d *Document) Bytes() []byte {
	var out bytes.Buffer
	out.Grow(4096 + 2048*len(d.pages))
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n", len(offsets))
		fmt.Fprintf(&out, format, args...)
		out.WriteString("\nendobj\n")
	}
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	lang := d.Lang
	if lang == "" {
		lang = "fr-FR"
	}
	const firstPage = 6 // objects 1 to 5 are catalog, pages, fonts and information
	kids := ""
	for i := range d.pages {
		kids += strconv.Itoa(firstPage+2*i) + " 0 R "
	}
	object("<</Type/Catalog/Pages 2 0 R/Lang(%s)/ViewerPreferences<</DisplayDocTitle true>>>>", escape(lang))
	object("<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 %s %s]/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>>>", len(d.pages), kids, number(width), number(height))
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>")
	object("<</Title%s/Author%s/Subject%s/Producer(Socle)>>", textString(d.title), textString(d.Author), textString(d.Subject))
	for i, p := range d.pages {
		stream := deflate(p.Bytes(), d.frame(i))
		object("<</Type/Page/Parent 2 0 R/Contents %d 0 R>>", firstPage+2*i+1)
		object("<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream", len(stream), stream)
	}
	xref := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&out, "trailer<</Size %d/Root 1 0 R/Info 5 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, xref)
	return out.Bytes()
}

// frame draws the head and foot of a page.
func (d *Document) frame(i int) []byte {
	var b bytes.Buffer
	b.WriteString("0.3 g\n")
	write(&b, left, 800, regular, 8.5, d.Head)
	write(&b, right-measure(encode(d.Right), regular, 8.5), 800, regular, 8.5, d.Right)
	line(&b, 793, right, 0.4)
	line(&b, 50, right, 0.4)
	write(&b, left, 38, regular, 8, d.Foot)
	n := fmt.Sprintf("page %d / %d", i+1, len(d.pages))
	write(&b, right-measure(encode(n), regular, 8), 38, regular, 8, n)
	return b.Bytes()
}

var writers = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}

func deflate(parts ...[]byte) []byte {
	var b bytes.Buffer
	w := writers.Get().(*zlib.Writer)
	defer writers.Put(w)
	w.Reset(&b)
	for _, p := range parts {
		_, _ = w.Write(p) // a bytes.Buffer does not fail
	}
	_ = w.Close()
	return b.Bytes()
}

func escape(s string) string {
	var b bytes.Buffer
	for _, c := range encode(s) {
		if c == '(' || c == ')' || c == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// textString writes metadata in UTF-16, which every reader shows right.
func textString(s string) string {
	out := []byte("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		out = fmt.Appendf(out, "%04X", u)
	}
	return string(append(out, '>'))
}
