package check

import (
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/xmltree"
)

var (
	telecomSchemes = map[string]bool{"tel": true, "fax": true, "mailto": true, "http": true, "ftp": true, "mllp": true}
	telecomUses    = map[string]bool{"H": true, "HP": true, "HV": true, "WP": true, "DIR": true, "PUB": true, "EC": true, "MC": true, "PG": true}
	telecomNulls   = map[string]bool{"UNK": true, "NASK": true, "ASKU": true, "NAV": true, "MSK": true}
	addrUses       = map[string]bool{"H": true, "HP": true, "HV": true, "WP": true, "TMP": true}
	addrParts      = []string{"country", "state", "city", "postalCode", "county", "houseNumber", "houseNumberNumeric", "streetName", "streetNameType", "additionalLocator", "unitID", "postBox", "precinct"}
)

// contacts checks every telecom and addr of the header.
//
// spec: CI-SIS cda §1.1
func contacts(c *run) {
	headerDescendants(c.d, func(n xmltree.Node) {
		switch n.Local() {
		case "telecom":
			c.telecom(n)
		case "addr":
			c.addr(n)
		}
	})
}

func (c *run) telecom(n xmltree.Node) {
	value, hasValue := n.AttrOK("value")
	null, hasNull := n.AttrOK("nullFlavor")
	switch {
	case hasNull && hasValue:
		c.report(n, value, "", finding.T("telecom porte à la fois value et nullFlavor.", "telecom has both value and nullFlavor."),
			finding.Tf("Retirer nullFlavor=\"%s\" du telecom « %s », ou retirer sa valeur.", "Remove nullFlavor=\"%s\" from telecom “%s”, or remove its value.", null, value))
		return
	case hasNull:
		if !telecomNulls[null] || hasAttr(n, "use") {
			c.bad(n, "telecom/@nullFlavor", null, "UNK | NASK | ASKU | NAV | MSK, seul")
		}
		return
	case !hasValue:
		c.missing(n, "telecom/@value | telecom/@nullFlavor")
		return
	}
	scheme, rest, _ := strings.Cut(value, ":")
	if !telecomSchemes[scheme] || rest == "" {
		c.bad(n, "telecom/@value", value, "tel: | fax: | mailto: | http: | ftp: | mllp:")
	}
	if use, ok := n.AttrOK("use"); ok && !telecomUses[use] {
		c.bad(n, "telecom/@use", use, "H | HP | HV | WP | DIR | PUB | EC | MC | PG")
	}
}

func (c *run) addr(n xmltree.Node) {
	if hasAttr(n, "nullFlavor") {
		return
	}
	if use, ok := n.AttrOK("use"); ok && !addrUses[use] {
		c.bad(n, "addr/@use", use, "H | HP | HV | WP | TMP")
	}
	if n.Trim() == "" && countElements(n) == 0 {
		c.missing(n, "addr/*")
		return
	}
	lines := count(n, "streetAddressLine", true)
	if lines > 0 {
		c.exactly(n, "addr/streetAddressLine", lines, 0, 7)
		return
	}
	for _, part := range addrParts {
		c.exactly(n, "addr/"+part, count(n, part, true), 0, 1)
	}
}

func countElements(n xmltree.Node) int {
	k := 0
	for range n.Elements() {
		k++
	}
	return k
}
