package check

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

func authors(c *run) {
	n := 0
	for i := range c.d.Authors {
		a := &c.d.Authors[i]
		if hasAttr(a.Node, "nullFlavor") || a.Entity.Local() != "assignedAuthor" {
			continue
		}
		n++
		c.timed(a.Node, "author/time")
		c.exactly(a.Entity, "assignedAuthor/id", count(a.Entity, "id", true), 1, -1)
		for id := range a.Entity.Children(cda.NS, "id") {
			c.identifier(id, "assignedAuthor/id")
		}
		c.exactly(a.Entity, "assignedAuthor/code", count(a.Entity, "code", true), 0, 1)
		if a.Code.Node.Exists() && a.Code.Null == "" {
			c.speciality(a.Code, "author/assignedAuthor/code")
		}
		c.exactly(a.Entity, "assignedPerson | assignedAuthoringDevice", count(a.Entity, "assignedPerson", true)+count(a.Entity, "assignedAuthoringDevice", true), 0, 1)
		c.exactly(a.Entity, "representedOrganization", count(a.Entity, "representedOrganization", true), 0, 1)
		if d := a.Entity.Child(cda.NS, "assignedAuthoringDevice"); d.Exists() {
			c.exactly(d, "manufacturerModelName", count(d, "manufacturerModelName", true), 1, 1)
			c.exactly(d, "softwareName", count(d, "softwareName", true), 1, 1)
		}
		c.structureID(a.Org, "author/assignedAuthor/representedOrganization/id")
	}
	if n == 0 {
		c.missing(c.d.Root, "author/assignedAuthor")
	}
}

// speciality checks the pair code and system, as the official pattern on authors does.
func (c *run) speciality(k cda.CD, what string) {
	c.complete(k, what)
	if k.Code != "" && k.System != "" {
		c.inJ01Pair(k, what)
	}
}

func (c *run) inJ01Pair(k cda.CD, what string) {
	if _, ok := nos.Lookup(nos.AuthorSpecialty, k.Code, k.System); !ok {
		c.validThen(k, what, nos.AuthorSpecialty)
		c.report(k.Node, k.Code, "JDV_J01", finding.Tf("%s : la profession ou spécialité « %s » (%s) n'est pas dans JDV_J01 (édition %s).", "%s: profession or speciality “%s” (%s) is not in JDV_J01 (edition %s).",
			what, shorten(k.Code), k.System, nos.Get(nos.AuthorSpecialty).Edition),
			finding.Tf("Remplacer « %s » par un code de JDV_J01 avec son système 1.2.250.1.213.1.1.4.5, par exemple « %s ».", "Replace “%s” by a code of JDV_J01 with its system 1.2.250.1.213.1.1.4.5, for instance “%s”.", k.Code, finding.Nearest(k.Code, codesOf(nos.AuthorSpecialty))))
	}
}

// entryAuthors checks the profession of authors inside the body: the official pattern looks at every
// author of the document, and retired speciality codes are the most frequent refusal.
//
// spec: CI-SIS cda §9
func entryAuthors(c *run) {
	for n := range c.d.Body.Node.Descendants(cda.NS, "author") {
		code := n.Path(cda.NS, "assignedAuthor", "code")
		if !code.Exists() || hasAttr(code, "nullFlavor") {
			continue
		}
		k := cda.ReadCD(code)
		if k.Code == "" || k.System == "" {
			c.bad(code, "author/assignedAuthor/code", strings.TrimSpace(k.Code+" "+k.System), "@code, @codeSystem")
			continue
		}
		c.inJ01Pair(k, "author/assignedAuthor/code")
	}
}

// timed asks for one time with a value that starts with digits.
func (c *run) timed(n xmltree.Node, what string) {
	c.exactly(n, what, count(n, "time", true), 1, 1)
	if t := n.Child(cda.NS, "time"); t.Exists() && !hasAttr(t, "nullFlavor") && !digits4to14.MatchString(t.Attr("value")) {
		c.bad(t, what+"/@value", t.Attr("value"), "AAAAMMJJ[HHMM[SS]±ZZZZ]")
	}
}

// structureID asks for an extension to each national identifier of a structure, once.
func (c *run) structureID(o *cda.Organization, what string) {
	if o == nil {
		return
	}
	n := 0
	for _, id := range o.IDs {
		if id.Root != oid.StructIdNat {
			continue
		}
		n++
		if id.Extension == "" {
			c.bad(o.Node, what+"/@extension", "", "Struct_IdNat")
		}
	}
	c.exactly(o.Node, what, n, 0, 1)
}

