package check

import (
	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/nos"
	"github.com/socle-sante/socle/format/xmltree"
)

// services checks documentationOf; the first one is the main act.
//
// spec: CI-SIS cda §2.4
func services(c *run) {
	if len(c.d.Services) == 0 {
		c.missing(c.d.Root, "documentationOf/serviceEvent")
		return
	}
	main := &c.d.Services[0]
	c.exactly(main.Node, "documentationOf[1]/serviceEvent/performer", len(main.Performers), 1, 1)
	c.exactly(main.Node, "documentationOf[1]/serviceEvent/effectiveTime", count(main.Node, "effectiveTime", true), 1, 1)
	for i := range c.d.Services {
		s := &c.d.Services[i]
		c.exactly(s.Node, "serviceEvent/code", count(s.Node, "code", true), 0, 1)
		if k := s.Code; k.Node.Exists() && (k.Code == "" || k.System == "") && (k.Null == "" || k.Code != "" || k.System != "") {
			c.bad(k.Node, "serviceEvent/code", k.Code, "@code et @codeSystem, ou @nullFlavor seul")
		}
		if t := s.Node.Child(cda.NS, "effectiveTime"); t.Exists() && !hasAttr(t, "nullFlavor") {
			c.exactly(t, "serviceEvent/effectiveTime/low", count(t, "low", true), 1, 1)
			if l := t.Child(cda.NS, "low"); l.Exists() && !hasAttr(l, "nullFlavor") && !digits4to14.MatchString(l.Attr("value")) {
				c.bad(l, "serviceEvent/effectiveTime/low/@value", l.Attr("value"), "AAAAMMJJ[HHMM[SS]±ZZZZ]")
			}
		}
		for j := range s.Performers {
			c.performer(&s.Performers[j])
		}
	}
}

func (c *run) performer(a *cda.Actor) {
	if a.TypeCode != "PRF" {
		c.reportAs(finding.Warning, a.Node, a.TypeCode, "PRF", finding.Tf("L'exécutant a le type « %s » au lieu de PRF.", "The performer has type “%s” instead of PRF.", a.TypeCode),
			finding.Tf("Écrire typeCode=\"PRF\" au lieu de « %s ».", "Write typeCode=\"PRF\" instead of “%s”.", a.TypeCode))
		return
	}
	if !a.Entity.Exists() {
		return
	}
	if a.Org == nil {
		c.missing(a.Entity, "performer/assignedEntity/representedOrganization")
		return
	}
	c.exactly(a.Entity, "performer/assignedEntity/id", count(a.Entity, "id", true), 1, 1)
	c.inJ01(a.Code, "performer/assignedEntity/code")
	c.structureID(a.Org, "performer/…/representedOrganization/id")
	k := a.Org.Industry
	if !k.Node.Exists() || k.Null != "" {
		c.missing(a.Org.Node, "performer/…/representedOrganization/standardIndustryClassCode")
		return
	}
	c.coded(k, "performer/…/standardIndustryClassCode", nos.PracticeSetting)
}

// encounters are the codes of the kind of encounter.
var encounters = map[string]bool{"IMP": true, "EMER": true, "AMB": true, "FLD": true, "HH": true, "VR": true, "EXTERNE": true, "SEANCE": true}

// spec: CI-SIS cda §2.5
func encounter(c *run) {
	c.exactly(c.d.Root, "componentOf", count(c.d.Root, "componentOf", false), 1, 1)
	e := &c.d.Encounter
	if !e.Node.Exists() {
		return
	}
	c.exactly(e.Node, "encompassingEncounter/effectiveTime", count(e.Node, "effectiveTime", true), 1, 1)
	c.exactly(e.Node, "encompassingEncounter/location", count(e.Node, "location", true), 1, 1)
	if k := e.Code; k.Node.Exists() && k.Null == "" {
		c.complete(k, "encompassingEncounter/code")
		if k.Code != "" && !encounters[k.Code] {
			c.bad(k.Node, "encompassingEncounter/code/@code", k.Code, "JDV_J142")
		}
	}
	if d := e.Discharge; d.Node.Exists() && d.Null == "" && d.System != "" && d.System != "1.2.250.1.213.2.14" {
		c.bad(d.Node, "dischargeDispositionCode/@codeSystem", d.System, "1.2.250.1.213.2.14")
	}
	if r := e.Responsible; r != nil && r.Entity.Exists() && r.ProfessionalID() == "" {
		c.bad(r.Node, "responsibleParty/assignedEntity/id (PS_IdNat)", "", "1.2.250.1.71.4.2.1")
	}
	facility := e.Node.Path(cda.NS, "location", "healthCareFacility")
	if !facility.Exists() {
		if e.Node.Child(cda.NS, "location").Exists() {
			c.missing(e.Node, "location/healthCareFacility")
		}
		return
	}
	k := e.Facility
	if !k.Node.Exists() || k.Null != "" {
		c.missing(facility, "location/healthCareFacility/code")
		return
	}
	c.coded(k, "healthCareFacility/code", nos.HealthcareFacility)
}

// headerDescendants walks every element before the body.
func headerDescendants(d *cda.Document, visit func(xmltree.Node)) {
	for top := range d.Root.Elements() {
		if top.Is(cda.NS, "component") {
			continue
		}
		for n := range top.Descendants(cda.NS, "*") {
			visit(n)
		}
	}
}
