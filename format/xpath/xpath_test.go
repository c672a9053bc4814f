package xpath

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/xmltree"
)

const sample = `<?xml version="1.0"?>
<a xmlns="urn:one" xmlns:t="urn:two" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="r" n="3">
 <b k="1" xsi:type="t:CD">un</b><b k="2">deux</b><!--c--><b k="3">tr<t:i>oi</t:i>s</b>
 <c><b k="4"/><d v="5.5">x &amp; y</d><d v="abc"/><?go on?><c><b k="5">cinq</b></c></c>
 <e date="2020-02-29" when="2020-02-29T10:11:12Z">  sp  ace </e><f><![CDATA[<x>]]>y</f>
</a>`

var prefixes = map[string]string{"o": "urn:one", "t": "urn:two", "xsi": xmltree.NSXSI}

// outcome evaluates at the root element.
func evaluate(t testing.TB, src string) (string, error) {
	t.Helper()
	d, err := xmltree.Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	lib := NewLibrary(func(uri string) ([]byte, error) {
		if uri == "base/values.xml" {
			return []byte(`<vs xmlns=""><v code="1" system="s"/><v code="3" system="s"/><v code="3" system="z"/></vs>`), nil
		}
		return nil, fmt.Errorf("absent")
	})
	s := lib.NewScope(prefixes, "base")
	slot := s.Declare("n")
	s.DeclareConst("path", "values.xml")
	e, err := lib.Compile(src, s)
	if err != nil {
		return "", err
	}
	tree := lib.Tree(d)
	r := NewRun(lib, tree)
	r.At(time.Date(2024, 5, 6, 7, 8, 9, 0, time.FixedZone("", 7200)))
	r.Set(slot, IntegerValue(42))
	out, err := e.String(r, tree.Root())
	if err == nil {
		if b, err2 := e.Bool(r, tree.Root()); err2 == nil && strings.HasPrefix(src, "boolean(") && out != "" && fmt.Sprint(b) != out {
			t.Errorf("%s: Bool says %v, String %s", src, b, out)
		}
	}
	r.Release()
	tree.Release()
	return out, err
}
