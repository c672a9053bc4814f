package check

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

// The elements of the header by data type.
var (
	typeII = set("id setId templateId typeId accessionNumber")
	typeCD = set("code functionCode confidentialityCode administrativeGenderCode standardIndustryClassCode dischargeDispositionCode translation")
	typeTS = set("time effectiveTime birthTime deceasedTime low high")
)

// datatypes applies the rules that every identifier, code and time of the header obeys, whatever
// its place.
//
// spec: CI-SIS cda §1.1
func datatypes(c *run) {
	headerDescendants(c.d, func(n xmltree.Node) { c.dataType(n) })
	for n := range c.d.Root.Elements() {
		if n.Space() == cda.NS && n.Local() != "component" {
			c.dataType(n)
		}
	}
}

func (c *run) dataType(n xmltree.Node) {
	name := n.Local()
	switch {
	case typeII[name]:
		c.typeII(n)
	case typeCD[name]:
		c.typeCD(n)
	case typeTS[name]:
		c.typeTS(n)
	}
	c.distinct(n)
}

// typeII is silent on the structures whose identifiers the official rules only look at when they
// are national ones: there a fault is a warning.
func (c *run) typeII(n xmltree.Node) {
	r, has := n.AttrOK("root")
	null := hasAttr(n, "nullFlavor")
	if o := n.Parent(); o.Local() == "representedOrganization" || o.Local() == "receivedOrganization" || o.Local() == "guardianOrganization" {
		if by := o.Parent().Parent().Local(); by != "performer" && by != "responsibleParty" {
			if !has && !null || has && !oid.ValidRoot(r) && !looseOID(r) {
				c.reportAs(finding.Warning, n, r, "OID | UUID", finding.T("L'identifiant de la structure n'a pas de racine valide.", "The identifier of the structure has no valid root."),
					finding.Tf("Écrire root=\"1.2.250.1.71.4.2.2\" (Struct_IdNat), ou l'OID propre de la structure, au lieu de « %s ».", "Write root=\"1.2.250.1.71.4.2.2\" (Struct_IdNat), or the structure's own OID, instead of “%s”.", r))
			}
			return
		}
	}
	switch {
	case !has && !null:
		c.bad(n, n.Local()+"/@root", "", "OID | UUID | @nullFlavor")
	case has && null:
		c.bad(n, n.Local()+"/@nullFlavor", n.Attr("nullFlavor"), "sans @root")
	case has && !oid.ValidRoot(r) && !looseOID(r):
		c.bad(n, n.Local()+"/@root", r, "OID | UUID")
	}
}

// looseOID accepts what the official pattern does: arcs without leading zero, no limit on the
// first two and a single arc.
func looseOID(s string) bool {
	if s == "" || s[0] < '0' || s[0] > '2' {
		return false
	}
	for i, arc := range strings.Split(s, ".") {
		if arc == "" || len(arc) > 1 && arc[0] == '0' || i == 0 && len(arc) > 1 || strings.Trim(arc, "0123456789") != "" {
			return false
		}
	}
	return true
}

func (c *run) typeCD(n xmltree.Node) {
	code, system := n.Attr("code"), n.Attr("codeSystem")
	switch {
	case code != "" && system == "":
		c.bad(n, n.Local()+"/@codeSystem", "", "OID")
	case system != "" && !oid.WellFormed(system) && !looseOID(system):
		c.bad(n, n.Local()+"/@codeSystem", system, "OID")
	case code == "" && n.Attr("displayName") != "":
		c.bad(n, n.Local()+"/@code", "", "code")
	case code != "" && hasAttr(n, "nullFlavor"):
		c.bad(n, n.Local()+"/@nullFlavor", n.Attr("nullFlavor"), "sans @code")
	}
	seen := map[[2]string]bool{}
	for t := range n.Children(cda.NS, "translation") {
		key := [2]string{t.Attr("code"), t.Attr("codeSystem")}
		if seen[key] && key[0] != "" {
			c.twice(t)
		}
		seen[key] = true
	}
}

