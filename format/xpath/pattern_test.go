package xpath

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/shareddata"
)

func parsed(t testing.TB, src string) *xmltree.Doc {
	t.Helper()
	d, err := xmltree.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// matched gives the names and values of the nodes of sample that a pattern matches.
func matched(t *testing.T, src string) (string, error) {
	l := NewLibrary(nil)
	key := l.Name("", "k")
	p, err := l.CompilePattern(src, l.NewScope(prefixes, ""))
	if err != nil {
		return "", err
	}
	tree := l.Tree(parsed(t, sample))
	defer tree.Release()
	r := NewRun(l, tree)
	defer r.Release()
	var out []string
	for n := range Node(tree.Len()) {
		if !p.Match(r, n) {
			continue
		}
		name := tree.LexicalName(n)
		if k := tree.Attr(n, key); tree.Kind(n) == KindElement && k != None {
			name += tree.StringValue(k)
		}
		if tree.Kind(n) == KindAttribute {
			name = "@" + name
		}
		if name == "" {
			name = [...]string{"/", "", "", "text", "comment", ""}[tree.Kind(n)]
		}
		out = append(out, name)
	}
	if errs := r.Errors(); len(errs) > 0 {
		return "", errs[0]
	}
	return strings.Join(out, " "), nil
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`o:b`, "b1 b2 b3 b4 b5"},
		{`/`, "/"},
		{`/o:a`, "a"},
		{`/o:b`, ""},
		{`//o:b`, "b1 b2 b3 b4 b5"},
		{`o:c/o:b`, "b4 b5"},
		{`o:a//o:c`, "c c"},
		{`/o:a/o:c/o:c`, "c"},
		{`o:c//o:b[@k = 5]`, "b5"},
		{`o:c[o:d]/o:b`, "b4"},
		{`*[@k > 3]`, "b4 b5"},
		{`o:a/*[not(self::o:b)]`, "c e f"},
		{`@k`, "@k @k @k @k @k"},
		{`o:a/@*`, "@id @n"},
		{`//@k[. = 2]`, "@k"},
		{`o:b | o:d`, "b1 b2 b3 b4 d d b5"},
		{`o:b[1]`, "b1 b4 b5"},
		{`o:b[last()]`, "b3 b4 b5"},
		{`o:b[position() > 1]`, "b2 b3"},
		{`(o:a | o:c)/o:b`, "b1 b2 b3 b4 b5"},
		{`comment()`, "comment"},
		{`processing-instruction()`, "go"},
		{`o:d/text()`, "text"},
		{`t:*`, "t:i"},
		{`*:i`, "t:i"},
		{`node()[self::o:e]`, "e"},
		{`o:b[current()/@k = 2]`, "b2"},
		{`o:a[o:b]//o:c//o:b`, "b4 b5"},
		{`attribute::k[../o:none]`, ""},
		{`child::o:e`, "e"},
		{`ancestor::o:a`, "!XPATH-PATTERN"},
		{`o:a/..`, "!XPATH-PATTERN"},
		{`o:a/following-sibling::o:b`, "!XPATH-PATTERN"},
		{`1`, "!XPATH-PATTERN"},
		{`o:a/string()`, "!XPATH-PATTERN"},
		{`o:a except o:b`, "!XPATH-PATTERN"},
		{`o:b[`, "!XPATH-SYNTAX"},
		{`o:b['x' = 1]`, "!XPATH-TYPE"},
	} {
		got, err := matched(t, c.src)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			got = "!" + e.ID
		}
		if got != c.want {
			t.Errorf("%s: %q (%v), want %q", c.src, got, err, c.want)
		}
	}
}

func TestBranchesSayWhatTheyAskOf(t *testing.T) {
	l := NewLibrary(nil)
	s := l.NewScope(prefixes, "")
	p, err := l.CompilePattern(`*[o:b/@k='4'] | o:c[o:b[@k='5'] and o:d]/o:e | @n | /`, s)
	if err != nil {
		t.Fatal(err)
	}
	b := p.Branches()
	k := l.Name("", "k")
	name := func(s string) NameID { return l.Name("urn:one", s) }
	if len(b) != 4 || b[0].Name != AnyName || b[0].Kind != KindElement || *b[0].Needs != (Need{name("b"), k, "4"}) {
		t.Fatalf("%+v", b)
	}
	if b[1].Name != name("e") || b[1].Parent != name("c") || b[1].Needs != nil {
		t.Fatalf("%+v", b[1])
	}
	if b[2].Kind != KindAttribute || b[2].Name != l.Name("", "n") || b[3].Kind != KindDocument {
		t.Fatalf("%+v %+v", b[2], b[3])
	}
}

// TestOfficialContextsMatchWhatTheySelect checks patterns against the same text as a path.
func TestOfficialContextsMatchWhatTheySelect(t *testing.T) {
	type pair struct {
		p *Pattern
		e *Expr
	}
	l := NewLibrary(nil)
	var pairs []pair
	seen := map[string]bool{}
	for _, x := range ruleExprs(t, rulesDir(t)) {
		src := strings.TrimSpace(x.src)
		if x.kind != "context" || seen[src] || strings.ContainsAny(src, "$|") || strings.Contains(src, "doc(") {
			continue
		}
		seen[src] = true
		path := src
		if !strings.HasPrefix(src, "/") {
			path = "//" + src
		}
		s := ruleScope(l, x)
		p, err := l.CompilePattern(src, s)
		if err != nil {
			t.Fatal(err)
		}
		e, err := l.Compile(path, s)
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, pair{p, e})
	}
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml"))
	found := 0
	for _, file := range pick(files, 4) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree := l.Tree(parsed(t, string(b)))
		r := NewRun(l, tree)
		for _, x := range pairs {
			var got []Node
			for n := range Node(tree.Len()) {
				if x.p.Match(r, n) {
					got = append(got, n)
				}
			}
			v, err := x.e.Value(r, 0)
			if want := v.Nodes(tree); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %d nodes match, %d selected (%v)", x.p.Source(), len(got), len(want), err)
			}
			found += len(got)
		}
		if errs := r.Errors(); len(errs) > 0 {
			t.Error(errs)
		}
		r.Release()
		tree.Release()
	}
	t.Logf("%d contexts, %d matches", len(pairs), found)
}
