package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
)

// file collects the objects of a PDF; numbers begin at 1.
type file struct{ objects [][]byte }

func (f *file) reserve() int {
	f.objects = append(f.objects, nil)
	return len(f.objects)
}

func (f *file) set(n int, format string, args ...any) {
	f.objects[n-1] = fmt.Appendf(nil, format, args...)
}

func (f *file) add(format string, args ...any) int {
	n := f.reserve()
	f.set(n, format, args...)
	return n
}

// stream adds bytes, compressed; dict holds further entries.
func (f *file) stream(dict string, parts ...[]byte) int { return f.fill(f.reserve(), dict, parts...) }

func (f *file) fill(n int, dict string, parts ...[]byte) int {
	data := deflate(parts...)
	f.objects[n-1] = raw("/Filter/FlateDecode"+dict, data)
	return n
}

// plain adds bytes as they are.
func (f *file) plain(dict string, data []byte) int {
	n := f.reserve()
	f.objects[n-1] = raw(dict, data)
	return n
}

func raw(dict string, data []byte) []byte {
	b := fmt.Appendf(make([]byte, 0, len(data)+len(dict)+64), "<<%s/Length %d>>stream\n", dict, len(data))
	return append(append(b, data...), "\nendstream"...)
}

// bytes writes the file.
// spec: ISO 19005-1 6.1
func (f *file) bytes(catalog, info int) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(f.objects))
	for i, o := range f.objects {
		offsets[i] = out.Len()
		out.WriteString(strconv.Itoa(i + 1))
		out.WriteString(" 0 obj\n")
		out.Write(o)
		out.WriteString("\nendobj\n")
	}
	id := sha256.Sum256(out.Bytes())
	xref := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%X><%X>]>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, catalog, info, id[:16], id[:16], xref)
	return out.Bytes()
}

// Bytes gives the file. It may be called again after more was written.
func (d *Document) Bytes() []byte {
	d.close()
	f := &file{}
	catalog, info, tree := f.reserve(), f.reserve(), f.reserve()
	f.set(info, "%s", d.information())
	frames := make([][]byte, len(d.pages))
	for i, p := range d.pages {
		p.object = f.reserve()
		frames[i] = d.frame(i) // before the fonts: it uses letters too
	}
	fonts := ""
	for i, s := range d.fonts {
		if len(s.runes) > 0 {
			fonts += fmt.Sprintf("/F%d %d 0 R", i+1, s.write(f))
		}
	}
	pictures := ""
	for i, p := range d.pictures {
		pictures += fmt.Sprintf("/I%d %d 0 R", i+1, f.plain(p.dict, p.data))
	}
	resources := f.add("<</Font<<%s>>/XObject<<%s>>>>", fonts, pictures)
	branches := d.branches(f, tree, resources, frames)
	f.set(tree, "<</Type/Pages/Count %d/Kids[%s]>>", len(d.pages), branches)
	structure := d.structure(f)
	outlines := ""
	if n := d.bookmarks(f); n > 0 {
		outlines = fmt.Sprintf("/Outlines %d 0 R/PageMode/UseOutlines", n)
	}
	profile := f.stream("/N 3", sRGB())
	meta := f.plain("/Type/Metadata/Subtype/XML", d.metadata())
	f.set(catalog, "<</Type/Catalog/Pages %d 0 R/Lang(%s)/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R/ViewerPreferences<</DisplayDocTitle true>>/Metadata %d 0 R%s/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)/DestOutputProfile %d 0 R>>]>>",
		tree, d.lang(), structure, meta, outlines, profile)
	return f.bytes(catalog, info)
}

// branches writes the pages, in groups, and gives the list of groups.
func (d *Document) branches(f *file, tree, resources int, frames [][]byte) string {
	const leaf = 500
	var branches strings.Builder
	for from := 0; from < len(d.pages); from += leaf {
		to := min(from+leaf, len(d.pages))
		branch := f.reserve()
		var kids strings.Builder
		for i := from; i < to; i++ {
			p := d.pages[i]
			content := f.stream("", p.content.Bytes(), frames[i])
			w, h := p.size()
			f.set(p.object, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R/Resources %d 0 R/StructParents %d>>", branch, number(w), number(h), content, resources, i)
			fmt.Fprintf(&kids, "%d 0 R ", p.object)
		}
		f.set(branch, "<</Type/Pages/Parent %d 0 R/Count %d/Kids[%s]>>", tree, to-from, kids.String())
		fmt.Fprintf(&branches, "%d 0 R ", branch)
	}
	return branches.String()
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

// textString writes text in UTF-16, which every reader shows right.
func textString(s string) string {
	out := []byte("<FEFF")
	for _, u := range utf16.Encode([]rune(clip(s))) {
		out = fmt.Appendf(out, "%04X", u)
	}
	return string(append(out, '>'))
}

func number(v float64) string {
	n := int(v*100 + 0.5)
	if v < 0 {
		n = int(v*100 - 0.5)
	}
	return strconv.FormatFloat(float64(n)/100, 'f', -1, 64)
}

func write(b *bytes.Buffer, format string, args ...any) { fmt.Fprintf(b, format, args...) }
