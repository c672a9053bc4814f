package xpath_test

import (
	"fmt"

	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/format/xpath"
)

func Example() {
	lib := xpath.NewLibrary(nil)
	scope := lib.NewScope(map[string]string{"c": "urn:hl7-org:v3"}, "")
	limit := scope.Declare("limit")
	high, err := lib.Compile(`c:value[@value > $limit]/concat(@value, ' ', @unit)`, scope)
	if err != nil {
		fmt.Println(err)
		return
	}
	rule, _ := lib.CompilePattern(`c:observation[c:value]`, scope)

	doc, _ := xmltree.Parse([]byte(`<observation xmlns="urn:hl7-org:v3"><value value="4.2" unit="mmol/L"/><value value="9.7" unit="mmol/L"/></observation>`))
	tree := lib.Tree(doc)
	run := xpath.NewRun(lib, tree)
	run.Set(limit, xpath.IntegerValue(5))
	found, _ := high.String(run, tree.Root())
	fmt.Println(rule.Match(run, tree.Root()), found)

	_, err = xpath.NewLibrary(nil).Compile(`count(c:value`, scope)
	fmt.Println(err)
	// Output:
	// true 9.7 mmol/L
	// XPATH-SYNTAX XPST0003: ) expected at the end of the expression (byte 13 of "count(c:value")
}
