package xsd

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/socle-sante/socle/format/xmltree"
)

func TestHostileSchemasEndInAnError(t *testing.T) {
	var nested, groups strings.Builder
	for i := range 40 {
		fmt.Fprintf(&groups, `<xs:group name="g%d"><xs:sequence><xs:group ref="g%d"/><xs:group ref="g%d"/></xs:sequence></xs:group>`, i, i+1, i+1)
	}
	groups.WriteString(`<xs:group name="g40"><xs:sequence><xs:element name="x"/></xs:sequence></xs:group>`)
	nested.WriteString(strings.Repeat(`<xs:sequence>`, 200) + strings.Repeat(`</xs:sequence>`, 200))
	for name, src := range map[string]string{
		"type from itself":          head + `<xs:complexType name="A"><xs:complexContent><xs:extension base="B"/></xs:complexContent></xs:complexType><xs:complexType name="B"><xs:complexContent><xs:extension base="A"/></xs:complexContent></xs:complexType></xs:schema>`,
		"simple type from itself":   head + `<xs:simpleType name="A"><xs:restriction base="A"/></xs:simpleType></xs:schema>`,
		"union of itself":           head + `<xs:simpleType name="A"><xs:union memberTypes="xs:int A"/></xs:simpleType></xs:schema>`,
		"group in itself":           head + `<xs:group name="g"><xs:sequence><xs:group ref="g"/></xs:sequence></xs:group><xs:element name="r">` + inType + `<xs:group ref="g"/></xs:complexType></xs:element></xs:schema>`,
		"attribute group in itself": head + `<xs:attributeGroup name="g"><xs:attributeGroup ref="g"/></xs:attributeGroup><xs:complexType name="T"><xs:attributeGroup ref="g"/></xs:complexType></xs:schema>`,
		"exponential groups":        schemaOf(inType+`<xs:group ref="g0"/></xs:complexType>`, groups.String()),
		"huge occurrence":           schemaOf(inType+`<xs:sequence><xs:element name="a" maxOccurs="99999"/></xs:sequence></xs:complexType>`, ""),
		"nested occurrences":        schemaOf(inType+`<xs:sequence maxOccurs="2000"><xs:sequence maxOccurs="2000"><xs:element name="a"/></xs:sequence></xs:sequence></xs:complexType>`, ""),
		"deep nesting":              schemaOf(inType+nested.String()+`</xs:complexType>`, ""),
		"ambiguous":                 schemaOf(inType+`<xs:sequence><xs:element name="a" minOccurs="0"/><xs:element name="a"/></xs:sequence></xs:complexType>`, ""),
		"unknown type":              schemaOf(inType+`<xs:sequence><xs:element name="a" type="Nope"/></xs:sequence></xs:complexType>`, ""),
		"undeclared prefix":         schemaOf(inType+`<xs:sequence><xs:element name="a" type="q:Nope"/></xs:sequence></xs:complexType>`, ""),
		"all":                       schemaOf(inType+`<xs:all><xs:element name="a"/></xs:all></xs:complexType>`, ""),
		"key":                       head + `<xs:element name="r"><xs:key name="k"><xs:selector xpath="a"/><xs:field xpath="@b"/></xs:key></xs:element></xs:schema>`,
		"redefine":                  head + `<xs:redefine schemaLocation="s.xsd"/></xs:schema>`,
		"bad pattern":               attrOf(`<xs:restriction base="xs:string"><xs:pattern value="("/></xs:restriction>`),
		"bound on dates":            attrOf(`<xs:restriction base="xs:date"><xs:minInclusive value="2024-01-01"/></xs:restriction>`),
		"missing include":           head + `<xs:include schemaLocation="absent.xsd"/></xs:schema>`,
		"include of the network":    head + `<xs:include schemaLocation="http://example.org/a.xsd"/></xs:schema>`,
		"outside the folder":        head + `<xs:include schemaLocation="../../etc/passwd"/></xs:schema>`,
		"unknown attribute":         head + `<xs:element name="r" tipe="xs:int"/></xs:schema>`,
		"twice":                     head + `<xs:element name="r"/><xs:element name="r"/></xs:schema>`,
		"not a schema":              `<html/>`,
		"not XML":                   `<`,
		"doctype":                   `<!DOCTYPE a><a/>`,
	} {
		_, err := Compile(fstest.MapFS{"s.xsd": {Data: []byte(src)}}, "s.xsd")
		var at *SchemaError
		if err == nil {
			t.Errorf("%s: compiled", name)
		} else if at, _ = err.(*SchemaError); at == nil || at.File != "s.xsd" || at.What == "" {
			t.Errorf("%s: does not say where: %v", name, err)
		}
	}
	// Files that include each other are one schema.
	fsys := fstest.MapFS{"a.xsd": {Data: []byte(head + `<xs:include schemaLocation="b.xsd"/></xs:schema>`)}, "b.xsd": {Data: []byte(head + `<xs:include schemaLocation="a.xsd"/></xs:schema>`)}}
	if _, err := Compile(fsys, "a.xsd"); err != nil {
		t.Error(err)
	}
}

