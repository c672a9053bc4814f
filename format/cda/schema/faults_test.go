package schema_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/xmltree"
)

// faultsEach is how many faulty copies are made of each official example.
const faultsEach = 12

var (
	faultValues = []string{"", "x", "1", "true", "0", "1.2.3", "20240101", "1,5", "tel:", "PQ", "CD", "ANY", "INT", "IVL_TS", "a b", "-1", "1e5", "NaN", "text/plain", "EVN", "a:b#c#d", "%zz", "#", "NI", "é"}
	faultNames  = []string{"value", "code", "root", "extension", "nullFlavor", "xsi:type", "xsi:nil", "ID", "classCode", "moodCode", "typeCode", "use", "unit", "foo", "operator", "mediaType", "xml:lang", "representation", "styleCode", "language", "negationInd"}
	faultTags   = []string{"id", "code", "value", "templateId", "section", "entry", "observation", "text", "foo", "low", "effectiveTime", "name"}
)

// plantFaults writes copies of the examples with one to three faults each, always the same.
func plantFaults(t *testing.T, dir string) {
	r := rand.New(rand.NewPCG(1, 2))
	for i, f := range documents(t) {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for k := range faultsEach {
			doc := src
			for range 1 + r.IntN(3) {
				if d, err := xmltree.Parse(doc); err == nil {
					doc = plant(d, r)
				}
			}
			name := filepath.Join(dir, fmt.Sprintf("%02d-%02d.xml", i, k))
			if err := os.WriteFile(name, doc, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// plant makes one fault in a document.
func plant(d *xmltree.Doc, r *rand.Rand) []byte {
	var all []xmltree.Node
	for n := range d.Root().Descendants("*", "*") {
		all = append(all, n)
	}
	n := all[r.IntN(len(all))]
	src := d.Source()
	from, to := n.Offset(), n.End()
	cut := func(a, b int, put string) []byte {
		return append(append(append([]byte(nil), src[:a]...), put...), src[b:]...)
	}
	pick := func(words []string) string { return words[r.IntN(len(words))] }
	name := string(src[from+1 : from+1+len(n.Local())+prefixLen(n)])
	switch r.IntN(9) {
	case 0:
		return cut(from, to, "")
	case 1:
		return cut(to, to, string(n.Raw()))
	case 2, 3:
		for a := range n.Attrs() {
			if r.IntN(2) == 0 {
				return cut(a.Offset, a.End, string(src[a.Offset:a.Offset+strings.IndexByte(string(src[a.Offset:a.End]), '=')])+`="`+pick(faultValues)+`"`)
			}
		}
	case 4:
		extra := pick(faultNames)
		if _, there := n.AttrOK(extra); !there && !strings.Contains(string(src[from:to]), "xsi:") {
			return cut(from+1+len(name), from+1+len(name), " "+extra+`="`+pick(faultValues)+`"`)
		}
	case 5:
		for a := range n.Attrs() {
			return cut(a.Offset, a.End, "")
		}
	case 6:
		if a, b := n.ContentRange(); a < b {
			return cut(a, a, pick([]string{"texte", "  ", "<!-- c -->", "<![CDATA[ ]]>", "&#32;"}))
		}
		return cut(from, from, "zz")
	case 7:
		return cut(from, from, "<"+pick(faultTags)+` nullFlavor="NI"/>`)
	case 8:
		m := all[r.IntN(len(all))]
		if m.Offset() < from || m.Offset() >= to {
			moved := string(n.Raw())
			if m.Offset() < from {
				out := cut(from, to, "")
				return append(append(append([]byte(nil), out[:m.Offset()]...), moved...), out[m.Offset():]...)
			}
			return cut(m.Offset(), m.Offset(), moved)
		}
	}
	return src
}

func prefixLen(n xmltree.Node) int {
	if n.Prefix() == "" {
		return 0
	}
	return len(n.Prefix()) + 1
}
