package xpath

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/shareddata"
)

type benchRule struct {
	context *Pattern
	tests   []*Expr
}

// benchRules compiles every official rule that no parameter or variable stands in.
func benchRules(b testing.TB, l *Library) (named, byParent map[NameID][]benchRule, needed map[Need][]benchRule, rest []benchRule, asserts int) {
	named, byParent, needed = map[NameID][]benchRule{}, map[NameID][]benchRule{}, map[Need][]benchRule{}
	var rule benchRule
	flush := func() {
		if rule.context == nil {
			return
		}
		for _, br := range rule.context.Branches() {
			one := benchRule{br.Pattern, rule.tests}
			switch {
			case br.Needs != nil:
				needed[*br.Needs] = append(needed[*br.Needs], one)
			case br.Name > 0 && br.Kind == KindElement:
				named[br.Name] = append(named[br.Name], one)
			case br.Parent > 0:
				byParent[br.Parent] = append(byParent[br.Parent], one)
			default:
				rest = append(rest, one)
			}
		}
		rule = benchRule{}
	}
	for _, x := range ruleExprs(b, rulesDir(b)) {
		switch x.kind {
		case "context":
			flush()
			rule = benchRule{}
			if p, err := l.CompilePattern(x.src, ruleScope(l, x)); err == nil && !strings.Contains(x.src, "$") {
				rule.context = p
			}
		case "test":
			if e, err := l.Compile(x.src, ruleScope(l, x)); err == nil && rule.context != nil && !strings.Contains(x.src, "$") {
				rule.tests = append(rule.tests, e)
				asserts++
			}
		}
	}
	flush()
	return named, byParent, needed, rest, asserts
}

func BenchmarkOfficialRules(b *testing.B) {
	l := NewLibrary(os.ReadFile)
	named, byParent, needed, rest, asserts := benchRules(b, l)
	type needKey struct{ child, attr NameID }
	shapes := map[needKey]bool{}
	for n := range needed {
		shapes[needKey{n.Child, n.Attribute}] = true
	}
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(b, "cda"), "BIO*.xml"))
	for _, file := range pick(files, 3) {
		src, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		doc, err := xmltree.Parse(src)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(filepath.Base(file), func(b *testing.B) {
			b.ReportAllocs()
			var patterns, fired, steps int64
			for range b.N {
				patterns, fired = 0, 0
				t := l.Tree(doc)
				r := NewRun(l, t)
				try := func(rules []benchRule, n Node) {
					for i := range rules {
						patterns++
						if rules[i].context.Match(r, n) {
							for _, e := range rules[i].tests {
								fired++
								_, _ = e.Bool(r, n)
							}
						}
					}
				}
				for n := range Node(t.Len()) {
					if t.Kind(n) != KindElement {
						continue
					}
					try(named[t.Name(n)], n)
					try(rest, n)
					if up := t.Parent(n); up > 0 {
						try(byParent[t.Name(up)], n)
					}
					for k := range shapes {
						end := t.nodes[n].end
						for c := t.first(n); c < end; c = t.nodes[c].end {
							if t.nodes[c].name == k.child {
								if a := t.Attr(c, k.attr); a != None {
									try(needed[Need{k.child, k.attr, t.StringValue(a)}], n)
								}
							}
						}
					}
				}
				steps = MaxSteps - r.steps
				r.Release()
				t.Release()
			}
			b.ReportMetric(float64(patterns), "patterns")
			b.ReportMetric(float64(fired), "asserts")
			b.ReportMetric(float64(steps), "steps")
			b.ReportMetric(float64(len(src))/1000, "kB")
		})
	}
	b.Logf("%d named, %d needed, %d rest, %d asserts", len(named), len(needed), len(rest), asserts)
}

func BenchmarkTree(b *testing.B) {
	file := filepath.Join(shareddata.Dir(b, "cda"), "BIO-CR-BIO_2024.01_CRP_non_LOINC.xml")
	src, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	doc, err := xmltree.Parse(src)
	if err != nil {
		b.Fatal(err)
	}
	l := NewLibrary(nil)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for range b.N {
		l.Tree(doc).Release()
	}
}
