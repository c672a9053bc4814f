package check

import (
	"fmt"
	"strings"

	"github.com/socle-sante/socle/format/cda"
	"github.com/socle-sante/socle/format/cda/bio"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xmltree"
)

// units checks every unit of the body, then the unit of measures whose code says what kind of
// quantity they are.
//
// spec: CI-SIS cda §7 TERM-01
func units(c *run) {
	for n := range c.d.Body.Node.Descendants(cda.NS, "*") {
		if u, ok := n.AttrOK("unit"); ok && u != "" {
			c.under("TERM-01")
			c.unit(n, u)
		}
		if n.Local() == "observation" {
			c.quantity(n)
		}
	}
}

func (c *run) unit(n xmltree.Node, u string) {
	t := strings.TrimFunc(u, blank)
	if right, ok := misspelt[t]; ok && right != u {
		c.add(finding.Warning, at(n, "unit"), u, right, finding.Tf("L'unité « %s » de %s n'est pas l'écriture UCUM : « %s ».", "Unit “%s” of %s is not the UCUM form: “%s”.", u, n.Local(), right),
			finding.Tf("Écrire unit=\"%s\".", "Write unit=\"%s\".", right))
		return
	}
	if strings.Contains(u, "10^") {
		right := strings.ReplaceAll(u, "10^", "10*")
		c.add(finding.Info, at(n, "unit"), u, right, finding.Tf("L'unité « %s » s'écrit « %s » dans les documents du CI-SIS.", "Unit “%s” is written “%s” in CI-SIS documents.", u, right),
			finding.Tf("Écrire unit=\"%s\".", "Write unit=\"%s\".", right))
		return
	}
	if _, ok := parseUnit(t); ok {
		return
	}
	right := repaired(t)
	if right == "" {
		c.add(finding.Warning, at(n, "unit"), u, "UCUM", finding.Tf("L'unité « %s » de %s n'est pas de l'UCUM.", "Unit “%s” of %s is not UCUM.", u, n.Local()),
			finding.Tf("Chercher « %s » dans UCUM ; une unité de comptage se met entre accolades : « {%s} ».", "Look up “%s” in UCUM; a unit of counting goes in braces: “{%s}”.", u, strings.ReplaceAll(t, " ", "_")))
		return
	}
	c.add(finding.Warning, at(n, "unit"), u, right, finding.Tf("L'unité « %s » de %s n'est pas de l'UCUM.", "Unit “%s” of %s is not UCUM.", u, n.Local()),
		finding.Tf("Écrire unit=\"%s\".", "Write unit=\"%s\".", right))
}

// repaired tries the usual mends, and keeps the one that is UCUM.
func repaired(u string) string {
	for _, try := range []string{
		strings.NewReplacer("µ", "u", "μ", "u", "²", "2", "³", "3", " ", "").Replace(u),
		strings.ReplaceAll(u, "UI", "[IU]"), strings.ReplaceAll(u, "IU", "[IU]"), strings.ReplaceAll(u, "Hg", "[Hg]"), strings.ReplaceAll(u, "/mn", "/min"),
		strings.ToLower(u), strings.ReplaceAll(u, "*", "."), strings.ReplaceAll(u, " par ", "/"), strings.ReplaceAll(u, "·", "."),
	} {
		if try != u {
			if _, ok := parseUnit(try); ok {
				return try
			}
		}
	}
	return ""
}

// quantity compares the unit of an observation with what its LOINC code measures.
func (c *run) quantity(n xmltree.Node) {
	code := n.Child(cda.NS, "code")
	k, known := loinc[code.Attr("code")]
	if !known || code.Attr("codeSystem") != oid.LOINC {
		return
	}
	property := properties[k.property]
	if property.shown == "" {
		return
	}
	look := func(v xmltree.Node) {
		u := v.Attr("unit")
		d, ok := parseUnit(u)
		if u == "" || !ok || property.allows(d) {
			return
		}
		c.under("BIO-31")
		c.add(finding.Warning, at(v, "unit"), u, property.shown,
			finding.T(fmt.Sprintf("« %s » (%s) mesure une %s ; l'unité « %s » n'en est pas une.", k.name, code.Attr("code"), property.what.FR, u),
				fmt.Sprintf("“%s” (%s) measures a %s; unit “%s” is none.", k.name, code.Attr("code"), property.what.EN, u)),
			finding.Tf("Écrire une unité comme « %s », ou prendre le code LOINC de cette analyse exprimée en « %s ».", "Write a unit such as “%s”, or take the LOINC code of this analysis expressed in “%s”.", property.shown, u))
	}
	for v := range n.Children(cda.NS, "value") {
		look(v)
		look(v.Child(cda.NS, "low"))
		look(v.Child(cda.NS, "high"))
	}
	if hasTemplate(n, bio.TemplateResult) {
		if v := n.Child(cda.NS, "value"); v.Exists() && hasAttr(v, "value") && !hasAttr(v, "unit") && property.needsUnit {
			if _, t := v.Type(); t == "PQ" {
				c.under("BIO-32")
				c.add(finding.Warning, at(v, "value"), v.Attr("value"), property.shown, finding.Tf("« %s » : la valeur %s n'a pas d'unité codée (unit).", "“%s”: value %s has no coded unit (unit).", k.name, v.Attr("value")),
					finding.Tf("Ajouter unit (par exemple unit=\"%s\") à value : l'unité du texte ne se lit pas par machine.", "Add unit (for instance unit=\"%s\") to value: the unit in the text is not machine readable.", property.shown))
			}
		}
	}
}