func TestHostileDocumentsAreBounded(t *testing.T) {
	s := compile(t, schemaOf(inType+`<xs:sequence><xs:element name="a" type="xs:int" maxOccurs="unbounded"/></xs:sequence></xs:complexType>`, ""))
	d, err := xmltree.Parse([]byte(wrap(`>` + strings.Repeat(`<a k="1">x</a>`, 5000) + `</r>`)))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Validate(d, d.Root(), 0)); n != DefaultLimit {
		t.Errorf("%d violations", n)
	}
	if n := len(s.Validate(d, d.Root(), 7)); n != 7 {
		t.Errorf("%d violations", n)
	}
	if s.Validate(d, xmltree.Node{}, 0) != nil {
		t.Error("a missing root was judged")
	}
}

// Many small things in one place cost in proportion to their number.
func TestCrowdedDocumentsStayCheap(t *testing.T) {
	s := compile(t, schemaOf(inType+`<xs:sequence><xs:element name="a" type="xs:int" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>`, ""))
	const many = 200_000
	for name, body := range map[string]string{"comments": strings.Repeat("<!---->", many), "references": strings.Repeat("&#x20;", many), "instructions": strings.Repeat("<?p?>", many), "CDATA": strings.Repeat("<![CDATA[ ]]>", many)} {
		d, err := xmltree.Parse([]byte(wrap(">" + body + "</r>")))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Validate(d, d.Root(), 0); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	crowd := strings.Repeat("<a>x</a>", many)
	d, err := xmltree.Parse([]byte(wrap(">" + crowd + "</r>")))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.Validate(d, d.Root(), 0)); n != DefaultLimit {
		t.Error(n)
	}
}

func FuzzCompile(f *testing.F) {
	for _, c := range constructs {
		f.Add(c.schema)
	}
	f.Fuzz(func(t *testing.T, src string) {
		fsys := fstest.MapFS{"s.xsd": {Data: []byte(src)}}
		s, err := Compile(fsys, "s.xsd")
		if err != nil {
			return
		}
		d, _ := xmltree.Parse([]byte(wrap(` a="1"><a/><b>x</b></r>`)))
		s.Validate(d, d.Root(), 0)
		facts, err := Notation(fsys, "s.xsd")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Load(facts); err != nil {
			t.Fatalf("notation does not load: %v\n%s", err, facts)
		}
	})
}

func FuzzLoad(f *testing.F) {
	for _, c := range constructs {
		facts, err := Notation(fstest.MapFS{"s.xsd": {Data: []byte(c.schema)}}, "s.xsd")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(facts))
	}
	f.Fuzz(func(t *testing.T, src string) {
		if s, err := Load([]byte(src)); err == nil {
			d, _ := xmltree.Parse([]byte(wrap(` a="1"><a/><b>x</b></r>`)))
			s.Validate(d, d.Root(), 0)
		}
	})
}

func FuzzValidate(f *testing.F) {
	var schemas []*Schema
	for _, c := range constructs {
		schemas = append(schemas, compile(f, c.schema))
		for doc := range c.docs {
			f.Add(wrap(doc))
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		d, err := xmltree.Parse([]byte(src))
		if err != nil {
			return
		}
		for _, s := range schemas {
			for _, v := range s.Validate(d, d.Root(), 0) {
				if v.Message.FR == "" || v.Code == "" || v.Count == 0 {
					t.Errorf("not explained: %+v", v)
				}
			}
		}
	})
}
