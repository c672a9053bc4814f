package check

import (
	"strings"

	"github.com/socle-sante/socle/format/cda/schema"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xsd"
)

// maxViolations bounds what the schema is asked to list; its count is of all it lists.
const maxViolations = 10_000

// schemaRule checks the document against the CDA R2 schema with the extensions of the CI-SIS.
//
// spec: CI-SIS cda §7 CDA-02
func schemaRule(c *run) {
	errors := 0
	for _, v := range schema.CDA().Validate(c.d.XML, c.d.Root, maxViolations) {
		errors += max(v.Count, 1)
		if len(c.rep.Findings) >= maxFindings {
			c.rep.Truncated = true
			continue
		}
		c.under("CDA-02" + cause(&v))
		c.violation(&v)
	}
	// What people read is one remark; what the official validator counts may be several.
	c.rep.Levels[LevelXSD] = Count{Errors: errors, Warnings: c.rep.Levels[LevelXSD].Warnings}
}

// cause sorts the rules of XML Schema by what there is to mend.
func cause(v *xsd.Violation) string {
	again := false
	for p := range v.Node.Parent().Elements() {
		if again = p.Local() == v.Node.Local(); again || p == v.Node {
			again = again && p != v.Node
			break
		}
	}
	switch code := v.Code; {
	case code == "cvc-complex-type.2.4.b":
		return "-ABSENT"
	case code == "cvc-elt.1.a", code == "cvc-complex-type.2.4.c", strings.HasPrefix(v.Message.EN, "There is no element"):
		return "-INCONNU"
	case lacking(v) != "":
		return "-ABSENT"
	case strings.HasPrefix(code, "cvc-complex-type.2.4") && again:
		return "-NOMBRE"
	case strings.HasPrefix(code, "cvc-complex-type.2.4"):
		return "-ORDRE"
	case code == "cvc-complex-type.4", strings.HasPrefix(code, "cvc-complex-type.3"), code == "cvc-type.3.1.1":
		return "-ATTRIBUT"
	case strings.HasPrefix(code, "cvc-elt.4"), code == "cvc-type.2":
		return "-XSITYPE"
	case strings.HasPrefix(code, "cvc-id"):
		return "-ID"
	}
	return "-TYPE"
}

// lacking names the one element that had to come here when the parent has none at all.
func lacking(v *xsd.Violation) string {
	if v.Code != "cvc-complex-type.2.4.a" || v.Expected == "" || strings.ContainsAny(v.Expected, ", …") || v.Node.Local() == v.Expected {
		return ""
	}
	for e := range v.Node.Parent().Elements() {
		if e.Local() == v.Expected {
			return ""
		}
	}
	return v.Expected
}

// violation says it, with the usual slip named where there is one: a decimal comma, an OID in the
// form of a URN, a date in the form of ISO 8601.
func (c *run) violation(v *xsd.Violation) {
	p := v.Place
	if p.Line == 0 {
		p = v.Node.Place()
	}
	fix := v.Fix
	if name := lacking(v); name != "" && c.rule.ID == "CDA-02-ABSENT" {
		fix = finding.Tf("Ajouter %s avant %s, ou corriger %s si c'est lui que l'on voulait écrire.", "Add %s before %s, or mend %s when that is what was meant.", name, v.Node.Local(), v.Node.Local())
	}
	if i := strings.LastIndexByte(p.XPath, '/'); i >= 0 && v.Found != "" && v.Found != v.Node.Local() {
		what := p.XPath[i+1:]
		if strings.HasPrefix(what, "@") {
			what = v.Node.Local() + "/" + what
		}
		if h := hint(what, v.Found); !h.IsZero() {
			fix = finding.T(h.FR+" "+fix.FR, h.EN+" "+fix.EN)
		}
	}
	c.add(finding.Error, spot{node: v.Node, exact: p}, v.Found, v.Expected, v.Message, fix)
}
