package xmltree

import (
	"strings"
	"testing"
)

var fuzzSeeds = []string{
	sample,
	"<a/>",
	"<a b='1' c=\"2\"><!-- x --><?p q?>t&lt;<![CDATA[<>]]></a>",
	"<?xml version='1.0' encoding='ISO-8859-1' standalone='yes'?><a>\xE9</a>",
	"<a xmlns='u' xmlns:x='v'><x:b x:c='1' c='2'/><d xmlns=''/></a>",
	"<é·x>\r\n</é·x>\n<!-- z --> ",
	"<a>]] ]> &#x10FFFF; &#9;</a>",
}

// FuzzParse holds what must be true of every accepted document: encoding/xml reads the same
// thing, and positions nest. Known differences: encoding/xml follows the fourth edition for names
// outside ASCII, refuses some legal processing instructions and namespace uses, so documents with
// such names are only checked for nesting.
func FuzzParse(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add([]byte(s))
	}
	for _, c := range malformed {
		if len(c.doc) < 200 {
			f.Add([]byte(strings.Replace(c.doc, "¦", "", 1)))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("%T", err)
			}
			return
		}
		checkNesting(t, d.Root())
		for n := range d.Root().Descendants("*", "*") {
			checkNesting(t, n)
		}
		d.Root().Place()
		d.ProcInsts()
		if again, err := Parse(d.Root().Raw()); err == nil && again.Root().Text() != d.Root().Text() {
			t.Fatal("the root alone reads differently")
		}
		for _, q := range d.names {
			for _, r := range q.raw {
				if r >= 0x80 {
					return
				}
			}
		}
		if diff := compare(d); diff != "" && !strings.Contains(diff, "encoding/xml refuses") {
			t.Fatal(diff)
		}
	})
}

func checkNesting(t *testing.T, n Node) {
	src := n.Doc().Source()
	start, end := n.ContentRange()
	if n.Offset() >= start || start > end || end > n.End() || src[n.Offset()] != '<' || src[n.End()-1] != '>' {
		t.Fatalf("offsets of %s", n.XPath())
	}
	pos := start
	for p := range n.Pieces() {
		if p.Start != pos || p.End <= p.Start {
			t.Fatal("pieces do not follow each other")
		}
		pos = p.End
	}
	if pos != end {
		t.Fatal("pieces do not fill the content")
	}
	if p := n.Parent(); p.Exists() && (p.Offset() >= n.Offset() || p.End() < n.End()) {
		t.Fatal("child outside its parent")
	}
	var text strings.Builder
	for c := range n.Nodes() {
		text.WriteString(c.Text())
	}
	if text.String() != n.Text() {
		t.Fatal("text of nodes differs from text")
	}
	for range n.Attrs() {
	}
}