func (c *run) typeTS(n xmltree.Node) {
	v, has := n.AttrOK("value")
	if has && hasAttr(n, "nullFlavor") {
		c.bad(n, n.Local()+"/@nullFlavor", n.Attr("nullFlavor"), "sans @value")
		return
	}
	if !has && !hasAttr(n, "nullFlavor") && countElements(n) == 0 {
		c.missing(n, n.Local()+"/@value")
		return
	}
	if _, ok := (cda.TS{Raw: v}).Time(); has && !ok {
		c.bad(n, n.Local()+"/@value", v, "AAAA[MM[JJ[HHMM[SS[.f]]]]][±ZZZZ]")
		return
	}
	low, high := n.Child(cda.NS, "low"), n.Child(cda.NS, "high")
	if !low.Exists() || !high.Exists() {
		return
	}
	a, b := cda.TS{Raw: low.Attr("value")}, cda.TS{Raw: high.Attr("value")}
	from, ok1 := a.Time()
	to, ok2 := b.Time()
	if ok1 && ok2 && from.After(to) {
		c.report(n, a.Raw+" … "+b.Raw, "low ≤ high", finding.Tf("%s : le début (%s) est après la fin (%s).", "%s: the start (%s) is after the end (%s).", n.Local(), a.Raw, b.Raw),
			finding.Tf("Vérifier les deux dates ; si elles sont échangées, écrire low=%s et high=%s.", "Check both dates; if swapped, write low=%s and high=%s.", b.Raw, a.Raw))
	}
}

// distinct compares an element with its earlier siblings of the same name: identifiers,
// contact details and names may repeat, never identically.
func (c *run) distinct(n xmltree.Node) {
	name := n.Local()
	if name != "id" && name != "telecom" && name != "addr" && name != "name" {
		return
	}
	seen := 0
	for p := range n.Parent().Children(n.Space(), name) {
		if p == n || seen == maxAlike {
			return
		}
		seen++
		if hasAttr(n, "nullFlavor") != hasAttr(p, "nullFlavor") {
			c.report(n, "", "", finding.Tf("%s : un élément sans valeur (nullFlavor) accompagne un élément renseigné.", "%s: an element without value (nullFlavor) stands beside a filled one.", name),
				finding.Tf("Retirer le %s qui ne porte que nullFlavor (ligne %d).", "Remove the %s that has only nullFlavor (line %d).", name, n.Line()))
			return
		}
		if same(name, n, p) {
			c.twice(n)
			return
		}
	}
}

// maxAlike bounds how many earlier siblings an element is compared with: real documents have a
// dozen, and a hostile one must not cost the square of its size.
const maxAlike = 50

func same(name string, a, b xmltree.Node) bool {
	if hasAttr(a, "nullFlavor") {
		return false
	}
	switch name {
	case "id":
		return a.Attr("root") == b.Attr("root") && a.Attr("extension") == b.Attr("extension")
	case "telecom":
		return a.Attr("value") == b.Attr("value") && a.Attr("use") == b.Attr("use") && hasAttr(a, "use")
	}
	return a.Attr("use") == b.Attr("use") && a.Text() == b.Text()
}

func (c *run) twice(n xmltree.Node) {
	c.report(n, "", "", finding.Tf("%s est écrit deux fois à l'identique.", "%s is written twice, identically.", n.Local()),
		finding.Tf("Retirer la seconde copie de %s (ligne %d).", "Remove the second copy of %s (line %d).", n.Local(), n.Line()))
}

