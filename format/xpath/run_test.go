package xpath

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/socle-sante/socle/format/xmltree"
)

func mustCompile(t testing.TB, l *Library, src string, s *Scope) *Expr {
	t.Helper()
	e, err := l.Compile(src, s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func idOf(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return e.ID
}

func TestVariablesAreLazyAndKeepTheirNode(t *testing.T) {
	l := NewLibrary(nil)
	s := l.NewScope(prefixes, "")
	a := s.Declare("a")
	count := mustCompile(t, l, `current()/@k`, s)
	wrong := mustCompile(t, l, `error()`, s)
	b := s.Declare("b")
	inner := s.Child()
	c := inner.Declare("a") // hides the first
	self := mustCompile(t, l, `$b`, s)
	use := mustCompile(t, l, `concat($a, '-', //o:b[@k = 4]/@k)`, s)
	hidden := mustCompile(t, l, `string($a)`, inner)
	lazy := mustCompile(t, l, `if (true()) then 'fine' else $b`, s)
	if _, err := l.Compile(`$c`, inner); idOf(err) != IDVariable {
		t.Fatal(err)
	}
	tree := l.Tree(parsed(t, sample))
	r := NewRun(l, tree)
	r.Let(a, count, tree.NodesNamed(l.Name("urn:one", "b"))[1])
	r.Let(b, wrong, 0)
	r.Set(c, StringValue("inner"))
	for e, want := range map[*Expr]string{use: "2-4", hidden: "inner", lazy: "fine"} {
		if got, err := e.String(r, tree.Root()); err != nil || got != want {
			t.Errorf("%s: %q %v", e.Source(), got, err)
		}
	}
	if _, err := self.String(r, 0); idOf(err) != IDValue {
		t.Error(err)
	}
	if _, err := self.String(r, 0); idOf(err) != IDValue {
		t.Errorf("the second time: %v", err)
	}
	r.Let(b, self, 0)
	if _, err := self.String(r, 0); idOf(err) != IDVariable {
		t.Errorf("a variable that depends on itself: %v", err)
	}
	r.Release()
	r = NewRun(l, tree)
	if _, err := use.String(r, tree.Root()); idOf(err) != IDVariable {
		t.Errorf("a variable from another run is still there: %v", err)
	}
	if _, err := l.Compile(`1`, s); idOf(err) != IDFrozen {
		t.Error(err)
	}
}

func TestKeys(t *testing.T) {
	l := NewLibrary(nil)
	s := l.NewScope(prefixes, "")
	if err := l.Key("by-k", `o:b`, `@k`, s); err != nil {
		t.Fatal(err)
	}
	e := mustCompile(t, l, `key('by-k', ('5', '2'))`, s)
	if _, err := l.Compile(`key('none', 'x')`, s); err == nil {
		t.Fatal("an undeclared key compiles")
	}
	tree := l.Tree(parsed(t, sample))
	r := NewRun(l, tree)
	if got, err := e.String(r, tree.Root()); got != "deux cinq" || err != nil {
		t.Fatalf("%q %v", got, err)
	}
}

func TestEvaluationEnds(t *testing.T) {
	l := NewLibrary(nil)
	slow := mustCompile(t, l, `for $a in 1 to 100000, $b in 1 to 100000 return ()`, nil)
	wide := mustCompile(t, l, `count(1 to 1000000000)`, nil)
	deep := strings.Repeat("(", 10000) + "1" + strings.Repeat(")", 10000)
	if _, err := l.Compile(deep, nil); idOf(err) != IDLimit {
		t.Error(err)
	}
	if _, err := l.Compile(strings.Repeat("a/", 20000)+"a", nil); idOf(err) != IDLimit {
		t.Error(err)
	}
	if _, err := l.Compile(strings.Repeat("1 + ", 20000)+"1", nil); idOf(err) != IDLimit {
		t.Error(err)
	}
	nested := "'0123456789'"
	for i := range 60 {
		nested = fmt.Sprintf("for $x%d in %s return concat($x%d, $x%d)", i, nested, i, i)
	}
	long := mustCompile(t, l, nested, nil)
	joined := mustCompile(t, l, `string-length(replace(replace(replace(replace(replace(string(.), '.', '$0$0$0$0$0$0$0$0$0$0$0$0'), '.', '$0$0$0$0$0$0$0$0$0$0'), '.', '$0$0$0$0$0$0$0$0$0$0'), '.', '$0$0$0$0$0$0$0$0$0$0'), '.', '$0$0$0$0$0$0$0$0$0$0'))`, nil)
	tree := l.Tree(parsed(t, sample))
	r := NewRun(l, tree)
	r.steps = 1_000_000
	if _, err := slow.Bool(r, 0); idOf(err) != IDBudget {
		t.Error(err)
	}
	r.steps = MaxSteps
	for _, e := range []*Expr{wide, long, joined} {
		if _, err := e.Bool(r, 0); idOf(err) != IDLimit {
			t.Error(err)
		}
	}
}

func TestManyRunsAtOnce(t *testing.T) {
	l := NewLibrary(func(string) ([]byte, error) { return []byte(valuesDoc), nil })
	s := l.NewScope(prefixes, "")
	slot := s.Declare("c")
	var exprs []*Expr
	for _, src := range []string{`o:b/@k = doc('v')//v/@code`, `document('v')//v[@code = $c]/@system`, `//o:b[@k = 5]`, `count(//o:d)`, `matches(@id, concat('r', ''))`} {
		exprs = append(exprs, mustCompile(t, l, src, s))
	}
	p, err := l.CompilePattern(`//o:c[o:d]/o:b[@k]`, s)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				d, _ := xmltree.Parse([]byte(sample))
				tree := l.Tree(d)
				r := NewRun(l, tree)
				r.Set(slot, StringValue("3"))
				var got []string
				for _, e := range exprs {
					v, err := e.String(r, tree.Root())
					if err != nil {
						t.Error(err)
					}
					got = append(got, v)
				}
				n := 0
				for m := range Node(tree.Len()) {
					if p.Match(r, m) {
						n++
					}
				}
				if fmt.Sprint(got, n) != "[true s z cinq 2 true] 1" {
					t.Error(got, n)
				}
				r.Release()
				tree.Release()
			}
		})
	}
	wg.Wait()
}

