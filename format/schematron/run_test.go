package schematron

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/format/xpath"
)

// hits runs a schema (the children of sch:schema) on a document and gives its messages.
func hits(t *testing.T, attrs, schema, document, phase string) (out []string, problems []Problem) {
	t.Helper()
	fsys := fstest.MapFS{"dir/m.sch": {Data: []byte(`<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2" ` + attrs + `><ns prefix="c" uri="urn:c"/>` + schema + `</schema>`)}}
	src, problems := Load(fsys, "dir/m.sch")
	lib := xpath.NewLibrary(func(uri string) ([]byte, error) {
		if uri == "dir/set.xml" {
			return []byte(`<set><code v="A"/><code v="B"/></set>`), nil
		}
		return nil, fmt.Errorf("no %s", uri)
	})
	s, more := Compile(lib, src, phase)
	d, err := xmltree.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	tree := lib.Tree(d)
	defer tree.Release()
	s.Run(xpath.NewRun(lib, tree), func(h Hit) bool {
		m := spaced(h.Message)
		if h.Err != nil {
			m = "ERR"
		}
		if h.Warning() {
			m = "w:" + m
		}
		out = append(out, m)
		return true
	})
	return out, append(problems, more...)
}

func TestRun(t *testing.T) {
	const doc = `<a xmlns="urn:c" x="1"><b id="1" v="A"/><b id="2" v="Z"><d/></b><e id="3">text</e></a>`
	for _, c := range []struct {
		name, attrs, schema, phase string
		want                       []string
	}{
		{"assert fails where its test is false", "", `<pattern><rule context="c:b"><assert test="c:d">no d in <value-of select="@id"/></assert></rule></pattern>`, "", []string{"no d in 1"}},
		{"report speaks where its test is true", "", `<pattern><rule context="c:b"><report test="c:d">d in <value-of select="@id"/></report></rule></pattern>`, "", []string{"d in 2"}},
		{"the first rule of a pattern is the only one", "", `<pattern><rule context="c:b[@id='1']"><assert test="false()">first <value-of select="@id"/></assert></rule><rule context="c:b"><assert test="false()">second <value-of select="@id"/></assert></rule></pattern>`, "", []string{"first 1", "second 2"}},
		{"a rule that matches hides the rest even when it passes", "", `<pattern><rule context="*"><assert test="true()">x</assert></rule><rule context="c:b"><assert test="false()">y</assert></rule></pattern>`, "", nil},
		{"patterns are independent", "", `<pattern><rule context="c:e"><assert test="false()">p1</assert></rule></pattern><pattern><rule context="c:e"><assert test="false()">p2</assert></rule></pattern>`, "", []string{"p1", "p2"}},
		{"any name, in its place among the others", "", `<pattern><rule context="c:e"><assert test="false()">e</assert></rule><rule context="*[@id]"><assert test="false()">any <value-of select="@id"/></assert></rule></pattern>`, "", []string{"any 1", "any 2", "e"}},
		{"root, attribute and union contexts", "", `<pattern><rule context="/"><assert test="false()">root</assert></rule></pattern><pattern><rule context="@v"><assert test=". = 'A'">v <value-of select="."/></assert></rule></pattern><pattern><rule context="c:d | c:e"><assert test="false()"><name/></assert></rule></pattern>`, "", []string{"root", "v Z", "d", "e"}},
		{"paths and predicates of a context", "", `<pattern><rule context="//c:a[@x='1']/c:b[c:d]"><assert test="false()"><value-of select="@id"/></assert></rule></pattern>`, "", []string{"2"}},
		{"let of a rule, of a pattern, of the schema", "", `<let name="s" value="'S'"/><pattern><let name="p" value="count(//c:b)"/><rule context="c:e"><let name="r" value="string(@id)"/><assert test="false()"><value-of select="concat($s, $p, $r)"/></assert></rule></pattern>`, "", []string{"S23"}},
		{"lets that speak of later ones", "", `<let name="one" value="concat($two, '1')"/><let name="two" value="concat('2', '')"/><pattern><rule context="c:e"><assert test="false()"><value-of select="$one"/></assert></rule></pattern>`, "", []string{"21"}},
		{"a let of a rule may be said again", "", `<pattern><rule context="c:e"><let name="r" value="'a'"/><assert test="false()"><value-of select="$r"/></assert><let name="r" value="concat($r, 'b')"/><assert test="false()"><value-of select="$r"/></assert></rule></pattern>`, "", []string{"a", "ab"}},
		{"the default phase", `defaultPhase="f"`, `<phase id="f"><active pattern="in"/></phase><pattern id="in"><rule context="c:e"><assert test="false()">in</assert></rule></pattern><pattern id="out"><rule context="c:e"><assert test="false()">out</assert></rule></pattern>`, "", []string{"in"}},
		{"every phase", `defaultPhase="f"`, `<phase id="f"><active pattern="in"/></phase><pattern id="in"><rule context="c:e"><assert test="false()">in</assert></rule></pattern><pattern id="out"><rule context="c:e"><assert test="false()">out</assert></rule></pattern>`, "#ALL", []string{"in", "out"}},
		{"roles", "", `<pattern><rule context="c:e"><assert test="false()" role="warning">w</assert><assert test="false()" role="information">i</assert><assert test="false()" role="error">e</assert></rule></pattern>`, "", []string{"w:w", "w:i", "e"}},
		{"diagnostics", "", `<pattern><rule context="c:e"><assert test="false()" diagnostics="d">m</assert></rule></pattern><diagnostics><diagnostic id="d">because <value-of select="@id"/></diagnostic></diagnostics>`, "", []string{"m because 3"}},
		{"value sets", "", `<let name="f" value="'set.xml'"/><pattern><rule context="c:b"><let name="v" value="@v"/><assert test="document($f)//code[@v = $v]"><value-of select="@v"/> is not in the set</assert><assert test="@v = doc('set.xml')/set/code/@v">nor here</assert></rule></pattern>`, "", []string{"Z is not in the set", "nor here"}},
		{"a test that cannot be evaluated", "", `<pattern><rule context="c:b"><assert test="@id + 'x' = 1">m</assert><assert test="false()">after</assert></rule></pattern>`, "", []string{"ERR", "after", "ERR", "after"}},
		{"key()", "", `<xsl:key xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="by-v" match="c:b" use="@v"/><pattern><rule context="c:e"><assert test="count(key('by-v', 'A')) = 2">one A only</assert><assert test="key('by-v', 'Z')/c:d">no d</assert></rule></pattern>`, "", []string{"one A only"}},
		{"current()", "", `<pattern><rule context="c:b"><assert test="//c:e[number(@id) = number(current()/@id) + 2]">m <value-of select="@id"/></assert></rule></pattern>`, "", []string{"m 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems := hits(t, c.attrs, c.schema, doc, c.phase)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if !slices.Equal(got, c.want) {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What cannot be compiled is said with its place; the rest of the schema runs.
func TestCompileGoesOn(t *testing.T) {
	const good = `<pattern id="good"><rule context="c:e"><assert test="false()">good</assert></rule></pattern>`
	for _, c := range []struct{ name, schema, want string }{
		{"syntax", `<pattern><rule context="c:e"><assert test="c:a[">x</assert></rule></pattern>`, "c:a["},
		{"function", `<pattern><rule context="c:e"><assert test="nosuch(1)">x</assert></rule></pattern>`, "nosuch"},
		{"variable", `<pattern><rule context="c:e"><assert test="$nobody">x</assert></rule></pattern>`, "nobody"},
		{"prefix", `<pattern><rule context="z:e"><assert test="true()">x</assert></rule></pattern>`, "z"},
		{"context", `<pattern><rule context="c:e["><assert test="true()">x</assert></rule></pattern>`, "c:e["},
		{"let", `<let name="l" value="1 +"/><pattern><rule context="c:e"><assert test="$l">x</assert></rule></pattern>`, "1 +"},
		{"message", `<pattern><rule context="c:e"><assert test="true()"><value-of select="]"/></assert></rule></pattern>`, "]"},
		{"let said twice", `<let name="l" value="1"/><let name="l" value="2"/>`, "l"},
		{"phase", `<phase id="p"><active pattern="nobody"/><active pattern="good"/></phase>`, "nobody"},
	} {
		t.Run(c.name, func(t *testing.T) {
			attrs := ""
			if c.name == "phase" {
				attrs = `defaultPhase="p"`
			}
			got, problems := hits(t, attrs, c.schema+good, `<e xmlns="urn:c"/>`, "")
			if len(problems) == 0 || !strings.Contains(problems[0].Message.FR, c.want) || problems[0].At.File != "dir/m.sch" || problems[0].At.Line == 0 {
				t.Fatalf("problems: %v", problems)
			}
			if !slices.Contains(got, "good") {
				t.Fatalf("the rest is lost: %q", got)
			}
		})
	}
}

func Example() {
	fsys := fstest.MapFS{"rules.sch": {Data: []byte(`<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">
<pattern id="dates"><rule context="visit"><assert test="@end >= @start">The visit <value-of select="@id"/> ends before it starts.</assert></rule></pattern></schema>`)}}
	source, _ := Load(fsys, "rules.sch")
	library := xpath.NewLibrary(nil)
	schema, problems := Compile(library, source, "")
	doc, _ := xmltree.Parse([]byte("<visits>\n<visit id='7' start='20240102' end='20240101'/></visits>"))
	tree := library.Tree(doc)
	defer tree.Release()
	schema.Run(xpath.NewRun(library, tree), func(h Hit) bool {
		fmt.Printf("line %d: %s\n", tree.Element(h.Node).Line(), h.Message)
		return true
	})
	fmt.Println(len(problems), "problems")
	// Output:
	// line 2: The visit 7 ends before it starts.
	// 0 problems
}