// once lists, by parent, the children that may be there once at most.
var once = map[string][]string{
	"assignedAuthor":          {"code", "representedOrganization"},
	"assignedEntity":          {"code", "assignedPerson", "representedOrganization"},
	"associatedEntity":        {"id", "code", "associatedPerson", "scopingOrganization"},
	"assignedPerson":          {"name"},
	"associatedPerson":        {"name"},
	"relatedPerson":           {"name"},
	"guardianPerson":          {"name"},
	"representedOrganization": {"name", "standardIndustryClassCode"},
	"scopingOrganization":     {"id", "name", "standardIndustryClassCode"},
	"encompassingEncounter":   {"code", "effectiveTime", "dischargeDispositionCode", "responsibleParty", "location"},
	"healthCareFacility":      {"code", "location"},
	"assignedCustodian":       {"representedCustodianOrganization"},
	"author":                  {"assignedAuthor", "functionCode", "time"},
	"participant":             {"templateId", "functionCode", "associatedEntity"},
	"serviceEvent":            {"effectiveTime", "code"},
	"order":                   {"code"},
	"recordTarget":            {"patientRole"},
	"place":                   {"addr", "name"},
	"birthplace":              {"place"},
	"relatedEntity":           {"code", "relatedPerson"},
	"intendedRecipient":       {"informationRecipient", "receivedOrganization"},
}

// cardinalities asks for the numbers that no other rule looks at.
//
// spec: CI-SIS cda §2
func cardinalities(c *run) {
	headerDescendants(c.d, func(n xmltree.Node) { c.once(n) })
	for n := range c.d.Root.Elements() {
		if n.Space() == cda.NS {
			c.once(n)
		}
	}
	for n := range c.d.Root.Children(cda.NS, "recordTarget") {
		if !hasAttr(n, "nullFlavor") && !n.Path(cda.NS, "patientRole", "patient").Exists() {
			c.missing(n, "recordTarget/patientRole/patient")
		}
	}
	for _, o := range c.d.Orders {
		if o.Node.Exists() {
			c.exactly(o.Node, "inFulfillmentOf/order/id", count(o.Node, "id", true), 1, 1)
		}
	}
	for i := range c.d.Informants {
		c.informant(c.d.Informants[i].Node)
	}
	for i := range c.d.Authenticators {
		if a := &c.d.Authenticators[i]; a.Signature == "S" {
			c.oneProfessional(a, "authenticator/assignedEntity/id")
		}
	}
	if r := c.d.Encounter.Responsible; r != nil {
		c.oneProfessional(r, "responsibleParty/assignedEntity/id")
	}
}

func (c *run) once(n xmltree.Node) {
	for _, name := range once[n.Local()] {
		if k := count(n, name, true); k > 1 {
			c.exactly(n, n.Local()+"/"+name, k, 0, 1)
		}
	}
}

func (c *run) oneProfessional(a *cda.Actor, what string) {
	n := 0
	for _, id := range a.IDs {
		if id.Root == oid.PSIdNat {
			n++
		}
	}
	c.exactly(a.Entity, what, max(n, 1), 1, 1)
}

// relations are the classes of a related entity.
var relations = set("ECON NOK CON CAREGIVER PAT")

func (c *run) informant(n xmltree.Node) {
	if hasAttr(n, "nullFlavor") {
		return
	}
	entity, related := n.Child(cda.NS, "assignedEntity"), n.Child(cda.NS, "relatedEntity")
	switch {
	case !entity.Exists() && !related.Exists(), entity.Exists() && related.Exists():
		c.missing(n, "informant/assignedEntity | informant/relatedEntity")
	case related.Exists() && !relations[related.Attr("classCode")]:
		c.bad(related, "relatedEntity/@classCode", related.Attr("classCode"), "ECON | NOK | CON | CAREGIVER | PAT")
	case related.Exists():
		c.exactly(related, "relatedEntity/relatedPerson", count(related, "relatedPerson", true), 1, 1)
		if k := cda.ReadCD(related.Child(cda.NS, "code")); k.Node.Exists() && k.Null == "" {
			c.complete(k, "relatedEntity/code")
		}
	}
}
