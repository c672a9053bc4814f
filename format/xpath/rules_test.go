package xpath

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/shareddata"
)

// rulesDir finds a copy of the official rules, or skips.
func rulesDir(t testing.TB) string {
	dir := os.Getenv("SOCLE_RULES")
	if dir == "" {
		dir = filepath.Join(shareddata.Root(t), "..", "shared", "rules")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("official rules absent (set SOCLE_RULES to a copy): this check was left out")
	}
	return dir
}

type ruleExpr struct {
	file, kind, src string
	node            xmltree.Node
}

// ruleExprs reads every expression of the schematron files, in the order of the files.
func ruleExprs(t testing.TB, dir string) (out []ruleExpr) {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".sch") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil || len(b) == 0 {
			return err
		}
		doc, err := xmltree.Parse(b)
		if err != nil {
			t.Logf("%s: %v", filepath.Base(path), err)
			return nil
		}
		for n := range doc.Root().Descendants("*", "*") {
			for _, name := range []string{"test", "context", "select", "value"} {
				v, ok := n.AttrOK(name)
				switch l := n.Local(); {
				case !ok, l == "param", l == "value-of" && name != "select", l == "let" && name != "value",
					n.Space() != "http://purl.oclc.org/dsdl/schematron":
				default:
					out = append(out, ruleExpr{path, name, v, n})
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var variableName = regexp.MustCompile(`\$[\pL_][\pL\pN._-]*`)

// ruleScope declares what the rules around an expression declare.
func ruleScope(l *Library, x ruleExpr) *Scope {
	ns := map[string]string{}
	for prefix, uri := range x.node.InScope() {
		if _, ok := ns[prefix]; !ok {
			ns[prefix] = uri
		}
	}
	for _, p := range []string{"cda", "hl7"} {
		ns[p] = "urn:hl7-org:v3"
	}
	ns["svs"], ns["xsi"] = "urn:ihe:iti:svs:2008", xmltree.NSXSI
	ns["jdv"], ns["lab"], ns["pharm"] = "http://esante.gouv.fr", "urn:oid:1.3.6.1.4.1.19376.1.3.2", "urn:ihe:pharm"
	ns["sdtc"], ns["ps3-20"], ns["hl7nl"], ns["skos"] = "urn:hl7-org:sdtc", "urn:dicom-org:ps3-20", "urn:hl7-nl:v3", "http://www.w3.org/2004/02/skos/core#"
	s := l.NewScope(ns, filepath.Dir(x.file))
	for _, v := range variableName.FindAllString(x.src, -1) {
		s.Declare(v[1:])
	}
	return s
}

// malformedRules are published files with brackets that do not match.
var malformedRules = map[string]bool{"S_acuiteVisuelle.sch": true, "S_planDeSoinsBiologie_ANS.sch": true}

func TestEveryOfficialExpressionCompiles(t *testing.T) {
	l := NewLibrary(nil)
	n, bad := 0, 0
	seen := map[string]bool{}
	for _, x := range ruleExprs(t, rulesDir(t)) {
		if x.kind == "context" && strings.HasPrefix(strings.TrimSpace(x.src), "$") {
			continue // a parameter of an abstract pattern stands for the context
		}
		n++
		s := ruleScope(l, x)
		var err error
		if x.kind == "context" {
			_, err = l.CompilePattern(x.src, s)
		} else {
			_, err = l.Compile(x.src, s)
		}
		if err != nil && malformedRules[filepath.Base(x.file)] {
			continue
		}
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			bad++
			t.Errorf("%s %s: %v", filepath.Base(x.file), x.kind, err)
		}
	}
	t.Logf("%d expressions, %d wrong; %d names, %d slots, %d memos, %d prefixes, %d constants", n, bad, len(l.names.list), l.slots, len(l.memos), len(l.steps), len(l.folded))
}

// TestOfficialExpressionsAgainstSaxon asks both engines for the truth of every official condition
// at many elements of a real document.
func TestOfficialExpressionsAgainstSaxon(t *testing.T) {
	if testing.Short() {
		t.Skip("long comparison left out")
	}
	var exprs []string
	seen := map[string]bool{}
	rules := ruleExprs(t, rulesDir(t))
	l := NewLibrary(nil)
	ns := map[string]string{}
	var compiled []*Expr
	for _, x := range rules {
		if x.kind != "test" || seen[x.src] || strings.Contains(x.src, "$") || strings.Contains(x.src, "doc") || strings.Contains(x.src, "current()") {
			continue
		}
		seen[x.src] = true
		s := ruleScope(l, x)
		for prefix, uri := range s.Namespaces {
			if ns[prefix] == "" {
				ns[prefix] = uri
			}
		}
		same := true
		for prefix, uri := range s.Namespaces {
			same = same && ns[prefix] == uri
		}
		if e, err := l.Compile(x.src, s); err == nil && same {
			exprs, compiled = append(exprs, x.src), append(compiled, e)
		}
	}
	files, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*", "*.xml"))
	if more, _ := filepath.Glob(filepath.Join(shareddata.Dir(t, "cda"), "*.xml")); len(more) > 0 {
		files = append(files, more...)
	}
	if len(files) == 0 {
		t.Skip("no example document")
	}
	const every = 11
	for _, file := range pick(files, 3) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d, err := xmltree.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		answers := peer(t, b, ns, exprs, strconv.Itoa(every))
		tree := l.Tree(d)
		r := NewRun(l, tree)
		wrong, total := 0, 0
		for i, e := range compiled {
			var got strings.Builder
			elements := 0
			for n := range Node(tree.Len()) {
				if tree.Kind(n) != KindElement {
					continue
				}
				if elements++; (elements-1)%every != 0 {
					continue
				}
				total++
				switch ok, err := e.Bool(r, n); {
				case err != nil:
					got.WriteByte('E')
				case ok:
					got.WriteByte('1')
				default:
					got.WriteByte('0')
				}
			}
			if strings.HasPrefix(answers[i], "ERROR") && !strings.ContainsAny(got.String(), "01") {
				continue
			}
			if got.String() != answers[i] {
				if wrong++; wrong < 15 {
					t.Errorf("%s:\n %s\n %s\n %s", filepath.Base(file), exprs[i], got.String(), answers[i])
				}
			}
		}
		r.Release()
		tree.Release()
		t.Logf("%s: %d expressions, %d evaluations, %d expressions differ", filepath.Base(file), len(exprs), total, wrong)
	}
}

// pick takes n spread over a list.
func pick(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	var out []string
	for i := range n {
		out = append(out, list[i*len(list)/n])
	}
	return out
}
