package schematron

import (
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPackKeepsEverySource(t *testing.T) {
	s, problems := Load(folder, "main.sch")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var p Packer
	p.Add(s)
	p.Add(&Source{Name: "empty"})
	block := p.Bytes()
	back, err := Unpack(block)
	if err != nil || len(back) != 2 || !reflect.DeepEqual(back[0], s) {
		t.Fatalf("%v\n%+v\n%+v", err, back[0], s)
	}
	for i := range block {
		if _, err := Unpack(block[:i]); err == nil {
			t.Fatalf("a block cut at %d was read", i)
		}
	}
}

// folder is a small set of rules with each construct that Load resolves.
var folder = fstest.MapFS{
	"main.sch": {Data: []byte(`<schema xmlns="http://purl.oclc.org/dsdl/schematron" defaultPhase="p" queryBinding="xslt2" schemaVersion="v1">
<xsl:key xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="k" match="c:a" use="@id"/>
<title> A  title </title><ns prefix="c" uri="urn:c"/><let name="g" value="'x'"/>
<include href="abs/in.sch"/><include href="abs/more.sch#named"/>
<phase id="p"><active pattern="one"/><active pattern="two"/></phase>
<pattern id="one"><include href="abs/rule.sch"/><rule context="c:a"><extends rule="base"/><assert test="@y" role="warning" see="s">y</assert></rule></pattern>
<pattern id="two" is-a="in"><param name="elt" value="c:b"/><param name="what" value="'b'"/></pattern>
<diagnostics><diagnostic id="d">why <value-of select="@why"/></diagnostic></diagnostics>
</schema>`)},
	"abs/in.sch":   {Data: []byte(`<pattern xmlns="http://purl.oclc.org/dsdl/schematron" id="in" abstract="true"><p>doc</p><rule context="$elt"><let name="v" value="@v"/><assert test="$v = $what" diagnostics="d">[<value-of select="$what"/>] $what <name/></assert></rule></pattern>`)},
	"abs/rule.sch": {Data: []byte(`<rule xmlns="http://purl.oclc.org/dsdl/schematron" abstract="true" id="base"><report test="@x">x</report></rule>`)},
	"abs/more.sch": {Data: []byte(`<schema xmlns="http://purl.oclc.org/dsdl/schematron"><pattern id="other"/><pattern id="named"><rule context="c:z"><assert test="1">.</assert></rule></pattern></schema>`)},
}

func TestLoadExpands(t *testing.T) {
	s, problems := Load(folder, "main.sch")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if s.Title != "A title" || s.DefaultPhase != "p" || len(s.Patterns) != 3 {
		t.Fatalf("%+v", s)
	}
	one := s.Patterns[1]
	if len(one.Rules) != 1 || len(one.Rules[0].Steps) != 2 || !one.Rules[0].Steps[0].Assert.Report || one.Rules[0].Steps[0].Assert.At.File != "abs/rule.sch" {
		t.Fatalf("extends: %+v", one)
	}
	two := s.Patterns[2].Rules[0]
	if two.Context != "c:b" || two.Steps[1].Assert.Test != "$v = 'b'" {
		t.Fatalf("is-a: %+v", two)
	}
	var text strings.Builder
	for _, p := range two.Steps[1].Assert.Text {
		text.WriteString(p.Text + "{" + p.Select + "}")
	}
	if text.String() != "[{}{'b'}] 'b' {}{name(.)}" {
		t.Fatal(text.String())
	}
}

// A fault of one file is said, and the rest of the rules is there.
func TestLoadGoesOn(t *testing.T) {
	const head = `<schema xmlns="http://purl.oclc.org/dsdl/schematron">`
	const good = `<pattern id="good"><rule context="a"><assert test="b">b</assert></rule></pattern></schema>`
	for name, c := range map[string]struct {
		body, want string
		files      fstest.MapFS
	}{
		"absent":        {body: `<include href="no.sch"/>`, want: "SCH-INCLUDE"},
		"case":          {body: `<include href="No.sch"/>`, want: "SCH-CASE", files: fstest.MapFS{"no.sch": {Data: []byte(`<p xmlns="http://purl.oclc.org/dsdl/schematron"/>`)}}},
		"not xml":       {body: `<include href="no.sch"/>`, want: "SCH-XML", files: fstest.MapFS{"no.sch": {Data: []byte(`<p`)}}},
		"fragment":      {body: `<include href="#nothing"/>`, want: "SCH-INCLUDE"},
		"itself":        {body: `<pattern><include href="loop.sch"/></pattern>`, want: "SCH-INCLUDE", files: fstest.MapFS{"loop.sch": {Data: []byte(`<include xmlns="http://purl.oclc.org/dsdl/schematron" href="loop.sch"/>`)}}},
		"outside":       {body: `<include href="../../etc/x"/>`, want: "SCH-INCLUDE"},
		"abstract":      {body: `<pattern id="x" is-a="none"/>`, want: "SCH-ABSTRACT"},
		"extends":       {body: `<pattern><rule context="x"><extends rule="none"/></rule></pattern>`, want: "SCH-EXTENDS"},
		"extends loop":  {body: `<pattern><rule abstract="true" id="r"><extends rule="r"/></rule><rule context="x"><extends rule="r"/></rule></pattern>`, want: "SCH-EXTENDS"},
		"no context":    {body: `<pattern><rule><assert test="1">.</assert></rule></pattern>`, want: "SCH-CONTEXT"},
		"no test":       {body: `<pattern><rule context="x"><assert>.</assert></rule></pattern>`, want: "SCH-TEST"},
		"xsl":           {body: `<xsl:function xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="f"/>`, want: "SCH-XSL"},
		"unknown":       {body: `<patern/>`, want: "SCH-ELEMENT"},
		"let content":   {body: `<let name="x"><y xmlns=""/></let>`, want: "SCH-LET"},
		"other docs":    {body: `<pattern documents="'x'"><rule context="x"/></pattern>`, want: "SCH-DOCUMENTS"},
		"an empty file": {body: `<include href="e.sch"/>`, want: "SCH-XML", files: fstest.MapFS{"e.sch": {Data: nil}}},
		"a folder":      {body: `<include href="dir"/>`, want: "SCH-INCLUDE", files: fstest.MapFS{"dir": {Mode: fs.ModeDir}}},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{"m.sch": {Data: []byte(head + c.body + good)}}
			for k, v := range c.files {
				fsys[k] = v
			}
			s, problems := Load(fsys, "m.sch")
			if len(problems) == 0 || problems[0].ID != c.want || problems[0].Message.FR == "" || problems[0].At.Line == 0 {
				t.Fatalf("problems %v, want %s", problems, c.want)
			}
			if last := s.Patterns[len(s.Patterns)-1]; last.ID != "good" || len(last.Rules) != 1 {
				t.Fatalf("the rest is lost: %+v", s.Patterns)
			}
		})
	}
}

func TestLoadOfficial(t *testing.T) {
	dir := os.Getenv("SOCLE_RULES")
	if dir == "" {
		t.Skip("SOCLE_RULES is not set: the official rules were left out")
	}
	fsys := os.DirFS(dir)
	names, _ := fs.Glob(fsys, "schematrons/CI-SIS_*.sch")
	names = append(names, "schematrons/profils/IHE.sch", "schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch", "schematrons/profils/CI-SIS_Modeles_ANS.sch", "schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch")
	asserts := 0
	var p Packer
	for _, n := range names {
		s, problems := Load(fsys, n)
		if s == nil {
			t.Fatal(n, problems)
		}
		for _, pr := range problems {
			t.Log(n, pr)
		}
		for _, pt := range s.Patterns {
			for _, r := range pt.Rules {
				for _, st := range r.Steps {
					if st.Assert != nil {
						asserts++
					}
				}
			}
		}
		p.Add(s)
	}
	t.Logf("%d schemas, %d assertions, packed in %d bytes", len(names), asserts, len(p.Bytes()))
}
