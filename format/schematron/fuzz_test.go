package schematron

import (
	"testing"
	"testing/fstest"

	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/format/xpath"
)

// Rules come from outside: whatever they hold, loading, compiling and running end.
func FuzzSchema(f *testing.F) {
	for _, x := range folder {
		f.Add(x.Data)
	}
	f.Add([]byte(`<schema xmlns="http://purl.oclc.org/dsdl/schematron"><pattern id="p" abstract="true"><rule context="$a"><assert test="$a/$b">$a</assert></rule></pattern><pattern is-a="p"><param name="a" value="$a$a"/><param name="b" value="$b"/></pattern></schema>`))
	d, err := xmltree.Parse([]byte(`<a x="1"><b id="1"/><b/>text</a>`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		src, _ := Load(fstest.MapFS{"m.sch": {Data: b}}, "m.sch")
		if src == nil {
			return
		}
		var p Packer
		p.Add(src)
		if _, err := Unpack(p.Bytes()); err != nil {
			t.Fatal(err)
		}
		lib := xpath.NewLibrary(nil)
		s, _ := Compile(lib, src, "#ALL")
		tree := lib.Tree(d)
		defer tree.Release()
		r := xpath.NewRun(lib, tree)
		defer r.Release()
		s.Run(r, func(Hit) bool { return true })
	})
}

func FuzzUnpack(f *testing.F) {
	s, _ := Load(folder, "main.sch")
	var p Packer
	p.Add(s)
	f.Add(p.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = Unpack(b) })
}
