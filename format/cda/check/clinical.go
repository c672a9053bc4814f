package check

import (
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

const (
	frEntry = "1.2.250.1.213.1.1.3."
	pccE    = "1.3.6.1.4.1.19376.1.5.3.1.4."
	ccd     = "2.16.840.1.113883.10.20.1."
	xdlab   = "1.3.6.1.4.1.19376.1.3.1."
)

// lineage gives, for each French entry template, the templates it builds on: an entry that lost
// one of them is no longer checked nor recognised by those who know only that one.
//
// spec: CI-SIS cda §4.4
var lineage = []struct {
	fr      string
	parents []string
	name    finding.Text
}{
	{frEntry + "39", []string{ccd + "27", pccE + "5.1", pccE + "5.2"}, finding.T("problème (acte)", "problem (act)")},
	{frEntry + "37", []string{ccd + "28", pccE + "5"}, finding.T("problème (observation)", "problem (observation)")},
	{frEntry + "40", []string{ccd + "27", pccE + "5.1", pccE + "5.3"}, finding.T("allergie (acte)", "allergy (act)")},
	{frEntry + "41", []string{ccd + "18", ccd + "28", pccE + "5", pccE + "6"}, finding.T("allergie (observation)", "allergy (observation)")},
	{frEntry + "42", []string{ccd + "24", pccE + "7"}, finding.T("traitement", "medication")},
	{frEntry + "43", []string{ccd + "53", pccE + "7.2"}, finding.T("produit", "product")},
	{frEntry + "45", []string{ccd + "24", pccE + "12"}, finding.T("vaccination", "immunization")},
	{frEntry + "80", []string{xdlab + "6"}, finding.T("résultat de biologie", "laboratory result")},
	{frEntry + "78", []string{xdlab + "4"}, finding.T("batterie d'examens", "battery")},
	{frEntry + "77", []string{xdlab + "2"}, finding.T("prélèvement", "specimen collection")},
	{frEntry + "79", []string{xdlab + "5"}, finding.T("isolat", "isolate")},
}

// clinical looks at the entries of problems, allergies, treatments, vaccinations and vital signs.
func clinical(c *run) {
	for n := range c.d.Body.Node.Descendants(cda.NS, "*") {
		switch n.Local() {
		case "act", "observation", "substanceAdministration", "organizer", "procedure", "manufacturedProduct":
		default:
			continue
		}
		t := templatesOf(n)
		if len(t) == 0 {
			continue
		}
		c.under("ENT-01")
		c.lineage(n, t)
		switch {
		case t[pccE+"5.2"] || t[pccE+"5.3"] || t[pccE+"5.1"]:
			c.under("ENT-03")
			c.concern(n)
		case t[pccE+"12"]:
			c.under("ENT-05")
			c.immunization(n)
		case n.Local() == "substanceAdministration" && t[pccE+"7"]:
			c.under("ENT-06")
			c.medication(n, t)
		case t[pccE+"13.2"]:
			c.under("ENT-04")
			c.vitalSign(n)
		}
		if t[pccE+"5"] || t[pccE+"6"] {
			c.under("ENT-03")
			c.problem(n)
		}
	}
}

func templatesOf(n xmltree.Node) map[string]bool {
	var t map[string]bool
	for e := range n.Children(cda.NS, "templateId") {
		if t == nil {
			t = map[string]bool{}
		}
		t[e.Attr("root")] = true
	}
	return t
}

func (c *run) lineage(n xmltree.Node, t map[string]bool) {
	for _, l := range lineage {
		specific := l.parents[len(l.parents)-1]
		switch {
		case t[l.fr]:
			for _, p := range l.parents {
				if !t[p] {
					c.add(finding.Warning, spot{node: n}, l.fr, p, finding.Tf("L'entrée « %[1]s » (%[3]s) a perdu le templateId %[4]s sur lequel elle repose.", "Entry “%[2]s” (%[3]s) lost templateId %[4]s that it builds on.", l.name.FR, l.name.EN, l.fr, p),
						finding.Tf("Ajouter <templateId root=\"%s\"/> à l'élément %s.", "Add <templateId root=\"%s\"/> to element %s.", p, n.Local()))
				}
			}
		case t[specific] && n.Local() != "manufacturedProduct" && (l.fr == frEntry+"39" || l.fr == frEntry+"40" || l.fr == frEntry+"45" || l.fr == frEntry+"80"):
			c.add(finding.Info, spot{node: n}, specific, l.fr, finding.Tf("L'entrée « %[1]s » n'a pas le templateId français %[3]s : les règles françaises ne la regardent pas.", "Entry “%[2]s” does not have French templateId %[3]s: the French rules do not look at it.", l.name.FR, l.name.EN, l.fr),
				finding.Tf("Ajouter <templateId root=\"%s\"/> à l'élément %s.", "Add <templateId root=\"%s\"/> to element %s.", l.fr, n.Local()))
		}
	}
}

var concernStatus = map[string]bool{"active": true, "suspended": true, "aborted": true, "completed": true}

// concern: a problem that is over has an end, one that is not has none.
//
// spec: CI-SIS cda §7 ENT-03
func (c *run) concern(n xmltree.Node) {
	if n.Local() != "act" {
		return
	}
	st := n.Child(cda.NS, "statusCode")
	s := st.Attr("code")
	if !concernStatus[s] {
		c.badAs(finding.Warning, n, "act/statusCode/@code", s, "active | suspended | aborted | completed")
	}
	t := n.Child(cda.NS, "effectiveTime")
	low, high := t.Child(cda.NS, "low"), t.Child(cda.NS, "high")
	if !low.Exists() {
		c.absent(n, "act/effectiveTime/low")
	}
	switch over := s == "completed" || s == "aborted"; {
	case over && !high.Exists():
		c.add(finding.Warning, at(st, "code"), s, "effectiveTime/high", finding.Tf("L'acte est au statut « %s » mais n'a pas de date de fin (effectiveTime/high).", "The act is “%s” but has no end (effectiveTime/high).", s),
			finding.Tf("Ajouter effectiveTime/high, ou revenir au statut active au lieu de « %s ».", "Add effectiveTime/high, or go back to status active instead of “%s”.", s))
	case !over && high.Exists() && concernStatus[s]:
		c.add(finding.Warning, at(st, "code"), s, "completed | aborted", finding.Tf("L'acte a une date de fin (%s) mais son statut est « %s ».", "The act has an end (%s) but its status is “%s”.", high.Attr("value"), s),
			finding.Tf("Retirer effectiveTime/high, ou mettre le statut completed au lieu de « %s ».", "Remove effectiveTime/high, or set status completed instead of “%s”.", s))
	}
}

func (c *run) absent(n xmltree.Node, what string) {
	c.add(finding.Warning, spot{node: n}, "", what, finding.Tf("%s est absent.", "%s is missing.", what), finding.Tf("Ajouter %s (élément %s, ligne %d).", "Add %s (element %s, line %d).", what, n.Local(), n.Line()))
}

// problem: the observation of a problem or an allergy.
func (c *run) problem(n xmltree.Node) {
	if n.Local() != "observation" {
		return
	}
	if s := n.Child(cda.NS, "statusCode").Attr("code"); s != "completed" {
		c.badAs(finding.Warning, n, "observation/statusCode/@code", s, "completed")
	}
	v := n.Child(cda.NS, "value")
	if !v.Exists() {
		c.absent(n, "observation/value")
		return
	}
	if code, system := v.Attr("code"), v.Attr("codeSystem"); system != "" && code == "" {
		c.badAs(finding.Warning, v, "observation/value/@code", "", "@code, @codeSystem")
	}
}

// spec: CI-SIS cda §7 ENT-05
func (c *run) immunization(n xmltree.Node) {
	if v, ok := n.AttrOK("negationInd"); !ok {
		c.absent(n, "substanceAdministration/@negationInd")
	} else if v != "true" && v != "false" {
		c.badAs(finding.Warning, n, "substanceAdministration/@negationInd", v, "true | false")
	}
	if s := n.Child(cda.NS, "statusCode").Attr("code"); s != "completed" {
		c.badAs(finding.Warning, n, "substanceAdministration/statusCode/@code", s, "completed")
	}
	if !n.Child(cda.NS, "effectiveTime").Exists() {
		c.absent(n, "substanceAdministration/effectiveTime")
	}
	if p := n.Child(cda.NS, "consumable"); !p.Exists() {
		c.absent(n, "substanceAdministration/consumable")
	} else if t, ok := p.AttrOK("typeCode"); ok && t != "CSM" {
		c.badAs(finding.Warning, p, "consumable/@typeCode", t, "CSM")
	}
	rank := 0
	for r := range n.Children(cda.NS, "entryRelationship") {
		if r.Path(cda.NS, "observation", "code").Attr("code") == "30973-2" {
			rank++
			if v := r.Path(cda.NS, "observation", "value"); v.Exists() && !hasAttr(v, "nullFlavor") && !digits(v.Attr("value")) {
				c.badAs(finding.Warning, v, "observation[30973-2]/value/@value", v.Attr("value"), "1, 2, 3…")
			}
		}
	}
	if rank > 1 {
		c.add(finding.Warning, spot{node: n}, "30973-2", "1", finding.Tf("Le rang de la vaccination (30973-2) est donné %d fois.", "The rank of the immunization (30973-2) is given %d times.", rank), finding.Tf("Ne garder qu'une observation 30973-2 sur les %d.", "Keep one observation 30973-2 of the %d.", rank))
	}
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// dosings are the templates that say how a treatment is taken.
var dosings = []string{pccE + "7.1", pccE + "8", pccE + "9", pccE + "10", pccE + "11", pccE + "21", pccE + "7.1.1"}

// spec: CI-SIS cda §7 ENT-06
func (c *run) medication(n xmltree.Node, t map[string]bool) {
	if s := n.Child(cda.NS, "statusCode").Attr("code"); s != "completed" {
		c.badAs(finding.Warning, n, "substanceAdministration/statusCode/@code", s, "completed")
	}
	if m := n.Attr("moodCode"); m != "EVN" && m != "INT" {
		c.badAs(finding.Warning, n, "substanceAdministration/@moodCode", m, "EVN | INT")
	}
	known := false
	for _, d := range dosings {
		known = known || t[d]
	}
	if !known && !subordinate(n) {
		c.add(finding.Warning, spot{node: n}, "", pccE+"7.1 | 8 | 9 | 10 | 11", finding.Tf("Le traitement ne déclare aucun modèle de posologie (%s7.1 normale, .8 dégressive, .9 fractionnée, .10 conditionnelle, .11 combinée).", "The treatment declares no dosing template (%s7.1 normal, .8 tapered, .9 split, .10 conditional, .11 combined).", pccE),
			finding.Tf("Ajouter <templateId root=\"%s7.1\"/> si la posologie est simple (ligne %d).", "Add <templateId root=\"%s7.1\"/> when the dosing is plain (line %d).", pccE, n.Line()))
	}
	if m := n.Path(cda.NS, "consumable", "manufacturedProduct"); !m.Exists() {
		c.absent(n, "substanceAdministration/consumable/manufacturedProduct")
	}
}

// subordinate tells a step of a treatment, which borrows its dosing from it.
func subordinate(n xmltree.Node) bool { return n.Parent().Local() == "entryRelationship" }

// vitalUnits are the units each vital sign may have.
//
// spec: CI-SIS cda §4.4
var vitalUnits = map[string]string{
	"9279-1": "/min", "8867-4": "/min", "2708-6": "%", "8480-6": "mm[Hg]", "8462-4": "mm[Hg]", "8310-5": "Cel [degF]", "8302-2": "m cm [in_us] [in_uk]", "8306-3": "m cm [in_us] [in_uk]", "8287-5": "m cm [in_us] [in_uk]",
	"29463-7": "kg g [lb_av] [oz_av]", "3141-9": "kg g [lb_av] [oz_av]", "39156-5": "kg/m2",
}

func (c *run) vitalSign(n xmltree.Node) {
	code := n.Child(cda.NS, "code")
	allowed := vitalUnits[code.Attr("code")]
	v := n.Child(cda.NS, "value")
	if allowed == "" || code.Attr("codeSystem") != oid.LOINC || !v.Exists() || hasAttr(v, "nullFlavor") {
		return
	}
	u := v.Attr("unit")
	for _, a := range strings.Fields(allowed) {
		if a == u {
			return
		}
	}
	c.badAs(finding.Warning, v, "observation["+code.Attr("code")+"]/value/@unit", u, strings.ReplaceAll(allowed, " ", " | "))
}