var (
	prefixes = map[string]bool{"M": true, "MME": true}
	suffixes = map[string]bool{"DR": true, "MC": true, "MG": true, "PC": true, "PG": true, "PR": true}
)

// names checks the names of every person but the patient. The official rules on prefix and
// suffix pass as soon as one person of the same part is right: ours are errors only when none is.
//
// spec: CI-SIS cda §2.3
func names(c *run) {
	for _, group := range actorsByRole(c.d) {
		prefixWrong, suffixWrong := 0, 0
		for _, a := range group {
			n := personName(a)
			if !n.Exists() {
				if p := personOf(a); p.Exists() && a.Role != "informationRecipient" {
					c.missing(p, a.Role+"/…/name")
				}
				continue
			}
			if n.Child(cda.NS, "family").Exists() || a.Role != "informationRecipient" {
				c.exactly(n, a.Role+"/…/name/family", count(n, "family", true), 1, 1)
			}
			c.exactly(n, a.Role+"/…/name/given", count(n, "given", true), 0, 1)
			c.exactly(n, a.Role+"/…/name/prefix", count(n, "prefix", true), 0, 1)
			c.exactly(n, a.Role+"/…/name/suffix", count(n, "suffix", true), 0, 1)
			if p := n.Child(cda.NS, "prefix"); p.Exists() && !prefixes[p.Trim()] {
				prefixWrong++
			}
			if s := n.Child(cda.NS, "suffix"); s.Exists() && !suffixes[s.Trim()] {
				suffixWrong++
			}
		}
		for _, a := range group {
			n := personName(a)
			c.title(n.Child(cda.NS, "prefix"), a.Role+"/…/name/prefix", prefixes, "M | MME", prefixWrong == len(group))
			c.title(n.Child(cda.NS, "suffix"), a.Role+"/…/name/suffix", suffixes, "DR | MC | MG | PC | PG | PR", suffixWrong == len(group))
		}
	}
}

func (c *run) title(n xmltree.Node, what string, set map[string]bool, expected string, all bool) {
	if !n.Exists() || set[n.Trim()] {
		return
	}
	s := finding.Warning
	if all {
		s = finding.Error
	}
	c.reportAs(s, n, n.Trim(), expected, finding.Tf("%s vaut « %s » ; attendu : %s.", "%s is “%s”; expected: %s.", what, shorten(n.Trim()), expected),
		finding.Tf("Remplacer « %s » par l'un de : %s.", "Replace “%s” by one of: %s.", shorten(n.Trim()), expected))
}

func personName(a *cda.Actor) xmltree.Node { return personOf(a).Child(cda.NS, "name") }

func personOf(a *cda.Actor) xmltree.Node {
	for _, p := range []string{"assignedPerson", "associatedPerson", "informationRecipient", "relatedPerson"} {
		if n := a.Entity.Child(cda.NS, p); n.Exists() {
			return n
		}
	}
	return xmltree.Node{}
}

func custodian(c *run) {
	c.exactly(c.d.Root, "custodian", count(c.d.Root, "custodian", false), 1, 1)
	o := c.d.Custodian
	if !o.Node.Exists() {
		whole := c.d.Root.Child(cda.NS, "custodian")
		if !whole.Exists() {
			return // said above
		}
		c.missing(whole, "assignedCustodian/representedCustodianOrganization")
		return
	}
	c.exactly(o.Node, "representedCustodianOrganization/id", count(o.Node, "id", false), 1, 1)
	for _, id := range o.IDs {
		if id.Null == "" && id.Root != oid.StructIdNat && id.Root != oid.HostPatient {
			c.bad(o.Node, "representedCustodianOrganization/id/@root", id.Root, oid.StructIdNat+" | "+oid.HostPatient)
		}
	}
	for _, name := range []string{"name", "telecom", "addr"} {
		c.exactly(o.Node, "representedCustodianOrganization/"+name, count(o.Node, name, true), 0, 1)
	}
}

