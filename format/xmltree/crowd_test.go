package xmltree

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// A crowd of siblings on one line: each place is the one a plain count gives, and all of them
// together cost no square.
func TestThePlacesOfACrowdAreCountedOnce(t *testing.T) {
	const n = 60_000
	var b strings.Builder
	b.WriteString("<r>")
	for i := range n {
		fmt.Fprintf(&b, "<é>%d</é>", i)
		if i%3 == 0 {
			b.WriteString("<alone/>")
		}
	}
	b.WriteString("<last/></r>")
	d, err := Parse([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	start, i := time.Now(), 0
	for c := range d.Root().Elements() {
		p := c.Place()
		if c.Local() == "é" {
			i++
			if want := fmt.Sprintf("/r/é[%d]", i); p.XPath != want {
				t.Fatalf("%s, want %s", p.XPath, want)
			}
		}
		if i%5000 == 0 && p.Column != 1+utf8.RuneCountInString(b.String()[:c.Offset()]) {
			t.Fatalf("column %d of %s", p.Column, p.XPath)
		}
		if c.Local() == "last" && p.XPath != "/r/last" {
			t.Fatal(p.XPath)
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Fatalf("%d places took %v", n, took)
	}
}
