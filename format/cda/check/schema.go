package check

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

// extensionPrefix gives the names the model uses for the namespaces of the extensions.
var extensionPrefix = map[string]string{
	cda.NS: "", cda.NSSDTC: "sdtc:", cda.NSLab: "lab:", cda.NSDICO: "ps3-20:", "urn:ihe:pharm:medication": "pharm:", "urn:ihe:pharm": "pharm:",
}

// schema checks the order and number of elements and the mandatory attributes, from the root down
// through every class. Data types and the inside of narratives are left to other rules.
//
// spec: CI-SIS cda §7 CDA-02
func schema(c *run) {
	c.class(c.d.Root, classes()["ClinicalDocument"], 0)
}

func (c *run) class(n xmltree.Node, k *class, depth int) {
	if k == nil || depth > maxClassDepth {
		return
	}
	for _, a := range k.required {
		if !hasAttr(n, a) {
			c.missing(n, n.Local()+"/@"+a)
		}
	}
	at := -1
	seen := uint64(0) // no class has more than 64 places: a test asks
	for e := range n.Elements() {
		prefix, known := extensionPrefix[e.Space()]
		p, ok := k.child[prefix+e.Local()]
		if !known || !ok {
			c.unexpected(e, n.Local())
			continue
		}
		switch {
		case p.place < at:
			c.report(e, e.Local(), "", finding.Tf("L'élément %s n'est pas à sa place dans %s : il vient avant %s.", "Element %s is out of order in %s: it comes before %s.", e.Local(), n.Local(), k.places[at].names))
		case p.place == at && !p.repeat:
			c.report(e, e.Local(), "1", finding.Tf("L'élément %s est en trop dans %s.", "Element %s is one too many in %s.", e.Local(), n.Local()))
		default:
			at = p.place
		}
		seen |= 1 << p.place
		c.class(e, p.class, depth+1)
		if e.Local() == "value" && k.name == "Observation" {
			if _, typed := e.AttrNS(xmltree.NSXSI, "type"); !typed {
				c.missing(e, "observation/value/@xsi:type")
			}
		}
	}
	for i, s := range k.places {
		if s.must && seen&(1<<i) == 0 {
			c.missing(n, n.Local()+"/"+s.names)
		}
	}
}

func (c *run) unexpected(e xmltree.Node, parent string) {
	c.report(e, e.Local(), "", finding.Tf("L'élément %s n'est pas prévu dans %s.", "Element %s is not foreseen in %s.", e.Local(), parent))
}

// maxClassDepth bounds the walk; official documents go to 30.
const maxClassDepth = 200
