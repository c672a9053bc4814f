package xmltree

import "testing"

func TestEscapedTextReadsBack(t *testing.T) {
	for _, s := range []string{"", "a<b>&\"'c", "é€\r\n\t ]]>", "😀"} {
		doc := append(AppendAttr([]byte(`<a b="`), s), `">`...)
		doc = append(AppendText(doc, s), "</a>"...)
		d, err := Parse(doc)
		if err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		if d.Root().Text() != s || d.Root().Attr("b") != s {
			t.Errorf("%q: %q %q", s, d.Root().Text(), d.Root().Attr("b"))
		}
	}
	if got := string(AppendText(nil, "a\x00\xff\uFFFEb")); got != "a\uFFFD\uFFFD\uFFFDb" {
		t.Errorf("%q", got)
	}
}