func legal(c *run) {
	signed := 0
	for n := range c.d.Root.Children(cda.NS, "legalAuthenticator") {
		if n.Child(cda.NS, "signatureCode").Attr("code") == "S" {
			signed++
		} else {
			c.bad(n, "legalAuthenticator/signatureCode/@code", n.Child(cda.NS, "signatureCode").Attr("code"), "S")
		}
	}
	if signed != 1 && (signed > 1 || c.d.LegalAuthenticator == nil) {
		c.exactly(c.d.Root, "legalAuthenticator[signatureCode/@code='S']", signed, 1, 1)
	}
	if a := c.d.LegalAuthenticator; a != nil && a.Signature == "S" {
		c.timed(a.Node, "legalAuthenticator/time")
		c.exactly(a.Node, "legalAuthenticator/assignedEntity", count(a.Node, "assignedEntity", true), 1, 1)
		if a.Entity.Exists() {
			c.exactly(a.Entity, "legalAuthenticator/assignedEntity/id", count(a.Entity, "id", false), 1, 1)
			for id := range a.Entity.Children(cda.NS, "id") {
				c.identifier(id, "legalAuthenticator/assignedEntity/id")
			}
		}
		c.inJ01(a.Code, "legalAuthenticator/assignedEntity/code")
		if p := a.Entity.Child(cda.NS, "assignedPerson"); p.Exists() && count(p, "name", false) != 1 {
			c.exactly(p, "legalAuthenticator/…/assignedPerson/name", count(p, "name", false), 1, 1)
		}
	}
	for i := range c.d.Authenticators {
		a := &c.d.Authenticators[i]
		if a.Signature != "S" {
			continue
		}
		c.timed(a.Node, "authenticator/time")
		if a.ProfessionalID() == "" {
			c.bad(a.Node, "authenticator/assignedEntity/id[@root='"+oid.PSIdNat+"']/@extension", "", "PS_IdNat")
		}
	}
}

// inJ01 checks a speciality on its code alone, as the official rules do outside authors.
func (c *run) inJ01(k cda.CD, what string) {
	if k.Code == "" {
		return
	}
	if _, ok := nos.Lookup(nos.AuthorSpecialty, k.Code, ""); !ok {
		c.validThen(k, what, nos.AuthorSpecialty)
		c.bad(k.Node, what+"/@code", k.Code, "JDV_J01")
	}
}

// participations are the typeCodes of a participant.
var participations = map[string]bool{"REF": true, "REFB": true, "INF": true, "RESP": true, "PRF": true, "CON": true, "VRF": true}

func participants(c *run) {
	for i := range c.d.Participants {
		a := &c.d.Participants[i]
		if !hasAttr(a.Node, "typeCode") || !hasAttr(a.Entity, "classCode") {
			c.reportAs(finding.Warning, a.Node, "", "@typeCode, associatedEntity/@classCode", finding.T("participant sans typeCode ou sans associatedEntity/@classCode.", "participant without typeCode or associatedEntity/@classCode."),
				finding.Tf("Ajouter typeCode (REF, PRF, INF…) à participant et classCode=\"PROV\" à associatedEntity (ligne %d).", "Add typeCode (REF, PRF, INF…) to participant and classCode=\"PROV\" to associatedEntity (line %d).", a.Node.Line()))
			continue
		}
		if !participations[a.TypeCode] {
			c.bad(a.Node, "participant/@typeCode", a.TypeCode, "REF | REFB | INF | RESP | PRF | CON | VRF")
		}
		c.exactly(a.Node, "participant/time", count(a.Node, "time", true), 1, 1)
		if a.ClassCode != "PROV" && a.ClassCode != "AGNT" {
			c.bad(a.Entity, "participant/associatedEntity/@classCode", a.ClassCode, "PROV | AGNT")
		}
		c.exactly(a.Entity, "participant/associatedEntity/id", count(a.Entity, "id", true), 0, 1)
		for id := range a.Entity.Children(cda.NS, "id") {
			c.identifier(id, "participant/associatedEntity/id")
		}
		if k := a.Code; k.Node.Exists() && k.Null == "" {
			c.complete(k, "participant/associatedEntity/code")
			c.inJ01(k, "participant/associatedEntity/code")
		}
		if k := a.Function; k.Code != "" {
			if _, ok := nos.Lookup(nos.FunctionCode, k.Code, ""); !ok {
				c.bad(k.Node, "participant/functionCode/@code", k.Code, "JDV_J47")
			}
		}
	}
}

// actorsByRole groups the persons of the header as the official rules do, in a stable order.
func actorsByRole(d *cda.Document) [][]*cda.Actor {
	var groups [][]*cda.Actor
	add := func(list []cda.Actor) {
		var g []*cda.Actor
		for i := range list {
			g = append(g, &list[i])
		}
		if g != nil {
			groups = append(groups, g)
		}
	}
	add(d.Authors)
	add(d.Informants)
	add(d.Recipients)
	if d.LegalAuthenticator != nil {
		groups = append(groups, []*cda.Actor{d.LegalAuthenticator})
	}
	add(d.Authenticators)
	add(d.Participants)
	var performers []cda.Actor
	for i := range d.Services {
		performers = append(performers, d.Services[i].Performers...)
	}
	add(performers)
	if d.Encounter.Responsible != nil {
		groups = append(groups, []*cda.Actor{d.Encounter.Responsible})
	}
	add(d.Encounter.Participants)
	return groups
}
