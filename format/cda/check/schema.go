package check

import (
	"maps"
	"slices"
	"strings"

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
			c.under("CDA-02-ATTRIBUT")
			c.missing(n, n.Local()+"/@"+a)
		}
	}
	at := -1
	seen := uint64(0) // no class has more than 64 places: a test asks
	for e := range n.Elements() {
		prefix, known := extensionPrefix[e.Space()]
		p, ok := k.child[prefix+e.Local()]
		if !known || !ok {
			c.unexpected(e, k)
			continue
		}
		switch {
		case p.place < at:
			c.under("CDA-02-ORDRE")
			c.add(finding.Error, spot{node: e}, e.Local(), "", finding.Tf("L'élément %s n'est pas à sa place dans %s : il vient avant %s.", "Element %s is out of order in %s: it comes before %s.", e.Local(), n.Local(), k.places[at].names),
				finding.Tf("Déplacer %s avant %s dans %s.", "Move %s before %s in %s.", e.Local(), k.places[at].names, n.Local()))
		case p.place == at && !p.repeat:
			c.under("CDA-02-NOMBRE")
			c.add(finding.Error, spot{node: e}, e.Local(), "1", finding.Tf("L'élément %s est en trop dans %s.", "Element %s is one too many in %s.", e.Local(), n.Local()),
				finding.Tf("Retirer ce %s : %s n'en admet qu'un.", "Remove this %s: %s takes one only.", e.Local(), n.Local()))
		default:
			at = p.place
		}
		seen |= 1 << p.place
		c.class(e, p.class, depth+1)
		if e.Local() == "value" && k.name == "Observation" {
			c.typed(e)
		}
	}
	for i, s := range k.places {
		if s.must && seen&(1<<i) == 0 {
			c.under("CDA-02-ABSENT")
			c.missing(n, n.Local()+"/"+s.names)
		}
	}
}

// typed: the value of an observation says its type, by a name in the namespace of CDA.
func (c *run) typed(e xmltree.Node) {
	raw, ok := e.AttrNS(xmltree.NSXSI, "type")
	space, local := e.Type()
	c.under("CDA-02-XSITYPE")
	switch {
	case !ok:
		c.missing(e, "observation/value/@xsi:type")
	case local == "":
		prefix, _, _ := strings.Cut(raw, ":")
		c.add(finding.Error, at(e, "type"), raw, "xsi:type=\"PQ\"", finding.Tf("xsi:type=\"%s\" : le préfixe « %s » n'est lié à aucun espace de noms ici.", "xsi:type=\"%s\": prefix “%s” is bound to no namespace here.", raw, prefix),
			finding.Tf("Déclarer xmlns:%s=\"urn:hl7-org:v3\", ou retirer le préfixe « %s: » si l'espace par défaut est celui de la CDA.", "Declare xmlns:%s=\"urn:hl7-org:v3\", or remove prefix “%s:” when the default namespace is that of CDA.", prefix, prefix))
	case space != cda.NS || !valueTypes[local]:
		near := finding.Nearest(local, slices.Sorted(maps.Keys(valueTypes)))
		c.add(finding.Error, at(e, "type"), raw, near, finding.Tf("xsi:type=\"%s\" n'est pas un type de données de la CDA.", "xsi:type=\"%s\" is not a data type of CDA.", raw),
			finding.Tf("Remplacer « %s » par le type voulu, par exemple « %s », dans l'espace urn:hl7-org:v3.", "Replace “%s” by the type meant, for instance “%s”, in namespace urn:hl7-org:v3.", raw, near))
	}
}

// valueTypes are the data types a value may have.
var valueTypes = set("ANY BL BN ED ST CD CE CV CS CO SC II TEL AD EN ON PN TN INT REAL PQ PQR MO TS RTO RTO_PQ_PQ RTO_QTY_QTY RTO_MO_PQ IVL_INT IVL_REAL IVL_PQ IVL_MO IVL_TS PIVL_TS EIVL_TS SXCM_TS SXPR_TS SXCM_PQ SXCM_INT SXCM_REAL GLIST_TS GLIST_PQ SLIST_TS SLIST_PQ HXIT_CE BXIT_CD BXIT_IVL_PQ UVP_TS PPD_PQ PPD_TS ADXP ENXP")

// unexpected says what was probably meant.
func (c *run) unexpected(e xmltree.Node, k *class) {
	parent, name := e.Parent().Local(), e.Local()
	prefix, known := extensionPrefix[e.Space()]
	known = known && len(k.child) > 0
	c.under("CDA-02-INCONNU")
	say := func(found, expected string, m, fix finding.Text) {
		c.add(finding.Error, spot{node: e}, found, expected, m, fix)
	}
	names := slices.Sorted(maps.Keys(k.child))
	for _, other := range names {
		bare := other[strings.IndexByte(other, ':')+1:]
		if bare != name {
			continue
		}
		if other != bare {
			say(name, other, finding.Tf("L'élément %s de %s est dans le mauvais espace de noms : c'est une extension, %s.", "Element %s of %s is in the wrong namespace: it is an extension, %s.", name, parent, other),
				finding.Tf("Écrire %s, avec son espace de noms déclaré, au lieu de %s.", "Write %s, with its namespace declared, instead of %s.", other, prefix+name))
		} else {
			say(name, bare, finding.Tf("L'élément %s de %s est dans l'espace de noms « %s » au lieu de urn:hl7-org:v3.", "Element %s of %s is in namespace “%s” instead of urn:hl7-org:v3.", name, parent, e.Space()),
				finding.Tf("Remettre %s dans l'espace urn:hl7-org:v3 (retirer xmlns=\"%s\" ou le préfixe).", "Put %s back in namespace urn:hl7-org:v3 (remove xmlns=\"%s\" or the prefix).", name, e.Space()))
		}
		return
	}
	near := finding.Nearest(prefix+name, names)
	switch {
	case known && strings.EqualFold(near, prefix+name):
		say(name, near, finding.Tf("L'élément %s de %s n'a pas les bonnes majuscules : %s.", "Element %s of %s does not have the right capitals: %s.", name, parent, near), finding.Tf("Écrire <%s> au lieu de <%s>.", "Write <%s> instead of <%s>.", near, name))
	case known && len(name) > 3 && distant(near, prefix+name) <= 2:
		say(name, near, finding.Tf("L'élément %s n'est pas prévu dans %s ; voulait-on écrire %s ?", "Element %s is not foreseen in %s; was %s meant?", name, parent, near), finding.Tf("Écrire <%s> au lieu de <%s>.", "Write <%s> instead of <%s>.", near, name))
	default:
		say(name, "", finding.Tf("L'élément %s n'est pas prévu dans %s.", "Element %s is not foreseen in %s.", name, parent), finding.Tf("Retirer %s de %s, ou le mettre là où le schéma CDA l'attend.", "Remove %s from %s, or put it where the CDA schema expects it.", name, parent))
	}
}

// distant counts the signs that differ, up to a few: enough to tell a slip from another word.
func distant(a, b string) int {
	switch {
	case a == b:
		return 0
	case close1(a, b):
		return 1
	}
	for i := range len(b) {
		if t := b[:i] + b[i+1:]; t == a || close1(a, t) {
			return 2
		}
		if i+1 < len(b) && close1(a, b[:i]+b[i+1:i+2]+b[i:i+1]+b[i+2:]) || i+1 < len(b) && a == b[:i]+b[i+1:i+2]+b[i:i+1]+b[i+2:] {
			return 2
		}
	}
	return 3
}

// maxClassDepth bounds the walk; official documents go to 30.
const maxClassDepth = 200
