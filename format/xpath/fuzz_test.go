package xpath

import (
	"testing"

	"github.com/socle-sante/socle/format/xmltree"
)

func FuzzCompile(f *testing.F) {
	for _, c := range cases {
		f.Add(c.src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		l := NewLibrary(nil)
		s := l.NewScope(prefixes, "base")
		s.Declare("n")
		for _, err := range []error{second(l.Compile(src, s)), second(l.CompilePattern(src, s))} {
			if err != nil && idOf(err) == IDInternal {
				t.Fatal(err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func FuzzEvaluate(f *testing.F) {
	for _, c := range cases {
		f.Add(c.src, sample)
	}
	f.Fuzz(func(t *testing.T, src, doc string) {
		d, err := xmltree.Parse([]byte(doc))
		if err != nil {
			return
		}
		l := NewLibrary(func(string) ([]byte, error) { return []byte(valuesDoc), nil })
		s := l.NewScope(prefixes, "base")
		slot := s.Declare("n")
		e, err := l.Compile(src, s)
		p, err2 := l.CompilePattern(src, s)
		if err != nil && err2 != nil {
			return
		}
		tree := l.Tree(d)
		r := NewRun(l, tree)
		r.Set(slot, IntegerValue(1))
		r.steps = 100_000
		for _, n := range []Node{0, tree.Root(), Node(tree.Len() - 1)} {
			if e != nil {
				if _, err := e.String(r, n); err != nil && idOf(err) == IDInternal {
					t.Fatal(err)
				}
				if _, err := e.Bool(r, n); err != nil && idOf(err) == IDInternal {
					t.Fatal(err)
				}
			}
			if p != nil {
				p.Match(r, n)
			}
		}
		for _, err := range r.Errors() {
			if idOf(err) == IDInternal {
				t.Fatal(err)
			}
		}
		r.Release()
		tree.Release()
	})
}
