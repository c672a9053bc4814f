package xmltree

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/socle-sante/socle/internal/shareddata"
)

const sample = "\xEF\xBB\xBF" + `<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="cda.xsl"?>
<c:doc xmlns:c="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xml:lang="fr">
  <c:id root="1.2&amp;3" ext='a
b'/><!-- note -->
  <c:value xsi:type="c:PQ" value="4.2">un<c:b>é</c:b>deux<![CDATA[<3]]>&#x20AC;</c:value>
  <c:value xmlns="urn:other" unit="g"><inner>x</inner></c:value>
</c:doc>
`

func mustParse(t testing.TB, s string) *Doc {
	t.Helper()
	d, err := Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTreeTellsWhatTheDocumentHolds(t *testing.T) {
	const hl7 = "urn:hl7-org:v3"
	d := mustParse(t, sample)
	root := d.Root()
	if !root.Is(hl7, "doc") || root.Prefix() != "c" || root.Parent().Exists() {
		t.Fatalf("root %q %q", root.Space(), root.Local())
	}
	if pi := d.ProcInsts(); len(pi) != 1 || pi[0].Target != "xml-stylesheet" || pi[0].Data != `type="text/xsl" href="cda.xsl"` {
		t.Fatalf("%+v", pi)
	}
	id := root.Child(hl7, "id")
	if id.Attr("root") != "1.2&3" || id.Attr("ext") != "a b" || id.Line() != 4 || id.Column() != 3 {
		t.Fatalf("id %q %q %d:%d", id.Attr("root"), id.Attr("ext"), id.Line(), id.Column())
	}
	if lang, ok := root.AttrNS(NSXML, "lang"); !ok || lang != "fr" {
		t.Fatal("xml:lang")
	}
	v := id.Next()
	if s, l := v.Type(); s != hl7 || l != "PQ" {
		t.Fatalf("type %q %q", s, l)
	}
	if v.Text() != "unédeux<3€" || v.Prev() != id || v.XPath() != "/doc/value[1]" || id.XPath() != "/doc/id" {
		t.Fatalf("%q %s", v.Text(), v.XPath())
	}
	var mixed []string
	for n := range v.Nodes() {
		if n.IsText() {
			mixed = append(mixed, "T:"+n.Text())
			if n.Parent() != v {
				t.Fatal("parent of text")
			}
		} else {
			mixed = append(mixed, n.Local())
		}
	}
	if got := strings.Join(mixed, "|"); got != "T:un|b|T:deux<3€" {
		t.Fatal(got)
	}
	w := v.Next()
	if in := w.Path("urn:other", "inner"); in.Trim() != "x" || in.XPath() != "/doc/value[2]/inner" {
		t.Fatal("inner")
	}
	if string(v.Child(hl7, "b").Raw()) != "<c:b>é</c:b>" {
		t.Fatal("raw")
	}
	n := 0
	for range root.Descendants("*", "*") {
		n++
	}
	if n != 5 {
		t.Fatal(n)
	}
	if u, ok := w.Lookup(""); !ok || u != "urn:other" {
		t.Fatal("lookup")
	}
	if _, _, ok := w.ResolveQName("z:a"); ok {
		t.Fatal("unbound prefix resolved")
	}
}

func TestAbsentNodeIsSafe(t *testing.T) {
	var n Node
	n = n.Path("a", "b").Next().Prev().Parent().Child("*", "*")
	for range n.Nodes() {
		t.Fatal()
	}
	for range n.Elements() {
		t.Fatal()
	}
	for range n.Descendants("*", "*") {
		t.Fatal()
	}
	for range n.Attrs() {
		t.Fatal()
	}
	for range n.Pieces() {
		t.Fatal()
	}
	for range n.Namespaces() {
		t.Fatal()
	}
	if n.Exists() || n.Text() != "" || n.XPath() != "" || n.Line() != 0 || n.Raw() != nil || n.Attr("x") != "" || n.Trim() != "" {
		t.Fatal()
	}
	n.Place()
	n.Type()
}

func examples(t testing.TB) map[string][]byte {
	dir := shareddata.Dir(t, "cda")
	names, _ := filepath.Glob(filepath.Join(dir, "*.xml"))
	out := map[string][]byte{}
	for _, f := range names {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = b
	}
	return out
}

func TestOfficialExamplesReadTheSameAsEncodingXML(t *testing.T) {
	for name, b := range examples(t) {
		d, err := Parse(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := compare(d); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// compare reads the document a second time with encoding/xml and tells the first difference.
func compare(d *Doc) string {
	src := bytes.TrimPrefix(d.Source(), utf8BOM)
	dec := xml.NewDecoder(bytes.NewReader(src))
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var open []Node
	next := d.Root()
	var text strings.Builder
	all := []Node{}
	if next.Exists() {
		all = append(all, next)
		for n := range next.Descendants("*", "*") {
			all = append(all, n)
		}
	}
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "encoding/xml refuses: " + err.Error()
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if len(all) == 0 {
				return "missing element " + tok.Name.Local
			}
			n := all[0]
			all = all[1:]
			if len(open) > 0 && n.Parent() != open[len(open)-1] {
				return "wrong parent"
			}
			open = append(open, n)
			if !n.Is(tok.Name.Space, tok.Name.Local) {
				return "element " + n.Local() + " is not " + tok.Name.Local
			}
			var want, got []string
			for _, a := range tok.Attr {
				if a.Name.Space != "xmlns" && (a.Name.Space != "" || a.Name.Local != "xmlns") {
					// encoding/xml keeps literal white space in values: normalise it
					v := strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ", "\r", " ").Replace(a.Value)
					want = append(want, a.Name.Space+"|"+a.Name.Local+"|"+v)
				}
			}
			for a := range n.Attrs() {
				v := strings.NewReplacer("\n", " ", "\t", " ", "\r", " ").Replace(a.Value)
				got = append(got, a.Space+"|"+a.Local+"|"+v)
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				return "attributes of " + n.XPath() + "\n" + strings.Join(got, "\n") + "\nwant\n" + strings.Join(want, "\n")
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				text.Write(tok)
			}
		}
	}
	if len(all) > 0 {
		return "more elements than encoding/xml"
	}
	if got := d.Root().Text(); got != text.String() {
		return "text differs"
	}
	return ""
}

// Names are shared between documents behind the scenes: that must not show.
func TestDocumentsMayBeReadAtTheSameTime(t *testing.T) {
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 200 {
				src := fmt.Sprintf("<a%d xmlns:p='u%d'><p:b c%d='%d'/>\n<x/></a%d>", g, i, i, g, g)
				d, err := Parse([]byte(src))
				if err != nil {
					t.Error(err)
					return
				}
				b := d.Root().Child(fmt.Sprintf("u%d", i), "b")
				if d.Root().Local() != fmt.Sprintf("a%d", g) || b.Attr(fmt.Sprintf("c%d", i)) != fmt.Sprint(g) || b.Next().Line() != 2 {
					t.Errorf("%s reads wrong", src)
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkParse(b *testing.B) {
	var docs [][]byte
	total := 0
	for _, d := range examples(b) {
		docs = append(docs, d)
		total += len(d)
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			if _, err := Parse(d); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(docs)), "docs/op")
}

// Markup without embedded PDF or image: the hard part of the work.
func BenchmarkParseMarkup(b *testing.B) {
	var docs [][]byte
	total := 0
	for _, d := range examples(b) {
		if bytes.Count(d, []byte("<")) > len(d)/60 {
			docs = append(docs, d)
			total += len(d)
		}
	}
	if total == 0 {
		b.Skip("no example dense enough")
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range docs {
			if _, err := Parse(d); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(docs)), "docs/op")
}