func TestTreeOfADocument(t *testing.T) {
	l := NewLibrary(nil)
	d := parsed(t, sample)
	tree := l.Tree(d)
	for n := range Node(tree.Len()) {
		nd := tree.nodes[n]
		if nd.end <= n || n > 0 && (nd.parent < 0 || nd.parent >= n || nd.end > tree.nodes[nd.parent].end) {
			t.Fatalf("node %d: %+v", n, nd)
		}
		if e := tree.Element(n); n > 0 && tree.Kind(n) == KindElement && (e.Local() != tree.Local(n) || e.Text() != tree.StringValue(n)) {
			t.Errorf("node %d: %s %q, %s %q", n, e.Local(), e.Text(), tree.Local(n), tree.StringValue(n))
		}
	}
	if got := len(tree.AttributesNamed(l.Name("", "k"))); got != 0 {
		t.Errorf("a name nobody compiled is filed: %d", got)
	}
	if tree.StringValue(0) != d.Root().Text() {
		t.Error("string value of the document")
	}
}

// Conditions of the hot paths must not allocate.
func TestHotPathsDoNotAllocate(t *testing.T) {
	l := NewLibrary(func(string) ([]byte, error) { return []byte(valuesDoc), nil })
	s := l.NewScope(prefixes, "")
	slot := s.Declare("c")
	var exprs []*Expr
	for _, src := range []string{`o:b/@k = '2'`, `count(o:b[@k]) >= 1`, `not(o:zz)`, `o:c/o:d[@v = 'abc']`, `.//o:b[@k = '5']`, `empty(@none) or @n = 'x'`,
		`o:b/@k = doc('v')//v/@code`, `document('v')//v[@code = $c and @system = 's']`, `resolve-QName(o:b[1]/@xsi:type, o:b[1]) = QName('urn:two', 'CD')`,
		`every $x in o:b satisfies $x/@k`, `*[self::o:b | self::o:c]`, `string-length(@id) = 1`, `matches(@n, '^[0-9]+$')`, `$c = @n`} {
		exprs = append(exprs, mustCompile(t, l, src, s))
	}
	tree := l.Tree(parsed(t, sample))
	r := NewRun(l, tree)
	r.Set(slot, StringValue("3"))
	for _, e := range exprs {
		if n := testing.AllocsPerRun(100, func() { _, _ = e.Bool(r, tree.Root()) }); n > 0 {
			t.Errorf("%s: %v allocations", e.Source(), n)
		}
	}
}

func TestADocumentThatIsAbsentIsTold(t *testing.T) {
	l := NewLibrary(func(string) ([]byte, error) { return nil, errors.New("absent") })
	e := mustCompile(t, l, `document('a')//b = 'c'`, nil)
	tree := l.Tree(parsed(t, sample))
	for range 2 {
		r := NewRun(l, tree)
		for range 3 {
			if ok, err := e.Bool(r, 0); ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		if errs := r.Errors(); len(errs) != 1 || idOf(errs[0]) != IDDocument {
			t.Fatal(errs)
		}
		r.Release()
	}
}
